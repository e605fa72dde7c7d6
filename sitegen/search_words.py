"""Words of many texts, as Pagefind packs them for its search.

Pagefind splits text into words, reduces them to their stems and notes where they stand. Fed plain text in one order and
nothing else, it gives the same bytes each time.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import os
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import cbor2
import orjson

from sitegen.machine import BrokenMachine

MAGIC = b"pagefind_dcd"
"""Begins each packed file."""
FIELDS = ["title", "words"]
"""What else than its content a text is found by, in the order of their numbers in the index."""

_ADVICE = "Install it again with: python -m pip install --force-reinstall pagefind-bin"


class Text(NamedTuple):
    """A text to be found, as single words with a space between: its content, its title, and words not shown."""

    content: str
    title: str
    words: str


class Words(NamedTuple):
    """What Pagefind made of texts.

    ``chunks`` are ``[first word, last word, name]`` of the files in ``index/``; ``files`` has all files by path, as
    they are published; ``entry`` is the value of ``pagefind-entry.json``, with ``language`` as its only language.
    """

    version: str
    chunks: list[list[str]]
    files: dict[str, bytes]
    entry: dict[str, Any]
    language: str


def packed(data: bytes) -> bytes:
    """A file as Pagefind's script unpacks it."""
    return gzip.compress(MAGIC + data, compresslevel=3, mtime=0)


def unpacked(data: bytes) -> bytes:
    """The inverse of :func:`packed`."""
    return gzip.decompress(data)[len(MAGIC) :]


def index_words(texts: Sequence[Text], language: str) -> Words:
    """The words of texts, each of which goes by its number. Raises BrokenMachine."""
    files = _pagefind(_messages(texts, language))
    entry = orjson.loads(files["pagefind-entry.json"])
    ((name, index),) = entry["languages"].items()
    version, pages, chunks, _, _, fields = cbor2.loads(unpacked(files[f"pagefind.{index['hash']}.pf_meta"]))
    lengths = [length for _, length in pages]
    if lengths != [len(text.content.split(" ")) for text in texts] or fields != FIELDS[: len(fields)]:
        raise BrokenMachine(f"The search index came out wrong: Pagefind {version} isn't ours.\n{_ADVICE}")
    return Words(version, chunks, files, entry, name)


def _messages(texts: Iterable[Text], language: str) -> Iterator[dict[str, Any]]:
    """Each text under its number as address: of two with one address Pagefind keeps the last."""
    yield {"type": "NewIndex", "config": {}}
    for number, text in enumerate(texts):
        meta = {"title": text.title, "words": text.words}
        yield {
            "type": "AddRecord",
            "index_id": 0,
            "url": str(number),
            "content": text.content,
            "language": language,
            "meta": {name: words for name, words in meta.items() if words},
        }
    yield {"type": "GetFiles", "index_id": 0}


def _pagefind(messages: Iterable[Mapping[str, Any]]) -> dict[str, bytes]:
    """The files that Pagefind answers with. Raises BrokenMachine."""
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
                return {file["path"]: base64.b64decode(file["content"]) for file in answer["files"]}
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
