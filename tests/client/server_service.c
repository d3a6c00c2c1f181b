// SPDX-License-Identifier: GPL-2.0
/* The service threads: each takes a request, serves it, and takes the next. */
#include "server.h"

#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mm.h>

/**
 * struct service - the one service
 * @nthreads: how many
 * @threads: and what they work with
 *
 * Changed only while the module loads and unloads.
 */
struct service {
	unsigned int nthreads;
	struct rpcs_work *threads[RPCS_MAX_THREADS];
};

static struct service service;

static int service_thread(void *arg)
{
	struct rpcs_work *work = arg;

	while (rpcs_portal_next(work))
		rpcs_request_serve(work);
	return 0;
}

static struct rpcs_work *work_alloc(void)
{
	struct rpcs_work *work = kvzalloc(sizeof(*work), GFP_KERNEL);

	if (!work)
		return NULL;
	spin_lock_init(&work->transfer.lock);
	init_waitqueue_head(&work->transfer.waitq);
	return work;
}

/* May sleep. 0, or -errno with no thread left. */
int rpcs_service_start(void)
{
	while (service.nthreads < rpcs_settings.threads) {
		struct rpcs_work *work = work_alloc();
		struct task_struct *task;

		if (!work) {
			rpcs_service_stop();
			return -ENOMEM;
		}
		task = kthread_run(service_thread, work, "lnet_rpcs/%u",
				   service.nthreads);
		if (IS_ERR(task)) {
			kvfree(work);
			rpcs_service_stop();
			return PTR_ERR(task);
		}
		work->task = task;
		service.threads[service.nthreads++] = work;
	}
	return 0;
}

/* Requests in hand are cut short. May sleep. */
void rpcs_service_stop(void)
{
	while (service.nthreads) {
		struct rpcs_work *work = service.threads[--service.nthreads];

		kthread_stop(work->task);
		kvfree(work);
	}
}
