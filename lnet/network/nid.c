// SPDX-License-Identifier: GPL-2.0
/*
 * Printing and parsing of NIDs, networks, process ids and handles. All text of NIDs is made
 * and read here, that of the handler interface as well.
 *
 *	NID	<address>@<network>	10.0.0.1@tcp, 2001:db8::1@tcp, 0@lo, 5@gni1;
 *					"<?>" for any NID
 *	network	<type>[<number>]	tcp, tcp1, o2ib, lo
 *	id	<pid>-<NID>		12345-10.0.0.1@tcp; a U precedes the PID of
 *					a process in user space
 *
 * Of a type that has no name, only the numbers are shown, and nothing is read: the words of
 * the address in hex, and "<type:number>", 1f@<1:0>.
 */
#include <lnet/api.h>
#include <lnet/nid.h>

#include <linux/ctype.h>
#include <linux/export.h>
#include <linux/inet.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/string.h>

#include "event/handle.h"

#define NUMBER_CHARS	15	/* most digits of a number, some of them leading zeroes */

/* The types of network, and how the addresses of each are written. TOFULND has no name. */
static const struct net_type {
	u16 type;
	enum lnet_nid_form form;
	const char *name;
} types[] = {
	{ SOCKLND,  LNET_NID_FORM_IP,	  "tcp" },
	{ O2IBLND,  LNET_NID_FORM_IP,	  "o2ib" },
	{ LOLND,    LNET_NID_FORM_NUMBER, "lo" },
	{ GNILND,   LNET_NID_FORM_NUMBER, "gni" },
	{ GNIIPLND, LNET_NID_FORM_IPV4,	  "gip" },
	{ PTL4LND,  LNET_NID_FORM_NUMBER, "ptlf" },
	{ KFILND,   LNET_NID_FORM_NUMBER, "kfi" },
	{ EFALND,   LNET_NID_FORM_IP,	  "efa" },
	{ BXI3LND,  LNET_NID_FORM_NUMBER, "bxi3f" },
};

static const struct net_type *nid_find_type(u32 net)
{
	size_t i;

	net = lnet_net_plain(net);
	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].type == LNET_NETTYP(net))
			return &types[i];
	return NULL;
}

/**
 * lnet_nid_form() - tell how the addresses of a network are written
 * @net: the number of the network, LNET_MKNET()
 *
 * Context: any.
 * Return: how, or LNET_NID_FORM_NONE if the type of network has no name, or @net is
 * LNET_NET_ANY.
 */
enum lnet_nid_form lnet_nid_form(u32 net)
{
	const struct net_type *t = nid_find_type(net);

	return t ? t->form : LNET_NID_FORM_NONE;
}
EXPORT_SYMBOL_GPL(lnet_nid_form);

/* Printing ----------------------------------------------------------------- */

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
		scnprintf(buf, size, "<%u:%u>", LNET_NETTYP(lnet_net_plain(net)),
			  LNET_NETNUM(net));
	else if (LNET_NETNUM(net))
		scnprintf(buf, size, "%s%u", t->name, LNET_NETNUM(net));
	else
		strscpy(buf, t->name, size);
	return buf;
}
EXPORT_SYMBOL(libcfs_net2str_r);

/*
 * Print an address of 1 to 4 words, big endian. One that is longer or shorter than those of
 * its type of network is a peer's or a caller's mistake: it is shown in hex, too.
 */
static size_t nid_print_address(enum lnet_nid_form form, const __be32 *addr,
				unsigned int words, char *buf, size_t size)
{
	size_t n = 0;
	unsigned int i;

	if (form == LNET_NID_FORM_NUMBER && words == 1)
		return scnprintf(buf, size, "%u", be32_to_cpu(addr[0]));
	if (form != LNET_NID_FORM_NONE && form != LNET_NID_FORM_NUMBER && words == 1)
		return scnprintf(buf, size, "%pI4", addr);
	if (form == LNET_NID_FORM_IP && words == 4)
		return scnprintf(buf, size, "%pI6c", addr);

	for (i = 0; i < words; i++)
		n += scnprintf(buf + n, size - n, i ? ":%x" : "%x", be32_to_cpu(addr[i]));
	return n;
}

