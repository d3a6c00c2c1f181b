// SPDX-License-Identifier: GPL-2.0
/*
 * The server's objects, in memory: a list of names, each with an xarray of
 * pages. Invariant: rpcs_stats.pages is the number of pages in all xarrays,
 * and never above the limit.
 */
#include "server.h"

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>

/**
 * struct store - all objects
 * @lock: guards the list
 * @objects: by no order; there are few
 * @zero: what a hole reads as
 *
 * I: immutable after load; L: ->lock
 */
struct store {
	/* the names */
	struct mutex lock;
	struct list_head objects;	/* L: */
	struct page *zero;		/* I: */
};

static struct store store = {
	.lock		= __MUTEX_INITIALIZER(store.lock),
	.objects	= LIST_HEAD_INIT(store.objects),
};

/* Take room for @n pages before they are stored. */
static bool charge(long n)
{
	long used = atomic64_add_return(n, &rpcs_stats.pages.value);

	if (n == 0 || used <= (long)rpcs_settings.limit_pages)
		return true;
	rpc_stat_add(&rpcs_stats.pages, -n);
	return false;
}

static void uncharge(long n)
{
	rpc_stat_add(&rpcs_stats.pages, -n);
}

static void object_free(struct kref *ref)
{
	struct rpcs_object *obj = container_of(ref, struct rpcs_object, ref);
	unsigned long index;
	struct page *page;
	long n = 0;

	xa_for_each(&obj->pages, index, page) {
		put_page(page);
		n++;
	}
	xa_destroy(&obj->pages);
	uncharge(n);
	kfree(obj);
}

void rpcs_object_put(struct rpcs_object *obj)
{
	kref_put(&obj->ref, object_free);
}

static struct rpcs_object *object_alloc(const u8 *name, u64 generation)
{
	struct rpcs_object *obj = kzalloc(sizeof(*obj), GFP_KERNEL);

	if (!obj)
		return NULL;
	kref_init(&obj->ref);
	memcpy(obj->name, name, sizeof(obj->name));
	obj->generation = generation;
	init_rwsem(&obj->lock);
	xa_init(&obj->pages);
	return obj;
}

static struct rpcs_object *find_locked(const u8 *name)
{
	struct rpcs_object *obj;

	lockdep_assert_held(&store.lock);
	list_for_each_entry(obj, &store.objects, link)
		if (!memcmp(obj->name, name, sizeof(obj->name)))
			return obj;
	return NULL;
}

static void unname_locked(struct rpcs_object *obj)
{
	lockdep_assert_held(&store.lock);
	list_del(&obj->link);
	rpc_stat_dec(&rpcs_stats.objects);
	rpcs_object_put(obj);
}

static int replace_locked(const u8 *name, u64 generation)
{
	struct rpcs_object *old = find_locked(name);
	struct rpcs_object *obj;

	/* The first attempt did it and its reply was lost. */
	if (old && old->generation == generation)
		return 0;
	if (!old && atomic64_read(&rpcs_stats.objects.value) >= RPCS_MAX_OBJECTS)
		return -ENOSPC;

	obj = object_alloc(name, generation);
	if (!obj)
		return -ENOMEM;
	if (old)
		unname_locked(old);
	list_add(&obj->link, &store.objects);
	rpc_stat_inc(&rpcs_stats.objects);
	return 0;
}

/*
 * Give @name an empty object of @generation. A thread that still works with the
 * object before finishes with that one, unseen.
 */
int rpcs_object_create(const u8 *name, u64 generation)
{
	int rc;

	mutex_lock(&store.lock);
	rc = replace_locked(name, generation);
	mutex_unlock(&store.lock);
	return rc;
}

/* @generation 0 is any. A reference, -ENOENT, or -ESTALE: it was replaced. */
struct rpcs_object *rpcs_object_lookup(const u8 *name, u64 generation)
{
	struct rpcs_object *obj;

	mutex_lock(&store.lock);
	obj = find_locked(name);
	if (!obj)
		obj = ERR_PTR(-ENOENT);
	else if (generation && generation != obj->generation)
		obj = ERR_PTR(-ESTALE);
	else
		kref_get(&obj->ref);
	mutex_unlock(&store.lock);
	return obj;
}

