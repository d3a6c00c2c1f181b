// SPDX-License-Identifier: GPL-2.0
/*
 * The second client: it uses LNet while the first does, and calls what does not move anything.
 */
#include "lustre.h"

#include <linux/err.h>
#include <linux/mutex.h>

/* In place of an EQ: its cookie is another one in each life of LNet. */
struct fuzz_eq fuzz_lustre_eq;

static u64 lustre_lives;
static DEFINE_MUTEX(lustre_unused_mutex);

/* It joins: LNet is up, with whatever networks there are. 0 or -errno. */
int fuzz_lustre_begin(struct fuzz_by *by)
{
	int rc;

	fuzz_eq_setup(&fuzz_lustre_eq);
	WRITE_ONCE(fuzz_lustre_eq.cookie, ++lustre_lives);
	rc = fuzz_said(by, FUZZ_H_LNetNIInit, FUZZ_VALID, LNetNIInit(LNET_PID_ANY));
	return rc < 0 ? rc : 0;
}

/* It goes: after that none of its handlers runs. */
void fuzz_lustre_end(struct fuzz_by *by)
{
	fuzz_exact(by, FUZZ_H_LNetNIFini, FUZZ_VALID, LNetNIFini(), 0);
	WRITE_ONCE(fuzz_lustre_eq.freed, fuzz_lustre_eq.cookie);
	smp_mb();	/* as in fuzz_eq_free() */
	if (atomic_read(&fuzz_lustre_eq.inside))
		fuzz_wrong(by, "after-free", "a handler runs after LNetNIFini() of its client");
}

/* One caller more, and one less. */
void fuzz_step_hinit(struct fuzz_by *by)
{
	fuzz_said(by, FUZZ_H_LNetNIInit, FUZZ_VALID, LNetNIInit(LNET_PID_ANY));
	fuzz_exact(by, FUZZ_H_LNetNIFini, FUZZ_VALID, LNetNIFini(), 0);
}

/* The handler of MDs of which none is left. */
static void lustre_handle_nothing(struct lnet_handler_event *hev)
{
	fuzz_count_event(hev->type);
}

static void lustre_unused(struct fuzz_by *by)
{
	struct lnet_handler_md umd = { .umd_threshold = 1, .umd_handler = lustre_handle_nothing };
	struct lnet_handle_md mdh;

	if (fuzz_said(by, FUZZ_H_LNetMDBind, FUZZ_VALID, LNetMDBind(&umd, LNET_UNLINK, &mdh)))
		return;
	fuzz_exact(by, FUZZ_H_LNetMDUnlink, FUZZ_VALID, LNetMDUnlink(mdh), 0);
	fuzz_counted(by, FUZZ_H_lnet_assert_handler_unused, FUZZ_VALID);
	lnet_assert_handler_unused(lustre_handle_nothing);
	lnet_assert_handler_unused(NULL);
}

/* A malformed MD; attached if @op is not 0. */
static struct lnet_handler_md lustre_malformed(struct fuzz_by *by, unsigned int op)
{
	static u8 byte;
	struct lnet_handler_md umd = {
		.umd_start = &byte, .umd_length = 1, .umd_threshold = 1, .umd_options = op,
	};

	switch (fuzz_below(by, 5)) {
	case 0:
		umd.umd_start = NULL;
		break;
	case 1:
		umd.umd_options |= LNET_MD_KIOV;
		umd.umd_length = LNET_MAX_IOV + 1 + fuzz_below(by, 1000);
		break;
	case 2:
		umd.umd_options |= LNET_MD_MAX_SIZE;
		umd.umd_max_size = fuzz_below(by, 2) ? -1 : 2;
		break;
	case 3:
		umd.umd_threshold = -2 - (int)fuzz_below(by, 1000);
		break;
	default:
		umd.umd_options |= LNET_MD_GPU_ADDR;
	}
	return umd;
}

static void lustre_wrong_me(struct fuzz_by *by)
{
	struct lnet_processid id = fuzz_id(LNET_NID_LO_0);
	struct lnet_me *me;

	if (fuzz_below(by, 2))
		me = LNetMEAttach(LNET_MAX_PORTALS + fuzz_below(by, 99), &id, 0, 0, LNET_UNLINK,
				  LNET_INS_AFTER);
	else
		me = LNetMEAttach(1, &id, 0, 0, LNET_UNLINK, 3 + fuzz_below(by, 9));
	fuzz_exact(by, FUZZ_H_LNetMEAttach, FUZZ_WRONG, PTR_ERR_OR_ZERO(me), -EINVAL);
}

