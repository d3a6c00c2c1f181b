/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Undoes <lnet/link.h>: from here on the names are not those of the EQ interface, whose
 * functions remain declared as lnet_api_...
 */
#ifndef _LNET_UNLINK_H
#define _LNET_UNLINK_H

#undef LNetNIInit
#undef LNetNIFini
#undef LNetGetId
#undef LNetDist
#undef LNetPrimaryNID
#undef LNetIsPeerLocal
#undef LNetCtl
#undef LNetMEAttach
#undef LNetMEInsert
#undef LNetMEUnlink
#undef LNetMDAttach
#undef LNetMDBind
#undef LNetMDUnlink
#undef LNetEQAlloc
#undef LNetEQFree
#undef LNetEQGet
#undef LNetEQWait
#undef LNetEQPoll
#undef LNetPut
#undef LNetGet
#undef LNetSetLazyPortal
#undef LNetClearLazyPortal
#undef libcfs_nid2str_r
#undef libcfs_net2str_r
#undef libcfs_id2str_r
#undef libcfs_nid2str
#undef libcfs_net2str
#undef libcfs_id2str
#undef libcfs_str2nid
#undef libcfs_str2net

#endif /* _LNET_UNLINK_H */
