// SPDX-License-Identifier: GPL-2.0
/*
 * Ioctls of /dev/lnet, as Lustre's tools make them. Those of LNet are in tables, one for each of
 * the files ioctl_*.c; some are those of a driver, which LNetCtl() finds; and others are carried
 * out by modules of Lustre, such as lnet_selftest. A module puts a notifier into a list; the first
 * that knows an ioctl ends the walk.
 *
 * The argument is copied, and only the copy is read. What it says of its own length was checked by
 * then, and cannot change. The pointers to data that came with it point into the copy while
 * notifiers see it; user space gets its own back, not addresses of the kernel.
 *
 * The order of the checks is that of an existing interface, and so are the errors.
 */
#include "lustre/ioctl.h"
#include "hooks/alloc.h"
#include "lustre/ioctl_layout.h"
#include "network/networks.h"
#include "network/ni.h"
#include "network/ni_start.h"
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

/* Is the data that comes with the argument all that follows it? Each piece is padded to 8 bytes. */
static bool bulk_fits(const struct libcfs_ioctl_data *data)
{
	u64 len = sizeof(*data) + round_up((u64)data->ioc_inllen1, 8) +
		  round_up((u64)data->ioc_inllen2, 8);

	return len == data->ioc_hdr.ioc_len;
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
 * Copy an argument, whose first bytes say how long it is. Zeroes are behind one that is shorter
 * than a struct libcfs_ioctl_data.
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

/* Call the notifiers with pointers into the copy. */
static int chain_call(unsigned int cmd, struct libcfs_ioctl_data *data)
{
	char *theirs_1 = data->ioc_inlbuf1, *theirs_2 = data->ioc_inlbuf2;
	char *bulk = (char *)(data + 1);
	int rc;

	data->ioc_inlbuf1 = data->ioc_inllen1 ? bulk : NULL;
	data->ioc_inlbuf2 = data->ioc_inllen2 ? bulk + round_up(data->ioc_inllen1, 8) : NULL;
	rc = blocking_notifier_call_chain(&lnet_ioctl_list, cmd, data);
	data->ioc_inlbuf1 = theirs_1;
	data->ioc_inlbuf2 = theirs_2;
	return rc & NOTIFY_STOP_MASK ? notifier_to_errno(rc) : -EINVAL;
}

/* Ioctls of LNet ------------------------------------------------------------ */

static const struct lnet_ioctl_cmd *const tables[] = {
	lnet_ioctl_net_cmds,
	lnet_ioctl_peer_cmds,
	lnet_ioctl_ping_cmds,
	lnet_ioctl_stats_cmds,
	lnet_ioctl_other_cmds,
};

static const struct lnet_ioctl_cmd *cmd_find(unsigned int number)
{
	const struct lnet_ioctl_cmd *cmd;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tables); i++)
		for (cmd = tables[i]; cmd->cmd; cmd++)
			if (cmd->cmd == number)
				return cmd;
	return NULL;
}

static int cmd_run(const struct lnet_ioctl_cmd *cmd, struct libcfs_ioctl_hdr *hdr)
{
	if (hdr->ioc_len < cmd->least || (cmd->exact && hdr->ioc_len > cmd->least))
		return -EINVAL;
	return cmd->run ? cmd->run(hdr) : cmd->refusal;
}

/* Those that are carried out while LNet is down, too. Returns 1 if it is none of them. */
static int ioctl_configure(unsigned int cmd, const struct libcfs_ioctl_hdr *hdr)
{
	switch (_IOC_NR(cmd)) {
	case LNET_IOC_NR_UNCONFIGURE:
		return hdr->ioc_len < sizeof(struct libcfs_ioctl_data) ? -EINVAL :
		       lnet_ni_configure(false);
	case LNET_IOC_NR_CONFIGURE:
		if (hdr->ioc_len < sizeof(struct libcfs_ioctl_data))
			return -EINVAL;
		return lnet_networks_default("tcp") ?: lnet_ni_configure(true);
	/* Networks are added and removed by netlink; these are refused in any form. */
	case LNET_IOC_NR_ADD_NET:
	case LNET_IOC_NR_DEL_NET:
	case LNET_IOC_NR_ADD_LOCAL_NI:
	case LNET_IOC_NR_DEL_LOCAL_NI:
		return -EINVAL;
	default:
		return 1;
	}
}

/* A driver's? Returns -EINVAL if it is not, or is refused. */
static int driver_call(unsigned int cmd, struct libcfs_ioctl_hdr *hdr)
{
	struct libcfs_ioctl_data *data = (struct libcfs_ioctl_data *)hdr;
	int rc;

	if (hdr->ioc_version != LNET_IOCTL_VERSION_DATA ||
	    _IOC_NR(cmd) < LNET_IOC_NR_DRIVER_MIN || _IOC_NR(cmd) > LNET_IOC_NR_DRIVER_MAX ||
	    !lnet_ioctl_nid_is_sound(data->ioc_nid) || data->ioc_net >> 24)
		return -EINVAL;
	rc = lnet_api_ctl(cmd, data);
	return rc == -EOPNOTSUPP ? -EINVAL : rc;
}

/*
 * Carry an ioctl out. *@answers is set if @hdr is to be copied back. Notifiers may answer together
 * with an error.
 */
static int ioctl_carry_out(unsigned int cmd, struct libcfs_ioctl_hdr *hdr, bool *answers)
{
	const struct lnet_ioctl_cmd *own;
	int rc;

	rc = ioctl_configure(cmd, hdr);
	if (rc <= 0) {
		*answers = !rc;
		return rc;
	}
	if (!lnet_ni_nids(NULL, 0))
		return -ENETDOWN;
	own = cmd_find(cmd);
	rc = own ? cmd_run(own, hdr) : driver_call(cmd, hdr);
	*answers = !rc || rc == -E2BIG;
	if (own || rc != -EINVAL)
		return rc;
	/* A notifier follows pointers, which are checked in a struct libcfs_ioctl_data only. */
	if (hdr->ioc_version != LNET_IOCTL_VERSION_DATA)
		return -EINVAL;
	*answers = true;
	return chain_call(cmd, (struct libcfs_ioctl_data *)hdr);
}

static long ioctl_run(unsigned int cmd, void __user *arg)
{
	struct libcfs_ioctl_hdr *hdr;
	bool answers = false;
	u32 len;
	int rc;

	if (!capable(CAP_SYS_ADMIN))
		return -EACCES;
	if (_IOC_TYPE(cmd) != IOC_LIBCFS_TYPE || _IOC_NR(cmd) < LNET_IOCTL_NR_MIN ||
	    _IOC_NR(cmd) > LNET_IOCTL_NR_MAX)
		return -EINVAL;
	hdr = copy_in(arg);
	if (IS_ERR(hdr))
		return PTR_ERR(hdr);

	len = hdr->ioc_len;
	rc = ioctl_carry_out(cmd, hdr, &answers);
	if (answers && copy_to_user(arg, hdr, len))
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
