// SPDX-License-Identifier: GPL-2.0
/*
 * The smallest network: this node, which sends to itself. With it the event layer
 * is a whole that KUnit suites can use, and nothing of lnet/network is in it.
 *
 * A PUT or GET is put in order like one over 0@lo (lnet/network/lo.c): in a run that
 * there is, or in one of its own. It has a delivery for each of its two ends, and
 * each comes back by lnet_delivery_done(), once, or is dropped. There are no headers and
 * no NIs; a message that is dropped shows in its portal's counter only.
 */
#include "event/api.h"
#include "event/cpu.h"
#include "event/delivery.h"
#include "event/eq.h"
#include "event/handle.h"
#include "event/match.h"
#include "event/md.h"
#include "event/md_state.h"
#include "event/me.h"
#include "event/object.h"
#include "event/portal.h"
#include "event/run.h"
#include "event/stat.h"
#include "event/users.h"
#include "event/work.h"

#include <lnet/api.h>
#include <lnet/frags.h>
#include <lnet/lnd.h>

#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

enum stage {
	LEAVES,			/* a PUT or GET that has not yet arrived */
	WAITS,			/* a PUT, on a lazy portal */
	ANSWERS,		/* an ACK that has not yet arrived */
	ENDS,			/* its event is all that is left */
};

/* One end of a message. */
struct end {
	struct lnet_waiting w;
	enum stage stage;
	bool ack;			/* PUT: one is wanted */
	struct lnet_handle_md asker;	/* the MD that gets it, or a REPLY */
	void *aside;			/* WAITS: the payload */
};

static DEFINE_MUTEX(users_mutex);	/* LNetNIInit() and LNetNIFini() */
static unsigned int users;		/* users_mutex */
static atomic_t ends;			/* that there are */
static struct lnet_users via;		/* what has waited, and goes on */
static s64 __percpu *via_counts;

static const struct lnet_process_id self = {
	.nid = LNET_NID_LO_0, .pid = LNET_PID_LUSTRE,
};

static struct end *end_of(struct lnet_delivery *d)
{
	return container_of(d, struct end, w.d);
}

static struct end *end_new(void)
{
	struct end *e = kzalloc(sizeof(*e), GFP_ATOMIC);

	if (e)
		atomic_inc(&ends);
	return e;
}

static void end_free(struct end *e)
{
	kfree(e->aside);
	kfree(e);
	atomic_dec(&ends);
}

/* Of @asker's MD, which is bound. */
static int begin(struct end *e, struct lnet_handle_md asker)
{
	struct lnet_libmd *md = lnet_md_pin(asker.cookie);
	int rc = md ? lnet_md_begin(md, &e->w.d.ev) : -ENOENT;

	if (!rc)
		e->w.d.md = md;
	return rc;
}

/* Its operation is over: deliver the event. */
static void finish(struct end *e)
{
	struct lnet_delivery *d = &e->w.d;
	struct lnet_libmd *md = d->md;
	u64 state;

	preempt_disable();
	if (e->stage != ANSWERS)
		e->stage = ENDS;
	if (md->eq) {
		d->turn.unlink = false;
		lnet_run_deliver(lnet_cpu(), md, &d->turn);
	} else {
		if (lnet_md_end(md, &state))
			lnet_md_retire_ended(lnet_cpu(), md, state);
		lnet_delivery_done(lnet_cpu(), d);
	}
	preempt_enable();
}

static void drop(struct end *e, enum lnet_portal_drop why)
{
	preempt_disable();
	lnet_count(lnet_cpu()->stats.portal[e->w.d.ev.pt_index].dropped[why], 1);
	preempt_enable();
	end_free(e);
}

static struct lnet_frags frags_of(const struct lnet_libmd *md, unsigned int offset)
{
	return (struct lnet_frags){
		.niov = md->niov, .iov = md->iov, .kiov = md->kiov,
		.offset = offset, .len = md->length - offset,
	};
}

/* The payload of a PUT goes to the place that its event has. */
static void receive(struct end *e, const struct lnet_frags *from)
{
	struct lnet_event *ev = &e->w.d.ev;
	struct lnet_frags to = frags_of(e->w.d.md, ev->offset);
	struct lnet_frags rest = *from;

	lnet_payload_copy(&to, &rest, ev->mlength);
	if (e->ack && !(ev->md.options & LNET_MD_ACK_DISABLE))
		e->stage = ANSWERS;
	finish(e);
}

