// SPDX-License-Identifier: GPL-2.0
/*
 * Workloads without a message.
 *
 * post: attach a unique ME and its MD, unlink them. The field may be there.
 *
 * unlink-oldest: LNetMDUnlink() of the entry that has been posted longest,
 * ME and UNLINK event included. The clock is read around BATCH of them, and
 * stands still while as many are posted behind the youngest: all of an entry
 * is as cold as the field makes it.
 */
#include "bench.h"

#include <linux/timekeeping.h>

enum {
	BATCH		= 64,
};

/* The next match bits of one thread, apart from those of put.c. */
static struct {
	u64 bits;
} ____cacheline_aligned_in_smp sides[BENCH_MAX_THREADS];

/* The controller sets them while no worker is there. */
static unsigned int post_portal;
static enum bench_field_kind field;

static int post(struct bench_worker *w)
{
	const struct lnet_md md = {
		.threshold = 1, .options = LNET_MD_OP_PUT, .eq_handle = bench_eq,
	};
	struct lnet_handle_md target;
	struct lnet_handle_me me;
	int rc;

	rc = LNetMEAttach(post_portal, bench_peer(),
			  ((u64)(w->index + 16) << 48) + sides[w->index].bits++,
			  0, LNET_UNLINK, LNET_INS_AFTER, &me);
	if (rc)
		return rc;
	rc = LNetMDAttach(me, md, LNET_UNLINK, &target);
	if (!rc)
		rc = LNetMDUnlink(target);
	if (rc)
		LNetMEUnlink(me);
	return rc;
}

static int post_loop(struct bench_worker *w)
{
	return bench_repeat(w, post);
}

static int post_begin(const struct bench_case *c)
{
	post_portal = bench_unique_portal(c);
	return 0;
}

const struct bench_workload bench_post_workload = {
	.name		= "post",
	.events		= {
		.kind = { [LNET_EVENT_UNLINK] = 1 },
		.unlinked = 1,
	},
	.set_depth	= bench_field_set_unique,
	.begin		= post_begin,
	.loop		= post_loop,
};

static int post_batch(void)
{
	int i, rc = 0;

	for (i = 0; i < BATCH && !rc; i++)
		rc = bench_field_post(field);
	return rc;
}

static int unlink_batch(void)
{
	int i, rc = 0;

	for (i = 0; i < BATCH && !rc; i++)
		rc = bench_field_unlink_oldest(field);
	return rc;
}

static int unlink_oldest_loop(struct bench_worker *w)
{
	u64 began;
	int rc = 0;

	while (w->done < w->quota && !rc && bench_pause(w)) {
		began = ktime_get_ns();
		rc = unlink_batch();
		w->spent += ktime_get_ns() - began;
		w->done += BATCH;
		if (!rc)
			rc = post_batch();
	}
	return rc;
}

/* The batch that is unlinked first; among none these are all there are. */
static int unlink_oldest_begin(const struct bench_case *c)
{
	field = c->depth ? BENCH_FIELD_UNIQUE : BENCH_FIELD_FEW;
	return post_batch();
}

static void unlink_oldest_end(const struct bench_case *c)
{
	unlink_batch();
}

const struct bench_workload bench_unlink_oldest_workload = {
	.name		= "unlink-oldest",
	.events		= {
		.kind = { [LNET_EVENT_UNLINK] = 1 },
		.unlinked = 1,
	},
	.set_depth	= bench_field_set_unique,
	.begin		= unlink_oldest_begin,
	.loop		= unlink_oldest_loop,
	.end		= unlink_oldest_end,
};
