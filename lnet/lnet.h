/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all of the core shares. The order of its locks is in
 * Documentation/locking.rst: who adds a lock gives it a place there.
 */
#ifndef _LNET_LNET_H
#define _LNET_LNET_H

#ifdef CONFIG_PREEMPT_RT
#error "lnet relies on spinlocks that do not sleep: PREEMPT_RT is not supported"
#endif

/* One of these begins every line of the log. */
#define LNET_NAME	"lnet"

#endif /* _LNET_LNET_H */
