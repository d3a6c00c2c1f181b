// SPDX-License-Identifier: GPL-2.0
/*
 * Names and types of what tools are told, as lists that scalar.c sends before the data. Names,
 * order and types belong to an existing interface; what a node does not know it leaves out of the
 * data, and the tool prints nothing for it.
 *
 * An array has a list, and those of the keys in it that are NLA_NESTED, in the order in which they
 * are met.
 */
#include "lustre/nl_keys.h"
#include "hooks/alloc.h"

#include <lnet/handler.h>

#include <linux/export.h>

#include <net/netlink.h>

#define KEY(_value, _type)	{ .lkp_value = (_value), .lkp_data_type = (_type) }
#define ROOT(_value)		\
	{ .lkp_value = (_value), .lkp_key_format = LNKF_MAPPING | LNKF_SEQUENCE, \
	  .lkp_data_type = NLA_NUL_STRING }
#define MAPPING(_value)		\
	{ .lkp_value = (_value), .lkp_key_format = LNKF_MAPPING, .lkp_data_type = NLA_NESTED }
#define SEQUENCE(_value)	\
	{ .lkp_value = (_value), .lkp_key_format = LNKF_MAPPING | LNKF_SEQUENCE, \
	  .lkp_data_type = NLA_NESTED }

/* What several have -------------------------------------------------------- */

static const struct ln_key_list statistics = {
	.lkl_maxattr = 15,
	.lkl_list = {
		[1] = KEY("send_count", NLA_U32),
		[2] = KEY("recv_count", NLA_U32),
		[3] = KEY("drop_count", NLA_U32),
		[4] = KEY("put_egress_samples", NLA_U32),
		[5] = KEY("put_egress_min_nsec", NLA_U64),
		[6] = KEY("put_egress_max_nsec", NLA_U64),
		[7] = KEY("put_egress_avg_nsec", NLA_U64),
		[8] = KEY("get_rtt_samples", NLA_U32),
		[9] = KEY("get_rtt_min_nsec", NLA_U64),
		[10] = KEY("get_rtt_max_nsec", NLA_U64),
		[11] = KEY("get_rtt_avg_nsec", NLA_U64),
		[12] = KEY("put_ack_samples", NLA_U32),
		[13] = KEY("put_ack_min_nsec", NLA_U64),
		[14] = KEY("put_ack_max_nsec", NLA_U64),
		[15] = KEY("put_ack_avg_nsec", NLA_U64),
	},
};

static const struct ln_key_list udsp = {
	.lkl_maxattr = 4,
	.lkl_list = {
		[1] = KEY("net priority", NLA_S32),
		[2] = KEY("nid priority", NLA_S32),
		[3] = MAPPING("Preferred gateway NIDs"),
		[4] = MAPPING("Preferred source NIDs"),
	},
};

static const struct ln_key_list udsp_nids = {
	.lkl_maxattr = 2,
	.lkl_list = {
		[1] = KEY("NID-0", NLA_NUL_STRING),
		[2] = KEY("0@lo", NLA_STRING),
	},
};

static const struct ln_key_list by_type = {
	.lkl_maxattr = 5,
	.lkl_list = {
		[1] = KEY("put", NLA_U32),
		[2] = KEY("get", NLA_U32),
		[3] = KEY("reply", NLA_U32),
		[4] = KEY("ack", NLA_U32),
		[5] = KEY("hello", NLA_U32),
	},
};

/* Networks and their NIs --------------------------------------------------- */

#define NETS_LIST(_root) {			\
	.lkl_maxattr = 3,			\
	.lkl_list = {				\
		[1] = ROOT(_root),		\
		[2] = KEY("net type", NLA_STRING),	\
		[3] = SEQUENCE("local NI(s)"),	\
	},					\
}

static const struct ln_key_list nets = NETS_LIST("net");
static const struct ln_key_list nets_more = NETS_LIST("");

static const struct ln_key_list nis = {
	.lkl_maxattr = 13,
	.lkl_list = {
		[1] = KEY("nid", NLA_STRING),
		[2] = KEY("status", NLA_STRING),
		[3] = MAPPING("interfaces"),
		[4] = MAPPING("statistics"),
		[5] = MAPPING("udsp info"),
		[6] = MAPPING("sent_stats"),
		[7] = MAPPING("received_stats"),
		[8] = MAPPING("dropped_stats"),
		[9] = MAPPING("health stats"),
		[10] = MAPPING("tunables"),
		[11] = MAPPING("lnd tunables"),
		[12] = KEY("dev cpt", NLA_S32),
		[13] = KEY("CPT", NLA_STRING),
	},
};

