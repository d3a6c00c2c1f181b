// SPDX-License-Identifier: GPL-2.0
/*
 * Messages between two sides of this node, and the events that come of them.
 *
 * Each step has up to MAX_SIDES sides. A side has a buffer, and at most one MD. Events are
 * written down when the step is over, sorted, as their order is not always given.
 */
#include "compare.h"

#include <linux/bvec.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

enum {
	MAX_SIDES	= 6,
	PAGES		= BYTES / PAGE_SIZE,
	WAIT_MS		= 3000,		/* for events that are expected */
	QUIET_MS	= 100,		/* for those that are not */
	MADE_MAX	= 256,
};

static struct side sides[MAX_SIDES];
/* All MDs, as none may be left at the end; and the step that made each. */
static struct lnet_handle_md made[MADE_MAX];
static const char *made_in[MADE_MAX];
static unsigned int made_nr;
static const char *step;
unsigned int message_portal = PORTAL;

static DEFINE_SPINLOCK(events_lock);	/* the two below */
static struct lnet_handler_event events[EVENTS_MAX];
static unsigned int events_nr;

/* A handler, as those of the real users: it takes a spinlock. */
static void message_handler(struct lnet_handler_event *ev)
{
	spin_lock(&events_lock);
	if (events_nr < EVENTS_MAX)
		events[events_nr] = *ev;
	events_nr++;
	spin_unlock(&events_lock);
}

int message_init(void)
{
	static const char *const names[MAX_SIDES] = { "a", "b", "c", "d", "e", "f" };
	unsigned int i;

	for (i = 0; i < MAX_SIDES; i++) {
		sides[i].name = names[i];
		sides[i].buffer = vmalloc(BYTES);
		if (!sides[i].buffer)
			return -ENOMEM;
	}
	return 0;
}

void message_exit(void)
{
	unsigned int i;

	for (i = 0; i < made_nr; i++)
		if (!LNetMDUnlink(made[i]))
			result("%s: an MD was left", made_in[i]);
	made_nr = 0;
	lnet_assert_handler_unused(message_handler);
	for (i = 0; i < MAX_SIDES; i++)
		vfree(sides[i].buffer);
}

struct side *message_side(unsigned int i)
{
	return &sides[i];
}

void message_id(struct lnet_processid *id, lnet_nid_t nid)
{
	lnet_nid_from_nid4(&id->nid, nid);
	id->pid = nid == LNET_NID_ANY ? LNET_PID_ANY : LNET_PID_LUSTRE;
}

/* Describe @length bytes of the buffer of a side. */
void message_describe(struct lnet_handler_md *md, struct side *side, unsigned int length,
		      int threshold, unsigned int options)
{
	memset(md, 0, sizeof(*md));
	md->umd_start = side->buffer;
	md->umd_length = length;
	md->umd_threshold = threshold;
	md->umd_options = options;
	md->umd_user_ptr = side;
	md->umd_handler = message_handler;
	LNetInvalidateMDHandle(&md->umd_bulk_handle);
}

/* Describe pages of the buffer, each but for the first 16 bytes and the last 16. */
void message_describe_pages(struct lnet_handler_md *md, struct side *side, unsigned int pages,
			    int threshold, unsigned int options)
{
	static struct bio_vec kiov[PAGES];
	unsigned int i;

	message_describe(md, side, pages, threshold, options | LNET_MD_KIOV);
	md->umd_start = pages ? kiov : NULL;
	for (i = 0; i < pages; i++)
		bvec_set_page(&kiov[i], vmalloc_to_page(side->buffer + i * PAGE_SIZE),
			      PAGE_SIZE - 32, 16);
}

static void message_note(const struct side *side)
{
	if (!side->rc && made_nr < MADE_MAX) {
		made_in[made_nr] = step;
		made[made_nr++] = side->mdh;
	}
}

void message_post(struct side *side, struct lnet_processid *from, u64 bits, u64 ignore,
		  struct lnet_handler_md *md, enum lnet_unlink unlink)
{
	struct lnet_me *me = LNetMEAttach(message_portal, from, bits, ignore, LNET_UNLINK,
					  LNET_INS_AFTER);

	if (IS_ERR(me)) {
		result("%s: MEAttach(%s) = %ld", step, side->name, PTR_ERR(me));
		return;
	}
	side->rc = LNetMDAttach(me, md, unlink, &side->mdh);
	result("%s: MDAttach(%s) = %d", step, side->name, side->rc);
	message_note(side);
}

void message_bind(struct side *side, struct lnet_handler_md *md, enum lnet_unlink unlink)
{
	side->rc = LNetMDBind(md, unlink, &side->mdh);
	result("%s: MDBind(%s) = %d", step, side->name, side->rc);
	message_note(side);
}

