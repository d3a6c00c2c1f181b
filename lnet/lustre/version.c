// SPDX-License-Identifier: GPL-2.0
/*
 * Look at each module that is loaded on top of this one. Structures of the handler interface
 * have other layouts in other versions of Lustre, and symbols do not tell: a module built for
 * one of them would load, and corrupt memory. But each module of Lustre has its version in its
 * modinfo.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "lustre/version.h"

#include <linux/elf.h>
#include <linux/export.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#define SPOKEN	"2.17."

static bool any_version;
module_param(any_version, bool, 0644);
MODULE_PARM_DESC(any_version, "Modules of other versions of Lustre than 2.17 may be loaded on this one: 0 or 1 (default 0)");

/* A module without a version is not Lustre's. */
static bool version_is_spoken(const char *version)
{
	return !version || strstarts(version, SPOKEN);
}

/*
 * Does a module that is being loaded use our symbols? They are resolved by now, and its whole table
 * of symbols is there. A kernel without such tables does not know.
 */
static bool version_concerns(const struct module *mod)
{
	bool found = false;
#ifdef CONFIG_KALLSYMS
	const struct mod_kallsyms *table;
	unsigned int i;

	rcu_read_lock();
	table = rcu_dereference(mod->kallsyms);
	for (i = 0; table && i < table->num_symtab && !found; i++)
		found = table->symtab[i].st_shndx == SHN_UNDEF &&
			within_module(table->symtab[i].st_value, THIS_MODULE);
	rcu_read_unlock();
#endif
	return found;
}

static int version_check(struct notifier_block *nb, unsigned long action, void *data)
{
	struct module *mod = data;

	if (action != MODULE_STATE_COMING || version_is_spoken(mod->version) ||
	    !version_concerns(mod))
		return NOTIFY_OK;
	if (any_version) {
		pr_warn("%s is of Lustre %s, not %sx: any_version=1 lets it in, and memory may be corrupted\n",
			mod->name, mod->version, SPOKEN);
		return NOTIFY_OK;
	}
	pr_err("%s is of Lustre %s, whose structures may differ from those of Lustre %sx, which are the ones known here: install Lustre %sx, or use the lnet.ko that came with %s\n",
	       mod->name, mod->version, SPOKEN, SPOKEN, mod->name);
	return notifier_from_errno(-ENOEXEC);
}

static struct notifier_block version_notifier = { .notifier_call = version_check };

/*
 * A kernel with MODVERSIONS compares a checksum of each symbol's type with that which a module was
 * built with. Lustre's modules were built with those of their own lnet.ko, whose private structures
 * are part of them, so they cannot agree. The kernel takes a symbol that has no checksum as it is;
 * so these are forgotten, and version_check() says what may be loaded. The kernel reads the pointer
 * when it resolves a symbol. A module that is loaded at this moment, and was not made to wait for
 * this one by its loader, may still be refused.
 */
static void version_forget_checksums(void)
{
#ifdef CONFIG_MODVERSIONS
	WRITE_ONCE(THIS_MODULE->crcs, NULL);
#endif
}

/**
 * lnet_version_init() - look at each module that is loaded from now on
 *
 * Context: while the module loads.
 * Return: 0 or -errno.
 */
int lnet_version_init(void)
{
	int rc = register_module_notifier(&version_notifier);

	if (!rc)
		version_forget_checksums();
	return rc;
}

/**
 * lnet_version_exit() - look at no module any more
 *
 * Context: task; may sleep.
 */
void lnet_version_exit(void)
{
	unregister_module_notifier(&version_notifier);
}
