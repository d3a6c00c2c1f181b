/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory descriptor. See md.c.
 */
#ifndef _LNET_MD_H
#define _LNET_MD_H

#include <linux/atomic.h>
#include <linux/gfp.h>

#include <lnet/lnd.h>

struct lnet_cpu;
struct lnet_eq;
struct lnet_me;
struct lnet_slot;

/*
 * What holds an MD, and how it ends, is one word, and of one with an ME also @begun:
 *
 *	bound		threshold:32  pins:7  flags:4  unused:3  ops:18
 *	with an ME	ended:32      unused   flags:4  unused
 *
 * threshold	operations that may still begin; all ones: no end
 * ops		operations that hold the MD: submitted, and their event not yet
 *		delivered
 * pins		CPUs that are looking at a bound MD by its cookie; they keep the
 *		memory, and do not make the MD busy. One with an ME is not
 *		pinned: the lock of its ME keeps it
 * ended	operations whose event has been delivered, of @begun: the rest
 *		holds the MD. Of a zombie less @begun, so 0 when nothing does
 */
#define LNET_MD_OPS		0x000000000003ffffULL
#define LNET_MD_LIVE		0x0000000000100000ULL	/* not yet retired */
#define LNET_MD_ZOMBIE		0x0000000000200000ULL	/* nothing may begin */
#define LNET_MD_ABORTED		0x0000000000800000ULL	/* the client unlinked */
#define LNET_MD_ATTACHED	0x0000000001000000ULL	/* not bound */
#define LNET_MD_PIN		0x0000000002000000ULL
#define LNET_MD_PINS		0x00000000fe000000ULL
#define LNET_MD_THRESH		0x0000000100000000ULL
#define LNET_MD_THRESH_SHIFT	32
#define LNET_MD_ENDED		0x0000000100000000ULL
#define LNET_MD_ENDED_SHIFT	32

/*
 * I: immutable from publication to retirement
 * A: the word above
 * M: the lock under which its ME is matched (match.c)
 *
 * What all messages of a persistent MD write is one cache line, if they are not counted
 * down.
 */
struct lnet_libmd {
	atomic64_t state;		/* A: also valid in freed memory */
	u64 cookie;			/* I: */
	struct lnet_eq *eq;		/* I: or NULL; counts it in @mds */
	struct lnet_slot *slot;		/* I: with @eq */
	struct lnet_me *me;		/* I: good while no zombie */
	u64 me_cookie;			/* I: of its ME; 0: bound */
	unsigned int offset;		/* M: where the next message goes */
	u32 begun;			/* M: operations, if it has an ME; see above */
	u32 hash;			/* I: of its ME */
	u8 portal;			/* I: of its ME */
	bool autounlink;		/* I: unlink when exhausted */
	bool alone;			/* I: good for one operation, its end */
	bool exhausted;			/* M: MAX_SIZE is reached */
	struct lnet_md umd;		/* I: as given, but M: with an ME, @threshold */
	unsigned int length;		/* I: bytes in all */
	unsigned int niov;		/* I: fragments in @iov or @kiov */
	struct kvec *iov;		/* I: */
	struct bio_vec *kiov;		/* I: */
	struct kvec one;		/* I: @iov of a contiguous MD */
	void *caller;			/* I: who made it */
	struct lnet_turn turn;		/* of its UNLINK event */
	atomic64_t answers;		/* A: from the network; see answer.h */
};

int lnet_md_unlink(struct lnet_handle_md mdh);
void lnet_md_unlinked(struct lnet_libmd *md);
void lnet_md_retire_silently(struct lnet_libmd *md);
void lnet_md_purge(void);

/* payload.c */
int lnet_payload_build_array(struct lnet_libmd *md, gfp_t gfp);
void lnet_payload_free(struct lnet_libmd *md);

/* Memory in fragments: of an MD, or of a message that is sent. */
struct lnet_frags {
	unsigned int niov;
	const struct kvec *iov;		/* or NULL */
	const struct bio_vec *kiov;	/* or NULL */
};

size_t lnet_payload_copy(const struct lnet_frags *to, size_t to_offset,
			 const struct lnet_frags *from, size_t from_offset,
			 size_t bytes);

#endif /* _LNET_MD_H */