int message_put(struct side *side, struct lnet_processid *to, u64 bits, unsigned int offset,
		enum lnet_ack_req ack)
{
	int rc = LNetPut(NULL, side->mdh, ack, to, message_portal, bits, offset,
			 0x1234567890abcdefULL);

	result("%s: Put(%s) = %d", step, side->name, rc);
	return rc;
}

int message_get(struct side *side, struct lnet_processid *to, u64 bits, unsigned int offset)
{
	int rc = LNetGet(NULL, side->mdh, to, message_portal, bits, offset, false);

	result("%s: Get(%s) = %d", step, side->name, rc);
	return rc;
}

void message_unlink(struct side *side)
{
	result("%s: MDUnlink(%s) = %d", step, side->name, LNetMDUnlink(side->mdh));
}

/* A new step: buffers of different bytes, no event. */
void message_begin(const char *name)
{
	unsigned int i, j;

	step = name;
	for (i = 0; i < MAX_SIDES; i++) {
		for (j = 0; j < BYTES; j++)
			sides[i].buffer[j] = j * (i + 3) + (j >> 8);
		LNetInvalidateMDHandle(&sides[i].mdh);
		sides[i].rc = -EINVAL;
	}
	spin_lock(&events_lock);
	events_nr = 0;
	spin_unlock(&events_lock);
}

static int event_compare(const void *a, const void *b)
{
	const struct lnet_handler_event *x = a, *y = b;

	if (x->md_user_ptr != y->md_user_ptr)
		return x->md_user_ptr < y->md_user_ptr ? -1 : 1;
	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return (int)x->type - (int)y->type;
}

static void event_show(const struct lnet_handler_event *ev)
{
	const struct side *side = ev->md_user_ptr;

	result("%s: event of %s: type %u portal %u bits %#llx rlength %u", step, side->name,
	       ev->type, ev->pt_index, ev->match_bits, ev->rlength);
	result("%s: event of %s: mlength %u offset %u status %d", step, side->name, ev->mlength,
	       ev->offset, ev->status);
	result("%s: event of %s: hdr_data %#llx msg_type %u options %#x, handle is %s, start is %s",
	       step, side->name, ev->hdr_data, ev->msg_type, ev->md_options,
	       ev->md_handle.cookie == side->mdh.cookie ? "that" : "another",
	       ev->md_start == side->buffer ? "that" : "another");
	result("%s: event of %s: target " NID_FMT " %u initiator " NID_FMT " %u", step, side->name,
	       NID_ARG(&ev->target.nid), ev->target.pid, NID_ARG(&ev->initiator.nid),
	       ev->initiator.pid);
	result("%s: event of %s: source " NID_FMT " %u sender " NID_FMT, step, side->name,
	       NID_ARG(&ev->source.nid), ev->source.pid, NID_ARG(&ev->sender));
}

/* Which event of a side says `unlinked`: it must be the last, and may be of either kind. */
static void events_show_unlinked(const struct side *side, unsigned int n)
{
	unsigned int i, all = 0, unlinked = 0;
	bool last = false;

	for (i = 0; i < n; i++) {
		if (events[i].md_user_ptr != side)
			continue;
		all++;
		unlinked += events[i].unlinked;
		last = events[i].unlinked;
	}
	if (all)
		result("%s: events of %s: %u, %u unlinked, the last is: %d", step, side->name, all,
		       unlinked, last);
}

static unsigned int events_now(void)
{
	unsigned int n;

	spin_lock(&events_lock);
	n = events_nr;
	spin_unlock(&events_lock);
	return n;
}

/* Wait for @expected events, look whether more come, and write all of them down. */
void message_end(unsigned int expected)
{
	unsigned int i, n, ms;

	for (ms = 0; events_now() < expected && ms < WAIT_MS; ms += 20)
		msleep(20);
	msleep(QUIET_MS);
	n = events_now();
	if (n != expected)
		result("%s: %u events, not %u", step, n, expected);
	n = min_t(unsigned int, n, EVENTS_MAX);
	for (i = 0; i < MAX_SIDES; i++)
		events_show_unlinked(&sides[i], n);
	sort(events, n, sizeof(*events), event_compare, NULL);
	for (i = 0; i < n; i++)
		event_show(&events[i]);
	for (i = 0; i < MAX_SIDES; i++) {
		u32 sum = 0;
		unsigned int j;

		if (sides[i].rc)
			continue;
		for (j = 0; j < BYTES; j++)
			sum = sum * 31 + sides[i].buffer[j];
		result("%s: buffer of %s: %#x", step, sides[i].name, sum);
	}
}
