/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the files of the suite "tcp".
 *
 *   suite_tcp: the cases, and the two ends
 *
 *   one NI or node                          another NI or node
 *   tcp --- LNet ---------- TCP ---------- LNet --- an MD ------- server
 *   plain --- sock -------- TCP -------- sock --- a thread ---------'
 *
 * plain does the same with a socket and nothing else as tcp does with LNet: it is
 * the limit of any LND. Both move the same bytes there and back for a small message
 * and the same blocks of pages for a large one.
 */
#ifndef _LNET_BENCH_TCP_H
#define _LNET_BENCH_TCP_H

#include <linux/bvec.h>
#include <linux/types.h>

#include <lnet/api.h>

struct bench_case;
struct bench_workload;
struct completion;
struct socket;

enum {
	BENCH_PORTAL_TCP	= 25,
	BENCH_SMALL		= 64,	/* payload of a small message */
	/* Headers of the LND, and of LNet; and the payload of a PUT. */
	BENCH_REQUEST_BYTES	= 24 + 72 + BENCH_SMALL,
	BENCH_ANSWER_BYTES	= 24 + 72,	/* an ACK has none */
	BENCH_SOCK_S		= 10,	/* without a byte: the other end is lost */
	BENCH_LOST_S		= 10,	/* without an event: the same */
};

/**
 * struct bench_tcp_options - the two ends of the suite
 * @serves: this node is the other end
 * @measures: it measures
 * @peer: NID of the other end
 * @self: NID to send from, or LNET_NID_ANY
 * @port: where the other end has its plain socket
 * @over: what is between the two, in a word; NULL in other suites
 */
struct bench_tcp_options {
	bool serves;
	bool measures;
	lnet_nid_t peer;
	lnet_nid_t self;
	u16 port;
	const char *over;
};

/* suite_tcp.c */
extern struct bench_tcp_options bench_tcp;
const char *bench_tcp_check(void);
unsigned int bench_tcp_group(unsigned int group, struct bench_case *cases);

/* tcp.c */
extern const struct bench_workload bench_tcp_put_workload;
extern const struct bench_workload bench_tcp_put_pages_workload;
extern const struct bench_workload bench_tcp_get_pages_workload;
extern const struct bench_workload bench_tcp_get_one_workload;
int bench_tcp_init(void);
void bench_tcp_exit(void);

/* plain.c */
extern const struct bench_workload bench_plain_echo_workload;
extern const struct bench_workload bench_plain_stream_workload;
extern const struct bench_workload bench_plain_stream_back_workload;
extern const struct bench_workload bench_plain_fetch_workload;
extern const struct bench_workload bench_plain_put_workload;
extern const struct bench_workload bench_plain_get_workload;
int bench_plain_init(void);
void bench_plain_exit(void);

/* server.c */
int bench_server_init(void);
void bench_server_exit(void);

/* The task for the thread at the other end. */
enum bench_request_kind {
	BENCH_ECHO,		/* answer */
	BENCH_STREAM,		/* read blocks and answer */
	BENCH_STREAM_BACK,	/* write blocks, and no answer */
	BENCH_PUTS,		/* read blocks, and answer each */
	BENCH_GETS,		/* for each that is as long as an answer write a block */
};

struct bench_request {
	u32 magic;		/* BENCH_MAGIC, in our byte order */
	u32 kind;
	u32 size;		/* of a block */
	u32 count;		/* of blocks */
	u8 rest[BENCH_REQUEST_BYTES - 16];
};

static_assert(sizeof(struct bench_request) == BENCH_REQUEST_BYTES);

#define BENCH_MAGIC	0x6c6e6574

/* pages.c: memory for the largest message; others use the first pages of it. */
struct bench_pages {
	void *memory;
	struct bio_vec kiov[LNET_MAX_IOV];
};

/* One end of the messages of LNet. */
struct bench_end {
	struct bench_pages pages;
	struct lnet_handle_eq eq;
};

int bench_pages_init(struct bench_pages *pages);
void bench_pages_exit(struct bench_pages *pages);
int bench_end_init(struct bench_end *end, lnet_eq_handler_t handler);
void bench_end_exit(struct bench_end *end);
void bench_drain(struct completion *drained, const char *what);

/* sock.c: 0, or how many blocks have come, or -errno; -ETIMEDOUT: the other end is lost. */
struct socket *bench_sock_connect(u32 from, u32 to, u16 port);
struct socket *bench_sock_listen(u16 port);
struct socket *bench_sock_accept(struct socket *listener);
void bench_sock_be_patient(struct socket *sock, bool patient);
int bench_sock_send(struct socket *sock, void *bytes, size_t n);
int bench_sock_recv(struct socket *sock, void *bytes, size_t n);
int bench_sock_stream(struct socket *sock, struct bench_pages *pages, u32 size, u64 nr,
		      bool out);
int bench_sock_send_blocks(struct socket *sock, struct bench_pages *pages, u32 size, u32 nr);
int bench_sock_recv_blocks(struct socket *sock, struct bench_pages *pages, u32 size, u32 nr,
			   u32 *part);
void bench_sock_wake(struct socket *sock);
void bench_sock_close(struct socket *sock);

#endif /* _LNET_BENCH_TCP_H */
