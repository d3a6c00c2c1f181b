# SPDX-License-Identifier: GPL-2.0
# A node of a cluster (scripts/cluster): its network, its messages to the other nodes and
# to the host, LNet over TCP, and the transfers that scenarios are made of. Sourced.
#
# LNET_NODE   number of this node
# LNET_NODES  how many nodes there are
# LNET_BOOT   1; more after the node was killed and booted again
# LNET_NETWORKS  1, or 2: then each node is on another network, too, of other links
#
#    10.0.0.2           10.0.0.1            10.0.0.3      on dummy0 each
#   node 2 vec0 --- vec0 node 1 vec1 --- vec0 node 3
#
#    10.0.1.1           10.0.1.2            10.0.1.3      on dummy1 each
#   node 1 vec2 --- vec1 node 2 vec2 --- vec1 node 3
# shellcheck shell=sh
# shellcheck source=tests/guest/lib.sh
. "$LNET_GUEST/lib.sh"

DEVICE=/dev/lnet_rpc
CLIENT=/sys/kernel/lnet_rpc_client
export SERVER=/sys/kernel/lnet_rpc_server
PROVE_LOCKING=/proc/sys/kernel/prove_locking

report_live

# until_true SECONDS COMMAND...: tries it over and over; returns 1 if it never succeeded.
until_true() {
	now
	_end=$((now + $1 * 100))
	shift
	until "$@"; do
		now
		[ "$now" -lt "$_end" ] || return 1
		sleep 0.1
	done
}

# --- the other nodes and the host

# tell NAME TEXT...: makes a file that all nodes see. It must have its content when it gets
# its name, and never changes.
tell() {
	_name=$1
	shift
	echo "$*" >"shared/new.$LNET_NODE" && mv "shared/new.$LNET_NODE" "shared/$_name"
}

told() { [ -e "shared/$1" ]; }

told_or_failed() {
	for _other in shared/failed.*; do
		[ ! -e "$_other" ] || fail "node ${_other##*.} failed"
	done
	told "$1"
}

# wait_told NAME [SECONDS]
wait_told() {
	until_true "${2:-200}" told_or_failed "$1" || fail "waited ${2:-200} s for '$1' in vain"
}

# sync_point NAME [SECONDS]: no node goes on before all have come here. A name is used once.
sync_point() {
	tell "$1.$LNET_NODE"
	_peer=1
	while [ "$_peer" -le "$LNET_NODES" ]; do
		wait_told "$1.$_peer" "${2-}"
		_peer=$((_peer + 1))
	done
}

# host stop|continue|kill|boot NODE: asks scripts/cluster to do it.
host() {
	_asked=$((${_asked:-0} + 1))
	_ask=$LNET_NODE.$LNET_BOOT.$_asked
	tell "ask.$_ask" "$@"
	wait_told "done.$_ask" 30
}

# --- the network

# Network 1 is meant if none is named; it is tcp, the other one tcp1.
# address NODE [NETWORK], nid NODE [NETWORK]
address() { echo "10.0.$((${2:-1} - 1)).$1"; }
nid() {
	case ${2:-1} in
	1) echo "10.0.0.$1@tcp" ;;
	*) echo "10.0.1.$1@tcp1" ;;
	esac
}

# link_to NODE [NETWORK]: prints the device of the link. The middle of a network is the node of its
# number.
link_to() {
	_network=${2:-1} _first=0
	if [ "$_network" = 2 ]; then
		_first=1
		[ "$LNET_NODE" != 1 ] || _first=$((LNET_NODES - 1))
	fi
	if [ "$LNET_NODE" != "$_network" ]; then
		echo "vec$_first"
	elif [ "$1" -lt "$_network" ]; then
		echo "vec$((_first + $1 - 1))"
	else
		echo "vec$((_first + $1 - 2))"
	fi
}

# neighbours [NETWORK]
neighbours() {
	if [ "$LNET_NODE" = "${1:-1}" ]; then
		seq 1 "$LNET_NODES" | grep -vx "$LNET_NODE"
	else
		echo "${1:-1}"
	fi
}

