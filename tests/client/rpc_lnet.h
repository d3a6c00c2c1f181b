/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the client and the server take from LNet: by the EQ interface, or, with RPC_HANDLERS, by the
 * handler interface, on which the same files are built once more. Both describe memory by struct
 * lnet_md, and both tell of an MD by a function that gets a struct rpc_event.
 *
 * Each C file includes this before any other header of LNet.
 */
#ifndef _RPC_LNET_H
#define _RPC_LNET_H

#ifdef RPC_HANDLERS
#include <lnet/handler.h>

/* There are no arrays of kvecs in this interface. */
#define RPC_KVECS		false

#define rpc_event		lnet_handler_event

/* Where the events of MDs go. */
struct rpc_sink {
	lnet_handler_t fn;
};

static inline int rpc_sink_open(struct rpc_sink *sink, lnet_handler_t fn)
{
	sink->fn = fn;
	return 0;
}

/* No MD has the sink any more. */
static inline void rpc_sink_close(struct rpc_sink *sink)
{
	lnet_assert_handler_unused(sink->fn);
}

static inline void *rpc_event_user_ptr(const struct rpc_event *ev)
{
	return ev->md_user_ptr;
}

/* The process to answer to, */
static inline struct lnet_process_id rpc_event_source(const struct rpc_event *ev)
{
	return (struct lnet_process_id){
		.nid = lnet_nid_to_nid4(&ev->source.nid), .pid = ev->source.pid,
	};
}

/* and the NID of ours to answer from. */
static inline lnet_nid_t rpc_event_self(const struct rpc_event *ev)
{
	return lnet_nid_to_nid4(&ev->target.nid);
}

static inline struct lnet_processid rpc_processid(struct lnet_process_id id)
{
	struct lnet_processid large = { .pid = id.pid };

	lnet_nid_from_nid4(&large.nid, id.nid);
	return large;
}

static inline struct lnet_handler_md rpc_md(const struct rpc_sink *sink, const struct lnet_md *md)
{
	return (struct lnet_handler_md){
		.umd_start = md->start,
		.umd_length = md->length,
		.umd_threshold = md->threshold,
		.umd_max_size = md->max_size,
		.umd_options = md->options,
		.umd_user_ptr = md->user_ptr,
		.umd_handler = sink->fn,
	};
}

/* Post @md, for messages of @id. The function may be called before this returns. */
static inline int rpc_attach(const struct rpc_sink *sink, unsigned int portal,
			     struct lnet_process_id id, u64 match_bits, u64 ignore_bits,
			     const struct lnet_md *md, struct lnet_handle_md *mdh)
{
	struct lnet_handler_md umd = rpc_md(sink, md);
	struct lnet_processid large = rpc_processid(id);
	struct lnet_me *me;

	me = LNetMEAttach(portal, &large, match_bits, ignore_bits, LNET_UNLINK, LNET_INS_AFTER);
	if (IS_ERR(me))
		return PTR_ERR(me);
	return LNetMDAttach(me, &umd, LNET_UNLINK, mdh);
}

/* Prepare @md to send from, or to fetch into. */
static inline int rpc_bind(const struct rpc_sink *sink, const struct lnet_md *md,
			   struct lnet_handle_md *mdh)
{
	struct lnet_handler_md umd = rpc_md(sink, md);

	return LNetMDBind(&umd, LNET_UNLINK, mdh);
}

static inline int rpc_put(lnet_nid_t self, struct lnet_handle_md mdh, enum lnet_ack_req ack,
			  struct lnet_process_id target, unsigned int portal, u64 match_bits)
{
	struct lnet_processid from = rpc_processid((struct lnet_process_id){ .nid = self });
	struct lnet_processid to = rpc_processid(target);

	return LNetPut(&from.nid, mdh, ack, &to, portal, match_bits, 0, 0);
}

static inline int rpc_get(lnet_nid_t self, struct lnet_handle_md mdh,
			  struct lnet_process_id target, unsigned int portal, u64 match_bits)
{
	struct lnet_processid from = rpc_processid((struct lnet_process_id){ .nid = self });
	struct lnet_processid to = rpc_processid(target);

	return LNetGet(&from.nid, mdh, &to, portal, match_bits, 0, false);
}

#else
#include <lnet/api.h>

#include "common/post.h"

#define RPC_KVECS		true

#define rpc_event		lnet_event

struct rpc_sink {
	struct lnet_handle_eq eqh;
};

static inline int rpc_sink_open(struct rpc_sink *sink, lnet_eq_handler_t fn)
{
	return LNetEQAlloc(0, fn, &sink->eqh);
}

static inline void rpc_sink_close(struct rpc_sink *sink)
{
	WARN_ON_ONCE(LNetEQFree(sink->eqh));
}

static inline void *rpc_event_user_ptr(const struct rpc_event *ev)
{
	return ev->md.user_ptr;
}

static inline struct lnet_process_id rpc_event_source(const struct rpc_event *ev)
{
	return ev->source;
}

static inline lnet_nid_t rpc_event_self(const struct rpc_event *ev)
{
	return ev->target.nid;
}

static inline int rpc_attach(const struct rpc_sink *sink, unsigned int portal,
			     struct lnet_process_id id, u64 match_bits, u64 ignore_bits,
			     const struct lnet_md *md, struct lnet_handle_md *mdh)
{
	const struct post_me me = {
		.portal = portal, .id = id, .match_bits = match_bits,
		.ignore_bits = ignore_bits, .unlink = LNET_UNLINK,
	};
	struct lnet_handle_me unused;
	struct lnet_md umd = *md;

	umd.eq_handle = sink->eqh;
	return post_md(&me, umd, LNET_UNLINK, &unused, mdh);
}

static inline int rpc_bind(const struct rpc_sink *sink, const struct lnet_md *md,
			   struct lnet_handle_md *mdh)
{
	struct lnet_md umd = *md;

	umd.eq_handle = sink->eqh;
	return LNetMDBind(umd, LNET_UNLINK, mdh);
}

static inline int rpc_put(lnet_nid_t self, struct lnet_handle_md mdh, enum lnet_ack_req ack,
			  struct lnet_process_id target, unsigned int portal, u64 match_bits)
{
	return LNetPut(self, mdh, ack, target, portal, match_bits, 0, 0);
}

static inline int rpc_get(lnet_nid_t self, struct lnet_handle_md mdh,
			  struct lnet_process_id target, unsigned int portal, u64 match_bits)
{
	return LNetGet(self, mdh, target, portal, match_bits, 0, false);
}

#endif /* RPC_HANDLERS */

/* Is this one of our NIDs? By the function's link name: both interfaces have one of its name. */
static inline bool rpc_is_local(lnet_nid_t nid)
{
	return !lnet_api_dist(nid, NULL, NULL);
}

#endif /* _RPC_LNET_H */
