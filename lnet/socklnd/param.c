// SPDX-License-Identifier: GPL-2.0
/*
 * Module parameters, set when the module is loaded; sock_timeout may change later. A wrong value
 * makes the load fail, with one line in the log that names it. Names and meanings are those of
 * Lustre's ksocklnd, but for nscheds, see Documentation/tcp.rst. A parameter that only Lustre's has
 * is refused too; otherwise the kernel would ignore an old line in modprobe.d with only a warning.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "param.h"

#include <lnet/lnd.h>

#include <linux/compiler.h>
#include <linux/cpumask.h>
#include <linux/kstrtox.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/string.h>

enum { SOCK_TIMEOUT = 50, SOCK_TIMEOUT_MAX = 3600 };

struct ksock_params ksock_params = { .timeout = SOCK_TIMEOUT };

#define ACCEPT_DEFAULT		"secure"
#define ACCEPT_PORT_DEFAULT	988
#define ACCEPT_BACKLOG_DEFAULT	127
#define ACCEPT_TIMEOUT_DEFAULT	5

static char *accept = ACCEPT_DEFAULT;
module_param(accept, charp, 0444);
MODULE_PARM_DESC(accept, "Peers whose connections are accepted: secure (from privileged ports), all or none (default secure)");

static char *zerocopy = "auto";
module_param(zerocopy, charp, 0444);
MODULE_PARM_DESC(zerocopy, "Use of sending without copying: auto (where the device takes fragments and sums them), always or never (default auto)");

static bool check_address = true;
module_param(check_address, bool, 0444);
MODULE_PARM_DESC(check_address, "Refusal of peers that connect from another address than the one in their NID: Y or N (default Y)");

static unsigned int accept_port = ACCEPT_PORT_DEFAULT;
module_param(accept_port, uint, 0444);
MODULE_PARM_DESC(accept_port, "TCP port that this node and its peers listen on, 1 to 65535 (default 988)");

static unsigned int accept_backlog = ACCEPT_BACKLOG_DEFAULT;
module_param(accept_backlog, uint, 0444);
MODULE_PARM_DESC(accept_backlog, "Number of connections that may wait to be accepted, 1 to 65535 (default 127)");

static unsigned int accept_timeout = ACCEPT_TIMEOUT_DEFAULT;
module_param(accept_timeout, uint, 0444);
MODULE_PARM_DESC(accept_timeout, "Time limit for a caller to send its connection request, and again for its HELLO, 1 to 3600 seconds (default 5)");

static int param_check_range(const char *name, unsigned int value, unsigned int least,
			     unsigned int most)
{
	if (value >= least && value <= most)
		return 0;
	pr_err("%s=%u is not in %u..%u\n", name, value, least, most);
	return -EINVAL;
}

/* It may change at run time, as "lnetctl net set --lnd-timeout" does it. */
static int sock_timeout_set(const char *val, const struct kernel_param *kp)
{
	unsigned int n;

	if (kstrtouint(val, 0, &n) || param_check_range(kp->name, n, 1, SOCK_TIMEOUT_MAX))
		return -EINVAL;
	WRITE_ONCE(ksock_params.timeout, n);
	return 0;
}

static const struct kernel_param_ops sock_timeout_ops = {
	.set = sock_timeout_set,
	.get = param_get_uint,
};

module_param_cb(sock_timeout, &sock_timeout_ops, &ksock_params.timeout, 0644);
MODULE_PARM_DESC(sock_timeout, "Time limit for a connection without progress, and for each message, 1 to 3600 seconds (default 50)");

static unsigned int drain_timeout = 5;
module_param(drain_timeout, uint, 0444);
MODULE_PARM_DESC(drain_timeout, "Time limit for sent data to arrive after its connection has ended, 1 to 60 seconds (default 5)");

