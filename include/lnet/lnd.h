/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The interface between the core and a network driver (LND).
 *
 * An LND moves messages between nodes. The core calls it through
 * struct lnet_lnd; it calls the core with lnet_parse() for each header that
 * arrives and lnet_finalize() for each message it is done with.
 *
 * Who owns a message: the core until it calls lnd_send() or lnd_recv(); then
 * the LND until it calls lnet_finalize(), on any thread, later or, of lnd_recv(),
 * inside the call. An LND that returns an error from one of the two, or 1 from
 * lnd_send(), has not taken it.
 *
 * The module of an LND that the networks= parameter can name has the alias
 * "lnet-lnd-" and its name, as in MODULE_ALIAS("lnet-lnd-tcp"), by which the
 * core loads it when LNet comes up.
 */
#ifndef _LNET_LND_H
#define _LNET_LND_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/llist.h>

#include <lnet/types.h>
#include <lnet/wire.h>

struct lnet_delayed_peer;
struct lnet_libmd;
struct lnet_lnd;
struct lnet_dir;
struct lnet_ni_stats;
struct lnet_ping;
struct kobject;
struct module;
struct socket;

/**
 * struct lnet_users - how many use something, for the core
 * @counts: of each CPU: in less out
 * @late: those that came while somebody looked whether there are none; negative:
 *	nobody may come any more
 * @state: may one be counted in?
 */
struct lnet_users {
	s64 __percpu *counts;			/* I: */
	atomic64_t late;
	int state;				/* READ_ONCE; by cmpxchg */
};

/* What sysfs and the ping reply say of an NI. */
enum lnet_ni_status {
	LNET_NI_STATUS_UP	= 0x15aac0de,
	LNET_NI_STATUS_DOWN	= 0xdeadface,
};

/**
 * struct lnet_ni - one network interface of this node
 * @lnd: its driver
 * @nid: its NID
 * @data: the LND's own
 * @status: shown in sysfs and in answers to a ping; UP at first, the LND changes
 *	it by lnet_ni_status_set()
 * @stats: the core's per-CPU counters
 * @messages: that hold it
 * @calls: of the LND, from outside of it and perhaps sleeping
 * @closing: no new message may start on it
 * @owned: lnet_ni_shutdown() is still to come
 * @down: shut down, and kept for that
 * @link: the core's list of NIs
 * @dir: the core's sysfs folder of it
 * @ping: what the core answers when it is pinged
 */
struct lnet_ni {
	const struct lnet_lnd *lnd;		/* I: */
	lnet_nid_t nid;				/* I: */
	void *data;
	enum lnet_ni_status status;		/* READ_ONCE */

	struct lnet_ni_stats __percpu *stats;	/* I: */
	struct lnet_users messages;
	struct lnet_users calls;
	bool closing;				/* lnet_init_mutex to write */
	bool owned;				/* lnet_init_mutex */
	bool down;				/* lnet_init_mutex */
	struct list_head link;			/* RCU to read */
	struct lnet_dir *dir;			/* lnet_init_mutex */
	struct lnet_ping *ping;			/* I: */
};

/**
 * struct lnet_turn - an event's place among those of one delivery slot
 * @queue: those that have entered and not yet had their turn
 * @delivered: raised when it has been delivered, or NULL
 * @unlink: it is the UNLINK event of the MD this is in; else of a message
 */
struct lnet_turn {
	struct llist_node queue;
	bool *delivered;
	bool unlink;
} __aligned(8);

/**
 * struct lnet_delivery - an event on its way: to an MD, and through its slot
 * @turn: its place in the slot
 * @later: before that, its place in what a run comes to later
 * @md: the MD it is for; holds one operation of it
 * @roffset: offset the initiator asked for, bytes
 * @delayed: it waits, or has waited, on a lazy portal
 * @ev: what the client will see; by what is in it, it is matched
 */
struct lnet_delivery {
	union {
		struct lnet_turn turn;
		struct list_head later;
	};
	struct lnet_libmd *md;
	u32 roffset;
	bool delayed;
	struct lnet_event ev;
};

/* The lists in which a message waits. */
enum lnet_wait_order {
	LNET_WAIT_ALL,			/* of all */
	LNET_WAIT_KEY,			/* of those from its source with its bits */
	LNET_WAIT_BITS,			/* of those with its bits */
	LNET_WAIT_NR,
};

/**
 * struct lnet_wait - places in the delayed queue of a portal
 * @in: its link in each list
 * @via: the users of what it came by: none may wait any more once they are shut,
 *	and one that goes on is one of them; NULL: it waits no more
 * @peer: who sent it; NULL: this node
 * @since: when it came, the lower half of jiffies: enough for the longest age, but what
 *	has waited for 49 days and more, as there was none, may look young
 * @bytes: what it has of the portal's bytes: all, or what lnet_msg_charge() was told
 */
