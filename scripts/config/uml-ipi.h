/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included ahead of smp.c, signal.c and time.c of arch/um/os-Linux in the debug test
 * kernel, and no other file's (__UM_HOST__).
 *
 * User Mode Linux with several CPUs asks its host to block the signal of other CPUs each
 * time that interrupts are turned off, and to unblock it when they are turned on: two
 * system calls for each spin_lock_irqsave(), which are half of all that a guest does
 * where a system call is slow. Here it is done as for the signals of timers and devices:
 * one that comes while interrupts are off is noted, and handled when they are on.
 *
 *	smp.c		has the handler, which notes it
 *	signal.c	turns interrupts on, and looks whether one is noted
 *	time.c		looks, too, before it sleeps; both signals are blocked there
 *
 * The notes are those of this CPU, and only its own thread and signals change them.
 */
#ifdef __UM_HOST__

#include <stdlib.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <kern_util.h>
#include <os.h>

#define UML_IPI		SIGRTMIN

extern __thread int signals_enabled;
extern __thread volatile unsigned long uml_noted_ipis;	/* a bit for each kind */
void uml_handle_noted_ipis(void);

#ifdef UML_IPI_IN_smp

__thread volatile unsigned long uml_noted_ipis;
static void (*uml_handle_ipi)(int sig, siginfo_t *si, void *uc);

void uml_handle_noted_ipis(void)
{
	unsigned long noted;
	siginfo_t si;
	int kind;

	while ((noted = __atomic_exchange_n(&uml_noted_ipis, 0, __ATOMIC_SEQ_CST))) {
		for (kind = 0; noted >> kind; kind++) {
			if (!(noted >> kind & 1))
				continue;
			si.si_value.sival_int = kind;
			uml_handle_ipi(UML_IPI, &si, NULL);
		}
	}
}

static void uml_take_ipi(int sig, siginfo_t *si, void *uc)
{
	if (!signals_enabled) {
		__atomic_fetch_or(&uml_noted_ipis, 1UL << si->si_value.sival_int,
				  __ATOMIC_SEQ_CST);
		return;
	}
	uml_handle_ipi(sig, si, uc);
	uml_handle_noted_ipis();
}

/* Its handler is ours, and another one may come meanwhile. */
static inline int uml_set_ipi_handler(int sig, struct sigaction *action)
{
	uml_handle_ipi = action->sa_sigaction;
	action->sa_sigaction = uml_take_ipi;
	action->sa_flags |= SA_NODEFER;
	sigdelset(&action->sa_mask, UML_IPI);
	return sigaction(sig, action, NULL);
}

#define sigaction(sig, new, old)	uml_set_ipi_handler(sig, new)
/* A new CPU begins with interrupts off, not with the signal blocked. */
#define sigaddset(set, sig)		((sig) == UML_IPI ? 0 : sigaddset(set, sig))

#endif

#ifdef UML_IPI_IN_signal

#define os_local_ipi_disable()		((void)0)
#define os_local_ipi_enable()						\
	do {								\
		if (uml_noted_ipis)					\
			uml_handle_noted_ipis();			\
	} while (0)

#endif

#ifdef UML_IPI_IN_time

static inline int uml_idle_sigprocmask(int how, sigset_t *set)
{
	sigaddset(set, UML_IPI);
	return sigprocmask(how, set, NULL);
}

#define sigprocmask(how, set, old)	uml_idle_sigprocmask(how, set)
#define uml_need_resched()		(uml_need_resched() || uml_noted_ipis)

#endif

#endif /* __UM_HOST__ */
