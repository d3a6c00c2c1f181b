// SPDX-License-Identifier: GPL-2.0
/*
 * Ioctls that tell of the NIs of this node. Those with addresses of more than 4 bytes are left out,
 * as there is no room for them.
 */
#include "lustre/ioctl.h"
#include "lustre/ioctl_layout.h"
#include "lustre/names.h"
#include "network/ni.h"

#include <lnet/handler.h>
#include <lnet/nid.h>

#include <linux/errno.h>
#include <linux/string.h>

enum {
	PEER_TIMEOUT	= 180,		/* said of every network; nothing waits so long here */
	TUNABLES_VERSION = 1,
};

/* NIDs ---------------------------------------------------------------------- */

static int get_ni(void *arg)
{
	struct libcfs_ioctl_data *data = arg;
	struct lnet_processid id;
	int rc = LNetGetId(data->ioc_count, &id, false);

	if (!rc)
		data->ioc_nid = lnet_nid_to_nid4(&id.nid);
	return rc;
}

static int get_distance(void *arg)
{
	struct libcfs_ioctl_data *data = arg;
	struct lnet_nid nid;
	u32 order = 0;
	int rc = -EHOSTUNREACH;

	if (lnet_ioctl_nid_is_sound(data->ioc_nid)) {
		lnet_nid_from_nid4(&nid, data->ioc_nid);
		rc = LNetDist(&nid, &nid, &order);
	}
	data->ioc_u32[0] = rc;
	if (rc < 0)
		return 0;
	data->ioc_u32[1] = order;
	data->ioc_nid = lnet_nid_to_nid4(&nid);
	return 0;
}

static int notify_router(void *arg)
{
	struct libcfs_ioctl_data *data = arg;

	if (!lnet_ioctl_nid_is_sound(data->ioc_nid))
		return -EINVAL;
	return lnet_api_ctl(IOC_LIBCFS_NOTIFY_ROUTER, data);
}

/* NIs ----------------------------------------------------------------------- */

struct seen_ni {
	lnet_nid_t nid;
	enum lnet_ni_status status;
	struct lnet_ni_stats stats;
	struct lnet_lnd_facts facts;
};

/* Look at an NI by its place among those with addresses of 4 bytes; 0 is the loopback. */
static int ni_at(u32 index, struct seen_ni *seen)
{
	struct lnet_processid id;

	if (LNetGetId(index, &id, false))
		return -ENOENT;
	seen->nid = lnet_nid_to_nid4(&id.nid);
	if (lnet_ni_look(seen->nid, &seen->status, &seen->stats) ||
	    lnet_lnd_facts(seen->nid, &seen->facts))
		return -ENOENT;
	return 0;
}

static int get_net(void *arg)
{
	struct lnet_ioc_net_bulk *bulk;
	struct lnet_ioc_config *config = arg;
	struct seen_ni seen;
	int rc;

	rc = ni_at(config->count, &seen);
	/* As the existing interface: nothing is said of the loopback. */
	if (rc || !config->count)
		return rc;
	/* What comes behind the structure is part of the argument. */
	memset(arg + offsetof(typeof(*config), ncpts), 0,
	       LNET_IOC_GET_NET_BYTES - offsetof(typeof(*config), ncpts));
	config->hdr.ioc_len = LNET_IOC_GET_NET_BYTES;
	config->net = LNET_NIDNET(seen.nid) & 0xffff;
	config->nid = seen.nid;
	config->ni.peer_timeout = PEER_TIMEOUT;
	config->ni.peer_tx_credits = seen.facts.peer_credits;
	config->ni.max_tx_credits = seen.facts.credits;
	config->ni.interface_count = 1;
	bulk = (struct lnet_ioc_net_bulk *)config->bulk;
	strscpy(bulk->interface, seen.facts.interface, sizeof(bulk->interface));
	bulk->status = seen.status;
	return 0;
}

static struct lnet_ioc_element element_of(const struct lnet_ni_stats *stats)
{
	struct lnet_ioc_element e = {};
	unsigned int i;

