# SPDX-License-Identifier: GPL-2.0
"""Cookies: a peer that sends without copying wants to know when its memory is free."""

import time

import wire
from case import PORTAL, case, same, within
from wire import BULK_IN, BULK_OUT, CONTROL, GET, PUT, Ksock


@case
def cookie_of_a_put_comes_back(t):
    peer, puppet = t.connected(), t.puppet()
    for size in (1, 16384, 1 << 20):
        puppet.post(PORTAL, size, bits=size, threshold=1, memory="pages")
        peer.put(PORTAL, size, wire.pattern(size, 5), cookie=True).wait()
        puppet.good("PUT", mlength=size)
        peer.wait_cookies()


@case
def cookie_comes_back_on_the_modules_bulk_in(t):
    """No matter on which connection it came, small or large: real nodes use no other."""
    peer = t.connected()
    for conn in peer.live():
        for size in (0, 10, 20000):
            peer.put(PORTAL, 1, bytes(size), cookie=True, conn=conn)
            peer.wait_cookies()
            back, cookie = peer.acked[-1]
            same(f"cookie {cookie}, sent on our {wire.CTYPES[conn.ctype]}, came back on our",
                 wire.CTYPES[back.ctype], "BULK_OUT")


@case
def cookie_of_a_dropped_message_comes_back(t):
    peer = t.connected()
    for conn in peer.live():
        peer.put(PORTAL, 1, bytes(100000), cookie=True, conn=conn)
        peer.put(63, 1, b"", cookie=True, conn=conn)
        peer.put(64, 1, bytes(5), cookie=True, conn=conn)
        peer.get(PORTAL, 1, 10, cookie=True, conn=conn)
    peer.wait_cookies()


@case
def cookie_of_a_message_without_payload_comes_back(t):
    peer, puppet = t.connected(), t.puppet()
    puppet.post(PORTAL, 10, options="put,get,truncate,remote")
    peer.put(PORTAL, 0, b"", cookie=True).wait()
    peer.get(PORTAL, 0, 0, cookie=True).wait()
    peer.get(0, wire.PING_BITS, 48, cookie=True).wait()
    peer.wait_cookies()


@case
def cookie_of_an_answer_comes_back(t):
    """A REPLY out of pages has one; an ACK might."""
    peer, puppet = t.connected(), t.puppet()
    peer.answering = False
    sink = puppet.bind(50000, 0)
    puppet.get(sink, t.nid_of(peer), PORTAL)
    get = peer.take(GET)
    head = peer.header(wire.REPLY, wmd=get.header.wmd, length=50000)
    peer.find(BULK_OUT).send(head, wire.pattern(50000, 3), Ksock(cookie0=peer.new_cookie()))
    puppet.good("REPLY", sink, mlength=50000)
    puppet.put(sink, t.nid_of(peer), PORTAL)
    put = peer.take(PUT)
    head = peer.header(wire.ACK, wmd=put.header.wmd, mlength=50000)
    peer.find(CONTROL).send(head, b"", Ksock(cookie0=peer.new_cookie()))
    puppet.good("ACK", sink)
    peer.wait_cookies()


@case
def cookie_of_a_delayed_message_comes_back(t):
    """The cookie comes back as soon as the message waits: its payload is in memory."""
    peer, puppet = t.connected(), t.puppet()
    puppet.command("lazy", PORTAL)
    peer.put(PORTAL, 3, bytes(50000), cookie=True)
    peer.wait_cookies(1)
    same("messages that wait", t.module.value("delayed_now"), "1")
    sink = puppet.post(PORTAL, 50000, bits=3)
    puppet.good("PUT", sink)
    same("cookies", len(peer.acked), 1)


@case
def cookie_ack_does_not_wait_for_the_client(t):
    """Many of them, none twice, none lost; batched if the module likes."""
    peer, puppet = t.connected(), t.puppet()
    puppet.post(PORTAL, 100, options="put,remote,truncate")
    for number in range(600):
        peer.put(PORTAL, 0, bytes(number % 100), ack=False, cookie=True)
    peer.wait_cookies()
    same("cookies", len(peer.acked), 600)
    t.note(f"{peer.count['NOOP']} NOOPs")


