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

from sitegen.problems import Place, Problem, error

Plain = Any
"""Text, None, or a list or a map (with text keys) of Plain."""
DataPath = tuple[str | int, ...]
"""How to reach a value: ``("findings", 0, "statement")``."""

DEEPEST = 30
_MOST_SYNTAX_FAULTS = 20
_YAML_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str int float bool null timestamp seq map merge value".split())}
_SUSPECT_DEPTH = re.compile(r"(?m)^[ \-?:]{60}|[\[{][^\]}\n]{0,20}[\[{][^\]}\n]{0,20}[\[{][^\]}\n]{0,20}[\[{]")
_FENCE_LINE = re.compile(r"(?m)^---[ \t]*$")


class Document:
    """One parsed file.

    ``data`` is the map of its fields (``body`` among them); :meth:`locate` gives the place of any of them.
    """

    __slots__ = ("body_line", "data", "path", "text", "yaml_line", "yaml_text")

    def __init__(self, path: str, text: str, data: dict[str, Plain], yaml_text: str, yaml_line: int, body_line: int):
        self.path = path
        self.text = text
        self.data = data
        self.yaml_text = yaml_text
        self.yaml_line = yaml_line
        self.body_line = body_line
        """The file's line on which the Markdown body begins; 0 when the body is a YAML field or missing."""

    def locate(self, path: DataPath, key: bool = False) -> Place:
        """The place of a value, or of its key; of the nearest thing around it when it isn't there."""
        if path and path[0] == "body" and self.body_line:
            return Place(self.path, self.body_line, 1)
        node: yaml.Node | None = yaml.compose(self.yaml_text, CSafeLoader)
        if node is None:
            return Place(self.path, self.yaml_line, 1)
        mark = node.start_mark
        for step in path:
            found = None
            if isinstance(node, yaml.MappingNode):
                found = next((pair for pair in node.value if pair[0].value == step), None)
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                found = (node.value[step], node.value[step])
            if found is None:
                break
            key_node, node = found
            mark = key_node.start_mark if key else node.start_mark
        return self._at(mark)

    def at_offset(self, offset: int) -> Place:
        """The place of a character of ``text``, counted from 0."""
        line = self.text.count("\n", 0, offset) + 1
        return Place(self.path, line, offset - (self.text.rfind("\n", 0, offset) + 1) + 1)

    def _at(self, mark: Any) -> Place:
        return Place(self.path, mark.line + self.yaml_line, mark.column + 1)


