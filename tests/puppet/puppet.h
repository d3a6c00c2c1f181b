/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The puppet, inside: a client of LNet that carries out commands, which user space
 * writes into /dev/lnet_puppet, one a write(2). Their results, and the events, are
 * lines to read.
 *
 *   write(2)   puppet_device -> puppet_command -> puppet_md -> LNet
 *                                                    |  callbacks
 *   read(2)    puppet_device <- puppet_session <-----'
 *
 * Order of locks (a tree):
 *
 *   session.lock       mutex: one command at a time
 *     session.say_lock spinlock: lines; in LNet's callbacks
 *   session.read_lock  mutex: one reader at a time
 */
#ifndef _LNET_PUPPET_H
#define _LNET_PUPPET_H

#include <linux/bitmap.h>
#include <linux/kfifo.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/uio.h>
#include <linux/wait.h>
#include <linux/xarray.h>
#include <lnet/api.h>

enum puppet_limits {
	PUPPET_MAX_SESSIONS	= 16,
	PUPPET_MAX_MDS		= 4096,		/* of a session, gone ones too */
	PUPPET_MAX_BUFFER	= 4 << 20,	/* bytes */
	PUPPET_MAX_BYTES	= 64 << 20,	/* of a session's buffers */
	PUPPET_LINES_BYTES	= 1 << 20,	/* of lines that were not read yet */
	PUPPET_LINE_BYTES	= 384,
	PUPPET_COMMAND_BYTES	= 256,
	PUPPET_ANSWER_BYTES	= 128,
	PUPPET_MAX_WORDS	= 10,
};

/* How memory is described to LNet. */
enum puppet_memory {
	PUPPET_CONTIGUOUS,	/* one piece, virtually */
	PUPPET_KVEC,		/* LNET_MD_IOVEC, pieces of an odd length */
	PUPPET_PAGES,		/* LNET_MD_KIOV, whole pages */
	PUPPET_SHIFTED,		/* LNET_MD_KIOV, beginning inside a page */
	PUPPET_CRUMBS,		/* LNET_MD_IOVEC, 200 pieces */
	PUPPET_MEMORIES
};

/**
 * struct puppet_buffer - memory for an MD
 * @memory: of which kind
 * @bytes: how much
 * @shift: where in the first page it begins, bytes
 * @data: the memory, unless it is pages; NULL if empty
 * @iov: pieces of @data, PUPPET_KVEC and PUPPET_CRUMBS
 * @kiov: the pages, PUPPET_PAGES and PUPPET_SHIFTED
 * @fragments: how many of those
 *
 * Immutable but for the memory itself.
 */
struct puppet_buffer {
	enum puppet_memory memory;
	u32 bytes;
	u32 shift;
	void *data;
	struct kvec *iov;
	struct bio_vec *kiov;
	unsigned int fragments;
};

/* puppet_buffer.c: task context; alloc may sleep */
int puppet_memory_parse(const char *name);
int puppet_buffer_alloc(struct puppet_buffer *buf, enum puppet_memory memory, u32 bytes);
void puppet_buffer_free(struct puppet_buffer *buf);
void puppet_buffer_describe(const struct puppet_buffer *buf, struct lnet_md *md);
void puppet_buffer_fill(const struct puppet_buffer *buf, u32 seed);
bool puppet_buffer_differs(const struct puppet_buffer *buf, u32 offset, u32 len,
			   u32 seed, u32 at, u32 *where);
u32 puppet_buffer_crc(const struct puppet_buffer *buf, u32 offset, u32 len);

/**
 * struct puppet_session - one open file
 * @lock: a command; guards what follows up to @read_lock
 * @mds: by number, until they are freed
 * @md_count: how many of them
 * @bytes: of their buffers
 * @lazy: portals this session has made lazy
 * @eq: where the events of its MDs go; immutable
 * @read_lock: a reader of @lines
 * @waitq: readers, and close(2)
 * @say_lock: guards what follows
 * @lines: what read(2) gets; readers are under @read_lock only
 * @lost: lines there was no room for
 * @live: MDs whose last event is still to come
 *
 * L: ->lock; S: ->say_lock
 */
