// SPDX-License-Identifier: GPL-2.0
/*
 * Ioctls of /dev/lnet that modules of Lustre carry out, such as lnet_selftest's. A module puts a
 * notifier into a list; the first that knows an ioctl ends the walk.
 *
 * The argument is copied, and notifiers see only the copy. What it says of its own length was
 * checked by then, and cannot change. Its pointers to data that came with it point into the copy
 * meanwhile; user space gets its own back, not addresses of the kernel.
 */
#include "lustre/ioctl.h"
#include "hooks/alloc.h"
#include "show/device.h"

#include <lnet/handler.h>
#include <lnet/ioctl.h>

#include <linux/capability.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/uaccess.h>

static_assert(sizeof(struct libcfs_ioctl_data) == 128);

struct blocking_notifier_head lnet_ioctl_list = BLOCKING_NOTIFIER_INIT(lnet_ioctl_list);
EXPORT_SYMBOL(lnet_ioctl_list);

/*
 * Does the data that comes with the argument end in it? The second piece begins at a multiple of
 * 8 bytes after the first.
 */
static bool bulk_fits(const struct libcfs_ioctl_data *data)
{
	u64 len = sizeof(*data) + round_up((u64)data->ioc_inllen1, 8) + data->ioc_inllen2;

	return len <= data->ioc_hdr.ioc_len;
}

static int copy_check(const struct libcfs_ioctl_hdr *hdr)
{
	switch (hdr->ioc_version) {
	case LNET_IOCTL_VERSION_DATA:
		if (hdr->ioc_len < sizeof(struct libcfs_ioctl_data) ||
		    !bulk_fits((const struct libcfs_ioctl_data *)hdr))
			return -EINVAL;
		return 0;
	case LNET_IOCTL_VERSION_CONFIG:
		return 0;
	default:
		return -EINVAL;
	}
}

/*
 * Copy an argument, whose first bytes say how long it is. Notifiers read a struct libcfs_ioctl_data
 * whatever the version is, lnet_selftest's does: zeroes are behind an argument that is shorter.
 * Returns it, or -EFAULT and so on.
 */
static struct libcfs_ioctl_hdr *copy_in(const void __user *arg)
{
	struct libcfs_ioctl_hdr first, *hdr;
	int rc;

	if (copy_from_user(&first, arg, sizeof(first)))
		return ERR_PTR(-EFAULT);
	if (first.ioc_len < sizeof(first) || first.ioc_len > LNET_IOCTL_BYTES_MAX)
		return ERR_PTR(-EINVAL);
	hdr = lnet_alloc(kvzalloc(max_t(size_t, first.ioc_len, sizeof(struct libcfs_ioctl_data)),
				  GFP_KERNEL));
	if (!hdr)
		return ERR_PTR(-ENOMEM);
	rc = copy_from_user(hdr, arg, first.ioc_len) ? -EFAULT : 0;
	/* Another thread may have changed it since. */
	*hdr = first;
	rc = rc ?: copy_check(hdr);
	if (rc) {
		kvfree(hdr);
		return ERR_PTR(rc);
	}
	return hdr;
}

static int chain_call(unsigned int cmd, struct libcfs_ioctl_hdr *hdr)
{
	int rc = blocking_notifier_call_chain(&lnet_ioctl_list, cmd, hdr);

	return rc & NOTIFY_STOP_MASK ? notifier_to_errno(rc) : -EINVAL;
}

/* Call the notifiers with pointers into the copy. */
static int chain_call_data(unsigned int cmd, struct libcfs_ioctl_data *data)
{
	char *theirs_1 = data->ioc_inlbuf1, *theirs_2 = data->ioc_inlbuf2;
	char *bulk = (char *)(data + 1);
	int rc;

	data->ioc_inlbuf1 = data->ioc_inllen1 ? bulk : NULL;
	data->ioc_inlbuf2 = data->ioc_inllen2 ? bulk + round_up(data->ioc_inllen1, 8) : NULL;
	rc = chain_call(cmd, &data->ioc_hdr);
	data->ioc_inlbuf1 = theirs_1;
	data->ioc_inlbuf2 = theirs_2;
	return rc;
}

static long ioctl_run(unsigned int cmd, void __user *arg)
{
	struct libcfs_ioctl_hdr *hdr;
	u32 len;
	int rc;

	if (_IOC_TYPE(cmd) != IOC_LIBCFS_TYPE || _IOC_NR(cmd) < LNET_IOCTL_NR_MIN ||
	    _IOC_NR(cmd) > LNET_IOCTL_NR_MAX)
		return -ENOTTY;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	hdr = copy_in(arg);
	if (IS_ERR(hdr))
		return PTR_ERR(hdr);

	len = hdr->ioc_len;
	if (hdr->ioc_version == LNET_IOCTL_VERSION_DATA)
		rc = chain_call_data(cmd, (struct libcfs_ioctl_data *)hdr);
	else
		rc = chain_call(cmd, hdr);
	/* An answer may come with an error. */
	if (copy_to_user(arg, hdr, len))
		rc = rc ?: -EFAULT;
	kvfree(hdr);
	return rc;
}

static const struct lnet_device_other ioctl_other = {
	.owner = THIS_MODULE,
	.ioctl = ioctl_run,
};

/**
 * lnet_ioctl_init() - have ioctls of /dev/lnet carried out
 *
 * Context: task; may sleep.
 */
void lnet_ioctl_init(void)
{
	lnet_device_set_other(&ioctl_other);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_ioctl_init);

/**
 * lnet_ioctl_exit() - have them carried out no more
 *
 * None is carried out: that holds a reference of this module.
 *
 * Context: task; may sleep; as the module is removed.
 */
void lnet_ioctl_exit(void)
{
	lnet_device_set_other(NULL);
}
