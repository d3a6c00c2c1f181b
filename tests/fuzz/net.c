// SPDX-License-Identifier: GPL-2.0
/*
 * The network layer of the fuzz: its driver comes first and goes last; NIs that are configured stay
 * so from one life of LNet to the next, and come up and go down with it.
 */
#include "net.h"
#include "network/networks.h"

#include <linux/kernel.h>

/* Before the first life of LNet. 0 or -errno. */
int fuzz_net_init(void)
{
	struct fuzz_by by = {};

	fuzz_ni_setup();
	fuzz_box_setup();
	return fuzz_said(&by, FUZZ_lnet_lnd_register, FUZZ_VALID, lnet_lnd_register(&fuzz_lnd));
}

/* After the last one, while LNet is down: nothing is configured any more. */
void fuzz_net_exit(void)
{
	struct fuzz_by by = {};
	struct fuzz_ni *f;
	char buf[40];

	for (f = fuzz_nis; f < fuzz_nis + FUZZ_NIS; f++) {
		if (!f->configured)
			continue;
		scnprintf(buf, sizeof(buf), "-%s", f->text);
		fuzz_exact(&by, FUZZ_lnet_networks_change, FUZZ_VALID, lnet_networks_change(buf),
			   0);
		f->configured = false;
	}
	fuzz_counted(&by, FUZZ_lnet_lnd_unregister, FUZZ_VALID);
	lnet_lnd_unregister(&fuzz_lnd);
}

/* A process on a network: at an NI of ours, or a peer. */
struct lnet_process_id fuzz_net_target(struct fuzz_by *by)
{
	struct fuzz_ni *f = fuzz_ni_any(by);
	struct lnet_process_id id = { f->nid, FUZZ_PID };

	if (fuzz_below(by, 3))
		id.nid = fuzz_peer_any(by, LNET_NIDNET(f->nid));
	return id;
}

/* The NID to send such a message from. */
lnet_nid_t fuzz_net_self(struct fuzz_by *by)
{
	return fuzz_below(by, 2) ? fuzz_ni_any(by)->nid : LNET_NID_ANY;
}

/* LNet is up. 0 or -errno; fuzz_net_rest() undoes it. */
int fuzz_net_begin(struct fuzz_by *by)
{
	int rc = fuzz_post_begin();

	if (rc)
		fuzz_post_end();
	else
		fuzz_nis_begin(by);
	return rc;
}

/*
 * No thread takes steps any more, and no handler acts. Links are cut, so all messages end; those of
 * LNet's own that are still to come fail at once.
 */
void fuzz_net_rest(void)
{
	struct fuzz_by by = {};
	struct fuzz_ni *f;

	fuzz_post_end();
	for (f = fuzz_nis; f < fuzz_nis + FUZZ_NIS; f++) {
		if (fuzz_ni_enter(f)) {
			fuzz_ni_cut(f, true);
			fuzz_ni_leave(f);
		}
	}
	fuzz_peer_check(&by);
}

/* LNet is about to go down, which closes the NIs that are configured. */
void fuzz_net_end(void)
{
	struct fuzz_ni *f = &fuzz_nis[FUZZ_NI_OWNED];
	struct fuzz_by by = {};

	if (!f->owned)
		return;
	lnet_ni_shutdown(f->owned);
	fuzz_counted(&by, FUZZ_lnet_ni_shutdown, FUZZ_VALID);
	f->owned = NULL;
}
