"""Problems: what is wrong in the content, where, and what to do about it.

A Problem is data. Stages return lists of them; nothing here decides whether a rule holds, and nothing here reads a
file. Messages are written for people who edit Markdown and are not programmers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

CODES: dict[str, str] = {
    "accessibility/alternative-text": "a picture has no text for people who can't see it",
    "accessibility/clipped": "something too wide or too long for its printed page",
    "accessibility/contrast": "a colour of the brand that is too pale",
    "accessibility/pdf": "the PDF library had a remark",
    "anonymity/file-metadata": "a file that tells its author, comments, changes or other things beside its text",
    "content/ambiguous-time": "a time that comes twice when the clocks go back",
    "content/check-stays-on": "a check that the configuration can't turn off",
    "content/colon-in-value": "a colon in a value without quotes",
    "content/control-character": "an invisible control character",
    "content/document-target": "a document with neither or both of 'file' and 'url'",
    "content/duplicate-record": "two files for one record",
    "content/empty": "a field without text",
    "content/file-name": "a file name that can't be an address",
    "content/finding-braces": "something unknown in the braces of a finding",
    "content/finding-depth": "a list too deep inside a finding",
    "content/finding-text": "text among findings that belongs to none",
    "content/finding-without-id": "a finding whose id comes from its first words",
    "content/findings-twice": "findings both as a field and in the text",
    "content/hash-in-value": "a number sign in a value without quotes",
    "content/impossible-time": "a time that is skipped when the clocks go forward",
    "content/large-picture": "a picture of more than two megabytes",
    "content/letters": "a sign that the print fonts don't have",
    "content/long-summary": "a summary of more than 150 words",
    "content/missing-field": "a required field that is missing",
    "content/no-config": "no site_config.yaml",
    "content/no-date": "a published record without a date",
    "content/no-findings": "a review without findings",
    "content/no-front-matter": "a Markdown file without fields",
    "content/no-reason": "a rejection, a reduced publication or an action that was given up, without its reason",
    "content/no-training": "a training pack without a session",
    "content/not-a-colour": "a value that is no colour",
    "content/not-a-date": "a value that is no date",
    "content/not-a-file-name": "a value that names no file of content/files",
    "content/not-a-fingerprint": "a value that is no fingerprint",
    "content/not-a-language": "a value that is no language code",
    "content/not-a-list": "one piece of text where a list belongs",
    "content/not-a-number": "a value that is no whole number",
    "content/not-a-path": "a value that is no old address",
    "content/not-a-reference": "a value that names no record",
    "content/not-a-slug": "a value that is no short name",
    "content/not-a-time-zone": "a value that is no time zone",
    "content/not-an-address": "a value that is no web address",
    "content/not-an-id": "a value that can't be the id of a finding",
    "content/not-fields": "text where fields belong",
    "content/not-text": "a list or fields where text belongs",
    "content/not-utf8": "a file that isn't UTF-8 text",
    "content/not-yes-or-no": "a value that is neither true nor false",
    "content/one-checker": "an identification check by fewer than two people",
    "content/picture": "a picture that is damaged or missing",
    "content/print-style": "a print style that PDFs can't show",
    "content/quotes": "quotation marks that don't fit",
    "content/repeated-field": "a field given twice",
    "content/repeated-id": "two findings with one id",
    "content/repeated-number": "a number given twice",
    "content/repeated-term": "a word that the glossary explains twice",
    "content/replaced-by-itself": "a record that is said to have replaced itself",
    "content/reserved-id": "an id that the page itself uses",
    "content/same-address": "two outputs with one address",
    "content/tab": "a tab among the fields",
    "content/template": "a mistake in a template",
    "content/timings": "a session whose activities don't take as long as it says",
    "content/too-deep": "lists or fields too deep inside each other",
    "content/too-large": "a file of an impossible size",
    "content/two-bodies": "the text given twice",
    "content/unclosed-front-matter": "front matter without its end",
    "content/unexpected-file": "a file that has no place in the content",
    "content/unknown-check": "a check in the configuration that doesn't exist",
    "content/unknown-field": "a field that doesn't exist",
    "content/unknown-word": "a word that isn't one of those allowed",
    "content/unreadable": "a file that can't be read",
    "content/unreadable-file": "a document that is damaged",
    "content/unreadable-pdf": "a PDF that can't be read, so that the search can't find it",
    "content/wrong-count": "too few or too many items",
    "content/wrong-value": "a value that can't be used",
    "content/yaml": "fields that can't be read",
    "content/yaml-alias": "an asterisk or ampersand that copies text",
    "content/yaml-key": "a field's name that isn't text",
    "content/yaml-tag": "an instruction to a program",
    "lifecycle/late": "a review that was published late, without the reason",
    "lifecycle/overdue": "a record that was to be looked at again",
    "markdown/comment": "a comment that isn't closed, or ends before its author thinks",
    "markdown/formatting": "HTML that would only change how words look, and is left out",
    "markdown/html": "HTML that can't be published, so that something would be missing",
    "markdown/merge-conflict": "two versions of the same lines, left by a merge",
    "markdown/placeholder": "words between angle brackets, which would vanish",
    "markdown/too-complex": "a text with more open brackets than can be read",
    "markdown/unclosed-tag": "a tag of HTML that is never closed",
    "publish/addition-withheld": "an addition to a review that isn't shown",
    "publish/empty-entry": "a review that is listed without a word of what it is about",
    "publish/no-briefing": "a review of which only a briefing is published, and no briefing",
    "publish/no-effect": "a field that promises protection, and that nothing is done with yet",
    "publish/pdf": "a PDF that couldn't be made",
    "reference/anchor": "a link in a PDF that leads nowhere",
    "reference/not-published": "a reference to a record that isn't published",
    "reference/relative-link": "a link that doesn't say where it leads",
    "reference/unknown-address": "a link to a page that doesn't exist",
    "reference/unknown-agency": "an agency that doesn't exist",
    "reference/unknown-anchor": "a heading or finding that doesn't exist",
    "reference/unknown-briefing": "a briefing that doesn't exist",
    "reference/unknown-file": "a file that doesn't exist",
    "reference/unknown-finding": "a finding that doesn't exist",
    "reference/unknown-page": "a page that doesn't exist",
    "reference/unknown-review": "a review that doesn't exist",
    "reference/unknown-role": "a role that doesn't exist",
    "reference/unknown-scheme": "a kind of link that can't be published",
    "reference/unknown-theme": "a theme that doesn't exist",
    "reference/withdrawn": "a link to a withdrawn record",
    "security/file-content": "a file that isn't what its name says, or that can't be looked through",
    "security/file-kind": "a kind of file that isn't published",
    "security/file-macros": "a document that holds a program or another file",
    "security/foreign-picture": "a picture that another server would send",
    "security/link": "a link out of the project's folder",
    "security/picture": "a drawing that holds a program or fetches something",
}
"""Every code with what it stands for; the settings of ``checks`` name them."""

NEVER_OFF = frozenset({"publish/no-effect"})
"""Codes whose Problems a site may make errors, and may not turn off."""

Severity = Literal["error", "warning"]
SourceLine = Callable[[str, int], str]
"""Gives the text of a line (1-based) of a file, or an empty string."""


class Place(NamedTuple):
    """A position in a file: ``path`` relative to the root, ``line`` and ``column`` counted from 1 in characters.

    Line 0 stands for the file as a whole.
    """

    path: str
    line: int = 0
    column: int = 0


class Problem(NamedTuple):
    """One fault: a stable ``code`` (``family/name``), its place, what is wrong, and what to do (``hint``)."""

    code: str
    severity: Severity
    path: str
    line: int
    column: int
    message: str
    hint: str = ""


def error(code: str, place: Place, message: str, hint: str = "") -> Problem:
    """A Problem that stops publishing."""
    return Problem(code, "error", place.path, place.line, place.column, message, hint)


def warning(code: str, place: Place, message: str, hint: str = "") -> Problem:
    """A Problem that is reported and does not stop publishing."""
    return Problem(code, "warning", place.path, place.line, place.column, message, hint)


def has_errors(problems: Iterable[Problem]) -> bool:
    """True when any of the problems stops publishing."""
    return any(problem.severity == "error" for problem in problems)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Each problem once, by file, line, column and code: the same list on any machine."""
    return sorted(set(problems), key=lambda p: (p.path, p.line, p.column, p.code, p.message))


