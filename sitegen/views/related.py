"""Which reviews belong together: those that say the same again, and those that share themes and roles.

Reckoned anew at each build, so nobody keeps lists of links. Rare themes weigh more than common ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sitegen.connect import ConnectedFinding
from sitegen.models import Review
from sitegen.records import Entry
from sitegen.views import labels
from sitegen.views.common import View, Viewer

MOST_RELATED = 5
NEWEST_OF_A_THEME = 25
"""Only so many reviews of a theme are looked at, so that the work grows with the number of reviews, not its square."""
_SAME_FINDING = 100.0
_FEW = 12
"""Of so many candidates the roles are compared."""


class Related:
    """Finds the related reviews of each review of one Site."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        site = viewer.site
        self._themes: dict[str, dict[str, None]] = {}
        self._roles: dict[str, set[str]] = {}
        for found in site.findings.values():
            slug = found.review.slug
            self._themes.setdefault(slug, {}).update(dict.fromkeys(found.themes))
            self._roles.setdefault(slug, set()).update(found.roles)
        self._newest: dict[str, list[str]] = {}
        sizes: Counter[str] = Counter()
        for slug, themes in self._themes.items():  # newest review first
            for theme in themes:
                sizes[theme] += 1
                if sizes[theme] <= NEWEST_OF_A_THEME:
                    self._newest.setdefault(theme, []).append(slug)
        self._weights = {theme: 2 / (1 + size.bit_length()) for theme, size in sizes.items()}

    def of(self, entry: Entry[Review]) -> list[Entry[Review]]:
        """At most ``MOST_RELATED`` reviews: those that the record names, then the nearest ones, best first."""
        site = self._viewer.site
        named = [other for slug in entry.record.related if (other := site.published("review", slug))]
        scores: dict[str, float] = {}
        for theme in self._themes.get(entry.slug, ()):
            for slug in self._newest[theme]:
                scores[slug] = scores.get(slug, 0.0) + self._weights[theme]
        for slug in self._same_findings(entry):
            scores[slug] = scores.get(slug, 0.0) + _SAME_FINDING
        for slug in (entry.slug, *(other.slug for other in named)):
            scores.pop(slug, None)
        own = self._roles.get(entry.slug, set())
        best = sorted(scores, key=lambda slug: -scores[slug])[:_FEW]  # equals stay newest first
        best.sort(key=lambda slug: -scores[slug] - 0.1 * len(own & self._roles[slug]))
        near = [other for slug in best if (other := site.published("review", slug))]
        return [*named, *near][: max(MOST_RELATED, len(named))]

    def cards(self, entry: Entry[Review], others: Iterable[Entry[Review]]) -> list[View]:
        """The ``others`` in a line each, with ``why`` they are related to the review."""
        viewer = self._viewer
        again = self._same_findings(entry)
        cards = []
        for other in others:
            if other.slug in entry.record.related:
                why = "To be read together"
            elif other.slug in again:
                why = "The same was found"
            else:
                shared = [t for t in self._themes[entry.slug] if t in self._themes[other.slug]]
                why = f"Also about {labels.listed([link['title'] for link in viewer.links('theme', shared)])}"
            cards.append({**viewer.source(other), "question": viewer.text(other.record.question), "why": why})
        return cards

    def _same_findings(self, entry: Entry[Review]) -> list[str]:
        """Reviews with a finding that was seen before or again in one of this review's."""
        site = self._viewer.site
        references = [f"{entry.slug}#{finding.id}" for finding in entry.record.findings]
        linked: Iterable[ConnectedFinding] = (
            other
            for reference in references
            for other in (*site.seen_before.get(reference, ()), *site.seen_again.get(reference, ()))
        )
        return list(dict.fromkeys(other.review.slug for other in linked if other.review.slug != entry.slug))
