# SPDX-License-Identifier: GPL-2.0
# The steps of scripts/check: their table, and a function for each. Sourced.
# shellcheck shell=bash

# A step's output is its log, and the last line of it is shown. A step with more than one
# result writes them to $OUT/STEP/results, in lines as scripts/judge prints them. A step
# fails by its exit status; 77 means that it did not run, and the last line says why.

# The columns: step; command that runs it (check, all: only check-all, nightly: only
# check-nightly); step whose result it needs, or -; description. Every scenario of
# tests/system is a step, system-NAME. Steps start in this order, so long ones come early.
table() {
	sed 's/^[[:space:]]*//' <<-'END'
		build-debug    check    -            build everything for the debug test kernel, W=1
		build-6.1      check    -            build for Debian's 6.1, W=1
		peer           check    build-debug  ksocklnd against a peer in Python that checks every byte
		peer-2         check    build-debug  the other half of its cases, in a guest of their own
		kunit          check    build-debug  every second KUnit suite, debug kernel
		kunit-2        check    build-debug  the other suites, in a guest of their own
		kunit-event    all      build-debug  suites on the event layer alone, without lnet.ko
		system-two-nodes  check build-debug  a file over TCP between two nodes, there and back
		system-both-interfaces  check build-debug  the same by the handler interface, by both, and over 0@lo
		fuzz-api       check    build-debug  every function of both APIs, any arguments, many threads; NIs, links, liars
		fuzz-tools     check    build-debug  what tools ask by netlink and ioctls, at random, by root and others
		documented     check    build-debug  api.rst's client says what api.rst says; sysfs is as its ABI file
		sparse         all      build-6.1    sparse over the 6.1 build: byte order, address spaces, locks
		sparse-6.12    all      build-6.12   the same over the 6.12 build
		cppcheck       all      -            cppcheck over every C file: memory that is lost, or used when it is freed
		coccinelle     all      -            the kernel's semantic patches over every C file
		checkpatch     check    -            the kernel's checkpatch, strict, over every C file
		kernel-doc     check    -            the kernel's kernel-doc over every C file
		abi            check    -            every file of sysfs is documented, and the other way round
		litmus         check    -            the litmus tests against the kernel's memory model
		lists          check    -            names that must stand in two places do
		docs           check    -            functions, files, parameters and errnos in documents exist
		floors         check    build-debug  the event layer knows no network; which file calls which
		allocs         check    -            each allocation of our modules can be made to fail by a test
		versions       check    -            the kernel's version is tested in lnet/compat.h only
		names          check    -            functions are named after their file, in two words, once
		shellcheck     check    -            shellcheck over every script
		pyflakes       check    -            pyflakes over every Python program
		lnetstat       check    -            lnetstat's page has each trouble of made-up figures, and no other
		judge          check    -            the judges of logs, and of what tools say, judge examples rightly
		bench-compare  check    -            scripts/bench-compare sees which runs of the benchmark are worse
		mutants        check    -            scripts/mutate, and the lists of mutants
		check          check    -            this command itself: a step that did not run does not pass
		steps          check    -            this table stands in testing.rst
		peer-itself    check    -            the Python peer against bytes of a real one, and itself
		planted        all      build-debug  the debug kernel and the judge find faults made on purpose
		kunit-schemes  all      build-debug  delivery under stress, each of the other schemes
		smoke          all      build-debug  files through the RPC client, 0@lo and TCP, sysfs read meanwhile
		stock          all      build-6.1    the same on Debian's own 6.1 kernel, in QEMU; a CPU goes and comes
		stock-6.12     all      build-6.12   the same on Debian's own 6.12 kernel
		build-6.12     all      -            build for Debian's 6.12, W=1
		package        all      -            DKMS source, Debian packages, tools are whole; no error of lintian
		peer-long      all      build-debug  peer's cases that take minutes: it is forgotten, answers pile up
		peer-windows   all      build-debug  peer and peer-2 with the driver's windows widened
		peer-fuzz      all      build-debug  ten minutes of a peer that talks nonsense
		kunit-all      all      build-debug  every suite under each of the other schemes
		races          all      build-debug  suites' known races, until each has shown itself
		fuzz-api-long  all      build-debug  fuzz-api a million times, several seeds, with windows and without
		fuzz-api-all   all      build-debug  a million calls of both APIs while NIs come and go, links flap, peers lie
		fuzz-api-hashed  all    build-debug  fuzz-api 250,000 times where callbacks run under a lock
		client         all      build-debug  RPC client and server: odd sizes, losses, reloads
		client-handlers  all    build-debug  the same by the handler interface
		fuzz-tools-long all     build-debug  fuzz-tools 100,000 times, four seeds
		faults         all      build-debug  each place that allocates fails once, and says so
		failing        all      build-debug  allocations fail at random, TCP's too, more and more
		fuzz           all      build-debug  200,000 broken headers, in the kernel
		system-client-killed    all build-debug  a client's node dies and comes back
		system-server-killed    all build-debug  the server's node dies and is booted again
		system-server-reload    all build-debug  the server's modules go and come, under load
		system-connect-together all build-debug  two nodes connect to each other at the same moment
		system-link-down        all build-debug  a link, then an address, goes and comes back
		system-link-noisy       all build-debug  loss, delay, reordering, duplicates, corruption
		system-peer-stopped     all build-debug  a node is frozen, for longer than the time-out and less
		system-stop-under-load  all build-debug  server, client, all of LNet unloaded in mid-traffic
		oracle         all      build-debug  the oracle of matching, 200 programs of each kind
		windows        all      build-debug  suites with each window between lock-free steps widened
		build-meter    all      -            build for the test kernel with meters, W=1
		meter          all      build-meter  how long preemption and interrupts are off, by call
		build-lean     all      -            build for the test kernel without debugging, W=1
		kunit-lean     all      build-lean   every suite there: longer loops, other timing
		attack         all      build-lean   under attack no honest peer is refused, nothing is left of it
		scale          all      build-lean   1000 idle peers: all are let in, none is lost; what each costs
		build-coverage  all     -            build for the test kernel that counts lines and branches, W=1
		coverage       all      build-coverage  of the core, lnet/lustre and lnet/socklnd 92 % of lines, 80 % of branches run
		build-kcsan    all      -            build for the test kernel that watches for data races, W=1
		kcsan          all      build-kcsan  data races, 2 CPUs: suites, and the client over 0@lo and TCP
		kcsan-4        all      kcsan        the same on 4 CPUs; a listed race that neither saw fails
		build-clang    all      -            build with clang, W=1
		build-7.2      all      -            build for Debian's 7.2, W=1, with the compiler of its suite
		stock-7.2      all      build-7.2    the same as stock on Debian's own 7.2 kernel
		rounds-6.1     all      build-6.1    LNet loaded, used and removed 20 times on Debian's 6.1: nothing is left
		rounds-6.12    all      build-6.12   the same on Debian's 6.12
		rounds-7.2     all      build-7.2    the same on Debian's 7.2
		rounds-debug   all      build-debug  the same 6 times on the debug kernel, with a scan for leaks
		build-arm64    all      -            build for 64-bit Arm, W=1
		arm64          all      build-arm64  KUnit suites there
		arm64-smoke    all      build-arm64  smoke there
		barriers       all      build-arm64  what the compiler made of each barrier for Arm
		build-odd      all      -            build for kernels without SMP, sysfs, IPv6 and so on, one by one, W=1
		fuzz-nightly   nightly  build-debug  ten million broken headers
		peer-nightly   nightly  build-debug  fifty minutes of a peer that talks nonsense
		lustre         nightly  -            Lustre's own modules, if LUSTRE= names a tree of them: an hour of lnet_selftest
	END
}

