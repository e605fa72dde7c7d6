"""What is wrong with YAML, in words for people who have never heard of it.

Finds what the YAML library refuses (a colon, a tab, a quotation mark left open), and what it would accept and silently
read as something else: text behind a number sign, an ampersand that vanishes, brackets inside brackets without end.
Knows no field and no rule of the content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml import CSafeLoader

from sitegen.problems import Place, Problem, error, quoted

DEEPEST = 30
_MOST_IN_A_FILE = 20
_DEEP_BLOCKS = re.compile(r"(?m)^[ \-?:]{60}")
_PROPERTY = re.compile(r"(?m)(?:^|[:\-?,\[{])[ \t]*[&*!]")
_REMARK = re.compile(r"(?<=[ \t])#")
_GLUED_REMARK = re.compile(r"\S[ \t]+#[^\s#]")
_TAB_INDENT = re.compile(r"[ ]*\t")
_INDENTED_FIELD = re.compile(r"\s+[^\s:#'\"\[{-][^:]*")
_AFTER_QUOTE = re.compile(r"\s*[^#\s][^:]*:\s*(['\"]).*\1.+$")
_AFTER_BRACKET = re.compile(r"\s*[^#\s][^:]*:\s*[\[{].*[\]}].*\S")
_OPENED_THERE = re.compile(
    r"scanning a quoted|parsing a flow|scanning an a|scanning a block scalar|scanning a tag|simple key"
)
"""Faults that are best shown where the thing was opened, not where its end was missed."""

_QUOTE_HINT = "Put the value in double quotes."
_COLON = "A colon followed by a space begins a new field, so this value can't be read."
_COLON_HINT = 'Put the whole value in double quotes, for example title: "Review 17: when to escalate".'
_INDENT = "This line is indented, so it goes on with the value before it, where no colon followed by a space can stand."
_INDENT_HINT = (
    "A field of its own begins where the fields above it begin; a value with a colon stands in double quotes."
)
_OTHERWISE = "The fields can't be read from here on: the indents, hyphens, brackets or quotation marks don't fit."
_OTHERWISE_HINT = "Compare this line and the one before it with a file that works; list items line up under each other."


def depth_problem(path: str, text: str, first_line: int) -> Problem | None:
    """The place from which lists and fields stand too deep inside each other to be read."""
    if text.count("[") + text.count("{") <= DEEPEST and not _DEEP_BLOCKS.search(text):
        return None
    depth = 0
    try:
        for event in yaml.parse(text, CSafeLoader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > DEEPEST:
                    mark: Any = event.start_mark
                    place = Place(path, mark.line + first_line, mark.column + 1)
                    message = f"Lists and fields stand more than {DEEPEST} deep inside each other here."
                    return error("content/too-deep", place, message, "Delete the extra brackets, hyphens or indents.")
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError:
        return None
    return None


def lost_text_problems(path: str, text: str, first_line: int) -> list[Problem]:
    """Text that YAML takes for something else and leaves out, in a file that it can read."""
    properties, remarks = _PROPERTY.search(text), _GLUED_REMARK.search(text)
    if not properties and not remarks:
        return []
    problems: list[Problem] = []
    scalars: list[tuple[int, int]] = []
    for event in yaml.parse(text, CSafeLoader):
        mark: Any = event.start_mark
        place = Place(path, mark.line + first_line, mark.column + 1)
        if isinstance(event, yaml.ScalarEvent):
            end: Any = event.end_mark
            scalars.append((mark.index, end.index))
        if getattr(event, "anchor", None):
            problems.append(_alias_problem(place))
        elif getattr(event, "tag", None) == "!":
            problems.append(tag_problem(place, "!"))
        if len(problems) >= _MOST_IN_A_FILE:
            return problems
    if remarks:
        problems += _lost_behind_hash(path, text, first_line, scalars)
    return problems[:_MOST_IN_A_FILE]


def _lost_behind_hash(path: str, text: str, first_line: int, scalars: list[tuple[int, int]]) -> Iterator[Problem]:
    """Values such as ``Review #17``. A remark with a space after its sign, or on a line of its own, is meant as one."""
    start, within = 0, 0
    for number, line in enumerate(text.split("\n")):
        for sign in _REMARK.finditer(line):
            at = start + sign.start()
            while within < len(scalars) and scalars[within][1] <= at:
                within += 1
            if within < len(scalars) and scalars[within][0] <= at:
                continue
            if line[: sign.start()].strip() and line[sign.end() : sign.end() + 1].strip(" \t#"):
                message = (
                    f"A space and a '#' begin a remark, so {quoted(line[sign.start() :])} is left out of this value."
                )
                hint = "Put the whole value in double quotes. If it is a remark, write a space after the '#'."
                place = Place(path, number + first_line, sign.start() + 1)
                yield error("content/hash-in-value", place, message, hint)
            break
        start += len(line) + 1


