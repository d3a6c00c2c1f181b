// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/lnet/ping: write the NID of a node to ping it, and read the answer
 * from the same open file.
 *
 *	write	<NID> [<time-out, ms>]
 *	read	rtt_ns <n>           or, after a write that failed,
 *		features <hex>       error <errno>
 *		pid <n>
 *		<NID> up|down|<n>    for each NI of the node
 *
 * scripts/lnetping uses it; nothing else depends on it.
 */
#include "network/pinger.h"
#include "show/sysfs.h"

#include <lnet/api.h>
#include <lnet/lnd.h>

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

enum {
	LINE_MAX_BYTES	= 80,
	TIMEOUT_MS	= 5000,
	TIMEOUT_MAX_MS	= 600000,
};

/* State of an open file. S: under @mutex */
struct session {
	struct mutex mutex;		/* S */
	bool asked;			/* S: */
	int rc;				/* S: result of the ping; if 0: */
	u64 rtt_ns;			/* S: */
	struct lnet_ping_info info;	/* S: */
};

static void ping_show_answer(struct seq_file *m, const struct session *s)
{
	const struct lnet_ping_info *info = &s->info;
	char nid[LNET_NIDSTR_SIZE];
	u32 i;

	seq_printf(m, "rtt_ns %llu\nfeatures %#x\npid %u\n", s->rtt_ns,
		   info->features, info->pid);
	for (i = 0; i < info->nr; i++) {
		seq_printf(m, "%s ", libcfs_nid2str_r(info->ni[i].nid, nid,
						      sizeof(nid)));
		/* A node with several NIDs (multi-rail) puts a number there. */
		if (info->ni[i].status == LNET_NI_STATUS_UP ||
		    LNET_NIDNET(info->ni[i].nid) == LNET_NET_LO)
			seq_puts(m, "up\n");
		else if (info->ni[i].status == LNET_NI_STATUS_DOWN)
			seq_puts(m, "down\n");
		else
			seq_printf(m, "%u\n", info->ni[i].status);
	}
}

static int ping_show(struct seq_file *m, void *v)
{
	struct session *s = m->private;
	int rc;

	rc = mutex_lock_interruptible(&s->mutex);
	if (rc)
		return rc;
	if (s->asked && s->rc)
		seq_printf(m, "error %d\n", -s->rc);
	else if (s->asked)
		ping_show_answer(m, s);
	mutex_unlock(&s->mutex);
	return 0;
}

/* Parse a line, which is modified. Return 0 or -EINVAL. */
static int ping_read_line(char *line, struct lnet_process_id *target,
			  unsigned int *timeout_ms)
{
	char *timeout = strim(line), *nid;

	nid = strsep(&timeout, " \t");
	target->nid = libcfs_str2nid(nid);
	target->pid = LNET_PID_LUSTRE;
	if (target->nid == LNET_NID_ANY)
		return -EINVAL;

	*timeout_ms = TIMEOUT_MS;
	if (timeout && kstrtouint(skip_spaces(timeout), 10, timeout_ms))
		return -EINVAL;
	return *timeout_ms && *timeout_ms <= TIMEOUT_MAX_MS ? 0 : -EINVAL;
}

static ssize_t ping_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *ppos)
{
	struct session *s = ((struct seq_file *)file->private_data)->private;
	struct lnet_process_id target;
	unsigned int timeout_ms;
	char *line;
	int rc;

	if (count > LINE_MAX_BYTES)
		return -EINVAL;
	line = memdup_user_nul(buf, count);
	if (IS_ERR(line))
		return PTR_ERR(line);

	rc = mutex_lock_interruptible(&s->mutex);
	if (rc) {
		kfree(line);
		return rc;
	}
	rc = ping_read_line(line, &target, &timeout_ms);
	if (!rc)
		rc = lnet_pinger_ping(target, timeout_ms, &s->info, &s->rtt_ns);
	s->asked = true;
	s->rc = rc;
	mutex_unlock(&s->mutex);
	/* The next read begins at the start of this result, also if this write fails. */
	*ppos = 0;
	file->f_pos = 0;
	kfree(line);
	/* A shell repeats a write that fails with EINTR. The next read shows the error. */
	if (rc == -EINTR)
		rc = 0;
	return rc ?: count;
}

static int ping_open(struct inode *inode, struct file *file)
{
	struct session *s = kzalloc(sizeof(*s), GFP_KERNEL);
	int rc;

	if (!s)
		return -ENOMEM;
	mutex_init(&s->mutex);
	rc = single_open(file, ping_show, s);
	if (rc)
		kfree(s);
	return rc;
}

static int ping_release(struct inode *inode, struct file *file)
{
	struct session *s = ((struct seq_file *)file->private_data)->private;

	mutex_destroy(&s->mutex);
	kfree(s);
	return single_release(inode, file);
}

const struct file_operations lnet_debugfs_ping_fops = {
	.owner		= THIS_MODULE,
	.open		= ping_open,
	.release	= ping_release,
	.read		= seq_read,
	.write		= ping_write,
	.llseek		= seq_lseek,
};
