// SPDX-License-Identifier: GPL-2.0
/*
 * Text of NIDs for Lustre's modules. lnet.ko prints and parses; here are the names by which
 * Lustre's modules link that, the buffers that they print into, and "*".
 *
 * Configuration logs, files in /proc and UUIDs have these strings in them and are compared as
 * strings: a NID must have one form only, and always the same.
 */
#include <lnet/handler.h>

#include <linux/atomic.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/string.h>

/* Types of 8 bits: what Lustre's own headers take out of a network number. */
#define NET_MASK	0xffffffU
#define NID4_MASK	(((lnet_nid_t)NET_MASK << 32) | U32_MAX)

static_assert(LNET_HANDLER_NIDSTR_SIZE == LNET_NID_TEXT_SIZE);

/**
 * libcfs_next_nidstring() - take a buffer for the text of a NID, for immediate use
 *
 * Context: any.
 * Return: the buffer, of LNET_HANDLER_NIDSTR_SIZE bytes. The LNET_NIDSTR_COUNT'th further call
 * gives the same one again.
 */
char *libcfs_next_nidstring(void)
{
	static char buffers[LNET_NIDSTR_COUNT][LNET_HANDLER_NIDSTR_SIZE];
	static atomic_t turn;

	return buffers[(unsigned int)atomic_inc_return(&turn) % LNET_NIDSTR_COUNT];
}
EXPORT_SYMBOL(libcfs_next_nidstring);

/**
 * libcfs_nidstr_r() - print a NID
 * @nid: the NID; NULL stands for any
 * @buf: the buffer for the text
 * @size: the size of @buf, bytes; LNET_HANDLER_NIDSTR_SIZE is always enough
 *
 * Context: any.
 * Return: @buf.
 */
char *libcfs_nidstr_r(const struct lnet_nid *nid, char *buf, size_t size)
{
	return lnet_nid_print(nid, buf, size);
}
EXPORT_SYMBOL(libcfs_nidstr_r);

/**
 * libcfs_nid2str_r() - print a NID of 8 bytes
 * @nid: the NID
 * @buf: the buffer for the text
 * @size: the size of @buf, bytes; LNET_HANDLER_NIDSTR_SIZE is always enough
 *
 * Context: any.
 * Return: @buf.
 */
char *libcfs_nid2str_r(lnet_nid_t nid, char *buf, size_t size)
{
	if (nid != LNET_NID_ANY)
		nid &= NID4_MASK;
	return lnet_api_nid2str_r(nid, buf, size);
}
EXPORT_SYMBOL(libcfs_nid2str_r);

/**
 * libcfs_net2str_r() - print a network
 * @net: the number of the network; LNET_NET_ANY has no special form
 * @buf: the buffer for the text
 * @size: the size of @buf, bytes; LNET_HANDLER_NIDSTR_SIZE is always enough
 *
 * Context: any.
 * Return: @buf.
 */
char *libcfs_net2str_r(__u32 net, char *buf, size_t size)
{
	return lnet_api_net2str_r(net & NET_MASK, buf, size);
}
EXPORT_SYMBOL(libcfs_net2str_r);

/**
 * libcfs_lnd2str_r() - print a type of network
 * @type: the type
 * @buf: the buffer for the text
 * @size: the size of @buf, bytes; LNET_HANDLER_NIDSTR_SIZE is always enough
 *
 * Context: any.
 * Return: @buf: the name, or "?type?" if it has none.
 */
char *libcfs_lnd2str_r(__u32 type, char *buf, size_t size)
{
	if (type <= U8_MAX && lnet_nid_form(LNET_MKNET(type, 0)) != LNET_NID_FORM_NONE)
		return lnet_api_net2str_r(LNET_MKNET(type, 0), buf, size);
	scnprintf(buf, size, "?%u?", type);
	return buf;
}
EXPORT_SYMBOL(libcfs_lnd2str_r);