# Builds or fetches the kernels that the steps need. It may take minutes, once, so it
# comes first, where its progress is seen.
prepare() {
	local step
	"$SCRIPTS/packages" check
	for step in cppcheck coccinelle; do ! wanted $step || "$SCRIPTS/packages" static; done
	"$SCRIPTS/fetch-source" >/dev/null
	! wanted build-debug || "$SCRIPTS/build-uml" debug >/dev/null
	! wanted build-lean || "$SCRIPTS/build-uml" lean >/dev/null
	! wanted build-meter || "$SCRIPTS/build-uml" meter >/dev/null
	! wanted coverage || "$SCRIPTS/packages" coverage
	! wanted build-coverage || "$SCRIPTS/build-uml" coverage >/dev/null
	! wanted build-kcsan || "$SCRIPTS/build-kernel" kcsan >/dev/null
	if wanted build-clang; then
		"$SCRIPTS/packages" clang
		"$SCRIPTS/build-kernel" clang >/dev/null
	fi
	! wanted build-6.1 || "$SCRIPTS/fetch-debian" 6.1 >/dev/null
	! wanted build-6.12 || "$SCRIPTS/fetch-debian" 6.12 >/dev/null
	! wanted build-7.2 || "$SCRIPTS/fetch-debian" 7.2 >/dev/null
	if wanted build-arm64; then
		"$SCRIPTS/packages" arm64
		"$SCRIPTS/build-kernel" arm64 >/dev/null
		"$SCRIPTS/fetch-busybox" >/dev/null
	fi
}

