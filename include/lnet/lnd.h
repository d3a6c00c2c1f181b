/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The interface between the core and a network driver (LND).
 *
 * An LND moves messages between nodes. The core calls it through
 * struct lnet_lnd; it calls the core with lnet_parse() for each header that
 * arrives and lnet_finalize() for each message it is done with.
 *
 * Ownership of a message: the core owns it until it calls lnd_send() or lnd_recv().
 * Then the LND owns it until it calls lnet_finalize(), on any thread, later or, in
 * lnd_recv(), inside the call. If one of the two returns an error, or lnd_send()
 * returns 1, the core still owns the message.
 *
 * A NID is a number of 8 bytes, also one with a longer address; such a number means something on
 * this node only (event/large_nid.c). So an LND writes lnet_nid_expand() of it to the wire. What
 * comes from there it turns into a number by lnet_nid_find(), which is LNET_NID_ANY for a NID that
 * nothing on this node keeps; or by lnet_nid_shorten(), if it is to be kept. In particular, the
 * NIDs of the header that it gives to lnet_parse() must not be numbers that a peer has made up.
 *
 * If the networks= parameter is to name the networks of an LND, its module needs the
 * alias "lnet-lnd-" followed by the LND's name, as in MODULE_ALIAS("lnet-lnd-tcp").
 * The core loads the module by that alias when LNet comes up, or a network is added.
 */
#ifndef _LNET_LND_H
#define _LNET_LND_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/llist.h>

#include <lnet/nid.h>
#include <lnet/wire.h>

struct lnet_delayed_peer;
struct lnet_libmd;
struct lnet_lnd;
struct lnet_dir;
struct lnet_ni_stats;
struct kobject;
struct module;
struct socket;

/**
 * struct lnet_users - count the users of an object, for the core only
 * @counts: per CPU, the number of users counted in less those counted out
 * @late: number of users counted in while a closer looked whether any are left;
 *	negative once further users are refused
 * @state: whether a user may be counted in, an enum lnet_users_state
 *
 * I: immutable
 */
struct lnet_users {
	s64 __percpu *counts;			/* I: */
	atomic64_t late;
	int state;				/* READ_ONCE to read; cmpxchg to close */
};

enum { LNET_INTERFACE_SIZE = 16 };	/* name of an interface, with the final 0 */

/* State of an NI, as sysfs and the answer to a ping show it. */
enum lnet_ni_status {
	LNET_NI_STATUS_UP	= 0x15aac0de,
	LNET_NI_STATUS_DOWN	= 0xdeadface,
};

/**
 * struct lnet_ni - represent one network interface of this node
 * @lnd: its driver
 * @nid: its NID
 * @data: pointer for the LND's own use
 * @status: state that sysfs and answers to a ping show; UP at first, the LND changes
 *	it by lnet_ni_status_set()
 * @stats: per-CPU counters of the core
 * @messages: messages that hold a reference of the NI
 * @calls: calls that the core makes into the LND from outside of it and that may
 *	sleep, and delayed messages on their way back to the LND
 * @closing: true once no new message may start on the NI
 * @owned: true while lnet_ni_shutdown() is still to be called
 * @down: true once the NI is shut down and only its memory is kept, for @owned
 * @link: link in the core's list of NIs
 * @dir: sysfs folder of the NI, of the core
 *
 * I: immutable; other members name their rule.
 */
struct lnet_ni {
	const struct lnet_lnd *lnd;		/* I: */
	lnet_nid_t nid;				/* I: */
	void *data;
	enum lnet_ni_status status;		/* READ_ONCE to read */

	struct lnet_ni_stats __percpu *stats;	/* I: */
	struct lnet_users messages;
	struct lnet_users calls;
	bool closing;				/* lnet_init_mutex to write */
	bool owned;				/* under lnet_init_mutex */
	bool down;				/* under lnet_init_mutex */
	struct list_head link;			/* RCU to read, lnet_init_mutex to write */
	struct lnet_dir *dir;			/* under lnet_init_mutex */
};

/**
 * struct lnet_turn - hold an event's place among the events of one delivery slot
 * @queue: link in the queue of turns that wait in the slot
 * @delivered: flag of a waiting thread, to be raised when the event has been
 *	delivered; or NULL
 * @unlink: true: the turn is embedded in an MD and is that MD's UNLINK event; false:
 *	the turn is embedded in the delivery of a message
 */
struct lnet_turn {
	struct llist_node queue;
	bool *delivered;
	bool unlink;
} __aligned(8);

