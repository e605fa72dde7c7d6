"""What the benchmark knows of any project: where it lies, how it is built, what a build leaves behind."""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path

from bench.corpus import Review

_TAG = re.compile(r"<[^>]*>")


class BuildFailed(Exception):
    """A build ended with an exit code other than 0; the message holds its last lines."""


class Project(ABC):
    """A project folder of one generator, with the corpus in that generator's own form."""

    name: str
    leftovers: tuple[str, ...]
    """Folders and files of a build, which a cold build must not find."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def write(self, reviews: Iterable[Review]) -> None:
        """Write the whole project."""

    @abstractmethod
    def write_review(self, review: Review) -> None:
        """Write one review's file, as an author who saves it."""

    @abstractmethod
    def command(self) -> list[str]:
        """The command of a build, run in ``folder``."""

    @abstractmethod
    def page_of(self, review: Review) -> Path:
        """The HTML file of a review."""

    def clean(self) -> None:
        """Delete all that a build left."""
        for name in self.leftovers:
            path = self.folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def check(self, review: Review) -> None:
        """See that the last build published this text of the review. Raises BuildFailed."""
        page = _plain(self.page_of(review).read_text(encoding="utf-8"))
        if any(_plain(text) not in page for text in (review.findings[0].statement, review.findings[-1].steps[-1][1])):
            raise BuildFailed(f"{self.name} did not publish the text of {review.slug}")


def _plain(text: str) -> str:
    """Text without its tags (a word of the glossary may have some) and the differences that a typographer makes."""
    return html.unescape(_TAG.sub("", text)).replace("\u2019", "'").casefold()


def run(command: list[str], folder: Path) -> None:
    """Run a command to its end, its words thrown away unless it fails. Raises BuildFailed."""
    # As for anyone who runs the program: Python may keep what it compiled.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    quiet = subprocess.DEVNULL
    done = subprocess.run(
        command, cwd=folder, env=environment, stdin=quiet, capture_output=True, text=True, check=False
    )
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise BuildFailed(f"{' '.join(command)} ended with {done.returncode}:\n{tail}")
