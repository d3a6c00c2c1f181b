# SPDX-License-Identifier: GPL-2.0
# Shared by the guest's scripts. POSIX sh: busybox runs it, too. Sourced.
# shellcheck shell=sh

MEMLEAK=/sys/kernel/debug/kmemleak

# Writes a line to the kernel's log, which the judge reads from "begin" on.
mark() { echo "lnet-guest: $*" >/dev/kmsg; }

# Ends the job, and tells the other nodes of a cluster that they need not wait for this one.
fail() {
	echo "lnet-guest: $*"
	[ -z "${LNET_SHARED-}" ] || : >"shared/failed.$LNET_NODE"
	exit 1
}

# Lets the host read the report as it grows, not half a minute later.
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

# Reports a check that was not made: scripts/check counts it, and not as passed.
skipped() { echo "lnet-guest: skipped $*"; }

# kmemleak WORD: gives it a command. When it has run out of memory, or is switched off, it
# takes no command any more, and that it reports nothing then proves nothing.
kmemleak() {
	echo "$1" >"$MEMLEAK" && return
	echo "lnet-guest: kmemleak does not take '$1', it finds nothing any more"
	return 1
}

# Clears leaks from before our first module. LNET_KMEMLEAK says whether the kernel was built
# with kmemleak: yes, no, or nothing.
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

# Fails if memory has leaked. kmemleak reports an object from its fifth second on, and only
# when two scans see it unchanged.
leaks_none() {
	[ -w "$MEMLEAK" ] || {
		leaks_unknown
		return
	}
	sleep 5.5
	kmemleak scan && sleep 0.5 && kmemleak scan && cat "$MEMLEAK" >leaks || return 1
	# LNET_LEAKS sorts out those of other modules: tests/lustre/leaks.
	if [ -n "${LNET_LEAKS-}" ] && [ -s leaks ]; then
		"$LNET_LEAKS" modules leaks || return 1
		[ -s leaks ] || echo "lnet-guest: leaks of other modules only"
	fi
	[ -s leaks ] || return 0
	echo "lnet-guest: memory leaked"
	head -n 60 leaks
	return 1
}

# Copies what gcov has counted in our modules, also in those that are gone, to out/counts: in
# the test kernel that counts, and nowhere else.
counts_keep() {
	_counts=/sys/kernel/debug/gcov$LNET_MODULES
	[ ! -d "$_counts" ] || { rm -rf out/counts && cp -r "$_counts" out/counts; } || echo "lnet-guest: not all counts were kept"
}

# load MODULE [PARAMETER...]: from LNET_MODULES, the build tree.
load() {
	_module=$1
	shift
	insmod "$LNET_MODULES/$_module.ko" "$@" || {
		echo "lnet-guest: insmod $_module failed"
		return 1
	}
}

# patience: prints how long a case waits for what takes no time, milliseconds: five times as long as by
# itself, at most, where system calls are slow.
patience() {
	_slow=${LNET_SLOW:-1}
	[ "$_slow" -le 5 ] || _slow=5
	echo $((20000 * _slow))
}

# suites_begin [PARAMETER...]: loads lnet.ko, the handler interface, and what the KUnit
# suites share.
# shellcheck disable=SC2120 # some callers have parameters
suites_begin() {
	load lnet/lnet "$@" && load lnet/lustre/lnet_lustre || exit 1
	for _shared in "$LNET_MODULES"/tests/kunit/*.ko; do
		_shared=${_shared##*/}
		case $_shared in
		*_kunit.ko) ;;
		lnet_kunit_common.ko) load tests/kunit/lnet_kunit_common "patience_ms=$(patience)" || exit 1 ;;
		*) load "tests/kunit/${_shared%.ko}" || exit 1 ;;
		esac
	done
}

# by_interface eq|handlers: which build of the RPC client and server is meant from here on. Both
# have the same device and the same counters, so only one of the two can be loaded. That on the
# handler interface needs lnet_lustre.ko, and a network besides 0@lo.
by_interface() {
	case $1 in
	eq) _suffix='' ;;
	handlers) _suffix=_handlers ;;
	*) fail "'$1' is neither eq nor handlers" ;;
	esac
	# shellcheck disable=SC2034 # for callers
	RPC_CLIENT=lnet_rpc_client$_suffix RPC_SERVER=lnet_rpc_server$_suffix \
		OBJECT=/sys/module/lnet_rpc_client$_suffix/parameters/object
}
by_interface eq

# lnet_two_nids: loads LNet over TCP with two NIDs of this node. Messages from one to the
# other go over the loopback device, not by 0@lo: TWO_NIDS are the parameters with which the
# RPC client sends so.
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

# Removes those of our modules that are loaded, users first.
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
