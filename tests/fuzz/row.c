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

static_assert(ARRAY_SIZE(fuzz_rows_lnd) == FUZZ_FNS - FUZZ_LND);
