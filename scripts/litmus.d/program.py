# SPDX-License-Identifier: GPL-2.0
"""Reads litmus tests: the C of herd7's litmus tests, and the primitives' definitions.

The definitions of READ_ONCE(), smp_mb() and the rest are read from linux-kernel.def; a
call is replaced by its definition here, so only the "__" operations are left:

Expressions:
  ("const", v)  ("var", name)  ("deref", exp)  ("op", sign, a, b)  ("not", a)
  ("load", tag, lvalue)  ("xchg", tag, address, new)  ("cmpxchg", tag, address, old, new)
  ("rmw", tag, address, sign, operand, what)   what: "return" or "fetch"
  ("add-unless", tag, address, added, unless)  ("trylock", address)  ("is-locked", address)
Statements:
  ("set", name, exp)  ("store", tag, lvalue, exp)  ("fence", tag)  ("lock", address)
  ("unlock", address)  ("update", tag, address, sign, operand)  ("srcu", tag, address)
  ("if", exp, then, else)  ("while", exp, body)  ("do", exp)  ("sequence", [statement])
A call in a test, whatever its definition, is in an ("at", line, name, what); a changed
test has ("split", what) there too, an operation that is atomic no longer.
"""
import re

from relation import ModelError


class TestError(ModelError):
    """The litmus test is not understood."""


TOKEN = re.compile(r"""
    (?P<space>\s+) | (?P<name>[A-Za-z_]\w*) | (?P<number>0[xX][0-9a-fA-F]+|\d+) |
    (?P<op>==|!=|<=|>=|<<|>>|&&|\|\||&~|/\\|\\/|[-+*/%&|^~!<>=(){}\[\];:,?.])
    """, re.X)
TYPES = {"int", "unsigned", "long", "short", "char", "atomic_t", "atomic_long_t",
         "atomic64_t", "spinlock_t", "struct", "volatile", "const", "intptr_t",
         "uintptr_t", "bool", "u8", "u16", "u32", "u64", "s64", "_Bool"}
LOCK_TYPES = {"spinlock_t"}
# Words that herd7 does not know, and words that are its own.
REFUSED = {"lock", "unlock", "for", "goto", "do", "switch", "return", "break", "continue", "asm"}

# Binary operators of C by how tight they bind, from the loosest.
BINARY = [("||",), ("&&",), ("|",), ("^",), ("&",), ("==", "!="), ("<", ">", "<=", ">="),
          ("<<", ">>"), ("+", "-"), ("*", "/", "%")]
PRIMITIVES = {"__load": 1, "__store": 2, "__fence": 0, "__xchg": 2, "__cmpxchg": 3,
              "__lock": 1, "__unlock": 1, "__trylock": 1, "__islocked": 1, "__srcu": 1,
              "__atomic_op": 3, "__atomic_op_return": 3, "__atomic_fetch_op": 3,
              "__atomic_add_unless": 3}
STATEMENTS = {"store", "fence", "lock", "unlock", "update", "srcu", "sequence"}


def comment_end(text, at, in_thread):
    """Where the comment that begins at at ends, or None where none begins.

    In a thread "(*" is the start of an expression.
    """
    if text.startswith("//", at):
        end = text.find("\n", at)
        return len(text) if end < 0 else end
    if text.startswith("/*", at):
        end = text.find("*/", at + 2)
    elif text.startswith("(*", at) and not in_thread:
        depth, end = 1, at + 2
        while depth and end < len(text):
            if text.startswith("(*", end):
                depth += 1
                end += 1
            elif text.startswith("*)", end):
                depth -= 1
                end += 1
            end += 1
        return end if not depth else -1
    else:
        return None
    return end + 2 if end >= 0 else -1


def strip_comments(text, is_test=True):
    """text with blanks in place of its comments."""
    out, at, depth, blocks = [], 0, 0, 0
    while at < len(text):
        end = comment_end(text, at, not is_test or depth and blocks > 1)
        if end is None:
            blocks += text[at] == "{" and not depth
            depth += (text[at] == "{") - (text[at] == "}")
            out.append(text[at])
            at += 1
            continue
        if end < 0:
            raise TestError(f"line {text.count(chr(10), 0, at) + 1}: a comment is not closed")
        out.append(re.sub(r"[^\n]", " ", text[at:end]))
        at = end
    return "".join(out)


def lex(text, line=1):
    """The tokens of text: (kind, spelling, line)."""
    tokens, i = [], 0
    while i < len(text):
        found = TOKEN.match(text, i)
        if not found:
            raise TestError(f"line {line}: '{text[i]}' is not understood")
        if found.lastgroup != "space":
            tokens.append((found.lastgroup, found.group(), line))
        line += found.group().count("\n")
        i = found.end()
    tokens.append(("end", "", line))
    return tokens


