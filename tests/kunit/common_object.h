/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Objects that are gone when the case is over: EQs, MEs, MDs, lazy portals.
 */
#ifndef _LNET_KUNIT_COMMON_OBJECT_H
#define _LNET_KUNIT_COMMON_OBJECT_H

#include <kunit/test.h>
#include <lnet/api.h>

/*
 * A portal of the tests' own, and one that no test ever makes lazy. Portal 0
 * is the module's.
 */
#define LT_PORTAL	10
#define LT_PORTAL2	11

struct lnet_libmd;

extern const struct lnet_process_id lt_any;	/* every process */
extern const struct lnet_process_id lt_lo;	/* this node, over the loopback */

struct lnet_process_id lt_id(lnet_nid_t nid, lnet_pid_t pid);
struct lnet_md lt_md(void *start, unsigned int length, int threshold,
		     unsigned int options, struct lnet_handle_eq eqh, void *user_ptr);
struct lnet_handle_eq lt_no_eq(void);

struct lnet_handle_eq lt_eq_alloc(struct kunit *test, unsigned int count,
				  lnet_eq_handler_t handler);
struct lnet_handle_me lt_me_attach(struct kunit *test, unsigned int portal,
				   struct lnet_process_id id, u64 match_bits,
				   u64 ignore_bits, enum lnet_unlink unlink,
				   enum lnet_ins_pos pos);
struct lnet_handle_me lt_me_any(struct kunit *test, u64 match_bits);
struct lnet_libmd *lt_md_of(struct kunit *test, struct lnet_handle_md mdh);
struct lnet_handle_md lt_md_attach(struct kunit *test, struct lnet_handle_me meh,
				   struct lnet_md md, enum lnet_unlink unlink);
struct lnet_handle_md lt_md_bind(struct kunit *test, struct lnet_md md,
				 enum lnet_unlink unlink);
struct lnet_handle_md lt_source(struct kunit *test, void *start, unsigned int length);
struct lnet_handle_md lt_target(struct kunit *test, u64 match_bits,
				struct lnet_handle_eq eqh, void *user_ptr);
void lt_lazy(struct kunit *test, unsigned int portal);

#endif /* _LNET_KUNIT_COMMON_OBJECT_H */
