"""The search index: records become the files that Pagefind's script reads in the browser.

Words come from Pagefind itself, through ``search_words``. Filters and sorting would depend, in its hands, on chance;
so those files are written here, in its format, and so is what a result shows (its *fragment*): that can then say where
each finding begins and what it is.

The page number of a record, by which all files speak of it, is its place in the list of records.
"""

from __future__ import annotations

import hashlib
import html
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cbor2
import orjson

from sitegen import markdown_html
from sitegen.file_remarks import UNREADABLE_PDF
from sitegen.problems import Place, Problem, warning
from sitegen.publish import stage_early
from sitegen.search_words import FIELDS, Text, Words, index_words, packed
from sitegen.store import Look, Stored, put
from sitegen.views.common import View

MOST_PAGES = 2000
"""Pages of a PDF that are read."""

_HEADING = re.compile(r"<h[2-6][^>]*\bid=\"([^\"]*)\"[^>]*>(.*?)</h[2-6]>", re.DOTALL)
_WORD = re.compile(r"[^\W_]")
_TAG = re.compile(r"<[^>]*>")


class SearchJob(NamedTuple):
    """All that making the index takes: the store's folder, the stage (or nothing), the index's key, and its records."""

    store: str
    stage: str
    folder: str
    """Where the index lies in the site, with a slash at its end."""
    key: str
    language: str
    records: Sequence[View]


class MadeIndex(NamedTuple):
    """What became of it: the size and facts of the store's entry, and how each staged file looks."""

    size: int
    facts: dict[str, Any]
    looks: dict[str, Look]


def render_search(job: SearchJob) -> MadeIndex:
    """Make the index and put it into the store, all files in one entry. Raises OSError and BrokenMachine."""
    texts = [_text(record) for record in job.records]
    fed = [_fed(record, text) for record, text in zip(job.records, texts, strict=True)]
    files = _files(job.records, texts, index_words(fed, job.language)) if texts else {}
    members: dict[str, list[Any]] = {}
    looks: dict[str, Look] = {}
    position = 0
    for name, (data, source) in files.items():
        file = f"{job.folder}{name}"
        members[file] = [hashlib.sha256(data).hexdigest(), position, position + len(data), source]
        position += len(data)
        # Most files of an index that was made again are there already, as publishing will see.
        if job.stage and not os.path.lexists(f"{job.stage}/{file}") and (look := stage_early(job.stage, file, data)):
            looks[file] = look
    payload = b"".join(data for data, _ in files.values())
    facts = {"members": members}
    put(job.store, job.key, Stored(payload, facts, []))
    return MadeIndex(len(payload), facts, looks)


def _fed(record: View, text: _Text) -> Text:
    title = " ".join(_words(record["title"]))
    return Text(text.content, title if _WORD.search(title) else record["kind_name"], " ".join(_words(record["words"])))


class _Text(NamedTuple):
    """A record as words: its text, and for each section ``[anchor, first word, first after its title, …]``."""

    content: str
    length: int
    sections: list[list[Any]]


def _files(records: Sequence[View], texts: Sequence[_Text], words: Words) -> dict[str, tuple[bytes, str]]:
    """Every file of the index: by name its bytes and the content file that it comes from."""
    files: dict[str, tuple[bytes, str]] = {}

    def add(folder: str, ending: str, data: bytes, source: str = "") -> str:
        label = f"{words.language}_{hashlib.sha256(data).hexdigest()[:10]}"
        files[f"{folder}{label}.{ending}"] = (packed(data), source)
        return label

    pages = [
        [add("fragment/", "pf_fragment", _fragment(record, text), record["source"]), text.length]
        for record, text in zip(records, texts, strict=True)
    ]
    for _, _, name in words.chunks:
        files[f"index/{name}.pf_index"] = (words.files[f"index/{name}.pf_index"], "")
    filters = [
        [title, add("filter/", "pf_filter", cbor2.dumps([title, values]))] for title, values in _filters(records)
    ]
    by_date = sorted(range(len(records)), key=lambda number: (records[number]["date"] or "", -number))
    meta = [words.version, pages, words.chunks, filters, [["date", by_date]], FIELDS]
    entry = words.entry["languages"][words.language]
    entry |= {"hash": add("pagefind.", "pf_meta", cbor2.dumps(meta)), "page_count": len(records)}
    files["pagefind-entry.json"] = (orjson.dumps(words.entry), "")
    wasm = f"wasm.{entry['wasm'] or 'unknown'}.pagefind"
    for name in ("pagefind.js", wasm):
        files[name] = (words.files[name], "")
    return files


