/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The version of this tree, for modinfo, sysfs and packages (scripts/lib.sh reads it).
 * Documentation/changelog.rst says what changed for users.
 */
#ifndef _LNET_VERSION_H
#define _LNET_VERSION_H

#define LNET_VERSION "0.9.0"

#endif /* _LNET_VERSION_H */
