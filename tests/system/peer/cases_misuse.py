# SPDX-License-Identifier: GPL-2.0
"""Messages that are wrong: which are dropped, and which end the connection.

After each of them the witness, another peer, is asked whether it noticed anything.
"""

import time

import wire
from case import PORTAL, case, same, within
from cases_together import little_room
from link import Gone, Late
from peer import Request
from wire import ACK, BULK_OUT, CONTROL, GET, PUT, REPLY, Ksock


def closes(t, what, act, version=3):
    """After act(peer, connection) all connections of the peer are closed, soon."""
    peer = t.connected(version=version)
    begin = time.monotonic()
    try:
        act(peer, peer.find(CONTROL))
    except Gone:
        pass
    peer.wait_dead(3)
    within(f"closing after {what}", begin, 0, 2)
    # The peer may come back at once.
    peer.connect()
    peer.ping_remote()
    peer.close()


def header(peer, kind, **words):
    return peer.header(kind, **{"portal": PORTAL, "wmd": bytes(range(16)), **words})


@case
def type_of_ksock_header_nobody_knows_closes(t):
    for kind in (0xC2, 0, 0xBF, 0xC1000000, 0xFFFFFFFF):
        closes(t, f"type {kind:#x}", lambda peer, conn, kind=kind: conn.send(
            header(peer, PUT), b"", Ksock(type=kind)))


@case
def type_of_message_nobody_knows_closes(t):
    for kind in (4, 5, 0xFFFFFFFF):
        for version in (1, 3):
            closes(t, f"message type {kind}", lambda peer, conn, kind=kind: conn.send(
                header(peer, kind)), version)


@case
def payload_length_that_lies_closes(t):
    for kind, length in ((PUT, (1 << 20) + 1), (PUT, 0xFFFFFFFF), (REPLY, (1 << 20) + 1),
                         (REPLY, 1 << 31), (ACK, 1), (GET, 1), (ACK, 0xFFFFFFFF), (GET, 1 << 20)):
        closes(t, f"{wire.KINDS[kind]} with {length} bytes",
               lambda peer, conn, kind=kind, length=length: conn.send(
                   header(peer, kind, length=length)))


@case
def message_for_another_nid_of_our_network_closes(t):
    for nid in (t.nid + 1, t.nid - 1):
        closes(t, "another's message", lambda peer, conn, nid=nid: conn.send(
            header(peer, PUT, dest_nid=nid, length=10), bytes(10)))


@case
def message_for_our_other_nid_closes(t):
    """0@lo is ours, but not the one that was dialled."""
    closes(t, "a message for 0@lo", lambda peer, conn: conn.send(
        header(peer, PUT, dest_nid=wire.NID_LO, length=10), bytes(10)))


@case
def garbage_instead_of_a_header_closes(t):
    for data in (bytes(96), b"\xff" * 96, b"GET / HTTP/1.0\r\n\r\n" * 6, bytes(range(256))):
        closes(t, "garbage", lambda peer, conn, data=data: conn.send_raw(data))


def dropped(t, size, version=3, **words):
    """A message that is dropped; the next one on the same connection is understood."""
    peer = t.connected(version=version)
    for kind in (PUT, GET):
        for conn in (peer.find(CONTROL), peer.find(BULK_OUT)):
            head = header(peer, kind, length=size if kind == PUT else 0, sink=size, **words)
            conn.send(head, bytes(size) if kind == PUT else b"")
            ping = peer.get(0, wire.PING_BITS, 48, conn=conn)
            ping.wait()
    same("connections", len(peer.live()), 3)
    peer.close()


@case
def message_for_another_network_is_dropped(t):
    for size in (0, 100, 100000):
        for nid in (t.nid + (1 << 32), wire.nid("10.0.0.1", 7), 5 << 48 | 77):
            dropped(t, size, dest_nid=nid)


@case
def message_for_nid_any_is_dropped(t):
    dropped(t, 1000, dest_nid=wire.NID_ANY)


@case
def message_from_nid_any_is_dropped(t):
    dropped(t, 1000, src_nid=wire.NID_ANY)