struct lnet_wait {
	struct list_head in[LNET_WAIT_NR];
	struct lnet_users *via;
	struct lnet_delayed_peer *peer;
	u32 since;
	u32 bytes;
};

/**
 * struct lnet_waiting - what waits on a lazy portal
 * @d: it is @d.delayed
 * @wait: where
 */
struct lnet_waiting {
	struct lnet_delivery d;
	struct lnet_wait wait;
};

/**
 * struct lnet_msg - one message, coming or going
 *
 * For the LND, of a message given to lnd_send():
 * @type: enum lnet_msg_type
 * @peer: the NID to carry it to
 * @hdr: the header, ready for the wire
 * @len: payload, bytes
 * @offset: where in the fragments the payload begins, bytes
 * @niov: number of fragments in @iov or @kiov
 * @iov: fragments in kernel memory, or NULL
 * @kiov: fragments in pages, or NULL
 * @queue: the LND's, from lnd_send() or lnd_recv() to lnet_finalize()
 * @private: the same; before, of a message that arrived, the LND's argument of
 *	lnet_parse(), and of one that leaves NULL
 * @since: the LND's, of one that leaves
 * @reclaim: the same
 *
 * The core's own:
 * @ni: the NI it arrived on or leaves by
 * @wmd: where the answer goes (ACK, REPLY)
 * @rx: it arrived; else it leaves
 * @ack: the initiator wants an ACK
 * @d: the MD and the event
 * @waiting: the same, while it waits; it has no header then
 */
struct lnet_msg {
	u8 type;
	bool rx;
	bool ack;
	bool reclaim;
	unsigned int len;
	lnet_nid_t peer;
	unsigned int offset;
	unsigned int niov;
	struct kvec *iov;
	struct bio_vec *kiov;
	struct list_head queue;
	void *private;
	unsigned long since;
	struct lnet_ni *ni;
	struct lnet_handle_wire wmd;
	union {
		struct {
			struct lnet_delivery d;
			struct lnet_hdr hdr;
		};
		struct lnet_waiting waiting;
	};
};

static_assert(sizeof(struct lnet_wait) <= sizeof(struct lnet_hdr));

/**
 * struct lnet_lnd - a driver
 *
 * Unless it says otherwise a callback runs in task context, may sleep, and no
 * lock of the core is held.
 */
struct lnet_lnd {
	/** @type: of network: SOCKLND, ... */
	u32 type;
	/** @name: of the network type, as in "@tcp" */
	const char *name;
	/** @owner: the module; each NI holds a reference. NULL: none needed */
	struct module *owner;

	/**
	 * @lnd_nid: which NID have we on network @net? @where is an IPv4
	 * prefix ("10.0.0.0/8") or address ("10.0.0.1") that is to be looked
	 * for among our own, if it is of digits, dots and a slash; "": the
	 * driver's choice, the first interface that is up and no loopback;
	 * else an interface ("eth0"). 0: it is in *@nid, which is of @net.
	 * -ENODEV: no such interface, or it has no address of that net now;
	 * -EINVAL: @where is none of these. May sleep; lnet_init_mutex may be
	 * held, so nothing the driver takes here may be held when it calls
	 * lnet_lnd_register() or lnet_ni_startup(). Optional: without it
	 * networks= cannot name its networks.
	 */
	int (*lnd_nid)(u32 net, const char *where, lnet_nid_t *nid);

	/**
	 * @lnd_startup: bring @ni up. Called one at a time under
	 * lnet_init_mutex; messages may arrive before it returns. 0, or
	 * -errno: nothing is left behind and lnd_shutdown() is not called.
	 */
	int (*lnd_startup)(struct lnet_ni *ni);

	/**
	 * @lnd_ready: @ni can be found now, by who sends and by
	 * lnet_lnd_accept(): what arrives from now on can be answered. Called
	 * once after lnd_startup(), under lnet_init_mutex, too. Optional.
	 */
	void (*lnd_ready)(struct lnet_ni *ni);

	/**
	 * @lnd_shutdown: take @ni down. When it returns, every message it had
	 * is finalized (those it could not move with an error), it calls
	 * neither lnet_parse() nor lnet_finalize() for @ni again, and holds no
	 * pointer to it. From the moment it is called, the core calls the
	 * driver for @ni only from inside its own lnet_parse() and
	 * lnet_finalize().
	 */
	void (*lnd_shutdown)(struct lnet_ni *ni);

