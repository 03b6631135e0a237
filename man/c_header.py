# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What make_c_pages knows of <iopriority.h>: its functions and enumerations, with what the comments say of them.

A comment that lacks something ends the program: a page would lack it too."""
import dataclasses
import re
import sys

ON_ERRORS = "A function that can fail"  # how the header's own words begin: on errors,
ON_CALLS = "No exception comes out"  # and on calls
COMMENT = r"/\*\*(?!<)((?:(?!\*/).)*)\*/"
CONSTANT = re.compile(  # with the comment before or behind it
    rf"(?:{COMMENT}\s*)?\b(IOPRIORITY_\w+) = ([^,/\n]*[^,/\s])[\s,]*(?:/\*\*<((?:(?!\*/).)*)\*/)?", re.DOTALL)


@dataclasses.dataclass
class Function:
    """One function of the header."""
    name: str
    returns: str  # the type
    parameters: list[tuple[str, str]]  # type, name
    text: str
    words: dict[str, str]  # of each parameter
    result: str  # what it returns, in words; "" for void


@dataclasses.dataclass
class Enum:
    """One enumeration of the header, with name, value and words of each constant."""
    name: str
    text: str
    constants: list[tuple[str, str, str]]


@dataclasses.dataclass
class Header:
    """All that pages are made of."""
    functions: dict[str, Function]
    enums: list[Enum]
    on_errors: str
    on_calls: str


def flat(text):
    """One line, without the stars of a comment."""
    return re.sub(r"\s+", " ", re.sub(r"^\s*\* ?", "", text, flags=re.MULTILINE)).strip()


def words_of(tags):
    """What is said of each parameter; several may share it: @param a, b TEXT."""
    words = {}
    for tag in tags:
        found = re.fullmatch(r"param(?:\[\w+\])? ((?:\w+, )*\w+) (.+)", tag)
        for name in found[1].split(", ") if found else ():
            words[name] = found[2]
    return words


def function_of(comment, prototype):
    returns, name, inside = re.fullmatch(r"(.+?)(\w+)\((.*)\)", flat(prototype)).groups()
    parameters = [re.fullmatch(r"(.+?)(\w+)", each).groups() for each in inside.split(", ") if each != "void"]
    text, *tags = re.split(r"(?:^|\s+)@(?=[a-z])", flat(comment))
    results = [tag.removeprefix("return ") for tag in tags if tag.startswith("return ")]
    function = Function(name, returns, parameters, text, words_of(tags), "".join(results))
    if set(function.words) != {name for _, name in parameters} or len(results) != (returns != "void ") or not text:
        sys.exit(f"the comment on {name} does not say something of each parameter, and of what is returned")
    return function


def functions_in(text):
    found = re.findall(COMMENT + r"\s*IOPRIORITY_C_API\s+([^;]+);", text, re.DOTALL)
    if len(found) != len(re.findall(r"^IOPRIORITY_C_API\b", text, re.MULTILINE)) or not found:
        sys.exit("a function of the header has no comment")
    functions = {function.name: function for function in (function_of(*each) for each in found)}
    for function in functions.values():
        function.words = {name: whole_words(functions, function, name) for name in function.words}
    return functions


def whole_words(functions, function, parameter):
    """What is said of a parameter, with what stands elsewhere ("as in f(), but ...") in its place."""
    elsewhere = re.match(r"as in (\w+)\(\)", function.words[parameter])
    if not elsewhere:
        return function.words[parameter]
    there = whole_words(functions, functions[elsewhere[1]], parameter)
    return there.rstrip(".") + function.words[parameter][elsewhere.end():]


def enums_in(text):
    for comment, name, inside in re.findall(COMMENT + r"\s*enum (\w+) \{(.*?)\};", text, re.DOTALL):
        constants = [(each[2], each[3], flat(each[1] or each[4] or "")) for each in CONSTANT.finditer(inside)]
        if not all(words for _, _, words in constants) or len(constants) != inside.count(" = "):
            sys.exit(f"a constant of enum {name} has no comment")
        yield Enum(name, flat(comment), constants)


def paragraph(comment, beginning):
    found = [each for each in map(flat, re.split(r"\n \*\n", comment)) if each.startswith(beginning)]
    if len(found) != 1:
        sys.exit(f"the comment on the whole header has no paragraph that begins with: {beginning}")
    return found[0]


def read(text):
    comment = re.search(COMMENT, text, re.DOTALL)[1]
    return Header(functions_in(text), list(enums_in(text)), paragraph(comment, ON_ERRORS), paragraph(comment, ON_CALLS))