u64 rpcs_object_size(struct rpcs_object *obj)
{
	u64 size;

	down_read(&obj->lock);
	size = obj->size;
	up_read(&obj->lock);
	return size;
}

/* Fill bytes [@from, @to) of a new page with what its place held before. */
static void inherit(struct page *page, struct page *old, u32 from, u32 to)
{
	if (from == to)
		return;
	if (old)
		memcpy(page_address(page) + from, page_address(old) + from, to - from);
	else
		memset(page_address(page) + from, 0, to - from);
}

/* How many of @n places from @index on have no page. */
static long holes(struct rpcs_object *obj, unsigned long index, unsigned int n)
{
	unsigned long at;
	struct page *page;
	long missing = n;

	xa_for_each_range(&obj->pages, at, page, index, index + n - 1)
		missing--;
	return missing;
}

/*
 * Put @page, of which bytes [@from, @to) are new, in its place. Returns 1 if
 * the place was a hole, 0 if not, -ENOMEM.
 */
static int store_page(struct rpcs_object *obj, unsigned long index,
		      struct page *page, u32 from, u32 to)
{
	struct page *old = xa_load(&obj->pages, index);
	int rc;

	inherit(page, old, 0, from);
	inherit(page, old, to, PAGE_SIZE);
	rc = xa_err(xa_store(&obj->pages, index, page, GFP_KERNEL));
	if (rc)
		return rc;
	if (!old)
		return 1;
	put_page(old);
	return 0;
}

static int write_locked(struct rpcs_object *obj, u64 offset, u32 length,
			struct page **pages)
{
	unsigned long index = offset >> PAGE_SHIFT;
	unsigned int n = DIV_ROUND_UP(offset_in_page(offset) + length, PAGE_SIZE);
	long room = holes(obj, index, n);
	u32 from = offset_in_page(offset);
	u32 left = length;
	unsigned int i;
	int rc = 0;

	if (!charge(room))
		return -ENOSPC;
	for (i = 0; i < n && rc >= 0; i++) {
		u32 to = min_t(u32, from + left, PAGE_SIZE);

		rc = store_page(obj, index + i, pages[i], from, to);
		if (rc < 0)
			break;
		pages[i] = NULL;
		room -= rc;
		left -= to - from;
		from = 0;
	}
	uncharge(room);
	if (rc < 0)
		return rc;
	obj->size = max(obj->size, offset + length);
	return 0;
}

/*
 * Make @pages, filled from the offset of @offset in the first one on, the
 * content of [@offset, @offset + @length). The pages taken over are NULL
 * afterwards. -ESTALE: a later epoch has written; -ENOSPC; -ENOMEM: part of
 * it may have been written.
 */
int rpcs_object_write(struct rpcs_object *obj, u32 epoch, u64 offset,
		      u32 length, struct page **pages)
{
	int rc = -ESTALE;

	down_write(&obj->lock);
	if (epoch >= obj->epoch) {
		obj->epoch = epoch;
		rc = write_locked(obj, offset, length, pages);
	}
	up_write(&obj->lock);
	return rc;
}

/*
 * Take references to the pages of [@offset, @offset + @length), as one WRITE
 * after the other left them. Returns how many bytes there are.
 */
u32 rpcs_object_read(struct rpcs_object *obj, u64 offset, u32 length,
		     struct page **pages)
{
	unsigned long index = offset >> PAGE_SHIFT;
	unsigned int i, n;

	down_read(&obj->lock);
	if (offset >= obj->size)
		length = 0;
	else
		length = min_t(u64, length, obj->size - offset);
	n = length ? DIV_ROUND_UP(offset_in_page(offset) + length, PAGE_SIZE) : 0;
	for (i = 0; i < n; i++) {
		pages[i] = xa_load(&obj->pages, index + i) ?: store.zero;
		get_page(pages[i]);
	}
	up_read(&obj->lock);
	return length;
}

int rpcs_store_init(void)
{
	store.zero = alloc_page(GFP_KERNEL | __GFP_ZERO);
	return store.zero ? 0 : -ENOMEM;
}

/* No service thread is left. */
void rpcs_store_exit(void)
{
	struct rpcs_object *obj, *next;

	mutex_lock(&store.lock);
	list_for_each_entry_safe(obj, next, &store.objects, link)
		unname_locked(obj);
	mutex_unlock(&store.lock);
	put_page(store.zero);
}
