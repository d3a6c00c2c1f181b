# SPDX-License-Identifier: GPL-2.0
"""How connections end, and what happens to the messages that were on them."""

import contextlib
import errno
import socket
import time

import wire
from case import PORTAL, case, same, within
from cases_address import ip
from cases_ping import lnetping
from link import SLOW, PORT, Gone, Late
from wire import BULK_IN, BULK_OUT, CONTROL, GET, PUT

STALL = 2               # seconds: sock_timeout of the cases that wait for it
CROWDED = STALL * min(SLOW, 3)      # and of one that does much meanwhile


@case
def end_of_one_connection_is_the_end_of_all(t):
    for ctype in (CONTROL, BULK_IN, BULK_OUT):
        peer = t.connected()
        begin = time.monotonic()
        peer.find(ctype).close()
        peer.wait_dead(3)
        within(f"closing the others of our {wire.CTYPES[ctype]}", begin, 0, 2)
        peer.connect()
        peer.ping_remote()


@case(limit=60)
def end_of_one_while_another_is_greeted(t):
    """A connection that is just being let in ends with the rest, or stays alone, at any moment."""
    peer = t.peer(listen=False)
    gone = 0
    for number in range(45):
        peer.connect((CONTROL,))
        link = peer.link()
        link.ask(peer.hello(BULK_IN), peer.remote.nid)
        time.sleep(number % 15 * 0.0002)
        control = peer.find(CONTROL)
        if control:
            control.close()
        else:
            # BULK_IN of the last round was let in late, and its end was the end of this one.
            gone += 1
        try:
            while link.read_some(4096, 0.05):
                pass
        except Late:
            pass
        link.close()
        peer.wait_dead(3)
    assert gone <= 15, f"CONTROL was gone {gone} times"
    peer.connect()
    peer.ping_remote()


@case
def end_by_reset_is_the_end_of_all(t):
    peer = t.connected()
    begin = time.monotonic()
    peer.find(BULK_OUT).reset()
    peer.wait_dead(20)
    within("closing the others", begin, 0, 2)
    peer.connect()
    peer.ping_remote()


@case
def end_of_writing_only_is_the_end(t):
    """A FIN is a FIN, also if the peer would still read."""
    peer = t.connected()
    peer.find(CONTROL).link.finish()
    peer.wait_dead(3)


@case(seconds=2)
def end_inside_a_header(t):
    """Many times: the end may come before the bytes in front of it have been read, or after."""
    peer = t.connected()
    for cut in (1, 23, 24, 25, 95) * 6:
        conn = peer.find(CONTROL)
        conn.send_raw(conn.frame(peer.header(PUT, portal=PORTAL, length=100), bytes(100))[:cut])
        conn.close()
        peer.wait_dead(3)
        peer.connect()
        peer.ping_remote()


def half_a_put(peer, size=1 << 20, sent=300000):
    conn = peer.find(BULK_OUT)
    conn.send_raw(conn.frame(peer.header(PUT, portal=PORTAL, length=size),
                             wire.pattern(size, 5))[:96 + sent])
    return conn


def half_a_reply(peer, get, sent=300000):
    conn = peer.find(BULK_OUT)
    size = get.header.sink
    conn.send_raw(conn.frame(peer.header(wire.REPLY, wmd=get.header.wmd, length=size),
                             wire.pattern(size, 5))[:96 + sent])
    return conn


@case(seconds=4)
def end_inside_a_put(t):
    """The event has an error, and the MD is gone with it."""
    puppet = t.puppet()
    for memory in ("contiguous", "pages", "kvec"):
        for act in ("close", "reset"):
            for sent in (0, 1, 300000, (1 << 20) - 1):
                peer = t.connected()
                sink = puppet.post(PORTAL, 1 << 20, threshold=1, memory=memory)
                conn = half_a_put(peer, sent=sent)
                time.sleep(0.05)
                getattr(conn, act)()
                try:
                    event = puppet.event(handle=sink, seconds=3)
                    assert event.kind == "PUT" and event.status < 0 and event.unlinked, event
                except Late:
                    # A reset may overtake the bytes before it, so that no header was seen.
                    if act == "close":
                        raise
                    puppet.unlink(sink)
                    puppet.event("UNLINK", sink)
                puppet.free(sink)
                peer.wait_dead(5)
                peer.close()


