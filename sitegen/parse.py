"""YAML, or YAML front matter and Markdown, becomes plain text, lists and maps, with the place of each value.

Nothing here knows a field's name, its type or a rule. Every scalar stays the text that its author wrote, so ``NO`` is
an agency and ``2024-13-40`` reaches the models as it stands. Values are read once, quickly; places are worked out only
when a Problem asks for one.

A ``.md`` file opens with a line ``---``, then YAML, then a line ``---``; the rest is Markdown, the field ``body``.
A ``.yaml`` file is the YAML alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml
from yaml import CSafeLoader

from sitegen import notes, yaml_faults
from sitegen.problems import Place, Problem, error, quoted

Plain = Any
"""Text, None, or a list or a map (with text keys) of Plain."""
DataPath = tuple[str | int, ...]
"""How to reach a value: ``("findings", 0, "statement")``."""
Marks = tuple[Any, Any]
"""Where YAML found a key and its value."""

_MOST_CONTROLS = 20
_YAML_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str int float bool null timestamp seq map merge value".split())}
_FENCE_LINE = re.compile(r"(?m)^---[ \t]*$")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_SUSPECT_COUNT = 30
_NESTED_LINE = re.compile(
    r"(?m)^[ \t]*+(?:(?:>|[-*+]|\d{1,9}[.)])[ \t]*+){30,}+[^\s*+>-]"
    r"|^[ \t]{120,}+(?:[-*+]|\d{1,9}[.)])[ \t]"
)
_DEEP_MARKDOWN = {
    "[": re.compile(r"(?:\[[^\[\]]{0,80}){200}"),
    "<": re.compile(r"(?:<[^<>]{0,80}){500}"),
    ">": _NESTED_LINE,
    "-": _NESTED_LINE,
    "*": _NESTED_LINE,
    "+": _NESTED_LINE,
    ".": _NESTED_LINE,
    ")": _NESTED_LINE,
}
"""By a sign that stands in such a text many times, how to find the place."""
_ODD_LINE_END = re.compile("[\x85\u2028\u2029]")
"""Line ends of other programs, which editors show as nothing and YAML counts as lines."""


class _TextLoader(CSafeLoader):
    """Reads every plain value as text, but an empty one and ``null``; asking what else it might be takes longest."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the library's own way
        first: [rule for rule in rules if rule[0].endswith(":null")]
        for first, rules in CSafeLoader.yaml_implicit_resolvers.items()
    }


class Document:
    """One parsed file.

    ``data`` is the map of its fields (``body`` among them); :meth:`locate` gives the place of any of them.
    """

    __slots__ = ("_marks", "body_line", "body_lines", "data", "path", "text", "yaml_line", "yaml_text")

    def __init__(self, path: str, text: str, data: dict[str, Plain], yaml_text: str, yaml_line: int, body_line: int):
        self.path = path
        self.text = text
        self.data = data
        self.yaml_text = yaml_text
        self.yaml_line = yaml_line
        self.body_line = body_line
        """The file's line on which the Markdown body begins; 0 when the body is a YAML field or missing."""
        self.body_lines: Sequence[int] = ()
        """The file's line of each line of that body: comments are gone from it."""
        self._marks: dict[DataPath, Marks] | None = None

    def locate(self, path: DataPath, key: bool = False) -> Place:
        """The place of a value, or of its key; of the nearest thing around it when it isn't there."""
        if path and path[0] == "body" and self.body_line and not key:
            return Place(self.path, self.body_line, 1)
        if self._marks is None:
            node = yaml.compose(self.yaml_text, _TextLoader)
            self._marks = {} if node is None else dict(_marks((), node, node, set()))
        for length in range(len(path), -1, -1):
            if path[:length] in self._marks:
                mark = self._marks[path[:length]][0 if key else 1]
                return Place(self.path, mark.line + self.yaml_line, mark.column + 1)
        return Place(self.path, self.yaml_line, 1)


def _marks(path: DataPath, key: yaml.Node, node: yaml.Node, met: set[int]) -> Iterator[tuple[DataPath, Marks]]:
    """The marks of the key and the value at each path, the first where a key is repeated."""
    yield path, (key.start_mark, node.start_mark)
    if id(node) in met:
        return
    met.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _marks((*path, index), item, item, met)
    elif isinstance(node, yaml.MappingNode):
        names: set[str] = set()
        for name, value in node.value:
            if isinstance(name, yaml.ScalarNode) and name.value not in names:
                names.add(name.value)
                yield from _marks((*path, name.value), name, value, met)


