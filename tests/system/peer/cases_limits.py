# SPDX-License-Identifier: GPL-2.0
"""Bounds: on callers that say nothing, and on the lines that the log has about them."""

import re
import time

import wire
from case import PORTAL, case, same
from cases_ends import counted, settle
from link import Gone, Late
from peer import Refused
from wire import CONTROL

EACH, ALL = 20, 50      # callers without a whole HELLO: of an address, and in all
PLACES = {"callers_each": EACH, "callers_max": ALL, "accept_timeout": 30}


def silent(t, address, number):
    return [t.link(address) for _ in range(number)]


def closed(links):
    """How many of them are closed by now."""
    return sum(map(link_ended, links))


def link_ended(link):
    try:
        return not link.read_some(1, 0)
    except Late:
        return False


def first_are_closed(links, number):
    """The oldest of them are closed, and no other."""
    for link in links[:number]:
        link.closed_within(2)
    same("closed of the others", closed(links[number:]), 0)


@case(**PLACES, limit=60, seconds=2)
def callers_from_one_address_are_bounded(t):
    """The oldest caller of the address is cut off; callers from other addresses are not."""
    settle(t)
    address, other = t.address(), silent(t, t.address(), 3)
    with counted(t, too_many=7):
        links = silent(t, address, EACH + 7)
        first_are_closed(links, 7)
    same("closed of the others", closed(other), 0)
    t.peer().dial(CONTROL)
    # There is room again when one of them has gone.
    with counted(t, by_peer=1):
        links[7].close()
    again = t.link(address)
    again.quiet(0.2)
    same("closed of the others", closed(links[8:] + other), 0)


@case(**PLACES, limit=60, seconds=3)
def callers_are_bounded(t):
    """From many addresses: the oldest of all is cut off."""
    settle(t)
    with counted(t, too_many=5):
        links = [link for _ in range(5) for link in silent(t, t.address(), ALL // 5 + 1)]
        first_are_closed(links, 5)


@case(**PLACES, limit=60, seconds=3)
def callers_who_say_nothing_lock_nobody_out(t):
    """Silent callers have all the places, and as many come again; one with a HELLO is let in."""
    settle(t)
    for _ in range(4):
        silent(t, t.address(), EACH + 5)
        t.peer().dial_once(CONTROL)


@case(**PLACES, limit=60, seconds=2)
def callers_who_say_half_are_bounded(t):
    """A caller that has sent its request, and no HELLO, takes a place of the same kind."""
    settle(t)
    address = t.address()
    with counted(t, too_many=3):
        links = []
        for _ in range(EACH + 3):
            link = t.link(address)
            link.write(wire.Connreq(t.nid).encode())
            links.append(link)
            time.sleep(0.05)    # two workers: an earlier request is read first
        first_are_closed(links, 3)
    t.peer().dial(CONTROL)


@case(peers_each=3, seconds=2)
def names_of_one_address_are_bounded(t):
    """One host may say that it is many peers, but not as many as it likes."""
    settle(t)
    address = t.address()
    with counted(t, too_many=2):
        for pid in range(12345, 12348):
            t.peer(address=address, pid=pid, listen=False).dial_once(CONTROL)
        for pid in range(12348, 12350):
            try:
                t.peer(address=address, pid=pid, listen=False).dial_once(CONTROL)
                raise AssertionError(f"PID {pid} was let in")
            except (Gone, Refused):
                pass
    t.peer().dial_once(CONTROL)


@case(sock_timeout=2, min_rate=1000, seconds=7, limit=60)
def trickle_is_no_progress(t):
    """A byte now and then: a message that takes so long ends its connection. A peer that sends as
    seldom, but whole messages, lives."""
    settle(t)
    peer, other = t.peer(listen=False), t.connected()
    conn = peer.dial_once(CONTROL)
    data, end = conn.frame(peer.header(wire.PUT, portal=PORTAL, length=4096)), time.monotonic() + 7
    with counted(t, timeout=1):
        try:
            for byte in data + bytes(4096):
                assert time.monotonic() < end, "it lives"
                conn.send_raw(bytes((byte,)))
                other.ping_remote()
                time.sleep(0.1)
        except Gone:
            pass
        peer.wait_dead(3)
    other.ping_remote()


@case(seconds=8)
def log_names_the_address_and_is_not_flooded(t):
    """A few lines a second at most, however many callers come, and however often."""
    settle(t)
    # Cases before may have had all the lines of these five seconds.
    time.sleep(5.5)
    address, number = t.address(), 60
    since, begin = t.log.now(), time.monotonic()
    ports = set()
    for _ in range(number):
        link = t.link(address)
        ports.add(link.sock.getsockname()[1])
        link.write(b"GET / HTTP/1.1\r\n")
        link.closed_within(1)
        link.close()
    took = time.monotonic() - begin
    lines = t.log.lines(f"connection from {address}:", since)
    for line in lines:
        match = re.search(r": connection from [\d.]+:(\d+) refused: bad connection request$", line)
        assert match and int(match.group(1)) in ports, line
    assert lines, "the log says nothing of it"
    # Ten in five seconds; lines left over from the five before come first.
    assert len(lines) <= 10 * (2 + took // 5), f"{len(lines)} lines of {number} in {took:.1f} s"
