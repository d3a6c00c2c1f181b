// SPDX-License-Identifier: GPL-2.0
/*
 * The requests of tools, by netlink. A request is no set of attributes with numbers of their own,
 * but YAML as tokens, one attribute each:
 *
 *	VALUE "net type"  VALUE "tcp1"  VALUE "local NI(s)"  LIST { LIST { ... } }
 *
 * A mapping is pairs of tokens: a key, which is a VALUE, and what it has. A sequence is a LIST of
 * VALUEs, or of LISTs, which are mappings. A key that is not known is passed over, as if it were
 * not there; what it has is then looked at as a key, and is not known either.
 *
 * lnet_nl_request_begin() looks at the whole message: every token ends inside the list that it is
 * in, and lists in lists, and tokens, have a bound. All that is read later can rely on that.
 */
#include "lustre/nl_request.h"
#include "hooks/alloc.h"
#include "lustre/handler.h"

#include <lnet/handler.h>

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kstrtox.h>
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <net/genetlink.h>
#include <net/netlink.h>

/* The message as a whole --------------------------------------------------- */

struct look {
	unsigned int left;		/* tokens that there may still be */
	struct netlink_ext_ack *extack;
};

static int look_at_list(struct look *look, const void *from, int bytes, unsigned int depth)
{
	const struct nlattr *at = from;
	int rc;

	if (depth > LNET_NL_DEPTH_MAX) {
		NL_SET_ERR_MSG(look->extack, "lists in lists are nested too deep");
		return -EINVAL;
	}
	for (; nla_ok(at, bytes); at = nla_next(at, &bytes)) {
		if (!look->left--) {
			NL_SET_ERR_MSG(look->extack, "too many words");
			return -E2BIG;
		}
		if (nla_type(at) != LN_SCALAR_ATTR_LIST)
			continue;
		rc = look_at_list(look, nla_data(at), nla_len(at), depth + 1);
		if (rc)
			return rc;
	}
	if (bytes <= 0)
		return 0;
	NL_SET_ERR_MSG(look->extack, "a word goes beyond its list");
	return -EINVAL;
}

/**
 * lnet_nl_request_begin() - check a message, and begin to read it
 * @nlh: the message, of generic netlink
 * @tokens: set to its tokens
 * @extack: told what is wrong
 *
 * Context: any.
 * Return: 0; -EINVAL: a token goes beyond its end, or lists are nested too deep; -E2BIG: there are
 * too many tokens.
 */
int lnet_nl_request_begin(const struct nlmsghdr *nlh, struct lnet_nl_tokens *tokens,
			  struct netlink_ext_ack *extack)
{
	struct look look = { .left = LNET_NL_TOKENS_MAX, .extack = extack };

	tokens->next = nlmsg_attrdata(nlh, GENL_HDRLEN);
	tokens->left = max(nlmsg_attrlen(nlh, GENL_HDRLEN), 0);
	return look_at_list(&look, tokens->next, tokens->left, 0);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_nl_request_begin);

/**
 * lnet_nl_request_said() - begin to read a request that must say something
 * @info: the request
 * @tokens: set to its tokens
 *
 * Context: any.
 * Return: 0; -ENOMSG: it is empty; or as lnet_nl_request_begin().
 */
int lnet_nl_request_said(struct genl_info *info, struct lnet_nl_tokens *tokens)
{
	int rc = lnet_nl_request_begin(info->nlhdr, tokens, info->extack);

	if (rc || tokens->left > 0)
		return rc;
	NL_SET_ERR_MSG(info->extack, "no configuration");
	return -ENOMSG;
}

static enum lnet_nl_change change_of(const struct nlmsghdr *nlh)
{
	if (nlh->nlmsg_flags & NLM_F_CREATE)
		return LNET_NL_ADD;
	return nlh->nlmsg_flags & NLM_F_REPLACE ? LNET_NL_SET : LNET_NL_DEL;
}

/**
 * lnet_nl_request_change() - add, remove or set each thing that a request names
 * @info: the request: lists of mappings, one for each thing
 * @change: does that with the thing of which @pairs are said; the first that fails ends it
 *
 * Context: task; as @change.
 * Return: 0; as lnet_nl_request_said(); or an error of @change.
 */
int lnet_nl_request_change(struct genl_info *info,
			   int (*change)(enum lnet_nl_change how, struct lnet_nl_tokens pairs,
					 struct netlink_ext_ack *extack))
{
	const enum lnet_nl_change how = change_of(info->nlhdr);
	struct lnet_nl_tokens tokens, list, pairs;
	int rc;

