// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/lnet/nis/<nid>/peers/<id>: a peer, and its connections.
 *
 * A read takes the peer's lock for a moment. The directory is removed before the peer is freed,
 * and the removal waits for readers.
 */
#include "conn.h"
#include "conns.h"
#include "net.h"
#include "param.h"
#include "peer.h"

#include <lnet/api.h>
#include <lnet/sysfs.h>

#include <linux/err.h>
#include <linux/timekeeping.h>

static struct ksock_peer *peer_of(struct kobject *kobj)
{
	return lnet_sysfs_dir_of(kobj);
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

static u64 peer_conns_open(const struct ksock_peer *peer)
{
	u64 n = 0;
	int type;

	for (type = 0; type < KSOCK_CTYPES; type++)
		if (peer->conns[type] && peer->conns[type]->open)
			n++;
	return n;
}

/* Messages that wait, and those with connections, each of which has taken a credit. */
static u64 peer_queue(const struct ksock_peer *peer)
{
	const unsigned int *waiting = peer->waiting_nr;

	return waiting[KSOCK_WAIT_OURS] + waiting[KSOCK_WAIT_ANSWER] +
	       ksock_params.peer_credits - peer->credits;
}

static u64 peer_value(struct kobject *kobj, unsigned int what)
{
	struct ksock_peer *peer = peer_of(kobj);
	time64_t heard;
	u64 v = 0;

	spin_lock(&peer->lock);
	switch (what) {
	case CONNECTIONS:
		v = peer_conns_open(peer);
		break;
	case CREDITS:
		v = peer->credits;
		break;
	case QUEUE:
		v = peer_queue(peer);
		break;
	case INCARNATION:
		v = peer->incarnation;
		break;
	case PROTOCOL:
		v = peer->version;
		break;
	case LAST_ALIVE:
		/* Its worker may set it again now: read it once, and before the clock. */
		heard = READ_ONCE(peer->heard_at);
		v = heard ? ktime_get_seconds() - heard : 0;
		break;
	case LAST_ERROR:
		v = -peer->error;
		break;
	}
	spin_unlock(&peer->lock);
	return v;
}

static ssize_t state_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct ksock_peer *peer = peer_of(kobj);
	const char *state;

	spin_lock(&peer->lock);
	if (ksock_conns_usable_locked(peer))
		state = "up";
	else if (peer->dial != KSOCK_DIAL_IDLE)
		state = "connecting";
	else
		state = peer->error ? "down" : "idle";
	spin_unlock(&peer->lock);
	return sysfs_emit(buf, "%s\n", state);
}

static struct kobj_attribute state_attr = __ATTR_RO(state);

static ssize_t last_error_text_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", lnet_error_text(peer_value(kobj, LAST_ERROR)));
}

static struct kobj_attribute error_text_attr = __ATTR_RO(last_error_text);

static struct attribute *peer_attrs[] = {
	&state_attr.attr,
	&error_text_attr.attr,
	LNET_ATTR_RO("connections", peer_value, CONNECTIONS),
	LNET_ATTR_RO("credits", peer_value, CREDITS),
	LNET_ATTR_RO("queue", peer_value, QUEUE),
	LNET_ATTR_RO("incarnation", peer_value, INCARNATION),
	LNET_ATTR_RO("version", peer_value, PROTOCOL),
	LNET_ATTR_RO("last_alive", peer_value, LAST_ALIVE),
	LNET_ATTR_RO("last_error", peer_value, LAST_ERROR),
	NULL
};

LNET_DIR_TYPE(peer);

/**
 * ksock_sysfs_peer_add() - create the directory of a peer
 * @peer: the peer that gets a directory
 *
 * Context: task; may sleep.
 * Return: 0; -errno: the peer has no directory.
 */
int ksock_sysfs_peer_add(struct ksock_peer *peer)
{
	char id[LNET_IDSTR_SIZE];
	struct lnet_dir *dir;

	dir = lnet_sysfs_dir_add(&peer_type, peer->net->peers_kobj, sizeof(*dir), peer,
				 ksock_peer_name(peer, id, sizeof(id)));
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	peer->dir = dir;
	return 0;
}

/**
 * ksock_sysfs_peer_del() - remove the directory of a peer, if there is one
 * @peer: the peer, whose attributes have no reader on return
 *
 * Context: task; may sleep.
 */
void ksock_sysfs_peer_del(struct ksock_peer *peer)
{
	lnet_sysfs_dir_del(peer->dir);
	peer->dir = NULL;
}
