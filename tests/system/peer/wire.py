# SPDX-License-Identifier: GPL-2.0
"""The bytes of LNet over TCP, written a second time and from the documents alone.

Encoders write any values they are given, right or wrong. Decoders believe nothing: a byte
that has no meaning must be zero, a word that has few values must have one of them, and
anything else is a Violation, with the bytes in its text.

Orders are those of struct: "<" is little-endian, ">" big-endian. A sender uses its own
for the connection request, HELLO v2 to v4, the header around a message and ping_info;
the header of a message itself and HELLO v1 are little-endian.

A NID is a number. That of a NID with an IPv4 address has 64 bits, as on the wire up to v3. Any
other one has 160: it is the 20 bytes of the wire of v4, in their order there, which no sender
swaps. So of two large NIDs the greater number is the greater NID.
"""

import ipaddress
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
CONNREQ2_BYTES, HELLO4_BYTES, HEADER4_BYTES = 28, 80, 96    # where NIDs take 20 bytes
NID_BYTES = 20
MAX_IPS = 16
MAX_PAYLOAD = 1 << 20
MIN_BULK = 1024          # with header: from here on a message is "bulk"; so a real node says,
OUR_MIN_BULK = 8192      # and so does the module
KEEPALIVE = 1            # the cookie of a NOOP that says nothing

PING_BITS = 0x8000000000000000
PING_MINE = 2 | 4        # NI_STATUS, RTE_DISABLED: no PUSH is wanted
PING_LARGE, PING_PRIMARY_LARGE = 0x20, 0x40
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


# --- NIDs ---------------------------------------------------------------------

TCP, TYPE_ANY = 2, 0xFF
SIZE_IPV4, SIZE_IPV6 = 0, 12            # bytes of an address, less 4


def nid(address, net=0):
    """The NID of an IP address on tcp<net>."""
    address = ipaddress.ip_address(address)
    if address.version == 4:
        return TCP << 48 | net << 32 | int(address)
    return SIZE_IPV6 << 152 | TCP << 144 | net << 128 | int(address)


def is_large(value):
    """Whether 64 bits are too few for it."""
    return value >> 64 != 0


def address_of(value):
    if is_large(value):
        return str(ipaddress.IPv6Address(value & (1 << 128) - 1))
    return str(ipaddress.IPv4Address(value & 0xFFFFFFFF))


def nid_text(value):
    if value >> 32 == 9 << 16:
        return f"{value & 0xFFFFFFFF}@lo"
    number = value >> (128 if is_large(value) else 32) & 0xFFFF
    return f"{address_of(value)}@tcp{number or ''}"


def nid20(value):
    """The 20 bytes of a NID. A number of 160 bits need not be one."""
    if value == NID_ANY:
        return b"\xff" * NID_BYTES
    if is_large(value):
        return value.to_bytes(NID_BYTES, "big")
    return struct.pack(">BBHI12x", SIZE_IPV4, value >> 48 & 0xFF, value >> 32 & 0xFFFF,
                       value & 0xFFFFFFFF)


def nid_of_20(data):
    """The NID in 20 bytes, of which each can be written in one way only."""
    demand(len(data) == NID_BYTES, "NID: wrong length", data)
    size, kind, number, address = struct.unpack_from(">BBHI", data)
    if kind == TYPE_ANY:
        demand(data == b"\xff" * NID_BYTES, "NID: neither ANY nor another one", data)
        return NID_ANY
    if size == SIZE_IPV6:
        return int.from_bytes(data, "big")
    demand(size == SIZE_IPV4, f"NID: size {size}", data)
    demand(not any(data[8:]), "NID: bytes behind a short address", data)
    return kind << 48 | number << 32 | address


