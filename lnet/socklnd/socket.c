// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets: create, bind and connect them, and exchange a few bytes before they carry messages.
 * Nothing here waits for the other side. Ports are in CPU byte order. The sockets are in the
 * initial network namespace, as the module is.
 */
#include "socket.h"
#include "../compat.h"
#include "../hooks/alloc.h"
#include "addr.h"
#include "param.h"

#include <linux/err.h>
#include <linux/in.h>
#include <linux/net.h>
#include <linux/tcp.h>

#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <net/tcp_states.h>

/**
 * ksock_socket_new() - create a bound socket
 * @addr: local address to bind to
 * @port: local TCP port to bind to
 *
 * Context: task; may sleep.
 * Return: the socket; -EADDRINUSE: the port is taken; -EADDRNOTAVAIL: this node does not have
 * the address; or another error.
 */
struct socket *ksock_socket_new(const struct in6_addr *addr, u16 port)
{
	union ksock_sockaddr to;
	int rc, len = ksock_addr_sockaddr(addr, port, &to);
	struct socket *sock;

	rc = lnet_alloc_rc(sock_create_kern(&init_net, to.sa.sa_family, SOCK_STREAM, IPPROTO_TCP,
					    &sock));
	if (rc)
		return ERR_PTR(rc);
	/* TCP stops the timers of a closed kernel socket that does not hold its namespace. */
	lnet_sk_hold_net(sock->sk);
	/* The port is free again at once, not only after TIME-WAIT. */
	sock_set_reuseaddr(sock->sk);
	rc = kernel_bind(sock, (void *)&to, len);
	if (rc) {
		sock_release(sock);
		return ERR_PTR(rc);
	}
	return sock;
}

/**
 * ksock_socket_listen() - create a listening socket
 * @addr: local address to bind to
 * @port: local TCP port to listen on
 * @backlog: number of connections that may wait to be accepted
 *
 * Context: task; may sleep.
 * Return: the socket, or an error as from ksock_socket_new().
 */
struct socket *ksock_socket_listen(const struct in6_addr *addr, u16 port, unsigned int backlog)
{
	struct socket *sock = ksock_socket_new(addr, port);
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
 * @sock: the socket, from ksock_socket_new()
 * @addr: address to connect to
 * @port: TCP port to connect to
 *
 * Context: task; may sleep, but not for the other side.
 * Return: 0: the socket is connected, or calls back when it is or when the attempt has failed;
 * -EADDRNOTAVAIL: an earlier connection of these addresses and ports is still there, try
 * another port of ours; or another error.
 */
int ksock_socket_connect(struct socket *sock, const struct in6_addr *addr, u16 port)
{
	union ksock_sockaddr to;
	int len = ksock_addr_sockaddr(addr, port, &to);
	int rc = kernel_connect(sock, (void *)&to, len, O_NONBLOCK);

	return rc == -EINPROGRESS ? 0 : rc;
}

/**
 * ksock_socket_connected() - tell if an attempt to connect has succeeded
 * @sock: the socket, after ksock_socket_connect() has returned 0
 *
 * Context: task; may sleep, but not for the other side.
 * Return: 1: connected; 0: not yet; -errno: the attempt has failed.
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
 * ksock_socket_tune() - set the TCP options of a connection
 * @sock: the socket, which is connected
 *
 * Context: task; may sleep.
 */
void ksock_socket_tune(struct socket *sock)
{
	struct sock *sk = sock->sk;

	/*
	 * Writeback may depend on this connection, so do not reclaim into the file system.
	 *
	 * From 6.2 on TCP copies into the task_frag of the sending thread, not into up to
	 * 32 KiB of each socket's own, as sk_use_task_frag stays set. This is safe:
	 *  1. Only a worker sends, so a send never begins in the middle of another thread's.
	 *  2. Reclaim in the middle of a worker's send enters no file system, and sends only
	 *     on sockets that have memory of their own.
	 */
	lock_sock(sk);
	sk->sk_allocation = GFP_NOFS;
	release_sock(sk);
	tcp_sock_set_nodelay(sk);
	sock_set_keepalive(sk);
	tcp_sock_set_keepidle(sk, ksock_params.keepalive_idle);
	tcp_sock_set_keepintvl(sk, ksock_params.keepalive_intvl);
	tcp_sock_set_keepcnt(sk, ksock_params.keepalive_count);
	/* For the handshake; later ksock_socket_watch() sets it. */
	tcp_sock_set_user_timeout(sk, ksock_param_timeout() * MSEC_PER_SEC);
}

/**
 * ksock_socket_is_idle() - tell if the other side has acknowledged all data
 * @sock: the socket, which is connected
 *
 * Context: any; data that is sent at the same time may be counted or not.
 * Return: true if so.
 */
bool ksock_socket_is_idle(const struct socket *sock)
{
	const struct tcp_sock *tp = tcp_sk(sock->sk);

	return READ_ONCE(tp->snd_una) == READ_ONCE(tp->write_seq);
}

/**
 * ksock_socket_is_stuck() - tell if the other side does not acknowledge what is sent
 * @sock: the socket, which is connected
 *
 * Context: any.
 * Return: true if TCP has sent something again, twice or more, and waits still.
 */
bool ksock_socket_is_stuck(const struct socket *sock)
{
	return READ_ONCE(inet_csk(sock->sk)->icsk_retransmits) >= 2;
}

/**
 * ksock_socket_watch() - set when TCP gives a connection up
 * @sock: the socket, which is connected, after ksock_socket_tune()
 * @seconds: TCP gives up that long after it last heard from the peer, if an answer is due, s;
 *	0: it gives up when keepalives were not answered
 *
 * TCP's own limit for unacknowledged data is a quarter of an hour, so a time-out is needed while
 * there is any. But while a time-out is set, TCP does not count unanswered keepalives.
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
 * ksock_socket_hear() - read the bytes that have come
 * @sock: the socket, which is connected
 * @bytes: the buffer to read into
 * @n: size of the buffer, bytes
 *
 * Context: task; may sleep, but not for the other side.
 * Return: number of bytes read; 0: none now; -ECONNRESET: the peer has closed; or another error.
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
 * @sock: the socket, which is connected
 * @bytes: the bytes to write
 * @n: number of bytes; they fit the send buffer of a new connection
 *
 * Context: task; may sleep, but not for the other side.
 * Return: 0; -ENOBUFS: TCP did not take all, for lack of memory; or another error.
 */
int ksock_socket_say(struct socket *sock, const void *bytes, size_t n)
{
	struct kvec iov = { .iov_base = (void *)bytes, .iov_len = n };
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL | MSG_DONTWAIT };
	int rc = kernel_sendmsg(sock, &msg, &iov, 1, n);

	if (rc == n)
		return 0;
	if (rc < 0 && rc != -EAGAIN)
		return rc;
	return -ENOBUFS;
}

/**
 * ksock_socket_remote() - get the address of the other side
 * @sock: the socket, which is connected
 * @addr: set to the address
 * @port: set to the TCP port
 *
 * Context: task; may sleep.
 * Return: 0; -errno: the socket is closed already.
 */
int ksock_socket_remote(struct socket *sock, struct in6_addr *addr, u16 *port)
{
	/* As long as the longest that the kernel may write there. */
	struct sockaddr_storage from = {};
	int rc = kernel_getpeername(sock, (struct sockaddr *)&from);

	if (rc < 0)
		return rc;
	return ksock_addr_from_sockaddr((const union ksock_sockaddr *)&from, addr, port);
}
