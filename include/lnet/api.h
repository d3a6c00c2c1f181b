/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The client interface of LNet.
 *
 * Context, for every function below: task context. In a handler those that sleep
 * for long return -EDEADLK, with a warning once per EQ: lnet_eq_handler_t says
 * which these are, and that with a delivery scheme other than the default nearly
 * all do. A function called before LNetNIInit() returns -ENETDOWN.
 * Functions that allocate or wait say that they may sleep.
 *
 * The kernel-doc of each function stands at its definition in lnet/.
 */
#ifndef _LNET_API_H
#define _LNET_API_H

#include <lnet/types.h>

/* start.c: up and down */
int LNetNIInit(lnet_pid_t pid);
int LNetNIFini(void);

/* ni.c: who we are */
int LNetGetId(unsigned int index, struct lnet_process_id *id);
int LNetDist(lnet_nid_t nid, lnet_nid_t *srcnid, __u32 *order);
lnet_nid_t LNetPrimaryNID(lnet_nid_t nid);
bool LNetIsPeerLocal(lnet_nid_t nid);

/* ctl.c */
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

/* eq_poll.c: events that wait in a ring */
int LNetEQGet(struct lnet_handle_eq eqh, struct lnet_event *event);
int LNetEQWait(struct lnet_handle_eq eqh, struct lnet_event *event);
int LNetEQPoll(struct lnet_handle_eq *eventqs, int neq, signed long timeout,
	       struct lnet_event *event, int *which_eq);

/* send.c: moving data */
int LNetPut(lnet_nid_t self, struct lnet_handle_md mdh, enum lnet_ack_req ack,
	    struct lnet_process_id target, unsigned int portal,
	    __u64 match_bits, unsigned int offset, __u64 hdr_data);
int LNetGet(lnet_nid_t self, struct lnet_handle_md mdh,
	    struct lnet_process_id target, unsigned int portal,
	    __u64 match_bits, unsigned int offset, bool recovery);

/* portal.c: lazy portals */
int LNetSetLazyPortal(int portal);
int LNetClearLazyPortal(int portal);

/* nid.c: printing and parsing. The _r forms write into the caller's buffer. */
#define LNET_NIDSTR_SIZE	32
#define LNET_IDSTR_SIZE		48
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
