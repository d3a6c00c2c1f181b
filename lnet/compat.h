/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between the kernels and machines that we build for (6.1, 6.12, 7.2).
 * Only this file may test the kernel's version. Test for a macro instead where there
 * is one, because stable trees backport.
 */
#ifndef _LNET_COMPAT_H
#define _LNET_COMPAT_H

#include <linux/compiler.h>
#include <linux/kconfig.h>
#include <linux/types.h>
#include <linux/version.h>

#include <asm/barrier.h>

/*
 * Barriers for memory that CPUs share. User Mode Linux compiles the usual ones to a
 * fence instruction each, as a device would need. On x86, which it runs on, a compiler
 * barrier is enough, and other x86 kernels use one. Without this a message to a unique
 * ME takes 188 ns there instead of 131 (performance.rst).
 */
static __always_inline void lnet_smp_wmb(void)
{
	if (IS_ENABLED(CONFIG_UML) && IS_ENABLED(CONFIG_X86_64))
		barrier();
	else
		smp_wmb();	/* the callers say what it orders */
}

static __always_inline void lnet_smp_rmb(void)
{
	if (IS_ENABLED(CONFIG_UML) && IS_ENABLED(CONFIG_X86_64))
		barrier();
	else
		smp_rmb();	/* the callers say what it orders */
}

/* The usual one is a full fence on User Mode Linux too, which costs as much as a lock. */
static __always_inline void lnet_smp_store_release(u32 *p, u32 v)
{
	if (IS_ENABLED(CONFIG_UML) && IS_ENABLED(CONFIG_X86_64)) {
		barrier();
		WRITE_ONCE(*p, v);
	} else {
		smp_store_release(p, v);	/* the callers say what it pairs with */
	}
}

static __always_inline void lnet_smp_store_release64(u64 *p, u64 v)
{
	if (IS_ENABLED(CONFIG_UML) && IS_ENABLED(CONFIG_X86_64)) {
		barrier();
		WRITE_ONCE(*p, v);
	} else {
		smp_store_release(p, v);	/* the callers say what it pairs with */
	}
}

/*
 * The function that the network calls when it is done with pages that it was given.
 * From 6.10 on it stands in a table of operations; before, a pointer to it is stored.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define LNET_UBUF_OPS(name, fn) \
	static const struct ubuf_info_ops name = { .complete = fn }
#define lnet_ubuf_set_ops(ubuf, name)	((ubuf)->ops = &(name))
#else
#define LNET_UBUF_OPS(name, fn) \
	static void (*const name)(struct sk_buff *, struct ubuf_info *, bool) = fn
#define lnet_ubuf_set_ops(ubuf, name)	((ubuf)->callback = (name))
#endif

/*
 * Make a kernel socket hold a reference of its network namespace, as a process's socket
 * does. Older kernels have no function for it, and some stable ones got it later, so
 * Kbuild looks into the kernel's header.
 */
#ifdef LNET_HAVE_SK_NET_REFCNT_UPGRADE
#define lnet_sk_hold_net(sk)	sk_net_refcnt_upgrade(sk)
#else
#define lnet_sk_hold_net(sk)						\
	do {								\
		struct sock *__sk = (sk);				\
									\
		__sk->sk_net_refcnt = 1;				\
		get_net_track(sock_net(__sk), &__sk->ns_tracker, GFP_KERNEL); \
		sock_inuse_add(sock_net(__sk), 1);			\
	} while (0)
#endif

/*
 * CRC-32C, not inverted at either end, with <linux/crc32.h> included. It had another name as long
 * as crc32c() was one that goes through the crypto API.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
#define lnet_crc32c(crc, data, len)	crc32c(crc, data, len)
#else
#define lnet_crc32c(crc, data, len)	__crc32c_le(crc, data, len)
#endif

#endif /* _LNET_COMPAT_H */
