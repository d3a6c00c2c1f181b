// SPDX-License-Identifier: GPL-2.0
/*
 * The field: MEs with MDs that are posted while something else is measured.
 * Unique ones, and those for exact bits from any source, fill the hash, wildcard
 * ones the list. No message of any
 * workload matches them.
 *
 * Where there are many unique ones they are on a portal of their own, and the
 * messages that are to be found among them, too. A table that was large may
 * take its time to become small again; what is measured without a field must
 * not meet it.
 *
 * A field is a queue: entries are posted behind the youngest and unlinked
 * from the oldest on. Only the controller, or a single worker it waits for,
 * works on it.
 */
#include "bench.h"
#include "common/post.h"

#include <linux/bits.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

enum {
	SPARE		= 1024,		/* entries a workload may have on top */
	MANY		= 50000,	/* enough to weigh one by all of them */
};

/* Match bits no workload sends; those of wildcards end in 8 ignored bits. */
#define FIELD_BITS	BIT_ULL(62)
#define FIELD_IGNORE	0xffULL

static struct field {
	const char *name;
	unsigned int portal;
	unsigned int shift;
	u64 ignore;
	bool open;			/* from any source */
	u64 next;			/* number of the next to be posted */
	u64 oldest;
	struct lnet_handle_md *mds;	/* number modulo capacity */
} fields[BENCH_FIELD_KINDS] = {
	[BENCH_FIELD_FEW] = {
		.name	= "unique",
		.portal	= BENCH_PORTAL_UNIQUE,
	},
	[BENCH_FIELD_UNIQUE] = {
		.name	= "unique",
		.portal	= BENCH_PORTAL_DEEP,
	},
	[BENCH_FIELD_ANY] = {
		.name	= "wildcard",
		.portal	= BENCH_PORTAL_ANY,
		.shift	= 8,
		.ignore	= FIELD_IGNORE,
		.open	= true,
	},
	[BENCH_FIELD_OPEN] = {
		.name	= "any-source",
		.portal	= BENCH_PORTAL_OPEN_DEEP,
		.open	= true,
	},
};

static unsigned int capacity;
static u64 entry_bytes;

struct lnet_process_id bench_peer(void)
{
	return (struct lnet_process_id){
		.nid = LNET_NID_LO_0, .pid = LNET_PID_LUSTRE,
	};
}

struct lnet_process_id bench_anyone(void)
{
	return (struct lnet_process_id){
		.nid = LNET_NID_ANY, .pid = LNET_PID_ANY,
	};
}

/* Where the unique MEs of a case are posted. */
unsigned int bench_unique_portal(const struct bench_case *c)
{
	return c->depth ? BENCH_PORTAL_DEEP : BENCH_PORTAL_UNIQUE;
}

static unsigned int posted(const struct field *f)
{
	return f->next - f->oldest;
}

/* One more entry behind all others. 0 or -errno. */
int bench_field_post(enum bench_field_kind kind)
{
	const struct lnet_md md = {
		.threshold = 1, .options = LNET_MD_OP_PUT, .eq_handle = bench_eq,
	};
	struct field *f = &fields[kind];
	const struct post_me me = {
		.portal = f->portal,
		.id = f->open ? bench_anyone() : bench_peer(),
		.match_bits = FIELD_BITS + (f->next << f->shift),
		.ignore_bits = f->ignore,
		.unlink = LNET_UNLINK,
	};
	struct lnet_handle_me unused;
	int rc;

	if (posted(f) == capacity)
		return -ENOSPC;
	rc = post_md(&me, md, LNET_UNLINK, &unused, &f->mds[f->next % capacity]);
	f->next += !rc;
	return rc;
}

/* One entry less, the oldest. It gets its UNLINK event. 0 or -errno. */
int bench_field_unlink_oldest(enum bench_field_kind kind)
{
	struct field *f = &fields[kind];

	if (!posted(f))
		return -ENOENT;
	return LNetMDUnlink(f->mds[f->oldest++ % capacity]);
}

static u64 free_bytes(void)
{
	struct sysinfo si;

	si_meminfo(&si);
	return (u64)si.freeram * si.mem_unit;
}

static int grow(enum bench_field_kind kind, unsigned int depth)
{
	struct field *f = &fields[kind];
	int rc;

	while (posted(f) < depth) {
		rc = bench_field_post(kind);
		if (rc)
			return rc;
		if (f->next % BENCH_PAUSE_OPS)
			continue;
		cond_resched();
		if (bench_killed())
			return -EINTR;
		bench_progress("posting %s MEs: %u of %u", f->name, posted(f),
			       depth);
	}
	return 0;
}

/* Goes on when killed, or the entries would be left for LNetNIFini(). */
static int shrink(enum bench_field_kind kind, unsigned int depth)
{
	struct field *f = &fields[kind];
	int rc, err = 0;

	while (posted(f) > depth) {
		rc = bench_field_unlink_oldest(kind);
		if (rc)
			err = rc;
		if (f->oldest % BENCH_PAUSE_OPS)
			continue;
		cond_resched();
		bench_progress("unlinking %s MEs: %u left, until %u", f->name,
			       posted(f), depth);
	}
	return err;
}

static int set_depth(enum bench_field_kind kind, unsigned int depth)
{
	unsigned int more, before = posted(&fields[kind]);
	u64 was_free = free_bytes();
	int rc;

	rc = depth < before ? shrink(kind, depth) : grow(kind, depth);
	if (rc) {
		pr_err("error: %u of %u MEs posted: error %d\n",
		       posted(&fields[kind]), depth, rc);
		return rc;
	}
	/* Objects that wait for a grace period would be freed while we measure. */
	rcu_barrier();
	more = depth > before ? depth - before : 0;
	if (more >= MANY && was_free > free_bytes())
		entry_bytes = (was_free - free_bytes()) / more;
	return 0;
}

int bench_field_set_unique(unsigned int depth)
{
	return set_depth(BENCH_FIELD_UNIQUE, depth);
}

int bench_field_set_any(unsigned int depth)
{
	return set_depth(BENCH_FIELD_ANY, depth);
}

int bench_field_set_open(unsigned int depth)
{
	return set_depth(BENCH_FIELD_OPEN, depth);
}

/* Memory one entry of the last large field took, handles and all; or 0. */
u64 bench_field_entry_bytes(void)
{
	return entry_bytes;
}

/* Room for as many entries of each kind as the options allow. */
int bench_field_init(void)
{
	unsigned int i;

	capacity = bench_options.depth + SPARE;
	for (i = 0; i < BENCH_FIELD_KINDS; i++) {
		fields[i].mds = kvcalloc(capacity, sizeof(*fields[i].mds),
					 GFP_KERNEL);
		if (!fields[i].mds) {
			bench_field_exit();
			return -ENOMEM;
		}
	}
	return 0;
}

void bench_field_exit(void)
{
	unsigned int i;

	for (i = 0; i < BENCH_FIELD_KINDS; i++) {
		if (fields[i].mds)
			shrink(i, 0);
		kvfree(fields[i].mds);
		fields[i].mds = NULL;
	}
}
