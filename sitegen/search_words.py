"""Words of many texts, as Pagefind packs them for its search.

Pagefind splits text into words, reduces them to their stems and notes where they stand. It can't do that for one text
more, only for all at once. So texts go to it in groups, whose results can be kept; here they become one index again,
in Pagefind's own format. Fed plain text in one order and nothing else, it gives the same bytes each time.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import os
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise, takewhile
from operator import itemgetter
from typing import Any, NamedTuple

import cbor2
import orjson

from sitegen.machine import BrokenMachine

MAGIC = b"pagefind_dcd"
"""Begins each packed file."""
FIELDS = ["title", "words"]
"""What else than its content a text is found by, in the order of their numbers in the index."""

_PLACES_IN_A_CHUNK = 20_000
_ADVICE = "Install it again with: python -m pip install --force-reinstall pagefind-bin"


class Text(NamedTuple):
    """A text to be found, as single words with a space between: its content, its title, and words not shown."""

    content: str
    title: str
    words: str


class Chunk(NamedTuple):
    """A part of the index: the words from ``first`` to ``last`` (each cut short where that is enough), packed."""

    first: str
    last: str
    data: bytes


def packed(data: bytes) -> bytes:
    """A file as Pagefind's script unpacks it."""
    return gzip.compress(MAGIC + data, compresslevel=6, mtime=0)


def unpacked(data: bytes) -> bytes:
    """The inverse of :func:`packed`."""
    return gzip.decompress(data)[len(MAGIC) :]


def index_groups(groups: Sequence[Sequence[Text]], language: str) -> tuple[list[bytes], dict[str, bytes]]:
    """For each group its words, packed for :func:`joined`; and what Pagefind adds. Raises BrokenMachine."""
    made: list[bytes] = []
    files: dict[str, bytes] = {}
    for group, files in zip(groups, _pagefind(_messages(groups, language), len(groups)), strict=True):
        (index,) = orjson.loads(files["pagefind-entry.json"])["languages"].values()
        version, pages, _, _, _, fields = cbor2.loads(unpacked(files[f"pagefind.{index['hash']}.pf_meta"]))
        lengths = [length for _, length in pages]
        if lengths != [len(text.content.split(" ")) for text in group] or fields != FIELDS[: len(fields)]:
            raise BrokenMachine(f"The search index came out wrong: Pagefind {version} isn't ours.\n{_ADVICE}")
        chunks = (data for path, data in files.items() if path.endswith(".pf_index"))
        made.append(cbor2.dumps([word for data in chunks for word in cbor2.loads(unpacked(data))[0]]))
    return made, {path: data for path, data in files.items() if not path.partition(".pf_")[1]}


def joined(groups: Iterable[tuple[Sequence[int], bytes]]) -> list[Chunk]:
    """One index of groups: for each the numbers of its texts in the whole, rising, and its packed words."""
    found: dict[str, tuple[list[list[Any]], dict[str, list[list[Any]]]]] = {}
    for numbers, words in groups:
        for word, pages, variants in cbor2.loads(words):
            own, forms = found.setdefault(word, ([], {}))
            own += _numbered(pages, numbers)
            for form, places in variants:
                forms.setdefault(form, []).extend(_numbered(places, numbers))
    chunks: list[list[list[Any]]] = [[]]
    size = 0
    for word in sorted(found):
        own, forms = found[word]
        if size >= _PLACES_IN_A_CHUNK:
            chunks.append([])
            size = 0
        size += sum(len(places) + len(others) + 1 for _, places, others in own)
        chunks[-1].append([word, _apart(own), [[form, _apart(pages)] for form, pages in sorted(forms.items())]])
    return [
        Chunk(first, last, cbor2.dumps([chunk])) for (first, last), chunk in zip(_bounds(chunks), chunks, strict=True)
    ]


