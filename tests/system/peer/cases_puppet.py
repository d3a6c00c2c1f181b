# SPDX-License-Identifier: GPL-2.0
"""The puppet itself, over 0@lo: the other cases rely on it."""

import os
import zlib

import wire
from case import PORTAL, case, same
from puppet import DEVICE, Puppet, Refusal

MEMORIES = ("contiguous", "kvec", "pages", "shifted")
SIZES = (0, 1, 4096, 4097, 65536, 1000000)
LO = "0@lo"


@case(net=False)
def puppet_put_and_get(t):
    p = t.puppet()
    for size in SIZES:
        for number, memory in enumerate(MEMORIES):
            other = MEMORIES[(number + 1) % len(MEMORIES)]
            sink = p.post(PORTAL, size, bits=size, options="put,truncate", threshold=1,
                          memory=memory)
            source = p.bind(size, 7, other, 2)
            p.put(source, LO, PORTAL, size, hdr_data=0x1122334455667788)
            p.good("PUT", sink, mlength=size, rlength=size, hdr_data=0x1122334455667788,
                   bits=size, unlinked=1, initiator="12345-0@lo", portal=PORTAL)
            p.good("SEND", source)
            p.good("ACK", source, mlength=size)
            p.check(sink, size, 7)
            same("crc", p.crc(sink, size), zlib.crc32(wire.pattern(size, 7)))
            source = p.post(PORTAL, size, bits=9, options="get", threshold=1, memory=other, seed=3)
            sink = p.bind(size, 0, memory, 2)
            p.get(sink, LO, PORTAL, 9)
            p.good("GET", source, mlength=size)
            p.good("REPLY", sink, mlength=size)
            p.check(sink, size, 3)
            p.good("SEND", sink)
    p.silent()


@case(net=False)
def puppet_unlink_and_free(t):
    p = t.puppet()
    handle = p.post(PORTAL, 10, options="put,retain")
    try:
        p.free(handle)
        raise AssertionError("freed while it is posted")
    except Refusal as refusal:
        same("errno", refusal.errno, -16)
    p.unlink(handle)
    p.good("UNLINK", handle, unlinked=1)
    try:
        p.unlink(handle)
        raise AssertionError("unlinked twice")
    except Refusal as refusal:
        same("errno", refusal.errno, -2)
    p.free(handle)


@case(net=False)
def puppet_lazy_portal(t):
    p = t.puppet()
    p.command("lazy", PORTAL)
    source = p.bind(100, 5, threshold=2)
    p.put(source, LO, PORTAL, 4)
    p.good("SEND", source)
    p.silent(0.1)
    sink = p.post(PORTAL, 100, bits=4, threshold=1)
    p.good("PUT", sink, mlength=100)
    p.good("ACK", source)
    p.check(sink, 100, 5)


@case(net=False)
def puppet_refuses_nonsense(t):
    p = t.puppet()
    for line in ("", "dance", "post", "post 1 2 3", "post x any 0 0 1 put inf",
                 "post 40 nobody 0 0 1 put inf", "post 40 any 0 0 1 push inf",
                 "post 40 any 0 0 5000000 put inf", "post 40 any 0 0 1 put inf paper",
                 "bind 1 1 pages x", "put 99 0@lo 1 0 0 0 ack", "unlink 7", "check 1 2 3 4",
                 "nid please", "a b c d e f g h i j k l"):
        try:
            p.command(line)
        except Refusal as refusal:
            same(line, refusal.errno, -22)
            continue
        raise AssertionError(f"accepted: {line}")
    for line, errno in (("post 64 any 0 0 1 put inf", -22), ("post 40 any 0 0 1 - inf", -22),
                        ("x" * 300, -7)):
        try:
            p.command(line)
        except Refusal as refusal:
            same(line, refusal.errno, errno)
    handle = p.bind(10, 1)
    for line in (f"check {handle} 5 6 1", f"crc {handle} 11 0", f"put {handle} 0@lo 1 0 0 0 maybe"):
        try:
            p.command(line)
            raise AssertionError(f"accepted: {line}")
        except Refusal as refusal:
            same(line, refusal.errno, -22)
    same("nids", p.nids(), ["12345-0@lo"])


@case(net=False)
def puppet_sessions_are_bounded(t):
    puppets = [t.puppet() for _ in range(16)]
    try:
        Puppet()
        raise AssertionError("a seventeenth session")
    except OSError:
        pass
    p = puppets[0]
    for _ in range(16):
        p.post(PORTAL, 4 << 20, memory="kvec")
    try:
        p.bind(1, 0)
        raise AssertionError("more than 64 MiB")
    except Refusal as refusal:
        same("errno", refusal.errno, -28)


@case(net=False)
def puppet_close_leaves_nothing(t):
    def handles():
        return [int(t.module.value(f"handles_{kind}")) for kind in ("md", "me", "eq")]

    before = handles()
    for _ in range(5):
        p = t.puppet()
        for number in range(100):
            p.post(PORTAL, 100, bits=number, options="put,get", memory=MEMORIES[number % 4])
            p.bind(100, 1)
        p.command("lazy", 50)
        p.put(p.bind(10, 1), LO, 50)
        same("handles", handles(), [before[0] + 201, before[1] + 100, before[2] + 1])
        p.close()
        same("handles", handles(), before)


@case(net=False)
def puppet_says_what_it_has_lost(t):
    """Lines that are not read are bounded, too."""
    p = t.puppet()
    sink = p.post(PORTAL, 1, options="put,truncate")
    source = p.bind(1, 0)
    for _ in range(8000):
        os.write(p.fd, f"put {source} 0@lo {PORTAL} 0 0 0 noack".encode())
    fd = os.open(DEVICE, os.O_RDWR)
    os.close(fd)
    text = b""
    while True:
        try:
            text += os.read(p.fd, 1 << 16)
        except BlockingIOError:
            break
    assert len(text) <= 1 << 20, len(text)
    os.write(p.fd, f"unlink {sink}".encode())
    assert b"lost " in os.read(p.fd, 1000), "nothing was said of lost lines"
    assert text.count(b"event PUT") > 1000
