# SPDX-License-Identifier: GPL-2.0
# Shared by the jobs that run the program of tests/attack against LNet, and against a plain
# server beside it: over the loopback device, which has all of 127.0.0.0/8. Sourced.
#
# LNET_ATTACK   the program, built from tests/attack
# shellcheck shell=sh
# shellcheck source=tests/guest/lib.sh
. "$LNET_GUEST/lib.sh"

ADDRESS=127.0.0.1

attack() { "$LNET_ATTACK" "$ADDRESS" "$port" "$@"; }

# figure NAME FILE: prints one number of a line of JSON.
figure() { sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p" "$2"; }

# load_lnet [NAME=VALUE for the driver...]: loads LNet and a client, without which there are
# no networks. The client carries out commands written to descriptor 3.
load_lnet() {
	# shellcheck disable=SC2034 # for the jobs
	on=lnet port=988
	load lnet/lnet "networks=tcp($ADDRESS/32)" && load lnet/socklnd/ksocklnd "$@" &&
		load tests/puppet/lnet_puppet && exec 3<>/dev/lnet_puppet
}

# Also reports why connections have ended.
unload_lnet() {
	for _file in /sys/kernel/lnet/socklnd/closed_*; do
		_count=$(cat "$_file")
		[ "$_count" = 0 ] || echo "  ${_file##*/} $_count"
	done
	exec 3<&-
	unload
}

start_plain() {
	# shellcheck disable=SC2034 # the same
	on=plain port=989
	# Not by attack(): in the background that is a shell; a kill would not reach the program.
	"$LNET_ATTACK" "$ADDRESS" "$port" serve &
	_server=$!
	sleep 0.2
}

stop_plain() {
	kill "$_server"
	wait "$_server" 2>/dev/null || true
}

ip link set lo up || fail "no loopback device"
report_live