# --- builds and texts

step_build-debug() { build_modules debug debug LNET_KUNIT=1; }
step_build-lean() { build_modules check-lean lean LNET_KUNIT=1; }
step_build-meter() { build_modules meter meter LNET_KUNIT=1 LNET_METER=1; }
step_build-coverage() { build_modules check-coverage coverage LNET_KUNIT=1; }
step_build-kcsan() { build_modules kcsan kcsan LNET_KUNIT=1; }
step_build-clang() { build_modules clang clang LNET_KUNIT=1; }
step_build-6.1() { build_modules 6.1 6.1; }
step_build-6.12() { build_modules 6.12 6.12; }
step_build-7.2() { build_modules 7.2 7.2; }
step_build-arm64() { build_modules arm64 arm64 LNET_KUNIT=1; }
# shellcheck disable=SC2153 # lib.sh has BUILD
step_barriers() { "$SCRIPTS/check-barriers" "$BUILD/arm64"; }
step_build-odd() { mkdir -p "$OUT/build-odd" && "$SCRIPTS/build-odd" "$OUT/build-odd/results"; }
step_sparse() { "$SCRIPTS/lint-compiled" sparse 6.1; }
step_sparse-6.12() { "$SCRIPTS/lint-compiled" sparse 6.12; }
step_cppcheck() { "$SCRIPTS/lint-cppcheck"; }
step_coccinelle() { "$SCRIPTS/lint-coccinelle"; }
step_checkpatch() { "$SCRIPTS/lint-checkpatch"; }
step_kernel-doc() { "$SCRIPTS/lint-kerneldoc"; }
step_abi() { "$SCRIPTS/lint-abi"; }
step_lists() { "$SCRIPTS/lint-lists"; }
step_docs() { "$SCRIPTS/lint-docs-test" && "$SCRIPTS/lint-docs"; }
# shellcheck disable=SC2153 # lib.sh has BUILD
step_floors() { "$SCRIPTS/floors-test" && "$SCRIPTS/floors" "$BUILD/debug"; }
step_allocs() { "$SCRIPTS/lint-allocs"; }
step_versions() { "$SCRIPTS/lint-versions"; }
step_shellcheck() { "$SCRIPTS/lint-shell"; }
step_package() { "$SCRIPTS/check-package" "$OUT/package"; }
step_names() { "$SCRIPTS/lint-names-test" && "$SCRIPTS/lint-names"; }
step_mutants() { "$SCRIPTS/mutants-test"; }
step_pyflakes() { "$SCRIPTS/lint-python"; }
step_judge() { "$SCRIPTS/judge-test" && "$SCRIPTS/judge-kcsan-test" && "$SCRIPTS/judge-static-test"; }
step_lnetstat() { "$SCRIPTS/lnetstat-test"; }
step_litmus() { mkdir -p "$OUT/litmus" && "$SCRIPTS/check-litmus" "$OUT/litmus/results"; }
step_bench-compare() { "$SCRIPTS/bench-compare-test"; }
step_check() { "$SCRIPTS/check-test"; }

# Every scenario must be in the table, and testing.rst must quote the table.
step_steps() {
	local scenario steps
	steps=$(table)
	for scenario in "$TOP"/tests/system/scenarios/*; do
		grep -q "^system-${scenario##*/} " <<<"$steps" ||
			die "the scenario ${scenario#"$TOP/"} is no step: add system-${scenario##*/} to scripts/check-steps.sh"
	done
	"$SCRIPTS/check" -l | "$SCRIPTS/lint-steps"
}

step_peer-itself() { python3 "$TOP/tests/system/peer/selftest.py"; }

# build_modules NAME KERNEL [MAKE-ARGUMENT...]
build_modules() {
	local dir modules
	dir=$("$SCRIPTS/build-modules" "$1" "$2" W=1 "${@:3}")
	modules=$(find "$dir" -name '*.ko' | wc -l)
	[ "$modules" -gt 0 ] || die "no module was built in $dir"
	echo "$modules modules"
}

