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

#include "reason.h"
#include "proto.h"

enum { KSOCK_ACKS = 64 };		/* ranges of cookies that may wait */

struct ksock_conn;
struct ksock_greet;
struct ksock_host;
struct ksock_net;
struct ksock_peer_dir;

/*
 * What waits for a connection. Ours is a reason to make one; an answer is none, as it is
 * the peer that decides whom we answer.
 */
enum ksock_wait { KSOCK_WAIT_OURS, KSOCK_WAIT_ANSWER, KSOCK_WAITS };

struct ksock_range {
	u64 first, last;
};

/* Where we are with connecting to a peer. */
enum ksock_dial {
	KSOCK_DIAL_IDLE,		/* nowhere: it takes a message to begin */
	KSOCK_DIAL_DUE,		/* the work item is queued, at once or after a pause */
	KSOCK_DIAL_GREETING,	/* an attempt is under way */
};

/* As the table compares it, without holes. */
struct ksock_key {
	u64 nid;
	u64 pid;
};

/**
 * struct ksock_peer - a peer
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
struct ksock_peer {
	struct rhash_head node;
	struct ksock_key key;		/* I: */
	struct ksock_net *net;		/* I: */
	struct ksock_host *host;		/* I: */
	refcount_t refs;
	spinlock_t lock;			/* P */
	bool dead;				/* P: */
	struct ksock_conn *conns[KSOCK_CTYPES];	/* P: */
	unsigned int version;			/* P: */
	u64 incarnation;			/* P: */
	u64 told;				/* P: */
	struct list_head waiting[KSOCK_WAITS];	/* P: */
	unsigned int waiting_nr[KSOCK_WAITS];	/* P: */
	unsigned int answers;			/* P: READ_ONCE without */
	bool cut;				/* P: READ_ONCE without */
	struct ksock_range acks[KSOCK_ACKS];	/* P: */
	unsigned int acks_nr;			/* P: READ_ONCE without */
	int credits;				/* P: */
	bool starved;				/* N: */
	struct list_head starved_link;		/* N: */

	bool ours;				/* P: */
	enum ksock_dial dial;		/* P: */
	struct ksock_greet *greet;		/* P: */
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
	struct ksock_peer_dir *dir;		/* S: */
	struct rcu_head rcu;
};

int ksock_peer_table_init(struct ksock_net *net);
struct ksock_peer *ksock_peer_find(struct ksock_net *net,
				   lnet_nid_t nid, lnet_pid_t pid);
struct ksock_peer *ksock_peer_obtain(struct ksock_net *net,
				     lnet_nid_t nid, lnet_pid_t pid,
				     u32 ip, bool guest);
void ksock_peer_put(struct ksock_peer *peer);
void ksock_peer_unhash_locked(struct ksock_peer *peer);
void ksock_peer_bury(struct ksock_peer *peer);

static inline struct ksock_peer *ksock_peer_get(struct ksock_peer *peer)
{
	refcount_inc(&peer->refs);
	return peer;
}

/* They are made because a peer asks, not a client of ours: so there is a bound. */
static inline bool ksock_is_answer(const struct lnet_msg *msg)
{
	return msg->type == LNET_MSG_ACK || msg->type == LNET_MSG_REPLY;
}

int ksock_peer_send(struct ksock_peer *peer, struct lnet_msg *msg);
void ksock_peer_launch(struct ksock_peer *peer);
void ksock_peer_sent(struct ksock_peer *peer, bool answer);
bool ksock_peer_has_waiting_locked(struct ksock_peer *peer);
bool ksock_peer_usable_locked(struct ksock_peer *peer);
bool ksock_peer_connected_locked(struct ksock_peer *peer);
int ksock_peer_admit(struct ksock_peer *peer, struct ksock_conn *conn,
		     u64 incarnation, u64 said, enum ksock_reason *why);
void ksock_peer_close(struct ksock_peer *peer, enum ksock_reason why,
		      int error);
void ksock_peer_close_locked(struct ksock_peer *peer, enum ksock_reason why,
			     int error);
void ksock_peer_fail(struct ksock_peer *peer, int error, bool always);
void ksock_peer_take_stuck_locked(struct ksock_peer *peer, struct list_head *taken);
void ksock_peer_finish_failed(struct list_head *failed, int error);
void ksock_peer_fail_lost(struct ksock_peer *peer);
void ksock_peer_fail_answers(struct ksock_peer *peer, int error);
bool ksock_peer_is_late(const struct lnet_msg *msg);
void ksock_peer_expire(struct ksock_peer *peer);
void ksock_peer_heard(struct ksock_peer *peer);
void ksock_peer_useful(struct ksock_peer *peer);
char *ksock_peer_name(const struct ksock_peer *peer, char *buf, size_t size);

/* acks.c */
void ksock_acks_note(struct ksock_conn *conn, u64 cookie);
bool ksock_acks_take_locked(struct ksock_conn *conn, struct ksock_range *range);
bool ksock_acks_hold_up(struct ksock_conn *conn);

/* dial.c */
bool ksock_dial_may(const struct ksock_net *net, lnet_nid_t nid, lnet_pid_t pid);
int ksock_dial_locked(struct ksock_peer *peer, bool begin);
bool ksock_dial_gives_way_locked(struct ksock_peer *peer);
void ksock_dial_died_locked(struct ksock_peer *peer, unsigned int renewals, int error);
void ksock_dial_freshen_locked(struct ksock_peer *peer);
void ksock_dial_hurry(struct ksock_peer *peer);
void ksock_dial_over(struct ksock_peer *peer, int rc);
void ksock_dial_work(struct work_struct *work);

#endif /* _LNET_SOCKLND_PEER_H */
