"""The types of fields: from the author's text to a value, or a fault in plain words.

Input is what ``parse`` gives: text, lists and maps of text. A fault is a ``PydanticCustomError`` whose type is the code
of a Problem and whose context holds the ``hint``. Nothing here knows which record a field belongs to.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from sitegen.problems import quoted

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,8}")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_ISO_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)\s*(Z|[+-]\d{2}:?\d{2})?")
_BULLET = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+")
_PATH = re.compile(r"/?[A-Za-z0-9._~%&=?+-]+(?:/[A-Za-z0-9._~%&=?+-]+)*/?")
_LONGEST_PART = 200
"""Letters between two slashes of an address; file systems stop at 255, and a PDF's name ends in its kind."""
_LONGEST_PATH = 1000
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_YEARS = range(1800, 2201)
_FINGERPRINT = re.compile(r"[0-9a-f]{8,64}")
_REFERENCE = re.compile(r"(?:(theme|review):)?([a-z0-9]+(?:-[a-z0-9]+)*)(?:#([A-Za-z0-9_-]+))?")
_ANCHOR = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
LONGEST_SUMMARY = 150
RESERVED_ANCHORS = ("main", "part-")
"""Ids of the page templates themselves: this one, and all that begin with the second."""


def fault(code: str, message: str, hint: str) -> PydanticCustomError:
    """A fault that becomes the Problem ``code``."""
    return PydanticCustomError(code, "{message}", {"message": message, "hint": hint})


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    kind = "a list" if isinstance(value, list) else "a group of fields" if isinstance(value, dict) else "nothing"
    raise fault(
        "content/not-text", f"Text is expected here, and this is {kind}.", "Write one value on the field's line."
    )


def _line(value: Any) -> str:
    text = " ".join(_text(value).split())
    if not text:
        raise fault("content/empty", "There is no text here.", "Write the text, or delete the field.")
    return text


def _prose(value: Any) -> str:
    text = _text(value).strip("\n").rstrip()
    if not text.strip():
        raise fault("content/empty", "There is no text here.", "Write the text, or delete the field.")
    return text


def _slug(value: Any) -> str:
    text = _text(value).strip()
    if not _SLUG.fullmatch(text):
        made = "-".join(re.findall(r"[a-z0-9]+", text.casefold()))
        hint = "Use the file's name without its ending: small letters, digits and hyphens"
        raise fault(
            "content/not-a-slug",
            f"{quoted(text)} is not a short name.",
            f"{hint}{f', such as {made[:60]}' if made else ''}.",
        )
    return text


def _anchor(value: Any) -> str:
    text = _text(value).strip()
    if not _ANCHOR.fullmatch(text):
        made = "-".join(re.findall(r"[a-z0-9]+", text.casefold())) or "no-access"
        raise fault(
            "content/not-an-id",
            f"{quoted(text)} can't be the id of a finding.",
            f"Use small letters, digits and hyphens: {made[:60]}.",
        )
    if text == RESERVED_ANCHORS[0] or text.startswith(RESERVED_ANCHORS[1]):
        raise fault("content/reserved-id", f"The id {quoted(text)} is used by the page itself.", "Choose another id.")
    return text


def _day(value: Any) -> date:
    text = _text(value).strip()
    match = _ISO_DATE.fullmatch(text)
    if not match:
        hint = "Write it as year-month-day, for example 2026-05-04 for 4 May 2026."
        raise fault("content/not-a-date", f"{quoted(text)} can't be read as a date.", hint)
    if int(match[1]) not in _YEARS:
        raise fault(
            "content/not-a-date", f"The year {match[1]} can't be meant.", "Write the year with its four digits."
        )
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        hint = "Check the month (01 to 12) and the day. It is written as year-month-day, for example 2026-05-04."
        raise fault("content/not-a-date", f"There is no day {text} in the calendar.", hint) from None


def _instant(value: Any) -> date | datetime:
    text = _text(value).strip()
    match = _ISO_TIME.fullmatch(text)
    if not match:
        return _day(value)
    _day(match[1])
    try:
        return datetime.fromisoformat(f"{match[1]}T{match[2]}{match[3] or ''}")
    except ValueError:
        raise fault("content/not-a-date", f"There is no time {text}.", "Write it as 2026-05-04 09:30.") from None


def _whole(value: Any) -> int:
    text = _text(value).strip()
    if not _WHOLE.fullmatch(text):
        plain = text.lstrip("0")
        hint = f"Write {plain}." if _WHOLE.fullmatch(plain) else "Write digits only, such as 17."
        raise fault("content/not-a-number", f"{quoted(text)} is not a whole number as it is written.", hint)
    return int(text)


def _yes(value: Any) -> bool:
    text = _text(value).strip().casefold()
    if text in ("true", "yes"):
        return True
    if text in ("false", "no"):
        return False
    raise fault("content/not-yes-or-no", f"{quoted(text)} is neither true nor false.", "Write true or false.")


def _web_address(value: Any) -> str:
    text = _text(value).strip()
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"[\s<>\"']", text)
        _ = parts.port
    except ValueError:
        good = False
    if not good:
        hint = "Write the whole address, beginning with https://"
        raise fault("content/not-an-address", f"{quoted(text)} is not a web address.", hint)
    return text


def _file_name(value: Any) -> str:
    text = _text(value).strip().removeprefix("file:")
    if not text or text.startswith("/") or "\\" in text or ".." in text.split("/"):
        hint = "Write the file's name as it is in the folder content/files, for example checklist.pdf."
        raise fault("content/not-a-file-name", f"{quoted(text)} is not the name of a file in content/files.", hint)
    return text


