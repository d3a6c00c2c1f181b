// SPDX-License-Identifier: GPL-2.0
/*
 * CPU partitions: sets of CPUs that do not overlap. Lustre binds its threads to them, spreads its
 * memory over their NUMA nodes, and keeps data for each.
 *
 * Any argument has an answer. A table that is NULL stands for the one of the module, and a
 * partition that is not in the table for all of its CPUs, except where a function says so.
 *
 * CPUs that go offline stay in their partition: threads run elsewhere meanwhile, by the kernel's
 * doing, and others that are bound later run there when the CPU is back. One that comes up for
 * the first time joins a partition then, unless the pattern leaves it out. So a partition never
 * loses a CPU, and readers need no lock: what they see at worst is a partition without its
 * newest CPU.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "lustre/cpt.h"
#include "hooks/alloc.h"
#include "lustre/cpt_pattern.h"
#include "lustre/libcfs.h"

#include <lnet/handler.h>

#include <linux/atomic.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/export.h>
#include <linux/hash.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/topology.h>

static int npartitions;
module_param_named(cpu_npartitions, npartitions, int, 0444);
MODULE_PARM_DESC(cpu_npartitions, "CPU partitions, if cpu_pattern does not say how many; 0: one for each NUMA node, or for every 4 CPUs if cpu_pattern is given and empty. What libcfs has overrides it (default 0)");

static char *pattern;
module_param_named(cpu_pattern, pattern, charp, 0444);
MODULE_PARM_DESC(cpu_pattern, "which CPUs each partition has: N: those of a NUMA node; 0[0,1] 1[2,3]: these CPUs; N 0[0] 1[1]: those of these nodes; C[0], X[0]: not the first of each, not CPU 0. What libcfs has overrides it (default N)");

/* A partition, or all of a table. */
struct cpt_part {
	cpumask_var_t cpus;	/* grows only */
	nodemask_t nodes;	/* of @cpus; grows only */
	atomic_t turn;		/* of @nodes, in turn */
};

/*
 * Only the private table of a client changes after it is made, before that client uses it; and
 * the one of the module when a CPU joins.
 */
struct cfs_cpt_table {
	unsigned int nr;	/* I: */
	int *cpt;		/* [nr_cpu_ids]: partition of each CPU, or an LNET_CPT_... */
	struct cpt_part all;
	struct cpt_part part[];	/* I: [nr] */
};

struct cfs_cpt_table *cfs_cpt_tab;
EXPORT_SYMBOL(cfs_cpt_tab);

static enum cpuhp_state cpt_hotplug;

static const struct cfs_cpt_table *table_of(const struct cfs_cpt_table *table)
{
	return table ?: cfs_cpt_tab;
}

static bool table_has(const struct cfs_cpt_table *table, int cpt)
{
	return cpt >= 0 && cpt < table->nr;
}

/* The partition, or all CPUs of the table. */
static struct cpt_part *table_part(const struct cfs_cpt_table *table, int cpt)
{
	/* Callers may write to what they get: they always could. */
	struct cfs_cpt_table *t = (struct cfs_cpt_table *)table_of(table);

	return table_has(t, cpt) ? &t->part[cpt] : &t->all;
}

/* Tables ------------------------------------------------------------------------- */

static void cpt_table_free(struct cfs_cpt_table *table)
{
	unsigned int i;

	/* Masks that were not allocated are NULL. */
	for (i = 0; i < table->nr; i++)
		free_cpumask_var(table->part[i].cpus);
	free_cpumask_var(table->all.cpus);
	kvfree(table->cpt);
	kvfree(table);
}

static bool part_alloc(struct cpt_part *part)
{
	return !lnet_alloc_fails_here() && zalloc_cpumask_var(&part->cpus, GFP_KERNEL);
}

static struct cfs_cpt_table *cpt_table_alloc(unsigned int nr)
{
	struct cfs_cpt_table *table;
	unsigned int i;
	bool ok;

	table = lnet_alloc(kvzalloc(struct_size(table, part, nr), GFP_KERNEL));
	if (!table)
		return NULL;
	table->nr = nr;
	table->cpt = lnet_alloc(kvmalloc_array(nr_cpu_ids, sizeof(*table->cpt), GFP_KERNEL));
	ok = table->cpt && part_alloc(&table->all);
	for (i = 0; ok && i < nr; i++)
		ok = part_alloc(&table->part[i]);
	if (!ok) {
		cpt_table_free(table);
		return NULL;
	}
	for (i = 0; i < nr_cpu_ids; i++)
		table->cpt[i] = LNET_CPT_EXCLUDED;
	return table;
}

