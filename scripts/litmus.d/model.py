# SPDX-License-Identifier: GPL-2.0
"""Asks a model written in cat about candidate executions.

Each name of the model, each time that it is bound, gets a slot of its own, and each
slot a level: 0 when its value follows from the events and their program order alone,
1 when it also depends on which write each read reads from, one more for each "with"
that it needs. A value is computed when first asked for and kept with its level, so
a value that several candidates share is computed once for them.
"""
import itertools
import os

import cat
from relation import (ModelError, ZERO, bits, closure, codomain, compose, domain, identity,
                      inter, inverse, is_acyclic, is_empty, is_irreflexive, minus,
                      order_relation, orders, product, union)

# The definitions that herd7's library gives a model before its first line, in our words.
PRELUDE = """
let emptyset = domain 0
let po-loc = po & loc
let rfe = rf & ext
let rfi = rf & int
let co0 = loc & ((IW * (W \\ IW)) | ((W \\ FW) * FW))
let fencerel(B) = (po & (_ * B)) ; po
let singlestep(R) = R \\ (R ; R)
"""

# The files of that library which the model includes: every way to choose one of each
# ("cross" is built in), and every coherence order that does not contradict the values
# that were read.
LIBRARY = {
    "cross.cat": "",
    "cos-opt.cat": """
let seen-before = (po-loc & (W * W)) | (rf ; (po-loc & (R * W))) |
    (((po-loc & (W * R)) ; rf^-1) \\ id) | ((rf ; (po-loc & (R * R)) ; rf^-1) \\ id)
let order-base = seen-before | co0
acyclic order-base as coherence-so-far
with co from coherence-orders(W, order-base)
let coi = co & int
let coe = co & ext
let fr = (rf^-1 ; co) \\ id
let fri = fr & int
let fre = fr & ext
""",
}

SETS = ("M", "R", "W", "F", "IW", "FW", "RMW", "LKR", "LKW", "UL", "LF", "RL", "RU")
RELATIONS = ("id", "loc", "int", "ext", "po", "addr", "data", "ctrl", "rmw")
VARIANTS = {"lkmmv2"}
CHECKS = {"acyclic": is_acyclic, "irreflexive": is_irreflexive, "empty": is_empty}


class Slot:
    """One binding of one name."""

    def __init__(self, name, level, exp=None, params=None, group=None):
        self.name = name
        self.level = level
        self.exp = exp
        self.params = params
        self.group = group


class Event:
    """An event as an element of a set."""

    def __init__(self, number):
        self.number = number


class Pair:
    """A pair as an element of a relation."""

    def __init__(self, first, second):
        self.first = first
        self.second = second


class Function:
    """A function of the model with the names it sees."""

    def __init__(self, params, exp, local):
        self.params = params
        self.exp = exp
        self.local = local


