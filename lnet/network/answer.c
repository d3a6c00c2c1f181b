// SPDX-License-Identifier: GPL-2.0
/*
 * Answers from the network, ACK and REPLY: only who was asked may give one,
 * for the operation that he was asked for, and once.
 *
 * The 16 bytes that a PUT or GET names its MD by, and that its answer brings
 * back, are a place to look and a proof:
 *
 *	object cookie		index of the MD in the handle table, number of the
 *				operation
 *	interface cookie	SipHash, by a key that nobody else has, of the MD's
 *				cookie, the number, the kind of message and the
 *				process that it goes to
 *
 * Who has seen any number of them cannot make another. The MD's cookie itself
 * is not among them; of the life of an MD the numbers say no more than that they
 * begin anew. The key is a new one each time LNet comes up. Nothing is kept for
 * each operation: what an MD has asked of any number of targets is known by the
 * hash again when they answer.
 *
 * That an answer counts once is known by one word of the MD (answer.h). Of its
 * last 24 operations it says for each whether the answer is still to come. Of
 * those before only how many are without one: an answer that comes again so much
 * later is taken if another one of that age is missing, from whoever was asked
 * on this MD before. So a client never sees more answers than it has asked for,
 * while fewer than 65535 are missing. After 2^24 operations of one MD numbers come
 * again.
 *
 * Over the loopback there is nobody who could lie: an answer there is ours, and
 * names the MD by its cookie.
 */
#include "network/answer.h"
#include "hooks/alloc.h"
#include "event/md_state.h"
#include "network/ni.h"

#include <lnet/api.h>
#include <lnet/lnd.h>

#include <linux/bits.h>
#include <linux/export.h>
#include <linux/random.h>
#include <linux/siphash.h>

/* Fields of an object cookie on the wire. */
enum { INDEX_SHIFT = 32 };

/* Fields of what is hashed with an MD's cookie and a NID. */
enum { KIND_SHIFT = LNET_ANSWER_NUMBER_BITS, PID_SHIFT = 32 };

static_assert((int)LNET_HANDLE_INDEX_BITS <= 64 - (int)INDEX_SHIFT);
static_assert((int)LNET_ANSWER_NUMBER_BITS <= (int)INDEX_SHIFT);

/* A PUT and a GET have it in the same place. */
static_assert(offsetof(struct lnet_hdr, msg.put.ack_wmd) ==
	      offsetof(struct lnet_hdr, msg.get.return_wmd));

static siphash_key_t key;		/* lnet_init_mutex to write, no NI is up */

/* The word ------------------------------------------------------------------ */

#define RECENT_MASK	((1ULL << LNET_ANSWER_RECENT) - 1)
#define OLD_SHIFT	LNET_ANSWER_RECENT
#define OLD_ONE		BIT_ULL(OLD_SHIFT)
#define NUMBER_SHIFT	(LNET_ANSWER_RECENT + LNET_ANSWER_OLD_BITS)

static u32 answer_number(u64 word)
{
	return word >> NUMBER_SHIFT;
}

static u32 answer_old(u64 word)
{
	return (word >> OLD_SHIFT) & LNET_ANSWER_OLD_MAX;
}

/* The bit of an operation, or 0: it is none of the recent ones. */
static u64 answer_bit(u64 word, u32 number)
{
	u32 age = (answer_number(word) - number) & LNET_ANSWER_NUMBER_MASK;

	return age < LNET_ANSWER_RECENT ? BIT_ULL(age) : 0;
}

/**
 * lnet_answer_expected() - one more operation wants an answer
 * @word: of its MD
 *
 * Return: the word with it; its number is there.
 */
u64 lnet_answer_expected(u64 word)
{
	u64 recent = (word & RECENT_MASK) << 1 | 1;
	u64 old = answer_old(word);
	u64 number = (answer_number(word) + 1) & LNET_ANSWER_NUMBER_MASK;

	if (recent > RECENT_MASK && old < LNET_ANSWER_OLD_MAX)
		old++;
	return number << NUMBER_SHIFT | old << OLD_SHIFT | (recent & RECENT_MASK);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_answer_expected);

/**
 * lnet_answer_taken() - an answer has come
 * @word: of its MD; without it on return
 * @number: of the operation
 *
 * Return: false: none is missing.
 */
bool lnet_answer_taken(u64 *word, u32 number)
{
	u64 bit = answer_bit(*word, number);

	if (bit) {
		if (!(*word & bit))
			return false;
		*word &= ~bit;
		return true;
	}
	if (!answer_old(*word))
		return false;
	if (answer_old(*word) < LNET_ANSWER_OLD_MAX)
		*word -= OLD_ONE;
	return true;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_answer_taken);

