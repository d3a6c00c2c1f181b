// SPDX-License-Identifier: GPL-2.0
/*
 * What Lustre's parameter files give to lnet.ko, and what belongs to the TCP driver here. It is
 * taken, so that such a file works as it is, and handed to the driver.
 */
#include <lnet/lnd.h>

#include <linux/export.h>
#include <linux/module.h>

static struct lnet_acceptor acceptor;	/* written before anything is running */

module_param_named(accept, acceptor.accept, charp, 0444);
MODULE_PARM_DESC(accept, "As accept= of ksocklnd, which counts if it is not its default (default: none)");

module_param_named(accept_port, acceptor.port, uint, 0444);
MODULE_PARM_DESC(accept_port, "As accept_port= of ksocklnd, which counts if it is not its default (default: none)");

module_param_named(accept_backlog, acceptor.backlog, uint, 0444);
MODULE_PARM_DESC(accept_backlog, "As accept_backlog= of ksocklnd, which counts if it is not its default (default: none)");

module_param_named(accept_timeout, acceptor.timeout, uint, 0444);
MODULE_PARM_DESC(accept_timeout, "As accept_timeout= of ksocklnd, which counts if it is not its default (default: none)");

/**
 * lnet_acceptor_given() - tell what lnet.ko was given about incoming connections
 *
 * The driver checks the values: they have its ranges.
 *
 * Context: any.
 * Return: the values; NULL and 0 are those that were not given. They never change.
 */
const struct lnet_acceptor *lnet_acceptor_given(void)
{
	return &acceptor;
}
EXPORT_SYMBOL_GPL(lnet_acceptor_given);
