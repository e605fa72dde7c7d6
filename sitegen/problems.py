"""Problems: what is wrong in the content, where, and what to do about it.

A Problem is data. Stages return lists of them; nothing here decides whether a rule holds, and nothing here reads a
file. Messages are written for people who edit Markdown and are not programmers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

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
