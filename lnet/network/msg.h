/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The message. See msg.c.
 */
#ifndef _LNET_MSG_H
#define _LNET_MSG_H

#include <lnet/lnd.h>
#include <lnet/nid.h>

#include "hooks/alloc.h"
#include "network/ni.h"
#include "event/object.h"
#include "event/run.h"
#include "event/stat.h"

#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/uio.h>

/**
 * struct lnet_msg_source - memory that replies without an MD are sent from
 * @refs: one of whoever publishes it, and one of each reply; the last frees it
 * @rcu: it is freed after a grace period, so readers may look at it and try to take a reference
 * @iov: @data, whose bytes never change once a reply has it
 * @data: the bytes
 */
struct lnet_msg_source {
	refcount_t refs;
	struct rcu_head rcu;
	struct kvec iov;
	u8 data[] __aligned(8);
};

static inline void lnet_msg_source_put(struct lnet_msg_source *from)
{
	if (from && refcount_dec_and_test(&from->refs))
		kfree_rcu(from, rcu);
}

void lnet_msg_end(struct lnet_msg *msg);

/*
 * Allocate a message, and set the fields that must start blank. Preemption is off, and off again
 * on return. In between it may be allowed, if memory has to be allocated and @may_sleep is set; so
 * *@c may be another CPU on return. Returns NULL if there is no memory.
 */
static __always_inline struct lnet_msg *lnet_msg_new(struct lnet_cpu **c,
						     bool may_sleep)
{
	struct lnet_msg *msg;
	u64 none;

	msg = lnet_object_new(c, LNET_OBJECT_MSG, may_sleep, &none);
	if (!msg)
		return NULL;
	msg->ack = false;
	msg->peer = 0;
	msg->d.delayed = false;
	msg->len = 0;
	msg->ni = NULL;
	msg->d.md = NULL;
	return msg;
}

/**
 * lnet_msg_free() - end a message, and drop its reference to its NI
 * @c: the data of this CPU
 * @msg: the message, to which no other reference exists and which holds no operation
 *
 * Context: preemption off.
 */
static inline void lnet_msg_free(struct lnet_cpu *c, struct lnet_msg *msg)
{
	if (likely(msg->ni))
		lnet_ni_end(c, msg->ni);
	lnet_nid_put(msg->peer);
	lnet_object_free(c, LNET_OBJECT_MSG, msg, 0);
}

/* Let the LND throw away the rest, @bytes of payload, of a message that has arrived. */
static inline void lnet_msg_discard(struct lnet_ni *ni, void *private, bool delayed,
				    u32 bytes)
{
	ni->lnd->lnd_recv(ni, private, NULL, delayed, 0, NULL, NULL, 0, 0, bytes);
}

int lnet_msg_send(struct lnet_cpu *c, struct lnet_msg *msg);
void lnet_msg_not_kept(struct lnet_msg *msg, int rc);
void lnet_msg_receive(struct lnet_msg *msg);
void lnet_msg_receive_delayed(struct lnet_msg *msg);
void lnet_msg_reply(struct lnet_msg *msg);
void lnet_msg_reply_from(struct lnet_msg *msg, struct lnet_msg_source *from);
void lnet_msg_count_drop(const struct lnet_msg *msg, enum lnet_portal_drop why);
void lnet_msg_drop(struct lnet_msg *msg, enum lnet_portal_drop why);
void lnet_msg_finish(struct lnet_run *run, struct lnet_msg *msg, int status);

#endif /* _LNET_MSG_H */
