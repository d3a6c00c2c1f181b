// SPDX-License-Identifier: GPL-2.0
/*
 * Handshakes: their places, how they end, and the HELLO that they say. The steps of one are in
 * greet.c.
 *
 * Only callers, which connect to us, need a place: there are callers_max in all, and
 * callers_each for one address, and a share of callers_max for the addresses of one /64. If there
 * is none left, a new caller takes the place of the caller that has said nothing for longest. So a
 * crowd of silent callers locks out only itself.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "greet.h"
#include "addr.h"
#include "net.h"
#include "param.h"
#include "socket.h"

#include <linux/printk.h>
#include <linux/spinlock.h>

#include <lnet/lnd.h>

static DEFINE_SPINLOCK(greets_lock);	/* G; taken by tasks only */
static LIST_HEAD(callers);		/* G: callers that have a place; silent for longest first */
static LIST_HEAD(others);		/* G: dials, and callers that have lost their place */
static unsigned int callers_nr;		/* G: number of callers that have a place */
static unsigned int callers_all;	/* G: with those yet to be ended; READ_ONCE to read */

/* Ending -------------------------------------------------------------------- */

/**
 * ksock_greet_why() - tell which reason to count for an error
 * @g: the handshake that the error ends
 * @rc: the error, -errno, that has ended the handshake
 *
 * Context: the handshake's worker.
 * Return: the reason.
 */
enum ksock_reason ksock_greet_why(const struct ksock_greet *g, int rc)
{
	const bool requests = g->state <= KSOCK_GREET_CONNREQ;

	switch (rc) {
	case -EALREADY:
	case -EAGAIN:
		return KSOCK_REASON_REFUSED;
	case -EPROTO:
		return requests ? KSOCK_REASON_BAD_CONNREQ : KSOCK_REASON_BAD_HELLO;
	case -EPROTONOSUPPORT:
		return KSOCK_REASON_QUERY;
	case -EOPNOTSUPP:
	case -EHOSTUNREACH:
		/* A caller wants another node, or 0@lo; if we connect, the network failed. */
		return g->peer ? KSOCK_REASON_ERROR : KSOCK_REASON_NOT_OURS;
	case -ECONNRESET:
		return g->peer ? KSOCK_REASON_ERROR : KSOCK_REASON_PEER;
	case -ETIMEDOUT:
		return KSOCK_REASON_TIMEOUT;
	case -ENOMEM:
		return KSOCK_REASON_NO_MEMORY;
	case -ESHUTDOWN:
		return KSOCK_REASON_SHUTDOWN;
	case -EACCES:
		/* If we connect, a route or a firewall prohibits it. */
		return g->peer ? KSOCK_REASON_ERROR : KSOCK_REASON_ADDRESS;
	case -EADDRNOTAVAIL:
		/* If we connect, our own address has just gone. */
		return g->peer ? KSOCK_REASON_ERROR : KSOCK_REASON_NO_NODE;
	default:
		return KSOCK_REASON_ERROR;
	}
}

#define REFUSED	"connection from %s refused: %s\n"

/**
 * ksock_greet_count() - count a handshake that comes to nothing
 * @g: the handshake that has failed
 * @why: reason to count, and to log for a caller if it is a bad one
 *
 * attempt.c logs what becomes of a dial. Callers that say nothing in time, or are too many,
 * have a rate limit of their own: a crowd of them would suppress the lines of others.
 *
 * Context: the handshake's worker.
 */
void ksock_greet_count(struct ksock_greet *g, enum ksock_reason why)
{
	const char *text = ksock_reason_text(why);
	char from[KSOCK_ADDR_TEXT];

	ksock_reason_count(why);
	if (g->peer || !ksock_reason_is_bad(why))
		return;
	ksock_addr_print(&g->addr, g->port, from);
	if (why == KSOCK_REASON_TOO_MANY || why == KSOCK_REASON_SLOW)
		pr_warn_ratelimited(REFUSED, from, text);
	else
		pr_warn_ratelimited(REFUSED, from, text);
}

/**
 * ksock_greet_abort() - mark a handshake to end
 * @g: the handshake; kept from being freed by the lock of its list or peer, or by other means
 * @why: reason to count, if it has not ended by then
 *
 * Context: any.
 */
void ksock_greet_abort(struct ksock_greet *g, enum ksock_reason why)
{
	if (cmpxchg(&g->aborted, KSOCK_REASON_NONE, why) == KSOCK_REASON_NONE)
		ksock_job_kick(&g->job, KSOCK_JOB_READ);
}

/* Places -------------------------------------------------------------------- */

static void greet_lose_place_locked(struct ksock_greet *g)
{
	lockdep_assert_held(&greets_lock);
	if (!g->group || g->place_lost)
		return;
	g->place_lost = true;
	callers_nr--;
	list_move_tail(&g->link, &others);
}

