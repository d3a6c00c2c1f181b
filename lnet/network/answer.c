// SPDX-License-Identifier: GPL-2.0
/*
 * Answers from the network: ACK and REPLY messages. An answer counts only if it comes from the
 * process that was asked, belongs to the operation for which that process was asked, and is the
 * first one. A process is named by the primary NID of its node, so it may answer from any of them.
 *
 * A PUT or GET names its MD by 16 bytes that the answer brings back. They tell where to look for
 * the MD, and prove that the sender was asked:
 *
 *	object cookie		index of the MD in the handle table, group (response.c)
 *				and number of the operation
 *	interface cookie	SipHash, with a key that never leaves this node, of the
 *				MD's cookie, the group, the number, the type of the
 *				message and the process that it goes to
 *
 * A peer that has seen any number of these values cannot make another one. The MD's cookie is not
 * on the wire; the numbers tell about the life of an MD only that they restart with it. A new key
 * is made each time that LNet comes up. LNet keeps no state per operation: when an answer comes,
 * it computes the hash again, however many targets the MD has asked.
 *
 * One word of the MD (answer.h) makes an answer count once. For each of the last 24 operations the
 * word says whether the answer is missing. For older operations it holds only the number of missing
 * answers: a repeated answer that old is accepted if another old answer is missing, and it may
 * come from any process that was asked on this MD. So a client never sees more answers than it
 * asked for, as long as fewer than 65535 are missing. After 2^24 operations of one MD the numbers
 * repeat.
 *
 * Over the loopback no peer can forge an answer: the answer is this node's own, and names the MD
 * by its cookie.
 */
#include "network/answer.h"
#include "hooks/alloc.h"
#include "event/large_nid.h"
#include "event/alias.h"
#include "event/md_state.h"
#include "network/ni.h"

#include <lnet/api.h>
#include <lnet/lnd.h>

#include <linux/bits.h>
#include <linux/export.h>
#include <linux/random.h>
#include <linux/siphash.h>

/*
 * The fields of an object cookie on the wire: the index above, the request below. The request is
 * the number of the operation, and above that its group.
 */
enum {
	INDEX_SHIFT	= 32,
	GROUP_SHIFT	= LNET_ANSWER_NUMBER_BITS,
	REQUEST_BITS	= LNET_ANSWER_NUMBER_BITS + LNET_ANSWER_GROUP_BITS,
};

/* The fields of the third word that is hashed, after the MD's cookie and the NID. */
enum { KIND_SHIFT = REQUEST_BITS, PID_SHIFT = 32 };

static_assert((int)LNET_HANDLE_INDEX_BITS <= 64 - (int)INDEX_SHIFT);
static_assert((int)REQUEST_BITS <= (int)INDEX_SHIFT);

/* lnet_answer_expect() and lnet_answer_forget() use the GET's field for a PUT, too. */
static_assert(offsetof(struct lnet_hdr, msg.put.ack_wmd) ==
	      offsetof(struct lnet_hdr, msg.get.return_wmd));

static siphash_key_t key;		/* written under lnet_init_mutex while no NI is up */

/* The word of an MD --------------------------------------------------------- */

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

/* The bit of an operation in the word, or 0 if it is older than the recent ones. */
static u64 answer_bit(u64 word, u32 number)
{
	u32 age = (answer_number(word) - number) & LNET_ANSWER_NUMBER_MASK;

	return age < LNET_ANSWER_RECENT ? BIT_ULL(age) : 0;
}

/**
 * lnet_answer_expected() - add an operation that wants an answer
 * @word: the word of its MD
 *
 * Context: any.
 * Return: the new word, which contains the number of the operation.
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
 * lnet_answer_taken() - count an answer that has arrived
 * @word: the word of its MD; without this answer on return
 * @number: the number of the operation that is answered
 *
 * Context: any.
 * Return: true if the answer was missing; false if it was not, and @word is unchanged. For an
 * operation that is not recent, true if any old answer was missing.
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
 * lnet_answer_forgotten() - stop expecting the answer to an operation
 * @word: the word of its MD
 * @number: the number of the operation that gets no answer
 *
 * For an operation that is not recent the count stays, as its answer may have come already.
 *
 * Context: any.
 * Return: the word without the missing answer.
 */
u64 lnet_answer_forgotten(u64 word, u32 number)
{
	return word & ~answer_bit(word, number);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_answer_forgotten);

/* On the wire --------------------------------------------------------------- */

