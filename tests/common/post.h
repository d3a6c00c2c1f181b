/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Posting, as clients in tests do: an MD, with an ME for it alone.
 */
#ifndef _LNET_TESTS_POST_H
#define _LNET_TESTS_POST_H

#include <lnet/api.h>

#include <linux/types.h>

/* An ME, behind all that are on its portal. */
struct post_me {
	unsigned int portal;
	struct lnet_process_id id;	/* whose messages it takes */
	u64 match_bits;
	u64 ignore_bits;
	enum lnet_unlink unlink;
};

/* Post @me, and @md in it. 0; or -errno, and neither is there. */
static __always_inline int post_md(const struct post_me *me, struct lnet_md md,
				   enum lnet_unlink unlink, struct lnet_handle_me *meh,
				   struct lnet_handle_md *mdh)
{
	int rc;

	rc = LNetMEAttach(me->portal, me->id, me->match_bits, me->ignore_bits, me->unlink,
			  LNET_INS_AFTER, meh);
	if (rc)
		return rc;
	rc = LNetMDAttach(*meh, md, unlink, mdh);
	if (rc)
		LNetMEUnlink(*meh);
	return rc;
}

#endif /* _LNET_TESTS_POST_H */
