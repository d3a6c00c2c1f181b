// SPDX-License-Identifier: GPL-2.0
/*
 * The networks of this node: the module parameter networks=, and bringing up the NIs that it
 * names.
 *
 *	networks	network [, network]...
 *	network		type[number] [( where [, where]... )]
 *	where		eth0  |  10.0.0.0/8  |  10.0.0.1
 *
 * Each `where` is an NI. A network without one is an NI on an interface that its driver chooses.
 * Blanks may separate any two tokens. The whole text is checked when the module is loaded, before
 * any of it is used. Which interfaces exist is known only to a driver, when LNet comes up.
 */
#include "network/networks.h"
#include "event/api.h"
#include "hooks/alloc.h"
#include "hooks/watch.h"
#include "lnet.h"
#include "network/ni.h"
#include "network/ni_start.h"

#include <lnet/api.h>

#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/inet.h>
#include <linux/kmod.h>
#include <linux/module.h>
#include <linux/string.h>

enum {
	NAME_MAX_CHARS	= 15,		/* of the name of an interface */
	TOKEN_SHOWN	= 200,		/* of a wrong token, in the log */
};

#define BLANKS		" \t\n\v\f\r"
#define DIGITS		"0123456789"

static char *networks_text = "";
module_param_named(networks, networks_text, charp, 0444);
MODULE_PARM_DESC(networks, "Networks of this node besides the loopback, as in \"tcp0(eth0),tcp1(10.0.0.0/8)\" (default: none)");

/*
 * Refuse the parameters of Lustre's lnet.ko. The module loader only warns of a parameter that a
 * module does not have, and LNet would come up without what the operator asked for.
 */
static int networks_refuse_foreign(const char *val, const struct kernel_param *kp)
{
	if (!strncmp(kp->name, "accept", 6))
		pr_err(LNET_NAME ": %s= is a parameter of ksocklnd.ko here: give it to that module\n",
		       kp->name);
	else
		pr_err(LNET_NAME ": there is no parameter %s= here: leave it out\n",
		       kp->name);
	return -EINVAL;
}

static const struct kernel_param_ops foreign_ops = { .set = networks_refuse_foreign };

#define FOREIGN(_name)	module_param_cb(_name, &foreign_ops, NULL, 0)
FOREIGN(accept);
FOREIGN(accept_port);
FOREIGN(accept_backlog);
FOREIGN(accept_timeout);
FOREIGN(ip2nets);
FOREIGN(routes);
FOREIGN(forwarding);

/* The parsed form of networks_text. */
static struct lnet_networks networks;	/* M: lnet_init_mutex */

/* Reading ------------------------------------------------------------------ */

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

static bool scan_is_prefix(const char *text, const char *end)
{
	const char *slash = strchrnul(text, '/');
	unsigned int bits;
	const char *rest;
	u8 ip[4];

	if (!in4_pton(text, slash - text, ip, -1, &rest) || rest != slash)
		return false;
	return !*slash || (end - slash <= 3 &&
			   !kstrtouint(slash + 1, 10, &bits) && bits <= 32);
}

#define TOO_LONG	"is no interface: write a name of at most 15 characters, as in eth0"

