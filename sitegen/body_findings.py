"""Findings written as plain lists in the Markdown body of a review become the same fields as findings in YAML.

The form::

    ## What needs to improve

    - Statement, one paragraph. {#id themes=a,b agencies=c seen_before=14-plans#copies}

      Why it happened: any number of paragraphs.

      - Everyone: do this.
      - Health visitors, Midwives: do that.

A level 2 heading with one of the three configured titles opens a section that holds findings and nothing else; the
kind follows from the title. Each item of its list is a finding. Its first paragraph is the ``statement``; braces that
end that paragraph give ``id``, ``themes``, ``agencies``, ``roles`` and ``seen_before``. Later paragraphs are ``why``.
A list inside it is ``what_to_do``: each line opens with the title of one or more roles and a colon, and is for
everyone without them. All other sections stay in the body.

Indents are forgiving: whatever stands further right than the hyphen belongs to it. This module only reads lines; it
does not know which themes exist or whether a value is allowed.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import NamedTuple

from sitegen.parse import DataPath, Document, Plain
from sitegen.problems import Place, Problem, error, quoted, warning

HEADINGS = {
    "improvement": "What needs to improve",
    "good-practice": "What worked well",
    "system": "What the system makes hard",
}
EVERYONE = "Everyone"

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*)")
_FENCE = re.compile(r" {0,3}(`{3,}(?!.*`)|~{3,})")
_ITEM = re.compile(r"([ \t]*)([-*+]|\d{1,9}[.)])([ \t]+)(?=\S)")
_LABEL = re.compile(r"([^:.!?\[\](){}<>*_`]{2,120}):\s+(?=\S)")
_SEPARATOR = re.compile(r"(,\s*(?:and\s+)?|\s+and\s+|;\s*)")
_LIST_KEYS = ("themes", "agencies", "roles", "seen_before")
_CLOSE_ENOUGH = 0.8
_MARKS = "#`~"
"""What a line that opens or closes something begins with."""


class Vocabulary(NamedTuple):
    """What the body's words mean.

    ``kinds``: folded heading → finding kind. ``roles``: folded title or slug → slug, the word for everyone among them.
    ``titles``: the role titles as written, for suggestions.
    """

    kinds: Mapping[str, str]
    roles: Mapping[str, str]
    titles: tuple[str, ...]


def vocabulary(headings: Mapping[str, str], everyone: str, role_titles: Mapping[str, str]) -> Vocabulary:
    """``headings`` maps a kind to its title; ``role_titles`` a role's slug to its title."""
    roles = {fold(title): slug for slug, title in role_titles.items()}
    roles.update({slug: slug for slug in role_titles})
    roles.update({fold(everyone): "everyone", "everyone": "everyone"})
    return Vocabulary({fold(t): kind for kind, t in headings.items()}, roles, (everyone, *role_titles.values()))


def fold(text: str) -> str:
    """Text compared without case or runs of space."""
    return " ".join(text.split()).casefold()


class _Line(NamedTuple):
    number: int
    text: str
    cut: int = 0
    """How many characters of the file's line stand before ``text``."""

    @property
    def indent(self) -> int:
        """The characters before the first that shows."""
        return len(self.text) - len(self.text.lstrip(" \t"))

    @property
    def depth(self) -> int:
        """How far right the text stands; a tab reaches to the next multiple of four."""
        space = self.text[: self.indent]
        return len(space.expandtabs(4)) if "\t" in space else len(space)


class Extracted(NamedTuple):
    """``findings`` as plain fields, and the ``body`` that is left.

    ``places`` are those of the fields that came from it; ``body_lines`` has the file's line of each line that is left.
    """

    findings: list[dict[str, Plain]]
    body: str
    places: dict[DataPath, Place]
    body_lines: list[int]


def take_findings(document: Document, words: Vocabulary) -> tuple[Extracted | None, list[Problem]]:
    """The findings in a document's body; None when it has no such section."""
    body = document.data.get("body")
    if not document.body_line or not isinstance(body, str):
        return None, []
    kept: list[str] = []
    kept_lines: list[int] = []
    sections: list[tuple[str, _Line, list[_Line]]] = []
    current: list[_Line] | None = None
    fence = ""
    for number, text in zip(document.body_lines, body.split("\n"), strict=False):
        first = text.lstrip(" ")[:1]
        if first not in _MARKS or not first:  # most lines
            if current is None:
                kept.append(text)
                kept_lines.append(number)
            else:
                current.append(_Line(number, text))
            continue
        line = _Line(number, text)
        if opening := _FENCE.match(text):
            mark = opening[1]
            if not fence:
                fence = mark
            elif mark[0] == fence[0] and len(mark) >= len(fence) and not text.strip().strip(mark[0]):
                fence = ""
        heading = None if fence or opening else _HEADING.match(text)
        if heading and len(heading[1]) <= 2:
            title = heading[2].rstrip().rstrip("#")
            kind = words.kinds.get(fold(title)) if len(heading[1]) == 2 else None
            current = None
            if kind:
                current = []
                sections.append((kind, line, current))
                continue
        if current is None:
            kept.append(text)
            kept_lines.append(number)
        else:
            current.append(line)
    if not sections:
        return None, []
    extraction = _Extraction(document.path, words)
    for kind, _, lines in sections:
        extraction.section(kind, lines)
    left = "\n".join(kept)
    body = left if left.strip() else ""
    return Extracted(extraction.findings, body, extraction.places, kept_lines), extraction.problems