/* A CPU that was never up may be of no node yet: see lnet_cpt_table_adopt(). */
static void part_add(struct cpt_part *part, unsigned int cpu)
{
	int node = cpu_to_node(cpu);

	if (node != NUMA_NO_NODE)
		node_set(node, part->nodes);
	cpumask_set_cpu(cpu, part->cpus);
}

static void table_add(struct cfs_cpt_table *table, unsigned int cpt, unsigned int cpu)
{
	part_add(&table->part[cpt], cpu);
	part_add(&table->all, cpu);
	WRITE_ONCE(table->cpt[cpu], cpt);
}

/**
 * lnet_cpt_table_make() - make a table of a layout
 * @layout: the layout, of nr_cpu_ids CPUs
 *
 * Context: task; may sleep.
 * Return: the table, for cfs_cpt_table_free(); NULL: there is no memory.
 */
struct cfs_cpt_table *lnet_cpt_table_make(const struct lnet_cpt_layout *layout)
{
	struct cfs_cpt_table *table = cpt_table_alloc(layout->nr);
	unsigned int cpu;

	if (!table)
		return NULL;
	for (cpu = 0; cpu < layout->nr_cpus; cpu++) {
		if (layout->cpu[cpu].cpt >= 0)
			table_add(table, layout->cpu[cpu].cpt, cpu);
		else
			table->cpt[cpu] = layout->cpu[cpu].cpt;
	}
	return table;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_cpt_table_make);

/**
 * lnet_cpt_table_adopt() - let a CPU that has come up join a partition
 * @table: the table
 * @cpu: the CPU; if the pattern leaves it out, nothing changes
 *
 * It joins one that has CPUs of its NUMA node, if there is one; of those, one with the fewest. If
 * it is in a partition already, that gets its NUMA node, which may not have been known before.
 *
 * Context: task; not twice at a time for a table.
 */
void lnet_cpt_table_adopt(struct cfs_cpt_table *table, unsigned int cpu)
{
	unsigned int i, best = 0, cost, least = UINT_MAX;
	struct cpt_part *part;

	if (table->cpt[cpu] >= 0)
		table_add(table, table->cpt[cpu], cpu);
	if (table->cpt[cpu] != LNET_CPT_NONE)
		return;
	for (i = 0; i < table->nr; i++) {
		part = &table->part[i];
		cost = cpumask_weight(part->cpus);
		if (!node_isset(cpu_to_node(cpu), part->nodes))
			cost += nr_cpu_ids;
		if (cost < least) {
			least = cost;
			best = i;
		}
	}
	table_add(table, best, cpu);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_cpt_table_adopt);

/**
 * cfs_cpt_table_alloc() - make a table with empty partitions
 * @ncpt: number of partitions
 *
 * Context: task; may sleep.
 * Return: the table, for cfs_cpt_table_free(); NULL: there is no memory, or @ncpt is below 1 or
 * higher than the number of CPUs can be.
 */
struct cfs_cpt_table *cfs_cpt_table_alloc(int ncpt)
{
	return ncpt > 0 && ncpt <= nr_cpu_ids ? cpt_table_alloc(ncpt) : NULL;
}
EXPORT_SYMBOL(cfs_cpt_table_alloc);

/**
 * cfs_cpt_table_free() - free a table of cfs_cpt_table_alloc()
 * @table: the table, or NULL; the one of the module stays
 *
 * Context: task; may sleep.
 */
void cfs_cpt_table_free(struct cfs_cpt_table *table)
{
	if (table && table != cfs_cpt_tab)
		cpt_table_free(table);
}
EXPORT_SYMBOL(cfs_cpt_table_free);

/**
 * cfs_cpt_set_node() - add the CPUs of a NUMA node to a partition
 * @table: a table of cfs_cpt_table_alloc() that no other thread uses yet
 * @cpt: the partition
 * @node: the node
 *
 * Context: task.
 * Return: 1; 0: nothing has changed: there is no such table, partition or node, the node has no
 * CPU online, one of them is in a partition, or the table is the one of the module.
 */
