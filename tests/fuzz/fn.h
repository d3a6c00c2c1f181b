/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The functions that the fuzz calls, and the classes of their arguments: rows and columns of the
 * tables in row.c.
 */
#ifndef _LNET_FUZZ_FN_H
#define _LNET_FUZZ_FN_H

enum fuzz_fn {
	/* <lnet/api.h>, in its order */
	FUZZ_LNetNIInit,
	FUZZ_LNetNIFini,
	FUZZ_LNetGetId,
	FUZZ_LNetDist,
	FUZZ_LNetPrimaryNID,
	FUZZ_LNetIsPeerLocal,
	FUZZ_LNetCtl,
	FUZZ_LNetMEAttach,
	FUZZ_LNetMEInsert,
	FUZZ_LNetMEUnlink,
	FUZZ_LNetMDAttach,
	FUZZ_LNetMDBind,
	FUZZ_LNetMDUnlink,
	FUZZ_LNetEQAlloc,
	FUZZ_LNetEQFree,
	FUZZ_LNetEQGet,
	FUZZ_LNetEQWait,
	FUZZ_LNetEQPoll,
	FUZZ_LNetPut,
	FUZZ_LNetGet,
	FUZZ_LNetSetLazyPortal,
	FUZZ_LNetClearLazyPortal,
	FUZZ_libcfs_nid2str_r,
	FUZZ_libcfs_net2str_r,
	FUZZ_libcfs_id2str_r,
	FUZZ_libcfs_nid2str,
	FUZZ_libcfs_net2str,
	FUZZ_libcfs_id2str,
	FUZZ_libcfs_str2nid,
	FUZZ_libcfs_str2net,
	FUZZ_lnet_event_name,
	FUZZ_lnet_handle_print,

	/* <lnet/lnd.h>, and how networks come and go */
	FUZZ_LND,
	FUZZ_lnet_lnd_register = FUZZ_LND,
	FUZZ_lnet_lnd_unregister,
	FUZZ_lnet_lnd_notify,
	FUZZ_lnet_lnd_query,
	FUZZ_lnet_lnd_accept,
	FUZZ_lnet_lnd_met,
	FUZZ_lnet_lnd_parted,
	FUZZ_lnet_lnd_connected,
	FUZZ_lnet_lnd_is_hearsay,
	FUZZ_lnet_lnd_pid,
	FUZZ_lnet_ni_startup,
	FUZZ_lnet_ni_shutdown,
	FUZZ_lnet_ni_status_set,
	FUZZ_lnet_ni_kobj,
	FUZZ_lnet_lnd_kobj,
	FUZZ_lnet_acceptor_given,
	FUZZ_lnet_parse,
	FUZZ_lnet_finalize,
	FUZZ_lnet_msg_charge,
	FUZZ_lnet_msg_abandon,
	FUZZ_lnet_run_copied,
	FUZZ_lnet_error_text,
	FUZZ_lnet_networks_change,

	/* <lnet/handler.h>, in its order */
	FUZZ_H,
	FUZZ_H_LNetNIInit = FUZZ_H,
	FUZZ_H_LNetNIFini,
	FUZZ_H_lnet_assert_handler_unused,
	FUZZ_H_LNetMEAttach,
	FUZZ_H_LNetMDAttach,
	FUZZ_H_LNetMDBind,
	FUZZ_H_LNetMDUnlink,
	FUZZ_H_LNetPut,
	FUZZ_H_LNetGet,
	FUZZ_H_LNetSetLazyPortal,
	FUZZ_H_LNetClearLazyPortal,
	FUZZ_H_LNetGetId,
	FUZZ_H_LNetDist,
	FUZZ_H_LNetPrimaryNID,
	FUZZ_H_LNetLocalPrimaryNID,
	FUZZ_H_LNetPeerDiscovered,
	FUZZ_H_LNetGetPeerDiscoveryStatus,
	FUZZ_H_LNetAddPeer,
	FUZZ_H_LNetIsPeerLocal,
	FUZZ_H_LNetHasLocalNet,
	FUZZ_H_LNetFetchNIDs,
	FUZZ_H_LNetRegisterNIDUpdates,
	FUZZ_H_LNetUnRegisterNIDUpdates,
	FUZZ_H_LNetDebugPeer,
	FUZZ_H_lnet_cpt_of_nid,
	FUZZ_H_lnet_nid2cpt,
	FUZZ_H_libcfs_next_nidstring,
	FUZZ_H_libcfs_nidstr_r,
	FUZZ_H_libcfs_nid2str_r,
	FUZZ_H_libcfs_net2str_r,
	FUZZ_H_libcfs_lnd2str_r,
	FUZZ_H_libcfs_idstr,
	FUZZ_H_libcfs_id2str,
	FUZZ_H_libcfs_strnid,
	FUZZ_H_libcfs_str2nid,
	FUZZ_H_libcfs_str2anynid,
	FUZZ_H_libcfs_stranynid,
	FUZZ_H_libcfs_str2net,
	FUZZ_H_cfs_parse_nidlist,
	FUZZ_H_cfs_free_nidlist,
	FUZZ_H_cfs_match_nid,
	FUZZ_H_cfs_print_nidlist,
	FUZZ_H_cfs_nidmask_get_length,
	FUZZ_H_cfs_nidmask_get_base_nidstr,
	FUZZ_H_cfs_expr_list_parse,
	FUZZ_H_cfs_expr_list_values,
	FUZZ_H_cfs_expr_list_free,
	FUZZ_FNS,
};

/* Columns: what the arguments of a call are. */
enum fuzz_class {
	FUZZ_VALID,		/* good, and used by no other thread: the result is known */
	FUZZ_SHARED,		/* good when it was looked at; others use it too */
	FUZZ_STALE,		/* of an object that is gone, also of an earlier life */
	FUZZ_FREED,		/* of one that the step itself has just freed */
	FUZZ_KIND,		/* a live handle of another kind */
	FUZZ_RANDOM,		/* any number */
	FUZZ_WRONG,		/* another argument that is refused */
	FUZZ_HANDLER,		/* any of these, in a handler */
	FUZZ_FORBIDDEN,		/* in a handler that must not */
	FUZZ_DOWN,		/* while LNet is down */
	FUZZ_CLASSES,
};

/* What can be left out as a whole: the interface of each has a table. */
enum fuzz_group {
	FUZZ_API,		/* the EQ interface: never left out */
	FUZZ_NET,		/* NIs, links and peers, by a driver of the fuzz's own */
	FUZZ_LUSTRE,		/* the handler interface, as a second client */
	FUZZ_GROUPS,
};

#endif /* _LNET_FUZZ_FN_H */