def without_empty(value: Plain) -> Plain:
    """The same value without fields that are named and left empty."""
    if isinstance(value, dict):
        return {key: without_empty(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_empty(item) for item in value]
    return value


def place_at(path: str, text: str, offset: int) -> Place:
    """The place of a character of a file's text, counted from 0."""
    line = text.count("\n", 0, offset) + 1
    return Place(path, line, offset - (text.rfind("\n", 0, offset) + 1) + 1)


def decode(path: str, data: bytes) -> tuple[str | None, list[Problem]]:
    """Text of a UTF-8 file without a byte order mark, its line ends all alike; or Problems.

    There is no text when a byte is bad, or when a merge left two versions of it. Control characters are Problems too,
    and spaces in the text, so that the rest of the file can still be judged.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        good = fault.object[: fault.start].decode("utf-8", "replace")
        line, column = good.count("\n") + 1, len(good) - (good.rfind("\n") + 1) + 1
        return None, [
            error(
                "content/not-utf8",
                Place(path, line, column),
                "This file is not saved as UTF-8 text, so some of its letters can't be read.",
                "In your editor choose 'Save as' with the encoding UTF-8. Text from Word is best pasted as plain text.",
            )
        ]
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if conflicts := notes.conflict_problems(path, text):
        return None, conflicts
    if text.replace("\n", "").isprintable():  # most texts; a no-break space or an emoji asks for a closer look
        return text, []
    text = _ODD_LINE_END.sub(" ", text)
    if not _CONTROL.search(text):
        return text, []
    problems: list[Problem] = []
    for number, words in enumerate(text.split("\n"), 1):
        control = _CONTROL.search(words)
        if control and len(problems) < _MOST_CONTROLS:
            place = Place(path, number, control.start() + 1)
            message = "There is an invisible control character here, often left by copying from another program."
            problems.append(error("content/control-character", place, message, "Delete the line and type it again."))
    return _CONTROL.sub(" ", text), problems


def markdown_depth_problem(path: str, text: str) -> Problem | None:
    """The place from which Markdown is nested so deeply, or left open so often, that converting it would not end."""
    suspects = {pattern for mark, pattern in _DEEP_MARKDOWN.items() if text.count(mark) >= _SUSPECT_COUNT}
    found = min((match.start() for pattern in suspects if (match := pattern.search(text))), default=None)
    if found is None:
        return None
    message = "Lists, quotes or brackets are opened here again and again without being closed."
    hint = "Delete the extra hyphens, signs or brackets."
    return error("content/too-deep", place_at(path, text, found), message, hint)


def parse_markdown(path: str, text: str) -> tuple[Document | None, list[Problem]]:
    """A ``.md`` file: front matter, then the body."""
    fences = list(_FENCE_LINE.finditer(text)) if text.startswith("---") else []
    if not fences or fences[0].start() != 0:
        message = "This file has no front matter, the block of fields between two lines of three hyphens."
        hint = "Begin the file with a line '---', then fields such as 'title: …', then another line '---'."
        if text.lstrip().startswith("---\n"):
            hint = "Delete the empty lines and spaces before the first '---'; it must be the very first line."
        return None, [error("content/no-front-matter", Place(path, 1, 1), message, hint)]
    if len(fences) == 1:
        return None, [
            error(
                "content/unclosed-front-matter",
                Place(path, 1, 1),
                "The front matter is opened with '---' but never closed.",
                "Put a line of three hyphens, '---', after the last field and before the text.",
            )
        ]
    yaml_text = text[fences[0].end() + 1 : fences[1].start()]
    body = text[fences[1].end() + 1 :]
    body_line = text.count("\n", 0, fences[1].end()) + 2
    data, problems = _read_yaml(path, yaml_text, 2)
    if data is None:
        return None, problems
    document = Document(path, text, data, yaml_text, 2, body_line)
    if "body" in data:
        problems.append(
            error(
                "content/two-bodies",
                document.locate(("body",), key=True),
                "The text is given twice: as the field 'body' and below the front matter.",
                "In a .md file write the text below the second '---' and delete the field 'body'.",
            )
        )
    if body.strip():
        found = notes.readable(body)
        places = (place_at(path, text, notes.offset_of(fault, text, fences[1].end())) for fault in found.faults)
        problems += map(notes.fault_problem, found.faults, places)
        document.body_lines = [body_line + number for number in found.numbers]
        if found.text.strip():
            data["body"] = found.text
    return document, problems


def parse_yaml(path: str, text: str) -> tuple[Document | None, list[Problem]]:
    """A ``.yaml`` file whose top level is a map."""
    data, problems = _read_yaml(path, text, 1)
    return (None if data is None else Document(path, text, data, text, 1, 0)), problems


def parse_yaml_list(path: str, text: str, wrapper: str) -> tuple[Document | None, list[Problem]]:
    """A ``.yaml`` file whose top level is a list; ``data`` holds it under ``wrapper``.

    The places of its items are reached without the wrapper: ``(0, "term")``.
    """
    value, problems = _compose(path, text, 1)
    if value is None:
        value = []
    if not isinstance(value, list):
        return None, [
            *problems,
            error(
                "content/not-a-list",
                Place(path, 1, 1),
                "This file holds a list of items, and it is not a list.",
                "Begin each item with a hyphen and a space, for example '- term: Threshold'.",
            ),
        ]
    return Document(path, text, {wrapper: value}, text, 1, 0), problems


def _read_yaml(path: str, text: str, first_line: int) -> tuple[dict[str, Plain] | None, list[Problem]]:
    value, problems = _compose(path, text, first_line)
    if value is None:
        return (None if problems else {}), problems
    if not isinstance(value, dict):
        return None, [
            *problems,
            error(
                "content/not-fields",
                Place(path, first_line, 1),
                "Fields are expected here, and there are none.",
                "Write each field as its name, a colon, a space and its value, for example 'title: When to escalate'.",
            ),
        ]
    return value, problems


def _compose(path: str, text: str, first_line: int) -> tuple[Plain, list[Problem]]:
    problem = yaml_faults.depth_problem(path, text, first_line)
    if problem:
        return None, [problem]
    try:
        node = yaml.compose(text, _TextLoader)
    except yaml.YAMLError:
        return None, list(yaml_faults.syntax_problems(path, text, first_line))
    problems = yaml_faults.lost_text_problems(path, text, first_line)
    return (None if node is None else _plain(node, _Faults(path, text, first_line, problems))), problems


class _Faults:
    """Where the faults of one conversion go, and the nodes already met (a second meeting is an alias)."""

    __slots__ = ("first_line", "met", "path", "problems", "text")

    def __init__(self, path: str, text: str, first_line: int, problems: list[Problem]) -> None:
        self.path = path
        self.text = text
        self.first_line = first_line
        self.problems = problems
        self.met: set[int] = set()

    def at(self, node: yaml.Node) -> Place:
        return Place(self.path, node.start_mark.line + self.first_line, node.start_mark.column + 1)

    def without_comments(self, node: yaml.ScalarNode) -> str:
        """The value of a node that may hold comments."""
        found = notes.readable(node.value)
        for fault in found.faults:
            place = place_at(self.path, self.text, notes.offset_of(fault, self.text, node.start_mark.index))
            place = place._replace(line=place.line + self.first_line - 1)
            self.problems.append(notes.fault_problem(fault, place))
        return found.text


def _plain(node: yaml.Node, faults: _Faults) -> Plain:
    if id(node) in faults.met:  # an alias, which is a Problem already
        return None
    faults.met.add(id(node))
    if node.tag not in _YAML_TAGS:
        faults.problems.append(yaml_faults.tag_problem(faults.at(node), str(node.tag)))
        return None
    if isinstance(node, yaml.ScalarNode):
        if node.style == '"' and _CONTROL.search(node.value):
            faults.problems.append(yaml_faults.escape_problem(faults.at(node)))
        if node.tag == "tag:yaml.org,2002:null":
            return None
        return faults.without_comments(node) if notes.may_hold_notes(node.value) else node.value
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, faults) for item in node.value]
    result: dict[str, Plain] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            message = "The name of a field must be plain text."
            faults.problems.append(error("content/yaml-key", faults.at(key), message, "Write 'name: value'."))
            continue
        name = key.value
        if name in result:
            message = f"The field {quoted(name)} is given twice; only one of them can count."
            hint = "Keep one of the two and delete the other."
            faults.problems.append(error("content/repeated-field", faults.at(key), message, hint))
            continue
        result[name] = _plain(value, faults)
    return result
