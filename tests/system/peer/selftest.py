#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests the Python peer with the bytes of a real node, and with itself on loopback.

usage: selftest.py

Needs no module, no rights and no port below 1024. The last line is "N passed, N failed".
"""

import sys

sys.dont_write_bytecode = True

import dataclasses
import os
import random
import re
import subprocess
import time
import traceback
import zlib

import wire
from link import Gone, Late, Link, Listener
from peer import Peer, Refused, Remote
from vectors import VECTORS
from wire import Connreq, Header, Hello, Ksock, PingInfo, Violation

HERE = os.path.dirname(os.path.abspath(__file__))
REAL, OURS = wire.nid("10.0.0.1"), wire.nid("10.0.0.2")
LARGE = wire.nid("fd00:988::1")
PORT = 11988
HANDLE = bytes.fromhex("8877665544332211")


def vector(name):
    return bytes.fromhex(VECTORS[name])


def same(what, got, want):
    if got != want:
        raise AssertionError(f"{what}: {got!r} is not {want!r}")


def refused(data, what):
    """Checks that decoding fails."""
    try:
        what(data)
    except Violation:
        return
    raise AssertionError(f"accepted:\n{wire.dump(data)}")


# --- vectors

def vectors_connreq():
    for name, target in (("connreq", OURS), ("connreq-version-reply", 0)):
        same(name, Connreq.length(vector(name)[:8]), len(vector(name)))
        same(name, Connreq.decode(vector(name)), Connreq(target))
        same(name, Connreq(target).encode(), vector(name))
        same(name, Connreq.decode(Connreq(target).encode(">"), ">"), Connreq(target))


def connreq_of_a_large_nid():
    """No sender swaps its NID."""
    nid = bytes.fromhex("0c020000" "fd000988" "00000000" "00000000" "00000001")
    for order in "<>":
        request = Connreq(LARGE)
        data = request.encode(order)
        same("version", request.version, 2)
        same("length", (len(data), Connreq.length(data[:8], order)), (28, 28))
        same("NID", data[8:], nid)
        same("again", Connreq.decode(data, order), request)
    short = Connreq(OURS, version=2)
    same("of a short NID", short.encode()[8:], bytes.fromhex("000200000a000002") + bytes(12))
    same("again", Connreq.decode(short.encode()), short)


def vectors_hello():
    incarnations = {"v3-active": 0x18EA58BAC6070F1A, "passive": 0x18EA58A6B6F2C1F5,
                    "v1-active": 0x18EA58BE42F1DF84, "v2-active": 0x18EA58BCFEC3C3DB,
                    "unknown": 0x18EA58A6B6F2C1F5}
    seen = 0
    for name in VECTORS:
        if not name.startswith("hello-"):
            continue
        data, version = vector(name), int(name[7])
        incarnation = next(value for key, value in incarnations.items() if key in name)
        ctype = wire.NONE if name.endswith("NONE") or "unknown" in name else int(name[-1])
        dst = REAL if "unknown" in name else 0 if version == 1 else OURS
        hello = Hello(REAL, dst, wire.PID, incarnation, ctype, version)
        same(name, Hello.length(data[:8]), len(data))
        same(name, Hello.decode(data), hello)
        same(name, hello.encode(), data)
        if version > 1:
            same(name, Hello.decode(hello.encode(">"), ">"), hello)
        seen += 1
    same("HELLO vectors", seen, 24)


def hello_of_large_nids():
    hello = Hello(LARGE, wire.nid("2001:db8::42", 3), wire.PID, 5, wire.BULK_IN, 4)
    tail = bytes.fromhex("39300000" "00000000" "0500000000000000" "0000000000000000"
                         "02000000" "00000000")
    same("bytes", hello.encode(), bytes.fromhex(
        "63697245" "04000000" "0c020000fd000988000000000000000000000001"
        "0c02000320010db8000000000000000000000042") + tail)
    for order in "<>":
        same("again", Hello.decode(hello.encode(order), order), hello)
    same("not swapped", hello.encode(">")[8:48], hello.encode()[8:48])


def vectors_noop():
    for name, cookies, acked in (("noop-ack", (0, 2), [2]),
                                 ("noop-ack-two", (27461, 27460), [27461, 27460]),
                                 ("noop-ack-range", (10052, 13999), list(range(10052, 14000))),
                                 ("noop-keepalive", (0, 1), [])):
        head = Ksock.decode(vector(name))
        same(name, head, Ksock(wire.NOOP, 0, *cookies))
        same(name, head.encode(), vector(name))
        same(name, head.acked(), acked)


def message_vectors():
    def wmd(cookie, thing):
        return cookie.to_bytes(8, "little") + thing.to_bytes(8, "little")

    real = {"dest_nid": OURS, "src_nid": REAL}
    interface = 0x18EA58BAC5BC7C1A
    mine = 0x1122334455667788
    return {
        "put-noack": (Header(wire.PUT, length=100, portal=40, bits=0x1234, offset=8,
                             hdr_data=0xA1B2C3D4E5F60718, **real), (0, 0), 5),
        "put-ack": (Header(wire.PUT, length=200, wmd=wmd(interface, 0x1D), portal=40, bits=0x1234,
                           offset=500, hdr_data=mine, **real), (0, 0), 6),
        "put-ack-zc": (Header(wire.PUT, length=65536, wmd=wmd(interface, 0x21), portal=40,
                              bits=0x1234, hdr_data=3, **real), (2, 0), 9),
        "put-ack-push": (Header(wire.PUT, length=48, wmd=wmd(interface, 0x15),
                                bits=wire.PING_BITS, **real), (0, 0), None),
        "ack": (Header(wire.ACK, wmd=wmd(mine, 0x500C), bits=0x1234, mlength=1, **real),
                (0, 0), None),
        "get": (Header(wire.GET, wmd=wmd(interface, 0x0D), bits=0x1234, portal=40, offset=1000,
                       sink=300, **real), (0, 0), None),
        "get-ping": (Header(wire.GET, wmd=wmd(interface, 0x11), bits=wire.PING_BITS, sink=272,
                            **real), (0, 0), None),
        "reply": (Header(wire.REPLY, length=48, wmd=wmd(mine, 0x5004), **real), (0, 0), None),
        "reply-zc": (Header(wire.REPLY, length=16384, wmd=wmd(mine, 0x5060), **real),
                     (2, 0), None),
        "reply-piggyback": (Header(wire.REPLY, length=1 << 20, wmd=wmd(mine, 0x5014), **real),
                            (7, 70), None),
    }


def vectors_messages():
    for name, (header, cookies, seed) in message_vectors().items():
        data = vector(name)
        ksock = Ksock(wire.LNET, 0, *cookies)
        same(name, Ksock.decode(data[:24]), ksock)
        same(name, Header.decode(data[24:96]), header)
        same(name, ksock.encode() + header.encode(), data[:96])
        if seed is not None:
            same(name, data[96:], wire.pattern(len(data) - 96, seed))


def vectors_message_v4():
    """What is behind the NIDs is as in the other versions."""
    data, mine = vector("reply-v4"), 0x1122334455667788
    header = Header(wire.REPLY, OURS, REAL, length=48,
                    wmd=mine.to_bytes(8, "little") + (0x5044).to_bytes(8, "little"))
    same("around it", Ksock.decode(data[:24]), Ksock())
    same("header", Header.decode(data[24:120], 4), header)
    same("bytes", header.encode(4), data[24:120])
    refused(data[24:96], Header.decode)
    refused(header.encode(), lambda raw: Header.decode(raw, 4))
    for header, *_ in message_vectors().values():
        large = dataclasses.replace(header, dest_nid=LARGE, src_nid=OURS)
        same("length", len(large.encode(4)), 96)
        same("again", Header.decode(large.encode(4), 4), large)
        same("tail", large.encode(4)[40:], header.encode()[16:])


def vectors_of_large_nids():
    """Of two nodes with IPv6 addresses."""
    one, two = wire.nid("2001:db8::1"), wire.nid("2001:db8::2")
    same("request", Connreq.decode(vector("large-connreq")), Connreq(two))
    same("request", Connreq(two).encode(), vector("large-connreq"))
    for name, src, dst, incarnation, ctype in (
            ("active-ctype1", one, two, 0x18ECFE3D2F5A9234, wire.CONTROL),
            ("passive-ctype3", two, one, 0x18ECFE3C8CF1D59C, wire.BULK_OUT)):
        data = vector(f"large-hello-{name}")
        hello = Hello(src, dst, wire.PID, incarnation, ctype, 4)
        same(name, Hello.decode(data), hello)
        same(name, hello.encode(), data)
    handles = {"get-ping": (0x18ECFE3D2970ED34, 13), "put-ack-push": (0x18ECFE3D2970ED34, 17),
               "ack": (0x18ECFE3C7FDF8E9C, 13), "reply": (0x18ECFE3D2970ED34, 13)}
    kinds = {"get-ping": {"type": wire.GET, "bits": wire.PING_BITS, "sink": 272},
             "put-ack-push": {"type": wire.PUT, "bits": wire.PING_BITS, "length": 56},
             "ack": {"type": wire.ACK, "bits": wire.PING_BITS, "mlength": 56},
             "reply": {"type": wire.REPLY, "length": 56, "dest_nid": one, "src_nid": two}}
    for name, words in kinds.items():
        data, wmd = vector(f"large-{name}"), b"".join(
            part.to_bytes(8, "little") for part in handles[name])
        header = Header(**{"dest_nid": two, "src_nid": one, "wmd": wmd, **words})
        same(name, Header.decode(data[24:120], 4), header)
        same(name, Ksock().encode() + header.encode(4), data[:120])
        same(name, len(data), 120 + header.length)


def nids():
    for text, number, value in (("10.0.0.1", 0, 0x000200000A000001),
                                ("255.0.0.254", 9, 0x00020009FF0000FE),
                                ("fd00:988::1", 0, int(LARGE)), ("::", 65535, None)):
        made = wire.nid(text, number)
        same("address", wire.address_of(made), text)
        same("text", wire.nid_text(made), f"{text}@tcp{number or ''}")
        same("again", wire.nid_of_20(wire.nid20(made)), made)
        same("large", wire.is_large(made), ":" in text)
        if value is not None:
            same("number", made, value)
    same("ANY", wire.nid_of_20(wire.nid20(wire.NID_ANY)), wire.NID_ANY)
    assert wire.nid("fd00::2", 1) > wire.nid("fd00::ffff", 0) > wire.nid("fd00::fffe", 0)


def odd_nids_are_refused():
    """Each NID can be written in one way only, and in 8 bytes its type has 8 bits."""
    for size in range(256):
        if size != 12:
            refused(bytes([size]) + wire.nid20(LARGE)[1:], wire.nid_of_20)
    for at in range(8, 20):
        data = bytearray(wire.nid20(OURS))
        data[at] = 1
        refused(bytes(data), wire.nid_of_20)
    refused(b"\xff" * 19 + b"\xfe", wire.nid_of_20)
    refused(wire.nid20(OURS)[:19], wire.nid_of_20)
    for number in (1 << 56 | OURS, 0xFF << 48 | 1):
        refused(Connreq(number).encode(), Connreq.decode)
        refused(Hello(number, OURS).encode(), Hello.decode)
        refused(Hello(OURS, number).encode(), Hello.decode)
        refused(Hello(number, version=1).encode(), Hello.decode)
        for words in ({"dest_nid": number}, {"src_nid": number}):
            refused(Header(wire.ACK, **words).encode(), Header.decode)


def vectors_ping():
    info = PingInfo([(wire.NID_LO, 1), (REAL, wire.STATUS_UP)], 0x1E)
    same("ping-info", info.encode(), vector("ping-info"))
    for name in ("ping-info", "reply", "put-ack-push"):
        got = PingInfo.decode(vector(name)[-48:], 272)
        same(name, (got.nis, got.features, got.pid, got.nnis), (info.nis, 0x1E, wire.PID, 2))
    for sink in range(49):
        PingInfo.decode(vector("ping-info")[:sink], sink)
    refused(vector("ping-info")[:-1], lambda data: PingInfo.decode(data, 272))


# A node of two networks, whose first NID is short, and one with a large NID alone.
PING_MIXED = bytes.fromhex(
    "676e69703e000000393000000300000000000000000009000400000070000000"
    "0100000a00000200dec0aa15000000000101000a01000200dec0aa1500000000"
    "dec0aa150c02000020010db8000000000000000000000001"
    "dec0aa150c02000120010db8000100000000000000000001")
PING_LARGE = bytes.fromhex(
    "676e69707e00000039300000010000000000000000000900010000003800000"
    "0dec0aa150c02000020010db8000000000000000000000002")


def vectors_large_ping():
    for data, texts in ((PING_MIXED, ("10.0.0.1", "10.0.1.1", "2001:db8::1", "2001:db8:1::1")),
                        (PING_LARGE, ("2001:db8::2",))):
        info = PingInfo.decode(data, 3960)
        addresses = [wire.nid_text(ni).partition("@")[0] for ni, _ in info.nis[1:]]
        same("addresses", addresses, list(texts))
        info.nnis = None
        same("again", info.encode(), data)
        for sink in range(len(data)):
            PingInfo.decode(data[:sink], sink)
            if sink >= 32:
                refused(data[:sink], lambda cut: PingInfo.decode(cut, 3960))
    refused(PING_LARGE[:28] + b"\x39" + PING_LARGE[29:], lambda bad: PingInfo.decode(bad, 3960))


def kunit_has_our_bytes():
    """The KUnit suite reads the bytes that wire.py writes now."""
    tool = os.path.join(HERE, "kunit_bytes.py")
    made = subprocess.run([sys.executable, tool], stdout=subprocess.PIPE, check=True).stdout
    with open(os.path.join(HERE, "../../kunit/sock_bytes.h"), "rb") as header:
        same("tests/kunit/sock_bytes.h is what kunit_bytes.py prints", header.read() == made, True)


def every_case_is_in_one_part():
    """run.py gives each guest a share: no case is left out, and none runs twice."""
    for number in (1, 2, 3, 7):
        parts = [listed(f"{which}/{number}") for which in range(1, number + 1)]
        assert all(parts), f"one of {number} parts is empty"
        same(f"cases of {number} parts", sorted(sum(parts, [])), sorted(listed("1/1")))
    assert len(listed("1/1")) >= 250, f"{len(listed('1/1'))} cases"
    long = listed("long")
    assert long, "no case is long"
    same("cases that are long and not", set(long) & set(listed("1/1")), set())
    for part in ("0/2", "3/2", "2", "x/2", "1/", ""):
        same(f"status for --part '{part}'", runner("--list", "--part", part).returncode, 2)


def known_failures_are_cases():
    """A case on the list has not been renamed meanwhile."""
    with open(os.path.join(HERE, "../../known-failures"), encoding="utf-8") as known:
        listed_there = re.findall(r"^peer (\S+)", known.read(), re.MULTILINE)
    missing = set(listed_there) - set(listed("1/1")) - set(listed("long"))
    same("known failures that are no case", missing, set())


def runner(*words):
    return subprocess.run([sys.executable, os.path.join(HERE, "run.py"), *words],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)


def listed(part):
    done = runner("--list", "--part", part)
    same(f"status of --list --part {part}", done.returncode, 0)
    return done.stdout.decode().split()


def every_vector_is_used():
    known = set(message_vectors()) | {"reply-v4", "ping-info"}
    rest = [name for name in VECTORS
            if name not in known
            and not name.startswith(("hello-", "noop-", "connreq", "large-"))]
    same("vectors that no test reads", rest, [])


# --- strictness: bytes that must not pass

def strict_unused_bytes_must_be_zero():
    def flips(data, places, decode):
        for place in places:
            decode(data)
            refused(data[:place] + bytes([data[place] ^ 1]) + data[place + 1:], decode)

    head = Header(wire.ACK, OURS, REAL, wmd=bytes(16))
    flips(head.encode(), range(60, 72), Header.decode)
    head = dataclasses.replace(head, type=wire.REPLY)
    flips(head.encode(), range(48, 72), Header.decode)
    head = dataclasses.replace(head, type=wire.GET)
    flips(head.encode(), range(68, 72), Header.decode)
    hello = Hello(REAL, OURS).encode()
    flips(hello, list(range(28, 32)) + list(range(40, 48)) + list(range(52, 56)), Hello.decode)
    hello = Hello(LARGE, OURS, version=4).encode()
    flips(hello, list(range(36, 48)) + list(range(52, 56)) + list(range(64, 72))
          + list(range(76, 80)), Hello.decode)
    hello = Hello(REAL, version=1).encode()
    flips(hello, list(range(16, 20)) + list(range(28, 32)) + list(range(44, 72)), Hello.decode)


def strict_bad_words():
    refused(Header(wire.HELLO).encode(), Header.decode)
    refused(Header(7).encode(), Header.decode)
    refused(Header(wire.PUT, length=(1 << 20) + 1).encode(), Header.decode)
    refused(Header(wire.GET, length=1).encode(), Header.decode)
    refused(Header(wire.ACK, length=1).encode(), Header.decode)
    refused(Header(wire.PUT, src_pid=wire.PID_ANY).encode(), Header.decode)
    refused(Hello(REAL, OURS, wire.PID_ANY).encode(), Hello.decode)
    refused(Hello(wire.NID_ANY, OURS).encode(), Hello.decode)
    refused(Hello(REAL, OURS, ctype=4).encode(), Hello.decode)
    refused(Hello(REAL, OURS, version=5).encode(), Hello.decode)
    refused(Ksock(0xC2).encode(), Ksock.decode)
    refused(Connreq(1, version=3).encode(), Connreq.decode)


def checksums():
    head, header, payload = Ksock(cookie0=5), Header(wire.PUT).encode(), b"payload"
    raw = zlib.crc32(head.encode() + header + payload) ^ 0xFFFFFFFF
    same("v2", wire.checksum(2, head, header, payload), raw)
    same("v3", wire.checksum(3, head, header, payload), zlib.crc32(payload) ^ 0xFFFFFFFF)
    same("v3 without payload", wire.checksum(3, head, header, b""), 0xFFFFFFFF)


def patterns():
    for seed in (0, 1, 5, 250):
        want = bytes((seed * 131 + 7 * i + 13 * (i >> 8)) & 255 for i in range(3000))
        same("pattern", wire.pattern(3000, seed), want)
        same("part of a pattern", wire.pattern(700, seed, 1111), want[1111:1811])


# --- two peers

def pair(large=False, **words):
    """Two peers that know each other, on loopback; the second listens."""
    a, b = "127.0.0.12", "127.0.0.13"
    # Large NIDs do not say which addresses the two have.
    nids = {name: wire.nid(f"fd00::{name}" if large else name) for name in (a, b)}
    def make(address, other, **words):
        return Peer(address, Remote(nids[other], other, PORT, strict=False), nid=nids[address],
                    port=PORT, privileged=False, **words)

    first, second = make(a, b, **words), make(b, a)
    return first, second


def two_peers(version=3, ctypes=(1, 2, 3), large=False):
    first, second = pair(large, version=version)
    with first, second:
        first.connect(ctypes)
        second.wait_live(len(ctypes))
        for size in (0, 1, 927, 928, 4096, 65536, 1 << 20):
            data = wire.pattern(size, size & 7)
            request = first.put(40, 7, data, hdr_data=size)
            message = second.take(wire.PUT)
            same("payload", message.payload, data)
            same("hdr_data", message.header.hdr_data, size)
            same("mlength", request.wait().header.mlength, size)
            second.memory[41, size] = data
            same("reply", first.get(41, size, 1 << 20).wait().payload, data)
            first.memory[41, size] = data
            same("reply back", second.get(41, size, 1 << 20, offset=size // 2).wait().payload,
                 data[size // 2:])
        if version > 1:
            first.put(40, 7, bytes(20000), cookie=True).wait()
            first.get(41, 1, 1, cookie=True).wait()
            first.wait_cookies()
        same("ping", [ni for ni, _ in first.ping_remote().nis[1:]], [second.nid])
        same("cut ping", first.ping_remote(40).nis, [(wire.NID_LO, 1)])


def peers_v3():
    two_peers()


def peers_v4():
    two_peers(4)


def peers_v4_with_large_nids():
    two_peers(4, large=True)


def peers_v2_on_any():
    two_peers(2, (0,))


def peers_v1():
    two_peers(1)


def peer_refuses_a_duplicate():
    first, second = pair()
    with first, second:
        first.connect()
        try:
            first.dial_once(wire.CONTROL)
        except Refused:
            return
        raise AssertionError("a second CONTROL was taken")


def peer_notices(what, act):
    """Checks that the message of act() fails a Peer, with a text that has @what in it."""
    first, second = pair()
    with first:
        first.connect()
        second.wait_live()
        second.remote.strict = second.picky = True
        act(first)
        try:
            second.wait_for("trouble", lambda: False, 3)
        except Violation as error:
            second.failure = None
            if what not in error.what:
                raise AssertionError(f"'{error.what}' instead of '{what}'") from error
        finally:
            second.close()
            first.failure = None


def peer_notices_a_cookie():
    peer_notices("a cookie was set", lambda a: a.put(4, 4, b"x", cookie=True))


def peer_notices_a_wrong_connection():
    def act(a):
        a.put(4, 4, b"x", conn=a.find(wire.BULK_OUT))
    peer_notices("came on our BULK_IN", act)


def peer_notices_an_answer_to_nothing():
    def act(a):
        a.find(wire.CONTROL).send(a.header(wire.ACK, wmd=HANDLE * 2))
    peer_notices("an answer to nothing", act)


def peer_notices_an_unknown_cookie():
    peer_notices("not outstanding", lambda a: a.find(wire.BULK_IN).noop(0, 77))


def peer_counts_a_cookie_before_it_says_so():
    class Slow(list):
        def append(self, what):
            time.sleep(0.2)
            super().append(what)

    first, second = pair()
    with first, second:
        first.connect()
        second.wait_live()
        second.acked = Slow()
        second.outstanding[7] = 0
        first.find(wire.BULK_IN).noop(0, 7)
        second.wait_cookies()
        same("cookies", len(second.acked), 1)


def peer_leaves_nothing_open():
    """A Peer is closed while it greets two callers: one is silent, one sends its HELLO then."""
    first, second = pair()
    with first, second:
        silent, late = first.link(), first.link()
        second.wait_for("greeting both", lambda: len(second.greeting) == 2)
        with second.lock:
            late.ask(first.hello(wire.CONTROL))
            second.closed = True
        late.closed_within(1)
        second.close()
        silent.closed_within(1)
        same("connections", len(second.live()), 0)


def peer_notices_a_csum():
    peer_notices("csum", lambda a: a.put(4, 4, b"x", csum=True))


def peer_notices_somebody_else():
    peer_notices("from another node", lambda a: a.put(4, 4, b"x", src_nid=5))


def peer_survives_noise():
    """Any bytes at all end in a Violation, a Gone or a Late, never in another exception."""
    seed = time.time_ns()
    rng = random.Random(seed)
    for _ in range(3000):
        data = bytearray(rng.choice([vector(name) for name in VECTORS]))
        for _ in range(rng.randrange(4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        for decode in (Hello.decode, Header.decode, Ksock.decode, Connreq.decode,
                       lambda raw: Header.decode(raw, 4), lambda raw: PingInfo.decode(raw, 272)):
            try:
                decode(bytes(data[:rng.randrange(8, len(data) + 1)]))
            except (Violation, ) as error:
                assert error.what
            except Exception as error:
                raise AssertionError(f"seed {seed}: {error!r}") from error


def links_have_deadlines():
    listener = Listener("127.0.0.13", PORT)
    link = Link.dial("127.0.0.12", ("127.0.0.13", PORT), privileged=False)
    other = listener.accept()
    for what, error in ((lambda: link.read(1, 0.2), Late), (lambda: link.closed_within(0.2), Late),
                        (lambda: listener.accept(0.2), Late)):
        try:
            what()
        except error:
            continue
        raise AssertionError("no deadline")
    link.quiet(0.2)
    other.write(b"abc")
    try:
        link.read(4, 0.2)
    except Late as late:
        same("what had come", late.data, b"abc")
    other.reset()
    try:
        link.read(1)
    except Gone:
        pass
    listener.close()
    link.close()


TESTS = [vectors_connreq, connreq_of_a_large_nid, vectors_hello, hello_of_large_nids,
         vectors_noop, vectors_messages, vectors_message_v4, vectors_of_large_nids,
         vectors_ping, vectors_large_ping, nids,
         odd_nids_are_refused,
         kunit_has_our_bytes, every_case_is_in_one_part, known_failures_are_cases,
         every_vector_is_used, strict_unused_bytes_must_be_zero, strict_bad_words, checksums,
         patterns, links_have_deadlines, peers_v3, peers_v4,
         peers_v4_with_large_nids, peers_v2_on_any, peers_v1,
         peer_refuses_a_duplicate, peer_notices_a_cookie, peer_notices_a_wrong_connection,
         peer_notices_an_answer_to_nothing, peer_notices_an_unknown_cookie,
         peer_counts_a_cookie_before_it_says_so, peer_leaves_nothing_open,
         peer_notices_a_csum, peer_notices_somebody_else, peer_survives_noise]


def main():
    failed = 0
    for test in TESTS:
        begin = time.monotonic()
        try:
            test()
        except Exception:
            failed += 1
            print(f"FAIL {test.__name__}")
            traceback.print_exc(file=sys.stdout)
        else:
            print(f"ok   {test.__name__} {time.monotonic() - begin:.1f}")
    print(f"{len(TESTS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
