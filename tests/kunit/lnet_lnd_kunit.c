// SPDX-License-Identifier: GPL-2.0
/*
 * NIs and their drivers: registering, coming up or not, which NI a message leaves by, what a driver
 * is told and asked, folders, and errors in words. Going down is in lnet_lnd_down_kunit.c.
 */
#include "common.h"
#include "hooks/window.h"

#include <lnet/ioctl.h>
#include <lnet/sysfs.h>

#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/sched.h>

static const lnet_nid_t other_net_nid = LNET_MKNID(LNET_MKNET(PTL4LND, 8), 1);

/* Drivers ------------------------------------------------------------------ */

static void lnd_of_a_type_is_registered_once(struct kunit *test)
{
	struct lnet_lnd lnd = lt_lnd;

	KUNIT_EXPECT_EQ(test, lnet_lnd_register(&lt_lnd), -EEXIST);
	KUNIT_EXPECT_EQ(test, lnet_lnd_register(&lnd), -EEXIST);
	lnd.type = GNILND;
	lnd.name = "gni";
	KUNIT_EXPECT_EQ(test, lnet_lnd_register(&lnd), 0);
	KUNIT_EXPECT_EQ(test, lnet_lnd_register(&lnd), -EEXIST);
	lnet_lnd_unregister(&lnd);
	KUNIT_EXPECT_EQ(test, lnet_lnd_register(&lnd), 0);
	lnet_lnd_unregister(&lnd);
}

static void lnd_without_what_is_needed_is_refused(struct kunit *test)
{
	struct lnet_lnd lnd = lt_lnd;

	lnd.type = GNILND;
	lnd.lnd_startup = NULL;
	KUNIT_EXPECT_EQ(test, lnet_lnd_register(&lnd), -EINVAL);
	lnd = lt_lnd;
	lnd.type = GNILND;
	lnd.lnd_shutdown = NULL;
	KUNIT_EXPECT_EQ(test, lnet_lnd_register(&lnd), -EINVAL);
	lnd = lt_lnd;
	lnd.type = GNILND;
	lnd.lnd_send = NULL;
	KUNIT_EXPECT_EQ(test, lnet_lnd_register(&lnd), -EINVAL);
	lnd = lt_lnd;
	lnd.type = GNILND;
	lnd.lnd_recv = NULL;
	KUNIT_EXPECT_EQ(test, lnet_lnd_register(&lnd), -EINVAL);
	lnd = lt_lnd;
	lnd.type = GNILND;
	lnd.name = NULL;
	KUNIT_EXPECT_EQ(test, lnet_lnd_register(&lnd), -EINVAL);
}

/* Coming up ---------------------------------------------------------------- */

static void lnd_startup_that_fails_leaves_nothing(struct kunit *test)
{
	struct lt_ni *f = lt_ni_new(test);

	f->startup_rc = -ENODEV;
	KUNIT_EXPECT_EQ(test, lt_ni_start(f, LT_NID_SELF), -ENODEV);
	KUNIT_EXPECT_EQ(test, f->nshutdown, 0);
	KUNIT_EXPECT_FALSE(test, LNetIsPeerLocal(LT_NID_SELF));

	f->startup_rc = 0;
	KUNIT_EXPECT_EQ(test, lt_ni_start(f, LT_NID_SELF), 0);
	KUNIT_EXPECT_TRUE(test, LNetIsPeerLocal(LT_NID_SELF));
	lt_ni_stop(f);
	KUNIT_EXPECT_EQ(test, f->nshutdown, 1);
	KUNIT_EXPECT_FALSE(test, LNetIsPeerLocal(LT_NID_SELF));
}

static int startup_not_expected(struct lnet_ni *ni)
{
	return -EIO;
}

static void lnd_whose_module_goes_gets_no_ni(struct kunit *test)
{
	static struct module going = { .state = MODULE_STATE_GOING };
	const lnet_nid_t nid = LNET_MKNID(LNET_MKNET(GNILND, 0), 1);
	struct lnet_lnd lnd = lt_lnd;

	lnd.type = GNILND;
	lnd.name = "gni";
	lnd.owner = &going;
	lnd.lnd_startup = startup_not_expected;
	KUNIT_ASSERT_EQ(test, lnet_lnd_register(&lnd), 0);
	KUNIT_EXPECT_EQ(test, PTR_ERR(lnet_ni_startup(&lnd, nid)), -ENODEV);
	KUNIT_EXPECT_FALSE(test, LNetIsPeerLocal(nid));
	lnet_lnd_unregister(&lnd);
}

