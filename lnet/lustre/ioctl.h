/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ioctls of /dev/lnet, as Lustre's tools and modules make them. See ioctl.c.
 */
#ifndef _LNET_LUSTRE_IOCTL_H
#define _LNET_LUSTRE_IOCTL_H

#include <linux/types.h>

#include <lnet/types.h>

/* Of struct libcfs_ioctl_hdr, and of the ioctls. */
#define LNET_IOCTL_VERSION_DATA		0x0001000a	/* struct libcfs_ioctl_data, and bulk */
#define LNET_IOCTL_VERSION_CONFIG	0x0001000b	/* other structures */

enum {
	LNET_IOCTL_NR_MIN	= 30,
	LNET_IOCTL_NR_MAX	= 112,
	LNET_IOCTL_BYTES_MAX	= 128 * 1024,
};

/**
 * struct lnet_ioctl_cmd - describe an ioctl that LNet carries out
 * @cmd: its number; 0 ends an array of them
 * @least: bytes that its argument has at least
 * @exact: it has no more
 * @run: carry it out: @arg is the kernel's copy of the argument, with zeroes behind it up to the
 *	size of struct libcfs_ioctl_data, and takes the answer. Returns 0; -E2BIG: the answer says
 *	how much room it needs; or another -errno, and there is no answer. NULL: it is refused with
 *	@refusal
 * @refusal: -errno
 */
struct lnet_ioctl_cmd {
	unsigned int cmd;
	unsigned int least;
	int (*run)(void *arg);
	int refusal;
	bool exact;
};

extern const struct lnet_ioctl_cmd lnet_ioctl_net_cmds[];	/* ioctl_net.c */
extern const struct lnet_ioctl_cmd lnet_ioctl_peer_cmds[];	/* ioctl_peer.c */
extern const struct lnet_ioctl_cmd lnet_ioctl_ping_cmds[];	/* ioctl_ping.c */
extern const struct lnet_ioctl_cmd lnet_ioctl_stats_cmds[];	/* ioctl_stats.c */
extern const struct lnet_ioctl_cmd lnet_ioctl_other_cmds[];	/* ioctl_other.c */

/*
 * Is @nid, from a program, a NID as programs know it: one with an address of 4 bytes, or the one
 * that stands for any? Other numbers mean something inside of LNet only.
 */
static inline bool lnet_ioctl_nid_is_sound(u64 nid)
{
	return !(nid >> 56) || nid == LNET_NID_ANY;
}

void lnet_ioctl_init(void);
void lnet_ioctl_exit(void);

#endif /* _LNET_LUSTRE_IOCTL_H */
