// SPDX-License-Identifier: GPL-2.0
/* The RPC client as a module: its parameters, and the order of things. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "client.h"
#include "common/start.h"

#include <linux/module.h>

static char *server = "0@lo";
module_param(server, charp, 0444);
MODULE_PARM_DESC(server, "NID of the server (default 0@lo)");

static char *self;
module_param(self, charp, 0444);
MODULE_PARM_DESC(self, "NID of this node to send from (default: any)");

static unsigned int max_in_flight = 8;
module_param(max_in_flight, uint, 0444);
MODULE_PARM_DESC(max_in_flight, "Number of RPCs at a time, 1 to 64 (default 8)");

static unsigned int rpc_size = RPC_MAX_BULK;
module_param(rpc_size, uint, 0444);
MODULE_PARM_DESC(rpc_size, "Longest data of one RPC, 1 to 1048576 bytes (default 1048576)");

static unsigned int timeout_ms = 5000;
module_param(timeout_ms, uint, 0444);
MODULE_PARM_DESC(timeout_ms, "Time limit for a reply, 1 to 600000 ms (default 5000)");

static unsigned int resends = 3;
module_param(resends, uint, 0444);
MODULE_PARM_DESC(resends, "Number of attempts after the first, 0 to 100 (default 3)");

static char *payload = "contiguous";
module_param(payload, charp, 0444);
MODULE_PARM_DESC(payload, "Kind of memory of bulk data: contiguous, kvec or pages (default contiguous)");

unsigned int rpcc_fault_crc;
module_param_named(fault_crc, rpcc_fault_crc, uint, 0644);
MODULE_PARM_DESC(fault_crc, "Interval of WRITEs that get a wrong CRC, in WRITEs; 0: none (default 0)");

unsigned int rpcc_fault_garble;
module_param_named(fault_garble, rpcc_fault_garble, uint, 0644);
MODULE_PARM_DESC(fault_garble, "Interval of requests with a flipped bit, in requests; 0: none (default 0)");

struct rpcc_settings rpcc_settings;

/* The object that the next open() means. Under the lock of the parameters. */
static u8 object[RPC_NAME_BYTES] = "object";

static int object_set(const char *value, const struct kernel_param *kp)
{
	u8 name[RPC_NAME_BYTES] = "";
	size_t len = strcspn(value, "\n");

	if (len >= sizeof(name))
		return -EINVAL;
	memcpy(name, value, len);
	if (!rpc_name_ok(name))
		return -EINVAL;
	memcpy(object, name, sizeof(object));
	return 0;
}

static int object_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", object);
}

static const struct kernel_param_ops object_ops = {
	.set	= object_set,
	.get	= object_get,
};

module_param_cb(object, &object_ops, NULL, 0644);
MODULE_PARM_DESC(object, "Name of the object that the device opens, 1 to 63 printable characters (default object)");

void rpcc_object_name(u8 *name)
{
	kernel_param_lock(THIS_MODULE);
	memcpy(name, object, sizeof(object));
	kernel_param_unlock(THIS_MODULE);
}

static int check_nids(void)
{
	rpcc_settings.self = LNET_NID_ANY;
	if (self && start_check_nid("self", self, &rpcc_settings.self))
		return -EINVAL;
	rpcc_settings.server.pid = LNET_PID_LUSTRE;
	return start_check_nid("server", server, &rpcc_settings.server.nid);
}

static int check_payload(void)
{
	static const char *const names[] = {
		[RPCC_CONTIGUOUS]	= "contiguous",
		[RPCC_KVEC]		= "kvec",
		[RPCC_PAGES]		= "pages",
	};
	int kind = match_string(names, ARRAY_SIZE(names), payload);

	if (kind == RPCC_KVEC && !RPC_KVECS) {
		pr_err("payload=kvec is not possible here: say contiguous or pages\n");
		return -EINVAL;
	}
	if (kind < 0) {
		pr_err("payload=%s is not contiguous, kvec or pages\n", payload);
		return kind;
	}
	rpcc_settings.payload = kind;
	return 0;
}

static int check_settings(void)
{
	if (check_nids() || check_payload() ||
	    start_check_range("max_in_flight", max_in_flight, 1, RPCC_MAX_IN_FLIGHT) ||
	    start_check_range("rpc_size", rpc_size, 1, RPC_MAX_BULK) ||
	    start_check_range("timeout_ms", timeout_ms, 1, RPC_MAX_TIMEOUT) ||
	    start_check_range("resends", resends, 0, RPCC_MAX_RESENDS))
		return -EINVAL;

	rpcc_settings.max_in_flight = max_in_flight;
	rpcc_settings.rpc_bytes = rpc_size;
	rpcc_settings.timeout_ms = timeout_ms;
	rpcc_settings.resends = resends;
	return 0;
}

/*
 * A message for a NID of this node goes by 0@lo, and the answer comes from there: the match entries
 * for it must name 0@lo. But from another NID of ours on the same network it travels to that NID.
 */
static void find_server(void)
{
	lnet_nid_t nid = rpcc_settings.server.nid, self = rpcc_settings.self;

	if (!rpc_is_local(nid))
		return;
	if (self == LNET_NID_ANY || self == nid || LNET_NIDNET(self) != LNET_NIDNET(nid))
		rpcc_settings.server.nid = LNET_NID_LO_0;
}

static int __init client_init(void)
{
	int rc;

	rc = check_settings();
	if (rc)
		return rc;
	rc = start_lnet();
	if (rc)
		return rc;
	find_server();
	rpcc_rpc_seed();
	rc = rpcc_stat_init();
	if (rc)
		goto err_stop_lnet;
	rc = rpcc_event_init();
	if (rc)
		goto err_stat;
	rc = rpcc_pool_init();
	if (rc)
		goto err_event;
	rc = rpcc_device_init();
	if (rc)
		goto err_pool;
	return 0;

err_pool:
	rpcc_pool_exit();
err_event:
	rpcc_event_exit();
err_stat:
	rpcc_stat_exit();
err_stop_lnet:
	LNetNIFini();
	pr_err("the client does not start: error %d\n", rc);
	return rc;
}

/*
 * The device is not open: each close() has cancelled the RPCs of its file. The pool is
 * through with them when LNet lets go of their memory, which a slow peer may hold up.
 */
static void __exit client_exit(void)
{
	rpcc_device_exit();
	rpcc_pool_exit();
	rpcc_event_exit();
	rpcc_stat_exit();
	LNetNIFini();
}

module_init(client_init);
module_exit(client_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("LNet test: RPC client with a device");
