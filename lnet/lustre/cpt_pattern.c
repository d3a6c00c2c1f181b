// SPDX-License-Identifier: GPL-2.0
/*
 * The text of cpu_pattern=, and the CPU partitions that it means on a machine.
 *
 *	pattern		[N]  |  parts  |  N parts  |  [N] C list  |  [N] X list
 *	parts		0 list 1 list ...	in any order
 *	list		[ range, ... ]
 *	range		3  |  0-3  |  0-6/2
 *
 *	(nothing)	cpu_npartitions partitions of equal size; if that is 0, too: of 4 CPUs
 *	N		a partition for each NUMA node
 *	0[0,1] 1[2,3]	these CPUs for each partition
 *	N 0[0] 1[1,2]	the CPUs of these NUMA nodes for each partition
 *	C[0,1]		without these CPUs of each partition, counted from its first
 *	X[0,1]		without these CPUs
 *
 * C and X take their CPUs away from what `N` or nothing means. Blanks may separate any two tokens.
 * Each partition must have a CPU that is online.
 */
#include "lustre/cpt_pattern.h"
#include "hooks/alloc.h"

#include <linux/bitmap.h>
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sort.h>
#include <linux/string.h>

enum { CPUS_PER_PARTITION = 4 };	/* if nothing says how many partitions there are */

#define BLANKS	" \t\n\v\f\r"

struct pattern_scan {
	const char *text;
	const char *at;
	struct lnet_cpt_layout *layout;
	struct lnet_cpt_fault *fault;
	unsigned long *set;	/* the numbers of a list */
	unsigned int nr_nodes;
	unsigned int limit;	/* numbers of a list are below */
	const char *beyond;	/* what is wrong of one that is not */
};

static int pattern_err(struct pattern_scan *s, const char *token, const char *end,
		       const char *what)
{
	s->fault->token = token;
	s->fault->len = end - token;
	s->fault->what = what;
	return -EINVAL;
}

/* Complain of the word or the character at @p, or of the whole, if it ends there. */
static int pattern_err_at(struct pattern_scan *s, const char *p, const char *what)
{
	const char *end = p;

	if (!*p)
		return pattern_err(s, s->text, p,
				   "ends too early: write N, or partitions as in 0[0,1] 1[2,3], or C[0], or X[0]");
	while (isalnum(*end))
		end++;
	return pattern_err(s, p, end == p ? p + 1 : end, what);
}

static void pattern_skip(struct pattern_scan *s)
{
	s->at += strspn(s->at, BLANKS);
}

/* Numbers ----------------------------------------------------------------------- */

/* Parse a number; one that is too high for any machine becomes INT_MAX. */
static int pattern_number(struct pattern_scan *s, unsigned int *number, const char *what)
{
	unsigned int n = 0;

	pattern_skip(s);
	if (!isdigit(*s->at))
		return pattern_err_at(s, s->at, what);
	for (; isdigit(*s->at); s->at++)
		n = n < INT_MAX / 10 ? n * 10 + (*s->at - '0') : INT_MAX;
	*number = n;
	pattern_skip(s);
	return 0;
}

static int pattern_range(struct pattern_scan *s)
{
	unsigned int from, to, step = 1, n;
	const char *begin;
	int rc;

	pattern_skip(s);
	begin = s->at;
	rc = pattern_number(s, &from, "is no number: write numbers in the brackets, as in [0-3,8]");
	if (rc)
		return rc;
	to = from;
	if (*s->at == '-') {
		s->at++;
		rc = pattern_number(s, &to, "ends no range: write [0-3]");
		if (rc)
			return rc;
		if (*s->at == '/') {
			s->at++;
			rc = pattern_number(s, &step, "is no step: write [0-6/2]");
			if (rc)
				return rc;
		}
	}
	if (to < from || !step)
		return pattern_err(s, begin, s->at,
				   "is no range: write [0-3], or [0-6/2] for every second");
	if (to >= s->limit)
		return pattern_err(s, begin, s->at, s->beyond);
	for (n = from; n <= to; n += min(step, s->limit))
		__set_bit(n, s->set);
	return 0;
}