class Model:
    """The statements of a model, its names resolved."""

    def __init__(self, folder):
        self.folder = folder
        self.names = {}
        self.steps = []
        self.tag_sets = {}
        self.enums = {}
        self.allowed = {}
        self.level = 1
        for name in SETS + RELATIONS:
            self.names[name] = Slot(name, 0)
        # The candidate brings it; the model may bind the name anew.
        self.given_rf = self.names["rf"] = Slot("rf", 1)
        # The names as they are before the model binds any anew.
        self.given = dict(self.names)
        self.read(PRELUDE, "prelude")
        for file in ("linux-kernel.bell", "linux-kernel.cat"):
            self.include(file)

    def read(self, text, where):
        for statement in cat.parse(text, where):
            getattr(self, "add_" + statement[0])(*statement[1:])

    def include(self, file):
        if file in LIBRARY:
            self.read(LIBRARY[file], file)
            return
        path = os.path.join(self.folder, file)
        try:
            with open(path, encoding="utf-8") as opened:
                text = opened.read()
        except OSError as error:
            raise ModelError(f"{path}: {error.strerror}") from error
        self.read(text, file)

    add_include = include

    def add_enum(self, name, tags):
        self.enums[name] = tags
        for tag in tags:
            spelt = tag[0].upper() + tag[1:]
            self.tag_sets[spelt] = tag
            self.names[spelt] = self.given[spelt] = Slot(spelt, 0)

    def add_instructions(self, kind, enum):
        if enum not in self.enums:
            raise ModelError(f"instructions {kind}[{enum}]: no such enum")
        self.allowed.setdefault(kind, set()).update(self.enums[enum])

    def add_let(self, bound, recursive):
        if recursive:
            slots = [Slot(name, 0) for name, _, _ in bound]
            scope = dict(self.names)
            scope.update((slot.name, slot) for slot in slots)
            found = [self.resolve(exp, scope, ()) for _, _, exp in bound]
            level = max(level for _, level in found)
            for slot, (exp, _) in zip(slots, found):
                slot.exp, slot.level, slot.group = exp, level, slots
        else:
            slots = []
            for name, params, exp in bound:
                exp, level = self.resolve(exp, self.names, tuple(params or ()))
                slots.append(Slot(name, level, exp, params))
        self.names.update((slot.name, slot) for slot in slots)

    def add_check(self, kind, negated, exp, name):
        exp, _ = self.resolve(exp, self.names, ())
        self.steps.append(("check", CHECKS[kind], negated, exp, name))

    def add_flag(self, kind, negated, exp, name):
        exp, _ = self.resolve(exp, self.names, ())
        self.steps.append(("flag", CHECKS[kind], negated, exp, name))

    def add_with(self, name, exp):
        exp, _ = self.resolve(exp, self.names, ())
        self.level += 1
        slot = Slot(name, self.level)
        self.names[name] = slot
        self.steps.append(("with", slot, exp))

    # Names become slots, and each expression has the highest level of its names.

    def resolve(self, exp, names, local):
        kind = exp[0]
        if kind == "name":
            return self.resolve_name(exp[1], names, local)
        if kind in ("zero", "all"):
            return exp, 0
        if kind in ("braces", "tuple"):
            found = [self.resolve(e, names, local) for e in exp[1]]
            return (kind, [e for e, _ in found]), max((lv for _, lv in found), default=0)
        if kind == "let":
            return self.resolve_let(exp, names, local)
        if kind == "if":
            return self.resolve(exp[2] if exp[1] in VARIANTS else exp[3], names, local)
        if kind == "try":
            try:
                return self.resolve(exp[1], names, local)
            except ModelError:
                return self.resolve(exp[2], names, local)
        found = [self.resolve(e, names, local) for e in exp[1:]]
        return (kind, *[e for e, _ in found]), max(lv for _, lv in found)

    def resolve_name(self, name, names, local):
        if name in local:
            return ("local", name), 0
        if name in names:
            return ("slot", names[name]), names[name].level
        if name in BUILTINS:
            return ("builtin", BUILTINS[name]), 1 if name == "different-values" else 0
        raise ModelError(f"the model uses '{name}', which is not known here")

    def resolve_let(self, exp, names, local):
        _, bound, recursive, body = exp
        inner = local + tuple(name for name, _, _ in bound)
        top, out = 0, []
        for name, params, what in bound:
            scope = inner if recursive else local
            what, level = self.resolve(what, names, scope + tuple(params or ()))
            out.append((name, params, what))
            top = max(top, level)
        body, level = self.resolve(body, names, inner)
        return ("let", out, recursive, body), max(top, level)


