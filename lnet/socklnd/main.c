// SPDX-License-Identifier: GPL-2.0
/*
 * ksocklnd.ko: LNet over TCP. What is made in which order.
 * NIs come up with LNetNIInit().
 */
#include "conn.h"
#include "drain.h"
#include "greet.h"
#include "net.h"
#include "param.h"
#include "worker.h"

#include <linux/module.h>

static const struct lnet_lnd lnd = {
	.owner		= THIS_MODULE,
	.type		= SOCKLND,
	.name		= "tcp",
	.lnd_startup	= lnet_sock_net_startup,
	.lnd_ready	= lnet_sock_net_ready,
	.lnd_shutdown	= lnet_sock_net_shutdown,
	.lnd_nid	= lnet_sock_iface_nid,
	.lnd_send	= lnet_sock_net_send,
	.lnd_recv	= lnet_sock_recv,
	.lnd_eager_recv	= lnet_sock_eager_recv,
	.lnd_query	= lnet_sock_net_query,
	.lnd_accept	= lnet_sock_greet_accept,
};

static int __init socklnd_init(void)
{
	int rc;

	rc = lnet_sock_params_check();
	if (rc)
		return rc;
	rc = -ENOMEM;
	lnet_sock_wq = alloc_workqueue(LNET_SOCK_NAME, WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!lnet_sock_wq)
		return rc;
	rc = lnet_sock_workers_start();
	if (rc)
		goto err_wq;
	rc = lnet_sock_iface_init();
	if (rc)
		goto err_workers;
	rc = lnet_sock_sysfs_init();
	if (rc)
		goto err_iface;
	rc = lnet_lnd_register(&lnd);
	if (rc)
		goto err_sysfs;
	return 0;

err_sysfs:
	lnet_sock_sysfs_exit();
err_iface:
	lnet_sock_iface_exit();
err_workers:
	lnet_sock_workers_stop();
err_wq:
	destroy_workqueue(lnet_sock_wq);
	return rc;
}

/* No NI is left: each holds the module. Sockets may be, and go on their own. */
static void __exit socklnd_exit(void)
{
	lnet_lnd_unregister(&lnd);
	lnet_sock_sysfs_exit();
	lnet_sock_iface_exit();
	lnet_sock_workers_stop();
	lnet_sock_drains_wait();
	destroy_workqueue(lnet_sock_wq);
}

module_init(socklnd_init);
module_exit(socklnd_exit);

MODULE_DESCRIPTION("LNet over TCP");
MODULE_LICENSE("GPL");
MODULE_ALIAS("lnet-lnd-tcp");
