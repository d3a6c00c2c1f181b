# SPDX-License-Identifier: GPL-2.0
"""Nonsense with a method: connections in every state, and bytes that do not belong there.

A worker keeps some connections to the module and from it. Each time it picks one and goes
on with it: with the right bytes, with nearly the right ones (a bit, a length, an order),
with half of them, byte by byte, or with noise. The bytes that come back are checked as
strictly as anywhere: no matter what is sent to it, the module must not send anything wrong.

The seed decides the steps, though not the state of the module at each of them.
"""

import random
import threading
import time

import wire
from link import Gone, Late, Link, Listener
from wire import ACK, GET, PUT, REPLY, Connreq, Header, Hello, Ksock, Violation

PORTAL = 40
LINKS = 10              # of a worker, at most
WITNESS = [wire.nid("127.0.1.1").to_bytes(8, order) for order in ("little", "big")]
SOON = 0.3              # how long a worker waits for the module, seconds
NUMBERS = (0, 1, 2, 16, 17, 24, 72, 96, 4095, 4096, 65535, 1 << 20, (1 << 20) + 1, 1 << 31,
           0xFFFFFFFF)


class Output:
    """Checks the bytes that the module writes on one connection."""

    def __init__(self, greeted=None):
        self.data = b""
        self.version = greeted      # of the HELLO that has come; None: none yet
        self.over = False           # nothing may follow
        self.handles = []           # of its PUTs and GETs

    def feed(self, data):
        self.data += data
        while self.data and self._step():
            pass

    def _take(self, count):
        part, self.data = self.data[:count], self.data[count:]
        return part

    def _step(self):
        """Takes a greeting or message off the front, if it is there whole."""
        wire.demand(not self.over, "bytes after the last", self.data)
        if self.version is None:
            return self._greeting()
        if self.version > 1:
            if len(self.data) < 24:
                return False
            ksock = Ksock.decode(self.data[:24])
            wire.demand(ksock.cookie0 == 0 or ksock.type == wire.NOOP, "a cookie was set",
                        self.data)
            wire.demand(ksock.csum == 0, "csum was set", self.data)
            if ksock.type == wire.NOOP:
                self._take(24)
                return True
        start = 24 if self.version > 1 else 0
        end = start + wire.header_bytes(self.version)
        if len(self.data) < end:
            return False
        header = Header.decode(self.data[start:end], self.version)
        if len(self.data) < end + header.length:
            return False
        self._take(end + header.length)
        if header.type in (PUT, GET):
            self.handles.append(header)
        return True

    def _greeting(self):
        if len(self.data) < 16:
            return False
        if self.data[:4] == Connreq(0).encode()[:4]:
            wire.demand(Connreq.decode(self._take(16)).nid == 0, "connreq: an answer with a NID")
            self.over = True
            return True
        length = Hello.length(self.data[:8])
        if len(self.data) < length:
            return False
        hello = Hello.decode(self._take(length))
        wire.demand(hello.src_pid == wire.PID, "HELLO: src_pid is not 12345", hello.encode())
        self.version = hello.version
        self.over = hello.ctype == wire.NONE
        return True


class Victim:
    """A connection, and the stage it is at."""

    def __init__(self, link, output, stage, version, order):
        self.link, self.output, self.stage = link, output, stage
        self.version, self.order = version, order


