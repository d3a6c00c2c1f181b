// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets for the plain workloads: TCP as a kernel thread uses it that waits for
 * each call. Addresses and ports are in CPU byte order. No wait for the network
 * is without an end but that for the next request, and bench_sock_wake() ends
 * that one, too.
 */
#include "bench.h"
#include "tcp.h"

#include <linux/err.h>
#include <linux/in.h>
#include <linux/net.h>
#include <linux/tcp.h>
#include <linux/uio.h>

#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/tcp.h>

/* TCP's own look whether the other end is there: idle, interval, count; s. */
enum {
	KEEP_IDLE	= 10,
	KEEP_INTERVAL	= 5,
	KEEP_COUNT	= 3,
};

/* Blocks of one call, and bytes that are read in one. */
enum {
	SMALL_AT_ONCE	= 16,
	LARGE_AT_ONCE	= 8,
	RECV_AT_ONCE	= 64 << 10,
};

static struct sockaddr_in address(u32 ip, u16 port)
{
	return (struct sockaddr_in) {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(ip),
		.sin_port = htons(port),
	};
}

/* The type of an address differs between kernels, hence the void. */
static struct socket *create(u32 ip, u16 port)
{
	struct sockaddr_in sin = address(ip, port);
	struct socket *sock;
	int rc;

	rc = sock_create_kern(&init_net, AF_INET, SOCK_STREAM, IPPROTO_TCP, &sock);
	if (rc)
		return ERR_PTR(rc);
	sock_set_reuseaddr(sock->sk);
	rc = kernel_bind(sock, (void *)&sin, sizeof(sin));
	if (!rc)
		return sock;
	sock_release(sock);
	return ERR_PTR(rc);
}

/* A socket keeps waiting for the next request, but not for the rest of one. */
void bench_sock_be_patient(struct socket *sock, bool patient)
{
	long limit = patient ? MAX_SCHEDULE_TIMEOUT : BENCH_SOCK_S * HZ;

	WRITE_ONCE(sock->sk->sk_rcvtimeo, limit);
}

static void tune(struct socket *sock)
{
	struct sock *sk = sock->sk;

	tcp_sock_set_nodelay(sk);
	sock_set_keepalive(sk);
	tcp_sock_set_keepidle(sk, KEEP_IDLE);
	tcp_sock_set_keepintvl(sk, KEEP_INTERVAL);
	tcp_sock_set_keepcnt(sk, KEEP_COUNT);
	WRITE_ONCE(sk->sk_sndtimeo, BENCH_SOCK_S * HZ);
	bench_sock_be_patient(sock, false);
}

/* From any of our addresses if @from is 0. */
struct socket *bench_sock_connect(u32 from, u32 to, u16 port)
{
	struct sockaddr_in sin = address(to, port);
	struct socket *sock = create(from, 0);
	int rc;

	if (IS_ERR(sock))
		return sock;
	tune(sock);
	rc = kernel_connect(sock, (void *)&sin, sizeof(sin), 0);
	if (!rc)
		return sock;
	sock_release(sock);
	/* A socket reports a time limit by these two. */
	return ERR_PTR(rc == -EINPROGRESS || rc == -EAGAIN ? -ETIMEDOUT : rc);
}

struct socket *bench_sock_listen(u16 port)
{
	struct socket *sock = create(INADDR_ANY, port);
	int rc;

	if (IS_ERR(sock))
		return sock;
	rc = kernel_listen(sock, 1);
	if (!rc)
		return sock;
	sock_release(sock);
	return ERR_PTR(rc);
}

/* Waits for a connection, or for bench_sock_wake(). */
struct socket *bench_sock_accept(struct socket *listener)
{
	struct socket *sock;
	int rc;

	rc = kernel_accept(listener, &sock, 0);
	if (rc)
		return ERR_PTR(rc);
	tune(sock);
	return sock;
}

/* The errno for a call that moved nothing. */
static int failure(int rc)
{
	if (rc == -EAGAIN)
		return -ETIMEDOUT;
	return rc ?: -ECONNRESET;
}

/* All of it, there or back. */
static int move(struct socket *sock, struct msghdr *msg, bool out)
{
	int rc;

	while (msg_data_left(msg)) {
		if (out)
			rc = sock_sendmsg(sock, msg);
		else
			rc = sock_recvmsg(sock, msg, MSG_WAITALL);
		if (rc <= 0)
			return failure(rc);
	}
	return 0;
}

static int move_bytes(struct socket *sock, void *bytes, size_t n, bool out)
{
	struct msghdr msg = { .msg_flags = out ? MSG_NOSIGNAL : 0 };
	struct kvec iov = { bytes, n };

	iov_iter_kvec(&msg.msg_iter, out ? WRITE : READ, &iov, 1, n);
	return move(sock, &msg, out);
}

static int move_pages(struct socket *sock, struct bench_pages *pages, size_t n,
		      bool out)
{
	struct msghdr msg = { .msg_flags = out ? MSG_NOSIGNAL : 0 };

	iov_iter_bvec(&msg.msg_iter, out ? WRITE : READ, pages->kiov,
		      n >> PAGE_SHIFT, n);
	return move(sock, &msg, out);
}

int bench_sock_send(struct socket *sock, void *bytes, size_t n)
{
	return move_bytes(sock, bytes, n, true);
}

int bench_sock_recv(struct socket *sock, void *bytes, size_t n)
{
	return move_bytes(sock, bytes, n, false);
}

/* @nr blocks of whole pages, there or back, one after the other. */
int bench_sock_stream(struct socket *sock, struct bench_pages *pages, u32 size, u64 nr,
		      bool out)
{
	int rc = 0;

	for (; nr && !rc; nr--)
		rc = move_pages(sock, pages, size, out);
	return rc;
}

/* As few calls as LNet makes of so many messages. */
int bench_sock_send_blocks(struct socket *sock, struct bench_pages *pages, u32 size, u32 nr)
{
	u32 now;
	int rc = 0;

	for (; nr && !rc; nr -= now) {
		now = min_t(u32, nr, size < PAGE_SIZE ? SMALL_AT_ONCE : LARGE_AT_ONCE);
		if (size < PAGE_SIZE)
			rc = bench_sock_send(sock, pages->memory, now * size);
		else
			rc = move_pages(sock, pages, now * size, true);
	}
	return rc;
}

/*
 * Receive what has come of @nr blocks, at least a byte, in one call. @part: the bytes of the first
 * block that came before; set to those of the block after the complete ones. Returns the number of
 * complete blocks.
 */
int bench_sock_recv_blocks(struct socket *sock, struct bench_pages *pages, u32 size, u32 nr,
			   u32 *part)
{
	size_t n = min_t(u64, (u64)nr * size - *part, RECV_AT_ONCE);
	struct msghdr msg = {};
	int rc;

	iov_iter_bvec(&msg.msg_iter, READ, pages->kiov, DIV_ROUND_UP(n, PAGE_SIZE), n);
	rc = sock_recvmsg(sock, &msg, 0);
	if (rc <= 0)
		return failure(rc);
	*part += rc;
	nr = *part / size;
	*part %= size;
	return nr;
}

/* Threads that wait for something on it stop waiting. */
void bench_sock_wake(struct socket *sock)
{
	kernel_sock_shutdown(sock, SHUT_RDWR);
}

void bench_sock_close(struct socket *sock)
{
	bench_sock_wake(sock);
	sock_release(sock);
}
