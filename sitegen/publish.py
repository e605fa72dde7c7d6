"""Publish: the output folder becomes exactly the outputs of one good build, at once.

A whole tree is staged beside the output folder, then the two are exchanged in one step, so that whoever looks, and
whatever is killed or full at any instant, finds the old site or the new one. The tree that was exchanged out is kept
and becomes the next stage: only files that differ are written again. A note beside it (file, key, and how each file
looked when it was written) says what is in it; a file that looks otherwise is written anew, so a note that is lost,
stale or wrong costs time and nothing else.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sitegen.machine import BrokenMachine
from sitegen.store import Look, lost_entry, read_note, write_note

Note = dict[str, list[Any]]
"""For each file of a tree, its key and its look."""

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_SIGNS_OF_OURS = ("sitemap.xml", "data/reviews.json")


class OutputFolder:
    """The output folder and the work folder beside it, on the same file system."""

    def __init__(self, path: Path) -> None:
        self.path = Path(os.path.realpath(path))
        self.work = self.path.with_name(f".{self.path.name}.publish")
        self.stage = self.work / "tree"
        self._stage_note = self.work / "tree.json"
        self._live_note = self.work / "live.json"
        self._aside = self.work / "old"
        self._early: Note = {}

    def recover(self) -> None:
        """Finish what an interrupted exchange by two renames left. Raises OSError."""
        if not os.path.lexists(self.path) and self._aside.is_dir():
            os.rename(self._aside, self.path)
        elif self._aside.exists():
            shutil.rmtree(self._aside)

    def refuse_foreign(self) -> None:
        """Raise BrokenMachine when the folder holds something that we did not put there."""
        if not os.path.lexists(self.path):
            return
        if not self.path.is_dir():
            raise BrokenMachine(f"'{self.path}' is a file; the output needs a folder. Name another with --output.")
        empty = not os.listdir(self.path)
        if not empty and not self._live_note.exists() and not all((self.path / s).exists() for s in _SIGNS_OF_OURS):
            raise BrokenMachine(
                f"The folder '{self.path}' holds files that are not a site built by this program, and publishing\n"
                "would replace them. Empty it, or name another folder with --output."
            )

    def is_exactly(self, wanted: Mapping[str, str]) -> bool:
        """Whether the output folder is whole and holds just these files (file → key)."""
        return self._whole(self.path, self._live_note, wanted)

    def _whole(self, tree: Path, note_file: Path, wanted: Mapping[str, str]) -> bool:
        note = read_note(note_file)
        if len(note) != len(wanted):
            return False
        count = 0
        try:
            files = _walk(os.fspath(tree))[0]
        except OSError:  # what can't be looked at can't be vouched for
            return False
        for file, look in files:
            known = note.get(file)
            if known is None or known[1] != look or wanted.get(file) != known[0]:
                return False
            count += 1
        return count == len(wanted)

    def prepare(self) -> None:
        """Take links out of the stage before others write there: what they lead to isn't ours. Raises BrokenMachine."""
        if self.stage.is_symlink():
            self.stage.unlink()
        waiting = [os.fspath(self.stage)] if self.stage.exists() else []
        while waiting:
            folder = waiting.pop()
            with _staging(folder), os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_symlink():
                        os.unlink(entry.path)
                    elif entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)

    def publish(self, wanted: Mapping[str, str], payload: Callable[[str], bytes | None]) -> None:
        """Stage the files (file → key), then exchange. ``payload(key)`` gives their bytes, None when they are lost.

        Raises OSError and BrokenMachine; then the output folder is as it was.
        """
        self.recover()
        self.refuse_foreign()
        note = self._staged(wanted, payload)
        next_note = self.work / "next.json"
        write_note(next_note, note)
        self._exchange()
        # Killed between here and the end, the notes describe the wrong trees; no look fits, and all is staged anew.
        with contextlib.suppress(OSError):  # nor does it matter when they can't be put in place: the site is published
            if self._live_note.exists():
                os.replace(self._live_note, self._stage_note)
            os.replace(next_note, self._live_note)

    def _staged(self, wanted: Mapping[str, str], payload: Callable[[str], bytes | None]) -> Note:
        base = os.fspath(self.stage)
        old = {**read_note(self._stage_note), **self._early}
        note: Note = {}
        with _staging(base):
            self.stage.mkdir(parents=True, exist_ok=True)
            files, folders = _walk(base)
        for file, look in files:
            known = old.get(file)
            if known is not None and known[1] == look and wanted.get(file) == known[0]:
                note[file] = known
            elif file not in wanted:
                with _staging(f"{base}/{file}"):
                    os.unlink(f"{base}/{file}")
        _remove_strays(base, folders, wanted)
        live = read_note(self._live_note)
        for file, key in wanted.items():
            if file not in note:
                data = payload(key)
                if data is None:
                    raise lost_entry(file)
                with _staging(f"{base}/{file}"):
                    staged = stage_file(base, file, data)
                    known = live.get(file)
                    if (
                        known and known[0] == key and known[1]
                    ):  # web servers tell browsers by the time that it is the same
                        staged = _with_time(f"{base}/{file}", known[1][1])
                note[file] = [key, staged]
        return note

    def staged_early(self, file: str, key: str, look: Look) -> None:
        """Take note of a file that was staged while others are in work. ``publish`` decides what becomes of it."""
        self._early[file] = [key, look]

    def _exchange(self) -> None:
        if not os.path.lexists(self.path):
            os.rename(self.stage, self.path)
        elif not _rename_exchange(self.stage, self.path):
            os.rename(self.path, self._aside)
            try:
                os.rename(self.stage, self.path)
            except OSError:
                os.rename(self._aside, self.path)
                raise
            with contextlib.suppress(OSError):  # the site is published; the next start clears what is left aside
                os.rename(self._aside, self.stage)


