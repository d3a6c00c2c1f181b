// SPDX-License-Identifier: GPL-2.0
/*
 * Discovery that tools ask for. All targets are asked at the same time, and waited for together.
 * The answer is no dump, and yet looks like one: names, data, and NLMSG_DONE, and no ACK.
 * It is sent in pieces, each when the tool has read of those before.
 */
#include "lustre/nl_family.h"
#include "hooks/alloc.h"
#include "lustre/handler.h"
#include "lustre/names.h"
#include "lustre/nl_job.h"
#include "lustre/nl_keys.h"
#include "lustre/nl_peer.h"
#include "lustre/nl_put.h"
#include "lustre/nl_request.h"
#include "lustre/tool_peer.h"
#include "network/ni.h"
#include "network/peer.h"

#include <lnet/handler.h>

#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/netlink.h>
#include <linux/slab.h>

#include <net/genetlink.h>
#include <net/netlink.h>

enum {
	WAIT_MS		= 6000,		/* for all answers; a question ends after 5 s */
	BUFFER_BYTES	= 15 * 1024,	/* tools begin with 16 KiB */
	DESCR_SIZE	= LNET_NID_TEXT_SIZE + 24,
};

/* The answer, which is being written. */
struct reply {
	struct genl_info *info;
	struct sk_buff *skb;		/* NULL: none was begun */
	bool root;			/* the next message is the first after a list of keys */
	bool any_keys;
};

/* Writing ------------------------------------------------------------------ */

static int reply_flush(struct reply *r)
{
	struct sk_buff *skb = r->skb;

	r->skb = NULL;
	return skb ? lnet_nl_job_send(r->info, skb) : 0;
}

/* Have a buffer with some room, which the caller may find too small. */
static int reply_room(struct reply *r, bool fresh)
{
	int rc = fresh ? reply_flush(r) : 0;

	if (rc || r->skb)
		return rc;
	r->skb = lnet_alloc(nlmsg_new(BUFFER_BYTES, GFP_KERNEL));
	return r->skb ? 0 : -ENOMEM;
}

/* Call @put with a buffer, and again with a fresh one if it does not fit into that. */
static int reply_put(struct reply *r, int (*put)(struct reply *r, const void *arg), const void *arg)
{
	int rc;

	rc = reply_room(r, false) ?: put(r, arg);
	if (rc == -EMSGSIZE)
		rc = reply_room(r, true) ?: put(r, arg);
	return rc;
}

static int put_keys(struct reply *r, const void *arg)
{
	int flags = NLM_F_MULTI | NLM_F_CREATE | (r->any_keys ? NLM_F_REPLACE : 0);
	const struct ln_key_list *const *keys = arg;
	int rc;

	rc = lnet_genl_send_scalar_list(r->skb, r->info->snd_portid, r->info->snd_seq,
					&lnet_nl_family, flags, LNET_NL_PING,
					(const struct ln_key_list **)keys);
	if (rc)
		return rc;
	r->any_keys = true;
	r->root = true;
	return 0;
}

static void *put_head(struct reply *r)
{
	void *hdr = genlmsg_put(r->skb, r->info->snd_portid, r->info->snd_seq, &lnet_nl_family,
				NLM_F_MULTI, LNET_NL_PING);

	if (!hdr || !r->root || !nla_put_string(r->skb, 1, ""))
		return hdr;
	genlmsg_cancel(r->skb, hdr);
	return NULL;
}

static int put_end(struct reply *r, const void *arg)
{
	const struct genl_info *info = r->info;

	return nlmsg_put(r->skb, info->snd_portid, info->snd_seq, NLMSG_DONE, 0, NLM_F_MULTI) ?
	       0 : -EMSGSIZE;
}

/* What is told of a target -------------------------------------------------- */

