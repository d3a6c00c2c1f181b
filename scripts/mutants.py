# SPDX-License-Identifier: GPL-2.0
"""Mutants of C text in kernel style: the changes that scripts/mutate makes, one at a time.

A mutant is one span of a function's body, and the text that takes its place. It is
named by its file, function, and the text before and after, never by its line: so a
list of mutants outlives changes of the lines around it. The text is that of the
whole lines it touches, with single spaces.

It reads the style of this tree, not C: a function's braces stand in the first
column, a statement begins a line.
"""

import hashlib
import re

# Calls that do no work: a suite need not notice a change of their messages and checks.
SILENT = re.compile(r"\b(trace_\w+|pr_\w+|WARN\w*|lockdep_\w+|might_\w+|BUILD_BUG\w*|static_assert"
                    r"|EXPORT_SYMBOL\w*|MODULE_\w+|KUNIT_\w+|kunit_\w+|cond_resched|cpu_relax"
                    r"|INIT_\w+|prefetch\w*|lnet_window|lnet_meter\w*)\s*\(")
LOCK = re.compile(r"\b(\w*_(un)?lock(_\w+)?|\w*(lock|unlock)|preempt_(dis|en)able\w*|synchronize_\w+"
                  r"|rcu_barrier|local_(irq|bh)_\w+|(down|up)(_\w+)?|resizing_(begin|end))\s*\(")
FENCE = re.compile(r"\b(lnet_)?smp_(mb|rmb|wmb|mb__\w+)\s*\(\)")
COUNT = re.compile(r"\+\+|--|[+-]=|\b(atomic\w*_(inc|dec|add|sub)|\w+_count(_\w+)?|refcount_\w+)\s*\("
                   r"|WRITE_ONCE\((?P<what>.+),\s+(?P=what) [+-] ")
CONTROL = re.compile(r"(if|for|while|switch|do|else|case|default|return|goto|break|continue|asm)\b|#|[{}]|\w+:$")
DECLARATION = re.compile(r"(const |static |struct |enum |union |unsigned |DEFINE_|LIST_HEAD|__maybe)"
                         r"|[A-Za-z_]\w*\s+\**[A-Za-z_]\w*\s*(\[[^\]]*\]\s*)?(=|;|,|\))")
WEAKER = (
    (re.compile(r"\b(?:lnet_)?smp_store_release\(&"), "WRITE_ONCE("),
    (re.compile(r"\b(?:lnet_)?smp_load_acquire\(&"), "READ_ONCE("),
    (re.compile(r"\b(?:lnet_)?smp_store_release\((?!&)"), "WRITE_ONCE(*"),
    (re.compile(r"\b(?:lnet_)?smp_load_acquire\((?!&)"), "READ_ONCE(*"),
    (re.compile(r"\brcu_assign_pointer\("), "RCU_INIT_POINTER("),
    (re.compile(r"\b(atomic(?:64)?_(?:\w+_return|fetch_\w+|cmpxchg|xchg))\("), r"\1_relaxed("),
    (re.compile(r"\b(cmpxchg|xchg)\("), r"\1_relaxed("),
    (re.compile(r"\btest_and_set_bit_lock\("), "test_and_set_bit("),
    (re.compile(r"\bclear_bit_unlock\("), "clear_bit("),
)
COMPARE = re.compile(r"(?<= )(<=|>=|==|!=|<|>)(?= |$)", re.M)
OTHER = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}


class Mutant:
    """One change: text[start:end] of file becomes new."""

    def __init__(self, source, function, kind, start, end, new):
        self.file, self.function, self.kind = source.file, function.name, kind
        self.start, self.end, self.new = start, end, new
        self.line = source.text.count("\n", 0, start) + 1
        first = source.text.rfind("\n", 0, start) + 1
        last = source.text.find("\n", end)
        self.before = squeeze(source.text[first:last])
        self.after = squeeze(source.text[first:start] + new + source.text[end:last])
        self.body = hashlib.sha256(function.text.encode()).hexdigest()[:12]

    @property
    def key(self):
        """Its name; two that differ only in their place in a function are one."""
        return (self.file, self.function, self.before, self.after)

    def apply(self, text):
        """The file's text with the change; its lines keep their numbers."""
        lost = text.count("\n", self.start, self.end) - self.new.count("\n")
        return text[:self.start] + self.new + "\n" * max(lost, 0) + text[self.end:]


