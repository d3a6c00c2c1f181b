// SPDX-License-Identifier: GPL-2.0
/*
 * Printing and parsing of NIDs, networks, process ids and handles.
 *
 *	NID	<address>@<network>	10.0.0.1@tcp, 0@lo, 5@gni1
 *	network	<type>[<number>]	tcp, tcp1, o2ib, lo
 *	id	<pid>-<NID>		12345-10.0.0.1@tcp; a U precedes the PID of
 *					a process in user space
 */
#include <lnet/api.h>

#include <linux/ctype.h>
#include <linux/export.h>
#include <linux/inet.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/string.h>

#include "event/handle.h"

/* The types of network, and how the addresses of each are written. */
static const struct net_type {
	u16 type;
	bool dotted;		/* as an IPv4 address; else as a number */
	const char *name;
} types[] = {
	{ SOCKLND,  true,  "tcp" },
	{ O2IBLND,  true,  "o2ib" },
	{ LOLND,    false, "lo" },
	{ GNILND,   false, "gni" },
	{ GNIIPLND, true,  "gip" },
	{ PTL4LND,  false, "ptlf" },
};

static const struct net_type *nid_find_type(u32 net)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].type == LNET_NETTYP(net))
			return &types[i];
	return NULL;
}

/**
 * libcfs_net2str_r() - print a network
 * @net: the number of the network, LNET_MKNET()
 * @buf: the buffer for the text
 * @size: the size of @buf, bytes; LNET_NIDSTR_SIZE is always enough
 *
 * Context: any.
 * Return: @buf.
 */
char *libcfs_net2str_r(__u32 net, char *buf, size_t size)
{
	const struct net_type *t = nid_find_type(net);

	if (net == LNET_NET_ANY)
		strscpy(buf, "<?>", size);
	else if (!t)
		scnprintf(buf, size, "<%u:%u>", LNET_NETTYP(net),
			  LNET_NETNUM(net));
	else if (LNET_NETNUM(net))
		scnprintf(buf, size, "%s%u", t->name, LNET_NETNUM(net));
	else
		strscpy(buf, t->name, size);
	return buf;
}
EXPORT_SYMBOL(libcfs_net2str_r);

/**
 * libcfs_nid2str_r() - print a NID
 * @nid: the NID to print
 * @buf: the buffer for the text
 * @size: the size of @buf, bytes; LNET_NIDSTR_SIZE is always enough
 *
 * Context: any.
 * Return: @buf.
 */
char *libcfs_nid2str_r(lnet_nid_t nid, char *buf, size_t size)
{
	const struct net_type *t = nid_find_type(LNET_NIDNET(nid));
	u32 addr = LNET_NIDADDR(nid);
	int n;

	if (nid == LNET_NID_ANY) {
		strscpy(buf, "<?>", size);
		return buf;
	}

	if (t && t->dotted)
		n = scnprintf(buf, size, "%u.%u.%u.%u@", addr >> 24,
			      (addr >> 16) & 0xff, (addr >> 8) & 0xff,
			      addr & 0xff);
	else
		n = scnprintf(buf, size, "%u@", addr);
	libcfs_net2str_r(LNET_NIDNET(nid), buf + n, size - n);
	return buf;
}
EXPORT_SYMBOL(libcfs_nid2str_r);

/**
 * libcfs_id2str_r() - print a process id
 * @id: the process id to print
 * @buf: the buffer for the text
 * @size: the size of @buf, bytes; LNET_IDSTR_SIZE is always enough
 *
 * Context: any.
 * Return: @buf.
 */
char *libcfs_id2str_r(struct lnet_process_id id, char *buf, size_t size)
{
	int n;

	if (id.pid == LNET_PID_ANY)
		n = scnprintf(buf, size, "LNET_PID_ANY-");
	else
		n = scnprintf(buf, size, "%s%u-",
			      id.pid & LNET_PID_USERFLAG ? "U" : "",
			      id.pid & ~LNET_PID_USERFLAG);
	libcfs_nid2str_r(id.nid, buf + n, size - n);
	return buf;
}
EXPORT_SYMBOL(libcfs_id2str_r);

/*
 * Buffers for callers that supply none: as many as one log message may need. The oldest is reused
 * first.
 */
static char *nid_next_buffer(void)
{
	static char buffers[64][LNET_IDSTR_SIZE];
	static atomic_t turn;

	return buffers[(unsigned int)atomic_inc_return(&turn) %
		       ARRAY_SIZE(buffers)];
}

/**
 * libcfs_nid2str() - print a NID into a static buffer, for immediate use
 * @nid: the NID to print
 *
 * Context: any.
 * Return: the text, in a static buffer that is reused by the 64th further call.
 */
char *libcfs_nid2str(lnet_nid_t nid)
{
	return libcfs_nid2str_r(nid, nid_next_buffer(), LNET_IDSTR_SIZE);
}
EXPORT_SYMBOL(libcfs_nid2str);

