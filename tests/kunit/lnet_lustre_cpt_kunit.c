// SPDX-License-Identifier: GPL-2.0
/*
 * CPU partitions: what each pattern means on made-up machines, what is wrong in a bad one, and
 * the table of this machine.
 */
#include "common.h"
#include "lustre/cpt.h"
#include "lustre/cpt_pattern.h"

#include <lnet/handler.h>

#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/slab.h>

static ulong seed;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "Seed of the random patterns; 0: a new one (default 0)");

static unsigned int steps = 20000 / LT_SLOW;
module_param(steps, uint, 0444);
MODULE_PARM_DESC(steps, "Number of random patterns (default 20000, fewer in a debug kernel)");

/* Made-up machines ------------------------------------------------------------------ */

/*
 * A character for each CPU: the digit of its node, if it is online; a letter from 'a' on: its
 * node, and it is offline; '-': there is no such CPU.
 */
struct machine {
	const char *cpus;
	unsigned int stride;	/* CPUs that are so far apart are one core; 0: each is one */
};

static const struct machine uma8 = { "00000000" }, uma16 = { "0000000000000000" };
static const struct machine numa16 = { "0000111122223333" };
static const struct machine holes = { "00aa1111--2b" };
static const struct machine threads8 = { "00000000", 4 };
static const struct machine one = { "0" };
static const struct machine swapped = { "1010" };
static const struct machine far = { "0055" };

static struct lnet_cpt_layout *machine_layout(struct kunit *test, const struct machine *m)
{
	struct lnet_cpt_layout *layout = kunit_kzalloc(test, sizeof(*layout), GFP_KERNEL);
	unsigned int i;
	char c;

	KUNIT_ASSERT_NOT_NULL(test, layout);
	layout->nr_cpus = strlen(m->cpus);
	layout->cpu = kunit_kcalloc(test, layout->nr_cpus, sizeof(*layout->cpu), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, layout->cpu);
	for (i = 0; i < layout->nr_cpus; i++) {
		c = m->cpus[i];
		layout->cpu[i].possible = c != '-';
		layout->cpu[i].online = c >= '0' && c <= '9';
		layout->cpu[i].node = c >= 'a' ? c - 'a' : c >= '0' ? c - '0' : 77;
		layout->cpu[i].core = m->stride ? i % m->stride : i;
	}
	return layout;
}

/* A character for each CPU: its partition, '.': it joins one later, 'x': it is left out. */
static void layout_print(const struct lnet_cpt_layout *layout, char *buf)
{
	unsigned int i;
	int cpt;

	for (i = 0; i < layout->nr_cpus; i++) {
		cpt = layout->cpu[i].cpt;
		if (cpt == LNET_CPT_NONE)
			buf[i] = '.';
		else if (cpt == LNET_CPT_EXCLUDED)
			buf[i] = 'x';
		else
			buf[i] = cpt < 10 ? '0' + cpt : 'a' + cpt - 10;
	}
	buf[i] = '\0';
}