/* An lnet_nid_t has room for types of 16 bits, and struct lnet_nid for 8, so both come here. */
static char *nid_print_parts(u32 net, const __be32 *addr, unsigned int words, char *buf,
			     size_t size)
{
	size_t n = nid_print_address(lnet_nid_form(net), addr, words, buf, size);

	n += scnprintf(buf + n, size - n, "@");
	libcfs_net2str_r(net, buf + n, size - n);
	return buf;
}

/**
 * lnet_nid_print() - print a NID
 * @nid: the NID to print, which need not be a good one; NULL stands for any
 * @buf: the buffer for the text
 * @size: the size of @buf, bytes; LNET_NID_TEXT_SIZE is always enough
 *
 * Context: any.
 * Return: @buf.
 */
char *lnet_nid_print(const struct lnet_nid *nid, char *buf, size_t size)
{
	__be32 addr[ARRAY_SIZE(nid->nid_addr)];
	unsigned int words;

	if (lnet_nid_is_any(nid)) {
		strscpy(buf, "<?>", size);
		return buf;
	}
	/* It is packed, so the address need not be aligned. */
	memcpy(addr, nid->nid_addr, sizeof(addr));
	words = min_t(unsigned int, DIV_ROUND_UP(nid->nid_size + 4, 4), ARRAY_SIZE(addr));
	return nid_print_parts(lnet_nid_net(nid), addr, words, buf, size);
}
EXPORT_SYMBOL_GPL(lnet_nid_print);

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
	const __be32 addr = cpu_to_be32(LNET_NIDADDR(nid));
	struct lnet_nid large;

	if (nid == LNET_NID_ANY)
		return lnet_nid_print(NULL, buf, size);
	if (lnet_nid_is_large(nid) && !lnet_nid_expand(nid, &large))
		return lnet_nid_print(&large, buf, size);
	return nid_print_parts(LNET_NIDNET(nid), &addr, 1, buf, size);
}
EXPORT_SYMBOL(libcfs_nid2str_r);

static size_t nid_print_pid(lnet_pid_t pid, char *buf, size_t size)
{
	if (pid == LNET_PID_ANY)
		return scnprintf(buf, size, "LNET_PID_ANY-");
	return scnprintf(buf, size, "%s%u-", pid & LNET_PID_USERFLAG ? "U" : "",
			 pid & ~LNET_PID_USERFLAG);
}

/**
 * lnet_nid_print_process() - print a process id
 * @id: the process id to print
 * @buf: the buffer for the text
 * @size: the size of @buf, bytes; LNET_NID_TEXT_SIZE is enough for any NID and a PID of up to 8
 *	characters; of a longer one, such as "LNET_PID_ANY", it may cut the end of the longest NIDs
 *
 * Context: any.
 * Return: @buf.
 */
char *lnet_nid_print_process(const struct lnet_processid *id, char *buf, size_t size)
{
	size_t n = nid_print_pid(id->pid, buf, size);

	lnet_nid_print(&id->nid, buf + n, size - n);
	return buf;
}
EXPORT_SYMBOL_GPL(lnet_nid_print_process);

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
	size_t n = nid_print_pid(id.pid, buf, size);

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

/* Parsing ------------------------------------------------------------------ */

/* Unlike kstrtou32(), takes no sign, no newline behind, and needs no end of the string. */
static int nid_read_digits(const char *text, size_t len, unsigned int base, u32 *number)
{
	u64 sum = 0;
	size_t i;

	if (!len || len > NUMBER_CHARS)
		return -EINVAL;
	for (i = 0; i < len; i++) {
		if (base == 16 ? !isxdigit(text[i]) : !isdigit(text[i]))
			return -EINVAL;
		sum *= base;
		sum += isdigit(text[i]) ? text[i] - '0' : tolower(text[i]) - 'a' + 10;
	}
	if (sum > U32_MAX)
		return -EINVAL;
	*number = sum;
	return 0;
}

/**
 * lnet_nid_parse_number() - read a number as it stands in the address of a NID
 * @text: the number, decimal also with leading zeroes, or hex after 0x
 * @len: the length of the number, bytes
 * @number: the result, set on success only
 *
 * Context: any.
 * Return: 0, or -EINVAL if this is not just a number below 2^32.
 */
int lnet_nid_parse_number(const char *text, size_t len, u32 *number)
{
	if (len > 2 && text[0] == '0' && tolower(text[1]) == 'x')
		return nid_read_digits(text + 2, len - 2, 16, number);
	return nid_read_digits(text, len, 10, number);
}
EXPORT_SYMBOL_GPL(lnet_nid_parse_number);

