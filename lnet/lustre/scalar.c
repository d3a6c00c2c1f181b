// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink messages that say how what follows is to be read: which attribute has which name and
 * type. Tools of Lustre print YAML by them.
 *
 *	LIST {					of data[0]
 *		1 { LIST_SIZE n, INDEX 1, VALUE "name", KEY_FORMAT f, NLA_TYPE t }
 *		2 { INDEX 2, VALUE "name", KEY_FORMAT f, NLA_TYPE NLA_NESTED,
 *			LIST { ... }		of the next one
 *		}
 *	}
 */
#include <lnet/handler.h>

#include <linux/errno.h>
#include <linux/export.h>

#include <net/genetlink.h>
#include <net/netlink.h>

enum { DEPTH_MAX = 16 };	/* of lists in lists: the stack of the thread is small */

struct scalar_put {
	struct sk_buff *msg;
	const struct ln_key_list **next;	/* the list that is put next; ends with NULL */
	unsigned int depth;
};

static int scalar_put_list(struct scalar_put *put);

/* Put what describes the attribute @i of @list. */
static int scalar_put_item(struct scalar_put *put, const struct ln_key_list *list,
			   unsigned int i)
{
	const struct ln_key_props *key = &list->lkl_list[i];
	struct nlattr *nest = nla_nest_start(put->msg, i);
	int rc;

	if (!nest)
		return -EMSGSIZE;
	if (i == 1 && nla_put_u16(put->msg, LN_SCALAR_ATTR_LIST_SIZE, list->lkl_maxattr))
		return -EMSGSIZE;
	if (nla_put_u16(put->msg, LN_SCALAR_ATTR_INDEX, i))
		return -EMSGSIZE;
	if (key->lkp_value && nla_put_string(put->msg, LN_SCALAR_ATTR_VALUE, key->lkp_value))
		return -EMSGSIZE;
	if (key->lkp_key_format &&
	    nla_put_u16(put->msg, LN_SCALAR_ATTR_KEY_FORMAT, key->lkp_key_format))
		return -EMSGSIZE;
	if (nla_put_u16(put->msg, LN_SCALAR_ATTR_NLA_TYPE, key->lkp_data_type))
		return -EMSGSIZE;
	if (key->lkp_data_type == NLA_NESTED && *put->next) {
		rc = scalar_put_list(put);
		if (rc)
			return rc;
	}
	nla_nest_end(put->msg, nest);
	return 0;
}

/* Put the next list, and those in it. */
static int scalar_put_list(struct scalar_put *put)
{
	const struct ln_key_list *list = *put->next++;
	struct nlattr *nest;
	unsigned int i;
	int rc;

	if (++put->depth > DEPTH_MAX)
		return -EINVAL;
	nest = nla_nest_start(put->msg, LN_SCALAR_ATTR_LIST);
	if (!nest)
		return -EMSGSIZE;
	for (i = 1; i <= list->lkl_maxattr; i++) {
		rc = scalar_put_item(put, list, i);
		if (rc)
			return rc;
	}
	nla_nest_end(put->msg, nest);
	put->depth--;
	return 0;
}

/**
 * lnet_genl_send_scalar_list() - put a message that describes attributes
 * @msg: where it is put; not sent
 * @portid: port of the receiver
 * @seq: sequence number of the message
 * @family: family of the message
 * @flags: flags of the message, NLM_F_...
 * @cmd: command of the message
 * @data: lists of attributes, ended by NULL. An attribute of the type NLA_NESTED has the next list
 *	in it that no other attribute has; none, if there is no list left
 *
 * Context: any.
 * Return: 0; -EINVAL: there is no list, or lists are nested deeper than 16; -EMSGSIZE: @msg has not
 * enough room. After an error the message is not in @msg.
 */
int lnet_genl_send_scalar_list(struct sk_buff *msg, u32 portid, u32 seq,
			       const struct genl_family *family, int flags, u8 cmd,
			       const struct ln_key_list *data[])
{
	struct scalar_put put = { .msg = msg, .next = data };
	void *hdr;
	int rc;

	if (!msg || !family || !data || !data[0])
		return -EINVAL;
	hdr = genlmsg_put(msg, portid, seq, family, flags, cmd);
	if (!hdr)
		return -EMSGSIZE;
	rc = scalar_put_list(&put);
	if (rc)
		genlmsg_cancel(msg, hdr);
	else
		genlmsg_end(msg, hdr);
	return rc;
}
EXPORT_SYMBOL(lnet_genl_send_scalar_list);