class _Extraction:
    def __init__(self, path: str, words: Vocabulary) -> None:
        self.path = path
        self.words = words
        self.findings: list[dict[str, Plain]] = []
        self.places: dict[DataPath, Place] = {}
        self.problems: list[Problem] = []
        self._ids: set[str] = set()

    def section(self, kind: str, lines: list[_Line]) -> None:
        for item in self._items(lines):
            self._finding(kind, item)

    def _items(self, lines: list[_Line]) -> list[list[_Line]]:
        """The section's lines by item of its list. What stands outside the list is a Problem."""
        items: list[list[_Line]] = []
        base = -1
        blank = True
        outside = False
        for line in lines:
            if not line.text.strip():
                if items:
                    items[-1].append(line)
                blank, outside = True, False
                continue
            item = _ITEM.match(line.text)
            if item and (base < 0 or line.depth <= base + 1):
                base = line.depth if base < 0 else base
                items.append([line])
            elif base >= 0 and (line.depth > base or not blank) and not outside:
                items[-1].append(line)
            elif not outside:
                outside = True
                self._outside(line)
            blank = False
        return items

    def _outside(self, line: _Line) -> None:
        place = Place(self.path, line.number, line.indent + 1)
        if _HEADING.match(line.text):
            message = "A smaller heading can't stand among findings: each item of the list is one finding."
            hint = "Delete the heading, or begin another section with '## ' and a title of its own."
        else:
            message = "This text is in a section of findings and belongs to none of them."
            hint = "Begin it with '- ' to make it a finding, indent it by two spaces under its finding, or move it."
        self.problems.append(error("content/finding-text", place, message, hint))

    def _finding(self, kind: str, lines: list[_Line]) -> None:
        number = len(self.findings)
        where: DataPath = ("findings", number)
        marker = _ITEM.match(lines[0].text)
        assert marker
        first = _Line(lines[0].number, lines[0].text[marker.end() :], marker.end())
        start = Place(self.path, first.number, marker.end() + 1)
        statement, rest = _paragraph(first, lines[1:])
        data: dict[str, Plain] = {"kind": kind}
        self.places[where] = start
        self.places[(*where, "statement")] = start
        text, braces = _split_braces(statement)
        self._attributes(braces, data, where)
        data["statement"] = text
        if "id" not in data:
            data["id"] = self._id_from(text)
            self.problems.append(
                warning(
                    "content/finding-without-id",
                    start,
                    f"This finding has no id of its own; it is given '{data['id']}' from its first words.",
                    "Links to it will break when it is reworded. "
                    f"Add {{#{data['id']}}} at the end of its first paragraph.",
                )
            )
        self._ids.add(str(data["id"]))
        why, actions = self._split_rest(rest, where)
        if why:
            data["why"] = why
        if actions:
            data["what_to_do"] = actions
        self.findings.append(data)

    def _attributes(self, braces: list[_Line], data: dict[str, Plain], where: DataPath) -> None:
        for line in braces:
            for found in re.finditer(r"\S+", line.text):
                word = found[0]
                place = Place(self.path, line.number, line.cut + found.start() + 1)
                name, equals, value = ("id", "#", word[1:]) if word[0] == "#" else word.partition("=")
                if value and name in data and name in ("id", *_LIST_KEYS):
                    message = f"'{name}' is given twice in the braces of this finding."
                    self.problems.append(error("content/finding-braces", place, message, "Keep one of the two."))
                elif name == "id" and equals == "#" and value:
                    data["id"] = value
                    self.places[(*where, "id")] = place
                elif name in _LIST_KEYS and value:
                    data[name] = self._list(value, (*where, name), place._replace(column=place.column + len(name) + 1))
                else:
                    self._not_for_braces(word, name, place)

    def _list(self, text: str, where: DataPath, place: Place) -> list[str]:
        """The items of ``a,b``, each with its place."""
        self.places[where] = place
        items: list[str] = []
        for found in re.finditer(r"[^,]+", text):
            self.places[(*where, len(items))] = place._replace(column=place.column + found.start())
            items.append(found[0])
        return items

    def _not_for_braces(self, word: str, name: str, place: Place) -> None:
        near = difflib.get_close_matches(name, _LIST_KEYS, 1)
        meant = f" Did you mean '{near[0]}=…'?" if near and near[0] != name else ""
        message = f"{quoted(word)} can't stand in the braces of a finding."
        form = "{#short-name themes=a,b agencies=c seen_before=review#finding}"
        self.problems.append(
            error("content/finding-braces", place, message, f"Write {form}, without spaces in a list.{meant}")
        )

    def _id_from(self, text: str) -> str:
        words = re.findall(r"[a-z0-9]+", text.casefold())[:5]
        stem = "-".join(words) or "finding"
        candidate, number = stem, 2
        while candidate in self._ids:
            candidate, number = f"{stem}-{number}", number + 1
        return candidate

    def _split_rest(self, lines: list[_Line], where: DataPath) -> tuple[str, dict[str, list[str]]]:
        """Later paragraphs (``why``) and inner list items (``what_to_do``)."""
        why: list[list[str]] = []
        why_line = 0
        actions: dict[str, list[str]] = {}
        item: list[_Line] = []
        base = -1
        blank = True

        def finish() -> None:
            if item:
                self._action(item, actions, where)
                item.clear()

        for line in lines:
            if not line.text.strip():
                blank = True
                continue
            marker = _ITEM.match(line.text)
            deeper = base >= 0 and line.depth > base + 1
            if marker and deeper and item:
                finish()
                message = "A list inside a list of what to do can't be read."
                hint = "Write each thing to do as one line of its own."
                place = Place(self.path, line.number, line.indent + 1)
                self.problems.append(error("content/finding-depth", place, message, hint))
            elif marker:
                finish()
                base = line.depth
                item.append(line)
            elif item and not blank:
                item.append(line)
            else:
                finish()
                base = -1
                if not why:
                    why_line = line.number
                    self.places[(*where, "why")] = Place(self.path, line.number, line.indent + 1)
                if blank or not why:
                    why.append([])
                why[-1].append(line.text.strip())
            blank = False
        finish()
        return "\n\n".join("\n".join(part) for part in why) if why_line else "", actions

    def _action(self, lines: list[_Line], actions: dict[str, list[str]], where: DataPath) -> None:
        marker = _ITEM.match(lines[0].text)
        assert marker
        text = _joined([lines[0]._replace(text=lines[0].text[marker.end() :]), *lines[1:]])
        place = Place(self.path, lines[0].number, marker.end() + 1)
        slugs, text = self._roles(text, place)
        for slug in slugs:
            kept = actions.setdefault(slug, [])
            self.places[(*where, "what_to_do", slug, len(kept))] = place
            self.places.setdefault((*where, "what_to_do", slug), place)
            kept.append(text)

    def _roles(self, text: str, place: Place) -> tuple[list[str], str]:
        label = _LABEL.match(text)
        if not label:
            return ["everyone"], text
        slugs, unknown = self._named(label[1])
        if not unknown:
            return list(dict.fromkeys(slugs)), text[label.end() :]
        folded = {fold(title): title for title in self.words.titles}
        for part in unknown:
            near = difflib.get_close_matches(fold(part), folded, 1, _CLOSE_ENOUGH)
            if near or slugs:
                meant = (
                    f"Did you mean '{folded[near[0]]}'?"
                    if near
                    else "Use the title of a role as it stands in its file."
                )
                at = place._replace(column=place.column + text.find(part))
                self.problems.append(error("reference/unknown-role", at, f"There is no role {quoted(part)}.", meant))
                return ["everyone"], text[label.end() :]
        return ["everyone"], text

    def _named(self, label: str) -> tuple[list[str], list[str]]:
        """The roles that a label names, and its parts that name none. A title may itself hold 'and' or a comma."""
        pieces = _SEPARATOR.split(label)
        slugs: list[str] = []
        unknown: list[str] = []
        start = 0
        while start < len(pieces):
            for end in range(len(pieces), start, -2):
                slug = self.words.roles.get(fold("".join(pieces[start:end])))
                if slug:
                    slugs.append(slug)
                    start = end + 1
                    break
            else:
                unknown.append(pieces[start])
                start += 2
        return slugs, unknown


def _paragraph(first: _Line, rest: list[_Line]) -> tuple[list[_Line], list[_Line]]:
    """The lines of an item's first paragraph, and what follows."""
    for count, line in enumerate(rest):
        if not line.text.strip() or _ITEM.match(line.text):
            return [first, *rest[:count]], rest[count:]
    return [first, *rest], []


def _split_braces(paragraph: list[_Line]) -> tuple[str, list[_Line]]:
    """A paragraph's text on one line, without the braces that end it, and what stands between those braces."""
    last = paragraph[-1].text.rstrip()
    if not last.endswith("}"):
        return _joined(paragraph), []
    inside: list[_Line] = []
    for number in range(len(paragraph) - 1, -1, -1):
        line = paragraph[number]
        text = line.text if inside else last[:-1]
        opened = text.rfind("{")
        if "}" in text[opened + 1 :]:
            break
        inside.insert(0, _Line(line.number, text[opened + 1 :], line.cut + opened + 1))
        if opened >= 0:
            return _joined([*paragraph[:number], _Line(line.number, text[:opened])]), inside
    return _joined(paragraph), []


def _joined(lines: list[_Line]) -> str:
    return " ".join(line.text.strip() for line in lines).strip()
