# SPDX-License-Identifier: GPL-2.0
"""Weakens each ordering of a test in turn, to see which of them the result needs.

An acquire, a release or a full barrier of an operation becomes relaxed, a fence or a
critical section goes, a grace period becomes a full barrier, an atomic operation a
read and a write. A test whose result nothing changes proves nothing.
"""
import copy
import re

from candidate import judge

ORDERED = {"MB": "full", "ACQUIRE": "acquire", "RELEASE": "release"}
TAGGED = {"load", "store", "xchg", "cmpxchg", "rmw", "add-unless", "update"}
ATOMIC = {"xchg", "cmpxchg", "rmw", "add-unless", "update"}
READER = {"rcu-lock", "rcu-unlock"}
# The name of a step, behind it: a letter of the source, or a function there.
LABEL = re.compile(r"/\*\s*([A-Z]|[a-z_]\w*\(\))\s*(?:\*/|:)")
NOTHING = ("sequence", [])


class Change:
    """One weakening: name is that of the step, what says how, threads the changed threads.

    optional: it need not make a difference.
    """

    def __init__(self, name, what, threads, optional=False):
        self.name = name
        self.what = what
        self.threads = threads
        self.optional = optional


def calls(code, path=()):
    """All calls in code: (path, node), outer ones first."""
    if isinstance(code, tuple) and code and code[0] == "at":
        yield path, code
    if isinstance(code, (tuple, list)):
        for i, inner in enumerate(code):
            yield from calls(inner, path + (i,))


def put(code, path, new):
    """code with new at path."""
    if not path:
        return new
    inner = [put(c, path[1:], new) if i == path[0] else c for i, c in enumerate(code)]
    return type(code)(inner)


def mapped(node, change):
    """node with change() applied from the inside out, other calls left alone."""
    if isinstance(node, list):
        return [mapped(n, change) for n in node]
    if not isinstance(node, tuple):
        return node
    if node and node[0] == "at":
        return node
    return change(tuple(mapped(n, change) for n in node))


def relaxed(tag):
    def change(node):
        if node and node[0] in TAGGED and node[1] in ORDERED:
            return (node[0], tag, *node[2:])
        if node and node[0] == "fence" and node[1] not in READER | {"sync-rcu"}:
            return NOTHING
        if node == ("fence", "sync-rcu"):
            return ("fence", "MB")
        return node
    return change


def apart(node):
    return ("split", node) if node and node[0] in ATOMIC else node


def name_of(test, thread, node):
    """The label behind a call's line, or else its thread and the name of the call."""
    found = LABEL.search(test.text.split("\n")[node[1] - 1])
    return found.group(1) if found else f"P{thread}:{node[2]}"


def changes(test):
    """All weakenings of a test."""
    for thread, (_, code) in enumerate(test.threads):
        sections = {}
        for path, node in calls(code):
            def changed(what, path=path, node=node, thread=thread):
                new = put(code, path, (*node[:3], what))
                return with_thread(test, thread, new)
            what = node[3]
            name = name_of(test, thread, node)
            if what[0] in ("lock", "unlock") or what[0] == "fence" and what[1] in READER:
                key = what[1] if what[0] != "fence" else "rcu"
                sections.setdefault(key, []).append((path, name))
                continue
            weaker = mapped(what, relaxed("ONCE"))
            if weaker != what:
                yield Change(name, how(node), changed(weaker))
            split = mapped(what, apart)
            if split != what:
                yield Change(name, f"{node[2]} in two steps", changed(split), True)
        for key, members in sections.items():
            yield without_section(test, thread, key, members)


def how(node):
    tags = {"sync-rcu": "smp_mb instead of {}"}
    for _, kind in found_tags(node[3]):
        if kind in tags:
            return tags[kind].format(node[2])
    kinds = {kind for kind, _ in found_tags(node[3])}
    return f"{node[2]} left out" if kinds == {"fence"} else f"{node[2]} relaxed"


def found_tags(node):
    if isinstance(node, list):
        return [t for n in node for t in found_tags(n)]
    if not isinstance(node, tuple) or not node or node[0] == "at":
        return []
    own = [(node[0], node[1])] if node[0] in TAGGED | {"fence"} else []
    return own + [t for n in node[1:] for t in found_tags(n)]


def with_thread(test, thread, code):
    threads = list(test.threads)
    threads[thread] = (threads[thread][0], code)
    return threads


def without_section(test, thread, key, members):
    code = test.threads[thread][1]
    for path, _ in members:
        code = put(code, path, NOTHING)
    name = "".join(dict.fromkeys(n for _, n in members if len(n) == 1))
    what = "rcu_read_lock" if key == "rcu" else f"lock {key[-1]}"
    return Change(name or f"P{thread}:{what.replace(' ', '-')}", f"{what} of P{thread} not taken",
                  with_thread(test, thread, code))


def weaken(test, model, unroll=2):
    """Each change with its effect: (change, outcome, whether the result is another)."""
    whole = judge(test, model, unroll)
    for change in changes(test):
        weaker = copy.copy(test)
        weaker.threads = change.threads
        outcome = judge(weaker, model, unroll)
        differs = (outcome.observation() != whole.observation() or
                   set(outcome.flags) != set(whole.flags))
        yield change, outcome, differs