static unsigned int min_reconnectms = 1000;
module_param(min_reconnectms, uint, 0444);
MODULE_PARM_DESC(min_reconnectms, "Pause after a failed attempt to connect, 1 to 3600000 milliseconds (default 1000)");

static unsigned int max_reconnectms = 60000;
module_param(max_reconnectms, uint, 0444);
MODULE_PARM_DESC(max_reconnectms, "Longest pause after repeated failures, min_reconnectms to 3600000 milliseconds (default 60000)");

static unsigned int keepalive = 30;
module_param(keepalive, uint, 0444);
MODULE_PARM_DESC(keepalive, "Silence before a keepalive message, up to 3600 seconds; 0: none is sent (default 30)");

static unsigned int keepalive_idle = 30;
module_param(keepalive_idle, uint, 0444);
MODULE_PARM_DESC(keepalive_idle, "Silence before the first keepalive probe of TCP, 1 to 3600 seconds (default 30)");

static unsigned int keepalive_intvl = 5;
module_param(keepalive_intvl, uint, 0444);
MODULE_PARM_DESC(keepalive_intvl, "Interval of the further keepalive probes of TCP, 1 to 3600 seconds (default 5)");

static unsigned int keepalive_count = 5;
module_param(keepalive_count, uint, 0444);
MODULE_PARM_DESC(keepalive_count, "Number of keepalive probes of TCP before it gives up, 1 to 127 (default 5)");

static unsigned int nscheds;
module_param(nscheds, uint, 0444);
MODULE_PARM_DESC(nscheds, "Number of worker threads, up to 1024; 0: one for each CPU (default)");

static unsigned int peer_credits = 128;
module_param(peer_credits, uint, 0444);
MODULE_PARM_DESC(peer_credits, "Number of messages to one peer that TCP may hold, 1 to 65535 (default 128)");

static unsigned int credits = 4096;
module_param(credits, uint, 0444);
MODULE_PARM_DESC(credits, "Number of messages to all peers of an NI that TCP may hold, besides address_reserve for each address, 1 to 1048576 (default 4096)");

static unsigned int address_credits = 1024;
module_param(address_credits, uint, 0444);
MODULE_PARM_DESC(address_credits, "Share of credits for the peers of one address, 1 to 1048576 messages (default 1024)");

static unsigned int address_reserve = 8;
module_param(address_reserve, uint, 0444);
MODULE_PARM_DESC(address_reserve, "Number of messages to one address that TCP may hold when other addresses use all credits, 0 to 1024 (default 8)");

static unsigned int peers_max = 65536;
module_param(peers_max, uint, 0444);
MODULE_PARM_DESC(peers_max, "Number of peers of an NI, a quarter of them only for those that this node sends to, 4 to 1048576 (default 65536)");

static unsigned int peers_each = 64;
module_param(peers_each, uint, 0444);
MODULE_PARM_DESC(peers_each, "Number of peers that may connect from one address, 1 to 65535 (default 64)");

static unsigned int callers_max = 1024;
module_param(callers_max, uint, 0444);
MODULE_PARM_DESC(callers_max, "Number of callers that have not identified themselves, 1 to 65535 (default 1024)");

static unsigned int callers_each = 128;
module_param(callers_each, uint, 0444);
MODULE_PARM_DESC(callers_each, "Number of callers from one address that have not identified themselves, 1 to 65535 (default 128)");

static unsigned int prefix_share = 50;
module_param(prefix_share, uint, 0444);
MODULE_PARM_DESC(prefix_share, "Part of the peers that may connect, of callers_max and of credits for the addresses of one IPv6 /64, 1 to 100 percent (default 50)");

static unsigned int peer_answers = 16384;
module_param(peer_answers, uint, 0444);
MODULE_PARM_DESC(peer_answers, "Number of answers that may wait for one peer, 1 to 1048576 (default 16384)");

static unsigned int answers = 65536;
module_param(answers, uint, 0444);
MODULE_PARM_DESC(answers, "Number of answers that may wait for all peers of an NI, 64 to 16777216 (default 65536)");

