#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Asks LNet what tools ask, by netlink and by ioctls, well formed and not, at random.

usage: fuzz.py [--requests N] [--seed N] [--workers N]

Runs as root in a test guest, where LNet is up over TCP with the NI 127.0.0.1@tcp. Each worker is a
process with a socket, and with /dev/lnet open: the last one has no rights left. They ask at the same
time, and networks come and go meanwhile, as some requests add and remove them. A worker's requests
follow from the seed and its number; how they meet those of the others does not.

Each request must end, with an answer that is well formed or with an errno that user space knows;
one without rights must be refused. Prints how many requests of each kind there were and how they
ended, and ends with 1 if one is wrong; the kernel's own checkers see the rest.
"""

import argparse
import collections
import ctypes
import errno
import mmap
import os
import random
import select
import socket
import struct
import sys
import time
import traceback

PATIENCE = 60  # seconds for any one request; those that ask others take 6 at most
NOBODY = 65534
GENERIC, EXT_ACK, CAP_ACK = 16, 11, 10
REQUEST, MULTI, ACK, ROOT_MATCH, FILTERED = 1, 2, 4, 0x300, 0x20
REPLACE, EXCL, CREATE, APPEND = 0x100, 0x200, 0x400, 0x800
DUMP = REQUEST | ACK | ROOT_MATCH
ADD, DEL, SET = REQUEST | ACK | CREATE, REQUEST | ACK, REQUEST | ACK | REPLACE
ERROR, DONE = 2, 3
NESTED = 0x8000
LIST, VALUE, NUMBER = 1, 5, 6
CONFIGURE, NETS, PEERS, ROUTES, PING, CPT, DIST, FAIL, RECOVERY, FAULT, STATS = \
    1, 2, 3, 4, 6, 7, 8, 10, 11, 12, 16
FOR_ALL = (CPT, DIST, STATS)  # commands that need no rights
COMMANDS = 18
US = "127.0.0.1@tcp"

NIDS = [US, "0@lo", "127.0.0.2@tcp", "127.0.0.3@tcp", "127.0.0.4@tcp1", "10.0.0.9@tcp", "7@ptlf",
        "2001:db8::1@tcp", "2001:db8::2@tcp ", "fe80::1@tcp", "::ffff:127.0.0.5@tcp", "<?>",
        "255.255.255.255@tcp", "0.0.0.0@tcp", "10.0.0.1@nosuch", "@tcp", "", "foo", "*",
        "127.0.0.1@tcp65535", "127.0.0.1@tcp65536", "1" * 90 + "@tcp", "127.0.0.[1-5]@tcp"]
NETWORKS = ["tcp", "tcp", "tcp1", "tcp77", "tcp65536", "lo", "<255:65535>", "foo", "", "t" * 40]
INTERFACES = ["lo", "127.0.0.1", "127.0.0.2", "dummy7", "eth0)(,tcp3(lo", "x" * 43, "x" * 200, ""]
WORDS = ["net type", "local NI(s)", "interfaces", "nid", "nids", "primary nid", "peer ni", "timeout",
         "source", "ip2net", "queue_type", "rule_type", "tunables", "health stats", "Multi-Rail",
         "...\n", "", "\0", "x" * 1000]
NUMBERS = [0, 1, -1, 2, 7, 8, 50, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff,
           0x80000000, 0xffffffff, 1 << 32, (1 << 63) - 1, -(1 << 63)]

libc = ctypes.CDLL(None, use_errno=True)
libc.ioctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p]


class Wrong(Exception):
    """What a request has come to that none may."""


# --- Requests by netlink


def attribute(kind, data):
    return struct.pack("<HH", 4 + len(data) & 0xffff, kind) + data + bytes(-len(data) % 4)


def text(word):
    return attribute(VALUE, word.encode("latin-1", "replace") + b"\0")


def number(value):
    return attribute(NUMBER, struct.pack("<q", value))


def a_list(*items):
    return attribute(LIST | NESTED, b"".join(items))


def pairs(*items):
    """A list of one mapping."""
    return a_list(a_list(*items))


class Words:
    """Payloads at random."""

    def __init__(self, rnd):
        self.rnd = rnd

    def nid(self):
        if self.rnd.random() < .2:
            return f"127.{self.rnd.randrange(4)}.0.{self.rnd.randrange(256)}@tcp"
        return self.rnd.choice(NIDS)

    def nids(self, most):
        return a_list(*(text(self.nid()) for _ in range(self.rnd.randrange(most))))

    def net(self):
        words = [text("net type"), text(self.rnd.choice(NETWORKS))]
        if self.rnd.random() < .7:
            words += [text("local NI(s)"), a_list(*(self.ni() for _ in range(self.rnd.randrange(3))))]
        return pairs(*words)

    def ni(self):
        if self.rnd.random() < .4:
            return a_list(text("nid"), text(self.nid()))
        names = (x for i in range(self.rnd.randrange(3))
                 for x in (number(i), text(self.rnd.choice(INTERFACES))))
        return a_list(text("interfaces"), a_list(*names), text("tunables"),
                      a_list(text("credits"), number(self.rnd.choice(NUMBERS))))

    def peer(self):
        words = [text("primary nid"), text(self.nid())]
        if self.rnd.random() < .7:
            words += [text("peer ni"),
                      a_list(*(a_list(text("nid"), text(self.nid()))
                               for _ in range(self.rnd.choice((0, 1, 2, 5, 80)))))]
        return pairs(*words)

    def targets(self):
        words = [text("timeout"), number(self.rnd.randrange(1, 30))]
        if self.rnd.random() < .3:
            words += [text("source"), text(self.nid())]
        return b"".join(words) + text("nids") + self.nids(self.rnd.choice((2, 4, 8)))

    def garbage(self, depth=0):
        made = []
        for _ in range(self.rnd.randrange(6)):
            kind = self.rnd.randrange(8)
            if kind == 0:
                made.append(number(self.rnd.choice(NUMBERS)))
            elif kind < 3 and depth < 12:
                made.append(a_list(self.garbage(depth + 1)))
            elif kind == 3:
                made.append(attribute(self.rnd.randrange(1 << 16), self.rnd.randbytes(self.rnd.randrange(12))))
            else:
                made.append(text(self.rnd.choice((self.rnd.choice(WORDS), self.nid(), self.rnd.choice(NETWORKS)))))
        return b"".join(made)

    def enormous(self):
        kind = self.rnd.randrange(4)
        if kind == 0:  # words
            return attribute(VALUE, b"") * self.rnd.choice((16000, 40000))
        if kind == 1:  # NIDs, one more than there may be
            return text("timeout") + number(1) + text("nids") + a_list(*[text("0@lo")] * self.rnd.choice((1025, 2000)))
        if kind == 2:  # as deep as a length of 16 bits lets it be
            made = b""
            for _ in range(self.rnd.choice((9, 100, 8000))):
                made = struct.pack("<HH", 4 + len(made) & 0xffff, LIST | NESTED) + made
            return made
        return text("x" * self.rnd.choice((60000, 65530)))

    def mutated(self, payload):
        made = bytearray(payload)
        for _ in range(self.rnd.choice((1, 1, 2, 5))):
            if len(made) < 4:
                break
            at = self.rnd.randrange(len(made) // 4) * 4
            kind = self.rnd.randrange(6)
            if kind == 0:  # a length, or anything else
                struct.pack_into("<H", made, at, self.rnd.choice(
                    (0, 1, 3, 4, 5, 8, len(made), len(made) - at, len(made) - at + 1, 0xffff, 0x8000,
                     self.rnd.randrange(1 << 16))) & 0xffff)
            elif kind == 1:  # a type
                struct.pack_into("<H", made, at + 2, self.rnd.choice(
                    (0, LIST, VALUE, NUMBER, LIST | NESTED, 0xffff, self.rnd.randrange(1 << 16))))
            elif kind == 2:
                made[self.rnd.randrange(len(made))] = self.rnd.randrange(256)
            elif kind == 3:
                del made[self.rnd.randrange(len(made)):]
            elif kind == 4:
                made[at:at] = self.rnd.randbytes(self.rnd.choice((1, 2, 4, 8)))
            else:
                other = self.rnd.randrange(len(made) // 4) * 4
                made[at:at + 8], made[other:other + 8] = made[other:other + 8], made[at:at + 8]
        return bytes(made)

    # What is asked, how often of 100, by which flags, in which words.
    KINDS = [(12, NETS, DUMP, net), (8, NETS, ADD, net), (5, NETS, DEL, net), (2, NETS, SET, net),
             (8, PEERS, DUMP, peer), (9, PEERS, ADD, peer), (8, PEERS, DEL, peer), (2, PEERS, SET, peer),
             (9, PING, DUMP, targets), (4, PING, ADD, targets), (7, DIST, DUMP, lambda w: w.nids(9)),
             (6, CPT, DUMP, lambda w: text("nids") + w.nids(9)), (4, STATS, DUMP, lambda w: b"")]

    def request(self):
        """Flags, command, version and payload."""
        kind = self.rnd.random()
        if kind < .03:
            flags = self.rnd.choice((ADD, ADD, ADD, ADD | EXCL, DEL))
            return flags, CONFIGURE, 5, b""
        if kind < .05:
            # The network that pings need, once more.
            nid = pairs(text("net type"), text("tcp"), text("local NI(s)"), pairs(text("nid"), text(US)))
            return ADD, NETS, 5, nid
        if kind < .20:
            flags = self.rnd.choice((DUMP, DUMP, DUMP | FILTERED, ADD, DEL, SET, REQUEST,
                                     self.rnd.randrange(1 << 16) | REQUEST))
            payload = self.enormous() if kind < .06 else self.garbage()
            command = self.rnd.randrange(2, COMMANDS)
        else:
            _, command, flags, make = self.rnd.choices(self.KINDS, [k[0] for k in self.KINDS])[0]
            payload = make(self)
        if self.rnd.random() < .3:
            payload = self.mutated(payload)
        return flags, command, self.rnd.choice((5, 5, 0, 1, 2, 3, 4, 255)), payload


class Socket:
    """A tool's."""

    def __init__(self, rnd):
        self.rnd = rnd
        self.sequence = 0
        self.last = b""
        self.open()
        self.family = self.find()

    def open(self):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, GENERIC)
        self.sock.bind((0, 0))
        self.sock.setsockopt(270, EXT_ACK, 1)
        if self.rnd.random() < .5:
            self.sock.setsockopt(270, CAP_ACK, 1)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)

    def close(self):
        self.sock.close()
        self.open()

    def find(self):
        """The family's number."""
        answer = self.ask(GENERIC, REQUEST, 3, 1, attribute(2, b"lnet\0"), keep=True)
        found = [struct.unpack_from("<H", data, at + 4)[0]
                 for data in answer for at, kind in attributes(data, 20, len(data)) if kind == 1]
        if not found:
            raise Wrong("there is no family lnet")
        return found[0]

    def message(self, family, flags, command, version, payload):
        self.sequence += 1
        self.last = bytearray(struct.pack("<IHHIIBBH", 20 + len(payload), family, flags, self.sequence, 0,
                                     command, version, 0) + payload)
        return self.last

    def receive(self):
        """The messages of a datagram; None: the socket was overrun."""
        if not select.select([self.sock], [], [], PATIENCE)[0]:
            raise Wrong("no answer")
        try:
            data = self.sock.recv(1 << 20)
        except OSError as error:
            if error.errno == errno.ENOBUFS:
                return None
            raise Wrong(f"recv: {error}") from error
        made, at = [], 0
        while at + 16 <= len(data):
            length = struct.unpack_from("<I", data, at)[0]
            if length < 16 or at + length > len(data):
                raise Wrong(f"a message of {length} bytes in {len(data) - at}")
            made.append(data[at:at + length])
            at += length + 3 & ~3
        return made

    def until_end(self, sequence):
        """Messages until the one that ends the request, and the error of that."""
        made = []
        while True:
            got = self.receive()
            if got is None:
                # Netlink drops all that comes until what has come is read.
                self.close()
                return made, -errno.ENOBUFS
            for data in got:
                kind, _, number_of = struct.unpack_from("<HHI", data, 4)
                if number_of != sequence:
                    continue
                if kind in (ERROR, DONE):
                    return made, struct.unpack_from("<i", data, 16)[0] if len(data) >= 20 else 0
                made.append(data)

    def ask(self, family, flags, command, version, payload, keep=False):
        """Ask what is well formed as a message. Returns its error, or what was answered."""
        data = self.message(family, flags | ACK, command, version, payload)
        try:
            self.sock.send(data)
        except OSError as error:
            return -error.errno
        made, code = self.until_end(self.sequence)
        for answer in made:
            check(answer)
        return made if keep else code

    def probe(self):
        """What was sent before was looked at when this is answered."""
        self.ask(GENERIC, REQUEST, 3, 1, attribute(2, b"lnet\0"))


