// SPDX-License-Identifier: GPL-2.0
/* The RPC server as a module: its parameters, and the order of things. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "server.h"
#include "common/start.h"

#include <linux/mm.h>
#include <linux/module.h>

static unsigned int threads = 4;
module_param(threads, uint, 0444);
MODULE_PARM_DESC(threads, "Number of service threads, 1 to 64 (default 4)");

static unsigned int request_buffers = 4;
module_param(request_buffers, uint, 0444);
MODULE_PARM_DESC(request_buffers, "Number of request buffers, 1 to 64 (default 4)");

static unsigned int buffer_bytes = 64 << 10;
module_param(buffer_bytes, uint, 0444);
MODULE_PARM_DESC(buffer_bytes, "Size of a request buffer, 128 to 1048576 bytes (default 65536)");

static unsigned int bulk_timeout_ms = 5000;
module_param(bulk_timeout_ms, uint, 0444);
MODULE_PARM_DESC(bulk_timeout_ms, "Time limit for a client's data, 1 to 600000 ms (default 5000)");

static unsigned int limit_mib;
module_param(limit_mib, uint, 0444);
MODULE_PARM_DESC(limit_mib, "Memory of all objects, in MiB; 0: half of the machine's memory (default 0)");

unsigned int rpcs_fault_crc;
module_param_named(fault_crc, rpcs_fault_crc, uint, 0644);
MODULE_PARM_DESC(fault_crc, "Interval of READs that get a wrong CRC, in READs; 0: none (default 0)");

unsigned int rpcs_fault_drop;
module_param_named(fault_drop, rpcs_fault_drop, uint, 0644);
MODULE_PARM_DESC(fault_drop, "Interval of requests that stay unanswered, in requests; 0: none (default 0)");

unsigned int rpcs_fault_garble;
module_param_named(fault_garble, rpcs_fault_garble, uint, 0644);
MODULE_PARM_DESC(fault_garble, "Interval of replies with a flipped bit, in replies; 0: none (default 0)");

struct rpcs_settings rpcs_settings;

static int check_settings(void)
{
	unsigned long ram_mib = totalram_pages() >> (20 - PAGE_SHIFT);

	if (start_check_range("threads", threads, 1, RPCS_MAX_THREADS) ||
	    start_check_range("request_buffers", request_buffers, 1, RPCS_MAX_BUFFERS) ||
	    start_check_range("buffer_bytes", buffer_bytes, sizeof(struct rpc_wire_request),
			      RPCS_MAX_BUFFER_BYTES) ||
	    start_check_range("bulk_timeout_ms", bulk_timeout_ms, 1, RPC_MAX_TIMEOUT) ||
	    start_check_range("limit_mib", limit_mib, 0, ram_mib))
		return -EINVAL;

	rpcs_settings.threads = threads;
	rpcs_settings.request_buffers = request_buffers;
	rpcs_settings.buffer_bytes = buffer_bytes;
	rpcs_settings.bulk_timeout_ms = bulk_timeout_ms;
	rpcs_settings.limit_pages = limit_mib ?
		(unsigned long)limit_mib << (20 - PAGE_SHIFT) :
		totalram_pages() / 2;
	return 0;
}

static int __init server_init(void)
{
	int rc;

	rc = check_settings();
	if (rc)
		return rc;
	rc = start_lnet();
	if (rc)
		return rc;
	rc = rpcs_stat_init();
	if (rc)
		goto err_stop_lnet;
	rc = rpcs_store_init();
	if (rc)
		goto err_stat;
	rc = rpcs_transfer_init();
	if (rc)
		goto err_store;
	rc = rpcs_portal_open();
	if (rc)
		goto err_transfer;
	rc = rpcs_service_start();
	if (rc)
		goto err_portal;
	return 0;

err_portal:
	rpcs_portal_close();
err_transfer:
	rpcs_transfer_exit();
err_store:
	rpcs_store_exit();
err_stat:
	rpcs_stat_exit();
err_stop_lnet:
	LNetNIFini();
	pr_err("the service does not start: error %d\n", rc);
	return rc;
}

static void __exit server_exit(void)
{
	rpcs_service_stop();
	rpcs_portal_close();
	rpcs_transfer_exit();
	rpcs_store_exit();
	rpcs_stat_exit();
	LNetNIFini();
}

module_init(server_init);
module_exit(server_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("LNet test: RPC server with objects in memory");
