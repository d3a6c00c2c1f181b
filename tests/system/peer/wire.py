# SPDX-License-Identifier: GPL-2.0
"""The bytes of LNet over TCP, written a second time and from the documents alone.

Encoders write any values they are given, right or wrong. Decoders believe nothing: a byte
that has no meaning must be zero, a word that has few values must have one of them, and
anything else is a Violation, with the bytes in its text.

Orders are those of struct: "<" is little-endian, ">" big-endian. A sender uses its own
for the connection request, HELLO v2 and v3, the header around a message and ping_info;
the header of a message itself and HELLO v1 are little-endian.
"""

import struct
import zlib
from dataclasses import dataclass, field

MAGIC_TCP = 0xEEBC0DED
MAGIC_LNET = 0x45726963
MAGIC_ACCEPTOR = 0xACCE7100
MAGIC_PING = 0x70696E67

NONE, ANY, CONTROL, BULK_IN, BULK_OUT = 0xFFFFFFFF, 0, 1, 2, 3
MIRROR = {NONE: NONE, ANY: ANY, CONTROL: CONTROL, BULK_IN: BULK_OUT, BULK_OUT: BULK_IN}
CTYPES = {NONE: "NONE", ANY: "ANY", CONTROL: "CONTROL", BULK_IN: "BULK_IN", BULK_OUT: "BULK_OUT"}

NOOP, LNET = 0xC0, 0xC1
ACK, PUT, GET, REPLY, HELLO = range(5)
KINDS = {ACK: "ACK", PUT: "PUT", GET: "GET", REPLY: "REPLY", HELLO: "HELLO"}

PID = 12345
NID_ANY = 0xFFFFFFFFFFFFFFFF
PID_ANY = 0xFFFFFFFF
PID_USER = 0x80000000
NID_LO = 0x0009000000000000
NO_WMD = b"\xff" * 16

CONNREQ_BYTES, HELLO_BYTES, HELLO1_BYTES, KSOCK_BYTES, HEADER_BYTES = 16, 56, 72, 24, 72
MAX_IPS = 16
MAX_PAYLOAD = 1 << 20
MIN_BULK = 1024          # with header: from here on a message is "bulk"; so a real node says,
OUR_MIN_BULK = 8192      # and so does the module
KEEPALIVE = 1            # the cookie of a NOOP that says nothing

PING_BITS = 0x8000000000000000
PING_MINE = 2 | 4        # NI_STATUS, RTE_DISABLED: no PUSH is wanted
STATUS_UP, STATUS_DOWN = 0x15AAC0DE, 0xDEADFACE


def dump(data, limit=256):
    """Bytes for people: 16 a line, with their offset."""
    data = bytes(data)
    lines = [f"  {at:4d}  {data[at:at + 16].hex(' ', 4)}"
             for at in range(0, min(len(data), limit), 16)]
    if len(data) > limit:
        lines.append(f"  ... {len(data)} bytes in all")
    return "\n".join(lines)


class Violation(Exception):
    """Something the protocol does not allow has arrived."""

    def __init__(self, what, data=b""):
        super().__init__(what + ("\n" + dump(data) if data else ""))
        self.what = what


def demand(good, what, data=b""):
    if not good:
        raise Violation(what, data)


def nid(address, net=0):
    """The NID of an IPv4 address on tcp<net>."""
    parts = [int(part) for part in address.split(".")]
    return 2 << 48 | net << 32 | int.from_bytes(bytes(parts), "big")


def nid_text(value):
    if value >> 32 == 9 << 16:
        return f"{value & 0xFFFFFFFF}@lo"
    address = ".".join(str(part) for part in (value & 0xFFFFFFFF).to_bytes(4, "big"))
    number = value >> 32 & 0xFFFF
    return f"{address}@tcp{number or ''}"


def address_of(value):
    return ".".join(str(part) for part in (value & 0xFFFFFFFF).to_bytes(4, "big"))


_RAMP = [bytes((start + 7 * i) & 255 for i in range(256)) for start in range(256)]


def pattern(length, seed, at=0):
    """The bytes that the puppet fills memory with."""
    whole = b"".join(_RAMP[(seed * 131 + 13 * block) & 255]
                     for block in range(at >> 8, (at + length + 255) >> 8))
    return whole[at & 255:(at & 255) + length]


# --- connection request -------------------------------------------------------

@dataclass
class Connreq:
    nid: int
    magic: int = MAGIC_ACCEPTOR
    version: int = 1

    def encode(self, order="<"):
        return struct.pack(order + "IIQ", self.magic, self.version, self.nid)

    @staticmethod
    def decode(data, order="<"):
        demand(len(data) == CONNREQ_BYTES, "connreq: wrong length", data)
        magic, version, target = struct.unpack(order + "IIQ", data)
        demand(magic == MAGIC_ACCEPTOR, "connreq: magic", data)
        demand(version == 1, "connreq: version", data)
        return Connreq(target)