static void lnd_ni_of_a_nid_comes_up_once(struct kunit *test)
{
	struct lt_ni *g = lt_ni_new(test);

	lt_ni(test);
	KUNIT_EXPECT_EQ(test, lt_ni_start(g, LT_NID_SELF), -EEXIST);
	KUNIT_EXPECT_EQ(test, lt_ni_start(g, LNET_MKNID(LNET_MKNET(GNILND, 0),
							1)), -EINVAL);
	KUNIT_EXPECT_EQ(test, g->nshutdown, 0);
}

/* Names and ways ----------------------------------------------------------- */

static void lnd_nis_are_numbered_after_the_loopback(struct kunit *test)
{
	struct lnet_process_id id;

	lt_ni(test);
	KUNIT_EXPECT_EQ(test, LNetGetId(0, &id), 0);
	KUNIT_EXPECT_EQ(test, id.nid, LNET_NID_LO_0);
	KUNIT_EXPECT_EQ(test, id.pid, LNET_PID_LUSTRE);
	KUNIT_EXPECT_EQ(test, LNetGetId(1, &id), 0);
	KUNIT_EXPECT_EQ(test, id.nid, LT_NID_SELF);
	KUNIT_EXPECT_EQ(test, id.pid, LNET_PID_LUSTRE);
	KUNIT_EXPECT_EQ(test, LNetGetId(2, &id), -ENOENT);
	KUNIT_EXPECT_EQ(test, LNetGetId(~0U, &id), -ENOENT);
}

static void lnd_distance_is_told(struct kunit *test)
{
	struct lt_ni *g = lt_ni_new(test);
	lnet_nid_t src = 0;
	u32 order = 77;

	lt_ni(test);
	KUNIT_ASSERT_EQ(test, lt_ni_start(g, other_net_nid), 0);

	KUNIT_EXPECT_EQ(test, LNetDist(LNET_NID_LO_0, &src, &order), 0);
	KUNIT_EXPECT_EQ(test, src, LNET_NID_LO_0);
	KUNIT_EXPECT_EQ(test, order, 0);
	KUNIT_EXPECT_EQ(test, LNetDist(LT_NID_SELF, &src, &order), 0);
	KUNIT_EXPECT_EQ(test, src, LT_NID_SELF);
	KUNIT_EXPECT_EQ(test, order, 1);
	KUNIT_EXPECT_EQ(test, LNetDist(LT_NID_PEER, &src, &order), 1);
	KUNIT_EXPECT_EQ(test, src, LT_NID_SELF);
	KUNIT_EXPECT_GE(test, order, 2);
	KUNIT_EXPECT_EQ(test, LNetDist(other_net_nid + 1, &src, &order), 1);
	KUNIT_EXPECT_EQ(test, src, other_net_nid);
	KUNIT_EXPECT_EQ(test, LNetDist(other_net_nid, NULL, NULL), 0);

	src = 5;
	order = 77;
	KUNIT_EXPECT_EQ(test, LNetDist(LNET_MKNID(LNET_MKNET(SOCKLND, 0), 1),
				       &src, &order), -EHOSTUNREACH);
	KUNIT_EXPECT_EQ(test, src, 5);
	KUNIT_EXPECT_EQ(test, order, 77);
	lt_ni_stop(g);
}

static void lnd_peer_is_known_by_its_nid(struct kunit *test)
{
	lt_ni(test);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(LT_NID_PEER), LT_NID_PEER);
	KUNIT_EXPECT_TRUE(test, LNetIsPeerLocal(LNET_NID_LO_0));
	KUNIT_EXPECT_TRUE(test, LNetIsPeerLocal(LT_NID_SELF));
	KUNIT_EXPECT_FALSE(test, LNetIsPeerLocal(LT_NID_PEER));
	KUNIT_EXPECT_FALSE(test, LNetIsPeerLocal(LNET_NID_ANY));
}

