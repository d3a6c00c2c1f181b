// SPDX-License-Identifier: GPL-2.0
/*
 * Calls that have to do with no object: our own id, requests, and words.
 */
#include "fuzz.h"

#include <lnet/ioctl.h>

#include <linux/string.h>

static void plain_wrong(struct fuzz_by *by, enum fuzz_fn fn, const char *got,
			const char *want)
{
	if (strcmp(got, want))
		fuzz_wrong(by, "word", "%s: '%s', not '%s'", fuzz_fn_name(fn),
			   got, want);
}

static void plain_id(struct fuzz_by *by)
{
	struct lnet_process_id id = {};
	bool far = fuzz_below(by, 2);

	fuzz_exact(by, FUZZ_LNetGetId, FUZZ_VALID, LNetGetId(0, &id), 0);
	if (id.nid != LNET_NID_LO_0 || id.pid != FUZZ_PID)
		fuzz_wrong(by, "word", "we are %s", libcfs_id2str(id));
	fuzz_exact(by, FUZZ_LNetGetId, FUZZ_WRONG,
		   LNetGetId(far ? 1000 + fuzz_below(by, 1000) : 0,
			     far ? &id : NULL), far ? -ENOENT : -EINVAL);
}

static void plain_dist(struct fuzz_by *by, lnet_nid_t other)
{
	bool ask = fuzz_below(by, 2);
	lnet_nid_t src = 0;
	u32 order = 99;

	fuzz_exact(by, FUZZ_LNetDist, FUZZ_VALID,
		   LNetDist(LNET_NID_LO_0, ask ? &src : NULL, &order), 0);
	if (order || src != (ask ? LNET_NID_LO_0 : 0))
		fuzz_wrong(by, "word", "0@lo is number %u, from %s", order,
			   libcfs_nid2str(src));
	fuzz_exact(by, FUZZ_LNetDist, FUZZ_RANDOM,
		   LNetDist(other, &src, &order), -EHOSTUNREACH);
}

/* Our own id, and distances. */
void fuzz_step_plain(struct fuzz_by *by)
{
	lnet_nid_t other = LNET_MKNID(LNET_MKNET(SOCKLND, 9), fuzz_draw(by));
	bool lo = fuzz_below(by, 2);

	plain_id(by);
	plain_dist(by, other);
	if (lo)
		other = LNET_NID_LO_0;
	if (LNetPrimaryNID(other) != other)
		fuzz_wrong(by, "word", "LNetPrimaryNID() is another");
	fuzz_counted(by, FUZZ_LNetPrimaryNID, FUZZ_VALID);
	if (LNetIsPeerLocal(other) != lo)
		fuzz_wrong(by, "word", "LNetIsPeerLocal(%s) is %d",
			   libcfs_nid2str(other), !lo);
	fuzz_counted(by, FUZZ_LNetIsPeerLocal, FUZZ_VALID);
}

/* Requests; not from a handler. */
void fuzz_step_ctl(struct fuzz_by *by)
{
	struct libcfs_ioctl_data data = {};

	fuzz_exact(by, FUZZ_LNetCtl, FUZZ_VALID,
		   LNetCtl(IOC_LIBCFS_GET_NI, &data), 0);
	if (data.ioc_nid != LNET_NID_LO_0)
		fuzz_wrong(by, "word", "our first NI is %s",
			   libcfs_nid2str(data.ioc_nid));
	fuzz_exact(by, FUZZ_LNetCtl, FUZZ_VALID,
		   LNetCtl(IOC_LIBCFS_LNET_DIST, &data), 0);

	data.ioc_count = 1000;
	switch (fuzz_below(by, 4)) {
	case 0:
		fuzz_exact(by, FUZZ_LNetCtl, FUZZ_WRONG,
			   LNetCtl(IOC_LIBCFS_GET_NI, NULL), -EINVAL);
		break;
	case 1:
		fuzz_exact(by, FUZZ_LNetCtl, FUZZ_WRONG,
			   LNetCtl(IOC_LIBCFS_GET_NI, &data), -ENOENT);
		break;
	case 2:
		data.ioc_net = LNET_MKNET(SOCKLND, 9);
		fuzz_exact(by, FUZZ_LNetCtl, FUZZ_WRONG,
			   LNetCtl(fuzz_draw(by) | 1U << 31, &data), -EINVAL);
		break;
	default:
		data.ioc_net = LNET_NET_LO;
		fuzz_exact(by, FUZZ_LNetCtl, FUZZ_WRONG,
			   LNetCtl(fuzz_draw(by) | 1U << 31, &data),
			   -EOPNOTSUPP);
	}
}

