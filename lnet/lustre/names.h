/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The NIDs of this node. See names.c.
 */
#ifndef _LNET_LUSTRE_NAMES_H
#define _LNET_LUSTRE_NAMES_H

#include <lnet/types.h>

lnet_nid_t *lnet_names_snapshot(unsigned int *nr);

#endif /* _LNET_LUSTRE_NAMES_H */