static void lnd_message_leaves_by_the_ni_of_its_net(struct kunit *test)
{
	struct lnet_handle_md src = lt_source(test, NULL, 0);
	struct lt_ni *f = lt_ni(test);
	struct lt_ni *g = lt_ni_new(test);

	KUNIT_ASSERT_EQ(test, lt_ni_start(g, other_net_nid), 0);
	KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, src, LNET_NOACK_REQ,
				      lt_id(LT_NID_PEER, 1), LT_PORTAL, 0, 0,
				      0), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 1);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(g), 0);
	KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, src, LNET_NOACK_REQ,
				      lt_id(other_net_nid + 1, 1), LT_PORTAL, 0,
				      0, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 1);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(g), 1);
	KUNIT_EXPECT_EQ(test, lt_ni_sent(test, g, 0)->hdr.src_nid,
			cpu_to_le64(other_net_nid));
	lt_ni_stop(g);
}

/* Where a PUT and a GET for @to go that name @self. */
static void expect_way(struct kunit *test, struct lnet_handle_md src,
		       lnet_nid_t self, lnet_nid_t to, struct lt_ni *f,
		       unsigned int by_f, struct lt_ni *g, unsigned int by_g)
{
	unsigned int f0 = lt_ni_sends(f), g0 = lt_ni_sends(g);

	KUNIT_EXPECT_EQ(test, LNetPut(self, src, LNET_NOACK_REQ, lt_id(to, 1),
				      LT_PORTAL, 0, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, LNetGet(self, src, lt_id(to, 1), LT_PORTAL, 0, 0,
				      false), 0);
	KUNIT_EXPECT_EQ_MSG(test, lt_ni_sends(f) - f0, by_f, "%s to %s",
			    libcfs_nid2str(self), libcfs_nid2str(to));
	KUNIT_EXPECT_EQ_MSG(test, lt_ni_sends(g) - g0, by_g, "%s to %s",
			    libcfs_nid2str(self), libcfs_nid2str(to));
}

static void lnd_message_to_ourselves_takes_the_wire_if_told(struct kunit *test)
{
	const lnet_nid_t a = LT_NID_SELF, b = LT_NID(5);
	struct lnet_handle_md src = lt_source(test, NULL, 0);
	struct lt_ni *f = lt_ni(test), *g = lt_ni_at(test, b);
	struct lt_ni *h = lt_ni_at(test, other_net_nid);
	const struct lt_sent *sent;

	expect_way(test, src, b, a, f, 0, g, 2);
	sent = lt_ni_sent(test, g, 0);
	KUNIT_EXPECT_EQ(test, sent->peer, a);
	KUNIT_EXPECT_EQ(test, sent->hdr.src_nid, cpu_to_le64(b));
	KUNIT_EXPECT_EQ(test, sent->hdr.dest_nid, cpu_to_le64(a));
	expect_way(test, src, a, b, f, 2, g, 0);

	/* By 0@lo: no NI is named, the same, another net's, or none of ours. */
	expect_way(test, src, LNET_NID_ANY, a, f, 0, g, 0);
	expect_way(test, src, a, a, f, 0, g, 0);
	expect_way(test, src, other_net_nid, a, f, 0, h, 0);
	expect_way(test, src, LT_NID(99), a, f, 0, g, 0);
	expect_way(test, src, LNET_NID_LO_0, a, f, 0, g, 0);
	expect_way(test, src, b, LNET_NID_LO_0, f, 0, g, 0);
	lt_ni_stop(h);
	lt_ni_stop(g);
	/* It is not there any more. */
	expect_way(test, src, b, a, f, 0, g, 0);
}

static void lnd_message_leaves_by_the_first_ni_of_the_network(struct kunit *test)
{
	const lnet_nid_t b = LT_NID(5);
	struct lnet_handle_md src = lt_source(test, NULL, 0);
	struct lt_ni *h = lt_ni_at(test, other_net_nid);
	struct lt_ni *f = lt_ni(test), *g = lt_ni_at(test, b);

	expect_way(test, src, LNET_NID_ANY, LT_NID_PEER, f, 2, g, 0);
	expect_way(test, src, LT_NID_SELF, LT_NID_PEER, f, 2, g, 0);
	expect_way(test, src, b, LT_NID_PEER, f, 0, g, 2);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(h), 0);
}

