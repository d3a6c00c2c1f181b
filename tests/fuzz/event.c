// SPDX-License-Identifier: GPL-2.0
/*
 * The callback of all EQs of the fuzz, and the checks of every event.
 * Callbacks of one MD do not overlap, so its record needs no lock here; if
 * they do, that is the first thing that is found.
 */
#include "fuzz.h"

/* The actor in the callback of the n-th event of an MD: drawn from that alone. */
static struct fuzz_by event_by(const struct lnet_event *ev,
			       const struct fuzz_md *md)
{
	struct fuzz_by by = { .handler = true, .step = md->events };

	by.state = fuzz_mix(fuzz_seed ^ (u64)md->id << 24 ^ md->events);
	by.depth = ev->type == LNET_EVENT_PUT ? FUZZ_HDR_DEPTH(ev->hdr_data) :
						1;
	by.thread = FUZZ_THREADS_MAX + 1;
	by.md = md->id;
	by.md_lustre = md->lustre;
	return by;
}

static bool event_fits_sort(const struct lnet_event *ev,
			    const struct fuzz_md *md)
{
	switch (ev->type) {
	case LNET_EVENT_UNLINK:
		return ev->unlinked;
	case LNET_EVENT_SEND:
		return md->sort == FUZZ_SOURCE || md->sort == FUZZ_FETCH;
	case LNET_EVENT_ACK:
		return md->sort == FUZZ_SOURCE;
	case LNET_EVENT_REPLY:
		return md->sort == FUZZ_FETCH;
	case LNET_EVENT_PUT:
		return md->sort == FUZZ_SINK;
	case LNET_EVENT_GET:
		return md->sort == FUZZ_STORE;
	default:
		return false;
	}
}

/* Every event must describe its MD as the client has described it. */
static void event_check_md(const struct fuzz_by *by,
			   const struct lnet_event *ev,
			   const struct fuzz_md *md)
{
	const struct lnet_md *a = &ev->md, *b = &md->umd;

	if (ev->md_handle.cookie != md->handle.cookie)
		fuzz_wrong(by, "event", "%s for MD %#llx, which is %#llx",
			   lnet_event_name(ev->type), ev->md_handle.cookie,
			   md->handle.cookie);
	if (a->start != b->start || a->length != b->length ||
	    a->options != b->options || a->max_size != b->max_size ||
	    a->eq_handle.cookie != b->eq_handle.cookie)
		fuzz_wrong(by, "event", "%s for MD %#llx has another's memory, options or EQ",
			   lnet_event_name(ev->type), md->handle.cookie);
	if (b->threshold == LNET_MD_THRESH_INF ?
	    a->threshold != LNET_MD_THRESH_INF :
	    a->threshold < 0 || a->threshold > b->threshold)
		fuzz_wrong(by, "event", "%s for MD %#llx: threshold %d of %d",
			   lnet_event_name(ev->type), md->handle.cookie,
			   a->threshold, b->threshold);
	if (ev->sequence)
		fuzz_wrong(by, "event", "it has the number %lu before it is in the ring",
			   ev->sequence);
}

/* May a message fail with this status? By a network; or, if its MD was taken back. */
static bool event_may_fail(const struct lnet_event *ev, const struct fuzz_md *md)
{
	u32 net = LNET_NIDNET(ev->source.nid);

	if (md->lustre && ev->status == -ETIMEDOUT)
		return true;
	return LNET_NETTYP(net) == GNILND && fuzz_status_ok(ev->status);
}

static void event_send(const struct fuzz_by *by, const struct lnet_event *ev,
		       struct fuzz_md *md)
{
	u32 net = LNET_NIDNET(ev->target.nid);
	bool ok;

	md->status = ev->status;
	WRITE_ONCE(md->sends, md->sends + 1);
	if (net == LNET_NET_LO)
		ok = !ev->status;
	else if (LNET_NETTYP(net) == GNILND)
		ok = fuzz_status_ok(ev->status);
	else
		ok = ev->status == -EHOSTUNREACH;
	if (!ok && !event_may_fail(ev, md))
		fuzz_wrong(by, "event", "SEND to %s: status %d",
			   libcfs_nid2str(ev->target.nid), ev->status);
}

