// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/lnet/large_nids: NIDs with long addresses, for which numbers stand.
 */
#include "show/sysfs.h"
#include "event/large_nid.h"

static u64 large_nids_known(struct kobject *kobj, unsigned int arg)
{
	return lnet_large_nid_known();
}

static u64 large_nids_held(struct kobject *kobj, unsigned int arg)
{
	return lnet_large_nid_held();
}

static u64 large_nids_forgotten(struct kobject *kobj, unsigned int lasting)
{
	return lnet_large_nid_forgotten(lasting);
}

static struct attribute *large_nids_attrs[] = {
	LNET_ATTR_RO("known", large_nids_known, 0),
	LNET_ATTR_RO("in_use", large_nids_held, 0),
	LNET_ATTR_RO("forgotten", large_nids_forgotten, false),
	LNET_ATTR_RO("forgotten_lasting", large_nids_forgotten, true),
	NULL
};

const struct attribute_group lnet_large_nids_group = {
	.name = "large_nids", .attrs = large_nids_attrs,
};
