// SPDX-License-Identifier: GPL-2.0
/*
 * Payload: every kind of memory to every other kind, by PUT and by GET, of
 * every awkward length, at odd offsets and in odd pieces, up to 1 MiB and
 * LNET_MAX_IOV fragments. Byte for byte, and not a byte beside.
 */
#include "common.h"

#include <lnet/frags.h>

#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/sched.h>

static unsigned int seed;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "Seed of the random lengths; 0: a new one (default 0)");

static struct rnd_state rnd;

static unsigned int roll(unsigned int below)
{
	return prandom_u32_state(&rnd) % below;
}

static void seed_rnd(struct kunit *test)
{
	u32 used = seed ?: get_random_u32();

	prandom_seed_state(&rnd, used);
	kunit_info(test, "seed=%u", used);
}

/* Memory ------------------------------------------------------------------- */

enum kind { CONTIGUOUS, VMALLOC, KVEC, KIOV, KINDS };

enum {
	GUARD = 0x5a,
	AREA = LNET_MTU + (LNET_MAX_IOV + 2) * PAGE_SIZE / 16,
};

/* Some memory in pieces, and what stands between them. */
struct mem {
	enum kind kind;
	unsigned int bytes;
	unsigned int pieces;
	struct kvec piece[LNET_MAX_IOV];	/* of any kind of memory */
	struct bio_vec kiov[LNET_MAX_IOV];
	u8 *contiguous;				/* LNET_MTU and some more */
	u8 *area;				/* AREA, vmalloc */
	void *page[LNET_MAX_IOV];
};

static struct mem *mem_new(struct kunit *test)
{
	struct mem *m = lt_vmalloc(test, sizeof(*m));
	unsigned int i;

	m->contiguous = kunit_kmalloc(test, LNET_MTU + PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m->contiguous);
	m->area = lt_vmalloc(test, AREA);
	for (i = 0; i < LNET_MAX_IOV; i++)
		m->page[i] = lt_page(test);
	return m;
}

static void one_piece(struct mem *m, u8 *base, unsigned int bytes)
{
	m->pieces = 1;
	m->piece[0].iov_base = base + 1 + roll(15);
	m->piece[0].iov_len = bytes;
}

/* Pieces of random length with gaps of a few bytes. */
static void scatter_kvec(struct mem *m, unsigned int bytes)
{
	u8 *at = m->area + roll(64);
	unsigned int n;

	for (m->pieces = 0; bytes; m->pieces++) {
		/* The bytes that are left must fit into the pieces that are left. */
		n = m->pieces == LNET_MAX_IOV - 1 ? bytes :
		    min(bytes, 1 + roll(2 * DIV_ROUND_UP(bytes, LNET_MAX_IOV -
							 m->pieces)));
		m->piece[m->pieces].iov_base = at;
		m->piece[m->pieces].iov_len = n;
		at += n + roll(200);
		bytes -= n;
	}
}

/* Part of a page each; whole pages where it must. */
static void scatter_kiov(struct mem *m, unsigned int bytes)
{
	unsigned int left, n, offset;

	for (m->pieces = 0; bytes; m->pieces++) {
		left = LNET_MAX_IOV - m->pieces;
		n = min_t(unsigned int, bytes, PAGE_SIZE);
		if (bytes <= (left - 1) * PAGE_SIZE && roll(4))
			n = min(n, 1 + roll(PAGE_SIZE));
		offset = roll(PAGE_SIZE - n + 1);
		m->kiov[m->pieces].bv_page = virt_to_page(m->page[m->pieces]);
		m->kiov[m->pieces].bv_len = n;
		m->kiov[m->pieces].bv_offset = offset;
		m->piece[m->pieces].iov_base = m->page[m->pieces] + offset;
		m->piece[m->pieces].iov_len = n;
		bytes -= n;
	}
}

static void shape(struct mem *m, enum kind as, unsigned int bytes)
{
	m->kind = as;
	m->bytes = bytes;
	switch (as) {
	case CONTIGUOUS:
		one_piece(m, m->contiguous, bytes);
		break;
	case VMALLOC:
		one_piece(m, m->area, bytes);
		break;
	case KVEC:
		scatter_kvec(m, bytes);
		break;
	default:
		scatter_kiov(m, bytes);
	}
}

static void set_all(struct mem *m, u8 byte)
{
	unsigned int i;

	switch (m->kind) {
	case CONTIGUOUS:
		memset(m->contiguous, byte, LNET_MTU + PAGE_SIZE);
		break;
	case KIOV:
		for (i = 0; i < m->pieces; i++)
			memset(m->page[i], byte, PAGE_SIZE);
		break;
	default:
		memset(m->area, byte, AREA);
	}
}

/* The pattern, from its @skip-th byte on, into all of the memory. */
static void fill(struct mem *m, const u8 *pattern)
{
	unsigned int i, done = 0;

	for (i = 0; i < m->pieces; i++) {
		memcpy(m->piece[i].iov_base, pattern + done,
		       m->piece[i].iov_len);
		done += m->piece[i].iov_len;
	}
}