def nid_of_8(value):
    """Checks a NID of 64 bits: its type has 8, and ANY is all ones."""
    demand(value == NID_ANY or value >> 48 < TYPE_ANY, f"NID: {value:#x} is none",
           value.to_bytes(8, "big"))
    return value


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
    version: int = None     # None: 2 for a large NID, else 1, which every node knows

    def __post_init__(self):
        if self.version is None:
            self.version = 2 if is_large(self.nid) else 1

    def encode(self, order="<"):
        target = nid20(self.nid) if self.version == 2 else struct.pack(order + "Q", self.nid)
        return struct.pack(order + "II", self.magic, self.version) + target

    @staticmethod
    def length(start, order="<"):
        """The length of a request that begins with these 8 bytes."""
        demand(len(start) == 8, "connreq: too short", start)
        magic, version = struct.unpack(order + "II", start)
        demand(magic == MAGIC_ACCEPTOR, "connreq: magic", start)
        demand(version in (1, 2), "connreq: version", start)
        return CONNREQ_BYTES if version == 1 else CONNREQ2_BYTES

    @staticmethod
    def decode(data, order="<"):
        length = Connreq.length(data[:8], order)
        demand(len(data) == length, "connreq: wrong length", data)
        if length == CONNREQ2_BYTES:
            return Connreq(nid_of_20(data[8:]), version=2)
        return Connreq(nid_of_8(*struct.unpack(order + "Q", data[8:])), version=1)


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
        if self.version == 4:
            nids = nid20(self.src_nid) + nid20(self.dst_nid)
        else:
            nids = struct.pack(order + "QQ", self.src_nid, self.dst_nid)
        return struct.pack(order + "II", magic, self.version) + nids + struct.pack(
            f"{order}IIQQII{len(self.ips)}I", self.src_pid, self.dst_pid, self.incarnation,
            self.dst_incarnation, self.ctype, nips, *self.ips)

    @staticmethod
    def length(start, order="<"):
        """The length of a HELLO that begins with these 8 bytes, without its IPs."""
        demand(len(start) == 8, "HELLO: too short", start)
        magic, version = struct.unpack(order + "II", start)
        if magic == MAGIC_TCP and version == 1:
            return HELLO1_BYTES
        demand(magic == MAGIC_LNET, "HELLO: magic", start)
        demand(version in (2, 3, 4), f"HELLO: version {version}", start)
        return HELLO4_BYTES if version == 4 else HELLO_BYTES

    @staticmethod
    def decode(data, order="<"):
        """Decodes a whole HELLO, which has no IPs: a node of ours sends none."""
        length = Hello.length(data[:8], order)
        demand(len(data) == length, "HELLO: wrong length", data)
        if length == HELLO1_BYTES:
            return Hello._decode1(data)
        version, = struct.unpack_from(order + "4xI", data)
        if version == 4:
            src, dst = nid_of_20(data[8:28]), nid_of_20(data[28:48])
        else:
            src, dst = map(nid_of_8, struct.unpack_from(order + "QQ", data, 8))
        (src_pid, dst_pid, incarnation, dst_incarnation, ctype,
         nips) = struct.unpack(order + "IIQQII", data[-32:])
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
        return Hello(nid_of_8(src), 0, src_pid, incarnation, ctype, 1)._checked(data)

    def _checked(self, data):
        demand(self.src_pid != PID_ANY, "HELLO: src_pid is 0xffffffff: real peers die of it", data)
        demand(self.src_nid != NID_ANY, "HELLO: src_nid is ANY", data)
        demand(self.ctype in MIRROR, "HELLO: ctype", data)
        return self


# --- header around a message (v2 to v4) ----------------------------------------

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
    """The csum of a message, if it is used: from v3 on that of the payload alone."""
    crc = 0
    if version == 2:
        plain = Ksock(head.type, 0, head.cookie0, head.cookie1)
        crc = zlib.crc32(plain.encode(order) + header)
    return zlib.crc32(payload, crc) ^ 0xFFFFFFFF


# --- message header -------------------------------------------------------------

