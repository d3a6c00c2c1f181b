/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which version of Lustre we speak to. See version.c.
 */
#ifndef _LNET_LUSTRE_VERSION_H
#define _LNET_LUSTRE_VERSION_H

int lnet_version_init(void);
void lnet_version_exit(void);

#endif /* _LNET_LUSTRE_VERSION_H */
