// SPDX-License-Identifier: GPL-2.0
/*
 * ksocklnd.ko: LNet over TCP. Its parameters, and what is made in which order.
 * NIs come up with LNetNIInit().
 */
#include "conn.h"
#include "net.h"
#include "param.h"
#include "worker.h"

#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/string.h>

static char *accept = "secure";
module_param(accept, charp, 0444);
MODULE_PARM_DESC(accept, "whose connections are taken: secure (from privileged ports), all or none");

static unsigned int accept_port = 988;
module_param(accept_port, uint, 0444);
MODULE_PARM_DESC(accept_port, "where we listen, and where peers do, 1 to 65535");

static unsigned int accept_backlog = 127;
module_param(accept_backlog, uint, 0444);
MODULE_PARM_DESC(accept_backlog, "connections that may wait to be accepted, 1 to 65535");

static unsigned int accept_timeout = 5;
module_param(accept_timeout, uint, 0444);
MODULE_PARM_DESC(accept_timeout, "for a peer to say who it is, s, 1 to 3600");

static unsigned int sock_timeout = 50;
module_param(sock_timeout, uint, 0444);
MODULE_PARM_DESC(sock_timeout, "without progress, until a connection is given up, s, 1 to 3600");

static unsigned int min_reconnect_ms = 1000;
module_param(min_reconnect_ms, uint, 0444);
MODULE_PARM_DESC(min_reconnect_ms, "pause after a peer could not be reached, ms, 1 to 3600000");

static unsigned int max_reconnect_ms = 60000;
module_param(max_reconnect_ms, uint, 0444);
MODULE_PARM_DESC(max_reconnect_ms, "the longest such pause, after doubling, ms, 1 to 3600000");

static unsigned int keepalive_idle = 30;
module_param(keepalive_idle, uint, 0444);
MODULE_PARM_DESC(keepalive_idle, "silence after which a sign of life is sent, s, up to 3600; 0: never");

static unsigned int nscheds;
module_param(nscheds, uint, 0444);
MODULE_PARM_DESC(nscheds, "worker threads, up to 1024; 0: one for each CPU");

static unsigned int peer_credits = 128;
module_param(peer_credits, uint, 0444);
MODULE_PARM_DESC(peer_credits, "messages to one peer that TCP may be given at a time, 1 to 65535");

static unsigned int credits = 4096;
module_param(credits, uint, 0444);
MODULE_PARM_DESC(credits, "the same to all peers of an NI, 1 to 1048576");

static unsigned int min_bulk = 1024;
module_param(min_bulk, uint, 0444);
MODULE_PARM_DESC(min_bulk, "messages from so many bytes on, headers included, go by a bulk connection");

static char *zerocopy = "auto";
module_param(zerocopy, charp, 0444);
MODULE_PARM_DESC(zerocopy, "send pages without copying: auto (where the device takes fragments and sums them), always or never");

static unsigned int zc_min_payload = 16384;
module_param(zc_min_payload, uint, 0444);
MODULE_PARM_DESC(zc_min_payload, "payloads in pages from so many bytes on are sent without copying");

struct lnet_sock_params lnet_sock_params;

static int check_range(const char *name, unsigned int value, unsigned int min,
		       unsigned int max)
{
	if (value >= min && value <= max)
		return 0;
	pr_err(LNET_SOCK_NAME ": %s=%u is not in %u..%u\n", name, value, min, max);
	return -EINVAL;
}

static int check_accept(void)
{
	static const char *const names[] = {
		[LNET_SOCK_ACCEPT_NONE]		= "none",
		[LNET_SOCK_ACCEPT_SECURE]	= "secure",
		[LNET_SOCK_ACCEPT_ALL]		= "all",
	};
	int which = match_string(names, ARRAY_SIZE(names), accept);

	if (which < 0) {
		pr_err(LNET_SOCK_NAME ": accept=%s is not secure, all or none\n", accept);
		return -EINVAL;
	}
	lnet_sock_params.accept = which;
	return 0;
}

static int check_zerocopy(void)
{
	static const char *const names[] = {
		[LNET_SOCK_ZEROCOPY_NEVER]	= "never",
		[LNET_SOCK_ZEROCOPY_AUTO]	= "auto",
		[LNET_SOCK_ZEROCOPY_ALWAYS]	= "always",
	};
	int which = match_string(names, ARRAY_SIZE(names), zerocopy);

	if (which < 0) {
		pr_err(LNET_SOCK_NAME ": zerocopy=%s is not auto, always or never\n", zerocopy);
		return -EINVAL;
	}
	lnet_sock_params.zerocopy = which;
	return 0;
}