@case
def cookies_while_nobody_reads_them(t):
    """Cookies may be joined to ranges, but must be exact when they come."""
    peer = t.connected()
    conn = peer.find(BULK_OUT)
    conn.reading.clear()
    for _ in range(1000):
        peer.put(PORTAL, 0, b"", ack=False, cookie=True)
    time.sleep(0.5)
    conn.reading.set()
    peer.wait_cookies()
    same("cookies", len(peer.acked), 1000)
    t.note(f"{peer.count['NOOP']} NOOPs")


@case
def cookie_on_v2_comes_back(t):
    """Real nodes have died of these; ours must take them and never send one."""
    for ctypes in ((wire.ANY,), (CONTROL, BULK_IN, BULK_OUT)):
        peer, puppet = t.peer(version=2).connect(ctypes), t.puppet()
        puppet.post(PORTAL, 100000, options="put,remote,truncate")
        puppet.post(PORTAL, 100000, options="get,remote", seed=1)
        for size in (0, 1, 20000, 100000):
            peer.put(PORTAL, 0, bytes(size), cookie=True).wait()
            peer.get(PORTAL, 0, size, cookie=True).wait()
        peer.wait_cookies()
        puppet.close()


@case
def cookie_without_a_connection_for_noops_comes_back(t):
    """If its BULK_IN is missing the module must use another connection, or dial."""
    for ctypes in ((CONTROL,), (CONTROL, BULK_IN)):
        peer = t.peer().connect(ctypes)
        peer.put(PORTAL, 0, bytes(20000), cookie=True)
        peer.wait_cookies()
        same("came back on our", wire.CTYPES[peer.acked[-1][0].ctype], "CONTROL")


@case
def cookie_of_any_value_comes_back(t):
    peer = t.connected()
    for value in (2, 3, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 1, 5):
        peer.outstanding[value] = 0
        head = peer.header(PUT, portal=PORTAL, length=10)
        peer.find(BULK_OUT).send(head, bytes(10), Ksock(cookie0=value))
    peer.wait_cookies()


@case
def noops_that_say_nothing_are_ignored(t):
    """The keepalive, {0,0}, {c,0}, and cookie[1]=1 in a message; a keepalive gets no answer."""
    peer = t.connected()
    for conn in peer.live():
        for cookies in ((0, 1), (0, 0), (5, 0)):
            conn.noop(*cookies)
        head = peer.header(PUT, portal=PORTAL, length=10)
        conn.send(head, bytes(10), Ksock(cookie1=1))
    time.sleep(0.3)
    same("NOOPs", peer.count["NOOP"] + peer.count["KEEPALIVE"], 0)
    same("connections", len(peer.live()), 3)
    peer.ping_remote()


@case
def ack_of_a_cookie_never_sent_closes_all(t):
    """The module sends no cookies, so any acknowledgement is wrong."""
    for cookies in ((0, 77), (0, 2), (9, 1), (3, 2), (2, 3000), (0, (1 << 64) - 1)):
        peer = t.connected()
        begin = time.monotonic()
        peer.find(CONTROL).noop(*cookies)
        peer.wait_dead(3)
        within(f"closing after {cookies}", begin, 0, 2)


@case
def ack_in_a_message_of_a_cookie_never_sent_closes_all(t):
    peer = t.connected()
    head = peer.header(PUT, portal=PORTAL, length=10)
    peer.find(CONTROL).send(head, bytes(10), Ksock(cookie1=77))
    peer.wait_dead(3)


@case(keepalive=1, seconds=5)
def keepalive_when_idle(t):
    """A NOOP {0,1} on the module's BULK_IN, again and again; unanswered, it does no harm.
        v1 and v2 have none, and no node expects it there."""
    old = [t.connected(version=1), t.connected(version=2)]
    peer = t.connected()
    peer.ping_remote()
    begin = time.monotonic()
    peer.wait_for("a keepalive", lambda: peer.count["KEEPALIVE"], 12)
    # Looked for once a second.
    first = within("the first", begin, 1, 3)
    peer.wait_for("another one", lambda: peer.count["KEEPALIVE"] > 1, 12)
    second = within("the second", begin, first + 1, first + 3)
    t.note(f"after {first:.1f} and {second:.1f} s")
    same("connections", len(peer.live()), 3)
    same("keepalives of v1 and v2", [other.count["KEEPALIVE"] for other in old], [0, 0])
    for each in [peer, *old]:
        each.ping_remote()
