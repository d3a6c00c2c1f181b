// SPDX-License-Identifier: GPL-2.0
/* The client's counters, as files in /sys/kernel/lnet_rpc_client. */
#include "client.h"

#include <linux/kobject.h>

struct rpcc_stats rpcc_stats = {
	.rpcs_ok = RPC_STAT(rpcs_ok),
	.rpcs_failed = RPC_STAT(rpcs_failed),
	.rpcs_cancelled = RPC_STAT(rpcs_cancelled),
	.rpcs_in_flight = RPC_STAT(rpcs_in_flight),
	.timeouts = RPC_STAT(timeouts),
	.unsent = RPC_STAT(unsent),
	.resends = RPC_STAT(resends),
	.bad_replies = RPC_STAT(bad_replies),
	.crc_errors = RPC_STAT(crc_errors),
	.faults = RPC_STAT(faults),
	.bytes_written = RPC_STAT(bytes_written),
	.bytes_read = RPC_STAT(bytes_read),
	.files = RPC_STAT(files),
};

static const struct attribute *const attrs[] = {
	&rpcc_stats.rpcs_ok.attr.attr,
	&rpcc_stats.rpcs_failed.attr.attr,
	&rpcc_stats.rpcs_cancelled.attr.attr,
	&rpcc_stats.rpcs_in_flight.attr.attr,
	&rpcc_stats.timeouts.attr.attr,
	&rpcc_stats.unsent.attr.attr,
	&rpcc_stats.resends.attr.attr,
	&rpcc_stats.bad_replies.attr.attr,
	&rpcc_stats.crc_errors.attr.attr,
	&rpcc_stats.faults.attr.attr,
	&rpcc_stats.bytes_written.attr.attr,
	&rpcc_stats.bytes_read.attr.attr,
	&rpcc_stats.files.attr.attr,
	NULL
};

static struct kobject *dir;

int rpcc_stat_init(void)
{
	return rpc_stat_show_all("lnet_rpc_client", attrs, &dir);
}

void rpcc_stat_exit(void)
{
	kobject_put(dir);
}