static const struct ln_key_list interfaces = {
	.lkl_maxattr = 1,
	.lkl_list = {
		[1] = KEY("0", NLA_STRING),
	},
};

static const struct ln_key_list ni_health = {
	.lkl_maxattr = 10,
	.lkl_list = {
		[1] = KEY("fatal_error", NLA_S32),
		[2] = KEY("health value", NLA_S32),
		[3] = KEY("interrupts", NLA_U32),
		[4] = KEY("dropped", NLA_U32),
		[5] = KEY("aborted", NLA_U32),
		[6] = KEY("no route", NLA_U32),
		[7] = KEY("timeouts", NLA_U32),
		[8] = KEY("error", NLA_U32),
		[9] = KEY("ping_count", NLA_U32),
		[10] = KEY("next_ping", NLA_U64),
	},
};

static const struct ln_key_list tunables = {
	.lkl_maxattr = 4,
	.lkl_list = {
		[1] = KEY("peer_timeout", NLA_S32),
		[2] = KEY("peer_credits", NLA_S32),
		[3] = KEY("peer_buffer_credits", NLA_S32),
		[4] = KEY("credits", NLA_S32),
	},
};

static const struct ln_key_list lnd_tunables = {
	.lkl_maxattr = 3,
	.lkl_list = {
		[1] = KEY("conns_per_peer", NLA_U16),
		[2] = KEY("timeout", NLA_U32),
		[3] = KEY("tos", NLA_S16),
	},
};

/* Of networks without tunables of a driver; of those with some; and of those after others. */
const struct ln_key_list *lnet_nl_keys_nets[] = {
	&nets, &nis, &interfaces, &statistics, &udsp, &udsp_nids, &udsp_nids,
	&by_type, &by_type, &by_type, &ni_health, &tunables, NULL
};
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_nl_keys_nets);

const struct ln_key_list *lnet_nl_keys_nets_lnd[] = {
	&nets, &nis, &interfaces, &statistics, &udsp, &udsp_nids, &udsp_nids,
	&by_type, &by_type, &by_type, &ni_health, &tunables,
	&lnd_tunables, NULL
};

const struct ln_key_list *lnet_nl_keys_nets_lnd_more[] = {
	&nets_more, &nis, &interfaces, &statistics, &udsp, &udsp_nids, &udsp_nids,
	&by_type, &by_type, &by_type, &ni_health, &tunables,
	&lnd_tunables, NULL
};

/* Peers -------------------------------------------------------------------- */

static const struct ln_key_list peers = {
	.lkl_maxattr = 5,
	.lkl_list = {
		[1] = ROOT("peer"),
		[2] = KEY("primary nid", NLA_STRING),
		[3] = KEY("Multi-Rail", NLA_FLAG),
		[4] = KEY("peer state", NLA_U32),
		[5] = SEQUENCE("peer ni"),
	},
};

static const struct ln_key_list peer_nis = {
	.lkl_maxattr = 15,
	.lkl_list = {
		[1] = KEY("nid", NLA_STRING),
		[2] = MAPPING("udsp info"),
		[3] = KEY("state", NLA_STRING),
		[4] = KEY("max_ni_tx_credits", NLA_U32),
		[5] = KEY("available_tx_credits", NLA_U32),
		[6] = KEY("min_tx_credits", NLA_U32),
		[7] = KEY("tx_q_num_of_buf", NLA_U32),
		[8] = KEY("available_rtr_credits", NLA_U32),
		[9] = KEY("min_rtr_credits", NLA_U32),
		[10] = KEY("refcount", NLA_U32),
		[11] = MAPPING("statistics"),
		[12] = MAPPING("sent_stats"),
		[13] = MAPPING("received_stats"),
		[14] = MAPPING("dropped_stats"),
		[15] = MAPPING("health stats"),
	},
};

static const struct ln_key_list peer_health = {
	.lkl_maxattr = 7,
	.lkl_list = {
		[1] = KEY("health value", NLA_S32),
		[2] = KEY("dropped", NLA_U32),
		[3] = KEY("timeout", NLA_U32),
		[4] = KEY("error", NLA_U32),
		[5] = KEY("network timeout", NLA_U32),
		[6] = KEY("ping_count", NLA_U32),
		[7] = KEY("next_ping", NLA_S64),
	},
};

const struct ln_key_list *lnet_nl_keys_peers[] = {
	&peers, &peer_nis, &udsp, &udsp_nids, &udsp_nids, &statistics, &by_type, &by_type, &by_type,
	&peer_health, NULL
};
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_nl_keys_peers);

/* Pings and discovery ------------------------------------------------------ */

