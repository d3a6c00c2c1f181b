/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Checksums and hashes of data. See hash.c.
 */
#ifndef _LNET_LUSTRE_HASH_H
#define _LNET_LUSTRE_HASH_H

void lnet_hash_init(void);

#endif /* _LNET_LUSTRE_HASH_H */
