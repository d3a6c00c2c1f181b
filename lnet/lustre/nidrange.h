/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ranges of NIDs of one network. See nidrange.c.
 */
#ifndef _LNET_LUSTRE_NIDRANGE_H
#define _LNET_LUSTRE_NIDRANGE_H

#include <lnet/nid.h>

#include <linux/list.h>

struct cfs_expr_list;

#define LNET_NIDRANGE_PARTS	4	/* of an IPv4 address */

/**
 * struct lnet_nidrange - some of the NIDs of one network
 * @link: for the list that the owner of the range has
 * @mask: true if the range is those that begin as @base does; else it is @parts
 * @length: with @mask: how many bits of the address count, 1 or more
 * @base: with @mask: the NID as it was written, with all its bits
 * @parts: the numbers that each part of the address may have; those behind the last are NULL
 */
struct lnet_nidrange {
	struct list_head link;
	bool mask;
	u8 length;
	struct lnet_nid base;
	struct cfs_expr_list *parts[LNET_NIDRANGE_PARTS];
};

int lnet_nidrange_parse(u32 net, char *text, size_t len, struct lnet_nidrange **range);
void lnet_nidrange_free(struct lnet_nidrange *range);
bool lnet_nidrange_match(const struct lnet_nidrange *range, const struct lnet_nid *nid);
size_t lnet_nidrange_print(const struct lnet_nidrange *range, char *buf, size_t size);

#endif /* _LNET_LUSTRE_NIDRANGE_H */