# --- HELLO --------------------------------------------------------------------

@dataclass
class Hello:
    src_nid: int
    dst_nid: int = 0
    src_pid: int = PID
    incarnation: int = 1
    ctype: int = CONTROL
    version: int = 3
    ips: tuple = ()
    dst_pid: int = 0
    dst_incarnation: int = 0
    magic: int = None
    nips: int = None        # the count in the HELLO, if it is not the true one

    def encode(self, order="<"):
        nips = len(self.ips) if self.nips is None else self.nips
        magic = MAGIC_TCP if self.version == 1 else MAGIC_LNET
        magic = magic if self.magic is None else self.magic
        if self.version == 1:
            return struct.pack(f"<IHHQIIIIQI28x{len(self.ips)}I", magic, 1, 0,
                               self.src_nid, 0, self.src_pid, HELLO, 4 * nips & 0xFFFFFFFF,
                               self.incarnation, self.ctype, *self.ips)
        return struct.pack(f"{order}IIQQIIQQII{len(self.ips)}I", magic, self.version,
                           self.src_nid, self.dst_nid, self.src_pid, self.dst_pid,
                           self.incarnation, self.dst_incarnation, self.ctype, nips, *self.ips)

    @staticmethod
    def length(start, order="<"):
        """The length of a HELLO that begins with these 8 bytes, without its IPs."""
        demand(len(start) == 8, "HELLO: too short", start)
        magic, version = struct.unpack(order + "II", start)
        if magic == MAGIC_TCP and version == 1:
            return HELLO1_BYTES
        demand(magic == MAGIC_LNET, "HELLO: magic", start)
        demand(version in (2, 3), f"HELLO: version {version}", start)
        return HELLO_BYTES

    @staticmethod
    def decode(data, order="<"):
        """Decodes a whole HELLO, which has no IPs: a node of ours sends none."""
        length = Hello.length(data[:8], order)
        demand(len(data) == length, "HELLO: wrong length", data)
        if length == HELLO1_BYTES:
            return Hello._decode1(data)
        (_, version, src, dst, src_pid, dst_pid, incarnation, dst_incarnation, ctype,
         nips) = struct.unpack(order + "IIQQIIQQII", data)
        demand(dst_pid == 0, "HELLO: dst_pid is not 0", data)
        demand(dst_incarnation == 0, "HELLO: dst_incarnation is not 0", data)
        demand(nips == 0, "HELLO: nips is not 0", data)
        return Hello(src, dst, src_pid, incarnation, ctype, version)._checked(data)

    @staticmethod
    def _decode1(data):
        (_, _, _, src, dst_pid, src_pid, kind, payload, incarnation, ctype,
         rest) = struct.unpack("<IHHQIIIIQI28s", data)
        demand(kind == HELLO, "HELLO v1: type", data)
        demand(dst_pid == 0, "HELLO v1: dest_pid is not 0", data)
        demand(payload == 0, "HELLO v1: nips is not 0", data)
        demand(rest == bytes(28), "HELLO v1: unused bytes are not 0", data)
        return Hello(src, 0, src_pid, incarnation, ctype, 1)._checked(data)

    def _checked(self, data):
        demand(self.src_pid != PID_ANY, "HELLO: src_pid is 0xffffffff: real peers die of it", data)
        demand(self.src_nid != NID_ANY, "HELLO: src_nid is ANY", data)
        demand(self.ctype in MIRROR, "HELLO: ctype", data)
        return self


# --- header around a message (v2, v3) ------------------------------------------

@dataclass
class Ksock:
    type: int = LNET
    csum: int = 0
    cookie0: int = 0        # "tell me when you have it"
    cookie1: int = 0        # "I have it"

    def encode(self, order="<"):
        return struct.pack(order + "IIQQ", self.type, self.csum, self.cookie0, self.cookie1)

    @staticmethod
    def decode(data, order="<"):
        demand(len(data) == KSOCK_BYTES, "ksock header: wrong length", data)
        head = Ksock(*struct.unpack(order + "IIQQ", data))
        demand(head.type in (NOOP, LNET), "ksock header: type", data)
        return head

    def acked(self):
        """The cookies that a NOOP gives back; none for the keepalive."""
        if self.cookie0 == 0:
            return [] if self.cookie1 in (0, KEEPALIVE) else [self.cookie1]
        if self.cookie0 > self.cookie1:
            return [self.cookie0, self.cookie1]
        demand(self.cookie0 < self.cookie1, "NOOP: an empty range", self.encode())
        return list(range(self.cookie0, self.cookie1 + 1))


