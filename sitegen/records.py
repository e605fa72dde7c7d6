"""Read: the bytes of the content files become entries, each one typed record with the places of its fields.

Roles are read before reviews, since lines of findings in Markdown name roles by their titles. Nothing here looks at
another record's content; that is ``connect``.
"""

from __future__ import annotations

from typing import Any, Generic, NamedTuple, TypeVar

from sitegen import body_findings
from sitegen.config import Config
from sitegen.models import RECORDS, Agencies, ExternalList, Glossary, Record, Strict
from sitegen.parse import DataPath, Document, decode, parse_markdown, parse_yaml, parse_yaml_list
from sitegen.problems import Place, Problem, error
from sitegen.sources import RECORD_FOLDERS, kind_of, slug_of
from sitegen.validate import validate

RecordT = TypeVar("RecordT", bound=Strict, covariant=True)


class Entry(Generic[RecordT]):
    """One typed ``record`` with its ``kind``, ``slug`` and file, and the place of each of its fields."""

    __slots__ = ("_body_places", "document", "kind", "record", "slug")

    def __init__(
        self, kind: str, slug: str, record: RecordT, document: Document, body_places: dict[DataPath, Place] | None = None
    ) -> None:
        self.kind = kind
        self.slug = slug
        self.record = record
        self.document = document
        self._body_places = body_places

    @property
    def path(self) -> str:
        """The file, relative to the root."""
        return self.document.path

    def place(self, *path: str | int, key: bool = False) -> Place:
        """The place of a field's value (or name), in the front matter or in the Markdown alike."""
        return locate(self.document, self._body_places, path, key)

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
    """All entries that could be read, by kind and slug, and the three lists."""

    entries: dict[str, dict[str, Entry[Any]]]
    agencies: Entry[Agencies]
    glossary: Entry[Glossary]
    external: Entry[ExternalList]
    broken: frozenset[tuple[str, str]]
    """(kind, slug) of records that are there and could not be read; ``("agency", "*")`` for the list of agencies.
    References to them are right, so they are not reported a second time."""


def read_records(content: dict[str, bytes], config: Config) -> tuple[Library, list[Problem]]:
    """Parse and validate every file, each by itself; all problems, and all records that are whole."""
    problems: list[Problem] = []
    documents: dict[str, Document] = {}
    files: dict[tuple[str, str], str] = {}
    for path in sorted(content):
        kind = kind_of(path)
        if kind is None:
            continue
        other = files.setdefault((kind, slug_of(path)), path)
        if other != path:
            problems.append(_twice(path, other))
        text, found = decode(path, content[path])
        problems += found
        if text is not None:
            document, found = (parse_markdown if path.endswith(".md") else parse_yaml)(path, text)
            problems += found
            if document is not None:
                documents[path] = document
    words = _vocabulary(documents, config)
    entries: dict[str, dict[str, Entry[Any]]] = {kind: {} for kind in RECORDS}
    for path, document in documents.items():
        kind, slug = str(kind_of(path)), slug_of(path)
        entry, found = _entry(kind, slug, document, words)
        problems += found
        if entry is not None:
            entries[kind].setdefault(slug, entry)
    agencies, found = _agencies(content)
    glossary, found_in_glossary = _list_file(content, "content/glossary.yaml", Glossary, "terms")
    external, found_in_external = _list_file(content, "content/external.yaml", ExternalList, "items")
    broken = {(str(kind), slug_of(path)) for path in content if (kind := kind_of(path))}
    broken -= {(kind, slug) for kind, group in entries.items() for slug in group}
    if found:
        broken.add(("agency", "*"))
    problems += found + found_in_glossary + found_in_external
    return Library(entries, agencies, glossary, external, frozenset(broken)), problems


def _vocabulary(documents: dict[str, Document], config: Config) -> body_findings.Vocabulary:
    titles = {
        slug_of(path): " ".join(str(document.data["title"]).split())
        for path, document in documents.items()
        if kind_of(path) == "role" and document.data.get("title")
    }
    return body_findings.vocabulary(config.finding_headings, config.site.finding_headings.everyone, titles)


def _entry(
    kind: str, slug: str, document: Document, words: body_findings.Vocabulary
) -> tuple[Entry[Record] | None, list[Problem]]:
    problems: list[Problem] = []
    data, places = document.data, None
    if kind == "review":
        extracted, problems = body_findings.take_findings(document, words)
        if extracted and "findings" in data:
            problems.append(_findings_twice(document))
        elif extracted:
            places = extracted.places
            data = {**data, "findings": extracted.findings, "body": extracted.body or None}
        elif "findings" not in data and document.body_line:
            return None, [_no_findings(document, words), *_validated(kind, {**data, "findings": []}, document, None)[1]]
    record, found = _validated(kind, data, document, places)
    problems += found
    return (None if record is None else Entry(kind, slug, record, document, places)), problems


def _validated(
    kind: str, data: dict[str, Any], document: Document, places: dict[DataPath, Place] | None
) -> tuple[Record | None, list[Problem]]:
    record, problems = validate(RECORDS[kind], data, lambda path, key: locate(document, places, path, key))
    if kind == "review" and data.get("findings") == []:  # said better by its own Problem
        problems = [p for p in problems if p.code != "content/wrong-count"]
    return record, problems


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


def _agencies(content: dict[str, bytes]) -> tuple[Entry[Agencies], list[Problem]]:
    path = "content/agencies.yaml"
    text, problems = decode(path, content.get(path, b""))
    document, found = parse_yaml(path, text or "")
    problems += found
    document = document or Document(path, "", {}, "", 1, 0)
    data = {"names": {agency: "" if name is None else name for agency, name in document.data.items()}}
    record, found = validate(Agencies, data, lambda place, key: document.locate(place[1:], key))
    return Entry("agencies", "agencies", record or Agencies(names={}), document), problems + found


def _list_file(
    content: dict[str, bytes], path: str, model: type[Any], field: str
) -> tuple[Entry[Any], list[Problem]]:
    text, problems = decode(path, content.get(path, b""))
    document, found = parse_yaml_list(path, text or "", field)
    problems += found
    document = document or Document(path, "", {field: []}, "", 1, 0)
    record, found = validate(model, document.data, lambda place, key: document.locate(place[1:], key))
    record = record or model.model_validate({field: []})
    return Entry(field, field, record, document), problems + found


def folder_of(kind: str) -> str:
    """The folder that holds a kind of record."""
    return next(folder for folder, name in RECORD_FOLDERS.items() if name == kind)