def count_line(problems: list[Problem]) -> str:
    """``"2 errors, 1 warning"`` for the end of a report."""
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    parts = [f"{n} {word}{'' if n == 1 else 's'}" for n, word in ((errors, "error"), (warnings, "warning")) if n]
    return ", ".join(parts) or "no problems"


def quoted(text: str) -> str:
    """A piece of content as a message shows it: in quotation marks, on one line, not too long."""
    line = " ".join(text.split())
    return f"'{line[:79]}…'" if len(line) > 80 else f"'{line}'"


def _where(problem: Problem) -> str:
    if not problem.line:
        return problem.path
    return f"{problem.path}:{problem.line}:{problem.column}"


_PLAIN = {"error": "", "warning": "", "dim": "", "bold": "", "end": ""}
_COLOUR = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "dim": "\x1b[2m", "bold": "\x1b[1m", "end": "\x1b[0m"}
_WIDEST_EXCERPT = 110


def _excerpt(line: str, column: int) -> tuple[str, int]:
    """The part of a long line that shows ``column``, and the caret's offset in it."""
    caret = max(column - 1, 0)
    if len(line) <= _WIDEST_EXCERPT:
        return line, caret
    start = max(0, min(caret - 40, len(line) - _WIDEST_EXCERPT))
    text = line[start : start + _WIDEST_EXCERPT]
    before, after = ("…" if start else ""), ("…" if start + _WIDEST_EXCERPT < len(line) else "")
    return before + text + after, caret - start + len(before)


