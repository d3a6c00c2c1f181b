// SPDX-License-Identifier: GPL-2.0
/*
 * Requests of tools that may have to wait: for a driver that is loaded, for messages of an NI that
 * is closed, for answers of peers. Generic netlink calls us with its cb_lock held shared, which one
 * who registers a family wants alone. If we waited there for a module that registers one as it is
 * loaded, that would wait for us, and each of us for ever.
 *
 * So such a request becomes a job: its call returns at once, and a work item carries it out and
 * sends the ACK or the error then. The tool waits for that in any case.
 *
 * A job holds the message, the socket that it came by, and the network namespace of that. The right
 * to ask was checked before. If the tool is gone meanwhile, the job is carried out all the same,
 * and nobody is told: the port of the socket may be another one's by then. A job holds this module,
 * too, as a dump does. It gives that back before it tells the tool, so that this can remove the
 * module at once; removal waits for what is left.
 *
 * A socket has one job at a time, as it has one dump: that keeps the order of its changes.
 */
#include "lustre/nl_job.h"
#include "hooks/alloc.h"
#include "lnet.h"

#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/sock.h>

enum {
	JOBS_MAX	= 64,		/* at a time; each may load a module */
	READ_WAIT_MS	= 5000,		/* for a tool that reads nothing of its answer */
	READ_POLL_MS	= 10,
};

/* J: under jobs_lock */
struct job {
	struct work_struct work;
	struct list_head link;		/* J: */
	struct sk_buff *skb;		/* held: the message is in it */
	struct sock *sk;		/* held: the tool's, its port is the one of @info */
	int (*run)(struct genl_info *info);
	struct sk_buff *last;		/* of an answer of its own; or NULL */
	struct genl_info info;
	struct netlink_ext_ack extack;
};

static DEFINE_SPINLOCK(jobs_lock);	/* J: inside no lock of ours, around none */
static LIST_HEAD(jobs);			/* J: */
static unsigned int jobs_nr;		/* J: */
static struct workqueue_struct *jobs_wq;

/* Returns 0; or -EBUSY: its socket has one already, or there are too many. */
static int job_enter(struct job *new)
{
	struct job *job;
	int rc = 0;

	spin_lock(&jobs_lock);
	list_for_each_entry(job, &jobs, link)
		if (job->sk == new->sk)
			rc = -EBUSY;
	if (jobs_nr == JOBS_MAX)
		rc = -EBUSY;
	if (!rc) {
		list_add(&new->link, &jobs);
		jobs_nr++;
	}
	spin_unlock(&jobs_lock);
	return rc;
}

static void job_leave(struct job *job)
{
	spin_lock(&jobs_lock);
	list_del(&job->link);
	jobs_nr--;
	spin_unlock(&jobs_lock);
}

static void job_free(struct job *job)
{
	put_net(genl_info_net(&job->info));
	sock_put(job->sk);
	kfree_skb(job->last);
	kfree_skb(job->skb);
	kfree(job);
}

/* As netlink does: -EINTR means that there is no ACK. */
static void job_tell(struct job *job, int rc)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)job->info.nlhdr;

	if (job->last) {
		genlmsg_unicast(genl_info_net(&job->info), job->last, job->info.snd_portid);
		job->last = NULL;
	}
	if (rc != -EINTR && (rc || nlh->nlmsg_flags & NLM_F_ACK))
		netlink_ack(job->skb, nlh, rc, &job->extack);
}

static void job_work(struct work_struct *work)
{
	struct job *job = container_of(work, struct job, work);
	int rc;

	rc = job->run(&job->info);
	/* The tool may send its next request as soon as it is told. */
	job_leave(job);
	module_put(THIS_MODULE);
	if (!sock_flag(job->sk, SOCK_DEAD))
		job_tell(job, rc);
	job_free(job);
}

static struct job *job_make(struct sk_buff *skb, struct genl_info *info,
			    int (*run)(struct genl_info *info))
{
	struct job *job = lnet_alloc(kzalloc(sizeof(*job), GFP_KERNEL));

	if (!job)
		return NULL;
	INIT_WORK(&job->work, job_work);
	job->run = run;
	job->skb = skb_get(skb);
	job->sk = NETLINK_CB(skb).sk;
	sock_hold(job->sk);
	/* The socket may be closed meanwhile, and does not hold it then. */
	get_net(genl_info_net(info));
	job->info.snd_seq = info->snd_seq;
	job->info.snd_portid = info->snd_portid;
	job->info.nlhdr = info->nlhdr;
	job->info.genlhdr = info->genlhdr;
	job->info.extack = &job->extack;
	genl_info_net_set(&job->info, genl_info_net(info));
	return job;
}

