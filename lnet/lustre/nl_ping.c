// SPDX-License-Identifier: GPL-2.0
/*
 * Pings that tools ask for. Targets are pinged one after the other, each with the time that is
 * asked for; a signal to the tool ends that. Those that have answered are told of first, in their
 * order, then those that have not.
 *
 * The first piece of the dump has the names only. It is made while generic netlink keeps others
 * from registering a family; further ones are made when the tool has read the one before. Each
 * asks one target, as netlink holds a mutex of the socket meanwhile, which no signal ends a wait
 * for. After one that has not answered a piece has an empty message, so that there is a next one.
 */
#include "lustre/nl_family.h"
#include "hooks/alloc.h"
#include "lustre/handler.h"
#include "lustre/nl_keys.h"
#include "lustre/nl_peer.h"
#include "lustre/nl_put.h"
#include "lustre/nl_request.h"
#include "lustre/tool_peer.h"
#include "network/ni.h"
#include "network/peer.h"
#include "network/pinger.h"

#include <lnet/handler.h>

#include <linux/errno.h>
#include <linux/netlink.h>
#include <linux/slab.h>

#include <net/genetlink.h>
#include <net/netlink.h>

enum {
	TIMEOUT_MS	= 1000,
	TIMEOUT_MAX_MS	= 150 * 1000,	/* with more than that, the other one is taken */
	DESCR_SIZE	= LNET_NID_TEXT_SIZE + 24,
	NID_BYTES	= 80,		/* of a message, for each NID of the answer */
};

struct ping_dump {
	struct lnet_nl_nids targets;
	lnet_nid_t source;		/* held; or LNET_NID_ANY */
	unsigned int timeout_ms;
	s16 *errors;			/* of each target: 0: it has answered, and was told of */
	unsigned int at;
	enum { PING_KEYS, PING_ASK, PING_FAILED_KEYS, PING_FAILED } step;
	bool root;			/* the next message is the first after a list of keys */
	bool told;			/* there was an answer */
	bool answered;			/* @info is what @at has answered, not told of yet */
	bool multi_rail;		/* so it was known to be before it was asked */
	u64 rtt_ns;
	struct lnet_ping_info info;
};

/* The start ---------------------------------------------------------------- */

static int ping_read(struct ping_dump *d, struct lnet_nl_tokens tokens,
		     struct netlink_ext_ack *extack)
{
	static const char *const keys[] = { "timeout", "source", NULL };
	struct lnet_nl_tokens pairs = tokens;
	const struct nlattr *value;
	s64 ms;
	int key;

	d->source = LNET_NID_ANY;
	d->timeout_ms = TIMEOUT_MS;
	while ((key = lnet_nl_next_pair(&pairs, keys, &value, extack)) >= 0) {
		if (key == 0) {
			if (!lnet_nl_number(value, &ms) && ms > 0 && ms <= TIMEOUT_MAX_MS)
				d->timeout_ms = ms;
		} else if (d->source != LNET_NID_ANY || lnet_nl_nid(value, &d->source)) {
			NL_SET_ERR_MSG(extack, "invalid source nid");
			return -EINVAL;
		}
	}
	if (key != LNET_NL_END)
		return key;
	return lnet_nl_nids_read(tokens, &d->targets, "cannot parse NID", extack);
}

static int ping_check(const struct netlink_callback *cb)
{
	if (nlmsg_attrlen(cb->nlh, GENL_HDRLEN) <= 0) {
		NL_SET_ERR_MSG(cb->extack, "Ping needs NID targets");
		return -ENOENT;
	}
	if (lnet_ni_nids(NULL, 0))
		return 0;
	NL_SET_ERR_MSG(cb->extack, "Network is down");
	return -ENETDOWN;
}

static void ping_dump_free(struct ping_dump *d)
{
	if (!d)
		return;
	lnet_nid_put(d->source);
	lnet_ping_info_put(&d->info);
	lnet_nl_nids_free(&d->targets);
	kfree(d->errors);
	kfree(d);
}

/**
 * lnet_nl_ping_start() - begin to ping
 * @cb: the dump
 *
 * Context: task; may sleep.
 * Return: 0; -ENOENT: the request is empty; -ENETDOWN: LNet is down; -EINVAL: a NID is none;
 * -E2BIG: there are too many; -ENOMEM.
 */