static const struct {
	/* input */
	const struct machine *machine;
	const char *pattern;
	int number;
	/* output as expected */
	const char *cpts;
	bool unused;
} good[] = {
	/* by number: the examples of Lustre's documents, and the rest of a division */
	{ &uma8, "", 4, "00112233" },
	{ &uma8, "", 1, "00000000" },
	{ &uma16, "", 0, "0000111122223333" },
	{ &uma16, "", 3, "0000001111122222" },
	{ &uma16, "", 16, "0123456789abcdef" },
	{ &uma8, " \t\n", 0, "00001111" },
	{ &one, "", 0, "0" },
	{ &one, "", 1, "0" },
	{ &swapped, "", 0, "0000" },
	{ &swapped, "", 2, "1010" },
	{ &threads8, "", 2, "00110011" },
	{ &threads8, "", 4, "01230123" },
	{ &holes, "", 0, "00..0000--0." },
	{ &holes, "", 2, "00..0011--1." },
	/* by node */
	{ &numa16, "N", 0, "0000111122223333", true },
	{ &numa16, "n", 0, "0000111122223333", true },
	{ &numa16, " N ", 3, "0000111122223333", true },
	{ &uma16, "N", 0, "0000000000000000", true },
	{ &far, "N", 0, "0011", true },
	{ &holes, "N", 0, "00..1111--2.", true },
	/* CPUs */
	{ &uma8, "0[0,1] 1[2,3]", 0, "0011xxxx", true },
	{ &uma8, "0[0-3] 1[4-7]", 5, "00001111", true },
	{ &uma8, "1[0-3]0[4-7]", 0, "11110000", true },
	{ &uma8, " 0 [ 0 - 6 / 2 ] 1 [ 1 , 3 , 5-7/2 ] ", 0, "01010101", true },
	{ &uma8, "0[7]", 0, "xxxxxxx0", true },
	{ &uma8, "0[0,0,0-1]", 0, "00xxxxxx", true },
	{ &holes, "0[0-3]1[4]", 0, "00001xxx--xx", true },
	/* nodes */
	{ &numa16, "N 0[0,1] 1[2-3]", 0, "0000000011111111", true },
	{ &numa16, "N0[3]", 0, "xxxxxxxxxxxx0000", true },
	{ &numa16, "N 0[0] 1[1] 2[2,3]", 0, "0000111122222222", true },
	{ &holes, "N 1[0] 0[1]", 0, "11..0000--x.", true },
	/* without places */
	{ &uma16, "C[0,1]", 0, "xx00xx11xx22xx33" },
	{ &uma16, "C[5]", 3, "00000x1111122222" },
	{ &uma16, "C[0-4/2]", 3, "x0x0x0x1x1xx2x2x" },
	{ &numa16, "N C[3]", 0, "000x111x222x333x", true },
	{ &numa16, "NC[3]", 0, "000x111x222x333x", true },
	{ &numa16, "c[0]", 2, "x0000000x1111111" },
	/* without CPUs */
	{ &uma16, "X[0]", 3, "x000001111122222" },
	{ &uma16, "X[0,15]", 0, "x00011112222333x" },
	{ &numa16, "N X[4-6]", 0, "0000xxx122223333", true },
	{ &holes, "X[2]", 0, "00x.0000--0." },
};

static void cpt_good_pattern_is_read(struct kunit *test)
{
	struct lnet_cpt_fault fault = {};
	struct lnet_cpt_layout *layout;
	unsigned int i, j;
	char said[32];
	int rc;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		layout = machine_layout(test, good[i].machine);
		rc = lnet_cpt_pattern_apply(good[i].pattern, good[i].number, layout, &fault);
		KUNIT_ASSERT_EQ_MSG(test, rc, 0, "'%s': %s", good[i].pattern, fault.what);
		layout_print(layout, said);
		/* CPUs that there are none of are out of it, one way or the other. */
		for (j = 0; j < layout->nr_cpus; j++)
			if (!layout->cpu[j].possible && layout->cpu[j].cpt < 0)
				said[j] = '-';
		KUNIT_EXPECT_STREQ_MSG(test, said, good[i].cpts, "'%s', number %d on %s",
				       good[i].pattern, good[i].number, good[i].machine->cpus);
		KUNIT_EXPECT_EQ_MSG(test, layout->number_unused, good[i].unused, "'%s'",
				    good[i].pattern);
	}
}

