/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The network layer of the fuzz: a driver without a network, with NIs that come and go, links that
 * are cut, and peers that it plays. Each message is a letter.
 *
 *	LNet -- lnd_send() --> send.c --+--> post.c --> peer.c, who reads it, and answers
 *	                                |    |    ^        |
 *	                                |    |    '--------'  write.c, claim.c
 *	                                |    v
 *	LNet <-- lnet_parse() ----------|-- letter.c <-----.
 *	                                |                  |
 *	                                '--> box.c --> the thread that plays the peer
 *
 * A driver's duties are kept here: each message that it gets from lnd_send() or lnd_recv() is
 * finalized once; and what LNet owes a driver is checked: lnd_recv() once for each letter that it
 * took, no call for an NI that is shut down, each letter in one counter.
 */
#ifndef _LNET_FUZZ_NET_H
#define _LNET_FUZZ_NET_H

#include "fuzz.h"

#include <lnet/lnd.h>

#define FUZZ_NET_1	LNET_MKNET(GNILND, 1)
#define FUZZ_NET_2	LNET_MKNET(GNILND, 2)

enum {
	FUZZ_NIS	= 4,
	FUZZ_NI_OWNED	= 3,	/* the one that the driver itself brings up */
	FUZZ_TYPES	= LNET_MSG_REPLY + 1,

	/* Addresses, on either network: 1 to 4 are our NIs. */
	FUZZ_HONEST	= 100,	/* peers that do what a node does */
	FUZZ_QUIET	= 120,	/* never say anything */
	FUZZ_LIARS	= 140,
	FUZZ_PAIRS	= 160,	/* nodes with the same address on both networks */
	FUZZ_HANDS	= 200,	/* a thread plays it: the peer of thread 0, and so on */
	FUZZ_NAMED	= 300,	/* pairs that clients tell of */
	FUZZ_OF_A_KIND	= 8,	/* peers of each kind; FUZZ_THREADS_MAX that are played */
};

/*
 * W: wire_lock; M: mutex
 *
 * @ni is good from lnd_startup() on. lnd_shutdown() clears @open, and waits until nobody is inside.
 */
struct fuzz_ni {
	unsigned int index;
	const char *text;		/* as networks= has it */
	const char *where;		/* in its brackets */
	lnet_nid_t nid;

	struct mutex mutex;		/* M: one thread changes it at a time */
	bool configured;		/* M: it is in networks= */
	struct lnet_ni *owned;		/* M: from lnet_ni_startup() */
	int fails;			/* M: error of the next lnd_startup() */

	struct lnet_ni *ni;		/* W: */
	bool open;			/* W: */
	bool cut;			/* W: the link is down; READ_ONCE to read */
	unsigned int cuts;		/* W: and mended, so often; READ_ONCE to read */
	unsigned int inside;		/* W: calls into LNet for it */
	unsigned int lives;		/* W: READ_ONCE to read */
	u64 sent_so_far;		/* W: messages, of all lives */
	u64 sends[FUZZ_TYPES];		/* W: calls of lnd_send() in this life */
	u64 parsed[FUZZ_TYPES + 1];	/* W: calls of lnet_parse(); the last: of no type */
	unsigned int owed;		/* W: letters that lnd_recv() is to be called for */
	struct list_head sent;		/* W: messages from lnd_send(): their @queue */
	struct list_head taken;		/* W: letters from lnd_recv(), not finalized yet */
	DECLARE_BITMAP(met, 512);	/* addresses that LNet was told of: peer.c */
};

/*
 * A message on its way, and what becomes of it. It has a reference of whoever has it, and one
 * from lnet_parse() until it is received.
 *
 * D: lock, which keeps lnd_recv() from returning
 */
struct fuzz_letter {
	struct list_head link;		/* W: in the post, in a box, or taken */
	struct list_head piece;		/* W: more of it is to come */
	atomic_t refs;
	unsigned long due;		/* jiffies: not before that */
	u64 serial;			/* what comes of it follows from that */
	enum fuzz_class class;		/* of the call of lnet_parse() */
	struct lnet_hdr hdr;
	struct lnet_process_id from;	/* the sender, as the driver knows it */
	struct fuzz_ni *to;		/* the NI that it comes to; NULL: to a peer */
	struct fuzz_ni *by;		/* the NI that it left by; NULL: it is a peer's */
	unsigned int life;		/* of that NI, as it left it or came to it */
	unsigned int cuts;		/* of the link of that NI, as it left */
	u32 id;				/* of the pattern of its payload, if it has no bytes */
	unsigned int nbytes;
	u8 *bytes;			/* behind the letter, or allocated */

	/* how the driver receives it */
	bool late;			/* it finalizes it later */
	bool lost;			/* lnd_recv() fails */
	bool refuses;			/* it cannot set it aside */
	bool pieces;			/* it sets it aside piece by piece */
	int status;

	spinlock_t lock;		/* D */
	bool parsed;			/* D: lnet_parse() has returned */
	bool received;			/* D: lnd_recv() was called, or is not to be */
	struct lnet_msg *waits;		/* D: its message on a lazy portal */
	unsigned int came;		/* D: bytes charged to that */
	bool aside;			/* lnd_eager_recv() was called */
	bool dropped;			/* the core did not want it, or was told that it is lost */
	bool msg_came;			/* lnd_recv() got a message for it */

	/* the arguments of lnd_recv() */
	struct lnet_msg *msg;
	unsigned int niov, offset, mlen;
	struct kvec *iov;
	struct bio_vec *kiov;
};