int cfs_cpt_set_node(struct cfs_cpt_table *table, int cpt, int node)
{
	const struct cpumask *cpus;
	unsigned int cpu;

	if (!table || table == cfs_cpt_tab || !table_has(table, cpt))
		return 0;
	if (node < 0 || node >= MAX_NUMNODES || !node_online(node))
		return 0;
	cpus = cpumask_of_node(node);
	if (!cpumask_intersects(cpus, cpu_online_mask))
		return 0;
	for_each_cpu_and(cpu, cpus, cpu_online_mask)
		if (table->cpt[cpu] >= 0)
			return 0;
	for_each_cpu_and(cpu, cpus, cpu_online_mask)
		table_add(table, cpt, cpu);
	return 1;
}
EXPORT_SYMBOL(cfs_cpt_set_node);

/* What a table says ----------------------------------------------------------------- */

/**
 * cfs_cpt_number() - return the number of partitions
 * @table: the table, or NULL
 *
 * Context: any.
 * Return: the number, 1 at least.
 */
int cfs_cpt_number(struct cfs_cpt_table *table)
{
	return table_of(table)->nr;
}
EXPORT_SYMBOL(cfs_cpt_number);

/**
 * cfs_cpt_weight() - return how many CPUs of a partition are online
 * @table: the table, or NULL
 * @cpt: the partition, or CFS_CPT_ANY: of the whole table
 *
 * Context: any.
 * Return: the number; 1, if all are offline: callers divide by it; 0, if there are none.
 */
int cfs_cpt_weight(struct cfs_cpt_table *table, int cpt)
{
	const struct cpt_part *part = table_part(table, cpt);
	unsigned int cpu;
	int online = 0;

	for_each_cpu_and(cpu, part->cpus, cpu_online_mask)
		online++;
	return online ?: !cpumask_empty(part->cpus);
}
EXPORT_SYMBOL(cfs_cpt_weight);

/**
 * cfs_cpt_cpumask() - return the CPUs of a partition
 * @table: the table, or NULL
 * @cpt: the partition, or CFS_CPT_ANY: of the whole table
 *
 * Some of them may be offline.
 *
 * Context: any.
 * Return: the mask, as long as there is the table.
 */
cpumask_var_t *cfs_cpt_cpumask(struct cfs_cpt_table *table, int cpt)
{
	return &table_part(table, cpt)->cpus;
}
EXPORT_SYMBOL(cfs_cpt_cpumask);

/**
 * cfs_cpt_nodemask() - return the NUMA nodes of a partition
 * @table: the table, or NULL
 * @cpt: the partition, or CFS_CPT_ANY: of the whole table
 *
 * Context: any.
 * Return: the mask, as long as there is the table.
 */
nodemask_t *cfs_cpt_nodemask(struct cfs_cpt_table *table, int cpt)
{
	return &table_part(table, cpt)->nodes;
}
EXPORT_SYMBOL(cfs_cpt_nodemask);

/**
 * cfs_cpt_spread_node() - choose a NUMA node of a partition, each in turn
 * @table: the table, or NULL
 * @cpt: the partition, or CFS_CPT_ANY: of the whole table
 *
 * Context: any.
 * Return: a node that is online.
 */
int cfs_cpt_spread_node(struct cfs_cpt_table *table, int cpt)
{
	struct cpt_part *part = table_part(table, cpt);
	unsigned int nr = nodes_weight(part->nodes), turn = 0;
	int node;

	if (nr > 1)
		turn = (unsigned int)atomic_inc_return(&part->turn) % nr;
	for_each_node_mask(node, part->nodes)
		if (!turn--)
			break;
	/* A node goes offline with the last of its CPUs, which stay in the partition. */
	if (node < MAX_NUMNODES && node_online(node))
		return node;
	return first_online_node;
}
EXPORT_SYMBOL(cfs_cpt_spread_node);

/* Threads ------------------------------------------------------------------------------ */

/**
 * cfs_cpt_current() - return the partition of the CPU that this thread runs on
 * @table: the table, or NULL
 * @remap: not 0: return some partition also if the CPU is in none, of its NUMA node if possible
 *
 * Context: any; the thread may be on another CPU already when the function returns.
 * Return: the partition; CFS_CPT_ANY: the CPU is in none, and @remap is 0.
 */