int lnet_nl_ping_start(struct netlink_callback *cb)
{
	struct lnet_nl_tokens tokens;
	struct ping_dump *d;
	int rc;

	rc = ping_check(cb);
	if (rc)
		return rc;
	d = lnet_alloc(kzalloc(sizeof(*d), GFP_KERNEL));
	if (!d)
		return -ENOMEM;
	d->source = LNET_NID_ANY;
	rc = lnet_nl_request_begin(cb->nlh, &tokens, cb->extack) ?:
	     ping_read(d, tokens, cb->extack);
	if (!rc) {
		/* One more, as no target is no error. */
		d->errors = lnet_alloc(kcalloc(d->targets.nr + 1, sizeof(*d->errors), GFP_KERNEL));
		rc = d->errors ? 0 : -ENOMEM;
	}
	if (rc) {
		ping_dump_free(d);
		return rc;
	}
	cb->min_dump_alloc = NLMSG_GOODSIZE + LNET_PING_NIS_MAX * NID_BYTES;
	cb->args[0] = (long)d;
	return 0;
}

/**
 * lnet_nl_ping_done() - end to ping
 * @cb: the dump
 *
 * Context: task.
 * Return: 0.
 */
int lnet_nl_ping_done(struct netlink_callback *cb)
{
	ping_dump_free((struct ping_dump *)cb->args[0]);
	return 0;
}

/* Asking, and what is told of an answer ------------------------------------- */

/* We know what we do ourselves; of the loopback it is not said. */
static bool ping_is_of_us(lnet_nid_t nid)
{
	return nid != LNET_NID_LO_0 && lnet_ni_is_local(nid) && lnet_peer_discovers();
}

static int ping_nid(struct ping_dump *d, lnet_nid_t nid)
{
	struct lnet_process_id id = { .nid = nid, .pid = LNET_PID_LUSTRE };
	struct lnet_tool_peer about;
	int rc;

	lnet_tool_peer_look(nid, &about);
	d->multi_rail = about.multi_rail || ping_is_of_us(nid);
	rc = lnet_pinger_ping_aside(d->source, id, d->timeout_ms, &d->info, &d->rtt_ns);
	return rc == -EINTR ? rc : lnet_nl_peer_error(rc, about.failed);
}

/* Ping the target whose turn it is. Returns 0, also if it does not answer; or -EINTR. */
static int ping_ask(struct ping_dump *d)
{
	lnet_nid_t nid;
	int rc;

	rc = lnet_handler_nid(&d->targets.nid[d->at], &nid);
	if (!rc && d->source != LNET_NID_ANY && !lnet_ni_is_local(d->source))
		rc = -EINVAL;
	if (!rc)
		rc = ping_nid(d, nid);
	lnet_nid_put(nid);
	if (rc == -EINTR)
		return rc;
	d->errors[d->at] = rc;
	d->answered = !rc;
	return 0;
}

/* Put the NIDs of the answer, but for the loopback, which is the first. */
static int put_answer_nids(struct sk_buff *skb, const struct lnet_ping_info *info)
{
	struct nlattr *all = nla_nest_start(skb, 5), *one;
	unsigned int i;

	if (!all)
		return -EMSGSIZE;
	for (i = 0; i < info->nr; i++) {
		if (info->ni[i].nid == LNET_NID_LO_0)
			continue;
		one = nla_nest_start(skb, i + 1);
		if (!one || lnet_nl_put_nid(skb, 1, info->ni[i].nid))
			return -EMSGSIZE;
		nla_nest_end(skb, one);
	}
	nla_nest_end(skb, all);
	return 0;
}

