/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Telling Lustre's modules of changes of this node's NIDs. See updates.c.
 */
#ifndef _LNET_LUSTRE_UPDATES_H
#define _LNET_LUSTRE_UPDATES_H

int lnet_updates_init(void);
void lnet_updates_exit(void);

#endif /* _LNET_LUSTRE_UPDATES_H */