# The kernel and the modules of guests that coverage boots, too, with others.
# shellcheck disable=SC2153 # lib.sh has BUILD
KERNEL=debug MADE=$BUILD/debug

# --- KUnit

suites() { find "$TOP/tests/kunit" -name '*_kunit.c' -printf '%f\n' 2>/dev/null | sed 's/_kunit\.c$//' | sort; }

# The delivery schemes other than combining, the default: in turn, in one guest. make
# check runs lnet_stress under each, check-all every suite. The suite lnet_slot delivers
# each kind of event under each scheme.
SCHEMES=LNET_DELIVERY=global,callback,rwlock,eq,hashed

# In a guest a grace period of RCU takes 30 to 100 ms, and a case waits for several.
# Most guests of make check expedite them; those of check-all do not.
SOON=rcupdate.rcu_expedited=1

# Two guests, with every other suite in each: suites mostly wait.
step_kunit() { run_suites kunit debug debug 900 "$(suites | sed -n 1~2p)" $SOON; }
step_kunit-2() { run_suites kunit-2 debug debug 900 "$(suites | sed -n 2~2p)" $SOON; }
step_kunit-lean() { run_suites kunit-lean lean check-lean 900 "$(suites)"; }
step_kunit-schemes() { run_suites kunit-schemes debug debug 600 lnet_stress $SCHEMES $SOON; }

# tests/event/Kbuild says which suites are in the module.
step_kunit-event() {
	local args
	args=$(grep -o 'lnet_[a-z]*_kunit\b' "$TOP/tests/event/Kbuild" | sort -u | sed -n '/event/!s/^\(.*\)_kunit$/--suite \1/p')
	[ "$(wc -w <<<"$args")" -ge 8 ] || die "tests/event/Kbuild names fewer than four suites"
	"$SCRIPTS/boot-uml" debug event "$OUT/kunit-event" 1G 600 LNET_MODULES="$BUILD/debug" || true
	# shellcheck disable=SC2086 # words
	judge kunit-event --kind kunit-event $args
}
step_kunit-all() { run_suites kunit-all debug debug 3600 "$(suites)" $SCHEMES; }

# run_suites STEP KERNEL BUILD SECONDS SUITES [NAME=VALUE for the job...]
run_suites() {
	local step=$1 kernel=$2 build=$3 limit=$4 names=$5 args=() name
	shift 5
	[ -n "$names" ] || die "there is no suite in tests/kunit"
	for name in $names; do args+=(--suite "$name"); done
	[[ " $* " != *" LNET_DELIVERY="* ]] || args+=(--other-schemes)
	# shellcheck disable=SC2153 # lib.sh has BUILD
	"$SCRIPTS/boot-uml" "$kernel" kunit "$OUT/$step" 1G "$limit" \
		LNET_MODULES="$BUILD/$build" LNET_SUITES="${names//[[:space:]]/,}" "$@" || true
	judge "$step" --kind "$step" "${args[@]}"
}

# A listed case that fails only sometimes has a hundred tries to fail. So has a case that
# is made to fail sometimes: it proves that this step sees failures.
step_races() {
	local races
	races=$(python3 "$SCRIPTS/known.py" --sometimes kunit)
	races="lnet_dice.dice_show_a_six${races:+ $races}"
	"$SCRIPTS/boot-uml" debug races "$OUT/races" 1G 1800 LNET_MODULES="$BUILD/debug" \
		LNET_RACES="${races//[[:space:]]/,}" || true
	judge races --kind races --cases races
}

# Each seed is a program of its own. A case that takes a minute is taken for a task
# that hangs, so the seeds come in five turns.
step_oracle() {
	"$SCRIPTS/boot-uml" debug suite "$OUT/oracle" 1G 1800 LNET_MODULES="$BUILD/debug" \
		LNET_SUITE=lnet_oracle LNET_ARGS=seeds=40 LNET_TIMES=5 || true
	judge oracle --kind oracle --suite lnet_oracle
}

step_windows() {
	local suite args=()
	for suite in $(awk '!/^#/ && $5 != "peer" { print $5 }' "$TOP/tests/guest/windows.list" | tr , '\n' | sort -u); do
		args+=(--suite "$suite")
	done
	"$SCRIPTS/boot-uml" debug windows "$OUT/windows" 1G 1800 LNET_MODULES="$BUILD/debug" || true
	judge windows --kind windows "${args[@]}"
}

