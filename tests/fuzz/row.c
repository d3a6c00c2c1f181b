// SPDX-License-Identifier: GPL-2.0
/*
 * The tables: for each function, and each class of arguments, which results are permitted.
 */
#include "row.h"

/* The EQ interface, <lnet/api.h> */
const struct fuzz_row fuzz_rows_api[] = {
	[FUZZ_LNetNIInit] = {
		"LNetNIInit", .valid = OK | MORE, .forbidden = DEADLK,
		.down = NETDOWN,
	},
	[FUZZ_LNetNIFini] = {
		"LNetNIFini", .valid = OK, .forbidden = DEADLK, .down = NETDOWN,
	},
	[FUZZ_LNetGetId] = {
		"LNetGetId", .valid = OK, .wrong = INVAL | NOENT, .handler = OK,
		.forbidden = DEADLK, .down = NETDOWN,
	},
	[FUZZ_LNetDist] = {
		"LNetDist", .valid = OK, .random = UNREACH, .handler = OK,
		.forbidden = DEADLK, .down = NETDOWN,
	},
	[FUZZ_LNetPrimaryNID] = {
		"LNetPrimaryNID", .valid = OK, .handler = OK,
	},
	[FUZZ_LNetIsPeerLocal] = {
		"LNetIsPeerLocal", .valid = OK, .handler = OK, .down = OK,
	},
	[FUZZ_LNetCtl] = {
		"LNetCtl", .valid = OK, .wrong = INVAL | NOENT | OPNOTSUPP,
		.forbidden = DEADLK, .down = NETDOWN,
	},

	[FUZZ_LNetMEAttach] = {
		"LNetMEAttach", .valid = OK, .wrong = INVAL, .handler = OK,
		.forbidden = DEADLK, .down = NETDOWN,
	},
	[FUZZ_LNetMEInsert] = {
		"LNetMEInsert", .valid = OK, .shared = OK | NOENT,
		.handle = NOENT, .wrong = INVAL | PERM, .handler = OK,
		.forbidden = DEADLK, .down = NETDOWN,
	},
	[FUZZ_LNetMEUnlink] = {
		"LNetMEUnlink", .valid = OK | NOENT, .shared = OK | NOENT,
		.handle = NOENT, .handler = OK, .forbidden = DEADLK,
		.down = NETDOWN,
	},
	[FUZZ_LNetMDAttach] = {
		"LNetMDAttach", .valid = OK, .shared = OK | NOENT | BUSY,
		.handle = NOENT, .wrong = INVAL | BUSY, .handler = OK,
		.forbidden = DEADLK, .down = NETDOWN,
	},
	[FUZZ_LNetMDBind] = {
		"LNetMDBind", .valid = OK, .shared = OK | NOENT,
		.handle = NOENT, .wrong = INVAL, .handler = OK,
		.forbidden = DEADLK, .down = NETDOWN,
	},
	[FUZZ_LNetMDUnlink] = {
		"LNetMDUnlink", .valid = OK | NOENT, .shared = OK | NOENT,
		.handle = NOENT, .handler = OK, .forbidden = DEADLK,
		.down = NETDOWN,
	},

	[FUZZ_LNetEQAlloc] = {
		"LNetEQAlloc", .valid = OK, .wrong = INVAL, .forbidden = DEADLK,
		.down = NETDOWN,
	},
	[FUZZ_LNetEQFree] = {
		"LNetEQFree", .valid = OK | BUSY, .shared = OK | NOENT | BUSY,
		.handle = NOENT, .forbidden = DEADLK, .down = NETDOWN,
	},
	[FUZZ_LNetEQGet] = {
		"LNetEQGet", .valid = OK | EVENT,
		.shared = OK | EVENT | NOENT | INVAL, .handle = NOENT,
		.wrong = INVAL, .handler = OK, .forbidden = DEADLK,
		.down = NETDOWN,
	},
	[FUZZ_LNetEQWait] = {
		"LNetEQWait", .valid = EVENT, .shared = EVENT | NOENT,
		.handle = NOENT, .wrong = INVAL, .forbidden = DEADLK,
		.down = NETDOWN,
	},
	[FUZZ_LNetEQPoll] = {
		"LNetEQPoll", .valid = OK | EVENT,
		.shared = OK | EVENT | NOENT | INVAL, .handle = NOENT,
		.wrong = INVAL | NOENT, .handler = OK, .forbidden = DEADLK,
		.down = NETDOWN,
	},

	[FUZZ_LNetPut] = {
		"LNetPut", .valid = OK | NOENT, .shared = OK | NOENT,
		.handle = NOENT, .wrong = INVAL, .handler = OK,
		.forbidden = DEADLK, .down = NETDOWN,
	},
	[FUZZ_LNetGet] = {
		"LNetGet", .valid = OK | NOENT, .shared = OK | NOENT,
		.handle = NOENT, .wrong = INVAL, .handler = OK,
		.forbidden = DEADLK, .down = NETDOWN,
	},
	[FUZZ_LNetSetLazyPortal] = {
		"LNetSetLazyPortal", .valid = OK, .shared = OK, .wrong = INVAL,
		.handler = OK, .forbidden = DEADLK, .down = NETDOWN,
	},
	[FUZZ_LNetClearLazyPortal] = {
		"LNetClearLazyPortal", .valid = OK, .shared = OK,
		.wrong = INVAL, .handler = OK, .forbidden = DEADLK,
		.down = NETDOWN,
	},

	[FUZZ_libcfs_nid2str_r] = {
		"libcfs_nid2str_r", .valid = OK, .random = OK, .handler = OK,
	},
	[FUZZ_libcfs_net2str_r] = {
		"libcfs_net2str_r", .valid = OK, .random = OK, .handler = OK,
	},
	[FUZZ_libcfs_id2str_r] = {
		"libcfs_id2str_r", .valid = OK, .random = OK, .handler = OK,
	},
	[FUZZ_libcfs_nid2str] = {
		"libcfs_nid2str", .valid = OK, .random = OK, .handler = OK,
	},
	[FUZZ_libcfs_net2str] = {
		"libcfs_net2str", .valid = OK, .random = OK, .handler = OK,
	},
	[FUZZ_libcfs_id2str] = {
		"libcfs_id2str", .valid = OK, .random = OK, .handler = OK,
	},
	[FUZZ_libcfs_str2nid] = {
		"libcfs_str2nid", .valid = OK, .random = OK, .handler = OK,
	},
	[FUZZ_libcfs_str2net] = {
		"libcfs_str2net", .valid = OK, .random = OK, .handler = OK,
	},
	[FUZZ_lnet_event_name] = {
		"lnet_event_name", .valid = OK, .random = OK, .handler = OK,
	},
	[FUZZ_lnet_handle_print] = {
		"lnet_handle_print", .valid = OK, .random = OK, .handler = OK,
	},
};