static void lnd_message_from_ourselves_is_answered_by_the_wire(struct kunit *test)
{
	const lnet_nid_t b = LT_NID(5);
	struct lt_rec *rec = lt_rec(test);
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, lt_record);
	struct lt_rx *put = lt_rx(test), *ack = lt_rx(test);
	struct lt_ni *f = lt_ni(test), *g = lt_ni_at(test, b);
	struct lnet_handle_md src;

	lt_md_attach(test, lt_me_any(test, 1),
		     lt_md(NULL, 0, 1, LNET_MD_OP_PUT, eqh, rec), LNET_UNLINK);
	src = lt_md_bind(test, lt_md(NULL, 0, 2, 0, eqh, rec), LNET_UNLINK);
	KUNIT_ASSERT_EQ(test, LNetPut(b, src, LNET_ACK_REQ,
				      lt_id(LT_NID_SELF, LNET_PID_LUSTRE),
				      LT_PORTAL, 1, 0, 0), 0);
	KUNIT_ASSERT_EQ(test, lt_ni_sends(g), 1);

	/* The message that g has sent arrives at f, and the other way round. */
	lt_hdr_put(put, 1, 0, 0, 0);
	put->hdr = lt_ni_sent(test, g, 0)->hdr;
	lt_hdr_from(put, b, LNET_PID_LUSTRE);
	KUNIT_EXPECT_EQ(test, lt_parse(f, put), 0);
	KUNIT_ASSERT_EQ(test, lt_ni_sends(f), 1);
	KUNIT_EXPECT_EQ(test, lt_ni_sent(test, f, 0)->peer, b);
	lt_hdr(ack, LNET_MSG_ACK, LT_NID_SELF, 0);
	ack->hdr = lt_ni_sent(test, f, 0)->hdr;
	KUNIT_EXPECT_EQ(test, lt_parse(g, ack), 0);

	KUNIT_ASSERT_EQ(test, lt_rec_count(rec), 3);
	lt_expect_event(test, rec, 0, LNET_EVENT_SEND, 0, 0);
	lt_expect_event(test, rec, 1, LNET_EVENT_PUT, 0, 1);
	KUNIT_EXPECT_EQ(test, lt_rec_ev(test, rec, 1)->initiator.nid, b);
	lt_expect_event(test, rec, 2, LNET_EVENT_ACK, 0, 1);
}

static void lnd_status_of_an_ni_is_shown(struct kunit *test)
{
	char path[64], nid[LNET_NIDSTR_SIZE], text[16];
	struct lt_ni *f = lt_ni(test);

	snprintf(path, sizeof(path), "nis/%s/status",
		 libcfs_nid2str_r(LT_NID_SELF, nid, sizeof(nid)));
	KUNIT_EXPECT_GT(test, lt_sysfs_read(path, text, sizeof(text)), 0);
	KUNIT_EXPECT_STREQ(test, text, "up");
	lnet_ni_status_set(f->ni, LNET_NI_STATUS_DOWN);
	KUNIT_EXPECT_GT(test, lt_sysfs_read(path, text, sizeof(text)), 0);
	KUNIT_EXPECT_STREQ(test, text, "down");
	/* LNet goes on sending through it: the LND knows best. */
	KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, lt_source(test, NULL, 0),
				      LNET_NOACK_REQ, lt_id(LT_NID_PEER, 1),
				      LT_PORTAL, 0, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 1);
}

static void lnd_has_folders_of_its_own(struct kunit *test)
{
	struct kobject *mine, *top;
	struct lt_ni *f = lt_ni(test);
	char nid[LNET_NIDSTR_SIZE];

	KUNIT_EXPECT_STREQ(test, kobject_name(lnet_ni_kobj(f->ni)),
			   libcfs_nid2str_r(LT_NID_SELF, nid, sizeof(nid)));
	KUNIT_EXPECT_STREQ(test, kobject_name(lnet_lnd_kobj()), "lnet");
	mine = kobject_create_and_add("peers", lnet_ni_kobj(f->ni));
	top = kobject_create_and_add("fakelnd", lnet_lnd_kobj());
	KUNIT_EXPECT_NOT_NULL(test, mine);
	KUNIT_EXPECT_NOT_NULL(test, top);
	kobject_put(mine);
	kobject_put(top);
}

static u64 own_value(struct kobject *kobj, unsigned int arg)
{
	return *(u64 *)lnet_sysfs_dir_of(kobj) + arg;
}

static struct attribute *own_attrs[] = {
	LNET_ATTR_RO("first", own_value, 1),
	LNET_ATTR_RO("second", own_value, 2),
	NULL
};

LNET_DIR_TYPE(own);

static struct lnet_dir *own_dir(const char *name, u64 *of)
{
	return lnet_sysfs_dir_add(&own_type, lnet_lnd_kobj(), sizeof(struct lnet_dir), of, name);
}

