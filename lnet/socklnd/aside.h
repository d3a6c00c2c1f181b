/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The payload of a message that waits on a lazy portal. See aside.c.
 */
#ifndef _LNET_SOCKLND_ASIDE_H
#define _LNET_SOCKLND_ASIDE_H

struct lnet_msg;
struct ksock_aside;
struct lnet_frags;

struct ksock_aside *ksock_aside_new(struct lnet_msg *msg, unsigned int bytes);
unsigned int ksock_aside_left(const struct ksock_aside *aside);
int ksock_aside_grow(struct ksock_aside *aside, struct lnet_frags *place);
void ksock_aside_place(struct ksock_aside *aside, struct lnet_frags *place);
int ksock_aside_claim(struct ksock_aside *aside, struct lnet_msg *msg,
		      const struct lnet_frags *place);
void ksock_aside_filled(struct ksock_aside *aside, int status);

#endif /* _LNET_SOCKLND_ASIDE_H */
