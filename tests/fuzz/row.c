// SPDX-License-Identifier: GPL-2.0
/*
 * The table of the EQ interface, <lnet/api.h>.
 */
#include "row.h"

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

static_assert(ARRAY_SIZE(fuzz_rows_api) == FUZZ_FNS);
