"""The folder of content as bytes: which files there are, and what is in them.

One of the modules that touch the disk. It judges names, sizes and links out of the tree, never what a file says, and it
looks at no modification time.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from sitegen.problems import Place, Problem, error

CONFIG_FILE = "site_config.yaml"
LARGEST_TEXT = 2_000_000
FILES_FOLDER = "content/files"
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif")
"""Endings of pictures made of dots."""
RECORD_FOLDERS = {
    "content/reviews": "review",
    "content/themes": "theme",
    "content/roles": "role",
    "content/pages": "page",
    "briefings": "briefing",
}
LIST_FILES = {"content/agencies.yaml", "content/glossary.yaml", "content/external.yaml", "content/ongoing.yaml"}

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_NAME = 200
"""Letters in a name; file systems stop at 255, and a PDF's name ends in its kind."""
_CHUNK = 1 << 20


class Attachment(NamedTuple):
    """A file in ``content/files``: its absolute ``location``, ``size`` in bytes and SHA-256 ``digest``."""

    location: str
    size: int
    digest: str


class Inputs(NamedTuple):
    """Everything that a build may read, by path relative to the root (templates: to their own folder)."""

    content: dict[str, bytes]
    attachments: dict[str, Attachment]
    templates: dict[str, bytes]
    digests: dict[str, str]
    """SHA-256 of each content file and attachment, and of each template as ``templates/<name>``."""
    problems: list[Problem]

    @property
    def digest(self) -> str:
        """One digest over every path and its bytes."""
        lines = "\n".join(f"{path}\0{digest}" for path, digest in sorted(self.digests.items()))
        return hashlib.sha256(lines.encode()).hexdigest()


def read_inputs(root: Path, templates: Path) -> Inputs:
    """Read the folder ``root`` and its ``templates``. Raises OSError when a folder can't be read at all."""
    reader = _Reader(root)
    if os.path.lexists(root / CONFIG_FILE):
        reader.text(CONFIG_FILE)
    for folder in ("briefings", "content"):
        for path in reader.walk(folder):
            if path.startswith(f"{FILES_FOLDER}/"):
                reader.attachment(path)
            elif reader.expected(path):
                reader.text(path)
    reader.template_folder(templates)
    return Inputs(reader.content, reader.attachments, reader.templates, reader.digests, reader.problems)


def template_folder(root: Path) -> Path:
    """The root's own ``templates/``, or the project's when it has none."""
    own = root / "templates"
    return own if own.is_dir() else Path(__file__).resolve().parent.parent / "templates"


@cache
def slug_of(path: str) -> str:
    """The slug that a record's path gives: its stem; for a page the path below its folder."""
    folder = next(folder for folder in RECORD_FOLDERS if path.startswith(f"{folder}/"))
    return path[len(folder) + 1 :].rsplit(".", 1)[0]


@cache
def kind_of(path: str) -> str | None:
    """The kind of record that a path holds, if any."""
    return next((kind for folder, kind in RECORD_FOLDERS.items() if path.startswith(f"{folder}/")), None)


