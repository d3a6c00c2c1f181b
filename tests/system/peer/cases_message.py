# SPDX-License-Identifier: GPL-2.0
"""PUT, ACK, GET and REPLY, in both directions, on connections of all kinds."""

import time

import wire
from case import PORTAL, case, same
from wire import ANY, BULK_IN, CONTROL, GET, NO_WMD, PUT

SIZES = (0, 1, 927, 928, 4096, 8095, 8096, 65536, 1 << 20)
MEMORIES = ("contiguous", "kvec", "pages", "shifted", "crumbs")


def memories(size):
    """A MiB that begins inside a page has one page too many."""
    return MEMORIES[:3] if size == 1 << 20 else MEMORIES


def put_in(t, peer, puppet, size, memory, ack=True, **words):
    """A PUT to the module: its event, its memory, its ACK."""
    sink = puppet.post(PORTAL, size, bits=size, threshold=1, memory=memory)
    request = peer.put(PORTAL, size, wire.pattern(size, 5), ack, hdr_data=0xA1B2C3D4E5F60718,
                       **words)
    puppet.good("PUT", sink, mlength=size, rlength=size, offset=0, unlinked=1, bits=size,
                portal=PORTAL, hdr_data=0xA1B2C3D4E5F60718,
                initiator=f"{peer.known_as[1]}-{t.nid_of(peer)}")
    puppet.check(sink, size, 5)
    puppet.free(sink)
    if ack:
        same("mlength", request.wait().header.mlength, size)


def get_in(t, peer, puppet, size, memory, **words):
    """A GET to the module."""
    source = puppet.post(PORTAL, size, bits=size, options="get", threshold=1, memory=memory, seed=8)
    reply = peer.get(PORTAL, size, size, **words).wait()
    same("payload", reply.payload == wire.pattern(size, 8), True)
    puppet.good("GET", source, mlength=size, rlength=size, unlinked=1)
    puppet.free(source)


