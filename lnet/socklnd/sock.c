// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets, as long as a thread waits for them: made, bound, connected, read
 * and written with a time limit. Addresses and ports are in CPU byte order.
 * They live in the first network namespace, as the module does.
 */
#include "sock.h"
#include "../compat.h"
#include "param.h"

#include <linux/err.h>
#include <linux/in.h>
#include <linux/jiffies.h>
#include <linux/net.h>
#include <linux/tcp.h>

#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/tcp.h>

/* TCP's own look whether the peer is there: idle, interval, count; s. */
enum {
	KEEP_IDLE	= 30,
	KEEP_INTERVAL	= 5,
	KEEP_COUNT	= 5,
};

/* What is read of a connection that nobody wants. */
enum {
	DRAIN_CALLS	= 16,
	DRAIN_BYTES	= 64 << 10,
};

static struct sockaddr_in address(u32 ip, u16 port)
{
	return (struct sockaddr_in) {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(ip),
		.sin_port = htons(port),
	};
}

/**
 * lnet_sock_new() - a socket of ours
 * @ip: the address it is bound to
 * @port: and the port
 *
 * Context: task; may sleep.
 * Return: the socket; -EADDRINUSE: the port is taken; -EADDRNOTAVAIL: the
 * address is not here; or another error.
 */
struct socket *lnet_sock_new(u32 ip, u16 port)
{
	struct sockaddr_in sin = address(ip, port);
	struct socket *sock;
	int rc;

	rc = sock_create_kern(&init_net, AF_INET, SOCK_STREAM, IPPROTO_TCP, &sock);
	if (rc)
		return ERR_PTR(rc);
	/* A port is free again at once, not after the other side's last words. */
	sock_set_reuseaddr(sock->sk);
	rc = kernel_bind(sock, (void *)&sin, sizeof(sin));
	if (rc) {
		sock_release(sock);
		return ERR_PTR(rc);
	}
	return sock;
}

/**
 * lnet_sock_listen() - a socket that takes connections
 * @ip: the address
 * @port: the port
 * @backlog: how many may wait
 *
 * Context: task; may sleep.
 * Return: the socket, or an error as of lnet_sock_new().
 */
struct socket *lnet_sock_listen(u32 ip, u16 port, unsigned int backlog)
{
	struct socket *sock = lnet_sock_new(ip, port);
	int rc;

	if (IS_ERR(sock))
		return sock;
	rc = kernel_listen(sock, backlog);
	if (rc) {
		sock_release(sock);
		return ERR_PTR(rc);
	}
	return sock;
}

/**
 * lnet_sock_reach() - connect
 * @sock: from lnet_sock_new()
 * @ip: whom to
 * @port: where to
 * @seconds: how long to try
 *
 * Context: task; may sleep.
 * Return: 0; -ETIMEDOUT; -EADDRNOTAVAIL: such a connection is still there, try
 * another port of ours; or another error.
 */
int lnet_sock_reach(struct socket *sock, u32 ip, u16 port, unsigned int seconds)
{
	struct sockaddr_in sin = address(ip, port);
	int rc;

	WRITE_ONCE(sock->sk->sk_sndtimeo, seconds * HZ);
	rc = kernel_connect(sock, (void *)&sin, sizeof(sin), 0);
	/* What a socket says of a time limit. */
	return rc == -EINPROGRESS || rc == -EAGAIN ? -ETIMEDOUT : rc;
}

/**
 * lnet_sock_tune() - how a connection is to behave
 * @sock: connected
 *
 * Context: task; may sleep.
 */
void lnet_sock_tune(struct socket *sock)
{
	struct sock *sk = sock->sk;

	/* Traffic may be what the kernel writes memory back by. */
	sk->sk_allocation = GFP_NOFS;
	lnet_sk_no_task_frag(sk);
	tcp_sock_set_nodelay(sk);
	sock_set_keepalive(sk);
	tcp_sock_set_keepidle(sk, KEEP_IDLE);
	tcp_sock_set_keepintvl(sk, KEEP_INTERVAL);
	tcp_sock_set_keepcnt(sk, KEEP_COUNT);
	/* Bytes that are on their way, and nobody says he has them. */
	tcp_sock_set_user_timeout(sk, lnet_sock_params.timeout * MSEC_PER_SEC);
}

