/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attackers of a node, honest peers that measure how they fare meanwhile, and a plain TCP
 * server to compare with: one program, for user space. See main.c.
 */
#ifndef _ATTACK_H
#define _ATTACK_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;

/* wire.c: bytes of the protocol that are sent, all of them good ones. */

enum wire_sizes {
	CONNREQ_BYTES	= 16,
	HELLO_BYTES	= 56,
	GREETING_BYTES	= CONNREQ_BYTES + HELLO_BYTES,
	MESSAGE_BYTES	= 96,		/* both headers */
	PING_BYTES	= 48,		/* the answer of a node with one NI and 0@lo to a ping */
};

enum { WIRE_PUT = 1, WIRE_GET = 2 };

/* Of connections, as the caller names them. */
enum { WIRE_CONTROL = 1, WIRE_BULK_OUT = 3 };

enum { WIRE_PID = 12345, WIRE_PORTAL = 7 };

struct message {
	u32 type;
	u32 from;			/* address, host order */
	u32 pid;
	u32 portal;
	u64 bits;
	u32 length;		/* of a PUT's payload; bytes that a GET asks for */
};

extern u32 wire_target;		/* address of the node that all is sent to, host order */

void wire_greeting(u8 *to, u32 from, u32 pid, u32 ctype);
bool wire_is_welcome(const u8 *hello);
void wire_message(u8 *to, const struct message *m);
void wire_ping(u8 *to, u32 from, u32 pid);
void wire_request(const u8 *from, u32 *type, u32 *length);

/* sock.c: sockets, times, output. */

extern u16 sock_port;		/* the target's */

u64 now_us(void);
_Noreturn void die(const char *what);
void say_figures(const char *const *names, const u64 *figures, unsigned int n);
void allow_many_files(void);
int sock_call(u32 from, u16 port, bool wait, int window);
void sock_reset(int fd);
bool sock_write_all(int fd, const void *data, size_t bytes);
bool sock_read_all(int fd, void *data, size_t bytes);
int sock_listen(int backlog);

/* witness.c: an honest peer, and honest newcomers. */
int witness(unsigned int seconds);
int newcomers(unsigned int seconds);

/* attackers.c: the attacks, by name; crowd.c: carries them out. */

struct caller;

/*
 * struct attack - the behaviour of each of a crowd of callers
 *
 * @params: parameters of the driver; NULL: its defaults
 * @open: chooses address, port and pid for this time; NULL: always the same
 * @ready: the greeting was answered, or at once where there is none
 * @tick: each @tick_ms
 * @writable: more can be written; NULL: not needed
 * @make: message @i of a stream
 * @honest: it is no attack; 'attack list' does not have it
 *
 * It counts as an attack only if in the end @share of its callers have been welcome at least
 * once and, if it @sends or @reads, bytes have gone out or come in after the greeting.
 */
struct attack {
	const char *name;
	const char *what;
	const char *params;
	unsigned int callers;		/* of each process */
	unsigned int processes;
	unsigned int per_address;
	unsigned int share;		/* %, of all processes' callers */
	u32 ctype;			/* 0: CONTROL */
	unsigned int again_ms;		/* pause of one that was dropped until it calls again */
	unsigned int tick_ms;
	int window;			/* for SO_RCVBUF; 0: TCP's own */
	bool silent;			/* no greeting */
	bool deaf;			/* reads only when it wants to */
	bool sends, reads;
	bool honest;
	void (*open)(struct caller *c);
	void (*ready)(struct caller *c);
	void (*tick)(struct caller *c);
	void (*writable)(struct caller *c);
	void (*make)(struct caller *c, unsigned int i, u8 *to);
};

enum caller_state { CALLER_AWAY, CALLER_CONNECTING, CALLER_GREETING, CALLER_READY };

struct caller {
	const struct attack *attack;
	unsigned int number;		/* in all processes */
	enum caller_state state;
	int fd;
	u64 due;			/* us; CALLER_AWAY: calls again then */
	u32 address, pid;
	u16 port;
	size_t done;			/* bytes sent or taken, for the attack's use */
	u8 hello[HELLO_BYTES];
	size_t heard;
	bool known;			/* has been welcome */
	bool served;			/* has been sent something since then */
};

/*
 * Results of all callers of a process; shared, added up. Bytes are those after the
 * greeting; reached: callers that have been welcome at least once; all_open_us:
 * when all of the process were open for the first time, since it began; served: callers
 * that have been sent something.
 */
struct tally {
	u64 called, welcome, refused, dropped, open, open_max, bytes_out, bytes_in, reached;
	u64 all_open_us, served;
};

extern struct tally *tally;

void crowd_hang_up(struct caller *c);
size_t crowd_write(struct caller *c, const void *data, size_t bytes);
void crowd_read(struct caller *c, size_t bytes);
int crowd_run(const struct attack *attack, unsigned int seconds, unsigned int callers);

const struct attack *attack_find(const char *name);
void attack_list(void);

/* server.c: accepts every caller, answers everything. */
int server(void);

/* watch.c: memory, threads, sockets of the machine. */
int watch(unsigned int seconds);
int watch_sockets(void);

#endif /* _ATTACK_H */
