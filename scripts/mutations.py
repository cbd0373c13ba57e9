# SPDX-License-Identifier: Apache-2.0
"""mutations: what one could get wrong in a C file, one change at a time.

The text is cut into tokens; no grammar of C is needed to find a condition,
a term, a comparison, a number, a statement.  What does not compile is left
out later.  A change never moves a line, and its name depends on its own line
and function only, so that it keeps it while the rest of the file grows.
"""
import hashlib
import re

TOKEN = re.compile(r"""
    (?P<comment>/\*.*?\*/|//[^\n]*)
  | (?P<define>^\#[ \t]*define[ \t]+\w+[ \t]+\(?(?=\d))
  | (?P<directive>^[ \t]*\#(?:[^\n\\]|\\\n|\\.)*)
  | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
  | (?P<number>(?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<mark><<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|\.\.\.
      |[^\s\w])
""", re.X | re.S | re.M)

KEYWORDS = set("""if else for while do switch case default return break
    continue goto sizeof struct union enum const static inline extern
    unsigned""".split())
CONTROLS = {"if", "for", "while", "switch"}
ASSIGNS = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="}
SWAPS = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==",
    "<<": ">>", ">>": "<<", "+=": "-=", "-=": "+=", "++": "--", "--": "++",
    "|=": "&=", "&=": "|=", "%": "/", "/": "*"}
BINARY = {"+": "-", "-": "+", "&": "|", "|": "&"}
SIDES = {"direction", "side", "receiver", "sender", "from_b", "from_opener",
         "ender"}
LEFT_ENDS = {",", ";", "?", ":", "return", "case"} | ASSIGNS
RIGHT_ENDS = {",", ";", "?", ":"}
# What stands in these is no code that runs.
SILENT = {"_Static_assert", "assert", "sizeof"}


class Token:
    def __init__(self, kind, text, start):
        self.kind, self.text, self.start = kind, text, start
        self.end = start + len(text)
        self.mate = None  # index of the other bracket
        self.quiet = False


class Change:
    """bytes start to end of the file become text"""

    def __init__(self, what, start, end, text):
        self.what, self.start, self.end, self.text = what, start, end, text
        self.file = self.name = self.where = None
        self.before = self.after = None
        self.line = 0


def tokens_of(text):
    tokens, stack = [], []
    for found in TOKEN.finditer(text):
        kind = found.lastgroup
        if kind in ("comment", "directive"):
            continue
        token = Token(kind, found.group(), found.start())
        if token.text in ("(", "[", "{"):
            stack.append(len(tokens))
        elif token.text in (")", "]", "}") and stack:
            token.mate = stack.pop()
            tokens[token.mate].mate = len(tokens)
        tokens.append(token)
    for i, token in enumerate(tokens):
        if token.text in SILENT and tokens[i + 1].text == "(":
            for inner in tokens[i:tokens[i + 1].mate + 1]:
                inner.quiet = True
    return tokens


