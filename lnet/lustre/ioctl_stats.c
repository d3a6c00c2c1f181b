// SPDX-License-Identifier: GPL-2.0
/*
 * Ioctls that tell the counters of this node, and let them begin anew.
 *
 * Counters of what there is none of here stay 0: messages that are sent again, and health.
 */
#include "lustre/ioctl.h"
#include "lustre/ioctl_layout.h"
#include "event/stat.h"
#include "network/ni.h"

#include <lnet/handler.h>

#include <linux/compiler.h>
#include <linux/string.h>

/* At the last reset. A reset by sysfs lets the counts begin at 0, too. */
static u64 timeouts_base, unroutable_base;	/* READ_ONCE, WRITE_ONCE */

static u64 stats_since(u64 now, const u64 *base)
{
	u64 then = READ_ONCE(*base);

	return now >= then ? now - then : now;
}

static int get_stats(void *arg)
{
	struct lnet_ioc_stats *s = arg;

	memset_startat(s, 0, common);
	lnet_counters_get_common(&s->common);
	s->response_timeout = stats_since(lnet_stats_response_timeouts(), &timeouts_base);
	s->local_no_route = stats_since(lnet_stats_unroutable(), &unroutable_base);
	return 0;
}

static int reset_stats(void *arg)
{
	lnet_ni_total_reset();
	WRITE_ONCE(timeouts_base, lnet_stats_response_timeouts());
	WRITE_ONCE(unroutable_base, lnet_stats_unroutable());
	return 0;
}

const struct lnet_ioctl_cmd lnet_ioctl_stats_cmds[] = {
	{ LNET_IOC_CONFIG(91), sizeof(struct lnet_ioc_stats), get_stats },
	{ LNET_IOC_CONFIG(110), 0, reset_stats },
	{}
};