def attributes(data, at, end):
    """Places and types of the attributes of a message."""
    while at + 4 <= end:
        length, kind = struct.unpack_from("<HH", data, at)
        if length < 4 or at + length > end:
            raise Wrong(f"an answer's attribute of {length} bytes in {end - at}")
        yield at, kind & 0x3fff
        if kind & NESTED:
            for _ in attributes(data, at + 4, at + length):
                pass
        at += length + 3 & ~3


def check(data):
    for _ in attributes(data, 20, len(data)):
        pass


# --- Requests by ioctls


def nid4(word):
    host, _, net = word.partition("@")
    address = struct.unpack(">I", socket.inet_aton(host))[0]
    return (2 << 16 | int(net[3:] or 0)) << 32 | address


class Device:
    """/dev/lnet, and memory for arguments and answers."""
    BYTES = 256 * 1024
    OURS = nid4(US)
    SOME = [OURS, 9 << 48, 0, (1 << 64) - 1, nid4("127.0.0.2@tcp"), nid4("127.0.0.3@tcp"),
            nid4("127.0.0.4@tcp1"), nid4("10.0.0.9@tcp"), 1 << 56 | 3, 0xff << 56, 7]

    def __init__(self, rnd):
        self.rnd = rnd
        self.file = os.open("/dev/lnet", os.O_RDWR)
        self.memory = mmap.mmap(-1, self.BYTES)
        self.at = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))

    def nid(self):
        if self.rnd.random() < .2:
            return nid4(f"127.{self.rnd.randrange(4)}.0.{self.rnd.randrange(256)}@tcp")
        return self.rnd.choice(self.SOME)

    def pointer(self):
        return self.rnd.choice((self.at + self.BYTES // 2, self.at + self.BYTES // 2, self.at,
                                self.at + self.BYTES - self.rnd.choice((1, 8, 15, 16, 100)), 0, 16,
                                (1 << 64) - 16, 0xffff888000000000, 0x60000000))

    def number(self):
        return self.rnd.choice(NUMBERS) & 0xffffffff

    def argument(self, nr):
        """A structure of the ioctl, sound or nearly so."""
        if nr in (62, 77):
            body = struct.pack("<IIIIQIIQQ", self.rnd.randrange(1, 30), self.number(), 0, 0, self.nid(),
                               self.rnd.choice((12345, 0xffffffff, 7)), 0, self.pointer(), self.nid())
        elif nr in (92, 93, 94, 100, 112):
            size = self.rnd.choice((0, 1, 16, 160, 284, 2840, 4096, self.number()))
            body = struct.pack("<QQIIIIQ", self.nid(), self.nid(), self.number(), 0, 0, size, self.pointer())
        elif nr < 81 or nr == 110:
            # libcfs_ioctl_data, and the data that comes with it
            first, second = self.rnd.choice(((0, 0), (0, 0), (8, 0), (4, 24), (0, 9), (100, 100)))
            body = bytearray(120 + (first + 7 & ~7) + (second + 7 & ~7))
            struct.pack_into("<Q", body, 0, self.nid())
            for _ in range(4):
                struct.pack_into("<I", body, self.rnd.randrange(30) * 4, self.number())
            struct.pack_into("<II", body, 20, self.rnd.randrange(3), self.rnd.choice((2 << 16, 2 << 16, 0)))
            if self.rnd.random() < .9:
                struct.pack_into("<IIQIIQ", body, 56, first, 0, self.pointer(), second, 0, self.pointer())
        else:
            size = self.rnd.choice((0, 4, 16, 56, 64, 120, 128, 176, 228, 972, 984, 1032, 4096))
            body = bytearray(self.rnd.randbytes(size) if self.rnd.random() < .3 else size)
            for at in range(0, min(size, 24) - 7, 8):
                struct.pack_into("<Q", body, at, self.rnd.choice((0, 1, 2, self.nid())))
        return bytes(body)

    def ask(self):
        """Returns the number of the ioctl and its error."""
        nr = self.rnd.choice((50, 58, 62, 71, 72, 73, 74, 75, 76, 77, 80, 86, 92, 93, 94, 97, 100, 101, 103,
                              104, self.rnd.randrange(28, 115)))
        if nr in (56, 59) and self.rnd.random() < .7:
            nr = 59
        body = self.argument(nr)
        version = 0x1000b if nr >= 81 and nr != 110 or nr in (62, 77) else 0x1000a
        length = 8 + len(body)
        if self.rnd.random() < .2:
            version = self.rnd.choice((0x1000a, 0x1000b, 0, self.number()))
        if self.rnd.random() < .2:
            length = self.rnd.choice((0, 7, 8, 12, 48, 56, 127, 128, 129, 184, 992, 131072, 131073,
                                      self.number(), max(len(body) + self.rnd.randrange(16), 0)))
        self.memory[:8 + len(body)] = struct.pack("<II", length, version) + body
        command = (0xc0b86500 if nr >= 81 else 0xc0086500) | nr
        if self.rnd.random() < .05:
            command = self.rnd.choice((self.rnd.getrandbits(32), command ^ 1 << self.rnd.randrange(32)))
        where = self.at if self.rnd.random() < .95 else self.pointer()
        if libc.ioctl(self.file, command, where) >= 0:
            return nr, 0
        return nr, -ctypes.get_errno()