def as_text(problems: Iterable[Problem], source_line: SourceLine, colour: bool = False) -> str:
    """``path:line:column: severity code: message`` with the source line, a caret and the hint."""
    ink = _COLOUR if colour else _PLAIN
    blocks = []
    for p in problems:
        lines = [
            f"{ink['bold']}{_where(p)}:{ink['end']} {ink[p.severity]}{p.severity}{ink['end']} {p.code}: {p.message}"
        ]
        text = source_line(p.path, p.line).replace("\t", " ") if p.line else ""
        if text.strip():
            shown, caret = _excerpt(text.rstrip(), p.column)
            number = str(p.line)
            lines.append(f"{ink['dim']}  {number} | {ink['end']}{shown}")
            lines.append(f"{ink['dim']}  {' ' * len(number)} | {ink['end']}{' ' * caret}{ink[p.severity]}^{ink['end']}")
        if p.hint:
            lines.append(f"  {p.hint}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def as_json(problems: Iterable[Problem]) -> str:
    """A JSON list of ``{code, severity, path, line, column, message, hint}``."""
    return json.dumps([problem._asdict() for problem in problems], ensure_ascii=False, indent=2)


def _escape_annotation(text: str, in_property: bool = False) -> str:
    """The escapes that workflow commands ask for."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if in_property else text


def as_github(problems: Iterable[Problem]) -> str:
    """One workflow command a line, which code hosts show beside the line at fault."""
    rows = []
    for p in problems:
        fields = {"file": p.path, "line": str(max(p.line, 1)), "col": str(max(p.column, 1)), "title": p.code}
        properties = ",".join(f"{key}={_escape_annotation(value, True)}" for key, value in fields.items())
        message = f"{p.message} {p.hint}".strip()
        rows.append(f"::{p.severity} {properties}::{_escape_annotation(message)}")
    return "\n".join(rows)
