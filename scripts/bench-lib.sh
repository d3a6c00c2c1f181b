# SPDX-License-Identifier: GPL-2.0
# Shared by the scripts that measure: they run a job of tests/guest in the test kernel
# without debugging, in one guest or in two. Sourced, after lib.sh.
# shellcheck shell=bash

# bench_prepare OUT: builds kernel and modules, and waits for other runs to end.
bench_prepare() {
	"$SCRIPTS/packages" build
	"$SCRIPTS/build-uml" lean >/dev/null
	"$SCRIPTS/build-modules" bench lean W=1 LNET_SCHEMES=1 >/dev/null
	lock "$BUILD/bench.lock"
	mkdir -p "$1"
}

# Shows the progress that the bench module, or the job between two loads of it, reports,
# each at most once a second.
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

# bench_watch CONSOLE COMMAND...: runs it, and follows its log, which may not exist yet.
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

# bench_nodes JOB OUT SECONDS [NAME=VALUE for the job...]: runs the job on two nodes. The
# second one measures; OUT/console is its log. Fails with the reason in $why. A node has
# two CPUs only if the machine has four: else the nodes would wait for time slices, not
# for each other.
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
	# shellcheck disable=SC2034 # for the callers
	why=$(bench_blame "$out")
	return 1
}

# Prints the reason of a failure in one line: the module's, else that of the node that
# failed first, else the judge's.
bench_blame() {
	{
		sed -n 's/^\[ *[0-9.]*\] lnet_bench: error: //p' "$1"/node[12]/console
		sed -n 's/^lnet-guest: //p' "$1"/node[12]/report | grep -Ev '^(verdict|skipped|without|node . failed)'
		sed -n 's/^lnet: //p' "$1/cluster"
		cut -f 3 "$1/results"
	} 2>/dev/null | sed -n 1p
}

# bench_suite SUITE OUT SECONDS PARAMETER...: runs the guests of the suite, one after the
# other, each for SECONDS at most. OUT/console has the logs of those that measured. Fails
# when one does; of two nodes $why has the reason.
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

# bench_boot JOB OUT SECONDS [NAME=VALUE for the job...]: runs the job in one guest, whose
# log is OUT/console. Fails when the guest does, and says why.
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
