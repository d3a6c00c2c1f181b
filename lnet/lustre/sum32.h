/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Checksums of 32 bits, as algorithms of the kernel's crypto API. See sum32.c.
 */
#ifndef _LNET_LUSTRE_SUM32_H
#define _LNET_LUSTRE_SUM32_H

/* Ours for a kernel whose crypto API lacks them. */
#define LNET_SUM32_CRC32	"lnet-crc32"
#define LNET_SUM32_CRC32C	"lnet-crc32c"

int lnet_sum32_init(void);
void lnet_sum32_exit(void);

#endif /* _LNET_LUSTRE_SUM32_H */
