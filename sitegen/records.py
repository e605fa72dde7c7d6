"""Read: the bytes of the content files become entries, each one typed record with the places of its fields.

Roles are read before reviews, since lines of findings in Markdown name roles by their titles. Nothing here looks at
another record's content; that is ``connect``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from copy import copy
from itertools import chain
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import ValidationError

from sitegen import body_findings
from sitegen.config import Config
from sitegen.fields import read_fields
from sitegen.links import links_in
from sitegen.markdown_faults import Written, markdown_problems
from sitegen.models import RECORDS, Agencies, ExternalList, Glossary, OngoingList, Record, Strict
from sitegen.notes import without_comments_in_place
from sitegen.parse import (
    DataPath,
    Document,
    decode,
    markdown_depth_problem,
    parse_markdown,
    parse_yaml,
    parse_yaml_list,
    without_empty,
)
from sitegen.problems import Place, Problem, error
from sitegen.sources import kind_of, slug_of
from sitegen.validate import validate, what_can_be_read

_LINK_SIGNS = re.compile(rb"\]\(|\]:|<")
WORTH_SHARING = 200
"""So many new files are worth handing to other processes."""
_SHARES = 4

RecordT = TypeVar("RecordT", bound=Strict, covariant=True)


Source = tuple[Document, dict[DataPath, Place] | None]
"""A parsed file, and the places of the fields that came from its Markdown."""


class Entry(Generic[RecordT]):
    """One typed ``record`` with its ``kind``, ``slug`` and file, and the place of each of its fields.

    The file is parsed again when a place is asked for: places are for Problems, and most builds have none.
    """

    __slots__ = ("_data", "_open", "_source", "kind", "links", "path", "record", "slug")

    def __init__(
        self, kind: str, slug: str, record: RecordT, path: str, data: bytes, open_source: Callable[[], Source]
    ) -> None:
        self.kind = kind
        self.slug = slug
        self.record = record
        self.path = path
        """The file, relative to the root."""
        self._data = data
        self._open = open_source
        self._source: Source | None = None
        self.links = tuple(links_in(without_comments_in_place(self.text))) if _LINK_SIGNS.search(data) else ()
        """Every link that is written in the file, but not those in comments."""

    def with_record(self, record: Any) -> Entry[RecordT]:
        """The same file with another record of it."""
        other = copy(self)
        other.record = record
        return other

    def mentions(self, *words: bytes) -> bool:
        """Whether one of the words is in the file, whatever it means there."""
        return any(word in self._data for word in words)

    @property
    def text(self) -> str:
        """The whole text of the file."""
        return decode(self.path, self._data)[0] or ""

    def place(self, *path: str | int, key: bool = False) -> Place:
        """The place of a field's value (or name), in the front matter or in the Markdown alike."""
        if self._source is None:
            self._source = self._open()
        return locate(*self._source, path, key)

    def __repr__(self) -> str:
        return f"<{self.kind} {self.slug}>"


def locate(document: Document, places: dict[DataPath, Place] | None, path: DataPath, key: bool = False) -> Place:
    """The place of a field of a document, some of whose fields came from its Markdown (``places``)."""
    if places and path and path[0] == "findings":
        for length in range(len(path), 0, -1):
            if path[:length] in places:
                return places[path[:length]]
    return document.locate(path, key)


class Library(NamedTuple):
    """All entries that could be read, by kind and slug, and the four lists."""

    entries: dict[str, dict[str, Entry[Any]]]
    agencies: Entry[Agencies]
    glossary: Entry[Glossary]
    external: Entry[ExternalList]
    ongoing: Entry[OngoingList]
    faulty: tuple[Entry[Any], ...]
    """What could be understood of records with faults, so that their references are checked in the same run."""
    broken: frozenset[tuple[str, str]]
    """(kind, slug) of records that are there and could not be read; ``("agency", "*")`` for the list of agencies.
    References to them are right, so they are not reported a second time."""


Memo = dict[str, dict[str, Any]]
"""The plain fields of files without a fault, by path, digest and what their words mean; spares parsing them again."""


