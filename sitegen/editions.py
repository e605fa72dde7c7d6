"""Published editions: how much of a review readers see, by its ``publication_mode``.

An edition is the same record with everything emptied that its mode withholds. ``connect`` makes one for each record
that exists at its moment, and whatever renders sees editions alone; the whole record is for checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from sitegen.models import FindingKind, PublicationMode, Recommendation, Record, Review
from sitegen.parse import DataPath
from sitegen.records import Entry

RecordT = TypeVar("RecordT", bound=Record)

_IN_EVERY_MODE = frozenset(
    "title status number type published updated review_by expires concluded decision_date available_until "
    "publication_mode publication_reason aliases short_address version replaced_by language change "
    "sexual_offence identification_check".split()
)
"""What the review is, its dates, its addresses, why it isn't published in full, and what only checks read."""
KEPT: Mapping[PublicationMode, frozenset[str]] = {
    "improvements-only": _IN_EVERY_MODE
    | frozenset(
        "question summary age_band themes agencies roles tags anonymisation_note delay_reason findings "
        "recommendations related addenda change_note".split()
    ),
    "briefing-only": _IN_EVERY_MODE,
    "catalogue": _IN_EVERY_MODE | {"summary", "documents"},
}
"""The fields that each mode publishes. A field that isn't named here is withheld, so a new one never slips through."""
KINDS: Mapping[PublicationMode, frozenset[FindingKind]] = {"improvements-only": frozenset({"improvement", "system"})}
"""The kinds of findings that a mode publishes, where it doesn't publish all."""


def edition_of(record: RecordT) -> RecordT:
    """The record as readers may see it; the same object when nothing is withheld."""
    if not isinstance(record, Review):
        return record
    mode = record.publication_mode
    if mode == "full":  # a reason left over from another mode has no place on the page
        return record.model_copy(update={"publication_reason": None}) if record.publication_reason else record
    kept = KEPT[mode]
    fields = type(record).model_fields
    changed: dict[str, Any] = {name: field.get_default() for name, field in fields.items() if name not in kept}
    if record.status == "withdrawn":  # then it is why, written for the notice that stands in the review's place
        changed["change_note"] = record.change_note
    if "findings" in kept and mode in KINDS:
        changed["findings"] = tuple(finding for finding in record.findings if finding.kind in KINDS[mode])
        changed["recommendations"] = _resting_on(record, {finding.id for finding in changed["findings"]})
    return record.model_copy(update=changed)


def _resting_on(record: Review, shown: set[str]) -> tuple[Recommendation, ...]:
    """The recommendations without a word of findings that aren't shown."""
    return tuple(
        one
        if shown.issuperset(one.findings)
        else one.model_copy(update={"findings": tuple(anchor for anchor in one.findings if anchor in shown)})
        for one in record.recommendations
    )


def published_entry(entry: Entry[Any]) -> Entry[Any]:
    """The entry with its published edition."""
    record = edition_of(entry.record)
    return entry if record is entry.record else entry.with_record(record)


def publishes(record: Record, path: DataPath) -> bool:
    """Whether the edition of a record has what is at ``path`` in the whole record."""
    if not isinstance(record, Review) or record.publication_mode == "full":
        return True
    mode = record.publication_mode
    if path[0] not in KEPT[mode]:
        return False
    if path[0] == "findings" and len(path) > 1 and mode in KINDS:
        return record.findings[int(path[1])].kind in KINDS[mode]
    return True
