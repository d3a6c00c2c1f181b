/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The message. See msg.c.
 */
#ifndef _LNET_MSG_H
#define _LNET_MSG_H

#include <lnet/lnd.h>

#include "stat.h"

int lnet_msg_init(void);
void lnet_msg_exit(void);

struct lnet_msg *lnet_msg_alloc(bool may_sleep);
void lnet_msg_free(struct lnet_msg *msg);

void lnet_msg_send(struct lnet_msg *msg);
void lnet_msg_receive(struct lnet_msg *msg);
void lnet_msg_reply(struct lnet_msg *msg);
void lnet_msg_drop(struct lnet_msg *msg, enum lnet_portal_drop why);
void lnet_msg_resume(struct list_head *taken);

/* A delayed message that found its MD too small; lnet_msg_resume() drops it. */
static inline void lnet_msg_mark_dropped(struct lnet_msg *msg,
					 enum lnet_portal_drop why)
{
	msg->d.md = NULL;
	msg->d.ev.status = why;
}

#endif /* _LNET_MSG_H */
