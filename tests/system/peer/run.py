#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Drives the LNet modules over loopback from a second implementation of the protocol.

usage: run.py [-k WORD]... [-x WORD]... [--part K/N|long] [--windows] [--limit SECONDS] [--list] MODULES

MODULES is the build tree. Runs as root in a test guest: it loads and removes the modules,
listens on port 988 of addresses in 127/8 and takes ports below 1024. Cases are functions
of the files cases_*.py. Prints how many there are and "ok NAME SECONDS", "FAIL NAME WHY" or
"skip NAME WHY" for each. Ends with 3 when all were tried and some failed.
"""

import sys

sys.dont_write_bytecode = True

import argparse
import faulthandler
import glob
import importlib
import os
import resource
import signal
import threading
import time
import traceback

import link
import wire
from case import CASES, Context, Skipped
from parts import LONG, QUICK, part_of
from module import Broken, Log, Module
from peer import Peer
from window import Windows

HERE = os.path.dirname(os.path.abspath(__file__))
OURS = (AssertionError, wire.Violation, link.Late, link.Gone)


FAILED = 3              # the status when all cases were tried and some failed


class Overtime(BaseException):
    """A case took longer than it may. No case that expects an exception catches this one."""


def overtime(*_):
    faulthandler.dump_traceback(sys.stdout, all_threads=False)
    raise Overtime("it took too long")


class Deaths:
    """Threads that ended by an unforeseen exception: such a thread listens, reads or talks no
    more, and the case would not know."""

    def __init__(self):
        self.seen = []
        threading.excepthook = self.note

    def note(self, death):
        traceback.print_exception(death.exc_type, death.exc_value, death.exc_traceback,
                                  file=sys.stdout)
        self.seen.append(f"a thread died: {death.exc_type.__name__}: {death.exc_value}")

    def take(self):
        seen, self.seen = self.seen, []
        return seen


class Witness:
    """A well-behaved peer beside all the others, which must not harm it."""

    ADDRESS, ADDRESS_IPV6 = "127.0.1.1", "fd00:988::2"

    def __init__(self, module):
        address = self.ADDRESS_IPV6 if wire.is_large(module.remote.nid) else self.ADDRESS
        self.peer = Peer(address, module.remote).connect()

    def check(self):
        try:
            if len(self.peer.live()) != 3:
                raise AssertionError(f"it has {len(self.peer.live())} connections left")
            self.peer.ping_remote()
            self.peer.check()
        except OURS as error:
            raise AssertionError(f"the witness was harmed: {error}") from error

    def close(self):
        self.peer.close()


class Runner:
    def __init__(self, tree, windows):
        self.module = Module(tree, windows)
        self.log = Log()
        self.deaths = Deaths()
        self.witness = None
        self.before = {}

    def prepare(self, case):
        """Loads the modules as the case wants them, and connects the witness."""
        if case.bare:
            self.forget()
            self.before = {}
            return
        if self.module.params != case.params or self.module.remote is None:
            self.forget()
        if self.module.load(case.params) and self.has_witness(case):
            self.witness = Witness(self.module)
        self.before = self.module.counters()

    @staticmethod
    def has_witness(case):
        return case.params is not None and case.params.get("accept") != "none"

    def forget(self):
        """Closes the witness, and unloads the modules."""
        if self.witness:
            self.witness.close()
        self.witness = None
        self.module.unload()

    def recover(self):
        """Unloads the modules after a failure, unless they are well."""
        try:
            well = self.witness and self.module.remote
            if well:
                self.witness.check()
                well = self.module.value("handles_md") == self.module.value("handles_me") == "0"
        except OURS:
            well = False
        if not well:
            self.forget()

    def run(self, case):
        """Runs a case: its failure, or None; and its notes."""
        context = Context(self.module, self.log)
        self.log.mark(f"case {case.name}")
        # Again later: closing the things of the case may hang, too.
        signal.setitimer(signal.ITIMER_REAL, case.limit * link.SLOW, 15)
        failure = None
        try:
            try:
                self.prepare(case)
                case.run(context)
            finally:
                context.close()
            if self.witness and self.module.remote:
                self.witness.check()
        except (Broken, Skipped):
            raise
        except (Exception, Overtime) as error:
            failure = error
            if not isinstance(error, OURS):
                traceback.print_exc(file=sys.stdout)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for death in self.deaths.take():
            failure = failure or AssertionError(death)
        trouble = self.log.trouble()
        if trouble:
            failure = AssertionError(f"the kernel said: {trouble}")
        return failure, context.notes

    def explain(self):
        """Prints the counters of the module that have changed, and its busy peers."""
        if self.module.remote is None:
            return
        for name, value in sorted(self.module.counters().items()):
            if value != self.before.get(name, 0):
                print(f"     | {name} {self.before.get(name, 0)} -> {value}")
        for name, values in self.module.busy_peers().items():
            print(f"     | {name}:", " ".join(f"{name}={value}" for name, value in values.items()))


def words_of(lists):
    return [word for words in lists for word in words.split(",") if word]


def chosen(wanted, unwanted, part):
    cases = part_of(CASES, part)
    cases = [case for case in cases if not wanted or any(word in case.name for word in wanted)]
    cases = [case for case in cases if not any(word in case.name for word in unwanted)]
    # One load of the modules for all cases with the same parameters.
    order = {}
    for case in cases:
        order.setdefault(repr(case.params), len(order))
    return sorted(cases, key=lambda case: order[repr(case.params)])


def run_all(runner, cases, deadline):
    failed = 0
    for number, case in enumerate(cases):
        if time.monotonic() > deadline:
            print(f"FAIL {case.name} not run: no time is left")
            failed += 1
            continue
        begin = time.monotonic()
        try:
            failure, notes = runner.run(case)
        except Skipped as why:
            print(f"skip {case.name} {why}", flush=True)
            continue
        except Broken as error:
            print(f"FAIL {case.name} {error}")
            print(f"run.py: {len(cases) - number - 1} cases were not run")
            return failed + len(cases) - number
        took = time.monotonic() - begin
        if failure:
            failed += 1
            why, *more = f"{type(failure).__name__}: {failure}".splitlines()
            print(f"FAIL {case.name} {why}")
            for line in [*more, f"after {took:.1f} s", *notes]:
                print(f"     | {line}")
            runner.explain()
            sys.stdout.flush()
            runner.recover()
        else:
            print(f"ok {case.name} {took:.1f}", *notes, sep="  ")
        sys.stdout.flush()
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-k", action="append", default=[], help="only cases with this in the name")
    parser.add_argument("-x", action="append", default=[], help="no cases with this in the name")
    parser.add_argument("--part", default="1/1", metavar="K/N",
                        help=f"one of N equal shares of the cases; {LONG}: those that take minutes; {QUICK}: half a second")
    parser.add_argument("--windows", action="store_true", help="with the driver's windows widened")
    parser.add_argument("--limit", type=float, default=900, help="of all cases, seconds")
    parser.add_argument("--list", action="store_true", help="name the cases")
    parser.add_argument("tree", nargs="?", help="the build tree of the modules")
    args = parser.parse_args()

    for path in sorted(glob.glob(os.path.join(HERE, "cases_*.py"))):
        importlib.import_module(os.path.basename(path)[:-3])
    try:
        cases = chosen(words_of(args.k), words_of(args.x), args.part)
    except ValueError as error:
        parser.error(error)
    windows = Windows(args.windows)
    names = [case.name for case in cases] + windows.cases()
    if args.list:
        print("\n".join(names))
        return 0
    if not args.tree:
        parser.error("name the build tree of the modules")
    signal.signal(signal.SIGALRM, overtime)
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    # User Mode Linux runs one thread of a process at a time: on another CPU the next one
    # spins for its turn, and the modules' threads have that CPU no more.
    os.sched_setaffinity(0, {0})

    print(f"1..{len(names)}")
    deadline = time.monotonic() + args.limit
    runner = Runner(args.tree, windows)
    failed = run_all(runner, cases, deadline)
    try:
        runner.forget()
    except Broken as error:
        print(f"FAIL unload {error}")
        failed += 1
    failed += windows.report()
    print(f"{len(names) - min(failed, len(names))} passed, {failed} failed")
    if not cases:
        return 1
    return FAILED if failed else 0


if __name__ == "__main__":
    sys.exit(main())
