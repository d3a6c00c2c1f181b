/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names and types of what tools are told. See nl_keys.c.
 */
#ifndef _LNET_LUSTRE_NL_KEYS_H
#define _LNET_LUSTRE_NL_KEYS_H

struct netlink_callback;
struct ln_key_list;
struct sk_buff;

extern const struct ln_key_list *lnet_nl_keys_nets[];
extern const struct ln_key_list *lnet_nl_keys_nets_lnd[];
extern const struct ln_key_list *lnet_nl_keys_nets_lnd_more[];
extern const struct ln_key_list *lnet_nl_keys_peers[];
extern const struct ln_key_list *lnet_nl_keys_ping[];
extern const struct ln_key_list *lnet_nl_keys_ping_more[];
extern const struct ln_key_list *lnet_nl_keys_ping_failed[];
extern const struct ln_key_list *lnet_nl_keys_discover[];
extern const struct ln_key_list *lnet_nl_keys_discover_failed[];
extern const struct ln_key_list *lnet_nl_keys_dist[];
extern const struct ln_key_list *lnet_nl_keys_cpt[];
extern const struct ln_key_list *lnet_nl_keys_stats[];

#endif /* _LNET_LUSTRE_NL_KEYS_H */
