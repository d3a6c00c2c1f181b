// SPDX-License-Identifier: GPL-2.0
/* A user of the handler interface that claims an older Lustre: lnet_lustre.ko refuses it. */
#include <lnet/handler.h>

#include <linux/module.h>

static int __init planted_version_init(void)
{
	struct lnet_processid id;

	/* Any call. */
	LNetGetId(0, &id, true);
	return 0;
}

static void __exit planted_version_exit(void)
{
}

module_init(planted_version_init);
module_exit(planted_version_exit);

MODULE_DESCRIPTION("A module of another version of Lustre");
MODULE_VERSION("2.15.5");
MODULE_LICENSE("GPL");
