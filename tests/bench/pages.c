// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that messages of the suite "tcp" are made of, and getting it back: it is
 * ours again when LNet has said so, which it does at the latest when the LND gives
 * the connection up.
 */
#include "bench.h"
#include "tcp.h"

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

enum {
	REPORT_S	= 5,		/* how often we say what we wait for */
	FREE_TRIES	= 100,
	FREE_MS		= 10,		/* between two of them */
};

int bench_pages_init(struct bench_pages *pages)
{
	unsigned int i;

	pages->memory = vzalloc(LNET_MTU);
	if (!pages->memory)
		return -ENOMEM;
	for (i = 0; i < LNET_MAX_IOV; i++) {
		pages->kiov[i].bv_page = vmalloc_to_page(pages->memory + i * PAGE_SIZE);
		pages->kiov[i].bv_offset = 0;
		pages->kiov[i].bv_len = PAGE_SIZE;
	}
	return 0;
}

void bench_pages_exit(struct bench_pages *pages)
{
	vfree(pages->memory);
	pages->memory = NULL;
}

/* Wait for the last event of MDs that were unlinked: without it the module cannot go. */
void bench_drain(struct completion *drained, const char *what)
{
	while (!wait_for_completion_timeout(drained, REPORT_S * HZ))
		pr_info("waiting until LNet is done with %s\n", what);
}

/* -EBUSY at first, maybe: the MD of the last event counts until after our handler. */
static void end_free_eq(struct lnet_handle_eq eq)
{
	unsigned int tries;
	int rc = -EBUSY;

	for (tries = 0; tries < FREE_TRIES && rc == -EBUSY; tries++) {
		if (tries)
			msleep(FREE_MS);
		rc = LNetEQFree(eq);
	}
	if (rc)
		pr_err("LNetEQFree: error %d\n", rc);
}

/* Memory, and an EQ for the events of what is done with it. 0 or -errno. */
int bench_end_init(struct bench_end *end, lnet_eq_handler_t handler)
{
	int rc;

	rc = bench_pages_init(&end->pages);
	if (rc)
		return rc;
	rc = LNetEQAlloc(0, handler, &end->eq);
	if (rc)
		bench_pages_exit(&end->pages);
	return rc;
}

/* No MD of it is left: see bench_drain(). */
void bench_end_exit(struct bench_end *end)
{
	end_free_eq(end->eq);
	bench_pages_exit(&end->pages);
}
