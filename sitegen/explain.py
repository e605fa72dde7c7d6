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
    """Knows one glossary: views with ``term`` and ``aliases``."""

    def __init__(self, terms: Sequence[Mapping[str, Any]]) -> None:
        self._terms = [(term, [_word(name) for name in (term["term"], *term["aliases"])]) for term in terms]
        # Where one term is part of another, the longer one is meant.
        self._terms.sort(key=lambda pair: -max(len(word.text) for word in pair[1]))

    def used(self, page: str) -> list[Used]:
        """The terms that ``<main>`` uses, each at its first use, in order."""
        start, end = page.find("<main"), page.rfind("</main>")
        if start < 0 or end < 0:
            return []
        main = page[start:end]
        # Most terms aren't there at all, which a plain search finds out many times faster than a pattern.
        there = [(term, words) for term, words in self._terms if any(word.text in main for word in words)]
        if not there:
            return []
        text = _LEFT_ALONE.sub(lambda match: "\0" * (match.end() - match.start()), main)
        found = []
        for term, words in there:
            matches = [match for word in words if (match := word.pattern.search(text))]
            if matches:
                first = min(matches, key=lambda match: (match.start(), -match.end()))
                text = f"{text[: first.start()]}{chr(0) * len(first[0])}{text[first.end() :]}"
                found.append(Used(start + first.start(), start + first.end(), first[0], term))
        return sorted(found)


def _word(name: str) -> _Word:
    """A capital at the beginning is a matter of where a word stands; all other letters are as in the glossary."""
    text = html.escape(name.strip(), quote=False)
    first, rest = text[:1], text[1:]
    either = f"[{re.escape(first.lower())}{re.escape(first.upper())}]" if len(first.upper()) == 1 else re.escape(first)
    return _Word(rest, re.compile(rf"(?<![\w-]){either}{re.escape(rest)}(?![\w-])"))
