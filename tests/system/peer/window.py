# SPDX-License-Identifier: GPL-2.0
"""The driver's windows (lnet/hooks/window.h), widened while the cases run, and how many threads
came there."""

import contextlib
import os

from case import Skipped
from setting import write

LIST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../guest/windows.list")
PARAMETER = "/sys/module/lnet/parameters/window"


class Windows:
    """The windows that tests/guest/windows.list gives to the peer; none if not @widened."""

    def __init__(self, widened):
        self.rows = {}
        self.waited = {}
        if widened:
            with open(LIST, encoding="ascii") as rows:
                for name, us, each, least, suite in (row.split() for row in rows if row[0] != "#"):
                    if suite == "peer":
                        self.rows[name] = (us, each, int(least))
            self.waited = dict.fromkeys(self.rows, 0)

    def args(self):
        """The parameter of lnet.ko that widens them."""
        if not self.rows:
            return []
        return ["window=" + "+".join(f"{name}:{us}:{each}"
                                     for name, (us, each, _) in self.rows.items())]

    @contextlib.contextmanager
    def opened(self, name, us):
        """Every thread that comes there waits; yields a function that tells how many have come."""
        if not os.path.exists(PARAMETER):
            raise Skipped("these modules have no windows")
        write(PARAMETER, f"{name}:{us}:1")
        try:
            yield lambda: self.counts()[name]
        finally:
            self.collect()
            write(PARAMETER, "off")
            for words in self.args():
                write(PARAMETER, words.partition("=")[2])

    @staticmethod
    def counts():
        """How many threads have waited in each open window."""
        with open(PARAMETER, encoding="ascii") as lines:
            return {name: int(waited) for name, *_, waited in (line.split() for line in lines)}

    def collect(self):
        """Adds up how many have waited, before lnet.ko is removed."""
        if not self.rows:
            return
        for name, waited in self.counts().items():
            self.waited[name] += waited

    def cases(self):
        """The names of the cases, one for each window: threads have met it."""
        return [f"window_{name}" for name in self.rows]

    def report(self):
        """Prints a result for each case; returns how many failed."""
        failed = 0
        for name, (_, _, least) in self.rows.items():
            if self.waited[name] < least:
                print(f"FAIL window_{name} {self.waited[name]} have waited there, not {least}")
                failed += 1
            else:
                print(f"ok window_{name} 0.0  {self.waited[name]} have waited there")
        return failed
