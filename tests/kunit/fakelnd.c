// SPDX-License-Identifier: GPL-2.0
/*
 * An LND without a network. A test plays the peer: it hands headers to the
 * core with lt_parse() (fakelnd_hdr.c) and looks at what the core gives to lnd_send(). Every
 * completion can be held back, and every callback can be told to fail.
 */
#include "common.h"
#include "event/api.h"
#include "event/eq.h"
#include "event/run.h"

#include <linux/cpumask.h>
#include <linux/debug_locks.h>
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/string.h>

/* The NI that lnd_startup() is called for, if it is none that was offered. */
static DEFINE_MUTEX(starting_mutex);
static struct lt_ni *starting;		/* starting_mutex */

static LIST_HEAD(offers);		/* lnet_init_mutex, held by the core in lnd_nid() */
static atomic_t shutdowns;

/* Copy between the fragments of a message and flat memory. ----------------- */

/* Part of a fragment: its address, and the bytes that are left of it behind @offset. */
static void *map_fragment(struct kvec *iov, struct bio_vec *kiov,
			  unsigned int i, unsigned int offset,
			  unsigned int *left)
{
	if (iov) {
		*left = iov[i].iov_len - offset;
		return (char *)iov[i].iov_base + offset;
	}
	*left = kiov[i].bv_len - offset;
	return (char *)kmap_local_page(kiov[i].bv_page) + kiov[i].bv_offset +
	       offset;
}

static unsigned int fragment_len(struct kvec *iov, struct bio_vec *kiov,
				 unsigned int i)
{
	return iov ? iov[i].iov_len : kiov[i].bv_len;
}

/* Where @flat is NULL the fragments get zeroes. */
static void copy_fragments(struct kvec *iov, struct bio_vec *kiov,
			   unsigned int niov, unsigned int offset,
			   u8 *flat, unsigned int bytes, bool gather)
{
	unsigned int i, left, n;
	void *p;

	for (i = 0; i < niov && bytes; i++) {
		n = fragment_len(iov, kiov, i);
		if (offset >= n) {
			offset -= n;
			continue;
		}
		p = map_fragment(iov, kiov, i, offset, &left);
		n = min(left, bytes);
		if (gather)
			memcpy(flat, p, n);
		else if (flat)
			memcpy(p, flat, n);
		else
			memset(p, 0, n);
		if (kiov)
			kunmap_local(p);
		offset = 0;
		bytes -= n;
		if (flat)
			flat += n;
	}
	WARN_ONCE(bytes, "fake LND: payload past the fragments\n");
}

/* The callbacks ----------------------------------------------------------- */

/* The lock that the core may hold, or holds, when it calls a driver. */
enum may_hold { NOTHING, INIT_OR_NOTHING, INIT };

#ifdef CONFIG_LOCKDEP
/* By its name: lnet_init_mutex is not exported. */
static bool is_init_mutex(const struct lockdep_map *lock)
{
	return lock->name && !strcmp(lock->name, "lnet_init_mutex");
}

/* Outside of that, if a user of the handler interface brings LNet up or down: lustre/init.c. */
static bool is_uses_mutex(const struct lockdep_map *lock)
{
	return lock->name && !strcmp(lock->name, "uses_mutex");
}

/* A work item that is running is no lock either, though lockdep lists it as one. */
static bool is_work(const struct lockdep_map *lock)
{
	return lock->name && (str_has_prefix(lock->name, "(wq_completion)") ||
			      str_has_prefix(lock->name, "(work_completion)"));
}

/* Nor what sysfs holds while an operator writes: the file system, the open file, its node. */
static bool is_write(const struct lockdep_map *lock)
{
	return lock->name && (!strcmp(lock->name, "sb_writers") ||
			      !strcmp(lock->name, "&of->mutex") ||
			      !strcmp(lock->name, "kn->active"));
}

static void watch_locks(enum may_hold may)
{
	const struct lnet_eq *handler = lnet_api_handler();
	const struct lockdep_map *lock;
	unsigned int i, init = 0;
	bool wrong = !debug_locks;

	for (i = 0; i < current->lockdep_depth; i++) {
		lock = current->held_locks[i].instance;
		/* No locks: lockdep's entries for a handler that runs, a work item, a write. */
		if ((handler && lock == &handler->dep_map) || is_work(lock) || is_write(lock))
			continue;
		if (may != NOTHING && is_uses_mutex(lock))
			continue;
		if (may != NOTHING && is_init_mutex(lock))
			init++;
		else if (may != INIT || lock != &starting_mutex.dep_map)
			wrong = true;
	}
	if (wrong || (may == INIT && !init))
		atomic_inc(&lt_lnd_locked);
}
#else
static void watch_locks(enum may_hold may)
{
}
#endif