	/**
	 * @lnd_ctl: a request of LNetCtl() the core does not know, for a
	 * network of this driver. @arg as given there. 0 or -errno. Optional:
	 * -EOPNOTSUPP without it.
	 */
	int (*lnd_ctl)(struct lnet_ni *ni, unsigned int cmd, void *arg);

	/**
	 * @lnd_send: send @msg. Must not sleep: the caller may hold off
	 * preemption, as an answer leaves from where its request was
	 * delivered. Hence it calls neither lnet_finalize() nor lnet_parse()
	 * inside: callbacks would run with preemption off to the last one.
	 * (The loopback does, in a run of its own.)
	 * @priv is NULL. 0: the LND owns @msg and will call lnet_finalize(),
	 * or another thread has already; 1: it has sent it and is done with
	 * it, the core finalizes; -errno: it has not taken it.
	 */
	int (*lnd_send)(struct lnet_ni *ni, void *priv, struct lnet_msg *msg);

	/**
	 * @lnd_recv: receive the payload of a message that lnet_parse() was
	 * given. Exactly one call for each lnet_parse() that returned 0,
	 * before it returned or, with @delayed, at any time later on any
	 * thread. @mlen bytes go to @offset of the fragments (@iov or @kiov,
	 * @niov of them); the rest up to @rlen is read and thrown away. @msg
	 * NULL: the message was dropped, throw all of it away, finalize
	 * nothing. Must not sleep with @delayed, as a client's handler may
	 * have asked for it, nor inside an lnet_parse() that was called with
	 * preemption off. 0: the LND owns @msg and will call lnet_finalize(),
	 * perhaps it has already. -errno: the payload is lost and the core
	 * finalizes.
	 */
	int (*lnd_recv)(struct lnet_ni *ni, void *priv, struct lnet_msg *msg,
			int delayed, unsigned int niov, struct kvec *iov,
			struct bio_vec *kiov, unsigned int offset,
			unsigned int mlen, unsigned int rlen);

	/**
	 * @lnd_eager_recv: @msg is about to wait on a lazy portal, inside
	 * lnet_parse(). Take its payload off the wire so that others behind
	 * it may pass. *@newpriv replaces @priv in the lnd_recv() to come. 0:
	 * all of the payload is here; 1: it is to come, and lnet_msg_charge()
	 * comes before memory is had for a piece of it; -errno: the message is
	 * dropped, @priv stays. Optional: without it @priv must stay good until
	 * lnd_recv(). Sleeping as for lnd_recv(). When the payload never comes:
	 * lnet_msg_abandon().
	 */
	int (*lnd_eager_recv)(struct lnet_ni *ni, void *priv,
			      struct lnet_msg *msg, void **newpriv);

	/**
	 * @lnd_notify: a peer was found alive or dead by other means; see
	 * lnet_lnd_notify(). Optional.
	 */
	void (*lnd_notify)(struct lnet_ni *ni, lnet_nid_t nid, int alive);

	/**
	 * @lnd_query: when was @nid last heard of? *@when as of
	 * ktime_get_seconds(), 0 for never. Optional.
	 */
	void (*lnd_query)(struct lnet_ni *ni, lnet_nid_t nid, time64_t *when);

	/**
	 * @lnd_accept: a connection for @ni came in. 0: the LND owns @sock.
	 * -errno: it does not. Optional: -EOPNOTSUPP without it.
	 */
	int (*lnd_accept)(struct lnet_ni *ni, struct socket *sock);
};

int lnet_lnd_register(const struct lnet_lnd *lnd);
void lnet_lnd_unregister(const struct lnet_lnd *lnd);
void lnet_lnd_notify(lnet_nid_t nid, int alive);
int lnet_lnd_query(lnet_nid_t nid, time64_t *when);
int lnet_lnd_accept(lnet_nid_t nid, struct socket *sock);
lnet_pid_t lnet_lnd_pid(void);

struct lnet_ni *lnet_ni_startup(const struct lnet_lnd *lnd, lnet_nid_t nid);
void lnet_ni_shutdown(struct lnet_ni *ni);
void lnet_ni_status_set(struct lnet_ni *ni, enum lnet_ni_status status);
struct kobject *lnet_ni_kobj(struct lnet_ni *ni);
struct kobject *lnet_lnd_kobj(void);

int lnet_parse(struct lnet_ni *ni, struct lnet_hdr *hdr,
	       struct lnet_process_id from, void *priv, int rdma_req);
void lnet_finalize(struct lnet_msg *msg, int status);
int lnet_msg_charge(struct lnet_msg *msg, u32 bytes);
bool lnet_msg_abandon(struct lnet_msg *msg);
void lnet_run_copied(unsigned int bytes);

#endif /* _LNET_LND_H */
