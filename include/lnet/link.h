/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The names under which the functions of the EQ interface link.
 *
 * Modules of Lustre since 2.14 link functions of the same names with other arguments, and
 * lnet_lustre.ko exports those. So the functions of the EQ interface link as lnet_api_...,
 * and this file maps the names that clients write. Stack traces show the names on the right.
 */
#ifndef _LNET_LINK_H
#define _LNET_LINK_H

#define LNetNIInit		lnet_api_ni_init
#define LNetNIFini		lnet_api_ni_fini
#define LNetGetId		lnet_api_get_id
#define LNetDist		lnet_api_dist
#define LNetPrimaryNID		lnet_api_primary_nid
#define LNetIsPeerLocal		lnet_api_is_peer_local
#define LNetCtl			lnet_api_ctl
#define LNetMEAttach		lnet_api_me_attach
#define LNetMEInsert		lnet_api_me_insert
#define LNetMEUnlink		lnet_api_me_unlink
#define LNetMDAttach		lnet_api_md_attach
#define LNetMDBind		lnet_api_md_bind
#define LNetMDUnlink		lnet_api_md_unlink
#define LNetEQAlloc		lnet_api_eq_alloc
#define LNetEQFree		lnet_api_eq_free
#define LNetEQGet		lnet_api_eq_get
#define LNetEQWait		lnet_api_eq_wait
#define LNetEQPoll		lnet_api_eq_poll
#define LNetPut			lnet_api_put
#define LNetGet			lnet_api_get
#define LNetSetLazyPortal	lnet_api_set_lazy_portal
#define LNetClearLazyPortal	lnet_api_clear_lazy_portal
#define libcfs_nid2str_r	lnet_api_nid2str_r
#define libcfs_net2str_r	lnet_api_net2str_r
#define libcfs_id2str_r		lnet_api_id2str_r
#define libcfs_nid2str		lnet_api_nid2str
#define libcfs_net2str		lnet_api_net2str
#define libcfs_id2str		lnet_api_id2str
#define libcfs_str2nid		lnet_api_str2nid
#define libcfs_str2net		lnet_api_str2net

#endif /* _LNET_LINK_H */
