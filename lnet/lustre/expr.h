/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lists of numbers: what the files of this module need of them besides <lnet/handler.h>.
 */
#ifndef _LNET_LUSTRE_EXPR_H
#define _LNET_LUSTRE_EXPR_H

#include <linux/types.h>

struct cfs_expr_list;

bool lnet_expr_match(const struct cfs_expr_list *list, u32 number);
size_t lnet_expr_print(const struct cfs_expr_list *list, char *buf, size_t size);

#endif /* _LNET_LUSTRE_EXPR_H */
