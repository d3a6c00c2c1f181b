// SPDX-License-Identifier: GPL-2.0
/* Sockets for attackers and witnesses, the clock, and the output. */
#include "attack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_S = 5, FILES = 32768 };

u16 sock_port;

u64 now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ull + t.tv_nsec / 1000;
}

void die(const char *what)
{
	fprintf(stderr, "attack: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* A line of JSON. */
void say_figures(const char *const *names, const u64 *figures, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		printf("%s\"%s\": %llu", i ? ", " : "{", names[i], figures[i]);
	printf("}\n");
}

void allow_many_files(void)
{
	const struct rlimit files = { FILES, FILES };

	if (setrlimit(RLIMIT_NOFILE, &files))
		die("setrlimit");
}

static struct sockaddr_in name(u32 address, u16 port)
{
	return (struct sockaddr_in) {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(address),
	};
}

static void tune(int fd, bool wait, int window)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	const int yes = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (window)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof(window));
	if (wait) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	}
}

/*
 * Calls the target from that address and port. @wait: this call, and later ones on the socket,
 * wait up to PATIENCE_S; else everything is nonblocking. Returns the socket or -1.
 */
int sock_call(u32 from, u16 port, bool wait, int window)
{
	struct sockaddr_in us = name(from, port), them = name(wire_target, sock_port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | (wait ? 0 : SOCK_NONBLOCK), 0);
	int error;

	if (fd < 0)
		return -1;
	tune(fd, wait, window);
	if (!bind(fd, (struct sockaddr *)&us, sizeof(us)) &&
	    (!connect(fd, (struct sockaddr *)&them, sizeof(them)) ||
	     (!wait && errno == EINPROGRESS)))
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* Ends the connection at once: nothing of it is left on our side. */
void sock_reset(int fd)
{
	const struct linger at_once = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
}

bool sock_write_all(int fd, const void *data, size_t bytes)
{
	return send(fd, data, bytes, MSG_NOSIGNAL) == (ssize_t)bytes;
}

bool sock_read_all(int fd, void *data, size_t bytes)
{
	return recv(fd, data, bytes, MSG_WAITALL) == (ssize_t)bytes;
}

int sock_listen(int backlog)
{
	struct sockaddr_in us = name(wire_target, sock_port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		die("socket");
	tune(fd, false, 0);
	if (bind(fd, (struct sockaddr *)&us, sizeof(us)) || listen(fd, backlog))
		die("listen");
	return fd;
}