/*
 * A target that will acknowledge says so to the record of the sender. So does one that was taken
 * back, whose event does not say success though the payload is there.
 */
static void event_promise_ack(const struct lnet_event *ev,
			      const struct fuzz_md *md)
{
	bool good = !ev->status || (md->lustre && ev->status == -ETIMEDOUT);
	struct fuzz_md *sender;

	if (!FUZZ_HDR_ACK(ev->hdr_data) || !good ||
	    (ev->md.options & LNET_MD_ACK_DISABLE))
		return;
	sender = fuzz_md_hold(FUZZ_HDR_ID(ev->hdr_data));
	if (!sender)
		return;
	atomic_inc(&sender->acks_due);
	fuzz_md_put(sender);
}

/* Later messages of other senders may be over it, where they said the place. */
static bool event_payload_stays(const struct fuzz_md *md)
{
	return !(md->umd.options & LNET_MD_MANAGE_REMOTE) ||
	       md->umd.threshold == 1;
}

static void event_put(const struct fuzz_by *by, const struct lnet_event *ev,
		      struct fuzz_md *md)
{
	unsigned int end = ev->offset + ev->mlength;
	bool good = !ev->status || event_may_fail(ev, md);
	u32 id = FUZZ_HDR_ID(ev->hdr_data);

	WRITE_ONCE(md->landed, md->landed + 1);
	md->sum += ev->mlength;
	md->end = max(md->end, end);
	if (!FUZZ_HDR_OK(ev->hdr_data)) {
		fuzz_wrong(by, "event", "PUT with header data %#llx, which no call sent",
			   ev->hdr_data);
		return;
	}
	if (!good || end > md->bytes || ev->mlength > ev->rlength)
		fuzz_wrong(by, "event", "PUT: status %d, %u of %u bytes at %u of %u",
			   ev->status, ev->mlength, ev->rlength, ev->offset,
			   md->bytes);
	else if (!ev->status && id && event_payload_stays(md) &&
		 !fuzz_filled(md->mem + ev->offset, ev->mlength, id, 0))
		fuzz_wrong(by, "payload", "%u bytes of a PUT at %u are not the sender's",
			   ev->mlength, ev->offset);
	if (end <= md->bytes)
		bitmap_set(md->written, ev->offset, ev->mlength);
	if ((md->umd.options & LNET_MD_MANAGE_REMOTE) &&
	    ev->offset != FUZZ_HDR_OFFSET(ev->hdr_data))
		fuzz_wrong(by, "payload", "a PUT for %u is at %u",
			   FUZZ_HDR_OFFSET(ev->hdr_data), ev->offset);
	event_promise_ack(ev, md);
}

static void event_get(const struct fuzz_by *by, const struct lnet_event *ev,
		      struct fuzz_md *md)
{
	bool good = !ev->status || event_may_fail(ev, md);

	WRITE_ONCE(md->landed, md->landed + 1);
	if (!good || ev->offset + ev->mlength > md->bytes ||
	    ev->mlength > ev->rlength)
		fuzz_wrong(by, "event", "GET: status %d, %u of %u bytes at %u of %u",
			   ev->status, ev->mlength, ev->rlength, ev->offset,
			   md->bytes);
}

static void event_answer(const struct fuzz_by *by, const struct lnet_event *ev,
			 struct fuzz_md *md)
{
	md->answered = ev->status;
	if ((ev->status && !event_may_fail(ev, md)) || ev->mlength > md->bytes)
		fuzz_wrong(by, "event", "%s: status %d, %u of %u bytes",
			   lnet_event_name(ev->type), ev->status, ev->mlength,
			   md->bytes);
	if (ev->type == LNET_EVENT_REPLY) {
		WRITE_ONCE(md->replies, md->replies + 1);
		bitmap_set(md->written, 0, min(ev->mlength, md->bytes));
		return;
	}
	WRITE_ONCE(md->acks, md->acks + 1);
	if (md->acks > atomic_read(&md->acks_due))
		fuzz_wrong(by, "no-ack", "MD %#llx: %u ACKs, %d PUTs that ask for one have landed",
			   md->handle.cookie, md->acks,
			   atomic_read(&md->acks_due));
}

