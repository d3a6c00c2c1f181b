/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The netlink family by which tools of Lustre reach LNet. See nl_family.c. Numbers and names belong
 * to an existing interface.
 */
#ifndef _LNET_LUSTRE_NL_FAMILY_H
#define _LNET_LUSTRE_NL_FAMILY_H

struct genl_family;
struct genl_info;
struct netlink_callback;
struct sk_buff;

enum lnet_nl_cmd {
	LNET_NL_CONFIGURE	= 1,
	LNET_NL_NETS		= 2,
	LNET_NL_PEERS		= 3,
	LNET_NL_ROUTES		= 4,
	LNET_NL_PING		= 6,
	LNET_NL_CPT_OF_NID	= 7,
	LNET_NL_PEER_DIST	= 8,
	LNET_NL_PEER_FAIL	= 10,
	LNET_NL_DBG_RECOV	= 11,
	LNET_NL_FAULT		= 12,
	LNET_NL_ROUTING		= 13,
	LNET_NL_BUFFERS		= 14,
	LNET_NL_NUMA		= 15,
	LNET_NL_STATS		= 16,
	LNET_NL_CMD_NR,
};

extern struct genl_family lnet_nl_family;

int lnet_nl_init(void);
void lnet_nl_exit(void);

/* nl_nets.c */
int lnet_nl_nets_start(struct netlink_callback *cb);
int lnet_nl_nets_dump(struct sk_buff *skb, struct netlink_callback *cb);
int lnet_nl_nets_done(struct netlink_callback *cb);
/* nl_nets_change.c */
int lnet_nl_nets_do(struct sk_buff *skb, struct genl_info *info);
/* nl_peers.c */
int lnet_nl_peers_start(struct netlink_callback *cb);
int lnet_nl_peers_dump(struct sk_buff *skb, struct netlink_callback *cb);
int lnet_nl_peers_done(struct netlink_callback *cb);
/* nl_peers_change.c */
int lnet_nl_peers_do(struct sk_buff *skb, struct genl_info *info);
/* nl_ping.c */
int lnet_nl_ping_start(struct netlink_callback *cb);
int lnet_nl_ping_dump(struct sk_buff *skb, struct netlink_callback *cb);
int lnet_nl_ping_done(struct netlink_callback *cb);
/* nl_discover.c */
int lnet_nl_discover(struct sk_buff *skb, struct genl_info *info);
/* nl_lnet.c */
int lnet_nl_configure(struct sk_buff *skb, struct genl_info *info);
int lnet_nl_nids_start(struct netlink_callback *cb);
int lnet_nl_nids_done(struct netlink_callback *cb);
int lnet_nl_dist_dump(struct sk_buff *skb, struct netlink_callback *cb);
int lnet_nl_cpt_dump(struct sk_buff *skb, struct netlink_callback *cb);
int lnet_nl_stats_dump(struct sk_buff *skb, struct netlink_callback *cb);
/* nl_refuse.c */
int lnet_nl_refuse(struct sk_buff *skb, struct genl_info *info);
int lnet_nl_refuse_fault(struct sk_buff *skb, struct genl_info *info);
int lnet_nl_no_routes(struct netlink_callback *cb);
int lnet_nl_no_routes_dump(struct sk_buff *skb, struct netlink_callback *cb);
int lnet_nl_no_recovery(struct netlink_callback *cb);
int lnet_nl_no_fault(struct netlink_callback *cb);
int lnet_nl_no_fault_dump(struct sk_buff *skb, struct netlink_callback *cb);
int lnet_nl_nothing(struct sk_buff *skb, struct netlink_callback *cb);

#endif /* _LNET_LUSTRE_NL_FAMILY_H */
