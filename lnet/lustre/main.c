// SPDX-License-Identifier: GPL-2.0
/*
 * lnet_lustre.ko: what Lustre's modules link in place of their own lnet.ko.
 */
#include "lustre/cpt.h"
#include "lustre/files.h"
#include "lustre/hash.h"
#include "lustre/init.h"
#include "lustre/ioctl.h"
#include "lustre/nl_family.h"
#include "lustre/sum32.h"
#include "lustre/updates.h"
#include "lustre/version.h"

#include <lnet/handler.h>
#include <lnet/version.h>

#include <linux/export.h>
#include <linux/module.h>

struct lnet the_lnet;
EXPORT_SYMBOL(the_lnet);

static int __init lnet_lustre_init(void)
{
	int rc;

	rc = lnet_cpt_init();
	if (rc)
		return rc;
	the_lnet.ln_cpt_table = cfs_cpt_tab;
	rc = lnet_sum32_init();
	if (rc)
		goto err_cpt;
	lnet_hash_init();
	rc = lnet_version_init();
	if (rc)
		goto err_sum32;
	rc = lnet_updates_init();
	if (rc)
		goto err_version;
	rc = lnet_files_init();
	if (rc)
		goto err_updates;
	/* Last: from here on calls come, from user space. */
	rc = lnet_nl_init();
	if (rc)
		goto err_files;
	lnet_ioctl_init();
	return 0;

err_files:
	lnet_files_exit();
err_updates:
	lnet_updates_exit();
err_version:
	lnet_version_exit();
err_sum32:
	lnet_sum32_exit();
err_cpt:
	lnet_cpt_exit();
	return rc;
}

static void __exit lnet_lustre_exit(void)
{
	lnet_ioctl_exit();
	lnet_nl_exit();
	lnet_files_exit();
	lnet_init_exit();
	lnet_updates_exit();
	lnet_version_exit();
	lnet_sum32_exit();
	lnet_cpt_exit();
}

module_init(lnet_lustre_init);
module_exit(lnet_lustre_exit);

MODULE_DESCRIPTION("LNet for Lustre's modules: the handler interface on lnet.ko");
MODULE_VERSION(LNET_VERSION);
MODULE_LICENSE("GPL");
