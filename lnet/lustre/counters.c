// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of this node, for lnet_selftest; and what the interface asks of a page.
 */
#include "network/ni.h"

#include <lnet/handler.h>

#include <linux/export.h>
#include <linux/string.h>

/**
 * lnet_counters_get_common() - read the counters of this node
 * @common: set to sums over all NIs since the last reset; there are no routes
 *
 * Counters of 32 bits wrap round. The most messages that there ever were at a time is not known:
 * there it says how many any reader has found.
 *
 * Context: task; may sleep.
 */
void lnet_counters_get_common(struct lnet_counters_common *common)
{
	struct lnet_ni_total total;

	lnet_ni_total_read(&total);
	*common = (struct lnet_counters_common) {
		.lcc_msgs_alloc = total.messages,
		.lcc_msgs_max = total.messages_most,
		.lcc_errors = total.send_errors,
		.lcc_send_count = total.sends,
		.lcc_recv_count = total.receives,
		.lcc_drop_count = total.drops,
		.lcc_send_length = total.send_bytes,
		.lcc_recv_length = total.receive_bytes,
		.lcc_drop_length = total.dropped_bytes,
	};
}
EXPORT_SYMBOL(lnet_counters_get_common);

/**
 * lnet_is_rdma_only_page() - tell whether only a network card may read a page
 * @page: the page
 *
 * Memory of a GPU would be, and is refused where an MD is made of it.
 *
 * Context: any.
 * Return: false.
 */
bool lnet_is_rdma_only_page(struct page *page)
{
	return false;
}
EXPORT_SYMBOL(lnet_is_rdma_only_page);
