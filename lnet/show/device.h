/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device /dev/lnet. See device.c.
 */
#ifndef _LNET_DEVICE_H
#define _LNET_DEVICE_H

struct module;

/* What another module does with ioctls, of which this device has none. */
struct lnet_device_other {
	struct module *owner;	/* stays while @ioctl runs */

	/*
	 * Carry out an ioctl. Context: task; may sleep; of one open file any number at a time.
	 * Return: what the caller gets, -ENOTTY if it is none.
	 */
	long (*ioctl)(unsigned int cmd, void __user *arg);
};

int lnet_device_init(void);
void lnet_device_exit(void);
void lnet_device_set_other(const struct lnet_device_other *to);

#endif /* _LNET_DEVICE_H */