int cfs_cpt_current(struct cfs_cpt_table *table, int remap)
{
	const struct cfs_cpt_table *t = table_of(table);
	unsigned int cpu = raw_smp_processor_id(), i;
	int cpt = READ_ONCE(t->cpt[cpu]);

	if (cpt >= 0)
		return cpt;
	if (!remap)
		return CFS_CPT_ANY;
	for (i = 0; i < t->nr; i++)
		if (node_isset(cpu_to_node(cpu), t->part[i].nodes))
			return i;
	return cpu % t->nr;
}
EXPORT_SYMBOL(cfs_cpt_current);

/**
 * cfs_cpt_bind() - let this thread run on the CPUs of a partition only
 * @table: the table, or NULL
 * @cpt: the partition, or CFS_CPT_ANY: those of the whole table
 *
 * If all of them are offline, it may run anywhere, as if the last had gone offline a moment later.
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL: there is no such partition; or what the kernel refuses it with.
 */
int cfs_cpt_bind(struct cfs_cpt_table *table, int cpt)
{
	int rc;

	if (cpt != CFS_CPT_ANY && !table_has(table_of(table), cpt))
		return -EINVAL;
	rc = set_cpus_allowed_ptr(current, table_part(table, cpt)->cpus);
	if (rc == -EINVAL)
		rc = set_cpus_allowed_ptr(current, cpu_possible_mask);
	return rc;
}
EXPORT_SYMBOL(cfs_cpt_bind);

/**
 * lnet_cpt_of_hash() - choose a partition by a hash
 * @hash: any value; the same value gives the same partition
 *
 * Context: any.
 * Return: a partition of the module's table, from 0 on.
 */
unsigned int lnet_cpt_of_hash(u64 hash)
{
	return (u64)(u32)hash_64(hash, 32) * cfs_cpt_tab->nr >> 32;
}

/* For people ---------------------------------------------------------------------------- */

/**
 * lnet_cpt_show_table() - show which CPUs each partition has
 * @m: where to
 *
 * Context: task.
 */
void lnet_cpt_show_table(struct seq_file *m)
{
	unsigned int i, cpu;

	for (i = 0; i < cfs_cpt_tab->nr; i++) {
		seq_printf(m, "%u\t:", i);
		for_each_cpu(cpu, cfs_cpt_tab->part[i].cpus)
			seq_printf(m, " %u", cpu);
		seq_putc(m, '\n');
	}
}

/* The distance of the two nodes that are farthest apart. */
static int part_distance(const struct cpt_part *a, const struct cpt_part *b)
{
	int i, j, most = LOCAL_DISTANCE;

	for_each_node_mask(i, a->nodes)
		for_each_node_mask(j, b->nodes)
			most = max(most, node_distance(i, j));
	return most;
}

/**
 * lnet_cpt_show_distance() - show how far each partition is from each other
 * @m: where to
 *
 * Context: task.
 */
void lnet_cpt_show_distance(struct seq_file *m)
{
	const struct cpt_part *part = cfs_cpt_tab->part;
	unsigned int i, j;

	for (i = 0; i < cfs_cpt_tab->nr; i++) {
		seq_printf(m, "%u\t:", i);
		for (j = 0; j < cfs_cpt_tab->nr; j++)
			seq_printf(m, " %u:%d", j, part_distance(&part[i], &part[j]));
		seq_putc(m, '\n');
	}
}

/* Settings ------------------------------------------------------------------------------- */

/**
 * lnet_cpt_settings_pick() - choose between the parameters of libcfs and ours
 * @libcfs: those of libcfs, or NULL: it is not loaded
 * @ours: those of this module
 *
 * The two of libcfs are taken together, if one of them says something: libcfs has cpu_pattern=N
 * by default. With nothing in either module, partitions are NUMA nodes; with a pattern that is
 * there and empty, they are by number.
 *
 * Context: any.
 * Return: what is to be done; the pattern is not NULL.
 */
struct lnet_cpt_settings lnet_cpt_settings_pick(const struct lnet_cpt_settings *libcfs,
						const struct lnet_cpt_settings *ours)
{
	bool given = ours->pattern || ours->number;
	struct lnet_cpt_settings s = *ours;

	if (libcfs && (!given || libcfs->number || !lnet_cpt_pattern_is_blank(libcfs->pattern))) {
		s = *libcfs;
		if (given)
			pr_warn("cpu_pattern= and cpu_npartitions= of this module are ignored: libcfs has cpu_pattern='%s' cpu_npartitions=%d: set them there\n",
				s.pattern ?: "", s.number);
	}
	if (!s.pattern)
		s.pattern = s.number ? "" : "N";
	return s;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_cpt_settings_pick);