class Reader:
    """Takes tokens one by one."""

    def __init__(self, tokens):
        self.tokens = tokens
        self.at = 0

    def fail(self, wanted):
        _, word, line = self.tokens[self.at]
        raise TestError(f"line {line}: {wanted} expected, not '{word or 'the end'}'")

    def kind(self):
        return self.tokens[self.at][0]

    def spelling(self):
        return self.tokens[self.at][1]

    def peek(self, *words):
        return self.tokens[self.at][1] in words

    def take(self, *words):
        if self.peek(*words):
            self.at += 1
            return self.tokens[self.at - 1][1]
        return None

    def want(self, *words):
        got = self.take(*words)
        if got is None:
            self.fail(" or ".join(f"'{w}'" for w in words))
        return got

    def name(self):
        if self.spelling() in REFUSED:
            self.fail("a name that is no word of the language")
        return self.any_name()

    def any_name(self):
        if self.kind() != "name":
            self.fail("a name")
        self.at += 1
        return self.tokens[self.at - 1][1]

    def number(self):
        sign = -1 if self.take("-") else 1
        if self.kind() != "number":
            self.fail("a number")
        self.at += 1
        return sign * int(self.tokens[self.at - 1][1], 0)


class CReader(Reader):
    """Expressions and statements of the C subset.

    macros: the known definitions; given: the arguments for the parameters of the
    definition that is read (none in a test).
    """

    def __init__(self, tokens, macros, given=None):
        super().__init__(tokens)
        self.macros = macros
        self.given = given or {}
        self.nested = given is not None

    # Expressions

    def expression(self, level=0):
        if level == len(BINARY):
            return self.unary()
        left = self.expression(level + 1)
        while self.peek(*BINARY[level]):
            sign = self.take(*BINARY[level])
            left = ("op", sign, left, self.expression(level + 1))
        return left

    def unary(self):
        if self.take("*"):
            return ("deref", self.unary())
        if self.take("!"):
            return ("op", "==", self.unary(), ("const", 0))
        if self.take("-"):
            return ("op", "-", ("const", 0), self.unary())
        if self.take("&"):
            return self.address(self.unary())
        if self.peek("(") and self.tokens[self.at + 1][1] in TYPES | {"void"}:
            self.at += 1
            while not self.take(")"):
                self.at += 1
            return self.unary()
        return self.primary()

    def address(self, lvalue):
        if lvalue[0] == "deref":
            return lvalue[1]
        return self.fail("a location behind '&'")

    def primary(self):
        if self.take("("):
            exp = self.expression()
            self.want(")")
            return exp
        if self.kind() == "number":
            return ("const", self.number())
        name = self.name()
        if self.peek("(", "{") and (name in PRIMITIVES or name in self.macros):
            return self.call(name)
        if self.peek("("):
            raise TestError(f"line {self.tokens[self.at][2]}: {name}() is not in linux-kernel.def")
        if name in self.given:
            return self.given[name]
        return ("var", name)

    def call(self, name):
        line = self.tokens[self.at][2]
        what = self.call_itself(name, line)
        return what if self.nested else ("at", line, name, what)

    def call_itself(self, name, line):
        if name in PRIMITIVES:
            return self.primitive(name)
        self.want("(")
        arguments = []
        while not self.take(")"):
            arguments.append(self.expression())
            if not self.peek(")"):
                self.want(",")
        return self.macros[name].expand(arguments, self.macros, line)

    def primitive(self, name):
        tag = None
        if self.take("{"):
            tag = self.any_name()
            while self.take("-"):
                tag += "-" + self.any_name()
            self.want("}")
        arguments = []
        if name != "__fence":
            self.want("(")
            while not self.take(")"):
                arguments.append(self.sign_or_expression(name))
                if not self.peek(")"):
                    self.want(",")
        if len(arguments) != PRIMITIVES[name]:
            self.fail(f"{PRIMITIVES[name]} arguments of {name}")
        return self.primitive_node(name, tag, arguments)

    def sign_or_expression(self, name):
        if name.startswith("__atomic_") and self.peek("+", "-", "&", "|", "^", "&~"):
            return self.take("+", "-", "&", "|", "^", "&~")
        return self.expression()

    def primitive_node(self, name, tag, a):
        if name in ("__load", "__store") and a[0][0] != "deref":
            self.fail("a location (*x) in READ_ONCE() or WRITE_ONCE()")
        node = {
            "__load": lambda: ("load", tag, a[0]),
            "__store": lambda: ("store", tag, a[0], a[1]),
            "__fence": lambda: ("fence", tag),
            "__xchg": lambda: ("xchg", tag, a[0], a[1]),
            "__cmpxchg": lambda: ("cmpxchg", tag, a[0], a[1], a[2]),
            "__lock": lambda: ("lock", a[0]), "__unlock": lambda: ("unlock", a[0]),
            "__trylock": lambda: ("trylock", a[0]),
            "__islocked": lambda: ("is-locked", a[0]),
            "__srcu": lambda: ("srcu", tag, a[0]),
            "__atomic_op": lambda: ("update", tag, a[0], a[1], a[2]),
            "__atomic_op_return": lambda: ("rmw", tag, a[0], a[1], a[2], "return"),
            "__atomic_fetch_op": lambda: ("rmw", tag, a[0], a[1], a[2], "fetch"),
            "__atomic_add_unless": lambda: ("add-unless", tag, a[0], a[1], a[2]),
        }[name]
        return node()

    # Statements

    def block(self):
        self.want("{")
        found = []
        while not self.take("}"):
            found.extend(self.statement())
        return found

    def statement(self):
        if self.peek("{"):
            return self.block()
        if self.take(";"):
            return []
        if self.take("if"):
            return [self.condition()]
        if self.take("while"):
            self.want("(")
            test = self.expression()
            self.want(")")
            return [("while", test, self.statement())]
        if self.spelling() in TYPES:
            return self.declaration()
        return self.simple_statement()

    def condition(self):
        self.want("(")
        test = self.expression()
        self.want(")")
        then = self.statement()
        return ("if", test, then, self.statement() if self.take("else") else [])

    def declaration(self):
        while self.spelling() in TYPES:
            if self.take("struct"):
                self.name()
            else:
                self.at += 1
        found = []
        while True:
            while self.take("*"):
                pass
            name = self.name()
            if self.take("="):
                found.append(("set", name, self.expression()))
            if not self.take(","):
                break
        self.want(";")
        return found

    def simple_statement(self):
        exp = self.expression()
        if (exp[3][0] if exp[0] == "at" else exp[0]) in STATEMENTS:
            self.want(";")
            return [exp]
        if not self.take("="):
            self.want(";")
            return [("do", exp)]
        value = self.expression()
        self.want(";")
        if exp[0] == "var":
            return [("set", exp[1], value)]
        if exp[0] == "deref":
            return [("store", None, exp, value)]
        return self.fail("a variable or a location on the left of '='")