static const struct {
	/* input */
	const struct machine *machine;
	const char *pattern;
	int number;
	/* output as expected */
	const char *token;	/* NULL: it is the number */
	const char *what;	/* of the message */
} bad[] = {
	/* the number */
	{ &uma8, "", 9, NULL, "more than there are" },
	{ &uma8, "", -1, NULL, "below 0" },
	{ &uma8, "", INT_MIN, NULL, "below 0" },
	{ &uma8, "X[0]", INT_MAX, NULL, "more than there are" },
	/* words */
	{ &uma8, "hello", 0, "hello", "no pattern" },
	{ &uma8, "N ope", 0, "ope", "no pattern" },
	{ &uma8, "NN", 0, "N", "no pattern" },
	{ &uma8, "[0,1]", 0, "[", "no pattern" },
	{ &uma8, "-1[0]", 0, "-", "no pattern" },
	{ &uma8, "0[0] hello", 0, "hello", "no pattern" },
	{ &uma8, "0[0];1[1]", 0, ";", "no pattern" },
	{ &uma8, "0[0] N", 0, "N", "no pattern" },
	/* lists */
	{ &uma8, "0", 0, "0", "ends too early" },
	{ &uma8, "N 0", 0, "N 0", "ends too early" },
	{ &uma8, "C", 0, "C", "ends too early" },
	{ &uma8, "X ", 0, "X ", "ends too early" },
	{ &uma8, "0[", 0, "0[", "ends too early" },
	{ &uma8, "0[0-", 0, "0[0-", "ends too early" },
	{ &uma8, "0[0", 0, "[0", "open bracket" },
	{ &uma8, "0[0,1 1[2,3]", 0, "1", "between numbers" },
	{ &uma8, "0[]", 0, "]", "no number" },
	{ &uma8, "0[,]", 0, ",", "no number" },
	{ &uma8, "0[*]", 0, "*", "no number" },
	{ &uma8, "0[a]", 0, "a", "no number" },
	{ &uma8, "0(0)", 0, "(", "stands where a list should" },
	{ &uma8, "0x0[0]", 0, "x0", "stands where a list should" },
	{ &uma8, "X0", 0, "0", "stands where a list should" },
	{ &uma8, "0[3-0]", 0, "3-0", "no range" },
	{ &uma8, "0[0-3/0]", 0, "0-3/0", "no range" },
	{ &uma8, "0[0-]", 0, "]", "ends no range" },
	{ &uma8, "0[0-3/]", 0, "]", "no step" },
	{ &uma8, "0[0/2]", 0, "/", "between numbers" },
	/* numbers that there are none of */
	{ &uma8, "0[8]", 0, "8", "none of" },
	{ &uma8, "0[0-8]", 0, "0-8", "none of" },
	{ &uma8, "0[99999999999999999999]", 0, "99999999999999999999", "none of" },
	{ &uma8, "0[0-4294967296]", 0, "0-4294967296", "none of" },
	{ &holes, "0[8]", 0, "0[8]", "none of" },
	{ &uma8, "N 0[1]", 0, "1", "NUMA node" },
	{ &far, "N 0[1]", 0, "0[1]", "NUMA node" },
	{ &far, "N 0[6]", 0, "6", "NUMA node" },
	{ &uma8, "X[8]", 0, "8", "none of" },
	{ &holes, "X[9]", 0, "X[9]", "none of" },
	{ &uma8, "C[8]", 0, "8", "further" },
	{ &uma8, "C[4]", 0, "C[4]", "further" },
	/* partitions */
	{ &uma8, "1[0]", 0, "1[0]", "leaves a number out" },
	{ &uma8, "0[0] 2[1]", 0, "0[0] 2[1]", "leaves a number out" },
	{ &uma8, "0[0] 0[1]", 0, "0[1]", "there twice" },
	{ &uma8, "0[0,1] 1[1,2]", 0, "1[1,2]", "another partition" },
	{ &numa16, "N 0[0,1] 1[1]", 0, "1[1]", "another partition" },
	{ &uma8, "0[0] 8[1]", 0, "8[1]", "too high" },
	{ &uma8, "0[0] 4294967295[1]", 0, "4294967295[1]", "too high" },
	{ &uma8, "0[0] 4294967296[1]", 0, "4294967296[1]", "too high" },
	{ &holes, "0[0] 1[2]", 0, "0[0] 1[2]", "without a CPU" },
	/* too much left out */
	{ &uma8, "C[0-3]", 0, "C[0-3]", "leaves no CPU" },
	{ &uma8, "X[0-3]", 0, "X[0-3]", "leaves no CPU" },
	{ &one, "X[0]", 0, "X[0]", "leaves no CPU" },
	{ &uma8, "X[0] X[1]", 0, "X[1]", "behind the list" },
	{ &uma8, "C[0]N", 0, "N", "behind the list" },
};

static void cpt_bad_pattern_is_named(struct kunit *test)
{
	struct lnet_cpt_layout *layout;
	struct lnet_cpt_fault fault;
	char token[64], *copy;
	unsigned int i;
	int rc;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(&fault, 0, sizeof(fault));
		/* A text that is no longer than it is. */
		copy = kstrdup(bad[i].pattern, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, copy);
		layout = machine_layout(test, bad[i].machine);
		rc = lnet_cpt_pattern_apply(copy, bad[i].number, layout, &fault);
		KUNIT_EXPECT_EQ_MSG(test, rc, -EINVAL, "'%s'", copy);
		if (!rc || !fault.what) {
			kfree(copy);
			continue;
		}
		if (!bad[i].token) {
			KUNIT_EXPECT_NULL(test, fault.token);
		} else {
			KUNIT_EXPECT_LT(test, fault.len, sizeof(token));
			snprintf(token, sizeof(token), "%.*s", (int)fault.len, fault.token);
			KUNIT_EXPECT_STREQ_MSG(test, token, bad[i].token, "'%s'", copy);
		}
		KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(fault.what, bad[i].what),
					  "'%s' has the message '%s'", copy, fault.what);
		KUNIT_EXPECT_NOT_NULL_MSG(test, strchr(fault.what, ':'),
					  "'%s' does not say what to write", fault.what);
		kfree(copy);
	}
}

