// SPDX-License-Identifier: GPL-2.0
/* The puppet as a module: the order of things. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "puppet.h"
#include "common/start.h"

#include <linux/module.h>

static int __init puppet_init(void)
{
	int rc = start_lnet();

	if (rc)
		return rc;
	rc = puppet_device_init();
	if (rc)
		LNetNIFini();
	return rc;
}

/* No file is open: each close() has taken back what its session had posted. */
static void __exit puppet_exit(void)
{
	puppet_device_exit();
	LNetNIFini();
}

module_init(puppet_init);
module_exit(puppet_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("LNet test: a client steered from user space");
