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
from wire import Connreq, Header, Hello, Ksock

EPROTO, EPROTONOSUPPORT = "-EPROTO", "-EPROTONOSUPPORT"
EDGES = (0, 1, 0x0002030405060708, 0x00FE00000000FFFF)
# Their types have more than 8 bits, or are that of ANY.
NOT_NIDS = (0x0102030405060708, 0x00FF000000000001, 1 << 56, 1 << 63, (1 << 64) - 2)
LARGE = tuple(wire.nid(address, net) for address, net in (
    ("fd00:988::1", 0), ("2001:db8:1:2:3:4:5:6", 0xFFFE), ("::", 1),
    ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0xFFFF)))
TAIL = int.from_bytes(wire.nid20(wire.nid("10.0.0.1")), "big")     # of which bytes are changed
ODD = (*(LARGE[0] ^ (wire.SIZE_IPV6 ^ size) << 152 for size in (0, 4, 11, 13, 16, 0x80, 0xFF)),
       *(TAIL | 1 << bit for bit in (0, 31, 95)))

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

/* NIDs are those of 20 bytes. @again: written again, it is the same bytes. */
struct sock_connreq_bytes {
	const char *bytes;
	size_t n;
	int rc;
	const char *nid;
	bool again;
};

struct sock_hello_bytes {
	const char *bytes;
	size_t n;
	int rc;
	bool flip;
	u32 version;
	const char *src_nid;
	const char *dst_nid;
	u32 src_pid;
	u64 src_incarnation;
	int ctype;
	u32 ips;
	bool again;
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

/* The NIDs in the header of a message of version 4. */
struct sock_nids_bytes {
	const char *bytes;
	int rc;
	const char *dest;
	const char *src;
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


def nid_string(value):
    """The 20 bytes of a NID, as a C string."""
    return quoted(wire.nid20(value)).strip()


def connreq_row(request, order, rc=0):
    data = request.encode(order)
    fields = {"n": len(data), "rc": rc}
    if rc == 0:
        ours = order == "<" and request.version == Connreq(request.nid).version
        fields |= {"nid": nid_string(request.nid), "again": int(ours)}
    return data, fields


def connreqs(rng):
    for order in "<>":
        for value in (*EDGES, *LARGE, wire.NID_LO, wire.NID_ANY, rng.getrandbits(55)):
            yield connreq_row(Connreq(value), order)
        for value in (EDGES[-1], wire.NID_ANY):
            yield connreq_row(Connreq(value, version=2), order)
        for value in (*NOT_NIDS, *ODD):
            yield connreq_row(Connreq(value), order, EPROTO)
        for words, rc in (({"magic": wire.MAGIC_LNET}, EPROTONOSUPPORT),
                          ({"version": 0}, EPROTONOSUPPORT), ({"version": 3}, EPROTONOSUPPORT),
                          ({"version": 1 << 24}, EPROTONOSUPPORT),
                          ({"version": 2 << 24}, EPROTONOSUPPORT),
                          ({"magic": wire.MAGIC_TCP}, EPROTO), ({"magic": 0}, EPROTO)):
            yield connreq_row(Connreq(5, **words), order, rc)


def is_nid(value, version):
    """Whether a NID of that many bytes may be this one."""
    if version == 4:
        return value not in ODD
    return value == wire.NID_ANY or value >> 48 < wire.TYPE_ANY


def hello_row(hello, order, rc=0):
    data = hello.encode(order)
    fields = {"n": len(data) - 4 * len(hello.ips), "rc": rc}
    if rc == 0:
        # No node looks at it: what is none may be anything.
        told = hello.version > 1 and is_nid(hello.dst_nid, hello.version)
        dst = hello.dst_nid if told else 0
        said = len(hello.ips) if hello.nips is None else hello.nips
        ips = 0 if hello.version == 4 else said     # of version 4 none follow, whatever it says
        ours = order == "<" and not said and (told or hello.version == 1)
        fields |= {"flip": int(order == ">" and hello.version > 1), "version": hello.version,
                   "src_nid": nid_string(hello.src_nid), "dst_nid": nid_string(dst),
                   "src_pid": number(hello.src_pid),
                   "src_incarnation": number(hello.incarnation),
                   "ctype": -1 if hello.ctype == wire.NONE else hello.ctype, "ips": ips,
                   "again": int(ours)}
    return data[:fields["n"]], fields


def orders(version):
    return "<" if version == 1 else "<>"


def hellos(rng):
    for version in (1, 2, 3, 4):
        for ctype in wire.MIRROR:
            for order in orders(version):
                yield hello_row(Hello(rng.getrandbits(55), rng.getrandbits(55), rng.getrandbits(31),
                                      rng.getrandbits(64), ctype, version), order)
        yield hello_row(Hello(1, 2, 0, (1 << 64) - 1, version=version, nips=16), "<")
        for words in ({"src_pid": wire.PID_ANY}, {"src_nid": wire.NID_ANY},
                      {"src_nid": 0x00FF000000000001}, {"ctype": 4},
                      {"ctype": 0xFFFFFFFE}, {"nips": 17}, {"nips": 0x3FFFFFFF}):
            for order in orders(version):
                yield hello_row(Hello(**{"src_nid": 1, "dst_nid": 2, "version": version, **words}),
                                order, 0 if version == 4 and "nips" in words else EPROTO)
        for odd in ODD if version == 4 else NOT_NIDS:
            yield hello_row(Hello(odd, 2, version=version), rng.choice(orders(version)), EPROTO)
        for dst in (wire.NID_ANY, *(ODD[-2:] if version == 4 else NOT_NIDS[-2:])):
            yield hello_row(Hello(1, dst, version=version), rng.choice(orders(version)))
        for nid in LARGE if version == 4 else ():
            for order in "<>":
                yield hello_row(Hello(nid, rng.choice((2, *LARGE)), version=version), order)
    for version in (0, 5, 4 << 24, 0x7FFFFFFF):
        yield hello_row(Hello(1, 2, version=version), ">", EPROTONOSUPPORT)
    yield hello_row(Hello(1, 2, magic=wire.MAGIC_ACCEPTOR), "<", EPROTO)


def nids(rng):
    good = (*EDGES, wire.NID_ANY, *LARGE)
    pairs = [(nid, rng.choice(good)) for nid in good] + [(rng.choice(good), nid) for nid in good]
    for dest, src in pairs:
        data = Header(wire.ACK, dest, src).encode(4)[:2 * wire.NID_BYTES]
        yield data, {"rc": 0, "dest": nid_string(dest), "src": nid_string(src)}
    for odd in ODD:
        for dest, src in ((odd, 1), (LARGE[0], odd)):
            yield Header(wire.ACK, dest, src).encode(4)[:2 * wire.NID_BYTES], {"rc": EPROTO}


def hdrs(rng):
    pairs = [(0, 0), (0, 1), (0, 2), (9, 0), (9, 1), (9, 5), (5, 9), (0, (1 << 64) - 1),
             ((1 << 64) - 1, 2), (rng.getrandbits(63), rng.getrandbits(63))]
    for version in (2, 3, 4):
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
    for kind, rows in (("connreq", connreqs), ("hello", hellos), ("hdr", hdrs), ("nids", nids), ("csum", csums)):
        table(kind, rows(rng))
    print("\n#endif /* _SOCK_BYTES_H */")


if __name__ == "__main__":
    main()