/*
 * Takes the payload out: true if bytes @offset to @offset + @bytes are those
 * of the pattern; puts the guard there, so that all is guard if nothing else
 * was written.
 */
static bool take(struct mem *m, const u8 *pattern, unsigned int offset,
		 unsigned int bytes)
{
	unsigned int i, n, skip;
	bool right = true;

	for (i = 0; i < m->pieces && bytes; i++) {
		if (offset >= m->piece[i].iov_len) {
			offset -= m->piece[i].iov_len;
			continue;
		}
		skip = offset;
		offset = 0;
		n = min_t(unsigned int, bytes, m->piece[i].iov_len - skip);
		right &= !memcmp(m->piece[i].iov_base + skip, pattern, n);
		memset(m->piece[i].iov_base + skip, GUARD, n);
		pattern += n;
		bytes -= n;
	}
	return right && !bytes;
}

static bool all_guard(struct mem *m)
{
	unsigned int i;

	switch (m->kind) {
	case CONTIGUOUS:
		return lt_is_byte(m->contiguous, LNET_MTU + PAGE_SIZE, GUARD);
	case KIOV:
		for (i = 0; i < m->pieces; i++)
			if (!lt_is_byte(m->page[i], PAGE_SIZE, GUARD))
				return false;
		return true;
	default:
		return lt_is_byte(m->area, AREA, GUARD);
	}
}

static struct lnet_md md_of(struct mem *m, unsigned int options,
			    struct lnet_handle_eq eqh)
{
	struct lnet_md md = lt_md(m->piece[0].iov_base, m->bytes, 1, options,
				  eqh, NULL);

	if (m->kind == KVEC) {
		md.start = m->piece;
		md.length = m->pieces;
		md.options |= LNET_MD_IOVEC;
	} else if (m->kind == KIOV) {
		md.start = m->kiov;
		md.length = m->pieces;
		md.options |= LNET_MD_KIOV;
	}
	return md;
}

/* From one to the other ---------------------------------------------------- */

struct carry {
	struct kunit *test;
	struct mem *from, *to;
	struct lnet_handle_eq eqh;
	u8 *pattern;			/* LNET_MTU */
	bool get;
};

/* @bytes of the source, to @offset of the target; cut at its end. */
static void carry(struct carry *c, unsigned int bytes, unsigned int offset)
{
	struct mem *local = c->get ? c->to : c->from;
	struct mem *remote = c->get ? c->from : c->to;
	struct kunit *test = c->test;
	unsigned int at = c->get ? 0 : offset, mlength;
	struct lnet_handle_me meh;
	struct lnet_handle_md src, target;
	struct lnet_event ev;
	struct lnet_md md;

	set_all(c->to, GUARD);
	fill(c->from, c->pattern);
	meh = (struct lnet_handle_me){};
	KUNIT_ASSERT_EQ(test, LNetMEAttach(LT_PORTAL, lt_any, 1, 0, LNET_UNLINK,
					   LNET_INS_AFTER, &meh), 0);
	md = md_of(remote, LNET_MD_OP_PUT | LNET_MD_OP_GET |
		   LNET_MD_MANAGE_REMOTE | LNET_MD_TRUNCATE, c->eqh);
	KUNIT_ASSERT_EQ(test, LNetMDAttach(meh, md, LNET_UNLINK, &target), 0);
	md = md_of(local, 0, lt_no_eq());
	md.threshold = 2;
	KUNIT_ASSERT_EQ(test, LNetMDBind(md, LNET_UNLINK, &src), 0);
	KUNIT_ASSERT_EQ(test, c->get ? lt_get(src, 1, offset) :
			lt_put(src, LNET_ACK_REQ, 1, offset, 0), 0);

	mlength = min(bytes, remote->bytes - offset);
	KUNIT_ASSERT_EQ(test, LNetEQGet(c->eqh, &ev), 1);
	KUNIT_ASSERT_EQ(test, ev.unlinked, 1);
	KUNIT_ASSERT_EQ(test, ev.status, 0);
	KUNIT_ASSERT_EQ(test, ev.mlength, mlength);
	KUNIT_ASSERT_EQ(test, ev.offset, offset);
	KUNIT_ASSERT_EQ(test, LNetMDUnlink(src), -ENOENT);
	KUNIT_ASSERT_TRUE(test, take(c->to, c->pattern + (c->get ? offset : 0),
				     at, mlength));
	KUNIT_ASSERT_TRUE(test, all_guard(c->to));
	cond_resched();
}

static const unsigned int lengths[] = {
	0, 1, 2, 63, 4095, 4096, 4097, 65535, LNET_MTU - 1, LNET_MTU,
};

static struct carry *carrier(struct kunit *test)
{
	struct carry *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, c);
	seed_rnd(test);
	c->test = test;
	c->from = mem_new(test);
	c->to = mem_new(test);
	c->eqh = lt_eq_alloc(test, 4, NULL);
	c->pattern = lt_vmalloc(test, LNET_MTU);
	lt_fill(c->pattern, LNET_MTU, roll(256));
	return c;
}

