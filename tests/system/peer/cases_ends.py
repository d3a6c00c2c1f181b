# SPDX-License-Identifier: GPL-2.0
"""Why connections end: a peer gives each reason that sysfs counts."""

import contextlib
import os
import time

import wire
from case import PORTAL, case, same
from cases_active import ORDER, Scene
from link import Gone, Late, deadline_in
from module import PUPPET, run
from peer import Refused
from setting import failing, write
from wire import BULK_IN, CONTROL, GET, PUT, Connreq, Ksock


def settle(t):
    """Waits until only the witness has connections, no peer is dialled, and the ends of all other
    connections have been counted."""
    end, before = deadline_in(10), None
    while True:
        busy = sum(worker["connections"] for worker in t.module.workers()) > 3
        now = None if busy or t.module.dials() else t.module.closed()
        if now and now == before:
            return
        if time.monotonic() > end:
            raise Late("connections of earlier cases are still there")
        before = now
        time.sleep(0.05)


@contextlib.contextmanager
def counted(t, seconds=5, **ends):
    """The code inside ends so many connections for these reasons, and no other."""
    before = t.module.closed()
    yield
    end = deadline_in(seconds)
    while True:
        now = t.module.closed()
        more = {why: now[why] - before[why] for why in now if now[why] != before[why]}
        if more == ends or time.monotonic() > end:
            break
        time.sleep(0.02)
    same("ends", more, ends)


def connected(t, **words):
    peer = t.connected(**words)
    # A handshake is over a moment after its connection has begun.
    count = lambda: sum(worker["connections"] for worker in t.module.workers())
    peer.wait_for(f"6 connections with the witness's, not {count()},", lambda: count() == 6)
    return peer


def wrong(t, why, act, version=3):
    """Something on one connection ends it for that reason, and the others follow it."""
    settle(t)
    peer = connected(t, version=version)
    with counted(t, **{why: 1, "by_peer": 2}):
        act(peer, peer.find(CONTROL))
        peer.wait_dead(5)


@case
def ends_by_peer(t):
    settle(t)
    peer = connected(t)
    with counted(t, by_peer=3):
        peer.find(CONTROL).close()


@case
def ends_duplicate(t):
    settle(t)
    peer = connected(t)
    for ctype in (CONTROL, BULK_IN):
        with counted(t, duplicate=1):
            try:
                peer.dial_once(ctype)
                raise AssertionError("taken")
            except Refused:
                pass


@case
def ends_stale(t):
    """Three connections of the peer's former life, and the one whose HELLO said so."""
    settle(t)
    peer = connected(t)
    with counted(t, stale=4):
        peer.incarnation += 1
        try:
            peer.dial_once(CONTROL)
            raise AssertionError("taken")
        except Refused:
            pass
        peer.wait_dead(3)


@case(address="127.250.0.1")
def ends_race(t):
    """The module's NID is the greater, so its attempt is the one that counts."""
    settle(t)
    scene = Scene(t)
    scene.send()
    link, hello = scene.dialled(CONTROL)
    with counted(t, race=1):
        try:
            scene.peer.dial_once(CONTROL)
            raise AssertionError("taken")
        except Refused:
            pass
    scene.adopt(link, hello)
    scene.take_rest(ORDER[1:])


@case
def ends_refused(t):
    settle(t)
    scene = Scene(t)
    scene.send()
    link, hello = scene.dialled(CONTROL)
    with counted(t, refused=1):
        scene.answer(link, hello, ctype=wire.NONE, version=2)
        link.closed_within(1)
        link, hello = scene.dialled(CONTROL, 2)
    scene.peer.version = 2
    scene.adopt(link, hello)
    scene.take_rest(ORDER[1:], 2)


@case
def ends_error(t):
    """A dial to an address where no node listens; and a connection that is reset."""
    settle(t)
    with counted(t, error=1):
        scene = Scene(t, listen=False)
        scene.send()
        scene.failed(-111)
    wrong(t, "error", lambda peer, conn: conn.reset())


@case(sock_timeout=2, seconds=6)
def ends_timeout(t):
    """Half a header and no more; and no answer to our HELLO."""
    wrong(t, "timeout", lambda peer, conn: conn.send_raw(b"\xc1\0\0\0"))
    with counted(t, timeout=1):
        scene = Scene(t)
        scene.send()
        scene.dialled(CONTROL)
        scene.failed(-110)


@case(seconds=2)
def ends_slow(t):
    """Callers that send no request, half a request, or no HELLO."""
    settle(t)
    with counted(t, slow=3):
        links = [t.link() for _ in range(3)]
        links[1].write(Connreq(t.nid).encode()[:7])
        links[2].write(Connreq(t.nid).encode())
        for link in links:
            link.closed_within(3)


