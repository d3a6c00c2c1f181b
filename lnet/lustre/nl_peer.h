/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Errors of questions to peers, for tools. See nl_peers.c.
 */
#ifndef _LNET_LUSTRE_NL_PEER_H
#define _LNET_LUSTRE_NL_PEER_H

#include <linux/types.h>

int lnet_nl_peer_error(int rc, bool failed);

#endif /* _LNET_LUSTRE_NL_PEER_H */