@case
def end_inside_a_reply(t):
    puppet = t.puppet()
    for sent in (0, 1, 300000):
        peer = t.connected()
        peer.answering = False
        sink = puppet.bind(1 << 20, 0, threshold=2)
        puppet.get(sink, t.nid_of(peer), PORTAL)
        get = peer.take(GET)
        puppet.good("SEND", sink)
        conn = half_a_reply(peer, get, sent)
        time.sleep(0.1)
        conn.close()
        event = puppet.event("REPLY", sink, 3)
        assert event.status < 0 and event.unlinked, event
        t.note(f"status {event.status}")


@case
def end_while_an_md_is_unlinked(t):
    """Unlinked in the middle of a PUT: the memory is free with the last event, not before."""
    peer, puppet = t.connected(), t.puppet()
    sink = puppet.post(PORTAL, 1 << 20)
    conn = half_a_put(peer)
    time.sleep(0.2)
    puppet.unlink(sink)
    puppet.silent(0.2)
    conn.close()
    event = puppet.event(handle=sink)
    assert event.kind == "PUT" and event.unlinked, event
    t.note(f"status {event.status}")


@case
def put_that_ends_late_is_good(t):
    """Unlinked in the middle, and the rest comes all the same."""
    peer, puppet = t.connected(), t.puppet()
    sink = puppet.post(PORTAL, 1 << 20)
    conn = half_a_put(peer)
    time.sleep(0.2)
    puppet.unlink(sink)
    puppet.silent(0.2)
    conn.send_raw(wire.pattern((1 << 20) - 300000, 5, 300000))
    puppet.good("PUT", sink, mlength=1 << 20, unlinked=1)
    puppet.check(sink, 1 << 20, 5)
    peer.ping_remote()


@case(sock_timeout=STALL, seconds=4)
def stall_inside_a_put(t):
    """Nothing more comes: closed after sock_timeout, and the event says so."""
    peer, puppet = t.connected(), t.puppet()
    sink = puppet.post(PORTAL, 1 << 20, threshold=1)
    begin = time.monotonic()
    half_a_put(peer)
    event = puppet.event(handle=sink, seconds=12)
    took = within("giving up", begin, STALL, STALL + 2)
    assert event.kind == "PUT" and event.status < 0 and event.unlinked, event
    peer.wait_dead(2)
    t.note(f"status {event.status} after {took:.1f} s")


@case(sock_timeout=STALL, seconds=4)
def stall_inside_a_header(t):
    peer = t.connected()
    conn = peer.find(CONTROL)
    begin = time.monotonic()
    conn.send_raw(conn.frame(peer.header(PUT, portal=PORTAL))[:50])
    peer.wait_dead(12)
    t.note(f"{within('giving up', begin, STALL, STALL + 2):.1f} s")


@case(sock_timeout=STALL, limit=60, seconds=5)
def slow_is_not_stalled(t):
    """A MiB that takes twice sock_timeout, in both directions, is no failure."""
    peer, puppet = t.connected(window=65536), t.puppet()
    sink = puppet.post(PORTAL, 1 << 20, threshold=1)
    begin = time.monotonic()
    peer.find(BULK_IN).rate = int((1 << 20) / (2.2 * STALL))
    source = puppet.bind(1 << 20, 6, "pages", 2)
    puppet.put(source, t.nid_of(peer), PORTAL)
    conn = peer.find(BULK_OUT)
    data = conn.frame(peer.header(PUT, portal=PORTAL, length=1 << 20), wire.pattern(1 << 20, 5))
    step = len(data) // 20 + 1
    for at in range(0, len(data), step):
        conn.send_raw(data[at:at + step])
        time.sleep(2.2 * STALL / 20)
    puppet.good("PUT", sink, mlength=1 << 20)
    puppet.check(sink, 1 << 20, 5)
    t.note(f"in: {within('a MiB', begin, 2 * STALL, 25):.1f} s")

    message = peer.take(PUT, 30)
    same("payload", message.payload == wire.pattern(1 << 20, 6), True)
    puppet.good("SEND", source, seconds=20)
    t.note(f"out: {within('a MiB', begin, 2 * STALL, 25):.1f} s")