static struct lnet_cpt_settings settings_get(void)
{
	struct lnet_cpt_settings ours = { .pattern = pattern, .number = npartitions };
	char **libcfs_pattern = libcfs_symbol(cpu_pattern);
	int *libcfs_number = libcfs_symbol(cpu_npartitions);
	struct lnet_cpt_settings libcfs;

	/* Symbols of libcfs, if it is not loaded, are at 0. */
	if (!libcfs_pattern || !libcfs_number)
		return lnet_cpt_settings_pick(NULL, &ours);
	libcfs.pattern = *libcfs_pattern;
	libcfs.number = *libcfs_number;
	return lnet_cpt_settings_pick(&libcfs, &ours);
}

static void fault_log(const struct lnet_cpt_fault *fault, const struct lnet_cpt_settings *settings)
{
	if (fault->token)
		pr_err("cpu_pattern=: '%*pE' %s\n", (int)fault->len, fault->token, fault->what);
	else
		pr_err("cpu_npartitions=: %d %s\n", settings->number, fault->what);
}

/* Describe the CPUs of this machine. */
static void layout_fill(struct lnet_cpt_layout *layout)
{
	unsigned int i;

	for (i = 0; i < layout->nr_cpus; i++) {
		layout->cpu[i].possible = cpu_possible(i);
		if (!layout->cpu[i].possible)
			continue;
		layout->cpu[i].online = cpu_online(i);
		/* It may be NUMA_NO_NODE, of a CPU that was never up. */
		layout->cpu[i].node = max(cpu_to_node(i), 0);
		layout->cpu[i].core = min_t(unsigned int, i,
					    cpumask_first(topology_sibling_cpumask(i)));
	}
}

static int table_make(struct lnet_cpt_layout *layout)
{
	struct lnet_cpt_settings settings = settings_get();
	struct lnet_cpt_fault fault;
	int rc;

	layout_fill(layout);
	rc = lnet_cpt_pattern_apply(settings.pattern, settings.number, layout, &fault);
	if (rc == -EINVAL)
		fault_log(&fault, &settings);
	if (rc)
		return rc;
	if (layout->number_unused && settings.number && settings.number != layout->nr)
		pr_warn("cpu_npartitions=%d is ignored: cpu_pattern='%s' says that there are %u partitions: leave one of them out\n",
			settings.number, settings.pattern, layout->nr);
	cfs_cpt_tab = lnet_cpt_table_make(layout);
	return cfs_cpt_tab ? 0 : -ENOMEM;
}

static int cpt_cpu_up(unsigned int cpu)
{
	lnet_cpt_table_adopt(cfs_cpt_tab, cpu);
	return 0;
}

/**
 * lnet_cpt_init() - make the module's table
 *
 * Context: task; may sleep; as the module is loaded.
 * Return: 0; -EINVAL: a parameter is wrong, which is logged; -ENOMEM; or what the kernel refuses
 * to tell of CPUs that come up with.
 */
int __init lnet_cpt_init(void)
{
	struct lnet_cpt_layout layout = { .nr_cpus = nr_cpu_ids };
	int rc;

	layout.cpu = lnet_alloc(kvcalloc(layout.nr_cpus, sizeof(*layout.cpu), GFP_KERNEL));
	if (!layout.cpu)
		return -ENOMEM;
	rc = table_make(&layout);
	kvfree(layout.cpu);
	if (rc)
		return rc;

	/* Calls cpt_cpu_up() for each CPU that is online now, too, so none is missed. */
	rc = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "lnet/cpt:online", cpt_cpu_up, NULL);
	if (rc < 0) {
		lnet_cpt_exit();
		return rc;
	}
	cpt_hotplug = rc;
	return 0;
}

/**
 * lnet_cpt_exit() - free the module's table
 *
 * Context: task; may sleep; no thread uses the table any more.
 */
void lnet_cpt_exit(void)
{
	/* The lowest states are the kernel's own: 0 is none of ours. */
	if (cpt_hotplug)
		cpuhp_remove_state_nocalls(cpt_hotplug);
	cpt_table_free(cfs_cpt_tab);
	cfs_cpt_tab = NULL;
}