def _text(record: View) -> _Text:
    """The text of a record: sections one after another, each beginning with its title."""
    words: list[str] = []
    sections: list[list[Any]] = []
    for section in record["sections"]:
        for identifier, title, text in _parts(section):
            start = len(words)
            words += _words(title)
            after = len(words)
            words += _words(text)
            if len(words) == start:
                continue
            sections.append([identifier, start, after])
            if "kind" in section:
                sections[-1] += [section["kind"], section["theme"], section["role"], section["agency"]]
    content = " ".join(words)
    if not _WORD.search(content):  # Pagefind leaves out what has no word
        content, sections = record["kind_name"], []
    return _Text(content, len(content.split(" ")), sections)


def _parts(section: View) -> Iterator[tuple[str, str, str]]:
    """(anchor, title, text) of a section; a body has one for each of its headings."""
    if "plain" in section:
        yield section["id"], "", section["plain"]
    elif "body" in section:
        pieces = _HEADING.split(markdown_html.block(section["body"]))
        yield "", "", _without_tags(pieces[0])
        for anchor, title, text in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
            yield anchor, _without_tags(title), _without_tags(text)
    else:
        text = " ".join(markdown_html.plain(text) for text in section["texts"])
        yield section["id"], markdown_html.plain(section["title"]), text


def _without_tags(source: str) -> str:
    return html.unescape(_TAG.sub(" ", source))


def _words(text: str) -> list[str]:
    """Words as Pagefind counts them: it leaves out zero-width spaces, and three underscores begin a word of its own."""
    return text.replace("\u200b", "").replace("___", " ").split()


def _fragment(record: View, text: _Text) -> bytes:
    """What a result shows; names of one letter, since each result fetches one."""
    pdf = record["pdf"]
    facts = {
        "title": record["title"],
        "kind": record["kind_name"],
        "record": record["filters"]["record"][0],
        "date": record["date"],
        "pdf": [pdf["url"], pdf["pages"], pdf["bytes"]] if pdf else None,
        "sections": text.sections,
    }
    value = {
        "url": record["url"],
        "content": text.content,
        "word_count": text.length,
        "filters": {},
        "meta": facts,
        "anchors": [],
    }
    return orjson.dumps(value)


def _filters(records: Iterable[View]) -> list[tuple[str, list[list[Any]]]]:
    """For each filter its values with the pages that have them, in order."""
    found: dict[str, dict[str, list[int]]] = {}
    for number, record in enumerate(records):
        for name, values in record["filters"].items():
            for value in values:
                found.setdefault(name, {}).setdefault(value, []).append(number)
    return [(name, [[value, pages] for value, pages in sorted(found[name].items())]) for name in sorted(found)]


class PdfText(NamedTuple):
    """The text of each page of a PDF, or a problem when it can't be read."""

    pages: list[str]
    problems: list[Problem]


def read_pdf(location: str, source: str) -> PdfText:
    """The text of a PDF to download. Raises OSError when the file can't be read at all."""
    import pypdfium2

    data = Path(location).read_bytes()
    try:
        with pypdfium2.PdfDocument(data) as document:
            pages = []
            for number in range(min(len(document), MOST_PAGES)):
                page = document[number]
                text = page.get_textpage()
                pages.append(" ".join(text.get_text_bounded().split()))
                text.close()
                page.close()
    except pypdfium2.PdfiumError:
        message = "The text of this PDF can't be read, so the search will not find it."
        hint = "If it opens on your computer only with a password, or not at all, save it again without one."
        return PdfText([], [warning(UNREADABLE_PDF, Place(source), message, hint)])
    return PdfText(pages, [])