class Run:
    """A model over the events of one candidate. known[i]: the values of level i.

    base: the values of SETS and RELATIONS and of the model's tags, which several
    candidates of the same events may share with all else of level 0.
    """

    def __init__(self, model, count, base, rf, values):
        self.model = model
        self.count = count
        self.everything = (1 << count) - 1
        self.values = values
        self.known = [base] + [{} for _ in range(model.level)]
        self.known[1][model.given_rf] = rf

    def executions(self):
        """All ways to fulfil the model: each as its coherence order and its flags."""
        yield from self.go(0, ())

    def go(self, at, flags):
        steps = self.model.steps
        while at < len(steps):
            step = steps[at]
            at += 1
            if step[0] == "with":
                yield from self.choose(step[1], step[2], at, flags)
                return
            kind, test, negated, exp, name = step
            holds = test(self.evaluate(exp, {})) != negated
            if kind == "check" and not holds:
                return
            if kind == "flag" and holds:
                flags += (name,)
        yield self.value(self.model.names["co"]), flags

    def choose(self, slot, exp, at, flags):
        for choice in self.evaluate(exp, {}):
            for level in range(slot.level, len(self.known)):
                self.known[level] = {}
            self.known[slot.level][slot] = choice
            yield from self.go(at, flags)

    # Values

    def value(self, slot):
        known = self.known[slot.level]
        if slot not in known:
            if slot.params:
                known[slot] = Function(slot.params, slot.exp, {})
            elif slot.group:
                self.fix_point(slot.group, known)
            elif slot.exp is None:
                raise ModelError(f"'{slot.name}' has no value yet")
            else:
                known[slot] = self.evaluate(slot.exp, {})
        return known[slot]

    def fix_point(self, group, known):
        for slot in group:
            known[slot] = ZERO
        while True:
            found = [self.evaluate(slot.exp, {}) for slot in group]
            same = all(equal(known[slot], new) for slot, new in zip(group, found))
            known.update(zip(group, found))
            if same:
                return

    def evaluate(self, exp, local):
        return getattr(self, OPERATIONS[exp[0]])(exp, local)

    def do_slot(self, exp, _):
        return self.value(exp[1])

    def do_local(self, exp, local):
        return local[exp[1]]

    def do_builtin(self, exp, _):
        return exp[1]

    def do_zero(self, _exp, _local):
        return ZERO

    def do_all(self, _exp, _local):
        return self.everything

    def do_id(self, exp, local):
        members = self.evaluate(exp[1], local)
        if members is ZERO:
            return ZERO
        if not isinstance(members, int):
            raise ModelError("[...] of anything but a set")
        return identity(self.count, members)

    def do_braces(self, exp, local):
        members = [self.evaluate(e, local) for e in exp[1]]
        if not all(isinstance(m, Event) for m in members):
            raise ModelError("{...} of anything but events")
        return sum(1 << m.number for m in members)

    def do_tuple(self, exp, local):
        return [self.evaluate(e, local) for e in exp[1]]

    def do_union(self, exp, local):
        return union(self.evaluate(exp[1], local), self.evaluate(exp[2], local))

    def do_inter(self, exp, local):
        left = self.evaluate(exp[1], local)
        return ZERO if is_empty(left) and not isinstance(left, int) else \
            inter(left, self.evaluate(exp[2], local))

    def do_minus(self, exp, local):
        return minus(self.evaluate(exp[1], local), self.evaluate(exp[2], local))

    def do_seq(self, exp, local):
        left = self.evaluate(exp[1], local)
        return ZERO if is_empty(left) else compose(left, self.evaluate(exp[2], local))

    def do_product(self, exp, local):
        return product(self.count, self.evaluate(exp[1], local), self.evaluate(exp[2], local))

    def do_add(self, exp, local):
        """Adds an element: a pair to a relation."""
        pair, rest = self.evaluate(exp[1], local), self.evaluate(exp[2], local)
        if not isinstance(pair, Pair):
            raise ModelError("'++' of anything but a pair")
        rows = [0] * self.count
        rows[pair.first] = 1 << pair.second
        return union(tuple(rows), rest)

    def do_not(self, exp, local):
        value = self.evaluate(exp[1], local)
        if isinstance(value, int):
            return self.everything & ~value
        if value is ZERO:
            value = (0,) * self.count
        return tuple(self.everything & ~row for row in value)

    def do_inverse(self, exp, local):
        return inverse(self.evaluate(exp[1], local))

    def do_plus(self, exp, local):
        return closure(self.evaluate(exp[1], local))

    def do_star(self, exp, local):
        return union(closure(self.evaluate(exp[1], local)), identity(self.count))

    def do_option(self, exp, local):
        return union(self.evaluate(exp[1], local), identity(self.count))

    def do_let(self, exp, local):
        _, bound, recursive, body = exp
        inner = dict(local)
        if recursive:
            self.fix_point_local(bound, inner)
        else:
            for name, params, what in bound:
                inner[name] = Function(params, what, local) if params else \
                    self.evaluate(what, local)
        return self.evaluate(body, inner)

    def fix_point_local(self, bound, inner):
        if any(params for _, params, _ in bound):
            raise ModelError("a local recursive function")
        for name, _, _ in bound:
            inner[name] = ZERO
        while True:
            found = {name: self.evaluate(what, inner) for name, _, what in bound}
            same = all(equal(inner[name], new) for name, new in found.items())
            inner.update(found)
            if same:
                return

    def do_call(self, exp, local):
        return self.call(self.evaluate(exp[1], local), self.evaluate(exp[2], local))

    def call(self, function, argument):
        if callable(function):
            return function(self, argument)
        if not isinstance(function, Function):
            raise ModelError("a call of what is no function")
        given = argument if isinstance(argument, list) else [argument]
        if len(given) != len(function.params):
            raise ModelError(f"{len(given)} arguments for {len(function.params)}")
        return self.evaluate(function.exp, {**function.local, **dict(zip(function.params, given))})


