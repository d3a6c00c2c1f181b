/* SPDX-License-Identifier: GPL-2.0 */
/*
 * NIDs of other nodes that drivers know, and what those nodes say of themselves. See peer.c.
 */
#ifndef _LNET_PEER_H
#define _LNET_PEER_H

#include <linux/workqueue.h>

#include <lnet/types.h>

#include "network/ping_info.h"

/* What is known of a NID. */
enum lnet_peer_state {
	LNET_PEER_NEW,		/* it was not asked */
	LNET_PEER_ASKING,	/* it is being asked, or will be soon */
	LNET_PEER_DONE,		/* it has answered */
	LNET_PEER_FAILED,	/* it has not answered, or badly */
	LNET_PEER_UNKNOWN,	/* LNet has not heard of it */
};

/* What came to nothing. */
enum lnet_peer_failure {
	LNET_PEER_ASK_FAILED,	/* a NID has not answered in time, or badly */
	LNET_PEER_ASK_OLD,	/* its answer is older than one before */
	LNET_PEER_PUSH_FAILED,	/* it has not acknowledged our NIDs */
	LNET_PEER_PUSH_EARLY,	/* it has pushed its own again so soon that it is asked later */
	LNET_PEER_NAMED_MANY,	/* too many wait to be asked */
	LNET_PEER_NO_MEMORY,	/* there was no memory to remember it */
	LNET_PEER_FAILURE_NR,
};

/**
 * struct lnet_peer_info - what is known of a NID
 * @nid: the NID
 * @state: whether it was asked
 * @kept: a client or the operator has named it, to stay
 * @error: why it has failed, -errno
 * @features: features of its node, LNET_PING_*; 0 until it has answered
 * @seq: number of its node's list of NIDs, or 0
 */
struct lnet_peer_info {
	lnet_nid_t nid;
	enum lnet_peer_state state;
	bool kept;
	int error;
	u32 features;
	u32 seq;
};

bool lnet_peer_discovers(void);
void lnet_peer_set_discovers(bool does);
u32 lnet_peer_our_seq(void);
int lnet_peer_discover(lnet_nid_t nid, bool again, unsigned int wait_ms);
int lnet_peer_await(lnet_nid_t nid, unsigned int wait_ms);
int lnet_peer_keep(lnet_nid_t nid);
void lnet_peer_forget(lnet_nid_t nid);
bool lnet_peer_is_multi_rail(lnet_nid_t nid);
void lnet_peer_look(lnet_nid_t nid, struct lnet_peer_info *info);
lnet_nid_t *lnet_peer_list(unsigned int *nr);

/* For parse.c, pinger.c and ping.c */
void lnet_peer_pushed(lnet_nid_t nid);
unsigned int lnet_peer_life(lnet_nid_t nid);
bool lnet_peer_heard(lnet_nid_t nid, unsigned int life, const struct lnet_ping_info *info);
void lnet_peer_tell_all(void);
void lnet_peer_probe(lnet_nid_t nid);

/* For ping.c */
u32 lnet_peer_raise_seq(void);
bool lnet_peer_is_hearsay(lnet_nid_t nid);

/* For discover.c */
void lnet_peer_hear_of(lnet_nid_t nid);

u64 lnet_peer_failures(enum lnet_peer_failure why);
void lnet_peer_reset(void);

/* Called by ni_start.c and main.c only. */
void lnet_peer_allow(void);
void lnet_peer_stop(void);
int lnet_peer_init(work_func_t work);
void lnet_peer_exit(void);

#endif /* _LNET_PEER_H */
