/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels and machines we build for (6.1, 6.12, 7.2).
 * The only file that may test for a version; what is a macro is probed
 * instead, as stable trees backport.
 */
#ifndef _LNET_COMPAT_H
#define _LNET_COMPAT_H

#include <linux/compiler.h>
#include <linux/kconfig.h>
#include <linux/types.h>
#include <linux/version.h>

#include <asm/barrier.h>

/*
 * Barriers for memory that CPUs share. User Mode Linux makes of the usual ones
 * what a device would need, a fence instruction each; the machine is an x86, where
 * the compiler alone has to be told, as other kernels know. Without this a message
 * to a unique ME takes 188 ns there instead of 131 (performance.rst).
 */
static __always_inline void lnet_smp_wmb(void)
{
	if (IS_ENABLED(CONFIG_UML) && IS_ENABLED(CONFIG_X86_64))
		barrier();
	else
		smp_wmb();	/* what it is for, its callers say */
}

static __always_inline void lnet_smp_rmb(void)
{
	if (IS_ENABLED(CONFIG_UML) && IS_ENABLED(CONFIG_X86_64))
		barrier();
	else
		smp_rmb();	/* what it is for, its callers say */
}

/* A full fence on User Mode Linux, again, as long as taking a lock. */
static __always_inline void lnet_smp_store_release(u32 *p, u32 v)
{
	if (IS_ENABLED(CONFIG_UML) && IS_ENABLED(CONFIG_X86_64)) {
		barrier();
		WRITE_ONCE(*p, v);
	} else {
		smp_store_release(p, v);	/* its callers say with what it pairs */
	}
}

/*
 * What is called when the network is done with pages that it was given: a table
 * with one function, and before that the function.
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
 * A socket of the kernel holds its network namespace from now on, as one of a process
 * does. Older kernels have no word for it, and stable ones got it in between: Kbuild
 * looks into the header.
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

#endif /* _LNET_COMPAT_H */