@case(sock_timeout=CROWDED, limit=60, seconds=3)
def peer_that_stops_reading(t):
    """Messages queued for it fail after sock_timeout; other peers do not notice."""
    peer, other, puppet = t.connected(window=16384), t.connected(), t.puppet()
    peer.stop_reading()
    sources = []
    begin = time.monotonic()
    for number in range(40):
        source = puppet.bind(1 << 20, number, ("contiguous", "pages")[number & 1], 1)
        sources.append(source)
        puppet.put(source, t.nid_of(peer), PORTAL, ack=False)
    good = bad = 0
    pings = 0
    while good + bad < 40 and time.monotonic() - begin < 20:
        other.ping_remote()
        pings += 1
        while puppet.events or puppet._pump(0.05):
            event = puppet.event()
            assert event.unlinked, event
            good, bad = good + (event.status == 0), bad + (event.status < 0)
    assert good + bad == 40, f"{40 - good - bad} of 40 SEND events are missing"
    assert bad, "no SEND failed"
    t.note(f"{good} good, {bad} failed after "
           f"{within('giving up', begin, CROWDED, 2 * CROWDED + 2):.1f} s, {pings} pings meanwhile")
    assert pings >= 5, f"another peer was answered {pings} times"
    peer.read_on()
    peer.failure = None


@case(sock_timeout=STALL, limit=60, seconds=5)
def peer_that_vanishes_while_dialled(t):
    """It takes the connection and says nothing; others are dialled meanwhile."""
    silent = [t.listener(t.address()) for _ in range(8)]
    puppet = t.puppet()
    begin = time.monotonic()
    for listener in silent:
        nid = wire.nid(listener.sock.getsockname()[0])
        puppet.put(puppet.bind(10, 0, threshold=1), t.nid_of(nid), PORTAL, ack=False)
    peer = t.peer()
    source = puppet.bind(10, 3, threshold=2)
    puppet.put(source, t.nid_of(peer), PORTAL)
    puppet.good("ACK", source)
    # It waits for none of the silent ones: not until the first of them is given up.
    took = within("another peer", begin, 0, STALL - 0.1)
    for _ in silent:
        event = puppet.event("SEND", seconds=15)
        if event.handle == source:
            event = puppet.event("SEND", seconds=15)
        same("status", event.status, -errno.ETIMEDOUT)
    late = within("giving the silent ones up", begin, STALL, STALL + 2)
    t.note(f"{took:.2f} s, the silent ones {late:.1f} s")


@case
def queued_messages_fail_together(t):
    """A peer that hangs up on an attempt: all messages that wait for it fail at once."""
    address, puppet = t.address(), t.puppet()
    listener = t.listener(address)
    sources = [puppet.bind(number, 0, threshold=1) for number in range(50)]
    for source in sources:
        puppet.put(source, t.nid_of(wire.nid(address)), PORTAL, ack=False)
    link = listener.accept()
    link.read_request()
    begin = time.monotonic()
    link.close()
    for source in sources:
        event = puppet.event("SEND", source, 3)
        assert event.status < 0 and event.unlinked, event
    within("telling all", begin, 0, 2)


@case
def put_to_nowhere(t):
    """No such network: an event, not an error of the call; counted, but by no NI."""
    puppet = t.puppet()
    nowhere = ("10.0.0.1@tcp7", "10.0.0.1@o2ib", "3@gni")
    before, counted = t.module.counters(), int(t.module.value("send_unroutable"))
    for nid in nowhere:
        for act in (puppet.put, puppet.get):
            source = puppet.bind(10, 0, threshold=1)
            act(source, nid, PORTAL)
            same("status", puppet.event("SEND", source).status, -errno.EHOSTUNREACH)
    same("send_unroutable", int(t.module.value("send_unroutable")) - counted, 2 * len(nowhere))
    sends = f"{wire.nid_text(t.nid)}/sends"
    same(sends, t.module.counters()[sends], before[sends])


