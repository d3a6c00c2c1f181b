#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Usage: crowd.py: a node at each address of this machine, as far as LNet sees. Each takes connections,
and answers pings and pushes as a node does that discovers. It ends by a signal, and then says how much
it has answered."""

import os
import resource
import selectors
import signal
import socket
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system/peer"))
# pylint: disable=wrong-import-position
import wire  # noqa: E402

FEATURES = 0x1E         # multi-rail and discovery, besides what PING_MINE has
PORT = 988


class Caller:
    """A connection, and what has come of the next thing."""

    def __init__(self, sock, counts):
        self.sock = sock
        self.counts = counts
        self.data = b""
        self.greeted = False
        self.nid = self.remote = 0

    def came(self):
        """False: the connection has ended."""
        try:
            data = self.sock.recv(65536)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self.data += data
        while data and self.step():
            pass
        return bool(data)

    def take(self, count):
        data, self.data = self.data[:count], self.data[count:]
        return data

    def step(self):
        """Uses what has come. False: that is not enough."""
        if not self.greeted:
            return self.greet()
        if len(self.data) < wire.KSOCK_BYTES:
            return False
        ksock = wire.Ksock.decode(self.data[:wire.KSOCK_BYTES])
        if ksock.type == wire.NOOP:
            self.take(wire.KSOCK_BYTES)
            return True
        whole = wire.KSOCK_BYTES + wire.HEADER_BYTES
        if len(self.data) < whole:
            return False
        header = wire.Header.decode(self.data[wire.KSOCK_BYTES:whole])
        if len(self.data) < whole + header.length:
            return False
        self.take(whole + header.length)
        if ksock.cookie0:
            self.sock.send(wire.Ksock(wire.NOOP, cookie1=ksock.cookie0).encode())
        self.answer(header)
        return True

    def greet(self):
        if len(self.data) < wire.CONNREQ_BYTES + wire.HELLO_BYTES:
            return False
        self.nid = wire.Connreq.decode(self.take(wire.CONNREQ_BYTES)).nid
        hello = wire.Hello.decode(self.take(wire.HELLO_BYTES))
        self.remote = hello.src_nid
        self.sock.send(wire.Hello(self.nid, hello.src_nid, ctype=wire.MIRROR[hello.ctype]).encode())
        self.greeted = True
        self.counts["connections"] += 1
        return True

    def answer(self, header):
        words = {"dest_nid": self.remote, "src_nid": self.nid, "wmd": header.wmd}
        payload = b""
        if header.type == wire.GET:
            nis = [(wire.NID_LO, 1), (self.nid, wire.STATUS_UP)]
            payload = wire.PingInfo(nis, FEATURES).encode()[:header.sink]
            head = wire.Header(wire.REPLY, length=len(payload), **words)
            self.counts["pings"] += 1
        elif header.wmd != wire.NO_WMD:
            head = wire.Header(wire.ACK, bits=header.bits, mlength=header.length, **words)
            self.counts["pushes"] += 1
        else:
            return
        self.sock.send(wire.Ksock().encode() + head.encode() + payload)


def main():
    counts = {"connections": 0, "pings": 0, "pushes": 0}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (20000, 20000))
    chosen = selectors.DefaultSelector()
    listener = socket.create_server(("", PORT), backlog=4096)
    listener.setblocking(False)
    chosen.register(listener, selectors.EVENT_READ)
    print("crowd: listening", flush=True)
    try:
        while True:
            for key, _ in chosen.select():
                if key.data is None:
                    sock, _ = listener.accept()
                    sock.setblocking(False)
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    chosen.register(sock, selectors.EVENT_READ, Caller(sock, counts))
                elif not key.data.came():
                    chosen.unregister(key.fileobj)
                    key.fileobj.close()
    finally:
        print("crowd:", *(f"{number} {what}" for what, number in counts.items()), flush=True)


if __name__ == "__main__":
    main()
