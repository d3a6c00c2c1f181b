/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Connecting to a peer. See dial.c; attempts are in attempt.c.
 */
#ifndef _LNET_SOCKLND_DIAL_H
#define _LNET_SOCKLND_DIAL_H

#include <linux/types.h>

#include <lnet/lnd.h>

#include "proto.h"

struct ksock_net;
struct ksock_peer;
struct work_struct;

bool ksock_dial_may(const struct ksock_net *net, lnet_nid_t nid, lnet_pid_t pid);
int ksock_dial_locked(struct ksock_peer *peer, bool begin);
bool ksock_dial_gives_way_locked(struct ksock_peer *peer);
void ksock_dial_died_locked(struct ksock_peer *peer, unsigned int renewals, int error);
void ksock_dial_forget_old_locked(struct ksock_peer *peer);
void ksock_dial_now(struct ksock_peer *peer);
enum ksock_ctype ksock_dial_begin(struct ksock_peer *peer, unsigned int *version);
bool ksock_dial_consider_locked(struct ksock_peer *peer, int *rc, unsigned long *delay);

/* attempt.c */
void ksock_attempt_work(struct work_struct *work);

#endif /* _LNET_SOCKLND_DIAL_H */
