#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Bytes for the KUnit suite of the protocol, which would else read only the bytes of the
module's own encoders: the second implementation, wire.py, writes them, and tells their fields.

usage: kunit_bytes.py >tests/kunit/sock_bytes.h

selftest.py checks that the header is what this prints. The values come from a fixed seed.
"""

import random
import sys
import textwrap

sys.dont_write_bytecode = True

import wire
from wire import Connreq, Hello, Ksock

EPROTO, EPROTONOSUPPORT = "-EPROTO", "-EPROTONOSUPPORT"
EDGES = (0, 1, 0x0102030405060708, 1 << 63, (1 << 64) - 2)

TOP = """\
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bytes of LNet over TCP and what is in them, by the second implementation of the
 * protocol: made by tests/system/peer/kunit_bytes.py, do not edit.
 */
#ifndef _SOCK_BYTES_H
#define _SOCK_BYTES_H

#include <linux/errno.h>
#include <linux/types.h>

struct sock_connreq_bytes {
	const char *bytes;
	int rc;
	u64 nid;
};

struct sock_hello_bytes {
	const char *bytes;
	size_t n;
	int rc;
	bool flip;
	u32 version;
	u64 src_nid;
	u64 dst_nid;
	u32 src_pid;
	u64 src_incarnation;
	int ctype;
	u32 ips;
};

struct sock_hdr_bytes {
	const char *bytes;
	int rc;
	bool flip;
	u32 type;
	u32 csum;
	u64 cookie[2];
	u32 version;		/* and what comes back then: */
	u64 first;
	u64 last;
	u64 other;
};

struct sock_csum_bytes {
	const char *bytes;
	size_t n;
	u32 csum;
};
"""


def quoted(data):
    lines = [data[at:at + 20] for at in range(0, len(data), 20)] or [b""]
    return "\n".join('\t  "' + "".join(f"\\x{byte:02x}" for byte in line) + '"' for line in lines)


def number(value):
    return f"{value:#x}" + ("ULL" if value >> 32 else "")


def table(kind, rows):
    print(f"\nstatic const struct sock_{kind}_bytes {kind}_bytes[] = {{")
    for data, fields in rows:
        print("\t{" + quoted(data)[2:] + ",")
        values = ", ".join(str(value) for value in fields.values())
        print("\n".join(textwrap.wrap(values, 88, initial_indent="\t  ",
                                      subsequent_indent="\t  ")) + " },")
    print("};")


def connreqs(rng):
    for value in (*EDGES, wire.NID_LO, wire.NID_ANY, rng.getrandbits(64)):
        for order in "<>":
            yield Connreq(value).encode(order), {"rc": 0, "nid": number(value)}
    for words, rc in (({"magic": wire.MAGIC_LNET}, EPROTONOSUPPORT),
                      ({"version": 0}, EPROTONOSUPPORT), ({"version": 2}, EPROTONOSUPPORT),
                      ({"version": 1 << 24}, EPROTONOSUPPORT),
                      ({"magic": wire.MAGIC_TCP}, EPROTO), ({"magic": 0}, EPROTO)):
        for order in "<>":
            yield Connreq(5, **words).encode(order), {"rc": rc}


def hello_row(hello, order, rc=0):
    fields = {"n": len(hello.encode(order)) - 4 * len(hello.ips), "rc": rc}
    if rc == 0:
        fields |= {"flip": int(order == ">" and hello.version > 1), "version": hello.version,
                   "src_nid": number(hello.src_nid),
                   "dst_nid": number(hello.dst_nid if hello.version > 1 else 0),
                   "src_pid": number(hello.src_pid),
                   "src_incarnation": number(hello.incarnation),
                   "ctype": -1 if hello.ctype == wire.NONE else hello.ctype,
                   "ips": len(hello.ips) if hello.nips is None else hello.nips}
    return hello.encode(order)[:fields["n"]], fields


def hellos(rng):
    for version in (1, 2, 3):
        for ctype in wire.MIRROR:
            for order in "<>" if version > 1 else "<":
                yield hello_row(Hello(rng.getrandbits(63), rng.getrandbits(63), rng.getrandbits(31),
                                      rng.getrandbits(64), ctype, version), order)
        yield hello_row(Hello(1, 2, 0, (1 << 64) - 1, version=version, nips=16), "<")
        for words in ({"src_pid": wire.PID_ANY}, {"src_nid": wire.NID_ANY}, {"ctype": 4},
                      {"ctype": 0xFFFFFFFE}, {"nips": 17}, {"nips": 0x3FFFFFFF}):
            for order in "<>" if version > 1 else "<":
                yield hello_row(Hello(**{"src_nid": 1, "dst_nid": 2, "version": version, **words}),
                                order, EPROTO)
    for version in (0, 4, 0x7FFFFFFF):
        yield hello_row(Hello(1, 2, version=version), ">", EPROTONOSUPPORT)
    yield hello_row(Hello(1, 2, magic=wire.MAGIC_ACCEPTOR), "<", EPROTO)


def hdrs(rng):
    pairs = [(0, 0), (0, 1), (0, 2), (9, 0), (9, 1), (9, 5), (5, 9), (0, (1 << 64) - 1),
             ((1 << 64) - 1, 2), (rng.getrandbits(63), rng.getrandbits(63))]
    for version in (2, 3):
        for cookies in pairs:
            for order in "<>":
                head = Ksock(wire.NOOP, rng.getrandbits(32), *cookies)
                first, last, other = came_back(head, version)
                yield head.encode(order), {
                    "rc": 0, "flip": int(order == ">"), "type": number(head.type),
                    "csum": number(head.csum),
                    "cookie": f"{{ {number(head.cookie0)}, {number(head.cookie1)} }}",
                    "version": version, "first": number(first), "last": number(last),
                    "other": number(other)}
    for kind in (0, 0xBF, 0xC2, 0xC1000000):
        for order in "<>":
            yield Ksock(kind).encode(order), {"rc": EPROTO, "flip": int(order == ">")}


def came_back(head, version):
    """The cookies given back, in the form of ksock_acks: from, to, and one more."""
    if version == 2:
        head = Ksock(head.type, 0, 0, head.cookie1)
    if head.cookie1 == 0:
        return 0, 0, 0      # nothing, or a first without a second
    if head.cookie0 and head.cookie0 < head.cookie1:
        return head.cookie0, head.cookie1, 0
    cookies = head.acked()
    if not cookies:
        return 0, 0, 0
    return cookies[-1], cookies[-1], cookies[0] if len(cookies) == 2 else 0


def csums(rng):
    for size in (0, 1, 3, 4, 7, 24, 72, 96):
        data = rng.randbytes(size)
        yield data, {"n": size, "csum": number(wire.checksum(3, Ksock(), b"", data))}


def main():
    rng = random.Random(988)
    print(TOP, end="")
    for kind, rows in (("connreq", connreqs), ("hello", hellos), ("hdr", hdrs), ("csum", csums)):
        table(kind, rows(rng))
    print("\n#endif /* _SOCK_BYTES_H */")


if __name__ == "__main__":
    main()
