// SPDX-License-Identifier: GPL-2.0
/*
 * The text of networks=: what it means, and what is wrong in it.
 *
 *	networks	network [, network]...
 *	network		type[number] [( where [, where]... )]
 *	where		eth0  |  10.0.0.0/8  |  10.0.0.1  |  2001:db8::/32  |  2001:db8::1
 *
 * Each `where` is an NI. A network without one is an NI on an interface that its driver chooses.
 * Blanks may separate any two tokens. Which interfaces exist is known only to a driver, when an NI
 * comes up.
 */
#include "network/networks.h"
#include "hooks/alloc.h"

#include <lnet/api.h>

#include <linux/build_bug.h>
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/inet.h>
#include <linux/kernel.h>
#include <linux/string.h>

enum { NAME_MAX_CHARS = 15 };	/* of the name of an interface */

#define BLANKS		" \t\n\v\f\r"
#define DIGITS		"0123456789"
#define HEX_DIGITS	DIGITS "abcdefABCDEF"

struct scan {
	const char *at;
	struct lnet_networks *to;
	struct lnet_networks_fault *fault;
};

static int scan_err(struct scan *s, const char *token, const char *end,
		    const char *what)
{
	s->fault->token = token;
	s->fault->len = end - token;
	s->fault->what = what;
	return -EINVAL;
}

static const char *scan_skip(const char *p)
{
	return p + strspn(p, BLANKS);
}

static const char *scan_word_end(const char *p)
{
	return p + strcspn(p, BLANKS ",()");
}

/*
 * Refuse the CPU partitions that Lustre's networks= may have, as in tcp(eth0[0,1]) or
 * tcp(eth0)[0,1]: "eth0[0" and "1]" would be two interfaces. Returns 0 if the word from @p to @end
 * has no '['.
 */
static int scan_no_partitions(struct scan *s, const char *p, const char *end)
{
	const char *open = memchr(p, '[', end - p), *close;

	if (!open)
		return 0;
	close = open + 1 + strspn(open + 1, DIGITS BLANKS ",-");
	return scan_err(s, p, *close == ']' ? close + 1 : end,
			"names CPU partitions, which there are none of here: leave out '[' to ']', as in tcp(eth0)");
}

/* Complain of the token at @p: a word, or one of ,() */
static int scan_err_at(struct scan *s, const char *p, const char *what)
{
	const char *end = scan_word_end(p);

	return scan_err(s, p, end == p ? p + 1 : end, what);
}

static int scan_not_closed(struct scan *s, const char *network)
{
	const char *end = network + strlen(network);

	while (strchr(BLANKS, end[-1]))
		end--;
	return scan_err(s, network, end,
			"has an open bracket: write ')' behind the interface, as in tcp(eth0)");
}

static int scan_net(struct scan *s, const char *name, const char *end, u32 *net)
{
	char buf[LNET_NIDSTR_SIZE] = "";
	size_t len = end - name;

	if (len < sizeof(buf)) {
		memcpy(buf, name, len);
		*net = libcfs_str2net(buf);
		if (*net != LNET_NET_ANY && LNET_NETTYP(*net) != LOLND)
			return 0;
		while (len && isdigit(buf[len - 1]))
			buf[--len] = '\0';
		*net = libcfs_str2net(buf);
	}
	if (len >= sizeof(buf) || *net == LNET_NET_ANY)
		return scan_err(s, name, end,
				"is no network: write tcp, tcp1 or the like");
	if (LNET_NETTYP(*net) == LOLND)
		return scan_err(s, name, end,
				"is the loopback, which is always there: leave it out");
	return scan_err(s, name, end,
			"has no good number: write 0 to 65535, as in tcp1");
}

/* Is it an address, or a prefix? @text ends with a 0 at @end. */
static bool scan_is_prefix(const char *text, const char *end)
{
	const char *slash = strchrnul(text, '/');
	unsigned int bits, most = 32;
	const char *rest;
	u8 ip[16];

	if (strchr(text, ':')) {
		most = 128;
		if (!in6_pton(text, slash - text, ip, -1, &rest) || rest != slash)
			return false;
	} else if (!in4_pton(text, slash - text, ip, -1, &rest) || rest != slash) {
		return false;
	}
	return !*slash || (isdigit(slash[1]) && end - slash <= (most == 32 ? 3 : 4) &&
			   !kstrtouint(slash + 1, 10, &bits) && bits <= most);
}

static int scan_address(struct scan *s, const char *text, const char *end, char *where)
{
	size_t len = end - text;

	if (len < LNET_WHERE_SIZE) {
		memcpy(where, text, len);
		where[len] = '\0';
		if (scan_is_prefix(where, where + len))
			return 0;
	}
	if (memchr(text, ':', len))
		return scan_err(s, text, end,
				"is no IPv6 address or prefix: write 2001:db8::1 or 2001:db8::/32");
	return scan_err(s, text, end,
			"is no IPv4 address or prefix: write 10.0.0.1 or 10.0.0.0/8");
}

#define TOO_LONG	"is no interface: write a name of at most 15 characters, as in eth0"