	rc = lnet_nl_request_said(info, &tokens);
	while (!rc && lnet_nl_next_list(&tokens, &list))
		while (!rc && lnet_nl_next_list(&list, &pairs))
			rc = change(how, pairs, info->extack);
	return rc;
}

/**
 * lnet_nl_request_filter() - read what a dump is to list
 * @cb: the dump: lists of mappings; what else is said of a thing is passed over
 * @key: the key that counts
 * @take: takes what the key has; the first that fails ends it
 * @arg: its argument
 *
 * Context: task; as @take.
 * Return: 0; as lnet_nl_request_begin(); -EINVAL: the key has nothing; or an error of @take.
 */
int lnet_nl_request_filter(const struct netlink_callback *cb, const char *key,
			   int (*take)(void *arg, const struct nlattr *value,
				       struct netlink_ext_ack *extack), void *arg)
{
	const char *const keys[] = { key, NULL };
	struct lnet_nl_tokens tokens, list, pairs;
	const struct nlattr *value;
	int rc;

	rc = lnet_nl_request_begin(cb->nlh, &tokens, cb->extack);
	while (!rc && lnet_nl_next_list(&tokens, &list)) {
		while (!rc && lnet_nl_next_list(&list, &pairs)) {
			while (!(rc = lnet_nl_next_pair(&pairs, keys, &value, cb->extack))) {
				rc = take(arg, value, cb->extack);
				if (rc)
					return rc;
			}
			rc = rc == LNET_NL_END ? 0 : rc;
		}
	}
	return rc;
}

/* Tokens ------------------------------------------------------------------- */

/**
 * lnet_nl_next() - read a token
 * @tokens: those that are left
 *
 * Context: any.
 * Return: the token; NULL: none is left.
 */
const struct nlattr *lnet_nl_next(struct lnet_nl_tokens *tokens)
{
	const struct nlattr *at = tokens->next;

	if (!nla_ok(at, tokens->left))
		return NULL;
	tokens->next = nla_next(at, &tokens->left);
	return at;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_nl_next);

/**
 * lnet_nl_list() - look into a list
 * @value: a token, or NULL
 * @list: set to the tokens in it
 *
 * Context: any.
 * Return: false if it is no list; then there are no tokens in it.
 */
bool lnet_nl_list(const struct nlattr *value, struct lnet_nl_tokens *list)
{
	*list = (struct lnet_nl_tokens){};
	if (!value || nla_type(value) != LN_SCALAR_ATTR_LIST)
		return false;
	list->next = nla_data(value);
	list->left = nla_len(value);
	return true;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_nl_list);

/**
 * lnet_nl_next_list() - find the next list
 * @tokens: those that are left; what stands before the list is passed over
 * @list: set to the tokens in it
 *
 * Context: any.
 * Return: false if none is left.
 */
bool lnet_nl_next_list(struct lnet_nl_tokens *tokens, struct lnet_nl_tokens *list)
{
	const struct nlattr *at;

	while ((at = lnet_nl_next(tokens)))
		if (lnet_nl_list(at, list))
			return true;
	return false;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_nl_next_list);

static int key_index(const struct nlattr *at, const char *const *keys)
{
	int i;

	if (nla_type(at) != LN_SCALAR_ATTR_VALUE)
		return -ENOENT;
	for (i = 0; keys[i]; i++)
		if (!nla_strcmp(at, keys[i]))
			return i;
	return -ENOENT;
}

/**
 * lnet_nl_next_pair() - find the next key that is known
 * @tokens: those that are left; what stands before the key is passed over
 * @keys: the keys that are known, ended by NULL
 * @value: set to what the key has
 * @extack: told what is wrong
 *
 * Context: any.
 * Return: index of the key; LNET_NL_END: none is left; -EINVAL: the key has nothing.
 */
int lnet_nl_next_pair(struct lnet_nl_tokens *tokens, const char *const *keys,
		      const struct nlattr **value, struct netlink_ext_ack *extack)
{
	const struct nlattr *at;
	int key;

	while ((at = lnet_nl_next(tokens))) {
		key = key_index(at, keys);
		if (key < 0)
			continue;
		*value = lnet_nl_next(tokens);
		if (*value)
			return key;
		NL_SET_ERR_MSG(extack, "invalid config param");
		return -EINVAL;
	}
	return LNET_NL_END;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_nl_next_pair);

/* Values ------------------------------------------------------------------- */

/**
 * lnet_nl_text() - copy a text
 * @value: a token
 * @buf: buffer for it
 * @size: size of @buf, bytes
 *
 * Context: any.
 * Return: 0; -EINVAL: it is no text, or does not fit, or is "".
 */