/* One caller of LNet more, and one less. */
void fuzz_step_init(struct fuzz_by *by)
{
	lnet_pid_t pid = fuzz_below(by, 2) ? LNET_PID_ANY : FUZZ_PID + 1;
	int rc;

	rc = fuzz_said(by, FUZZ_LNetNIInit, FUZZ_VALID, LNetNIInit(pid));
	if (!rc)
		fuzz_wrong(by, "errno", "LNetNIInit() says that LNet was down");
	if (rc >= 0)
		fuzz_exact(by, FUZZ_LNetNIFini, FUZZ_VALID, LNetNIFini(), 0);
}

/* Words for known networks and NIDs; and back. */
static void plain_known(struct fuzz_by *by)
{
	static const char *const kinds[] = { "?", "GET", "PUT", "REPLY", "ACK",
					     "SEND", "UNLINK", "?" };
	unsigned int num = fuzz_below(by, 100), kind = fuzz_below(by, 8);
	u32 addr = fuzz_draw(by), net = LNET_MKNET(SOCKLND, num);
	char want[LNET_IDSTR_SIZE], buf[LNET_IDSTR_SIZE];
	struct lnet_process_id id = { LNET_MKNID(net, addr), FUZZ_PID };

	scnprintf(want, sizeof(want), num ? "tcp%u" : "tcp", num);
	plain_wrong(by, FUZZ_libcfs_net2str, libcfs_net2str(net), want);
	plain_wrong(by, FUZZ_libcfs_net2str_r,
		    libcfs_net2str_r(net, buf, sizeof(buf)), want);
	if (libcfs_str2net(want) != net)
		fuzz_wrong(by, "word", "'%s' is read as another network", want);

	scnprintf(want, sizeof(want), "%u-%u.%u.%u.%u@%s", FUZZ_PID, addr >> 24,
		  addr >> 16 & 0xff, addr >> 8 & 0xff, addr & 0xff, buf);
	plain_wrong(by, FUZZ_libcfs_id2str, libcfs_id2str(id), want);
	plain_wrong(by, FUZZ_libcfs_id2str_r,
		    libcfs_id2str_r(id, buf, sizeof(buf)), want);
	plain_wrong(by, FUZZ_libcfs_nid2str, libcfs_nid2str(id.nid),
		    strchr(want, '-') + 1);
	plain_wrong(by, FUZZ_libcfs_nid2str_r,
		    libcfs_nid2str_r(id.nid, buf, sizeof(buf)),
		    strchr(want, '-') + 1);
	if (libcfs_str2nid(buf) != id.nid)
		fuzz_wrong(by, "word", "'%s' is read as another NID", buf);
	plain_wrong(by, FUZZ_lnet_event_name, lnet_event_name(kind),
		    kinds[kind]);
	plain_wrong(by, FUZZ_lnet_handle_print,
		    lnet_handle_print(LNET_WIRE_HANDLE_COOKIE_NONE, buf,
				      sizeof(buf)), "none");
}

/* Any number as any of them, into any room: no byte too many is written. */
static void plain_random(struct fuzz_by *by)
{
	struct lnet_process_id id = { fuzz_draw(by), fuzz_draw(by) };
	unsigned int size = 1 + fuzz_below(by, 40);
	char text[41];
	unsigned int i;

	memset(text, 0x7f, sizeof(text));
	libcfs_net2str_r(id.pid, text, size);
	libcfs_nid2str_r(id.nid, text, size);
	libcfs_id2str_r(id, text, size);
	lnet_handle_print(fuzz_draw(by), text, size);
	for (i = size; i < sizeof(text) && text[i] == 0x7f; i++)
		;
	if (i < sizeof(text) || strnlen(text, size) == size)
		fuzz_wrong(by, "word", "more than %u bytes written", size);
	libcfs_net2str(id.pid);
	libcfs_nid2str(id.nid);
	libcfs_id2str(id);
	lnet_event_name(fuzz_draw(by));

	/* Any bytes: whatever it is, it is read without harm. */
	for (i = 0; i + 1 < size; i++)
		text[i] = "0123456789.@tcpolib\t-x"[fuzz_below(by, 22)];
	text[i] = 0;
	libcfs_str2nid(text);
	libcfs_str2net(text);
}

/* Print and parse. */
void fuzz_step_print(struct fuzz_by *by)
{
	enum fuzz_fn fn;

	plain_known(by);
	plain_random(by);
	for (fn = FUZZ_libcfs_nid2str_r; fn < FUZZ_LND; fn++) {
		fuzz_counted(by, fn, FUZZ_VALID);
		fuzz_counted(by, fn, FUZZ_RANDOM);
	}
}