/* It does not end the case: a folder that is left would outlive what it shows. */
static void expect_text(struct kunit *test, const char *path, const char *want)
{
	char text[8] = "";

	KUNIT_EXPECT_GT_MSG(test, lt_sysfs_read(path, text, sizeof(text)), 0, "%s", path);
	KUNIT_EXPECT_STREQ(test, text, want);
}

/* Each folder shows its own object, whatever its name. */
static void lnd_folder_comes_and_goes_with_its_files(struct kunit *test)
{
	u64 of_one = 10, of_two = 20;
	struct lnet_dir *one, *two;
	char text[8];

	one = own_dir("fakelnd1", &of_one);
	KUNIT_ASSERT_FALSE(test, IS_ERR(one));
	two = own_dir("fakelnd2", &of_two);
	KUNIT_EXPECT_FALSE(test, IS_ERR(two));
	expect_text(test, "fakelnd1/first", "11");
	expect_text(test, "fakelnd1/second", "12");
	expect_text(test, "fakelnd2/first", "21");
	lnet_sysfs_dir_del(IS_ERR(two) ? NULL : two);
	KUNIT_EXPECT_EQ(test, lt_sysfs_read("fakelnd2/first", text, sizeof(text)), -ENOENT);
	expect_text(test, "fakelnd1/first", "11");
	lnet_sysfs_dir_del(one);
	KUNIT_EXPECT_EQ(test, lt_sysfs_read("fakelnd1/first", text, sizeof(text)), -ENOENT);
}

static void lnd_folder_without_memory_is_refused(struct kunit *test)
{
	struct lnet_dir *dir;
	u64 of = 1;

	lnet_alloc_fail_nth(1);
	dir = own_dir("fakelnd1", &of);
	lnet_alloc_fail_nth(0);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dir), -ENOMEM);
	if (!IS_ERR(dir))
		lnet_sysfs_dir_del(dir);
}

static void lnd_module_stays_as_long_as_its_nis(struct kunit *test)
{
	unsigned int refs = module_refcount(lt_lnd.owner);
	struct lt_ni *f = lt_ni_new(test);

	KUNIT_ASSERT_EQ(test, lt_ni_start(f, LT_NID_SELF), 0);
	KUNIT_EXPECT_EQ(test, module_refcount(lt_lnd.owner), refs + 1);
	lt_ni_stop(f);
	KUNIT_EXPECT_EQ(test, module_refcount(lt_lnd.owner), refs);
	f->startup_rc = -EIO;
	KUNIT_EXPECT_EQ(test, lt_ni_start(f, LT_NID_SELF), -EIO);
	KUNIT_EXPECT_EQ(test, module_refcount(lt_lnd.owner), refs);
}

static void lnd_gets_requests_of_its_net(struct kunit *test)
{
	struct libcfs_ioctl_data data = { .ioc_net = LT_NET };
	struct lt_ni *f = lt_ni(test);

	f->ctl_rc = -ENOTTY;
	KUNIT_EXPECT_EQ(test, LNetCtl(4711, &data), -ENOTTY);
	KUNIT_EXPECT_EQ(test, f->ctl_cmd, 4711);
	KUNIT_EXPECT_PTR_EQ(test, f->ctl_arg, (void *)&data);
	f->ctl_rc = 0;
	KUNIT_EXPECT_EQ(test, LNetCtl(4712, &data), 0);
	data.ioc_net = LNET_MKNET(PTL4LND, 99);
	KUNIT_EXPECT_EQ(test, LNetCtl(4713, &data), -EINVAL);
	KUNIT_EXPECT_EQ(test, f->ctl_cmd, 4712);
}

/* As LNetDist() says it; also that there is no way. */
static void lnd_dist_is_told_by_ctl(struct kunit *test)
{
	struct libcfs_ioctl_data data = { .ioc_nid = LT_NID_PEER, .ioc_u32 = { 77, 77 } };
	lnet_nid_t src;
	__u32 order;
	int rc;

	lt_ni(test);
	rc = LNetDist(LT_NID_PEER, &src, &order);
	KUNIT_ASSERT_GE(test, rc, 0);
	KUNIT_EXPECT_EQ(test, LNetCtl(IOC_LIBCFS_LNET_DIST, &data), 0);
	KUNIT_EXPECT_EQ(test, data.ioc_u32[0], rc);
	KUNIT_EXPECT_EQ(test, data.ioc_u32[1], order);
	KUNIT_EXPECT_EQ(test, data.ioc_nid, src);

	data = (struct libcfs_ioctl_data){ .ioc_nid = LNET_MKNID(LNET_MKNET(PTL4LND, 99), 1) };
	KUNIT_EXPECT_EQ(test, LNetCtl(IOC_LIBCFS_LNET_DIST, &data), 0);
	KUNIT_EXPECT_EQ(test, (int)data.ioc_u32[0], -EHOSTUNREACH);
}

