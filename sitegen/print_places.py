"""Where in the content the words of a remark about a PDF stand.

Places are worked out at each build, and only when there is a remark: moving text in a file makes no PDF anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from sitegen.config import CONFIG_FILE
from sitegen.connect import Site
from sitegen.parse import decode, place_at
from sitegen.print_remarks import Remark
from sitegen.problems import Place, Problem
from sitegen.sources import LIST_FILES

_BETWEEN = r"[\s|*_`>:-]+"
"""What may stand between two words in a file and not in the PDF: marks of Markdown, the end of a line."""


class Places:
    """Finds words in the files of a site: its ``content`` by path, and the ``templates`` by name."""

    def __init__(self, site: Site, content: Mapping[str, bytes], templates: Mapping[str, bytes]) -> None:
        self._site = site
        self._content = content
        self._templates = templates
        self._text = lru_cache(maxsize=None)(self._read)

    def problem(self, remark: Remark, sources: Sequence[str]) -> Problem:
        """The remark as a Problem where its words first stand, in the ``sources`` of the document if they do."""
        place = Place(remark.path, remark.line, min(remark.line, 1)) if remark.path else None
        if place is None and remark.words:
            place = self._find(remark.words, sources) or self._find(remark.words, tuple(self._others()))
        place = place or Place(sources[0])
        return Problem(remark.code, remark.severity, *place, remark.message, remark.hint)

    def _find(self, words: Sequence[str], paths: Sequence[str]) -> Place | None:
        for needle in words:
            if not needle.strip():
                continue
            pattern = re.compile(_BETWEEN.join(map(re.escape, needle.split())))
            for path in paths:
                text = self._text(path)
                found = pattern.search(text) if text else None
                if found:
                    return place_at(path, text, found.start())
        return None

    def _read(self, path: str) -> str:
        data = self._content.get(path)
        if data is None:
            data = self._templates.get(path.removeprefix("templates/"), b"")
        return decode(path, data)[0] or ""

    def _others(self) -> Iterator[str]:
        """Every other file that a document may show something of."""
        yield CONFIG_FILE
        library = self._site.library
        for (kind, slug), state in sorted(self._site.states.items()):
            if state == "published":
                yield library.entries[kind][slug].path
        yield from sorted(LIST_FILES)
        yield from sorted(f"templates/{name}" for name in self._templates if name.startswith("print/"))
