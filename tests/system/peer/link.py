# SPDX-License-Identifier: GPL-2.0
"""A TCP connection with deadlines, and the two steps that begin an LNet connection on it.

Nothing here blocks without an end: reading waits until its deadline and raises Late, or
Gone when the other side has closed.
"""

import errno
import os
import select
import socket
import struct
import threading
import time

import wire
from wire import Connreq, Hello

SLOW = int(os.environ.get("LNET_SLOW") or 1)    # this machine: scripts/slowness
SECONDS = 10            # for anything that has no reason to take longer


def deadline_in(seconds):
    """When a wait is over; None: never. Waits of a second or more, for things that are to
    happen, are longer on a slow machine; shorter ones, for things that are not, are not."""
    if seconds is None:
        return None
    return time.monotonic() + (seconds if seconds < 1 else seconds * SLOW)

PORT = 988
FIRST_PORT, LAST_PORT = 1023, 512


class Gone(Exception):
    """The other side has closed; .data has the bytes of the read that had come."""

    def __init__(self, data=b""):
        after = f" after {len(data)} bytes" if data else ""
        super().__init__("the connection was closed" + after)
        self.data = data


class Late(Exception):
    """Something did not happen in time; .data has the bytes of the read that had come."""

    def __init__(self, what, data=b""):
        super().__init__(what + (f", but {len(data)} bytes\n" + wire.dump(data) if data else ""))
        self.data = data


IPV6_FREEBIND = 78      # Python has no name for it


def _socket(address):
    """A socket of the family of an address. An IPv6 one need not be an interface's: see
    setting.ipv6()."""
    if ":" not in address:
        return socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    sock.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
    return sock


