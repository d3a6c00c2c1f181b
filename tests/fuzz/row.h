/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tables: for each function, and each class of arguments, which results are permitted.
 */
#ifndef _LNET_FUZZ_ROW_H
#define _LNET_FUZZ_ROW_H

#include "fuzz.h"

/*
 * A function: sets of results; an empty one: there are no such arguments. A call from a handler is
 * judged by its class, and may lack memory besides; its own column only says that handlers call it.
 */
struct fuzz_row {
	const char *name;
	unsigned int valid;
	unsigned int shared;
	unsigned int handle;	/* stale, freed, of another kind, random */
	unsigned int stale;	/* stale alone */
	unsigned int random;	/* any number that is no handle */
	unsigned int wrong;
	unsigned int handler;
	unsigned int forbidden;
	unsigned int down;
};

/* Results, as bits of a set */
enum {
	OK		= 1 << 0,	/* 0 */
	MORE		= 1 << 1,	/* above 0 */
	NOENT		= 1 << 2,
	INVAL		= 1 << 3,
	BUSY		= 1 << 4,
	PERM		= 1 << 5,
	NOMEM		= 1 << 6,
	NETDOWN		= 1 << 7,
	DEADLK		= 1 << 8,
	OVERFLOW	= 1 << 9,
	UNREACH		= 1 << 10,
	OPNOTSUPP	= 1 << 11,
	EXIST		= 1 << 12,
	PROTO		= 1 << 13,
	NOBUFS		= 1 << 14,
	IO		= 1 << 15,
	EVENT		= MORE | OVERFLOW,
};

/* row.c: by the number of the function less the first of its kind */
extern const struct fuzz_row fuzz_rows_api[FUZZ_LND];
extern const struct fuzz_row fuzz_rows_lnd[FUZZ_H - FUZZ_LND];
extern const struct fuzz_row fuzz_rows_lustre[FUZZ_FNS - FUZZ_H];

#endif /* _LNET_FUZZ_ROW_H */
