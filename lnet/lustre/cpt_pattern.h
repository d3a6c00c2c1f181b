/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The text of cpu_pattern=. See cpt_pattern.c.
 */
#ifndef _LNET_LUSTRE_CPT_PATTERN_H
#define _LNET_LUSTRE_CPT_PATTERN_H

#include <linux/types.h>

/* In place of the partition of a CPU that is in none. */
enum {
	LNET_CPT_NONE		= -1,	/* offline: it joins one when it comes up */
	LNET_CPT_EXCLUDED	= -2,	/* the pattern leaves it out */
};

/* A CPU, as the pattern sees it. */
struct lnet_cpt_cpu {
	bool possible;		/* in: there is such a CPU, or there may be one */
	bool online;		/* in: */
	int node;		/* in: its NUMA node */
	int core;		/* in: lowest number of the CPUs that are one core with it */
	int cpt;		/* out: its partition, or one of the above */
};

/* The CPUs of a machine, and how they are divided. */
struct lnet_cpt_layout {
	unsigned int nr_cpus;		/* in: one more than the highest number of a CPU */
	struct lnet_cpt_cpu *cpu;	/* in: [nr_cpus] */
	unsigned int nr;		/* out: partitions, 1 at least */
	bool number_unused;		/* out: the pattern overrides cpu_npartitions */
};

/* What is wrong, and where in the pattern. */
struct lnet_cpt_fault {
	const char *token;	/* or NULL: it is not in the pattern, but cpu_npartitions */
	unsigned int len;
	const char *what;	/* the error, and what to write instead */
};

bool lnet_cpt_pattern_is_blank(const char *pattern);
int lnet_cpt_pattern_apply(const char *pattern, int number, struct lnet_cpt_layout *layout,
			   struct lnet_cpt_fault *fault);

#endif /* _LNET_LUSTRE_CPT_PATTERN_H */