class Worker(threading.Thread):
    def __init__(self, fuzzer, number):
        super().__init__(daemon=True)
        self.fuzzer = fuzzer
        self.rng = random.Random(f"{fuzzer.seed}/{number}")
        self.address = fuzzer.addresses[number]
        self.nid = wire.nid(self.address)
        self.listener = Listener(self.address)
        self.victims = []
        self.steps = 0

    def run(self):
        try:
            while not self.fuzzer.stop.is_set():
                self.steps += 1
                self.step()
        except Exception as error:
            self.fuzzer.fail(error)
        finally:
            for victim in self.victims:
                victim.link.close()
            self.listener.close()

    def step(self):
        rng = self.rng
        if len(self.victims) < LINKS and rng.random() < 0.4:
            self.open() if rng.random() < 0.8 else self.accept()
        if not self.victims:
            return
        victim = rng.choice(self.victims)
        try:
            self.listen_to(victim)
            rng.choice(self.ACTS)(self, victim)
            self.listen_to(victim)
        except (Gone, Late, OSError):
            self.drop(victim)       # Late: it reads no more

    # --- making and ending connections

    def open(self):
        rng = self.rng
        try:
            link = Link.dial(self.address, self.fuzzer.target, rng.random() < 0.95, SOON,
                             rng.choice((None, None, 4096)))
        except OSError:
            return
        self.victims.append(Victim(link, Output(), "request", rng.choice((1, 2, 3, 3, 3, 4)),
                                   rng.choice("<<<>")))

    def accept(self):
        """Takes an attempt of the module, which later gets an answer, a right one or not."""
        try:
            link = self.listener.accept(0)
        except Late:
            return
        try:
            _, hello = link.read_request(SOON)
        except (Gone, Late):
            link.close()
            return
        victim = Victim(link, Output(hello.version), "answer", hello.version, "<")
        victim.hello = hello
        self.victims.append(victim)

    def drop(self, victim):
        if victim in self.victims:
            self.victims.remove(victim)
        victim.link.close()

    def listen_to(self, victim):
        """Reads and checks all bytes there are now."""
        while True:
            try:
                data = victim.link.read_some(1 << 16, 0)
            except Late:
                return
            if not data:
                raise Gone()
            victim.output.feed(data)

    # --- bytes

    def bits(self, data, most=3):
        """The data with some bits flipped."""
        data = bytearray(data)
        for _ in range(self.rng.randrange(1, most + 1)):
            if data:
                data[self.rng.randrange(len(data))] ^= 1 << self.rng.randrange(8)
        return bytes(data)

    def hello_of(self, victim):
        rng = self.rng
        fields = {"src_nid": self.nid, "dst_nid": self.fuzzer.nid, "version": victim.version,
                  "incarnation": 7, "ctype": rng.choice((1, 2, 3))}
        if rng.random() < 0.3:
            name, values = rng.choice((
                ("src_pid", (0, 1, 12346, 0x80000001, wire.PID_ANY)),
                ("src_nid", (0, wire.NID_ANY, wire.NID_LO, self.fuzzer.nid, rng.getrandbits(64))),
                ("dst_nid", (0, wire.NID_ANY, rng.getrandbits(64))),
                ("incarnation", (0, 8, rng.getrandbits(64))), ("dst_incarnation", (9,)),
                ("ctype", (0, 4, wire.NONE, 0x7FFFFFFF)), ("version", (0, 1, 2, 3, 4, 5, 1 << 31)),
                ("nips", NUMBERS), ("ips", ((1, 2, 3), (0,) * 16, (5,) * 17)),
                ("magic", (0, wire.MAGIC_PING, rng.getrandbits(32)))))
            fields[name] = rng.choice(values)
        return Hello(**fields)

    def header_of(self, victim):
        """A message header, right or with one thing wrong."""
        rng = self.rng
        size = rng.choice((0, 0, 1, 10, 100, 927, 928, 4096, 4096, 70000, 300000))
        kind = rng.choice((PUT, PUT, PUT, GET, GET, ACK, REPLY))
        fields = {"type": kind, "dest_nid": self.fuzzer.nid, "src_nid": self.nid,
                  "length": size if kind in (PUT, REPLY) else 0, "portal": PORTAL,
                  "bits": rng.randrange(6), "sink": size, "mlength": size,
                  "hdr_data": rng.getrandbits(64),
                  "wmd": rng.choice((wire.NO_WMD, rng.randbytes(16)))}
        if kind in (ACK, REPLY) and victim.output.handles:
            asked = rng.choice(victim.output.handles)
            fields["wmd"], fields["bits"] = asked.wmd, asked.bits
        if kind == GET and rng.random() < 0.3:
            fields.update(portal=0, bits=wire.PING_BITS)
        if rng.random() < 0.4:
            name, values = rng.choice((
                ("offset", NUMBERS), ("offset", NUMBERS), ("portal", (0, 41, 63, 64, 0xFFFFFFFF)),
                ("sink", NUMBERS), ("mlength", NUMBERS), ("length", NUMBERS),
                ("type", (4, 5, 0xFFFFFFFF)), ("bits", (wire.PING_BITS, rng.getrandbits(64))),
                ("dest_nid", (0, wire.NID_ANY, wire.NID_LO, self.fuzzer.nid + 1,
                              self.fuzzer.nid + (1 << 32))),
                ("src_nid", (wire.NID_ANY, wire.nid(rng.choice(self.fuzzer.addresses)))),
                ("src_pid", (0, 1, wire.PID_ANY)), ("dest_pid", (0, wire.PID_ANY))))
            fields[name] = rng.choice(values)
        return Header(**fields)

    def message_of(self, victim):
        """The bytes of a message, whose length its header may lie about."""
        rng = self.rng
        header = self.header_of(victim)
        payload = rng.randbytes(min(header.length, 300000))
        if rng.random() < 0.05:
            payload = payload[:rng.randrange(len(payload) + 1)]
        raw = header.encode(victim.version)
        if victim.version == 1:
            return raw + payload
        ksock = Ksock()
        if rng.random() < 0.4:
            ksock.cookie0 = rng.choice((1, 2, 3, rng.getrandbits(64)))
        if rng.random() < 0.05:
            ksock.cookie1 = rng.choice((1, 2, rng.getrandbits(64)))
        if rng.random() < 0.05:
            ksock.type = rng.choice((0xC2, 0, rng.getrandbits(32)))
        if rng.random() < 0.1:
            ksock.csum = wire.checksum(victim.version, ksock, raw, payload, victim.order)
        return ksock.encode(victim.order) + raw + payload

    def right(self, victim):
        """The right next bytes; the stage moves on."""
        if victim.stage == "request":
            victim.stage = "hello"
            return Connreq(self.fuzzer.nid).encode(victim.order)
        if victim.stage == "hello":
            victim.stage = "messages"
            return self.hello_of(victim).encode(victim.order)
        if victim.stage == "answer":
            victim.stage = "messages"
            hello = victim.hello
            answer = Hello(self.nid, hello.src_nid, wire.PID, 7, wire.MIRROR[hello.ctype],
                           hello.version)
            if self.rng.random() < 0.3:
                answer.ctype = self.rng.choice((wire.NONE, 0, 1, 2, 3, 9))
            return answer.encode()
        if victim.version > 1 and self.rng.random() < 0.2:
            cookies = self.rng.choice(((0, 1), (0, 0), (5, 0), (0, 1), (0, 1), (0, 77)))
            return Ksock(wire.NOOP, 0, *cookies).encode(victim.order)
        return self.message_of(victim)

    # --- the acts

    def do_right(self, victim):
        victim.link.write(self.right(victim), SOON)

    def do_several(self, victim):
        count = self.rng.randrange(2, 20)
        victim.link.write(b"".join(self.right(victim) for _ in range(count)), SOON)

    def do_flipped(self, victim):
        data = self.right(victim)
        flipped = self.bits(data)
        # Nothing in the name of the witness, whose NID is one bit from that of a worker: its
        # connections must live.
        while any(name in flipped and name not in data for name in WITNESS):
            flipped = self.bits(data)
        victim.link.write(flipped, SOON)

    def do_half(self, victim):
        """Right bytes cut short, and then the end, or the next act."""
        data = self.right(victim)
        victim.link.write(data[:self.rng.randrange(len(data) + 1)], SOON)
        end = self.rng.randrange(4)
        if end == 0:
            victim.link.finish()
        elif end == 1:
            self.do_reset(victim)
        elif end == 2:
            self.do_close(victim)

    def do_slow(self, victim):
        """Right bytes in small pieces, some of a single byte."""
        data = self.right(victim)
        for _ in range(12):
            step = self.rng.choice((1, 1, 3, 7, 20))
            victim.link.write(data[:step], SOON)
            data = data[step:]
            time.sleep(0.001)
        victim.link.write(data, SOON)

    def do_noise(self, victim):
        victim.link.write(self.rng.randbytes(self.rng.choice((1, 8, 16, 24, 96, 5000))), SOON)

    def do_early(self, victim):
        """Leaves a step out."""
        self.right(victim)
        self.do_right(victim)

    def do_reset(self, victim):
        victim.link.linger()
        self.drop(victim)

    def do_close(self, victim):
        self.drop(victim)

    def do_wait(self, victim):
        time.sleep(self.rng.random() * 0.02)

    ACTS = (do_right,) * 8 + (do_several,) * 3 + (do_flipped, do_half, do_slow, do_noise, do_early,
                                                 do_reset, do_close, do_wait)


class Fuzzer:
    """Several workers, until it is stopped."""

    def __init__(self, seed, remote, addresses):
        self.seed, self.addresses = seed, addresses
        self.nid, self.target = remote.nid, (remote.address, remote.port)
        self.stop = threading.Event()
        self.failure = None
        self.workers = [Worker(self, number) for number in range(len(addresses))]

    def fail(self, error):
        if not isinstance(error, Violation):
            error = AssertionError(f"{type(error).__name__}: {error}")
        self.failure = self.failure or error
        self.stop.set()

    def start(self):
        for worker in self.workers:
            worker.start()

    def finish(self):
        """Stops the workers: how many steps they made; raises the first failure."""
        self.stop.set()
        for worker in self.workers:
            worker.join(10)
        if any(worker.is_alive() for worker in self.workers):
            self.fail(AssertionError("a worker does not end"))
        if self.failure:
            raise AssertionError(f"seed {self.seed}: {self.failure}") from self.failure
        return sum(worker.steps for worker in self.workers)