/* A GET has its MD: the REPLY is an operation of the MD that asked. */
static void reply(struct end *get)
{
	struct lnet_event *ev = &get->w.d.ev;
	struct lnet_frags from = frags_of(get->w.d.md, ev->offset), to;
	struct end *e = end_new();

	if (e && !begin(e, get->asker)) {
		e->w.d.ev.type = LNET_EVENT_REPLY;
		e->w.d.ev.msg_type = LNET_MSG_REPLY;
		e->w.d.ev.initiator = self;
		e->w.d.ev.rlength = ev->mlength;
		e->w.d.ev.mlength = ev->mlength;
		to = frags_of(e->w.d.md, 0);
		lnet_payload_copy(&to, &from, ev->mlength);
		finish(e);
	} else if (e) {
		end_free(e);
	}
	finish(get);
}

/* False: no memory. */
static bool set_aside(struct end *e, const struct lnet_frags *from)
{
	unsigned int bytes = e->w.d.ev.rlength;
	struct kvec one = { .iov_len = bytes };
	struct lnet_frags to = { .niov = 1, .iov = &one, .len = bytes };
	struct lnet_frags rest = *from;

	e->aside = kmalloc(bytes + 1, GFP_ATOMIC);
	if (!e->aside)
		return false;
	one.iov_base = e->aside;
	lnet_payload_copy(&to, &rest, bytes);
	e->w.d.delayed = true;
	e->w.wait.via = &via;
	e->stage = WAITS;
	return true;
}

static void count_match(const struct lnet_event *ev)
{
	struct lnet_portal_stats *portal;

	preempt_disable();
	portal = &lnet_cpu()->stats.portal[ev->pt_index];
	lnet_count(portal->matched, 1);
	lnet_count(portal->bytes, ev->mlength);
	preempt_enable();
}

static void match(struct end *e, const struct lnet_frags *from)
{
	struct lnet_portal *pt = lnet_portal(e->w.d.ev.pt_index);
	enum lnet_portal_drop why = LNET_DROP_NO_MATCH;

	for (;;) {
		switch (lnet_match(pt, &e->w.d, &why)) {
		case LNET_MATCHED:
			count_match(&e->w.d.ev);
			if (e->w.d.ev.msg_type == LNET_MSG_GET)
				reply(e);
			else
				receive(e, from);
			return;
		case LNET_DELAYED:
			return;
		case LNET_EAGER:
			why = LNET_DROP_DELAY_FAILED;
			if (set_aside(e, from))
				continue;
			fallthrough;
		case LNET_DROPPED:
			drop(e, why);
			return;
		}
	}
}

/* In a run: @sent has reached its target, and so is over. */
static void arrive(struct end *sent)
{
	const struct lnet_event *from = &sent->w.d.ev;
	struct lnet_frags frags = frags_of(sent->w.d.md, 0);
	struct end *e = end_new();

	if (e) {
		e->ack = sent->ack;
		e->asker = sent->asker;
		e->w.d.roffset = sent->w.d.roffset;
		e->w.d.ev = *from;
		e->w.d.ev.type = from->msg_type == LNET_MSG_GET ? LNET_EVENT_GET :
								  LNET_EVENT_PUT;
		e->w.d.ev.mlength = 0;
		match(e, &frags);
	}
	finish(sent);
}

static void acknowledge(struct end *put)
{
	struct lnet_event done = put->w.d.ev;
	struct end *e = put;

	e->stage = ENDS;
	if (begin(e, e->asker)) {
		end_free(e);
		return;
	}
	e->w.d.ev.type = LNET_EVENT_ACK;
	e->w.d.ev.msg_type = LNET_MSG_ACK;
	e->w.d.ev.match_bits = done.match_bits;
	e->w.d.ev.mlength = done.mlength;
	finish(e);
}

/* An ACK is not delivered inside: the run comes to it. */
void lnet_delivery_done(struct lnet_cpu *c, struct lnet_delivery *d)
{
	struct end *e = end_of(d);

	if (e->stage == ANSWERS)
		list_add_tail(&d->later, &lnet_run_todo(lnet_run_find(c))->later);
	else
		end_free(e);
}

static void go_on_waiting(struct end *e)
{
	struct kvec one = { .iov_base = e->aside, .iov_len = e->w.d.ev.rlength };
	struct lnet_frags from = { .niov = 1, .iov = &one, .len = one.iov_len };

	if (e->w.d.md) {
		count_match(&e->w.d.ev);
		receive(e, &from);
	} else {
		drop(e, lnet_delivery_dropped(&e->w.d));
	}
	preempt_disable();
	lnet_users_leave(lnet_cpu(), &via);
	preempt_enable();
}