def put_out(t, peer, puppet, size, memory, ack=True):
    """A PUT from the module."""
    source = puppet.bind(size, 6, memory, 2 if ack else 1)
    puppet.put(source, t.nid_of(peer), PORTAL, size, offset=size // 3, hdr_data=0x1122334455667788,
               ack=ack)
    message = peer.take(PUT)
    header = message.header
    same("payload", message.payload == wire.pattern(size, 6), True)
    same("header", (header.portal, header.bits, header.offset, header.hdr_data),
         (PORTAL, size, size // 3, 0x1122334455667788))
    same("wants an ACK", header.wmd != NO_WMD, ack)
    puppet.good("SEND", source, mlength=size)
    if ack:
        puppet.good("ACK", source, mlength=size)
    puppet.free(source)


def get_out(t, peer, puppet, size, memory):
    """A GET from the module."""
    peer.memory[PORTAL, size] = bytes(size // 3) + wire.pattern(size, 4)
    sink = puppet.bind(size, 0, memory, 2)
    puppet.get(sink, t.nid_of(peer), PORTAL, size, offset=size // 3)
    header = peer.take(GET).header
    same("header", (header.portal, header.bits, header.offset, header.sink),
         (PORTAL, size, size // 3, size))
    puppet.good("REPLY", sink, mlength=size, rlength=size)
    puppet.good("SEND", sink)
    puppet.check(sink, size, 4)
    puppet.free(sink)


def exchange(t, peer, puppet, sizes=SIZES):
    for number, size in enumerate(sizes):
        kinds = memories(size)
        put_in(t, peer, puppet, size, kinds[number % len(kinds)])
        put_out(t, peer, puppet, size, kinds[(number + 1) % len(kinds)])
        get_in(t, peer, puppet, size, kinds[(number + 2) % len(kinds)])
        get_out(t, peer, puppet, size, kinds[number % len(kinds)])
    puppet.silent(0.1)


def direction(t, act):
    """Every size with every kind of memory."""
    peer, puppet = t.connected(), t.puppet()
    for size in SIZES:
        for memory in memories(size):
            act(t, peer, puppet, size, memory)
    puppet.silent(0.1)


@case
def message_put_to_the_module(t):
    direction(t, put_in)


@case
def message_put_from_the_module(t):
    direction(t, put_out)


@case
def message_get_from_the_modules_memory(t):
    direction(t, get_in)


@case
def message_get_by_the_module(t):
    direction(t, get_out)


@case
def message_without_ack(t):
    peer, puppet = t.connected(), t.puppet()
    for size in (0, 100, 100000):
        put_in(t, peer, puppet, size, "contiguous", ack=False)
        put_out(t, peer, puppet, size, "contiguous", ack=False)
    time.sleep(0.2)
    same("ACKs", peer.count["ACK"], 0)
    puppet.silent(0.1)


@case
def message_ack_disabled_by_the_md(t):
    peer, puppet = t.connected(), t.puppet()
    puppet.post(PORTAL, 10, options="put,noack")
    request = peer.put(PORTAL, 0, b"x")
    puppet.good("PUT")
    request.silent()


@case
def message_half_a_handle_of_ones_is_acked(t):
    """Only 16 bytes of ones mean no ACK."""
    peer, puppet = t.connected(), t.puppet()
    puppet.post(PORTAL, 10, options="put,truncate,remote")
    for wmd in (b"\xff" * 8 + bytes(8), bytes(8) + b"\xff" * 8, bytes(16), b"\xff" * 15 + b"\xfe"):
        same("wmd", peer.put(PORTAL, 0, b"xyz", wmd=wmd).wait().header.wmd, wmd)


@case
def message_over_connections_the_module_dialled(t):
    peer, puppet = t.peer(), t.puppet()
    put_out(t, peer, puppet, 10, "pages")
    peer.wait_live()
    peer.picky = True
    exchange(t, peer, puppet)


@case
def message_v2(t):
    peer, puppet = t.connected(version=2), t.puppet()
    exchange(t, peer, puppet)


@case
def message_v2_over_any(t):
    peer, puppet = t.peer(version=2).connect((ANY,)), t.puppet()
    exchange(t, peer, puppet)


@case
def message_v1(t):
    peer, puppet = t.connected(version=1), t.puppet()
    exchange(t, peer, puppet)


@case
def message_v1_over_any(t):
    peer, puppet = t.peer(version=1).connect((ANY,)), t.puppet()
    exchange(t, peer, puppet)


@case
def message_other_byte_order(t):
    peer, puppet = t.connected(order=">"), t.puppet()
    exchange(t, peer, puppet)


@case
def message_may_come_on_any_connection(t):
    """The rule for choosing a connection is the sender's, not the receiver's."""
    peer, puppet = t.connected(), t.puppet()
    for conn in peer.live():
        for size in (0, 5000, 300000):
            put_in(t, peer, puppet, size, "pages", conn=conn)
            get_in(t, peer, puppet, size, "kvec", conn=conn)


@case
def message_choice_of_the_connection(t):
    """8095 bytes go on CONTROL, 8096 on the module's BULK_OUT, NOOPs on its BULK_IN."""
    peer, puppet = t.connected(), t.puppet()
    for size, right in ((0, CONTROL), (8095, CONTROL), (8096, BULK_IN), (1 << 20, BULK_IN)):
        source = puppet.bind(size, 6, threshold=1)
        puppet.put(source, t.nid_of(peer), PORTAL, ack=False)
        same(f"connection for {size} bytes", peer.take(PUT).conn.ctype, right)
    peer.put(PORTAL, 1, bytes(20000), cookie=True)
    peer.wait_cookies()
    same("connection for a NOOP", peer.acked[-1][0].ctype, wire.BULK_OUT)


@case
def message_in_pieces(t):
    """A stream has no edges: one byte at a time, and many messages in one write."""
    peer, puppet = t.connected(), t.puppet()
    sink = puppet.post(PORTAL, 1000, options="put,remote,truncate")
    conn = peer.find(CONTROL)
    for size in (0, 50):
        head = peer.header(PUT, portal=PORTAL, length=size, hdr_data=size)
        for byte in conn.frame(head, wire.pattern(size, 2)):
            conn.send_raw(bytes([byte]))
            time.sleep(0.001)
        puppet.good("PUT", sink, mlength=size, hdr_data=size)
        puppet.check(sink, size, 2)
    conn.send_raw(b"".join(conn.frame(peer.header(PUT, portal=PORTAL, length=number % 1000,
                                                  hdr_data=number), bytes(number % 1000))
                           for number in range(1000)))
    for number in range(1000):
        puppet.good("PUT", sink, mlength=number % 1000, hdr_data=number)


@case(sock_timeout=60, seconds=5)
def message_many_at_once(t):
    """Credits and queues: a thousand messages in flight, half of them each way."""
    many = 500
    peer, puppet = t.connected(window=8192), t.puppet()
    sink = puppet.post(PORTAL, 4096, ignore=0xFFFF, options="put,remote,truncate")
    source = puppet.bind(8000, 6)
    peer.stop_reading()
    for number in range(many):
        puppet.put(source, t.nid_of(peer), PORTAL, number)
    requests = [peer.put(PORTAL, number, wire.pattern(number, 1)) for number in range(many)]
    # TCP has taken some, and still has them; the ACKs wait behind them.
    waiting = int(t.of_peer(peer, "queue"))
    assert waiting > many // 2, f"only {waiting} messages wait in the module"
    peer.read_on()
    for number, request in enumerate(requests):
        same("mlength", request.wait().header.mlength, number)
        puppet.good("PUT", sink)
    for number in range(many):
        same("payload", peer.take(PUT).payload == wire.pattern(8000, 6), True)
        puppet.good("SEND", source)
        puppet.good("ACK", source)
    puppet.silent(0.1)
    t.wait_counter(peer, "queue", "0")


@case(seconds=3)
def message_order_on_one_connection(t):
    """Small messages, all on CONTROL, are matched and arrive in the order they were sent."""
    peer, puppet = t.connected(), t.puppet()
    sink = puppet.post(PORTAL, 10, options="put,remote")
    source = puppet.bind(10, 6)
    for number in range(300):
        peer.put(PORTAL, 0, b"x", ack=False, hdr_data=number)
        puppet.put(source, t.nid_of(peer), PORTAL, hdr_data=number, ack=False)
    for number in range(300):
        puppet.good("PUT", sink, hdr_data=number)
        same("hdr_data", peer.take(PUT).header.hdr_data, number)


@case
def message_truncated_and_remote_offset(t):
    peer, puppet = t.connected(), t.puppet()
    sink = puppet.post(PORTAL, 100, bits=1, options="put,get,remote,truncate", memory="pages")
    same("mlength", peer.put(PORTAL, 1, wire.pattern(300, 5), offset=70).wait().header.mlength, 30)
    puppet.good("PUT", sink, mlength=30, rlength=300, offset=70)
    puppet.check(sink, 30, 5, 70)
    same("reply", peer.get(PORTAL, 1, 200, offset=70).wait().payload, wire.pattern(30, 5))
    puppet.good("GET", sink, mlength=30, offset=70)
    same("reply", peer.get(PORTAL, 1, 5, offset=71).wait().payload, wire.pattern(5, 5, 1))
    for offset in (100, 99):
        data = bytes(100 - offset)
        same("mlength", peer.put(PORTAL, 1, data, offset=offset).wait().header.mlength, len(data))
        same("reply", peer.get(PORTAL, 1, len(data), offset=offset).wait().payload, data)


@case
def message_late_answers_are_dropped(t):
    """The MD is gone when ACK and REPLY come, payload and all; the stream stays in step."""
    peer, puppet = t.connected(), t.puppet()
    peer.answering = False
    for size in (10, 100000):
        source = puppet.bind(size, 6)
        puppet.put(source, t.nid_of(peer), PORTAL)
        put = peer.take(PUT)
        puppet.good("SEND", source)
        puppet.get(source, t.nid_of(peer), PORTAL)
        get = peer.take(GET)
        puppet.good("SEND", source)
        puppet.unlink(source)
        puppet.good("UNLINK", source)
        peer.send_ack(put)
        peer.send_reply(get, bytes(size))
        peer.send_ack(put)
        peer.send_reply(get, bytes(size))
    peer.answering = True
    exchange(t, peer, puppet, (10, 50000))


@case
def message_answers_are_taken_once(t):
    """The second of each is dropped and counted, and what it carries goes nowhere."""
    peer, puppet = t.connected(), t.puppet()
    peer.answering = False
    source = puppet.bind(1000, 6)
    puppet.put(source, t.nid_of(peer), PORTAL)
    put = peer.take(PUT)
    puppet.good("SEND")
    puppet.get(source, t.nid_of(peer), PORTAL)
    get = peer.take(GET)
    puppet.good("SEND")
    before = t.module.counters()
    for seed in (2, 3):
        peer.send_ack(put, conn=peer.find(CONTROL))
        peer.send_reply(get, wire.pattern(1000, seed), conn=peer.find(CONTROL))
    puppet.good("ACK", source)
    puppet.good("REPLY", source)
    peer.get(0, wire.PING_BITS, 48, conn=peer.find(CONTROL)).wait()
    puppet.silent(0.1)
    puppet.check(source, 1000, 2)
    after = t.module.counters()
    nid = wire.nid_text(t.nid)
    for kind in ("ack", "reply"):
        name = f"{nid}/dropped_{kind}_stale"
        same(name, after[name] - before[name], 1)


@case
def message_answers_with_wrong_handles_are_dropped(t):
    peer, puppet = t.connected(), t.puppet()
    peer.answering = False
    source = puppet.bind(1000, 6)
    puppet.put(source, t.nid_of(peer), PORTAL)
    put = peer.take(PUT)
    puppet.good("SEND")
    good = put.header.wmd
    for wmd in (bytes(16), b"\xff" * 16, good[:8] + bytes(8), bytes(8) + good[8:],
                good[:8] + b"\xff" * 8, good[8:] + good[:8],
                good[:8] + bytes([good[8] ^ 4]) + good[9:]):
        peer.send_ack(put, wmd=wmd)
        peer.send_reply(put, bytes(5000), wmd=wmd)
    peer.ping_remote()
    puppet.silent(0.1)
    peer.send_ack(put)
    puppet.good("ACK", source)


@case
def message_reply_longer_than_asked_for(t):
    peer, puppet = t.connected(), t.puppet()
    peer.answering = False
    for options, length in (("-", None), ("truncate", 100)):
        sink = puppet.bind(100, 0, options=options)
        puppet.get(sink, t.nid_of(peer), PORTAL)
        get = peer.take(GET)
        puppet.good("SEND", sink)
        peer.send_reply(get, wire.pattern(5000, 3))
        if length is None:
            peer.ping_remote()
            puppet.silent(0.2)
        else:
            puppet.good("REPLY", sink, mlength=100, rlength=5000)
            puppet.check(sink, 100, 3)


@case
def message_reply_shorter_than_asked_for(t):
    peer, puppet = t.connected(), t.puppet()
    peer.memory[PORTAL, 0] = wire.pattern(60, 3)
    sink = puppet.bind(100, 0, threshold=2)
    puppet.get(sink, t.nid_of(peer), PORTAL)
    puppet.good("REPLY", sink, mlength=60, rlength=60)
    puppet.check(sink, 60, 3)


@case
def message_delayed_on_a_lazy_portal(t):
    """PUTs without a match entry wait; the connection does not."""
    peer, puppet = t.connected(), t.puppet()
    puppet.command("lazy", PORTAL)
    requests = [peer.put(PORTAL, number, wire.pattern(70000, number), cookie=True)
                for number in range(10)]
    get = peer.get(PORTAL, 0, 10)
    peer.ping_remote()
    put_out(t, peer, puppet, 70000, "pages")
    get.silent(0.1)
    peer.wait_cookies()
    for number in reversed(range(10)):
        requests[number].silent(0.01)
        sink = puppet.post(PORTAL, 70000, bits=number, threshold=1, memory=MEMORIES[number % 4])
        puppet.good("PUT", sink, mlength=70000)
        puppet.check(sink, 70000, number)
        requests[number].wait()


@case
def message_delayed_and_never_wanted(t):
    peer, puppet = t.connected(), t.puppet()
    puppet.command("lazy", PORTAL)
    requests = [peer.put(PORTAL, number, bytes(70000)) for number in range(10)]
    peer.ping_remote()
    puppet.command("unlazy", PORTAL)
    for request in requests:
        request.silent(0.01)
    peer.ping_remote()


@case
def message_delayed_and_its_sender_goes(t):
    """The message is taken all the same; there is no sender to tell."""
    peer, puppet = t.connected(), t.puppet()
    puppet.command("lazy", PORTAL)
    for number in range(3):
        peer.put(PORTAL, number, wire.pattern(70000, number))
    peer.ping_remote()
    time.sleep(0.2)
    peer.close()
    for number in range(3):
        sink = puppet.post(PORTAL, 70000, bits=number, threshold=1)
        puppet.good("PUT", sink, mlength=70000)
        puppet.check(sink, 70000, number)
