# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""C++ as tokens, and what braces are for: as much of the language as mutants need, in sources laid out by clang-format."""

import re
from dataclasses import dataclass

# What is no token stands in the first two groups: white space, comments and whole lines of the preprocessor.
_TOKEN = re.compile(
    r"""
      (?P<space>   \s+ | //[^\n]* | /\*.*?\*/ )
    | (?P<line>    (?:(?<=\n)|\A) [ \t]* \# (?:\\\n|[^\n])* )
    | (?P<string>  (?:u8|[uUL])?R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)" | (?:u8|[uUL])?"(?:\\.|[^"\\])*"
                 | '(?:\\.|[^'\\])*' )
    | (?P<number>  \.?\d(?:'?[\w.]|(?<=[eEpP])[+-])* )
    | (?P<word>    [A-Za-z_]\w* )
    | (?P<sign>    <=>|<<=|>>=|->\*|\.\.\.|::|->|\+\+|--|<<|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|. )
    """,
    re.VERBOSE | re.DOTALL,
)

_CLOSES = {"(": ")", "[": "]", "{": "}"}
_TYPES = {"class", "struct", "union", "enum"}


@dataclass(frozen=True)
class Token:
    kind: str  # string, number, word or sign
    text: str
    begin: int
    end: int
    line: int


@dataclass(frozen=True)
class Brace:
    """Of a token "{": what is inside."""

    kind: str  # scope (of a name space or a type), body (of a function), block (of statements), lambda or list (of values)
    function: str  # the name of the function that it is part of, or ""


class Source:
    """A file. Names of fields: `partner` is, by index, the other bracket of a bracket; `braces` tells of each "{"."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.tokens = _split(text)
        self.partner = _pair(self.tokens)
        self.braces: dict[int, Brace] = {}
        self._inside: list[int] = []  # of each token, the index of the innermost "{" around it, or -1
        self._look_at_braces()

    def around(self, index: int) -> Brace:
        opening = self._inside[index]
        return self.braces[opening] if opening >= 0 else Brace("scope", "")

    def spaced(self, index: int) -> bool:
        """With white space on both sides, as clang-format lays out what has two operands (and no `<` of a template)."""
        token = self.tokens[index]
        return self.text[token.begin - 1].isspace() and self.text[token.end : token.end + 1].isspace()

    def word(self, index: int) -> str:
        return self.tokens[index].text if 0 <= index < len(self.tokens) else ""

    def _look_at_braces(self) -> None:
        open_braces: list[int] = []
        begin = 0  # of what belongs to the next brace
        for index, token in enumerate(self.tokens):
            self._inside.append(open_braces[-1] if open_braces else -1)
            if token.text == "{":
                self.braces[index] = self._brace(begin, index, self.around(index))
                open_braces.append(index)
            elif token.text == "}" and open_braces:
                self._inside[index] = open_braces.pop()
            if token.text in "{}" or (token.text == ";" and not self._in_parentheses(index)):
                begin = index + 1

    def _in_parentheses(self, index: int) -> bool:
        """Between the brace around it, and it, a parenthesis is open (as in `for (;;)`)."""
        depth = 0
        for token in self.tokens[self._inside[index] + 1 : index]:
            depth += {"(": 1, ")": -1}.get(token.text, 0)
        return depth > 0

    def _brace(self, begin: int, index: int, outer: Brace) -> Brace:
        words = [token.text for token in self.tokens[begin:index]]
        last = words[-1] if words else ""
        if outer.kind == "scope":
            if "namespace" in words or "extern" in words[:1]:
                return Brace("scope", "")
            if "(" in words and not self._initialises(words):
                return Brace("body", self._function_name(begin, index))
            if _TYPES & set(words) and "=" not in words and "(" not in words:
                return Brace("scope", "")
            return Brace("list", "")
        if last in {"", "else", "do", "try", ":"}:
            return Brace("block", outer.function) if outer.kind != "list" else Brace("list", outer.function)
        if _TYPES & set(words[:1]):
            return Brace("scope", "")
        if last == ")":
            before = self.partner.get(index - 1, 0) - 1
            if self.word(before) in {"if", "for", "while", "switch", "catch", "constexpr"}:
                return Brace("block", outer.function)
            return Brace("lambda" if self.word(before) == "]" else "list", outer.function)
        if last == "]" or self._is_lambda(begin, index):
            return Brace("lambda", outer.function)
        return Brace("list", outer.function)

    @staticmethod
    def _initialises(words: list[str]) -> bool:
        """`constexpr T x = f() ... {`: no body follows. (Not so: `operator=`, and default arguments, in parentheses.)"""
        depth = 0
        for position, word in enumerate(words):
            depth += {"(": 1, ")": -1}.get(word, 0)
            if word == "=" and depth == 0 and words[position - 1] != "operator":
                return True
        return False

    def _is_lambda(self, begin: int, index: int) -> bool:
        """`[...](...) mutable noexcept -> T {`"""
        position = index - 1
        while position > begin and self.tokens[position].text not in {")", ";", "{", "}", ",", "="}:
            position -= 1
        return self.word(position) == ")" and self.word(self.partner.get(position, 0) - 1) == "]"

    def _function_name(self, begin: int, index: int) -> str:
        """What stands before the first parenthesis that is not in a template's brackets: `ThreadSetter::step`."""
        position = begin
        while position < index and self.tokens[position].text != "(":
            position += 1
        if self.word(position - 1) == "operator":  # operator()
            return "operator()"
        name: list[str] = []
        position -= 1
        while position >= begin and (self.tokens[position].kind == "word" or self.tokens[position].text in {"::", "~"}):
            if name and self.tokens[position].kind == "word" and name[-1] not in {"::", "~"}:
                break
            name.append(self.tokens[position].text)
            position -= 1
        return "".join(reversed(name)) or "operator"


def _split(text: str) -> list[Token]:
    tokens: list[Token] = []
    line = 1
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "sign"
        kind = "string" if kind == "mark" else kind
        if kind not in {"space", "line"}:
            tokens.append(Token(kind, match[0], match.start(), match.end(), line))
        line += match[0].count("\n")
    return tokens


def _pair(tokens: list[Token]) -> dict[int, int]:
    partner: dict[int, int] = {}
    waiting: list[int] = []
    for index, token in enumerate(tokens):
        if token.text in _CLOSES:
            waiting.append(index)
        elif waiting and token.text == _CLOSES[tokens[waiting[-1]].text]:
            opening = waiting.pop()
            partner[opening], partner[index] = index, opening
    return partner
