// SPDX-License-Identifier: GPL-2.0
/*
 * A client of LNet that breaks the rule about locks: it holds one, that a handler
 * of an EQ takes, across a call in which callbacks of that EQ may run. It never
 * hangs here, as the callback that runs is another; lockdep says so all the same.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <lnet/api.h>

#include <linux/module.h>
#include <linux/spinlock.h>

static DEFINE_SPINLOCK(clients_lock);

static void planted_handler(struct lnet_event *event)
{
	if (event->type != LNET_EVENT_SEND)
		return;
	spin_lock(&clients_lock);
	spin_unlock(&clients_lock);
}

static int bind(struct lnet_handle_eq eqh, struct lnet_handle_md *mdh)
{
	struct lnet_md md = {
		.threshold = 2,
		.eq_handle = eqh,
	};

	return LNetMDBind(md, LNET_RETAIN, mdh);
}

/* The handler takes the lock; then, with the lock, an UNLINK event. */
static int break_rule(struct lnet_handle_eq eqh)
{
	struct lnet_process_id to = { .nid = LNET_NID_LO_0, .pid = LNET_PID_LUSTRE };
	struct lnet_handle_md mdh;
	int rc = bind(eqh, &mdh);

	if (rc)
		return rc;
	rc = LNetPut(LNET_NID_ANY, mdh, LNET_NOACK_REQ, to, 9, 0, 0, 0);
	spin_lock(&clients_lock);
	rc = LNetMDUnlink(mdh) ?: rc;
	spin_unlock(&clients_lock);
	return rc;
}

static int __init planted_init(void)
{
	struct lnet_handle_eq eqh;
	int rc = LNetNIInit(LNET_PID_LUSTRE);

	if (rc < 0)
		return rc;
	rc = LNetEQAlloc(0, planted_handler, &eqh);
	if (!rc) {
		rc = break_rule(eqh);
		rc = LNetEQFree(eqh) ?: rc;
	}
	LNetNIFini();
	return rc;
}

static void __exit planted_exit(void)
{
}

module_init(planted_init);
module_exit(planted_exit);

MODULE_DESCRIPTION("A client of lnet that breaks the rule about locks");
MODULE_LICENSE("GPL");
