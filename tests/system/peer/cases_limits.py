# SPDX-License-Identifier: GPL-2.0
"""What is bounded: those who call and say nothing, and what the log says of them."""

import re
import time

import wire
from case import case, same
from cases_ends import counted, settle
from link import Late
from wire import CONTROL

EACH, ALL = 240, 480    # callers who have not said who they are: of an address, and in all


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


@case(accept_timeout=30, limit=60, seconds=4)
def callers_from_one_address_are_bounded(t):
    """Half of all that there may be; who comes from elsewhere is let in."""
    settle(t)
    address = t.address()
    with counted(t, too_many=7):
        links = silent(t, address, EACH + 7)
        for link in links[EACH:]:
            link.closed_within(2)
    same("closed of the first", closed(links[:EACH]), 0)
    t.peer().dial(CONTROL)
    # There is room again when one of them has gone.
    with counted(t, by_peer=1):
        links[0].close()
    again = t.link(address)
    again.quiet(0.2)


@case(accept_timeout=30, limit=60, seconds=7)
def callers_are_bounded(t):
    settle(t)
    with counted(t, too_many=5):
        links = [link for _ in range(2) for link in silent(t, t.address(), EACH)]
        more = silent(t, t.address(), 5)
        for link in more:
            link.closed_within(2)
    same("closed of the first", closed(links), 0)


@case(accept_timeout=30, limit=60, seconds=5)
def callers_who_say_nothing_lock_nobody_out(t):
    """Two addresses have all the places, and somebody comes who says who he is."""
    settle(t)
    for _ in range(2):
        silent(t, t.address(), EACH)
    t.peer().dial_once(CONTROL)


@case(accept_timeout=30, limit=60, seconds=4)
def callers_who_say_half_are_bounded(t):
    """Who has said what he wants, and not who he is, has a place of the same kind."""
    settle(t)
    address = t.address()
    with counted(t, too_many=3):
        links = []
        for _ in range(EACH + 3):
            link = t.link(address)
            link.write(wire.Connreq(t.nid).encode())
            links.append(link)
            time.sleep(0.001)
        end = time.monotonic() + 3
        while closed(links) < 3 and time.monotonic() < end:
            time.sleep(0.05)
    same("closed", closed(links), 3)
    t.peer().dial(CONTROL)


@case(seconds=2)
def log_names_the_address_and_is_not_flooded(t):
    """A few lines a second at most, whoever knocks how often."""
    settle(t)
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
    assert lines, "nobody hears of it"
    # Ten in five seconds; what is left of the five before comes first.
    assert len(lines) <= 10 * (2 + took // 5), f"{len(lines)} lines of {number} in {took:.1f} s"