static int lt_lnd_nid(u32 net, const char *where, lnet_nid_t *nid)
{
	struct lt_ni *f;

	watch_locks(INIT);
	list_for_each_entry(f, &offers, offered) {
		if (strcmp(where, f->where))
			continue;
		*nid = f->nid;
		return f->nid_rc;
	}
	return -ENODEV;
}

static struct lt_ni *offered_as(lnet_nid_t nid)
{
	struct lt_ni *f;

	list_for_each_entry(f, &offers, offered)
		if (f->nid == nid)
			return f;
	return NULL;
}

static int lt_lnd_startup(struct lnet_ni *ni)
{
	struct lt_ni *f = starting;

	watch_locks(INIT);
	if (!f) {
		f = offered_as(ni->nid);
		if (WARN_ON(!f))
			return -ENODEV;
		f->ni = ni;
	}
	ni->data = f;
	return f->startup_rc;
}

static void lt_lnd_shutdown(struct lnet_ni *ni)
{
	struct lt_ni *f = ni->data;

	watch_locks(INIT);
	f->nshutdown++;
	f->shutdown_turn = atomic_inc_return(&shutdowns);
	if (f->on_shutdown)
		f->on_shutdown(f);
	WRITE_ONCE(f->hold_eager, false);
	/* The NI's memory is used by each lnet_parse() that runs. */
	while (atomic_read(&f->parsing))
		schedule_timeout_uninterruptible(1);
	lt_ni_finish_all(f);
}

static void capture(struct lt_ni *f, struct lnet_msg *msg)
{
	struct lt_sent *sent = &f->sent[f->nsent++ % LT_SENT_MAX];

	sent->hdr = msg->hdr;
	sent->peer = msg->peer;
	sent->type = msg->type;
	sent->len = msg->len;
	if (msg->len)
		copy_fragments(msg->iov, msg->kiov, msg->niov, msg->offset,
			       f->tx, msg->len, true);
}

static int lt_lnd_send(struct lnet_ni *ni, void *priv, struct lnet_msg *msg)
{
	struct lt_ni *f = ni->data;

	watch_locks(NOTHING);
	spin_lock(&f->lock);
	capture(f, msg);
	if (f->send_rc) {
		spin_unlock(&f->lock);
		return f->send_rc;
	}
	if (f->hold_send) {
		list_add_tail(&msg->queue, &f->held_send);
		spin_unlock(&f->lock);
		return 0;
	}
	spin_unlock(&f->lock);
	return f->send_status ?: 1;
}

/* The message may be gone, and another message in @rx, when this returns. */
static void receive(struct lt_rx *rx, int status)
{
	struct lnet_msg *msg = rx->msg;

	if (!status && rx->mlen)
		copy_fragments(rx->iov, rx->kiov, rx->niov, rx->offset,
			       (u8 *)rx->payload, rx->mlen, false);
	rx->msg = NULL;
	WRITE_ONCE(rx->done, true);
	lnet_finalize(msg, status);
}

static int lt_lnd_recv(struct lnet_ni *ni, void *priv, struct lnet_msg *msg,
		       int delayed, unsigned int niov, struct kvec *iov,
		       struct bio_vec *kiov, unsigned int offset,
		       unsigned int mlen, unsigned int rlen)
{
	struct lt_rx *rx = (void *)((unsigned long)priv & ~1UL);
	struct lt_ni *f = ni->data;

	/* The thread that takes the NI down drops what waited on a lazy portal. */
	watch_locks(!msg && READ_ONCE(ni->closing) ? INIT_OR_NOTHING : NOTHING);
	rx->newpriv = (unsigned long)priv & 1;
	rx->delayed = delayed;
	rx->rlen = rlen;
	rx->recvs++;
	spin_lock(&f->lock);
	f->nrecv++;
	spin_unlock(&f->lock);
	if (delayed && READ_ONCE(rx->parsed))
		rx->too_late = !lnet_msg_abandon(rx->waits);
	if (!msg) {
		if (f->on_discard)
			f->on_discard(f);
		while (f->hold_discard && !READ_ONCE(ni->closing))
			schedule_timeout_uninterruptible(1);
		rx->dropped = true;
		WRITE_ONCE(rx->done, true);
		return 0;
	}
	if (f->recv_rc) {
		WRITE_ONCE(rx->done, true);
		return f->recv_rc;
	}

	rx->msg = msg;
	rx->iov = iov;
	rx->kiov = kiov;
	rx->niov = niov;
	rx->offset = offset;
	rx->mlen = mlen;
	if (f->hold_recv) {
		spin_lock(&f->lock);
		list_add_tail(&rx->link, &f->held_recv);
		spin_unlock(&f->lock);
		return 0;
	}
	receive(rx, f->recv_status);
	return 0;
}

