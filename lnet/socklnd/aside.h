/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The payload of a message that waits on a lazy portal. See aside.c.
 */
#ifndef _LNET_SOCKLND_ASIDE_H
#define _LNET_SOCKLND_ASIDE_H

struct lnet_msg;
struct lnet_sock_aside;
struct lnet_sock_place;

struct lnet_sock_aside *lnet_sock_aside_new(struct lnet_msg *msg, unsigned int bytes);
unsigned int lnet_sock_aside_left(const struct lnet_sock_aside *aside);
int lnet_sock_aside_grow(struct lnet_sock_aside *aside, struct lnet_sock_place *place);
void lnet_sock_aside_place(struct lnet_sock_aside *aside, struct lnet_sock_place *place);
int lnet_sock_aside_claim(struct lnet_sock_aside *aside, struct lnet_msg *msg,
			  const struct lnet_sock_place *place);
void lnet_sock_aside_filled(struct lnet_sock_aside *aside, int status);

#endif /* _LNET_SOCKLND_ASIDE_H */
