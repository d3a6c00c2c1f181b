// SPDX-License-Identifier: GPL-2.0
/*
 * The board: handles of MEs and MDs that any thread and any handler may use,
 * and those of objects that are gone, also from an earlier life of LNet. A thread
 * that puts a handle where another stands takes that one, and ends its object.
 */
#include "fuzz.h"

#include <linux/spinlock.h>
#include <linux/string.h>

enum { GRAVES = 128 };		/* of each kind */

static DEFINE_SPINLOCK(board_lock);	/* B: innermost */
static struct fuzz_handle board[FUZZ_EQ][FUZZ_PLACES];	/* B: MEs and MDs */
static u64 graves[FUZZ_KINDS][GRAVES];			/* B: */
static unsigned int buried[FUZZ_KINDS];			/* B: */

/* Nothing on it. */
void fuzz_board_clear(void)
{
	memset(board, 0, sizeof(board));
}

/* The handle at a place; no cookie: there is none. */
struct fuzz_handle fuzz_board_get(enum fuzz_kind kind, unsigned int place)
{
	struct fuzz_handle h;

	spin_lock(&board_lock);
	h = board[kind][place];
	spin_unlock(&board_lock);
	return h;
}

/* Put a handle there; what was there before is the caller's. */
struct fuzz_handle fuzz_board_swap(enum fuzz_kind kind, unsigned int place,
				   struct fuzz_handle h)
{
	spin_lock(&board_lock);
	swap(h, board[kind][place]);
	spin_unlock(&board_lock);
	return h;
}

/* A handle is stale. */
void fuzz_bury(enum fuzz_kind kind, u64 cookie)
{
	spin_lock(&board_lock);
	graves[kind][buried[kind]++ % GRAVES] = cookie;
	spin_unlock(&board_lock);
}

/* One that is; 0, which is as good, if none is yet. */
u64 fuzz_exhume(struct fuzz_by *by, enum fuzz_kind kind)
{
	unsigned int which = fuzz_below(by, GRAVES);
	u64 cookie = 0;

	spin_lock(&board_lock);
	if (buried[kind])
		cookie = graves[kind][which % min(buried[kind], GRAVES)];
	spin_unlock(&board_lock);
	return cookie;
}

/*
 * Some number that is no handle: a handle's generations do not reach that far
 * here, and what is only changed in its lowest bits is of no kind.
 */
u64 fuzz_random_cookie(struct fuzz_by *by)
{
	struct fuzz_handle h;

	switch (fuzz_below(by, 6)) {
	case 0:
		return 0;
	case 1:
		return LNET_WIRE_HANDLE_COOKIE_NONE;
	case 2:
		return fuzz_below(by, 4096);
	case 3:
		h = fuzz_board_get(FUZZ_MD, fuzz_below(by, FUZZ_PLACES));
		return h.cookie | 1ULL << 63;
	case 4:
		h = fuzz_board_get(FUZZ_ME, fuzz_below(by, FUZZ_PLACES));
		return h.cookie & ~3ULL;
	default:
		return fuzz_draw(by) | 1ULL << 63;
	}
}

/*
 * A handle to be used as one of @kind, in the way of a class. Returns the class
 * it is really of: what is shared may be found to be gone, or not to be there.
 */
enum fuzz_class fuzz_pick(struct fuzz_by *by, enum fuzz_kind kind,
			  enum fuzz_class class, struct fuzz_handle *h)
{
	unsigned int place = fuzz_below(by, FUZZ_PLACES);
	u64 random = fuzz_random_cookie(by);
	u64 stale = fuzz_exhume(by, kind);
	bool queue = fuzz_once_in(by, 2);
	u64 eq = 0;

	*h = (struct fuzz_handle){ .cookie = random };
	switch (class) {
	case FUZZ_SHARED:
		if (kind == FUZZ_EQ)
			fuzz_eq_any(by, &h->cookie);
		else
			*h = fuzz_board_get(kind, place);
		break;
	case FUZZ_KIND:
		if (kind != FUZZ_EQ && queue)
			fuzz_eq_any(by, &eq);
		if (eq)
			h->cookie = eq;
		else
			*h = fuzz_board_get(kind == FUZZ_ME ? FUZZ_MD : FUZZ_ME,
					    place);
		h->id = 0;
		break;
	case FUZZ_STALE:
		h->cookie = stale;
		break;
	default:
		break;
	}
	if (h->cookie && class != FUZZ_RANDOM)
		return class;
	h->cookie = random;
	return FUZZ_RANDOM;
}