static_assert(ARRAY_SIZE(fuzz_rows_api) == FUZZ_LND);

/* The driver interface, <lnet/lnd.h>, and the call behind the sysfs file networks */
#define LND_ROW(fn, ...) \
	[FUZZ_##fn - FUZZ_LND] = { #fn, __VA_ARGS__ }

const struct fuzz_row fuzz_rows_lnd[] = {
	LND_ROW(lnet_lnd_register, .valid = OK, .wrong = INVAL | EXIST),
	LND_ROW(lnet_lnd_unregister, .valid = OK),
	LND_ROW(lnet_lnd_notify, .valid = OK, .random = OK),
	LND_ROW(lnet_lnd_query, .shared = OK | UNREACH, .random = UNREACH),
	LND_ROW(lnet_lnd_accept, .shared = OPNOTSUPP | UNREACH, .random = UNREACH),
	LND_ROW(lnet_lnd_met, .valid = MORE),
	LND_ROW(lnet_lnd_parted, .valid = OK),
	LND_ROW(lnet_lnd_connected, .valid = OK),
	LND_ROW(lnet_lnd_is_hearsay, .valid = OK | MORE),
	LND_ROW(lnet_lnd_pid, .valid = OK),
	LND_ROW(lnet_ni_startup, .valid = OK | IO, .wrong = INVAL | EXIST | NETDOWN),
	LND_ROW(lnet_ni_shutdown, .valid = OK),
	LND_ROW(lnet_ni_status_set, .valid = OK),
	LND_ROW(lnet_ni_kobj, .valid = OK),
	LND_ROW(lnet_lnd_kobj, .valid = OK),
	LND_ROW(lnet_acceptor_given, .valid = OK),
	LND_ROW(lnet_parse, .valid = OK, .stale = OK, .random = OK | PROTO, .wrong = OK | PROTO),
	LND_ROW(lnet_finalize, .valid = OK, .wrong = OK),
	LND_ROW(lnet_msg_charge, .valid = OK | NOBUFS),
	LND_ROW(lnet_msg_abandon, .valid = OK | MORE),
	LND_ROW(lnet_run_copied, .valid = OK),
	LND_ROW(lnet_error_text, .valid = OK, .random = OK),
	LND_ROW(lnet_networks_change, .valid = OK | IO, .wrong = INVAL | EXIST | NOENT),
};

static_assert(ARRAY_SIZE(fuzz_rows_lnd) == FUZZ_H - FUZZ_LND);

/*
 * The handler interface, <lnet/handler.h>: what has to do with LNet itself, and with text that
 * names it. CPU partitions, checksums and what only tools ask are no part of it.
 */
#define H_ROW(fn, ...) \
	[FUZZ_H_##fn - FUZZ_H] = { #fn, __VA_ARGS__ }

const struct fuzz_row fuzz_rows_lustre[] = {
	H_ROW(LNetNIInit, .valid = MORE, .down = NETDOWN),
	H_ROW(LNetNIFini, .valid = OK, .down = OK),
	H_ROW(lnet_assert_handler_unused, .valid = OK),
	H_ROW(LNetMEAttach, .valid = OK, .wrong = INVAL, .handler = OK, .down = NETDOWN),
	H_ROW(LNetMDAttach, .valid = OK, .wrong = INVAL, .handler = OK),
	H_ROW(LNetMDBind, .valid = OK, .wrong = INVAL, .handler = OK, .down = NETDOWN),
	H_ROW(LNetMDUnlink, .valid = OK | NOENT, .shared = OK | NOENT, .handle = NOENT,
	      .handler = OK, .down = NETDOWN),
	H_ROW(LNetPut, .valid = OK | NOENT, .shared = OK | NOENT, .handle = NOENT, .wrong = INVAL,
	      .handler = OK, .down = NETDOWN),
	H_ROW(LNetGet, .valid = OK | NOENT, .shared = OK | NOENT, .handle = NOENT, .wrong = INVAL,
	      .handler = OK, .down = NETDOWN),
	H_ROW(LNetSetLazyPortal, .shared = OK, .wrong = INVAL, .handler = OK, .down = NETDOWN),
	H_ROW(LNetClearLazyPortal, .shared = OK, .wrong = INVAL, .handler = OK, .down = NETDOWN),

	H_ROW(LNetGetId, .valid = OK, .wrong = NOENT, .handler = OK, .down = NOENT),
	H_ROW(LNetDist, .valid = OK, .shared = OK | MORE | UNREACH, .random = UNREACH,
	      .handler = OK, .down = UNREACH),
	H_ROW(LNetPrimaryNID, .valid = OK, .random = OK),
	H_ROW(LNetLocalPrimaryNID, .valid = OK, .handler = OK, .down = OK),
	H_ROW(LNetPeerDiscovered, .shared = MORE | UNREACH, .random = UNREACH),
	H_ROW(LNetGetPeerDiscoveryStatus, .valid = MORE),
	H_ROW(LNetAddPeer, .valid = OK, .random = OK),
	H_ROW(LNetIsPeerLocal, .valid = MORE, .random = OK, .handler = OK, .down = OK),
	H_ROW(LNetHasLocalNet, .valid = MORE, .random = OK, .handler = OK),
	H_ROW(LNetFetchNIDs, .valid = OK, .wrong = IO),
	H_ROW(LNetRegisterNIDUpdates, .valid = OK, .wrong = INVAL),
	H_ROW(LNetUnRegisterNIDUpdates, .valid = OK, .random = OK),
	H_ROW(LNetDebugPeer, .valid = OK, .random = OK),
	H_ROW(lnet_cpt_of_nid, .random = OK | MORE),
	H_ROW(lnet_nid2cpt, .random = OK | MORE),

	H_ROW(libcfs_next_nidstring, .valid = OK),
	H_ROW(libcfs_nidstr_r, .valid = OK, .random = OK),
	H_ROW(libcfs_nid2str_r, .valid = OK, .random = OK),
	H_ROW(libcfs_net2str_r, .valid = OK, .random = OK),
	H_ROW(libcfs_lnd2str_r, .valid = OK, .random = OK),
	H_ROW(libcfs_idstr, .valid = OK, .random = OK),
	H_ROW(libcfs_id2str, .valid = OK, .random = OK),
	H_ROW(libcfs_strnid, .valid = OK, .random = OK | INVAL),
	H_ROW(libcfs_str2nid, .valid = OK, .random = OK),
	H_ROW(libcfs_str2anynid, .valid = MORE, .random = OK | MORE),
	H_ROW(libcfs_stranynid, .valid = MORE, .random = OK | MORE),
	H_ROW(libcfs_str2net, .valid = OK, .random = OK),
	H_ROW(cfs_parse_nidlist, .valid = OK, .random = OK | INVAL),
	H_ROW(cfs_free_nidlist, .valid = OK),
	H_ROW(cfs_match_nid, .valid = OK | MORE, .random = OK | MORE),
	H_ROW(cfs_print_nidlist, .valid = OK | MORE),
	H_ROW(cfs_nidmask_get_length, .valid = OK | MORE),
	H_ROW(cfs_nidmask_get_base_nidstr, .valid = OK | INVAL),
	H_ROW(cfs_expr_list_parse, .valid = OK, .random = OK | INVAL),
	H_ROW(cfs_expr_list_values, .valid = MORE, .random = MORE | INVAL),
	H_ROW(cfs_expr_list_free, .valid = OK),
};

static_assert(ARRAY_SIZE(fuzz_rows_lustre) == FUZZ_FNS - FUZZ_H);