/**
 * struct lnet_delivery - carry an event to its MD and through the MD's slot
 * @turn: its place in the slot
 * @later: before that, its link in a list of messages that a run handles later
 * @md: MD that the event is for, on which it holds one operation
 * @roffset: offset in the MD that the initiator asked for, in bytes
 * @delayed: true if it waits, or has waited, on a lazy portal
 * @dropped: why it gets no MD although it has waited, a reason of the core's; valid once it
 *	has left the queue without an MD
 * @ev: event for the client; its fields are also what is matched
 */
struct lnet_delivery {
	union {
		struct lnet_turn turn;
		struct list_head later;
	};
	struct lnet_libmd *md;
	u32 roffset;
	bool delayed;
	u8 dropped;
	struct lnet_event ev;
};

/* The lists of a delayed queue that a message is in, each in order of arrival. */
enum lnet_wait_order {
	LNET_WAIT_ALL,			/* all messages of the portal */
	LNET_WAIT_KEY,			/* those of its hash of source and match bits */
	LNET_WAIT_BITS,			/* those of its hash of match bits */
	LNET_WAIT_NR,
};

/**
 * struct lnet_wait - hold a message's places in the delayed queue of a portal
 * @in: its link in each list
 * @via: users of the NI that the message came by: once they are shut no message of
 *	theirs may wait, and a message that leaves the queue is counted in as one of
 *	them; NULL: the message has left the queue
 * @peer: record of the peer that sent it; NULL: this node sent it
 * @since: time of arrival, the lower half of jiffies. That is enough for the longest
 *	age limit. A message that waited for 49 days or more while there was no limit
 *	may look young
 * @bytes: payload charged to the portal, in bytes: all of it, or the sum that
 *	lnet_msg_charge() was given
 */
struct lnet_wait {
	struct list_head in[LNET_WAIT_NR];
	struct lnet_users *via;
	struct lnet_delayed_peer *peer;
	u32 since;
	u32 bytes;
};

/**
 * struct lnet_waiting - hold the parts of a message that waits on a lazy portal
 * @d: its delivery, with @d.delayed set
 * @wait: its places in the delayed queue
 */
struct lnet_waiting {
	struct lnet_delivery d;
	struct lnet_wait wait;
};

/**
 * struct lnet_msg - represent one message that arrives or leaves
 * @type: type of the message, an enum lnet_msg_type
 * @rx: true if it arrived, false if it leaves
 * @ack: true if the initiator wants an ACK
 * @reclaim: the LND's, in a message that leaves
 * @len: length of the payload, in bytes
 * @peer: NID to carry the message to
 * @offset: offset in the fragments at which the payload begins, in bytes
 * @niov: number of fragments in @iov or @kiov
 * @iov: fragments in kernel memory, or NULL
 * @kiov: fragments in pages, or NULL
 * @queue: the LND's, from lnd_send() or lnd_recv() to lnet_finalize()
 * @private: the LND's, in the same time; before that, the LND's argument of
 *	lnet_parse() in a message that arrived, and NULL in one that leaves
 * @since: the LND's, in a message that leaves
 * @ni: NI that it arrived on or leaves by
 * @wmd: handle from the message, for its answer (ACK or REPLY)
 * @d: its MD and its event
 * @hdr: its header, ready for the wire
 * @waiting: @d and its places in the queue, while it waits on a lazy portal; the
 *	header is overwritten then
 *
 * For a message that it gives to lnd_send(), the core fills @type, @len, @peer,
 * @offset, @niov, @iov, @kiov and @hdr. The members marked as the LND's are for
 * the LND to use. All others, and all of a message that arrived, belong to the core.
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
 * struct lnet_lnd_facts - what a driver tells the operator of an NI
 * @interface: name of the interface that has its address now, or ""
 * @peer_credits: messages to one peer that may be on their way
 * @credits: messages to all peers that may be on their way
 * @credits_now: those that still may be
 * @credits_least: the least that these ever were
 * @conns_per_peer: sets of connections to a peer
 * @timeout_s: time after which a connection without progress is given up, s
 */
struct lnet_lnd_facts {
	char interface[LNET_INTERFACE_SIZE];
	unsigned int peer_credits;
	unsigned int credits;
	int credits_now, credits_least;
	unsigned int conns_per_peer;
	unsigned int timeout_s;
};

/**
 * struct lnet_lnd_peer_facts - what a driver tells the operator of a peer
 * @credits_max: messages to it that may be on their way
 * @credits: those that still may be
 * @waiting: messages that wait for their turn
 * @credits_least: the least that @credits, less @waiting, ever was
 * @waiting_bytes: payload of those that wait
 * @uses: references of the driver to it, or 0: it does not know it
 * @sends: messages to it since it is known, by type
 * @receives: messages from it, in the same way
 */
