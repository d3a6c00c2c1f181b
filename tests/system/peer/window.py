# SPDX-License-Identifier: GPL-2.0
"""The driver's windows (lnet/hooks/window.h), widened while the cases run, and who came there."""

import os

LIST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../guest/windows.list")
PARAMETER = "/sys/module/lnet/parameters/window"


class Windows:
    """Those that tests/guest/windows.list gives to the peer; none of them: not widened."""

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
        """What lnet.ko is loaded with."""
        if not self.rows:
            return []
        return ["window=" + "+".join(f"{name}:{us}:{each}"
                                     for name, (us, each, _) in self.rows.items())]

    def collect(self):
        """Adds up who has waited, before lnet.ko is removed."""
        if not self.rows:
            return
        with open(PARAMETER, encoding="ascii") as lines:
            for name, *_, waited in (line.split() for line in lines):
                self.waited[name] += int(waited)

    def cases(self):
        """A case for each: it was met."""
        return [f"window_{name}" for name in self.rows]

    def report(self):
        """A result of each case; how many failed."""
        failed = 0
        for name, (_, _, least) in self.rows.items():
            if self.waited[name] < least:
                print(f"FAIL window_{name} {self.waited[name]} have waited there, not {least}")
                failed += 1
            else:
                print(f"ok window_{name} 0.0  {self.waited[name]} have waited there")
        return failed
