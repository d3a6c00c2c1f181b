// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets: made, bound, connected, and what is said on them before they carry
 * messages. Nothing here waits for the other side. Addresses and ports are in CPU
 * byte order. They live in the first network namespace, as the module does.
 */
#include "socket.h"
#include "../compat.h"
#include "param.h"

#include <linux/err.h>
#include <linux/in.h>
#include <linux/net.h>
#include <linux/tcp.h>

#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <net/tcp_states.h>

static struct sockaddr_in socket_address(u32 ip, u16 port)
{
	return (struct sockaddr_in) {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(ip),
		.sin_port = htons(port),
	};
}

/**
 * ksock_socket_new() - a socket of ours
 * @ip: the address it is bound to
 * @port: and the port
 *
 * Context: task; may sleep.
 * Return: the socket; -EADDRINUSE: the port is taken; -EADDRNOTAVAIL: the
 * address is not here; or another error.
 */
struct socket *ksock_socket_new(u32 ip, u16 port)
{
	struct sockaddr_in sin = socket_address(ip, port);
	struct socket *sock;
	int rc;

	rc = sock_create_kern(&init_net, AF_INET, SOCK_STREAM, IPPROTO_TCP, &sock);
	if (rc)
		return ERR_PTR(rc);
	/* TCP stops its timers for a closed one that does not hold its namespace. */
	lnet_sk_hold_net(sock->sk);
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
 * ksock_socket_listen() - a socket that takes connections
 * @ip: the address
 * @port: the port
 * @backlog: how many may wait
 *
 * Context: task; may sleep.
 * Return: the socket, or an error as of ksock_socket_new().
 */
struct socket *ksock_socket_listen(u32 ip, u16 port, unsigned int backlog)
{
	struct socket *sock = ksock_socket_new(ip, port);
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
 * ksock_socket_connect() - begin to connect
 * @sock: from ksock_socket_new()
 * @ip: whom to
 * @port: where to
 *
 * Context: task; may sleep, but not for the other side.
 * Return: 0: it is connected, or will call back when it is, or is not to be;
 * -EADDRNOTAVAIL: such a connection is still there, try another port of ours; or
 * another error.
 */
int ksock_socket_connect(struct socket *sock, u32 ip, u16 port)
{
	struct sockaddr_in sin = socket_address(ip, port);
	int rc = kernel_connect(sock, (void *)&sin, sizeof(sin), O_NONBLOCK);

	return rc == -EINPROGRESS ? 0 : rc;
}

/**
 * ksock_socket_connected() - has it come to a connection?
 * @sock: from ksock_socket_connect()
 *
 * Context: task; may sleep, but not for the other side.
 * Return: 1: it has; 0: not yet; -errno: it will not.
 */
int ksock_socket_connected(struct socket *sock)
{
	struct sock *sk = sock->sk;
	int rc = sock_error(sk);

	if (rc)
		return rc;
	switch (READ_ONCE(sk->sk_state)) {
	case TCP_SYN_SENT:
	case TCP_SYN_RECV:
		return 0;
	case TCP_CLOSE:
		return -ECONNREFUSED;
	default:
		return 1;
	}
}

/**
 * ksock_socket_tune() - how a connection is to behave
 * @sock: connected
 *
 * Context: task; may sleep.
 */
void ksock_socket_tune(struct socket *sock)
{
	struct sock *sk = sock->sk;

	/*
	 * Traffic may be what the kernel writes memory back by. From 6.2 on it still copies
	 * by the piece of memory of the thread that sends (sk_use_task_frag is left as it
	 * is), not by up to 32 KiB of each socket's own: only a worker sends, so it is never
	 * in the middle of what somebody else sends; and what reclaim does in the middle of
	 * its sending goes by no file system, and by sockets that have memory of their own.
	 */
	sk->sk_allocation = GFP_NOFS;
	tcp_sock_set_nodelay(sk);
	sock_set_keepalive(sk);
	tcp_sock_set_keepidle(sk, ksock_params.keepalive_idle);
	tcp_sock_set_keepintvl(sk, ksock_params.keepalive_intvl);
	tcp_sock_set_keepcnt(sk, ksock_params.keepalive_count);
	/* Of the handshake; see ksock_socket_watch(). */
	tcp_sock_set_user_timeout(sk, ksock_params.timeout * MSEC_PER_SEC);
}

/**
 * ksock_socket_is_idle() - has the other side all that it was sent?
 * @sock: connected
 *
 * Context: any; what is sent while this looks may be seen or not.
 * Return: true if so.
 */
bool ksock_socket_is_idle(const struct socket *sock)
{
	const struct tcp_sock *tp = tcp_sk(sock->sk);

	return READ_ONCE(tp->snd_una) == READ_ONCE(tp->write_seq);
}

/**
 * ksock_socket_watch() - when does TCP give a connection up?
 * @sock: connected, with what ksock_socket_tune() gave it
 * @seconds: so long after the last that was heard, if there was something to be heard; 0:
 *	when keepalives have had no answer
 *
 * TCP alone would wait for bytes to be acknowledged for a quarter of an hour; but while there
 * is such a time-out it does not count keepalives.
 *
 * Context: any.
 */
void ksock_socket_watch(struct socket *sock, unsigned int seconds)
{
	struct inet_connection_sock *icsk = inet_csk(sock->sk);
	u32 ms = seconds * MSEC_PER_SEC;

	if (READ_ONCE(icsk->icsk_user_timeout) != ms)
		WRITE_ONCE(icsk->icsk_user_timeout, ms);
}

/**
 * ksock_socket_hear() - read what has come
 * @sock: connected
 * @bytes: where to
 * @n: how many at most
 *
 * Context: task; may sleep, but not for the other side.
 * Return: how many; 0: none now; -ECONNRESET: the peer has closed; or another error.
 */
int ksock_socket_hear(struct socket *sock, void *bytes, size_t n)
{
	struct kvec iov = { .iov_base = bytes, .iov_len = n };
	struct msghdr msg = {};
	int rc = kernel_recvmsg(sock, &msg, &iov, 1, n, MSG_DONTWAIT);

	if (rc == -EAGAIN)
		return 0;
	return rc ?: -ECONNRESET;
}

/**
 * ksock_socket_say() - write a few bytes
 * @sock: connected
 * @bytes: which
 * @n: how many; they fit the buffer of a new connection
 *
 * Context: task; may sleep, but not for the other side.
 * Return: 0; -ENOBUFS: they do not fit, as there is no memory; or another error.
 */
int ksock_socket_say(struct socket *sock, const void *bytes, size_t n)
{
	struct kvec iov = { .iov_base = (void *)bytes, .iov_len = n };
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL | MSG_DONTWAIT };
	int rc = kernel_sendmsg(sock, &msg, &iov, 1, n);

	if (rc == n)
		return 0;
	return rc < 0 && rc != -EAGAIN ? rc : -ENOBUFS;
}

/**
 * ksock_socket_remote() - who is on the other side?
 * @sock: connected
 * @ip: gets the address
 * @port: gets the port
 *
 * Context: task; may sleep.
 * Return: 0 or -errno: it is closed already.
 */
int ksock_socket_remote(struct socket *sock, u32 *ip, u16 *port)
{
	struct sockaddr_in sin = {};
	int rc = kernel_getpeername(sock, (struct sockaddr *)&sin);

	if (rc < 0)
		return rc;
	*ip = ntohl(sin.sin_addr.s_addr);
	*port = ntohs(sin.sin_port);
	return 0;
}