/* Parse a list into @s->set, from its bracket to behind the closing one. */
static int pattern_list(struct pattern_scan *s)
{
	const char *open;
	int rc;

	pattern_skip(s);
	open = s->at;
	if (*open != '[')
		return pattern_err_at(s, open, "stands where a list should: write '[0-3]' here");
	bitmap_zero(s->set, s->limit);
	do {
		s->at++;
		rc = pattern_range(s);
		if (rc)
			return rc;
	} while (*s->at == ',');
	if (!*s->at)
		return pattern_err(s, open, s->at,
				   "has an open bracket: write ']' behind the numbers");
	if (*s->at != ']')
		return pattern_err_at(s, s->at, "stands between numbers: write ',' or ']' there");
	s->at++;
	return 0;
}

/* Layouts without a list ----------------------------------------------------------- */

static unsigned int layout_online(const struct lnet_cpt_layout *layout)
{
	unsigned int i, n = 0;

	for (i = 0; i < layout->nr_cpus; i++)
		n += layout->cpu[i].online;
	return n;
}

static void layout_clear(struct lnet_cpt_layout *layout, int cpt)
{
	unsigned int i;

	for (i = 0; i < layout->nr_cpus; i++)
		layout->cpu[i].cpt = cpt;
}

static int key_compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/*
 * Cut the CPUs into @nr parts of equal size, the first ones larger by one where it does not come
 * out even. Neighbours are kept together: CPUs of one core, then cores of one node.
 */
static int layout_cut(struct lnet_cpt_layout *layout, unsigned int nr)
{
	unsigned int i, part, left, n = 0;
	u64 *keys;

	keys = lnet_alloc(kvmalloc_array(layout->nr_cpus, sizeof(*keys), GFP_KERNEL));
	if (!keys)
		return -ENOMEM;
	for (i = 0; i < layout->nr_cpus; i++)
		if (layout->cpu[i].online)
			keys[n++] = (u64)layout->cpu[i].node << 42 |
				    (u64)layout->cpu[i].core << 21 | i;
	sort(keys, n, sizeof(*keys), key_compare, NULL);

	for (i = 0, part = 0; part < nr; part++)
		for (left = n / nr + (part < n % nr); left; left--, i++)
			layout->cpu[keys[i] & GENMASK_ULL(20, 0)].cpt = part;
	kvfree(keys);
	layout->nr = nr;
	return 0;
}

static int layout_by_number(struct pattern_scan *s, int number)
{
	unsigned int online = layout_online(s->layout);

	if (number < 0 || number > online) {
		s->fault->token = NULL;
		s->fault->what = number < 0 ? "is below 0: write 0 for the default" :
			"is more than there are CPUs online: write fewer, or 0 for the default";
		return -EINVAL;
	}
	return layout_cut(s->layout, number ?: max(online / CPUS_PER_PARTITION, 1U));
}

/* A partition for each node that has a CPU online. */
static void layout_by_node(struct pattern_scan *s)
{
	struct lnet_cpt_layout *layout = s->layout;
	unsigned int i, nr = 0;
	bool any;
	int node;

	for (node = 0; node < s->nr_nodes; node++) {
		any = false;
		for (i = 0; i < layout->nr_cpus; i++) {
			if (!layout->cpu[i].online || layout->cpu[i].node != node)
				continue;
			layout->cpu[i].cpt = nr;
			any = true;
		}
		nr += any;
	}
	layout->nr = nr;
}

/* Lists of what is left out ---------------------------------------------------------- */

static int exclude_cpus(struct pattern_scan *s, const char *begin)
{
	struct lnet_cpt_cpu *cpu = s->layout->cpu;
	unsigned int i;

	for_each_set_bit(i, s->set, s->limit) {
		if (!cpu[i].possible)
			return pattern_err(s, begin, s->at, s->beyond);
		cpu[i].cpt = LNET_CPT_EXCLUDED;
	}
	return 0;
}

