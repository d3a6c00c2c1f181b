// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/lnet: commands from user space. A write is one command, and reading from the same open
 * file gives its answer. Each open file is a session of its own.
 *
 *	write	ping <NID> [<time-out, ms>]
 *	read	rtt_ns <n>           or, if there is no answer,
 *		features <hex>       error <errno> <words>
 *		pid <n>
 *		<NID> up|down|<n>    for each NI of the node
 *
 * A write fails if it is no command; the answer to it is an error, too. The errors of a command
 * that is carried out are in the answer only. So a caller can tell a wrong NID from a network
 * that refuses the message, and a shell does not repeat a ping that a signal has ended.
 *
 * The name is that of Lustre's device. What is said in ioctls there goes to another module, if it
 * asks for it; LNetCtl() carries some of them out for clients in the kernel.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "show/device.h"
#include "hooks/alloc.h"
#include "lnet.h"
#include "network/pinger.h"

#include <lnet/api.h>
#include <lnet/lnd.h>
#include <lnet/nid.h>

#include <linux/capability.h>
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/kstrtox.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define BLANKS	" \t"

enum {
	LINE_BYTES	= 80,
	TIMEOUT_MS	= 5000,
	TIMEOUT_MAX_MS	= 600000,
};

/*
 * State of an open file. S: under @mutex. Threads that share an open file share its position,
 * too: one that reads while another writes may get the rest of the other's answer.
 */
struct session {
	struct mutex mutex;		/* S */
	bool asked;			/* S: */
	int rc;				/* S: result of the last command; if 0: */
	u64 rtt_ns;			/* S: */
	struct lnet_ping_info info;	/* S: */
};

static struct session *session_of(struct file *file)
{
	return ((struct seq_file *)file->private_data)->private;
}

/* Answers ------------------------------------------------------------------ */

static void session_show_answer(struct seq_file *m, const struct session *s)
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

/* Called by seq_read() and seq_lseek(), which are called with the session's mutex. */
static int session_show(struct seq_file *m, void *v)
{
	struct session *s = m->private;

	lockdep_assert_held(&s->mutex);
	if (s->asked && s->rc)
		seq_printf(m, "error %d %s\n", -s->rc, lnet_error_text(s->rc));
	else if (s->asked)
		session_show_answer(m, s);
	return 0;
}

/* Commands ----------------------------------------------------------------- */

/*
 * Parse what follows "ping", which is modified, or is NULL. Return 0, and lnet_nid_put() is to
 * follow; or -EINVAL.
 */
static int command_parse_ping(char *words, struct lnet_process_id *target,
			      unsigned int *timeout_ms)
{
	struct lnet_nid nid;
	char *name;

	if (!words)
		return -EINVAL;
	words = skip_spaces(words);
	name = strsep(&words, BLANKS);
	*timeout_ms = TIMEOUT_MS;
	if (words && kstrtouint(skip_spaces(words), 10, timeout_ms))
		return -EINVAL;
	if (!*timeout_ms || *timeout_ms > TIMEOUT_MAX_MS || lnet_nid_parse(name, &nid))
		return -EINVAL;
	target->nid = lnet_nid_shorten(&nid);
	target->pid = LNET_PID_LUSTRE;
	return target->nid == LNET_NID_ANY ? -EINVAL : 0;
}

/* Carry out a line, which is modified. Return 0 or, if it is no command, -EINVAL. */
static int command_run(struct session *s, char *line)
{
	struct lnet_process_id target;
	unsigned int timeout_ms;
	char *words = strim(line), *name = strsep(&words, BLANKS);

	lockdep_assert_held(&s->mutex);
	if (strcmp(name, "ping") || command_parse_ping(words, &target, &timeout_ms))
		return -EINVAL;
	lnet_ping_info_put(&s->info);
	s->rc = lnet_pinger_ping(LNET_NID_ANY, target, timeout_ms, &s->info, &s->rtt_ns);
	lnet_nid_put(target.nid);
	return 0;
}

/* @line has room for LINE_BYTES and a NUL. */
static int command_copy(char *line, const char __user *buf, size_t count)
{
	if (count > LINE_BYTES)
		return -EINVAL;
	if (copy_from_user(line, buf, count))
		return -EFAULT;
	line[count] = '\0';
	return 0;
}

/* Ioctls ------------------------------------------------------------------- */

static DEFINE_MUTEX(other_mutex);		/* O */
static const struct lnet_device_other *other;	/* O: or NULL */

/**
 * lnet_device_set_other() - set what is done with ioctls
 * @to: what another module does, which is not called any more once the module begins to go; NULL:
 *	ioctls fail with -ENOTTY. The module sets NULL as it goes.
 *
 * Context: task; may sleep.
 */
