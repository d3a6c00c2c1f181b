// SPDX-License-Identifier: GPL-2.0
/* The server's counters, as files in /sys/kernel/lnet_rpc_server. */
#include "server.h"

#include <linux/kobject.h>

struct rpcs_stats rpcs_stats = {
	.requests = RPC_STAT(requests),
	.replies = RPC_STAT(replies),
	.failures = RPC_STAT(failures),
	.malformed = RPC_STAT(malformed),
	.expired = RPC_STAT(expired),
	.discarded = RPC_STAT(discarded),
	.faults = RPC_STAT(faults),
	.queued = RPC_STAT(queued),
	.buffers_posted = RPC_STAT(buffers_posted),
	.reposts = RPC_STAT(reposts),
	.transfers_failed = RPC_STAT(transfers_failed),
	.crc_errors = RPC_STAT(crc_errors),
	.bytes_in = RPC_STAT(bytes_in),
	.bytes_out = RPC_STAT(bytes_out),
	.objects = RPC_STAT(objects),
	.pages = RPC_STAT(pages),
};

static const struct attribute *const attrs[] = {
	&rpcs_stats.requests.attr.attr,
	&rpcs_stats.replies.attr.attr,
	&rpcs_stats.failures.attr.attr,
	&rpcs_stats.malformed.attr.attr,
	&rpcs_stats.expired.attr.attr,
	&rpcs_stats.discarded.attr.attr,
	&rpcs_stats.faults.attr.attr,
	&rpcs_stats.queued.attr.attr,
	&rpcs_stats.buffers_posted.attr.attr,
	&rpcs_stats.reposts.attr.attr,
	&rpcs_stats.transfers_failed.attr.attr,
	&rpcs_stats.crc_errors.attr.attr,
	&rpcs_stats.bytes_in.attr.attr,
	&rpcs_stats.bytes_out.attr.attr,
	&rpcs_stats.objects.attr.attr,
	&rpcs_stats.pages.attr.attr,
	NULL
};

static struct kobject *dir;

int rpcs_stat_init(void)
{
	return rpc_stat_show_all("lnet_rpc_server", attrs, &dir);
}

void rpcs_stat_exit(void)
{
	kobject_put(dir);
}