/* Leave the CPUs out whose place in their partition is in the list. */
static int exclude_places(struct pattern_scan *s, const char *begin)
{
	struct lnet_cpt_layout *layout = s->layout;
	unsigned int i, *places, most = 0;
	int cpt;

	places = lnet_alloc(kvcalloc(layout->nr, sizeof(*places), GFP_KERNEL));
	if (!places)
		return -ENOMEM;
	for (i = 0; i < layout->nr_cpus; i++) {
		cpt = layout->cpu[i].cpt;
		if (cpt < 0)
			continue;
		if (test_bit(places[cpt]++, s->set))
			layout->cpu[i].cpt = LNET_CPT_EXCLUDED;
		most = max(most, places[cpt]);
	}
	kvfree(places);
	if (find_next_bit(s->set, s->limit, most) < s->limit)
		return pattern_err(s, begin, s->at, s->beyond);
	return 0;
}

/* Is there a CPU online in each partition? Returns the first that has none, or @layout->nr. */
static unsigned int layout_first_empty(const struct lnet_cpt_layout *layout)
{
	unsigned int cpt, i;

	for (cpt = 0; cpt < layout->nr; cpt++) {
		for (i = 0; i < layout->nr_cpus; i++)
			if (layout->cpu[i].cpt == cpt && layout->cpu[i].online)
				break;
		if (i == layout->nr_cpus)
			break;
	}
	return cpt;
}

/* C or X is at @s->at, and the layout is what it takes CPUs from. */
static int pattern_exclude(struct pattern_scan *s)
{
	bool places = toupper(*s->at) == 'C';
	const char *begin = s->at++;
	int rc;

	s->beyond = places ? "counts further than any partition has CPUs: write lower numbers" :
		"names a CPU that there is none of: see /sys/devices/system/cpu/possible";
	rc = pattern_list(s);
	if (rc)
		return rc;
	rc = places ? exclude_places(s, begin) : exclude_cpus(s, begin);
	if (rc)
		return rc;
	if (layout_first_empty(s->layout) < s->layout->nr)
		return pattern_err(s, begin, s->at,
				   "leaves no CPU that is online to a partition: leave out fewer");
	return 0;
}

/* Lists of what is in each partition --------------------------------------------------- */

static bool layout_has_part(const struct lnet_cpt_layout *layout, unsigned int cpt)
{
	unsigned int i;

	for (i = 0; i < layout->nr_cpus; i++)
		if (layout->cpu[i].cpt == cpt)
			return true;
	return false;
}

static int part_add_cpu(struct pattern_scan *s, const char *begin, unsigned int cpt,
			unsigned int i)
{
	struct lnet_cpt_cpu *cpu = &s->layout->cpu[i];

	if (!cpu->possible)
		return pattern_err(s, begin, s->at, s->beyond);
	if (cpu->cpt >= 0)
		return pattern_err(s, begin, s->at,
				   "has a CPU that is in another partition, too: write it in one");
	cpu->cpt = cpt;
	return 0;
}

/* CPUs of the node that are offline join when they come up. */
static int part_add_node(struct pattern_scan *s, const char *begin, unsigned int cpt,
			 unsigned int node)
{
	struct lnet_cpt_layout *layout = s->layout;
	struct lnet_cpt_cpu *cpu;
	bool any = false;
	unsigned int i;

	for (i = 0; i < layout->nr_cpus; i++) {
		cpu = &layout->cpu[i];
		if (!cpu->possible || cpu->node != node)
			continue;
		if (cpu->cpt >= 0)
			return pattern_err(s, begin, s->at,
					   "has a node that is in another partition, too: write it in one");
		any |= cpu->online;
		cpu->cpt = cpu->online ? cpt : LNET_CPT_NONE;
	}
	return any ? 0 : pattern_err(s, begin, s->at, s->beyond);
}

/* Parse a partition, as 0[0-3]. */
static int pattern_part(struct pattern_scan *s, bool nodes, unsigned int *cpt)
{
	const char *begin = s->at;
	unsigned int i;
	int rc;

	rc = pattern_number(s, cpt,
			    "is no pattern: write N, or partitions as in 0[0,1] 1[2,3], or C[0], or X[0]");
	if (rc)
		return rc;
	rc = pattern_list(s);
	if (rc)
		return rc;
	if (*cpt >= s->layout->nr_cpus)
		return pattern_err(s, begin, s->at,
				   "has too high a number: write partitions from 0 on, as in 0[0,1] 1[2,3]");
	if (layout_has_part(s->layout, *cpt))
		return pattern_err(s, begin, s->at,
				   "is a partition that is there twice: write it once");
	for_each_set_bit(i, s->set, s->limit) {
		rc = nodes ? part_add_node(s, begin, *cpt, i) : part_add_cpu(s, begin, *cpt, i);
		if (rc)
			return rc;
	}
	return 0;
}

