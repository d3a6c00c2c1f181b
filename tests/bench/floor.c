// SPDX-License-Identifier: GPL-2.0
/*
 * The floor: what any implementation has to do to post a one-shot ME and MD,
 * send a message to it and tell both ends, and nothing else. Three objects
 * from caches (ME, MD, message) allocated and freed, three uncontended
 * spinlock pairs, one hash insert and removal, two events filled, two
 * indirect calls.
 *
 * Figures are given as multiples of it, which takes most of the machine out
 * of them. With several threads each has locks and a hash of its own: what
 * the floor itself gains from a second CPU is the most that can be hoped for.
 */
#include "bench.h"

#include <linux/hash.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

enum object {
	ENTRY,			/* begins with a struct floor_entry */
	DESCRIPTOR,
	MESSAGE,		/* begins with a struct lnet_event */
	OBJECTS,
};

enum {
	HASH_BITS	= 10,
	FLOOR_OPS	= 20000,
};

/* About what an ME, an MD and a message need. */
static const unsigned int object_bytes[OBJECTS] = {
	[ENTRY] = 128, [DESCRIPTOR] = 192, [MESSAGE] = 448,
};

static struct kmem_cache *object_cache[OBJECTS];

struct floor_entry {
	struct hlist_node node;
	u64 bits;
};

/* The data of one thread alone. */
struct floor_side {
	spinlock_t bucket;	/* taken by the owner thread only, */
	spinlock_t slot;	/* which alone touches the rest */
	u64 bits;
	u64 called;
	void (*handler)(struct floor_side *side, struct lnet_event *ev);
	struct hlist_head hash[1 << HASH_BITS];
} ____cacheline_aligned_in_smp;

static struct floor_side *sides;

static noinline void handle(struct floor_side *side, struct lnet_event *ev)
{
	side->called += ev->status == 0;
}

/* Field by field: the compiler clears a whole structure more slowly. */
static void fill(struct lnet_event *ev, enum lnet_event_kind kind, u64 bits)
{
	const struct lnet_process_id me = {
		.nid = LNET_NID_LO_0, .pid = LNET_PID_LUSTRE,
	};

	ev->target = me;
	ev->initiator = me;
	ev->source = me;
	ev->sender = me.nid;
	ev->type = kind;
	ev->pt_index = BENCH_PORTAL_UNIQUE;
	ev->match_bits = bits;
	ev->rlength = 0;
	ev->mlength = 0;
	ev->md_handle.cookie = bits;
	ev->md.start = NULL;
	ev->md.length = 0;
	ev->md.threshold = 1;
	ev->md.max_size = 0;
	ev->md.options = LNET_MD_OP_PUT;
	ev->md.user_ptr = NULL;
	ev->md.eq_handle.cookie = bits;
	ev->md.bulk_handle.cookie = bits;
	ev->hdr_data = bits;
	ev->msg_type = LNET_MSG_PUT;
	ev->status = 0;
	ev->unlinked = 1;
	ev->offset = 0;
	ev->sequence = bits;
}

static void post(struct floor_side *side, struct floor_entry *e)
{
	e->bits = ++side->bits;
	spin_lock(&side->bucket);
	hlist_add_head(&e->node, &side->hash[hash_64(e->bits, HASH_BITS)]);
	spin_unlock(&side->bucket);
}

static void take(struct floor_side *side, struct floor_entry *e)
{
	spin_lock(&side->bucket);
	hlist_del(&e->node);
	spin_unlock(&side->bucket);
}

static void tell(struct floor_side *side, struct lnet_event *ev, u64 bits)
{
	typeof(side->handler) handler;

	spin_lock(&side->slot);
	fill(ev, LNET_EVENT_PUT, bits);
	handler = READ_ONCE(side->handler);
	handler(side, ev);
	fill(ev, LNET_EVENT_SEND, bits);
	handler = READ_ONCE(side->handler);
	handler(side, ev);
	spin_unlock(&side->slot);
}

static int operate(struct bench_worker *w)
{
	struct floor_side *side = &sides[w->index];
	void *object[OBJECTS];
	int i;

	for (i = ENTRY; i < OBJECTS; i++) {
		object[i] = kmem_cache_alloc(object_cache[i], BENCH_GFP);
		if (!object[i])
			goto err_free_objects;
	}
	post(side, object[ENTRY]);
	take(side, object[ENTRY]);
	tell(side, object[MESSAGE], side->bits);
	for (i = 0; i < OBJECTS; i++)
		kmem_cache_free(object_cache[i], object[i]);
	return 0;

err_free_objects:
	while (i--)
		kmem_cache_free(object_cache[i], object[i]);
	return -ENOMEM;
}

static int loop(struct bench_worker *w)
{
	return bench_repeat(w, operate);
}

const struct bench_workload bench_floor_workload = {
	.name	= "floor",
	.loop	= loop,
};

/* The floor now, of one thread: the usual, not what an interruption adds. */
int bench_floor(u64 *ps)
{
	struct bench_span span;
	int rc;

	rc = bench_team_run(loop, 1, FLOOR_OPS, BENCH_PROBE_MS, &span);
	*ps = rc ? 0 : span.usual_ps;
	return rc;
}

int bench_floor_init(void)
{
	static const char *const names[OBJECTS] = {
		"lnet_bench_me", "lnet_bench_md", "lnet_bench_msg",
	};
	unsigned int i;

	sides = kcalloc(BENCH_MAX_THREADS, sizeof(*sides), GFP_KERNEL);
	if (!sides)
		return -ENOMEM;
	for (i = 0; i < BENCH_MAX_THREADS; i++) {
		spin_lock_init(&sides[i].bucket);
		spin_lock_init(&sides[i].slot);
		sides[i].handler = handle;
	}
	for (i = 0; i < OBJECTS; i++) {
		object_cache[i] = kmem_cache_create(names[i], object_bytes[i],
						    0, 0, NULL);
		if (!object_cache[i]) {
			bench_floor_exit();
			return -ENOMEM;
		}
	}
	return 0;
}

void bench_floor_exit(void)
{
	unsigned int i;

	for (i = 0; i < OBJECTS; i++) {
		kmem_cache_destroy(object_cache[i]);
		object_cache[i] = NULL;
	}
	kfree(sides);
}