# The table of figures is in the guest's report. The suites besides lnet_meter only keep
# calls busy: other steps judge their results. On a machine with three other guests calls
# have taken up to 13 ms, as they spun for a lock whose holder was not running; a walk of
# a lazy portal's queue under its lock took 49 to 146 ms. The bound is between the two.
METERED="lnet_meter lnet_stress lnet_lazy lnet_table lnet_combining lnet_relay lnet_handler lnet_eq"
step_meter() {
	"$SCRIPTS/boot-uml" meter meter "$OUT/meter" 1G 600 LNET_MODULES="$BUILD/meter" \
		LNET_SUITES="${METERED// /,}" LNET_BOUND="${METER_BOUND_US:-40000}" || true
	judge meter --no-leaks --kind meter --suite lnet_meter
}

step_fuzz() { run_fuzz fuzz 900 LNET_ARGS=rounds=200000; }
# KUnit stops a case that takes five minutes, so the rounds come in ten turns.
step_fuzz-nightly() { run_fuzz fuzz-nightly 2700 LNET_ARGS=rounds=1000000 LNET_TIMES=10; }

# run_fuzz STEP SECONDS NAME=VALUE...
run_fuzz() {
	local step=$1 limit=$2
	shift 2
	"$SCRIPTS/boot-uml" debug suite "$OUT/$step" 1G "$limit" LNET_MODULES="$BUILD/debug" \
		LNET_SUITE=lnet_sock "$@" || true
	judge "$step" --kind "$step" --suite lnet_sock
}

# After so many calls each function has had each class of arguments, unless something
# is wrong. The time is for a machine that is busy with other things.
step_fuzz-api() {
	run_fuzz_api fuzz-api 600 --every LNET_CASES=mix,windows,all,lock LNET_FUZZ=calls=60000,least=20000,runtime_ms=120000 $SOON
}

# The seeds are other ones each time; the name of each result has its seed.
step_fuzz-api-long() {
	run_fuzz_api fuzz-api-long 3000 LNET_CASES=mix,windows LNET_SEEDS="$RANDOM,$RANDOM,$RANDOM,$RANDOM" LNET_FUZZ=calls=250000
}

step_fuzz-api-all() {
	run_fuzz_api fuzz-api-all 3000 LNET_CASES=net,handlers,all,storm LNET_SEEDS="$RANDOM,$RANDOM" LNET_FUZZ=calls=125000
}

step_fuzz-api-hashed() {
	run_fuzz_api fuzz-api-hashed 1500 LNET_CASES=mix LNET_DELIVERY=hashed LNET_FUZZ=calls=250000
}

# run_fuzz_api NAME SECONDS [OPTION for the judge] [NAME=VALUE for the job...]
run_fuzz_api() {
	local name=$1 limit=$2 every=()
	shift 2
	if [ "$1" = --every ]; then every=(--every) && shift; fi
	"$SCRIPTS/boot-uml" "$KERNEL" fuzz-api "$OUT/$name" 1G "$limit" LNET_MODULES="$MADE" "$@" || true
	judge "$name" --no-leaks --kind "$name" --cases fuzz "${every[@]}"
}

step_fuzz-tools() { run_fuzz_tools fuzz-tools 300 LNET_REQUESTS=10000 $SOON; }
step_fuzz-tools-long() {
	run_fuzz_tools fuzz-tools-long 1500 LNET_REQUESTS=25000 LNET_SEEDS="$RANDOM,$RANDOM,$RANDOM,$RANDOM"
}

# run_fuzz_tools STEP SECONDS NAME=VALUE...
run_fuzz_tools() {
	local step=$1 limit=$2
	shift 2
	"$SCRIPTS/boot-uml" "$KERNEL" fuzz-tools "$OUT/$step" 1G "$limit" LNET_MODULES="$MADE" "$@" || true
	judge "$step" --no-leaks --kind "$step" --cases fuzz
}

# --- the client, one node

step_smoke() { run_smoke smoke; }

# run_smoke STEP
run_smoke() {
	"$SCRIPTS/boot-uml" "$KERNEL" smoke "$OUT/$1" 1G 300 LNET_MODULES="$MADE" $SOON || true
	judge "$1" --no-leaks
}

step_client() { run_client client eq; }
step_client-handlers() { run_client client-handlers handlers; }

