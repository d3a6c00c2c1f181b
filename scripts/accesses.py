# SPDX-License-Identifier: GPL-2.0
"""The memory that a statement of C in kernel style accesses, for scripts/judge-kcsan.

An access is named STRUCT.MEMBER after the last member of an lvalue: for
per_cpu_ptr(eq->cpus, c->id)->mds that is lnet_eq_cpu.mds. Pointers and indices that are
read on the way there are not named. The struct is found by the declarations of our
sources; where they do not tell, the member stands alone.

It reads the style of this tree, not C: a struct's members stand one in a line, its
end in the first column.
"""

import re

WORD = re.compile(r"[A-Za-z_]\w*")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
STRUCT = re.compile(r"^(?:typedef )?struct (\w+) \{\n(.*?)^\}", re.DOTALL | re.MULTILINE)
FUNCTION = re.compile(r"\bstruct (\w+)\s*\*+\s*(\w+)\(")
NO_CALLS = {"if", "for", "while", "switch", "return", "do", "else", "case", "goto"}
NO_ACCESS = {"sizeof", "typeof", "offsetof", "struct_size", "BUILD_BUG_ON"}
CLOSES = {"(": ")", "[": "]"}
WAYS = 8


def bare(text):
    """Without comments, each line where it was."""
    return COMMENT.sub(lambda match: re.sub(r"[^\n]", "", match[0]), text)


def closing(text, at):
    """Where the bracket at @at closes, or the end of the text."""
    depth = 0
    for end in range(at, len(text)):
        depth += (text[end] in "([") - (text[end] in ")]")
        if not depth:
            return end
    return len(text)


def skip(text, at):
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def lvalues(text):
    """(what stands before it, member) of each lvalue that ends in a member."""
    found, at = [], 0
    while at < len(text):
        word = WORD.match(text, at)
        if word or text[at] == "(":
            more, at = postfix(text, at, word)
            found += more
        else:
            number = re.compile(r"\d\w*").match(text, at)
            at = number.end() if number else at + 1
    return found


def postfix(text, at, word):
    """The lvalues of one postfix expression, and where it ends."""
    start, base, member, inner = at, None, None, []
    if word and word[0] in NO_CALLS:
        return [], word.end()
    if word:
        at = word.end()
    else:
        end = closing(text, at)
        inner, at = lvalues(text[at + 1:end]), end + 1
        # A cast is not what the next thing is taken from.
    while True:
        here = skip(text, at)
        step = re.compile(r"(->|\.)\s*([A-Za-z_]\w*)").match(text, here)
        if step:
            # The members named so far were on the way.
            base, member, inner, at = text[start:here], step[2], [], step.end()
        elif text[here:here + 1] in ("(", "[") and (word or member):
            end = closing(text, here)
            if text[here] == "(" and not (word and word[0] in NO_ACCESS):
                inner = inner + lvalues(text[here + 1:end])
            at = end + 1
        else:
            break
    return ([(base, member)] if member else []) + inner, at


class Types:
    """The structs that members belong to, by the declarations in some sources."""

    def __init__(self, texts):
        self.members = {}
        self.returns = {}
        self.texts = [bare(text) for text in texts]
        for text in self.texts:
            for name, body in STRUCT.findall(text):
                self.add(name, body)
            for struct, name in FUNCTION.findall(text):
                self.returns.setdefault(name, struct)

    def add(self, struct, body):
        """Members of a struct inside it without a name of its own count as its own."""
        table = self.members.setdefault(struct, {})
        for line in re.split(r"[;{}]", body):
            kind = re.match(r"\s*(?:const )?struct (\w+)\b", line)
            names = re.sub(r"\[[^\]]*\]|:\s*\d+", " ", line).split(",")
            for part in names:
                # Behind the name stand attributes at most: ____cacheline_aligned_in_smp.
                words = [w for w in WORD.findall(part) if not w.startswith("__")]
                pointer = re.search(r"\(\s*\*\s*(\w+)\)", part)
                if words or pointer:
                    table[pointer[1] if pointer else words[-1]] = kind[1] if kind else None

    def owners(self, member):
        return {name for name, table in self.members.items() if member in table}

    def name(self, base, member, before):
        """STRUCT.MEMBER, or MEMBER; @before is the text up to the statement's end."""
        found = {struct for struct in self.of(base, before, WAYS) if member in self.members.get(struct, ())}
        return f"{found.pop()}.{member}" if len(found) == 1 else member

    def of(self, text, before, ways):
        """The structs that an expression may be of, or point to."""
        text = text.strip().lstrip("&*!~ ")
        if not text or not ways:
            return set()
        at = last_part(text)
        if at is not None and text[at] == "[":
            return self.of(text[:at], before, ways - 1)
        if at == 0:
            return self.of(text[1:-1], before, ways - 1)
        if at is not None:
            return self.of_call(text[:at].strip(), text[at + 1:-1], before, ways)
        step = re.search(r"^(.*)(?:->|\.)\s*(\w+)$", text, re.DOTALL)
        if step:
            structs = self.of(step[1], before, ways - 1) & self.owners(step[2]) or self.owners(step[2])
            return {self.members[struct][step[2]] for struct in structs} - {None}
        return self.of_variable(text, before)

    def of_call(self, function, arguments, before, ways):
        """The struct that a function returns, or that a macro takes as its first argument."""
        if function in self.returns:
            return {self.returns[function]}
        named = re.findall(r"\bstruct (\w+)", arguments)
        if named:
            return set(named[-1:])
        end = next((i for i in range(len(arguments)) if arguments[i] == ","
                    and arguments[:i].count("(") == arguments[:i].count(")")), len(arguments))
        return self.of(arguments[:end], before, ways - 1)

    def of_variable(self, name, before):
        """As its last declaration before says, or any there is."""
        name = name.split()[-1]
        declared = re.compile(r"\bstruct (\w+)\b(?:\s+__\w+)*,?[\s*]*(?:const\s+)?"
                              r"(?:\w+(?:\[[^\]]*\])?(?:\s*=[^,;{}]*)?,[\s*]*)*" + re.escape(name) + r"\b")
        for text in [before, *self.texts]:
            found = declared.findall(text)
            if found:
                return {found[-1]}
        return set()


def last_part(text):
    """Where the bracket opens that closes at the text's end, or None."""
    at = 0
    while at < len(text):
        if text[at] in CLOSES:
            end = closing(text, at)
            if end >= len(text) - 1:
                return at
            at = end
        at += 1
    return None


def members(text, before, types):
    """The accesses of a statement, as STRUCT.MEMBER where that is known."""
    return {types.name(base, member, before) for base, member in lvalues(text)}


def common(sides):
    """The names that all of the sets have; a member alone stands for that of any struct."""
    found = set()
    for name in set.union(*sides):
        alone = name.split(".")[-1]
        if all(name in side or alone in side for side in sides):
            found.add(name)
    return {name for name in found if "." in name or not any(other.endswith("." + name) for other in found)}
