# SPDX-License-Identifier: GPL-2.0
"""The cases that a guest runs: all of them fit in one guest, but several are done sooner.

Each case is in exactly one of N parts, and the parts take about the same time. Cases with
the same parameters of the modules stay together where there are few of them: each set of
parameters is a load of the modules.
"""

LONG = "long"
QUICK = "quick"         # those that take half a second, and load no modules
LOAD = 2                # seconds, of the modules, once for each set of parameters


def units_of(cases):
    """Lists of cases that stay together. The usual parameters have too many cases for that."""
    groups = {}
    for case in cases:
        key = case.name if case.params == {} or case.bare else repr(case.params)
        groups.setdefault(key, []).append(case)
    return list(groups.values())


def weight(unit):
    load = 0 if unit[0].params == {} or unit[0].bare else LOAD
    return load + sum(case.seconds for case in unit)


def shares(cases, number):
    """@number lists of about the same weight: each unit, heaviest first, goes to the lightest."""
    parts = [[] for _ in range(number)]
    loads = [0] * number
    for unit in sorted(units_of(cases), key=weight, reverse=True):
        least = loads.index(min(loads))
        parts[least] += unit
        loads[least] += weight(unit)
    return parts


def part_of(cases, part):
    """The cases of a part, "K/N", "long" or "quick", in the order in which they stand."""
    if part == LONG:
        return [case for case in cases if case.long]
    if part == QUICK:
        return [case for case in cases if case.seconds <= 0.5 and case.params == {}]
    which, _, number = part.partition("/")
    if not (which.isdigit() and number.isdigit() and 1 <= int(which) <= int(number)):
        raise ValueError(f"--part takes K/N, such as 1/2, {LONG} or {QUICK}, not '{part}'")
    short = [case for case in cases if not case.long]
    mine = {case.name for case in shares(short, int(number))[int(which) - 1]}
    return [case for case in short if case.name in mine]
