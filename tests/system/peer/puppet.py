# SPDX-License-Identifier: GPL-2.0
"""The client of LNet in the kernel that carries out commands: /dev/lnet_puppet."""

import collections
import os
import select
import time

from link import SECONDS, Late, deadline_in

DEVICE = "/dev/lnet_puppet"


class Refusal(Exception):
    """A command failed; .errno is negative, as in the kernel."""

    def __init__(self, command, errno, text):
        super().__init__(f"'{command}': {errno} {text}")
        self.errno = errno


class Event:
    """An LNet event, its fields as attributes: numbers, except the names of processes."""

    def __init__(self, line):
        self.line = line
        words = line.split()
        self.kind = words[0]
        for word in words[1:]:
            name, value = word.split("=", 1)
            try:
                setattr(self, name, int(value, 0))
            except ValueError:
                setattr(self, name, value)

    def __repr__(self):
        return self.line


class Puppet:
    """One session: all that it has posted is gone when it is closed."""

    def __init__(self, path=DEVICE):
        self.fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        self.part = b""
        self.lines = collections.deque()
        self.events = []

    def _pump(self, seconds):
        """Takes in the lines there are; waits so long for one."""
        poll = select.poll()
        poll.register(self.fd, select.POLLIN)
        if not poll.poll(max(seconds, 0) * 1000):
            return False
        data = self.part + os.read(self.fd, 1 << 16)
        *lines, self.part = data.split(b"\n")
        for line in lines:
            word, _, rest = line.decode().partition(" ")
            if word == "event":
                self.events.append(Event(rest))
            elif word == "lost":
                raise Late(f"the puppet has lost {rest} lines: read more often")
            else:
                self.lines.append((word, rest))
        return True

    def command(self, *words):
        """Carries out a command: the text behind its "ok"."""
        text = " ".join(str(word) for word in words)
        try:
            os.write(self.fd, text.encode())
        except OSError:
            pass        # the line says more
        while True:
            while not self.lines:
                if not self._pump(SECONDS):
                    raise Late(f"no answer to '{text}'")
            word, rest = self.lines.popleft()
            if word == "ok":
                return rest.strip()
            if word == "error":
                number, _, why = rest.partition(" ")
                raise Refusal(text, int(number), why)
            if word != "id":
                raise Late(f"the puppet says '{word} {rest}'")
            self.ids.append(rest.split()[1])

    # --- commands

    def nids(self):
        self.ids = []
        self.command("nid")
        return self.ids

    def post(self, portal, length, source="any", bits=0, ignore=0, options="put", threshold="inf",
             memory="contiguous", seed=None):
        """Posts a match entry with memory: its handle."""
        words = ["post", portal, source, hex(bits), hex(ignore), length, options, threshold, memory]
        return int(self.command(*words, *([] if seed is None else [seed])))

    def bind(self, length, seed=0, memory="contiguous", threshold="inf", options="-"):
        return int(self.command("bind", length, seed, memory, threshold, options))

    def put(self, handle, target, portal, bits=0, offset=0, hdr_data=0, ack=True, reclaim=False):
        """reclaim: as from a thread that frees memory."""
        self.command("put", handle, target, portal, hex(bits), offset, hex(hdr_data),
                     "ack" if ack else "noack", *(["reclaim"] if reclaim else []))

    def get(self, handle, target, portal, bits=0, offset=0):
        self.command("get", handle, target, portal, hex(bits), offset)

    def unlink(self, handle):
        self.command("unlink", handle)

    def free(self, handle):
        self.command("free", handle)

    def check(self, handle, length, seed, offset=0, at=0):
        """Checks that the memory of a handle has the pattern."""
        answer = self.command("check", handle, offset, length, seed, at)
        if answer != "same":
            raise AssertionError(f"memory of {length} bytes, seed {seed}: {answer}")

    def crc(self, handle, length, offset=0):
        return int(self.command("crc", handle, offset, length), 0)

    # --- events

    def event(self, kind=None, handle=None, seconds=SECONDS):
        """Waits for the first event of that kind and handle, which may have come already."""
        deadline = deadline_in(seconds)
        while True:
            for event in self.events:
                if kind in (None, event.kind) and handle in (None, event.handle):
                    self.events.remove(event)
                    return event
            left = deadline - time.monotonic()
            if left <= 0 or not self._pump(left):
                raise Late(f"no {kind or ''} event of handle {handle} in {seconds} s"
                           + "".join(f"\n  {event}" for event in self.events))

    def good(self, kind, handle=None, seconds=SECONDS, **fields):
        """The same; checks that its status is 0 and its fields are those."""
        event = self.event(kind, handle, seconds)
        for name, value in {"status": 0, **fields}.items():
            if getattr(event, name) != value:
                raise AssertionError(f"{name} is not {value}: {event}")
        return event

    def silent(self, seconds=0.3):
        """Checks that no event is there, and that none comes."""
        deadline = deadline_in(seconds)
        while not self.events and self._pump(deadline - time.monotonic()):
            pass
        if self.events:
            raise AssertionError(f"an event where none should be: {self.events[0]}")

    def close(self):
        if self.fd is not None:
            os.close(self.fd)
        self.fd = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