static int nid_read_number(u32 net, const char *text, size_t len, __be32 *addr)
{
	u32 number;
	int rc = lnet_nid_parse_number(text, len, &number);

	if (rc)
		return rc;
	/* There is only one loopback. */
	if (LNET_NETTYP(net) == LOLND && number)
		return -EINVAL;
	addr[0] = cpu_to_be32(number);
	return 0;
}

/**
 * lnet_nid_parse_address() - read the address of a NID, what stands before the "@"
 * @net: the network that it is an address of, LNET_MKNET()
 * @text: the address
 * @len: the length of the address, bytes
 * @nid: the NID, set on success only
 *
 * Context: any.
 * Return: 0, or -EINVAL if @net has no such addresses.
 */
int lnet_nid_parse_address(u32 net, const char *text, size_t len, struct lnet_nid *nid)
{
	enum lnet_nid_form form = lnet_nid_form(net);
	__be32 addr[ARRAY_SIZE(nid->nid_addr)] = {};
	const char *end = NULL;
	u8 more = 0;

	if (form == LNET_NID_FORM_NONE || !len || len >= INET6_ADDRSTRLEN)
		return -EINVAL;

	if (form == LNET_NID_FORM_NUMBER) {
		if (nid_read_number(net, text, len, addr))
			return -EINVAL;
	} else if (!in4_pton(text, len, (u8 *)addr, -1, &end) || end != text + len) {
		if (form != LNET_NID_FORM_IP ||
		    !in6_pton(text, len, (u8 *)addr, -1, &end) || end != text + len)
			return -EINVAL;
		more = sizeof(addr) - sizeof(addr[0]);
	}

	nid->nid_size = more;
	nid->nid_type = LNET_NETTYP(net);
	nid->nid_num = cpu_to_be16(LNET_NETNUM(net));
	memcpy(nid->nid_addr, addr, sizeof(addr));
	return 0;
}
EXPORT_SYMBOL_GPL(lnet_nid_parse_address);

/**
 * lnet_nid_parse() - parse a NID
 * @str: the text, which must end after the NID; without a network it is a NID of tcp
 * @nid: the NID, set on success only; "<?>" gives the one that stands for any
 *
 * Context: any.
 * Return: 0, or -EINVAL if the text is not a NID.
 */
int lnet_nid_parse(const char *str, struct lnet_nid *nid)
{
	const char *at = strchrnul(str, '@');
	u32 net = LNET_MKNET(SOCKLND, 0);

	if (!strcmp(str, "<?>")) {
		lnet_nid_from_nid4(nid, LNET_NID_ANY);
		return 0;
	}
	if (*at)
		net = libcfs_str2net(at + 1);
	return lnet_nid_parse_address(net, str, at - str, nid);
}
EXPORT_SYMBOL_GPL(lnet_nid_parse);

/**
 * libcfs_str2net() - parse a network
 * @str: the text, which must end after the network
 *
 * Context: any.
 * Return: the network, or LNET_NET_ANY if the text is not a network.
 */
__u32 libcfs_str2net(const char *str)
{
	const struct net_type *t;
	u32 num = 0;
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

	str += len;
	/* There is only one loopback, and its name has no number. */
	if (*str && (t->type == LOLND || nid_read_digits(str, strlen(str), 10, &num) ||
		     num > U16_MAX))
		return LNET_NET_ANY;
	return LNET_MKNET(t->type, num);
}
EXPORT_SYMBOL(libcfs_str2net);

/**
 * libcfs_str2nid() - parse a NID
 * @str: the text, which must end after the NID; without a network it is a NID of tcp
 *
 * Context: any.
 * Return: the NID, a number that stands for it if its address has more than 4 bytes; LNET_NID_ANY
 * if the text is not a NID, or there is no memory. Such a number stays good while anything in LNet
 * has it, and until the numbers of 16,384 other NIDs were asked for, here, after it was used last.
 */
lnet_nid_t libcfs_str2nid(const char *str)
{
	struct lnet_nid nid;

	if (lnet_nid_parse(str, &nid))
		return LNET_NID_ANY;
	return lnet_nid_remember(&nid);
}
EXPORT_SYMBOL(libcfs_str2nid);

/* Events and handles ------------------------------------------------------- */

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