def read_records(
    content: Mapping[str, bytes],
    digests: Mapping[str, str],
    config: Config,
    memo: Memo,
    unread: Iterable[Problem] = (),
    executor: Executor | None = None,
) -> tuple[Library, list[Problem], Memo]:
    """Parse and validate every file, each by itself.

    Returns all records that are whole, all problems, and the memo for the next time. ``digests`` are those of the
    files' bytes; ``unread`` are the problems of files that could not be read at all. An ``executor`` helps with many.
    """
    reader = _Reader(content, digests, memo, executor, config.site.base_url)
    for kind in ("role", "theme", "page", "briefing"):
        reader.folder(kind, None)
    titles = {slug: entry.record.title for slug, entry in reader.entries["role"].items()} | reader.role_titles
    everyone = config.site.finding_headings.everyone
    reader.folder("review", body_findings.vocabulary(config.finding_headings, everyone, titles))
    agencies, found = _agencies(content)
    base_url = config.site.base_url
    glossary, found_in_glossary = _list_file(content, "content/glossary.yaml", Glossary, "terms", base_url)
    external, found_in_external = _list_file(content, "content/external.yaml", ExternalList, "items", base_url)
    ongoing, found_in_ongoing = _list_file(content, "content/ongoing.yaml", OngoingList, "items", base_url)
    paths = [*content, *(problem.path for problem in unread)]
    broken = {(str(kind_of(path)), slug_of(path)) for path in paths if kind_of(path)}
    broken -= {(name, slug) for name, group in reader.entries.items() for slug in group}
    if found:
        broken.add(("agency", "*"))
    problems = [*reader.problems, *found, *found_in_glossary, *found_in_external, *found_in_ongoing]
    library = Library(reader.entries, agencies, glossary, external, ongoing, tuple(reader.faulty), frozenset(broken))
    return library, problems, reader.kept


