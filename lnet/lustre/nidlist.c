// SPDX-License-Identifier: GPL-2.0
/*
 * Lists of NIDs that may have ranges and wildcards, as Lustre reads them from an operator, and
 * asks whether a NID is in them.
 *
 *	list	<item> {<blanks> <item>}	[1-3].0.0.1@tcp *@o2ib 5@gni
 *	item	<range> "@" <network>		see nidrange.c
 *		"*" "@" <network>
 *
 * A list has a nidlist_net for each network, in the order in which the text first names them.
 * So a printed list has the items of a network side by side.
 *
 * Text may be anything of any length: what a list takes of time and memory is bounded.
 */
#include "hooks/alloc.h"
#include "lustre/nidrange.h"

#include <lnet/handler.h>

#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#define TEXT_MAX	SZ_1M	/* longest list in text, bytes */
#define NETS_MAX	256		/* most networks in a list: each item looks for its own */
#define NET_TEXT_SIZE	32		/* of a network, with the final 0 */

/*
 * The items of a list that are of one network. If all its NIDs do, ranges do not matter for what
 * matches and what is printed, only for what is a mask.
 */
struct nidlist_net {
	struct list_head link;
	u32 net;
	bool all;
	struct list_head ranges;
};

/* Parsing -------------------------------------------------------------------- */

static int nidlist_read_net(const char *text, const char *end, u32 *net)
{
	char buf[NET_TEXT_SIZE];

	if (end - text >= sizeof(buf))
		return -EINVAL;
	memcpy(buf, text, end - text);
	buf[end - text] = '\0';
	*net = lnet_api_str2net(buf);
	return *net == LNET_NET_ANY ? -EINVAL : 0;
}

static int nidlist_obtain_net(struct list_head *list, u32 net, struct nidlist_net **result)
{
	struct nidlist_net *n;
	unsigned int count = 0;

	list_for_each_entry(n, list, link) {
		*result = n;
		if (n->net == net)
			return 0;
		count++;
	}
	if (count == NETS_MAX)
		return -EINVAL;

	n = lnet_alloc(kzalloc(sizeof(*n), GFP_KERNEL));
	if (!n)
		return -ENOMEM;
	n->net = net;
	INIT_LIST_HEAD(&n->ranges);
	list_add_tail(&n->link, list);
	*result = n;
	return 0;
}

static int nidlist_read_item(char *text, char *end, struct list_head *list)
{
	char *at = memchr(text, '@', end - text);
	struct nidlist_net *n;
	struct lnet_nidrange *range;
	u32 net;
	int rc;

	if (!at)
		return -EINVAL;
	rc = nidlist_read_net(at + 1, end, &net);
	if (!rc)
		rc = nidlist_obtain_net(list, net, &n);
	if (rc)
		return rc;

	if (at - text == 1 && *text == '*') {
		n->all = true;
		return 0;
	}
	rc = lnet_nidrange_parse(net, text, at - text, &range);
	if (!rc)
		list_add_tail(&range->link, &n->ranges);
	return rc;
}

/**
 * cfs_parse_nidlist() - read a list of NIDs
 * @str: the text, see the top of this file; is not changed, and may end before @len
 * @len: the length of the text, bytes
 * @list: becomes the list, whatever it was; empty on failure. The caller frees what is in it
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL if this is no list of NIDs, an empty one, or longer than 1 MiB; or
 * -ENOMEM.
 */
int cfs_parse_nidlist(char *str, int len, struct list_head *list)
{
	char *end, *stop;
	int rc = 0;

	INIT_LIST_HEAD(list);
	if (!str || len <= 0)
		return -EINVAL;
	end = str + strnlen(str, len);
	if (end - str > TEXT_MAX)
		return -EINVAL;
	/* A file may end with a newline. Between items there is no other blank than ' '. */
	while (end > str && isspace(end[-1]))
		end--;

	for (; !rc && str < end; str = stop) {
		stop = str + 1;
		if (*str == ' ')
			continue;
		while (stop < end && *stop != ' ')
			stop++;
		rc = nidlist_read_item(str, stop, list);
		cond_resched();
	}
	if (rc)
		cfs_free_nidlist(list);
	else if (list_empty(list))
		rc = -EINVAL;
	return rc;
}
EXPORT_SYMBOL(cfs_parse_nidlist);

/**
 * cfs_free_nidlist() - free what is in a list of NIDs
 * @list: the list, which is empty then
 *
 * Context: any, also with a spinlock held.
 */
void cfs_free_nidlist(struct list_head *list)
{
	struct nidlist_net *n, *next_net;
	struct lnet_nidrange *range, *next;

	list_for_each_entry_safe(n, next_net, list, link) {
		list_for_each_entry_safe(range, next, &n->ranges, link)
			lnet_nidrange_free(range);
		kfree(n);
	}
	INIT_LIST_HEAD(list);
}
EXPORT_SYMBOL(cfs_free_nidlist);