static unsigned int min_rate = 512;
module_param(min_rate, uint, 0444);
MODULE_PARM_DESC(min_rate, "Rate below which a transfer is given up after sock_timeout, up to 1048576 bytes per second; 0: never (default 512)");

static unsigned int min_bulk = 8192;
module_param(min_bulk, uint, 0444);
MODULE_PARM_DESC(min_bulk, "Size from which messages use a bulk connection, headers included, in bytes (default 8192)");

static unsigned int zc_min_payload = 16384;
module_param(zc_min_payload, uint, 0444);
MODULE_PARM_DESC(zc_min_payload, "Payload from which pages are sent without copying, in bytes (default 16384)");

/* Refuse a parameter of Lustre's ksocklnd that this driver does not have. */
static int param_refuse_foreign(const char *val, const struct kernel_param *kp)
{
	pr_err("there is no parameter %s here: leave it out, see Documentation/tcp.rst\n",
	       kp->name);
	return -EINVAL;
}

static const struct kernel_param_ops foreign_ops = { .set = param_refuse_foreign };

#define FOREIGN(_name)	module_param_cb(_name, &foreign_ops, NULL, 0)
FOREIGN(peer_buffer_credits);
FOREIGN(peer_timeout);
FOREIGN(nconnds);
FOREIGN(nconnds_max);
FOREIGN(eager_ack);
FOREIGN(typed_conns);
FOREIGN(tx_buffer_size);
FOREIGN(rx_buffer_size);
FOREIGN(nagle);
FOREIGN(round_robin);
FOREIGN(nonblk_zcack);
FOREIGN(enable_csum);
FOREIGN(inject_csum_error);
FOREIGN(zc_recv);
FOREIGN(zc_recv_min_nfrags);
FOREIGN(conns_per_peer);
FOREIGN(skip_mr_route_setup);
FOREIGN(enable_irq_affinity);

static const struct {
	const char *name;
	const unsigned int *value;
	unsigned int least, most;
} numbers[] = {
	{ "accept_port", &accept_port, 1, 65535 },
	{ "accept_backlog", &accept_backlog, 1, 65535 },
	{ "accept_timeout", &accept_timeout, 1, 3600 },
	{ "drain_timeout", &drain_timeout, 1, 60 },
	{ "min_reconnectms", &min_reconnectms, 1, 3600000 },
	{ "keepalive", &keepalive, 0, 3600 },
	{ "keepalive_idle", &keepalive_idle, 1, 3600 },
	{ "keepalive_intvl", &keepalive_intvl, 1, 3600 },
	{ "keepalive_count", &keepalive_count, 1, 127 },
	{ "nscheds", &nscheds, 0, 1024 },
	{ "peer_credits", &peer_credits, 1, 65535 },
	{ "credits", &credits, 1, 1048576 },
	{ "address_credits", &address_credits, 1, 1048576 },
	{ "address_reserve", &address_reserve, 0, 1024 },
	{ "peers_max", &peers_max, 4, 1048576 },
	{ "peers_each", &peers_each, 1, 65535 },
	{ "prefix_share", &prefix_share, 1, 100 },
	{ "callers_max", &callers_max, 1, 65535 },
	{ "callers_each", &callers_each, 1, 65535 },
	{ "peer_answers", &peer_answers, 1, 1048576 },
	{ "answers", &answers, 64, 16777216 },
	{ "min_rate", &min_rate, 0, 1048576 },
};

/*
 * Parameter files of Lustre give these to lnet.ko. What this module has counts first, unless
 * it is the default.
 */
static void param_take_acceptor(const struct lnet_acceptor *given)
{
	if (given->accept && !strcmp(accept, ACCEPT_DEFAULT))
		accept = given->accept;
	if (given->port && accept_port == ACCEPT_PORT_DEFAULT)
		accept_port = given->port;
	if (given->backlog && accept_backlog == ACCEPT_BACKLOG_DEFAULT)
		accept_backlog = given->backlog;
	if (given->timeout && accept_timeout == ACCEPT_TIMEOUT_DEFAULT)
		accept_timeout = given->timeout;
}