void lnet_delivery_go_on(struct lnet_delivery *d)
{
	struct end *e = end_of(d);

	switch (e->stage) {
	case WAITS:
		go_on_waiting(e);
		break;
	case ANSWERS:
		acknowledge(e);
		break;
	default:
		arrive(e);
		break;
	}
}

/* Preemption is off. */
static void put_in_order(struct end *e)
{
	struct lnet_cpu *c = lnet_cpu();
	struct lnet_run *run = lnet_run_find(c), own;

	if (run) {
		list_add_tail(&e->w.d.later, &lnet_run_todo(run)->later);
		return;
	}
	lnet_run_begin(&own, c);
	list_add_tail(&e->w.d.later, &lnet_run_todo(&own)->later);
	lnet_run_end(&own);
}

static int send(struct lnet_handle_md mdh, u8 type, bool ack, unsigned int portal,
		u64 match_bits, unsigned int offset, u64 hdr_data)
{
	struct lnet_event *ev;
	struct lnet_cpu *c;
	struct end *e;
	int rc;

	rc = lnet_api_enter(&c);
	if (rc)
		return rc;
	e = end_new();
	rc = portal >= LNET_MAX_PORTALS ? -EINVAL : e ? begin(e, mdh) : -ENOMEM;
	if (rc)
		goto out;

	ev = &e->w.d.ev;
	ev->type = LNET_EVENT_SEND;
	ev->msg_type = type;
	ev->target = self;
	ev->initiator = self;
	ev->source = self;
	ev->sender = self.nid;
	ev->pt_index = portal;
	ev->match_bits = match_bits;
	ev->hdr_data = hdr_data;
	ev->rlength = e->w.d.md->length;
	ev->mlength = ev->rlength;
	e->w.d.roffset = offset;
	e->ack = ack;
	e->asker = mdh;
	put_in_order(e);
out:
	preempt_enable();
	if (rc && e)
		end_free(e);
	return rc;
}

/* The part of the API that is the network layer's, as far as suites use it. */
int LNetPut(lnet_nid_t from, struct lnet_handle_md mdh, enum lnet_ack_req ack,
	    struct lnet_process_id target, unsigned int portal, __u64 match_bits,
	    unsigned int offset, __u64 hdr_data)
{
	return send(mdh, LNET_MSG_PUT, ack == LNET_ACK_REQ, portal, match_bits,
		    offset, hdr_data);
}

int LNetGet(lnet_nid_t from, struct lnet_handle_md mdh,
	    struct lnet_process_id target, unsigned int portal, __u64 match_bits,
	    unsigned int offset, bool recovery)
{
	return send(mdh, LNET_MSG_GET, false, portal, match_bits, offset, 0);
}

int LNetNIInit(lnet_pid_t pid)
{
	int rc;

	mutex_lock(&users_mutex);
	rc = users++;
	if (!rc) {
		lnet_users_init(&via, via_counts);
		WRITE_ONCE(lnet_running, true);
	}
	mutex_unlock(&users_mutex);
	return rc;
}

int LNetNIFini(void)
{
	mutex_lock(&users_mutex);
	if (!--users) {
		WRITE_ONCE(lnet_running, false);
		lnet_users_shut(&via);
		synchronize_rcu();
		lnet_portal_purge(&via);
		lnet_me_purge();
		lnet_md_purge();
		lnet_eq_purge();
		lnet_portal_clear_all();
	}
	mutex_unlock(&users_mutex);
	return 0;
}

/* Also of what has not been made. */
static void memory_undo(void)
{
	lnet_objects_exit();
	lnet_handle_exit();
	lnet_cpus_exit();
}

static int __init net_init(void)
{
	int rc = -ENOMEM;

	via_counts = alloc_percpu(s64);
	if (!via_counts)
		return rc;
	rc = lnet_work_init();
	if (rc)
		goto err_counts;
	rc = lnet_cpus_init();
	if (rc)
		goto err_work;
	rc = lnet_objects_init();
	if (rc)
		goto err_memory;
	lnet_me_init();
	lnet_portal_init();
	return 0;

err_memory:
	memory_undo();
err_work:
	lnet_work_exit();
err_counts:
	free_percpu(via_counts);
	return rc;
}
module_init(net_init);

static void __exit net_exit(void)
{
	WARN(atomic_read(&ends), "%d ends of messages are left\n", atomic_read(&ends));
	lnet_portal_exit();
	rcu_barrier();
	rcu_barrier();
	memory_undo();
	lnet_work_exit();
	free_percpu(via_counts);
}
module_exit(net_exit);

MODULE_DESCRIPTION("The event layer of lnet alone, and KUnit suites of it");
MODULE_LICENSE("GPL");
