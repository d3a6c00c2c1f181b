/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An NI of this driver. See net.c.
 */
#ifndef _LNET_SOCKLND_NET_H
#define _LNET_SOCKLND_NET_H

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
	KSOCK_PEERS_MAX	= 65536, /* of one NI */
	KSOCK_ANSWERS_FEW	= 64,	/* a share that small of all answers is few */
};

/**
 * struct ksock_net - an NI of this driver
 *
 * I: as long as it is there; N: under @lock; S: known_mutex;
 * G: nets_mutex
 *
 * @ni: the core's part
 * @ip: its address
 * @incarnation: of this start, said in every HELLO; another one when it had to let go
 *	of its peers
 * @users: peers, handshakes, and the NI itself
 * @pid: ours, said in every HELLO
 * @closing: no peer is made any more
 * @down: its address is not here, or its interface is down
 * @down_since: then, jiffies
 * @gone: it has not been here for a moment, since it was last looked for
 * @renew: since then it has not been seen here with all that belongs to it
 * @busy_since: it is here, and since when that is not believed, jiffies; 0: it is
 * @believed: it is, as that lasted too long
 * @renewals: how often there may have been a way again
 * @dropped: that has lasted so long that its connections were ended
 * @drops: they are about to be
 * @down_logged: it was said that it is down, and not yet that it is up
 * @log_limit: of what is said of it
 * @peers: by key
 * @peers_nr: how many
 * @hosts: by address
 * @answers: that wait for them or are with their connections
 * @lock: innermost, taken by tasks only
 * @credits: messages that may still be given to connections
 * @starved: addresses of which peers wait for one
 * @born: peers that housekeeping has not seen
 * @known_mutex: of housekeeping, and who looks at all peers
 * @known: peers it has seen
 * @chores: housekeeping, once a second
 * @meet: the part of it that new peers need at once
 * @cut: ends the peer who holds the most answers
 * @listener: where it takes connections, or NULL
 * @link: with the others
 * @peers_kobj: folder of peers
 */
struct ksock_net {
	struct lnet_ni *ni;			/* I: */
	u32 ip;					/* I: */
	u64 incarnation;			/* G: READ_ONCE without */
	lnet_pid_t pid;				/* I: */
	refcount_t users;
	bool closing;				/* READ_ONCE/WRITE_ONCE */
	bool down;				/* G: READ_ONCE without */
	unsigned long down_since;		/* G: */
	bool gone;				/* WRITE_ONCE/xchg */
	bool renew;				/* G: */
	bool believed;				/* G: */
	unsigned int renewals;			/* G: READ_ONCE without */
	unsigned long busy_since;		/* G: */
	bool dropped;				/* G: */
	bool drops;				/* G: */
	bool down_logged;			/* G: */
	struct ratelimit_state log_limit;	/* G: */
	struct rhashtable peers;
	atomic_t peers_nr;
	struct rhashtable hosts;
	atomic_t answers;
	spinlock_t lock;			/* credits */
	int credits;				/* N: */
	struct list_head starved;		/* N: */
	struct llist_head born;
	struct mutex known_mutex;		/* S */
	struct list_head known;			/* S: */
	struct delayed_work chores;
	struct work_struct meet;
	struct work_struct cut;
	struct ksock_listener *listener;	/* I: */
	struct list_head link;			/* G: */
	struct kobject *peers_kobj;		/* I: */
};

extern struct workqueue_struct *ksock_wq;	/* I: whose items wait for a grace period at most */

int ksock_net_send(struct lnet_ni *ni, void *priv, struct lnet_msg *msg);
int ksock_net_startup(struct lnet_ni *ni);
void ksock_net_ready(struct lnet_ni *ni);
void ksock_net_shutdown(struct lnet_ni *ni);
void ksock_net_query(struct lnet_ni *ni, lnet_nid_t nid, time64_t *when);
bool ksock_net_hold(struct ksock_net *net);
void ksock_net_release(struct ksock_net *net);
void ksock_nets_look(void);
void ksock_nets_note_gone(const struct net_device *dev, const struct in_ifaddr *ifa);

/* chores.c */
void ksock_chores_init(struct ksock_net *net);
void ksock_chores_start(struct ksock_net *net);
void ksock_chores_stop(struct ksock_net *net);
void ksock_chores_meet(struct ksock_net *net);
void ksock_chores_meet_locked(struct ksock_net *net);
void ksock_chores_cut(struct ksock_net *net);

/* iface.c */
int ksock_iface_nid(u32 net, const char *where, lnet_nid_t *nid);
bool ksock_iface_up(u32 ip);
bool ksock_iface_took(u32 ip, const struct net_device *dev, const struct in_ifaddr *gone);
int ksock_iface_look(u32 ip);
void ksock_iface_later(void);
int ksock_iface_init(void);
void ksock_iface_exit(void);

/* sysfs_peer.c */
int ksock_sysfs_peer_add(struct ksock_peer *peer);
void ksock_sysfs_peer_del(struct ksock_peer *peer);
/* sysfs_worker.c, sysfs_sock.c */
int ksock_sysfs_init(void);
void ksock_sysfs_exit(void);

#endif /* _LNET_SOCKLND_NET_H */