@case
def message_nobody_wants_is_dropped(t):
    for version in (1, 2, 3):
        for size in (0, 1, 928, 65536, 1 << 20):
            dropped(t, size, version)


@case
def portal_64_and_beyond_is_dropped(t):
    for portal in (63, 64, 65, 255, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF):
        dropped(t, 3000, portal=portal)


@case
def message_with_other_bits_is_dropped(t):
    peer, puppet = t.connected(), t.puppet()
    puppet.post(PORTAL, 100, bits=5)
    puppet.post(PORTAL, 100, t.nid_of(wire.nid("127.0.9.9")), bits=6)
    puppet.post(PORTAL, 100, f"7-{t.nid_of(peer)}", bits=6)
    puppet.post(PORTAL, 100, bits=7, options="get")
    for bits in (4, 6, 7, 5 | 1 << 63):
        peer.put(PORTAL, bits, bytes(100)).silent(0.1)
    peer.put(PORTAL, 5, bytes(100)).wait()
    puppet.good("PUT", bits=5)
    puppet.silent(0.1)


@case
def message_too_long_is_dropped(t):
    peer, puppet = t.connected(), t.puppet()
    sink = puppet.post(PORTAL, 100)
    for size in (101, 928, 1 << 20):
        peer.put(PORTAL, 0, bytes(size)).silent(0.2)
    peer.put(PORTAL, 0, bytes(100)).wait()
    puppet.good("PUT", sink, mlength=100)


@case(seconds=2)
def offset_past_the_memory_is_dropped(t):
    """Real nodes have died of it: it must not reach memory, and not be answered."""
    peer, puppet = t.connected(), t.puppet()
    requests = []
    for memory in ("contiguous", "kvec", "pages", "shifted"):
        for bits, options in ((1, "put,get,remote"), (2, "put,get,remote,truncate")):
            puppet.post(PORTAL, 5000, bits=bits, options=options, memory=memory, seed=7)
            for offset in (5001, 5002, 8192, 1 << 20, 0x7FFFFFFF, 0x80000000, 0xFFFFEC78,
                           0xFFFFFFFF):
                for size in (0, 1, 5000):
                    requests.append(peer.put(PORTAL, bits, bytes(size), offset=offset))
                    requests.append(peer.get(PORTAL, bits, size, offset=offset))
            for conn in peer.live():
                peer.get(0, wire.PING_BITS, 48, conn=conn).wait()
            puppet.silent(0.05)
            same("reply", peer.get(PORTAL, bits, 5000).wait().payload, wire.pattern(5000, 7))
            puppet.good("GET")
        puppet.close()
        puppet = t.puppet()
    same("answers", [request for request in requests if not request.answers.empty()], [])


@case
def offset_and_length_past_the_memory(t):
    """Begins inside, ends outside: dropped, or cut where the memory ends."""
    peer, puppet = t.connected(), t.puppet()
    puppet.post(PORTAL, 5000, bits=1, options="put,get,remote", seed=7)
    cut = puppet.post(PORTAL, 5000, bits=2, options="put,get,remote,truncate", seed=7)
    for offset in (1, 4999, 5000):
        size = 5000 - offset + 1
        peer.put(PORTAL, 1, bytes(size), offset=offset).silent(0.05)
        same("mlength", peer.put(PORTAL, 2, bytes(size), offset=offset).wait().header.mlength,
             5000 - offset)
        same("reply", len(peer.get(PORTAL, 2, size, offset=offset).wait().payload), 5000 - offset)
    puppet.good("PUT", cut)


@case
def sink_of_more_than_a_mib_is_survived(t):
    peer, puppet = t.connected(), t.puppet()
    puppet.post(PORTAL, 4 << 20, options="get,remote,truncate", seed=7)
    for sink in ((1 << 20) + 1, 0x7FFFFFFF, 0xFFFFFFFF):
        peer.get(PORTAL, 0, sink).silent(0.2)
    same("reply", len(peer.get(PORTAL, 0, 1 << 20).wait().payload), 1 << 20)


