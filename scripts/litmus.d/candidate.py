# SPDX-License-Identifier: GPL-2.0
"""Puts a trace of each thread together and asks the model about all their executions.

A candidate is a trace of each thread and, for each read, the write that it reads
from; the model's file chooses the coherence order and says what is allowed.
"""
import itertools

from model import Run
from relation import ZERO, bits, closure, inverse
from thread import OF_ITSELF, Event, NONE, all_traces

LOADS = {"R"}


class Outcome:
    """The results of all candidates of a test."""

    def __init__(self, test):
        self.test = test
        self.positive = 0
        self.negative = 0
        self.flags = {}
        self.states = {}
        self.candidates = 0
        self.cut = 0

    def observation(self):
        if not self.positive:
            return "Never"
        return "Sometimes" if self.negative else "Always"

    def add(self, holds, state, flags):
        if holds:
            self.positive += 1
        else:
            self.negative += 1
        self.states[state] = self.states.get(state, 0) + 1
        for flag in flags:
            self.flags[flag] = self.flags.get(flag, 0) + 1


class Candidate:
    """The events of one combination of traces, numbered: first the initial writes."""

    def __init__(self, test, chosen):
        self.test = test
        self.chosen = chosen
        self.events = []
        used = sorted({e.place for t in chosen for e in t.events if e.place is not None})
        for place in used:
            self.add(Event("W", place, test.start.get(place, 0), None, False, 0,
                           NONE, NONE, NONE, NONE), -1)
        self.first = []
        for number, trace in enumerate(chosen):
            self.first.append(len(self.events))
            for event in trace.events:
                self.add(event, number)
        self.count = len(self.events)

    def add(self, event, thread):
        self.events.append((event, thread))

    def shape(self):
        return tuple((e.shape(), thread) for e, thread in self.events)

    def members(self, test):
        return sum(1 << i for i, (e, thread) in enumerate(self.events) if test(e, thread))

    def relation(self, test):
        """The pairs for which test(event, its thread, other event, its thread) holds."""
        return tuple(sum(1 << j for j, (b, tb) in enumerate(self.events) if test(a, ta, b, tb))
                     for a, ta in self.events)

    def sets(self):
        """The values of the sets that a model starts from."""
        def kind(*kinds):
            return self.members(lambda e, _: e.kind in kinds)
        found = {name: kind(name) for name in
                 ("R", "W", "F", "LKR", "LKW", "UL", "LF", "RL", "RU")}
        found["M"] = kind("R", "W")
        found["IW"] = self.members(lambda _, thread: thread < 0)
        # Of final writes the model only asks whether they are of locks, and a
        # test whose condition names a lock is refused.
        found["FW"] = 0
        found["RMW"] = self.members(lambda e, _: e.rmw)
        return found

    def relations(self):
        """The values of the relations that a model starts from."""
        order = self.program_order()
        return {
            "id": tuple(1 << i for i in range(self.count)),
            "loc": self.relation(lambda a, _, b, __: a.place is not None and a.place == b.place),
            "int": self.relation(lambda _, ta, __, tb: ta == tb),
            "ext": self.relation(lambda _, ta, __, tb: ta != tb),
            "po": order,
            "addr": self.dependencies("addr"), "data": self.dependencies("data"),
            "ctrl": self.dependencies("ctrl"),
            "rmw": self.relation(lambda a, ta, b, tb: (
                a.rmw and b.rmw and ta == tb and a.statement == b.statement and
                a.place == b.place and a.kind == "R" and b.kind == "W")),
        }

    def program_order(self):
        rows = [0] * self.count
        for i, (b, tb) in enumerate(self.events):
            if tb < 0:
                continue
            for j, (a, ta) in enumerate(self.events):
                if ta == tb and a.statement < b.statement:
                    rows[j] |= 1 << i
            for j in self.before(b, tb):
                rows[j] |= 1 << i
        return tuple(rows)

    def before(self, event, thread):
        """The events before it within its statement, directly or through others."""
        found, left = set(), list(event.before)
        while left:
            number = left.pop()
            if number not in found:
                found.add(number)
                left.extend(self.events[self.first[thread] + number][0].before)
        return [self.first[thread] + number for number in found]

    def dependencies(self, name):
        rows = [0] * self.count
        for i, (event, thread) in enumerate(self.events):
            for number in getattr(event, name):
                rows[self.first[thread] + number] |= 1 << i
        return tuple(rows)

    def base(self, model):
        """The model's level 0, to begin with."""
        names = model.given
        known = {names[name]: value for name, value in {**self.sets(), **self.relations()}.items()}
        for spelt, tag in model.tag_sets.items():
            known[names[spelt]] = self.members(lambda e, _, tag=tag: e.tag == tag)
        return known

    def sources(self, order):
        """For each read the writes that it may read from."""
        found = []
        back = inverse(order)
        for i, (read, _) in enumerate(self.events):
            if read.kind not in LOADS:
                continue
            own = [j for j in bits(back[i]) if self.writes(j, read.place)]
            may = []
            for j, (write, thread) in enumerate(self.events):
                if not self.writes(j, read.place) or write.value != read.value:
                    continue
                if order[i] >> j & 1:
                    continue
                # A write of the reader's own thread stands between this one and the read.
                if any(j != k and (thread < 0 or order[j] >> k & 1) for k in own):
                    continue
                may.append(j)
            found.append((i, may))
        return found

    def writes(self, number, place):
        event = self.events[number][0]
        return event.kind == "W" and event.place == place

    def executions(self, model, shapes):
        """All executions that the model allows: coherence order and flags."""
        key = self.shape()
        if key not in shapes:
            shapes[key] = (self.base(model), self.program_order())
        base, order = shapes[key]
        sources = self.sources(order)
        values = [e.value for e, _ in self.events]
        for chosen in itertools.product(*(may for _, may in sources)):
            rows = [0] * self.count
            for (read, _), write in zip(sources, chosen):
                rows[write] |= 1 << read
            if self.feeds_itself(rows, base[model.given["data"]]):
                continue
            yield from Run(model, self.count, base, tuple(rows), values).executions()

    def feeds_itself(self, rf, data):
        """Whether a value has a number and comes from nothing but its own read.

        herd7 has one value for all such, which is passed on but not calculated with.
        """
        flow = closure(tuple(map(int.__or__, rf, data)))
        return any(row >> i & 1 and self.events[i][0].value != OF_ITSELF
                   for i, row in enumerate(flow))

    def final(self, co):
        """The value of each location at the end."""
        state = dict(self.test.start)
        for i, (event, _) in enumerate(self.events):
            if event.kind == "W" and (co is ZERO or not co[i]):
                state[event.place] = event.value
        return state