	for (i = 0; i < LNET_NI_MSG_TYPES; i++) {
		e.sent += stats->sends[i];
		e.received += stats->receives[i];
		e.dropped += stats->dropped_of[i];
	}
	return e;
}

static void fill_tunables(struct lnet_ioc_tunables *t, const struct seen_ni *seen)
{
	if (seen->nid == LNET_NID_LO_0)
		return;
	t->peer_timeout = PEER_TIMEOUT;
	t->peer_tx_credits = seen->facts.peer_credits;
	t->max_tx_credits = seen->facts.credits;
	t->sock.version = TUNABLES_VERSION;
	t->sock.conns_per_peer = seen->facts.conns_per_peer;
	t->sock.timeout = seen->facts.timeout_s;
	t->sock.tos = -1;
}

static int get_local_ni(void *arg)
{
	struct lnet_ioc_local_ni *ni = arg;
	struct seen_ni seen;
	u32 index = ni->index;
	unsigned int i;
	int rc;

	rc = ni_at(index, &seen);
	if (rc)
		return rc;
	memset_startat(ni, 0, nid);
	ni->nid = seen.nid;
	ni->index = index;
	strscpy(ni->interface, seen.facts.interface, sizeof(ni->interface));
	ni->ncpts = min_t(int, cfs_cpt_number(cfs_cpt_tab), LNET_IOC_CPTS);
	for (i = 0; i < ni->ncpts; i++)
		ni->cpts[i] = i;
	ni->status = seen.status;
	ni->dev_cpt = CFS_CPT_ANY;
	ni->stats = element_of(&seen.stats);
	fill_tunables(&ni->tunables, &seen);
	return 0;
}

static int get_msg_stats(void *arg)
{
	struct lnet_ioc_msg_stats *m = arg;
	struct seen_ni seen;
	int rc;

	rc = ni_at(m->index, &seen);
	if (rc)
		return rc;
	m->sent = lnet_ioctl_counts(seen.stats.sends);
	m->received = lnet_ioctl_counts(seen.stats.receives);
	m->dropped = lnet_ioctl_counts(seen.stats.dropped_of);
	return 0;
}

static int get_health(void *arg)
{
	struct lnet_ioc_local_health *h = arg;
	enum lnet_ni_status status;
	struct lnet_ni_stats stats;

	if (!lnet_ioctl_nid_is_sound(h->nid) || lnet_ni_look(h->nid, &status, &stats))
		return -ENOENT;
	memset_startat(h, 0, interrupt);
	h->fatal_error = status != LNET_NI_STATUS_UP;
	h->health = LNET_IOC_HEALTHY;
	return 0;
}

/* Of no NI or peer the health is to be recovered. */
static int get_recovery(void *arg)
{
	struct lnet_ioc_recovery *r = arg;

	if (r->type > 1)
		return -EINVAL;
	r->nr = 0;
	return 0;
}

const struct lnet_ioctl_cmd lnet_ioctl_net_cmds[] = {
	{ IOC_LIBCFS_GET_NI, sizeof(struct libcfs_ioctl_data), get_ni },
	{ IOC_LIBCFS_LNET_DIST, sizeof(struct libcfs_ioctl_data), get_distance },
	{ IOC_LIBCFS_NOTIFY_ROUTER, sizeof(struct libcfs_ioctl_data), notify_router },
	{ LNET_IOC_CONFIG(86), LNET_IOC_GET_NET_BYTES, get_net },
	{ LNET_IOC_CONFIG(97), sizeof(struct lnet_ioc_local_ni), get_local_ni },
	{ LNET_IOC_CONFIG(101), sizeof(struct lnet_ioc_msg_stats), get_msg_stats, .exact = true },
	{ LNET_IOC_CONFIG(103), sizeof(struct lnet_ioc_local_health), get_health },
	{ LNET_IOC_CONFIG(104), sizeof(struct lnet_ioc_recovery), get_recovery },
	{}
};
