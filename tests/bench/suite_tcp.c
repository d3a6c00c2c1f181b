// SPDX-License-Identifier: GPL-2.0
/*
 * The suite "tcp": the two ends, and the cases. Cases that are compared with each
 * other are in one group, so they are measured in turn.
 */
#include "bench.h"
#include "tcp.h"

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/string.h>

static char *role = "client";
module_param(role, charp, 0444);
MODULE_PARM_DESC(role, "Role of this node in suite tcp: client, which measures, server, which answers until it is unloaded, or both (default client)");

static char *peer;
module_param(peer, charp, 0444);
MODULE_PARM_DESC(peer, "NID of the other end of suite tcp, as in 10.0.0.1@tcp (default: none)");

static char *self;
module_param(self, charp, 0444);
MODULE_PARM_DESC(self, "NID of this node to measure from in suite tcp (default: any)");

static ushort port = 9880;
module_param(port, ushort, 0444);
MODULE_PARM_DESC(port, "TCP port of the other end's plain socket in suite tcp (default 9880)");

struct bench_tcp_options bench_tcp;

static bool is_tcp(lnet_nid_t nid)
{
	return nid != LNET_NID_ANY && LNET_NETTYP(LNET_NIDNET(nid)) == SOCKLND;
}

/* Checks the parameters of the two ends. NULL, or the fault in words. */
const char *bench_tcp_check(void)
{
	bool both = !strcmp(role, "both");

	bench_tcp = (struct bench_tcp_options){
		.serves = both || !strcmp(role, "server"),
		.measures = both || !strcmp(role, "client"),
		.peer = peer ? libcfs_str2nid(peer) : LNET_NID_ANY,
		.self = self ? libcfs_str2nid(self) : LNET_NID_ANY,
		.port = port,
		.over = both ? "loopback" : "nodes",
	};
	if (!bench_tcp.serves && !bench_tcp.measures)
		return "role= is not client, server or both";
	if (bench_tcp.measures && !is_tcp(bench_tcp.peer))
		return "peer= is not a NID like 10.0.0.1@tcp";
	if (self && !is_tcp(bench_tcp.self))
		return "self= is not a NID like 10.0.0.2@tcp";
	if (!port)
		return "port= is not in 1..65535";
	return NULL;
}

static const struct bench_case small_cases[] = {
	{ &bench_plain_echo_workload, .size = BENCH_SMALL },
	{ &bench_tcp_put_workload, .size = BENCH_SMALL, .in_flight = 1 },
	{ &bench_tcp_put_workload, .size = BENCH_SMALL, .in_flight = 8 },
	{ &bench_tcp_put_workload, .size = BENCH_SMALL, .in_flight = 64 },
};

/* As many in flight as it takes to keep the way full. */
static const struct bench_case page_cases[] = {
	{ &bench_plain_stream_workload, .size = 4096 },
	{ &bench_plain_put_workload, .size = 4096, .in_flight = 32 },
	{ &bench_tcp_put_pages_workload, .size = 4096, .in_flight = 32 },
	{ &bench_plain_stream_back_workload, .size = 4096 },
	{ &bench_plain_get_workload, .size = 4096, .in_flight = 32 },
	{ &bench_tcp_get_pages_workload, .size = 4096, .in_flight = 32 },
};

/* One after the other. */
static const struct bench_case page_one_cases[] = {
	{ &bench_plain_fetch_workload, .size = 4096 },
	{ &bench_tcp_get_one_workload, .size = 4096, .in_flight = 1 },
};

static const struct bench_case medium_cases[] = {
	{ &bench_plain_stream_workload, .size = 65536 },
	{ &bench_tcp_put_pages_workload, .size = 65536, .in_flight = 16 },
};

static const struct bench_case large_cases[] = {
	{ &bench_plain_stream_workload, .size = LNET_MTU },
	{ &bench_tcp_put_pages_workload, .size = LNET_MTU, .in_flight = 8 },
	{ &bench_plain_stream_back_workload, .size = LNET_MTU },
	{ &bench_tcp_get_pages_workload, .size = LNET_MTU, .in_flight = 8 },
};

static const struct bench_group groups[] = {
	{ small_cases, ARRAY_SIZE(small_cases) },
	{ page_cases, ARRAY_SIZE(page_cases) },
	{ page_one_cases, ARRAY_SIZE(page_one_cases) },
	{ medium_cases, ARRAY_SIZE(medium_cases) },
	{ large_cases, ARRAY_SIZE(large_cases) },
};

unsigned int bench_tcp_group(unsigned int group, struct bench_case *cases)
{
	unsigned int nr = bench_group_copy(groups, ARRAY_SIZE(groups), group, cases);
	unsigned int i;

	for (i = 0; i < nr; i++) {
		cases[i].threads = 1;
		cases[i].crowded = true;	/* it waits for others */
	}
	return nr;
}
