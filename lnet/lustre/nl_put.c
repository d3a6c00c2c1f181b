// SPDX-License-Identifier: GPL-2.0
/*
 * Pieces of what tools are told: heads, lists of keys, and mappings that several messages have. An
 * attribute has the number that its key has in the list of keys (nl_keys.c).
 */
#include "lustre/nl_put.h"
#include "network/ni.h"
#include "lustre/nl_family.h"

#include <lnet/handler.h>

#include <linux/errno.h>

#include <net/genetlink.h>
#include <net/netlink.h>

/**
 * lnet_nl_put_head() - begin a message of a dump
 * @skb: where it is put
 * @cb: the dump
 * @first: true: it is the first one after a list of keys, which names their root
 *
 * Context: any.
 * Return: the message, for genlmsg_end() or genlmsg_cancel(); NULL: there is no room.
 */
void *lnet_nl_put_head(struct sk_buff *skb, struct netlink_callback *cb, bool first)
{
	const struct genlmsghdr *asked = nlmsg_data(cb->nlh);
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				&lnet_nl_family, NLM_F_MULTI, asked->cmd);

	if (!hdr || !first || !nla_put_string(skb, 1, ""))
		return hdr;
	genlmsg_cancel(skb, hdr);
	return NULL;
}

/**
 * lnet_nl_put_keys() - put a list of keys into a dump
 * @skb: where it is put
 * @cb: the dump
 * @again: true: it replaces another one
 * @keys: the lists, ended by NULL
 *
 * Context: any.
 * Return: 0; -EMSGSIZE: there is no room.
 */
int lnet_nl_put_keys(struct sk_buff *skb, struct netlink_callback *cb, bool again,
		     const struct ln_key_list *keys[])
{
	const struct genlmsghdr *asked = nlmsg_data(cb->nlh);
	int flags = NLM_F_MULTI | NLM_F_CREATE | (again ? NLM_F_REPLACE : 0);

	return lnet_genl_send_scalar_list(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
					  &lnet_nl_family, flags, asked->cmd, keys);
}

/**
 * lnet_nl_nest_begin() - begin a mapping
 * @skb: where it is put
 * @nest: set for lnet_nl_nest_end()
 * @key: number of its key
 *
 * Context: any.
 * Return: 0; -EMSGSIZE: there is no room, and the whole message is to be cancelled.
 */
int lnet_nl_nest_begin(struct sk_buff *skb, struct lnet_nl_nest *nest, int key)
{
	nest->outer = nla_nest_start(skb, key);
	nest->inner = nest->outer ? nla_nest_start(skb, 0) : NULL;
	return nest->inner ? 0 : -EMSGSIZE;
}

/**
 * lnet_nl_nest_end() - end a mapping
 * @skb: where it was put
 * @nest: from lnet_nl_nest_begin()
 *
 * Context: any.
 */
void lnet_nl_nest_end(struct sk_buff *skb, struct lnet_nl_nest *nest)
{
	nla_nest_end(skb, nest->inner);
	nla_nest_end(skb, nest->outer);
}

/**
 * lnet_nl_put_long_nid() - put the text of a NID that has no number, or may have none
 * @skb: where it is put
 * @key: number of its key
 * @nid: the NID
 *
 * Context: any.
 * Return: 0; -EMSGSIZE: there is no room.
 */
int lnet_nl_put_long_nid(struct sk_buff *skb, int key, const struct lnet_nid *nid)
{
	char text[LNET_NID_TEXT_SIZE];

	return nla_put_string(skb, key, lnet_nid_print(nid, text, sizeof(text)));
}

/**
 * lnet_nl_put_nid() - put the text of a NID
 * @skb: where it is put
 * @key: number of its key
 * @nid: the NID
 *
 * Context: any.
 * Return: 0; -EMSGSIZE: there is no room.
 */
int lnet_nl_put_nid(struct sk_buff *skb, int key, lnet_nid_t nid)
{
	struct lnet_nid long_nid;

	/* One that was forgotten meanwhile is printed as the one that stands for any. */
	lnet_nid_expand(nid, &long_nid);
	return lnet_nl_put_long_nid(skb, key, &long_nid);
}