/* What a layout must keep, whatever it was made of. */
static bool layout_is_sound(const struct lnet_cpt_layout *layout)
{
	unsigned int i, online[16] = {};

	if (!layout->nr || layout->nr > layout->nr_cpus)
		return false;
	for (i = 0; i < layout->nr_cpus; i++) {
		if (layout->cpu[i].cpt >= (int)layout->nr)
			return false;
		if (layout->cpu[i].cpt < 0)
			continue;
		if (!layout->cpu[i].possible)
			return false;
		online[layout->cpu[i].cpt] += layout->cpu[i].online;
	}
	for (i = 0; i < layout->nr; i++)
		if (!online[i])
			return false;
	return true;
}

static void cpt_random_pattern_is_good_or_named(struct kunit *test)
{
	static const char letters[] = "00112233[[[]]],,--//NCX  ";
	struct lnet_cpt_layout *layout = machine_layout(test, &holes);
	struct lnet_cpt_fault fault;
	unsigned int i, j, len, ok = 0;
	struct rnd_state rnd;
	char *text;
	int rc;

	seed = seed ?: get_random_u32();
	kunit_info(test, "seed=%lu", seed);
	prandom_seed_state(&rnd, seed);
	for (i = 0; i < steps; i++) {
		len = prandom_u32_state(&rnd) % 12;
		text = kzalloc(len + 1, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, text);
		for (j = 0; j < len; j++)
			text[j] = letters[prandom_u32_state(&rnd) % (sizeof(letters) - 1)];
		memset(&fault, 0, sizeof(fault));
		rc = lnet_cpt_pattern_apply(text, prandom_u32_state(&rnd) % 4, layout, &fault);
		if (rc) {
			KUNIT_EXPECT_EQ(test, rc, -EINVAL);
			KUNIT_EXPECT_TRUE_MSG(test, fault.token && fault.what &&
					      fault.token + fault.len <= text + len &&
					      fault.token >= text && fault.len, "'%s'", text);
		} else {
			KUNIT_EXPECT_TRUE_MSG(test, layout_is_sound(layout), "'%s'", text);
			ok++;
		}
		kfree(text);
	}
	KUNIT_EXPECT_GT(test, ok, 0);
}

static void cpt_pattern_without_memory_is_refused(struct kunit *test)
{
	struct lnet_cpt_layout *layout = machine_layout(test, &uma8);
	struct lnet_cpt_fault fault;
	unsigned int n;
	int rc;

	for (n = 1; n < 10; n++) {
		lnet_alloc_fail_nth(n);
		rc = lnet_cpt_pattern_apply("C[0]", 2, layout, &fault);
		if (!lnet_alloc_failed())
			break;
		KUNIT_EXPECT_EQ(test, rc, -ENOMEM);
	}
	lnet_alloc_fail_nth(0);
	KUNIT_EXPECT_EQ(test, rc, 0);
	KUNIT_EXPECT_EQ(test, n, 4);
}

/* Settings ------------------------------------------------------------------------- */

static const struct {
	/* input */
	bool loaded;
	struct lnet_cpt_settings libcfs, ours;
	/* output as expected */
	const char *pattern;
	int number;
} settings[] = {
	{ false, {}, {}, "N", 0 },
	{ false, {}, { "", 0 }, "", 0 },
	{ false, {}, { NULL, 3 }, "", 3 },
	{ false, {}, { "X[0]", 3 }, "X[0]", 3 },
	{ true, { "N", 0 }, {}, "N", 0 },
	{ true, { "N", 0 }, { "X[0]", 3 }, "N", 0 },
	{ true, { "", 0 }, {}, "", 0 },
	{ true, { "", 0 }, { "X[0]", 3 }, "X[0]", 3 },
	{ true, { " ", 0 }, { NULL, 3 }, "", 3 },
	{ true, { "", 4 }, { "X[0]", 3 }, "", 4 },
	{ true, { NULL, 4 }, {}, "", 4 },
	{ true, { NULL, 0 }, {}, "N", 0 },
	{ true, { "0[0]", 4 }, {}, "0[0]", 4 },
};