static int put_one_nid(struct sk_buff *skb, lnet_nid_t nid, int index)
{
	struct nlattr *nest = nla_nest_start(skb, index);

	if (!nest || lnet_nl_put_nid(skb, 1, nid))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_known_nids(struct sk_buff *skb, lnet_nid_t nid)
{
	struct nlattr *all = nla_nest_start(skb, 5);
	unsigned int i;
	lnet_nid_t one;
	int rc = 0;

	if (!all)
		return -EMSGSIZE;
	for (i = 0; !rc && (one = lnet_tool_peer_nid(nid, i)) != LNET_NID_ANY; i++)
		rc = put_one_nid(skb, one, i + 1);
	nla_nest_end(skb, all);
	return rc;
}

/* The same of this node. */
static int put_our_nids(struct sk_buff *skb, const lnet_nid_t *nids, unsigned int nr)
{
	struct nlattr *all = nla_nest_start(skb, 5);
	unsigned int i;
	int rc = 0;

	if (!all)
		return -EMSGSIZE;
	for (i = 1; i < nr && !rc; i++)
		rc = put_one_nid(skb, nids[i], i);
	nla_nest_end(skb, all);
	return rc;
}

static int put_body(struct sk_buff *skb, lnet_nid_t nid)
{
	struct lnet_tool_peer about;

	lnet_tool_peer_look(nid, &about);
	if (lnet_nl_put_nid(skb, 2, lnet_tool_peer_nid(nid, 0)) ||
	    (about.multi_rail && nla_put_flag(skb, 4)))
		return -EMSGSIZE;
	return put_known_nids(skb, nid);
}

static int put_our_body(struct sk_buff *skb, lnet_nid_t nid)
{
	lnet_nid_t *nids;
	unsigned int nr;
	int rc;

	nids = lnet_names_snapshot(&nr);
	if (!nids)
		return -ENOMEM;
	rc = lnet_nl_put_nid(skb, 2, nr > 1 ? nids[1] : nid) ?:
	     (lnet_peer_discovers() ? nla_put_flag(skb, 4) : 0) ?: put_our_nids(skb, nids, nr);
	kfree(nids);
	return rc;
}

static int reply_answer(struct reply *r, const void *arg)
{
	const lnet_nid_t *nid = arg;
	void *hdr = put_head(r);
	int rc;

	if (!hdr)
		return -EMSGSIZE;
	rc = lnet_ni_is_local(*nid) ? put_our_body(r->skb, *nid) : put_body(r->skb, *nid);
	if (rc) {
		genlmsg_cancel(r->skb, hdr);
		return rc;
	}
	genlmsg_end(r->skb, hdr);
	r->root = false;
	return 0;
}

/* What is known of a target so far. */
struct asked {
	const struct lnet_nid *name;
	lnet_nid_t nid;		/* held */
	bool failed;		/* it had not answered the last time that it was asked */
	s16 error;
};

static int reply_failure(struct reply *r, const void *arg)
{
	char descr[DESCR_SIZE], text[LNET_NID_TEXT_SIZE];
	const struct asked *failed = arg;
	void *hdr = put_head(r);

	if (!hdr)
		return -EMSGSIZE;
	snprintf(descr, sizeof(descr), "failed to discover %s",
		 lnet_nid_print(failed->name, text, sizeof(text)));
	if (nla_put_string(r->skb, 2, "\n") || nla_put_s16(r->skb, 3, failed->error) ||
	    nla_put_string(r->skb, 4, descr)) {
		genlmsg_cancel(r->skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(r->skb, hdr);
	r->root = false;
	return 0;
}

/* Asking ------------------------------------------------------------------- */

static int asked_begin(struct asked *a, bool force)
{
	struct lnet_tool_peer about;
	int rc;

	rc = lnet_handler_nid(a->name, &a->nid);
	if (rc)
		return rc;
	lnet_tool_peer_look(a->nid, &about);
	a->failed = about.failed;
	if (!lnet_ni_nids(NULL, 0))
		return -ESHUTDOWN;
	return lnet_ni_is_local(a->nid) ? 0 : lnet_peer_discover(a->nid, force, 0);
}

/* Wait for those that were asked. Returns 0, or -EINTR. */
static int wait_all(struct asked *asked, unsigned int nr)
{
	unsigned long end = jiffies + msecs_to_jiffies(WAIT_MS);
	struct asked *a;
	long left;
	int rc;

	for (a = asked; a < asked + nr; a++) {
		rc = a->error;
		left = max(0L, (long)(end - jiffies));
		if (rc == -EAGAIN)
			rc = lnet_peer_await(a->nid, jiffies_to_msecs(left));
		if (rc == -EINTR)
			return rc;
		a->error = lnet_nl_peer_error(rc, a->failed);
	}
	return 0;
}

static int reply_write(struct reply *r, const struct asked *asked, unsigned int nr)
{
	const struct asked *a;
	bool failed = false;
	int rc;

	rc = reply_put(r, put_keys, lnet_nl_keys_discover);
	for (a = asked; a < asked + nr && !rc; a++) {
		failed |= a->error;
		if (!a->error)
			rc = reply_put(r, reply_answer, &a->nid);
	}
	if (failed && !rc)
		rc = reply_put(r, put_keys, lnet_nl_keys_discover_failed);
	for (a = asked; a < asked + nr && !rc; a++)
		if (a->error)
			rc = reply_put(r, reply_failure, a);
	rc = rc ?: reply_put(r, put_end, NULL);
	if (rc)
		nlmsg_free(r->skb);
	return rc ?: lnet_nl_job_send_last(r->info, r->skb);
}

static int discover_all(struct genl_info *info, const struct lnet_nl_nids *targets)
{
	struct reply reply = { .info = info };
	struct asked *asked;
	unsigned int i;
	int rc;

	asked = lnet_alloc(kcalloc(targets->nr + 1, sizeof(*asked), GFP_KERNEL));
	if (!asked)
		return -ENOMEM;
	for (i = 0; i < targets->nr; i++) {
		asked[i].name = &targets->nid[i];
		asked[i].error = asked_begin(&asked[i], info->nlhdr->nlmsg_flags & NLM_F_EXCL);
	}
	rc = wait_all(asked, targets->nr) ?: reply_write(&reply, asked, targets->nr);
	for (i = 0; i < targets->nr; i++)
		lnet_nid_put(asked[i].nid);
	kfree(asked);
	return rc ?: -EINTR;
}

/* Returns -EINTR: it is answered; or another -errno. */
static int discover_run(struct genl_info *info)
{
	struct lnet_nl_tokens tokens;
	struct lnet_nl_nids targets;
	int rc;

	rc = lnet_nl_request_said(info, &tokens) ?:
	     lnet_nl_nids_read(tokens, &targets, "cannot parse NID", info->extack);
	if (rc)
		return rc;
	rc = discover_all(info, &targets);
	lnet_nl_nids_free(&targets);
	return rc;
}

/**
 * lnet_nl_discover() - ask peers for their NIDs, and tell of them
 * @skb: the message
 * @info: the request
 *
 * This takes 6 s at most, and as long as the tool takes to read. Instead of an answer it is told of
 * -ENOMSG: the request is empty; -EINVAL: a NID is none; -E2BIG: there are too many; -ENOMEM; or
 * an error of lnet_nl_job_send().
 *
 * Context: task.
 * Return: as lnet_nl_job_begin().
 */
int lnet_nl_discover(struct sk_buff *skb, struct genl_info *info)
{
	return lnet_nl_job_begin(skb, info, discover_run);
}
