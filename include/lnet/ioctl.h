/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests for LNetCtl(). Numbers and layouts are those of the ioctls of Lustre 2.12.
 */
#ifndef _LNET_IOCTL_H
#define _LNET_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define IOC_LIBCFS_TYPE			'e'
#define IOCTL_LIBCFS_TYPE		long

/* in: ioc_count, the index of an NI; out: ioc_nid, its NID */
#define IOC_LIBCFS_GET_NI	_IOWR(IOC_LIBCFS_TYPE, 50, IOCTL_LIBCFS_TYPE)
/* in: ioc_nid, the NID of a peer; ioc_flags, 0 if it is dead, else it is alive */
#define IOC_LIBCFS_NOTIFY_ROUTER \
			_IOWR(IOC_LIBCFS_TYPE, 55, IOCTL_LIBCFS_TYPE)
/* in: ioc_nid, a NID; out: ioc_nid, our NID that is nearest to it; ioc_u32[0], the
 * distance or -EHOSTUNREACH; ioc_u32[1], the order as in LNetDist()
 */
#define IOC_LIBCFS_LNET_DIST	_IOWR(IOC_LIBCFS_TYPE, 58, IOCTL_LIBCFS_TYPE)

/*
 * Those of ksocklnd. In: ioc_net, its network; a NID in ioc_nid, 0 or LNET_NID_ANY: any; an address
 * in ioc_u32[0], 0: any. show.c of the driver says what comes out.
 */
#define IOC_LIBCFS_CLOSE_CONNECTION	_IOWR(IOC_LIBCFS_TYPE, 71, IOCTL_LIBCFS_TYPE)
#define IOC_LIBCFS_PUSH_CONNECTION	_IOWR(IOC_LIBCFS_TYPE, 72, IOCTL_LIBCFS_TYPE)
#define IOC_LIBCFS_GET_CONN		_IOWR(IOC_LIBCFS_TYPE, 73, IOCTL_LIBCFS_TYPE)
#define IOC_LIBCFS_DEL_PEER		_IOWR(IOC_LIBCFS_TYPE, 74, IOCTL_LIBCFS_TYPE)
#define IOC_LIBCFS_ADD_PEER		_IOWR(IOC_LIBCFS_TYPE, 75, IOCTL_LIBCFS_TYPE)
#define IOC_LIBCFS_GET_PEER		_IOWR(IOC_LIBCFS_TYPE, 76, IOCTL_LIBCFS_TYPE)
#define IOC_LIBCFS_GET_INTERFACE	_IOWR(IOC_LIBCFS_TYPE, 80, IOCTL_LIBCFS_TYPE)

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
