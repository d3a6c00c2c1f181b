# SPDX-License-Identifier: GPL-2.0
"""accept=all: a peer that comes from a port above 1023 is named by its address and port."""

import time

import wire
from case import PORTAL, case, same
from peer import Refused
from wire import CONTROL, GET, PUT


def stranger(t, **words):
    """A peer without rights; the module knows it by its address and port."""
    return t.peer(privileged=False, listen=False, **words)


def known(peer, conn):
    """After the first connection: (NID, pid), as the module sees it."""
    port = conn.link.sock.getsockname()[1]
    peer.known_as = (wire.nid(peer.address), port | wire.PID_USER)
    return port


@case(accept="all")
def open_ping(t):
    peer = stranger(t)
    known(peer, peer.dial_once(CONTROL))
    peer.ping_remote()


@case(accept="all")
def open_sums_are_of_what_came(t):
    """A checksum is that of the bytes that came, not of headers with the name we give the peer."""
    puppet = t.puppet()
    peer = stranger(t, version=2)
    known(peer, peer.dial(CONTROL))
    sink = puppet.post(PORTAL, 1000, options="put,remote,truncate")
    for size in (0, 1, 1000):
        peer.put(PORTAL, 0, wire.pattern(size, 3), csum=True).wait()
        puppet.good("PUT", sink, mlength=size)


@case(accept="all")
def open_identity_is_address_and_port(t):
    """No matter what HELLO and headers claim."""
    puppet = t.puppet()
    puppet.post(PORTAL, 100, options="put,get,remote,truncate", seed=3)
    for words in ({}, {"nid": wire.nid("10.9.9.9")}, {"pid": 77}, {"nid": wire.nid("127.0.1.1")},
                  {"nid": t.nid}):
        peer = stranger(t, **words)
        port = known(peer, peer.dial_once(CONTROL))
        peer.put(PORTAL, 0, b"abc").wait()
        event = puppet.good("PUT", mlength=3)
        same("initiator", event.initiator, f"U{port}-{wire.nid_text(wire.nid(peer.address))}")
        same("reply", peer.get(PORTAL, 0, 3).wait().payload, b"abc")
        puppet.good("GET")
        peer.close()


@case(accept="all")
def open_matches_by_what_it_is(t):
    """A match entry for a privileged peer does not match a stranger that claims to be it."""
    puppet = t.puppet()
    good = t.connected()
    sink = puppet.post(PORTAL, 100, t.nid_of(good), options="put,remote,truncate")
    peer = stranger(t, nid=good.nid)
    known(peer, peer.dial_once(CONTROL))
    peer.put(PORTAL, 0, b"abc").silent(0.5)
    puppet.silent(0.1)
    good.put(PORTAL, 0, b"abc").wait()
    puppet.good("PUT", sink)


@case(accept="all")
def open_with_pid_any_is_survived(t):
    """For a real node this HELLO is the end; here it is refused."""
    peer = stranger(t)
    link = peer.link()
    link.ask(peer.hello(CONTROL, src_pid=wire.PID_ANY))
    link.closed_within(1)


@case(accept="all", seconds=2.5)
def open_never_dials_back(t):
    """No node listens at that port."""
    puppet, peer = t.puppet(), stranger(t)
    listener = t.listener(peer.address)
    port = known(peer, peer.dial_once(CONTROL))
    target = f"{port | wire.PID_USER}-{wire.nid_text(peer.nid)}"
    source = puppet.bind(10, 3)
    puppet.put(source, target, PORTAL)
    peer.take(PUT)
    puppet.good("ACK", source)
    puppet.good("SEND", source)
    peer.hang_up()
    time.sleep(0.3)
    puppet.put(source, target, PORTAL)
    event = puppet.event("SEND", source)
    same("status", event.status, -113)
    listener.none_within(2)


@case(accept="all")
def open_peers_are_apart(t):
    """Two from one address are two, and a third is the node itself."""
    address = t.address()
    node = t.peer(address).connect()
    strangers = [t.peer(address, privileged=False, listen=False) for _ in range(2)]
    for peer in strangers:
        known(peer, peer.dial_once(CONTROL))
    for peer in strangers + [node]:
        peer.ping_remote()
    strangers[0].close()
    time.sleep(0.2)
    strangers[1].ping_remote()
    node.ping_remote()


@case(accept="all")
def open_to_privileged_ones_as_usual(t):
    peer, puppet = t.connected(), t.puppet()
    puppet.post(PORTAL, 10)
    peer.put(PORTAL, 0, b"x").wait()
    same("initiator", puppet.good("PUT").initiator, f"12345-{t.nid_of(peer)}")
    try:
        peer.dial_once(CONTROL)
        raise AssertionError("a duplicate was taken")
    except Refused:
        pass


@case(accept="all", seconds=3)
def open_many_strangers(t):
    """A hundred, each with a CONTROL connection of its own, come and go."""
    peers = [stranger(t) for _ in range(100)]
    for peer in peers:
        known(peer, peer.dial_once(CONTROL))
    pings = [(peer, peer.get(0, wire.PING_BITS, 48)) for peer in peers]
    for _, ping in pings:
        ping.wait()
    same("GETs", {peer.count[wire.KINDS[GET]] for peer in peers}, {0})


@case(accept="all")
def open_strangers_are_forgotten(t):
    """Each connection is another peer, which cannot be dialled: when it is gone, nothing is kept
    of it. Else a stranger could fill the memory by connecting."""
    address = t.address()
    for _ in range(60):
        peer = t.peer(address, privileged=False, listen=False)
        known(peer, peer.dial_once(CONTROL))
        peer.ping_remote()
        peer.close()
    end = time.monotonic() + 10
    while True:
        left = [name for name in t.module.peer_names() if f"-{address}@" in name]
        if not left:
            break
        if time.monotonic() > end:
            raise AssertionError(f"{len(left)} of 60 are still known after 10 s, as {left[0]}")
        time.sleep(0.2)