def _old_path(value: Any) -> str:
    text = _text(value).strip()
    if not _PATH.fullmatch(text) or ".." in text.split("/") or "." in text.split("/"):
        hint = "Write the old address without the name of the host, for example /learning/review-17/."
        raise fault("content/not-a-path", f"{quoted(text)} is not an old address on this site.", hint)
    if len(text) > _LONGEST_PATH or any(len(part) > _LONGEST_PART for part in text.split("/")):
        hint = f"Each part between two slashes can have {_LONGEST_PART} letters."
        raise fault("content/not-a-path", f"{quoted(text)} is too long for an address.", hint)
    return text.strip("/")


def _language(value: Any) -> str:
    text = _text(value).strip()
    if not _LANGUAGE.fullmatch(text):
        raise fault(
            "content/not-a-language",
            f"{quoted(text)} is not a language code.",
            "Write en-GB for English, cy for Welsh.",
        )
    return text


def _summary(value: Any) -> str:
    text = _prose(value)
    words = len(text.split())
    if words > LONGEST_SUMMARY:
        hint = f"Shorten it to {LONGEST_SUMMARY} words and put the rest into the text."
        raise fault("content/long-summary", f"The summary has {words} words.", hint)
    return text


def _link_line(value: Any) -> str:
    """A line; a map of ``title`` and ``url`` is a link."""
    if isinstance(value, dict) and set(value) == {"title", "url"}:
        return f"[{_line(value['title'])}]({_web_address(value['url'])})"
    return _line(value)


def _points(value: Any) -> list[str]:
    """A list of lines; text with a line for each point is one too."""
    if isinstance(value, str):
        return [_BULLET.sub("", line, count=1) for line in value.splitlines() if line.strip()]
    return _items(value)


def _items(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, str):
        example = ", ".join(part.strip() for part in value.split(",") if part.strip())
        example = example if 0 < len(example) < 60 else "one, two"
        hint = f"Write it in square brackets, [{example}], or one to a line, each after a hyphen and a space."
        raise fault("content/not-a-list", "A list is expected here, and this is one piece of text.", hint)
    raise fault(
        "content/not-a-list", "A list is expected here.", "Write one item to a line, each after a hyphen and a space."
    )


def _reference(value: Any) -> str:
    """``review``, ``review#finding`` or ``theme:slug``."""
    text = _text(value).strip()
    if not _REFERENCE.fullmatch(text):
        hint = "Write 17-escalation for a review, 17-escalation#no-access for a finding, theme:escalation for a theme."
        raise fault("content/not-a-reference", f"{quoted(text)} names no review, finding or theme.", hint)
    return text.removeprefix("review:")


def _finding_reference(value: Any) -> str:
    text = _reference(value)
    if "#" not in text or text.startswith("theme:"):
        hint = "Write the review, a hash and the id of the finding, for example 14-translated-plans#copies."
        raise fault("content/not-a-reference", f"{quoted(text)} names no finding.", hint)
    return text


def _fingerprint(value: Any) -> str:
    text = _text(value).strip()
    if not _FINGERPRINT.fullmatch(text):
        raise fault(
            "content/not-a-fingerprint", f"{quoted(text)} is not a fingerprint.", "Copy it from the program's output."
        )
    return text


Line = Annotated[str, BeforeValidator(_line)]
"""One line of text; runs of space are one space."""
Prose = Annotated[str, BeforeValidator(_prose)]
"""Markdown, any number of lines."""
Summary = Annotated[str, BeforeValidator(_summary)]
"""Prose of at most 150 words."""
Language = Annotated[str, BeforeValidator(_language)]
Slug = Annotated[str, BeforeValidator(_slug)]
Anchor = Annotated[str, BeforeValidator(_anchor)]
Day = Annotated[date, BeforeValidator(_day)]
Instant = Annotated[date | datetime, BeforeValidator(_instant)]
"""A date, or a date and time with or without a zone."""
Whole = Annotated[int, BeforeValidator(_whole)]
Yes = Annotated[bool, BeforeValidator(_yes)]
WebAddress = Annotated[str, BeforeValidator(_web_address)]
FileName = Annotated[str, BeforeValidator(_file_name)]
OldPath = Annotated[str, BeforeValidator(_old_path)]
Reference = Annotated[str, BeforeValidator(_reference)]
FindingReference = Annotated[str, BeforeValidator(_finding_reference)]
Fingerprint = Annotated[str, BeforeValidator(_fingerprint)]
Slugs = Annotated[tuple[Slug, ...], BeforeValidator(_items)]
_LINK_SCHEMA = {
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "properties": {"title": {"type": "string"}, "url": {"type": "string"}},
            "required": ["title", "url"],
            "additionalProperties": False,
        },
    ]
}
_LinkLine = Annotated[str, BeforeValidator(_link_line), WithJsonSchema(_LINK_SCHEMA)]
Links = Annotated[tuple[_LinkLine, ...], BeforeValidator(_items)]
"""Lines of Markdown, or maps of ``title`` and ``url``."""
Lines = Annotated[tuple[Line, ...], BeforeValidator(_items)]
_POINTS_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
Points = Annotated[tuple[Line, ...], BeforeValidator(_points), WithJsonSchema(_POINTS_SCHEMA)]
Items = BeforeValidator(_items)
"""For tuples of models."""
