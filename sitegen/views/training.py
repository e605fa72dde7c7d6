"""View of a training pack: what a briefing's session needs, with the findings pulled in from their reviews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from sitegen.models import Activity, Briefing, Training
from sitegen.records import Entry
from sitegen.views import records
from sitegen.views.common import View, Viewer

_BEFORE_HANDOUTS = {
    "plan": "Session plan",
    "safe": "Keeping people safe",
    "notes": "Facilitator’s notes",
    "activities": "Activities, step by step",
}
_HANDOUTS = {
    "key_messages": "Key messages",
    "what_to_do": "What to do in your role",
    "findings": "What reviews found",
}
_AFTER_HANDOUTS = {
    "actions": "Action plan",
    "log": "Reflective log",
    "people": "Sign-in sheet",
    "before-and-after": "Before and after",
    "certificate": "Certificate of attendance",
    "questions": "Questions to talk about",
}


def pack_view(viewer: Viewer, entry: Entry[Briefing]) -> View:
    """The pack of a briefing that has a session; page and PDF show the same.

    ``duration`` is in words ("1 hour 30 minutes"), the stated one or the sum of the activities. The ``plan`` has each
    activity with ``start`` and ``end`` from the beginning of the session ("0:10"). ``asks`` are the reviews' questions.
    ``contents`` lists the sections in order, ``{id, title}``; ``titles`` has the same titles by name. A handout has
    ``text``, or ``shows``: the part of the pack that it gives out.
    """
    record = entry.record
    training = record.training
    assert training is not None, "check_training asks for a session"
    findings = [
        {**records.finding_view(viewer, found), "review": viewer.source(found.review)}
        for found in records.findings_about(viewer, entry)
    ]
    view: View = {
        "title": record.title,
        "slug": entry.slug,
        "summary": viewer.text(record.summary),
        "version": record.version,
        "audience": viewer.links("role", record.audience),
        "briefing": viewer.link("briefing", entry.slug),
        "duration": hours_and_minutes(minutes_in_all(training)),
        "aims": viewer.texts(training.aims),
        "plan": _plan(viewer, training.activities),
        "end": clock(sum(activity.minutes for activity in training.activities)),
        "ground_rules": viewer.texts(training.ground_rules),
        "facilitator_notes": viewer.text(training.facilitator_notes),
        "key_messages": viewer.texts(record.key_messages),
        "what_to_do": records.gathered(findings),
        "findings": findings,
        "questions": viewer.texts(record.questions),
        "asks": list(dict.fromkeys(view["question"] for view in findings if view["question"])),
        "next_steps": viewer.texts(record.next_steps),
        "contact": viewer.text(record.contact),
        "reuse": viewer.text(record.reuse),
        "pdf": viewer.pdf("briefing", entry.slug, "training-pack"),
    }
    shared = [(title, name, None) for name, title in _HANDOUTS.items() if view[name]]
    own = [(handout.title, None, viewer.text(handout.text)) for handout in training.handouts]
    view["handouts"] = [
        {"id": f"part-handout-{number}", "title": f"Handout {number}: {title}", "shows": shows, "text": text}
        for number, (title, shows, text) in enumerate([*shared, *own], 1)
    ]
    view["titles"] = {**_BEFORE_HANDOUTS, **_AFTER_HANDOUTS}
    view["contents"] = [
        *_sections(_BEFORE_HANDOUTS),
        *({"id": handout["id"], "title": handout["title"]} for handout in view["handouts"]),
        *_sections(_AFTER_HANDOUTS),
    ]
    return view


def _sections(titles: Mapping[str, str]) -> list[View]:
    return [{"id": f"part-{name}", "title": title} for name, title in titles.items()]


def minutes_in_all(training: Training) -> int:
    """How long a session takes: as stated, else the minutes of its activities."""
    if training.duration is not None:
        return training.duration
    return sum(activity.minutes for activity in training.activities)


def _plan(viewer: Viewer, activities: Sequence[Activity]) -> list[dict[str, Any]]:
    ends = list(accumulate(activity.minutes for activity in activities))
    return [
        {
            "title": activity.title,
            "start": clock(end - activity.minutes),
            "end": clock(end),
            "duration": hours_and_minutes(activity.minutes),
            "purpose": viewer.text(activity.purpose),
            "resources": viewer.texts(activity.resources),
            "instructions": viewer.text(activity.instructions),
        }
        for activity, end in zip(activities, ends, strict=True)
    ]


def clock(minutes: int) -> str:
    """Minutes from the beginning as a clock shows them: ``1:05``."""
    return f"{minutes // 60}:{minutes % 60:02}"


def hours_and_minutes(minutes: int) -> str:
    """``1 minute``, ``55 minutes``, ``1 hour``, ``2 hours 30 minutes``."""
    hours, rest = divmod(minutes, 60)
    parts = [(hours, "hour"), (rest, "minute")]
    words = [f"{number} {name}{'' if number == 1 else 's'}" for number, name in parts if number]
    return " ".join(words) or "0 minutes"
