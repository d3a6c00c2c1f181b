# SPDX-License-Identifier: GPL-2.0
"""Payloads in pages that are sent without being copied."""

import contextlib
import socket
import time

import wire
from case import PORTAL, case, same, within
from cases_message import get_in, put_out
from link import Late
from wire import CONTROL, PUT

ALWAYS = {"zerocopy": "always", "zc_min_payload": 1, "sock_timeout": 2}


def uncopied(t):
    return sum(worker["uncopied_out"] for worker in t.module.workers())


@case(**ALWAYS, seconds=2.5)
def zerocopy_puts_and_replies(t):
    """The bytes are right, and they went as pages."""
    peer, puppet = t.connected(), t.puppet()
    for size in (1, 927, 4096, 4097, 65536, 100001, 1 << 20):
        put_out(t, peer, puppet, size, "pages")
        get_in(t, peer, puppet, size, "pages")
    assert uncopied(t) >= 2 << 20, uncopied(t)
    before = uncopied(t)
    put_out(t, peer, puppet, 65536, "contiguous")
    same("uncopied", uncopied(t), before)


@case(**ALWAYS)
def zerocopy_pages_are_free_after_the_event(t):
    """A client that writes to its buffer after the SEND event changes nothing that was sent."""
    peer, puppet = t.connected(window=65536), t.puppet()
    for number in range(10):
        sources = [puppet.bind(1 << 20, 40 + number, "pages", 1) for _ in range(4)]
        for source in sources:
            puppet.put(source, t.nid_of(peer), PORTAL, number, ack=False)
        for source in sources:
            puppet.good("SEND", source, mlength=1 << 20)
            puppet.free(source)
        # Memory taken out of the freed pages has another pattern.
        others = [puppet.bind(1 << 20, 99, "pages", 1) for _ in range(4)]
        for _ in sources:
            same("payload", peer.take(PUT, 30).payload == wire.pattern(1 << 20, 40 + number), True)
        for other in others:
            puppet.unlink(other)
            puppet.free(other)


@case(**ALWAYS, limit=60, seconds=4)
def zerocopy_to_a_peer_that_stops_reading(t):
    """Every event comes, with an error, and the pages with it."""
    peer, puppet = t.connected(window=16384), t.puppet()
    peer.stop_reading()
    sources = [puppet.bind(1 << 20, number, "pages", 1) for number in range(20)]
    for source in sources:
        puppet.put(source, t.nid_of(peer), PORTAL, ack=False)
    begin, failed = time.monotonic(), 0
    for _ in sources:
        event = puppet.event("SEND", seconds=15)
        failed += event.status < 0
    assert failed >= 15, f"{failed} of 20 failed"
    t.note(f"{failed} of 20 failed after {within('giving up', begin, 2, 6):.1f} s")


def sent_as_pages(t, *sizes):
    """How many bytes of PUTs out of pages were not copied."""
    peer, puppet = t.connected(), t.puppet()
    before = uncopied(t)
    for size in sizes:
        put_out(t, peer, puppet, size, "pages")
    return uncopied(t) - before


@case(zerocopy="never", zc_min_payload=1)
def zerocopy_never(t):
    same("bytes that were not copied", sent_as_pages(t, 4096, 1 << 20), 0)


@case(zerocopy="auto", zc_min_payload=1)
def zerocopy_auto_copies_on_the_loopback(t):
    """The loopback device takes fragments and needs no sums, but its data stays in this machine."""
    same("bytes that were not copied", sent_as_pages(t, 4096, 1 << 20), 0)


@case(zerocopy="always", sock_timeout=3, keepalive=0, seconds=6)
def zerocopy_to_a_peer_that_trickles(t):
    """TCP has all of it, and the peer takes some of it every second: that is no reason to hold
    the client's pages for longer than sock_timeout."""
    peer, puppet = t.peer(listen=False), t.puppet()
    source, link = puppet.bind(49152, 6, "pages"), t.link(peer.address, window=4096)
    link.ask(peer.hello(CONTROL), t.nid)
    peer.check_hello(link.read_hello())
    begin = time.monotonic()
    puppet.put(source, t.nid_of(peer), PORTAL, ack=False)
    event, took = None, 0
    while not event and time.monotonic() < begin + 20:
        with contextlib.suppress(OSError):
            took += len(link.sock.recv(150, socket.MSG_DONTWAIT))
        with contextlib.suppress(Late):
            event = puppet.event("SEND", source, 0.1)
    same("status", event and event.status, -110)
    within("being given up", begin, 2.5, 9)
    t.note(f"{took} bytes were taken")


@case(zerocopy="always", keepalive=0)
def zerocopy_from_16_kib_on(t):
    """The default of zc_min_payload."""
    same("bytes that were not copied", sent_as_pages(t, 16383, 4096), 0)
    same("bytes that were not copied", sent_as_pages(t, 16384, 20000), 36384)


@case(**ALWAYS, limit=60, seconds=2.5)
def zerocopy_to_a_peer_that_goes(t):
    """In the middle of the payload, again and again."""
    puppet = t.puppet()
    for number in range(8):
        peer = t.connected(window=16384)
        for conn in peer.live():
            conn.rate = 100000
        sources = [puppet.bind(1 << 20, number, "pages", 1) for _ in range(4)]
        for source in sources:
            puppet.put(source, t.nid_of(peer), PORTAL, ack=False)
        time.sleep(0.05 * number)
        peer.hang_up()
        for source in sources:
            puppet.event("SEND", source, seconds=15)
            puppet.free(source)
