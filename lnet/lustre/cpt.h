/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPU partitions. See cpt.c.
 */
#ifndef _LNET_LUSTRE_CPT_H
#define _LNET_LUSTRE_CPT_H

#include <linux/types.h>

struct cfs_cpt_table;
struct lnet_cpt_layout;
struct seq_file;

/* The two parameters that say how CPUs are divided. */
struct lnet_cpt_settings {
	const char *pattern;	/* NULL: not given */
	int number;		/* 0: not given */
};

int lnet_cpt_init(void);
void lnet_cpt_exit(void);
unsigned int lnet_cpt_of_hash(u64 hash);
void lnet_cpt_show_table(struct seq_file *m);
void lnet_cpt_show_distance(struct seq_file *m);

/* For tests, too. */
struct lnet_cpt_settings lnet_cpt_settings_pick(const struct lnet_cpt_settings *libcfs,
						const struct lnet_cpt_settings *ours);
struct cfs_cpt_table *lnet_cpt_table_make(const struct lnet_cpt_layout *layout);
void lnet_cpt_table_adopt(struct cfs_cpt_table *table, unsigned int cpu);

#endif /* _LNET_LUSTRE_CPT_H */
