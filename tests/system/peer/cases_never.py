# SPDX-License-Identifier: GPL-2.0
"""Bytes that would harm a real node: the module never sends them, and survives them.

Every Peer of every case checks each byte that the module sends; the cases here make the
module send many messages of the kind that they are about.
"""

import time

import wire
from case import LATENESS, PORTAL, case, same
from cases_retry import LEAST, MOST, PAUSES, pauses_of
from link import Gone, Late
from module import SOON
from peer import Refused
from wire import ANY, BULK_IN, BULK_OUT, CONTROL, GET, PUT, Ksock, PingInfo


def kinds(t):
    """Peers of every version that have dialled, and one that was dialled."""
    puppet = t.puppet()
    all3 = (CONTROL, BULK_IN, BULK_OUT)
    for version, ctypes in ((3, all3), (2, all3), (2, (ANY,)), (1, all3), (1, (ANY,))):
        yield t.peer(version=version).connect(ctypes), puppet
    peer = t.peer()
    puppet.put(puppet.bind(1, 0), t.nid_of(peer), PORTAL)
    peer.take(PUT)
    peer.wait_live()
    yield peer, puppet


@case
def never_sends_pid_any(t):
    """Not in a HELLO, a refusal or an answer: decoding one fails."""
    for peer, puppet in kinds(t):
        for words in ({}, {"incarnation": 5}, {"version": 5}):
            link = t.link(peer.address)
            link.ask(peer.hello(CONTROL, **words), t.nid)
            answer = link.read_hello()
            same("src_pid", answer.src_pid, wire.PID)
        time.sleep(0.05)
        peer.incarnation = 5
        peer.connect()
        puppet.put(puppet.bind(10, 0), t.nid_of(peer), PORTAL)
        same("src_pid", peer.take(PUT).header.src_pid, wire.PID)
        peer.ping_remote()


@case
def never_sends_an_offset_it_was_not_told(t):
    """Past the memory it is the end of a real node."""
    for peer, puppet in kinds(t):
        source = puppet.bind(2000, 0)
        for offset in (0, 1, 4095, 1 << 20, 0xFFFFFFFF):
            puppet.put(source, t.nid_of(peer), PORTAL, offset=offset)
            puppet.get(source, t.nid_of(peer), PORTAL, offset=offset)
            same("offset of the PUT", peer.take(PUT).header.offset, offset)
            same("offset of the GET", peer.take(GET).header.offset, offset)
            puppet.events.clear()
        peer.ping_remote()
        for ping in peer.pings:
            same("offset of a ping", ping.header.offset, 0)


@case
def never_sets_a_cookie(t):
    """Not for any memory, size and version: strict Peers fail on the first cookie."""
    for peer, puppet in kinds(t):
        for memory in ("contiguous", "pages", "kvec"):
            source = puppet.bind(1 << 20, 1, memory, 2)
            puppet.put(source, t.nid_of(peer), PORTAL)
            same("cookie", peer.take(PUT).ksock.cookie0, 0)
            puppet.post(PORTAL, 1 << 20, bits=9, options="get", threshold=1, memory=memory)
            same("cookie", peer.get(PORTAL, 9, 1 << 20).wait().ksock.cookie0, 0)
        puppet.events.clear()


@case(seconds=2)
def never_fails_to_answer_a_ping(t):
    """On every connection, at every size, as the first message and between others."""
    for peer, puppet in kinds(t):
        for number in range(30):
            conn = peer.live()[number % len(peer.live())]
            if conn.version == 3 and conn.ctype == ANY:
                continue
            sink = (40, 64, 272, 400, 0, 1552)[number % 6]
            reply = peer.get(0, wire.PING_BITS, sink, conn=conn).wait()
            PingInfo.decode(reply.payload, sink)


@case
def never_fails_to_ack_a_push(t):
    for peer, puppet in kinds(t):
        info = PingInfo([(wire.NID_LO, 1), (peer.nid, wire.STATUS_UP)], 0x1E).encode()
        for conn in peer.live():
            peer.put(0, wire.PING_BITS, info, conn=conn).wait()


@case
def never_answers_a_noop(t):
    peer = t.connected()
    for _ in range(100):
        for conn in peer.live():
            conn.noop(0, wire.KEEPALIVE)
    time.sleep(0.3)
    same("NOOPs", peer.count["NOOP"] + peer.count["KEEPALIVE"], 0)
    peer.ping_remote()


@case
def never_sends_on_its_bulk_in(t):
    """v3: only NOOPs; every Peer that has the connection fails on another message."""
    peer, puppet = t.connected(), t.puppet()
    puppet.post(PORTAL, 1 << 20, bits=9, options="get,remote,truncate")
    for size in (0, 100, 5000, 1 << 20):
        peer.get(PORTAL, 9, size, conn=peer.find(BULK_OUT)).wait()
        puppet.put(puppet.bind(size, 0), t.nid_of(peer), PORTAL)
        assert peer.take(PUT).conn.ctype != BULK_OUT


