# SPDX-License-Identifier: GPL-2.0
"""Reads the cat language, in which tools/memory-model is written.

It knows only the parts that those files use: let, let rec, functions, fun-less
application, sets and relations with their operators, enum and instructions of bell
files, checks, flags, "with x from", include, try, if "variant". Anything else is an
error, as a model that is half understood proves nothing.

A model is a list of statements, each a tuple that begins with its kind:
  ("enum", name, tags)                 ("instructions", kind, enum)
  ("let", [(name, params, exp)...], recursive)
  ("check", kind, negated, exp, name)  ("flag", kind, negated, exp, name)
  ("with", name, exp)                  ("include", file)
An expression likewise:
  ("name", n) ("zero",) ("all",) ("braces", [exp]) ("id", exp) ("tuple", [exp])
  ("|" ";" "\\" "&" "*x" "++", a, b)  ("~" "^-1" "+" "*" "?", a)
  ("call", f, arg) ("let", bindings, recursive, body) ("try", a, b)
  ("if", variant, a, b)
"""
import re

from relation import ModelError

TOKEN = re.compile(r"""
    (?P<string>"[^"]*") | (?P<tag>'[A-Za-z][\w.-]*) |
    (?P<name>[A-Za-z_][\w.-]*) | (?P<inv>\^-1) |
    (?P<op>\+\+|\|\||[|&\\;*+?~()\[\]{},=0])
    """, re.X)
KEYWORDS = {"let", "rec", "and", "in", "with", "from", "as", "flag", "show", "include",
            "enum", "instructions", "acyclic", "irreflexive", "empty", "try", "if",
            "then", "else", "unshow"}
REFUSED = {"procedure", "call", "match", "fun", "forall", "debug", "default", "undefined_unless"}
CHECKS = ("acyclic", "irreflexive", "empty")


def strip_comments(text, where):
    """text without its nested (* *) and // comments, the lines kept."""
    out, depth, i = [], 0, 0
    while i < len(text):
        if text.startswith("(*", i):
            depth += 1
            i += 2
        elif depth and text.startswith("*)", i):
            depth -= 1
            i += 2
        elif not depth and text.startswith("//", i):
            end = text.find("\n", i)
            i = len(text) if end < 0 else end
        else:
            if not depth or text[i] == "\n":
                out.append(text[i])
            i += 1
    if depth:
        raise ModelError(f"{where}: a comment is not closed")
    return "".join(out)


def lex(text, where):
    """The tokens of text: (kind, spelling, line)."""
    text = strip_comments(text, where)
    tokens, i, line = [], 0, 1
    while i < len(text):
        if text[i].isspace():
            line += text[i] == "\n"
            i += 1
            continue
        found = TOKEN.match(text, i)
        if not found:
            raise ModelError(f"{where}:{line}: '{text[i]}' is not understood")
        kind, word = found.lastgroup, found.group()
        if kind == "name" and word in REFUSED:
            raise ModelError(f"{where}:{line}: '{word}' of the cat language is not supported")
        if kind == "name" and word in KEYWORDS:
            kind = "key"
        if kind == "inv":
            kind = "op"
        tokens.append((kind, word, line))
        i = found.end()
    tokens.append(("end", "", line))
    return tokens