static void cpt_settings_are_of_libcfs_or_ours(struct kunit *test)
{
	struct lnet_cpt_settings s;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		s = lnet_cpt_settings_pick(settings[i].loaded ? &settings[i].libcfs : NULL,
					   &settings[i].ours);
		KUNIT_EXPECT_STREQ_MSG(test, s.pattern, settings[i].pattern, "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, s.number, settings[i].number, "row %u", i);
	}
}

static void cpt_settings_that_are_ignored_are_logged(struct kunit *test)
{
	struct lnet_cpt_settings libcfs = { "N", 0 }, ours = { NULL, 3 };
	struct lt_log log;

	lt_log_begin(&log);
	lnet_cpt_settings_pick(&libcfs, &ours);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "are ignored: libcfs has", "N"), 1);
	ours.number = 0;
	lt_log_begin(&log);
	lnet_cpt_settings_pick(&libcfs, &ours);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "are ignored: libcfs has", "N"), 0);
}

/* Tables of this machine -------------------------------------------------------------- */

/* A layout of this machine's CPUs: one partition for each that is online. */
static struct lnet_cpt_layout *own_layout(struct kunit *test)
{
	struct lnet_cpt_layout *layout = kunit_kzalloc(test, sizeof(*layout), GFP_KERNEL);
	struct lnet_cpt_fault fault;
	unsigned int cpu;

	KUNIT_ASSERT_NOT_NULL(test, layout);
	layout->nr_cpus = nr_cpu_ids;
	layout->cpu = kunit_kcalloc(test, nr_cpu_ids, sizeof(*layout->cpu), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, layout->cpu);
	for_each_possible_cpu(cpu) {
		layout->cpu[cpu].possible = true;
		layout->cpu[cpu].online = cpu_online(cpu);
		layout->cpu[cpu].core = cpu;
	}
	KUNIT_ASSERT_EQ(test, lnet_cpt_pattern_apply("", num_online_cpus(), layout, &fault), 0);
	return layout;
}

KUNIT_DEFINE_ACTION_WRAPPER(table_free, cfs_cpt_table_free, struct cfs_cpt_table *);

static struct cfs_cpt_table *own_table(struct kunit *test, const struct lnet_cpt_layout *layout)
{
	struct cfs_cpt_table *table = lnet_cpt_table_make(layout);

	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, table_free, table), 0);
	return table;
}

static void cpt_module_table_has_every_cpu(struct kunit *test)
{
	unsigned int i, sum = 0, cpu;
	struct cpumask *mask;
	int n = cfs_cpt_number(cfs_cpt_tab);

	KUNIT_ASSERT_NOT_NULL(test, cfs_cpt_tab);
	KUNIT_EXPECT_PTR_EQ(test, the_lnet.ln_cpt_table, cfs_cpt_tab);
	KUNIT_EXPECT_GE(test, n, 1);
	for (i = 0; i < n; i++) {
		mask = *cfs_cpt_cpumask(cfs_cpt_tab, i);
		KUNIT_EXPECT_GE(test, cfs_cpt_weight(cfs_cpt_tab, i), 1);
		KUNIT_EXPECT_FALSE(test, nodes_empty(*cfs_cpt_nodemask(cfs_cpt_tab, i)));
		for_each_cpu(cpu, mask)
			sum++;
	}
	KUNIT_EXPECT_EQ(test, sum, cpumask_weight(*cfs_cpt_cpumask(cfs_cpt_tab, CFS_CPT_ANY)));
	KUNIT_EXPECT_EQ(test, cfs_cpt_weight(cfs_cpt_tab, CFS_CPT_ANY), num_online_cpus());
}