/**
 * lnet_nl_job_begin() - have a request carried out later, and the tool told then
 * @skb: the message
 * @info: the request
 * @run: carries it out, in a work item: its @info has no attributes, nor data of the caller's.
 *	Returns what an operation of generic netlink does: -EINTR: it has an answer of its own,
 *	by lnet_nl_job_send_last(), and no ACK
 *
 * Context: task; as an operation of generic netlink: it returns what this returns.
 * Return: -EINTR: it will be told; -EBUSY: the socket's last request is still carried out, or too
 * many are; -ENODEV: this module is being removed; -ENOMEM.
 */
int lnet_nl_job_begin(struct sk_buff *skb, struct genl_info *info,
		      int (*run)(struct genl_info *info))
{
	struct job *job;
	int rc;

	if (!try_module_get(THIS_MODULE))
		return -ENODEV;
	job = job_make(skb, info, run);
	rc = job ? job_enter(job) : -ENOMEM;
	if (!rc) {
		queue_work(jobs_wq, &job->work);
		return -EINTR;
	}
	if (rc == -EBUSY) {
		NL_SET_ERR_MSG(info->extack, "another request is still carried out");
		job_free(job);
	}
	module_put(THIS_MODULE);
	return rc;
}

static bool sock_has_room(const struct sock *sk, const struct sk_buff *skb)
{
	int used = atomic_read(&sk->sk_rmem_alloc);

	return !used || used + skb->truesize <= READ_ONCE(sk->sk_rcvbuf);
}

/* Returns 0; or -ENOBUFS: the tool has read nothing for some time; -EPIPE: it is gone. */
static int sock_wait_for_room(struct sock *sk, const struct sk_buff *skb)
{
	unsigned long end = jiffies + msecs_to_jiffies(READ_WAIT_MS);
	int used, before = atomic_read(&sk->sk_rmem_alloc);

	while (!sock_has_room(sk, skb)) {
		if (sock_flag(sk, SOCK_DEAD))
			return -EPIPE;
		used = atomic_read(&sk->sk_rmem_alloc);
		if (used < before)
			end = jiffies + msecs_to_jiffies(READ_WAIT_MS);
		before = used;
		if (time_after(jiffies, end))
			return -ENOBUFS;
		schedule_timeout_uninterruptible(msecs_to_jiffies(READ_POLL_MS));
	}
	return 0;
}

/**
 * lnet_nl_job_send() - send a piece of a long answer, when the tool has read enough
 * @info: the request, from the caller of run()
 * @skb: the piece, which is freed
 *
 * Context: task, in run() of lnet_nl_job_begin(); may sleep for as long as the tool reads, and
 * for 5 s at most if it does not.
 * Return: 0; -ENOBUFS: it reads nothing; -EPIPE: it is gone; or an error of genlmsg_unicast().
 */
int lnet_nl_job_send(struct genl_info *info, struct sk_buff *skb)
{
	struct job *job = container_of(info, struct job, info);
	int rc = sock_wait_for_room(job->sk, skb);

	if (!rc)
		return genlmsg_unicast(genl_info_net(info), skb, info->snd_portid);
	nlmsg_free(skb);
	return rc;
}

/**
 * lnet_nl_job_send_last() - send the last piece of an answer, when the job is over
 * @info: the request, from the caller of run(), which then returns -EINTR
 * @skb: the piece, which is freed
 *
 * Context: as lnet_nl_job_send(), which sends those before.
 * Return: 0; -ENOBUFS: the tool reads nothing; -EPIPE: it is gone.
 */
int lnet_nl_job_send_last(struct genl_info *info, struct sk_buff *skb)
{
	struct job *job = container_of(info, struct job, info);
	int rc = sock_wait_for_room(job->sk, skb);

	if (rc)
		nlmsg_free(skb);
	else
		job->last = skb;
	return rc;
}

/**
 * lnet_nl_job_init() - make the work queue
 *
 * Context: task; may sleep; as the module is loaded.
 * Return: 0 or -ENOMEM.
 */
int lnet_nl_job_init(void)
{
	jobs_wq = lnet_alloc(alloc_workqueue(LNET_NAME "_tools", WQ_UNBOUND, 0));
	return jobs_wq ? 0 : -ENOMEM;
}

/**
 * lnet_nl_job_exit() - wait for what is left of the last jobs
 *
 * Context: task; may sleep; as the module is removed, when no request comes any more.
 */
void lnet_nl_job_exit(void)
{
	destroy_workqueue(jobs_wq);
}
