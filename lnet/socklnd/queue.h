/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The messages of a peer. See queue.c.
 */
#ifndef _LNET_SOCKLND_QUEUE_H
#define _LNET_SOCKLND_QUEUE_H

#include <linux/types.h>

#include <lnet/lnd.h>

struct ksock_peer;
struct list_head;

/* Peers cause answers, not clients of ours, so their number needs a bound. */
static inline bool ksock_queue_is_answer(const struct lnet_msg *msg)
{
	return msg->type == LNET_MSG_ACK || msg->type == LNET_MSG_REPLY;
}

int ksock_queue_send(struct ksock_peer *peer, struct lnet_msg *msg);
void ksock_queue_launch(struct ksock_peer *peer);
void ksock_queue_sent(struct ksock_peer *peer, bool answer);
bool ksock_queue_any_locked(struct ksock_peer *peer);
int ksock_queue_credits_locked(const struct ksock_peer *peer);
bool ksock_queue_is_late(const struct lnet_msg *msg);

void ksock_queue_fail(struct ksock_peer *peer, int error, bool always);
void ksock_queue_fail_lost(struct ksock_peer *peer);
void ksock_queue_fail_answers(struct ksock_peer *peer, int error);
void ksock_queue_expire(struct ksock_peer *peer);
void ksock_queue_take_stuck_locked(struct ksock_peer *peer, struct list_head *taken);
void ksock_queue_finish_failed(struct list_head *failed, int error);

#endif /* _LNET_SOCKLND_QUEUE_H */
