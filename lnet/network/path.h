/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way of a message to a node with several NIDs. See path.c.
 */
#ifndef _LNET_PATH_H
#define _LNET_PATH_H

#include <lnet/types.h>

struct lnet_cpu;
struct lnet_ni;
struct lnet_msg;

struct lnet_ni *lnet_path_choose(struct lnet_cpu *c, struct lnet_msg *msg, lnet_nid_t self);

#endif /* _LNET_PATH_H */
