/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of NIDs of other nodes, for the files that change what is known of them. See
 * peer_table.c.
 */
#ifndef _LNET_PEER_TABLE_H
#define _LNET_PEER_TABLE_H

#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "network/peer.h"

/* I: immutable in the table; P: under lnet_peers_lock */
struct lnet_peer {
	struct rhash_head link;
	lnet_nid_t nid;			/* I: the key; held */
	struct list_head all;		/* P to change, RCU to read */
	refcount_t refs;
	bool is_in;			/* P: the table */
	unsigned int met;		/* P: NIs whose drivers know it */
	lnet_nid_t by;			/* P: held: NID of the NI that met it last, or ANY */
	bool kept;			/* P: a client or the operator has named it; READ_ONCE */
	bool named;			/* P: it is to be asked, whatever becomes of it then */
	bool named_as;			/* P: its @hearsay of then */
	bool dialled;			/* P: a client had a driver connect to it; READ_ONCE */
	bool hearsay;			/* P: it has come to us, or one that has, has named it */
	enum lnet_peer_state state;	/* P: READ_ONCE to read */
	int error;			/* P: why it has failed */
	u32 features;			/* P: READ_ONCE to read */
	bool is_primary;		/* P: it has named itself first */
	bool has_seq;			/* P: @seq is valid */
	u32 seq;			/* P: number of the list of NIDs that it has told */
	u32 told;			/* P: number of our list that it has acknowledged, or 0 */
	unsigned int life;		/* P: raised when its node starts anew */
	bool ask, tell;			/* P: what its work is to do */
	unsigned int busy;		/* P: works that ask it, and then those that it names */
	unsigned long ask_due;		/* P: jiffies; not before, if @ask */
	unsigned int gap_s;		/* P: pause between answers that are asked for by pushes */
	unsigned long asked_at;		/* P: jiffies */
	struct delayed_work work;
	struct rcu_head rcu;
};

enum { LNET_PEER_GAP_MAX_S = 64 };	/* longest pause before an answer to a push is asked for */

extern spinlock_t lnet_peers_lock;	/* P */
extern struct list_head lnet_peers;	/* P to change, RCU to read: all in the table */

struct lnet_peer *lnet_peer_find_locked(lnet_nid_t nid);
struct lnet_peer *lnet_peer_obtain_locked(lnet_nid_t nid);
void lnet_peer_set_by_locked(struct lnet_peer *p, lnet_nid_t by);
bool lnet_peer_set_named_locked(struct lnet_peer *p, bool named);
struct lnet_peer *lnet_peer_remove_locked(struct lnet_peer *p);
void lnet_peer_put(struct lnet_peer *p);
void lnet_peer_fail_locked(enum lnet_peer_failure why);

int lnet_peer_table_init(work_func_t work);
void lnet_peer_table_exit(void);

#endif /* _LNET_PEER_TABLE_H */