static int scan_where(struct scan *s, const char *text, const char *end,
		      char *where)
{
	size_t len = end - text;

	if (strspn(text, DIGITS "./") >= len) {
		if (len < LNET_WHERE_SIZE) {
			memcpy(where, text, len);
			where[len] = '\0';
			if (scan_is_prefix(where, where + len))
				return 0;
		}
		return scan_err(s, text, end,
				"is no IPv4 address or prefix: write 10.0.0.1 or 10.0.0.0/8");
	}
	if (memchr(text, '/', len) || memchr(text, ':', len))
		return scan_err(s, text, end,
				"is neither an interface nor an IPv4 prefix: write eth0 or 10.0.0.0/8");
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
	rc = scan_net(s, name, end, &net);
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
		if (*s->at != ',')
			return scan_err_at(s, s->at,
					   "has no ',' before it: write one between networks");
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

/**
 * lnet_networks_set() - set the NIs that LNetNIInit() brings up
 * @text: the text, as for networks=
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL: the text is wrong, which is logged, and LNetNIInit() brings up none; -EBUSY:
 * LNet is up.
 */
int lnet_networks_set(const char *text)
{
	struct lnet_networks_fault fault;
	int rc = -EBUSY;

	mutex_lock(&lnet_init_mutex);
	if (!lnet_running)
		rc = lnet_networks_parse(text, &networks, &fault);
	mutex_unlock(&lnet_init_mutex);
	if (rc == -EINVAL)
		pr_err(LNET_NAME ": networks=: '%*pE' %s\n",
		       min_t(int, fault.len, TOKEN_SHOWN), fault.token,
		       fault.what);
	return rc;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_networks_set);

/**
 * lnet_networks_init() - parse the module parameter
 *
 * Return: 0 or -EINVAL.
 */
int lnet_networks_init(void)
{
	return lnet_networks_set(networks_text);
}

/* Coming up ---------------------------------------------------------------- */

static bool network_is_first(unsigned int i)
{
	u32 type = LNET_NETTYP(networks.network[i].net);

	while (i--)
		if (LNET_NETTYP(networks.network[i].net) == type)
			return false;
	return true;
}

/*
 * Find the next type of network, from entry *@i on, that has no driver. Advances *@i. Returns
 * network 0 of that type, or LNET_NET_ANY if no driver is missing.
 */
static u32 network_next_missing(unsigned int *i)
{
	u32 net = LNET_NET_ANY, type;

	mutex_lock(&lnet_init_mutex);
	while (*i < networks.nr && net == LNET_NET_ANY) {
		type = LNET_NETTYP(networks.network[*i].net);
		if (network_is_first(*i) && !lnet_lnd_find(type))
			net = LNET_MKNET(type, 0);
		++*i;
	}
	mutex_unlock(&lnet_init_mutex);
	return net;
}

/**
 * lnet_networks_request() - load the drivers that are missing
 *
 * A driver takes lnet_init_mutex to register, so the caller must not hold it, and has to look for
 * the driver again when it does: see lnet_networks_open().
 *
 * Context: task; may sleep.
 */
void lnet_networks_request(void)
{
	char type[LNET_NIDSTR_SIZE];
	unsigned int i = 0;
	u32 net;

	lnet_watch_ask();
	while ((net = network_next_missing(&i)) != LNET_NET_ANY)
		request_module("lnet-lnd-%s",
			       libcfs_net2str_r(net, type, sizeof(type)));
}

static int network_err(const struct lnet_network *n, int rc, const char *why)
{
	char net[LNET_NIDSTR_SIZE];

	libcfs_net2str_r(n->net, net, sizeof(net));
	if (*n->where)
		pr_err(LNET_NAME ": networks=: '%s(%s)' does not come up: %s (error %d)\n",
		       net, n->where, why, rc);
	else
		pr_err(LNET_NAME ": networks=: '%s' does not come up: %s (error %d)\n",
		       net, why, rc);
	return rc;
}

static int network_no_lnd(const struct lnet_network *n)
{
	char type[LNET_NIDSTR_SIZE], why[96];
	u32 net = LNET_MKNET(LNET_NETTYP(n->net), 0);

	libcfs_net2str_r(net, type, sizeof(type));
	if (LNET_NETTYP(net) == SOCKLND)
		strscpy(why, "it has no driver: load the module ksocklnd",
			sizeof(why));
	else
		scnprintf(why, sizeof(why),
			  "it has no driver: load the module with the alias lnet-lnd-%s",
			  type);
	return network_err(n, -ENODEV, why);
}

static int network_open(const struct lnet_network *n)
{
	const struct lnet_lnd *lnd = lnet_lnd_find(LNET_NETTYP(n->net));
	struct lnet_ni *ni;
	lnet_nid_t nid;
	int rc;

	if (!lnd)
		return network_no_lnd(n);
	if (!lnd->lnd_nid)
		return network_err(n, -EOPNOTSUPP, "its driver finds no NIDs");
	rc = lnd->lnd_nid(n->net, n->where, &nid);
	if (rc)
		return network_err(n, rc, rc == -ENODEV ?
				   "there is no such interface, or it is down, or has no address" :
				   "its driver finds no NID");
	if (LNET_NIDNET(nid) != n->net)
		return network_err(n, -EPROTO, "its driver found the NID of another network");
	if (lnet_ni_is_local(nid))
		return network_err(n, -EEXIST, "an NI before it has the same address");
	ni = lnet_ni_open(lnd, nid);
	if (IS_ERR(ni))
		return network_err(n, PTR_ERR(ni), lnet_error_text(PTR_ERR(ni)));
	return 0;
}

/**
 * lnet_networks_open() - bring up the NIs that networks= names, in its order
 *
 * Context: task; may sleep; lnet_init_mutex is held.
 * Return: 0; or -errno, which is logged; NIs that have come up before the error stay up.
 */
int lnet_networks_open(void)
{
	unsigned int i;
	int rc = 0;

	lockdep_assert_held(&lnet_init_mutex);
	for (i = 0; i < networks.nr && !rc; i++)
		rc = network_open(&networks.network[i]);
	return rc;
}