# --- A worker


class Worker:
    def __init__(self, seed, index, nobody):
        self.rnd = random.Random(f"{seed}/{index}")
        self.words = Words(self.rnd)
        self.device = Device(self.rnd)
        self.nobody = nobody
        if nobody:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        self.socket = Socket(self.rnd)
        self.ends = collections.Counter()

    def ended(self, kind, code):
        if not -133 <= code <= 0:
            raise Wrong(f"{kind} ended with {code}")
        if self.nobody and not code and kind != "netlink for all":
            raise Wrong(f"{kind} without rights ended with 0")
        self.ends[kind, errno.errorcode.get(-code, "0")] += 1

    def by_ioctl(self):
        _, code = self.device.ask()
        self.ended("ioctl", code)

    def by_netlink(self):
        flags, command, version, payload = self.words.request()
        kind = "netlink for all" if command in FOR_ALL else "netlink"
        self.ended(kind, self.socket.ask(self.socket.family, flags, command, version, payload))

    def in_bad_shape(self):
        """The message itself is malformed, or several are one datagram: not all are answered."""
        data = self.socket.message(self.socket.family, *self.words.request())
        kind = self.rnd.randrange(5)
        if kind == 0:
            struct.pack_into("<I", data, 0, self.rnd.choice((0, 15, 16, 19, 20, 21, len(data) - 1,
                                                             len(data) + 1, 0xffffffff, self.rnd.getrandbits(32))))
        elif kind == 1:
            struct.pack_into("<H", data, 4, self.rnd.choice((0, 1, 2, 3, GENERIC, 0xffff, self.socket.family ^ 1)))
        elif kind == 2:
            del data[self.rnd.randrange(len(data)):]
        elif kind == 3:
            data += bytes(-len(data) % 4) + self.socket.message(self.socket.family, *self.words.request())
        else:
            struct.pack_into("<H", data, 6, self.rnd.getrandbits(16))
        try:
            self.socket.sock.send(data)
        except OSError:
            pass
        self.socket.probe()
        self.ends["netlink in bad shape", "looked at"] += 1

    def and_leaves(self):
        """The tool goes before it is answered, or in the midst of the answer."""
        data = self.socket.message(self.socket.family, *self.words.request())
        try:
            self.socket.sock.send(data)
        except OSError:
            pass
        self.socket.close()
        self.ends["netlink, and left", "0"] += 1

    def run(self, requests):
        for at in range(requests):
            kind = self.rnd.random()
            make = (self.by_ioctl if kind < .3 else self.and_leaves if kind < .35 else
                    self.in_bad_shape if kind < .45 else self.by_netlink)
            try:
                make()
            except Wrong as wrong:
                raise Wrong(f"request {at}, {make.__name__}: {wrong}; the last by netlink: "
                            f"{self.socket.last[:200].hex()}") from wrong