def stage_early(stage: str, file: str, payload: bytes) -> Look | None:
    """Write a file of the staged tree while others are in work; how it looks then. Raises OSError.

    None where something else is in its place, such as a folder: publishing clears that away and writes the file.
    """
    try:
        return stage_file(stage, file, payload)
    except (FileExistsError, NotADirectoryError, IsADirectoryError, PermissionError):
        return None


def stage_file(stage: str, file: str, payload: bytes) -> Look:
    """Write a file of the staged tree; how it looks then. Raises OSError."""
    full = f"{stage}/{file}"
    try:
        os.unlink(full)  # never write through a link
    except FileNotFoundError:
        os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "xb") as target:
        target.write(payload)
    return _look(full)


def _look(file: str) -> Look:
    status = os.stat(file, follow_symlinks=False)
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


@contextlib.contextmanager
def _staging(path: str) -> Iterator[None]:
    """Say what can't be written or taken away, and what to do. Raises BrokenMachine; OSError on a full disk."""
    try:
        yield
    except OSError as failure:
        if failure.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        inner = failure.filename if isinstance(failure.filename, str) and failure.filename != path else ""
        at = f" ({inner})" if inner and not path.startswith(inner) else ""
        raise BrokenMachine(
            f"What is at '{path}' can't be replaced: {failure.strerror or failure}{at}.\n"
            "Find out who may write it, or delete the folder that ends in '.publish'; it is made again.\n"
            "Nothing was published; the site stays as it was."
        ) from failure


def _with_time(file: str, modified: int) -> Look:
    """Give a file the time of another (in ns); how it looks then."""
    os.utime(file, ns=(modified, modified))
    return _look(file)


def _walk(base: str) -> tuple[list[tuple[str, Look]], list[str]]:
    """Below a folder: (file, look) of every entry that isn't a folder, and all folders, outer before inner.

    Raises OSError: a folder that can't be looked into may hold anything.
    """
    files: list[tuple[str, Look]] = []
    folders: list[str] = []
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        with os.scandir(f"{base}/{prefix}") as entries:
            for entry in entries:
                name = prefix + entry.name
                if entry.is_dir(follow_symlinks=False):
                    folders.append(name)
                    waiting.append(f"{name}/")
                else:
                    status = entry.stat(follow_symlinks=False)
                    files.append((name, [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]))
    return files, folders


def _remove_strays(base: str, folders: Iterable[str], wanted: Mapping[str, str]) -> None:
    """Remove folders in which no wanted file lies, and those that stand where a file belongs. Raises OSError."""
    kept = {""}
    for file in wanted:
        folder = os.path.dirname(file)
        while folder not in kept:
            kept.add(folder)
            folder = os.path.dirname(folder)
    for folder in folders:
        if folder not in kept and os.path.isdir(f"{base}/{folder}"):  # unless it went with the one around it
            with _staging(f"{base}/{folder}"):
                shutil.rmtree(f"{base}/{folder}")


def _rename_exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step; False where the system can't."""
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    done = rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    return bool(done == 0)
