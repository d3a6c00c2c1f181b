/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a call does that its caller cannot see, told to the tests: that it may
 * sleep, how much it has looked at, whether it has asked for drivers. Nothing
 * at all in a normal build.
 */
#ifndef _LNET_WATCH_H
#define _LNET_WATCH_H

#include <linux/kernel.h>

struct lnet_watched {
	unsigned int sleeps;		/* places at which it might have slept */
	unsigned int compared;		/* MEs, by bits or hash; messages that wait */
	unsigned int asked;		/* times it looked for drivers to load */
	unsigned int stretches;		/* with preemption off, in runs */
	unsigned int pauses;		/* between two of them, */
	unsigned int preemptible;	/* and those in which it was preemptible */
	unsigned int callbacks;		/* at most, in one stretch */
	unsigned int bytes;		/* copied at most, in one stretch */
	unsigned int spins;		/* of owners of a slot, for one to take over */
	unsigned int returned;		/* dead objects, to the slab */
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

/* might_sleep(), and the tests know that it was said. */
#define lnet_might_sleep()	\
	do { might_sleep(); lnet_watch_sleep(); } while (0)

#endif /* _LNET_WATCH_H */
