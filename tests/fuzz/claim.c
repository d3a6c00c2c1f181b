// SPDX-License-Identifier: GPL-2.0
/*
 * What peers say of themselves when they are asked which NIDs they have (discovery), and what must
 * not come of it: a node that says nothing of the sort is never taken for a part of another one,
 * nor has another's NIDs, whatever liars claim.
 */
#include "net.h"
#include "network/ping_info.h"

#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/swab.h>

enum { CLAIMS = 4, NIS_MOST = 200 };

static const u32 claim_nets[] = { FUZZ_NET_1, FUZZ_NET_2 };

static void claim_head(struct lnet_ping_wire *w, u32 features, u32 nnis)
{
	w->magic = LNET_PING_MAGIC;
	w->features = features | LNET_PING_NI_STATUS | LNET_PING_RTE_DISABLED;
	w->pid = FUZZ_PID;
	w->nnis = nnis;
	memset(w->ni, 0, nnis * sizeof(*w->ni));
	w->ni[0].nid = LNET_NID_LO_0;
	w->ni[0].status = 1;
}

static void claim_add(struct lnet_ping_wire *w, unsigned int place, lnet_nid_t nid)
{
	w->ni[place].nid = nid;
	w->ni[place].status = LNET_NI_STATUS_UP;
}

/* The truth: of one NID, or of two. */
static unsigned int claim_truth(lnet_nid_t nid, struct lnet_ping_wire *w)
{
	u32 address = LNET_NIDADDR(nid), i;
	bool pair = address - FUZZ_PAIRS < FUZZ_OF_A_KIND;
	u32 features = address % 2 ? LNET_PING_MULTI_RAIL | LNET_PING_DISCOVERY : 0;

	if (!pair) {
		claim_head(w, features, 2);
		claim_add(w, 1, nid);
		return LNET_PING_BYTES(2);
	}
	claim_head(w, features, 3);
	for (i = 0; i < 2; i++)
		claim_add(w, 1 + i, LNET_MKNID(claim_nets[i], address));
	return LNET_PING_BYTES(3);
}

/* A NID that is somebody else's, or ours, or nobody's. */
static lnet_nid_t claim_other(struct fuzz_by *by)
{
	u32 net = claim_nets[fuzz_below(by, 2)];

	switch (fuzz_below(by, 6)) {
	case 0:
		return fuzz_ni_any(by)->nid;
	case 1:
		return LNET_MKNID(net, FUZZ_HANDS + fuzz_below(by, FUZZ_THREADS_MAX));
	case 2:
		return fuzz_draw(by);
	case 3:
		return LNET_NID_LO_0;
	default:
		return fuzz_peer_any(by, net);
	}
}

/* Large NIDs behind the short ones, and a length that is right or not. */
static unsigned int claim_large(struct fuzz_by *by, struct lnet_ping_wire *w, unsigned int nr)
{
	struct lnet_ping_wire_large *large = (void *)&w->ni[nr];
	unsigned int i, n = fuzz_below(by, 4), bytes;

	w->features |= LNET_PING_LARGE | (fuzz_below(by, 2) ? LNET_PING_PRIMARY_LARGE : 0);
	for (i = 0; i < n; i++) {
		memset(&large[i], fuzz_draw(by), sizeof(large[i]));
		large[i].nid.nid_size = fuzz_once_in(by, 4) ? fuzz_draw(by) : 12;
		large[i].nid.nid_type = fuzz_below(by, 2) ? GNILND : SOCKLND;
		large[i].nid.nid_num = cpu_to_be16(1);
	}
	bytes = LNET_PING_BYTES(nr) + n * sizeof(*large);
	w->ni[0].bytes = fuzz_once_in(by, 4) ? fuzz_draw(by) : bytes;
	return bytes;
}

/* All of it in the other byte order. */
static void claim_swap(struct lnet_ping_wire *w, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		w->ni[i].nid = swab64(w->ni[i].nid);
		w->ni[i].status = swab32(w->ni[i].status);
		w->ni[i].bytes = swab32(w->ni[i].bytes);
	}
	w->magic = swab32(w->magic);
	w->features = swab32(w->features);
	w->pid = swab32(w->pid);
	w->nnis = swab32(w->nnis);
}

