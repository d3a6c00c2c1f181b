# SPDX-License-Identifier: GPL-2.0
"""Runs one thread of a litmus test in every way that it may run by itself.

A read returns any value that its location may ever have; whether a write gives it is
for the candidate to say. The result of a run is a trace: its events in order, each with
the events whose values it depends on, and the registers at its end.

Dependencies are herd7's: data and address by what flows into a store or an address
through registers, control from the reads a condition depends on to all that stands in
the branch that was taken, not to the code after the branches.
"""
from program import TestError

NONE = frozenset()
OF_ITSELF = 123456


class Event:
    """kind: R W F, of locks LKR LKW UL LF RL RU, or SRCU. place: None for a fence.

    statement: events of later statements come later in program order; within one
    only those in before do. rmw: part of an atomic read-modify-write.
    """

    __slots__ = ("kind", "place", "value", "tag", "rmw", "statement", "before",
                 "data", "addr", "ctrl", "thread")

    def __init__(self, kind, place, value, tag, rmw, statement, before, data, addr, ctrl):
        self.kind = kind
        self.place = place
        self.value = value
        self.tag = tag
        self.rmw = rmw
        self.statement = statement
        self.before = before
        self.data = data
        self.addr = addr
        self.ctrl = ctrl
        self.thread = None

    def shape(self):
        """All but the values: the model's level 0 follows from it."""
        return (self.kind, self.place, self.tag, self.rmw, self.statement, self.before,
                self.data, self.addr, self.ctrl)


class Value:
    """A value with the reads that it comes from: by data, and by control too."""

    __slots__ = ("of", "data", "ctrl")

    def __init__(self, of, data=NONE, ctrl=NONE):
        self.of = of
        self.data = data
        self.ctrl = ctrl


class Cut(Exception):
    """A loop went round more often than it is followed."""


class Trace:
    """One way that a thread may run."""

    def __init__(self, events, registers):
        self.events = events
        self.registers = registers
        self.needs = frozenset((e.place, e.value) for e in events if e.kind == "R")
        self.gives = frozenset((e.place, e.value) for e in events if e.kind == "W")


class Choices:
    """Goes through all sequences of choices, each run of a thread making one."""

    def __init__(self):
        self.script = []
        self.counts = []

    def begin(self):
        self.at = 0
        self.counts = self.counts[:len(self.script)]

    def choose(self, options):
        if self.at == len(self.script):
            self.script.append(0)
            self.counts.append(len(options))
        self.at += 1
        return options[self.script[self.at - 1]]

    def next(self):
        while self.script and self.script[-1] + 1 == self.counts[-1]:
            self.script.pop()
            self.counts.pop()
        if not self.script:
            return False
        self.script[-1] += 1
        return True


