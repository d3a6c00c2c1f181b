// SPDX-License-Identifier: GPL-2.0
/*
 * Barriers that order nothing, one of a kind: scripts/check-barriers must say so of each, or
 * that it finds nothing to say of the modules proves nothing. The names are the usual ones,
 * and the compiler gets something else. Loading the module does no harm.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/module.h>

#undef smp_mb
#undef smp_wmb
#undef smp_rmb
#undef smp_store_release
#undef smp_load_acquire
#undef xchg_acquire
#undef cmpxchg
#define smp_mb()			barrier()	/* on purpose: no barrier */
#define smp_wmb()			barrier()	/* on purpose: no barrier */
#define smp_rmb()			barrier()	/* on purpose: no barrier */
#define smp_store_release(p, v)		WRITE_ONCE(*(p), v)	/* on purpose: no barrier */
#define smp_load_acquire(p)		READ_ONCE(*(p))	/* on purpose: no barrier */
#define xchg_acquire(p, v)		xchg_relaxed(p, v)
#define cmpxchg(p, old, new)		cmpxchg_acquire(p, old, new)
#define clear_bit_unlock(nr, p)		clear_bit(nr, p)

static unsigned long weak_word[2];

static noinline void weak_mb(void)
{
	WRITE_ONCE(weak_word[0], 1);
	smp_mb();	/* on purpose: none */
	WRITE_ONCE(weak_word[1], READ_ONCE(weak_word[0]));
}

static noinline void weak_wmb(void)
{
	WRITE_ONCE(weak_word[0], 2);
	smp_wmb();	/* on purpose: none */
	WRITE_ONCE(weak_word[1], 2);
}

static noinline unsigned long weak_rmb(void)
{
	unsigned long first = READ_ONCE(weak_word[1]);

	smp_rmb();	/* on purpose: none */
	return first + READ_ONCE(weak_word[0]);
}

static noinline void weak_release(void)
{
	smp_store_release(&weak_word[0], 3);	/* on purpose: a plain store */
}

static noinline unsigned long weak_acquire(void)
{
	return smp_load_acquire(&weak_word[0]);	/* on purpose: a plain load */
}

static noinline unsigned long weak_lock(void)
{
	return xchg_acquire(&weak_word[1], 1);
}

static noinline void weak_unlock(void)
{
	clear_bit_unlock(0, &weak_word[1]);
}

static noinline unsigned long weak_full(void)
{
	return cmpxchg(&weak_word[0], 3, 4);
}

/* Nothing is compiled of it. */
static inline __maybe_unused void weak_never(void)
{
	smp_mb();	/* on purpose: none */
}

static int __init planted_weak_init(void)
{
	unsigned long sum = 0;

	weak_mb();
	weak_wmb();
	sum += weak_rmb();
	weak_release();
	sum += weak_acquire() + weak_lock();
	weak_unlock();
	sum += weak_full();
	pr_debug("%lu\n", sum);
	return 0;
}
module_init(planted_weak_init);

static void __exit planted_weak_exit(void)
{
}
module_exit(planted_weak_exit);

MODULE_DESCRIPTION("Barriers that order nothing, made on purpose");
MODULE_LICENSE("GPL");
