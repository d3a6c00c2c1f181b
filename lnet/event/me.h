/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The life of a match entry. See me.c.
 */
#ifndef _LNET_ME_H
#define _LNET_ME_H

#include "event/me_state.h"
#include "event/object.h"

#include <lnet/nid.h>

void lnet_me_init(void);

/**
 * lnet_me_free() - free an ME
 * @c: the data of this CPU
 * @me: an ME that is in no bucket and no list and has no cookie
 *
 * Context: preemption off.
 */
static inline void lnet_me_free(struct lnet_cpu *c, struct lnet_me *me)
{
	lnet_nid_put(me->nid);
	lnet_object_free(c, LNET_HANDLE_ME, me, me->issued);
}

void lnet_me_purge(void);

#endif /* _LNET_ME_H */
