/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A peer: a process of another node, and how to get messages to it. See
 * peer.c.
 */
#ifndef _LNET_SOCKLND_PEER_H
#define _LNET_SOCKLND_PEER_H

#include <linux/list.h>
#include <linux/llist.h>
#include <linux/rhashtable-types.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <lnet/lnd.h>

#include "count.h"
#include "proto.h"

enum { LNET_SOCK_ACKS = 64 };		/* ranges of cookies that may wait */

struct lnet_sock_conn;
struct lnet_sock_greet;
struct lnet_sock_host;
struct lnet_sock_net;
struct lnet_sock_peer_dir;

/*
 * What waits for a connection. Ours is a reason to make one; an answer is none, as it is
 * the peer that decides whom we answer.
 */
enum lnet_sock_wait { LNET_SOCK_WAIT_OURS, LNET_SOCK_WAIT_ANSWER, LNET_SOCK_WAITS };

struct lnet_sock_range {
	u64 first, last;
};

/* Where we are with connecting to a peer. */
enum lnet_sock_dial {
	LNET_SOCK_DIAL_IDLE,		/* nowhere: it takes a message to begin */
	LNET_SOCK_DIAL_DUE,		/* the work item is queued, at once or after a pause */
	LNET_SOCK_DIAL_GREETING,	/* an attempt is under way */
};

/* As the table compares it, without holes. */
struct lnet_sock_key {
	u64 nid;
	u64 pid;
};

/**
 * struct lnet_sock_peer - a peer
 *
 * I: as long as it is there; P: under @lock; N: under the net's lock; S: under
 * its known_mutex
 *
 * @node: in the net's table
 * @key: who
 * @net: by which NI; held
 * @host: at which address
 * @refs: the table's, its connections', the dial's, that of the list of starved ones
 *	that it is on, and who looks at it
 * @lock: taken by tasks only
 * @dead: it is not in the table any more
 * @conns: by what they are for
 * @version: of the protocol it is known to speak
 * @incarnation: of its start, while there are connections
 * @told: of our start: there was a connection, or a refusal, since then
 * @waiting: messages that no connection has yet: our clients', and answers
 * @waiting_nr: how many of either
 * @answers: answers, as an ACK is, among what waits or is with a connection
 * @cut: there were too many; those that wait are to end
 * @acks: cookies that the peer wants back
 * @acks_nr: how many ranges of them
 * @credits: messages that may still be given to connections
 * @starved: on its address's list of those that wait for a credit
 * @starved_link: there
 * @ours: we dial it; else it has connected to us only
 * @dial: where we are with that; not IDLE: the dial holds the peer
 * @greet: GREETING: the attempt, once it has a socket
 * @dial_began: GREETING: since when, jiffies
 * @dial_work: begins an attempt
 * @already: refusals in a row
 * @again: attempts that were to be made again at once, since all connections were there or
 *	one has failed
 * @error: of the last attempt; 0: there was none, or it was good
 * @retry_at: not before, jiffies; meant while @error is not 0
 * @renewals: of the NI, as of when all of this was last forgotten
 * @fresh: that was since the attempt that is under way has begun
 * @retry_ms: the pause after the last failure, without what is added by chance
 * @good: a connection has been of use since then
 * @alive: when it was last heard of, ktime_get_seconds(); 0: never
 * @idle_since: nothing happens since, jiffies
 * @born: on the net's list of new ones
 * @link: on the net's list
 * @dir: its folder in sysfs
 * @rcu: for freeing it
 */
struct lnet_sock_peer {
	struct rhash_head node;
	struct lnet_sock_key key;		/* I: */
	struct lnet_sock_net *net;		/* I: */
	struct lnet_sock_host *host;		/* I: */
	refcount_t refs;
	spinlock_t lock;			/* P */
	bool dead;				/* P: */
	struct lnet_sock_conn *conns[LNET_SOCK_CTYPES];	/* P: */
	unsigned int version;			/* P: */
	u64 incarnation;			/* P: */
	u64 told;				/* P: */
	struct list_head waiting[LNET_SOCK_WAITS];	/* P: */
	unsigned int waiting_nr[LNET_SOCK_WAITS];	/* P: */
	unsigned int answers;			/* P: READ_ONCE without */
	bool cut;				/* P: READ_ONCE without */
	struct lnet_sock_range acks[LNET_SOCK_ACKS];	/* P: */
	unsigned int acks_nr;			/* P: READ_ONCE without */
	int credits;				/* P: */
	bool starved;				/* N: */
	struct list_head starved_link;		/* N: */

