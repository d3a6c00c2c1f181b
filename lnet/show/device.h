/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device /dev/lnet. See device.c.
 */
#ifndef _LNET_DEVICE_H
#define _LNET_DEVICE_H

int lnet_device_init(void);
void lnet_device_exit(void);

#endif /* _LNET_DEVICE_H */