def work(args, index, pipe):
    """A child's life. Writes down how its requests ended."""
    try:
        worker = Worker(args.seed, index, index == args.workers - 1)
        worker.run(args.requests // args.workers)
        said = "".join(f"{kind}\t{end}\t{n}\n" for (kind, end), n in worker.ends.items())
    except Wrong as wrong:
        said = f"wrong\tworker {index}: {wrong}\t1\n"
    except BaseException:  # pylint: disable=broad-except
        traceback.print_exc(file=sys.stdout)
        said = f"wrong\tworker {index} has failed\t1\n"
    os.write(pipe, said.encode())
    sys.stdout.flush()
    os._exit(0)


def workers_run(args):
    """Start all, and sum up how their requests ended."""
    pipes, pids = [], []
    for index in range(args.workers):
        out, into = os.pipe()
        pid = os.fork()
        if not pid:
            work(args, index, into)
        os.close(into)
        pipes.append(out)
        pids.append(pid)
    ends = collections.Counter()
    for index, (pipe, pid) in enumerate(zip(pipes, pids)):
        with os.fdopen(pipe) as lines:
            said = [line.rstrip("\n").split("\t") for line in lines]
        if os.waitpid(pid, 0)[1] or not said:
            said = [["wrong", f"worker {index} is dead", "1"]]
        for kind, end, number_of in said:
            ends[kind, end] += int(number_of)
    return ends


# --- Afterwards


def node_answers():
    """Is LNet up, or comes up, and answers a ping?"""
    sock = Socket(random.Random(0))
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        # The loopback alone: with no network left, all of them would mean one that no interface here has.
        sock.ask(sock.family, ADD | EXCL, CONFIGURE, 5, b"")
        sock.ask(sock.family, ADD, NETS, 5,
                 pairs(text("net type"), text("tcp"), text("local NI(s)"), pairs(text("nid"), text(US))))
        answer = sock.ask(sock.family, DUMP, PING, 5, text("nids") + a_list(text(US)), keep=True)
        for data in answer:
            # "peer_ni" is what an answer has only.
            if not struct.unpack_from("<H", data, 6)[0] & CREATE and \
                    any(kind == 5 for _, kind in attributes(data, 20, len(data))):
                return
        time.sleep(.2)
    raise Wrong(f"{US} does not answer a ping afterwards")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--requests", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=4)
    args = parser.parse_args()

    began = time.monotonic()
    ends = workers_run(args)
    took = time.monotonic() - began
    kinds = collections.defaultdict(list)
    for (kind, end), number_of in sorted(ends.items(), key=lambda item: -item[1]):
        kinds[kind].append(f"{end} {number_of}")
    for kind in sorted(kinds):
        print(f"{kind}: {', '.join(kinds[kind])}")
    wrong = [end for kind, end in ends if kind == "wrong"]
    asked = sum(ends.values()) - len(wrong)
    print(f"asked: {asked} requests in {took:.1f} s")
    if not wrong and asked < args.requests // args.workers * args.workers:
        wrong.append(f"{asked} of {args.requests} requests were made")
    for kind in ("ioctl", "netlink", "netlink for all"):
        if not wrong and not ends[kind, "0"]:
            wrong.append(f"no request by {kind} was answered")
    try:
        node_answers()
    except Wrong as one:
        wrong.append(str(one))
    for one in wrong:
        print(f"wrong: {one}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