struct lnet_lnd_peer_facts {
	unsigned int credits_max;
	unsigned int credits;
	unsigned int waiting;
	int credits_least;
	u64 waiting_bytes;
	unsigned int uses;
	u64 sends[LNET_MSG_REPLY + 1];
	u64 receives[LNET_MSG_REPLY + 1];
};

/**
 * struct lnet_lnd - describe a driver
 *
 * A callback runs in task context, may sleep, and is called without a lock of the
 * core, unless its description says otherwise.
 */
struct lnet_lnd {
	/** @type: network type: SOCKLND, ... */
	u32 type;
	/** @name: name of the network type, as in "@tcp" */
	const char *name;
	/** @owner: module of the driver; each NI holds a reference. NULL: not needed */
	struct module *owner;

	/**
	 * @lnd_nid: find the NID of this node on network @net. If @where consists
	 * of digits, dots and a slash, it is an IPv4 prefix ("10.0.0.0/8") or
	 * address ("10.0.0.1") to look for among the node's own; if it has a
	 * colon, an IPv6 one. If it is "", the driver chooses: the first interface
	 * that is up and is not a loopback. Anything else is an interface
	 * ("eth0"). Returns 0 with the NID, which is on @net, or on the one of the
	 * same name with long addresses, in *@nid, and the caller calls
	 * lnet_nid_put() for it; -ENODEV: there is no such interface, or it has
	 * no address of that network now; -EINVAL: @where is none of these.
	 * lnet_init_mutex may be held, so the driver must not hold a lock that
	 * it takes here when it calls lnet_lnd_register() or
	 * lnet_ni_startup(). Optional: without it networks= cannot name the
	 * driver's networks.
	 */
	int (*lnd_nid)(u32 net, const char *where, lnet_nid_t *nid);

	/**
	 * @lnd_startup: bring @ni up. Called under lnet_init_mutex, so one call
	 * at a time; messages may arrive before it returns. Returns 0, or -errno:
	 * the driver has left nothing behind, and lnd_shutdown() is not called.
	 */
	int (*lnd_startup)(struct lnet_ni *ni);

	/**
	 * @lnd_ready: learn that senders and lnet_lnd_accept() can find @ni now,
	 * so that LNet can answer messages that arrive from now on. Called once
	 * after lnd_startup(), also under lnet_init_mutex. Optional.
	 */
	void (*lnd_ready)(struct lnet_ni *ni);

	/**
	 * @lnd_shutdown: take @ni down. When it returns, the driver has
	 * finalized every message of @ni that it had (with an error if it could
	 * not move it), does not call lnet_parse() or lnet_finalize() for @ni
	 * again, and keeps no pointer to @ni. From the call on, the core calls
	 * the driver for @ni only from inside the driver's calls of
	 * lnet_parse() and lnet_finalize(). Called under lnet_init_mutex.
	 */
	void (*lnd_shutdown)(struct lnet_ni *ni);

	/**
	 * @lnd_ctl: handle a request @cmd of LNetCtl() that the core does not
	 * know, for a network of this driver. @arg is what LNetCtl() was given.
	 * Returns 0 or -errno. Optional: without it LNetCtl() returns
	 * -EOPNOTSUPP.
	 */
	int (*lnd_ctl)(struct lnet_ni *ni, unsigned int cmd, void *arg);

	/**
	 * @lnd_send: send @msg. Must not sleep, because preemption is off: the
	 * core sends an answer from the place where it delivered the request.
	 * Must not call lnet_finalize() or lnet_parse() inside, because all
	 * callbacks would then run with preemption off. (The loopback does
	 * call them, in a run of its own.) @priv is NULL. Returns 0: the LND
	 * owns @msg and will call lnet_finalize(), or has already done so on
	 * another thread; 1: the LND has sent @msg and is done with it, the
	 * core finalizes it; -errno: the LND has not taken @msg.
	 */
	int (*lnd_send)(struct lnet_ni *ni, void *priv, struct lnet_msg *msg);

	/**
	 * @lnd_recv: receive the payload of a message that lnet_parse() was
	 * given. It is called exactly once for each lnet_parse() that returns
	 * 0: before lnet_parse() returns or, with @delayed, at any later time
	 * on any thread. The only exceptions are messages that
	 * lnet_msg_charge() or lnet_msg_abandon() have ended. @mlen bytes go to
	 * @offset of the @niov fragments in @iov or @kiov; the driver reads
	 * the rest, up to @rlen, and discards it. If @msg is NULL the message
	 * was dropped: the driver discards all of it and finalizes nothing.
	 * Must not sleep with @delayed, because a client's handler may have
	 * caused the call, nor inside an lnet_parse() that was called with
	 * preemption off. Returns 0: the LND owns @msg and will call
	 * lnet_finalize(), or has already done so; -errno: the payload is lost,
	 * and the core finalizes @msg.
	 */
	int (*lnd_recv)(struct lnet_ni *ni, void *priv, struct lnet_msg *msg,
			int delayed, unsigned int niov, struct kvec *iov,
			struct bio_vec *kiov, unsigned int offset,
			unsigned int mlen, unsigned int rlen);

