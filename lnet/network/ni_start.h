/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How LNet and its NIs come up and go down. See ni_start.c.
 */
#ifndef _LNET_NI_START_H
#define _LNET_NI_START_H

#include <lnet/lnd.h>

/* The caller holds lnet_init_mutex. */
struct lnet_ni *lnet_ni_open(const struct lnet_lnd *lnd, lnet_nid_t nid);
void lnet_ni_close(struct lnet_ni *ni);

int lnet_ni_configure(bool up);
int lnet_ni_configure_lo(void);
bool lnet_ni_is_configured(void);

void lnet_ni_init(void);
void lnet_ni_exit(void);

#endif /* _LNET_NI_START_H */