def decode(path: str, data: bytes) -> tuple[str, list[Problem]]:
    """Text of a UTF-8 file (a byte order mark is dropped, line ends become ``\\n``), or a Problem at the first bad byte."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        good = fault.object[: fault.start].decode("utf-8", "replace")
        line, column = good.count("\n") + 1, len(good) - (good.rfind("\n") + 1) + 1
        return "", [
            error(
                "content/not-utf8",
                Place(path, line, column),
                "This file is not saved as UTF-8 text, so some of its letters can't be read.",
                "In your editor choose 'Save as' with the encoding UTF-8. If it came from Word, paste it as plain text.",
            )
        ]
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text, []


def parse_markdown(path: str, text: str) -> tuple[Document | None, list[Problem]]:
    """A ``.md`` file: front matter, then the body."""
    fences = list(_FENCE_LINE.finditer(text)) if text.startswith("---") else []
    if not fences or fences[0].start() != 0:
        return None, [
            error(
                "content/no-front-matter",
                Place(path, 1, 1),
                "This file has no front matter, the block of fields between two lines of three hyphens.",
                "Begin the file with a line '---', then fields such as 'title: …', then another line '---'.",
            )
        ]
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
        data["body"] = body
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
            )
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
            )
        ]
    return value, problems


def _compose(path: str, text: str, first_line: int) -> tuple[Plain, list[Problem]]:
    if _SUSPECT_DEPTH.search(text):
        problem = _depth_problem(path, text, first_line)
        if problem:
            return None, [problem]
    try:
        node = yaml.compose(text, CSafeLoader)
    except yaml.YAMLError:
        return None, list(_syntax_problems(path, text, first_line))
    if node is None:
        return None, []
    problems: list[Problem] = []
    value = _plain(node, _Faults(path, first_line, problems))
    return value, problems


class _Faults:
    """Where the faults of one conversion go, and the nodes already met (a second meeting is an alias)."""

    __slots__ = ("first_line", "met", "path", "problems")

    def __init__(self, path: str, first_line: int, problems: list[Problem]) -> None:
        self.path = path
        self.first_line = first_line
        self.problems = problems
        self.met: set[int] = set()

    def add(self, code: str, node: yaml.Node, message: str, hint: str) -> None:
        mark = node.start_mark
        self.problems.append(error(code, Place(self.path, mark.line + self.first_line, mark.column + 1), message, hint))


def _plain(node: yaml.Node, faults: _Faults) -> Plain:
    if id(node) in faults.met:
        faults.add(
            "content/yaml-alias",
            node,
            "An asterisk or an ampersand at the start of a value makes YAML copy another part of the file here.",
            "Put the text in quotes. If the copy was meant, write the text out in both places.",
        )
        return None
    faults.met.add(id(node))
    if node.tag not in _YAML_TAGS:
        faults.add(
            "content/yaml-tag",
            node,
            f"'{node.tag.replace('tag:yaml.org,2002:', '!!')}' is an instruction to a program, not text.",
            "Put the value in quotes if it really begins with an exclamation mark.",
        )
        return None
    if isinstance(node, yaml.ScalarNode):
        return None if node.tag == "tag:yaml.org,2002:null" else node.value
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, faults) for item in node.value]
    result: dict[str, Plain] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            faults.add("content/yaml-key", key, "The name of a field must be plain text.", "Write 'name: value'.")
            continue
        name = key.value
        if name in result:
            faults.add(
                "content/repeated-field",
                key,
                f"The field '{name}' is given twice; only one of them can count.",
                "Keep one of the two and delete the other.",
            )
            continue
        result[name] = _plain(value, faults)
    return result


def _depth_problem(path: str, text: str, first_line: int) -> Problem | None:
    depth = 0
    try:
        for event in yaml.parse(text, CSafeLoader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > DEEPEST:
                    place = Place(path, event.start_mark.line + first_line, event.start_mark.column + 1)
                    message = f"Lists and fields stand more than {DEEPEST} deep inside each other here."
                    return error("content/too-deep", place, message, "Delete the extra brackets, hyphens or indents.")
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError:
        return None
    return None


def _syntax_problems(path: str, text: str, first_line: int) -> Iterator[Problem]:
    """Every syntax fault: after each, its line is set aside and the rest read again."""
    lines = text.split("\n")
    reported: set[int] = set()
    for _ in range(_MOST_SYNTAX_FAULTS):
        try:
            yaml.compose("\n".join(lines), CSafeLoader)
            return
        except yaml.MarkedYAMLError as fault:
            what = fault.problem or ""
            mark = fault.problem_mark or fault.context_mark
            if "could not find expected ':'" in what and fault.context_mark:
                mark = fault.context_mark
            line, column = (mark.line, mark.column) if mark else (0, 0)
        except yaml.reader.ReaderError as fault:
            before = "\n".join(lines)[: fault.position]
            line, column = before.count("\n"), len(before) - (before.rfind("\n") + 1)
            what = "control characters are not allowed"
        line = min(line, len(lines) - 1)
        if not lines[line].strip() and line:  # a fault found at the end points behind the last line
            line = max((n for n in range(line) if lines[n].strip()), default=0)
            column = 0
        if line in reported:
            return
        reported.add(line)
        yield _syntax_problem(path, lines, line, column, what, first_line)
        lines[line] = ""


def _syntax_problem(path: str, lines: Sequence[str], line: int, column: int, what: str, first_line: int) -> Problem:
    content = lines[line]
    place = Place(path, line + first_line, column + 1)
    if "mapping values are not allowed" in what:
        return error(
            "content/colon-in-value",
            place,
            "A colon followed by a space begins a new field, so this value can't be read.",
            'Put the whole value in double quotes, for example title: "Review 17: when to escalate".',
        )
    if "\t" in content[: len(content) - len(content.lstrip())] or content[column : column + 1] == "\t":
        at = content.index("\t")
        return error(
            "content/tab",
            Place(path, line + first_line, at + 1),
            "There is a tab here; fields are indented with spaces only.",
            "Replace the tab with two spaces.",
        )
    if "did not find expected key" in what and re.match(r"\s*[^#\s][^:]*:\s*(['\"]).*\1.+$", content):
        message = "There is text after the closing quotation mark."
        hint = "Put the whole value in one pair of quotation marks; inside them write an apostrophe in double quotes."
        return error("content/quotes", place, message, hint)
    if "quoted scalar" in what or "unexpected end of stream" in what or "unknown escape" in what:
        message = "A quotation mark is opened and not closed, or a backslash stands inside double quotes."
        return error("content/quotes", place, message, "Close the quotation mark at the end of the value.")
    if "alias" in what or "anchor" in what:
        message = "An asterisk or an ampersand at the start of a value means something else in YAML."
        return error("content/yaml-alias", place, message, "Put the value in quotes.")
    if "could not find expected ':'" in what:
        message = "This line is not a field: it has no colon followed by a space."
        hint = "Write 'name: value'. A long text goes on in lines that are indented by two spaces."
        return error("content/yaml", place, message, hint)
    if "control characters" in what or "special characters" in what:
        message = "There is an invisible control character here, often left by copying from another program."
        return error("content/control-character", place, message, "Delete the line and type it again.")
    if "cannot start any token" in what:
        message = f"A value can't begin with '{content[column : column + 1]}'."
        return error("content/quotes", place, message, "Put the value in double quotes.")
    if "single document" in what:
        message = "A line of three hyphens stands in the middle of the fields."
        return error("content/yaml", place, message, "Delete the line '---'.")
    message = "The fields can't be read from here on: the indents, hyphens, brackets or quotation marks don't fit."
    hint = "Compare this line and the one before it with a file that works; list items line up under each other."
    return error("content/yaml", place, message, hint)
