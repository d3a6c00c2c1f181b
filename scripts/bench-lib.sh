# SPDX-License-Identifier: GPL-2.0
# What the scripts that measure share: run a job of tests/guest in the test
# kernel without debugging, or in two of them. Sourced, after lib.sh.
# shellcheck shell=bash

# bench_prepare OUT: kernel and modules are built, no other run is under way.
bench_prepare() {
	"$SCRIPTS/packages" build
	"$SCRIPTS/build-uml" lean >/dev/null
	"$SCRIPTS/build-modules" bench lean W=1 LNET_SCHEMES=1 >/dev/null
	lock "$BUILD/bench.lock"
	mkdir -p "$1"
}

# What the guest says it is doing: the bench module, or the job between two
# loads of it, each at most once a second.
bench_follow() {
	local line load='' next=0
	while IFS= read -r line; do
		case $line in
		load\ *) load="$line: " ;;
		esac
		[ "${line#load }" != "$line" ] || line=$load$line
		if [ -t 2 ]; then
			printf '\r\033[K%s %s' "$(elapsed "$SECONDS")" "$line" >&2
		elif [ "$SECONDS" -ge "$next" ]; then
			say "$(elapsed "$SECONDS") $line"
			next=$((SECONDS + 15))
		fi
	done
	[ ! -t 2 ] || printf '\r\033[K' >&2
}

# bench_watch CONSOLE COMMAND...: until it ends; the log may not be there yet.
bench_watch() {
	local console=$1 guest
	shift
	setsid "$@" 9>&- &
	guest=$!
	# shellcheck disable=SC2064 # this guest, not a later one
	trap "end_group $guest" EXIT
	trap 'exit 130' INT TERM HUP
	bench_follow < <(tail -n +1 -s 0.5 -F --pid="$guest" "$console" 2>/dev/null |
		sed -un 's/^\[ *[0-9.]*\] lnet_bench: [0-9]* s: //p; s/^\[ *[0-9.]*\] lnet-guest: \(load .*\)/\1/p')
	wait "$guest" || true
	trap - EXIT INT TERM HUP
}

# bench_nodes JOB OUT SECONDS [NAME=VALUE for the job...]: the same on two nodes,
# of which the second measures: OUT/console is its log. Fails with $why.
# Between them they have no more CPUs than the machine, up to two each: else they
# would wait for each other's time slices, not for each other.
bench_nodes() {
	local job=$1 out=$2 limit=$3
	shift 3
	local -x CPUS=$(($(nproc) < 4 ? 1 : 2))
	rm -rf "$out"/{console,report,results,cluster,node[1-9]*}
	: >"$out/console"
	# shellcheck disable=SC2016 # for that shell
	bench_watch "$out/node2/console" sh -c 'exec 2>"$0" && exec "$@"' "$out/cluster" \
		"$SCRIPTS/cluster" lean 2 "$out" "$job" "$limit" LNET_MODULES="$BUILD/bench" "$@"
	[ ! -f "$out/node2/console" ] || cp "$out/node2/console" "$out/console"
	"$SCRIPTS/judge" --title bench --no-leaks --cluster "$out" >"$out/results" && return
	# shellcheck disable=SC2034 # for who calls us
	why=$(bench_blame "$out")
	return 1
}

# In a line what went wrong: the module knows best, then the node that failed
# first, then the judge.
bench_blame() {
	{
		sed -n 's/^\[ *[0-9.]*\] lnet_bench: error: //p' "$1"/node[12]/console
		sed -n 's/^lnet-guest: //p' "$1"/node[12]/report | grep -Ev '^(verdict|skipped|without|node . failed)'
		sed -n 's/^lnet: //p' "$1/cluster"
		cut -f 3 "$1/results"
	} 2>/dev/null | sed -n 1p
}

# bench_suite SUITE OUT SECONDS PARAMETER...: each guest of the suite for so long,
# one after the other; the logs of those that measured are OUT/console. Fails when
# one does, with $why where there are two nodes.
bench_suite() {
	local suite=$1 out=$2 limit=$3 job=bench rc=0 words
	shift 3
	words=LNET_BENCH=$(printf '%s,' "suite=$suite" "$@")
	[ "$suite" != delivery ] || job=delivery
	if [ "$suite" != tcp ]; then
		bench_boot "$job" "$out" "$limit" "$words"
		return
	fi
	# In one node, and between two.
	bench_boot bench-tcp-lo "$out" "$limit" "$words" || rc=1
	mv "$out/console" "$out/console.lo"
	bench_nodes bench-tcp "$out" "$limit" "$words" || rc=1
	cp "$out/console" "$out/console.nodes"
	cat "$out/console.lo" "$out/console.nodes" >"$out/console"
	return "$rc"
}

# bench_boot JOB OUT SECONDS [NAME=VALUE for the job...]: the kernel's log ends
# up in OUT/console. Fails when the guest does, and says why.
bench_boot() {
	local job=$1 out=$2 limit=$3
	shift 3
	rm -f "$out"/{console,report,results}
	bench_watch "$out/console" \
		"$SCRIPTS/boot-uml" lean "$job" "$out" 3G "$limit" LNET_MODULES="$BUILD/bench" "$@"
	"$SCRIPTS/judge" --title bench --no-leaks "$out/console" "$out/report" >"$out/results" && return
	sed 's/^\t/  /' "$out/results"
	return 1
}
