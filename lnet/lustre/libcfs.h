/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What we use of libcfs.ko, the module of Lustre that its others stand on, if it is there:
 * a weak symbol that no loaded module exports has the address 0. If libcfs is loaded first,
 * its symbols are found, and it stays until lnet_lustre.ko is unloaded. depmod knows that
 * order, so modprobe keeps it.
 *
 * Use none of these symbols but by libcfs_symbol(), and look at each address before use.
 */
#ifndef _LNET_LUSTRE_LIBCFS_H
#define _LNET_LUSTRE_LIBCFS_H

#include <linux/atomic.h>
#include <linux/compiler.h>

/* Bytes that Lustre's modules have allocated; what one of them frees must be in it. */
extern atomic64_t libcfs_kmem __weak;

/* Module parameters of libcfs: partitions of CPUs, by number and by pattern. */
extern int cpu_npartitions __weak;
extern char *cpu_pattern __weak;

/*
 * The address of one of them, or NULL. It comes from a word of data, which the module loader
 * fills in. Code that names a weak symbol itself may look up the address in a table (GOT), as
 * its instructions cannot make every address and 0 as well: so gcc does for 64-bit Arm, where
 * modules have no such table and the loader refuses them. READ_ONCE() keeps the compiler from
 * naming the symbol in the code after all.
 */
#define libcfs_symbol(name)				\
({							\
	static typeof(name) *const _address = &(name);	\
							\
	READ_ONCE(_address);				\
})

#endif /* _LNET_LUSTRE_LIBCFS_H */
