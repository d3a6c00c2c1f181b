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

# What was not looked at: scripts/check counts it, and does not take it for passed.
skipped() { echo "lnet-guest: skipped $*"; }

# kmemleak WORD: what it is told. When it has run out of memory, or is switched
# off, it takes no word any more: that nothing is reported then says nothing.
kmemleak() {
	echo "$1" >"$MEMLEAK" && return
	echo "lnet-guest: kmemleak does not take '$1', it finds nothing any more"
	return 1
}

# What leaked before our first module is not ours. LNET_KMEMLEAK says whether the
# kernel was made with it: yes, no, or nothing.
leaks_begin() {
	if [ -w "$MEMLEAK" ]; then
		kmemleak scan=off && kmemleak scan && kmemleak clear
	elif [ "${LNET_KMEMLEAK-}" = yes ]; then
		echo "lnet-guest: $MEMLEAK is missing, and this kernel should have it"
		return 1
	fi
}

leaks_unknown() {
	if [ "${LNET_KMEMLEAK-}" = no ]; then
		echo "lnet-guest: without a scan for leaks: this kernel has no kmemleak"
	else
		skipped "the scan for leaks: there is no kmemleak here"
	fi
}

# An object is reported from its fifth second on, and only when two scans see
# it unchanged.
leaks_none() {
	[ -w "$MEMLEAK" ] || {
		leaks_unknown
		return
	}
	sleep 5.5
	kmemleak scan && sleep 0.5 && kmemleak scan && cat "$MEMLEAK" >leaks || return 1
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

# lnet_two_nids: LNet over TCP with two NIDs of this node. What a client sends from
# the one to the other goes over the loopback device, not by 0@lo: TWO_NIDS are
# the parameters of the RPC client that does.
# shellcheck disable=SC2034 # for callers
TWO_NIDS="self=127.0.0.1@tcp server=127.0.0.2@tcp"
lnet_two_nids() {
	{ ip link set lo up && ip address add 127.0.0.2/32 dev lo; } || fail "no address"
	load lnet/lnet "networks=tcp(127.0.0.1/32,127.0.0.2/32)" && load lnet/socklnd/ksocklnd
}

# until_running 0|1: waits until LNet is down or up.
until_running() {
	_tries=0
	until [ "$(cat /sys/kernel/lnet/running)" = "$1" ]; do
		_tries=$((_tries + 1))
		[ "$_tries" -lt 300 ] || fail "after 30 s /sys/kernel/lnet/running is not $1"
		sleep 0.1
	done
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