# run_client STEP INTERFACE [NAME=VALUE for the job...]
run_client() {
	"$SCRIPTS/boot-uml" "$KERNEL" client "$OUT/$1" 1G 900 LNET_MODULES="$MADE" LNET_INTERFACE="$2" "${@:3}" || true
	judge "$1" --no-leaks
}

step_stock() { run_stock_odd stock 6.1; }
step_stock-6.12() { run_stock_odd stock-6.12 6.12; }
# Debian's 7.2 has no MODVERSIONS: its modules have no checksums.
step_stock-7.2() { run_stock stock-7.2 7.2; }

# run_stock_odd STEP KERNEL: with modules that have wrong checksums, too.
run_stock_odd() {
	local server
	mkdir -p "$BUILD/$2/odd"
	for server in lnet_rpc_server lnet_rpc_server_handlers; do
		"$SCRIPTS/odd-checksums" "$BUILD/$2/tests/client/$server.ko" "$BUILD/$2/odd/$server.ko"
	done
	run_stock "$1" "$2" LNET_ODD=/modules/odd
}

# run_stock STEP KERNEL [NAME=VALUE for the job...]
run_stock() {
	"$SCRIPTS/boot-qemu" "$2" "$BUILD/$2" smoke "$OUT/$1" 512M 300 LNET_CPUS=yes "${@:3}" || true
	judge "$1" --no-leaks
}

step_faults() {
	"$SCRIPTS/boot-uml" debug faults "$OUT/faults" 1G 1500 LNET_MODULES="$BUILD/debug" $SOON || true
	judge faults --kind faults --cases faults
}

step_failing() {
	"$SCRIPTS/boot-uml" debug failing "$OUT/failing" 1G 900 LNET_MODULES="$BUILD/debug" LNET_SECONDS=4 $SOON || true
	judge failing --no-leaks
}

step_rounds-6.1() { run_rounds 6.1; }
step_rounds-6.12() { run_rounds 6.12; }
step_rounds-7.2() { run_rounds 7.2; }
run_rounds() {
	"$SCRIPTS/boot-qemu" "$1" "$BUILD/$1" rounds "$OUT/rounds-$1" 512M 900 || true
	judge "rounds-$1" --no-leaks
}

step_rounds-debug() {
	"$SCRIPTS/boot-uml" debug rounds "$OUT/rounds-debug" 1G 600 LNET_MODULES="$BUILD/debug" $SOON || true
	judge rounds-debug --no-leaks
}

step_planted() { LNET_MODULES=$BUILD/debug "$SCRIPTS/check-planted" "$OUT/planted"; }

# api.rst's client, and sysfs with a peer connected.
step_documented() {
	"$SCRIPTS/build-example"
	"$SCRIPTS/boot-uml" debug documented "$OUT/documented" 1G 300 \
		LNET_MODULES="$BUILD/debug" LNET_EXAMPLE="$BUILD/example" $SOON || true
	judge documented --no-leaks
}


# --- over TCP

# The logs are where tests/system/run puts them.
run_scenario() {
	mkdir -p "$OUT/$1"
	LNET_MODULES=$BUILD/debug "$TOP/tests/system/run" -r "${1#system-}" >"$OUT/$1/results"
}

# Two guests, with a share of the cases in each: cases mostly wait.
step_peer() { run_peer peer 600 LNET_PART=1/2 LNET_LIMIT=540 $SOON; }
step_peer-2() { run_peer peer-2 600 LNET_PART=2/2 LNET_LIMIT=540 $SOON; }
step_peer-long() { run_peer peer-long 1200 LNET_PART=long LNET_LIMIT=1140; }
step_peer-windows() { run_peer peer-windows 1200 LNET_PART=1/1 LNET_WINDOWS=1 LNET_LIMIT=1140; }
step_peer-fuzz() { run_peer peer-fuzz 900 LNET_CASES=fuzz LNET_FUZZ=600 LNET_LIMIT=840; }

step_lustre() {
	if [ -z "${LUSTRE-}" ]; then
		echo "set LUSTRE= to a tree of Lustre's modules: Documentation/testing.rst says more"
		return 77
	fi
	mkdir -p "$OUT/lustre"
	"$TOP/tests/lustre/run" -r lst-hour fs fs-two >"$OUT/lustre/results"
}

step_peer-nightly() { run_peer peer-nightly 3300 LNET_CASES=fuzz LNET_FUZZ=3000 LNET_LIMIT=3240; }

