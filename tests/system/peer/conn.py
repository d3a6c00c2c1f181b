# SPDX-License-Identifier: GPL-2.0
"""One connection after its HELLO: messages out, and a thread that takes them in."""

import threading
import time
from dataclasses import dataclass

import wire
from link import Gone, Late
from wire import Header, Ksock, Violation


@dataclass
class Message:
    """A message that has come: its headers as they were, its payload, and its connection."""
    conn: object
    ksock: Ksock
    header: Header
    payload: bytes

    @property
    def kind(self):
        return self.header.type


class Conn:
    """A connection of a Peer, which is told of everything that comes, and of its end.

    ctype is as we see it: our BULK_IN is the other side's BULK_OUT. order is the byte order
    that we write in; the other side always writes in that of this machine.
    """

    def __init__(self, peer, link, ctype, version, order="<"):
        self.peer, self.link, self.ctype = peer, link, ctype
        self.version, self.order = version, order
        self.began = time.monotonic()
        self.reading = threading.Event()    # cleared: leave everything unread
        self.reading.set()
        self.ended = threading.Event()
        self.cut = False                    # it ended inside a message
        self.rate = None                    # bytes a second of payload to take in, at most
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.starting = threading.Lock()    # a thread that has just begun cannot be joined

    def start(self):
        with self.starting:
            self.thread.start()

    # --- in

    def _run(self):
        try:
            while not self.link.closing:
                self.reading.wait(0.1)
                if self.reading.is_set():
                    self._take()
        except Gone as gone:
            self.cut = bool(gone.data)
        except (Violation, Late) as error:
            self.peer.fail(error)
        except (OSError, ValueError) as error:
            if not self.link.closing:
                self.peer.fail(error)
        finally:
            self.ended.set()
            self.peer.conn_ended(self)

    def _take(self):
        ksock = Ksock()
        if self.version > 1:
            ksock = Ksock.decode(self.link.read(wire.KSOCK_BYTES, None))
            if ksock.type == wire.NOOP:
                self.peer.noop_came(self, ksock)
                return
        raw = self._rest(wire.header_bytes(self.version), None if self.version == 1 else 30)
        header = Header.decode(raw, self.version)
        payload = self._payload(header.length)
        if ksock.csum:
            right = wire.checksum(self.version, ksock, raw, payload)
            wire.demand(self.version == 2 and ksock.csum == right, "csum", ksock.encode() + raw)
        self.peer.message_came(Message(self, ksock, header, payload))

    def _rest(self, count, seconds=30):
        """Reads a part of a message that has begun."""
        try:
            return self.link.read(count, seconds)
        except Gone as gone:
            raise Gone(gone.data or b"?") from gone

    def _payload(self, length):
        if not self.rate:
            return self._rest(length) if length else b""
        parts = []
        while length:
            step = min(length, max(self.rate // 20, 1))
            parts.append(self._rest(step))
            length -= step
            time.sleep(0.05)
        return b"".join(parts)

    # --- out

    def send_raw(self, data, seconds=30):
        with self.lock:
            self.link.write(data, seconds)

    def frame(self, header, payload=b"", ksock=None, csum=False):
        """The bytes of a message."""
        raw = header.encode(self.version)
        if self.version == 1:
            return raw + payload
        ksock = ksock or Ksock()
        if csum:
            ksock.csum = wire.checksum(self.version, ksock, raw, payload, self.order)
        return ksock.encode(self.order) + raw + payload

    def send(self, header, payload=b"", ksock=None, csum=False):
        self.send_raw(self.frame(header, payload, ksock, csum))

    def noop(self, cookie0, cookie1):
        self.send_raw(Ksock(wire.NOOP, 0, cookie0, cookie1).encode(self.order))

    def close(self):
        """Closes with a FIN; if something was left unread, TCP sends a RST instead."""
        self.link.wake()
        self.reading.set()
        self._join()
        self.link.close()

    def reset(self):
        self.link.linger()
        self.close()

    def _join(self):
        if self.thread is threading.current_thread():
            return
        with self.starting:
            started = self.thread.ident is not None
        if started:
            self.thread.join(5)