class Macro:
    """One line of linux-kernel.def."""

    def __init__(self, name, params, body, line):
        self.name = name
        self.params = params
        self.body = body
        self.line = line

    def expand(self, arguments, macros, line):
        if len(arguments) != len(self.params):
            raise TestError(f"line {line}: {self.name}() takes {len(self.params)} arguments")
        known = {n: m for n, m in macros.items() if n != self.name}
        reader = CReader(self.body + [("end", "", line)], known, dict(zip(self.params, arguments)))
        if reader.peek("{"):
            found = reader.block()
            if len(found) == 1:
                return found[0]
            return ("sequence", found)
        return reader.expression()


def read_macros(path):
    """The definitions of linux-kernel.def by their names."""
    try:
        with open(path, encoding="utf-8") as opened:
            text = strip_comments(opened.read(), False)
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}") from error
    macros = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        reader = Reader(lex(line, number))
        name = reader.name()
        reader.want("(")
        params = []
        while not reader.take(")"):
            params.append(reader.name())
            reader.take(",")
        macros[name] = Macro(name, params, reader.tokens[reader.at:-1], number)
    if not macros:
        raise ModelError(f"{path} defines nothing")
    return macros


class Test:
    """One litmus test."""

    def __init__(self, name):
        self.name = name
        self.start = {}
        self.registers = {}
        self.locks = set()
        self.places = set()
        self.threads = []
        self.quantifier = "exists"
        self.condition = None
        self.filter = None
        self.text = ""
        self.condition_text = ""