def escape_problem(place: Place) -> Problem:
    """A backslash in double quotes that stands for a character nobody can see."""
    message = "A backslash in double quotes makes an invisible control character here."
    return error(
        "content/control-character", place, message, "Put the value in single quotes, or delete the backslash."
    )


def tag_problem(place: Place, tag: str) -> Problem:
    """An exclamation mark that YAML takes for an instruction."""
    message = f"{quoted(tag.replace('tag:yaml.org,2002:', '!!'))} is an instruction to a program, not text."
    hint = "Put the value in quotes if it really begins with an exclamation mark."
    return error("content/yaml-tag", place, message, hint)


def _alias_problem(place: Place) -> Problem:
    message = "An asterisk or an ampersand at the start of a value makes YAML copy or drop text here."
    hint = "Put the text in quotes. If a copy was meant, write the text out in both places."
    return error("content/yaml-alias", place, message, hint)


def syntax_problems(path: str, text: str, first_line: int) -> Iterator[Problem]:
    """Every syntax fault: after each, its lines are set aside and the rest read again."""
    lines = text.split("\n")
    reported: set[int] = set()
    for _ in range(_MOST_IN_A_FILE):
        try:
            yaml.compose("\n".join(lines), CSafeLoader)
            return
        except yaml.MarkedYAMLError as fault:
            what = f"{fault.context or ''}: {fault.problem or ''}"
            opened = fault.context_mark if _OPENED_THERE.search(what) and "escape" not in what else None
            mark, end = opened or fault.problem_mark or fault.context_mark, fault.problem_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        line = min(line, len(lines) - 1)
        if not lines[line].strip() and line:  # a fault found at the end points behind the last line
            line = max((n for n in range(line) if lines[n].strip()), default=0)
            column = 0
        if line in reported:
            return
        reported.add(line)
        yield _syntax_problem(lines[line], Place(path, line + first_line, column + 1), what)
        last = end.line if "parsing a flow" in what and end else line + 1
        lines[line : max(last, line + 1)] = [""] * (max(last, line + 1) - line)


def _syntax_problem(content: str, place: Place, what: str) -> Problem:
    column = place.column - 1
    sign = content[column : column + 1]
    if "mapping values are not allowed" in what:
        if _INDENTED_FIELD.fullmatch(content[:column]):
            return error("content/colon-in-value", place, _INDENT, _INDENT_HINT)
        return error("content/colon-in-value", place, _COLON, _COLON_HINT)
    if _TAB_INDENT.match(content) or sign == "\t":
        place = place._replace(column=content.index("\t") + 1)
        message = "There is a tab here; fields are indented with spaces only."
        return error("content/tab", place, message, "Replace the tab with two spaces.")
    if "did not find expected key" in what and _AFTER_QUOTE.match(content):
        message = "There is text after the closing quotation mark."
        hint = "Put the whole value in one pair of quotation marks; inside them write an apostrophe in double quotes."
        return error("content/quotes", place, message, hint)
    if "did not find expected key" in what and _AFTER_BRACKET.match(content):
        message = "There is text after the closing bracket, so this is neither a list nor plain text."
        return error("content/quotes", place, message, _QUOTE_HINT)
    if "escape" in what:
        message = "A backslash in double quotes begins a code that doesn't exist."
        return error("content/quotes", place, message, "Put the value in single quotes, or write the backslash twice.")
    if "quoted scalar" in what:
        message = "A quotation mark is opened here and not closed."
        return error("content/quotes", place, message, "Close the quotation mark at the end of the value.")
    if "parsing a flow" in what:
        message = f"The bracket '{sign}' is opened here and not closed, or a comma is missing inside."
        hint = "Close the bracket at the end of the list; text that begins with a bracket stands in double quotes."
        return error("content/yaml", place, message, hint)
    if "alias" in what or "anchor" in what:
        return _alias_problem(place)
    if "scanning a tag" in what:
        return tag_problem(place, content[column:].split()[0])
    if "could not find expected ':'" in what:
        message = "This line is not a field: it has no colon followed by a space."
        hint = "Write 'name: value'. A long text goes on in lines that are indented by two spaces."
        return error("content/yaml", place, message, hint)
    if sign and re.search("cannot start any|not allowed in|block scalar|expected node content|directive", what):
        return error("content/quotes", place, f"A value can't begin with '{sign}'.", _QUOTE_HINT)
    if "another document" in what:
        message = "A line of three hyphens stands in the middle of the fields."
        return error("content/yaml", place, message, "Delete the line '---'.")
    return error("content/yaml", place, _OTHERWISE, _OTHERWISE_HINT)