static void lnd_is_told_of_a_peer_alive_or_dead(struct kunit *test)
{
	struct libcfs_ioctl_data data = { .ioc_nid = LT_NID_PEER };
	struct lt_ni *f = lt_ni(test);

	data.ioc_flags = 1;
	KUNIT_EXPECT_EQ(test, LNetCtl(IOC_LIBCFS_NOTIFY_ROUTER, &data), 0);
	KUNIT_EXPECT_EQ(test, f->notify_nid, LT_NID_PEER);
	KUNIT_EXPECT_EQ(test, f->notify_alive, 1);
	data.ioc_flags = 0;
	KUNIT_EXPECT_EQ(test, LNetCtl(IOC_LIBCFS_NOTIFY_ROUTER, &data), 0);
	KUNIT_EXPECT_EQ(test, f->notify_alive, 0);
}

static void lnd_is_asked_about_a_peer(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	time64_t when = 5;

	f->query_when = 99;
	KUNIT_EXPECT_EQ(test, lnet_lnd_query(LT_NID_PEER, &when), 0);
	KUNIT_EXPECT_EQ(test, when, 99);
	KUNIT_EXPECT_EQ(test, f->query_nid, LT_NID_PEER);
	KUNIT_EXPECT_EQ(test, lnet_lnd_query(other_net_nid, &when),
			-EHOSTUNREACH);
	KUNIT_EXPECT_EQ(test, lnet_lnd_query(LNET_NID_LO_0, &when),
			-EOPNOTSUPP);
}

/* The peer may have been heard of by another NI than the first. */
static void lnd_of_each_ni_is_told_and_asked(struct kunit *test)
{
	struct lt_ni *f[3], *other = lt_ni_at(test, other_net_nid);
	time64_t when;
	unsigned int i, latest;

	for (i = 0; i < ARRAY_SIZE(f); i++)
		f[i] = lt_ni_at(test, LT_NID(20 + i));
	lnet_lnd_notify(LT_NID_PEER, 1);
	KUNIT_EXPECT_EQ(test, other->notify_nid, 0);
	for (i = 0; i < ARRAY_SIZE(f); i++)
		KUNIT_EXPECT_EQ_MSG(test, f[i]->notify_nid, LT_NID_PEER, "NI %u", i);

	for (latest = 0; latest < ARRAY_SIZE(f); latest++) {
		for (i = 0; i < ARRAY_SIZE(f); i++)
			f[i]->query_when = i == latest ? 99 : 10 * i;
		other->query_when = 1000;
		when = 5;
		KUNIT_EXPECT_EQ(test, lnet_lnd_query(LT_NID_PEER, &when), 0);
		KUNIT_EXPECT_EQ_MSG(test, when, 99, "NI %u", latest);
	}
	KUNIT_EXPECT_EQ(test, other->query_nid, 0);
}

static int stop_thread(struct lt_thread *t)
{
	lt_ni_stop(t->arg);
	return 0;
}

static struct {
	struct kunit *test;
	struct lt_ni *f[3];
	struct lt_thread stops[2];
} told;

/* The first NI goes while it is told, and the second right behind it. */
static void stop_while_told(struct lt_ni *f)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(told.stops); i++) {
		lt_thread_start(told.test, &told.stops[i], stop_thread,
				told.f[i], i);
		if (!i)
			KUNIT_EXPECT_TRUE(told.test,
					  lt_wait_for(READ_ONCE(f->ni->closing)));
	}
	schedule_timeout_uninterruptible(2);
}

static void lnd_of_each_ni_is_told_while_others_go(struct kunit *test)
{
	unsigned int i;

	told.test = test;
	for (i = 0; i < ARRAY_SIZE(told.f); i++)
		told.f[i] = lt_ni_at(test, LT_NID(20 + i));
	told.f[0]->on_notify = stop_while_told;
	lnet_lnd_notify(LT_NID_PEER, 1);
	lt_threads_join(test, told.stops, ARRAY_SIZE(told.stops));
	KUNIT_EXPECT_EQ(test, told.f[0]->notify_nid, LT_NID_PEER);
	KUNIT_EXPECT_EQ(test, told.f[2]->notify_nid, LT_NID_PEER);
}