/* Its ME goes with it: a PUT for that finds another one. */
static void lustre_wrong_attach(struct fuzz_by *by)
{
	struct lnet_handler_md umd = lustre_malformed(by, LNET_MD_OP_PUT);
	unsigned int portal = FUZZ_PORTAL_OWN + FUZZ_THREADS_MAX;
	struct lnet_processid id = fuzz_id(LNET_NID_LO_0);
	struct lnet_handle_md mdh;
	struct lnet_me *me;

	me = LNetMEAttach(portal, &id, fuzz_draw(by), 0, LNET_UNLINK, LNET_INS_BEFORE);
	if (fuzz_said(by, FUZZ_H_LNetMEAttach, FUZZ_VALID, PTR_ERR_OR_ZERO(me)))
		return;
	fuzz_exact(by, FUZZ_H_LNetMDAttach, FUZZ_WRONG,
		   LNetMDAttach(me, &umd, LNET_RETAIN, &mdh), -EINVAL);
}

/* Arguments that are refused. Not from a handler. */
void fuzz_step_hwrong(struct fuzz_by *by)
{
	struct lnet_handler_md umd = lustre_malformed(by, 0);
	struct lnet_handle_md mdh;

	lustre_wrong_me(by);
	lustre_wrong_attach(by);
	fuzz_exact(by, FUZZ_H_LNetMDBind, FUZZ_WRONG, LNetMDBind(&umd, LNET_RETAIN, &mdh),
		   -EINVAL);
	if (mutex_trylock(&lustre_unused_mutex)) {
		lustre_unused(by);
		mutex_unlock(&lustre_unused_mutex);
	}
}

static void lustre_down_names(struct fuzz_by *by)
{
	struct lnet_processid id = fuzz_id(LNET_NID_LO_0);
	struct lnet_nid nid = id.nid;

	fuzz_exact(by, FUZZ_H_LNetGetId, FUZZ_DOWN, LNetGetId(0, &id, true), -ENOENT);
	fuzz_exact(by, FUZZ_H_LNetDist, FUZZ_DOWN, LNetDist(&nid, NULL, NULL), -EHOSTUNREACH);
	fuzz_exact(by, FUZZ_H_LNetIsPeerLocal, FUZZ_DOWN, LNetIsPeerLocal(&nid), 0);
	fuzz_counted(by, FUZZ_H_LNetLocalPrimaryNID, FUZZ_DOWN);
	LNetLocalPrimaryNID(&nid);
	if (lnet_nid_to_nid4(&nid) != LNET_NID_LO_0)
		fuzz_wrong(by, "word", "LNet is down, and we are somebody");
}

/* Every call, while LNet is down. */
void fuzz_lustre_down(void)
{
	struct lnet_handler_md umd = { .umd_threshold = 1 };
	struct lnet_processid id = fuzz_id(LNET_NID_LO_0);
	struct lnet_handle_md mdh = { 7 };
	struct fuzz_by by = {};
	struct lnet_me *me;

	fuzz_exact(&by, FUZZ_H_LNetNIInit, FUZZ_DOWN, LNetNIInit(LNET_PID_ANY), -ENETDOWN);
	fuzz_exact(&by, FUZZ_H_LNetNIFini, FUZZ_DOWN, LNetNIFini(), 0);
	me = LNetMEAttach(1, &id, 0, 0, LNET_UNLINK, LNET_INS_AFTER);
	fuzz_exact(&by, FUZZ_H_LNetMEAttach, FUZZ_DOWN, PTR_ERR_OR_ZERO(me), -ENETDOWN);
	fuzz_exact(&by, FUZZ_H_LNetMDBind, FUZZ_DOWN, LNetMDBind(&umd, LNET_UNLINK, &mdh),
		   -ENETDOWN);
	fuzz_exact(&by, FUZZ_H_LNetMDUnlink, FUZZ_DOWN, LNetMDUnlink(mdh), -ENETDOWN);
	fuzz_exact(&by, FUZZ_H_LNetPut, FUZZ_DOWN,
		   LNetPut(NULL, mdh, LNET_ACK_REQ, &id, 1, 0, 0, 0), -ENETDOWN);
	fuzz_exact(&by, FUZZ_H_LNetGet, FUZZ_DOWN, LNetGet(NULL, mdh, &id, 1, 0, 0, false),
		   -ENETDOWN);
	fuzz_exact(&by, FUZZ_H_LNetSetLazyPortal, FUZZ_DOWN, LNetSetLazyPortal(1), -ENETDOWN);
	fuzz_exact(&by, FUZZ_H_LNetClearLazyPortal, FUZZ_DOWN, LNetClearLazyPortal(1), -ENETDOWN);
	lustre_down_names(&by);
}
