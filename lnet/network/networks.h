/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The networks of this node. See networks.c.
 */
#ifndef _LNET_NETWORKS_H
#define _LNET_NETWORKS_H

#include <linux/types.h>

#include <lnet/types.h>

enum {
	LNET_MAX_NIS	= 64,		/* most that can be configured */
	LNET_WHERE_SIZE	= 44,	/* an IPv6 address of 39 characters, "/128" and a 0 */
};

struct lnet_ni;

/* An NI that networks= names, or that was added at run time. */
struct lnet_network {
	u32 net;
	char where[LNET_WHERE_SIZE];	/* the argument of lnd_nid(); "": the driver chooses */
	struct lnet_ni *ni;		/* under lnet_init_mutex; NULL while it is not up */
};

/* Such NIs, in the order in which they come up. */
struct lnet_networks {
	unsigned int nr;
	struct lnet_network network[LNET_MAX_NIS];
};

/* An error in the text of networks=, and the token where it is. */
struct lnet_networks_fault {
	const char *token;
	unsigned int len;
	const char *what;		/* the error, and what to write instead */
};

int lnet_networks_parse(const char *text, struct lnet_networks *to,
			struct lnet_networks_fault *fault);
int lnet_networks_set(const char *text);
int lnet_networks_init(void);
int lnet_networks_lock(bool may_fail);
int lnet_networks_open(void);
int lnet_networks_open_missing(void);
void lnet_networks_forget(const struct lnet_ni *ni);
size_t lnet_networks_print(char *buf, size_t size);
int lnet_networks_change(const char *text);
int lnet_networks_add(u32 net, const char *where);
int lnet_networks_remove_ni(lnet_nid_t nid);
int lnet_networks_default(const char *text);

#endif /* _LNET_NETWORKS_H */
