// SPDX-License-Identifier: GPL-2.0
/*
 * The oracle's portal. It has no hash, no labels, no lock and no buckets: the first ME in
 * the list that wants a message gets it.
 *
 * But for what api.rst leaves open: where one that was placed beside a unique ME
 * stands among unique ones of other bits that were attached in the same stretch.
 * There the model believes the ME that has got the message, and holds it to that from then on.
 */
#include "oracle_model.h"

#include <linux/export.h>
#include <linux/slab.h>
#include <linux/string.h>

/**
 * om_portal_init() - an empty portal
 * @pt: the portal
 * @waiting_max: PUTs that may wait on it
 */
void om_portal_init(struct om_portal *pt, unsigned int waiting_max)
{
	memset(pt, 0, sizeof(*pt));
	INIT_LIST_HEAD(&pt->mes);
	INIT_LIST_HEAD(&pt->waiting);
	pt->waiting_max = waiting_max;
}
EXPORT_SYMBOL_GPL(om_portal_init);

static bool is_unique(const struct om_me *me)
{
	return me->kind == OM_UNIQUE || me->kind == OM_BULK;
}

static void note_stretch(struct om_portal *pt, struct om_me *me, const struct om_me *at,
			 bool before)
{
	if (at) {
		me->stretch = at->stretch;
		me->among = at->among;
		me->beside = at->beside;
		return;
	}
	me->among = is_unique(me);
	me->beside = me->bits;
	if (!me->among)
		(*(before ? &pt->heads : &pt->tails))++;
	/* Those of the two ends never have the same. */
	me->stretch = before ? -1 - pt->heads : pt->tails;
}

/**
 * om_post() - an ME takes its place
 * @pt: the portal
 * @me: the ME, from kzalloc()
 * @at: beside this one; NULL: at an end
 * @before: before it, or all; else behind
 */
void om_post(struct om_portal *pt, struct om_me *me, struct om_me *at, bool before)
{
	struct list_head *beside = at ? &at->link : &pt->mes;

	/* Of a whole list, in front is behind its head and the end before it. */
	if (at ? before : !before)
		list_add_tail(&me->link, beside);
	else
		list_add(&me->link, beside);
	pt->n++;
	pt->kinds[me->kind]++;
	note_stretch(pt, me, at, before);
}
EXPORT_SYMBOL_GPL(om_post);

static void me_goes(struct om_portal *pt, struct om_me *me)
{
	list_del(&me->link);
	pt->n--;
	pt->kinds[me->kind]--;
	kfree(me);
}

static void md_goes(struct om_portal *pt, struct om_me *me)
{
	me->has_md = false;
	if (me->unlink)
		me_goes(pt, me);
}

/* Nothing is in flight: the client's own unlinking is the MD's last event. */
static unsigned int unlink_event(const struct om_me *me, struct om_event *ev)
{
	if (!me->has_md)
		return 0;
	ev->id = me->id;
	ev->tag = 0;
	ev->kind = LNET_EVENT_UNLINK;
	ev->unlinked = true;
	return 1;
}

/**
 * om_unlink_me() - the client unlinks an ME
 * @pt: the portal
 * @me: freed
 * @ev: gets the event of its MD
 *
 * Return: how many events there are, 0 or 1.
 */
unsigned int om_unlink_me(struct om_portal *pt, struct om_me *me, struct om_event *ev)
{
	unsigned int n = unlink_event(me, ev);

	me_goes(pt, me);
	return n;
}
EXPORT_SYMBOL_GPL(om_unlink_me);

/**
 * om_unlink_md() - the client unlinks the MD of an ME
 * @pt: the portal
 * @me: freed if it goes with it
 * @ev: gets the event
 *
 * Return: how many events there are.
 */
unsigned int om_unlink_md(struct om_portal *pt, struct om_me *me, struct om_event *ev)
{
	unsigned int n = unlink_event(me, ev);

	md_goes(pt, me);
	return n;
}
EXPORT_SYMBOL_GPL(om_unlink_md);

static bool model_wants(const struct om_me *me, const struct om_msg *msg)
{
	const unsigned int op = msg->get ? LNET_MD_OP_GET : LNET_MD_OP_PUT;

	if (!me->has_md || !(me->ops & op) || !me->threshold)
		return false;
	if (me->source.nid != LNET_NID_ANY && me->source.nid != msg->from.nid)
		return false;
	if (me->source.pid != LNET_PID_ANY && me->source.pid != msg->from.pid)
		return false;
	return (me->bits | me->ignore) == (msg->bits | me->ignore);
}

/* Is it left open which of the two is first? */
static bool is_open(const struct om_me *a, const struct om_me *b)
{
	return a->among && b->among && a->stretch == b->stretch &&
	       a->beside != b->beside;
}

/* Once @b was seen to be before @a it is so for good. */
static bool was_seen(const struct om_portal *pt, const struct om_me *b,
		     const struct om_me *a)
{
	unsigned int i;

	for (i = 0; i < OM_SEEN; i++)
		if (pt->seen[i].first == b->id && pt->seen[i].then == a->id)
			return true;
	return false;
}

