// SPDX-License-Identifier: GPL-2.0
/*
 * ksocklnd.ko: LNet over TCP. Loading brings the parts of the driver up in order, unloading
 * takes them down in reverse. NIs come up with LNet, or at run time.
 */
#include "conn.h"
#include "../hooks/alloc.h"
#include "drain.h"
#include "greet.h"
#include "net.h"
#include "param.h"
#include "worker.h"

#include <linux/module.h>

#include <lnet/version.h>

static const struct lnet_lnd lnd = {
	.owner		= THIS_MODULE,
	.type		= SOCKLND,
	.name		= "tcp",
	.lnd_startup	= ksock_ni_startup,
	.lnd_ready	= ksock_ni_ready,
	.lnd_shutdown	= ksock_ni_shutdown,
	.lnd_nid	= ksock_iface_nid,
	.lnd_send	= ksock_ni_send,
	.lnd_recv	= ksock_rx_recv,
	.lnd_eager_recv	= ksock_rx_eager_recv,
	.lnd_query	= ksock_ni_query,
	.lnd_reaches	= ksock_ni_reaches,
	.lnd_facts	= ksock_facts_ni,
	.lnd_peer_facts	= ksock_facts_peer,
	.lnd_forget_least = ksock_facts_forget_least,
	.lnd_accept	= ksock_greet_accept,
	.lnd_ctl	= ksock_ctl,
};

static int __init ksocklnd_init(void)
{
	int rc;

	rc = ksock_params_check();
	if (rc)
		return rc;
	rc = -ENOMEM;
	ksock_wq = lnet_alloc(alloc_workqueue(KSOCK_NAME, WQ_UNBOUND | WQ_MEM_RECLAIM, 0));
	if (!ksock_wq)
		return rc;
	rc = ksock_workers_start();
	if (rc)
		goto err_wq;
	rc = ksock_address_init();
	if (rc)
		goto err_workers;
	rc = ksock_sysfs_init();
	if (rc)
		goto err_address;
	rc = lnet_lnd_register(&lnd);
	if (rc)
		goto err_sysfs;
	return 0;

err_sysfs:
	ksock_sysfs_exit();
err_address:
	ksock_address_exit();
err_workers:
	ksock_workers_stop();
err_wq:
	destroy_workqueue(ksock_wq);
	return rc;
}

/*
 * No NI is left, as each holds a reference to the module. Sockets of ended connections may be
 * left; they drain on their own.
 */
static void __exit ksocklnd_exit(void)
{
	lnet_lnd_unregister(&lnd);
	ksock_sysfs_exit();
	ksock_address_exit();
	ksock_workers_stop();
	ksock_drains_wait();
	destroy_workqueue(ksock_wq);
}

module_init(ksocklnd_init);
module_exit(ksocklnd_exit);

MODULE_DESCRIPTION("LNet over TCP");
MODULE_VERSION(LNET_VERSION);
MODULE_LICENSE("GPL");
MODULE_ALIAS("lnet-lnd-tcp");