class Parser:
    """A recursive descent over the tokens of one file."""

    def __init__(self, text, where):
        self.where = where
        self.tokens = lex(text, where)
        self.at = 0

    def fail(self, wanted):
        _, word, line = self.tokens[self.at]
        raise ModelError(f"{self.where}:{line}: {wanted} expected, not '{word or 'the end'}'")

    def peek(self, *words):
        return self.tokens[self.at][1] in words and self.tokens[self.at][0] in ("op", "key")

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

    def word(self, kind):
        if self.tokens[self.at][0] != kind:
            self.fail(f"a {kind}")
        self.at += 1
        return self.tokens[self.at - 1][1]

    # Statements

    def statements(self):
        found = []
        if self.tokens[self.at][0] == "string":
            self.at += 1
        while self.tokens[self.at][0] != "end":
            statement = self.statement()
            if statement:
                found.append(statement)
        return found

    def statement(self):
        if self.take("let"):
            recursive = bool(self.take("rec"))
            return ("let", self.bindings(), recursive)
        if self.take("enum"):
            name = self.word("name")
            self.want("=")
            tags = [self.word("tag")]
            while self.take("||"):
                tags.append(self.word("tag"))
            return ("enum", name, [tag[1:] for tag in tags])
        if self.take("instructions"):
            kind = self.word("name")
            self.want("[")
            enum = self.word("name")
            self.want("]")
            return ("instructions", kind, enum)
        if self.take("include"):
            return ("include", self.word("string")[1:-1])
        if self.take("show", "unshow"):
            self.expression()
            while self.take(","):
                self.expression()
            return None
        if self.take("with"):
            name = self.word("name")
            self.want("from")
            return ("with", name, self.expression())
        return self.check()

    def check(self):
        kind = "flag" if self.take("flag") else "check"
        negated = bool(self.take("~"))
        test = self.want(*CHECKS)
        exp = self.expression()
        name = self.word("name") if self.take("as") else f"{test}-{self.tokens[self.at][2]}"
        return (kind, test, negated, exp, name)

    def bindings(self):
        found = [self.binding()]
        while self.take("and"):
            found.append(self.binding())
        return found

    def binding(self):
        name = self.word("name")
        params = None
        if self.take("("):
            params = [self.word("name")]
            while self.take(","):
                params.append(self.word("name"))
            self.want(")")
        elif self.tokens[self.at][0] == "name":
            params = [self.word("name")]
        self.want("=")
        return (name, params, self.expression())

    # Expressions, from the loosest operator to the tightest

    def expression(self):
        if self.take("let"):
            recursive = bool(self.take("rec"))
            bound = self.bindings()
            self.want("in")
            return ("let", bound, recursive, self.expression())
        if self.take("try"):
            tried = self.expression()
            self.want("with")
            return ("try", tried, self.expression())
        if self.take("if"):
            variant = self.word("string")[1:-1]
            self.want("then")
            then = self.expression()
            self.want("else")
            return ("if", variant, then, self.expression())
        return self.binary(0)

    LEVELS = ("|", "++", ";", "\\", "&")

    def binary(self, level):
        if level == len(self.LEVELS):
            return self.postfix()
        left = self.binary(level + 1)
        while self.take(self.LEVELS[level]):
            left = (self.LEVELS[level], left, self.binary(level + 1))
        return left

    def starts_operand(self):
        kind, word, _ = self.tokens[self.at]
        return kind == "name" or (kind == "op" and word in "([{~0")

    def postfix(self):
        if self.take("~"):
            return ("~", self.postfix())
        exp = self.simple()
        while True:
            if self.take("^-1"):
                exp = ("^-1", exp)
            elif self.peek("+", "?"):
                exp = (self.take("+", "?"), exp)
            elif self.take("*"):
                # A star with an operand behind it is the product.
                exp = ("*x", exp, self.postfix()) if self.starts_operand() else ("*", exp)
            else:
                return exp

    def simple(self):
        kind, word, _ = self.tokens[self.at]
        if kind == "name":
            self.at += 1
            if word == "_":
                return ("all",)
            exp = ("name", word)
            while self.tokens[self.at][0] == "name" or self.peek("(", "{", "0"):
                exp = ("call", exp, self.argument())
            return exp
        return self.closed()

    def argument(self):
        if self.tokens[self.at][0] == "name":
            word = self.word("name")
            return ("all",) if word == "_" else ("name", word)
        return self.closed()

    def closed(self):
        if self.take("0"):
            return ("zero",)
        if self.take("["):
            exp = self.expression()
            self.want("]")
            return ("id", exp)
        if self.take("{"):
            members = []
            while not self.take("}"):
                members.append(self.expression())
                if not self.peek("}"):
                    self.want(",")
            return ("braces", members)
        self.want("(")
        members = [self.expression()]
        while self.take(","):
            members.append(self.expression())
        self.want(")")
        return members[0] if len(members) == 1 else ("tuple", members)


def parse(text, where):
    """The statements of one file of the model."""
    return Parser(text, where).statements()
