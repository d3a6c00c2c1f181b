// SPDX-License-Identifier: GPL-2.0
/*
 * LNet up and down, for users of the handler interface.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "lustre/init.h"
#include "hooks/alloc.h"
#include "lustre/handler.h"
#include "network/networks.h"

#include <lnet/handler.h>

#include <linux/export.h>
#include <linux/mutex.h>
#include <linux/printk.h>

static DEFINE_MUTEX(uses_mutex);	/* outside of lnet_init_mutex */
static unsigned int uses;		/* under uses_mutex */

static int init_locked(lnet_pid_t pid)
{
	int rc = 0, before;

	/* An empty networks= has this meaning to those users. */
	if (pid != LNET_PID_ANY)
		rc = lnet_networks_default("tcp");
	if (rc)
		return rc;
	before = lnet_api_ni_init(pid);
	if (before < 0)
		return before;
	if (!uses)
		rc = lnet_handler_open();
	if (rc) {
		lnet_api_ni_fini();
		return rc;
	}
	uses++;
	return before;
}

/**
 * LNetNIInit() - bring LNet up, or share it if it is up
 * @requested_pid: the PID of this node, if LNet is down; LNET_PID_ANY: do not bring LNet up
 *
 * If no networks are configured, tcp is, with the first interface that is up and has an address.
 *
 * Context: task; may sleep.
 * Return: the number of uses before this one; -ENETDOWN: LNET_PID_ANY, and LNet is down; -ENODEV: a
 * network has no driver or no interface; or another error of the EQ interface's function of this
 * name. The log says which network failed.
 */
int LNetNIInit(lnet_pid_t requested_pid)
{
	int rc;

	mutex_lock(&uses_mutex);
	rc = init_locked(requested_pid);
	mutex_unlock(&uses_mutex);
	return rc;
}
EXPORT_SYMBOL(LNetNIInit);

/**
 * LNetNIFini() - give up the use of LNet
 *
 * Context: task; may sleep.
 * Return: 0.
 */
int LNetNIFini(void)
{
	mutex_lock(&uses_mutex);
	if (uses) {
		if (!--uses)
			lnet_handler_close();
		lnet_api_ni_fini();
	}
	mutex_unlock(&uses_mutex);
	return 0;
}
EXPORT_SYMBOL(LNetNIFini);

/**
 * lnet_init_exit() - give up the uses of LNet that modules have left behind
 *
 * Without them LNet goes down, unless clients of the EQ interface use it. It must not call our
 * callback for an MD that was left behind, too, when that is gone.
 *
 * Context: task; may sleep; as the module is removed, so there is no caller of the others.
 */
void lnet_init_exit(void)
{
	if (uses)
		pr_err("LNetNIFini() was called %u times too few\n", uses);
	while (uses)
		LNetNIFini();
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_init_exit);
