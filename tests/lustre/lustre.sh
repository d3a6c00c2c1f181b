# SPDX-License-Identifier: GPL-2.0
# A node that runs Lustre's modules, on our LNet or on theirs. Sourced by the jobs in this folder.
#
# LNET_LUSTRE  a built tree of Lustre
# LNET_KOS     a file with the paths of its modules
# LNET_IMPLS   "ours" or "theirs" for each node, with commas between
# LNET_LATE    lnet_transaction_timeout=, seconds, if not its default
# LNET_V6      yes: node 1 is on tcp and, with an IPv6 address, on tcp1; node 2 is on tcp1 only
# shellcheck shell=sh
# shellcheck source=tests/guest/node.sh
. "$LNET_GUEST/node.sh"

IMPL=$(echo "$LNET_IMPLS" | cut -d , -f "$LNET_NODE")
ROOT=/dev/shm/root
CONF=/dev/shm/conf
export PATH="$LNET_LUSTRE/lustre/utils:$LNET_LUSTRE/lnet/utils:$PATH"

# As in lib.sh, from any folder.
fail() {
	echo "lnet-guest: $*"
	: >"/dev/shm/shared/failed.$LNET_NODE"
	exit 1
}

seconds() { cut -d ' ' -f 1 /proc/uptime; }

# A tree of modules as modprobe wants it: Lustre's, with our LNet in place of theirs if this node
# has ours. So what depmod finds out of the modules' symbols is tried, too.
modules_lay() {
	_dir=$ROOT/lib/modules/$(uname -r)
	mkdir -p "$_dir/lustre" "$_dir/lnet" $CONF
	while read -r _ko; do
		case $IMPL:${_ko##*/} in
		ours:lnet.ko | ours:ksocklnd.ko) ;;
		*) ln -s "$_ko" "$_dir/lustre/" ;;
		esac
	done <"$LNET_KOS"
	ln -s "$LNET_MODULES/tests/compare/lnet_compare.ko" "$_dir/lnet/"
	if [ "$IMPL" = ours ]; then
		for _ko in lnet/lnet lnet/socklnd/ksocklnd lnet/lustre/lnet_lustre; do
			ln -s "$LNET_MODULES/$_ko.ko" "$_dir/lnet/"
		done
	fi
	: >"$_dir/modules.order" && : >"$_dir/modules.builtin" && : >"$_dir/modules.builtin.modinfo"
	depmod -b "$ROOT" || fail "depmod does not like the tree of modules"
	printf '#!/bin/sh\nexec modprobe -d %s -C %s "$@"\n' $ROOT $CONF >modprobe
	chmod 755 modprobe
	echo /dev/shm/modprobe >/proc/sys/kernel/modprobe
	_networks='tcp(dummy0)'
	[ "$LNET_NETWORKS" = 1 ] || _networks="$_networks,tcp1(dummy1)"
	case ${LNET_V6-}.$LNET_NODE in
	yes.1) _networks="$_networks,tcp1(vec0)" ;;
	yes.2) _networks="tcp1(vec0)" ;;
	esac
	# The second line: servers that have just started are known after a second, not half a minute.
	printf '%s\n' "options lnet networks=$_networks ${LNET_LATE:+lnet_transaction_timeout=$LNET_LATE}" 'options mgc mgc_requeue_timeout_min=1' >$CONF/lnet.conf
}

probe() { ./modprobe "$@" || fail "modprobe $* failed: $(dmesg | tail -n 3)"; }

# Which LNet is there, by what it shows.
impl_is_right() {
	if [ "$IMPL" = ours ]; then
		[ -e /sys/kernel/lnet/version ] || fail "this is not our LNet"
	else
		[ ! -e /sys/kernel/lnet/version ] || fail "this is our LNet"
	fi
}

# A report of lockdep, the judge sees. But after one about other code it looks no more: with several
# nodes the network driver of the test kernel has one. So say whether it was still looking.
lockdep_says() {
	[ -r /proc/lockdep_stats ] || return 0
	if grep -q 'debug_locks: *1' /proc/lockdep_stats; then
		echo "lockdep was on to the end"
	else
		[ "$LNET_NODES" != 1 ] || fail "lockdep has switched itself off"
		echo "lockdep has switched itself off before the end"
	fi
}

# Removes all modules, users first. Where they were is for tests/lustre/leaks.
modules_remove() {
	lockdep_says
	cat /proc/modules >/dev/shm/modules
	for _round in 1 2 3 4 5 6 7 8 9 10 11 12; do
		_left=$(cut -d ' ' -f 1 /proc/modules)
		[ -n "$_left" ] || return 0
		for _module in $_left; do rmmod "$_module" 2>>rmmod.err || true; done
	done
	tail -n 5 rmmod.err
	fail "modules remain: $(tr '\n' ' ' </proc/modules)"
}

# Counts of our LNet's objects, when no user is left.
nothing_left() {
	[ "$IMPL" = ours ] || return 0
	for _count in /sys/kernel/lnet/handles_*; do
		[ "$(cat "$_count")" -eq 0 ] || fail "$_count is $(cat "$_count") with no user left"
	done
}

# With a short time for answers some of them have been late.
some_were_late() {
	[ -n "${LNET_LATE-}" ] && [ "$IMPL" = ours ] || return 0
	_late=$(cat /sys/kernel/lnet/response_timeouts)
	echo "fs: $LNET_IMPLS node $LNET_NODE: $_late answers were given up after $LNET_LATE s"
	[ "$_late" -gt 0 ] || fail "no answer was late"
}

# Nodes 1 and 2 find each other only by addresses of the link itself.
v6_up() {
	[ "$LNET_NODE" -gt 2 ] || ip -6 address add "fd00::$LNET_NODE/64" dev vec0 nodad || fail "no IPv6 address"
}
nid6() { echo "fd00::$1@tcp${2:-1}"; }

node_up() {
	network_up
	[ "${LNET_V6-}" != yes ] || v6_up
	{ mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /mnt; } || fail "no room for mount points"
	modules_lay
}
