// SPDX-License-Identifier: GPL-2.0
/*
 * Workloads that send messages, over loopback but for the last.
 *
 * unique-put, put-ack, put-payload: an operation is all a client does for a
 * one-shot message, posting both ends included. MDs unlink themselves; every
 * message has match bits that were never used before.
 *
 * any-source: the same, to MEs for exact bits from any source.
 *
 * any-put, any-search: an operation is one LNetPut() from an MD that was
 * bound once per thread to the one match-any ME that was posted once, behind
 * the wildcards of the field.
 *
 * net-put-ack: the same by a driver that has the ACK at once (lnd.c): the cost of
 * leaving by a network and of the answer.
 */
#include "bench.h"
#include "common/post.h"

#include <linux/vmalloc.h>

/* The data of one thread alone. */
struct side {
	u64 bits;			/* of the next message */
	enum lnet_ack_req ack;
	unsigned int portal;
	struct lnet_process_id sender;	/* of the messages that the ME takes */
	struct lnet_md target;		/* the MD messages arrive in */
	struct lnet_md source;		/* and the one they leave from */
	struct lnet_handle_md bound;
} ____cacheline_aligned_in_smp;

static struct side sides[BENCH_MAX_THREADS];
static void *source_bytes[BENCH_MAX_THREADS];
static void *target_bytes[BENCH_MAX_THREADS];
static struct lnet_handle_me any_me;

static int bind_and_put(const struct side *s, u64 bits)
{
	struct lnet_handle_md source;
	int rc;

	rc = LNetMDBind(s->source, LNET_UNLINK, &source);
	if (rc)
		return rc;
	rc = LNetPut(LNET_NID_ANY, source, s->ack, bench_peer(), s->portal,
		     bits, 0, 0);
	if (rc)
		LNetMDUnlink(source);
	return rc;
}

static int unique_put(struct bench_worker *w)
{
	struct side *s = &sides[w->index];
	struct lnet_handle_md target;
	struct lnet_handle_me me;
	u64 bits = s->bits++;
	int rc;

	rc = LNetMEAttach(s->portal, s->sender, bits, 0, LNET_UNLINK,
			  LNET_INS_AFTER, &me);
	if (rc)
		return rc;
	rc = LNetMDAttach(me, s->target, LNET_UNLINK, &target);
	if (!rc)
		rc = bind_and_put(s, bits);
	if (rc)
		LNetMEUnlink(me);
	return rc;
}

static int unique_put_loop(struct bench_worker *w)
{
	return bench_repeat(w, unique_put);
}

static void prepare_sides(const struct bench_case *c, enum lnet_ack_req ack,
			  int threshold)
{
	unsigned int i;

	for (i = 0; i < c->threads; i++) {
		struct side *s = &sides[i];

		s->ack = ack;
		s->portal = bench_unique_portal(c);
		s->sender = bench_peer();
		s->source = (struct lnet_md){
			.start = c->size ? source_bytes[i] : NULL,
			.length = c->size,
			.threshold = threshold,
			.eq_handle = bench_eq,
		};
		s->target = s->source;
		s->target.start = c->size ? target_bytes[i] : NULL;
		s->target.threshold = 1;
		s->target.options = LNET_MD_OP_PUT;
	}
}

static int unique_put_begin(const struct bench_case *c)
{
	prepare_sides(c, LNET_NOACK_REQ, 1);
	return 0;
}

const struct bench_workload bench_unique_put_workload = {
	.name		= "unique-put",
	.events		= {
		.kind = { [LNET_EVENT_PUT] = 1, [LNET_EVENT_SEND] = 1 },
		.unlinked = 2,
	},
	.set_depth	= bench_field_set_unique,
	.begin		= unique_put_begin,
	.loop		= unique_put_loop,
};

static int any_source_begin(const struct bench_case *c)
{
	unsigned int i;

	prepare_sides(c, LNET_NOACK_REQ, 1);
	for (i = 0; i < c->threads; i++) {
		sides[i].portal = c->depth ? BENCH_PORTAL_OPEN_DEEP :
					     BENCH_PORTAL_OPEN;
		sides[i].sender = bench_anyone();
	}
	return 0;
}

const struct bench_workload bench_any_source_workload = {
	.name		= "any-source",
	.events		= {
		.kind = { [LNET_EVENT_PUT] = 1, [LNET_EVENT_SEND] = 1 },
		.unlinked = 2,
	},
	.set_depth	= bench_field_set_open,
	.begin		= any_source_begin,
	.loop		= unique_put_loop,
};

