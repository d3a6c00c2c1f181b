// SPDX-License-Identifier: GPL-2.0
/*
 * lnet_lustre.ko: what Lustre's modules link in place of their own lnet.ko.
 */
#include "lustre/version.h"

#include <lnet/handler.h>
#include <lnet/version.h>

#include <linux/export.h>
#include <linux/module.h>

struct lnet the_lnet;
EXPORT_SYMBOL(the_lnet);

static int __init lnet_lustre_init(void)
{
	return lnet_version_init();
}

static void __exit lnet_lustre_exit(void)
{
	lnet_version_exit();
}

module_init(lnet_lustre_init);
module_exit(lnet_lustre_exit);

MODULE_DESCRIPTION("LNet for Lustre's modules: the handler interface on lnet.ko");
MODULE_VERSION(LNET_VERSION);
MODULE_LICENSE("GPL");