static int param_check_numbers(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		if (param_check_range(numbers[i].name, *numbers[i].value, numbers[i].least,
				      numbers[i].most))
			return -EINVAL;
	return param_check_range("max_reconnectms", max_reconnectms, min_reconnectms, 3600000);
}

static int param_check_accept(void)
{
	static const char *const names[] = {
		[KSOCK_ACCEPT_NONE]		= "none",
		[KSOCK_ACCEPT_SECURE]	= "secure",
		[KSOCK_ACCEPT_ALL]		= "all",
	};
	int which = match_string(names, ARRAY_SIZE(names), accept);

	if (which < 0) {
		pr_err("accept=%s is not secure, all or none\n", accept);
		return -EINVAL;
	}
	ksock_params.accept = which;
	return 0;
}

static int param_check_zerocopy(void)
{
	static const char *const names[] = {
		[KSOCK_ZEROCOPY_NEVER]	= "never",
		[KSOCK_ZEROCOPY_AUTO]	= "auto",
		[KSOCK_ZEROCOPY_ALWAYS]	= "always",
	};
	int which = match_string(names, ARRAY_SIZE(names), zerocopy);

	if (which < 0) {
		pr_err("zerocopy=%s is not auto, always or never\n", zerocopy);
		return -EINVAL;
	}
	ksock_params.zerocopy = which;
	return 0;
}

/* A share of @all, but no less than one address may have. */
static unsigned int param_share(unsigned int all, unsigned int each)
{
	return max3(all / 100 * prefix_share + all % 100 * prefix_share / 100, each, 1U);
}

static void param_share_prefixes(void)
{
	ksock_params.prefix_peers = param_share(ksock_params.guests, peers_each);
	ksock_params.prefix_callers = param_share(callers_max, callers_each);
	ksock_params.prefix_credits = param_share(credits, address_credits);
}

/**
 * ksock_params_check() - check the parameters and copy them to ksock_params
 *
 * Context: task, at load, before anything uses the parameters.
 * Return: 0; -EINVAL: a value is wrong, and the log names it.
 */
int ksock_params_check(void)
{
	param_take_acceptor(lnet_acceptor_given());
	if (param_check_accept() || param_check_zerocopy() || param_check_numbers())
		return -EINVAL;

	ksock_params.port = accept_port;
	ksock_params.backlog = accept_backlog;
	ksock_params.accept_timeout = accept_timeout;
	ksock_params.drain_timeout = drain_timeout;
	ksock_params.min_reconnect_ms = min_reconnectms;
	ksock_params.max_reconnect_ms = max_reconnectms;
	ksock_params.keepalive = keepalive;
	ksock_params.keepalive_idle = keepalive_idle;
	ksock_params.keepalive_intvl = keepalive_intvl;
	ksock_params.keepalive_count = keepalive_count;
	ksock_params.nscheds = nscheds ?: num_online_cpus();
	ksock_params.peer_credits = peer_credits;
	ksock_params.credits = credits;
	ksock_params.min_bulk = min_bulk;
	ksock_params.zc_min_payload = zc_min_payload;
	ksock_params.check_address = check_address;
	ksock_params.address_credits = address_credits;
	ksock_params.address_reserve = address_reserve;
	ksock_params.peers = peers_max;
	ksock_params.guests = peers_max / 4 * 3;
	ksock_params.peers_each = peers_each;
	ksock_params.callers_max = callers_max;
	ksock_params.callers_each = callers_each;
	ksock_params.peer_answers = peer_answers;
	ksock_params.answers = answers;
	ksock_params.min_rate = min_rate;
	param_share_prefixes();
	return 0;
}
