# SPDX-License-Identifier: GPL-2.0
# Transfers that say how far they are. Sourced.
# shellcheck shell=sh
# shellcheck source=tests/guest/lib.sh
. "$LNET_GUEST/lib.sh"

export DEVICE=/dev/lnet_rpc
CLIENT=/sys/kernel/lnet_rpc_client
TOTAL=$(wc -c <"$LNET_FILE")

# show WHAT COUNTER: reports MiB so far, MiB in all and MiB a second, to the host.
show() {
	read -r _done <"$CLIENT/$2"
	now
	_ticks=$((now - began))
	[ "$_ticks" -gt 0 ] || _ticks=1
	printf '%%so-far %s %s %s %s\n' "$1" "$((_done >> 20))" "$((TOTAL >> 20))" \
		"$(((_done * 100 / _ticks) >> 20))"
}

# transfer WHAT COUNTER DD-ARGUMENT...
transfer() {
	_what=$1 _counter=$2
	shift 2
	now
	began=$now
	dd bs=4M "$@" 2>dd.err &
	_dd=$!
	while [ -d "/proc/$_dd" ] && kill -0 "$_dd" 2>/dev/null; do
		sleep 0.2
		show "$_what" "$_counter"
	done
	wait "$_dd" || fail "$_what: $(tail -n 1 dd.err)"
	# dd's own figure, which has none of the pauses above in it.
	printf '%%in-all %s %s\n' "$_what" "$(sed -n 's/.*s, //p' dd.err)"
}

report_live
