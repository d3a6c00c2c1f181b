// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/lnet_rpc: an object of the server as a file. Opened for writing, the
 * object is replaced; opened for reading, it is there. Not both at once, and
 * no appending.
 */
#include "client.h"

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

static int device_open(struct inode *inode, struct file *file)
{
	bool writing = file->f_mode & FMODE_WRITE;
	struct rpcc_file *f;

	if (writing && (file->f_mode & FMODE_READ || file->f_flags & O_APPEND))
		return -EINVAL;
	f = rpcc_file_open(writing);
	if (IS_ERR(f))
		return PTR_ERR(f);
	file->private_data = f;
	return 0;
}

static int device_release(struct inode *inode, struct file *file)
{
	rpcc_file_close(file->private_data);
	return 0;
}

static int device_flush(struct file *file, fl_owner_t id)
{
	return rpcc_file_flush(file->private_data);
}

static int device_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	return rpcc_file_flush(file->private_data);
}

static ssize_t device_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	ssize_t n = rpcc_file_read(iocb->ki_filp->private_data, iocb->ki_pos, to);

	if (n > 0)
		iocb->ki_pos += n;
	return n;
}

static ssize_t device_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	ssize_t n = rpcc_file_write(iocb->ki_filp->private_data, iocb->ki_pos, from);

	if (n > 0)
		iocb->ki_pos += n;
	return n;
}

static loff_t device_llseek(struct file *file, loff_t offset, int whence)
{
	struct rpcc_file *f = file->private_data;
	int rc = rpcc_file_lock(f);
	u64 size;

	if (rc)
		return rc;
	if (whence != SEEK_SET && whence != SEEK_CUR && !f->writing)
		rc = rpcc_file_stat_locked(f);
	size = f->size;
	mutex_unlock(&f->lock);
	if (rc)
		return rc;
	return generic_file_llseek_size(file, offset, whence, RPC_MAX_SIZE, size);
}

static const struct file_operations device_ops = {
	.owner		= THIS_MODULE,
	.open		= device_open,
	.release	= device_release,
	.flush		= device_flush,
	.fsync		= device_fsync,
	.read_iter	= device_read_iter,
	.write_iter	= device_write_iter,
	.llseek		= device_llseek,
};

static struct miscdevice device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "lnet_rpc",
	.fops	= &device_ops,
	.mode	= 0600,
};

int rpcc_device_init(void)
{
	return misc_register(&device);
}

void rpcc_device_exit(void)
{
	misc_deregister(&device);
}
