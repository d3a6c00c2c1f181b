// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/lnet_puppet: every open file is a session of its own. write(2) takes
 * one command and returns when it is carried out; read(2) gives lines, those
 * of answers and of events in the order in which they came.
 */
#include "puppet.h"

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/string.h>

static int device_open(struct inode *inode, struct file *file)
{
	struct puppet_session *s = puppet_session_open();

	if (IS_ERR(s))
		return PTR_ERR(s);
	file->private_data = s;
	return stream_open(inode, file);
}

static int device_release(struct inode *inode, struct file *file)
{
	puppet_session_close(file->private_data);
	return 0;
}

static ssize_t device_read(struct file *file, char __user *to, size_t count, loff_t *pos)
{
	return puppet_session_read(file->private_data, to, count,
				   !(file->f_flags & O_NONBLOCK));
}

static ssize_t device_write(struct file *file, const char __user *from, size_t count,
			    loff_t *pos)
{
	struct puppet_session *s = file->private_data;
	char *line;
	int rc;

	if (count > PUPPET_COMMAND_BYTES) {
		puppet_session_say(s, "error %d longer than %d bytes", -E2BIG,
				   PUPPET_COMMAND_BYTES);
		return -E2BIG;
	}
	line = memdup_user_nul(from, count);
	if (IS_ERR(line))
		return PTR_ERR(line);
	rc = puppet_command(s, line);
	kfree(line);
	return rc ?: count;
}

static __poll_t device_poll(struct file *file, poll_table *wait)
{
	struct puppet_session *s = file->private_data;

	poll_wait(file, &s->waitq, wait);
	return EPOLLOUT | EPOLLWRNORM |
	       (kfifo_is_empty(&s->lines) ? 0 : EPOLLIN | EPOLLRDNORM);
}

static const struct file_operations device_ops = {
	.owner		= THIS_MODULE,
	.open		= device_open,
	.release	= device_release,
	.read		= device_read,
	.write		= device_write,
	.poll		= device_poll,
};

static struct miscdevice device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "lnet_puppet",
	.fops	= &device_ops,
	.mode	= 0600,
};

int puppet_device_init(void)
{
	return misc_register(&device);
}

void puppet_device_exit(void)
{
	misc_deregister(&device);
}