/* Matching and printing ------------------------------------------------------- */

/**
 * cfs_match_nid() - check if a NID is in a list
 * @nid: the NID; one that stands for any, or NULL, is in no list
 * @list: the list
 *
 * Context: any.
 * Return: 1 if it is, else 0.
 */
int cfs_match_nid(const struct lnet_nid *nid, struct list_head *list)
{
	u32 net = lnet_nid_net(nid);
	struct lnet_nidrange *range;
	struct nidlist_net *n;

	list_for_each_entry(n, list, link) {
		if (n->net != net)
			continue;
		if (n->all)
			return 1;
		list_for_each_entry(range, &n->ranges, link)
			if (lnet_nidrange_match(range, nid))
				return 1;
	}
	return 0;
}
EXPORT_SYMBOL(cfs_match_nid);

static size_t nidlist_print_all(u32 net, char *buf, size_t size)
{
	char text[LNET_NIDSTR_SIZE];

	return scnprintf(buf, size, "*@%s", lnet_api_net2str_r(net, text, sizeof(text)));
}

/**
 * cfs_print_nidlist() - print a list of NIDs, so that it can be read again
 * @buf: the buffer for the text, which is cut if it does not fit
 * @count: the size of @buf, bytes
 * @list: the list
 *
 * Context: any.
 * Return: the length of what is in @buf, bytes.
 */
int cfs_print_nidlist(char *buf, int count, struct list_head *list)
{
	struct lnet_nidrange *range;
	struct nidlist_net *n;
	int len = 0;

	if (count <= 0)
		return 0;
	*buf = '\0';
	list_for_each_entry(n, list, link) {
		if (n->all) {
			len += scnprintf(buf + len, count - len, len ? " " : "");
			len += nidlist_print_all(n->net, buf + len, count - len);
			continue;
		}
		list_for_each_entry(range, &n->ranges, link) {
			len += scnprintf(buf + len, count - len, len ? " " : "");
			len += lnet_nidrange_print(range, buf + len, count - len);
		}
	}
	return len;
}
EXPORT_SYMBOL(cfs_print_nidlist);

/* Masks ------------------------------------------------------------------------ */

/*
 * Count the items of a list that are masks, and set @mask to the last of them. Items of other kinds
 * do not count, as Lustre's own function does not count them.
 */
static unsigned int nidlist_find_mask(struct list_head *list, struct lnet_nidrange **mask)
{
	struct lnet_nidrange *range;
	struct nidlist_net *n;
	unsigned int masks = 0;

	list_for_each_entry(n, list, link) {
		list_for_each_entry(range, &n->ranges, link) {
			if (!range->mask)
				continue;
			*mask = range;
			masks++;
		}
	}
	return masks;
}

/**
 * cfs_nidmask_get_length() - tell how long the mask in a list is
 * @list: the list
 *
 * Context: any.
 * Return: how many bits count, if exactly one item of the list is a mask, whatever the others
 * are: "10.0.0.0/8@tcp" has 8, and an IPv6 address 128; else 0.
 */
__u8 cfs_nidmask_get_length(struct list_head *list)
{
	struct lnet_nidrange *range;

	return nidlist_find_mask(list, &range) == 1 ? range->length : 0;
}
EXPORT_SYMBOL(cfs_nidmask_get_length);

/**
 * cfs_nidmask_get_base_nidstr() - print the NID of the mask in a list
 * @buf: the buffer for the text: the NID as it was written, with the bits that do not count:
 *	of "10.0.0.7/24@tcp" it is "10.0.0.7@tcp"; or empty, if no item of the list is a mask
 * @count: the size of @buf, bytes; LNET_HANDLER_NIDSTR_SIZE is always enough
 * @list: the list
 *
 * Context: any.
 * Return: 0, also if @buf is empty; -EINVAL: there are several masks, @buf is empty, or @count is
 * not above 0, nothing is put in @buf; or -E2BIG: the NID does not fit, @buf has what does.
 */
int cfs_nidmask_get_base_nidstr(char *buf, int count, struct list_head *list)
{
	struct lnet_nidrange *range;
	char text[LNET_NID_TEXT_SIZE];
	unsigned int masks;

	if (count <= 0)
		return -EINVAL;
	*buf = '\0';
	masks = nidlist_find_mask(list, &range);
	if (masks != 1)
		return masks ? -EINVAL : 0;
	lnet_nid_print(&range->base, text, sizeof(text));
	return strscpy(buf, text, count) < 0 ? -E2BIG : 0;
}
EXPORT_SYMBOL(cfs_nidmask_get_base_nidstr);
