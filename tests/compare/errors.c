// SPDX-License-Identifier: GPL-2.0
/* Messages that cannot be sent, and handles that name nothing. */
#include "compare.h"

static void error_send_to(const char *nid)
{
	struct side *a = message_side(0);
	struct lnet_handler_md md;
	struct lnet_processid id = { .pid = LNET_PID_LUSTRE };

	if (libcfs_strnid(&id.nid, nid))
		return;
	message_begin(nid);
	message_describe(&md, a, 100, 1, 0);
	message_bind(a, &md, LNET_UNLINK);
	if (message_put(a, &id, 1, 0, LNET_NOACK_REQ)) {
		message_end(0);
		message_unlink(a);
	}
	message_end(1);
}

int compare_errors(void)
{
	struct lnet_handle_md bad = { .cookie = 12345 };
	struct lnet_processid us;
	int rc = message_init();

	if (rc)
		goto out;
	message_id(&us, LNET_NID_LO_0);
	error_send_to("10.0.0.9@tcp9");
	error_send_to("5@gni");
	result("MDUnlink(bad) = %d", LNetMDUnlink(bad));
	result("Put(bad) = %d", LNetPut(NULL, bad, LNET_NOACK_REQ, &us, PORTAL, 1, 0, 0));
	LNetInvalidateMDHandle(&bad);
	result("MDUnlink(none) = %d", LNetMDUnlink(bad));
	result("Put(none) = %d", LNetPut(NULL, bad, LNET_NOACK_REQ, &us, PORTAL, 1, 0, 0));
	result("SetLazyPortal(64) = %d", LNetSetLazyPortal(LNET_MAX_PORTALS));
	result("SetLazyPortal(-1) = %d", LNetSetLazyPortal(-1));
	result("ClearLazyPortal(64) = %d", LNetClearLazyPortal(LNET_MAX_PORTALS));
	lnet_assert_handler_unused(NULL);
out:
	message_exit();
	return rc;
}
