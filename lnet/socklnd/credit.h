/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Credits of an NI. See credit.c.
 */
#ifndef _LNET_SOCKLND_CREDIT_H
#define _LNET_SOCKLND_CREDIT_H

#include <linux/types.h>

struct ksock_peer;

bool ksock_credit_take_locked(struct ksock_peer *peer);
void ksock_credit_back(struct ksock_peer *peer);
struct ksock_peer *ksock_credit_next(struct ksock_peer *of);

#endif /* _LNET_SOCKLND_CREDIT_H */
