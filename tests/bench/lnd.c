// SPDX-License-Identifier: GPL-2.0
/*
 * An LND for measuring: it knows the moment in which an operation completes.
 *
 *	sink	is done with a message as soon as it has it: a SEND event and
 *		nothing else, so what is left of a PUT is delivery
 *	mirror	hands the message to lnet_parse() as one that has arrived, as
 *		the loopback does: matching, then the event of the target
 *	echo	is done with it, and has its ACK arrive: what a network costs the
 *		core beside the driver's own work, both ways
 *
 * The hdr_data of a PUT is 0 or the address of a time, which is set right
 * before the call of lnet_finalize() for the event that is measured: SEND of
 * the sink, PUT of the mirror. A time of 0 stays 0.
 *
 * There is no payload. The latter two do inside lnd_send() what lnd.h forbids there: all
 * that follows is one stretch with preemption off, and a handler here only counts.
 */
#include "bench.h"

#include <linux/err.h>

#include <lnet/lnd.h>

enum {
	ADDRESS_SELF	= 1,
	ADDRESS_SINK	= 2,
	ADDRESS_MIRROR	= 3,
	ADDRESS_ECHO	= 4,
};

/* Any network but the loopback will do. */
#define NET	LNET_MKNET(PTL4LND, 0)

static struct lnet_ni *bench_ni;

static void stamp(const struct lnet_msg *msg)
{
	u64 *time = (u64 *)(unsigned long)msg->hdr.msg.put.hdr_data;

	if (time && *time)
		*time = bench_clock();
}

static int reflect(struct lnet_ni *ni, struct lnet_msg *msg)
{
	msg->hdr.dest_nid = cpu_to_le64(ni->nid);
	return lnet_parse(ni, &msg->hdr, bench_lnd_self(), msg, 0);
}

static int acknowledge(struct lnet_ni *ni, struct lnet_msg *msg)
{
	struct lnet_hdr hdr = {
		.dest_nid = cpu_to_le64(ni->nid),
		.src_nid = msg->hdr.dest_nid,
		.dest_pid = msg->hdr.src_pid,
		.src_pid = msg->hdr.dest_pid,
		.type = cpu_to_le32(LNET_MSG_ACK),
		.msg.ack.dst_wmd = msg->hdr.msg.put.ack_wmd,
		.msg.ack.match_bits = msg->hdr.msg.put.match_bits,
	};

	lnet_finalize(msg, 0);
	lnet_parse(ni, &hdr, bench_lnd_echo(), NULL, 0);
	return 0;
}

static int bench_lnd_send(struct lnet_ni *ni, void *private,
			  struct lnet_msg *msg)
{
	if (LNET_NIDADDR(msg->peer) == ADDRESS_MIRROR)
		return reflect(ni, msg);
	if (LNET_NIDADDR(msg->peer) == ADDRESS_ECHO)
		return acknowledge(ni, msg);
	stamp(msg);
	return 1;
}

/*
 * @msg is NULL when the message was dropped; @private is the one sent, or NULL of
 * an ACK.
 */
static int bench_lnd_recv(struct lnet_ni *ni, void *private,
			  struct lnet_msg *msg, int delayed, unsigned int niov,
			  struct kvec *iov, struct bio_vec *kiov,
			  unsigned int offset, unsigned int mlen,
			  unsigned int rlen)
{
	struct lnet_msg *sent = private;

	if (msg) {
		if (sent)
			stamp(sent);
		lnet_finalize(msg, 0);
	}
	if (sent)
		lnet_finalize(sent, 0);
	return 0;
}

static int bench_lnd_startup(struct lnet_ni *ni)
{
	return 0;
}

/* Every message is finalized before LNetPut() returns. */
static void bench_lnd_shutdown(struct lnet_ni *ni)
{
}

static const struct lnet_lnd lnd = {
	.type		= PTL4LND,
	.name		= "bench",
	.lnd_startup	= bench_lnd_startup,
	.lnd_shutdown	= bench_lnd_shutdown,
	.lnd_send	= bench_lnd_send,
	.lnd_recv	= bench_lnd_recv,
};

static struct lnet_process_id id_of(u32 address)
{
	return (struct lnet_process_id){
		.nid = LNET_MKNID(NET, address), .pid = LNET_PID_LUSTRE,
	};
}

/* The process that messages of the mirror come from. */
struct lnet_process_id bench_lnd_self(void)
{
	return id_of(ADDRESS_SELF);
}

struct lnet_process_id bench_lnd_sink(void)
{
	return id_of(ADDRESS_SINK);
}

struct lnet_process_id bench_lnd_mirror(void)
{
	return id_of(ADDRESS_MIRROR);
}

struct lnet_process_id bench_lnd_echo(void)
{
	return id_of(ADDRESS_ECHO);
}

int bench_lnd_init(void)
{
	int rc;

	rc = lnet_lnd_register(&lnd);
	if (rc)
		return rc;
	bench_ni = lnet_ni_startup(&lnd, bench_lnd_self().nid);
	if (!IS_ERR(bench_ni))
		return 0;
	lnet_lnd_unregister(&lnd);
	return PTR_ERR(bench_ni);
}

void bench_lnd_exit(void)
{
	lnet_ni_shutdown(bench_ni);
	lnet_lnd_unregister(&lnd);
}
