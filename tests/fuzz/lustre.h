/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The second client, on the handler interface. From here on the names are those of that interface:
 * LNetPut() of a file that includes this is not that of the others.
 *
 * Its MDs have records like those of the first client, and the same rules hold for their events;
 * besides, those that are stricter here: see hmd.c.
 */
#ifndef _LNET_FUZZ_LUSTRE_H
#define _LNET_FUZZ_LUSTRE_H

#include "fuzz.h"

#include <lnet/handler.h>

/* hmd.c: MDs and their handler */
struct fuzz_md *fuzz_hmd_new(struct fuzz_by *by, enum fuzz_sort sort, unsigned int bytes);
int fuzz_hmd_attach(struct fuzz_by *by, enum fuzz_class class, struct fuzz_md *md,
		    unsigned int portal, lnet_nid_t nid, u64 bits, u64 ignore,
		    enum lnet_unlink unlink);
int fuzz_hmd_bind(struct fuzz_by *by, enum fuzz_class class, struct fuzz_md *md,
		  enum lnet_unlink unlink);
int fuzz_hmd_unlink(struct fuzz_by *by, enum fuzz_class class, struct fuzz_handle h);
int fuzz_hmd_put(struct fuzz_by *by, enum fuzz_class class, struct fuzz_md *md, u64 cookie,
		 bool ack, unsigned int portal, u64 bits, unsigned int offset);
int fuzz_hmd_get(struct fuzz_by *by, enum fuzz_class class, struct fuzz_md *md, u64 cookie,
		 unsigned int portal, u64 bits, unsigned int offset);
struct lnet_nid fuzz_nid(lnet_nid_t nid);
struct lnet_processid fuzz_id(lnet_nid_t nid);

/* lustre.c */
extern struct fuzz_eq fuzz_lustre_eq;

#endif /* _LNET_FUZZ_LUSTRE_H */
