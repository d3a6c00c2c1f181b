// SPDX-License-Identifier: GPL-2.0
/*
 * Text of NIDs and lists of them by the handler interface: known ones both ways, and any bytes,
 * which are read without harm.
 */
#include "lustre.h"

#include <linux/list.h>
#include <linux/slab.h>
#include <linux/string.h>

enum { HTEXT_BYTES = 48 };

static void htext_wrong(struct fuzz_by *by, enum fuzz_fn fn, const char *got, const char *want)
{
	fuzz_counted(by, fn, FUZZ_VALID);
	if (strcmp(got, want))
		fuzz_wrong(by, "word", "%s: '%s', not '%s'", fuzz_fn_name(fn), got, want);
}

/* Known networks and NIDs; and back. */
static void htext_known(struct fuzz_by *by)
{
	u32 num = 1 + fuzz_below(by, 99), addr = fuzz_draw(by), net = LNET_MKNET(SOCKLND, num);
	char want[LNET_IDSTR_SIZE], buf[LNET_HANDLER_NIDSTR_SIZE], *nidstr;
	struct lnet_process_id id = { LNET_MKNID(net, addr), FUZZ_PID };
	struct lnet_processid large = { fuzz_nid(id.nid), FUZZ_PID };
	struct lnet_nid nid;
	lnet_nid_t nid4;

	scnprintf(want, sizeof(want), "%u-%u.%u.%u.%u@tcp%u", FUZZ_PID, addr >> 24,
		  addr >> 16 & 0xff, addr >> 8 & 0xff, addr & 0xff, num);
	nidstr = strchr(want, '-') + 1;
	htext_wrong(by, FUZZ_H_libcfs_id2str, libcfs_id2str(id), want);
	htext_wrong(by, FUZZ_H_libcfs_idstr, libcfs_idstr(&large), want);
	htext_wrong(by, FUZZ_H_libcfs_nid2str_r, libcfs_nid2str_r(id.nid, buf, sizeof(buf)),
		    nidstr);
	htext_wrong(by, FUZZ_H_libcfs_nidstr_r, libcfs_nidstr_r(&large.nid, buf, sizeof(buf)),
		    nidstr);
	htext_wrong(by, FUZZ_H_libcfs_net2str_r, libcfs_net2str_r(net, buf, sizeof(buf)),
		    strchr(want, '@') + 1);
	htext_wrong(by, FUZZ_H_libcfs_lnd2str_r, libcfs_lnd2str_r(SOCKLND, buf, sizeof(buf)),
		    "tcp");
	fuzz_said(by, FUZZ_H_libcfs_strnid, FUZZ_VALID, libcfs_strnid(&nid, nidstr));
	fuzz_said(by, FUZZ_H_libcfs_str2anynid, FUZZ_VALID, libcfs_str2anynid(&nid4, nidstr));
	if (!lnet_nid_is_same(&nid, &large.nid) || nid4 != id.nid ||
	    libcfs_str2nid(nidstr) != id.nid || libcfs_str2net(strchr(want, '@') + 1) != net)
		fuzz_wrong(by, "word", "'%s' is read as another NID", nidstr);
	fuzz_said(by, FUZZ_H_libcfs_stranynid, FUZZ_VALID, libcfs_stranynid(&nid, "*"));
	fuzz_counted(by, FUZZ_H_libcfs_str2nid, FUZZ_VALID);
	fuzz_counted(by, FUZZ_H_libcfs_str2net, FUZZ_VALID);
	fuzz_counted(by, FUZZ_H_libcfs_next_nidstring, FUZZ_VALID);
	if (libcfs_next_nidstring() == libcfs_next_nidstring())
		fuzz_wrong(by, "word", "two buffers in a row are the same");
}

/* Bytes that such text has. */
static const char htext_some[] = "0123456789.@tcpo2ibgni*[]-/,:abcdef fU";

/* Any of them. */
static void htext_draw(struct fuzz_by *by, char *text, unsigned int size)
{
	unsigned int i, n = fuzz_below(by, size);

	for (i = 0; i < n; i++)
		text[i] = htext_some[fuzz_below(by, sizeof(htext_some) - 1)];
	text[i] = 0;
}

/* Text that is known, with other bytes in it, or without. */
static void htext_spoil(struct fuzz_by *by, char *text, const char *known)
{
	unsigned int n = fuzz_below(by, 3);

	strscpy(text, known, HTEXT_BYTES);
	for (; n; n--)
		text[fuzz_below(by, strlen(known))] =
			htext_some[fuzz_below(by, sizeof(htext_some) - 1)];
}

