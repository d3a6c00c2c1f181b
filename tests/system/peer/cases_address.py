# SPDX-License-Identifier: GPL-2.0
"""networks=, and an address or interface of ours that goes and comes back."""

import contextlib
import errno
import subprocess
import time

import wire
from case import PORTAL, case, same
from cases_ends import counted
from wire import STATUS_DOWN, STATUS_UP

DEVICE, OURS, PREFIX = "dummy0", "10.9.0.1", "10.9.0.0/24"
BACK = 3                # seconds, until it is noticed


def ip(*words):
    subprocess.run(["ip", *words], check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@contextlib.contextmanager
def device():
    """The interface is there and has our address."""
    ip("link", "set", DEVICE, "up")
    ip("addr", "add", f"{OURS}/24", "dev", DEVICE)
    try:
        yield
    finally:
        ip("addr", "flush", "dev", DEVICE)
        ip("link", "set", DEVICE, "down")


@contextlib.contextmanager
def on(t, networks, address=OURS, **words):
    """The modules on those networks, without the witness of other cases."""
    with device():
        t.module.unload()
        t.module.load({"networks": networks, "address": address, **words})
        try:
            yield
        finally:
            for thing in t.things:
                thing.close()
            t.things.clear()
            t.module.unload()


def works(t, nid):
    """It is the NI of that NID, and messages go both ways."""
    same("NIs", sorted(t.puppet().nids()), ["12345-0@lo", f"12345-{nid}"])
    peer, puppet = t.connected(), t.puppet()
    same("NIDs in a ping", [wire.nid_text(ni) for ni, _ in peer.ping_remote().nis], ["0@lo", nid])
    source = puppet.bind(10, 3)
    puppet.put(source, t.who(peer), PORTAL)
    same("payload", peer.take(wire.PUT).payload, wire.pattern(10, 3))
    same("source", wire.nid_text(peer.remote.nid), nid)


@case(bare=True, limit=60, seconds=4)
def networks_by_prefix_and_by_nothing(t):
    """By interface and by address other cases have it."""
    for text in (f"tcp0({PREFIX})", '" tcp "'):
        with on(t, text):
            works(t, f"{OURS}@tcp")


SOON = 2                # seconds, sock_timeout of the cases about outages


def status_of(t):
    return t.module.value("nis", wire.nid_text(t.nid), "status")


def short_outage(t, take, give):
    """The NI says that it is down; what is sent meanwhile arrives when it is back, by the
    same connections."""
    peer, puppet = t.connected(), t.puppet()
    source = puppet.bind(10, 3)
    same("status in a ping", peer.ping_remote().nis[1][1], STATUS_UP)
    links = peer.live()
    since = t.log.now()
    with counted(t):
        take()
        peer.wait_for("status down", lambda: status_of(t) == "down", BACK)
        puppet.put(source, t.who(peer), PORTAL)
        time.sleep(0.3)
        give()
        peer.wait_for("status up", lambda: status_of(t) == "up", BACK)
        same("payload", peer.take(wire.PUT, 10).payload, wire.pattern(10, 3))
        same("connections", peer.live(), links)
    same("lines", len(t.log.lines("is down: its address is not here", since)), 1)
    same("lines", len(t.log.lines("is up again", since)), 1)
    same("status in a ping", peer.ping_remote().nis[1][1], STATUS_UP)
    peer.close()
    peer.wait_for("the end", lambda: t.of_peer(peer, "connections") == "0")


@case(bare=True, seconds=8, limit=60)
def address_and_interface_that_are_away_for_a_moment(t):
    with on(t, f"tcp({DEVICE})"):
        short_outage(t, lambda: ip("addr", "del", f"{OURS}/24", "dev", DEVICE),
                     lambda: ip("addr", "add", f"{OURS}/24", "dev", DEVICE))
        short_outage(t, lambda: ip("link", "set", DEVICE, "down"),
                     lambda: ip("link", "set", DEVICE, "up"))


def long_outage(t, take, give):
    """Longer than sock_timeout: all connections end, messages fail, and it comes back as
    another incarnation, or the peer would take its connections for those it believes in."""
    peer, puppet = t.connected(), t.puppet()
    source = puppet.bind(10, 3)
    before, peer.remote.incarnation = peer.remote.incarnation, None
    with counted(t, net_down=3):
        take()
        t.wait_counter(peer, "connections", "0", SOON + BACK)
    # It cannot be told from there.
    peer.hang_up()
    puppet.put(source, t.who(peer), PORTAL)
    same("status of a SEND", puppet.event("SEND", source).status, -errno.ENETDOWN)
    give()
    peer.wait_for("status up", lambda: status_of(t) == "up", BACK)
    puppet.events.clear()
    begin = time.monotonic()
    puppet.put(source, t.who(peer), PORTAL)
    same("payload", peer.take(wire.PUT).payload, wire.pattern(10, 3))
    t.note(f"{time.monotonic() - begin:.2f} s after it was back")
    peer.wait_live()
    assert peer.remote.incarnation != before, "the same incarnation"
    # Who hangs up while the last of them is being opened is dialled once more: it listens
    # no more.
    peer.close()
    peer.wait_for("the end", lambda: t.of_peer(peer, "connections") == "0")


@case(bare=True, seconds=14, limit=60)
def address_and_interface_that_go_and_come_back(t):
    with on(t, f"tcp({DEVICE})", sock_timeout=SOON):
        long_outage(t, lambda: ip("addr", "del", f"{OURS}/24", "dev", DEVICE),
                    lambda: ip("addr", "add", f"{OURS}/24", "dev", DEVICE))
        long_outage(t, lambda: ip("link", "set", DEVICE, "down"),
                    lambda: ip("link", "set", DEVICE, "up"))


@case(bare=True, seconds=4)
def networks_of_several_interfaces(t):
    """Each is an NI, the first is who sends; which of them is down, the others tell."""
    with on(t, f"tcp(127.0.0.1,{DEVICE})", "127.0.0.1"):
        same("NIs", sorted(t.puppet().nids()),
             ["12345-0@lo", f"12345-{OURS}@tcp", "12345-127.0.0.1@tcp"])
        peer = t.connected()
        same("NIs in a ping", peer.ping_remote().nis[1:],
             [(t.nid, STATUS_UP), (wire.nid(OURS), STATUS_UP)])
        ip("link", "set", DEVICE, "down")
        peer.wait_for("the other one down",
                      lambda: dict(peer.ping_remote().nis)[wire.nid(OURS)] == STATUS_DOWN, BACK)
        same("this one", dict(peer.ping_remote().nis)[t.nid], STATUS_UP)
        same("connections", len(peer.live()), 3)