address_add() { ip address add "$(address "$LNET_NODE")/32" dev dummy0; }
address_remove() { ip address del "$(address "$LNET_NODE")/32" dev dummy0; }

# The link's own driver takes a lock with soft interrupts on while it opens. lockdep would
# report that, and check nothing more from then on.
open_link() {
	[ ! -w $PROVE_LOCKING ] || echo 0 >$PROVE_LOCKING
	ip link set "$1" up || fail "$1: the link is not free"
	[ ! -w $PROVE_LOCKING ] || echo 1 >$PROVE_LOCKING
}

# link_up NODE [NETWORK]: makes the routes again, which have gone with the link, or with the address.
link_up() {
	_middle=${2:-1}
	_us=$(address "$LNET_NODE" "$_middle") _link=$(link_to "$1" "$_middle")
	open_link "$_link"
	ip route replace "$(address "$1" "$_middle")" dev "$_link" src "$_us" || fail "no route to node $1"
	[ "$LNET_NODE" = "$_middle" ] ||
		ip route replace "$(address 0 "$_middle")/24" via "$(address "$_middle" "$_middle")" dev "$_link" onlink src "$_us"
}

# link_down NODE [NETWORK]
link_down() { ip link set "$(link_to "$@")" down; }

# netem NODE [ARGUMENT of netem...]: how the link to NODE treats outgoing frames.
netem() {
	_link=$(link_to "$1")
	shift
	tc qdisc del dev "$_link" root 2>/dev/null
	[ $# -eq 0 ] || tc qdisc add dev "$_link" root netem "$@" || fail "tc does not take '$*'"
}

network_up() {
	{ ip link set lo up && ip link set dummy0 up && address_add; } || fail "no address"
	echo 1 >/proc/sys/net/ipv4/ip_forward
	for _node in $(neighbours); do link_up "$_node"; done
	[ "${LNET_NETWORKS:-1}" = 1 ] || network_2_up
}

network_2_up() {
	{ ip link add dummy1 type dummy && ip link set dummy1 up && ip address add "$(address "$LNET_NODE" 2)/32" dev dummy1; } ||
		fail "no second address"
	for _node in $(neighbours 2); do link_up "$_node" 2; done
}

# --- LNet

# lnet_start [PARAMETER of ksocklnd...]
lnet_start() {
	load lnet/lnet "networks=tcp($(address "$LNET_NODE")/32)" && load lnet/socklnd/ksocklnd "$@" || exit 1
}

server_start() { load "tests/client/$RPC_SERVER" "$@" || exit 1; }

# client_start SERVER-NODE [PARAMETER...]
client_start() {
	_server=$(nid "$1")
	shift
	load "tests/client/$RPC_CLIENT" "server=$_server" "$@" || exit 1
}

# Short limits: a fault shows within seconds, but a slow machine causes none.
lnet_quick() {
	lnet_start sock_timeout=5 accept_timeout=2 min_reconnectms=100 max_reconnectms=2000 keepalive=3
}
server_quick() { server_start bulk_timeout_ms=3000; }
client_quick() { client_start "$1" timeout_ms=3000 resends=2 rpc_size=100000 payload=pages; }

remove() { rmmod "$1" || fail "cannot remove $1"; }
is_loaded() { [ -d "/sys/module/$1" ]; }

# Removes the modules that are loaded, and checks that they leave nothing behind.
lnet_stop() {
	for _module in "$RPC_CLIENT" "$RPC_SERVER"; do
		! is_loaded "$_module" || remove "$_module"
	done
	for _count in /sys/kernel/lnet/handles_*; do
		[ "$(cat "$_count")" -eq 0 ] || fail "$_count is $(cat "$_count") with no client loaded"
	done
	for _module in lnet_lustre ksocklnd lnet; do
		! is_loaded $_module || remove $_module
	done
}

# --- transfers

# The client opens the object that was named last, so the two go together. The
# server has one for each node.
NAMED="exec 9>>lock; flock 9; echo \"\$1.$LNET_NODE\" >$OBJECT || exit 1"
PUT="$NAMED; exec >$DEVICE 9>&-; exec dd bs=64k conv=fsync <\"\$1.sent\""
GET="$NAMED; exec <$DEVICE 9>&-; exec dd bs=64k >\"\$1.back\""

# carry NAME BYTES: carries a new file to the server and back. Returns 0 if it is unchanged,
# 1 if an error was reported, which is in NAME.err. Fails if it has changed, or has no end.
carry() {
	head -c "$2" /dev/urandom >"$1.sent"
	ends "$1" sh -c "$PUT" put "$1" && ends "$1" sh -c "$GET" get "$1" || return 1
	cmp "$1.sent" "$1.back" || fail "$1 came back changed"
}

# ends NAME COMMAND...: runs it, returns its status, and fails if it does not end. A job that
# kills commands makes a file "killed" first: then they may end by a signal.
ends() {
	_err=$1.err
	shift
	now
	_started=$now
	timeout -k 10 60 "$@" 2>"$_err"
	_rc=$?
	now
	[ $((now - _started)) -lt 6000 ] || fail "after 60 s there is no end to: $*"
	[ "$_rc" -lt 124 ] || [ -e killed ] || fail "ended by a signal, $_rc: $*"
	return "$_rc"
}

# works SECONDS NAME BYTES: fails unless carry() succeeds, the first time or a later one.
works() {
	_within=$1
	shift
	now
	_since=$now
	until_true "$_within" carry "$@" || fail "nothing works after $_within s: $(tail -n 1 "$1.err")"
	now
	echo "$1 works after $(((now - _since) / 100)) s"
}

# in_blocks SIZE...: carries a file through the device and back with dd, in blocks of each size. No
# RPC may be sent again.
in_blocks() {
	[ -e sample ] || head -c 2000000 /dev/urandom >sample
	for _size; do
		echo "object-$_size" >"$OBJECT"
		ends write dd if=sample of=$DEVICE bs="$_size" || fail "write: $(tail -n 1 write.err)"
		ends read dd if=$DEVICE of=back bs="$_size" || fail "read: $(tail -n 1 read.err)"
		cmp sample back || fail "the file came back changed"
		echo "$(wc -c <back) bytes there and back in blocks of $_size"
	done
	[ "$(cat $CLIENT/resends)" -eq 0 ] || fail "$(cat $CLIENT/resends) RPCs were sent again, $(cat $CLIENT/timeouts) after a time-out"
}

# traffic NAME BYTES: carries files in the background until traffic_stop.
traffic() {
	rm -f stop
	(
		good=0 bad=0
		while [ ! -e stop ]; do
			if carry "$@"; then good=$((good + 1)); else bad=$((bad + 1)); fi
			echo "$good $bad" >"$1.count"
		done
	) &
	traffic=$!
}

# carried NAME: whether a transfer was right.
carried() {
	[ "$(cut -d ' ' -f 1 "$1.count" 2>/dev/null)" -gt 0 ] 2>/dev/null
}

# traffic_end NAME: stops it; $good and $bad have the numbers of right and failed transfers.
traffic_end() {
	: >stop
	wait "$traffic" || fail "the traffic did not come to its end"
	read -r good bad <"$1.count"
	echo "$1: $good transfers were right, $bad had an error"
	[ "$good" -gt 0 ] || fail "not one transfer was right"
}

traffic_stop() {
	traffic_end "$1"
	[ "$(cat $CLIENT/rpcs_in_flight)" -eq 0 ] || fail "there are RPCs without an end"
}

# disturbed: fails if the client has noticed no disturbance: it must have sent an RPC again,
# or given one up.
disturbed() {
	_resent=$(cat $CLIENT/resends) _gone=$(cat $CLIENT/rpcs_failed)
	echo "$_resent RPCs were sent again, $_gone failed"
	[ $((_resent + _gone)) -gt 0 ] || fail "no RPC has noticed anything"
}