static int pattern_parts(struct pattern_scan *s, bool nodes)
{
	struct lnet_cpt_layout *layout = s->layout;
	const char *begin = s->at;
	unsigned int cpt, most = 0;
	int rc;

	layout_clear(layout, LNET_CPT_EXCLUDED);
	s->limit = nodes ? s->nr_nodes : layout->nr_cpus;
	s->beyond = nodes ?
		"names a NUMA node without a CPU online: see /sys/devices/system/node/has_cpu" :
		"names a CPU that there is none of: see /sys/devices/system/cpu/possible";
	for (layout->nr = 0; *s->at; layout->nr++) {
		rc = pattern_part(s, nodes, &cpt);
		if (rc)
			return rc;
		most = max(most, cpt);
		pattern_skip(s);
	}
	if (most + 1 != layout->nr)
		return pattern_err(s, begin, s->at,
				   "leaves a number out: write partitions from 0 on, as in 0[0,1] 1[2,3]");
	if (layout_first_empty(layout) < layout->nr)
		return pattern_err(s, begin, s->at,
				   "has a partition without a CPU that is online: see /sys/devices/system/cpu/online");
	layout->number_unused = true;
	return 0;
}

/* The whole ------------------------------------------------------------------------------ */

static int pattern_whole(struct pattern_scan *s, int number)
{
	bool nodes;
	int rc;

	layout_clear(s->layout, LNET_CPT_NONE);
	pattern_skip(s);
	nodes = toupper(*s->at) == 'N';
	if (nodes) {
		s->at++;
		pattern_skip(s);
	}
	if (*s->at && toupper(*s->at) != 'C' && toupper(*s->at) != 'X')
		return pattern_parts(s, nodes);

	if (nodes) {
		layout_by_node(s);
		s->layout->number_unused = true;
	} else {
		rc = layout_by_number(s, number);
		if (rc)
			return rc;
	}
	if (!*s->at)
		return 0;
	rc = pattern_exclude(s);
	if (rc)
		return rc;
	pattern_skip(s);
	return !*s->at ? 0 : pattern_err(s, s->at, s->at + strlen(s->at),
					 "stands behind the list: leave it out");
}

/**
 * lnet_cpt_pattern_is_blank() - tell whether a pattern says nothing
 * @pattern: the pattern, terminated by 0; or NULL
 *
 * Context: any.
 * Return: true if there is nothing but blanks in it.
 */
bool lnet_cpt_pattern_is_blank(const char *pattern)
{
	return !pattern || !pattern[strspn(pattern, BLANKS)];
}

/**
 * lnet_cpt_pattern_apply() - divide the CPUs of a machine into partitions
 * @pattern: the text of cpu_pattern=, terminated by 0
 * @number: the value of cpu_npartitions=
 * @layout: the CPUs, of which one at least is online; what is out of it is set
 * @fault: set to the error, if the function returns -EINVAL; points into @pattern
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL: the pattern, or the number, is wrong, see @fault; -ENOMEM. After an error
 * the partitions of @layout have no meaning.
 */
int lnet_cpt_pattern_apply(const char *pattern, int number, struct lnet_cpt_layout *layout,
			   struct lnet_cpt_fault *fault)
{
	struct pattern_scan s = {
		.text = pattern,
		.at = pattern,
		.layout = layout,
		.fault = fault,
		.limit = layout->nr_cpus,
	};
	unsigned int i;
	int rc;

	layout->number_unused = false;
	for (i = 0; i < layout->nr_cpus; i++)
		if (layout->cpu[i].possible)
			s.nr_nodes = max_t(unsigned int, s.nr_nodes, layout->cpu[i].node + 1);
	s.set = lnet_alloc(bitmap_zalloc(max(layout->nr_cpus, s.nr_nodes), GFP_KERNEL));
	if (!s.set)
		return -ENOMEM;
	rc = pattern_whole(&s, number);
	bitmap_free(s.set);
	return rc;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_cpt_pattern_apply);