def holds(proposition, chosen, memory):
    """Whether a proposition holds at the end."""
    kind = proposition[0]
    if kind == "true":
        return True
    if kind == "not":
        return not holds(proposition[1], chosen, memory)
    if kind == "and":
        return all(holds(p, chosen, memory) for p in proposition[1])
    if kind == "or":
        return any(holds(p, chosen, memory) for p in proposition[1])
    value = proposition[2]
    if isinstance(value, tuple):
        value = final_value(value, chosen, memory)
    return final_value(proposition[1], chosen, memory) == value


def final_value(what, chosen, memory):
    if isinstance(what, tuple):
        return chosen[what[0]].registers.get(what[1], 0)
    return memory.get(what, 0)


def named(proposition):
    """The locations and registers of a proposition, in its order."""
    if proposition[0] == "=":
        return [proposition[1]]
    if proposition[0] == "not":
        return named(proposition[1])
    if proposition[0] in ("and", "or"):
        return [what for p in proposition[1] for what in named(p)]
    return []


def combinations(ways):
    """One trace of each thread, such that some write gives each value that is read."""
    def extend(chosen, needs, gives):
        if len(chosen) == len(ways):
            if needs <= gives:
                yield chosen
            return
        for trace in ways[len(chosen)]:
            yield from extend(chosen + [trace], needs | trace.needs, gives | trace.gives)
    return extend


def judge(test, model, unroll=2):
    """The outcome of a test under a model."""
    outcome = Outcome(test)
    ways, outcome.cut = all_traces(test, unroll)
    start = frozenset((place, value) for place, value in test.start.items())
    speaks_of = list(dict.fromkeys(named(test.condition)))
    shapes = {}
    for chosen in combinations(ways)([], frozenset(), start):
        candidate = Candidate(test, chosen)
        for co, flags in candidate.executions(model, shapes):
            outcome.candidates += 1
            memory = candidate.final(co)
            if test.filter and not holds(test.filter, chosen, memory):
                continue
            state = tuple(final_value(what, chosen, memory) for what in speaks_of)
            outcome.add(holds(test.condition, chosen, memory), state, flags)
    return outcome
