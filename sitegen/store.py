"""The store: rendered bytes filed by key, so that nothing is made twice.

Deleting it is always safe. An entry carries the digest of its bytes, and one whose digest doesn't fit is a miss, so a
damaged, truncated or tampered file is made again. To spare the reading of thousands of files at each build, the store
remembers how each file looked when it was last known to be whole (size, inode, and the times that the file system
keeps); only where that look is the same is the digest taken on trust. What *content* changed is never decided by times.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from sitegen.machine import BrokenMachine
from sitegen.problems import Problem

GENERATIONS_KEPT = 10
_INDEX = "index.json"

Look = list[int]
"""``[size, modified ns, changed ns, inode]`` of a file."""


class Stored(NamedTuple):
    """An output as the store holds it.

    Its ``payload``, ``facts`` about it (the pages of a PDF), and the ``problems`` that making it showed.
    """

    payload: bytes
    facts: dict[str, Any]
    problems: list[Problem]


def look_of(path: str) -> Look | None:
    """How a file looks from outside; None when it isn't a plain file."""
    try:
        status = os.stat(path, follow_symlinks=False)
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees all of it or the one before. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with open(handle, "wb") as file:
            file.write(data)
        _put_in_place(temporary, os.fspath(path))
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _put_in_place(temporary: str, path: str) -> None:
    """Rename over whatever is there, be it a folder."""
    try:
        os.replace(temporary, path)
    except (IsADirectoryError, PermissionError):  # Windows says the second for a folder
        if not os.path.isdir(path):
            raise
        shutil.rmtree(path)
        os.replace(temporary, path)


def write_note(path: Path, value: Any) -> None:
    """Write a note of ours: a digest, then JSON. Raises OSError."""
    data = orjson.dumps(value)
    write_whole(path, hashlib.sha256(data).hexdigest().encode() + b"\n" + data)


def read_note(path: Path) -> dict[str, Any]:
    """The value of a note; empty when it is missing or damaged."""
    try:
        digest, data = path.read_bytes().split(b"\n", 1)
        if hashlib.sha256(data).hexdigest().encode() != digest:
            return {}
        value = orjson.loads(data)
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def lost_entry(what: str) -> BrokenMachine:
    """The store no longer has what a build has just found or made in it."""
    return BrokenMachine(
        f"A file in the cache disappeared or was damaged while it was needed ({what}).\n"
        "Nothing was published; the site stays as it was. Build again, and let nothing clear .cache meanwhile."
    )


