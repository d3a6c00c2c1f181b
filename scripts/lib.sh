# SPDX-License-Identifier: GPL-2.0
# Shared by the scripts: messages, paths, progress, locks. Sourced.
# shellcheck shell=bash

shopt -s inherit_errexit
# Variables of a make that calls a script are not for the kernel builds in here.
unset MAKEFLAGS MFLAGS MAKELEVEL ARCH O KBUILD_OUTPUT W C V KDIR
export LC_ALL=C.UTF-8

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
SCRIPTS=$TOP/scripts
# shellcheck disable=SC2034 # for the scripts that source this
BUILD=$TOP/build
CACHE=${CACHE:-${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/lnet}
export CACHE
# shellcheck source=scripts/versions
. "$SCRIPTS/versions"

# Messages go to stderr: stdout carries the path or the table asked for.
say() { printf '%s\n' "$*" >&2; }
die() { say "lnet: $*"; exit 1; }

# lnet_version: prints the version of this tree, from the one place that has it.
lnet_version() { sed -n 's/^#define LNET_VERSION "\(.*\)"$/\1/p' "$TOP/include/lnet/version.h"; }

# usage LINE "$@": prints LINE and stops when help is asked for.
usage() {
	local line=$1 arg
	shift
	for arg; do
		case $arg in
		-h | --help) echo "usage: $line"; exit 0 ;;
		esac
	done
}

# kbuild and the kernel command line take no such characters in a path.
check_path() {
	case $1 in
	*[[:space:]:]*) die "the path '$1' has a space or a colon, which kernel builds cannot take: move it (CACHE= moves the cache)" ;;
	/dev/* | /proc/* | /sys/*) die "the path '$1' is hidden in the test guest: move it (CACHE= moves the cache)" ;;
	esac
}

# check_words JOB NAME=VALUE...: refuses a word for a guest's job that stands neither in
# the job's text nor in that of the files it sources: the job would ignore it.
check_words() {
	local job=$1 word
	shift
	[[ $job == /* ]] || job=$TOP/tests/guest/$job
	[ -f "$job" ] || die "there is no job '${job##*/}' in ${job%/*}"
	for word; do
		word=${word%%=*}
		[[ $word != LNET_* ]] || grep -qw -- "$word" "$job" "$TOP"/tests/guest/*.sh "$TOP/tests/guest/init" ||
			die "the job ${job##*/} does not know $word: it knows$(grep -ohE '^# LNET_[A-Z]+' "$job" | tr -d '#' | tr '\n' ' ')"
	done
}

need() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null ||
			die "'$tool' is missing: run '$SCRIPTS/packages', which installs what is needed"
	done
}

# cached_compiler COMPILER: prints what make's CC is, so that an object is compiled once from
# the same bytes: make check builds most of them in each new checkout.
cached_compiler() { if command -v ccache >/dev/null; then echo "ccache $1"; else echo "$1"; fi; }
use_ccache() { export CCACHE_DIR=$CACHE/objects CCACHE_BASEDIR=$TOP CCACHE_NOHASHDIR=yes CCACHE_MAXSIZE=3G; }

# The factor of all time limits; measured once for all processes started from here.
LNET_SLOW=${LNET_SLOW:-$("$SCRIPTS/slowness" 2>/dev/null || echo 1)}
export LNET_SLOW

elapsed() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

# attack_limit SECONDS NUMBER: prints how many seconds a guest may take for
# tests/guest/attack with NUMBER attacks that last SECONDS each. After each attack the job
# waits until LNet, and then the plain server, is as before. On each of the two, honest
# peers that get no answer may take 30 s longer than SECONDS.
attack_limit() {
	local job=$TOP/tests/guest/attack give_up back
	give_up=$(sed -n 's/^GIVE_UP=\([0-9]*\).*/\1/p' "$job")
	back=$(sed -n 's/^BACK=\([0-9]*\).*/\1/p' "$job")
	[[ -n $give_up && -n $back ]] || die "$job does not say GIVE_UP= and BACK="
	echo $((60 + $2 * (give_up + back + 2 * ($1 + 30))))
}

# Ends a process group made by setsid. A guest is in a group of its own: it
# goes when timeout(1), which is in this one, passes the signal on.
end_group() {
	local tries=70
	kill -TERM -- "-$1" 2>/dev/null || return 0
	while [ "$tries" -gt 0 ] && kill -0 -- "-$1" 2>/dev/null; do
		sleep 0.1
		tries=$((tries - 1))
	done
	kill -KILL -- "-$1" 2>/dev/null || true
}

# progress WHAT LOG CMD...: runs CMD with its output in LOG and shows what is
# going on and for how long once it takes more than 3 seconds. A terminal gets
# one line rewritten in place, anything else a line every 15 seconds.
progress() {
	local what=$1 log=$2 start=$SECONDS pid now rc=0 next=15
	shift 2
	mkdir -p "$(dirname "$log")"
	setsid "$@" >"$log" 2>&1 </dev/null 9>&- &
	pid=$!
	# shellcheck disable=SC2064 # this pid, not a later one
	trap "end_group $pid; exit 130" INT TERM HUP
	while kill -0 "$pid" 2>/dev/null; do
		sleep 0.5
		now=$((SECONDS - start))
		if [ -t 2 ]; then
			[ "$now" -lt 3 ] || printf '\r\033[K%s ... %s' "$what" "$(elapsed $now)" >&2
		elif [ "$now" -ge "$next" ]; then
			say "$what ... $(elapsed $now)"
			next=$((now + 15))
		fi
	done
	wait "$pid" || rc=$?
	trap - INT TERM HUP
	now=$((SECONDS - start))
	[ ! -t 2 ] || printf '\r\033[K' >&2
	if [ "$rc" -ne 0 ]; then
		# If one of our scripts failed, its own line is enough.
		! tail -n 1 "$log" | grep '^lnet: ' >&2 || exit 1
		tail -n 15 "$log" >&2
		die "$what failed after $(elapsed $now): the whole log is $log"
	fi
	[ "$now" -lt 3 ] || say "$what: done in $(elapsed $now)"
}

# lock FILE: one run at a time; held on descriptor 9 until the caller's exit
# or unlock. progress() keeps it out of what it starts.
lock() {
	mkdir -p "$(dirname "$1")" || die "cannot create $(dirname "$1"): choose another place with CACHE="
	exec 9>"$1" || die "cannot write $1: choose another place with CACHE="
	flock -n 9 && return
	say "waiting for another run that holds $1"
	flock 9
}
unlock() { exec 9>&-; }
