// SPDX-License-Identifier: GPL-2.0
/*
 * table-rhashtable: what the kernel's own resizable hash would cost as the
 * table of unique MEs. An operation inserts, finds and removes one entry
 * keyed like an ME; the depth is the number of other entries in the table.
 *
 * Another table is compared by a file like this one with a workload of its
 * own, and a line for it in suite.c.
 */
#include "bench.h"

#include <linux/rcupdate.h>
#include <linux/rhashtable.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

enum {
	RING		= 64,	/* entries a thread takes in turn */
};

struct table_key {
	u64 bits;
	u64 nid;
	u32 pid;
	u32 zero;
};

struct table_entry {
	struct rhash_head node;
	struct table_key key;
};

static const struct rhashtable_params params = {
	.head_offset		= offsetof(struct table_entry, node),
	.key_offset		= offsetof(struct table_entry, key),
	.key_len		= sizeof(struct table_key),
	.automatic_shrinking	= true,
};

/* The data of one thread alone. */
struct side {
	u64 bits;
	struct table_entry ring[RING];
} ____cacheline_aligned_in_smp;

static struct rhashtable table;
static struct kmem_cache *cache;
static struct table_entry **others;	/* of the depth, bits 0 and up */
static unsigned int nr_others;
static struct side *sides;

static struct table_key key_of(u64 bits)
{
	return (struct table_key){
		.bits = bits, .nid = LNET_NID_LO_0, .pid = LNET_PID_LUSTRE,
	};
}

/*
 * An entry comes back RING operations after it was removed. A search by
 * another thread that still stands on it would go astray into another chain,
 * and start again: rhashtable's chains end in a mark of their own.
 */
static int operate(struct bench_worker *w)
{
	struct side *s = &sides[w->index];
	u64 bits = s->bits++;
	struct table_entry *e = &s->ring[bits % RING];
	struct table_key key = key_of(bits);
	struct table_entry *found;
	int rc;

	e->key = key;
	rc = rhashtable_insert_fast(&table, &e->node, params);
	if (rc)
		return rc;
	rcu_read_lock();
	found = rhashtable_lookup(&table, &key, params);
	rcu_read_unlock();
	rc = rhashtable_remove_fast(&table, &e->node, params);
	return found == e ? rc : -EIO;
}

static int loop(struct bench_worker *w)
{
	return bench_repeat(w, operate);
}

static int add_one(void)
{
	struct table_entry *e;
	int rc;

	e = kmem_cache_zalloc(cache, GFP_KERNEL);
	if (!e)
		return -ENOMEM;
	e->key = key_of(nr_others);
	rc = rhashtable_insert_fast(&table, &e->node, params);
	if (rc) {
		kmem_cache_free(cache, e);
		return rc;
	}
	others[nr_others++] = e;
	return 0;
}

/* No search is under way. */
static int remove_one(void)
{
	struct table_entry *e = others[--nr_others];
	int rc;

	rc = rhashtable_remove_fast(&table, &e->node, params);
	kmem_cache_free(cache, e);
	return rc;
}

static int set_depth(unsigned int depth)
{
	int rc = 0;

	while (nr_others != depth && !rc) {
		rc = nr_others < depth ? add_one() : remove_one();
		if (nr_others % BENCH_PAUSE_OPS)
			continue;
		cond_resched();
		if (bench_killed() && depth)
			return -EINTR;
		bench_progress("filling the rhashtable: %u entries, until %u",
			       nr_others, depth);
	}
	/* It grows and shrinks in there. */
	flush_work(&table.run_work);
	return rc;
}

const struct bench_workload bench_table_rhashtable_workload = {
	.name		= "table-rhashtable",
	.set_depth	= set_depth,
	.loop		= loop,
};

int bench_table_init(void)
{
	unsigned int i;
	int rc;

	rc = rhashtable_init(&table, &params);
	if (rc)
		return rc;
	cache = KMEM_CACHE(table_entry, 0);
	others = vzalloc(array_size(bench_options.depth + 1, sizeof(*others)));
	sides = vzalloc(array_size(BENCH_MAX_THREADS, sizeof(*sides)));
	if (!cache || !others || !sides) {
		bench_table_exit();
		return -ENOMEM;
	}
	for (i = 0; i < BENCH_MAX_THREADS; i++)
		sides[i].bits = (u64)(i + 1) << 48;
	return 0;
}

void bench_table_exit(void)
{
	if (nr_others)
		set_depth(0);
	rhashtable_destroy(&table);
	vfree(sides);
	vfree(others);
	kmem_cache_destroy(cache);
}
