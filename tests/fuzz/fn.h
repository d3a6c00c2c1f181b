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

#endif /* _LNET_FUZZ_FN_H */
