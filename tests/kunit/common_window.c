// SPDX-License-Identifier: GPL-2.0
/*
 * Windows (lnet/window.h) that a case opens, and no others: they are closed when
 * it ends, however it ends.
 */
#include "common.h"

static void undo_window(void *arg)
{
	lnet_window_close((long)arg);
}

/**
 * lt_window_open() - open a window until the case is over
 * @test: the case
 * @window: which
 * @plan: as for lnet_window_open()
 */
void lt_window_open(struct kunit *test, enum lnet_window window,
		    const struct lnet_window_plan *plan)
{
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, undo_window,
					       (void *)(long)window), 0);
	lnet_window_open(window, plan);
}
EXPORT_SYMBOL_GPL(lt_window_open);
