// SPDX-License-Identifier: GPL-2.0
/*
 * The files of sysfs by which the core tells an operator about itself, read and written.
 */
#include "common.h"

#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/kstrtox.h>
#include <linux/string.h>

static struct file *sysfs_open(const char *path, int flags)
{
	char name[160];

	if (snprintf(name, sizeof(name), "/sys/kernel/lnet/%s", path) >=
	    sizeof(name))
		return ERR_PTR(-ENAMETOOLONG);
	return filp_open(name, flags, 0);
}

/**
 * lt_sysfs_read() - read a file as an operator would
 * @path: the path of the file below /sys/kernel/lnet
 * @buf: memory for the text, which ends with a zero, without the newline
 * @size: how long @buf is, bytes
 *
 * Context: Task; may sleep.
 * Return: the number of bytes read, -ENAMETOOLONG, or what opening or reading the file gives.
 */
int lt_sysfs_read(const char *path, char *buf, size_t size)
{
	struct file *file = sysfs_open(path, O_RDONLY);
	loff_t pos = 0;
	ssize_t n;

	if (IS_ERR(file))
		return PTR_ERR(file);
	n = kernel_read(file, buf, size - 1, &pos);
	filp_close(file, NULL);
	if (n < 0)
		return n;
	buf[n] = '\0';
	strim(buf);
	return n;
}
EXPORT_SYMBOL_GPL(lt_sysfs_read);

/**
 * lt_sysfs_write() - write a file as an operator would
 * @path: the path of the file below /sys/kernel/lnet
 * @text: the text
 *
 * Context: Task; may sleep.
 * Return: 0, -ENAMETOOLONG, or what opening or writing the file gives.
 */
int lt_sysfs_write(const char *path, const char *text)
{
	struct file *file = sysfs_open(path, O_WRONLY);
	loff_t pos = 0;
	ssize_t n;

	if (IS_ERR(file))
		return PTR_ERR(file);
	n = kernel_write(file, text, strlen(text), &pos);
	filp_close(file, NULL);
	return n < 0 ? n : 0;
}
EXPORT_SYMBOL_GPL(lt_sysfs_write);

/**
 * lt_sysfs_u64() - read a number of sysfs
 * @test: the case, which ends if the file has none
 * @path: the path of the file below /sys/kernel/lnet
 *
 * Context: The task of the case; may sleep.
 * Return: the number.
 */
u64 lt_sysfs_u64(struct kunit *test, const char *path)
{
	char buf[64];
	u64 value;
	int rc;

	rc = lt_sysfs_read(path, buf, sizeof(buf));
	KUNIT_ASSERT_GT_MSG(test, rc, 0, "reading %s", path);
	KUNIT_ASSERT_EQ_MSG(test, kstrtou64(buf, 0, &value), 0,
			    "%s is '%s'", path, buf);
	return value;
}
EXPORT_SYMBOL_GPL(lt_sysfs_u64);

/* The value that a parameter of lnet.ko had before. */
struct param {
	char path[64];
	char value[32];
};

static void undo_param(void *arg)
{
	struct param *p = arg;

	lt_sysfs_write(p->path, p->value);
}

/**
 * lt_param() - set a parameter of lnet.ko until the case is over
 * @test: the case, which ends if that fails
 * @name: the name of the parameter
 * @value: the new value
 *
 * Context: The task of the case; may sleep.
 */
void lt_param(struct kunit *test, const char *name, const char *value)
{
	struct param *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	snprintf(p->path, sizeof(p->path), "../../module/lnet/parameters/%s",
		 name);
	KUNIT_ASSERT_GT(test, lt_sysfs_read(p->path, p->value,
					    sizeof(p->value)), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, undo_param, p), 0);
	KUNIT_ASSERT_EQ(test, lt_sysfs_write(p->path, value), 0);
}
EXPORT_SYMBOL_GPL(lt_param);

/**
 * lt_skip_delivery() - end the case here under one delivery scheme
 * @test: the case, which is skipped then
 * @scheme: the name of the scheme
 * @reason: why the case proves nothing under it
 *
 * Context: The task of the case; may sleep.
 */
void lt_skip_delivery(struct kunit *test, const char *scheme, const char *reason)
{
	char now[32];

	KUNIT_ASSERT_GT(test,
			lt_sysfs_read("../../module/lnet/parameters/delivery",
				      now, sizeof(now)), 0);
	if (!strcmp(now, scheme))
		kunit_skip(test, "delivery=%s: %s", scheme, reason);
}
EXPORT_SYMBOL_GPL(lt_skip_delivery);
