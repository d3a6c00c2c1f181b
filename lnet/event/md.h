/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory descriptor (MD). See md.c.
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
 * The state word tells what holds an MD and how it ends; for an MD with an ME, together with
 * @begun:
 *
 *	bound		threshold:32  pins:7  flags:5  unused:2  ops:18
 *	with an ME	ended:32      unused   flags:5  unused
 *
 * threshold	operations that may still begin; all ones: infinite
 * ops		operations that hold the MD: submitted, and their event not yet
 *		delivered
 * pins		CPUs that are looking at a bound MD by its cookie. A pin keeps the
 *		memory, and does not make the MD busy. An MD with an ME is not
 *		pinned: the lock of its ME keeps it
 * ended	operations whose event has been delivered, modulo 2^32. @begun less
 *		ended operations hold the MD. In a zombie @begun is subtracted, so
 *		the field is 0 when no operation holds it
 */
#define LNET_MD_OPS		0x000000000003ffffULL
#define LNET_MD_LIVE		0x0000000000100000ULL	/* not yet retired */
#define LNET_MD_ZOMBIE		0x0000000000200000ULL	/* no operation may begin */
#define LNET_MD_LATE		0x0000000000400000ULL	/* unlinked as an answer is late */
#define LNET_MD_ABORTED		0x0000000000800000ULL	/* unlinked by a call: eq_deliver.c */
#define LNET_MD_ATTACHED	0x0000000001000000ULL	/* has, or had, an ME; else bound */
#define LNET_MD_PIN		0x0000000002000000ULL
#define LNET_MD_PINS		0x00000000fe000000ULL
#define LNET_MD_THRESH		0x0000000100000000ULL
#define LNET_MD_THRESH_SHIFT	32
#define LNET_MD_ENDED		0x0000000100000000ULL
#define LNET_MD_ENDED_SHIFT	32

/*
 * Each field says what protects it:
 * I: immutable from publication to retirement
 * A: atomic; see the state word above, or as noted
 * M: the lock under which the MD's ME is matched (match.c)
 *
 * All fields that the messages of a persistent MD write are in one cache line, if its threshold
 * is infinite.
 */
struct lnet_libmd {
	atomic64_t state;		/* A: also valid in freed memory */
	u64 cookie;			/* I: own cookie */
	struct lnet_eq *eq;		/* I: or NULL; @eq->mds counts this MD */
	struct lnet_slot *slot;		/* I: valid if @eq is set */
	struct lnet_me *me;		/* I: valid while attached and no zombie */
	u64 me_cookie;			/* I: cookie of its ME; 0: bound */
	union {
		struct {		/* with an ME */
			unsigned int offset;	/* M: where the next message goes, bytes */
			u32 begun;		/* M: operations begun; see above */
		};
		atomic64_t response;	/* A: bound: requests without an answer: response.h */
	};
	u32 hash;			/* I: hash of its ME */
	u8 portal;			/* I: portal of its ME */
	bool autounlink;		/* I: unlink when exhausted */
	bool oneshot;			/* I: its first operation is its last: auto-unlink */
	bool exhausted;			/* M: MAX_SIZE is reached */
	struct lnet_md umd;		/* I: as given; with an ME, @threshold is M: */
	unsigned int length;		/* I: total, bytes */
	unsigned int niov;		/* I: fragments in @iov or @kiov */
	struct kvec *iov;		/* I: or NULL */
	struct bio_vec *kiov;		/* I: or NULL */
	struct kvec one;		/* I: the @iov of a contiguous MD */
	void *caller;			/* I: code address of the caller that made it */
	struct lnet_turn turn;		/* turn of its UNLINK event */
	atomic64_t answers;		/* A: answers still due from the network: answer.h */
};

int lnet_md_unlink(struct lnet_handle_md mdh);
int lnet_md_unlink_strict(struct lnet_handle_md mdh, bool *busy);
void lnet_md_unlinked(struct lnet_libmd *md);
void lnet_md_retire_silently(struct lnet_libmd *md);
bool lnet_md_any_but(lnet_eq_handler_t own);
bool lnet_md_any_of(struct lnet_handle_eq eq, struct lnet_handle_md bulk);
void lnet_md_purge(void);

/* payload.c; <lnet/frags.h> declares what drivers use as well */
int lnet_payload_build_array(struct lnet_libmd *md, gfp_t gfp);
void lnet_payload_free(struct lnet_libmd *md);

#endif /* _LNET_MD_H */