#define PING_LIST(_root) {			\
	.lkl_maxattr = 5,			\
	.lkl_list = {				\
		[1] = ROOT(_root),		\
		[2] = KEY("primary nid", NLA_STRING),	\
		[3] = KEY("errno", NLA_S16),	\
		[4] = KEY("Multi-Rail", NLA_FLAG),	\
		[5] = SEQUENCE("peer_ni"),	\
	},					\
}

#define FAILED_LIST(_what) {			\
	.lkl_maxattr = 4,			\
	.lkl_list = {				\
		[1] = ROOT("manage"),		\
		[2] = KEY((_what), NLA_STRING),	\
		[3] = KEY("errno", NLA_S16),	\
		[4] = KEY("descr", NLA_STRING),	\
	},					\
}

static const struct ln_key_list ping = PING_LIST("ping");
static const struct ln_key_list ping_more = PING_LIST("");
static const struct ln_key_list discover = PING_LIST("discover");
static const struct ln_key_list ping_failed = FAILED_LIST("ping");
static const struct ln_key_list discover_failed = FAILED_LIST("discover");

static const struct ln_key_list nid_only = {
	.lkl_maxattr = 1,
	.lkl_list = {
		[1] = KEY("nid", NLA_STRING),
	},
};

const struct ln_key_list *lnet_nl_keys_ping[] = { &ping, &nid_only, NULL };
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_nl_keys_ping);
/* After others of the same name. */
const struct ln_key_list *lnet_nl_keys_ping_more[] = { &ping_more, &nid_only, NULL };
const struct ln_key_list *lnet_nl_keys_ping_failed[] = { &ping_failed, NULL };
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_nl_keys_ping_failed);
const struct ln_key_list *lnet_nl_keys_discover[] = { &discover, &nid_only, NULL };
const struct ln_key_list *lnet_nl_keys_discover_failed[] = { &discover_failed, NULL };

/* NIDs, and this node ------------------------------------------------------ */

static const struct ln_key_list dist = {
	.lkl_maxattr = 4,
	.lkl_list = {
		[1] = ROOT("peer"),
		[2] = KEY("nid", NLA_STRING),
		[3] = KEY("distance", NLA_U32),
		[4] = KEY("order", NLA_U32),
	},
};

static const struct ln_key_list cpt = {
	.lkl_maxattr = 3,
	.lkl_list = {
		[1] = ROOT("cpt-of-nid"),
		[2] = KEY("nid", NLA_STRING),
		[3] = KEY("cpt", NLA_U32),
	},
};

static const struct ln_key_list stats = {
	.lkl_maxattr = 27,
	.lkl_list = {
		[1] = { .lkp_value = "statistics", .lkp_key_format = LNKF_MAPPING,
			.lkp_data_type = NLA_NUL_STRING },
		[2] = KEY("msgs_alloc", NLA_U32),
		[3] = KEY("msgs_max", NLA_U32),
		[4] = KEY("rst_alloc", NLA_U32),
		[5] = KEY("errors", NLA_U32),
		[6] = KEY("send_count", NLA_U32),
		[7] = KEY("resend_count", NLA_U32),
		[8] = KEY("response_timeout_count", NLA_U32),
		[9] = KEY("local_interrupt_count", NLA_U32),
		[10] = KEY("local_dropped_count", NLA_U32),
		[11] = KEY("local_aborted_count", NLA_U32),
		[12] = KEY("local_no_route_count", NLA_U32),
		[13] = KEY("local_timeout_count", NLA_U32),
		[14] = KEY("local_error_count", NLA_U32),
		[15] = KEY("remote_dropped_count", NLA_U32),
		[16] = KEY("remote_error_count", NLA_U32),
		[17] = KEY("remote_timeout_count", NLA_U32),
		[18] = KEY("network_timeout_count", NLA_U32),
		[19] = KEY("failed_resends", NLA_U32),
		[20] = KEY("successful_resends", NLA_U32),
		[21] = KEY("recv_count", NLA_U32),
		[22] = KEY("route_count", NLA_U32),
		[23] = KEY("drop_count", NLA_U32),
		[24] = KEY("send_length", NLA_U64),
		[25] = KEY("recv_length", NLA_U64),
		[26] = KEY("route_length", NLA_U64),
		[27] = KEY("drop_length", NLA_U64),
	},
};

const struct ln_key_list *lnet_nl_keys_dist[] = { &dist, NULL };
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_nl_keys_dist);
const struct ln_key_list *lnet_nl_keys_cpt[] = { &cpt, NULL };
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_nl_keys_cpt);
const struct ln_key_list *lnet_nl_keys_stats[] = { &stats, NULL };
