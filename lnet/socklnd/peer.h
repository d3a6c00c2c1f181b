/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A peer: a process of another node. See peer.c; its messages: queue.c; its connections: conns.c;
 * connecting to it: dial.c.
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

#include "proto.h"

enum { KSOCK_MSG_TYPES = LNET_MSG_REPLY + 1 };	/* those that LNet has */
enum { KSOCK_ACKS = 64 };		/* most ranges of cookies that may wait to be sent back */

struct in6_addr;
struct ksock_conn;
struct ksock_greet;
struct ksock_host;
struct ksock_net;

/*
 * Messages that wait for a connection. One that a client of ours sends is a reason to dial.
 * An answer is not, because a peer decides to which peer we answer.
 */
enum ksock_wait { KSOCK_WAIT_OURS, KSOCK_WAIT_ANSWER, KSOCK_WAITS };

struct ksock_range {
	u64 first, last;
};

/* State of connecting to a peer. */
enum ksock_dial {
	KSOCK_DIAL_IDLE,		/* no attempt; the next message begins one */
	KSOCK_DIAL_DUE,		/* the work item is queued, to run at once or after a pause */
	KSOCK_DIAL_GREETING,	/* an attempt is under way */
};

/* The key of the table, without padding: it is compared as memory. */
struct ksock_key {
	u64 nid;
	u64 pid;
};

/**
 * struct ksock_peer - a peer
 *
 * I: constant; P: under @lock; N: under the net's lock; S: under the net's known_mutex
 *
 * @node: link in the net's table of peers
 * @key: NID and PID
 * @net: the NI that reaches it; the peer holds a reference
 * @host: the address that it has
 * @met: LNet has been told of it; known_mutex to write, and one thread that removes it reads
 * @guest: it was made when it connected to us, or as one that had has named it; else a client of
 *	ours sent to it
 * @refs: references of the table, of each connection, of the dial, of the host's list of
 *	starved peers, and of each thread that uses the peer
 * @lock: taken by tasks only
 * @dead: it is not in the table any more
 * @conns: connections by type
 * @version: version of the protocol that it is known to speak
 * @incarnation: which start of the peer the connections belong to; 0: there are none
 * @last_incarnation: which start of the peer it had connections of last; 0: it had none yet
 * @told_incarnation: our latest incarnation with which it had a connection or refused us
 * @waiting: messages that no connection has yet: those of our clients, and answers
 * @waiting_nr: numbers of messages in @waiting
 * @waiting_bytes: their payload, bytes
 * @sends: number of messages that it was sent, by type
 * @receives: those that came by connections that have ended, by type
 * @answers: number of answers in @waiting or with a connection
 * @cut_answers: it had too many answers, and those in @waiting are to end
 * @acks: cookies that the peer wants back
 * @acks_nr: number of ranges in @acks
 * @credits: number of messages that may still be given to connections
 * @credits_least: the least that there ever were of those, less messages in @waiting
 * @starved: it is on the host's list of peers that wait for a credit of the NI
 * @starved_link: link in that list
 * @we_dial: we dial it; else only the peer has connected to us
 * @dial: state of connecting to it; if not IDLE, the dial holds a reference
 * @greet: handshake of the attempt while GREETING, once it has a socket
 * @dial_began: when the attempt under way began, jiffies
 * @dial_work: begins an attempt
 * @refusals: number of refusals in a row
 * @repeats: number of attempts to be repeated at once, since all connections were there
 *	or an attempt failed
 * @error: -errno of the last attempt, or of a connection that died at once; 0: none
 * @retry_at: no attempt before this time, jiffies; valid if @error is not 0
 * @renewals: the NI's @renewals when the results of attempts were last forgotten
 * @outdated: the attempt under way began before these results were last forgotten
 * @retry_ms: pause after the last failure, without its random part, ms
 * @was_useful: a connection has been of use since that failure
 * @heard_at: when the peer was last heard of, ktime_get_seconds(); 0: never
 * @idle_since: since when the peer has been idle, jiffies
 * @new_link: link in the net's list of new peers
 * @link: link in the net's list of known peers
 * @dir: its folder in sysfs
 * @rcu: frees it after a grace period
 */
struct ksock_peer {
	struct rhash_head node;
	struct ksock_key key;		/* I: */
	struct ksock_net *net;		/* I: */
	struct ksock_host *host;		/* I: */
	bool guest;			/* I: */
	bool met;			/* LNet has been told of it; see known.c */
	refcount_t refs;
	spinlock_t lock;			/* P */
	bool dead;				/* P: */
	struct ksock_conn *conns[KSOCK_CTYPES];	/* P: */
	unsigned int version;			/* P: */
	u64 incarnation;			/* P: */
	u64 last_incarnation;			/* P: */
	u64 told_incarnation;			/* P: */
	struct list_head waiting[KSOCK_WAITS];	/* P: */
	unsigned int waiting_nr[KSOCK_WAITS];	/* P: */
	u64 waiting_bytes[KSOCK_WAITS];		/* P: */
	u64 sends[KSOCK_MSG_TYPES];		/* P: */
	u64 receives[KSOCK_MSG_TYPES];		/* P: */
	unsigned int answers;			/* P: READ_ONCE unlocked */
	bool cut_answers;			/* P: READ_ONCE unlocked */
	struct ksock_range acks[KSOCK_ACKS];	/* P: */
	unsigned int acks_nr;			/* P: READ_ONCE unlocked */
	int credits;				/* P: */
	int credits_least;			/* P: */
	bool starved;				/* N: */
	struct list_head starved_link;		/* N: */

	bool we_dial;				/* P: */
	enum ksock_dial dial;		/* P: */
	struct ksock_greet *greet;		/* P: */
	unsigned long dial_began;		/* P: */
	struct delayed_work dial_work;
	unsigned int refusals;			/* P: */
	unsigned int repeats;			/* P: */
	int error;				/* P: */
	unsigned long retry_at;			/* P: */
	unsigned int renewals;			/* P: */
	bool outdated;				/* P: */
	unsigned int retry_ms;			/* P: */
	bool was_useful;			/* READ_ONCE/WRITE_ONCE */

	time64_t heard_at;			/* READ_ONCE/WRITE_ONCE */
	unsigned long idle_since;		/* S: */
	struct llist_node new_link;
	struct list_head link;			/* S: */
	struct lnet_dir *dir;			/* S: */
	struct rcu_head rcu;
};

int ksock_peer_table_init(struct ksock_net *net);
struct ksock_peer *ksock_peer_find(struct ksock_net *net,
				   lnet_nid_t nid, lnet_pid_t pid);
struct ksock_peer *ksock_peer_obtain(struct ksock_net *net,
				     lnet_nid_t nid, lnet_pid_t pid,
				     const struct in6_addr *addr, bool guest);
void ksock_peer_put(struct ksock_peer *peer);
void ksock_peer_unhash_locked(struct ksock_peer *peer);

static inline struct ksock_peer *ksock_peer_get(struct ksock_peer *peer)
{
	refcount_inc(&peer->refs);
	return peer;
}

bool ksock_peer_is_node(const struct ksock_peer *peer);
void ksock_peer_heard(struct ksock_peer *peer);
void ksock_peer_useful(struct ksock_peer *peer);
char *ksock_peer_name(const struct ksock_peer *peer, char *buf, size_t size);
void ksock_peer_log_up(const struct ksock_peer *peer);

#endif /* _LNET_SOCKLND_PEER_H */
