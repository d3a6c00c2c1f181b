// SPDX-License-Identifier: GPL-2.0
/*
 * NIs of the fuzz's driver, and their links: who may call LNet for one, and what must be true when
 * one goes.
 */
#include "net.h"
#include "network/ni.h"

#include <linux/cpumask.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/string.h>

struct fuzz_ni fuzz_nis[FUZZ_NIS] = {
	{ .text = "gni1(n1)", .where = "n1", .nid = LNET_MKNID(FUZZ_NET_1, 1) },
	{ .text = "gni1(n2)", .where = "n2", .nid = LNET_MKNID(FUZZ_NET_1, 2) },
	{ .text = "gni2(n3)", .where = "n3", .nid = LNET_MKNID(FUZZ_NET_2, 3) },
	{ .text = "gni2(n4)", .where = "n4", .nid = LNET_MKNID(FUZZ_NET_2, 4) },
};

DEFINE_SPINLOCK(fuzz_wire_lock);

/* Before the driver is registered. */
void fuzz_ni_setup(void)
{
	struct fuzz_ni *f;

	for (f = fuzz_nis; f < fuzz_nis + FUZZ_NIS; f++) {
		f->index = f - fuzz_nis;
		mutex_init(&f->mutex);
		INIT_LIST_HEAD(&f->sent);
		INIT_LIST_HEAD(&f->taken);
	}
}

/* The one with a NID, up or not; or NULL. */
struct fuzz_ni *fuzz_ni_of(lnet_nid_t nid)
{
	struct fuzz_ni *f;

	for (f = fuzz_nis; f < fuzz_nis + FUZZ_NIS; f++)
		if (f->nid == nid)
			return f;
	return NULL;
}

/* Any of them, up or not. */
struct fuzz_ni *fuzz_ni_any(struct fuzz_by *by)
{
	return &fuzz_nis[fuzz_below(by, FUZZ_NIS)];
}

/* May LNet be called for it? Then it stays until fuzz_ni_leave(). */
bool fuzz_ni_enter(struct fuzz_ni *f)
{
	bool open;

	spin_lock(&fuzz_wire_lock);
	open = f->open;
	f->inside += open;
	spin_unlock(&fuzz_wire_lock);
	return open;
}

void fuzz_ni_leave(struct fuzz_ni *f)
{
	spin_lock(&fuzz_wire_lock);
	f->inside--;
	spin_unlock(&fuzz_wire_lock);
}

/*
 * Is it in that life still, and does not go? Then all messages that it has parsed until now were
 * parsed while it was up: LNet says that it closes an NI before it refuses a message.
 */
bool fuzz_ni_stays(struct fuzz_ni *f, unsigned int life)
{
	bool stays = false;

	if (fuzz_ni_enter(f)) {
		stays = !READ_ONCE(f->ni->closing) && READ_ONCE(f->lives) == life;
		fuzz_ni_leave(f);
	}
	return stays;
}

/* Errors with which the driver ends messages, and LNet itself. */
bool fuzz_status_ok(int status)
{
	switch (status) {
	case 0:
	case -EIO:
	case -ETIMEDOUT:
	case -ECONNRESET:
	case -ECONNABORTED:
	case -ENETUNREACH:
	case -EHOSTUNREACH:
	case -ESHUTDOWN:
	case -ENOMEM:
		return true;
	default:
		return false;
	}
}

/* How a message ends that the driver has kept for a while. */
int fuzz_ni_status(u64 serial)
{
	static const int errors[] = { -EIO, -ETIMEDOUT, -ECONNRESET, -EHOSTUNREACH };
	u64 r = fuzz_mix(fuzz_seed + serial);

	return r % 8 ? 0 : errors[(r >> 8) % ARRAY_SIZE(errors)];
}

/* In lnd_startup(): messages may come from now on. */
void fuzz_ni_up(struct fuzz_ni *f, struct lnet_ni *ni)
{
	struct fuzz_by by = {};

	ni->data = f;
	spin_lock(&fuzz_wire_lock);
	if (f->ni)
		fuzz_wrong(&by, "driver", "%s comes up twice", f->text);
	memset(f->sends, 0, sizeof(f->sends));
	memset(f->parsed, 0, sizeof(f->parsed));
	f->ni = ni;
	f->cut = false;
	f->lives++;
	f->open = true;
	spin_unlock(&fuzz_wire_lock);
}

static u64 ni_sum(const u64 __percpu *counter)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += *per_cpu_ptr(counter, cpu);
	return sum;
}

/*
 * Each letter was received or dropped, and so it was counted, once; and each message that LNet
 * gave to the driver was. It may have counted messages that it did not give away any more.
 */
static void ni_check_counters(const struct fuzz_ni *f)
{
	struct lnet_ni_stats __percpu *stats = f->ni->stats;
	struct fuzz_by by = {};
	u64 sends, handled, bad;
	unsigned int i;

	for (i = 0; i < FUZZ_TYPES; i++) {
		sends = ni_sum(&stats->sends[i]);
		handled = ni_sum(&stats->receives[i]) + ni_sum(&stats->dropped_of[i]);
		if (handled != f->parsed[i])
			fuzz_wrong(&by, "counter", "%s: %llu of type %u have come, %llu counted",
				   f->text, f->parsed[i], i, handled);
		if (sends < f->sends[i])
			fuzz_wrong(&by, "counter", "%s: %llu of type %u have left, %llu counted",
				   f->text, f->sends[i], i, sends);
	}
	bad = ni_sum(&stats->dropped[LNET_DROP_BAD_TYPE]);
	if (bad != f->parsed[FUZZ_TYPES])
		fuzz_wrong(&by, "counter", "%s: %llu of no type have come, %llu counted",
			   f->text, f->parsed[FUZZ_TYPES], bad);
}

/* In lnd_shutdown(): nothing of it is left afterwards. */
void fuzz_ni_down(struct fuzz_ni *f)
{
	struct fuzz_by by = {};

	spin_lock(&fuzz_wire_lock);
	f->open = false;
	while (f->inside) {
		spin_unlock(&fuzz_wire_lock);
		schedule_timeout_uninterruptible(1);
		spin_lock(&fuzz_wire_lock);
	}
	spin_unlock(&fuzz_wire_lock);
	while (fuzz_letter_end_one(f, true, -ECONNABORTED) ||
	       fuzz_send_end_one(f, true, -ECONNABORTED))
		;
	fuzz_peer_part_all(f);
	if (f->owed)
		fuzz_wrong(&by, "no-recv", "%s goes down: %u letters were not received", f->text,
			   f->owed);
	ni_check_counters(f);
	spin_lock(&fuzz_wire_lock);
	f->owed = 0;
	f->ni = NULL;
	spin_unlock(&fuzz_wire_lock);
}

/* Cut a link, which ends all that is on its way, or mend it. The caller is inside. */
void fuzz_ni_cut(struct fuzz_ni *f, bool cut)
{
	spin_lock(&fuzz_wire_lock);
	f->cuts++;
	f->cut = cut;
	spin_unlock(&fuzz_wire_lock);
	if (!cut)
		return;
	while (fuzz_letter_end_one(f, true, -ECONNRESET) ||
	       fuzz_send_end_one(f, true, -ECONNRESET))
		;
}
