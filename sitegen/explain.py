"""Terms of the glossary are explained where a page first uses them.

Works on the HTML of a whole page, so that "first" means first for the reader and templates need not care. A pure
function. Text in headings, links and controls is left alone: a control inside a control can't be used.
"""

from __future__ import annotations

import html
import re
import sys
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

_LEFT_ALONE = re.compile(
    r"<(a|button|caption|code|dt|h[1-6]|label|nav|option|pre|script|select|summary|svg|textarea|th)\b.*?</\1>",
    re.DOTALL,
)
"""Elements in which no term is marked."""
_FOLDED = re.compile(r'<div class="panel">.*?</div>', re.DOTALL)
"""What a role's fold holds: many readers never open it, so what is first there isn't first for them."""


class _Word(NamedTuple):
    """One way of writing a term: what its first letter may be, and the ``rest`` of it."""

    firsts: str
    rest: str

    def places(self, text: str) -> Iterator[int]:
        """Where it stands as a whole word. Looked for as plain text, many times faster than as a pattern."""
        place = text.find(self.rest, 1)
        while place > 0:
            end = place + len(self.rest)
            if (
                text[place - 1] in self.firsts
                and not _of_a_word(text[place - 2])
                and not _of_a_word(text[end : end + 1])
            ):
                yield place - 1
            place = text.find(self.rest, end)


def _of_a_word(letter: str) -> bool:
    return letter.isalnum() or letter in ("_", "-")


class Used(NamedTuple):
    """A term that a page uses: the ``word`` that stands there, and the ``term`` as the glossary has it."""

    start: int
    end: int
    word: str
    term: Mapping[str, Any]


class Explainer:
    """Knows one glossary: views with ``id``, ``term`` and ``aliases``."""

    def __init__(self, terms: Sequence[Mapping[str, Any]]) -> None:
        names = [(name.strip(), term) for term in terms for name in (term["term"], *term["aliases"])]
        words = [(_word(name), term) for name, term in names if len(name) > 1]
        # Where one term is part of another, the longer one is meant.
        self._words = sorted(words, key=lambda pair: -len(pair[0].rest))

    def used(self, page: str) -> list[Used]:
        """The terms that ``<main>`` uses, each at its first use, in order; when that is in a fold, at the next too."""
        start, end = page.find("<main"), page.rfind("</main>")
        if start < 0 or end < 0:
            return []
        main = page[start:end]
        there = [(word, term) for word, term in self._words if word.rest in main]
        if not there:
            return []
        alone = [match.span() for match in _LEFT_ALONE.finditer(main)]
        folded = [match.span() for match in _FOLDED.finditer(main)]
        taken: list[tuple[int, int]] = []
        first: dict[tuple[str, bool], Used] = {}
        for word, term in there:
            for place in word.places(main):
                if _within(alone, place) or _in_tag(main, place) or any(a <= place < b for a, b in taken):
                    continue
                end = place + 1 + len(word.rest)
                taken.append((place, end))
                key = term["id"], _within(folded, place)
                known = first.get(key)
                if known is None or start + place < known.start:
                    first[key] = Used(start + place, start + end, main[place:end], term)
        shown = (
            use for (term_id, fold), use in first.items() if not fold or _comes_first(use, first.get((term_id, False)))
        )
        return sorted(shown, key=lambda use: use.start)


def _comes_first(use: Used, other: Used | None) -> bool:
    return other is None or use.start < other.start


def _within(spans: Sequence[tuple[int, int]], place: int) -> bool:
    """Whether one of the spans, which are in order, covers a place."""
    number = bisect_right(spans, (place, sys.maxsize)) - 1
    return number >= 0 and place < spans[number][1]


def _in_tag(text: str, place: int) -> bool:
    return text.rfind("<", 0, place) > text.rfind(">", 0, place)


def _word(name: str) -> _Word:
    """A capital at the beginning is a matter of where a word stands; all other letters are as in the glossary."""
    text = html.escape(name, quote=False)
    return _Word(text[0].lower() + text[0].upper(), text[1:])