static void cpt_any_argument_has_an_answer(struct kunit *test)
{
	static const int cpts[] = { -1, -2, 1000, INT_MAX, INT_MIN };
	int all = cfs_cpt_weight(cfs_cpt_tab, CFS_CPT_ANY), node;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, cfs_cpt_number(NULL), cfs_cpt_number(cfs_cpt_tab));
	KUNIT_EXPECT_GE(test, cfs_cpt_current(NULL, 1), 0);
	KUNIT_EXPECT_EQ(test, cfs_cpt_bind(NULL, CFS_CPT_ANY), 0);
	for (i = 0; i < ARRAY_SIZE(cpts); i++) {
		KUNIT_EXPECT_EQ(test, cfs_cpt_weight(cfs_cpt_tab, cpts[i]), all);
		KUNIT_EXPECT_EQ(test, cfs_cpt_weight(NULL, cpts[i]), all);
		KUNIT_EXPECT_PTR_EQ(test, cfs_cpt_cpumask(NULL, cpts[i]),
				    cfs_cpt_cpumask(cfs_cpt_tab, CFS_CPT_ANY));
		KUNIT_EXPECT_PTR_EQ(test, cfs_cpt_nodemask(NULL, cpts[i]),
				    cfs_cpt_nodemask(cfs_cpt_tab, CFS_CPT_ANY));
		node = cfs_cpt_spread_node(NULL, cpts[i]);
		KUNIT_EXPECT_TRUE(test, node >= 0 && node_online(node));
		KUNIT_EXPECT_EQ(test, cfs_cpt_bind(cfs_cpt_tab, cpts[i]),
				cpts[i] == CFS_CPT_ANY ? 0 : -EINVAL);
		KUNIT_EXPECT_EQ(test, cfs_cpt_set_node(NULL, cpts[i], 0), 0);
		KUNIT_EXPECT_EQ(test, cfs_cpt_set_node(cfs_cpt_tab, 0, cpts[i]), 0);
	}
	cfs_cpt_table_free(NULL);
	cfs_cpt_table_free(cfs_cpt_tab);
	KUNIT_EXPECT_GE(test, cfs_cpt_number(cfs_cpt_tab), 1);
}

struct bound {
	struct completion *done;
	struct cfs_cpt_table *table;
	int cpt, rc, current_cpt;
	bool allowed;
};

static int bound_run(void *arg)
{
	struct bound *b = arg;

	b->rc = cfs_cpt_bind(b->table, b->cpt);
	b->current_cpt = cfs_cpt_current(b->table, 0);
	b->allowed = cpumask_equal(current->cpus_ptr, *cfs_cpt_cpumask(b->table, b->cpt));
	complete(b->done);
	return 0;
}

/* Bind a thread of its own: the one of the case must stay free. */
static void bind_elsewhere(struct kunit *test, struct bound *b)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct task_struct *task;

	b->done = &done;
	task = kthread_run(bound_run, b, "lnet_cpt_bound");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	wait_for_completion(&done);
}

static void cpt_bound_thread_runs_in_its_partition(struct kunit *test)
{
	struct bound b = { .table = own_table(test, own_layout(test)) };
	int i, n = cfs_cpt_number(b.table);

	KUNIT_EXPECT_EQ(test, n, num_online_cpus());
	for (i = 0; i < n; i++) {
		b.cpt = i;
		bind_elsewhere(test, &b);
		KUNIT_EXPECT_EQ(test, b.rc, 0);
		KUNIT_EXPECT_EQ(test, b.current_cpt, i);
		KUNIT_EXPECT_TRUE(test, b.allowed);
	}
	b.cpt = CFS_CPT_ANY;
	bind_elsewhere(test, &b);
	KUNIT_EXPECT_EQ(test, b.rc, 0);
	KUNIT_EXPECT_GE(test, b.current_cpt, 0);
	KUNIT_EXPECT_TRUE(test, b.allowed);
}

/* As if all CPUs of the partition had gone offline. */
static void cpt_empty_partition_binds_and_counts(struct kunit *test)
{
	struct bound b = { .table = cfs_cpt_table_alloc(1) };
	int node;

	KUNIT_ASSERT_NOT_NULL(test, b.table);
	bind_elsewhere(test, &b);
	KUNIT_EXPECT_EQ(test, b.rc, 0);
	KUNIT_EXPECT_EQ(test, b.current_cpt, CFS_CPT_ANY);
	KUNIT_EXPECT_EQ(test, cfs_cpt_current(b.table, 1), 0);
	KUNIT_EXPECT_EQ(test, cfs_cpt_weight(b.table, 0), 0);
	KUNIT_EXPECT_TRUE(test, cpumask_empty(*cfs_cpt_cpumask(b.table, 0)));
	node = cfs_cpt_spread_node(b.table, 0);
	KUNIT_EXPECT_TRUE(test, node >= 0 && node_online(node));
	cfs_cpt_table_free(b.table);
}