	/**
	 * @lnd_eager_recv: set the payload of @msg aside, because @msg is about
	 * to wait on a lazy portal. Called inside lnet_parse(). The driver
	 * takes the payload off the wire, so that later messages can pass.
	 * *@newpriv replaces @priv in the later lnd_recv(). Returns 0: all of
	 * the payload is here; 1: it is still to come, and the driver calls
	 * lnet_msg_charge() before it allocates memory for each piece; -errno:
	 * the core drops the message, with the old @priv. Must not sleep inside
	 * an lnet_parse() that was called with preemption off. If the payload
	 * never comes, the driver calls lnet_msg_abandon(). Optional: without
	 * it @priv must stay valid until lnd_recv().
	 */
	int (*lnd_eager_recv)(struct lnet_ni *ni, void *priv,
			      struct lnet_msg *msg, void **newpriv);

	/**
	 * @lnd_notify: learn that peer @nid was found alive or dead by other
	 * means; see lnet_lnd_notify(). Optional.
	 */
	void (*lnd_notify)(struct lnet_ni *ni, lnet_nid_t nid, int alive);

	/**
	 * @lnd_query: set *@when to the time at which peer @nid was last heard
	 * from, in seconds of ktime_get_seconds(), or to 0 for never. Optional.
	 */
	void (*lnd_query)(struct lnet_ni *ni, lnet_nid_t nid, time64_t *when);

	/**
	 * @lnd_reaches: tell whether a message to @nid is likely to arrive: false
	 * if connecting has just failed, or what was sent last is not
	 * acknowledged. Called where a node has several NIDs. Must not sleep;
	 * preemption is off. Optional: without it all messages are.
	 */
	bool (*lnd_reaches)(struct lnet_ni *ni, lnet_nid_t nid);

	/**
	 * @lnd_facts: tell of @ni, for the operator. All of *@facts is 0 before.
	 * Optional: without it an NI has no interface and no limits to show.
	 */
	void (*lnd_facts)(struct lnet_ni *ni, struct lnet_lnd_facts *facts);

	/**
	 * @lnd_peer_facts: tell of the peer with @nid, for the operator. Must not
	 * sleep for long: it is called for each of many peers. Returns false if
	 * the driver does not know it; then *@facts is what it would be for one
	 * that is idle. Optional: without it all is 0.
	 */
	bool (*lnd_peer_facts)(struct lnet_ni *ni, lnet_nid_t nid,
			       struct lnet_lnd_peer_facts *facts);

	/**
	 * @lnd_forget_least: let the credits of now be the least that @ni and its peers ever
	 * had. Optional.
	 */
	void (*lnd_forget_least)(struct lnet_ni *ni);

	/**
	 * @lnd_accept: take the incoming connection @sock for @ni. Returns 0:
	 * the LND owns @sock; -errno: it does not. Optional: without it
	 * lnet_lnd_accept() returns -EOPNOTSUPP.
	 */
	int (*lnd_accept)(struct lnet_ni *ni, struct socket *sock);
};

/**
 * struct lnet_acceptor - what lnet.ko was given about incoming connections
 * @accept: whose are taken, or NULL: not given
 * @port: TCP port, or 0: not given
 * @backlog: connections that may wait, or 0: not given
 * @timeout: seconds for a handshake, or 0: not given
 */
struct lnet_acceptor {
	char *accept;
	unsigned int port, backlog, timeout;
};

const struct lnet_acceptor *lnet_acceptor_given(void);

int lnet_lnd_register(const struct lnet_lnd *lnd);
void lnet_lnd_unregister(const struct lnet_lnd *lnd);
void lnet_lnd_notify(lnet_nid_t nid, int alive);
int lnet_lnd_query(lnet_nid_t nid, time64_t *when);
int lnet_lnd_accept(lnet_nid_t nid, struct socket *sock);
bool lnet_lnd_met(const struct lnet_ni *ni, lnet_nid_t nid, bool dialled);
void lnet_lnd_parted(const struct lnet_ni *ni, lnet_nid_t nid);
void lnet_lnd_connected(const struct lnet_ni *ni, lnet_nid_t nid, bool anew);
bool lnet_lnd_is_hearsay(const struct lnet_msg *msg);
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
const char *lnet_error_text(int error);

#endif /* _LNET_LND_H */