def checksum(version, head, header, payload, order="<"):
    """The csum of a message, if it is used: in v3 that of the payload alone."""
    crc = 0
    if version == 2:
        plain = Ksock(head.type, 0, head.cookie0, head.cookie1)
        crc = zlib.crc32(plain.encode(order) + header)
    return zlib.crc32(payload, crc) ^ 0xFFFFFFFF


# --- message header -------------------------------------------------------------

@dataclass
class Header:
    type: int
    dest_nid: int = 0
    src_nid: int = 0
    dest_pid: int = PID
    src_pid: int = PID
    length: int = 0         # of the payload that follows
    wmd: bytes = NO_WMD     # names the MD the answer is for, opaque
    bits: int = 0
    portal: int = 0
    offset: int = 0
    hdr_data: int = 0       # opaque; here as a little-endian sender means it
    sink: int = 0
    mlength: int = 0

    def encode(self):
        common = struct.pack("<QQIIII", self.dest_nid, self.src_nid, self.dest_pid, self.src_pid,
                             self.type, self.length)
        if self.type == PUT:
            rest = struct.pack("<QQII", self.bits, self.hdr_data, self.portal, self.offset)
        elif self.type == GET:
            rest = struct.pack("<QIII4x", self.bits, self.portal, self.offset, self.sink)
        elif self.type == ACK:
            rest = struct.pack("<QI12x", self.bits, self.mlength)
        else:
            rest = bytes(24)
        return common + self.wmd + rest

    @staticmethod
    def decode(data):
        demand(len(data) == HEADER_BYTES, "header: wrong length", data)
        dest, src, dest_pid, src_pid, kind, length = struct.unpack_from("<QQIIII", data)
        demand(kind in (ACK, PUT, GET, REPLY), f"header: type {kind}", data)
        demand(src_pid != PID_ANY, "header: src_pid is 0xffffffff", data)
        demand(length <= MAX_PAYLOAD, f"{KINDS[kind]}: a payload of {length} bytes", data)
        head = Header(kind, dest, src, dest_pid, src_pid, length, bytes(data[32:48]))
        unused = b""
        if kind == PUT:
            head.bits, head.hdr_data, head.portal, head.offset = struct.unpack_from(
                "<QQII", data, 48)
        elif kind == GET:
            head.bits, head.portal, head.offset, head.sink, unused = struct.unpack_from(
                "<QIII4s", data, 48)
        elif kind == ACK:
            head.bits, head.mlength, unused = struct.unpack_from("<QI12s", data, 48)
        else:
            unused = data[48:]
        demand(not any(unused), f"{KINDS[kind]}: unused bytes are not 0", data)
        demand(kind in (PUT, REPLY) or length == 0, f"{KINDS[kind]}: it has a payload", data)
        return head


# --- ping -----------------------------------------------------------------------

@dataclass
class PingInfo:
    nis: list = field(default_factory=list)     # (NID, status)
    features: int = PING_MINE
    pid: int = PID
    magic: int = MAGIC_PING
    nnis: int = None

    def encode(self, order="<"):
        nnis = len(self.nis) if self.nnis is None else self.nnis
        return struct.pack(order + "IIII", self.magic, self.features, self.pid, nnis) + b"".join(
            struct.pack(order + "QII", ni, status, 0) for ni, status in self.nis)

    @staticmethod
    def decode(data, sink):
        """The answer to a ping that asked for @sink bytes: cut there and nowhere else."""
        demand(len(data) <= sink, "ping_info: more than was asked for", data)
        demand(len(data) >= min(16, sink), "ping_info: too short", data)
        if len(data) < 16:
            return None
        magic, features, pid, nnis = struct.unpack_from("<IIII", data)
        demand(magic == MAGIC_PING, "ping_info: magic", data)
        demand(features & 2, "ping_info: no NI_STATUS", data)
        demand(pid == PID, "ping_info: pid", data)
        demand(1 <= nnis <= 200, "ping_info: nnis", data)
        demand(len(data) == min(sink, 16 + 16 * nnis), "ping_info: length", data)
        info = PingInfo([], features, pid)
        for at in range(16, len(data) - 15, 16):
            ni, status, unused = struct.unpack_from("<QII", data, at)
            demand(unused == 0, "ping_info: unused word", data)
            demand(at == 16 or status in (STATUS_UP, STATUS_DOWN), "ping_info: status", data)
            info.nis.append((ni, status))
        demand(not info.nis or info.nis[0][0] == NID_LO, "ping_info: the first is not 0@lo", data)
        info.nnis = nnis
        return info