/**
 * libcfs_idstr() - print a process id into a static buffer, for immediate use
 * @id: the process id
 *
 * Context: any.
 * Return: a buffer of libcfs_next_nidstring(): "12345-10.0.0.1@tcp"; a U precedes the PID of
 * a process in user space, and "LNET_PID_ANY" stands for any PID.
 */
char *libcfs_idstr(struct lnet_processid *id)
{
	return lnet_nid_print_process(id, libcfs_next_nidstring(), LNET_HANDLER_NIDSTR_SIZE);
}
EXPORT_SYMBOL(libcfs_idstr);

/**
 * libcfs_id2str() - print a process id with a NID of 8 bytes into a static buffer
 * @id: the process id
 *
 * Context: any.
 * Return: a buffer as that of libcfs_idstr().
 */
char *libcfs_id2str(struct lnet_process_id id)
{
	if (id.nid != LNET_NID_ANY)
		id.nid &= NID4_MASK;
	return lnet_api_id2str_r(id, libcfs_next_nidstring(), LNET_HANDLER_NIDSTR_SIZE);
}
EXPORT_SYMBOL(libcfs_id2str);

/**
 * libcfs_strnid() - parse a NID
 * @nid: the NID, set on success only; bytes that its address does not use are 0
 * @str: the text, which must end after the NID; without a network it is a NID of tcp, and
 *	"<?>" is any NID
 *
 * Context: any.
 * Return: 0, or -EINVAL if the text is not a NID.
 */
int libcfs_strnid(struct lnet_nid *nid, const char *str)
{
	if (!nid || !str)
		return -EINVAL;
	return lnet_nid_parse(str, nid);
}
EXPORT_SYMBOL(libcfs_strnid);

/**
 * libcfs_str2nid() - parse a NID of 8 bytes
 * @str: the text, as that of libcfs_strnid()
 *
 * Context: any.
 * Return: the NID, or LNET_NID_ANY if the text is not a NID, or one with a longer address.
 */
lnet_nid_t libcfs_str2nid(const char *str)
{
	const lnet_nid_t nid = str ? lnet_api_str2nid(str) : LNET_NID_ANY;

	return lnet_nid_is_large(nid) ? LNET_NID_ANY : nid;
}
EXPORT_SYMBOL(libcfs_str2nid);

/**
 * libcfs_str2anynid() - parse a NID of 8 bytes, or "*", which is any NID
 * @nid: the NID; LNET_NID_ANY if the text is not a NID
 * @str: the text
 *
 * Context: any.
 * Return: 1, or 0 if the text is neither; "<?>" is neither.
 */
int libcfs_str2anynid(lnet_nid_t *nid, const char *str)
{
	*nid = LNET_NID_ANY;
	if (str && !strcmp(str, "*"))
		return 1;
	*nid = libcfs_str2nid(str);
	return *nid != LNET_NID_ANY;
}
EXPORT_SYMBOL(libcfs_str2anynid);

/**
 * libcfs_stranynid() - parse a NID, or "*", which is any NID
 * @nid: the NID; the one that stands for any if the text is not a NID
 * @str: the text
 *
 * Context: any.
 * Return: 1, or 0 if the text is neither; "<?>" is neither.
 */
int libcfs_stranynid(struct lnet_nid *nid, const char *str)
{
	lnet_nid_from_nid4(nid, LNET_NID_ANY);
	if (str && !strcmp(str, "*"))
		return 1;
	return !libcfs_strnid(nid, str) && !lnet_nid_is_any(nid);
}
EXPORT_SYMBOL(libcfs_stranynid);

/**
 * libcfs_str2net() - parse a network
 * @str: the text, which must end after the network
 *
 * Context: any.
 * Return: the network, or LNET_NET_ANY if the text is not a network.
 */
__u32 libcfs_str2net(const char *str)
{
	return str ? lnet_api_str2net(str) : LNET_NET_ANY;
}
EXPORT_SYMBOL(libcfs_str2net);
