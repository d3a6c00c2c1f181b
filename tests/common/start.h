/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The start of test modules: they check their parameters and bring LNet up.
 * A module defines its pr_fmt() before it includes this.
 *
 * It is a header only, because the same code goes into several modules of one folder, and
 * each has its own name in the log.
 */
#ifndef _LNET_TESTS_START_H
#define _LNET_TESTS_START_H

#include <linux/errno.h>
#include <linux/printk.h>
#include <linux/types.h>

#include <lnet/api.h>

/* 0, or -EINVAL and a line of the log: a parameter and its value. */
static inline int start_check_range(const char *name, unsigned int value, unsigned int min,
				    unsigned int max)
{
	if (value >= min && value <= max)
		return 0;
	pr_err("%s=%u is not in %u..%u\n", name, value, min, max);
	return -EINVAL;
}

/* The same in the words of modules whose loading is the test; @min 0 is not mentioned. */
static inline int start_check_option(const char *name, unsigned int value, unsigned int min,
				     unsigned int max)
{
	if (value >= min && value <= max)
		return 0;
	if (min)
		pr_err("error: %s= is not in %u..%u\n", name, min, max);
	else
		pr_err("error: %s= is more than %u\n", name, max);
	return -EINVAL;
}

/* 0, or -EINVAL and a line of the log: a parameter that names a node. */
static inline int start_check_nid(const char *name, const char *text, lnet_nid_t *nid)
{
	/* By its link name: modules of the handler interface have another libcfs_str2nid(). */
	*nid = lnet_api_str2nid(text);
	if (*nid != LNET_NID_ANY)
		return 0;
	pr_err("%s=%s is not a NID, as 0@lo and 10.0.0.1@tcp are\n", name, text);
	return -EINVAL;
}

/* 0, or -errno and a line of the log. The module calls LNetNIFini() after 0. */
static inline int start_lnet(void)
{
	int rc = LNetNIInit(LNET_PID_LUSTRE);

	if (rc >= 0)
		return 0;
	pr_err("LNet does not start: error %d\n", rc);
	return rc;
}

#endif /* _LNET_TESTS_START_H */
