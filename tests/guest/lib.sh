# SPDX-License-Identifier: GPL-2.0
# What the guest's scripts share. POSIX sh: also run by busybox. Sourced.
# shellcheck shell=sh

MEMLEAK=/sys/kernel/debug/kmemleak

# A line in the kernel's log: the judge reads from "begin" on.
mark() { echo "lnet-guest: $*" >/dev/kmsg; }

# The other nodes of a cluster need not wait for this one then.
fail() {
	echo "lnet-guest: $*"
	[ -z "${LNET_SHARED-}" ] || : >"shared/failed.$LNET_NODE"
	exit 1
}

# The host reads the report as it grows, not half a minute later.
report_live() {
	echo 10 >/proc/sys/vm/dirty_writeback_centisecs
	echo 10 >/proc/sys/vm/dirty_expire_centisecs
}

# now: hundredths of a second since boot, into $now.
now() {
	read -r _up _ </proc/uptime
	# The 1 keeps "08" from being octal.
	# shellcheck disable=SC2034 # for callers
	now=$((${_up%.*} * 100 + 1${_up#*.} - 100))
}

# What leaked before our first module is not ours.
leaks_begin() {
	[ -w "$MEMLEAK" ] || return 0
	echo scan=off >"$MEMLEAK"
	echo scan >"$MEMLEAK"
	echo clear >"$MEMLEAK"
}

# An object is reported from its fifth second on, and only when two scans see
# it unchanged.
leaks_none() {
	[ -w "$MEMLEAK" ] || return 0
	sleep 5.5
	echo scan >"$MEMLEAK"
	sleep 0.5
	echo scan >"$MEMLEAK"
	cat "$MEMLEAK" >leaks
	[ -s leaks ] || return 0
	echo "lnet-guest: memory leaked"
	head -n 60 leaks
	return 1
}

# load MODULE [PARAMETER...] from LNET_MODULES, the build tree.
load() {
	_module=$1
	shift
	insmod "$LNET_MODULES/$_module.ko" "$@" || {
		echo "lnet-guest: insmod $_module failed"
		return 1
	}
}

# Removes our modules, in the order of their use, whatever is left of them.
unload() {
	for _round in 1 2 3 4 5; do
		_left=$(sed -n -e 's/^\(lnet[a-z0-9_]*\) .*/\1/p' -e 's/^\(ksocklnd\) .*/\1/p' /proc/modules)
		[ -n "$_left" ] || return 0
		for _module in $_left; do
			rmmod "$_module" 2>rmmod.err || true
		done
	done
	cat rmmod.err
	echo "lnet-guest: still loaded: $_left"
	return 1
}