class TestReader(CReader):
    """A whole test."""

    def __init__(self, text, macros):
        self.source = strip_comments(text)
        head = re.match(r"\s*C\s+(\S+)[^\n]*\n", self.source)
        if not head:
            raise TestError("the first line must be 'C' and the test's name")
        body = self.source[head.end():]
        body = re.sub(r'\A\s*"[^"]*"', "", body)
        super().__init__(lex(body, self.source[:head.end()].count("\n") + 1), macros)
        self.test = Test(head.group(1))

    def read(self):
        test = self.test
        # herd7 takes comment-like words between the name and the first brace.
        while not self.peek("{"):
            if self.kind() == "end":
                self.fail("'{' of the initial values")
            self.at += 1
        self.initial()
        while self.kind() == "name" and re.fullmatch(r"P\d+", self.spelling()):
            self.thread()
        if not test.threads:
            self.fail("a thread P0")
        if self.take("locations"):
            self.want("[")
            while not self.take("]"):
                self.at += 1
        if self.take("filter"):
            test.filter = self.proposition()
        self.quantified()
        if self.kind() != "end":
            self.fail("nothing more")
        for place in test.places:
            test.start.setdefault(place, 0)
        return test

    def initial(self):
        self.want("{")
        while not self.take("}"):
            if self.take(";"):
                continue
            self.initial_value()

    def initial_value(self):
        test = self.test
        words = []
        while self.spelling() in TYPES:
            words.append(self.name())
            if words[-1] == "struct":
                self.name()
        while self.take("*"):
            pass
        if self.kind() == "number":
            register = self.register_declared()
            if self.take("="):
                test.registers[register] = self.initial_constant()
            return
        name = self.bracketed_name()
        if self.peek("["):
            self.fail("no array (arrays are not supported);")
        test.places.add(name)
        if LOCK_TYPES & set(words):
            test.locks.add(name)
        if self.take("="):
            test.start[name] = self.initial_constant()

    def register_declared(self):
        thread = self.number()
        self.want(":")
        return (thread, self.name())

    def bracketed_name(self):
        if self.take("["):
            name = self.name()
            self.want("]")
            return name
        return self.name()

    def initial_constant(self):
        if self.take("&"):
            name = self.name()
            self.test.places.add(name)
            return name
        if self.take("("):
            value = self.initial_constant()
            self.want(")")
            return value
        if self.kind() == "name":
            name = self.name()
            if name in ("ATOMIC_INIT", "ATOMIC_LONG_INIT", "ATOMIC64_INIT"):
                return self.initial_constant()
            self.test.places.add(name)
            return name
        return self.number()

    def thread(self):
        test = self.test
        number = int(self.name()[1:])
        if number != len(test.threads):
            raise TestError(f"P{number} where P{len(test.threads)} should be")
        self.want("(")
        places = set()
        while not self.take(")"):
            lock = False
            stars = 0
            while self.spelling() in TYPES:
                lock = lock or self.spelling() in LOCK_TYPES
                if self.name() == "struct":
                    self.name()
            while self.take("*"):
                stars += 1
            name = self.name()
            if not stars:
                raise TestError(f"P{number}: the parameter {name} is no pointer")
            places.add(name)
            if lock:
                test.locks.add(name)
            self.take(",")
        test.places |= places
        test.threads.append((places, self.block()))

    def quantified(self):
        test = self.test
        start = self.at
        if self.take("~"):
            self.want("exists")
            test.quantifier = "~exists"
        else:
            test.quantifier = self.want("exists", "forall")
        test.condition = self.proposition()
        words = [word for _, word, _ in self.tokens[start + (test.quantifier == "~exists") + 1:self.at]]
        test.condition_text = f"{test.quantifier} {' '.join(words)}"

    # Propositions: ("or", [..]) ("and", [..]) ("not", p) ("=", what, value) ("true",),
    # where what is a location or (thread, register), and value that or a constant.

    def proposition(self):
        found = [self.conjunction()]
        while self.take("\\/"):
            found.append(self.conjunction())
        return found[0] if len(found) == 1 else ("or", found)

    def conjunction(self):
        found = [self.atom()]
        while self.take("/\\"):
            found.append(self.atom())
        return found[0] if len(found) == 1 else ("and", found)

    def atom(self):
        if self.take("~") or self.take("not"):
            return ("not", self.atom())
        if self.take("("):
            inner = self.proposition()
            self.want(")")
            return inner
        if self.take("true"):
            return ("true",)
        if self.take("false"):
            return ("not", ("true",))
        if self.kind() == "number":
            what = self.register(self.number())
        else:
            what = self.bracketed_name()
            if what in self.test.locks:
                self.fail("no lock (a lock's value cannot be tested);")
            self.test.places.add(what)
        sign = self.want("=", "==", "!=")
        equal = ("=", what, self.final_value())
        return ("not", equal) if sign == "!=" else equal

    def register(self, thread):
        self.want(":")
        if thread >= len(self.test.threads):
            self.fail(f"a register of a thread that is there, not of P{thread},")
        return (thread, self.name())

    def final_value(self):
        self.take("&")
        if self.kind() == "name":
            return self.name()
        number = self.number()
        return self.register(number) if self.peek(":") else number


def read_test(text, macros):
    """The test that text describes."""
    test = TestReader(text, macros).read()
    test.text = text
    return test