static int put_answer(struct sk_buff *skb, struct netlink_callback *cb, struct ping_dump *d)
{
	void *hdr = lnet_nl_put_head(skb, cb, d->root);

	if (!hdr)
		return -EMSGSIZE;
	if (lnet_nl_put_long_nid(skb, 2, &d->targets.nid[d->at]) ||
	    (d->multi_rail && nla_put_flag(skb, 4)) || put_answer_nids(skb, &d->info)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	lnet_ping_info_put(&d->info);
	d->root = false;
	d->told = true;
	d->answered = false;
	return 0;
}

static int put_failure(struct sk_buff *skb, struct netlink_callback *cb, struct ping_dump *d)
{
	char descr[DESCR_SIZE], text[LNET_NID_TEXT_SIZE];
	void *hdr = lnet_nl_put_head(skb, cb, d->root);

	if (!hdr)
		return -EMSGSIZE;
	snprintf(descr, sizeof(descr), "failed to ping %s",
		 lnet_nid_print(&d->targets.nid[d->at], text, sizeof(text)));
	if (nla_put_string(skb, 2, "\n") || nla_put_s16(skb, 3, d->errors[d->at]) ||
	    nla_put_string(skb, 4, descr)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	d->root = false;
	return 0;
}

/* The steps of a dump ------------------------------------------------------ */

static bool any_failed(const struct ping_dump *d)
{
	unsigned int i;

	for (i = 0; i < d->targets.nr; i++)
		if (d->errors[i])
			return true;
	return false;
}

/* Each puts something, so that the tool can read it; or goes on to the next one. */
static int step_keys(struct sk_buff *skb, struct netlink_callback *cb, struct ping_dump *d)
{
	int rc = lnet_nl_put_keys(skb, cb, false, lnet_nl_keys_ping);

	if (rc)
		return rc;
	d->root = true;
	d->step = PING_ASK;
	return 0;
}

/*
 * Put something that tells nothing. To tools that is the list of keys once more, without the name
 * of the root if that was printed: NLMSG_NOOP spoils their count of messages, and what an empty
 * message has not they print.
 */
static int put_nothing(struct sk_buff *skb, struct netlink_callback *cb, struct ping_dump *d)
{
	int rc = lnet_nl_put_keys(skb, cb, true, d->told ? lnet_nl_keys_ping_more :
				  lnet_nl_keys_ping);

	d->root = true;
	return rc;
}

static int step_ask(struct sk_buff *skb, struct netlink_callback *cb, struct ping_dump *d)
{
	int rc = 0;

	if (d->at < d->targets.nr) {
		if (!d->answered)
			rc = ping_ask(d);
		if (!rc && d->answered)
			rc = put_answer(skb, cb, d);
		if (rc)
			return rc;
		d->at++;
	}
	if (d->at == d->targets.nr) {
		d->at = 0;
		d->step = PING_FAILED_KEYS;
		return 0;
	}
	return skb->len ? 0 : put_nothing(skb, cb, d);
}

static int step_failed_keys(struct sk_buff *skb, struct netlink_callback *cb, struct ping_dump *d)
{
	int rc = any_failed(d) ? lnet_nl_put_keys(skb, cb, true, lnet_nl_keys_ping_failed) : 0;

	if (rc)
		return rc;
	d->root = true;
	d->step = PING_FAILED;
	return 0;
}

static int step_failed(struct sk_buff *skb, struct netlink_callback *cb, struct ping_dump *d)
{
	int rc;

	for (; d->at < d->targets.nr; d->at++) {
		rc = d->errors[d->at] ? put_failure(skb, cb, d) : 0;
		if (rc)
			return skb->len ? 0 : rc;
	}
	return 0;
}

/**
 * lnet_nl_ping_dump() - ping a target, or tell of some that have not answered
 * @skb: where it is put
 * @cb: the dump
 *
 * Context: task; may sleep for as long as the target may take.
 * Return: the length of @skb: there may be more; 0: no more; -EINTR: a signal came; -EMSGSIZE.
 */
int lnet_nl_ping_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ping_dump *d = (struct ping_dump *)cb->args[0];
	int rc = 0;

	if (d->step == PING_KEYS)
		rc = step_keys(skb, cb, d);
	if (!rc && !skb->len && d->step == PING_ASK)
		rc = step_ask(skb, cb, d);
	if (!rc && !skb->len && d->step == PING_FAILED_KEYS)
		rc = step_failed_keys(skb, cb, d);
	if (!rc && d->step == PING_FAILED)
		rc = step_failed(skb, cb, d);
	return rc ?: skb->len;
}