static void event_note(const struct fuzz_by *by, const struct lnet_event *ev,
		       struct fuzz_md *md)
{
	md->offset = ev->offset;
	md->mlength = ev->mlength;
	md->hdr_data = ev->hdr_data;
	switch (ev->type) {
	case LNET_EVENT_SEND:
		event_send(by, ev, md);
		break;
	case LNET_EVENT_PUT:
		event_put(by, ev, md);
		break;
	case LNET_EVENT_GET:
		event_get(by, ev, md);
		break;
	case LNET_EVENT_ACK:
	case LNET_EVENT_REPLY:
		event_answer(by, ev, md);
		break;
	default:
		break;
	}
}

static void event_freed(const struct fuzz_by *by, const struct fuzz_md *md,
			const struct lnet_event *ev)
{
	if (READ_ONCE(md->eq->freed) == md->eq_cookie)
		fuzz_wrong(by, "after-free", "a %s callback of EQ %#llx, which was freed",
			   lnet_event_name(ev->type), md->eq_cookie);
}

/* An event of either interface, in its callback. */
void fuzz_event(struct lnet_event *ev)
{
	struct fuzz_md *md = fuzz_md_of((unsigned long)ev->md.user_ptr);
	struct fuzz_by by = { .handler = true };
	bool last = ev->unlinked;

	fuzz_count_event(ev->type);
	if (!md) {
		fuzz_wrong(&by, "stranger", "%s, unlinked %d, for MD %#llx, which has had its last",
			   lnet_event_name(ev->type), ev->unlinked,
			   ev->md_handle.cookie);
		return;
	}
	by = event_by(ev, md);
	if (atomic_cmpxchg(&md->inside, 0, 1))
		fuzz_wrong(&by, "overlap", "two callbacks of MD %#llx at a time",
			   md->handle.cookie);
	atomic_inc(&md->eq->inside);
	smp_mb__after_atomic();	/* pairs with that in fuzz_eq_free() */
	event_freed(&by, md, ev);
	md->events++;
	if (!event_fits_sort(ev, md))
		fuzz_wrong(&by, "event", "%s event, unlinked %d, for MD %#llx of sort %d",
			   lnet_event_name(ev->type), ev->unlinked,
			   md->handle.cookie, md->sort);
	if (!md->lustre)
		event_check_md(&by, ev, md);
	event_note(&by, ev, md);
	/* Objects made while all is swept up would be left. */
	if (fuzz_handlers && !md->quiet && !READ_ONCE(fuzz_stop))
		fuzz_step_in_handler(&by);
	if (last)
		fuzz_md_last(md);
	event_freed(&by, md, ev);
	atomic_dec(&md->eq->inside);
	if (last)
		WRITE_ONCE(md->lasts, md->lasts + 1);
	atomic_set_release(&md->inside, 0);
	if (last)
		fuzz_md_put(md);
}

/* The callback of the EQs. */
void fuzz_handler(struct lnet_event *ev)
{
	fuzz_event(ev);
}

/* An event from a ring: if it was the last, its MD is gone. */
void fuzz_polled(struct fuzz_by *by, const struct lnet_event *ev)
{
	struct lnet_handle_md mdh = ev->md_handle;

	if (!ev->sequence)
		fuzz_wrong(by, "event", "a polled %s event without a number",
			   lnet_event_name(ev->type));
	if (ev->unlinked)
		fuzz_exact(by, FUZZ_LNetMDUnlink, FUZZ_STALE,
			   LNetMDUnlink(mdh), -ENOENT);
}