const struct bench_workload bench_put_payload_workload = {
	.name		= "put-payload",
	.events		= {
		.kind = { [LNET_EVENT_PUT] = 1, [LNET_EVENT_SEND] = 1 },
		.unlinked = 2,
	},
	.begin		= unique_put_begin,
	.loop		= unique_put_loop,
};

static int put_ack_begin(const struct bench_case *c)
{
	prepare_sides(c, LNET_ACK_REQ, 2);
	return 0;
}

const struct bench_workload bench_put_ack_workload = {
	.name		= "put-ack",
	.events		= {
		.kind = {
			[LNET_EVENT_PUT] = 1,
			[LNET_EVENT_SEND] = 1,
			[LNET_EVENT_ACK] = 1,
		},
		.unlinked = 2,
	},
	.begin		= put_ack_begin,
	.loop		= unique_put_loop,
};

static int any_put(struct bench_worker *w)
{
	return LNetPut(LNET_NID_ANY, sides[w->index].bound, LNET_NOACK_REQ,
		       bench_peer(), BENCH_PORTAL_ANY, 0, 0, 0);
}

static int any_put_loop(struct bench_worker *w)
{
	return bench_repeat(w, any_put);
}

static void unbind(unsigned int threads)
{
	while (threads--)
		LNetMDUnlink(sides[threads].bound);
}

static int post_any(const struct lnet_md *md)
{
	/* Ignoring what wildcards of the field ignore, and hit by 0 only. */
	const struct post_me any = {
		.portal = BENCH_PORTAL_ANY, .id = bench_anyone(), .ignore_bits = 0xff,
		.unlink = LNET_RETAIN,
	};
	struct lnet_handle_md unused;

	return post_md(&any, *md, LNET_RETAIN, &any_me, &unused);
}

static int any_put_begin(const struct bench_case *c)
{
	unsigned int i;
	int rc;

	prepare_sides(c, LNET_NOACK_REQ, LNET_MD_THRESH_INF);
	sides[0].target.threshold = LNET_MD_THRESH_INF;
	rc = post_any(&sides[0].target);
	for (i = 0; i < c->threads && !rc; i++) {
		rc = LNetMDBind(sides[i].source, LNET_RETAIN, &sides[i].bound);
		if (rc) {
			unbind(i);
			LNetMEUnlink(any_me);
		}
	}
	return rc;
}

static void any_put_end(const struct bench_case *c)
{
	unbind(c->threads);
	LNetMEUnlink(any_me);
}

const struct bench_workload bench_any_put_workload = {
	.name		= "any-put",
	.events		= {
		.kind = { [LNET_EVENT_PUT] = 1, [LNET_EVENT_SEND] = 1 },
	},
	.begin		= any_put_begin,
	.loop		= any_put_loop,
	.end		= any_put_end,
};

static int net_put(struct bench_worker *w)
{
	return LNetPut(LNET_NID_ANY, sides[w->index].bound, LNET_ACK_REQ,
		       bench_lnd_echo(), BENCH_PORTAL_ANY, 0, 0, 0);
}

static int net_put_loop(struct bench_worker *w)
{
	return bench_repeat(w, net_put);
}

const struct bench_workload bench_net_put_workload = {
	.name		= "net-put-ack",
	.events		= {
		.kind = { [LNET_EVENT_SEND] = 1, [LNET_EVENT_ACK] = 1 },
	},
	.begin		= any_put_begin,
	.loop		= net_put_loop,
	.end		= any_put_end,
};

const struct bench_workload bench_any_search_workload = {
	.name		= "any-search",
	.events		= {
		.kind = { [LNET_EVENT_PUT] = 1, [LNET_EVENT_SEND] = 1 },
	},
	.set_depth	= bench_field_set_any,
	.begin		= any_put_begin,
	.loop		= any_put_loop,
	.end		= any_put_end,
};

int bench_put_init(void)
{
	unsigned int i;

	for (i = 0; i < BENCH_MAX_THREADS; i++) {
		sides[i].bits = (u64)(i + 1) << 48;
		source_bytes[i] = vzalloc(LNET_MTU);
		target_bytes[i] = vzalloc(LNET_MTU);
		if (!source_bytes[i] || !target_bytes[i]) {
			bench_put_exit();
			return -ENOMEM;
		}
	}
	return 0;
}

void bench_put_exit(void)
{
	unsigned int i;

	for (i = 0; i < BENCH_MAX_THREADS; i++) {
		vfree(source_bytes[i]);
		vfree(target_bytes[i]);
		source_bytes[i] = NULL;
		target_bytes[i] = NULL;
	}
}
