/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests of LNetCtl(), with the numbers and layouts of the EQ-era ioctls.
 */
#ifndef _LNET_IOCTL_H
#define _LNET_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define IOC_LIBCFS_TYPE			'e'
#define IOCTL_LIBCFS_TYPE		long

/* ioc_count: index in; ioc_nid: the NID of that NI out */
#define IOC_LIBCFS_GET_NI	_IOWR(IOC_LIBCFS_TYPE, 50, IOCTL_LIBCFS_TYPE)
/* ioc_nid: a peer; ioc_flags: not 0 if it is alive, 0 if it is dead */
#define IOC_LIBCFS_NOTIFY_ROUTER \
			_IOWR(IOC_LIBCFS_TYPE, 55, IOCTL_LIBCFS_TYPE)
/* ioc_nid: in a NID, out ours nearest to it; ioc_u32[0]: distance, or
 * -EHOSTUNREACH; ioc_u32[1]: order, see LNetDist()
 */
#define IOC_LIBCFS_LNET_DIST	_IOWR(IOC_LIBCFS_TYPE, 58, IOCTL_LIBCFS_TYPE)

struct libcfs_ioctl_hdr {
	__u32 ioc_len;
	__u32 ioc_version;
};

struct libcfs_ioctl_data {
	struct libcfs_ioctl_hdr ioc_hdr;

	__u64 ioc_nid;
	__u64 ioc_u64[1];

	__u32 ioc_flags;
	__u32 ioc_count;
	__u32 ioc_net;
	__u32 ioc_u32[7];

	__u32 ioc_inllen1;
	char *ioc_inlbuf1;
	__u32 ioc_inllen2;
	char *ioc_inlbuf2;

	__u32 ioc_plen1;
	void __user *ioc_pbuf1;
	__u32 ioc_plen2;
	void __user *ioc_pbuf2;
};

#endif /* _LNET_IOCTL_H */
