// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/lnet_objects/{mes,mds,eqs}: one line for every live object, for debugging.
 * Nothing depends on these files, and their format may change. Lustre's libcfs.ko has a folder
 * of the name lnet, and must be able to make and remove it before and after this module.
 *
 * Objects are read without their locks. So a line may mix the states of two moments, and
 * an object that is made or freed meanwhile may be missing.
 */
#include "event/eq.h"
#include "event/handle.h"
#include "event/md.h"
#include "event/md_state.h"
#include "event/me.h"
#include "lnet.h"
#include "show/sysfs.h"

#include <linux/debugfs.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

static struct dentry *root;

static int me_show(void *object, void *arg)
{
	struct lnet_me *me = object;
	char id[LNET_IDSTR_SIZE];
	struct lnet_process_id source = { .nid = me->nid, .pid = me->pid };

	if (!READ_ONCE(me->cookie))
		return 0;
	seq_printf(arg, "%#llx portal=%u from=%s bits=%#llx ignore=%#llx unlink=%u in=%s order=%lld md=%u by=%pS\n",
		   me->cookie, me->portal, libcfs_id2str_r(source, id, sizeof(id)),
		   me->match_bits, me->ignore_bits, me->unlink,
		   me->listed ? "list" : "hash", me->order.label,
		   !!READ_ONCE(me->md), me->caller);
	return 1;
}

/* While the memory of a freed MD is reused, @s may be of its last life: limit the result. */
static u32 md_show_ops(const struct lnet_libmd *md, u64 s)
{
	return min_t(u32, lnet_md_ops(md, s), LNET_MD_OPS);
}

static int md_show(void *object, void *arg)
{
	struct lnet_libmd *md = object;
	u64 s = atomic64_read(&md->state);

	if (!(s & LNET_MD_LIVE))
		return 0;
	seq_printf(arg, "%#llx me=%#llx eq=%#llx start=%p length=%u offset=%u threshold=%d ops=%u options=%#x max_size=%d autounlink=%u%s%s%s by=%pS\n",
		   md->cookie, md->me_cookie, md->umd.eq_handle.cookie,
		   md->umd.start, md->length, s & LNET_MD_ATTACHED ? READ_ONCE(md->offset) : 0,
		   (int)lnet_md_threshold(md, s), md_show_ops(md, s),
		   md->umd.options, md->umd.max_size, md->autounlink,
		   s & LNET_MD_ZOMBIE ? " zombie" : "",
		   s & LNET_MD_ABORTED ? " aborted" : "",
		   s & LNET_MD_LATE ? " late" : "", md->caller);
	return 1;
}

static int eq_show(void *object, void *arg)
{
	struct lnet_eq *eq = object;

	seq_printf(arg, "%#llx size=%u enq=%lu deq=%lu callback=%ps slots=%u by=%pS\n",
		   eq->cookie, eq->ring.size, READ_ONCE(eq->ring.enq),
		   READ_ONCE(eq->ring.deq), eq->callback, eq->slots.nr,
		   eq->caller);
	return 1;
}

/*
 * A seq_file whose position is an index of the handle table. show() looks at the entry
 * and prints its object, if there is a live one of the type, in one RCU read section,
 * because the object may be gone later.
 */
struct lister {
	enum lnet_handle_type type;
	int (*show)(void *object, void *arg);
};

static const struct lister listers[] = {
	{ LNET_HANDLE_ME, me_show },
	{ LNET_HANDLE_MD, md_show },
	{ LNET_HANDLE_EQ, eq_show },
};

static void *list_start(struct seq_file *m, loff_t *pos)
{
	return *pos < lnet_handle_end() ? pos : NULL;
}

static void *list_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return list_start(m, pos);
}

static void list_stop(struct seq_file *m, void *v)
{
}

static int list_show(struct seq_file *m, void *v)
{
	const struct lister *lister = m->private;
	u32 index = *(loff_t *)v;

	lnet_handle_visit(lister->type, index, lister->show, m);
	if (!(index % 1024))
		cond_resched();
	return 0;
}

static const struct seq_operations list_sops = {
	.start	= list_start,
	.next	= list_next,
	.stop	= list_stop,
	.show	= list_show,
};

DEFINE_SEQ_ATTRIBUTE(list);

/**
 * lnet_debugfs_init() - make the files; a kernel without debugfs has none
 *
 * Context: while the module loads; may sleep.
 */
void lnet_debugfs_init(void)
{
	root = debugfs_create_dir(LNET_NAME "_objects", NULL);
	debugfs_create_file("mes", 0400, root, (void *)&listers[0], &list_fops);
	debugfs_create_file("mds", 0400, root, (void *)&listers[1], &list_fops);
	debugfs_create_file("eqs", 0400, root, (void *)&listers[2], &list_fops);
}

/**
 * lnet_debugfs_exit() - remove the files
 *
 * Context: task; may sleep.
 */
void lnet_debugfs_exit(void)
{
	debugfs_remove(root);
}