class Function:
    def __init__(self, name, start, end, text):
        self.name, self.start, self.end, self.text = name, start, end, text


class Statement:
    def __init__(self, start, end, text, indent):
        self.start, self.end, self.text, self.indent = start, end, text, indent


def squeeze(text):
    """Without comments, with single spaces."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S)
    return " ".join(re.sub(r"^.*?\*/|/\*.*$", " ", text, flags=re.S).split())


def blank(text):
    """The text with comments, strings and preprocessor lines as spaces."""
    def spaces(match):
        return re.sub(r"[^\n]", " ", match.group())
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\])*\'|^#(?:\\\n|[^\n])*',
                  spaces, text, flags=re.S | re.M)


class Source:
    """A file's functions and statements."""

    def __init__(self, file, text):
        self.file, self.text, self.code = file, text, blank(text)
        self.functions = list(self.find_functions())

    def find_functions(self):
        for match in re.finditer(r"^\{\n(.*?)^\}", self.code, re.S | re.M):
            head = re.split(r"\n\s*\n|[;}]\s*\n", self.code[:match.start()])[-1]
            name = re.search(r"\b([A-Za-z_]\w*)\s*\(", head)
            if name:
                yield Function(name.group(1), match.start(1), match.end(1), match.group(1))

    def statements(self, function):
        """The simple statements: one line or more, up to a semicolon."""
        at = function.start
        while at < function.end:
            end = self.code.find("\n", at) + 1
            line = self.code[at:end]
            body = line.strip()
            if body and not CONTROL.match(body) and not DECLARATION.match(body):
                stop = at + len(line) - len(line.lstrip())
                depth, start = 0, stop
                while self.code[stop] != ";" or depth:
                    depth += {"(": 1, ")": -1, "{": 99}.get(self.code[stop], 0)
                    if depth > 90 or depth < 0 or stop >= function.end:
                        break
                    stop += 1
                else:
                    indent = len(line) - len(line.lstrip("\t"))
                    yield Statement(start, stop + 1, self.code[start:stop + 1], indent)
                    end = self.code.find("\n", stop) + 1
            at = max(end, at + 1)


def closing(code, at):
    """Where the bracket that opens at @at closes."""
    depth = 0
    for i in range(at, len(code)):
        depth += {"(": 1, ")": -1}.get(code[i], 0)
        if not depth:
            return i
    return -1


def deletions(source, function):
    for it in source.statements(function):
        if SILENT.search(it.text) or it.text.strip() == ";":
            continue
        if FENCE.match(it.text):
            kind = "barrier"
        elif LOCK.match(it.text):
            kind = "lock"
        elif COUNT.search(it.text):
            kind = "counter"
        elif re.match(r"[^(]*[^=!<>]=[^=]|WRITE_ONCE\(", it.text):
            kind = "assignment"
        else:
            kind = "call"
        yield Mutant(source, function, kind, it.start, it.end, ";")


def names(text):
    """The names in a statement, without the functions it calls."""
    return set(re.findall(r"\b[a-z_]\w*\b(?!\s*\()", text)) - {"sizeof", "true", "false", "struct"}


def swaps(source, function):
    last = None
    for it in source.statements(function):
        if last and last.indent == it.indent and source.code[last.end:it.start].strip() == "" \
                and "\n\n" not in source.code[last.end:it.start] \
                and names(last.text) & names(it.text) and not SILENT.search(last.text + it.text):
            between = source.text[last.end:it.start]
            yield Mutant(source, function, "order", last.start, it.end,
                         source.text[it.start:it.end] + between + source.text[last.start:last.end])
        last = it


def conditions(source, function):
    for match in re.finditer(r"\b(if|while) \(", source.code[function.start:function.end]):
        start = function.start + match.end()
        end = closing(source.code, start - 1)
        if end > 0 and not SILENT.search(source.code[start:end]):
            yield Mutant(source, function, "condition", start, end,
                         "!(" + source.text[start:end] + ")")


def spans(source, function, pattern, kind, new):
    for match in pattern.finditer(source.code, function.start, function.end):
        line = source.code[source.code.rfind("\n", 0, match.start()) + 1:match.end()]
        if not SILENT.search(line):
            yield Mutant(source, function, kind, match.start(), match.end(), new(match))


