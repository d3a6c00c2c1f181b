/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counts of what a call does and its caller cannot see, for tests: places where it may
 * sleep, objects that it compared, requests for drivers. A normal build has no code for
 * it.
 */
#ifndef _LNET_WATCH_H
#define _LNET_WATCH_H

#include <linux/kernel.h>

struct lnet_watched {
	unsigned int sleeps;		/* places where the task might have slept */
	unsigned int compared;		/* MEs, by bits or by hash, and delayed messages */
	unsigned int asked;		/* times that it looked for drivers to load */
	unsigned int stretches;		/* stretches of runs: preemption is off */
	unsigned int pauses;		/* pauses between two stretches */
	unsigned int preemptible;	/* pauses in which the task was preemptible */
	unsigned int callbacks;		/* most events delivered in one stretch */
	unsigned int bytes;		/* most bytes copied in one stretch */
	unsigned int spins;		/* spins after leaving a slot, for a waiter */
	unsigned int returned;		/* dead objects given back to the slab */
};

#ifdef LNET_KUNIT
#define LNET_WATCHED	true
void lnet_watch_begin(void);
void lnet_watch_end(struct lnet_watched *to);
void lnet_watch_sleep(void);
void lnet_watch_compare(unsigned int mes);
void lnet_watch_ask(void);
void lnet_watch_stretch(unsigned int callbacks, unsigned int bytes);
void lnet_watch_pause(void);
void lnet_watch_spin(void);
void lnet_watch_return(void);
#else
#define LNET_WATCHED	false
static inline void lnet_watch_sleep(void)
{
}

static inline void lnet_watch_compare(unsigned int mes)
{
}

static inline void lnet_watch_ask(void)
{
}

static inline void lnet_watch_stretch(unsigned int callbacks,
				      unsigned int bytes)
{
}

static inline void lnet_watch_pause(void)
{
}

static inline void lnet_watch_spin(void)
{
}

static inline void lnet_watch_return(void)
{
}
#endif

/* might_sleep(), counted for the tests. */
#define lnet_might_sleep()	\
	do { might_sleep(); lnet_watch_sleep(); } while (0)

#endif /* _LNET_WATCH_H */