@case
def csum_wrong_in_a_dropped_message(t):
    """Real nodes do not look at it then, and neither does the module."""
    for version in (2, 3):
        peer = t.connected(version=version)
        conn = peer.find(CONTROL)
        conn.send(header(peer, PUT, length=10), bytes(10), Ksock(csum=0x12345))
        peer.get(0, wire.PING_BITS, 48, conn=conn).wait()
        same("connections", len(peer.live()), 3)


@case
def csum_wrong_in_a_message_that_is_wanted(t):
    """A message delivered before its sum is known has an event with an error, if any."""
    puppet = t.puppet()
    for version in (2, 3):
        sink = puppet.post(PORTAL, 50000, threshold=1)

        def act(peer, conn):
            conn.send(header(peer, PUT, length=50000), bytes(50000), Ksock(csum=0x12345))
        closes(t, f"a wrong csum on v{version}", act, version)
        event = puppet.event(handle=sink)
        assert event.kind == "PUT" and event.status == -71 and event.unlinked, event


@case
def csum_wrong_in_a_message_that_waits(t):
    """On a lazy portal: it is read aside, and must be summed there."""
    puppet = t.puppet()
    puppet.command("lazy", PORTAL)
    for version in (2, 3):
        closes(t, f"a wrong csum on v{version}", lambda peer, conn: conn.send(
            header(peer, PUT, length=50000), bytes(50000), Ksock(csum=0x12345)), version)
        # As if it had never come.
        same("messages that wait", t.module.value("delayed_now"), "0")
    puppet.post(PORTAL, 50000, threshold=1)
    puppet.silent(0.2)


@case
def csum_wrong_in_a_noop_closes(t):
    for version in (2, 3):
        closes(t, f"a wrong csum of a NOOP on v{version}", lambda peer, conn: conn.send_raw(
            Ksock(wire.NOOP, 0x12345, 0, 1).encode()), version)


@case
def csum_right_is_accepted(t):
    """v2: of headers and payload; v3: of the payload alone."""
    for version in (2, 3):
        peer, puppet = t.connected(version=version), t.puppet()
        sink = puppet.post(PORTAL, 100000, options="put,remote,truncate")
        for size in (0, 1, 1000, 100000):
            peer.put(PORTAL, 0, wire.pattern(size, 3), csum=True).wait()
            puppet.good("PUT", sink, mlength=size)
            puppet.check(sink, size, 3)
        puppet.close()


@case
def answers_of_the_wrong_kind_are_dropped(t):
    """An ACK for a GET, a REPLY for a PUT; the right one is taken afterwards."""
    peer, puppet = t.connected(), t.puppet()
    peer.answering = False
    written, read = puppet.bind(1000, 6), puppet.bind(1000, 6)
    puppet.put(written, t.nid_of(peer), PORTAL)
    put = peer.take(PUT)
    puppet.good("SEND", written)
    puppet.get(read, t.nid_of(peer), PORTAL)
    get = peer.take(GET)
    puppet.good("SEND", read)
    before = t.module.counters()
    peer.send_ack(get)
    peer.send_reply(put, bytes(1000))
    peer.ping_remote()
    puppet.silent(0.1)
    after = t.module.counters()
    for kind in ("ack", "reply"):
        name = f"{wire.nid_text(t.nid)}/dropped_{kind}_stale"
        same(name, after[name] - before[name], 1)
    peer.send_ack(put)
    puppet.good("ACK", written)
    peer.send_reply(get, wire.pattern(1000, 3))
    puppet.good("REPLY", read, mlength=1000)
    puppet.check(read, 1000, 3)