/* Make room for a caller from @addr: if there is none, the one silent for longest goes. */
static void greet_make_room_locked(const struct in6_addr *addr)
{
	struct ksock_greet *g, *same = NULL, *near = NULL;
	unsigned int each = 0, prefix = 0;

	lockdep_assert_held(&greets_lock);
	list_for_each_entry(g, &callers, link) {
		if (ksock_addr_is_near(&g->addr, addr)) {
			near = near ?: g;
			prefix++;
		}
		if (!ksock_addr_is_same(&g->addr, addr))
			continue;
		same = same ?: g;
		each++;
	}
	if (each >= ksock_params.callers_each)
		g = same;
	else if (prefix >= ksock_params.prefix_callers)
		g = near;
	else if (callers_nr >= ksock_params.callers_max)
		g = list_first_entry(&callers, struct ksock_greet, link);
	else
		return;
	greet_lose_place_locked(g);
	ksock_greet_abort(g, KSOCK_REASON_TOO_MANY);
}

/**
 * ksock_greet_has_room() - tell whether another caller may be heard
 *
 * Context: task.
 * Return: false if workers are slow to end the callers that have lost their places.
 */
bool ksock_greet_has_room(void)
{
	return READ_ONCE(callers_all) < 2 * ksock_params.callers_max;
}

/**
 * ksock_greet_add() - list a handshake; a caller's gets a place, which another may lose to it
 * @g: the handshake, which is in no list
 *
 * Context: task; does not sleep.
 */
void ksock_greet_add(struct ksock_greet *g)
{
	spin_lock(&greets_lock);
	if (g->group) {
		greet_make_room_locked(&g->addr);
		callers_nr++;
		WRITE_ONCE(callers_all, callers_all + 1);
	}
	list_add_tail(&g->link, g->group ? &callers : &others);
	spin_unlock(&greets_lock);
}

/**
 * ksock_greet_del() - take a handshake that ends off its list, and its place from it
 * @g: the handshake, which is in a list
 *
 * Context: task; does not sleep.
 */
void ksock_greet_del(struct ksock_greet *g)
{
	spin_lock(&greets_lock);
	greet_lose_place_locked(g);
	if (g->group)
		WRITE_ONCE(callers_all, callers_all - 1);
	list_del(&g->link);
	spin_unlock(&greets_lock);
}

/**
 * ksock_greet_give_net() - give a caller the NI that it wants
 * @g: the caller's handshake; as it has said something, it is the last now to lose its place
 * @net: the NI; the caller's reference to it becomes the handshake's
 *
 * Context: the handshake's worker.
 */
void ksock_greet_give_net(struct ksock_greet *g, struct ksock_net *net)
{
	spin_lock(&greets_lock);
	g->net = net;
	if (!g->place_lost)
		list_move_tail(&g->link, &callers);
	spin_unlock(&greets_lock);
}

static void greet_stop_locked(struct list_head *list, const struct ksock_net *net,
			      const struct ksock_greet_group *group, enum ksock_reason why)
{
	struct ksock_greet *g;

	list_for_each_entry(g, list, link)
		if ((net && g->net == net) || (group && g->group == group))
			ksock_greet_abort(g, why);
}

/**
 * ksock_greets_stop() - abort the handshakes of an NI or a group
 * @net: the NI whose handshakes end, or NULL
 * @group: the callers of a listener, or NULL
 * @why: reason to count for each handshake
 *
 * Context: task; does not sleep. The handshakes end soon after.
 */
void ksock_greets_stop(const struct ksock_net *net,
		       const struct ksock_greet_group *group, enum ksock_reason why)
{
	spin_lock(&greets_lock);
	greet_stop_locked(&callers, net, group, why);
	greet_stop_locked(&others, net, group, why);
	spin_unlock(&greets_lock);
}

/**
 * ksock_greet_group_put() - drop a reference to a group of callers
 * @group: the group; its owner may free it once @released is complete
 *
 * Context: task.
 */
void ksock_greet_group_put(struct ksock_greet_group *group)
{
	if (refcount_dec_and_test(&group->refs))
		complete(&group->released);
}

/* Sending ------------------------------------------------------------------- */

/**
 * ksock_greet_say_hello() - send a HELLO
 * @g: the handshake whose socket is written to
 * @to: the NID that the HELLO is for
 * @version: version of the protocol to speak, KSOCK_V1 to KSOCK_V4
 * @ctype: type of the connection, as seen from this node; KSOCK_NONE: not wanted
 *
 * The PID in it is lnet_lnd_pid(), so never LNET_PID_ANY, which a Lustre node does not
 * survive.
 *
 * Context: the handshake's worker.
 * Return: 0 or -errno, as of ksock_socket_say().
 */
int ksock_greet_say_hello(struct ksock_greet *g, const struct lnet_nid *to,
			  unsigned int version, enum ksock_ctype ctype)
{
	struct ksock_hello hello = {
		.version = version,
		.src_pid = g->net->pid,
		.src_incarnation = READ_ONCE(g->net->incarnation),
		.dst_nid = *to,
		.ctype = ctype,
	};
	u8 bytes[KSOCK_HELLO_MAX];
	size_t n;

	lnet_nid_expand(g->net->ni->nid, &hello.src_nid);
	n = ksock_proto_hello_encode(bytes, &hello);
	g->incarnation = hello.src_incarnation;
	g->has_sent = true;
	return ksock_socket_say(g->job.sock, bytes, n);
}
