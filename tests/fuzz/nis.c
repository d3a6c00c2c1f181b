// SPDX-License-Identifier: GPL-2.0
/*
 * NIs that come and go under traffic, by the call behind the sysfs file networks or by the driver's
 * own; links that are cut and mended; and what else a driver may call.
 */
#include "net.h"
#include "network/networks.h"
#include "network/ni.h"

#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/string.h>

static const char *ni_changing;		/* the NI that comes or goes now; READ_ONCE to read */
static unsigned long ni_since;		/* since then, jiffies */

/* lnet_networks_change() with a sign and a text. */
static int nis_change(struct fuzz_by *by, enum fuzz_class class, const char *sign,
		      const char *text)
{
	char buf[40];
	int rc;

	scnprintf(buf, sizeof(buf), "%s%s", sign, text);
	WRITE_ONCE(ni_since, jiffies);
	WRITE_ONCE(ni_changing, text);
	rc = lnet_networks_change(buf);
	WRITE_ONCE(ni_changing, NULL);
	return fuzz_said(by, FUZZ_lnet_networks_change, class, rc);
}

/* An NI that is closed waits for messages, and the driver keeps none for so long. */
void fuzz_net_watch(void)
{
	const char *which = READ_ONCE(ni_changing);
	struct fuzz_by by = {};

	if (which && time_after(jiffies, READ_ONCE(ni_since) + 2 * FUZZ_WAIT_S * HZ))
		fuzz_wrong(&by, "hang", "%s comes or goes for more than %u s", which,
			   2 * FUZZ_WAIT_S);
}

static void nis_expect(struct fuzz_by *by, const struct fuzz_ni *f, bool up)
{
	if (READ_ONCE(f->open) != up || lnet_ni_is_local(f->nid) != up)
		fuzz_wrong(by, "driver", "%s is %s", f->text, up ? "not up" : "still there");
}

/* By networks=: under the NI's mutex. */
static void nis_configure(struct fuzz_by *by, struct fuzz_ni *f)
{
	const char *sign = f->configured ? "-" : "+";
	int rc, again = f->configured ? -ENOENT : -EEXIST;

	if (!f->configured)
		f->fails = fuzz_once_in(by, 8) ? -EIO : 0;
	rc = nis_change(by, FUZZ_VALID, sign, f->text);
	if (rc != f->fails)
		fuzz_wrong(by, "errno", "lnet_networks_change(%s%s): %d, not %d", sign, f->text,
			   rc, f->fails);
	f->fails = 0;
	if (rc)
		return;
	f->configured = !f->configured;
	nis_expect(by, f, f->configured);
	if (fuzz_once_in(by, 8) && nis_change(by, FUZZ_WRONG, sign, f->text) != again)
		fuzz_wrong(by, "errno", "a network that is %s is %s again",
			   f->configured ? "there" : "gone", f->configured ? "added" : "removed");
}

/* By the driver itself: under the NI's mutex. */
static void nis_own(struct fuzz_by *by, struct fuzz_ni *f)
{
	struct lnet_ni *ni;

	if (f->owned) {
		WRITE_ONCE(ni_since, jiffies);
		WRITE_ONCE(ni_changing, f->text);
		lnet_ni_shutdown(f->owned);
		WRITE_ONCE(ni_changing, NULL);
		fuzz_counted(by, FUZZ_lnet_ni_shutdown, FUZZ_VALID);
		f->owned = NULL;
		nis_expect(by, f, false);
		return;
	}
	f->fails = fuzz_once_in(by, 8) ? -EIO : 0;
	ni = lnet_ni_startup(&fuzz_lnd, f->nid);
	fuzz_exact(by, FUZZ_lnet_ni_startup, FUZZ_VALID, PTR_ERR_OR_ZERO(ni), f->fails);
	f->fails = 0;
	if (IS_ERR(ni))
		return;
	f->owned = ni;
	nis_expect(by, f, true);
	ni = lnet_ni_startup(&fuzz_lnd, f->nid);
	fuzz_exact(by, FUZZ_lnet_ni_startup, FUZZ_WRONG, PTR_ERR_OR_ZERO(ni), -EEXIST);
	ni = lnet_ni_startup(&fuzz_lnd, LNET_MKNID(LNET_MKNET(SOCKLND, 0), 1));
	fuzz_exact(by, FUZZ_lnet_ni_startup, FUZZ_WRONG, PTR_ERR_OR_ZERO(ni), -EINVAL);
}

static void nis_turn(struct fuzz_by *by, struct fuzz_ni *f)
{
	if (f->index == FUZZ_NI_OWNED)
		nis_own(by, f);
	else
		nis_configure(by, f);
}

/* An NI comes, if it is not there; else it goes. One thread at a time does that to it. */
void fuzz_step_net(struct fuzz_by *by)
{
	struct fuzz_ni *f = fuzz_ni_any(by);

	if (!mutex_trylock(&f->mutex))
		return;
	nis_turn(by, f);
	/* Mostly it is there. */
	if (!f->configured && !f->owned)
		nis_turn(by, f);
	mutex_unlock(&f->mutex);
}

/* All that are not there come, as a life of LNet begins. */
void fuzz_nis_begin(struct fuzz_by *by)
{
	struct fuzz_ni *f;

	for (f = fuzz_nis; f < fuzz_nis + FUZZ_NIS; f++) {
		mutex_lock(&f->mutex);
		if (!f->configured && !f->owned)
			nis_turn(by, f);
		mutex_unlock(&f->mutex);
	}
}

