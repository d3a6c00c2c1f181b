/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What tools ask by netlink. See nl_request.c.
 */
#ifndef _LNET_LUSTRE_NL_REQUEST_H
#define _LNET_LUSTRE_NL_REQUEST_H

#include <linux/types.h>

#include <lnet/nid.h>

struct genl_info;
struct netlink_callback;
struct netlink_ext_ack;
struct nlattr;
struct nlmsghdr;

enum {
	LNET_NL_DEPTH_MAX	= 8,		/* of lists in lists */
	LNET_NL_TOKENS_MAX	= 65536,	/* in a message */
	LNET_NL_NIDS_MAX	= 1024,		/* in a list of NIDs to ask */
	LNET_NL_END		= -ENODATA,	/* there is no further pair */
};

/* Tokens of a message, or of a list in it, that were not read yet. */
struct lnet_nl_tokens {
	const struct nlattr *next;
	int left;			/* bytes */
};

/*
 * NIDs that are asked for, whole: anybody may ask, and the table of those that have a number
 * (event/large_nid.c) is for NIDs that somebody uses.
 */
struct lnet_nl_nids {
	unsigned int nr;
	struct lnet_nid *nid;
};

/* What a request is to do with what it names. */
enum lnet_nl_change { LNET_NL_ADD, LNET_NL_DEL, LNET_NL_SET };

int lnet_nl_request_begin(const struct nlmsghdr *nlh, struct lnet_nl_tokens *tokens,
			  struct netlink_ext_ack *extack);
int lnet_nl_request_said(struct genl_info *info, struct lnet_nl_tokens *tokens);
int lnet_nl_request_change(struct genl_info *info,
			   int (*change)(enum lnet_nl_change how, struct lnet_nl_tokens pairs,
					 struct netlink_ext_ack *extack));
int lnet_nl_request_filter(const struct netlink_callback *cb, const char *key,
			   int (*take)(void *arg, const struct nlattr *value,
				       struct netlink_ext_ack *extack), void *arg);
const struct nlattr *lnet_nl_next(struct lnet_nl_tokens *tokens);
bool lnet_nl_next_list(struct lnet_nl_tokens *tokens, struct lnet_nl_tokens *list);
int lnet_nl_next_pair(struct lnet_nl_tokens *tokens, const char *const *keys,
		      const struct nlattr **value, struct netlink_ext_ack *extack);

bool lnet_nl_list(const struct nlattr *value, struct lnet_nl_tokens *list);
int lnet_nl_text(const struct nlattr *value, char *buf, size_t size);
int lnet_nl_number(const struct nlattr *value, s64 *number);
int lnet_nl_nid(const struct nlattr *value, lnet_nid_t *nid);

int lnet_nl_nids_read(struct lnet_nl_tokens tokens, struct lnet_nl_nids *nids,
		      const char *bad, struct netlink_ext_ack *extack);
void lnet_nl_nids_free(struct lnet_nl_nids *nids);

#endif /* _LNET_LUSTRE_NL_REQUEST_H */