int lnet_nl_text(const struct nlattr *value, char *buf, size_t size)
{
	if (nla_type(value) != LN_SCALAR_ATTR_VALUE || nla_strscpy(buf, value, size) <= 0)
		return -EINVAL;
	return 0;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_nl_text);

/**
 * lnet_nl_number() - read a number
 * @value: a token: a number, or a text of digits
 * @number: set to the number
 *
 * Context: any.
 * Return: 0; -EINVAL: it is none.
 */
int lnet_nl_number(const struct nlattr *value, s64 *number)
{
	char text[24];

	if (nla_type(value) == LN_SCALAR_ATTR_INT_VALUE && nla_len(value) == sizeof(*number)) {
		memcpy(number, nla_data(value), sizeof(*number));
		return 0;
	}
	return lnet_nl_text(value, text, sizeof(text)) || kstrtos64(text, 10, number) ? -EINVAL : 0;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_nl_number);

static int nid_read(const struct nlattr *value, struct lnet_nid *nid)
{
	/* Behind an IPv6 one the existing tool writes a blank. */
	char text[LNET_NID_TEXT_SIZE + 1];

	if (lnet_nl_text(value, text, sizeof(text)) || lnet_nid_parse(strim(text), nid) ||
	    lnet_nid_is_any(nid))
		return -EINVAL;
	return 0;
}

/**
 * lnet_nl_nid() - read a NID
 * @value: a token
 * @nid: set to the NID, for which the caller calls lnet_nid_put()
 *
 * Context: any.
 * Return: 0; -EINVAL: it is none, or stands for any; -ENOMEM.
 */
int lnet_nl_nid(const struct nlattr *value, lnet_nid_t *nid)
{
	struct lnet_nid long_nid;

	return nid_read(value, &long_nid) ?: lnet_handler_nid(&long_nid, nid);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_nl_nid);

/* Lists of NIDs ------------------------------------------------------------ */

/* Count the VALUEs in the lists of @tokens, as far as there may be some. */
static unsigned int nids_count(struct lnet_nl_tokens tokens)
{
	struct lnet_nl_tokens list;
	const struct nlattr *at;
	unsigned int nr = 0;

	while (lnet_nl_next_list(&tokens, &list))
		while ((at = lnet_nl_next(&list)))
			nr += nla_type(at) == LN_SCALAR_ATTR_VALUE;
	return nr;
}

static int nids_fill(struct lnet_nl_tokens tokens, struct lnet_nl_nids *nids)
{
	struct lnet_nl_tokens list;
	const struct nlattr *at;
	int rc;

	while (lnet_nl_next_list(&tokens, &list)) {
		while ((at = lnet_nl_next(&list))) {
			if (nla_type(at) != LN_SCALAR_ATTR_VALUE)
				continue;
			rc = nid_read(at, &nids->nid[nids->nr]);
			if (rc)
				return rc;
			nids->nr++;
		}
	}
	return 0;
}

/**
 * lnet_nl_nids_read() - read all NIDs of all lists among some tokens
 * @tokens: the tokens; others than lists do not count
 * @nids: set to the NIDs, to be freed by lnet_nl_nids_free(); there may be none
 * @bad: what to say of a text that is no NID
 * @extack: told what is wrong
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL: a text is no NID; -E2BIG: there are more than LNET_NL_NIDS_MAX; -ENOMEM. Then
 * there is nothing to be freed.
 */
int lnet_nl_nids_read(struct lnet_nl_tokens tokens, struct lnet_nl_nids *nids,
		      const char *bad, struct netlink_ext_ack *extack)
{
	unsigned int nr = nids_count(tokens);
	int rc;

	*nids = (struct lnet_nl_nids){};
	if (!nr)
		return 0;
	if (nr > LNET_NL_NIDS_MAX) {
		NL_SET_ERR_MSG(extack, "more than 1024 NIDs at a time");
		static_assert(LNET_NL_NIDS_MAX == 1024);
		return -E2BIG;
	}
	nids->nid = lnet_alloc(kmalloc_array(nr, sizeof(*nids->nid), GFP_KERNEL));
	if (!nids->nid)
		return -ENOMEM;
	rc = nids_fill(tokens, nids);
	if (!rc)
		return 0;
	if (rc == -EINVAL && extack)
		extack->_msg = bad;
	lnet_nl_nids_free(nids);
	return rc;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_nl_nids_read);

/**
 * lnet_nl_nids_free() - free NIDs that were read
 * @nids: the NIDs; there may be none
 *
 * Context: task.
 */
void lnet_nl_nids_free(struct lnet_nl_nids *nids)
{
	kfree(nids->nid);
	*nids = (struct lnet_nl_nids){};
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_nl_nids_free);