class _Reader:
    def __init__(self, root: Path) -> None:
        self.root = os.path.realpath(root)
        self.content: dict[str, bytes] = {}
        self.attachments: dict[str, Attachment] = {}
        self.templates: dict[str, bytes] = {}
        self.digests: dict[str, str] = {}
        self.problems: list[Problem] = []

    def walk(self, folder: str) -> Iterator[str]:
        """Paths of the files below ``folder``, in order of their names. Links to folders are not followed."""
        full = os.path.join(self.root, folder)
        if os.path.islink(full):
            self._bad(folder, "security/link", "This folder is a link to another place.", "Put a real folder here.")
            return
        if not os.path.isdir(full):
            if os.path.lexists(full):
                self._bad(folder, "content/unexpected-file", "A folder belongs here, and this is a file.", "Rename it.")
            return
        with os.scandir(full) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            path = f"{folder}/{entry.name}"
            if _is_clutter(entry.name):
                continue
            if not _is_text(entry.name):
                readable = os.fsencode(path).decode("utf-8", "replace")
                message = "The name of this file is not UTF-8 text, so it can't be part of an address."
                self._bad(readable, "content/file-name", message, "Rename it.")
                continue
            if entry.is_symlink() and not self._stays_inside(path, entry):
                continue
            if entry.is_dir(follow_symlinks=False):
                if entry.name.endswith((".md", ".yaml")) and not path.startswith(f"{FILES_FOLDER}/"):
                    message = "This is a folder with the name of a file."
                    self._bad(path, "content/unexpected-file", message, "Rename the folder, or delete it.")
                    continue
                yield from self.walk(path)
            elif entry.is_file():
                yield path
            else:
                self._bad(path, "content/unexpected-file", "This is not an ordinary file.", "Delete it.")

    def _stays_inside(self, path: str, entry: os.DirEntry[str]) -> bool:
        target = os.path.realpath(entry.path)
        if os.path.isfile(target) and target.startswith(self.root + os.sep):
            return True
        message = "This is a link to a place outside the project, or to a folder; it is not followed."
        self._bad(path, "security/link", message, "Copy the file itself to this place.")
        return False

    def expected(self, path: str) -> bool:
        """Whether a file has a place in the content model; if not, a Problem says so."""
        if path in LIST_FILES or path.rsplit("/", 1)[-1].upper().startswith("README"):
            return path in LIST_FILES
        kind = kind_of(path)
        _, dot, ending = path.rpartition(".")
        if kind is None or not dot or ending not in ("md", "yaml"):
            if kind and ending in ("yml", "markdown"):
                hint = f"Rename it to end in {'.yaml' if ending == 'yml' else '.md'}."
            elif kind:
                hint = "A record ends in .md or .yaml. A file to download goes into content/files."
            else:
                hint = f"The folders are {', '.join(RECORD_FOLDERS)} and {FILES_FOLDER}."
            self._bad(
                path, "content/unexpected-file", "This file has no place in the content, so it is not used.", hint
            )
            return False
        parts = slug_of(path).split("/")
        if len(parts) > 1 and kind != "page":
            message = "Only pages can lie in folders of their own."
            self._bad(path, "content/unexpected-file", message, "Move the file up by one folder.")
            return False
        if not all(_SLUG.fullmatch(part) for part in parts):
            made = "/".join("-".join(re.findall(r"[a-z0-9]+", part.casefold())) or "name" for part in parts)
            message = "The file's name becomes its address; it can have only small letters, digits and hyphens."
            self._bad(path, "content/file-name", message, f"Rename it to {made}.{ending}.")
            return False
        if any(len(part) > _LONGEST_NAME for part in parts) or len(path) > 5 * _LONGEST_NAME:
            message = "The file's name becomes its address, and this one is too long."
            self._bad(path, "content/file-name", message, f"Give it a name of at most {_LONGEST_NAME} letters.")
            return False
        return True

    def text(self, path: str) -> None:
        full = os.path.join(self.root, path)
        try:
            if not self._stays_inside_root(path, full):
                return
            status = os.stat(full)
            if not stat.S_ISREG(status.st_mode):
                self._bad(path, "content/unexpected-file", "This is not an ordinary file.", "Put a text file here.")
                return
            if status.st_size > LARGEST_TEXT:
                most = LARGEST_TEXT // 10**6
                message = f"This file has {status.st_size / 1e6:.0f} MB; a text of more than {most} MB is a mistake."
                self._bad(path, "content/too-large", message, "Put a document to download into content/files.")
                return
            with open(full, "rb") as file:
                data = file.read(LARGEST_TEXT + 1)
        except OSError as failure:
            self._unreadable(path, failure)
            return
        self.content[path] = data
        self.digests[path] = hashlib.sha256(data).hexdigest()

    def _stays_inside_root(self, path: str, full: str) -> bool:
        if not os.path.islink(full) or os.path.realpath(full).startswith(self.root + os.sep):
            return True
        message = "This is a link to a place outside the project; it is not followed."
        self._bad(path, "security/link", message, "Copy the file itself to this place.")
        return False

    def attachment(self, path: str) -> None:
        full = os.path.join(self.root, path)
        digest, size = hashlib.sha256(), 0
        try:
            with open(full, "rb") as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
        except OSError as failure:
            self._unreadable(path, failure)
            return
        self.attachments[path] = Attachment(full, size, digest.hexdigest())
        self.digests[path] = digest.hexdigest()

    def template_folder(self, folder: Path) -> None:
        base = os.fspath(folder)
        for parent, folders, names in os.walk(base):
            folders[:] = sorted(name for name in folders if not _is_clutter(name))
            for name in sorted(names):
                full = os.path.join(parent, name)
                if _is_clutter(name) or not _is_text(name) or not os.path.isfile(full):
                    continue
                path = os.path.relpath(full, base).replace(os.sep, "/")
                try:
                    with open(full, "rb") as file:
                        data = file.read()
                except OSError as failure:
                    self._unreadable(f"templates/{path}", failure)
                    continue
                self.templates[path] = data
                self.digests[f"templates/{path}"] = hashlib.sha256(data).hexdigest()

    def _unreadable(self, path: str, failure: OSError) -> None:
        reason = (failure.strerror or str(failure)).lower()
        message = f"This file can't be read: {reason}."
        self._bad(path, "content/unreadable", message, "Check that the file is there and that you may read it.")

    def _bad(self, path: str, code: str, message: str, hint: str) -> None:
        self.problems.append(error(code, Place(path), message, hint))


def _is_text(name: str) -> bool:
    """Whether a name is text in the system's encoding; Python hides its bytes in surrogates when it isn't."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_clutter(name: str) -> bool:
    """Files that editors and systems leave behind."""
    return name.startswith((".", "~$", "#")) or name.endswith(("~", ".swp", ".tmp", ".orig")) or name == "Thumbs.db"