static int lt_lnd_eager_recv(struct lnet_ni *ni, void *priv,
			     struct lnet_msg *msg, void **newpriv)
{
	struct lt_ni *f = ni->data;
	struct lt_rx *rx = priv;

	watch_locks(NOTHING);
	WRITE_ONCE(rx->eager, true);
	rx->waits = msg;
	while (READ_ONCE(f->hold_eager))
		schedule_timeout_uninterruptible(1);
	if (f->eager_rc >= 0)
		*newpriv = (void *)((unsigned long)rx | 1);
	return f->eager_rc;
}

static int lt_lnd_ctl(struct lnet_ni *ni, unsigned int cmd, void *arg)
{
	struct lt_ni *f = ni->data;

	watch_locks(NOTHING);
	f->ctl_cmd = cmd;
	f->ctl_arg = arg;
	return f->ctl_rc;
}

static void lt_lnd_notify(struct lnet_ni *ni, lnet_nid_t nid, int alive)
{
	struct lt_ni *f = ni->data;

	watch_locks(NOTHING);
	f->notify_nid = nid;
	f->notify_alive = alive;
	if (f->on_notify)
		f->on_notify(f);
}

static void lt_lnd_query(struct lnet_ni *ni, lnet_nid_t nid, time64_t *when)
{
	struct lt_ni *f = ni->data;

	watch_locks(NOTHING);
	f->query_nid = nid;
	*when = f->query_when;
}

static bool lt_lnd_reaches(struct lnet_ni *ni, lnet_nid_t nid)
{
	struct lt_ni *f = ni->data;

	/* Called in an RCU read section, which lockdep takes for a lock. */
	return nid != f->unreachable;
}

static int lt_lnd_accept(struct lnet_ni *ni, struct socket *sock)
{
	struct lt_ni *f = ni->data;

	watch_locks(NOTHING);
	f->accept_sock = sock;
	return f->accept_rc;
}

/* Those of a reader are held in this one and the next: of an open file, of a netlink dump. */
static void lt_lnd_facts(struct lnet_ni *ni, struct lnet_lnd_facts *facts)
{
	struct lt_ni *f = ni->data;

	*facts = f->facts;
}

static bool lt_lnd_peer_facts(struct lnet_ni *ni, lnet_nid_t nid,
			      struct lnet_lnd_peer_facts *facts)
{
	struct lt_ni *f = ni->data;

	if (nid != f->peer_known)
		return false;
	*facts = f->peer_facts;
	return true;
}

static void lt_lnd_forget_least(struct lnet_ni *ni)
{
	struct lt_ni *f = ni->data;

	watch_locks(NOTHING);
	f->nforget++;
}

const struct lnet_lnd lt_lnd = {
	.type		= PTL4LND,
	.name		= "ptlf",
	.owner		= THIS_MODULE,
	.lnd_nid	= lt_lnd_nid,
	.lnd_startup	= lt_lnd_startup,
	.lnd_shutdown	= lt_lnd_shutdown,
	.lnd_ctl	= lt_lnd_ctl,
	.lnd_send	= lt_lnd_send,
	.lnd_recv	= lt_lnd_recv,
	.lnd_eager_recv	= lt_lnd_eager_recv,
	.lnd_notify	= lt_lnd_notify,
	.lnd_query	= lt_lnd_query,
	.lnd_reaches	= lt_lnd_reaches,
	.lnd_accept	= lt_lnd_accept,
	.lnd_facts	= lt_lnd_facts,
	.lnd_peer_facts	= lt_lnd_peer_facts,
	.lnd_forget_least = lt_lnd_forget_least,
};
EXPORT_SYMBOL_GPL(lt_lnd);

/* NIs --------------------------------------------------------------------- */

/**
 * lt_ni_new() - make an NI that is not up yet
 * @test: the case, which ends if there is no memory
 *
 * Context: The task of the case; may sleep.
 * Return: the NI, until the case is over.
 */
