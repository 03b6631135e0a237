# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What can be changed in a source so that a test should see it."""

import difflib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .tokens import Source

_SWAPPED = {
    "==": "!=", "!=": "==", "<": "<=", "<=": "<", ">": ">=", ">=": ">",
    "&&": "||", "||": "&&",
    "+": "-", "-": "+", "*": "/", "/": "*", "%": "*", "&": "|", "|": "&", "<<": ">>", ">>": "<<",
    "+=": "-=", "-=": "+=", "|=": "&=", "&=": "|=",
}  # fmt: skip
_EXACT = 300  # larger numbers are times and sizes, of which one more or less is nothing that a test should see
_COMPARISONS = {"==", "!=", "<", "<=", ">", ">="}
_NO_STATEMENT_BEGINS_WITH = {
    "return", "using", "const", "constexpr", "auto", "static", "thread_local", "struct", "class", "enum", "union",
    "typedef", "template", "if", "else", "for", "while", "do", "switch", "case", "default", "try", "catch", "goto",
    "static_assert", "unsigned", "int", "char", "bool", "long", "short", "double", "float", "void", "public", "private",
    "protected", "friend", "extern", "namespace", "mutable",
}  # fmt: skip
_MAKES_AN_EXPRESSION = {"(", ".", "->", "=", "+=", "-=", "*=", "/=", "|=", "&=", "^=", "<<=", ">>=", "++", "--", "[", "<<"}