class Thread:
    """One run of a thread."""

    def __init__(self, test, number, domains, choices, unroll):
        self.places, self.code = test.threads[number]
        self.registers = {name: Value(v) for (t, name), v in test.registers.items() if t == number}
        self.domains = domains
        self.choices = choices
        self.unroll = unroll
        self.events = []
        self.statement = 0
        # The reads that control the statement: for events, and for registers.
        self.control = NONE
        self.carried = NONE
        # Atomic operations are a read and a write here.
        self.apart = False

    def run(self):
        self.block(self.code)
        return Trace(self.events, {name: v.of for name, v in self.registers.items()})

    def event(self, kind, place, value=None, tag=None, rmw=False, data=NONE, addr=NONE,
              before=NONE):
        own = frozenset(i for i in data | addr | before
                        if self.events[i].statement == self.statement)
        self.events.append(Event(kind, place, value, tag, rmw and not self.apart, self.statement, own, data, addr,
                                 NONE if kind == "SRCU" else self.control))
        return len(self.events) - 1

    # Statements

    def block(self, statements):
        for statement in statements:
            self.statement += 1
            getattr(self, "do_" + statement[0])(*statement[1:])

    def do_sequence(self, statements):
        self.block(statements)

    def do_at(self, _line, _name, what):
        if "do_" + what[0] in dir(self):
            self.block([what])
        else:
            self.value(what)

    def do_split(self, what):
        self.apart = True
        self.do_at(0, "", what)
        self.apart = False

    def do_set(self, name, exp):
        value = self.value(exp)
        if name in self.places:
            raise TestError(f"{name} is a parameter and is assigned to")
        self.registers[name] = Value(value.of, value.data, value.ctrl | self.carried)

    def do_do(self, exp):
        self.value(exp)

    def do_store(self, tag, lvalue, exp):
        address = self.address(lvalue[1])
        value = self.value(exp)
        self.event("W", address.of, value.of, tag, data=value.data, addr=address.data)

    def do_fence(self, tag):
        self.event("F", None, tag=tag)

    def do_lock(self, where):
        self.take_lock(self.address(where))

    def take_lock(self, address):
        read = self.event("LKR", address.of, addr=address.data)
        return self.event("LKW", address.of, addr=address.data, before=frozenset((read,)))

    def do_unlock(self, where):
        address = self.address(where)
        self.event("UL", address.of, addr=address.data)

    def do_srcu(self, tag, where):
        self.event("SRCU", self.address(where).of, tag=tag)

    def do_update(self, tag, where, sign, exp):
        self.value(("rmw", tag, where, sign, exp, "return"))

    def do_if(self, test, then, otherwise):
        self.branch(self.value(test), lambda taken: self.block(then if taken else otherwise))

    def do_while(self, test, body, turn=0):
        def go(taken):
            if not taken:
                return
            if turn == self.unroll:
                raise Cut()
            self.block(body)
            self.statement += 1
            self.do_while(test, body, turn + 1)
        self.branch(self.value(test), go)

    def branch(self, test, go):
        """Goes the way that test says, all of it controlled by the reads that test depends on."""
        control, carried = self.control, self.carried
        self.control = control | test.ctrl | test.data
        # A read within the condition itself controls no registers: so herd7.
        self.carried = carried | frozenset(
            i for i in test.ctrl if self.events[i].statement != self.statement)
        go(test.of != 0)
        self.control, self.carried = control, carried

    # Expressions

    def value(self, exp):
        return getattr(self, "get_" + exp[0].replace("-", "_"))(*exp[1:])

    def address(self, exp):
        address = self.value(exp)
        if not isinstance(address.of, str):
            raise TestError(f"the value {address.of} is used as an address")
        return address

    def get_at(self, _line, _name, what):
        return self.value(what)

    def get_split(self, what):
        self.apart = True
        value = self.value(what)
        self.apart = False
        return value

    def get_const(self, value):
        return Value(value)

    def get_var(self, name):
        if name in self.places:
            return Value(name)
        return self.registers.get(name) or Value(0)

    def get_op(self, sign, left, right):
        a, b = self.value(left), self.value(right)
        return Value(operate(sign, a.of, b.of), a.data | b.data, a.ctrl | b.ctrl)

    def get_deref(self, where):
        return self.get_load(None, ("deref", where))

    def get_load(self, tag, lvalue):
        return self.read(self.address(lvalue[1]), tag)[1]

    def read(self, address, tag, rmw=False):
        """A read event and its value."""
        place = address.of
        if place not in self.domains:
            raise TestError(f"{place} is read and is no location of the test")
        value = self.choices.choose(self.domains[place])
        number = self.event("R", place, value, tag, rmw, addr=address.data)
        one = frozenset((number,))
        return number, Value(value, one, one)

    def get_xchg(self, tag, where, new):
        new = self.value(new)
        address = self.address(where)
        number, old = self.read(address, tag, True)
        self.event("W", address.of, new.of, tag, True, new.data, address.data,
                   frozenset((number,)))
        return old

    def get_cmpxchg(self, tag, where, old, new):
        old = self.value(old)
        address = self.address(where)
        mark = len(self.events)
        choice_mark = self.choices.at
        new = self.value(new)
        number, found = self.read(address, tag, True)
        if found.of == old.of:
            self.event("W", address.of, new.of, tag, True, new.data, address.data,
                       frozenset((number,)) | old.data)
        elif number != mark:
            # A new value that is read is read only where it is written.
            raise TestError(f"the new value of a cmpxchg() is read in place (choice {choice_mark})")
        return found

    def get_rmw(self, tag, where, sign, operand, what):
        operand = self.value(operand)
        address = self.address(where)
        number, old = self.read(address, tag, True)
        new = operate(sign, old.of, operand.of)
        one = frozenset((number,))
        self.event("W", address.of, new, tag, True, operand.data | one, NONE, one)
        return Value(new if what == "return" else old.of, old.data, old.ctrl)

    def get_add_unless(self, tag, where, added, unless):
        address = self.address(where)
        added, unless = self.value(added), self.value(unless)
        number, old = self.read(address, tag, True)
        done = old.of != unless.of
        if done:
            one = frozenset((number,))
            self.event("W", address.of, operate("+", old.of, added.of), tag, True,
                       added.data | one, address.data, one)
        return Value(int(done), old.data | unless.data, old.ctrl | unless.ctrl)

    def get_trylock(self, where):
        address = self.address(where)
        if self.choices.choose((True, False)):
            self.take_lock(address)
            return Value(1)
        return self.lock_read("LF", address, 0)

    def get_is_locked(self, where):
        address = self.address(where)
        locked = self.choices.choose((True, False))
        return self.lock_read("RL" if locked else "RU", address, int(locked))

    def lock_read(self, kind, address, value):
        one = frozenset((self.event(kind, address.of, addr=address.data),))
        return Value(value, one, one)