def header_bytes(version):
    """The length of the header of a message, without that around it."""
    return HEADER4_BYTES if version == 4 else HEADER_BYTES


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

    def encode(self, version=3):
        if version == 4:
            nids = nid20(self.dest_nid) + nid20(self.src_nid)
        else:
            nids = struct.pack("<QQ", self.dest_nid, self.src_nid)
        common = nids + struct.pack("<IIII", self.dest_pid, self.src_pid, self.type, self.length)
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
    def decode(data, version=3):
        demand(len(data) == header_bytes(version), "header: wrong length", data)
        if version == 4:
            dest, src = nid_of_20(data[:20]), nid_of_20(data[20:40])
        else:
            dest, src = map(nid_of_8, struct.unpack_from("<QQ", data))
        rest = data[-56:]       # what is the same in all versions
        dest_pid, src_pid, kind, length = struct.unpack_from("<IIII", rest)
        demand(kind in (ACK, PUT, GET, REPLY), f"header: type {kind}", data)
        demand(src_pid != PID_ANY, "header: src_pid is 0xffffffff", data)
        demand(length <= MAX_PAYLOAD, f"{KINDS[kind]}: a payload of {length} bytes", data)
        head = Header(kind, dest, src, dest_pid, src_pid, length, bytes(rest[16:32]))
        unused = b""
        if kind == PUT:
            head.bits, head.hdr_data, head.portal, head.offset = struct.unpack_from(
                "<QQII", rest, 32)
        elif kind == GET:
            head.bits, head.portal, head.offset, head.sink, unused = struct.unpack_from(
                "<QIII4s", rest, 32)
        elif kind == ACK:
            head.bits, head.mlength, unused = struct.unpack_from("<QI12s", rest, 32)
        else:
            unused = rest[32:]
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
        """Short NIDs, the loopback first, and then large ones, with the features that say so."""
        short = [entry for entry in self.nis if not is_large(entry[0])]
        large = [entry for entry in self.nis if is_large(entry[0])]
        features, length = self.features, 0
        if large:
            features |= PING_LARGE | (PING_PRIMARY_LARGE if is_large(self.nis[1][0]) else 0)
            length = 16 + 16 * len(short) + 24 * len(large)
        nnis = len(short) if self.nnis is None else self.nnis
        return struct.pack(order + "IIII", self.magic, features, self.pid, nnis) + b"".join(
            struct.pack(order + "QII", ni, status, 0 if at else length)
            for at, (ni, status) in enumerate(short)) + b"".join(
                struct.pack(order + "I", status) + nid20(ni) for ni, status in large)

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
        info = PingInfo([], features, pid)
        for at in range(16, min(len(data) - 15, 16 + 16 * nnis), 16):
            ni, status, word = struct.unpack_from("<QII", data, at)
            if at == 16:
                length = PingInfo._length(features, nnis, word, data)
                demand(len(data) == min(sink, length), "ping_info: length", data)
            else:
                demand(word == 0, "ping_info: unused word", data)
            demand(at == 16 or status in (STATUS_UP, STATUS_DOWN), "ping_info: status", data)
            info.nis.append((ni, status))
        for at in range(16 + 16 * nnis, len(data) - 23, 24):
            status, = struct.unpack_from("<I", data, at)
            demand(status in (STATUS_UP, STATUS_DOWN), "ping_info: status", data)
            info.nis.append((nid_of_20(data[at + 4:at + 24]), status))
        demand(not info.nis or info.nis[0][0] == NID_LO, "ping_info: the first is not 0@lo", data)
        info.nnis = nnis
        return info

    @staticmethod
    def _length(features, nnis, word, data):
        """What the word of 0@lo says."""
        short = 16 + 16 * nnis
        if not features & PING_LARGE:
            demand(word == 0, "ping_info: a length, and no large NIDs", data)
            demand(not features & PING_PRIMARY_LARGE, "ping_info: a primary one of none", data)
            return short
        demand(word > short and (word - short) % 24 == 0, "ping_info: length", data)
        return word
