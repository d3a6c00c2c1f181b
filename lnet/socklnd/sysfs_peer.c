// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/lnet/nis/<nid>/peers/<id>: a peer, and how it is reached.
 *
 * Reading takes the peer's lock for a moment. The folder goes before the peer
 * does, and its going waits for readers.
 */
#include "sysfs.h"
#include "conn.h"
#include "net.h"
#include "param.h"
#include "peer.h"

#include <lnet/api.h>

#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/timekeeping.h>

struct lnet_sock_peer_dir {
	struct kobject kobj;
	struct lnet_sock_peer *peer;	/* outlives the folder */
};

static struct lnet_sock_peer *peer_of(struct kobject *kobj)
{
	return container_of(kobj, struct lnet_sock_peer_dir, kobj)->peer;
}

enum {
	CONNECTIONS,
	CREDITS,
	QUEUE,
	INCARNATION,
	PROTOCOL,
	LAST_ALIVE,
	LAST_ERROR,
};

static u64 open_conns(const struct lnet_sock_peer *peer)
{
	u64 n = 0;
	int type;

	for (type = 0; type < LNET_SOCK_CTYPES; type++)
		n += peer->conns[type] && peer->conns[type]->open;
	return n;
}

/* What was given to connections has taken credits; the rest waits. */
static u64 queue(const struct lnet_sock_peer *peer)
{
	const unsigned int *waiting = peer->waiting_nr;

	return waiting[LNET_SOCK_WAIT_OURS] + waiting[LNET_SOCK_WAIT_ANSWER] +
	       lnet_sock_params.peer_credits - peer->credits;
}

static u64 value(struct kobject *kobj, unsigned int what)
{
	struct lnet_sock_peer *peer = peer_of(kobj);
	u64 v = 0;

	spin_lock(&peer->lock);
	switch (what) {
	case CONNECTIONS:
		v = open_conns(peer);
		break;
	case CREDITS:
		v = peer->credits;
		break;
	case QUEUE:
		v = queue(peer);
		break;
	case INCARNATION:
		v = peer->incarnation;
		break;
	case PROTOCOL:
		v = peer->version;
		break;
	case LAST_ALIVE:
		v = peer->alive ? ktime_get_seconds() - peer->alive : 0;
		break;
	case LAST_ERROR:
		v = -peer->error;
		break;
	}
	spin_unlock(&peer->lock);
	return v;
}

static struct lnet_sock_attr attrs[] = {
	LNET_ATTR_RO("connections", value, CONNECTIONS),
	LNET_ATTR_RO("credits", value, CREDITS),
	LNET_ATTR_RO("queue", value, QUEUE),
	LNET_ATTR_RO("incarnation", value, INCARNATION),
	LNET_ATTR_RO("version", value, PROTOCOL),
	LNET_ATTR_RO("last_alive", value, LAST_ALIVE),
	LNET_ATTR_RO("last_error", value, LAST_ERROR),
};

static ssize_t state_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct lnet_sock_peer *peer = peer_of(kobj);
	const char *state;

	spin_lock(&peer->lock);
	if (lnet_sock_peer_usable_locked(peer))
		state = "up";
	else if (peer->dial != LNET_SOCK_DIAL_IDLE)
		state = "connecting";
	else
		state = peer->error ? "down" : "idle";
	spin_unlock(&peer->lock);
	return sysfs_emit(buf, "%s\n", state);
}

static struct kobj_attribute state_attr = __ATTR_RO(state);

static void dir_release(struct kobject *kobj)
{
	kfree(container_of(kobj, struct lnet_sock_peer_dir, kobj));
}

static const struct kobj_type dir_type = {
	.release	= dir_release,
	.sysfs_ops	= &kobj_sysfs_ops,
};

/**
 * lnet_sock_peer_dir_add() - make the folder of a peer
 * @peer: the peer
 *
 * Context: task; may sleep.
 * Return: 0 or -errno: it has none.
 */
int lnet_sock_peer_dir_add(struct lnet_sock_peer *peer)
{
	struct lnet_sock_peer_dir *dir;
	char id[LNET_IDSTR_SIZE];
	int rc;

	dir = kzalloc(sizeof(*dir), GFP_KERNEL);
	if (!dir)
		return -ENOMEM;
	dir->peer = peer;
	rc = kobject_init_and_add(&dir->kobj, &dir_type, peer->net->peers_kobj, "%s",
				  lnet_sock_peer_name(peer, id, sizeof(id)));
	if (!rc)
		rc = sysfs_create_file(&dir->kobj, &state_attr.attr);
	if (!rc)
		rc = lnet_sock_attrs_add(&dir->kobj, attrs, ARRAY_SIZE(attrs));
	if (rc) {
		kobject_put(&dir->kobj);
		return rc;
	}
	peer->dir = dir;
	return 0;
}

/**
 * lnet_sock_peer_dir_del() - take the folder of a peer away
 * @peer: nobody reads its files any more on return
 *
 * Context: task; may sleep.
 */
void lnet_sock_peer_dir_del(struct lnet_sock_peer *peer)
{
	if (!peer->dir)
		return;
	kobject_del(&peer->dir->kobj);
	kobject_put(&peer->dir->kobj);
	peer->dir = NULL;
}
