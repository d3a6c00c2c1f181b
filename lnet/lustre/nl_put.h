/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pieces of what tools are told. See nl_put.c.
 */
#ifndef _LNET_LUSTRE_NL_PUT_H
#define _LNET_LUSTRE_NL_PUT_H

#include <linux/types.h>

#include <lnet/types.h>

struct ln_key_list;
struct lnet_nid;
struct netlink_callback;
struct nlattr;
struct sk_buff;

/* A mapping, or an element of a sequence, which is being put. */
struct lnet_nl_nest {
	struct nlattr *outer, *inner;
};

/* What statistics are known. */
struct lnet_nl_counts {
	u32 sent, received, dropped;
};

enum { LNET_NL_STATISTICS = 15 };	/* values of them */

void *lnet_nl_put_head(struct sk_buff *skb, struct netlink_callback *cb, bool first);
int lnet_nl_put_keys(struct sk_buff *skb, struct netlink_callback *cb, bool again,
		     const struct ln_key_list *keys[]);

int lnet_nl_nest_begin(struct sk_buff *skb, struct lnet_nl_nest *nest, int key);
void lnet_nl_nest_end(struct sk_buff *skb, struct lnet_nl_nest *nest);

int lnet_nl_put_long_nid(struct sk_buff *skb, int key, const struct lnet_nid *nid);
int lnet_nl_put_nid(struct sk_buff *skb, int key, lnet_nid_t nid);
int lnet_nl_put_u64(struct sk_buff *skb, int key, u64 value);
int lnet_nl_put_u32s(struct sk_buff *skb, int key, const u32 *values, unsigned int nr);
int lnet_nl_put_statistics(struct sk_buff *skb, int key, const struct lnet_nl_counts *counts);
u32 lnet_nl_sum_by_type(const u64 *by_type);
int lnet_nl_put_by_type(struct sk_buff *skb, int key, const u64 *by_type);
int lnet_nl_put_udsp(struct sk_buff *skb, int key);

#endif /* _LNET_LUSTRE_NL_PUT_H */