void lnet_device_set_other(const struct lnet_device_other *to)
{
	mutex_lock(&other_mutex);
	other = to;
	mutex_unlock(&other_mutex);
}
EXPORT_SYMBOL_GPL(lnet_device_set_other);

/* The other module, with a reference of it, or NULL. */
static const struct lnet_device_other *other_get(void)
{
	const struct lnet_device_other *o;

	mutex_lock(&other_mutex);
	o = other;
	if (o && !try_module_get(o->owner))
		o = NULL;
	mutex_unlock(&other_mutex);
	return o;
}

/* Processes of 32 bits have other layouts; there is no compat_ioctl, so they get ENOTTY. */
static long session_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	const struct lnet_device_other *o = other_get();
	struct module *owner;
	long rc;

	if (!o)
		return -ENOTTY;
	/* An open file keeps this module, so the reference may go here. */
	owner = o->owner;
	rc = o->ioctl(cmd, (void __user *)arg);
	module_put(owner);
	return rc;
}

/* The device --------------------------------------------------------------- */

static ssize_t session_write(struct file *file, const char __user *buf, size_t count,
			     loff_t *ppos)
{
	struct session *s = session_of(file);
	char line[LINE_BYTES + 1];
	int copied = command_copy(line, buf, count);
	int rc;

	rc = mutex_lock_interruptible(&s->mutex);
	if (rc)
		return rc;
	rc = copied;
	if (!rc)
		rc = command_run(s, line);
	if (rc)
		s->rc = rc;
	s->asked = true;
	mutex_unlock(&s->mutex);
	/* The next read begins at the start of this answer, also if this write fails. */
	*ppos = 0;
	file->f_pos = 0;
	return rc ?: count;
}

/*
 * A command may take minutes, and a reader that waits for it must not hold the lock of the seq_file
 * meanwhile: others would wait for that, deaf to signals.
 */
static ssize_t session_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	struct session *s = session_of(file);
	ssize_t rc;

	rc = mutex_lock_interruptible(&s->mutex);
	if (rc)
		return rc;
	rc = seq_read(file, buf, count, ppos);
	mutex_unlock(&s->mutex);
	return rc;
}

static loff_t session_llseek(struct file *file, loff_t offset, int whence)
{
	struct session *s = session_of(file);
	loff_t rc;

	rc = mutex_lock_interruptible(&s->mutex);
	if (rc)
		return rc;
	rc = seq_lseek(file, offset, whence);
	mutex_unlock(&s->mutex);
	return rc;
}

static int session_open(struct inode *inode, struct file *file)
{
	struct session *s;
	int rc;

	/*
	 * The mode keeps users out, but not the root of a container, which may have no rights over
	 * this node and still be given the device, or make it. A ping makes this node connect, from
	 * a privileged port, to an address that the caller chooses. Later calls are not checked: a
	 * process that hands an open file on lends its right, and a privileged program that is
	 * tricked into writing to an open file adds none to it.
	 */
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	s = lnet_alloc(kzalloc(sizeof(*s), GFP_KERNEL));
	if (!s)
		return -ENOMEM;
	mutex_init(&s->mutex);
	/* The misc driver has left its device there; a seq_file wants the place empty. */
	file->private_data = NULL;
	rc = single_open(file, session_show, s);
	if (rc)
		kfree(s);
	return rc;
}

static int session_release(struct inode *inode, struct file *file)
{
	struct session *s = session_of(file);

	mutex_destroy(&s->mutex);
	lnet_ping_info_put(&s->info);
	kfree(s);
	return single_release(inode, file);
}

static const struct file_operations device_fops = {
	.owner		= THIS_MODULE,	/* lnet.ko stays while a file is open */
	.open		= session_open,
	.release	= session_release,
	.read		= session_read,
	.write		= session_write,
	.llseek		= session_llseek,
	.unlocked_ioctl	= session_ioctl,
};

/*
 * The minor is dynamic, so there can be no node before the module is loaded, and no alias by which
 * opening one would load it.
 */
static struct miscdevice device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= LNET_NAME,
	.fops	= &device_fops,
	.mode	= 0600,
};

/**
 * lnet_device_init() - make the device; from then on it may be opened
 *
 * Context: task; may sleep.
 * Return: 0; -EBUSY: there is a device of that name, which is logged, or no minor number is left;
 * -ENOMEM.
 */
int lnet_device_init(void)
{
	int rc = lnet_alloc_rc(misc_register(&device));

	/* modprobe takes EEXIST for success: the module would be loaded already. */
	if (rc != -EEXIST)
		return rc;
	pr_err("there is a device lnet already: remove the module of Lustre that has it, such as libcfs\n");
	return -EBUSY;
}

/**
 * lnet_device_exit() - remove the device, which no process has open
 *
 * Context: task; may sleep.
 */
void lnet_device_exit(void)
{
	misc_deregister(&device);
}