struct puppet_session {
	struct mutex lock;			/* one command at a time */
	struct xarray mds;			/* L: */
	unsigned int md_count;			/* L: */
	u32 bytes;				/* L: */
	DECLARE_BITMAP(lazy, LNET_MAX_PORTALS);	/* L: */
	struct lnet_handle_eq eq;

	struct mutex read_lock;			/* one reader at a time */
	wait_queue_head_t waitq;
	spinlock_t say_lock;			/* writers of lines */
	struct kfifo lines;			/* S: to write */
	u64 lost;				/* S: */
	unsigned int live;			/* S: */
};

/**
 * struct puppet_md - an MD and its memory
 * @session: whose it is
 * @number: its name for the user
 * @buffer: its memory; LNet's while @live
 * @handle: its name for LNet
 * @live: its last event is still to come
 *
 * I: immutable once it has its number; L: puppet_session.lock;
 * S: puppet_session.say_lock
 */
struct puppet_md {
	struct puppet_session *session;		/* I: */
	u32 number;				/* I: */
	struct puppet_buffer buffer;		/* I: */
	struct lnet_handle_md handle;		/* L: */
	bool live;				/* S: */
};

/* puppet_session.c: say() in any context but interrupts, others may sleep */
struct puppet_session *puppet_session_open(void);
void puppet_session_close(struct puppet_session *s);
__printf(2, 3) void puppet_session_say(struct puppet_session *s, const char *format, ...);
__printf(2, 3) void puppet_session_say_locked(struct puppet_session *s, const char *format, ...);
ssize_t puppet_session_read(struct puppet_session *s, char __user *to, size_t count, bool wait);

/* puppet_md.c: under puppet_session.lock; may sleep */
struct puppet_md *puppet_md_find(struct puppet_session *s, u32 number);
struct puppet_md *puppet_md_new(struct puppet_session *s, enum puppet_memory memory, u32 bytes);
void puppet_md_free(struct puppet_md *md);
bool puppet_md_is_live(struct puppet_md *md);
int puppet_md_post(struct puppet_md *md, unsigned int portal, struct lnet_process_id id,
		   u64 bits, u64 ignore, struct lnet_md *umd, enum lnet_unlink unlink,
		   enum lnet_ins_pos pos);
int puppet_md_bind(struct puppet_md *md, struct lnet_md *umd, enum lnet_unlink unlink);
void puppet_md_event(struct lnet_event *ev);

/**
 * struct puppet_args - the words of a command, taken one after the other
 * @word: the words
 * @count: how many
 * @next: the next to be taken
 * @rc: 0, or that a word made no sense
 * @answer: the text behind "ok" or "error ERRNO" for the user
 */
struct puppet_args {
	char *word[PUPPET_MAX_WORDS];
	unsigned int count;
	unsigned int next;
	int rc;
	char answer[PUPPET_ANSWER_BYTES];
};

/* puppet_args.c */
int puppet_args_split(struct puppet_args *a, char *line);
__printf(2, 3) void puppet_args_answer(struct puppet_args *a, const char *format, ...);
__printf(2, 3) int puppet_args_refuse(struct puppet_args *a, const char *format, ...);
const char *puppet_args_word(struct puppet_args *a);
u32 puppet_args_u32(struct puppet_args *a, u32 max);
u64 puppet_args_u64(struct puppet_args *a);
int puppet_args_threshold(struct puppet_args *a);
struct lnet_process_id puppet_args_id(struct puppet_args *a);

static inline bool puppet_args_left(const struct puppet_args *a)
{
	return a->next < a->count;
}

/* puppet_command.c: may sleep */
int puppet_command(struct puppet_session *s, char *line);

/* puppet_device.c */
int puppet_device_init(void);
void puppet_device_exit(void);

#endif /* _LNET_PUPPET_H */