static void cpt_excluded_cpu_is_remapped(struct kunit *test)
{
	struct lnet_cpt_layout *layout = own_layout(test);
	struct bound b = { .cpt = 0 };
	unsigned int cpu;

	if (num_online_cpus() < 2)
		kunit_skip(test, "it needs two CPUs");
	for_each_online_cpu(cpu)
		layout->cpu[cpu].cpt = cpu == cpumask_first(cpu_online_mask) ?
			LNET_CPT_EXCLUDED : 0;
	layout->nr = 1;
	b.table = own_table(test, layout);
	bind_elsewhere(test, &b);
	KUNIT_EXPECT_EQ(test, b.current_cpt, 0);
	set_cpus_allowed_ptr(current, cpumask_of(cpumask_first(cpu_online_mask)));
	KUNIT_EXPECT_EQ(test, cfs_cpt_current(b.table, 0), CFS_CPT_ANY);
	KUNIT_EXPECT_EQ(test, cfs_cpt_current(b.table, 1), 0);
	set_cpus_allowed_ptr(current, cpu_possible_mask);
	KUNIT_EXPECT_EQ(test, cfs_cpt_weight(b.table, CFS_CPT_ANY), num_online_cpus() - 1);
}

static void cpt_late_cpu_joins_the_smallest(struct kunit *test)
{
	struct lnet_cpt_layout *layout = own_layout(test);
	unsigned int last = cpumask_last(cpu_online_mask);
	unsigned int first = cpumask_first(cpu_online_mask);
	struct cfs_cpt_table *table;

	if (first == last)
		kunit_skip(test, "it needs two CPUs");
	/* Two partitions, of which the second has no CPU yet. */
	layout->nr = 2;
	layout->cpu[last].cpt = LNET_CPT_NONE;
	layout->cpu[first].cpt = 0;
	table = own_table(test, layout);
	KUNIT_EXPECT_FALSE(test, cpumask_test_cpu(last, *cfs_cpt_cpumask(table, CFS_CPT_ANY)));

	lnet_cpt_table_adopt(table, last);
	/* On one NUMA node that is the first, which has CPUs of the node. */
	KUNIT_EXPECT_TRUE(test, cpumask_test_cpu(last, *cfs_cpt_cpumask(table, 0)));
	KUNIT_EXPECT_TRUE(test, cpumask_test_cpu(last, *cfs_cpt_cpumask(table, CFS_CPT_ANY)));
	lnet_cpt_table_adopt(table, last);
	lnet_cpt_table_adopt(table, first);
	KUNIT_EXPECT_TRUE(test, cpumask_empty(*cfs_cpt_cpumask(table, 1)));
}

static void cpt_late_cpu_brings_its_node(struct kunit *test)
{
	struct lnet_cpt_layout *layout = own_layout(test);
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct cfs_cpt_table *table = own_table(test, layout);
	int node = cpu_to_node(cpu), cpt = layout->cpu[cpu].cpt;

	/* As if the CPU had been of no node when the table was made. */
	nodes_clear(*cfs_cpt_nodemask(table, cpt));
	nodes_clear(*cfs_cpt_nodemask(table, CFS_CPT_ANY));
	lnet_cpt_table_adopt(table, cpu);
	KUNIT_EXPECT_TRUE(test, node_isset(node, *cfs_cpt_nodemask(table, cpt)));
	KUNIT_EXPECT_TRUE(test, node_isset(node, *cfs_cpt_nodemask(table, CFS_CPT_ANY)));
	KUNIT_EXPECT_TRUE(test, cpumask_test_cpu(cpu, *cfs_cpt_cpumask(table, cpt)));
}

static void cpt_excluded_cpu_does_not_join(struct kunit *test)
{
	struct lnet_cpt_layout *layout = own_layout(test);
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct cfs_cpt_table *table;

	layout->cpu[cpu].cpt = LNET_CPT_EXCLUDED;
	table = own_table(test, layout);
	lnet_cpt_table_adopt(table, cpu);
	KUNIT_EXPECT_FALSE(test, cpumask_test_cpu(cpu, *cfs_cpt_cpumask(table, CFS_CPT_ANY)));
}

static void cpt_node_is_added_once(struct kunit *test)
{
	int node = cpu_to_node(cpumask_first(cpu_online_mask));
	struct cfs_cpt_table *table = cfs_cpt_table_alloc(2);

	if (nr_cpu_ids < 2)
		kunit_skip(test, "it needs two CPUs");
	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_EXPECT_EQ(test, cfs_cpt_set_node(table, 2, node), 0);
	KUNIT_EXPECT_EQ(test, cfs_cpt_set_node(table, -1, node), 0);
	KUNIT_EXPECT_EQ(test, cfs_cpt_set_node(table, 0, MAX_NUMNODES), 0);
	KUNIT_EXPECT_EQ(test, cfs_cpt_set_node(table, 1, node), 1);
	KUNIT_EXPECT_EQ(test, cfs_cpt_set_node(table, 1, node), 0);
	KUNIT_EXPECT_EQ(test, cfs_cpt_set_node(table, 0, node), 0);
	KUNIT_EXPECT_EQ(test, cfs_cpt_weight(table, 1),
			cpumask_weight_and(cpumask_of_node(node), cpu_online_mask));
	KUNIT_EXPECT_EQ(test, cfs_cpt_weight(table, 0), 0);
	KUNIT_EXPECT_TRUE(test, node_isset(node, *cfs_cpt_nodemask(table, 1)));
	KUNIT_EXPECT_EQ(test, cfs_cpt_spread_node(table, 1), node);
	cfs_cpt_table_free(table);
}