OPERATIONS = {
    "slot": "do_slot", "local": "do_local", "builtin": "do_builtin", "zero": "do_zero",
    "all": "do_all", "id": "do_id", "braces": "do_braces", "tuple": "do_tuple",
    "|": "do_union", "&": "do_inter", "\\": "do_minus", ";": "do_seq", "*x": "do_product",
    "++": "do_add", "~": "do_not", "^-1": "do_inverse", "+": "do_plus", "*": "do_star",
    "?": "do_option", "let": "do_let", "call": "do_call",
}


def equal(a, b):
    return a == b or (is_empty(a) and is_empty(b))


# Functions that are built into herd7, or in its library.


def curry_map(run, function):
    """map f S: the collection of the results of f for each element."""
    def apply(_run, members):
        if members is ZERO:
            return frozenset()
        if isinstance(members, int):
            elements = [Event(i) for i in bits(members)]
        elif isinstance(members, tuple):
            elements = [Pair(i, j) for i, row in enumerate(members) for j in bits(row)]
        else:
            elements = members
        return frozenset(run.call(function, e) for e in elements)
    return apply


def cross(_run, collections):
    """All unions of one relation from each of the collections."""
    for chosen in itertools.product(*collections):
        whole = ZERO
        for one in chosen:
            whole = union(whole, one)
        yield whole


def coherence_orders(run, arguments):
    """All ways to order the writes to each location that keep the given order."""
    writes, partial = arguments
    if is_empty(partial):
        partial = (0,) * run.count
    # The closure goes through writes alone: other events have no place in the order.
    partial = closure(partial)
    loc = run.value(run.model.names["loc"])
    left, places = writes, []
    while left:
        first = left & -left
        members = loc[first.bit_length() - 1] & writes
        members |= first
        left &= ~members
        places.append([order_relation(run.count, order)
                       for order in orders(bits(members), partial)])
    yield from cross(run, places)


def different_values(run, relation):
    """The pairs of relation that differ in what they read or write."""
    if relation is ZERO:
        return ZERO
    values = run.values
    return tuple(sum(1 << j for j in bits(row) if values[i] != values[j])
                 for i, row in enumerate(relation))


BUILTINS = {
    "domain": lambda _run, r: domain(r), "range": lambda _run, r: codomain(r),
    "map": curry_map, "cross": cross, "coherence-orders": coherence_orders,
    "different-values": different_values,
}
