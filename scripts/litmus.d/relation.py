# SPDX-License-Identifier: GPL-2.0
"""Sets of events and relations between them, as the cat language knows them.

A set is an int with a bit for each event, a relation a tuple of such sets: row i
has the events that event i relates to. ZERO is cat's empty relation before it is
known how many events there are; it also stands for the empty set.
"""


class ModelError(Exception):
    """The model, or what it is asked, is not understood."""


class Zero:
    """The one empty relation of any size."""

    def __repr__(self):
        return "0"


ZERO = Zero()


def bits(mask):
    """The numbers of the bits set in mask, from the lowest."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def is_empty(value):
    """Whether a set, a relation or a collection has no element."""
    if value is ZERO:
        return True
    if isinstance(value, int):
        return value == 0
    if isinstance(value, tuple):
        return not any(value)
    return not value


def _both(a, b, op, what):
    if isinstance(a, int) and isinstance(b, int):
        return op(a, b)
    if isinstance(a, tuple) and isinstance(b, tuple):
        return tuple(map(op, a, b))
    raise ModelError(f"{what} of a set and a relation")


def union(a, b):
    if a is ZERO:
        return b
    if b is ZERO:
        return a
    if isinstance(a, frozenset):
        return a | b
    return _both(a, b, int.__or__, "union")


def inter(a, b):
    if a is ZERO or b is ZERO:
        return ZERO
    return _both(a, b, int.__and__, "intersection")


def minus(a, b):
    if a is ZERO or b is ZERO:
        return a
    return _both(a, b, lambda x, y: x & ~y, "difference")


def compose(a, b):
    """The pairs that are joined by a step of a and then one of b."""
    if is_empty(a) or is_empty(b):
        return ZERO
    if isinstance(a, int) or isinstance(b, int):
        raise ModelError("';' wants relations; a set is written [S] there")
    rows = []
    for row in a:
        reached = 0
        while row:
            low = row & -row
            reached |= b[low.bit_length() - 1]
            row ^= low
        rows.append(reached)
    return tuple(rows)


def inverse(a):
    if a is ZERO:
        return ZERO
    rows = [0] * len(a)
    for i, row in enumerate(a):
        for j in bits(row):
            rows[j] |= 1 << i
    return tuple(rows)


def closure(a):
    """The pairs that are joined by one step of a or more."""
    if a is ZERO:
        return ZERO
    rows = list(a)
    for k, through in enumerate(a):
        # A step into k goes on to wherever k leads; rows[k] may have grown.
        through = rows[k]
        if not through:
            continue
        bit = 1 << k
        for i, row in enumerate(rows):
            if row & bit:
                rows[i] = row | through
    return tuple(rows)


def identity(count, mask=-1):
    """Each event of mask related to itself."""
    return tuple((1 << i) & mask for i in range(count))


def product(count, a, b):
    """Each event of a related to each of b."""
    if a is ZERO or b is ZERO:
        return ZERO
    if not (isinstance(a, int) and isinstance(b, int)):
        raise ModelError("'*' between anything but sets")
    return tuple(b if a >> i & 1 else 0 for i in range(count))


def domain(a):
    if a is ZERO:
        return 0
    return sum(1 << i for i, row in enumerate(a) if row)


def codomain(a):
    if a is ZERO:
        return 0
    reached = 0
    for row in a:
        reached |= row
    return reached


def is_irreflexive(a):
    return a is ZERO or not any(row >> i & 1 for i, row in enumerate(a))


def is_acyclic(a):
    return is_irreflexive(closure(a))


def orders(members, partial):
    """All total orders of members that keep partial, each a list, first to last."""
    members = list(members)
    before = {m: [p for p in members if p != m and partial[p] >> m & 1] for m in members}

    def extend(placed, left):
        if not left:
            yield list(placed)
            return
        for m in left:
            if all(p in placed for p in before[m]):
                placed.append(m)
                yield from extend(placed, [o for o in left if o != m])
                placed.pop()

    yield from extend([], members)


def order_relation(count, order):
    """The relation of a total order: each member to all that come after it."""
    rows = [0] * count
    after = 0
    for m in reversed(order):
        rows[m] = after
        after |= 1 << m
    return tuple(rows)