def _bind(sock, address, privileged):
    """Binds to a port from 1023 down, as a node does; or to any above."""
    def bind(port):
        # "fe80::1%lo" is an address and an interface.
        return sock.bind(socket.getaddrinfo(address, port, sock.family, sock.type)[0][4])
    if not privileged:
        return bind(0)
    for port in range(FIRST_PORT, LAST_PORT - 1, -1):
        try:
            return bind(port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    raise Late(f"{address} has no port left below 1024")


def _wait(sock, alarm, events, deadline):
    """Waits until the socket is ready: True; the alarm is set: False; or the deadline: None."""
    poll = select.poll()
    poll.register(sock, events)
    poll.register(alarm, select.POLLIN)
    left = None if deadline is None else max(deadline - time.monotonic(), 0) * 1000
    ready = poll.poll(left)
    return any(fd == sock.fileno() for fd, _ in ready) if ready else None


class Link:
    """One end of a connection. One thread may read while another writes."""

    def __init__(self, sock, remote=None):
        self.sock = sock
        self.closing = False
        self.alarm = os.eventfd(0)      # wakes threads that wait when the link is closed here
        self.lock = threading.Lock()
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # A node that was dialled may have hung up by now: then getpeername() fails.
        self.remote = (remote or sock.getpeername())[:2]

    @classmethod
    def dial(cls, source, target, privileged=True, seconds=SECONDS, window=None):
        """From an address to an (address, port)."""
        sock = _socket(source)
        try:
            if window:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
            _bind(sock, source, privileged)
            sock.settimeout(seconds)
            sock.connect(target)
            return cls(sock, target)
        except BaseException:
            sock.close()
            raise

    def _wait(self, events, deadline):
        """Waits until the socket is ready; False when the link is being closed here."""
        try:
            ready = _wait(self.sock, self.alarm, events, deadline)
        except (OSError, ValueError):
            ready = False       # it has been closed already
        if ready is None:
            raise Late("nothing came" if events == select.POLLIN else "nothing could be sent")
        return ready and not self.closing

    def read_some(self, limit, seconds=SECONDS):
        """Reads at least a byte; nothing at the end of the stream."""
        deadline = deadline_in(seconds)
        while self._wait(select.POLLIN, deadline):
            try:
                return self.sock.recv(limit)
            except BlockingIOError:
                continue
            except (ConnectionError, TimeoutError):
                return b""
        return b""

    def read(self, count, seconds=SECONDS):
        """Reads exactly so many bytes; with seconds None the first may take as long as it likes."""
        parts, left = [], count
        while left:
            try:
                part = self.read_some(left, seconds)
            except Late as late:
                raise Late(f"{count} bytes were to come", b"".join(parts)) from late
            if not part:
                raise Gone(b"".join(parts))
            parts.append(part)
            left -= len(part)
            seconds = SECONDS if seconds is None else seconds
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def write(self, data, seconds=SECONDS):
        deadline = deadline_in(seconds)
        view = memoryview(data)
        while view:
            if not self._wait(select.POLLOUT, deadline):
                raise Gone()
            try:
                view = view[self.sock.send(view):]
            except BlockingIOError:
                continue
            except OSError as error:
                # The reading thread has found the end, and closed the link, since the wait.
                if self.closing or isinstance(error, (ConnectionError, TimeoutError)):
                    raise Gone() from error
                raise

    def closed_within(self, seconds=SECONDS):
        """How long the other side takes to close; it must do so without a byte."""
        begin = time.monotonic()
        data = self.read_some(4096, seconds)
        if data:
            raise wire.Violation("bytes came where the connection was to be closed", data)
        return time.monotonic() - begin

    def quiet(self, seconds):
        """Checks that nothing comes, and that the link stays open."""
        try:
            data = self.read_some(4096, seconds)
        except Late:
            return
        if not data:
            raise Gone()
        raise wire.Violation("bytes came where none were to come", data)

    def finish(self):
        """Ends this direction; the other one stays."""
        self.sock.shutdown(socket.SHUT_WR)

    def wake(self):
        """Tells threads that wait for the link that it is being closed."""
        with self.lock:
            self.closing = True
            if self.alarm is not None:
                os.eventfd_write(self.alarm, 1)

    def close(self):
        self.wake()
        with self.lock:
            self.sock.close()
            if self.alarm is not None:
                os.close(self.alarm)
            self.alarm = None

    def linger(self):
        """Closing will be a RST instead of a FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def reset(self):
        self.linger()
        self.close()

    # --- the two steps

    def ask(self, hello, target=None, order="<"):
        """The active side's first bytes: connection request and HELLO, at once."""
        request = Connreq(hello.dst_nid if target is None else target)
        self.write(request.encode(order) + hello.encode(order))

    def read_hello(self, seconds=SECONDS, order="<"):
        start = self.read(8, seconds)
        return Hello.decode(start + self.read(Hello.length(start, order) - 8, seconds), order)

    def read_request(self, seconds=SECONDS):
        """Reads and checks both on the passive side: (Connreq, Hello)."""
        start = self.read(8, seconds)
        request = Connreq.decode(start + self.read(Connreq.length(start) - 8, seconds))
        return request, self.read_hello(seconds)


class Listener:
    """Listens like a node does."""

    def __init__(self, address, port=PORT, backlog=127, window=None):
        self.sock = _socket(address)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if window:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        self.sock.bind((address, port))
        self.sock.listen(backlog)
        self.sock.setblocking(False)
        self.alarm = os.eventfd(0)
        self.closing = False

    def accept(self, seconds=SECONDS):
        """The next connection; None when the listener is closed here."""
        deadline = deadline_in(seconds)
        while True:
            ready = _wait(self.sock, self.alarm, select.POLLIN, deadline)
            if ready is None:
                raise Late("no connection came")
            if self.closing:
                return None
            try:
                return Link(self.sock.accept()[0])
            except OSError:
                continue        # the caller has gone again

    def none_within(self, seconds):
        """Checks that no connection comes for so long."""
        try:
            link = self.accept(seconds)
        except Late:
            return
        link.close()
        raise wire.Violation("a connection came where none was to come")

    def wake(self):
        self.closing = True
        if self.alarm is not None:
            os.eventfd_write(self.alarm, 1)

    def close(self):
        self.wake()
        self.sock.close()
        if self.alarm is not None:
            os.close(self.alarm)
        self.alarm = None
