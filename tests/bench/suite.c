// SPDX-License-Identifier: GPL-2.0
/*
 * The suites: the cases that are measured, and their order.
 *
 * A suite is a list of groups; a group is cases that are compared with each
 * other. Each repetition measures every case of a group once, and a case with
 * a depth stands behind the same one without, so that both saw the same
 * machine. Results are printed when their group is complete.
 *
 * The groups of the loopback suite stand here, those of others in suite_*.c.
 */
#include "bench.h"
#include "tcp.h"

#include <linux/cpumask.h>
#include <linux/slab.h>
#include <linux/string.h>

static const struct bench_case floor_cases[] = {
	{ &bench_floor_workload, .threads = 1 },
	{ &bench_floor_workload, .threads = 2 },
};

static const struct bench_case put_cases[] = {
	{ &bench_unique_put_workload, .threads = 1 },
	{ &bench_unique_put_workload, .threads = 2 },
	{ &bench_put_ack_workload, .threads = 1 },
	{ &bench_put_ack_workload, .threads = 2 },
	{ &bench_any_put_workload, .threads = 1 },
	{ &bench_any_put_workload, .threads = 2 },
};

static const struct bench_case net_cases[] = {
	{ &bench_net_put_workload, .threads = 1 },
	{ &bench_net_put_workload, .threads = 2 },
};

static const struct bench_case thousand_cases[] = {
	{ &bench_unique_put_workload, .threads = 1, .reference = true },
	{ &bench_unique_put_workload, .threads = 2, .reference = true },
	{ &bench_unique_put_workload, .threads = 1, .depth = 1000 },
	{ &bench_unique_put_workload, .threads = 2, .depth = 1000 },
};

static const struct bench_case hundred_thousand_cases[] = {
	{ &bench_unique_put_workload, .threads = 1, .reference = true },
	{ &bench_unique_put_workload, .threads = 2, .reference = true },
	{ &bench_unique_put_workload, .threads = 1, .depth = 100000 },
	{ &bench_unique_put_workload, .threads = 2, .depth = 100000 },
};

/* To post a million takes a second: all that needs them is done at once. */
static const struct bench_case million_cases[] = {
	{ &bench_post_workload, .threads = 1 },
	{ &bench_post_workload, .threads = 2 },
	{ &bench_unlink_oldest_workload, .threads = 1 },
	{ &bench_unique_put_workload, .threads = 1, .reference = true },
	{ &bench_unique_put_workload, .threads = 2, .reference = true },
	{ &bench_unique_put_workload, .threads = 1, .depth = 1000000 },
	{ &bench_unique_put_workload, .threads = 2, .depth = 1000000 },
	{ &bench_post_workload, .threads = 1, .depth = 1000000 },
	{ &bench_unlink_oldest_workload, .threads = 1, .depth = 1000000 },
};

static const struct bench_case search_cases[] = {
	{ &bench_any_search_workload, .threads = 1, .reference = true },
	{ &bench_any_search_workload, .threads = 1, .depth = 10 },
	{ &bench_any_search_workload, .threads = 1, .depth = 1000 },
	{ &bench_any_search_workload, .threads = 1, .depth = 10000 },
};

static const struct bench_case source_cases[] = {
	{ &bench_any_source_workload, .threads = 1 },
	{ &bench_any_source_workload, .threads = 1, .depth = 10000 },
};

static const struct bench_case source_million_cases[] = {
	{ &bench_any_source_workload, .threads = 1, .reference = true },
	{ &bench_any_source_workload, .threads = 1, .depth = 1000000 },
};

static const struct bench_case payload_cases[] = {
	{ &bench_put_payload_workload, .threads = 1, .size = 4096 },
	{ &bench_put_payload_workload, .threads = 2, .size = 4096 },
	{ &bench_put_payload_workload, .threads = 1, .size = 1 << 20 },
	{ &bench_put_payload_workload, .threads = 2, .size = 1 << 20 },
};

static const struct bench_case table_cases[] = {
	{ &bench_table_rhashtable_workload, .threads = 1 },
	{ &bench_table_rhashtable_workload, .threads = 2 },
	{ &bench_table_rhashtable_workload, .threads = 1, .depth = 1000 },
	{ &bench_table_rhashtable_workload, .threads = 1, .depth = 100000 },
	{ &bench_table_rhashtable_workload, .threads = 1, .depth = 1000000 },
};

static const struct bench_group loopback_groups[] = {
	{ floor_cases, ARRAY_SIZE(floor_cases) },
	{ put_cases, ARRAY_SIZE(put_cases) },
	{ net_cases, ARRAY_SIZE(net_cases) },
	{ thousand_cases, ARRAY_SIZE(thousand_cases) },
	{ hundred_thousand_cases, ARRAY_SIZE(hundred_thousand_cases) },
	{ million_cases, ARRAY_SIZE(million_cases) },
	{ search_cases, ARRAY_SIZE(search_cases) },
	{ source_cases, ARRAY_SIZE(source_cases) },
	{ source_million_cases, ARRAY_SIZE(source_million_cases) },
	{ payload_cases, ARRAY_SIZE(payload_cases) },
	{ table_cases, ARRAY_SIZE(table_cases) },
};

