/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An NI of this driver. See ni.c; references to it: net.c; its address: address.c; its peers:
 * known.c.
 */
#ifndef _LNET_SOCKLND_NET_H
#define _LNET_SOCKLND_NET_H

#include <linux/in6.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <lnet/lnd.h>

struct in_ifaddr;
struct kobject;
struct ksock_listener;
struct ksock_peer;
struct net_device;

enum {
	KSOCK_ANSWERS_FEW	= 64,	/* less than 1/64 of the NI's bound is few */
};

/**
 * struct ksock_net - an NI of this driver
 *
 * I: constant; N: under @lock; S: under @known_mutex; G: under addresses_mutex
 *
 * @ni: the core's part of the NI
 * @addr: its address
 * @incarnation: of this start, sent in every HELLO; replaced when an outage was so long that
 *	all connections ended
 * @pid: our PID, sent in every HELLO
 * @users: references of peers and handshakes, and one of the NI's own
 * @closing: the NI goes down, and gets no new users
 * @down: its address is not here, or the interface is down
 * @down_since: when @down was set, jiffies
 * @address_lost: the address has gone, if only for a moment, since the last look
 * @renew: since it had gone, the address has not been seen here with all that belongs to it
 * @believed: the address was taken to be here, as changes lasted too long
 * @renewals: how often peers may have become reachable again
 * @busy_since: since when the address is here, but changes go on, jiffies; 0: none do
 * @long_outage: the outage has lasted so long that connections end
 * @drop_peers: connections are about to be ended for that
 * @down_logged: the log says that the NI is down, and not yet that it is up again
 * @log_limit: rate limit for this
 * @up_limit: rate limit of the lines that tell of peers that have come up
 * @peers: peers by key
 * @peers_nr: number of peers
 * @hosts: addresses that peers have, by IP address
 * @prefixes: their /64, if they are IPv6 ones
 * @answers: number of answers that wait for peers or are with their connections
 * @lock: protects credits; innermost, taken by tasks only
 * @credits: number of messages that may still be given to connections
 * @credits_least: the least that there ever were
 * @starved: addresses whose peers wait for a credit
 * @new_peers: new peers that are not in @known yet
 * @known_mutex: taken by housekeeping, and by other threads that look at all peers
 * @known: peers that housekeeping knows
 * @attempt: function of the peers' @dial_work
 * @housekeeping: work item that runs once a second
 * @known_work: moves peers from @new_peers to @known at once
 * @cut_work: ends the connections of the peer that holds the most answers
 * @listener: takes connections to its address, or NULL
 * @link: link in the list of NIs
 * @peers_kobj: sysfs folder of the peers
 */
struct ksock_net {
	struct lnet_ni *ni;			/* I: */
	struct in6_addr addr;			/* I: */
	u64 incarnation;			/* G: READ_ONCE unlocked */
	lnet_pid_t pid;				/* I: */
	refcount_t users;
	bool closing;				/* READ_ONCE/WRITE_ONCE */
	bool down;				/* G: READ_ONCE unlocked */
	unsigned long down_since;		/* G: */
	bool address_lost;			/* WRITE_ONCE/xchg */
	bool renew;				/* G: */
	bool believed;				/* G: */
	unsigned int renewals;			/* G: READ_ONCE unlocked */
	unsigned long busy_since;		/* G: */
	bool long_outage;			/* G: */
	bool drop_peers;			/* G: */
	bool down_logged;			/* G: */
	struct ratelimit_state log_limit;	/* G: */
	struct ratelimit_state up_limit;	/* has a lock of its own */
	struct rhashtable peers;
	atomic_t peers_nr;
	struct rhashtable hosts;
	struct rhashtable prefixes;
	atomic_t answers;
	spinlock_t lock;			/* credits */
	int credits;				/* N: */
	int credits_least;			/* N: */
	struct list_head starved;		/* N: */
	struct llist_head new_peers;
	struct mutex known_mutex;		/* S */
	struct list_head known;			/* S: */
	work_func_t attempt;			/* I: */
	struct delayed_work housekeeping;
	struct work_struct known_work;
	struct work_struct cut_work;
	struct ksock_listener *listener;	/* I: */
	struct list_head link;			/* G: */
	struct kobject *peers_kobj;		/* I: */
};

extern struct workqueue_struct *ksock_wq;	/* I: items wait for a grace period at most */

bool ksock_net_get(struct ksock_net *net);
void ksock_net_put(struct ksock_net *net);

/* ni.c */
int ksock_ni_send(struct lnet_ni *ni, void *priv, struct lnet_msg *msg);
int ksock_ni_startup(struct lnet_ni *ni);
void ksock_ni_ready(struct lnet_ni *ni);
void ksock_ni_shutdown(struct lnet_ni *ni);
bool ksock_ni_reaches(struct lnet_ni *ni, lnet_nid_t nid);
void ksock_ni_query(struct lnet_ni *ni, lnet_nid_t nid, time64_t *when);

/* facts.c */
void ksock_facts_ni(struct lnet_ni *ni, struct lnet_lnd_facts *facts);
bool ksock_facts_peer(struct lnet_ni *ni, lnet_nid_t nid, struct lnet_lnd_peer_facts *facts);
void ksock_facts_forget_least(struct lnet_ni *ni);

/* ctl.c */
int ksock_ctl(struct lnet_ni *ni, unsigned int cmd, void *arg);

/* known.c */
void ksock_known_init(struct ksock_net *net);
void ksock_known_stop(struct ksock_net *net);
void ksock_known_add_new_locked(struct ksock_net *net);
void ksock_known_for_all(struct ksock_net *net, void (*what)(struct ksock_peer *peer));
void ksock_known_remove(struct ksock_peer *peer);

/* housekeeping.c */
void ksock_housekeeping_init(struct ksock_net *net);
void ksock_housekeeping_start(struct ksock_net *net);
void ksock_housekeeping_stop(struct ksock_net *net);

/* address.c */
void ksock_address_watch(struct ksock_net *net);
void ksock_address_forget(struct ksock_net *net);
void ksock_address_look(void);
int ksock_address_init(void);
void ksock_address_exit(void);

/* iface.c */
int ksock_iface_nid(u32 net, const char *where, lnet_nid_t *nid);
void ksock_iface_name(const struct in6_addr *addr, char *name);
__be32 ksock_iface_mask(const struct in6_addr *addr);
bool ksock_iface_up(const struct in6_addr *addr);
bool ksock_iface_loses_routes(const struct in6_addr *addr, const struct net_device *dev,
			      const struct in_ifaddr *lost);
int ksock_iface_look(const struct in6_addr *addr);
/* sysfs_peer.c */
int ksock_sysfs_peer_add(struct ksock_peer *peer);
void ksock_sysfs_peer_del(struct ksock_peer *peer);
/* sysfs_worker.c, sysfs_sock.c */
int ksock_sysfs_init(void);
void ksock_sysfs_exit(void);

#endif /* _LNET_SOCKLND_NET_H */
