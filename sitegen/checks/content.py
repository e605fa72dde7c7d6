"""What a published record should say, beyond what its model asks."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from sitegen.checks.addresses import check_addresses
from sitegen.connect import Site, day_published
from sitegen.markdown_html import heading_id
from sitegen.models import Briefing, Review
from sitegen.problems import NEVER_OFF, Problem, error, quoted, warning
from sitegen.records import Entry
from sitegen.validate import Locate

SIX_MONTHS = ("local-child-safeguarding-practice-review", "safeguarding-adult-review")
"""Types that guidance wants finished within six months of the decision (Working Together to Safeguard Children; Care
and support statutory guidance, on safeguarding adults reviews)."""

_HEADING = re.compile(r"(?m)^#{1,6}[ \t]+(\S[^\n#]*)")


def check_content(site: Site) -> Iterator[Problem]:
    """Shared addresses and ids, dates that readers need, numbers that are given twice, and dates that have passed."""
    yield from check_addresses(site)
    yield from _repeated_terms(site)
    numbers: dict[tuple[str, int], Entry[Any]] = {}
    for entries in site.library.entries.values():
        for entry in entries.values():
            key = entry.kind, entry.slug
            published = site.states[key] == "published" and key not in site.unpublished
            if published and isinstance(entry.record, Review | Briefing) and entry.record.published is None:
                message = "This is published without a date, so nobody can tell how current it is."
                hint = "Add the day on which it was first published, for example 'published: 2026-05-04'."
                yield warning("content/no-date", entry.place("title", key=True), message, hint)
            if isinstance(entry.record, Review):
                yield from _shared_ids(entry, entry.record)
                if published:
                    yield from _missed(site, site.editions[key], entry)
                    yield from _without_reason(site.editions[key])
                    yield from _late(entry, entry.record, day_published(entry.record, site.config.zone))
            if entry.record.replaced_by == entry.slug:
                message = "This record is said to have been replaced by itself."
                hint = "Name the record that has replaced it in 'replaced_by', or take the line out."
                yield error("content/replaced-by-itself", entry.place("replaced_by"), message, hint)
            if key in site.overdue:
                message = (
                    f"This was to be looked at again by {entry.record.review_by}; its page says that it is overdue."
                )
                hint = "Check it, then give a new date in 'review_by'."
                yield warning("lifecycle/overdue", entry.place("review_by"), message, hint)
            if isinstance(entry.record, Review) and entry.record.number is not None:
                other = numbers.setdefault((entry.record.type, entry.record.number), entry)
                if other is not entry:
                    message = f"The number {entry.record.number} is also that of {other.path}."
                    yield warning(
                        "content/repeated-number", entry.place("number"), message, "Give each its own number."
                    )


def _missed(site: Site, shown: Entry[Review], whole: Entry[Review]) -> Iterator[Problem]:
    """What readers would look for on the page of a review of which only a part is published."""
    mode = shown.record.publication_mode
    if mode == "briefing-only" and not site.briefings_on.get(shown.slug):
        message = "Only a briefing is published of this review, and no published briefing is about it."
        hint = f"Write one in 'briefings' with 'about: [{shown.slug}]' and 'status: published'."
        yield warning("publish/no-briefing", whole.place("publication_mode"), message, hint)
    if mode == "catalogue" and not (
        shown.record.summary or shown.record.documents or site.briefings_on.get(shown.slug)
    ):
        message = "This review is only listed, and nothing says what it is about or where it can be read."
        hint = "Add a 'summary' or 'documents'."
        yield warning("publish/empty-entry", whole.place("publication_mode"), message, hint)
    if whole.record.addenda and not shown.record.addenda:
        message = f"This addition isn't shown: a review published as '{mode}' has none."
        hint = "Say it where readers will see it, for example in a briefing about the review, and take it away here."
        yield warning("publish/addition-withheld", whole.place("addenda"), message, hint)


def _repeated_terms(site: Site) -> Iterator[Problem]:
    """Words that the glossary explains twice."""
    first: dict[str, int] = {}
    entry = site.library.glossary
    for number, term in enumerate(entry.record.terms):
        earlier = first.setdefault(term.term.casefold(), number)
        if earlier != number:
            message = f"The glossary explains {quoted(term.term)} twice, first in line {entry.place(earlier).line}."
            yield error("content/repeated-term", entry.place(number, "term"), message, "Make one entry of the two.")


def _shared_ids(entry: Entry[Any], record: Review) -> Iterator[Problem]:
    """Findings whose id is also that of a heading in the review's text: a link could lead to either."""
    if not record.body or "#" not in record.body:
        return
    headings = {heading_id(title) for title in _HEADING.findall(record.body)}
    for number, finding in enumerate(record.findings):
        if finding.id in headings:
            message = (
                f"The id '{finding.id}' is also that of a heading in the text, so links to it could lead to either."
            )
            yield error("content/repeated-id", entry.place("findings", number, "id"), message, "Choose another id.")


def _without_reason(entry: Entry[Review]) -> Iterator[Problem]:
    """Actions that were given up, where nothing says why: a year's report has to give the reason."""
    for number, recommendation in enumerate(entry.record.recommendations):
        for index, action in enumerate(recommendation.actions):
            if action.status == "not-implemented" and not (action.evidence or recommendation.not_implemented_reason):
                message = "This action is not being carried out, and nothing says why. A year report needs the reason."
                hint = "Give it in the action's field 'evidence', in a sentence or two."
                place = entry.place("recommendations", number, "actions", index, "status")
                yield warning("content/no-reason", place, message, hint)


def _late(entry: Entry[Any], record: Review, published: date | None) -> Iterator[Problem]:
    """Reviews of which statutory guidance expects a reason when they take longer than six months."""
    decided = record.decision_date
    if record.type not in SIX_MONTHS or record.delay_reason or decided is None or published is None:
        return
    months = (published.year - decided.year) * 12 + published.month - decided.month
    if (months, published.day) > (6, decided.day):
        message = "This was published more than six months after it was decided, and nothing says why."
        hint = "Give the reason in 'delay_reason', in a sentence or two. Guidance expects it for this type of review."
        yield warning("lifecycle/late", entry.place("decision_date"), message, hint)


def check_codes(site: Site, known: Collection[str], place_of: Locate) -> Iterator[Problem]:
    """Codes in the configuration that no check has, and those that can't be turned off."""
    for code, setting in site.config.checks.items():
        if code not in known:
            near = difflib.get_close_matches(code, known, 1, 0.5)
            hint = f"Did you mean '{near[0]}'?" if near else "Codes are shown in each Problem, before its message."
            yield error("content/unknown-check", place_of(("checks", code), True), f"There is no check '{code}'.", hint)
        elif setting.severity == "off" and code in NEVER_OFF:
            message = f"'{code}' can't be turned off: people have to know what the program does not do for them."
            hint = "Take this line out. With 'error' instead of 'off', it stops publishing."
            yield error("content/check-stays-on", place_of(("checks", code), False), message, hint)