@case(sock_timeout=STALL, limit=60, seconds=4)
def unload_in_the_middle_of_everything(t):
    """The modules go while peers send, stall, and wait; the next case loads them again."""
    peers = [t.connected() for _ in range(5)]
    puppet = t.puppet()
    puppet.post(PORTAL, 1 << 20, options="put,get,remote,truncate")
    half_a_put(peers[0])
    peers[1].find(CONTROL).send_raw(b"\xc1")
    peers[2].find(BULK_IN).reading.clear()
    for _ in range(20):
        peers[2].get(PORTAL, 0, 1 << 20)
    t.listener("127.0.0.99")
    puppet.put(puppet.bind(10, 0), "127.0.0.99@tcp", PORTAL)
    link = t.link()
    stranger = t.link()
    stranger.write(b"\x00\x71")
    time.sleep(0.3)
    t.things.remove(puppet)
    begin = time.monotonic()
    puppet.close()
    t.note(f"close() of the client {within('closing', begin, 0, STALL + 2):.1f} s")
    begin = time.monotonic()
    t.module.unload()
    t.note(f"unloading {within('unloading', begin, 0, STALL + 3):.1f} s")
    peers[2].find(BULK_IN).reading.set()
    for peer in peers:
        peer.wait_dead(3)
        peer.failure = None
    try:
        link.closed_within(2)
    except Gone:
        pass


@case(seconds=3)
def unload_while_connecting(t):
    """To one that does not answer a HELLO, and to one that does not answer a SYN."""
    peer = t.connected()
    t.listener("127.0.0.99")
    t.listener("127.0.0.98", backlog=0)
    fillers = []
    for _ in range(3):
        filler = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        filler.setblocking(False)
        filler.connect_ex(("127.0.0.98", PORT))
        fillers.append(filler)
    time.sleep(0.2)
    # lnetping has given its ping up by then; the driver still has the message.
    for address in ("127.0.0.98", "127.0.0.99"):
        lnetping(f"{address}@tcp", "-t", "200")
    begin = time.monotonic()
    t.module.unload()
    t.note(f"unloading {within('unloading', begin, 0, 10):.1f} s")
    peer.wait_dead(3)
    peer.failure = None
    for filler in fillers:
        filler.close()


@contextlib.contextmanager
def black_hole(address):
    """Segments to that address, and from it, are lost without a word."""
    ip("route", "add", "blackhole", f"{address}/32", "table", "local")
    try:
        yield
    finally:
        ip("route", "del", "blackhole", f"{address}/32", "table", "local")


@case(keepalive=0, keepalive_idle=1, keepalive_intvl=1, keepalive_count=3, sock_timeout=60,
      seconds=6)
def end_of_idle_ones_by_keepalives(t):
    """Nothing is under way, and TCP's keepalives get no answer: after the third all end."""
    peer = t.connected()
    peer.ping_remote()
    # The other side's TCP takes a while to say that it has the answer.
    time.sleep(0.5)
    begin = time.monotonic()
    with black_hole(peer.address):
        t.wait_counter(peer, "connections", "0", 30)
        within("three questions", begin, 2, 12)


@case(keepalive=0, keepalive_idle=1, keepalive_intvl=1, keepalive_count=20, sock_timeout=2,
      seconds=12)
def end_of_idle_ones_is_not_by_sock_timeout(t):
    """TCP has sent a few keepalives when the route is there again, and no connection has ended.
    But a message that is under way ends by sock_timeout."""
    peer, puppet = t.connected(), t.puppet()
    peer.ping_remote()
    time.sleep(2)
    with black_hole(peer.address):
        time.sleep(5)
    peer.ping_remote()
    same("connections", len(peer.live()), 3)
    # Until keepalives have been answered on all of them.
    time.sleep(2.5)
    source = puppet.bind(100, 6)
    begin = time.monotonic()
    with black_hole(peer.address):
        puppet.put(source, t.nid_of(peer), PORTAL, ack=False)
        puppet.good("SEND", source)
        t.wait_counter(peer, "connections", "0", 30)
        within("a message that no peer takes", begin, 1.5, 12)