static void note_seen(struct om_portal *pt, const struct om_me *a, const struct om_me *b)
{
	if (was_seen(pt, a, b))
		return;
	pt->seen[pt->seen_nr++ % OM_SEEN] = (struct om_seen){ a->id, b->id };
	pt->open++;
}

/* May @me get it, though others want it, too? And is it so from now on? */
static bool may_be_first(struct om_portal *pt, const struct om_me *me,
			 const struct om_msg *msg)
{
	const struct om_me *other;
	bool before = true;

	list_for_each_entry(other, &pt->mes, link) {
		if (other == me) {
			before = false;
			continue;
		}
		if (!model_wants(other, msg))
			continue;
		if (is_open(me, other)) {
			if (was_seen(pt, other, me))
				return false;
			note_seen(pt, me, other);
		} else if (before) {
			return false;
		}
	}
	return true;
}

/* The ME that has got it, if it wants it; else, or if none has, the first that does. */
static struct om_me *find_taker(struct om_portal *pt, const struct om_msg *msg,
				unsigned long id)
{
	struct om_me *me, *first = NULL;

	list_for_each_entry(me, &pt->mes, link) {
		if (!model_wants(me, msg))
			continue;
		if (me->id == id)
			return me;
		first = first ?: me;
	}
	return first;
}

/* @me takes @msg and may be gone then. */
static void model_take(struct om_portal *pt, struct om_me *me, const struct om_msg *msg,
		       struct om_event *ev)
{
	pt->matched++;
	if (me->threshold != LNET_MD_THRESH_INF)
		me->threshold--;
	ev->id = me->id;
	ev->tag = msg->tag;
	ev->kind = msg->get ? LNET_EVENT_GET : LNET_EVENT_PUT;
	ev->unlinked = !me->threshold && me->auto_unlink;
	if (ev->unlinked)
		md_goes(pt, me);
}

/**
 * om_message() - a message arrives
 * @pt: for this portal
 * @msg: in the portal's list if it waits
 * @id: of the ME that has got it; 0: none
 * @ev: the event of it, if it matches
 *
 * Return: what becomes of it.
 */
enum om_verdict om_message(struct om_portal *pt, struct om_msg *msg, unsigned long id,
			   struct om_event *ev)
{
	struct om_me *me = find_taker(pt, msg, id);

	if (me && !may_be_first(pt, me, msg))
		return OM_WRONG;
	if (me) {
		model_take(pt, me, msg, ev);
		return OM_MATCHED;
	}
	if (msg->get || !pt->lazy) {
		pt->no_match++;
		return OM_NO_MATCH;
	}
	if (pt->waiting_nr == pt->waiting_max) {
		pt->full++;
		return OM_FULL;
	}
	list_add_tail(&msg->link, &pt->waiting);
	pt->waiting_nr++;
	pt->waited++;
	return OM_WAITS;
}
EXPORT_SYMBOL_GPL(om_message);

/**
 * om_attach() - an ME gets an MD, and with it what waited for it
 * @pt: the portal
 * @me: with @has_md and what else there is of the MD; may be gone
 * @taken: gets the messages, in order
 * @ev: gets their events, at most OM_EVENTS
 *
 * Return: how many.
 */
unsigned int om_attach(struct om_portal *pt, struct om_me *me, struct list_head *taken,
		       struct om_event *ev)
{
	struct om_msg *msg, *next;
	unsigned int n = 0;

	list_for_each_entry_safe(msg, next, &pt->waiting, link) {
		if (n == OM_EVENTS || !model_wants(me, msg))
			continue;
		list_move_tail(&msg->link, taken);
		pt->waiting_nr--;
		model_take(pt, me, msg, &ev[n]);
		if (ev[n++].unlinked)
			break;
	}
	return n;
}
EXPORT_SYMBOL_GPL(om_attach);

/**
 * om_clear() - a portal is not lazy any more
 * @pt: the portal
 * @dropped: gets what waited
 */
void om_clear(struct om_portal *pt, struct list_head *dropped)
{
	pt->lazy = false;
	pt->cleared += pt->waiting_nr;
	pt->waiting_nr = 0;
	list_splice_tail_init(&pt->waiting, dropped);
}
EXPORT_SYMBOL_GPL(om_clear);

/**
 * om_bulk() - how many there are of those that come and go together
 * @pt: the portal
 */
unsigned int om_bulk(const struct om_portal *pt)
{
	return pt->kinds[OM_BULK] + pt->kinds[OM_BULK_EXACT];
}
EXPORT_SYMBOL_GPL(om_bulk);

/**
 * om_has_unique() - is there an ME that is unique?
 * @pt: the portal
 */
bool om_has_unique(const struct om_portal *pt)
{
	return pt->kinds[OM_UNIQUE] + pt->kinds[OM_BULK];
}
EXPORT_SYMBOL_GPL(om_has_unique);

/**
 * om_has_other() - is there one that is not?
 * @pt: the portal
 */
bool om_has_other(const struct om_portal *pt)
{
	return pt->kinds[OM_EXACT] + pt->kinds[OM_RANGED] + pt->kinds[OM_WILD] +
	       pt->kinds[OM_BULK_EXACT];
}
EXPORT_SYMBOL_GPL(om_has_other);
