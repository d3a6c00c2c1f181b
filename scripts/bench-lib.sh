# SPDX-License-Identifier: GPL-2.0
# What the scripts that measure share: run a job of tests/guest in the test
# kernel without debugging. Sourced, after lib.sh.
# shellcheck shell=bash

# bench_prepare OUT: kernel and modules are built, no other run is under way.
bench_prepare() {
	"$SCRIPTS/packages" build
	"$SCRIPTS/build-uml" lean >/dev/null
	"$SCRIPTS/build-modules" lean lean W=1 >/dev/null
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

# bench_boot JOB OUT SECONDS [NAME=VALUE for the job...]: the kernel's log ends
# up in OUT/console. Fails when the guest does, and says why.
bench_boot() {
	local job=$1 out=$2 limit=$3 guest
	shift 3
	rm -f "$out"/{console,report,results}
	: >"$out/console"
	setsid "$SCRIPTS/boot-uml" lean "$job" "$out" 3G "$limit" LNET_MODULES="$BUILD/lean" "$@" 9>&- &
	guest=$!
	# shellcheck disable=SC2064 # this guest, not a later one
	trap "end_group $guest" EXIT
	trap 'exit 130' INT TERM HUP
	bench_follow < <(tail -n +1 -s 0.5 -f --pid="$guest" "$out/console" |
		sed -un 's/^\[ *[0-9.]*\] lnet_bench: [0-9]* s: //p; s/^\[ *[0-9.]*\] lnet-guest: \(load .*\)/\1/p')
	wait "$guest" || true
	trap - EXIT INT TERM HUP
	"$SCRIPTS/judge" --title bench --no-leaks "$out/console" "$out/report" >"$out/results" && return
	sed 's/^\t/  /' "$out/results"
	return 1
}
