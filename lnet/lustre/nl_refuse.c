// SPDX-License-Identifier: GPL-2.0
/*
 * Commands for what this LNet has not: routes, routers' buffers, NUMA, faults on purpose, the
 * recovery of bad interfaces. What is asked is answered as by a node that has nothing to show; what
 * is to be set is refused.
 */
#include "lustre/nl_family.h"
#include "network/ni.h"

#include <linux/errno.h>
#include <linux/netlink.h>

#include <net/genetlink.h>
#include <net/netlink.h>

static bool is_empty(const struct nlmsghdr *nlh)
{
	return nlmsg_attrlen(nlh, GENL_HDRLEN) <= 0;
}

/**
 * lnet_nl_refuse() - refuse a change of what is not here
 * @skb: ignored
 * @info: the request
 *
 * Context: any.
 * Return: -ENOMSG: nothing is said of what is wanted; -EOPNOTSUPP.
 */
int lnet_nl_refuse(struct sk_buff *skb, struct genl_info *info)
{
	if (is_empty(info->nlhdr)) {
		NL_SET_ERR_MSG(info->extack, "no configuration");
		return -ENOMSG;
	}
	NL_SET_ERR_MSG(info->extack, "this LNet has neither routing nor NUMA ranges nor faults");
	return -EOPNOTSUPP;
}

/**
 * lnet_nl_refuse_fault() - refuse a rule that makes faults; there is none to be removed
 * @skb: ignored
 * @info: the request
 *
 * Context: any.
 * Return: -ENOENT: rules were to be removed; or as lnet_nl_refuse().
 */
int lnet_nl_refuse_fault(struct sk_buff *skb, struct genl_info *info)
{
	if (!is_empty(info->nlhdr) && !(info->nlhdr->nlmsg_flags & (NLM_F_CREATE | NLM_F_REPLACE)))
		return -ENOENT;
	return lnet_nl_refuse(skb, info);
}

/**
 * lnet_nl_no_routes() - begin to list routes
 * @cb: the dump
 *
 * Context: any.
 * Return: 0; -ENETDOWN: LNet is down.
 */
int lnet_nl_no_routes(struct netlink_callback *cb)
{
	if (lnet_ni_nids(NULL, 0))
		return 0;
	NL_SET_ERR_MSG(cb->extack, "Network is down");
	return -ENETDOWN;
}

/**
 * lnet_nl_no_routes_dump() - list the routes: none
 * @skb: stays empty
 * @cb: the dump
 *
 * Context: any.
 * Return: 0.
 */
int lnet_nl_no_routes_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	NL_SET_ERR_MSG(cb->extack, "No routes found");
	return 0;
}

/**
 * lnet_nl_no_recovery() - list what is being recovered: nothing
 * @cb: the dump
 *
 * Context: any.
 * Return: -ENOENT; -ENOMSG: nothing is said of what is wanted.
 */
int lnet_nl_no_recovery(struct netlink_callback *cb)
{
	if (!is_empty(cb->nlh))
		return -ENOENT;
	NL_SET_ERR_MSG(cb->extack, "No configuration");
	return -ENOMSG;
}

/**
 * lnet_nl_no_fault() - begin to list the rules that make faults
 * @cb: the dump
 *
 * Context: any.
 * Return: 0; -ENOMSG: nothing is said of what is wanted.
 */
int lnet_nl_no_fault(struct netlink_callback *cb)
{
	if (!is_empty(cb->nlh))
		return 0;
	NL_SET_ERR_MSG(cb->extack, "no configuration");
	return -ENOMSG;
}

/**
 * lnet_nl_no_fault_dump() - list the rules that make faults: none; tools know that by this text
 * @skb: stays empty
 * @cb: the dump
 *
 * Context: any.
 * Return: -ENOENT.
 */
int lnet_nl_no_fault_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	NL_SET_ERR_MSG(cb->extack, "No routes found");
	return -ENOENT;
}

/**
 * lnet_nl_nothing() - end a dump that has nothing to list
 * @skb: stays empty
 * @cb: the dump
 *
 * Context: any.
 * Return: 0.
 */
int lnet_nl_nothing(struct sk_buff *skb, struct netlink_callback *cb)
{
	return 0;
}