static int check_params(void)
{
	if (check_accept() || check_zerocopy() ||
	    check_range("accept_port", accept_port, 1, 65535) ||
	    check_range("accept_backlog", accept_backlog, 1, 65535) ||
	    check_range("accept_timeout", accept_timeout, 1, 3600) ||
	    check_range("sock_timeout", sock_timeout, 1, 3600) ||
	    check_range("min_reconnect_ms", min_reconnect_ms, 1, 3600000) ||
	    check_range("max_reconnect_ms", max_reconnect_ms, min_reconnect_ms, 3600000) ||
	    check_range("keepalive_idle", keepalive_idle, 0, 3600) ||
	    check_range("nscheds", nscheds, 0, 1024) ||
	    check_range("peer_credits", peer_credits, 1, 65535) ||
	    check_range("credits", credits, 1, 1048576))
		return -EINVAL;

	lnet_sock_params.port = accept_port;
	lnet_sock_params.backlog = accept_backlog;
	lnet_sock_params.accept_timeout = accept_timeout;
	lnet_sock_params.timeout = sock_timeout;
	lnet_sock_params.min_reconnect_ms = min_reconnect_ms;
	lnet_sock_params.max_reconnect_ms = max_reconnect_ms;
	lnet_sock_params.keepalive_idle = keepalive_idle;
	lnet_sock_params.nscheds = nscheds ?: num_online_cpus();
	lnet_sock_params.peer_credits = peer_credits;
	lnet_sock_params.credits = credits;
	lnet_sock_params.min_bulk = min_bulk;
	lnet_sock_params.zc_min_payload = zc_min_payload;
	return 0;
}

static const struct lnet_lnd lnd = {
	.owner		= THIS_MODULE,
	.type		= SOCKLND,
	.name		= "tcp",
	.lnd_startup	= lnet_sock_net_startup,
	.lnd_shutdown	= lnet_sock_net_shutdown,
	.lnd_nid	= lnet_sock_iface_nid,
	.lnd_send	= lnet_sock_net_send,
	.lnd_recv	= lnet_sock_recv,
	.lnd_eager_recv	= lnet_sock_eager_recv,
	.lnd_query	= lnet_sock_net_query,
	.lnd_accept	= lnet_sock_greet,
};

static int __init socklnd_init(void)
{
	int rc;

	rc = check_params();
	if (rc)
		return rc;
	rc = -ENOMEM;
	lnet_sock_wq = alloc_workqueue(LNET_SOCK_NAME, WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!lnet_sock_wq)
		return rc;
	/* Each item of the others may wait for somebody who does not speak. */
	lnet_sock_dial_wq = alloc_workqueue(LNET_SOCK_NAME "-dial", WQ_UNBOUND | WQ_MEM_RECLAIM,
					    WQ_MAX_ACTIVE);
	if (!lnet_sock_dial_wq)
		goto err_wq;
	lnet_sock_accept_wq = alloc_workqueue(LNET_SOCK_NAME "-accept", WQ_UNBOUND,
					      WQ_MAX_ACTIVE);
	if (!lnet_sock_accept_wq)
		goto err_dial_wq;
	lnet_sock_greet_wq = alloc_workqueue(LNET_SOCK_NAME "-greet", WQ_UNBOUND, WQ_MAX_ACTIVE);
	if (!lnet_sock_greet_wq)
		goto err_accept_wq;
	rc = lnet_sock_workers_start();
	if (rc)
		goto err_greet_wq;
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
err_greet_wq:
	destroy_workqueue(lnet_sock_greet_wq);
err_accept_wq:
	destroy_workqueue(lnet_sock_accept_wq);
err_dial_wq:
	destroy_workqueue(lnet_sock_dial_wq);
err_wq:
	destroy_workqueue(lnet_sock_wq);
	return rc;
}

/* No NI is left: each holds the module. */
static void __exit socklnd_exit(void)
{
	lnet_lnd_unregister(&lnd);
	lnet_sock_sysfs_exit();
	lnet_sock_iface_exit();
	lnet_sock_workers_stop();
	destroy_workqueue(lnet_sock_greet_wq);
	destroy_workqueue(lnet_sock_accept_wq);
	destroy_workqueue(lnet_sock_dial_wq);
	destroy_workqueue(lnet_sock_wq);
}

module_init(socklnd_init);
module_exit(socklnd_exit);

MODULE_DESCRIPTION("LNet over TCP");
MODULE_LICENSE("GPL");
MODULE_ALIAS("lnet-lnd-tcp");