/* @nid is the primary NID, so that the proof is the same for all NIDs of the target. */
static u64 answer_proof(u64 cookie, u32 request, u8 type, lnet_nid_t nid, lnet_pid_t pid)
{
	return siphash_3u64(cookie, lnet_large_digest(nid),
			    (u64)pid << PID_SHIFT | (u64)type << KIND_SHIFT | request, &key);
}

static u32 wmd_number(const struct lnet_handle_wire *wmd)
{
	return wmd->object_cookie & LNET_ANSWER_NUMBER_MASK;
}

/**
 * lnet_answer_init() - make a new key, so that no earlier operation can be answered
 *
 * Context: task; may sleep; no NI is up.
 */
void lnet_answer_init(void)
{
	get_random_bytes(&key, sizeof(key));
}

/**
 * lnet_answer_expect() - register a message that wants an answer, before it leaves
 * @msg: the PUT or GET, which holds an operation of its MD; its header has the operation's group
 *	(response.h) in the interface cookie, and gets the handle that the answer shall bring back
 *
 * Context: any.
 */
void lnet_answer_expect(struct lnet_msg *msg)
{
	struct lnet_handle_wire *wmd = &msg->hdr.msg.get.return_wmd;
	struct lnet_libmd *md = msg->d.md;
	u64 word = atomic64_read(&md->answers), new;
	u32 request;

	do {
		new = lnet_answer_expected(word);
	} while (!atomic64_try_cmpxchg(&md->answers, (s64 *)&word, new));

	request = answer_number(new) | (u32)wmd->interface_cookie << GROUP_SHIFT;
	wmd->object_cookie = (u64)lnet_handle_index(md->cookie) << INDEX_SHIFT | request;
	wmd->interface_cookie = answer_proof(md->cookie, request, msg->type,
					     lnet_alias_primary(msg->d.ev.target.nid),
					     msg->d.ev.target.pid);
}

/**
 * lnet_answer_forget() - accept no answer to a message that could not be sent
 * @msg: a message of this node, with an NI; of any type
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
	/* The client did not ask for an ACK, so none is registered. */
	if (wmd->object_cookie == LNET_WIRE_HANDLE_COOKIE_NONE)
		return;
	word = atomic64_read(&md->answers);
	while (!atomic64_try_cmpxchg(&md->answers, (s64 *)&word,
				     lnet_answer_forgotten(word, wmd_number(wmd))))
		;
}

/*
 * Was the process that answers asked, by @nid, which is the primary NID of its node, or was when
 * it was asked?
 */
static bool answer_is_proved(const struct lnet_libmd *md, const struct lnet_handle_wire *wmd,
			     u8 type, lnet_nid_t nid, lnet_pid_t pid)
{
	return wmd->interface_cookie ==
	       answer_proof(md->cookie, wmd->object_cookie, type, nid, pid);
}

/**
 * lnet_answer_find() - find the MD of an answer, and check the proof
 * @wmd: the handle that the answer brings back
 * @type: the type of message that is answered: LNET_MSG_PUT or LNET_MSG_GET
 * @ev: the event of the answer; its initiator and its source are the process that sent it
 *
 * The node may have become known to have several NIDs since it was asked by one of the others. So
 * the NID that the answer came from counts, too.
 *
 * Context: any; returns with preemption off if it finds an MD.
 * Return: the MD, pinned, for lnet_answer_take(); or NULL if there is no such MD, or the process
 * was not asked for this operation.
 */
struct lnet_libmd *lnet_answer_find(const struct lnet_handle_wire *wmd, u8 type,
				    const struct lnet_event *ev)
{
	lnet_nid_t primary = ev->initiator.nid, source = ev->source.nid;
	u64 index = wmd->object_cookie >> INDEX_SHIFT;
	struct lnet_libmd *md;

	if (index >> LNET_HANDLE_INDEX_BITS || (u32)wmd->object_cookie >> REQUEST_BITS)
		return NULL;
	md = lnet_md_pin_any(index << LNET_HANDLE_INDEX_SHIFT);
	if (!md)
		return NULL;
	if (likely(answer_is_proved(md, wmd, type, primary, ev->initiator.pid)) ||
	    (primary != source && answer_is_proved(md, wmd, type, source, ev->source.pid)))
		return md;
	lnet_md_unpin(md);
	return NULL;
}

/**
 * lnet_answer_take() - count an answer, if it is the first to its operation
 * @md: the MD that lnet_answer_find() has returned, pinned
 * @wmd: the handle that was given to lnet_answer_find()
 *
 * Context: any.
 * Return: true if the answer counts; false if no answer is missing, see lnet_answer_taken().
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