struct lt_ni *lt_ni_new(struct kunit *test)
{
	struct lt_ni *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	spin_lock_init(&f->lock);
	INIT_LIST_HEAD(&f->held_send);
	INIT_LIST_HEAD(&f->held_recv);
	f->tx = lt_vmalloc(test, LNET_MTU);
	return f;
}
EXPORT_SYMBOL_GPL(lt_ni_new);

/**
 * lt_ni_start() - bring an NI up
 * @f: the NI, of lt_ni_new()
 * @nid: the NID that it gets
 *
 * Context: Task; may sleep.
 * Return: 0, or what lnet_ni_startup() returns below 0. The caller calls lt_ni_stop() after 0.
 */
int lt_ni_start(struct lt_ni *f, lnet_nid_t nid)
{
	struct lnet_ni *ni;

	mutex_lock(&starting_mutex);
	starting = f;
	ni = lnet_ni_startup(&lt_lnd, nid);
	starting = NULL;
	mutex_unlock(&starting_mutex);
	if (IS_ERR(ni))
		return PTR_ERR(ni);
	f->ni = ni;
	return 0;
}
EXPORT_SYMBOL_GPL(lt_ni_start);

/**
 * lt_ni_stop() - take an NI down, if it is up
 * @f: the NI
 *
 * Context: Task; may sleep.
 */
void lt_ni_stop(struct lt_ni *f)
{
	if (f->ni)
		lnet_ni_shutdown(f->ni);
	f->ni = NULL;
}
EXPORT_SYMBOL_GPL(lt_ni_stop);

static void undo_ni(void *arg)
{
	lt_ni_stop(arg);
}

/**
 * lt_ni_at() - make an NI and bring it up
 * @test: the case, which ends if that fails
 * @nid: the NID that it gets
 *
 * Context: The task of the case; may sleep.
 * Return: the NI, which is up until the case is over, or until lt_ni_stop().
 */
struct lt_ni *lt_ni_at(struct kunit *test, lnet_nid_t nid)
{
	struct lt_ni *f = lt_ni_new(test);

	KUNIT_ASSERT_EQ(test, lt_ni_start(f, nid), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, undo_ni, f), 0);
	return f;
}
EXPORT_SYMBOL_GPL(lt_ni_at);

/**
 * lt_ni() - make an NI and bring it up at LT_NID_SELF
 * @test: the case, which ends if that fails
 *
 * Context: The task of the case; may sleep.
 * Return: the NI, which is up until the case is over, or until lt_ni_stop().
 */
struct lt_ni *lt_ni(struct kunit *test)
{
	return lt_ni_at(test, LT_NID_SELF);
}
EXPORT_SYMBOL_GPL(lt_ni);

static void undo_offer(void *arg)
{
	struct lt_ni *f = arg;

	list_del(&f->offered);
}

/**
 * lt_ni_offer() - make an NI that comes up when networks= names it
 * @test: the case, which has LNet down by its end
 * @where: the text in the brackets of networks=
 * @nid: the NID that lnd_nid() returns for it
 *
 * Context: The task of the case, while LNet is down; may sleep.
 * Return: the NI, which is offered until the case is over.
 */
struct lt_ni *lt_ni_offer(struct kunit *test, const char *where, lnet_nid_t nid)
{
	struct lt_ni *f = lt_ni_new(test);

	f->where = where;
	f->nid = nid;
	list_add_tail(&f->offered, &offers);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, undo_offer, f),
			0);
	return f;
}
EXPORT_SYMBOL_GPL(lt_ni_offer);

/**
 * lt_ni_sends() - count the messages that were given to the LND
 * @f: the NI
 *
 * Context: Task, or a callback of LNet.
 * Return: the number of messages.
 */
unsigned int lt_ni_sends(struct lt_ni *f)
{
	unsigned int n;

	spin_lock(&f->lock);
	n = f->nsent;
	spin_unlock(&f->lock);
	return n;
}
EXPORT_SYMBOL_GPL(lt_ni_sends);

/**
 * lt_ni_sent() - look at a message that was given to the LND
 * @test: the case, which ends if there is no such message
 * @f: the NI
 * @index: the number of the message, 0 for the first ever; the last LT_SENT_MAX are kept
 *
 * Context: The task of the case.
 * Return: the message.
 */
const struct lt_sent *lt_ni_sent(struct kunit *test, struct lt_ni *f,
				 unsigned int index)
{
	KUNIT_ASSERT_LT(test, index, lt_ni_sends(f));
	return &f->sent[index % LT_SENT_MAX];
}
EXPORT_SYMBOL_GPL(lt_ni_sent);