@case
def header_from_somebody_else_is_dropped(t):
    """There is no routing: a message that a peer sends in another's name is not delivered, and the
    other hears nothing of it. The forger's connections end."""
    peer, other, puppet = t.connected(), t.connected(), t.puppet()
    puppet.post(PORTAL, 100, options="put,remote,truncate")
    before = t.module.counters()
    head = peer.header(PUT, portal=PORTAL, length=3, wmd=peer.new_wmd(), src_nid=other.nid)
    request = Request(other, head)
    other.requests[head.wmd] = request
    peer.find(CONTROL).send(head, b"abc")
    request.silent(0.3)
    puppet.silent(0.1)
    peer.wait_dead()
    same("connections of the other one", len(other.live()), 3)
    other.ping_remote()
    name = f"{wire.nid_text(t.nid)}/dropped_forged_source"
    same(name, t.module.counters()[name] - before[name], 1)


def forged(t, puppet, **words):
    """Each kind of message, on each version: the connections end, and no event comes of it."""
    before = t.module.counters()
    sent = 0
    for version in (1, 3):
        for kind in (PUT, GET, ACK, REPLY):
            closes(t, f"{wire.KINDS[kind]} with {words}", lambda peer, conn, kind=kind: conn.send(
                header(peer, kind, length=3 if kind in (PUT, REPLY) else 0, sink=3, **words),
                b"abc" if kind in (PUT, REPLY) else b""), version)
            sent += 1
    name = f"{wire.nid_text(t.nid)}/dropped_forged_source"
    same(name, t.module.counters()[name] - before[name], sent)
    puppet.silent(0.1)


@case(seconds=7)
def header_with_a_forged_source_closes(t):
    """Another of our network, one of our own NIDs, the first and the last address."""
    puppet = t.puppet()
    puppet.post(PORTAL, 100, options="put,get,remote,truncate")
    for nid in (wire.nid(t.address()), t.nid, wire.NID_LO, wire.NID_LO + 5,
                wire.nid("0.0.0.0"), wire.nid("255.255.255.255")):
        forged(t, puppet, src_nid=nid)


@case(seconds=6)
def header_with_a_forged_pid_closes(t):
    puppet = t.puppet()
    puppet.post(PORTAL, 100, options="put,get,remote,truncate")
    for pid in (0, 1, wire.PID + 1, 0x80000001, 0xFFFFFFFF):
        forged(t, puppet, src_pid=pid)


@case
def answer_of_somebody_else_is_dropped(t):
    """A peer that was not asked may not answer: the memory is for the peer that was asked."""
    peer, other, puppet = t.connected(), t.connected(), t.puppet()
    peer.answering = False
    sink = puppet.bind(1000, 6)
    puppet.get(sink, t.nid_of(peer), PORTAL)
    get = peer.take(GET)
    puppet.good("SEND", sink)
    other.send_reply(get, wire.pattern(1000, 9))
    other.ping_remote()
    puppet.silent(0.1)
    peer.send_reply(get, wire.pattern(1000, 3))
    puppet.good("REPLY", sink)
    puppet.check(sink, 1000, 3)


@case
def answers_make_no_peer_and_no_dial(t):
    """A sender must not choose which node the module dials, nor fill its table of peers."""
    puppet = t.puppet()
    puppet.post(PORTAL, 100, options="put,get,remote,truncate")
    address = t.address()
    listener = t.listener(address)
    for portal, bits, nid in ((PORTAL, 0, wire.nid(address)), (0, wire.PING_BITS, wire.nid(address)),
                              (PORTAL, 0, wire.nid(address, 9))):
        peer = t.connected()
        try:
            peer.put(portal, bits, b"abc", src_nid=nid)
            peer.get(portal, bits, 48, src_nid=nid)
        except (Gone, Late):
            pass        # its connections ended with the first
    listener.none_within(0.5)
    same("peers of that name", [name for name in t.module.peer_names() if f"-{address}@" in name], [])


def hoard(t, answers):
    """A peer that asks so often, does not read, and listens like a node that hangs: the peer, its
    connection, and its listener. All but a few of the answers wait."""
    peer = t.peer(listen=False)
    listener, link = t.listener(peer.address), t.link(peer.address, window=4096)
    link.ask(peer.hello(CONTROL), t.nid)
    peer.check_hello(link.read_hello())
    ask = peer.header(GET, wmd=bytes(range(16)), bits=wire.PING_BITS, sink=48)
    while int(t.of_peer(peer, "queue") or 0) < answers:
        link.write(10 * (Ksock().encode() + ask.encode()))
        time.sleep(0.002)
    return peer, link, listener