# run_peer STEP SECONDS [NAME=VALUE for the job...]
run_peer() {
	local step=$1 limit=$2 word options=() rc=0
	shift 2
	for word; do
		case $word in
		LNET_PART=*) options+=(--part "${word#*=}") ;;
		LNET_CASES=*) options+=(-k "${word#*=}") ;;
		LNET_WINDOWS=1) options+=(--windows) ;;
		esac
	done
	# The list of cases is made here, not in the guest: a case that the guest leaves out
	# then has no result.
	python3 "$TOP/tests/system/peer/run.py" --list "${options[@]}" | sort >"$OUT/$step.cases"
	"$SCRIPTS/boot-uml" "$KERNEL" peer "$OUT/$step" 1G "$limit" LNET_MODULES="$MADE" "$@" || true
	judge "$step" --no-leaks --kind "$step" --cases peer || rc=$?
	awk '$1 == "ok" || $1 == "FAIL" || $1 == "skip" { print $2 }' "$OUT/$step/report" | sort |
		diff "$OUT/$step.cases" - ||
		emit FAIL "$step" "not each case has one result: see $step.log" 0 0 1 0 >>"$OUT/$step/results"
	return "$rc"
}

# Two of the attacks that scripts/bench-attack measures. How fast the witness was answered
# is not judged here.
step_attack() {
	local program limit
	program=$("$SCRIPTS/build-attack")
	limit=$(attack_limit 4 2)
	"$SCRIPTS/boot-uml" lean attack "$OUT/attack" 3G "$limit" LNET_MODULES="$BUILD/check-lean" \
		LNET_ATTACK="$program" LNET_ATTACKS=silent-2000,flood-put LNET_SECONDS=4 || true
	judge attack --no-leaks --kind attack --cases attack
}

# The peers are idle for longer than one keepalive, so each must have had a sign of life.
step_scale() {
	local program
	program=$("$SCRIPTS/build-attack")
	"$SCRIPTS/boot-uml" lean scale "$OUT/scale" 3G 400 LNET_MODULES="$BUILD/check-lean" \
		LNET_ATTACK="$program" LNET_PEERS=1000 LNET_SECONDS=35 LNET_COME=20 || true
	judge scale --no-leaks --kind scale --cases scale
}

# --- coverage

# Guests of other steps once more, on the kernel that counts lines and branches, those that
# take longest first. With another seed fuzz-tools may leave a function out.
COVERAGE="kunit kunit-2 peer peer-2 client client-handlers fuzz-api kunit-schemes fuzz-tools smoke"
cover() {
	local step=coverage/$1 made=check-coverage all
	all=$(suites)
	case $1 in
	kunit) run_suites "$step" coverage $made 900 "$(sed -n 1~2p <<<"$all")" $SOON ;;
	kunit-2) run_suites "$step" coverage $made 900 "$(sed -n 2~2p <<<"$all")" $SOON ;;
	kunit-schemes) run_suites "$step" coverage $made 600 "lnet_stress lnet_slot" $SCHEMES $SOON ;;
	peer) run_peer "$step" 600 LNET_PART=1/2 LNET_LIMIT=540 $SOON ;;
	peer-2) run_peer "$step" 600 LNET_PART=2/2 LNET_LIMIT=540 $SOON ;;
	client) run_client "$step" eq LNET_RPCS=16 $SOON ;;
	client-handlers) run_client "$step" handlers LNET_RPCS=16 $SOON ;;
	fuzz-api) run_fuzz_api "$step" 600 LNET_CASES=mix LNET_FUZZ=calls=60000,least=20000,runtime_ms=120000 $SOON ;;
	fuzz-tools) run_fuzz_tools "$step" 300 LNET_REQUESTS=10000 LNET_SEEDS=6963 $SOON ;;
	smoke) run_smoke "$step" ;;
	esac
}