/**
 * libcfs_net2str() - print a network into a static buffer, for immediate use
 * @net: the number of the network, LNET_MKNET()
 *
 * Context: any.
 * Return: the text, in a static buffer that is reused by the 64th further call.
 */
char *libcfs_net2str(__u32 net)
{
	return libcfs_net2str_r(net, nid_next_buffer(), LNET_IDSTR_SIZE);
}
EXPORT_SYMBOL(libcfs_net2str);

/**
 * libcfs_id2str() - print a process id into a static buffer, for immediate use
 * @id: the process id to print
 *
 * Context: any.
 * Return: the text, in a static buffer that is reused by the 64th further call.
 */
char *libcfs_id2str(struct lnet_process_id id)
{
	return libcfs_id2str_r(id, nid_next_buffer(), LNET_IDSTR_SIZE);
}
EXPORT_SYMBOL(libcfs_id2str);

/**
 * libcfs_str2net() - parse a network
 * @str: the text, which must end after the network
 *
 * Context: any.
 * Return: the network, or LNET_NET_ANY if the text is not a network.
 */
__u32 libcfs_str2net(const char *str)
{
	const struct net_type *t = types;
	unsigned int num = 0;
	size_t len = 0;

	/* No name is another name and a digit, so at most one name matches. */
	for (t = types; t < types + ARRAY_SIZE(types); t++) {
		len = strlen(t->name);
		if (!strncmp(str, t->name, len) &&
		    (!str[len] || isdigit(str[len])))
			break;
	}
	if (t == types + ARRAY_SIZE(types))
		return LNET_NET_ANY;

	if (str[len] && (kstrtouint(str + len, 10, &num) || num > 0xffff))
		return LNET_NET_ANY;
	/* There is only one loopback. */
	if (t->type == LOLND && num)
		return LNET_NET_ANY;
	return LNET_MKNET(t->type, num);
}
EXPORT_SYMBOL(libcfs_str2net);

/**
 * libcfs_str2nid() - parse a NID
 * @str: the text, which must end after the NID; without a network it is a NID of tcp
 *
 * Context: any.
 * Return: the NID, or LNET_NID_ANY if the text is not a NID.
 */
lnet_nid_t libcfs_str2nid(const char *str)
{
	const char *at = strchrnul(str, '@');
	u32 net = LNET_MKNET(SOCKLND, 0);
	const struct net_type *t;
	char number[16] = "";
	const char *end;
	u32 addr = 0;
	u8 ip[4];

	if (*at)
		net = libcfs_str2net(at + 1);
	t = nid_find_type(net);
	if (net == LNET_NET_ANY || !t || at == str ||
	    at - str >= sizeof(number))
		return LNET_NID_ANY;

	memcpy(number, str, at - str);
	if (t->dotted) {
		if (!in4_pton(number, at - str, ip, -1, &end) || *end)
			return LNET_NID_ANY;
		addr = ip[0] << 24 | ip[1] << 16 | ip[2] << 8 | ip[3];
	} else if (kstrtou32(number, 0, &addr)) {
		return LNET_NID_ANY;
	}
	if (t->type == LOLND && addr)
		return LNET_NID_ANY;
	return LNET_MKNID(net, addr);
}
EXPORT_SYMBOL(libcfs_str2nid);

/**
 * lnet_event_name() - return the name of a kind of event
 * @kind: the kind of event, which need not be a valid one
 *
 * Context: any.
 * Return: "GET", "PUT", ...; "?" if there is no such kind.
 */
const char *lnet_event_name(enum lnet_event_kind kind)
{
	static const char *const names[] = {
		[LNET_EVENT_GET]    = "GET",
		[LNET_EVENT_PUT]    = "PUT",
		[LNET_EVENT_REPLY]  = "REPLY",
		[LNET_EVENT_ACK]    = "ACK",
		[LNET_EVENT_SEND]   = "SEND",
		[LNET_EVENT_UNLINK] = "UNLINK",
	};

	if ((unsigned int)kind >= ARRAY_SIZE(names) || !names[kind])
		return "?";
	return names[kind];
}
EXPORT_SYMBOL(lnet_event_name);

/**
 * lnet_handle_print() - print a handle
 * @cookie: the cookie of the handle
 * @buf: the buffer for the text
 * @size: the size of @buf, bytes; LNET_HANDLESTR_SIZE is always enough
 *
 * Context: any.
 * Return: @buf: "none"; or "md:", "me:", "eq:", or "bad:" for a cookie of no type, and the
 * cookie in hex.
 */
char *lnet_handle_print(__u64 cookie, char *buf, size_t size)
{
	static const char *const names[] = {
		[0]		 = "bad",
		[LNET_HANDLE_MD] = "md",
		[LNET_HANDLE_ME] = "me",
		[LNET_HANDLE_EQ] = "eq",
	};

	if (cookie == LNET_WIRE_HANDLE_COOKIE_NONE)
		strscpy(buf, "none", size);
	else
		scnprintf(buf, size, "%s:%#llx", names[lnet_handle_type(cookie)],
			  cookie);
	return buf;
}
EXPORT_SYMBOL(lnet_handle_print);