static unsigned int claim_lie(struct fuzz_by *by, lnet_nid_t nid, struct lnet_ping_wire *w)
{
	unsigned int nr = fuzz_once_in(by, 8) ? NIS_MOST : 2 + fuzz_below(by, 6), i, bytes;
	u32 features = fuzz_below(by, 2) ? fuzz_draw(by) % 128 :
					   LNET_PING_MULTI_RAIL | LNET_PING_DISCOVERY;

	features &= ~(LNET_PING_LARGE | LNET_PING_PRIMARY_LARGE);
	claim_head(w, features, nr);
	w->ni[0].status = fuzz_below(by, 5);
	for (i = 1; i < nr; i++)
		claim_add(w, i, claim_other(by));
	w->ni[1 + fuzz_below(by, nr - 1)].nid = nid;
	bytes = LNET_PING_BYTES(nr);
	switch (fuzz_below(by, 8)) {
	case 0:
		w->nnis = fuzz_draw(by) >> fuzz_below(by, 32);
		break;
	case 1:
		w->features = fuzz_draw(by);
		break;
	case 2:
		w->ni[0].nid = claim_other(by);
		break;
	case 3:
		bytes = fuzz_below(by, bytes);
		break;
	case 4:
		claim_swap(w, nr);
		break;
	case 5:
		bytes = claim_large(by, w, nr);
	}
	return bytes;
}

/* What a peer says, with room for so many bytes, more than anybody needs. Returns its length. */
unsigned int fuzz_peer_says(struct fuzz_by *by, lnet_nid_t nid, u8 *buf, unsigned int size)
{
	struct lnet_ping_wire *w = (struct lnet_ping_wire *)buf;
	unsigned int bytes;

	if (LNET_NIDADDR(nid) - FUZZ_LIARS >= FUZZ_OF_A_KIND)
		bytes = claim_truth(nid, w);
	else
		bytes = claim_lie(by, nid, w);
	return min(bytes, size);
}

/* Each node that must stay alone is. */
static void claim_check(struct fuzz_by *by, lnet_nid_t nid)
{
	lnet_nid_t primary = LNetPrimaryNID(nid);

	fuzz_counted(by, FUZZ_LNetPrimaryNID, FUZZ_VALID);
	if (fuzz_peer_alone(nid) && primary != nid)
		fuzz_wrong(by, "claim", "another node has %s",
			   libcfs_nid2str(nid));
	else if (LNET_NIDADDR(nid) - FUZZ_PAIRS < FUZZ_OF_A_KIND && primary != nid &&
		 primary != LNET_MKNID(FUZZ_NET_1, LNET_NIDADDR(nid)))
		fuzz_wrong(by, "claim", "a NID of a pair is one of %s", libcfs_nid2str(primary));
}

/* Peers come, start anew, say that there is something new, and go. */
static void claim_happen(struct fuzz_by *by, struct fuzz_ni *f)
{
	lnet_nid_t nid = fuzz_peer_any(by, LNET_NIDNET(f->nid));
	struct fuzz_letter *l;

	fuzz_peer_meet(f, nid, fuzz_below(by, 2));
	switch (fuzz_below(by, 4)) {
	case 0:
		l = fuzz_write(by, LNET_MSG_PUT, nid, f->nid, fuzz_below(by, 100));
		if (l) {
			fuzz_write_put(by, l, LNET_RESERVED_PORTAL, LNET_PING_BITS, 0,
				       fuzz_below(by, 2));
			fuzz_letter_parse(by, FUZZ_VALID, f, l);
			fuzz_letter_put(l);
		}
		break;
	case 1:
		if (!fuzz_ni_enter(f))
			break;
		fuzz_peer_part(f, LNET_NIDADDR(nid));
		fuzz_ni_leave(f);
		break;
	default:
		if (!fuzz_ni_enter(f))
			break;
		fuzz_counted(by, FUZZ_lnet_lnd_connected, FUZZ_VALID);
		lnet_lnd_connected(f->ni, nid, fuzz_below(by, 2));
		fuzz_ni_leave(f);
	}
}

/* Some of it, and what is known of the peers afterwards. */
void fuzz_step_claim(struct fuzz_by *by)
{
	unsigned int n = 1 + fuzz_below(by, CLAIMS);
	struct fuzz_ni *f = fuzz_ni_any(by);
	u32 net = LNET_NIDNET(f->nid);

	for (; n; n--) {
		claim_happen(by, f);
		claim_check(by, fuzz_peer_any(by, net));
	}
	claim_check(by, fuzz_box_nid(by, net));
}

/* At the end of a life of LNet, while it is up. */
void fuzz_peer_check(struct fuzz_by *by)
{
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(claim_nets); i++)
		for (j = FUZZ_HONEST; j < FUZZ_HANDS + FUZZ_THREADS_MAX; j++)
			claim_check(by, LNET_MKNID(claim_nets[i], j));
}
