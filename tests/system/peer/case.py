# SPDX-License-Identifier: GPL-2.0
"""The registration of a case, and the context that it gets."""

import bisect
import threading
import time
from dataclasses import dataclass

import wire
from link import SECONDS, SLOW, Link, Listener
from peer import Peer
from puppet import Puppet

CASES = []
PORTAL = 40
PATIENT = 20 * SLOW     # a sock_timeout for stalls that are to end by themselves


class Skipped(Exception):
    """This machine lacks something that the case needs."""


@dataclass
class Case:
    name: str
    run: object
    params: dict        # of ksocklnd; None: no network
    limit: int          # seconds
    seconds: float      # how long it takes, about: guests share the cases by that
    long: bool          # it takes minutes: not in every run
    bare: bool          # it loads the modules itself


def case(function=None, *, limit=30, net=True, seconds=0.5, long=False, bare=False, **params):
    """Registers a case; params are the parameters that ksocklnd is loaded with."""
    def register(run):
        if any(other.name == run.__name__ for other in CASES):
            raise ValueError(f"there are two cases {run.__name__}: results go by the name")
        CASES.append(Case(run.__name__, run, params if net and not bare else None, limit, seconds,
                          long, bare))
        return run
    return register(function) if function else register


class Context:
    """Makes the things that a case uses, and closes them when it ends."""

    addresses = 0

    def __init__(self, module, log):
        self.module, self.log = module, log
        self.things = []
        self.notes = []

    @property
    def remote(self):
        return self.module.remote

    @property
    def nid(self):
        return self.remote.nid

    def keep(self, thing):
        self.things.append(thing)
        return thing

    def note(self, text):
        """A text to print beside the result."""
        self.notes.append(text)

    def address(self):
        """An address that no case has used: a case need not live with the peers of another."""
        Context.addresses += 1
        if self.remote and wire.is_large(self.remote.nid):
            return f"fd00:988::{Context.addresses + 0x1000:x}"
        return f"127.0.{Context.addresses // 250 + 1}.{Context.addresses % 250 + 2}"

    def peer(self, address=None, **words):
        return self.keep(Peer(address or self.address(), self.remote,
                              **{"port": self.remote.port, **words}))

    def connected(self, **words):
        """A peer that has dialled all three connections."""
        return self.peer(**words).connect()

    def puppet(self):
        return self.keep(Puppet())

    def listener(self, address, **words):
        return self.keep(Listener(address, **{"port": self.remote.port, **words}))

    def link(self, address=None, privileged=True, **words):
        """A bare connection to the module."""
        return self.keep(Link.dial(address or self.address(),
                                   (self.remote.address, self.remote.port), privileged, **words))

    def of_peer(self, peer, name):
        """The value of a peer's file in sysfs."""
        return self.module.of_peer(f"{peer.known_as[1]}-{self.nid_of(peer)}", name)

    def wait_counter(self, peer, name, value, seconds=SECONDS):
        """Waits until that file of the peer has the value."""
        peer.wait_for(f"{name} {value}, not {self.of_peer(peer, name)},",
                      lambda: self.of_peer(peer, name) == value, seconds)

    def nid_of(self, peer):
        return wire.nid_text(peer if isinstance(peer, int) else peer.nid)

    def close(self):
        """Closes puppets first, then all other things; raises the first violation."""
        failure = None
        refused = sum(thing.refused for thing in self.things if isinstance(thing, Peer))
        if refused:
            self.note(f"NONE {refused} times")
        for thing in sorted(self.things, key=lambda thing: not isinstance(thing, Puppet)):
            try:
                thing.close()
                if isinstance(thing, Peer):
                    thing.check()
            except Exception as error:
                failure = failure or error
        self.things = []
        if failure:
            raise failure


# The module counts in ticks of 10 ms, from a step of its own that is a little
# before the one that is seen here.
GRAIN = 0.05


class Lateness(threading.Thread):
    """Measures how late this machine wakes a thread that sleeps again and again, in seconds in
    all: the guest shares its CPUs with others."""

    STEP = 0.05

    def __init__(self):
        super().__init__(daemon=True)
        self.sums = [(time.monotonic(), 0.0)]
        self.start()

    def run(self):
        while True:
            then, late = self.sums[-1]
            time.sleep(self.STEP)
            now = time.monotonic()
            self.sums.append((now, late + self.beyond(now - then)))

    def between(self, begin, end):
        return self.since(begin) - self.since(end)

    def beyond(self, slept):
        """How late a step was that took so long."""
        return max(0, slept - self.STEP - 0.01)

    def since(self, begin):
        """How late the machine was since then in all, with the step that is under way."""
        then, late = self.sums[-1]
        before = self.sums[max(bisect.bisect(self.sums, (begin,)) - 1, 0)][1]
        return late - before + self.beyond(time.monotonic() - then)


LATENESS = Lateness()


def within(what, begin, least, most):
    """Checks that least to most seconds have passed since begin, and allows for the lateness of
    the machine; also for that just before begin, which may be when something was seen."""
    took = time.monotonic() - begin
    late = LATENESS.since(begin - 1)
    if not least - GRAIN - late <= took <= most + late:
        raise AssertionError(f"{what} took {took:.2f} s, not {least} to {most}; "
                             f"the machine was late by {late:.2f}")
    return took


def same(what, got, want):
    if got != want:
        raise AssertionError(f"{what}: {got!r} is not {want!r}")