/* A link is cut, or comes back, and LNet is told, or not. */
void fuzz_step_flap(struct fuzz_by *by)
{
	struct fuzz_ni *f = fuzz_ni_any(by);
	bool cut = !READ_ONCE(f->cut);

	if (!fuzz_ni_enter(f))
		return;
	fuzz_ni_cut(f, cut);
	fuzz_counted(by, FUZZ_lnet_ni_status_set, FUZZ_VALID);
	lnet_ni_status_set(f->ni, cut ? LNET_NI_STATUS_DOWN : LNET_NI_STATUS_UP);
	if (!cut) {
		fuzz_counted(by, FUZZ_lnet_lnd_connected, FUZZ_VALID);
		lnet_lnd_connected(f->ni, fuzz_peer_any(by, LNET_NIDNET(f->nid)),
				   fuzz_below(by, 2));
	}
	fuzz_ni_leave(f);
}

static void driver_ask(struct fuzz_by *by, lnet_nid_t nid, bool ours)
{
	enum fuzz_class class = ours ? FUZZ_SHARED : FUZZ_RANDOM;
	time64_t when = 0;

	if (!fuzz_said(by, FUZZ_lnet_lnd_query, class, lnet_lnd_query(nid, &when)) &&
	    when != LNET_NIDADDR(nid))
		fuzz_wrong(by, "driver", "lnet_lnd_query() says %lld", when);
	fuzz_said(by, FUZZ_lnet_lnd_accept, class, lnet_lnd_accept(nid, NULL));
	fuzz_counted(by, FUZZ_lnet_lnd_notify, ours ? FUZZ_VALID : FUZZ_RANDOM);
	lnet_lnd_notify(nid, fuzz_below(by, 2));
}

static void driver_register(struct fuzz_by *by)
{
	static const struct lnet_lnd nameless = { .type = KFILND };
	static struct lnet_lnd other;

	/* The loopback's number, no functions, and the number that is taken. */
	other = fuzz_lnd;
	other.type = LOLND;
	fuzz_exact(by, FUZZ_lnet_lnd_register, FUZZ_WRONG, lnet_lnd_register(&other), -EINVAL);
	fuzz_exact(by, FUZZ_lnet_lnd_register, FUZZ_WRONG, lnet_lnd_register(&nameless), -EINVAL);
	fuzz_exact(by, FUZZ_lnet_lnd_register, FUZZ_WRONG, lnet_lnd_register(&fuzz_lnd), -EEXIST);
	other.type = BXI3LND;
	other.name = "bxi3f";
	if (fuzz_said(by, FUZZ_lnet_lnd_register, FUZZ_VALID, lnet_lnd_register(&other)))
		return;
	fuzz_counted(by, FUZZ_lnet_lnd_unregister, FUZZ_VALID);
	lnet_lnd_unregister(&other);
}

static void driver_wrong(struct fuzz_by *by)
{
	static const char *const texts[] = {
		"gni1", "", "+", "+lo", "+gni1(", "+gni1()", "+gni1(n1", "-gni1(n1))",
		"+gni1(n1,n1)", "+gni70000(n1)", "+gni1(a/b)", "+gni1(0123456789abcdef)",
		"-gni1(n1),", "+gni1(n1) x",
	};
	const char *text = texts[fuzz_below(by, ARRAY_SIZE(texts))];

	fuzz_exact(by, FUZZ_lnet_networks_change, FUZZ_WRONG, lnet_networks_change(text), -EINVAL);
}

/* Words and folders. */
static void driver_look(struct fuzz_by *by, struct fuzz_ni *f)
{
	int error = fuzz_below(by, 2) ? -EIO : (int)fuzz_draw(by);

	if (lnet_lnd_pid() != FUZZ_PID)
		fuzz_wrong(by, "driver", "lnet_lnd_pid() is %u", lnet_lnd_pid());
	fuzz_counted(by, FUZZ_lnet_lnd_pid, FUZZ_VALID);
	if (!*lnet_error_text(error))
		fuzz_wrong(by, "word", "error %d has no words", error);
	fuzz_counted(by, FUZZ_lnet_error_text, error == -EIO ? FUZZ_VALID : FUZZ_RANDOM);
	if (!lnet_lnd_kobj() || !lnet_acceptor_given() || !lnet_ni_kobj(f->ni))
		fuzz_wrong(by, "driver", "a folder of %s is not there", f->text);
	fuzz_counted(by, FUZZ_lnet_lnd_kobj, FUZZ_VALID);
	fuzz_counted(by, FUZZ_lnet_acceptor_given, FUZZ_VALID);
	fuzz_counted(by, FUZZ_lnet_ni_kobj, FUZZ_VALID);
}

/* Calls of drivers that move nothing. */
void fuzz_step_driver(struct fuzz_by *by)
{
	static DEFINE_MUTEX(register_mutex);
	struct fuzz_ni *f = fuzz_ni_any(by);

	driver_ask(by, f->nid, true);
	driver_ask(by, LNET_MKNID(LNET_MKNET(SOCKLND, 9), fuzz_draw(by)), false);
	driver_wrong(by);
	if (mutex_trylock(&register_mutex)) {
		driver_register(by);
		mutex_unlock(&register_mutex);
	}
	if (fuzz_ni_enter(f)) {
		driver_look(by, f);
		fuzz_ni_leave(f);
	}
}
