# SPDX-License-Identifier: GPL-2.0
"""Cases that take minutes, as a time is a constant of the driver, or a number is large."""

import time

import wire
from case import PORTAL, case, same, within
from cases_ends import settle
from link import Gone, Late
from wire import CONTROL, PUT

GUEST, OURS = 20, 300   # seconds without a connection, until a peer is forgotten
ANSWERS = 16384         # that may wait for one peer


@case(long=True, limit=400, seconds=310)
def peers_are_forgotten(t):
    """A peer that has only connected to us is forgotten after 20 s, one that we have connected to
    after five minutes; one with a connection never, however idle."""
    guest, ours, puppet = t.connected(), t.peer(), t.puppet()
    puppet.put(puppet.bind(1, 0), t.nid_of(ours), PORTAL)
    ours.take(PUT)
    ours.wait_live()
    friend = t.connected()
    for peer in (guest, ours):
        peer.hang_up()
    begin = time.monotonic()
    known = lambda peer: f"12345-{t.nid_of(peer)}" in t.module.peer_names()
    for peer, seconds in ((guest, GUEST), (ours, OURS)):
        same("known before", known(peer), True)
        while known(peer):
            if time.monotonic() - begin > seconds + 10:
                raise Late(f"still known after {seconds + 10} s")
            time.sleep(0.1)
        within("being forgotten", begin, seconds - 1, seconds + 5)
    same("the idle one is known", known(friend), True)
    friend.ping_remote()
    # They may come back.
    for peer in (guest, ours):
        peer.connect()
        peer.ping_remote()


@case(long=True, limit=300, seconds=60, sock_timeout=300)
def answers_are_bounded(t):
    """A peer that asks and does not read is cut off at the bound; another one goes on."""
    settle(t)
    peer, other = t.peer(listen=False), t.connected()
    link = t.link(peer.address, window=4096)
    link.ask(peer.hello(CONTROL), t.nid)
    peer.check_hello(link.read_hello())
    ask = peer.header(wire.GET, wmd=bytes(range(16)), bits=wire.PING_BITS, sink=48)
    many = 64 * (wire.Ksock().encode() + ask.encode())
    before, sent, most = t.module.closed()["unread"], 0, 0
    while t.module.closed()["unread"] == before:
        assert sent < 4 * ANSWERS, f"{most} answers wait"
        try:
            link.write(many, 5)
        except Gone:
            break
        sent += 64
        if sent % 4096 == 0:
            most = max(most, int(t.of_peer(peer, "queue") or 0))
            other.ping_remote()
    same("unread", t.module.closed()["unread"] - before, 1)
    assert ANSWERS // 2 < most <= ANSWERS, f"at most {most} waited"
    t.note(f"{sent} asked for, {most} waited")
    t.wait_counter(peer, "queue", "0")
    other.ping_remote()