/**
 * lt_ni_finish_send() - end a send that is held
 * @f: the NI
 * @index: the number of the send, 0 for the one that is held for longest
 * @status: the status with which it ends
 *
 * Context: Task; callbacks may run in the call.
 * Return: false if there is no such send.
 */
bool lt_ni_finish_send(struct lt_ni *f, unsigned int index, int status)
{
	struct lnet_msg *msg;
	bool found = false;

	spin_lock(&f->lock);
	list_for_each_entry(msg, &f->held_send, queue) {
		if (index--)
			continue;
		list_del_init(&msg->queue);
		found = true;
		break;
	}
	spin_unlock(&f->lock);

	if (found)
		lnet_finalize(msg, status);
	return found;
}
EXPORT_SYMBOL_GPL(lt_ni_finish_send);

/**
 * lt_ni_finish_sends() - end the sends that are held
 * @f: the NI
 * @status: the status with which they end
 *
 * Context: Task; callbacks may run in the call.
 * Return: the number of sends.
 */
unsigned int lt_ni_finish_sends(struct lt_ni *f, int status)
{
	unsigned int n = 0;

	while (lt_ni_finish_send(f, 0, status))
		n++;
	return n;
}
EXPORT_SYMBOL_GPL(lt_ni_finish_sends);

/**
 * lt_ni_finish_recv() - end a receive that is held
 * @f: the NI
 * @index: the number of the receive, 0 for the one that is held for longest
 * @status: the status with which it ends
 *
 * Context: Task; callbacks may run in the call.
 * Return: false if there is no such receive.
 */
bool lt_ni_finish_recv(struct lt_ni *f, unsigned int index, int status)
{
	struct lt_rx *rx;
	bool found = false;

	spin_lock(&f->lock);
	list_for_each_entry(rx, &f->held_recv, link) {
		if (index--)
			continue;
		list_del_init(&rx->link);
		found = true;
		break;
	}
	spin_unlock(&f->lock);

	if (found)
		receive(rx, status);
	return found;
}
EXPORT_SYMBOL_GPL(lt_ni_finish_recv);

/**
 * lt_ni_held_recvs() - count the receives that are held
 * @f: the NI
 *
 * Context: Task.
 * Return: the number of receives.
 */
unsigned int lt_ni_held_recvs(struct lt_ni *f)
{
	struct lt_rx *rx;
	unsigned int n = 0;

	spin_lock(&f->lock);
	list_for_each_entry(rx, &f->held_recv, link)
		n++;
	spin_unlock(&f->lock);
	return n;
}
EXPORT_SYMBOL_GPL(lt_ni_held_recvs);

/**
 * lt_ni_finish_all() - fail all that is held, and hold nothing any more
 * @f: the NI
 *
 * Context: Task; callbacks may run in the call.
 */
void lt_ni_finish_all(struct lt_ni *f)
{
	f->hold_send = false;
	f->hold_recv = false;
	do {
		while (lt_ni_finish_recv(f, 0, LT_LND_ENDED))
			;
	} while (lt_ni_finish_sends(f, LT_LND_ENDED));
}
EXPORT_SYMBOL_GPL(lt_ni_finish_all);

/**
 * lt_ni_drops() - count the messages that an NI has dropped for one reason
 * @f: the NI, which is up
 * @reason: the reason
 *
 * Context: Any.
 * Return: the number of messages.
 */
u64 lt_ni_drops(struct lt_ni *f, enum lnet_ni_drop reason)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(f->ni->stats, cpu)->dropped[reason];
	return sum;
}
EXPORT_SYMBOL_GPL(lt_ni_drops);

/**
 * lt_ni_drops_all() - count the messages that an NI has dropped for any reason
 * @f: the NI, which is up
 *
 * Context: Any.
 * Return: the number of messages.
 */
u64 lt_ni_drops_all(struct lt_ni *f)
{
	u64 all = 0;
	int i;

	for (i = 0; i < LNET_DROP_NI_NR; i++)
		all += lt_ni_drops(f, i);
	return all;
}
EXPORT_SYMBOL_GPL(lt_ni_drops_all);

static int __init lt_init(void)
{
	int rc = lt_meter_start();

	if (rc)
		return rc;
	rc = lnet_lnd_register(&lt_lnd);
	if (rc)
		lt_meter_stop();
	return rc;
}
module_init(lt_init);

static void __exit lt_exit(void)
{
	lnet_lnd_unregister(&lt_lnd);
	lt_meter_stop();
}
module_exit(lt_exit);