static void lnd_gets_connections_for_its_nid(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);

	f->accept_rc = -EBUSY;
	KUNIT_EXPECT_EQ(test, lnet_lnd_accept(LT_NID_SELF, (void *)f), -EBUSY);
	KUNIT_EXPECT_PTR_EQ(test, (void *)f->accept_sock, (void *)f);
	f->accept_rc = 0;
	KUNIT_EXPECT_EQ(test, lnet_lnd_accept(LT_NID_SELF, (void *)f), 0);
	KUNIT_EXPECT_EQ(test, lnet_lnd_accept(LT_NID_PEER, (void *)f),
			-EHOSTUNREACH);
	KUNIT_EXPECT_EQ(test, lnet_lnd_accept(LNET_NID_LO_0, (void *)f),
			-EOPNOTSUPP);
}

/*
 * Each call of a driver once, by every way that there is. The fake one looks for
 * locks, where there is lockdep; so do all suites, but here they are sure to be
 * made.
 */
static void lnd_is_called_with_no_lock_held(struct kunit *test)
{
	struct libcfs_ioctl_data data = { .ioc_net = LT_NET, .ioc_flags = 1 };
	struct lnet_process_id peer = lt_id(LT_NID_PEER, LNET_PID_LUSTRE);
	struct lt_rx *put = lt_rx(test), *get = lt_rx(test), *none = lt_rx(test);
	struct lnet_handle_md src = lt_source(test, NULL, 0);
	struct lt_ni *f = lt_ni(test);
	time64_t when;

	/* It waits for its MD: eager_recv, and recv by the thread that attaches. */
	lt_lazy(test, LT_PORTAL);
	lt_hdr_put(put, 1, 0, 0, 0);
	put->hdr.msg.put.ack_wmd.object_cookie = 5;
	KUNIT_EXPECT_EQ(test, lt_parse(f, put), 0);
	lt_md_attach(test, lt_me_any(test, 1),
		     lt_md(NULL, 0, LNET_MD_THRESH_INF,
			   LNET_MD_OP_PUT | LNET_MD_OP_GET, lt_no_eq(), NULL),
		     LNET_RETAIN);
	KUNIT_EXPECT_TRUE(test, put->eager);
	KUNIT_EXPECT_EQ(test, put->recvs, 1);
	lt_hdr_get(get, 1, 0, 0);
	KUNIT_EXPECT_EQ(test, lt_parse(f, get), 0);
	/* Waits, and is dropped when the portal is lazy no more. */
	lt_hdr_put(none, 2, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, lt_parse(f, none), 0);
	KUNIT_EXPECT_EQ(test, LNetClearLazyPortal(LT_PORTAL), 0);
	KUNIT_EXPECT_TRUE(test, none->dropped);
	KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, src, LNET_NOACK_REQ, peer,
				      LT_PORTAL, 0, 0, 0), 0);
	/* The ACK, the REPLY, and our own. */
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 3);

	KUNIT_EXPECT_EQ(test, LNetCtl(4711, &data), 0);
	KUNIT_EXPECT_EQ(test, f->ctl_cmd, 4711);
	data.ioc_nid = LT_NID_PEER;
	KUNIT_EXPECT_EQ(test, LNetCtl(IOC_LIBCFS_NOTIFY_ROUTER, &data), 0);
	KUNIT_EXPECT_EQ(test, f->notify_nid, LT_NID_PEER);
	KUNIT_EXPECT_EQ(test, lnet_lnd_query(LT_NID_PEER, &when), 0);
	KUNIT_EXPECT_EQ(test, f->query_nid, LT_NID_PEER);
	KUNIT_EXPECT_EQ(test, lnet_lnd_accept(LT_NID_SELF, (void *)f), 0);
	KUNIT_EXPECT_PTR_EQ(test, (void *)f->accept_sock, (void *)f);
	lt_ni_stop(f);
	KUNIT_EXPECT_EQ(test, f->nshutdown, 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&lt_lnd_locked), 0);
}

/* Errors in words ------------------------------------------------------------ */

