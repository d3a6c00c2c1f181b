// SPDX-License-Identifier: GPL-2.0
/*
 * The memory, threads and sockets of the machine, and the driver's own counts. One line of
 * JSON; of several looks, a second apart, the most of each, but the least memory.
 */
#include "attack.h"

#include <ctype.h>
#include <dirent.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum figure {
	AVAILABLE_KB, SLAB_KB, UNRECLAIMABLE_KB, TCP_KB, KERNEL_THREADS, KWORKERS,
	SOCKETS, TIME_WAIT, PEERS, CONNECTIONS, FIGURES
};

static const char *const names[FIGURES] = {
	"available_kb", "slab_kb", "unreclaimable_kb", "tcp_kb", "kernel_threads", "kworkers",
	"sockets", "time_wait", "peers", "connections",
};

static u64 kept_pages(void)
{
	FILE *file = fopen("/proc/zoneinfo", "re");
	u64 pages, sum = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, " count: %llu", &pages) == 1)
			sum += pages;
	if (file)
		fclose(file);
	return sum;
}

static void look_at_memory(u64 *f)
{
	FILE *file = fopen("/proc/meminfo", "re");
	u64 kb;
	char name[64];

	while (file && fscanf(file, "%63s %llu%*[^\n]", name, &kb) == 2) {
		if (!strcmp(name, "MemAvailable:"))
			f[AVAILABLE_KB] = kb;
		else if (!strcmp(name, "Slab:"))
			f[SLAB_KB] = kb;
		else if (!strcmp(name, "SUnreclaim:"))
			f[UNRECLAIMABLE_KB] = kb;
	}
	if (file)
		fclose(file);
	/* Pages that a CPU keeps for itself are free, too, and may be 16 MiB. */
	f[AVAILABLE_KB] += kept_pages() * sysconf(_SC_PAGESIZE) / 1024;
}

static void look_at_tcp(u64 *f)
{
	FILE *file = fopen("/proc/net/sockstat", "re");
	unsigned int inuse, orphan, tw, alloc, pages;
	char line[256];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "TCP: inuse %u orphan %u tw %u alloc %u mem %u", &inuse, &orphan,
			   &tw, &alloc, &pages) != 5)
			continue;
		f[SOCKETS] = alloc;
		f[TIME_WAIT] = tw;
		f[TCP_KB] = (u64)pages * sysconf(_SC_PAGESIZE) / 1024;
	}
	if (file)
		fclose(file);
}

/* A kernel thread has kthreadd, 2, as its parent. */
static void look_at_process(const char *pid, u64 *f)
{
	char path[300], line[256];
	char *comm, *rest;
	int parent;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return;
	comm = fgets(line, sizeof(line), file) ? strchr(line, '(') : NULL;
	rest = comm ? strrchr(comm, ')') : NULL;
	if (rest && sscanf(rest, ") %*c %d", &parent) == 1 && parent == 2) {
		f[KERNEL_THREADS]++;
		f[KWORKERS] += !strncmp(comm, "(kworker", 8);
	}
	fclose(file);
}

static void look_at_threads(u64 *f)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (proc && (entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			look_at_process(entry->d_name, f);
	if (proc)
		closedir(proc);
}

static u64 sum_of(const char *pattern)
{
	u64 value, sum = 0;
	glob_t found;
	FILE *file;
	size_t i;

	if (glob(pattern, 0, NULL, &found))
		return 0;
	for (i = 0; i < found.gl_pathc; i++) {
		file = fopen(found.gl_pathv[i], "re");
		if (file && fscanf(file, "%llu", &value) == 1)
			sum += value;
		if (file)
			fclose(file);
	}
	globfree(&found);
	return sum;
}

/* Each peer has a folder, made soon after it has come. */
static u64 count_peers(void)
{
	struct dirent *entry;
	u64 n = 0;
	glob_t found;
	DIR *dir;
	size_t i;

	if (glob("/sys/kernel/lnet/nis/*/peers", 0, NULL, &found))
		return 0;
	for (i = 0; i < found.gl_pathc; i++) {
		dir = opendir(found.gl_pathv[i]);
		while (dir && (entry = readdir(dir)))
			n += entry->d_name[0] != '.';
		if (dir)
			closedir(dir);
	}
	globfree(&found);
	return n;
}

/* There are many peers: they are counted at the end only. */
static void look(u64 *f, bool last)
{
	memset(f, 0, FIGURES * sizeof(*f));
	look_at_memory(f);
	look_at_tcp(f);
	look_at_threads(f);
	f[CONNECTIONS] = sum_of("/sys/kernel/lnet/socklnd/workers/*/connections");
	if (last)
		f[PEERS] = count_peers();
}

int watch(unsigned int seconds)
{
	u64 most[FIGURES], now[FIGURES];
	unsigned int i;

	look(most, !seconds);
	while (seconds--) {
		sleep(1);
		look(now, !seconds);
		for (i = 0; i < FIGURES; i++)
			if (i == AVAILABLE_KB ? now[i] < most[i] : now[i] > most[i])
				most[i] = now[i];
	}
	say_figures(names, most, FIGURES);
	return 0;
}

/*
 * Sockets of the target's port, its own and those of its callers, except those that listen or
 * only wait for old segments; and the state of the last of each.
 */
int watch_sockets(void)
{
	static const char *const keys[] = { "target", "callers", "target_state", "callers_state" };

	enum { TARGET, CALLERS, TARGET_STATE, CALLERS_STATE, KEYS };

	enum { STATE_TIME_WAIT = 6, STATE_LISTEN = 10 };

	FILE *file = fopen("/proc/net/tcp", "re");
	unsigned int ours, theirs, state, side;
	u64 figures[KEYS] = { 0 };
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, " %*u: %*x:%x %*x:%x %x", &ours, &theirs, &state) != 3 ||
		    (ours != sock_port && theirs != sock_port) ||
		    state == STATE_TIME_WAIT || state == STATE_LISTEN)
			continue;
		side = ours == sock_port ? TARGET : CALLERS;
		figures[side]++;
		figures[side + TARGET_STATE] = state;
	}
	if (file)
		fclose(file);
	say_figures(keys, figures, KEYS);
	return 0;
}
