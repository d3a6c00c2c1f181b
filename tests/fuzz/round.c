// SPDX-License-Identifier: GPL-2.0
/*
 * One life of LNet, from LNetNIInit() to the last LNetNIFini(): handles of the
 * lives before are stale in it.
 */
#include "fuzz.h"

#include <linux/errno.h>
#include <linux/printk.h>

/* What is called while LNet is down. */
static void round_while_down(void)
{
	fuzz_odd_down();
	if (fuzz_with[FUZZ_LUSTRE])
		fuzz_lustre_down();
}

static int round_begin(struct fuzz_by *by)
{
	int rc;

	round_while_down();
	rc = LNetNIInit(FUZZ_PID);
	if (rc > 0) {
		pr_err("error: another client uses LNet: the fuzz needs it for itself, unload the other client\n");
		LNetNIFini();
		return -EBUSY;
	}
	return fuzz_said(by, FUZZ_LNetNIInit, FUZZ_VALID, rc);
}

/* 0; or -errno: it could not even run. What is wrong is counted elsewhere. */
int fuzz_round(unsigned int round)
{
	struct fuzz_by by;
	unsigned int i;
	int rc;

	fuzz_begin_step(&by, FUZZ_THREADS_MAX, round);
	rc = round_begin(&by);
	if (rc)
		return rc;
	fuzz_board_clear();
	for (i = 0; i < FUZZ_EQS; i++) {
		fuzz_eq_setup(&fuzz_eqs[i]);
		fuzz_eq_make(&by, &fuzz_eqs[i], i % 3 ? 16 : 0);
	}
	rc = fuzz_move_init(&by);
	if (!rc && fuzz_with[FUZZ_NET])
		rc = fuzz_net_begin(&by);
	if (!rc && fuzz_with[FUZZ_LUSTRE])
		rc = fuzz_lustre_begin(&by);
	if (!rc) {
		rc = fuzz_team_run(round);
		fuzz_move_exit(&by);
		fuzz_md_none_left();
	}
	if (fuzz_with[FUZZ_NET])
		fuzz_net_end();
	fuzz_watch_phase("in LNetNIFini()");
	if (fuzz_with[FUZZ_LUSTRE])
		fuzz_lustre_end(&by);
	fuzz_exact(&by, FUZZ_LNetNIFini, FUZZ_VALID, LNetNIFini(), 0);
	round_while_down();
	return rc;
}
