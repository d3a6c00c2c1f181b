/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests of tools that may have to wait. See nl_job.c.
 */
#ifndef _LNET_LUSTRE_NL_JOB_H
#define _LNET_LUSTRE_NL_JOB_H

struct genl_info;
struct sk_buff;

int lnet_nl_job_begin(struct sk_buff *skb, struct genl_info *info,
		      int (*run)(struct genl_info *info));
int lnet_nl_job_send(struct genl_info *info, struct sk_buff *skb);
int lnet_nl_job_send_last(struct genl_info *info, struct sk_buff *skb);

/* Called by nl_family.c only. */
int lnet_nl_job_init(void);
void lnet_nl_job_exit(void);

#endif /* _LNET_LUSTRE_NL_JOB_H */
