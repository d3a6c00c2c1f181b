// SPDX-License-Identifier: GPL-2.0
/*
 * Where a call is refused whatever its arguments are: while LNet is down, and
 * in a handler that must not make it.
 */
#include "fuzz.h"

#include <lnet/ioctl.h>

#include <linux/printk.h>

static const struct lnet_handle_eq odd_eq = { 5 };
static const struct lnet_handle_me odd_me = { 6 };
static const struct lnet_handle_md odd_md = { 7 };

#define ODD(fn, ...)							\
	static int odd_##fn(void)					\
	{								\
		return fn(__VA_ARGS__);					\
	}

static struct lnet_process_id odd_id;
static struct lnet_handle_eq odd_eq_out;
static struct lnet_handle_me odd_me_out;
static struct lnet_handle_md odd_md_out;
static struct lnet_md odd_umd;

static int odd_LNetEQPoll(void)
{
	struct lnet_handle_eq eqh = odd_eq;
	struct lnet_event ev;
	int which;

	return LNetEQPoll(&eqh, 1, 1, &ev, &which);
}

static int odd_LNetEQGet(void)
{
	struct lnet_event ev;

	return LNetEQGet(odd_eq, &ev);
}

static int odd_LNetEQWait(void)
{
	struct lnet_event ev;

	return LNetEQWait(odd_eq, &ev);
}

static int odd_LNetCtl(void)
{
	struct libcfs_ioctl_data data = {};

	return LNetCtl(IOC_LIBCFS_GET_NI, &data);
}

ODD(LNetNIInit, LNET_PID_ANY)
ODD(LNetNIFini)
ODD(LNetGetId, 0, &odd_id)
ODD(LNetDist, LNET_NID_LO_0, NULL, NULL)
ODD(LNetIsPeerLocal, LNET_NID_LO_0)
ODD(LNetMEAttach, 1, odd_id, 0, 0, LNET_UNLINK, LNET_INS_AFTER, &odd_me_out)
ODD(LNetMEInsert, odd_me, odd_id, 0, 0, LNET_UNLINK, 0, &odd_me_out)
ODD(LNetMEUnlink, odd_me)
ODD(LNetMDAttach, odd_me, odd_umd, LNET_UNLINK, &odd_md_out)
ODD(LNetMDBind, odd_umd, LNET_UNLINK, &odd_md_out)
ODD(LNetMDUnlink, odd_md)
ODD(LNetEQAlloc, 4, NULL, &odd_eq_out)
ODD(LNetEQFree, odd_eq)
ODD(LNetPut, LNET_NID_ANY, odd_md, LNET_ACK_REQ, odd_id, 1, 0, 0, 0)
ODD(LNetGet, LNET_NID_ANY, odd_md, odd_id, 1, 0, 0, false)
ODD(LNetSetLazyPortal, 1)
ODD(LNetClearLazyPortal, 1)

/*
 * @sleeps: never from a handler; the others not where callbacks run under a
 * lock. What is not here has no errors.
 */
static const struct odd_call {
	enum fuzz_fn fn;
	int (*call)(void);
	bool sleeps;
} odd_calls[] = {
#define ODD_ROW(fn, ...)	{ FUZZ_##fn, odd_##fn, ##__VA_ARGS__ }
	ODD_ROW(LNetNIInit, true), ODD_ROW(LNetNIFini, true),
	ODD_ROW(LNetCtl, true), ODD_ROW(LNetEQAlloc, true),
	ODD_ROW(LNetEQFree, true), ODD_ROW(LNetEQWait, true),
	ODD_ROW(LNetEQPoll, true),
	ODD_ROW(LNetGetId), ODD_ROW(LNetDist), ODD_ROW(LNetMEAttach),
	ODD_ROW(LNetMEInsert), ODD_ROW(LNetMEUnlink), ODD_ROW(LNetMDAttach),
	ODD_ROW(LNetMDBind), ODD_ROW(LNetMDUnlink), ODD_ROW(LNetEQGet),
	ODD_ROW(LNetPut), ODD_ROW(LNetGet), ODD_ROW(LNetSetLazyPortal),
	ODD_ROW(LNetClearLazyPortal),
};

/* Every call, while LNet is down. */
void fuzz_odd_down(void)
{
	struct fuzz_by by = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(odd_calls); i++)
		fuzz_exact(&by, odd_calls[i].fn, FUZZ_DOWN,
			   odd_calls[i].call(), -ENETDOWN);
	fuzz_exact(&by, FUZZ_LNetIsPeerLocal, FUZZ_DOWN,
		   odd_LNetIsPeerLocal(), 0);
}

static void odd_handler(struct lnet_event *ev)
{
	struct fuzz_by by = { .handler = true };
	const struct odd_call *c;

	fuzz_count_event(ev->type);
	for (c = odd_calls; c < odd_calls + ARRAY_SIZE(odd_calls); c++)
		if (c->sleeps || !fuzz_handlers)
			fuzz_exact(&by, c->fn, FUZZ_FORBIDDEN, c->call(),
				   -EDEADLK);
}

/* One EQ, whose handler makes forbidden calls at each of three events. */
static void odd_once(struct fuzz_by *by)
{
	struct lnet_md umd = { .threshold = LNET_MD_THRESH_INF };
	struct lnet_handle_md mdh;

	fuzz_exact(by, FUZZ_LNetEQAlloc, FUZZ_VALID,
		   LNetEQAlloc(0, odd_handler, &umd.eq_handle), 0);
	fuzz_exact(by, FUZZ_LNetMDBind, FUZZ_VALID,
		   LNetMDBind(umd, LNET_RETAIN, &mdh), 0);
	fuzz_exact(by, FUZZ_LNetPut, FUZZ_VALID,
		   LNetPut(LNET_NID_ANY, mdh, LNET_NOACK_REQ, fuzz_lo,
			   FUZZ_PORTAL_OWN, 0, 0, 0), 0);
	fuzz_exact(by, FUZZ_LNetGet, FUZZ_VALID,
		   LNetGet(LNET_NID_ANY, mdh, fuzz_lo, FUZZ_PORTAL_OWN, 0, 0,
			   false), 0);
	fuzz_exact(by, FUZZ_LNetMDUnlink, FUZZ_VALID, LNetMDUnlink(mdh), 0);
	fuzz_exact(by, FUZZ_LNetEQFree, FUZZ_VALID, LNetEQFree(umd.eq_handle),
		   0);
}

/* Each EQ is worth one warning, which the judge of the log is told of. */
void fuzz_odd_forbidden(unsigned int eqs)
{
	struct fuzz_by by = {};
	unsigned int i;

	pr_info("lnet-test: expect %u warning(s): LNet called from its handler\n",
		eqs);
	for (i = 0; i < eqs; i++)
		odd_once(&by);
	pr_info("lnet-test: expected warnings done\n");
}