class Store:
    """Entries below ``folder``, one file each: a digest, a line of JSON, the payload."""

    def __init__(self, folder: Path, generation: int) -> None:
        """``generation`` counts the builds so far; what is filed now counts as used by the last of them."""
        self.folder = folder
        self._generation = generation
        self._base = os.fspath(folder)
        self._index: dict[str, dict[str, Any]] = read_note(folder / _INDEX)
        """For each key: ``look``, ``used`` (the last build that needed it), ``bytes``, ``facts``, ``problems``."""
        self._members: dict[str, tuple[str, int, int]] = {}
        """Keys of files that lie in an entry together, with the entry and their place in it."""
        self._opened: tuple[str, bytes | None] = ("", None)

    def _path(self, key: str) -> str:
        return f"{self._base}/{key[:2]}/{key[2:]}"

    def holds(self, key: str) -> bool:
        """Whether the entry is there and whole."""
        known, look = self._index.get(key), look_of(self._path(key))
        if known and look is not None and known["look"] == look:
            return True
        return self.get(key) is not None

    def get(self, key: str) -> Stored | None:
        """The entry, or None when it is missing or damaged."""
        stored = read(self._base, key)
        if stored is None:
            self._index.pop(key, None)
        else:
            self._remember(key, stored)
        return stored

    def put(self, key: str, stored: Stored) -> None:
        """File an entry. Raises OSError (a full disk, a read-only folder)."""
        put(self._base, key, stored)
        self._remember(key, stored)

    def added(self, key: str, size: int, facts: dict[str, Any], problems: list[Problem]) -> None:
        """Take note of an entry that another process has put."""
        self._note(key, size, facts, problems)

    def _remember(self, key: str, stored: Stored) -> None:
        self._note(key, len(stored.payload), stored.facts, stored.problems)

    def _note(self, key: str, size: int, facts: dict[str, Any], problems: list[Problem]) -> None:
        old = self._index.get(key) or {}
        self._index[key] = {
            "look": look_of(self._path(key)),
            "used": old.get("used", self._generation),
            "bytes": size,
            "facts": facts,
            "problems": [list(problem) for problem in problems],
        }

    def unpack(self, key: str) -> dict[str, tuple[str, str]]:
        """The files that lie together in an entry that :meth:`holds`: by name, a key of its own and its source.

        ``size`` and ``payload`` answer to these keys from now on. A file's key is the digest of its bytes, so a file
        that came out alike has the key that it had before.
        """
        members = self._index[key]["facts"]["members"]
        self._members.update((digest, (key, start, end)) for digest, start, end, _ in members.values())
        return {file: (digest, source) for file, (digest, _, _, source) in members.items()}

    def place(self, key: str) -> tuple[str, int, int] | None:
        """Where a file that was unpacked lies: the entry, its start and its end. None for an entry itself."""
        return self._members.get(key)

    def member_keys(self) -> set[str]:
        """The keys of all files that lie together in entries, of this build and the last ones."""
        groups = (entry["facts"]["members"] for entry in self._index.values() if "members" in entry["facts"])
        return {member[0] for members in groups for member in members.values()}

    def payload(self, key: str) -> bytes | None:
        """The bytes of an entry, or of a file that was unpacked from one; None when they are missing or damaged."""
        if key not in self._members:
            stored = self.get(key)
            return stored.payload if stored else None
        entry, start, end = self._members[key]
        if self._opened[0] != entry:
            whole = self.get(entry)
            self._opened = (entry, whole.payload if whole else None)
        data = self._opened[1]
        return None if data is None else data[start:end]

    def size(self, key: str) -> int:
        """Bytes of the payload of an entry that :meth:`holds`, or of a file that was unpacked."""
        if key in self._members:
            _, start, end = self._members[key]
            return end - start
        return int(self._index[key]["bytes"])

    def facts(self, key: str) -> dict[str, Any]:
        """Facts of an entry that :meth:`holds`; a file that was unpacked has none."""
        return {} if key in self._members else dict(self._index[key]["facts"])

    def problems(self, key: str) -> list[Problem]:
        """Problems of an entry that :meth:`holds`."""
        return [Problem(*problem) for problem in self._index[key]["problems"]]

    def close(self, used: Iterable[str], generation: int) -> None:
        """Keep what the last builds used, drop the rest, and save the index. Raises OSError."""
        for key in used:
            if key in self._index:
                self._index[key]["used"] = generation
        for key in [k for k, entry in self._index.items() if entry.get("used", 0) <= generation - GENERATIONS_KEPT]:
            del self._index[key]
            with contextlib.suppress(OSError):
                os.unlink(self._path(key))
        if generation % GENERATIONS_KEPT == 0:
            self._sweep()
        write_note(self.folder / _INDEX, self._index)

    def _sweep(self) -> None:
        """Remove files that the index doesn't know: what builds left that were cut off."""
        for parent, _, names in os.walk(self._base):
            for name in names:
                if parent != self._base and os.path.basename(parent) + name not in self._index:
                    with contextlib.suppress(OSError):
                        os.unlink(os.path.join(parent, name))


def read(base: str, key: str) -> Stored | None:
    """An entry below ``base``; None when it is missing or damaged. For processes that render."""
    try:
        with open(f"{base}/{key[:2]}/{key[2:]}", "rb") as file:
            data = file.read()
        first = data.index(b"\n")
        second = data.index(b"\n", first + 1)
        if hashlib.sha256(memoryview(data)[first + 1 :]).hexdigest().encode() != data[:first]:
            raise ValueError("damaged")
        fields = orjson.loads(data[first + 1 : second])
        return Stored(data[second + 1 :], fields["facts"], [Problem(*p) for p in fields["problems"]])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def put(base: str, key: str, stored: Stored) -> None:
    """File an entry below ``base``; for processes that render. Raises OSError."""
    meta = orjson.dumps({"facts": stored.facts, "problems": [list(problem) for problem in stored.problems]})
    digest = hashlib.sha256(meta + b"\n")
    digest.update(stored.payload)
    folder = f"{base}/{key[:2]}"
    temporary = f"{folder}/.new-{os.getpid()}-{key[2:18]}"
    os.makedirs(folder, exist_ok=True)
    try:
        with open(temporary, "wb") as file:
            file.write(digest.hexdigest().encode() + b"\n" + meta + b"\n")
            file.write(stored.payload)
        _put_in_place(temporary, f"{folder}/{key[2:]}")
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
