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
from functools import cache
from itertools import chain, pairwise, takewhile
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
        words = (word for data in chunks for word in cbor2.loads(unpacked(data))[0])
        kept = [[word, _kept(pages), [[form, _kept(more)] for form, more in forms]] for word, pages, forms in words]
        made.append(orjson.dumps(kept))
    return made, {path: data for path, data in files.items() if not path.partition(".pf_")[1]}


def _kept(pages: Iterable[list[Any]]) -> list[list[Any]]:
    """For each page its distance from the one before, how many places it tells, and these in their packed form.

    Bytes are kept as letters, so that joining has no more to do for each of a hundred thousand pages than to put them
    together.
    """
    return [[distance, len(places) + len(others), _list(places) + _list(others)] for distance, places, others in pages]


def joined(groups: Iterable[tuple[Sequence[int], bytes]]) -> list[Chunk]:
    """One index of groups: for each the numbers of its texts in the whole, rising, and its packed words."""
    found: dict[str, tuple[list[tuple[int, int, str]], dict[str, list[tuple[int, int, str]]]]] = {}
    for numbers, words in groups:
        for word, pages, variants in orjson.loads(words):
            own, forms = found.setdefault(word, ([], {}))
            _number(pages, numbers, own)
            for form, more in variants:
                _number(more, numbers, forms.setdefault(form, []))
    chunks: list[list[str]] = [[]]
    names: list[list[str]] = [[]]
    size = 0
    for word in sorted(found):
        own, forms = found[word]
        if size >= _PLACES_IN_A_CHUNK:
            chunks.append([])
            names.append([])
            size = 0
        size += sum(places + 1 for _, places, _ in own)
        more = "".join(f"\x82{_text(form)}{_pages(pages)}" for form, pages in sorted(forms.items()))
        chunks[-1].append(f"\x83{_text(word)}{_pages(own)}{_head(_LIST, len(forms))}{more}")
        names[-1].append(word)
    data = (f"\x81{_head(_LIST, len(chunk))}{''.join(chunk)}".encode("latin-1") for chunk in chunks)
    return [Chunk(first, last, packing) for (first, last), packing in zip(_bounds(names), data, strict=True)]


def _number(pages: Iterable[list[Any]], numbers: Sequence[int], whole: list[tuple[int, int, str]]) -> None:
    """Add pages, each told by its distance from the one before, to the ``whole`` under their numbers there."""
    place = 0
    for distance, places, packing in pages:
        place += distance
        whole.append((numbers[place], places, packing))


_NUMBER, _BELOW_ZERO, _TEXT, _LIST = 0x00, 0x20, 0x60, 0x80
"""What a head of CBOR begins."""


@cache
def _head(kind: int, number: int) -> str:
    """The head of a number, a text or a list in CBOR, its bytes as letters."""
    if number < 24:
        return chr(kind + number)
    length = 1 if number < 1 << 8 else 2 if number < 1 << 16 else 4
    return chr(kind + {1: 24, 2: 25, 4: 26}[length]) + number.to_bytes(length, "big").decode("latin-1")


class _Numbers(dict[int, str]):
    """Whole numbers in CBOR; a place in a text is looked up far more often than it is new."""

    def __missing__(self, number: int) -> str:
        made = self[number] = _head(_NUMBER, number) if number >= 0 else _head(_BELOW_ZERO, -1 - number)
        return made


_number_of = _Numbers().__getitem__


def _list(numbers: list[int]) -> str:
    return _head(_LIST, len(numbers)) + "".join(map(_number_of, numbers))


def _text(text: str) -> str:
    data = text.encode()
    return _head(_TEXT, len(data)) + data.decode("latin-1")


def _pages(pages: list[tuple[int, int, str]]) -> str:
    """Pages in order, each told by its distance from the one before."""
    pages.sort()
    before = 0
    made = [_head(_LIST, len(pages))]
    for number, _, packing in pages:
        made.append(f"\x83{_head(_NUMBER, number - before)}{packing}")
        before = number
    return "".join(made)


def _bounds(chunks: Sequence[Sequence[str]]) -> list[list[str]]:
    """First and last word of each chunk, no longer than it takes to tell it from its neighbours."""
    bounds = [[chunk[0], chunk[-1]] if chunk else ["", ""] for chunk in chunks]
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
