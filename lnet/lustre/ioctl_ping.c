// SPDX-License-Identifier: GPL-2.0
/*
 * Ioctls that ping a node, or ask it for its NIDs. A signal ends the wait. NIDs with addresses of
 * more than 4 bytes are left out of the answer, as there is no room for them.
 */
#include "hooks/alloc.h"
#include "lustre/ioctl.h"
#include "lustre/ioctl_layout.h"
#include "lustre/names.h"
#include "lustre/tool_peer.h"
#include "network/ni.h"
#include "network/peer.h"
#include "network/pinger.h"

#include <lnet/api.h>
#include <lnet/handler.h>
#include <lnet/nid.h>

#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/uaccess.h>

enum {
	PING_MS		= 1000,		/* if no time is given, or one that is too long */
	PING_MAX_MS	= 150 * 1000,
	DISCOVER_MS	= 6000,		/* a question ends after 5 s */
	/* Older programs do not say by which NI. */
	PING_LEAST_BYTES = offsetof(struct lnet_ioc_ping, source),
};

/* The array of a program that takes NIDs. */
struct answer {
	struct lnet_ioc_id __user *to;
	unsigned int room, nr;
};

static struct answer answer_begin(const struct lnet_ioc_ping *ping)
{
	return (struct answer){ .to = u64_to_user_ptr(ping->buf), .room = ping->count };
}

/* Add a NID, if there is room. Returns 0 or -EFAULT. */
static int answer_add(struct answer *a, lnet_nid_t nid)
{
	const struct lnet_ioc_id id = { .nid = nid, .pid = LNET_PID_LUSTRE };

	if (lnet_nid_is_large(nid) || a->nr == a->room)
		return 0;
	if (copy_to_user(&a->to[a->nr], &id, sizeof(id)))
		return -EFAULT;
	a->nr++;
	return 0;
}

/* As the existing interface: whom nobody answers for is unreachable. */
static int error_of(int rc)
{
	switch (rc) {
	case 0:
	case -EFAULT:
	case -EINTR:
	case -ENETDOWN:
	case -ENOMEM:
	case -ECONNREFUSED:
	case -EPROTO:
		return rc;
	default:
		return -EHOSTUNREACH;
	}
}

static int target_check(const struct lnet_ioc_ping *ping)
{
	if (!ping->count || ping->id.nid == LNET_NID_ANY)
		return -EINVAL;
	if (!lnet_ioctl_nid_is_sound(ping->id.nid))
		return -EHOSTUNREACH;
	return 0;
}

/* Pings --------------------------------------------------------------------- */

/* Find the NID to ping from. Returns 0; -EINVAL: it is not ours. */
static int source_of(const struct lnet_ioc_ping *ping, lnet_nid_t *self)
{
	*self = LNET_NID_ANY;
	if (ping->hdr.ioc_len < sizeof(*ping) || ping->source == LNET_NID_ANY)
		return 0;
	if (!lnet_ioctl_nid_is_sound(ping->source) || !lnet_ni_is_local(ping->source))
		return -EINVAL;
	*self = ping->source;
	return 0;
}

static int ioc_ask(lnet_nid_t self, lnet_nid_t nid, unsigned int ms, struct lnet_ping_info *info)
{
	const struct lnet_process_id id = { .nid = nid, .pid = LNET_PID_LUSTRE };
	u64 rtt_ns;

	return lnet_pinger_ping_aside(self, id, ms, info, &rtt_ns);
}

static unsigned int timeout_of(const struct lnet_ioc_ping *ping)
{
	return ping->param && ping->param <= PING_MAX_MS ? ping->param : PING_MS;
}

static int ping_peer(void *arg)
{
	struct lnet_ioc_ping *ping = arg;
	struct answer a = answer_begin(ping);
	struct lnet_ping_info *info;
	lnet_nid_t self;
	unsigned int i;
	int rc;

	rc = target_check(ping) ?: source_of(ping, &self);
	if (rc)
		return rc;
	/* No other process of a node answers. */
	if (ping->id.pid != LNET_PID_ANY && ping->id.pid != LNET_PID_LUSTRE)
		return -EPROTO;
	info = lnet_alloc(kmalloc(sizeof(*info), GFP_KERNEL));
	if (!info)
		return -ENOMEM;
	rc = error_of(ioc_ask(self, ping->id.nid, timeout_of(ping), info));
	for (i = 0; !rc && i < info->nr; i++)
		rc = answer_add(&a, info->ni[i].nid);
	lnet_ping_info_put(info);
	kfree(info);
	ping->count = a.nr;
	return rc;
}

/* Discovery ----------------------------------------------------------------- */

/* This node: its NIDs, the primary one first, and the loopback last. */
static int discover_own(struct lnet_ioc_ping *ping, struct answer *a)
{
	lnet_nid_t *nids;
	unsigned int i, nr;
	int rc = 0;

	nids = lnet_names_snapshot(&nr);
	if (!nids)
		return -ENOMEM;
	for (i = 1; i < nr && !rc; i++)
		rc = answer_add(a, nids[i]);
	for (i = 1; i < nr; i++)
		if (!lnet_nid_is_large(nids[i]))
			break;
	ping->id.nid = i < nr ? nids[i] : LNET_NID_LO_0;
	kfree(nids);
	ping->multi_rail = lnet_peer_discovers();
	return rc ?: answer_add(a, LNET_NID_LO_0);
}

static int discover_other(struct lnet_ioc_ping *ping, struct answer *a)
{
	lnet_nid_t nid = ping->id.nid, one, first = lnet_tool_peer_nid(nid, 0);
	struct lnet_peer_info info;
	unsigned int i;
	int rc = 0;

	for (i = 0; !rc && (one = lnet_tool_peer_nid(nid, i)) != LNET_NID_ANY; i++)
		rc = answer_add(a, one);
	if (!lnet_nid_is_large(first))
		ping->id.nid = first;
	lnet_peer_look(nid, &info);
	ping->multi_rail = !!(info.features & LNET_PING_MULTI_RAIL);
	return rc;
}

/* Ask by a ping, where this node does not discover: the answer counts all the same. */
static int discover_by_ping(lnet_nid_t nid)
{
	struct lnet_ping_info *info = lnet_alloc(kmalloc(sizeof(*info), GFP_KERNEL));
	int rc;

	if (!info)
		return -ENOMEM;
	rc = ioc_ask(LNET_NID_ANY, nid, PING_MS, info);
	if (!rc)
		lnet_ping_info_put(info);
	kfree(info);
	return rc;
}

static int discover_peer(void *arg)
{
	struct lnet_ioc_ping *ping = arg;
	struct answer a = answer_begin(ping);
	int rc;

	rc = target_check(ping);
	if (rc)
		return rc == -EHOSTUNREACH ? -EIO : rc;
	if (lnet_ni_is_local(ping->id.nid)) {
		rc = discover_own(ping, &a);
	} else {
		rc = lnet_peer_discover(ping->id.nid, ping->param, DISCOVER_MS);
		if (rc == -EOPNOTSUPP)
			rc = discover_by_ping(ping->id.nid);
		if (rc && rc != -EINTR && rc != -ENOMEM)
			rc = -EIO;
		rc = rc ?: discover_other(ping, &a);
	}
	ping->count = a.nr;
	return rc;
}

const struct lnet_ioctl_cmd lnet_ioctl_ping_cmds[] = {
	{ LNET_IOC(62), PING_LEAST_BYTES, ping_peer },
	{ LNET_IOC(77), PING_LEAST_BYTES, discover_peer },
	{}
};