class Source:
    def __init__(self, path, text):
        self.path, self.text = path, text
        self.tokens = tokens_of(text)
        self.changes = []
        self.functions = []  # (first token, last token, name, type)
        self.find_functions()

    # --- where things are ---------------------------------------------------

    def find_functions(self):
        i = begin = 0
        while i < len(self.tokens):
            token = self.tokens[i]
            if token.text == "{":
                before = self.tokens[i - 1]
                if before.text == ")":
                    name = before.mate - 1
                    self.functions.append((
                        i, token.mate, self.tokens[name].text,
                        [t.text for t in self.tokens[begin:name]]))
                i = token.mate
            if self.tokens[i].text in ("}", ";"):
                begin = i + 1
            i += 1

    def function_at(self, i):
        for first, last, name, _ in self.functions:
            if first <= i < last:
                return name
        return None

    def range_around(self, i):
        """The whole expression a token is in: first and behind the last."""
        left = i
        while left > 0:
            before = self.tokens[left - 1]
            if before.text in LEFT_ENDS or before.text in ("(", "[", "{"):
                break
            left = before.mate if before.mate is not None else left - 1
        right = i
        while right < len(self.tokens):
            token = self.tokens[right]
            if token.text in RIGHT_ENDS or token.text in (")", "]", "}"):
                break
            right = token.mate + 1 if token.mate is not None else right + 1
        return left, right

    def split(self, left, right, mark):
        """=> [(first, behind)] of what stands between the marks"""
        parts, begin, i = [], left, left
        while i < right:
            token = self.tokens[i]
            if token.text == mark:
                parts.append((begin, i))
                begin = i + 1
            if token.text in ("(", "[", "{"):
                i = token.mate
            i += 1
        return parts + [(begin, right)]

    def span(self, first, behind):
        return self.tokens[first].start, self.tokens[behind - 1].end

    def words(self, first, behind):
        start, end = self.span(first, behind)
        return self.text[start:end]

    # --- what is changed ----------------------------------------------------

    def add(self, what, first, behind, text):
        if "prefetch" in (self.function_at(first) or "") + \
                self.tokens[first].text:
            return  # brings memory near, and nothing else
        start, end = self.span(first, behind)
        lost = self.text.count("\n", start, end) - text.count("\n")
        self.changes.append(Change(what, start, end, text + "\n" * lost))

    def all(self):
        for i, token in enumerate(self.tokens):
            inside = self.function_at(i) is not None
            if token.quiet or not (inside or token.kind != "mark"):
                continue
            if token.kind == "number":
                self.number(i)
            elif inside and token.kind == "word":
                self.word(i)
            elif inside and token.kind == "mark":
                self.mark(i)
        self.terms()
        self.designated()
        self.constants()
        self.entries()
        self.name_all()
        return self.changes

    def number(self, i):
        token, before = self.tokens[i], self.tokens[i - 1]
        inside = self.function_at(i) is not None
        if before.kind == "define" or inside:
            digits = re.match(r"0[xX][0-9a-fA-F]+|\d+", token.text).group()
            value = int(digits, 0) if digits[:2] in ("0x", "0X") \
                else int(digits)
            other = 1 - value if value < 2 else \
                value + 1 if value < 10 else value * 2
            self.add("number", i, i + 1, str(other) +
                     token.text[len(digits):])

    def word(self, i):
        token, before = self.tokens[i], self.tokens[i - 1]
        behind = self.tokens[i + 1]
        if token.text == "if":
            inner = (i + 2, behind.mate)
            self.add("negate", *inner, "!(" + self.words(*inner) + ")")
        elif token.text == "return":
            self.returned(i)
        elif token.text in ("break", "continue"):
            self.add("drop", i, i + 2, ";")
        elif token.text in SIDES and before.text in ("(", ",", "[") and \
                behind.text in (")", ",", "]"):
            self.add("side", i, i + 1, "!" + token.text)
        if self.begins_statement(i):
            self.statement(i)

    def returned(self, i):
        left, right = i + 1, i + 1
        while self.tokens[right].text != ";":
            mate = self.tokens[right].mate
            right = mate + 1 if mate else right + 1
        first, last, _, kind = next(
            f for f in self.functions if f[0] < i < f[1])
        if right + 1 < last:
            self.add("stay", i, right + 1, ";")
        if "bool" in kind and "*" not in kind:
            self.add("negate", left, right,
                     "!(" + self.words(left, right) + ")")

    def begins_statement(self, i):
        before = self.tokens[i - 1]
        if before.text in ("{", "}", ";", "else"):
            # An initializer is no block.
            return before.text != "{" or \
                self.tokens[i - 2].text in (")", ";", "{", "}", "else", "do")
        if before.text == ")":
            return self.tokens[before.mate - 1].text in CONTROLS
        return before.text == ":" and self.tokens[i - 2].kind == "word"

    def statement(self, i):
        token, behind = self.tokens[i], self.tokens[i + 1]
        if token.text in KEYWORDS or token.quiet or behind.kind == "word" or \
                behind.text == ":":
            return
        if behind.text == "*" and self.tokens[i + 2].text != "(":
            return  # a declaration
        end, assigned = i, False
        while self.tokens[end].text != ";":
            assigned |= self.tokens[end].text in ASSIGNS | {"++", "--"}
            mate = self.tokens[end].mate
            if mate is not None and mate < end:
                return  # a macro that ends without a semicolon
            end = end + 1 if mate is None else mate + 1
        if assigned or behind.text == "(":
            self.add("drop", i, end + 1, ";")

    def mark(self, i):
        token, before = self.tokens[i], self.tokens[i - 1]
        operand = before.kind in ("word", "number") and \
            before.text not in KEYWORDS or before.text in (")", "]")
        if token.text in SWAPS:
            self.add("operator", i, i + 1, SWAPS[token.text])
        elif token.text in BINARY and operand:
            self.add("operator", i, i + 1, BINARY[token.text])
        elif token.text == "!":
            self.add("negate", i, i + 1, "")
        elif token.text == "?":
            inner = (self.range_around(i - 1)[0], i)
            self.add("negate", *inner, "!(" + self.words(*inner) + ")")

    def terms(self):
        """Each term of && and || is left out once."""
        seen = set()
        for i, token in enumerate(self.tokens):
            if token.text not in ("&&", "||") or token.quiet:
                continue
            around = self.range_around(i)
            if around in seen:
                continue
            seen.add(around)
            self.leave_out(self.split(*around, "||"))
            for part in self.split(*around, "||"):
                self.leave_out(self.split(*part, "&&"))

    def leave_out(self, parts):
        for n, (first, behind) in enumerate(parts):
            if len(parts) > 1 and n + 1 < len(parts):
                self.add("term", first, behind + 1, "")
            elif len(parts) > 1:
                self.add("term", first - 1, behind, "")

    def designated(self):
        """Each .NAME = VALUE and [PLACE] = VALUE of an initializer."""
        for i, token in enumerate(self.tokens):
            if token.text not in (".", "[") or \
                    self.tokens[i - 1].text not in ("{", ","):
                continue
            behind = token.mate + 1 if token.text == "[" else i + 2
            if self.tokens[behind].text != "=":
                continue
            end = self.range_around(behind + 1)[1]
            end += self.tokens[end].text == ","
            self.add("entry", i, end, "")

    def constants(self):
        """A name becomes the next one of its family in this file."""
        family = {}
        for token in self.tokens:
            if token.kind == "word" and "_" in token.text and \
                    token.text.isupper() and not token.quiet:
                key = "_".join(token.text.split("_")[:2])
                family.setdefault(key, set()).add(token.text)
        for i, token in enumerate(self.tokens):
            if token.kind != "word" or self.tokens[i - 1].text == "case":
                continue
            key = "_".join(token.text.split("_")[:2])
            names = sorted(family.get(key, ()))
            if token.text in names and len(names) > 1 and not token.quiet:
                other = names[(names.index(token.text) + 1) % len(names)]
                self.add("constant", i, i + 1, other)

    def entries(self):
        """A function that does nothing, or says the same to everybody."""
        for first, last, name, kind in self.functions:
            answers = []
            if "*" in kind or "struct" in kind or "main" == name:
                continue
            if "void" in kind:
                answers = ["return;"]
            elif "bool" in kind:
                answers = ["return true;", "return false;"]
            elif last - first > 1:
                answers = ["return 0;"]
            for answer in answers:
                self.add("early", first, first + 1, "{ " + answer)

    # --- names --------------------------------------------------------------

    def name_all(self):
        seen = {}
        starts = {t.start: i for i, t in enumerate(self.tokens)}
        for change in self.changes:
            begin = self.text.rfind("\n", 0, change.start) + 1
            end = self.text.find("\n", change.end)
            before = self.text[begin:end]
            after = self.text[begin:change.start] + change.text + \
                self.text[change.end:end]
            change.file = self.path
            change.line = self.text.count("\n", 0, change.start) + 1
            change.before, change.after = squeeze(before), squeeze(after)
            where = self.function_at(starts[change.start]) or ""
            change.where = where
            key = (where, change.before, change.after)
            seen[key] = seen.get(key, 0) + 1
            text = "\n".join(key + (str(seen[key]),))
            change.name = hashlib.sha1(text.encode()).hexdigest()[:8]


def squeeze(text):
    return " ".join(text.split())


def changes_of(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    source = Source(path, text)
    unique = {}
    for change in source.all():
        unique.setdefault((change.start, change.end, change.text), change)
    return text, list(unique.values())