def operate(sign, a, b):
    """The value of an operator of C, of numbers or, where that means anything, addresses."""
    if sign in ("==", "!="):
        return int((a == b) == (sign == "=="))
    if isinstance(a, str) or isinstance(b, str):
        if sign in ("+", "-", "|", "^") and (a == 0 or b == 0) and isinstance(a if b == 0 else b, str):
            return a if b == 0 else b
        if sign in ("&&", "||"):
            return int(all((a != 0, b != 0)) if sign == "&&" else any((a != 0, b != 0)))
        raise TestError(f"'{sign}' of an address")
    if sign in ("/", "%") and b == 0:
        raise TestError("a division by zero")
    return int(NUMERIC[sign](a, b))


NUMERIC = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
    "/": lambda a, b: int(a / b), "%": lambda a, b: a - b * int(a / b),
    "&": lambda a, b: a & b, "|": lambda a, b: a | b, "^": lambda a, b: a ^ b,
    "&~": lambda a, b: a & ~b, "<<": lambda a, b: a << b, ">>": lambda a, b: a >> b,
    "<": lambda a, b: a < b, ">": lambda a, b: a > b, "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "&&": lambda a, b: a != 0 and b != 0, "||": lambda a, b: a != 0 or b != 0,
}


def traces(test, number, domains, unroll, strict=True):
    """All traces of one thread, and how many were cut at a loop.

    strict: a value that cannot be used as it is used is an error; if not, such a
    trace is left out, as the value may turn out to be one that no write gives.
    """
    choices, found, cut = Choices(), [], 0
    while True:
        choices.begin()
        try:
            found.append(Thread(test, number, domains, choices, unroll).run())
        except Cut:
            cut += 1
        except TestError:
            if strict:
                raise
        if not choices.next():
            return found, cut


def constants(code):
    """The numbers that stand in code or in a proposition."""
    if isinstance(code, (tuple, list)):
        if len(code) == 2 and code[0] == "const":
            return {code[1]}
        if len(code) == 3 and code[0] == "=" and isinstance(code[2], int):
            return {code[2]}
        return {n for inner in code for n in constants(inner)}
    return set()


def written(test, domains, unroll):
    """The values that each location has or is given, if reads return those in domains."""
    found = {place: {value} for place, value in test.start.items()}
    most = 0
    for number in range(len(test.threads)):
        ways, _ = traces(test, number, domains, unroll, strict=False)
        most += max((sum(e.kind == "W" for e in t.events) for t in ways), default=0)
        for trace in ways:
            for place, value in trace.gives:
                found.setdefault(place, {test.start.get(place, 0)}).add(value)
    return found, most


def tightened(test, domains, unroll):
    """domains without the values that no write gives."""
    while True:
        found, _ = written(test, ordered(domains), unroll)
        tighter = {place: values & found.get(place, set()) for place, values in domains.items()}
        if tighter == domains:
            return domains
        domains = tighter


def value_domains(test, unroll):
    """The values that each location may come to have, in any execution.

    Each number in the test may be one that is written because it was read, by a
    branch; OF_ITSELF stands for those that are passed on without a beginning. All
    others come from writes. No value goes through more writes than there are, so
    after as many rounds no new one is of any execution, though a counter could be
    counted on. Then the values that no write gives are removed.
    """
    first = constants([code for _, code in test.threads]) | constants(test.condition)
    first.add(OF_ITSELF)
    domains = tightened(test, {place: {value} | first for place, value in test.start.items()},
                        unroll)
    rounds, most = 0, 0
    while rounds <= most:
        found, most = written(test, ordered(domains), unroll)
        wider = {place: domains.get(place, set()) | values for place, values in found.items()}
        rounds += 1
        if wider == domains:
            break
        domains = wider
    return ordered(tightened(test, domains, unroll))


def ordered(domains):
    return {place: sorted(values, key=str) for place, values in domains.items()}


def all_traces(test, unroll):
    """The traces of each thread, and how many were cut."""
    domains = value_domains(test, unroll)
    found = [traces(test, number, domains, unroll) for number in range(len(test.threads))]
    return [ways for ways, _ in found], sum(cut for _, cut in found)
