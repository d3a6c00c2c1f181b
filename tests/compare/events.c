// SPDX-License-Identifier: GPL-2.0
/*
 * Each kind of MD that Lustre's modules make, and what becomes of the messages to it: one step
 * for each rule. Every step is made with 0@lo, and with the first other NID of this node.
 */
#include "compare.h"

#include <linux/delay.h>

static struct lnet_processid us, any;

static void event_put(enum lnet_ack_req ack)
{
	struct side *a = message_side(0), *b = message_side(1);
	struct lnet_handler_md md;

	message_begin(ack == LNET_ACK_REQ ? "put with ack" : "put");
	message_describe(&md, b, 1000, 1, LNET_MD_OP_PUT);
	message_post(b, &any, 1, 0, &md, LNET_UNLINK);
	message_describe(&md, a, 600, ack == LNET_ACK_REQ ? 2 : 1, 0);
	message_bind(a, &md, LNET_UNLINK);
	message_put(a, &us, 1, 0, ack);
	message_end(ack == LNET_ACK_REQ ? 3 : 2);
}

static void event_get(void)
{
	struct side *a = message_side(0), *b = message_side(1);
	struct lnet_handler_md md;

	message_begin("get");
	message_describe(&md, b, 1000, 1, LNET_MD_OP_GET);
	message_post(b, &any, 2, 0, &md, LNET_UNLINK);
	message_describe(&md, a, 1000, 2, 0);
	message_bind(a, &md, LNET_UNLINK);
	message_get(a, &us, 2, 0);
	message_end(3);
}

/* A buffer for requests: three fill it, the fourth finds nothing. */
static void event_requests(void)
{
	struct side *b = message_side(5), *a;
	struct lnet_handler_md md;
	unsigned int i;

	message_begin("requests");
	message_describe(&md, b, 3500, LNET_MD_THRESH_INF, LNET_MD_OP_PUT | LNET_MD_MAX_SIZE);
	md.umd_max_size = 1000;
	message_post(b, &any, 0, ~0ULL, &md, LNET_UNLINK);
	for (i = 0; i < 4; i++) {
		a = message_side(i);
		message_describe(&md, a, 900 + i, 1, 0);
		message_bind(a, &md, LNET_UNLINK);
		message_put(a, &us, 77 + i, 0, LNET_NOACK_REQ);
		msleep(20);	/* one after another, also over several connections */
	}
	message_end(7);
}

static void event_too_long(void)
{
	struct side *b = message_side(1), *a = message_side(0);
	struct lnet_handler_md md;

	message_begin("too long");
	message_describe(&md, b, 3500, LNET_MD_THRESH_INF, LNET_MD_OP_PUT | LNET_MD_MAX_SIZE);
	md.umd_max_size = 1000;
	message_post(b, &any, 0, ~0ULL, &md, LNET_UNLINK);
	message_describe(&md, a, 1001, 1, 0);
	message_bind(a, &md, LNET_UNLINK);
	message_put(a, &us, 5, 0, LNET_NOACK_REQ);
	message_end(1);
	message_unlink(b);
	message_end(2);
}

/* A buffer for replies: the sender says where, and what is too long is cut. */
static void event_replies(void)
{
	static const struct { unsigned int length, offset; } put[] = {
		{ 200, 0 }, { 300, 512 }, { 600, 800 }, { 0, 1000 },
	};
	struct side *b = message_side(5), *a;
	struct lnet_handler_md md;
	unsigned int i;

	message_begin("replies");
	message_describe(&md, b, 1000, LNET_MD_THRESH_INF,
			 LNET_MD_OP_PUT | LNET_MD_MANAGE_REMOTE | LNET_MD_TRUNCATE);
	message_post(b, &any, 9, 0, &md, LNET_RETAIN);
	for (i = 0; i < ARRAY_SIZE(put); i++) {
		a = message_side(i);
		message_describe(&md, a, put[i].length, 1, 0);
		message_bind(a, &md, LNET_UNLINK);
		message_put(a, &us, 9, put[i].offset, LNET_NOACK_REQ);
		msleep(20);
	}
	message_end(8);
	message_unlink(b);
	message_unlink(b);
	message_end(9);
}

