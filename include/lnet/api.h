/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The client interface of LNet.
 *
 * Every function below is for task context. Those that allocate or wait say in their
 * kernel-doc that they may sleep. In a handler, the functions that sleep for long
 * return -EDEADLK, with a warning once per EQ; with a delivery scheme other than the
 * default nearly all functions do. lnet_eq_handler_t has the lists. While
 * LNet is down, functions that can fail return -ENETDOWN.
 *
 * The kernel-doc of each function is at its definition, in the file named below, in
 * lnet/event/ or lnet/network/.
 */
#ifndef _LNET_API_H
#define _LNET_API_H

#include <lnet/link.h>
#include <lnet/types.h>

/* ni_start.c: bring LNet up and down */
int LNetNIInit(lnet_pid_t pid);
int LNetNIFini(void);

/* ni.c: our NIDs and PID */
int LNetGetId(unsigned int index, struct lnet_process_id *id);
int LNetDist(lnet_nid_t nid, lnet_nid_t *srcnid, __u32 *order);
lnet_nid_t LNetPrimaryNID(lnet_nid_t nid);
bool LNetIsPeerLocal(lnet_nid_t nid);

/* ctl.c: requests that are ioctls in Lustre */
int LNetCtl(unsigned int cmd, void *arg);

/* me.c: match entries */
int LNetMEAttach(unsigned int portal, struct lnet_process_id match_id,
		 __u64 match_bits, __u64 ignore_bits, enum lnet_unlink unlink,
		 enum lnet_ins_pos pos, struct lnet_handle_me *handle);
int LNetMEInsert(struct lnet_handle_me current_meh,
		 struct lnet_process_id match_id, __u64 match_bits,
		 __u64 ignore_bits, enum lnet_unlink unlink,
		 enum lnet_ins_pos pos, struct lnet_handle_me *handle);
int LNetMEUnlink(struct lnet_handle_me meh);

/* md.c: memory descriptors */
int LNetMDAttach(struct lnet_handle_me meh, struct lnet_md umd,
		 enum lnet_unlink unlink, struct lnet_handle_md *handle);
int LNetMDBind(struct lnet_md umd, enum lnet_unlink unlink,
	       struct lnet_handle_md *handle);
int LNetMDUnlink(struct lnet_handle_md mdh);

/* eq.c: event queues */
int LNetEQAlloc(unsigned int count, lnet_eq_handler_t callback,
		struct lnet_handle_eq *handle);
int LNetEQFree(struct lnet_handle_eq eqh);

/* eq_poll.c: take events out of the rings of EQs */
int LNetEQGet(struct lnet_handle_eq eqh, struct lnet_event *event);
int LNetEQWait(struct lnet_handle_eq eqh, struct lnet_event *event);
int LNetEQPoll(struct lnet_handle_eq *eventqs, int neq, signed long timeout,
	       struct lnet_event *event, int *which_eq);

/* send.c: send and fetch */
int LNetPut(lnet_nid_t self, struct lnet_handle_md mdh, enum lnet_ack_req ack,
	    struct lnet_process_id target, unsigned int portal,
	    __u64 match_bits, unsigned int offset, __u64 hdr_data);
int LNetGet(lnet_nid_t self, struct lnet_handle_md mdh,
	    struct lnet_process_id target, unsigned int portal,
	    __u64 match_bits, unsigned int offset, bool recovery);

/* portal.c: lazy portals */
int LNetSetLazyPortal(int portal);
int LNetClearLazyPortal(int portal);

/* nid.c: print and parse. The _r functions write into the caller's buffer. */
#define LNET_NIDSTR_SIZE	64
#define LNET_IDSTR_SIZE		80
#define LNET_HANDLESTR_SIZE	24
char *libcfs_nid2str_r(lnet_nid_t nid, char *buf, size_t size);
char *libcfs_net2str_r(__u32 net, char *buf, size_t size);
char *libcfs_id2str_r(struct lnet_process_id id, char *buf, size_t size);
char *libcfs_nid2str(lnet_nid_t nid);
char *libcfs_net2str(__u32 net);
char *libcfs_id2str(struct lnet_process_id id);
lnet_nid_t libcfs_str2nid(const char *str);
__u32 libcfs_str2net(const char *str);
const char *lnet_event_name(enum lnet_event_kind kind);
char *lnet_handle_print(__u64 cookie, char *buf, size_t size);

#endif /* _LNET_API_H */
