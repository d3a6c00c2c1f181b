/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Definitions that all of the core shares. Documentation/locking.rst has the order of
 * its locks: give every new lock a place there.
 */
#ifndef _LNET_LNET_H
#define _LNET_LNET_H

#ifdef CONFIG_PREEMPT_RT
#error "lnet relies on spinlocks that do not sleep: PREEMPT_RT is not supported"
#endif

/*
 * Name of the module, its folders in sysfs and debugfs, its device and its work queue; begins its
 * warnings.
 */
#define LNET_NAME	"lnet"

#endif /* _LNET_LNET_H */