/*
 * The errnos that kernel-doc of the API and of drivers names, or that a driver gives to
 * messages and peers. Not here is ESTALE, after which the TCP driver tries again by itself.
 */
static const int told_errors[] = {
	/* kernel-doc */
	EPERM, ENOENT, EINTR, EIO, EAGAIN, ENOMEM, EBUSY, EEXIST, ENODEV, EINVAL, EDEADLK,
	ENOBUFS, EPROTO, EOVERFLOW, EOPNOTSUPP, EPROTONOSUPPORT, EADDRINUSE, EADDRNOTAVAIL,
	ENETDOWN, ECONNRESET, ESHUTDOWN, ETIMEDOUT, EHOSTUNREACH, EALREADY, ECANCELED,
	/* the TCP driver's own, and its sockets' */
	EACCES, EFAULT, ENFILE, ENETUNREACH, ECONNABORTED, EPIPE, ENOTCONN, ECONNREFUSED,
	EHOSTDOWN,
};

static void lnd_errors_have_words(struct kunit *test)
{
	const char *text;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(told_errors); i++) {
		text = lnet_error_text(told_errors[i]);
		KUNIT_EXPECT_STRNEQ_MSG(test, text, "see errno(3)", "errno %d", told_errors[i]);
		KUNIT_EXPECT_STRNEQ_MSG(test, text, "no error", "errno %d", told_errors[i]);
		KUNIT_EXPECT_GT_MSG(test, strlen(text), 5, "errno %d", told_errors[i]);
		/* They are the end of a line of the log, and all of one of sysfs. */
		KUNIT_EXPECT_NULL_MSG(test, strchr(text, '\n'), "errno %d", told_errors[i]);
		KUNIT_EXPECT_STREQ_MSG(test, lnet_error_text(-told_errors[i]), text,
				       "errno %d", told_errors[i]);
	}
	KUNIT_EXPECT_STREQ(test, lnet_error_text(0), "no error");
	KUNIT_EXPECT_STREQ(test, lnet_error_text(EXDEV), "see errno(3)");
	KUNIT_EXPECT_STREQ(test, lnet_error_text(-EXDEV), "see errno(3)");
}

static struct kunit_case lnet_lnd_cases[] = {
	KUNIT_CASE(lnd_of_a_type_is_registered_once),
	KUNIT_CASE(lnd_without_what_is_needed_is_refused),
	KUNIT_CASE(lnd_startup_that_fails_leaves_nothing),
	KUNIT_CASE(lnd_whose_module_goes_gets_no_ni),
	KUNIT_CASE(lnd_ni_of_a_nid_comes_up_once),
	KUNIT_CASE(lnd_nis_are_numbered_after_the_loopback),
	KUNIT_CASE(lnd_distance_is_told),
	KUNIT_CASE(lnd_peer_is_known_by_its_nid),
	KUNIT_CASE(lnd_message_leaves_by_the_ni_of_its_net),
	KUNIT_CASE(lnd_message_to_ourselves_takes_the_wire_if_told),
	KUNIT_CASE(lnd_message_leaves_by_the_first_ni_of_the_network),
	KUNIT_CASE(lnd_message_from_ourselves_is_answered_by_the_wire),
	KUNIT_CASE(lnd_status_of_an_ni_is_shown),
	KUNIT_CASE(lnd_has_folders_of_its_own),
	KUNIT_CASE(lnd_folder_comes_and_goes_with_its_files),
	KUNIT_CASE(lnd_folder_without_memory_is_refused),
	KUNIT_CASE(lnd_module_stays_as_long_as_its_nis),
	KUNIT_CASE(lnd_gets_requests_of_its_net),
	KUNIT_CASE(lnd_dist_is_told_by_ctl),
	KUNIT_CASE(lnd_is_told_of_a_peer_alive_or_dead),
	KUNIT_CASE(lnd_is_asked_about_a_peer),
	KUNIT_CASE(lnd_of_each_ni_is_told_and_asked),
	KUNIT_CASE(lnd_of_each_ni_is_told_while_others_go),
	KUNIT_CASE(lnd_gets_connections_for_its_nid),
	KUNIT_CASE(lnd_is_called_with_no_lock_held),
	KUNIT_CASE(lnd_errors_have_words),
	{}
};

LT_SUITE(lnet_lnd);

MODULE_DESCRIPTION("KUnit suite of lnet: NIs and their drivers");
MODULE_LICENSE("GPL");