/* What is left of a time limit, jiffies; at least one, as 0 is no limit. */
static long left(unsigned long end)
{
	long n = end - jiffies;

	return max(n, 1L);
}

/**
 * lnet_sock_read() - read so many bytes
 * @sock: connected
 * @bytes: where to
 * @n: how many
 * @end: until then, jiffies
 *
 * Context: task; may sleep.
 * Return: 0; -ETIMEDOUT; -ECONNRESET: the peer closed before; or another error.
 */
int lnet_sock_read(struct socket *sock, void *bytes, size_t n, unsigned long end)
{
	struct kvec iov = { .iov_base = bytes, .iov_len = n };
	int rc;

	while (iov.iov_len) {
		struct msghdr msg = {};

		WRITE_ONCE(sock->sk->sk_rcvtimeo, left(end));
		rc = kernel_recvmsg(sock, &msg, &iov, 1, iov.iov_len, 0);
		if (!rc)
			return -ECONNRESET;
		if (rc == -EAGAIN || rc == -EINTR || rc == -ERESTARTSYS)
			return -ETIMEDOUT;
		if (rc < 0)
			return rc;
		iov.iov_base += rc;
		iov.iov_len -= rc;
		if (iov.iov_len && time_after_eq(jiffies, end))
			return -ETIMEDOUT;
	}
	return 0;
}

/**
 * lnet_sock_write() - write so many bytes
 * @sock: connected
 * @bytes: which
 * @n: how many; a few, that fit the buffer of a new connection
 * @seconds: in this time
 *
 * Context: task; may sleep.
 * Return: 0; -ETIMEDOUT; or another error.
 */
int lnet_sock_write(struct socket *sock, const void *bytes, size_t n,
		    unsigned int seconds)
{
	struct kvec iov = { .iov_base = (void *)bytes, .iov_len = n };
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL };
	int rc;

	WRITE_ONCE(sock->sk->sk_sndtimeo, seconds * HZ);
	rc = kernel_sendmsg(sock, &msg, &iov, 1, n);
	if (rc == n)
		return 0;
	return rc < 0 && rc != -EAGAIN ? rc : -ETIMEDOUT;
}

/**
 * lnet_sock_remote() - who is on the other side?
 * @sock: connected
 * @ip: gets the address
 * @port: gets the port
 *
 * Context: task; may sleep.
 * Return: 0 or -errno: it is closed already.
 */
int lnet_sock_remote(struct socket *sock, u32 *ip, u16 *port)
{
	struct sockaddr_in sin = {};
	int rc = kernel_getpeername(sock, (struct sockaddr *)&sin);

	if (rc < 0)
		return rc;
	*ip = ntohl(sin.sin_addr.s_addr);
	*port = ntohs(sin.sin_port);
	return 0;
}

/*
 * A socket that is closed with something unread in it resets the connection, and
 * the other side may lose our last words.
 */
static void drain(struct socket *sock)
{
	struct msghdr msg = {};
	int i, rc;

	for (i = 0; i < DRAIN_CALLS; i++) {
		iov_iter_discard(&msg.msg_iter, READ, DRAIN_BYTES);
		rc = sock_recvmsg(sock, &msg, MSG_DONTWAIT);
		if (rc <= 0)
			break;
	}
}

/**
 * lnet_sock_end() - close and free a socket
 * @sock: nobody uses it any more
 * @abort: drop what has not been sent; else TCP goes on trying for a while
 *
 * Context: task; may sleep.
 */
void lnet_sock_end(struct socket *sock, bool abort)
{
	if (abort) {
		sock_no_linger(sock->sk);
	} else {
		kernel_sock_shutdown(sock, SHUT_WR);
		drain(sock);
	}
	sock_release(sock);
}
