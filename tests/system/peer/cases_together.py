# SPDX-License-Identifier: GPL-2.0
"""Several messages that go to TCP, or come from it, in one call."""

import wire
from case import PORTAL, case, same
from cases_message import MEMORIES
from setting import settings
from wire import BULK_IN, BULK_OUT, PUT

KEPT = 1 << 20          # bytes that keep TCP busy until the peer reads
SIZES = (0, 1100, 5000, 0, 2000, 8000, 1500)


def little_room():
    """TCP has little room for data to send, and it may not grow either."""
    return settings("/proc/sys/net/ipv4", ("tcp_wmem", "4096 16384 65536"))


def total(t, name):
    return sum(worker[name] for worker in t.module.workers())


@little_room()
def out_together(t, version=3, sizes=SIZES, as_pages=False):
    """Messages in memory of all kinds wait behind each other as the peer does not read: each
    arrives whole, and in its turn. Returns how many bytes went without being copied."""
    many, uncopied = 120, total(t, "uncopied_out")
    peer, puppet = t.connected(window=8192, version=version), t.puppet()
    sources = {(size, memory): puppet.bind(size, 6, memory) for memory in MEMORIES for size in sizes}
    kinds = list(sources)
    peer.stop_reading()
    first = puppet.bind(KEPT, 6)
    puppet.put(first, t.nid_of(peer), PORTAL, ack=False)
    for number in range(many):
        puppet.put(sources[kinds[number % len(kinds)]], t.nid_of(peer), PORTAL, number, ack=False)
    assert int(t.of_peer(peer, "queue")) > many // 2, "they do not wait"
    peer.read_on()
    came, turns = [peer.take(PUT) for _ in range(1 + many)], {}
    for message in came:
        same("payload", message.payload == wire.pattern(len(message.payload), 6), True)
        turns.setdefault(message.conn, []).append(message.header.bits)
    for bits in turns.values():
        same("in turn", bits, sorted(bits))
    sent = [kinds[number % len(kinds)] for number in range(many)]
    same("lengths", sorted(len(message.payload) for message in came),
         sorted([KEPT] + [size for size, _ in sent]))
    for _ in came:
        puppet.good("SEND")
    puppet.silent(0.1)
    same("bytes that were not copied", total(t, "uncopied_out") - uncopied,
         sum(size for size, memory in sent
             if as_pages and size >= 16384 and memory in ("pages", "shifted")))


@case(seconds=3, sock_timeout=60)
def together_out(t):
    out_together(t)


@case(seconds=3, sock_timeout=60)
def together_out_v2(t):
    out_together(t, 2)


@case(seconds=3, sock_timeout=60)
def together_out_v1(t):
    out_together(t, 1)


@case(seconds=3, sock_timeout=60, zerocopy="always")
def together_out_with_pages_that_are_not_copied(t):
    """Such messages go alone, between others."""
    out_together(t, sizes=(1100, 20000, 0, 60000, 4000), as_pages=True)


@case(seconds=4, keepalive=0)
@little_room()
def together_out_ends_apart(t):
    """The connection is reset when TCP has taken some messages of a call: those whose last byte it
    took were sent, the others were not. Each has one end, in its turn."""
    many, size, before = 300, 4000, total(t, "bytes_out")
    peer, puppet = t.connected(window=4096, listen=False), t.puppet()
    source = puppet.bind(size, 6)
    peer.stop_reading()
    for number in range(many):
        puppet.put(source, t.nid_of(peer), PORTAL, number, ack=False)
    peer.find(BULK_IN).reset()
    ends = [puppet.event("SEND", source).status for _ in range(many)]
    sent = ends.count(0)
    assert 0 < sent < many, f"{sent} of {many} were sent"
    same("those sent are the first", ends[:sent], [0] * sent)
    same("those of which TCP took all", sent, (total(t, "bytes_out") - before) // (96 + size))
    puppet.silent(0.1)


def in_together(t, version=3):
    """Messages to memory of all kinds, cut anywhere, with a checksum if the version has one."""
    peer, puppet = t.connected(version=version), t.puppet()
    kinds = [(size, memory) for size in (1, 4096, 65536, 70000, 0, 300) for memory in MEMORIES]
    conn, data = peer.find(BULK_OUT), b""
    for number, (size, _) in enumerate(kinds):
        header = peer.header(PUT, portal=PORTAL, bits=number, length=size)
        data += conn.frame(header, wire.pattern(size, 5), csum=version == 2 and size <= 4096)
    for step in (len(data), 50021, 4191):
        sinks = [puppet.post(PORTAL, max(size, 1), bits=number, threshold=1, memory=memory)
                 for number, (size, memory) in enumerate(kinds)]
        for at in range(0, len(data), step):
            conn.send_raw(data[at:at + step])
        for (size, _), sink in zip(kinds, sinks):
            puppet.good("PUT", sink, mlength=size, rlength=size)
            puppet.check(sink, size, 5)
            puppet.free(sink)
    puppet.silent(0.1)


@case(seconds=6, sock_timeout=60)
def together_in(t):
    in_together(t)


@case(seconds=6, sock_timeout=60)
def together_in_v2(t):
    in_together(t, 2)


@case(seconds=6, sock_timeout=60)
def together_in_v1(t):
    in_together(t, 1)
