// SPDX-License-Identifier: GPL-2.0
/*
 * The driver of the fuzz, as LNet sees it. Its parts are in link.c, send.c and letter.c.
 */
#include "net.h"
#include "network/ni.h"

#include <linux/module.h>
#include <linux/string.h>

/* An NI by what stands in the brackets of networks=; "": the first on the network. */
static int lnd_nid(u32 net, const char *where, lnet_nid_t *nid)
{
	const struct fuzz_ni *f;

	for (f = fuzz_nis; f < fuzz_nis + FUZZ_NIS; f++) {
		if (LNET_NIDNET(f->nid) != net || (*where && strcmp(where, f->where)))
			continue;
		*nid = f->nid;
		return 0;
	}
	return -ENODEV;
}

static int lnd_startup(struct lnet_ni *ni)
{
	struct fuzz_ni *f = fuzz_ni_of(ni->nid);
	struct fuzz_by by = {};

	if (!f) {
		fuzz_wrong(&by, "driver", "lnd_startup() for %s", libcfs_nid2str(ni->nid));
		return -EIO;
	}
	if (f->fails)
		return f->fails;
	fuzz_ni_up(f, ni);
	return 0;
}

static void lnd_ready(struct lnet_ni *ni)
{
	struct fuzz_by by = {};

	if (!lnet_ni_is_local(ni->nid))
		fuzz_wrong(&by, "driver", "lnd_ready() for %s, which is not ours",
			   libcfs_nid2str(ni->nid));
}

static void lnd_shutdown(struct lnet_ni *ni)
{
	struct fuzz_ni *f = ni->data;
	struct fuzz_by by = {};

	if (f->ni != ni)
		fuzz_wrong(&by, "driver", "lnd_shutdown() for %s twice", f->text);
	else
		fuzz_ni_down(f);
}

static int lnd_send(struct lnet_ni *ni, void *priv, struct lnet_msg *msg)
{
	return fuzz_send(ni->data, msg);
}

/* Where it waited the letter is not the one with the old pointer. */
static bool recv_fits(const struct lnet_ni *ni, const void *priv, const struct fuzz_letter *l,
		      const struct lnet_msg *msg, bool delayed, unsigned int mlen,
		      unsigned int rlen)
{
	u32 type = le32_to_cpu(l->hdr.type), len = le32_to_cpu(l->hdr.payload_length);

	if (ni->data != l->to || ((unsigned long)priv & 1) != delayed ||
	    (delayed && !l->aside) || mlen > rlen)
		return false;
	if (type == LNET_MSG_PUT || type == LNET_MSG_REPLY)
		return rlen == len;
	return !rlen;
}

static int lnd_recv(struct lnet_ni *ni, void *priv, struct lnet_msg *msg, int delayed,
		    unsigned int niov, struct kvec *iov, struct bio_vec *kiov,
		    unsigned int offset, unsigned int mlen, unsigned int rlen)
{
	struct fuzz_letter *l = (void *)((unsigned long)priv & ~1UL);
	struct fuzz_by by = {};
	bool again, missing;

	/* lnet_msg_abandon() may be about to free the message. */
	spin_lock(&l->lock);
	again = l->received;
	l->received = true;
	missing = delayed && l->pieces && l->came < rlen;
	spin_unlock(&l->lock);
	if (again) {
		fuzz_wrong(&by, "recv", "lnd_recv() is called twice for a message");
		return 0;
	}
	if (!recv_fits(ni, priv, l, msg, delayed, mlen, rlen))
		fuzz_wrong(&by, "recv", "lnd_recv() of %u of %u bytes, delayed %d, of type %u",
			   mlen, rlen, delayed, le32_to_cpu(l->hdr.type));
	l->msg = msg;
	l->niov = niov;
	l->iov = iov;
	l->kiov = kiov;
	l->offset = offset;
	l->mlen = mlen;
	return fuzz_letter_receive(l, missing);
}

static int lnd_eager_recv(struct lnet_ni *ni, void *priv, struct lnet_msg *msg, void **newpriv)
{
	return fuzz_letter_aside(priv, msg, newpriv);
}

static int lnd_ctl(struct lnet_ni *ni, unsigned int cmd, void *arg)
{
	return -EOPNOTSUPP;
}

static void lnd_notify(struct lnet_ni *ni, lnet_nid_t nid, int alive)
{
}

static void lnd_query(struct lnet_ni *ni, lnet_nid_t nid, time64_t *when)
{
	*when = LNET_NIDADDR(nid);
}

static bool lnd_reaches(struct lnet_ni *ni, lnet_nid_t nid)
{
	struct fuzz_ni *f = ni->data;

	return !READ_ONCE(f->cut);
}

static void lnd_facts(struct lnet_ni *ni, struct lnet_lnd_facts *facts)
{
	struct fuzz_ni *f = ni->data;

	strscpy(facts->interface, f->where, sizeof(facts->interface));
}

static bool lnd_peer_facts(struct lnet_ni *ni, lnet_nid_t nid, struct lnet_lnd_peer_facts *facts)
{
	facts->uses = 1;
	return LNET_NIDADDR(nid) & 1;
}

const struct lnet_lnd fuzz_lnd = {
	.type		= GNILND,
	.name		= "gni",
	.owner		= THIS_MODULE,
	.lnd_nid	= lnd_nid,
	.lnd_startup	= lnd_startup,
	.lnd_ready	= lnd_ready,
	.lnd_shutdown	= lnd_shutdown,
	.lnd_ctl	= lnd_ctl,
	.lnd_send	= lnd_send,
	.lnd_recv	= lnd_recv,
	.lnd_eager_recv	= lnd_eager_recv,
	.lnd_notify	= lnd_notify,
	.lnd_query	= lnd_query,
	.lnd_reaches	= lnd_reaches,
	.lnd_facts	= lnd_facts,
	.lnd_peer_facts	= lnd_peer_facts,
};
