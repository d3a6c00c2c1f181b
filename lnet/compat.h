/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels we build for (6.1, 6.12, 7.2). The only
 * file with version tests; what is a macro is probed instead, as stable trees
 * backport.
 */
#ifndef _LNET_COMPAT_H
#define _LNET_COMPAT_H

#include <linux/uio.h>
#include <linux/version.h>
#include <linux/workqueue.h>

/* Names for the direction of an iov_iter, from 6.2 on. */
#ifndef ITER_SOURCE
#define ITER_SOURCE	1
#define ITER_DEST	0
#endif

#endif /* _LNET_COMPAT_H */
