// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/lnet: files that scripts and exporters read on any node that runs Lustre.
 * Names, columns and what a write does are those of Lustre's LNet; what each number means here is
 * in Documentation/ABI/testing/debugfs-lnet. While LNet is down there is nothing to open, as there.
 *
 * They are in this module, not in lnet.ko, for two reasons. The partitions of CPUs are here. And
 * the folder is that of Lustre's libcfs.ko, which must find it missing when it is loaded: modprobe
 * loads libcfs before this module, not before lnet.ko. If somebody loads them the other way round,
 * ours is removed for as long as it takes libcfs to make its own. That one goes with all that is in
 * it when libcfs is unloaded, so no dentry is kept: files are found by their names.
 *
 * Nothing is printed under a lock of a message's path. Facts are copied for one line at a time.
 */
#include "lustre/files.h"
#include "hooks/alloc.h"
#include "lnet.h"
#include "lustre/cpt.h"
#include "network/ni.h"
#include "network/peer.h"

#include <lnet/api.h>
#include <lnet/handler.h>
#include <lnet/nid.h>

#include <linux/dcache.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

/**
 * struct shown - describe a file
 * @name: its name
 * @mode: its mode
 * @show: print it; NULL: it is a list of peers
 * @write: carry out what was written, a string that was cut at 15 characters; NULL: nothing may be
 */
struct shown {
	const char *name;
	umode_t mode;
	void (*show)(struct seq_file *m);
	int (*write)(const char *text);
};

static bool lnet_is_up(void)
{
	return lnet_ni_nids(NULL, 0);
}

/* Counters ------------------------------------------------------------------ */

static void stats_show(struct seq_file *m)
{
	struct lnet_counters_common c;

	lnet_counters_get_common(&c);
	seq_printf(m, "%u %u %u %u %u %u %u %llu %llu %llu %llu\n",
		   c.lcc_msgs_alloc, c.lcc_msgs_max, c.lcc_errors, c.lcc_send_count,
		   c.lcc_recv_count, c.lcc_route_count, c.lcc_drop_count, c.lcc_send_length,
		   c.lcc_recv_length, c.lcc_route_length, c.lcc_drop_length);
}

static int stats_write(const char *text)
{
	lnet_ni_total_reset();
	return 0;
}

/* NIs ----------------------------------------------------------------------- */

static int least_write(const char *text)
{
	lnet_lnd_forget_least();
	return 0;
}

static void ni_show(struct seq_file *m, lnet_nid_t nid)
{
	const bool lo = LNET_NETTYP(LNET_NIDNET(nid)) == LOLND;
	struct lnet_lnd_facts facts;
	struct lnet_ni_stats stats;
	char text[LNET_NIDSTR_SIZE];
	enum lnet_ni_status status;

	/* It may have gone. */
	if (lnet_ni_look(nid, &status, &stats) || lnet_lnd_facts(nid, &facts))
		return;
	seq_printf(m, "%-24s %6s %5d %4lld %4u %4d %5u %5d %5d\n",
		   libcfs_nid2str_r(nid, text, sizeof(text)),
		   status == LNET_NI_STATUS_UP ? "up" : "down", lo ? 0 : -1,
		   1 + max_t(s64, stats.messages, 0), facts.peer_credits, 0, facts.credits,
		   facts.credits_now, facts.credits_least);
}

/* One more than can be configured, and some that drivers may have made. */
enum { NIS_MAX = 128 };

static void nis_show(struct seq_file *m)
{
	unsigned int i, nr;
	lnet_nid_t *nids;

	seq_printf(m, "%-24s %6s %5s %4s %4s %4s %5s %5s %5s\n", "nid", "status", "alive", "refs",
		   "peer", "rtr", "max", "tx", "min");
	nids = lnet_alloc(kmalloc_array(NIS_MAX, sizeof(*nids), GFP_KERNEL));
	if (!nids)
		return;
	nr = min_t(unsigned int, lnet_ni_nids(nids, NIS_MAX), NIS_MAX);
	for (i = 0; i < nr; i++)
		ni_show(m, nids[i]);
	kfree(nids);
}

/* CPU partitions, and what a node that routes has ---------------------------- */

static void routes_show(struct seq_file *m)
{
	seq_puts(m, "Routing disabled\nnet      hops priority   state router\n");
}

static void routers_show(struct seq_file *m)
{
	seq_puts(m, "ref  rtr_ref alive router\n");
}