@dataclass(frozen=True)
class Mutant:
    path: str  # below the project's root
    kind: str
    begin: int
    end: int
    replacement: str
    line: int
    function: str
    before: str  # the lines that change, stripped, as they were
    after: str  # and as they are then
    which: int = 1  # of those in this function that are the same

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}"

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What it is, whatever stands above it, and wherever the file is moved."""
        function = self.function if self.which == 1 else f"{self.function} ({self.which})"
        return (self.path.rsplit("/", 1)[-1], function, self.before, self.after)

    def apply(self, text: str) -> str:
        return text[: self.begin] + self.replacement + text[self.end :]

    def diff(self, text: str) -> str:
        lines = difflib.unified_diff(
            text.splitlines(), self.apply(text).splitlines(), self.path, self.path, lineterm="", n=1
        )
        return "\n".join(lines)


def _flat(lines: str) -> str:
    return re.sub(r"\s+", " ", lines).strip()


class _Maker:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.tokens = source.tokens

    def all(self) -> Iterator[Mutant]:
        for index, token in enumerate(self.tokens):
            if self.source.around(index).kind == "scope" and token.text != "{":
                yield from self._constant(index)  # of a name space or a type: `constexpr int most = 8;`
                continue
            yield from self._operator(index)
            yield from self._constant(index)
            yield from self._condition(index)
            yield from self._dropped(index)
            yield from self._early_return(index)

    def _mutant(self, kind: str, first: int, last: int, replacement: str) -> Mutant:
        """Of the tokens from first to last."""
        text = self.source.text
        begin, end = self.tokens[first].begin, self.tokens[last].end
        top = text.rfind("\n", 0, begin) + 1
        bottom = text.find("\n", end)
        bottom = len(text) if bottom < 0 else bottom
        return Mutant(
            self.source.path, kind, begin, end, replacement, self.tokens[first].line,
            self.source.around(first).function or self.source.around(last).function,
            _flat(text[top:bottom]), _flat(text[top:begin] + replacement + text[end:bottom]),
        )  # fmt: skip

    def _operator(self, index: int) -> Iterator[Mutant]:
        token = self.tokens[index]
        if token.kind != "sign":
            return
        beside = {near.text[:1] for near in self.tokens[index - 1 : index + 2]}
        if token.text in {"+", "+="} and '"' in beside:
            return  # of words: there is no other operator
        if token.text in _SWAPPED and self.source.spaced(index) and self.tokens[index - 1].text != "operator":
            kind = "comparison" if token.text in _COMPARISONS else "operator"
            yield self._mutant(kind, index, index, _SWAPPED[token.text])
        elif token.text in {"++", "--"}:
            yield self._mutant("operator", index, index, "--" if token.text == "++" else "++")
        elif token.text == "!":
            yield self._mutant("condition", index, index, "")

    def _constant(self, index: int) -> Iterator[Mutant]:
        token = self.tokens[index]
        if token.text in {"true", "false"}:
            yield self._mutant("constant", index, index, "false" if token.text == "true" else "true")
        elif token.kind == "number" and (match := re.fullmatch(r"(\d+)([uUlLzZ]*)", token.text)):
            if match[1].startswith("0") and match[1] != "0":
                return  # octal: modes of files
            if self.source.word(index + 1) == ">" and not self.source.spaced(index + 1):
                return  # of a template: the size of an array, mostly
            value = int(match[1])
            for other in sorted({value + 1, max(value - 1, 0)} - {value}) if value <= _EXACT else [value // 2]:
                yield self._mutant("constant", index, index, f"{other}{match[2]}")

    def _condition(self, index: int) -> Iterator[Mutant]:
        """The whole condition of if and while the other way round."""
        if self.tokens[index].text not in {"if", "while"} or self.source.word(index + 1) != "(":
            return
        first, last = index + 2, self.source.partner[index + 1] - 1
        words = [token.text for token in self.tokens[first : last + 1]]
        if ";" in words:
            position = len(words) - 1 - words[::-1].index(";")
            first, words = first + position + 1, words[position + 1 :]
        if not words or "=" in words:
            return  # declares something
        if not {"&&", "||"} & set(words) and (words[0] == "!" or {"==", "!="} & set(words)):
            return  # as if its "!" were left out, or that swapped
        negated = self.source.text[self.tokens[first].begin : self.tokens[last].end]
        yield self._mutant("condition", first, last, f"!({negated})")

    def _dropped(self, index: int) -> Iterator[Mutant]:
        """A statement that does something: a call, an assignment, `throw`, `break`."""
        if not self._begins_statement(index):
            return
        last = self._end_of_statement(index)
        if last is not None and self._does_something(index, last):
            yield self._mutant("statement", index, last, ";" if self._is_sole(index) else "")

    def _begins_statement(self, index: int) -> bool:
        if self.source.around(index).kind not in {"body", "block", "lambda"}:
            return False
        before = self.source.word(index - 1)
        if before == ")":
            return self.source.word(self.source.partner.get(index - 1, 0) - 1) in {"if", "for", "while"}
        return before in {"{", "}", ";", "else"} or (before == ":" and self._ends_label(index - 1))

    def _ends_label(self, index: int) -> bool:
        """Not that of `? :`."""
        while index > 0 and self.tokens[index].text not in {";", "{", "}", "case", "default"}:
            index -= 1
        return self.tokens[index].text in {"case", "default"}

    def _is_sole(self, index: int) -> bool:
        """Without braces, as in `if (x) f();`, or after a label."""
        return self.source.word(index - 1) in {")", "else", ":"}

    def _end_of_statement(self, index: int) -> int | None:
        position = index
        while position < len(self.tokens):
            text = self.tokens[position].text
            if text == ";":
                return position
            if text in {"(", "[", "{"}:
                position = self.source.partner.get(position, len(self.tokens))
            elif text in {")", "]", "}"}:
                return None
            position += 1
        return None

    def _does_something(self, first: int, last: int) -> bool:
        token = self.tokens[first]
        if token.text in {"throw", "break", "continue"}:
            return True
        if token.text in _NO_STATEMENT_BEGINS_WITH or last - first < 2:
            return False
        if token.text in {"++", "--", "*", "(", "::", "this", "delete"}:
            return True
        if token.kind != "word":
            return False
        position = self._after_name(first)
        return self.source.word(position) in _MAKES_AN_EXPRESSION

    def _after_name(self, position: int) -> int:
        """`std::get<0>` is over; what follows tells a call from a declaration."""
        while self.tokens[position].kind == "word":
            position += 1
            if self.source.word(position) == "<" and not self.source.spaced(position):
                depth = 0
                while position < len(self.tokens):
                    depth += {"<": 1, ">": -1}.get(self.tokens[position].text, 0)
                    position += 1
                    if depth == 0:
                        break
            if self.source.word(position) != "::":
                break
            position += 1
        return position

    def _early_return(self, index: int) -> Iterator[Mutant]:
        """A function that does nothing, as soon as it is called."""
        brace = self.source.braces.get(index)
        if brace is None or brace.kind != "body" or self.source.word(index + 1) in {"}", "return"}:
            return
        result = self._result_type(index)
        if result is None or result[-1:] == ["&"]:
            return
        nothing = "return;" if result == ["void"] else "return {};"
        yield self._mutant("return", index, index, "{ " + nothing)

    def _result_type(self, index: int) -> list[str] | None:
        """The words before a function's name. None of a constructor or a destructor."""
        begin = index - 1
        while begin >= 0 and self.tokens[begin].text not in {";", "{", "}"}:
            begin = self.source.partner.get(begin, begin) - 1 if self.tokens[begin].text in {")", "]"} else begin - 1
        words: list[str] = []
        position = begin + 1
        while self.tokens[position].text != "(":
            if self.tokens[position].text == "[":  # an attribute
                position = self.source.partner[position] + 1
                continue
            words.append(self.tokens[position].text)
            position += 1
        for label in {"public", "private", "protected"} & set(words):
            words = words[words.index(label) + 2 :]
        while words and words[0] in {"static", "inline", "constexpr", "virtual", "explicit", "extern", "friend"}:
            words.pop(0)
        if "~" in words or "noreturn" in self.source.text[self.tokens[begin + 1].begin : self.tokens[index].begin]:
            return None
        words.pop()  # the name
        while words and words[-1] == "::":
            words.pop()
            words.pop()
        return words or None


def mutants_of(path: str, text: str) -> list[Mutant]:
    counts: Counter[tuple[str, str, str]] = Counter()
    mutants: list[Mutant] = []
    for mutant in _Maker(Source(path, text)).all():
        same = (mutant.function, mutant.before, mutant.after)
        counts[same] += 1
        mutants.append(replace(mutant, which=counts[same]))
    return mutants