static void event_bulk(void)
{
	struct side *a = message_side(0), *b = message_side(1);
	struct lnet_handler_md md;

	message_portal = PORTAL_EXACT;
	message_begin("bulk put");
	message_describe_pages(&md, b, 4, 1, LNET_MD_OP_PUT);
	message_post(b, &us, 20, 0, &md, LNET_UNLINK);
	message_describe_pages(&md, a, 3, 2, 0);
	message_bind(a, &md, LNET_UNLINK);
	message_put(a, &us, 20, 0, LNET_ACK_REQ);
	message_end(3);

	message_begin("bulk get");
	message_describe_pages(&md, b, 4, 1, LNET_MD_OP_GET);
	message_post(b, &us, 21, 0, &md, LNET_UNLINK);
	message_describe_pages(&md, a, 4, 2, 0);
	message_bind(a, &md, LNET_UNLINK);
	message_get(a, &us, 21, 0);
	message_end(3);

	message_begin("bulk of nothing");
	message_describe_pages(&md, b, 0, 1, LNET_MD_OP_PUT);
	message_post(b, &us, 22, 0, &md, LNET_UNLINK);
	message_describe_pages(&md, a, 0, 1, 0);
	message_bind(a, &md, LNET_UNLINK);
	message_put(a, &us, 22, 0, LNET_NOACK_REQ);
	message_end(2);
	message_portal = PORTAL;
}

static void event_lazy(void)
{
	struct side *a = message_side(0), *b = message_side(1), *c = message_side(2);
	struct lnet_handler_md md;

	message_begin("lazy");
	result("lazy: SetLazyPortal = %d", LNetSetLazyPortal(PORTAL));
	message_describe(&md, a, 500, 1, 0);
	message_bind(a, &md, LNET_UNLINK);
	message_put(a, &us, 30, 0, LNET_NOACK_REQ);
	message_end(0);
	message_describe(&md, b, 1000, 1, LNET_MD_OP_PUT);
	message_post(b, &any, 30, 0, &md, LNET_UNLINK);
	message_end(2);
	message_begin("lazy, cleared");
	message_describe(&md, c, 500, 1, 0);
	message_bind(c, &md, LNET_UNLINK);
	message_put(c, &us, 31, 0, LNET_NOACK_REQ);
	result("lazy: ClearLazyPortal = %d", LNetClearLazyPortal(PORTAL));
	message_end(1);
}

/* Nothing matches: the sender hears of it by no answer, and takes its memory back. */
static void event_no_match(void)
{
	struct side *a = message_side(0), *b = message_side(1);
	struct lnet_handler_md md;

	message_begin("no match");
	message_describe(&md, a, 100, 2, 0);
	message_bind(a, &md, LNET_UNLINK);
	message_put(a, &us, 40, 0, LNET_ACK_REQ);
	message_describe(&md, b, 100, 2, 0);
	message_bind(b, &md, LNET_UNLINK);
	message_get(b, &us, 41, 0);
	message_end(2);
	message_unlink(a);
	message_unlink(b);
	message_unlink(a);
	message_end(4);
}

static void event_threshold(void)
{
	struct side *a = message_side(0), *b = message_side(1);
	struct lnet_handler_md md;

	message_begin("threshold");
	message_describe(&md, b, 1000, 2, LNET_MD_OP_PUT);
	message_post(b, &any, 50, 0, &md, LNET_RETAIN);
	message_describe(&md, a, 100, LNET_MD_THRESH_INF, 0);
	message_bind(a, &md, LNET_RETAIN);
	message_put(a, &us, 50, 0, LNET_NOACK_REQ);
	message_put(a, &us, 50, 0, LNET_NOACK_REQ);
	message_put(a, &us, 50, 0, LNET_NOACK_REQ);
	message_end(5);
	message_unlink(a);
	message_unlink(b);
	message_end(7);
}

static void event_without_handler(void)
{
	struct side *a = message_side(0), *b = message_side(1);
	struct lnet_handler_md md;

	message_begin("without a handler");
	message_describe(&md, b, 1000, 1, LNET_MD_OP_PUT);
	md.umd_handler = NULL;
	message_post(b, &any, 60, 0, &md, LNET_UNLINK);
	message_describe(&md, a, 100, 2, 0);
	message_bind(a, &md, LNET_UNLINK);
	message_put(a, &us, 60, 0, LNET_ACK_REQ);
	message_end(2);
}

static void event_with_all(void)
{
	event_put(LNET_NOACK_REQ);
	event_put(LNET_ACK_REQ);
	event_get();
	event_requests();
	event_too_long();
	event_replies();
	event_bulk();
	event_lazy();
	event_no_match();
	event_threshold();
	event_without_handler();
}

int compare_events(void)
{
	int rc = message_init();
	struct lnet_processid id;

	if (rc)
		goto out;
	message_id(&any, LNET_NID_ANY);
	message_id(&us, LNET_NID_LO_0);
	event_with_all();
	if (!LNetGetId(1, &id, false)) {
		result("with the first other NID");
		us = id;
		event_with_all();
	}
out:
	message_exit();
	return rc;
}
