"""Notes that stand in a text and aren't for readers: HTML comments, and what an unfinished merge leaves behind.

Comments are taken out before anything else reads a text, so no page, PDF, feed, data file or search can hold one, and
nothing in one counts as content. A comment that HTML would end elsewhere than its author thinks is a fault: part of it
would be published. Code shows comments as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from sitegen.problems import Place, Problem, error

_TOKEN = re.compile(
    r"(?=[ \t`~\\<-])(?:"  # most characters begin none of these
    r"^[ \t]*(?P<fence>`{3,}+|~{3,}+)[^\n]*+\n(?:[^\n]*+\n)*?[ \t]*(?P=fence)[`~]*[ \t]*$"
    r"|(?<!`)(?P<ticks>`++)(?:[^\n]|\n(?![ \t]*\n)){1,1000}?(?<!`)(?P=ticks)(?!`)"
    r"|\\[<`\\]"
    r"|(?P<comment><!--)"
    r"|(?P<other><[!?])"
    r"|(?P<close>-->))",
    re.MULTILINE,
)
"""A block of code, a span of code (never beyond its paragraph), a sign that means itself, and what opens or closes."""
_CONFLICT_LINE = re.compile(r"(?m)^(?:(?P<opens><{7,})|(?P<closes>>{7,}))(?:[ \t].*)?$")
_TAKEN_OUT, _LINE_OUT = "\ufdd0", "\ufdd1"
"""Stand for a comment and for each line end in it while lines are counted; noncharacters, which no text can hold."""


class Fault(NamedTuple):
    """A fault of a comment: the ``token`` at which it shows, how many of that token come before it in the text, why."""

    token: str
    before: int
    message: str
    hint: str


class Readable(NamedTuple):
    """A text without its comments: its ``lines``, the number of each among the lines as written, and faults."""

    lines: Sequence[str]
    numbers: Sequence[int]
    faults: list[Fault]

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


def may_hold_notes(text: str) -> bool:
    """False for most texts, in a fraction of the time that looking for comments takes."""
    return "<!" in text or "<?" in text


def readable(text: str) -> Readable:
    """The text without comments; lines that held nothing else are gone."""
    if not may_hold_notes(text):
        lines = text.split("\n")
        return Readable(lines, range(len(lines)), [])
    faults: list[Fault] = []
    pieces: list[str] = []
    position = kept_to = 0
    comments = 0
    while match := _TOKEN.search(text, position):
        position = match.end()
        start = match.start()
        if match["comment"]:
            comments += 1
            end = text.find("-->", match.end())
            inside = text[match.end() : end if end >= 0 else len(text)]
            fault = _comment_fault(inside, end >= 0)
            if fault:
                faults.append(Fault("<!--", text.count("<!--", 0, start), *fault))
            if end < 0:
                continue
            position = end + 3
            pieces += [text[kept_to:start], _TAKEN_OUT + _LINE_OUT * text.count("\n", start, position)]
            kept_to = position
        elif match["other"]:
            faults.append(Fault(match["other"], text.count(match["other"], 0, start), *_INSTRUCTION))
        elif match["close"] and comments:
            faults.append(Fault("-->", text.count("-->", 0, start), *_CLOSED_TWICE))
    if not pieces:
        lines = text.split("\n")
        return Readable(lines, range(len(lines)), faults)
    kept = _lines("".join([*pieces, text[kept_to:]]))
    return Readable([line for _, line in kept], [number for number, _ in kept], faults)


def _lines(text: str) -> list[tuple[int, str]]:
    """The lines of a text with comments blotted out, and their numbers from 0."""
    kept = []
    number = 0
    for line in text.split("\n"):
        first, number = number, number + 1 + line.count(_LINE_OUT)
        if _TAKEN_OUT in line:
            before, _, after = line.replace(_LINE_OUT, "").partition(_TAKEN_OUT)
            after = after.replace(_TAKEN_OUT, "")
            line = before + (after if before.strip() else after.lstrip())  # spaces before a comment are not an indent
            line = line if after.strip() else line.rstrip()  # nor are those around it a break
            if not line:
                continue
        kept.append((first, line))
    return kept


_INSTRUCTION = (
    "'<!' and '<?' open an instruction to a program, so what follows may vanish or be published as it stands.",
    "For a note that isn't published write <!-- note -->; to show the sign '<' itself write &lt;",
)
_CLOSED_TWICE = (
    "This '-->' closes no comment: the one before it has ended already, so the words in between are published.",
    "A comment ends at its first '-->'. Take that one out, or this one; for an arrow write →",
)


def _comment_fault(inside: str, closed: bool) -> tuple[str, str] | None:
    """What is wrong with a comment, and what to do."""
    if not closed:
        return (
            "A comment is opened here with '<!--' and never closed, so your note or the text after it is published "
            "or lost.",
            "Write '-->' at the end of the note, in the same field. To show the sign '<' itself write &lt;",
        )
    if inside.startswith((">", "->")):
        message = "A comment that begins with '<!-->' or '<!--->' has ended there, so the note after it is published."
        return message, "Put a space after '<!--'."
    if "--!>" in inside:
        return "A comment ends at '--!>' for browsers, so what follows is published.", "End the comment with '-->'."
    if "<!--" in inside:
        message = "There is a comment inside this comment. It ends at the first '-->', and the rest is published."
        return message, "Close the first comment with '-->' before the second begins, or make one of the two."
    return None


def fault_problem(fault: Fault, place: Place) -> Problem:
    """A fault as a Problem at its place."""
    return error("markdown/comment", place, fault.message, fault.hint)


def offset_of(fault: Fault, text: str, start: int = 0) -> int:
    """Where a fault's token stands in ``text``, the text as it was written from ``start`` on."""
    found = text.find(fault.token, start)
    for _ in range(fault.before):
        found = text.find(fault.token, found + 1)
    return max(found, start)


def without_comments_in_place(text: str) -> str:
    """The text with spaces for comments: every other character stands where it stood."""
    if "<!--" not in text:
        return text
    pieces: list[str] = []
    position = kept_to = 0
    while match := _TOKEN.search(text, position):
        position = match.end()
        end = text.find("-->", match.end()) if match["comment"] else -1
        if end >= 0:
            position = end + 3
            pieces += [text[kept_to : match.start()], re.sub(r"[^\n]", " ", text[match.start() : position])]
            kept_to = position
    return "".join([*pieces, text[kept_to:]])


def conflict_problems(path: str, text: str) -> list[Problem]:
    """The marks that git leaves where two people changed the same lines: what stands between them is two versions."""
    if "<<<<<<<" not in text and ">>>>>>>" not in text:
        return []
    problems = []
    open_since = 0
    for match in _CONFLICT_LINE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        if match["opens"]:
            if open_since:
                problems.append(_conflict(path, open_since, 0))
            open_since = line
        elif open_since:
            problems.append(_conflict(path, open_since, line))
            open_since = 0
        else:
            message = "This line is left over from a merge of two versions."
            hint = "Check that the text above it is right, then delete the line. For a quotation write one '>'."
            problems.append(error("markdown/merge-conflict", Place(path, line, 1), message, hint))
    return [*problems, _conflict(path, open_since, 0)] if open_since else problems


def _conflict(path: str, first: int, last: int) -> Problem:
    span = f"from here to line {last}" if last else "from here on"
    message = f"Two people changed the same lines, and both versions stand here, {span}."
    hint = "Keep the words that are right, and delete the lines that begin with <<<<<<<, |||||||, ======= and >>>>>>>."
    return error("markdown/merge-conflict", Place(path, first, 1), message, hint)