# Two guests at the same time, at most. Then what they have counted is added up. Results of
# suites and cases that passed are only counted here, as other steps show them.
step_coverage() {
	local KERNEL=coverage MADE=$BUILD/check-coverage dir=$OUT/coverage guest counts=()
	"$SCRIPTS/coverage-test"
	mkdir -p "$dir"
	for guest in $COVERAGE; do
		while [ "$(jobs -r | wc -l)" -ge "$((JOBS < 2 ? JOBS : 2))" ]; do wait -n || true; done
		cover "$guest" >"$dir/$guest.log" 2>&1 &
		counts+=("$guest=$dir/$guest/counts")
	done
	wait
	for guest in $COVERAGE; do
		[ -s "$dir/$guest/results" ] || emit FAIL "coverage $guest" "see coverage/$guest.log" 0 0 1 0 >"$dir/$guest/results"
		cat "$dir/$guest/results"
	done | awk -F'\t' -v OFS='\t' '
		/^\t/ { if (shown) print; next }
		{ shown = $1 != "ok" }
		shown { print; next }
		{ passed += $5 }
		END { print passed ? "ok" : "FAIL", "coverage guests", passed + 0 " cases", 0, passed + 0, !passed, 0 }
	' >"$dir/results"
	"$SCRIPTS/coverage.py" "$MADE" "$BUILD/coverage" "${counts[@]}" >>"$dir/results"
	cat "$BUILD/coverage/table.txt"
}

# --- data races

KCSAN_SUITES="lnet_stress lnet_combining lnet_table lnet_oracle lnet_relay lnet_lazy lnet_delayed lnet_eq lnet_sysfs lnet_ping"
step_kcsan() { run_kcsan kcsan 2; }
step_kcsan-4() { run_kcsan kcsan-4 4 --before "$OUT/kcsan/seen"; }

# run_kcsan STEP CPUS [OPTION for judge-kcsan...]: judge-kcsan judges the reports of
# races, and judge the log without them.
run_kcsan() {
	local step=$1 cpus=$2 name rc=0 args=()
	shift 2
	for name in $KCSAN_SUITES; do args+=(--suite "$name"); done
	# Watchpoints eight times as often as by default, and a little longer.
	CPUS=$cpus "$SCRIPTS/boot-qemu" kcsan "$BUILD/kcsan" kcsan "$OUT/$step" 1G 1500 \
		LNET_SUITES="${KCSAN_SUITES// /,}" LNET_DELIVERY=hashed,combining \
		LNET_RUNTIME=2000 LNET_STEPS=4000 kcsan.skip_watch=500 kcsan.udelay_task=100 || true
	"$SCRIPTS/judge-kcsan" --title "$step races" --modules "$BUILD/kcsan" --rest "$OUT/$step/rest" \
		--seen "$OUT/$step/seen" "$@" "$OUT/$step/console" >>"$OUT/$step/results" || rc=$?
	"$SCRIPTS/judge" --title "$step guest" --kind "$step" "${args[@]}" --other-schemes \
		"$OUT/$step/rest" "$OUT/$step/report" >>"$OUT/$step/results" || rc=$?
	return "$rc"
}

# --- 64-bit Arm

# Those that say something about a processor: bytes, what CPUs do at the same time, checksums.
ARM64_SUITES="lnet_nid lnet_wire lnet_sock lnet_sock_other lnet_pinginfo lnet_large_nid lnet_peer lnet_peer_paths lnet_answer"
ARM64_SUITES+=" lnet_handle lnet_eq lnet_me lnet_md lnet_match lnet_put lnet_get lnet_payload lnet_table lnet_mdlife"
ARM64_SUITES+=" lnet_slot lnet_combining lnet_relay lnet_meet lnet_run lnet_stress lnet_oracle"
ARM64_SUITES+=" lnet_lustre_hash lnet_lustre_nidstr lnet_lustre_expr lnet_lustre_cpt lnet_lustre_percpt lnet_lustre_handler"
step_arm64() {
	local name args=()
	for name in $ARM64_SUITES; do args+=(--suite "$name"); done
	"$SCRIPTS/boot-qemu" arm64 "$BUILD/arm64" suites "$OUT/arm64" 1G 1800 \
		LNET_SUITES="${ARM64_SUITES// /,}" LNET_SLOW=5 $SOON || true
	judge arm64 --kind arm64 "${args[@]}"
}

step_arm64-smoke() {
	"$SCRIPTS/boot-qemu" arm64 "$BUILD/arm64" smoke "$OUT/arm64-smoke" 512M 900 || true
	judge arm64-smoke --no-leaks
}

# judge STEP [OPTION...]: judges the log and the report that a guest left in $OUT/STEP.
judge() {
	local step=$1
	shift
	"$SCRIPTS/judge" --title "$step guest" "$@" "$OUT/$step/console" "$OUT/$step/report" >>"$OUT/$step/results"
}