def _numbered(pages: Iterable[list[Any]], numbers: Sequence[int]) -> Iterator[list[Any]]:
    """Pages, each told by its distance from the one before, with their numbers in the whole."""
    place = 0
    for distance, places, others in pages:
        place += distance
        yield [numbers[place], places, others]


def _apart(pages: list[list[Any]]) -> list[list[Any]]:
    """Pages in order, each told by its distance from the one before."""
    pages.sort(key=itemgetter(0))
    before = 0
    for page in pages:
        page[0], before = page[0] - before, page[0]
    return pages


def _bounds(chunks: Sequence[Sequence[list[Any]]]) -> list[list[str]]:
    """First and last word of each chunk, no longer than it takes to tell it from its neighbours."""
    bounds = [[chunk[0][0], chunk[-1][0]] if chunk else ["", ""] for chunk in chunks]
    for left, right in pairwise(bounds):
        alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left[1], right[0], strict=False))) + 1
        if left[1][:alike] >= left[0]:
            left[1] = left[1][:alike]
        right[0] = right[0][:alike]
    return bounds


def _messages(groups: Iterable[Iterable[Text]], language: str) -> Iterator[dict[str, Any]]:
    """Each text under its number as address: of two with one address Pagefind keeps the last."""
    for index, group in enumerate(groups):
        yield {"type": "NewIndex", "config": {}}
        for number, text in enumerate(group):
            meta = {"title": text.title, "words": text.words}
            yield {
                "type": "AddRecord",
                "index_id": index,
                "url": str(number),
                "content": text.content,
                "language": language,
                "meta": {name: words for name, words in meta.items() if words},
            }
        yield {"type": "GetFiles", "index_id": index}


def _pagefind(messages: Iterable[Mapping[str, Any]], wanted: int) -> Iterator[dict[str, bytes]]:
    """What Pagefind answers to each of the ``wanted`` requests for files. Raises BrokenMachine."""
    try:
        from pagefind_bin import get_executable

        program = subprocess.Popen(
            [os.fspath(get_executable()), "--service"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except (ImportError, OSError) as failure:
        message = f"The search index can't be made: Pagefind doesn't start ({failure}).\n{_ADVICE}"
        raise BrokenMachine(message) from failure
    feeder = threading.Thread(target=_feed, args=(program, messages), daemon=True)
    feeder.start()
    try:
        for answer in _answers(program):
            if answer["type"] == "Error":
                raise BrokenMachine(f"The search index can't be made: Pagefind says: {answer['message']}\n{_ADVICE}")
            if answer["type"] == "GetFiles":
                yield {file["path"]: base64.b64decode(file["content"]) for file in answer["files"]}
                wanted -= 1
                if not wanted:
                    return
        raise BrokenMachine(f"The search index can't be made: Pagefind came to a sudden end.\n{_ADVICE}")
    finally:
        program.kill()
        program.wait()
        feeder.join()
        for pipe in (program.stdin, program.stdout):
            if pipe:
                with contextlib.suppress(OSError):  # what was not written yet has nobody to read it
                    pipe.close()


def _feed(program: subprocess.Popen[bytes], messages: Iterable[Mapping[str, Any]]) -> None:
    """Send what Pagefind is asked, one after another: the order decides the bytes."""
    assert program.stdin is not None
    # It has ended when that fails; whoever reads its answers will say so.
    with contextlib.suppress(OSError, ValueError):
        for number, payload in enumerate(messages, 1):
            message = orjson.dumps({"message_id": number, "payload": payload})
            program.stdin.write(base64.b64encode(message) + b",")
        program.stdin.flush()


def _answers(program: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    assert program.stdout is not None
    rest: list[bytes] = []
    while piece := os.read(program.stdout.fileno(), 1 << 20):
        *whole, last = piece.split(b",")
        for part in whole:
            yield orjson.loads(base64.b64decode(b"".join(chain(rest, (part,)))))["payload"]
            rest = []
        rest.append(last)