	bool ours;				/* P: */
	enum lnet_sock_dial dial;		/* P: */
	struct lnet_sock_greet *greet;		/* P: */
	unsigned long dial_began;		/* P: */
	struct delayed_work dial_work;
	unsigned int already;			/* P: */
	unsigned int again;			/* P: */
	int error;				/* P: */
	unsigned long retry_at;			/* P: */
	unsigned int renewals;			/* P: */
	bool fresh;				/* P: */
	unsigned int retry_ms;			/* P: */
	bool good;				/* READ_ONCE/WRITE_ONCE */

	time64_t alive;				/* READ_ONCE/WRITE_ONCE */
	unsigned long idle_since;		/* S: */
	struct llist_node born;
	struct list_head link;			/* S: */
	struct lnet_sock_peer_dir *dir;		/* S: */
	struct rcu_head rcu;
};

int lnet_sock_peer_table_init(struct lnet_sock_net *net);
struct lnet_sock_peer *lnet_sock_peer_find(struct lnet_sock_net *net,
					   lnet_nid_t nid, lnet_pid_t pid);
struct lnet_sock_peer *lnet_sock_peer_obtain(struct lnet_sock_net *net,
					     lnet_nid_t nid, lnet_pid_t pid,
					     u32 ip, bool guest);
void lnet_sock_peer_put(struct lnet_sock_peer *peer);
void lnet_sock_peer_unhash_locked(struct lnet_sock_peer *peer);
void lnet_sock_peer_bury(struct lnet_sock_peer *peer);

static inline struct lnet_sock_peer *lnet_sock_peer_get(struct lnet_sock_peer *peer)
{
	refcount_inc(&peer->refs);
	return peer;
}

/* They are made because a peer asks, not a client of ours: so there is a bound. */
static inline bool lnet_sock_is_answer(const struct lnet_msg *msg)
{
	return msg->type == LNET_MSG_ACK || msg->type == LNET_MSG_REPLY;
}

int lnet_sock_peer_send(struct lnet_sock_peer *peer, struct lnet_msg *msg);
void lnet_sock_peer_launch(struct lnet_sock_peer *peer);
void lnet_sock_peer_sent(struct lnet_sock_peer *peer, bool answer);
bool lnet_sock_peer_has_waiting_locked(struct lnet_sock_peer *peer);
bool lnet_sock_peer_usable_locked(struct lnet_sock_peer *peer);
bool lnet_sock_peer_connected_locked(struct lnet_sock_peer *peer);
int lnet_sock_peer_admit(struct lnet_sock_peer *peer, struct lnet_sock_conn *conn,
			 u64 incarnation, u64 said, enum lnet_sock_end *why);
void lnet_sock_peer_close(struct lnet_sock_peer *peer, enum lnet_sock_end why,
			  int error);
void lnet_sock_peer_close_locked(struct lnet_sock_peer *peer, enum lnet_sock_end why,
				 int error);
void lnet_sock_peer_fail(struct lnet_sock_peer *peer, int error, bool always);
void lnet_sock_peer_take_stuck_locked(struct lnet_sock_peer *peer, struct list_head *taken);
void lnet_sock_peer_finish_failed(struct list_head *failed, int error);
void lnet_sock_peer_fail_lost(struct lnet_sock_peer *peer);
void lnet_sock_peer_fail_answers(struct lnet_sock_peer *peer, int error);
bool lnet_sock_peer_is_late(const struct lnet_msg *msg);
void lnet_sock_peer_expire(struct lnet_sock_peer *peer);
void lnet_sock_peer_heard(struct lnet_sock_peer *peer);
void lnet_sock_peer_useful(struct lnet_sock_peer *peer);
char *lnet_sock_peer_name(const struct lnet_sock_peer *peer, char *buf, size_t size);

/* acks.c */
void lnet_sock_acks_note(struct lnet_sock_conn *conn, u64 cookie);
bool lnet_sock_acks_take_locked(struct lnet_sock_conn *conn, struct lnet_sock_range *range);
bool lnet_sock_acks_hold_up(struct lnet_sock_conn *conn);

/* dial.c */
bool lnet_sock_dial_may(const struct lnet_sock_net *net, lnet_nid_t nid, lnet_pid_t pid);
int lnet_sock_dial_locked(struct lnet_sock_peer *peer, bool begin);
bool lnet_sock_dial_gives_way_locked(struct lnet_sock_peer *peer);
void lnet_sock_dial_died_locked(struct lnet_sock_peer *peer, unsigned int renewals, int error);
void lnet_sock_dial_freshen_locked(struct lnet_sock_peer *peer);
void lnet_sock_dial_hurry(struct lnet_sock_peer *peer);
void lnet_sock_dial_over(struct lnet_sock_peer *peer, int rc);
void lnet_sock_dial_work(struct work_struct *work);

#endif /* _LNET_SOCKLND_PEER_H */