static void htext_random(struct fuzz_by *by)
{
	unsigned int size = 1 + fuzz_below(by, HTEXT_BYTES - 2), i;
	struct lnet_process_id id = { fuzz_draw(by), fuzz_draw(by) };
	char text[HTEXT_BYTES];
	struct lnet_nid nid;
	lnet_nid_t nid4;

	for (i = 0; i < sizeof(nid); i++)
		((u8 *)&nid)[i] = fuzz_draw(by);
	memset(text, 0x7f, sizeof(text));
	libcfs_nidstr_r(&nid, text, size);
	libcfs_nid2str_r(id.nid, text, size);
	libcfs_net2str_r(id.pid, text, size);
	libcfs_lnd2str_r(id.pid >> fuzz_below(by, 32), text, size);
	for (i = size; i < sizeof(text) && text[i] == 0x7f; i++)
		;
	if (i < sizeof(text) || strnlen(text, size) == size)
		fuzz_wrong(by, "word", "more than %u bytes written", size);
	libcfs_id2str(id);
	libcfs_idstr(&(struct lnet_processid){ nid, id.pid });
	htext_draw(by, text, sizeof(text));
	fuzz_said(by, FUZZ_H_libcfs_strnid, FUZZ_RANDOM, libcfs_strnid(&nid, text));
	fuzz_said(by, FUZZ_H_libcfs_str2anynid, FUZZ_RANDOM, libcfs_str2anynid(&nid4, text));
	fuzz_said(by, FUZZ_H_libcfs_stranynid, FUZZ_RANDOM, libcfs_stranynid(&nid, text));
	libcfs_str2nid(text);
	libcfs_str2net(text);
}

/* Print and parse. */
void fuzz_step_htext(struct fuzz_by *by)
{
	static const enum fuzz_fn fns[] = {
		FUZZ_H_libcfs_nidstr_r, FUZZ_H_libcfs_nid2str_r, FUZZ_H_libcfs_net2str_r,
		FUZZ_H_libcfs_lnd2str_r, FUZZ_H_libcfs_idstr, FUZZ_H_libcfs_id2str,
		FUZZ_H_libcfs_str2nid, FUZZ_H_libcfs_str2net,
	};
	unsigned int i;

	htext_known(by);
	htext_random(by);
	for (i = 0; i < ARRAY_SIZE(fns); i++)
		fuzz_counted(by, fns[i], FUZZ_RANDOM);
}

/* What is asked of a list, whatever is in it. */
static void hlist_use(struct fuzz_by *by, struct list_head *list, bool known)
{
	enum fuzz_class class = known ? FUZZ_VALID : FUZZ_RANDOM;
	struct lnet_nid in = fuzz_nid(LNET_MKNID(LNET_MKNET(SOCKLND, 0), 0x0a000007));
	char text[LNET_HANDLER_NIDSTR_SIZE];

	if (fuzz_said(by, FUZZ_H_cfs_match_nid, class, cfs_match_nid(&in, list)) != 1 && known)
		fuzz_wrong(by, "word", "a NID is not in its list");
	fuzz_said(by, FUZZ_H_cfs_print_nidlist, FUZZ_VALID,
		  cfs_print_nidlist(text, sizeof(text), list));
	fuzz_said(by, FUZZ_H_cfs_nidmask_get_length, FUZZ_VALID, cfs_nidmask_get_length(list));
	fuzz_said(by, FUZZ_H_cfs_nidmask_get_base_nidstr, FUZZ_VALID,
		  cfs_nidmask_get_base_nidstr(text, sizeof(text), list));
	fuzz_counted(by, FUZZ_H_cfs_free_nidlist, FUZZ_VALID);
	cfs_free_nidlist(list);
}

static void hlist_numbers(struct fuzz_by *by, char *text, bool known)
{
	enum fuzz_class class = known ? FUZZ_VALID : FUZZ_RANDOM;
	struct cfs_expr_list *list;
	u32 *values;
	int n;

	if (fuzz_said(by, FUZZ_H_cfs_expr_list_parse, class,
		      cfs_expr_list_parse(text, strlen(text), 0, 255, &list)))
		return;
	n = fuzz_said(by, FUZZ_H_cfs_expr_list_values, class,
		      cfs_expr_list_values(list, 256, &values));
	if (known && n != 5)
		fuzz_wrong(by, "word", "%s is %d numbers, not 5", text, n);
	if (n > 0)
		kfree(values);
	fuzz_counted(by, FUZZ_H_cfs_expr_list_free, FUZZ_VALID);
	cfs_expr_list_free(list);
}

/* Lists of NIDs, and of numbers. */
void fuzz_step_hlist(struct fuzz_by *by)
{
	char nids[] = "10.0.0.[1-9]@tcp 5@gni1", numbers[] = "[0-3,7]";
	char text[HTEXT_BYTES];
	struct list_head list;

	if (!fuzz_said(by, FUZZ_H_cfs_parse_nidlist, FUZZ_VALID,
		       cfs_parse_nidlist(nids, strlen(nids), &list)))
		hlist_use(by, &list, true);
	htext_spoil(by, text, nids);
	if (!fuzz_said(by, FUZZ_H_cfs_parse_nidlist, FUZZ_RANDOM,
		       cfs_parse_nidlist(text, strlen(text), &list)))
		hlist_use(by, &list, false);
	hlist_numbers(by, numbers, true);
	htext_spoil(by, text, numbers);
	hlist_numbers(by, text, false);
}