static void carry_all_kinds(struct kunit *test, bool get)
{
	struct carry *c = carrier(test);
	enum kind from, to;
	unsigned int i;

	c->get = get;
	for (from = 0; from < KINDS; from++) {
		for (to = 0; to < KINDS; to++) {
			for (i = 0; i < ARRAY_SIZE(lengths); i++) {
				shape(c->from, from, lengths[i]);
				shape(c->to, to, lengths[i]);
				carry(c, lengths[i], 0);
			}
		}
	}
}

static void payload_of_every_kind_is_put_to_every_kind(struct kunit *test)
{
	carry_all_kinds(test, false);
}

static void payload_of_every_kind_is_got_into_every_kind(struct kunit *test)
{
	carry_all_kinds(test, true);
}

static void payload_lands_at_any_offset_and_is_cut_at_the_end(struct kunit *test)
{
	enum { ROUNDS = 2000 / LT_SLOW, MOST = 40000 };
	struct carry *c = carrier(test);
	unsigned int i, local, remote, offset;

	for (i = 0; i < ROUNDS; i++) {
		c->get = roll(2);
		local = roll(1 + roll(MOST));
		remote = roll(1 + roll(MOST));
		offset = roll(remote + 1);
		/* A REPLY that is cut says how long it is; the sink is as
		 * long as what it asks for.
		 */
		shape(c->get ? c->to : c->from, roll(KINDS), local);
		shape(c->get ? c->from : c->to, roll(KINDS), remote);
		carry(c, local, offset);
	}
}

static void payload_in_the_most_fragments(struct kunit *test)
{
	struct carry *c = carrier(test);
	enum kind from, to;
	unsigned int i;

	for (from = KVEC; from <= KIOV; from++) {
		for (to = KVEC; to <= KIOV; to++) {
			shape(c->from, from, LNET_MTU);
			shape(c->to, to, LNET_MTU);
			/* One byte in each but the last. */
			for (i = 0; i < LNET_MAX_IOV && to == KVEC; i++) {
				c->to->piece[i].iov_base = c->to->area + 3 * i;
				c->to->piece[i].iov_len = 1;
			}
			if (to == KVEC) {
				c->to->pieces = LNET_MAX_IOV;
				c->to->piece[LNET_MAX_IOV - 1].iov_len =
					LNET_MTU - LNET_MAX_IOV + 1;
			}
			carry(c, LNET_MTU, 0);
		}
	}
}

/* All but the first @offset bytes, and more than that if @more. */
static struct lnet_frags frags_of(const struct mem *m, unsigned int offset, unsigned int more)
{
	return (struct lnet_frags){
		.niov = m->pieces, .offset = offset, .len = m->bytes - offset + more,
		.iov = m->kind == KIOV ? NULL : m->piece,
		.kiov = m->kind == KIOV ? m->kiov : NULL,
	};
}

/*
 * Copy in steps, each from where the last one ended, until one side is used up: all of it has
 * been copied then, even if its description is longer than its fragments.
 */
static void payload_copy_goes_on_where_it_ended(struct kunit *test)
{
	enum { ROUNDS = 2000 / LT_SLOW, MOST = 40000 };
	struct carry *c = carrier(test);
	unsigned int i, n, step, done, at, skip, both;
	struct lnet_frags to, from;

	for (i = 0; i < ROUNDS; i++) {
		shape(c->from, roll(KINDS), roll(1 + roll(MOST)));
		shape(c->to, roll(KINDS), roll(1 + roll(MOST)));
		set_all(c->to, GUARD);
		fill(c->from, c->pattern);
		skip = roll(c->from->bytes + 1);
		at = roll(c->to->bytes + 1);
		from = frags_of(c->from, skip, roll(2));
		to = frags_of(c->to, at, roll(2));
		both = min(c->from->bytes - skip, c->to->bytes - at);
		done = 0;
		do {
			n = 1 + roll(1 + both / 2);
			step = lnet_payload_copy(&to, &from, n);
			done += step;
		} while (step == n);
		KUNIT_ASSERT_EQ(test, done, both);
		KUNIT_ASSERT_EQ(test, lnet_payload_copy(&to, &from, 2), 0);
		KUNIT_ASSERT_TRUE(test, take(c->to, c->pattern + skip, at, both));
		KUNIT_ASSERT_TRUE(test, all_guard(c->to));
		cond_resched();
	}
}

static struct kunit_case lnet_payload_cases[] = {
	KUNIT_CASE_SLOW(payload_of_every_kind_is_put_to_every_kind),
	KUNIT_CASE_SLOW(payload_of_every_kind_is_got_into_every_kind),
	KUNIT_CASE_SLOW(payload_lands_at_any_offset_and_is_cut_at_the_end),
	KUNIT_CASE_SLOW(payload_in_the_most_fragments),
	KUNIT_CASE(payload_copy_goes_on_where_it_ended),
	{}
};

LT_SUITE(lnet_payload);

MODULE_DESCRIPTION("KUnit suite of lnet: payload");
MODULE_LICENSE("GPL");