/* lnd.c: the driver */
extern const struct lnet_lnd fuzz_lnd;

/* link.c: NIs, and what leaves by them */
extern struct fuzz_ni fuzz_nis[FUZZ_NIS];
extern spinlock_t fuzz_wire_lock;	/* W: innermost; not inside D */
struct fuzz_ni *fuzz_ni_of(lnet_nid_t nid);
struct fuzz_ni *fuzz_ni_any(struct fuzz_by *by);
bool fuzz_ni_enter(struct fuzz_ni *f);
void fuzz_ni_leave(struct fuzz_ni *f);
bool fuzz_ni_stays(struct fuzz_ni *f, unsigned int life);
void fuzz_ni_up(struct fuzz_ni *f, struct lnet_ni *ni);
void fuzz_ni_down(struct fuzz_ni *f);
void fuzz_ni_cut(struct fuzz_ni *f, bool cut);
void fuzz_ni_setup(void);
int fuzz_ni_status(u64 serial);

/* send.c */
int fuzz_send(struct fuzz_ni *f, struct lnet_msg *msg);
void fuzz_send_keep(struct fuzz_ni *f, struct lnet_msg *msg, u64 serial, unsigned int ticks);
bool fuzz_send_end_one(struct fuzz_ni *f, bool all, int status);
bool fuzz_send_end(struct fuzz_ni *f, const struct lnet_msg *msg, u64 serial, int status);
void fuzz_finalize(struct lnet_msg *msg, int status);

/* letter.c */
struct fuzz_letter *fuzz_letter_new(gfp_t gfp, unsigned int nbytes);
void fuzz_letter_put(struct fuzz_letter *l);
int fuzz_letter_parse(struct fuzz_by *by, enum fuzz_class class, struct fuzz_ni *f,
		      struct fuzz_letter *l);
int fuzz_letter_receive(struct fuzz_letter *l, bool pieces_missing);
int fuzz_letter_aside(struct fuzz_letter *l, struct lnet_msg *msg, void **newpriv);
bool fuzz_letter_end_one(struct fuzz_ni *f, bool all, int status);
void fuzz_letter_piece(struct fuzz_letter *l);

/* write.c: headers as peers write them */
struct fuzz_letter *fuzz_write(struct fuzz_by *by, u8 type, lnet_nid_t from, lnet_nid_t to,
			       unsigned int bytes);
void fuzz_write_from(struct fuzz_letter *l, lnet_nid_t nid, lnet_pid_t pid);
void fuzz_write_put(struct fuzz_by *by, struct fuzz_letter *l, unsigned int portal, u64 bits,
		    unsigned int offset, bool ack);
void fuzz_write_get(struct fuzz_by *by, struct fuzz_letter *l, unsigned int portal, u64 bits,
		    unsigned int offset, unsigned int bytes);
struct fuzz_letter *fuzz_write_answer(struct fuzz_by *by, const struct fuzz_letter *l,
				      unsigned int bytes);
bool fuzz_wmd_ok(const struct lnet_handle_wire *wmd);
void fuzz_wmd_bury(const struct lnet_hdr *hdr);
struct lnet_handle_wire fuzz_wmd_exhume(struct fuzz_by *by);

/* nis.c: NIs come and go */
void fuzz_nis_begin(struct fuzz_by *by);

/* post.c */
void fuzz_post(struct fuzz_letter *l, unsigned int ticks);
void fuzz_post_piece(struct fuzz_letter *l);
int fuzz_post_begin(void);
void fuzz_post_end(void);

/* peer.c: those that are played; claim.c: what they say of themselves */
lnet_nid_t fuzz_peer_any(struct fuzz_by *by, u32 net);
bool fuzz_peer_alone(lnet_nid_t nid);
void fuzz_peer_read(struct fuzz_letter *l);
void fuzz_peer_meet(struct fuzz_ni *f, lnet_nid_t nid, bool dialled);
void fuzz_peer_part(struct fuzz_ni *f, unsigned int address);
void fuzz_peer_part_all(struct fuzz_ni *f);
unsigned int fuzz_peer_says(struct fuzz_by *by, lnet_nid_t nid, u8 *buf, unsigned int size);
void fuzz_peer_check(struct fuzz_by *by);

/* box.c: peers that threads play */
struct fuzz_box {
	spinlock_t lock;		/* B */
	struct list_head letters;	/* B: that have come for the thread's peer */
	unsigned int count;		/* B: */
	bool missed;			/* B: there was no room for one, or no memory */
	bool keeps;			/* B: the driver keeps the next message */
	int result;			/* B: else the result of lnd_send() */
	struct fuzz_ni *by;		/* B: by which the last message left */
	struct lnet_msg *msg;		/* B: a message that it keeps; by @serial, too */
	u64 serial;			/* B: */
};

lnet_nid_t fuzz_box_nid(const struct fuzz_by *by, u32 net);
struct fuzz_box *fuzz_box_of(lnet_nid_t nid);
void fuzz_box_begin(struct fuzz_by *by, bool keeps, int result);
int fuzz_box_send(struct fuzz_box *b, struct fuzz_ni *f, struct lnet_msg *msg, u64 serial,
		  struct fuzz_letter *l);
struct fuzz_letter *fuzz_box_take(struct fuzz_by *by);
bool fuzz_box_missed(const struct fuzz_by *by);
bool fuzz_box_finish(struct fuzz_by *by, int status);
void fuzz_box_setup(void);

#endif /* _LNET_FUZZ_NET_H */