static void cpt_no_table_is_made_of_nonsense(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, cfs_cpt_table_alloc(0));
	KUNIT_EXPECT_NULL(test, cfs_cpt_table_alloc(-1));
	KUNIT_EXPECT_NULL(test, cfs_cpt_table_alloc(nr_cpu_ids + 1));
	KUNIT_EXPECT_NULL(test, cfs_cpt_table_alloc(INT_MAX));
}

static void cpt_table_without_memory_is_refused(struct kunit *test)
{
	struct cfs_cpt_table *table = NULL;
	unsigned int n;

	for (n = 1; n < 20; n++) {
		lnet_alloc_fail_nth(n);
		table = cfs_cpt_table_alloc(1);
		if (!lnet_alloc_failed())
			break;
		KUNIT_EXPECT_NULL(test, table);
	}
	lnet_alloc_fail_nth(0);
	KUNIT_EXPECT_EQ(test, n, 5);
	cfs_cpt_table_free(table);
}

static void cpt_of_a_peer_is_one_that_is_there(struct kunit *test)
{
	unsigned int i, n = cfs_cpt_number(NULL);
	struct lnet_nid nid;
	int cpt;

	for (i = 0; i < 1000; i++) {
		get_random_bytes(&nid, sizeof(nid));
		nid.nid_size = i % 2 ? 12 : 0;
		cpt = lnet_nid2cpt(&nid, NULL);
		KUNIT_EXPECT_TRUE_MSG(test, cpt >= 0 && cpt < n, "%d", cpt);
		KUNIT_EXPECT_EQ(test, lnet_nid2cpt(&nid, NULL), cpt);
		if (lnet_nid_is_nid4(&nid))
			KUNIT_EXPECT_EQ(test, lnet_cpt_of_nid(lnet_nid_to_nid4(&nid), NULL), cpt);
	}
	KUNIT_EXPECT_EQ(test, lnet_nid2cpt(NULL, NULL), lnet_cpt_of_nid(LNET_NID_ANY, NULL));
}

static struct kunit_case lnet_lustre_cpt_cases[] = {
	KUNIT_CASE(cpt_good_pattern_is_read),
	KUNIT_CASE(cpt_bad_pattern_is_named),
	KUNIT_CASE(cpt_random_pattern_is_good_or_named),
	KUNIT_CASE(cpt_pattern_without_memory_is_refused),
	KUNIT_CASE(cpt_settings_are_of_libcfs_or_ours),
	KUNIT_CASE(cpt_settings_that_are_ignored_are_logged),
	KUNIT_CASE(cpt_module_table_has_every_cpu),
	KUNIT_CASE(cpt_any_argument_has_an_answer),
	KUNIT_CASE(cpt_bound_thread_runs_in_its_partition),
	KUNIT_CASE(cpt_empty_partition_binds_and_counts),
	KUNIT_CASE(cpt_excluded_cpu_is_remapped),
	KUNIT_CASE(cpt_late_cpu_joins_the_smallest),
	KUNIT_CASE(cpt_late_cpu_brings_its_node),
	KUNIT_CASE(cpt_excluded_cpu_does_not_join),
	KUNIT_CASE(cpt_node_is_added_once),
	KUNIT_CASE(cpt_no_table_is_made_of_nonsense),
	KUNIT_CASE(cpt_table_without_memory_is_refused),
	KUNIT_CASE(cpt_of_a_peer_is_one_that_is_there),
	{}
};

static struct kunit_suite lnet_lustre_cpt_suite = {
	.name = "lnet_lustre_cpt",
	.test_cases = lnet_lustre_cpt_cases,
};

kunit_test_suite(lnet_lustre_cpt_suite);

MODULE_DESCRIPTION("KUnit suite of lnet_lustre: CPU partitions");
MODULE_LICENSE("GPL");
