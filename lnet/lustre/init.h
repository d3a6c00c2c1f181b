/* SPDX-License-Identifier: GPL-2.0 */
/*
 * LNet up and down. See init.c.
 */
#ifndef _LNET_LUSTRE_INIT_H
#define _LNET_LUSTRE_INIT_H

void lnet_init_exit(void);

#endif /* _LNET_LUSTRE_INIT_H */
