"""A file to download, as it is published: looked through, and pictures without what a camera noted.

Runs in another process, so all that it takes is in the job. The bytes that it puts into the store are those that are
published, shown on paper and counted on pages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sitegen.clean_drawings import clean_drawing
from sitegen.clean_pictures import as_named, clean_picture
from sitegen.file_kinds import FILE_KINDS, LOOKS, FileKind, ending_of, is_text, looks_like
from sitegen.file_remarks import FileRemark, locked, not_what_it_says, too_slow, unreadable
from sitegen.inspect_media import inspect_media
from sitegen.inspect_office import inspect_old, inspect_packed, inspect_rich_text
from sitegen.inspect_pdf import inspect_pdf
from sitegen.print_pictures import BadPicture
from sitegen.problems import Place, Problem, error
from sitegen.publish import stage_early
from sitegen.store import Look, Stored, put
from sitegen.svg_faults import svg_problem
from sitegen.time_limit import TookTooLong, within

TIME_LIMIT = 60
"""Seconds. A picture of the largest size that is turned takes five."""
_NO_TEXT = frozenset(LOOKS) - {"mp3", "program"}
"""Kinds that a text can't begin like; two letters may stand at the beginning of a program or a sound by chance."""


class FileJob(NamedTuple):
    """A file at ``location``, to be put into the ``store`` under ``key`` and staged as ``file``.

    ``stage`` is a folder, or nothing. ``source`` is the file's path in the content; ``organisation`` has names, in
    small letters, that may stand in a document as its author.
    """

    store: str
    stage: str
    key: str
    file: str
    location: str
    source: str
    organisation: tuple[str, ...]


class MadeFile(NamedTuple):
    """What became of it: ``size`` in bytes, or -1 when an error among its remarks or problems keeps it back."""

    size: int
    look: Look | None
    facts: dict[str, Any]
    remarks: list[FileRemark]
    problems: list[Problem]
    """Those that have a place within the file."""


def make_file(job: FileJob) -> MadeFile:
    """Look a file through and put what is published of it into the store. Raises OSError."""
    data = Path(job.location).read_bytes()
    try:
        published, remarks, problems = within(TIME_LIMIT, lambda: _published(job, data))
    except TookTooLong:
        published, remarks, problems = b"", [too_slow()], []
    if "error" in {remark.severity for remark in remarks} | {problem.severity for problem in problems}:
        return MadeFile(-1, None, {}, remarks, problems)
    digest = hashlib.sha256(published).hexdigest()
    facts = {"digest": digest, "remarks": [list(remark) for remark in remarks]}
    put(job.store, job.key, Stored(published, facts, problems))
    look = stage_early(job.stage, job.file, published) if job.stage else None
    return MadeFile(len(published), look, facts, remarks, problems)


def _published(job: FileJob, data: bytes) -> tuple[bytes, list[FileRemark], list[Problem]]:
    ending = ending_of(job.source)
    kind = FILE_KINDS[ending]
    wrong = _wrong_kind(kind, data)
    if wrong:
        return data, [wrong], []
    if kind.family in ("picture", "avif", "drawing"):
        return _cleaned(kind, ending, job.source, data)
    return data, list(_inspected(kind, ending, data, job.organisation)), []


def _wrong_kind(kind: FileKind, data: bytes) -> FileRemark | None:
    """What is wrong when the first bytes speak of another kind than the name."""
    looks = looks_like(data)
    if kind.family == "text":
        if looks in _NO_TEXT:
            return not_what_it_says(LOOKS[looks])
        return None if is_text(data) else not_what_it_says(LOOKS["program"] if looks == "program" else "no plain text")
    if looks is None or looks in kind.like:
        return None
    if looks == "ole" and kind.family == "office":
        return locked() if "EncryptedPackage".encode("utf-16-le") in data else not_what_it_says(LOOKS["ole"])
    return not_what_it_says(LOOKS[looks])


def _cleaned(kind: FileKind, ending: str, source: str, data: bytes) -> tuple[bytes, list[FileRemark], list[Problem]]:
    try:
        if kind.family == "drawing":
            fault = svg_problem(source, data)
            return (data, [], [fault]) if fault else (clean_drawing(data), [], [])
        remarks = []
        other = as_named(data, ending)
        if other:
            message = f"is {other}, which the ending of its name does not say; some programs will not open it"
            hint = f"Save it as {kind.name}, or give it the ending that fits, here and where it is named."
            remarks.append(FileRemark("content/picture", "warning", message, hint))
        return clean_picture(data), remarks, []
    except BadPicture as bad:
        return data, [], [error("content/picture", Place(source), bad.message, bad.hint)]


def _inspected(kind: FileKind, ending: str, data: bytes, organisation: Collection[str]) -> Iterator[FileRemark]:
    """What there is to say about a file that is published as it is."""
    looks = looks_like(data)
    if kind.family == "text":
        return
    inspected: Iterable[FileRemark]
    if kind.family == "pdf":
        inspected = inspect_pdf(data, organisation)
    elif looks is None:
        inspected = [unreadable()]
    elif kind.family in ("office", "opendocument"):
        inspected = inspect_packed(ending, data, organisation)
    elif kind.family == "old-office":
        inspected = inspect_old(ending, data)
    elif kind.family == "rtf":
        inspected = inspect_rich_text(data, organisation)
    else:
        inspected = inspect_media(looks, data, organisation)
    yield from inspected