def of_function(source, function):
    def each(pattern, kind, new):
        return spans(source, function, re.compile(pattern, re.M), kind, new)
    yield from deletions(source, function)
    yield from swaps(source, function)
    yield from conditions(source, function)
    yield from each(r"&&|\|\|", "logic", lambda m: "||" if m.group() == "&&" else "&&")
    yield from spans(source, function, COMPARE, "comparison", lambda m: OTHER[m.group()])
    yield from each(r" [+-] 1\b(?!\.)", "bound", lambda m: "")
    yield from each(r"(?<=\bfor \()(\w+) = 0;", "bound", lambda m: m.group(1) + " = 1;")
    yield from each(r"(?<=[<>] )[A-Z][A-Z0-9_]+\b(?!\()", "bound", lambda m: f"({m.group()} - 1)")
    yield from each(r"(?<=[<>]= )[A-Z][A-Z0-9_]+\b(?!\()", "bound", lambda m: f"({m.group()} + 1)")
    yield from each(r"-E[A-Z]{3,}\b", "errno",
                    lambda m: "-EPROTO" if m.group() != "-EPROTO" else "-EINVAL")
    yield from each(r"^\t+(?:break|continue|goto \w+);", "jump",
                    lambda m: re.sub(r"\w.*", ";", m.group()))
    yield from each(r"^\t\t+return\b[^;]*;", "return", lambda m: re.sub(r"(?s)\w.*", ";", m.group()))
    yield from each(r"\breturn (?:true|false);", "return",
                    lambda m: "return true;" if "false" in m.group() else "return false;")
    for pattern, new in WEAKER:
        yield from spans(source, function, pattern, "barrier", lambda m, new=new: m.expand(new))


def of_source(source):
    """All mutants of a file, each key once."""
    seen = {}
    for function in source.functions:
        for mutant in of_function(source, function):
            if mutant.before != mutant.after:
                seen.setdefault(mutant.key, mutant)
    return list(seen.values())


def named(sources, key, kind):
    """The mutant that a list names, or None where the text is not there."""
    file, name, before, after = key
    source = sources.get(file)
    pattern = r"\s+".join(re.escape(word) for word in before.split())
    for function in source.functions if source else ():
        match = function.name == name and re.search(pattern, source.text[function.start:function.end])
        if match:
            mutant = Mutant(source, function, kind, function.start + match.start(),
                            function.start + match.end(), after)
            mutant.before, mutant.after = before, after
            return mutant
    return None


def pick(mutants, seed):
    """All of them in an order that @seed makes, spread over kinds and files.

        The text of a mutant gives its rank, so a change of the sources moves few of them."""
    def rank(what):
        return hashlib.sha256(f"{seed} {what}".encode()).digest()
    left = {}
    for mutant in sorted(mutants, key=lambda m: rank(m.key)):
        left.setdefault(mutant.kind, {}).setdefault(mutant.file, []).append(mutant)
    taken = {}
    while left:
        for kind in sorted(left, key=rank):
            files = left[kind]
            file = min(files, key=lambda f, k=kind: (taken.get(f, 0), rank((k, f))))
            yield files[file].pop(0)
            taken[file] = taken.get(file, 0) + 1
            if not files[file]:
                del files[file]
            if not files:
                del left[kind]


def read_list(path):
    """Mutants by name: blocks of lines, an empty line between them.

    FILE FUNCTION, "- TEXT" before, "+ TEXT" after, and why, in lines with a blank in front.
    Returns {key: why}."""
    found = {}
    with open(path, encoding="utf-8") as lines:
        blocks = re.split(r"\n\s*\n", re.sub(r"^#.*\n", "", lines.read(), flags=re.M))
    for block in filter(str.strip, blocks):
        rows = block.strip("\n").split("\n")
        head = rows[0].split()
        before = [row[2:] for row in rows[1:] if row.startswith("- ")]
        after = [row[2:] for row in rows[1:] if row.startswith("+ ")]
        why = [row.strip() for row in rows[1:] if row.startswith(" ")]
        if len(head) != 2 or not before or len(rows) != 1 + len(before) + len(after) + len(why):
            raise ValueError(f"{path}: '{rows[0]}' is not FILE FUNCTION with '- BEFORE', '+ AFTER', ' WHY' below it")
        found[(head[0], head[1], " ".join(" ".join(before).split()), " ".join(" ".join(after).split()))] = " ".join(why)
    return found
