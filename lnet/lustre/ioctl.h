/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ioctls of /dev/lnet that modules of Lustre carry out. See ioctl.c.
 */
#ifndef _LNET_LUSTRE_IOCTL_H
#define _LNET_LUSTRE_IOCTL_H

/* Of struct libcfs_ioctl_hdr, and of the ioctls. */
#define LNET_IOCTL_VERSION_DATA		0x0001000a	/* struct libcfs_ioctl_data, and bulk */
#define LNET_IOCTL_VERSION_CONFIG	0x0001000b	/* other structures */

enum {
	LNET_IOCTL_NR_MIN	= 30,
	LNET_IOCTL_NR_MAX	= 112,
	LNET_IOCTL_BYTES_MAX	= 128 * 1024,
};

void lnet_ioctl_init(void);
void lnet_ioctl_exit(void);

#endif /* _LNET_LUSTRE_IOCTL_H */