class _Reader:
    def __init__(
        self,
        content: Mapping[str, bytes],
        digests: Mapping[str, str],
        memo: Memo,
        executor: Executor | None,
        base_url: str,
    ) -> None:
        self.content = content
        self.base_url = base_url
        self.digests = digests
        self.memo = dict(memo)
        self.executor = executor
        self.kept: Memo = {}
        self.entries: dict[str, dict[str, Entry[Any]]] = {kind: {} for kind in RECORDS}
        self.problems: list[Problem] = []
        self.faulty: list[Entry[Any]] = []
        self.role_titles: dict[str, str] = {}
        """Titles of roles whose files have faults: they are still the words that findings name them by."""

    def folder(self, kind: str, words: body_findings.Vocabulary | None) -> None:
        """Read all records of a kind."""
        meaning = "" if words is None else hashlib.sha256(repr(words).encode()).hexdigest()
        files: dict[str, str] = {}
        paths = [path for path in sorted(self.content) if kind_of(path) == kind]
        self._parse_together(paths, meaning, words)
        for path in paths:
            slug = slug_of(path)
            other = files.setdefault(slug, path)
            if other != path:
                self.problems.append(_twice(path, other))
            key = f"{path} {self.digests[path]} {meaning}"
            entry = self._known(kind, slug, path, key, words) or self._read(kind, slug, path, key, words)
            if entry is not None:
                self.entries[kind].setdefault(slug, entry)

    def _parse_together(self, paths: list[str], meaning: str, words: body_findings.Vocabulary | None) -> None:
        """Have worker processes parse their share of many new files, as if they had been parsed before."""
        keys = {path: f"{path} {self.digests[path]} {meaning}" for path in paths}
        new = [path for path in paths if keys[path] not in self.memo]
        if self.executor is None or len(new) < WORTH_SHARING:
            return
        others = new[len(new) // 3 :]  # the first third is parsed here meanwhile
        size = -(-len(others) // _SHARES)
        shares = [others[start : start + size] for start in range(0, len(others), size)]
        futures = [self.executor.submit(read_fields, [(p, self.content[p]) for p in share], words) for share in shares]
        mine = read_fields([(path, self.content[path]) for path in new[: len(new) // 3]], words)
        for path, fields in chain(mine, *(future.result() for future in futures)):
            if fields is not None:
                self.memo[keys[path]] = fields

    def _known(
        self, kind: str, slug: str, path: str, key: str, words: body_findings.Vocabulary | None
    ) -> Entry[Any] | None:
        data = self.memo.get(key)
        if data is None:
            return None
        try:
            record = RECORDS[kind].model_validate(data)
        except ValidationError:
            return None
        self.kept[key] = data
        source = self.content[path]
        return Entry(kind, slug, record, path, source, _opener(kind, path, source, words))

    def _read(
        self, kind: str, slug: str, path: str, key: str, words: body_findings.Vocabulary | None
    ) -> Entry[Any] | None:
        text, problems = decode(path, self.content[path])
        document = None
        if text is not None:
            document, found = _parsed(path, text)
            deep = markdown_depth_problem(path, text)
            problems += found or ([deep] if deep else [])
        if text is None or document is None:
            self.problems += problems
            return None
        if kind == "role" and isinstance(title := document.data.get("title"), str):
            self.role_titles[slug] = " ".join(title.split())
        source = self.content[path]
        open_source = _opener(kind, path, source, words)
        record = None
        data, places, found = _fields(kind, document, words)
        problems += found
        if data is not None:
            data = without_empty(data)
            problems += self._markdown(document, data, places)
            record, found = _validated(kind, data, document, places)
            problems += found
            if not problems:
                self.kept[key] = data
            elif record is None and (partly := what_can_be_read(RECORDS[kind], data)):
                self.faulty.append(Entry(kind, slug, partly, path, source, open_source))
        self.problems += problems
        return None if record is None else Entry(kind, slug, record, path, source, open_source)

    def _markdown(
        self, document: Document, data: dict[str, Any], places: dict[DataPath, Place] | None
    ) -> list[Problem]:
        """What of a record's text would not be published as it is written."""
        source = Written(document.path, document.text, document.body_lines)
        return markdown_problems(source, data, lambda path: locate(document, places, path), self.base_url)


def _parsed(path: str, text: str) -> tuple[Document | None, list[Problem]]:
    return (parse_markdown if path.endswith(".md") else parse_yaml)(path, text)


def _opener(kind: str, path: str, data: bytes, words: body_findings.Vocabulary | None) -> Callable[[], Source]:
    def open_source() -> Source:
        document, _ = _parsed(path, decode(path, data)[0] or "")
        assert document is not None, "a record's file could be read before"
        return document, _fields(kind, document, words)[1]

    return open_source


def _fields(
    kind: str, document: Document, words: body_findings.Vocabulary | None
) -> tuple[dict[str, Any] | None, dict[DataPath, Place] | None, list[Problem]]:
    """A document's fields with the findings of its Markdown among them, their places, and problems."""
    data = document.data
    if kind != "review" or words is None:
        return data, None, []
    extracted, problems = body_findings.take_findings(document, words)
    if extracted:
        document.body_lines = extracted.body_lines
    if extracted and "findings" in data:
        problems.append(_findings_twice(document))
    elif extracted:
        return {**data, "findings": extracted.findings, "body": extracted.body or None}, extracted.places, problems
    elif "findings" not in data and document.body_line and not _findings_elsewhere(data):
        others = _validated(kind, without_empty(data), document, None)[1]
        said = _no_findings(document, words)
        return None, None, [said, *(problem for problem in others if problem.code != said.code)]
    return data, None, problems


def _findings_elsewhere(data: Mapping[str, Any]) -> bool:
    """Whether a review's fields say where its findings are, or that they aren't published."""
    if data.get("recommendations") or data.get("documents"):
        return True
    return data.get("publication_mode") not in (None, "", "full")


def _validated(
    kind: str, data: dict[str, Any], document: Document, places: dict[DataPath, Place] | None
) -> tuple[Record | None, list[Problem]]:
    return validate(RECORDS[kind], data, lambda path, key: locate(document, places, path, key))


def _twice(path: str, other: str) -> Problem:
    message = f"This record exists twice: here and in {other}. Both would have the same address."
    return error("content/duplicate-record", Place(path), message, "Delete or rename one of the two files.")


def _findings_twice(document: Document) -> Problem:
    message = "Findings are given twice: as the field 'findings' and in sections of the text."
    hint = "Keep one form: delete the field, or give the sections other headings."
    return error("content/findings-twice", document.locate(("findings",), True), message, hint)


def _no_findings(document: Document, words: body_findings.Vocabulary) -> Problem:
    heading = next(iter(words.kinds)).capitalize()
    message = "This review has no findings."
    hint = f"Write them as a list under the heading '## {heading}', or as the field 'findings'."
    return error("content/no-findings", Place(document.path, max(document.body_line, 1), 1), message, hint)


def _agencies(content: Mapping[str, bytes]) -> tuple[Entry[Agencies], list[Problem]]:
    path = "content/agencies.yaml"
    text, problems = decode(path, content.get(path, b""))
    document, found = parse_yaml(path, text or "")
    problems += found
    document = document or Document(path, "", {}, "", 1, 0)
    data = {"names": {agency: "" if name is None else name for agency, name in document.data.items()}}
    record, found = validate(Agencies, data, lambda place, key: document.locate(place[1:], key))
    return _listed("agencies", record or Agencies(names={}), document), problems + found


def _list_file(
    content: Mapping[str, bytes], path: str, model: type[Any], field: str, base_url: str
) -> tuple[Entry[Any], list[Problem]]:
    text, problems = decode(path, content.get(path, b""))
    document, found = parse_yaml_list(path, text or "", field)
    deep = markdown_depth_problem(path, text or "")
    problems += found or ([deep] if deep else [])
    document = document or Document(path, "", {field: []}, "", 1, 0)
    data = without_empty(document.data)
    source = Written(path, document.text)
    problems += markdown_problems(source, data, lambda place: document.locate(place[1:]), base_url)
    record, found = validate(model, data, lambda place, key: document.locate(place[1:], key))
    record = record or model.model_validate({field: []})
    return _listed(field, record, document), problems + found


def _listed(name: str, record: Any, document: Document) -> Entry[Any]:
    return Entry(name, name, record, document.path, document.text.encode(), lambda: (document, None))