/**
 * lnet_answer_forgotten() - no answer will come
 * @word: of its MD
 * @number: of the operation
 *
 * One that is not recent stays counted: it may have been answered.
 *
 * Return: the word without it.
 */
u64 lnet_answer_forgotten(u64 word, u32 number)
{
	return word & ~answer_bit(word, number);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_answer_forgotten);

/* On the wire --------------------------------------------------------------- */

static u64 answer_proof(u64 cookie, u32 number, u8 type,
			const struct lnet_process_id *whom)
{
	/* Whichever NID of his he was asked by. */
	return siphash_3u64(cookie, LNetPrimaryNID(whom->nid),
			    (u64)whom->pid << PID_SHIFT |
			    (u64)type << KIND_SHIFT | number, &key);
}

static u32 wmd_number(const struct lnet_handle_wire *wmd)
{
	return wmd->object_cookie & LNET_ANSWER_NUMBER_MASK;
}

/**
 * lnet_answer_init() - LNet comes up: what was asked before is over
 *
 * Context: task; may sleep; no NI is up.
 */
void lnet_answer_init(void)
{
	get_random_bytes(&key, sizeof(key));
}

/**
 * lnet_answer_expect() - a message is about to leave that wants an answer
 * @msg: PUT or GET with an operation of its MD; its header gets the handle
 *
 * Context: any.
 */
void lnet_answer_expect(struct lnet_msg *msg)
{
	struct lnet_handle_wire *wmd = &msg->hdr.msg.get.return_wmd;
	struct lnet_libmd *md = msg->d.md;
	u64 word = atomic64_read(&md->answers), new;
	u32 number;

	do {
		new = lnet_answer_expected(word);
	} while (!atomic64_try_cmpxchg(&md->answers, (s64 *)&word, new));

	number = answer_number(new);
	wmd->object_cookie = (u64)lnet_handle_index(md->cookie) << INDEX_SHIFT | number;
	wmd->interface_cookie = answer_proof(md->cookie, number, msg->type,
					     &msg->d.ev.target);
}

/**
 * lnet_answer_forget() - a message could not be sent, so no answer counts
 * @msg: of ours, with an NI
 *
 * Context: any.
 */
void lnet_answer_forget(struct lnet_msg *msg)
{
	const struct lnet_handle_wire *wmd = &msg->hdr.msg.get.return_wmd;
	struct lnet_libmd *md = msg->d.md;
	u64 word;

	if (msg->ni->nid == LNET_NID_LO_0 || (msg->type != LNET_MSG_PUT &&
					      msg->type != LNET_MSG_GET))
		return;
	/* No ACK was asked for. */
	if (wmd->object_cookie == LNET_WIRE_HANDLE_COOKIE_NONE)
		return;
	word = atomic64_read(&md->answers);
	while (!atomic64_try_cmpxchg(&md->answers, (s64 *)&word,
				     lnet_answer_forgotten(word, wmd_number(wmd))))
		;
}

/**
 * lnet_answer_find() - which MD is an answer for, if it is good?
 * @wmd: the handle that it brings back
 * @type: of message that it answers: LNET_MSG_PUT or LNET_MSG_GET
 * @from: who answers
 *
 * Context: any; returns with preemption off if it finds one.
 * Return: the MD, pinned, for lnet_answer_take(); or NULL: there is none, or he
 * was not asked.
 */
struct lnet_libmd *lnet_answer_find(const struct lnet_handle_wire *wmd, u8 type,
				    const struct lnet_process_id *from)
{
	u64 index = wmd->object_cookie >> INDEX_SHIFT;
	struct lnet_libmd *md;

	if (index >> LNET_HANDLE_INDEX_BITS ||
	    (u32)wmd->object_cookie > LNET_ANSWER_NUMBER_MASK)
		return NULL;
	md = lnet_md_pin_any(index << LNET_HANDLE_INDEX_SHIFT);
	if (!md)
		return NULL;
	if (likely(wmd->interface_cookie ==
		   answer_proof(md->cookie, wmd_number(wmd), type, from)))
		return md;
	lnet_md_unpin(md);
	return NULL;
}

/**
 * lnet_answer_take() - is it the first answer to that operation?
 * @md: from lnet_answer_find()
 * @wmd: as there
 *
 * Context: any.
 * Return: false: it has had one.
 */
bool lnet_answer_take(struct lnet_libmd *md, const struct lnet_handle_wire *wmd)
{
	u64 word = atomic64_read(&md->answers), new;

	do {
		new = word;
		if (!lnet_answer_taken(&new, wmd_number(wmd)))
			return false;
	} while (!atomic64_try_cmpxchg(&md->answers, (s64 *)&word, new));
	return true;
}