/**
 * lnet_nl_put_u64() - put a number of 8 bytes, which need not be aligned
 * @skb: where it is put
 * @key: number of its key
 * @value: the number
 *
 * Context: any.
 * Return: 0; -EMSGSIZE: there is no room.
 */
int lnet_nl_put_u64(struct sk_buff *skb, int key, u64 value)
{
	return nla_put(skb, key, sizeof(value), &value);
}

/**
 * lnet_nl_put_u32s() - put a mapping of numbers
 * @skb: where it is put
 * @key: number of its key
 * @values: what its keys have, from 1
 * @nr: number of @values
 *
 * Context: any.
 * Return: 0; -EMSGSIZE: there is no room.
 */
int lnet_nl_put_u32s(struct sk_buff *skb, int key, const u32 *values, unsigned int nr)
{
	struct lnet_nl_nest nest;
	unsigned int i;

	if (lnet_nl_nest_begin(skb, &nest, key))
		return -EMSGSIZE;
	for (i = 0; i < nr; i++)
		if (nla_put_u32(skb, i + 1, values[i]))
			return -EMSGSIZE;
	lnet_nl_nest_end(skb, &nest);
	return 0;
}

/**
 * lnet_nl_put_statistics() - put statistics; times are not measured, and are 0
 * @skb: where they are put
 * @key: number of their key
 * @counts: numbers of messages
 *
 * Context: any.
 * Return: 0; -EMSGSIZE: there is no room.
 */
int lnet_nl_put_statistics(struct sk_buff *skb, int key, const struct lnet_nl_counts *counts)
{
	const u32 first[] = { counts->sent, counts->received, counts->dropped };
	struct lnet_nl_nest nest;
	unsigned int i;
	int rc = 0;

	if (lnet_nl_nest_begin(skb, &nest, key))
		return -EMSGSIZE;
	for (i = 1; i <= LNET_NL_STATISTICS && !rc; i++) {
		if (i <= ARRAY_SIZE(first))
			rc = nla_put_u32(skb, i, first[i - 1]);
		else if (i % 4 == 0)
			rc = nla_put_u32(skb, i, 0);	/* a number of samples */
		else
			rc = lnet_nl_put_u64(skb, i, 0);
	}
	lnet_nl_nest_end(skb, &nest);
	return rc;
}

/**
 * lnet_nl_sum_by_type() - sum up messages of all types
 * @by_type: how many there were of each, LNET_NI_MSG_TYPES of them
 *
 * Context: any.
 * Return: the sum.
 */
u32 lnet_nl_sum_by_type(const u64 *by_type)
{
	unsigned int i;
	u32 sum = 0;

	for (i = 0; i < LNET_NI_MSG_TYPES; i++)
		sum += by_type[i];
	return sum;
}

/**
 * lnet_nl_put_by_type() - put how many messages of each type there were
 * @skb: where they are put
 * @key: number of their key
 * @by_type: how many there were of each, LNET_NI_MSG_TYPES of them
 *
 * Context: any.
 * Return: 0; -EMSGSIZE: there is no room.
 */
int lnet_nl_put_by_type(struct sk_buff *skb, int key, const u64 *by_type)
{
	const u32 values[] = {
		by_type[LNET_MSG_PUT], by_type[LNET_MSG_GET], by_type[LNET_MSG_REPLY],
		by_type[LNET_MSG_ACK], 0,	/* no HELLO is a message here */
	};

	return lnet_nl_put_u32s(skb, key, values, ARRAY_SIZE(values));
}

/**
 * lnet_nl_put_udsp() - put which policies select a NID: none
 * @skb: where they are put
 * @key: number of their key
 *
 * Context: any.
 * Return: 0; -EMSGSIZE: there is no room.
 */
int lnet_nl_put_udsp(struct sk_buff *skb, int key)
{
	static const u32 none[] = { -1, -1 };

	return lnet_nl_put_u32s(skb, key, none, ARRAY_SIZE(none));
}