static void buffers_show(struct seq_file *m)
{
	seq_puts(m, "pages count credits     min\n");
}

/* There are no queues of partitions that a PUT could be redirected between. */
static void rotor_show(struct seq_file *m)
{
	seq_puts(m, "{\n\tportals: all\n\trotor: OFF\n\tdescription: Turn off message rotor for wildcard portals\n}\n");
}

static int rotor_write(const char *text)
{
	return strncasecmp(text, "OFF", 3) ? -EINVAL : 0;
}

/* How long a driver tries to send a message, in seconds: the longest of all. */
static void timeout_show(struct seq_file *m)
{
	struct lnet_lnd_facts facts;
	lnet_nid_t nids[NIS_MAX / 2];
	unsigned int i, nr, most = 0;

	nr = min_t(unsigned int, lnet_ni_nids(nids, ARRAY_SIZE(nids)), ARRAY_SIZE(nids));
	for (i = 0; i < nr; i++)
		if (!lnet_lnd_facts(nids[i], &facts))
			most = max(most, facts.timeout_s);
	seq_printf(m, "%u\n", most);
}

static const struct shown files[] = {
	{ "stats", 0644, stats_show, stats_write },
	{ "peers", 0644, NULL, least_write },
	{ "nis", 0644, nis_show, least_write },
	{ "portal_rotor", 0644, rotor_show, rotor_write },
	{ "cpu_partition_table", 0444, lnet_cpt_show_table },
	{ "cpu_partition_distance", 0444, lnet_cpt_show_distance },
	{ "routes", 0444, routes_show },
	{ "routers", 0444, routers_show },
	{ "buffers", 0444, buffers_show },
	{ "lnet_lnd_timeout", 0444, timeout_show },
};

/* Peers --------------------------------------------------------------------- */

/* The NIDs that there were when the file was opened. */
struct peers {
	lnet_nid_t *nids;
	unsigned int nr;
};

/* Position 0 is the header. */
static void *peers_start(struct seq_file *m, loff_t *pos)
{
	const struct peers *peers = m->private;

	return *pos <= peers->nr ? pos : NULL;
}

static void *peers_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return peers_start(m, pos);
}

static void peers_stop(struct seq_file *m, void *v)
{
}

static int peers_show(struct seq_file *m, void *v)
{
	const struct peers *peers = m->private;
	struct lnet_lnd_peer_facts facts;
	char text[LNET_NIDSTR_SIZE];
	loff_t pos = *(loff_t *)v;
	struct lnet_nid nid;

	if (!pos) {
		seq_printf(m, "%-24s %4s %5s %5s %5s %5s %5s %5s %5s %s\n", "nid", "refs", "state",
			   "last", "max", "rtr", "min", "tx", "min", "queue");
		return 0;
	}
	/* One that has gone, and is known by nobody any more, has no name. */
	if (lnet_nid_expand(peers->nids[pos - 1], &nid))
		return 0;
	lnet_lnd_peer_facts(peers->nids[pos - 1], &facts);
	seq_printf(m, "%-24s %4u %5s %5d %5u %5u %5u %5d %5d %llu\n",
		   lnet_nid_print(&nid, text, sizeof(text)), max(facts.uses, 1U), "NA", -1,
		   facts.credits_max, facts.credits_max, facts.credits_max,
		   (int)facts.credits - (int)facts.waiting, facts.credits_least,
		   facts.waiting_bytes);
	if (!(pos % 256))
		cond_resched();
	return 0;
}

static const struct seq_operations peers_sops = {
	.start	= peers_start,
	.next	= peers_next,
	.stop	= peers_stop,
	.show	= peers_show,
};

static int peers_open(struct file *file)
{
	struct peers *peers = __seq_open_private(file, &peers_sops, sizeof(*peers));

	if (!peers)
		return -ENOMEM;
	peers->nids = lnet_peer_list(&peers->nr);
	if (peers->nids)
		return 0;
	seq_release_private(file_inode(file), file);
	return -ENOMEM;
}

static int peers_release(struct inode *inode, struct file *file)
{
	struct peers *peers = ((struct seq_file *)file->private_data)->private;

	kvfree(peers->nids);
	return seq_release_private(inode, file);
}

/* Any file ------------------------------------------------------------------ */

static int single_show(struct seq_file *m, void *v)
{
	const struct shown *shown = m->private;

	shown->show(m);
	return 0;
}

