// SPDX-License-Identifier: GPL-2.0
/*
 * lnet_compare.ko: calls each function of the handler interface with arguments that any user may
 * give, and writes a line for each result and each event to the kernel's log. It knows nothing of
 * the implementation below, and judges nothing: two logs are compared, line by line.
 *
 * A line says nothing that may differ between two runs: no handle, no address, no time.
 */
#include "compare.h"

#include <linux/module.h>

static int __init compare_init(void)
{
	static int (*const parts[])(void) = {
		compare_text, compare_lists, compare_sums, compare_partitions,
		compare_names, compare_events, compare_errors,
	};
	unsigned int i;
	int rc;

	rc = LNetNIInit(LNET_PID_LUSTRE);
	if (rc < 0)
		return rc;
	result("begin");
	for (i = 0, rc = 0; !rc && i < ARRAY_SIZE(parts); i++)
		rc = parts[i]();
	result("end %d", rc);
	if (rc)
		LNetNIFini();
	return rc;
}

static void __exit compare_exit(void)
{
	LNetNIFini();
}

module_init(compare_init);
module_exit(compare_exit);

MODULE_DESCRIPTION("Calls of each function of LNet's handler interface, for comparison");
MODULE_LICENSE("GPL");