@case(sock_timeout=60, seconds=2)
@little_room()
def answers_to_who_is_gone_make_no_dial(t):
    """Answers that a peer asked for, and did not read, end with its connection."""
    peer, link, listener = hoard(t, 400)
    link.reset()
    t.wait_counter(peer, "queue", "0")
    listener.none_within(0.5)


@case(sock_timeout=60, seconds=4, answers=640)
@little_room()
def answers_to_who_is_cut_off_make_room(t):
    """At the bound for all peers the one with most answers is cut off, and its answers are gone;
    then the next. A peer that reads is answered all the while."""
    other, puppet, before = t.connected(), t.puppet(), t.module.closed()["unread"]
    cut = lambda: t.module.closed()["unread"] - before
    first, second = hoard(t, 500), hoard(t, 80)
    # It is dialled for this, in vain: answers might wait for that, too.
    puppet.put(puppet.bind(10, 3), t.nid_of(first[0]), PORTAL, ack=False)
    other.ping_remote()
    third = hoard(t, 300)
    t.wait_counter(first[0], "queue", "1")
    same("cut off", cut(), 1)
    other.ping_remote()
    t.wait_counter(first[0], "state", "connecting")
    fourth = hoard(t, 200)
    hoard(t, 200)
    t.wait_counter(third[0], "queue", "0")
    same("cut off", cut(), 2)
    other.ping_remote()
    for _, _, listener in (second, third, fourth):
        listener.none_within(0.1)
    first[2].accept().reset()
    puppet.event("SEND")


@case
def header_from_our_own_nid_is_not_dialled(t):
    """There is no peer to answer to: the module must not connect to itself."""
    puppet = t.puppet()
    puppet.post(PORTAL, 100, options="put,get,remote,truncate")
    before = t.module.counters()
    for nid in (t.nid, wire.NID_LO):
        for act in (lambda peer, nid=nid: peer.put(PORTAL, 0, b"abc", src_nid=nid),
                    lambda peer, nid=nid: peer.get(PORTAL, 0, 10, src_nid=nid)):
            peer = t.connected()
            act(peer)
            peer.wait_dead()
    time.sleep(0.5)
    after = t.module.counters()
    same("refused HELLOs", after.get("closed_bad_hello", 0), before.get("closed_bad_hello", 0))
    ours = [name for name in t.module.peer_names() if name.endswith((f"-{t.nid_of(t.nid)}", "-0@lo"))]
    same("peers that are the module itself", ours, [])


@case
def header_from_another_network_is_not_dialled(t):
    """A router's message: it is dropped, and the connection lives. The address has no meaning on
    this network; a sender must not choose which node the module dials."""
    peer, puppet = t.connected(), t.puppet()
    puppet.post(PORTAL, 100, options="put,get,remote,truncate")
    address = t.address()
    listener = t.listener(address)
    before = t.module.counters()
    for nid in (wire.nid(address, 9), 5 << 48 | wire.nid(address) & 0xFFFFFFFF, 0):
        peer.put(PORTAL, 0, b"abc", src_nid=nid)
        peer.get(PORTAL, 0, 10, src_nid=nid)
    listener.none_within(1)
    peer.ping_remote()
    same("connections", len(peer.live()), 3)
    puppet.silent(0.1)
    name = f"{wire.nid_text(t.nid)}/dropped_routed_source"
    same(name, t.module.counters()[name] - before[name], 6)


@case
def pids_in_headers_are_survived(t):
    """The PID of the destination may be any; the sender's is in header_with_a_forged_pid_closes."""
    peer, puppet = t.connected(), t.puppet()
    puppet.post(PORTAL, 100, options="put,get,remote,truncate")
    for pid in (0, 1, 0x80000001, 0xFFFFFFFF):
        peer.put(PORTAL, 0, b"abc", dest_pid=pid).wait()
    peer.ping_remote()