static int file_open(struct inode *inode, struct file *file)
{
	const struct shown *shown = inode->i_private;

	if (!lnet_is_up())
		return -ENOENT;
	return shown->show ? single_open(file, single_show, (void *)shown) : peers_open(file);
}

static int file_release(struct inode *inode, struct file *file)
{
	const struct shown *shown = inode->i_private;

	return shown->show ? single_release(inode, file) : peers_release(inode, file);
}

static ssize_t file_write(struct file *file, const char __user *buf, size_t count, loff_t *ppos)
{
	const struct shown *shown = file_inode(file)->i_private;
	char text[16];
	size_t len = min(count, sizeof(text) - 1);
	int rc;

	if (!count)
		return 0;
	if (copy_from_user(text, buf, len))
		return -EFAULT;
	text[len] = '\0';
	/* Root may open any file to write. */
	rc = shown->write ? shown->write(text) : -EINVAL;
	return rc ?: count;
}

static const struct file_operations file_fops = {
	.owner		= THIS_MODULE,
	.open		= file_open,
	.release	= file_release,
	.read		= seq_read,
	.write		= file_write,
	.llseek		= seq_lseek,
};

/* Coming and going ---------------------------------------------------------- */

/* F: files_mutex: init, exit and the notifier; inside no lock of ours, around none */
static DEFINE_MUTEX(files_mutex);
static bool wanted;		/* F: we are neither being loaded nor removed */
static bool aside;		/* F: libcfs is being loaded, and makes the folder */
static bool made;		/* F: the folder is ours */

static void files_add(void)
{
	struct dentry *dir = debugfs_lookup(LNET_NAME, NULL);
	bool found = !IS_ERR_OR_NULL(dir);
	unsigned int i;

	lockdep_assert_held(&files_mutex);
	if (!found)
		dir = debugfs_create_dir(LNET_NAME, NULL);
	/* Of a kernel without debugfs, too. */
	if (IS_ERR(dir))
		return;
	made = !found;
	for (i = 0; i < ARRAY_SIZE(files); i++)
		debugfs_create_file(files[i].name, files[i].mode, dir, (void *)&files[i],
				    &file_fops);
	if (found)
		dput(dir);
}

static void files_remove(void)
{
	struct dentry *dir = debugfs_lookup(LNET_NAME, NULL), *file;
	unsigned int i;

	lockdep_assert_held(&files_mutex);
	if (IS_ERR_OR_NULL(dir))
		return;
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		file = debugfs_lookup(files[i].name, dir);
		/* One of that name may be of another module. */
		if (file && d_inode(file)->i_private == &files[i])
			debugfs_remove(file);
		dput(file);
	}
	if (made)
		debugfs_remove(dir);
	made = false;
	dput(dir);
}

static void files_want(bool now)
{
	mutex_lock(&files_mutex);
	wanted = now;
	if (!now)
		files_remove();
	else if (!aside)
		files_add();
	mutex_unlock(&files_mutex);
}

/*
 * libcfs comes after us, so it does not depend on us nor we on it. It is told of before its first
 * and after its last function runs.
 */
static int files_on_module(struct notifier_block *nb, unsigned long state, void *data)
{
	const struct module *module = data;

	if (strcmp(module->name, "libcfs"))
		return NOTIFY_DONE;
	if (state != MODULE_STATE_COMING && state != MODULE_STATE_LIVE &&
	    state != MODULE_STATE_GOING)
		return NOTIFY_DONE;
	mutex_lock(&files_mutex);
	aside = state == MODULE_STATE_COMING;
	if (wanted && aside)
		files_remove();
	else if (wanted)
		files_add();
	mutex_unlock(&files_mutex);
	return NOTIFY_DONE;
}

static struct notifier_block files_nb = { .notifier_call = files_on_module };

/**
 * lnet_files_init() - make the files; a kernel without debugfs has none
 *
 * Context: task; may sleep; as the module is loaded.
 * Return: 0, or what the kernel refuses to tell of modules with.
 */
int __init lnet_files_init(void)
{
	int rc;

	/* First, so that none is missed. */
	rc = register_module_notifier(&files_nb);
	if (!rc)
		files_want(true);
	return rc;
}

/**
 * lnet_files_exit() - remove the files
 *
 * Context: task; may sleep; as the module is removed.
 */
void lnet_files_exit(void)
{
	files_want(false);
	unregister_module_notifier(&files_nb);
}
