/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Telling that the NIDs of this node have changed. See ni_change.c.
 */
#ifndef _LNET_NI_CHANGE_H
#define _LNET_NI_CHANGE_H

#include <linux/notifier.h>

int lnet_ni_change_register(struct notifier_block *nb);
void lnet_ni_change_unregister(struct notifier_block *nb);
void lnet_ni_change_note(void);

#endif /* _LNET_NI_CHANGE_H */