/* Fill @cases with those of a group. Their number; 0: there is no such group. */
unsigned int bench_group_copy(const struct bench_group *groups, unsigned int nr,
			      unsigned int group, struct bench_case *cases)
{
	const struct bench_group *g = &groups[group];

	if (group >= nr)
		return 0;
	memcpy(cases, g->cases, g->nr * sizeof(*cases));
	return g->nr;
}

static unsigned int loopback_group(unsigned int group, struct bench_case *cases)
{
	return bench_group_copy(loopback_groups, ARRAY_SIZE(loopback_groups), group, cases);
}

static const struct suite {
	const char *name;
	const char *(*check)(void);	/* its own parameters; optional */
	unsigned int (*group)(unsigned int group, struct bench_case *cases);
} suites[] = {
	{ "loopback", NULL, loopback_group },
	{ "delivery", NULL, bench_delivery_group },
	{ "poll", NULL, bench_poll_group },
	{ "grow", NULL, bench_grow_group },
	{ "tcp", bench_tcp_check, bench_tcp_group },
};

/* The group that is being measured. The controller only. */
static struct bench_case cases[BENCH_MAX_CASES];
static struct bench_result *results;

static const struct suite *find_suite(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(suites); i++) {
		if (!strcmp(suites[i].name, name))
			return &suites[i];
	}
	return NULL;
}

static bool wanted(const struct bench_case *c)
{
	return (c->threads <= num_online_cpus() || c->crowded) &&
	       c->threads <= bench_options.threads &&
	       c->depth <= bench_options.depth &&
	       (bench_options.callback < 0 ||
		c->callback_ns == bench_options.callback) &&
	       (!bench_options.filter ||
		strstr(c->workload->name, bench_options.filter));
}

/* A group of which only references are left has nothing to show. */
static bool shown(const struct bench_case *c)
{
	return wanted(c) && !c->reference;
}

/* Is there something to do? NULL, or what is wrong with the options. */
const char *bench_suite_check(void)
{
	const struct suite *s = find_suite(bench_options.suite);
	unsigned int group, nr, i;
	const char *wrong;

	if (!s)
		return "suite= is not one of: loopback, delivery, poll, grow, tcp";
	wrong = s->check ? s->check() : NULL;
	if (wrong)
		return wrong;
	for (group = 0; (nr = s->group(group, cases)); group++) {
		for (i = 0; i < nr; i++) {
			if (shown(&cases[i]))
				return NULL;
		}
	}
	return "no case is left by what filter= and the like say";
}

/* The entries that the cases before have posted, and the workload's function for that. */
struct depth_now {
	int (*set)(unsigned int depth);
	unsigned int depth;
};

static int change_depth(struct depth_now *now, const struct bench_case *c)
{
	int rc;

	if (now->set && now->set != c->workload->set_depth) {
		rc = now->set(0);
		if (rc)
			return rc;
		now->depth = 0;
	}
	now->set = c->workload->set_depth;
	rc = now->set ? now->set(c->depth) : 0;
	if (!rc)
		now->depth = c->depth;
	return rc;
}

static int run_case(struct bench_result *r, unsigned int run,
		    struct depth_now *now)
{
	const struct bench_case *c = r->c;
	bool moved = now->set != c->workload->set_depth ||
		     now->depth != c->depth;
	int rc;

	bench_progress("%s, repetition %u of %u", bench_case_name(c), run + 1,
		       bench_options.runs);
	rc = change_depth(now, c);
	return rc ? rc : bench_measure(r, run, moved);
}

static int run_group(unsigned int nr_cases)
{
	struct depth_now now = {};
	unsigned int nr = 0, run, i;
	int rc = 0, rc2 = 0;
	bool any = false;

	for (i = 0; i < nr_cases; i++) {
		any |= shown(&cases[i]);
		if (wanted(&cases[i]))
			results[nr++] = (struct bench_result){ &cases[i] };
	}
	if (!any)
		return 0;
	for (run = 0; run < bench_options.runs && !rc; run++) {
		for (i = 0; i < nr && !rc; i++)
			rc = run_case(&results[i], run, &now);
	}
	if (now.set)
		rc2 = now.set(0);
	if (!rc && !rc2)
		bench_report_group(results, nr);
	return rc ? rc : rc2;
}

/* Measure and print all of the suite. */
int bench_suite_run(void)
{
	const struct suite *s = find_suite(bench_options.suite);
	unsigned int group, nr;
	int rc = 0;

	results = kvcalloc(BENCH_MAX_CASES, sizeof(*results), GFP_KERNEL);
	if (!results)
		return -ENOMEM;
	for (group = 0; !rc && (nr = s->group(group, cases)); group++)
		rc = run_group(nr);
	kvfree(results);
	return rc;
}