@case(seconds=2)
def never_answers_twice(t):
    """A second ACK or REPLY is an answer to nothing, on which Peers fail."""
    peer, puppet = t.connected(), t.puppet()
    puppet.post(PORTAL, 100, options="put,get,remote,truncate")
    for _ in range(200):
        peer.put(PORTAL, 0, b"x")
        peer.get(PORTAL, 0, 1)
    peer.wait_for("400 answers", lambda: peer.count["ACK"] + peer.count["REPLY"] >= 400)
    time.sleep(0.3)
    same("answers", peer.count["ACK"] + peer.count["REPLY"], 400)


@case
def survives_pid_any_in_hello(t):
    for version in (1, 2, 3):
        for ctype in (ANY, CONTROL, BULK_IN, BULK_OUT):
            peer = t.peer(listen=False)
            try:
                peer.dial_once(ctype, src_pid=wire.PID_ANY, version=version)
                raise AssertionError("taken")
            except (Gone, Refused):
                pass


@case
def survives_offsets_from_nowhere(t):
    for peer, puppet in kinds(t):
        puppet.post(PORTAL, 100, bits=1, options="put,get,remote,truncate", memory="pages")
        for offset in (101, 0x80000000, 0xFFFFFFFF, 0xFFFFFF9C):
            for size in (0, 100, 5000):
                peer.put(PORTAL, 1, bytes(size), offset=offset)
                peer.get(PORTAL, 1, size, offset=offset)
        peer.ping_remote()
        puppet.events.clear()


@case
def survives_cookies_everywhere(t):
    """Every message has a cookie, on every version that has them, mixed with the module's own."""
    for peer, puppet in kinds(t):
        if not peer.live() or peer.version == 1:
            continue
        puppet.post(PORTAL, 100000, bits=1, options="put,get,remote,truncate")
        for size in (0, 1, 1000, 100000):
            peer.put(PORTAL, 1, bytes(size), cookie=True)
            peer.get(PORTAL, 1, size, cookie=True)
            puppet.put(puppet.bind(size, 0), t.nid_of(peer), PORTAL)
            peer.take(PUT)
        peer.wait_cookies()
        puppet.events.clear()


@case
def survives_messages_on_any_connection_of_v3(t):
    """Messages come where v3 never sends; answers go by connections that the module opens."""
    peer = t.peer().connect((ANY,))
    pings = []
    for size in (0, 5000):
        peer.put(PORTAL, 1, bytes(size), ack=False)
        pings.append(peer.get(0, wire.PING_BITS, 48))
    for ping in pings:
        ping.wait()
    peer.wait_live(4)


def refuse_each(t, version_of):
    """Answers each attempt of the module with NONE, until its message has failed and for a while
    longer. Returns the times of the attempts, and the status of the message."""
    peer, puppet = t.peer(listen=False), t.puppet()
    listener = t.listener(peer.address)
    source = puppet.bind(1, 0)
    puppet.put(source, t.nid_of(peer), PORTAL)
    attempts, end = [], None
    while end is None or time.monotonic() < end:
        try:
            link = listener.accept(0.1)
        except Late:
            puppet._pump(0)
            if puppet.events and end is None:
                end = time.monotonic() + 1
            continue
        attempts.append(time.monotonic())
        _, hello = link.read_request()
        link.write(peer.hello(wire.NONE, dst_nid=t.nid, version=version_of(hello.version)).encode())
        link.close()
    return attempts, puppet.event("SEND", source).status


@case(**PAUSES, sock_timeout=3, seconds=5)
def survives_none_after_none(t):
    """Refused again and again, it dials slower and slower, as long as its message may wait, and
    then no more."""
    attempts, status = refuse_each(t, lambda version: version)
    assert 5 <= len(attempts) <= 8, f"{len(attempts)} attempts"
    pauses, late = pauses_of(attempts)
    for pause, least in zip(pauses, (SOON, LEAST, 2 * LEAST, MOST)):
        assert least - 0.02 - late <= pause <= least * 1.13 + 0.4 + late, \
            f"pauses of {pauses}, not 0.1, 0.2, 0.4 and 0.8 s; the machine was late by {late:.2f}"
    same("status", status, -110)


@case
def survives_versions_after_versions(t):
    """NONE of another version is retried at once: two nodes must not do so for ever. All
    three versions are tried, and no more than five times."""
    attempts, status = refuse_each(t, lambda version: {3: 2, 2: 1, 1: 3}[version])
    assert 3 <= len(attempts) <= 5, f"{len(attempts)} attempts"
    took, late = attempts[-1] - attempts[0], LATENESS.between(attempts[0], attempts[-1])
    assert took < 1 + late, f"at once, but in {took:.1f} s; the machine was late by {late:.1f}"
    same("status", status, -71)


@case
def survives_csums_cookies_and_types_in_one(t):
    """Flips bits of the header around a message, one at a time."""
    for bit in range(0, 24 * 8, 3):
        peer = t.peer(listen=False).connect((CONTROL,))
        conn = peer.find(CONTROL)
        data = bytearray(Ksock().encode() + peer.header(PUT, portal=PORTAL, length=5).encode()
                         + bytes(5))
        data[bit // 8] ^= 1 << bit % 8
        if 64 <= bit < 128:
            peer.outstanding[1 << bit - 64] = 0
        try:
            conn.send_raw(data)
        except Gone:
            pass
        peer.close()
