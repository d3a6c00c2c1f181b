# SPDX-License-Identifier: GPL-2.0
"""The list of known failures, tests/known-failures, as the judges read it.

A line has five fields, with a tab or two and more spaces between:

    KEY    always|sometimes    FAULT    TEXT    REASON

KEY names one result: its first word is one of KINDS, and Documentation/testing.rst
says what follows.
A listed result that fails is "known" and does not count, if a line about the failure
has TEXT in it: else it shows another fault, and counts. (The KEY of a data race says
all: its TEXT is "-".) A result that is listed to fail always and passes is a failure:
its line has to go. FAULT names the fault of the code that the result shows; the change
that mends the fault takes the line off. "sometimes" is for the kinds in TRIED, whose
cases a step tries until they fail.

usage: known.py --sometimes KIND
"""

import pathlib
import re
import sys

LIST = pathlib.Path(__file__).resolve().parent.parent / "tests/known-failures"
WHEN = ("always", "sometimes")
KINDS = ("kunit", "peer", "fuzz", "litmus", "kcsan")
TRIED = ("kunit", "kcsan")


class Entry:
    """One line of the list."""

    def __init__(self, key, when, fault, text, reason):
        self.key = key
        self.when = when
        self.fault = fault
        self.text = text
        self.reason = reason

    def explains(self, lines):
        """Whether this is the failure that the lines are about."""
        return any(self.text in line for line in lines)


def parse(text, name):
    """Entries by key; a line that has not this form ends the program."""
    entries = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = re.split(r"\t+| {2,}", line.strip(), maxsplit=4)
        if len(fields) != 5:
            sys.exit(f"{name}:{number}: not KEY, WHEN, FAULT, TEXT and REASON with two spaces between")
        if fields[1] not in WHEN:
            sys.exit(f"{name}:{number}: '{fields[1]}' is not one of {', '.join(WHEN)}")
        kind = fields[0].split()[0]
        if kind not in KINDS:
            sys.exit(f"{name}:{number}: '{kind}' is not one of {', '.join(KINDS)}: no judge would look it up")
        if fields[1] == "sometimes" and kind not in TRIED:
            sys.exit(f"{name}:{number}: nothing tries '{fields[0]}' until it fails: 'sometimes' is "
                     f"for results of {' and '.join(TRIED)}")
        if (fields[3] == "-") != (kind == "kcsan"):
            sys.exit(f"{name}:{number}: TEXT is '-' for kcsan and for nothing else")
        if fields[0] in entries:
            sys.exit(f"{name}:{number}: '{fields[0]}' stands there twice")
        entries[fields[0]] = Entry(*fields)
    return entries


def read(path=LIST):
    """Entries of a file by key; no file is an empty list."""
    path = pathlib.Path(path)
    return parse(path.read_text(encoding="utf-8"), path.name) if path.exists() else {}


def main():
    if len(sys.argv) != 3 or sys.argv[1] != "--sometimes":
        sys.exit("usage: known.py --sometimes KIND  (the listed races of a kind, without the kind)")
    for key, entry in read().items():
        kind, _, name = key.partition(" ")
        if kind == sys.argv[2] and entry.when == "sometimes":
            print(name)


if __name__ == "__main__":
    main()