@case
def ends_insecure(t):
    settle(t)
    with counted(t, insecure=1):
        # Maybe before it knows that it is connected.
        with contextlib.suppress(ConnectionError):
            t.link(privileged=False).closed_within(1)


@case
def ends_not_ours(t):
    settle(t)
    with counted(t, not_ours=3):
        for target in (t.nid + 1, wire.nid("127.0.0.1", 3), wire.NID_LO):
            link = t.link()
            link.write(Connreq(target).encode())
            link.closed_within(1)


@case
def ends_query(t):
    """A caller that asks for our version, and one that speaks an unknown version."""
    settle(t)
    with counted(t, query=2):
        link = t.link()
        link.write(Connreq(t.nid, wire.MAGIC_LNET).encode())
        link.read(16)
        link.closed_within(1)
        peer = t.peer(listen=False)
        link = t.link(peer.address)
        link.ask(peer.hello(CONTROL, version=7), t.nid)
        link.read_hello()
        link.closed_within(1)
        link.close()


@case
def ends_bad_connreq(t):
    settle(t)
    with counted(t, bad_connreq=1):
        link = t.link()
        link.write(b"GET / HTTP/1.1\r\n")
        link.closed_within(1)


@case
def ends_bad_hello(t):
    """A bad HELLO of a peer that connects, and of one that answers."""
    settle(t)
    with counted(t, bad_hello=1):
        peer = t.peer(listen=False)
        link = t.link(peer.address)
        link.ask(peer.hello(9), t.nid)
        link.closed_within(1)
        link.close()
    with counted(t, bad_hello=1):
        scene = Scene(t)
        scene.send()
        link, hello = scene.dialled(CONTROL)
        scene.answer(link, hello, src_nid=scene.peer.nid + 1)
        scene.failed(-71)


@case
def ends_bad_header(t):
    wrong(t, "bad_header", lambda peer, conn: conn.send_raw(Ksock(0xC2).encode() + bytes(72)))


@case
def ends_bad_message(t):
    wrong(t, "bad_message", lambda peer, conn: conn.send(peer.header(GET, length=1)))
    wrong(t, "bad_message", lambda peer, conn: conn.send_raw(peer.header(9).encode()), version=1)


@case
def ends_bad_cookie(t):
    wrong(t, "bad_cookie", lambda peer, conn: conn.noop(0, 77))


@case
def ends_bad_csum(t):
    wrong(t, "bad_csum", lambda peer, conn: conn.send_raw(
        Ksock(wire.NOOP, 0x12345, 0, 1).encode()), version=2)


@case
def ends_shutdown(t):
    """The last client goes, and LNet with it: all connections end, also those being made."""
    settle(t)
    peer, puppet = connected(t), t.puppet()
    t.link()
    puppet.close()
    t.module.remote = None
    with counted(t, shutdown=7):
        run("rmmod", os.path.basename(PUPPET))
    peer.wait_dead(3)


FAILSLAB = "/sys/kernel/debug/failslab"


@contextlib.contextmanager
def without_memory(percent):
    """So many per cent of the allocations by threads of the kernel's work queues fail."""
    def workers(mark):
        for task in os.listdir("/proc"):
            try:
                with open(f"/proc/{task}/comm", encoding="ascii") as comm:
                    if comm.read().startswith("kworker/u"):
                        write(f"/proc/{task}/make-it-fail", mark)
            except OSError:
                pass        # no task, or gone

    with failing(FAILSLAB, ("task-filter", "Y"), ("verbose", 0), ("ignore-gfp-wait", "N"),
                 ("times", -1), ("probability", percent)):
        try:
            workers("1")
            yield
        finally:
            workers("0")


@case(limit=60, seconds=3)
def ends_no_memory(t):
    """Some connections fail then; nothing leaks, and afterwards all is as before."""
    settle(t)
    before = t.module.closed()["no_memory"]
    tried = 0
    with without_memory(20):
        while t.module.closed()["no_memory"] == before and tried < 300:
            tried += 1
            peer = t.peer(listen=False)
            try:
                peer.dial_once(CONTROL)
            except (Gone, Late, Refused, ConnectionError):
                pass
            peer.close()
            t.things.remove(peer)
    t.note(f"after {tried} connections")
    same("there was no memory", t.module.closed()["no_memory"] > before, True)
    peer, puppet = t.connected(), t.puppet()
    puppet.post(PORTAL, 10)
    peer.put(PORTAL, 0, b"x").wait()
    same("kinds", sorted(peer.count), ["ACK"])
    puppet.put(puppet.bind(1, 0), t.nid_of(peer), PORTAL)
    peer.take(PUT)