static int scan_where(struct scan *s, const char *text, const char *end,
		      char *where)
{
	size_t i, len = end - text;
	int rc;

	rc = scan_no_partitions(s, text, end);
	if (rc)
		return rc;
	for (i = 0; i < len; i++)
		if (!isprint(text[i]))
			return scan_err(s, text, end, "is no interface: write a name as in eth0");
	if (strspn(text, DIGITS "./") >= len ||
	    (memchr(text, ':', len) && strspn(text, HEX_DIGITS ":./") >= len))
		return scan_address(s, text, end, where);
	if (memchr(text, '/', len) || memchr(text, ':', len))
		return scan_err(s, text, end,
				"is neither an interface nor a prefix: write eth0, 10.0.0.0/8 or 2001:db8::/32");
	if (len > NAME_MAX_CHARS)
		return scan_err(s, text, end, TOO_LONG);
	memcpy(where, text, len);
	where[len] = '\0';
	return 0;
}

/* Add an NI. If that fails, the error names the text from @token to @end. */
static int scan_add(struct scan *s, u32 net, const char *where, const char *token,
		    const char *end)
{
	struct lnet_networks *to = s->to;
	unsigned int i;

	for (i = 0; i < to->nr; i++)
		if (to->network[i].net == net &&
		    !strcmp(to->network[i].where, where))
			return scan_err(s, token, end,
					"is there twice for its network: write it once");
	static_assert(LNET_MAX_NIS == 64);
	if (to->nr == LNET_MAX_NIS)
		return scan_err(s, token, end,
				"is one too many: write at most 64 interfaces");
	to->network[to->nr].net = net;
	strscpy(to->network[to->nr].where, where, LNET_WHERE_SIZE);
	to->network[to->nr].ni = NULL;
	to->nr++;
	return 0;
}

/* Parse the interfaces of a network, from after its open bracket to after the closing one. */
static int scan_interfaces(struct scan *s, u32 net, const char *network)
{
	char where[LNET_WHERE_SIZE];
	const char *end;
	int rc;

	for (;;) {
		s->at = scan_skip(s->at);
		end = scan_word_end(s->at);
		if (!*s->at)
			return scan_not_closed(s, network);
		if (end == s->at)
			return scan_err_at(s, s->at,
					   "has no interface before it: write one, as in tcp(eth0,eth1)");
		rc = scan_where(s, s->at, end, where) ?:
		     scan_add(s, net, where, s->at, end);
		if (rc)
			return rc;

		s->at = scan_skip(end);
		if (!*s->at)
			return scan_not_closed(s, network);
		if (*s->at == ')')
			break;
		if (*s->at != ',')
			return scan_err_at(s, s->at,
					   "has no ',' before it: write one between interfaces");
		s->at++;
	}
	s->at++;
	return 0;
}

static int scan_network(struct scan *s)
{
	const char *name = s->at, *end = scan_word_end(name), *open;
	u32 net;
	int rc;

	if (end == name)
		return scan_err_at(s, name,
				   "has no network before it: write one, as in tcp0(eth0),tcp1(eth1)");
	rc = scan_no_partitions(s, name, end) ?: scan_net(s, name, end, &net);
	if (rc)
		return rc;

	open = scan_skip(end);
	if (*open != '(') {
		s->at = end;
		return scan_add(s, net, "", name, end);
	}
	s->at = scan_skip(open + 1);
	if (*s->at == ')')
		return scan_err(s, open, s->at + 1,
				"has no interface in it: write tcp(eth0), or tcp for the first that is up");
	return scan_interfaces(s, net, name);
}

static int scan_networks(struct scan *s)
{
	const char *comma;
	int rc;

	s->at = scan_skip(s->at);
	if (!*s->at)
		return 0;
	for (;;) {
		rc = scan_network(s);
		if (rc)
			return rc;
		s->at = scan_skip(s->at);
		if (!*s->at)
			return 0;
		if (*s->at == ')')
			return scan_err_at(s, s->at,
					   "closes no bracket: leave it out");
		if (*s->at != ',') {
			rc = scan_no_partitions(s, s->at, scan_word_end(s->at));
			if (rc)
				return rc;
			return scan_err_at(s, s->at,
					   "has no ',' before it: write one between networks");
		}
		comma = s->at;
		s->at = scan_skip(comma + 1);
		if (!*s->at)
			return scan_err(s, comma, comma + 1,
					"is the last: leave it out, or write a network behind it");
	}
}

/**
 * lnet_networks_parse() - parse the text of networks=
 * @text: the text, terminated by 0
 * @to: set to the NIs that the text names; none, if the text is wrong
 * @fault: set to the error in the text, if the text is wrong; points into @text
 *
 * Context: any.
 * Return: 0; -EINVAL: the text is wrong, see @fault.
 */
int lnet_networks_parse(const char *text, struct lnet_networks *to,
			struct lnet_networks_fault *fault)
{
	struct scan s = { .at = text, .to = to, .fault = fault };
	int rc;

	to->nr = 0;
	rc = scan_networks(&s);
	if (rc)
		to->nr = 0;
	return rc;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_networks_parse);
