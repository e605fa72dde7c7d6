"""Terms of the glossary are explained where a page first uses them.

Works on the HTML of a whole page, so that "first" means first for the reader and templates need not care. A pure
function. Text in headings, links and controls is left alone: a control inside a control can't be used.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

_LEFT_ALONE = re.compile(
    r"<(a|button|caption|code|dt|h[1-6]|label|nav|option|pre|script|select|summary|svg|textarea|th)\b.*?</\1>|<[^>]*>",
    re.DOTALL,
)
"""Elements in which no term is marked, and tags."""


class _Word(NamedTuple):
    """One way of writing a term: its ``text`` without the first letter, and what finds it."""

    text: str
    pattern: re.Pattern[str]


class Used(NamedTuple):
    """A term that a page uses: the ``word`` that stands there, and the ``term`` as the glossary has it."""

    start: int
    end: int
    word: str
    term: Mapping[str, Any]


class Explainer:
    """Knows one glossary: views with ``id``, ``term`` and ``aliases``."""

    def __init__(self, terms: Sequence[Mapping[str, Any]]) -> None:
        words = [(_word(name), term) for term in terms for name in (term["term"], *term["aliases"])]
        # Where one term is part of another, the longer one is meant.
        self._words = sorted(words, key=lambda pair: -len(pair[0].text))

    def used(self, page: str) -> list[Used]:
        """The terms that ``<main>`` uses, each at its first use, in order."""
        start, end = page.find("<main"), page.rfind("</main>")
        if start < 0 or end < 0:
            return []
        main = page[start:end]
        # Most terms aren't there at all, which a plain search finds out many times faster than a pattern.
        there = [(word, term) for word, term in self._words if word.text in main]
        if not there:
            return []
        text = _LEFT_ALONE.sub(_blank, main)
        first: dict[str, Used] = {}
        for word, term in there:
            match = word.pattern.search(text)
            if match is None:
                continue
            known = first.get(term["id"])
            if known is None or start + match.start() < known.start:
                first[term["id"]] = Used(start + match.start(), start + match.end(), match[0], term)
            text = word.pattern.sub(_blank, text)
        return sorted(first.values(), key=lambda used: used.start)


def _blank(match: re.Match[str]) -> str:
    """As many characters that belong to no word, so that places stay the same."""
    return "\0" * (match.end() - match.start())


def _word(name: str) -> _Word:
    """A capital at the beginning is a matter of where a word stands; all other letters are as in the glossary."""
    text = html.escape(name.strip(), quote=False)
    first, rest = text[:1], text[1:]
    either = f"[{re.escape(first.lower())}{re.escape(first.upper())}]" if len(first.upper()) == 1 else re.escape(first)
    return _Word(rest, re.compile(rf"(?<![\w-]){either}{re.escape(rest)}(?![\w-])"))
