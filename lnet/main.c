// SPDX-License-Identifier: GPL-2.0
/*
 * lnet.ko: set up the module's parts in order at load, and undo that at unload.
 * LNetNIInit() and the operator bring the networks up, not this file.
 */
#include "event/alias.h"
#include "event/cpu.h"
#include "event/eq.h"
#include "event/handle.h"
#include "event/large_nid.h"
#include "event/me.h"
#include "event/object.h"
#include "event/portal.h"
#include "event/stat.h"
#include "event/work.h"
#include "network/discover.h"
#include "network/networks.h"
#include "network/ni_start.h"
#include "network/peer.h"
#include "network/response.h"
#include "show/device.h"
#include "show/sysfs.h"

#include <linux/module.h>
#include <linux/rcupdate.h>

#include <lnet/version.h>

/* Also undoes an incomplete set-up: each call accepts parts that were never made. */
static void memory_exit(void)
{
	lnet_objects_exit();
	lnet_handle_exit();
	lnet_cpus_exit();
}

static int __init lnet_init(void)
{
	int rc;

	rc = lnet_networks_init();
	if (rc)
		return rc;
	rc = lnet_work_init();
	if (rc)
		return rc;
	rc = lnet_large_nid_init();
	if (rc)
		goto err_wq;
	rc = lnet_alias_init();
	if (rc)
		goto err_large_nid;
	rc = lnet_peer_init(lnet_discover_work);
	if (rc)
		goto err_alias;
	rc = lnet_response_init();
	if (rc)
		goto err_peer;
	rc = lnet_cpus_init();
	if (rc)
		goto err_response;
	rc = lnet_objects_init();
	if (rc)
		goto err_memory;
	lnet_me_init();
	lnet_portal_init();
	rc = lnet_sysfs_init();
	if (rc)
		goto err_memory;
	lnet_debugfs_init();
	/* The device may be opened before this function returns. */
	rc = lnet_device_init();
	if (rc)
		goto err_shown;
	lnet_ni_init();
	return 0;

err_shown:
	lnet_debugfs_exit();
	lnet_sysfs_exit();
err_memory:
	memory_exit();
err_response:
	lnet_response_exit();
err_peer:
	lnet_peer_exit();
err_alias:
	lnet_alias_exit();
err_large_nid:
	lnet_large_nid_exit();
err_wq:
	lnet_work_exit();
	return rc;
}

static void __exit lnet_exit(void)
{
	lnet_device_exit();
	lnet_ni_exit();
	lnet_debugfs_exit();
	lnet_sysfs_exit();
	lnet_portal_exit();
	/*
	 * An EQ is freed by two RCU callbacks, of which the first queues the second:
	 * wait for both.
	 */
	rcu_barrier();
	rcu_barrier();
	memory_exit();
	lnet_response_exit();
	lnet_peer_exit();
	lnet_alias_exit();
	lnet_large_nid_exit();
	lnet_work_exit();
}

module_init(lnet_init);
module_exit(lnet_exit);

MODULE_DESCRIPTION("LNet: portals, match entries, memory descriptors and event queues");
MODULE_VERSION(LNET_VERSION);
MODULE_LICENSE("GPL");
