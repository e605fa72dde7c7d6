"""Every field does something: changed, it gives another output or a Problem.

The fields are read off the models, so a new field without an effect, or without a value here to change, fails.
"""

from __future__ import annotations

import copy
import re
import types
import typing
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any, Literal

import pytest
import yaml
from pydantic import BaseModel

from sitegen.config import Config
from sitegen.models import RECORDS, External, Ongoing, Term
from tests.conftest import FILES, REVIEW, Project

Path = tuple[str | int, ...]
Seen = Callable[[dict[str, Any], bool], tuple[dict[str, bytes], list[tuple[str, str]]]]

RECORD = {
    "status": "published",
    "published": "2018-05-04",
    "updated": "2019-01-02",
    "review_by": "2030-01-01",
    "expires": "2040-01-01",
    "summary": "A short summary.",
    "aliases": ["old/{}"],
    "short_address": "s/{}",
    "version": "7",
    "replaced_by": "other",
    "language": "en",
    "tags": ["unusual"],
    "change_note": "What changed.",
    "change": "update",
}
CHECK = {"checked_by": ["Board manager", "Legal adviser"], "date": "2018-05-01", "content": "0123456789abcdef"}
RECORDS_WRITTEN: dict[str, dict[str, Any]] = {
    "review": {
        "number": "18",
        "type": "rapid-review",
        "question": "What did we learn?",
        "period": "Winter 2017",
        "age_band": "5-9",
        "themes": ["escalation", "other"],
        "agencies": ["health", "police"],
        "roles": ["health-visitors", "other"],
        "methodology": "We talked.",
        "family_contribution": "The family told us.",
        "anonymisation_note": "Details were changed.",
        "publication_mode": "full",
        "publication_reason": "To protect the family.",
        "decision_date": "2017-01-01",
        "delay_reason": "A trial.",
        "concluded": "2018-04-01",
        "available_until": "2035-01-01",
        "findings": [
            {
                "id": "first",
                "kind": "improvement",
                "statement": "The first finding.",
                "why": "One reason.",
                "question": "Do we know?",
                "themes": ["escalation", "other"],
                "agencies": ["police", "health"],
                "roles": ["health-visitors", "other"],
                "what_to_do": {"everyone": ["Raise it."]},
                "see": ["[The procedure](https://example.org/procedure)"],
                "seen_before": ["17-escalation#no-access"],
            },
        ],
        "recommendations": [
            {
                "number": "1",
                "text": "Do better.",
                "addressed_to": ["health", "police"],
                "findings": ["first"],
                "response": "accepted",
                "not_implemented_reason": "It was done already.",
                "measure_of_success": "Fewer repeats.",
                "actions": [
                    {
                        "what": "Write it down",
                        "owner": "Health visitors",
                        "due": "2019-01-01",
                        "status": "in-progress",
                        "status_date": "2018-12-01",
                        "evidence": "Minutes.",
                        "impact": "Some.",
                    }
                ],
            }
        ],
        "documents": [
            {"title": "Checklist", "file": "one.csv", "kind": "Tool", "date": "2018-01-01"},
            {"title": "Elsewhere", "url": "https://example.org/report"},
        ],
        "related": ["17-escalation"],
        "addenda": [{"date": "2019-02-03", "text": "To be read with it."}],
        "sexual_offence": "true",
        "identification_check": CHECK,
        "body": "The story.",
    },
    "theme": {"statement": "What good looks like.", "body": "More."},
    "role": {"agencies": ["health"], "body": "More."},
    "page": {"navigation": "main", "order": "3", "body": "More."},
    "briefing": {
        "audience": ["health-visitors", "other"],
        "about": ["17-escalation", "theme:escalation"],
        "key_messages": ["One", "Two"],
        "questions": ["Do we?"],
        "next_steps": ["Talk."],
        "version": "2",
        "identification_check": CHECK,
        "contact": "The board's office",
        "reuse": "Copy it freely.",
        "formats": ["a4", "training-pack"],
        "training": {
            "duration": "20",
            "aims": ["Know when."],
            "ground_rules": ["Be kind."],
            "activities": [
                {
                    "title": "Talk",
                    "minutes": "20",
                    "purpose": "To hear.",
                    "resources": ["Pens"],
                    "instructions": "Sit.",
                }
            ],
            "handouts": [{"title": "A sheet", "text": "To copy."}],
            "facilitator_notes": "Breathe.",
        },
        "body": "## Background\n\nWhy.",
    },
}
LISTS = {
    "term": ("content/glossary.yaml", Term, {"term": "Escalate", "meaning": "To raise.", "aliases": ["raise"]}),
    "external": (
        "content/external.yaml",
        External,
        {
            "title": "National",
            "publisher": "A body",
            "url": "https://example.org/n",
            "date": "2020-01-01",
            "summary": "Short.",
            "themes": ["escalation", "other"],
        },
    ),
    "ongoing": (
        "content/ongoing.yaml",
        Ongoing,
        {"type": "rapid-review", "began": "2026-02-01", "concluded": "2026-03-01", "note": "Being written."},
    ),
}
CONFIG_WRITTEN: dict[str, Any] = {
    "organisation": {
        "name": "Exampleshire Safeguarding Partnership",
        "short_name": "ESP",
        "url": "https://www.example.org",
        "logo": "one.svg",
        "email": "learning@example.org",
        "telephone": "01632 960000",
    },
    "site": {
        "title": "Learning from reviews",
        "base_url": "https://learning.example.org/",
        "language": "en-GB",
        "time_zone": "Europe/London",
        "description": "What we learned.",
        "banner": "An example.",
        "offline": "true",
        "finding_headings": {
            "improvement": "What needs to improve",
            "good-practice": "What worked well",
            "system": "What the system makes hard",
            "everyone": "Everyone",
        },
    },
    "urgent_help": {
        "text": "Call 999.",
        "contacts": [{"label": "Police", "telephone": "999", "url": "https://example.org/help"}],
    },
    "brand": {"colour": "#17495a", "accent": "#8a3f14"},
    "checks": {"publish/no-effect": {"severity": "warning", "allow": ["x"]}},
    "retention": {"rapid-review": {"at_least_days": "365"}},
    "pdf": {"paper": "a4", "large_print": "false", "time_limit": "60"},
    "year_report": {"first_month": "4"},
    "serving": {"compress": "false", "strict_transport_security": "300"},
}

INSTEAD: dict[str, Any] = {
    "config.site.base_url": "https://other.example.org/",
    "config.site.time_zone": "Asia/Tokyo",
    "config.site.language": "cy",
    "config.brand.colour": "#5a1717",
    "config.brand.accent": "#14308a",
    "config.organisation.logo": "two.svg",
    "config.year_report.first_month": "1",
    "review.documents.0.file": "two.csv",
    "review.published": "2018-05-05",
    "review.findings.0.what_to_do": {"everyone": ["Tell someone."]},
    "review.findings.0.seen_before": [],
    "review.related": [],
    "review.recommendations.0.findings": [],
    "briefing.training.duration": "21",
    "briefing.training.activities.0.minutes": "21",
    **{f"{kind}.expires": "2020-01-01" for kind in RECORDS},
    **{f"{kind}.replaced_by": None for kind in RECORDS},
    **{f"{kind}.language": "cy" for kind in RECORDS},
    "role.agencies": ["police"],
    "ongoing.began": "2025-02-01",
    "config.site.finding_headings.everyone": "All staff",
    "page.order": "0",
    "review.available_until": None,
    "config.checks.*.allow": None,
    "review.identification_check.checked_by": ["Board manager", "Head of law"],
    "briefing.identification_check.checked_by": ["Board manager", "Head of law"],
    "review.identification_check.content": "fedcba9876543210",
    "briefing.identification_check.content": "fedcba9876543210",
    "config.checks.*.severity": "error",
}
"""What a field is changed to, where its type does not say it."""
FIELD_IN: dict[str, dict[str, str]] = {
    "review.publication_reason": {"review.publication_mode": "improvements-only"},
    "review.recommendations.0.not_implemented_reason": {"review.recommendations.0.response": "rejected"},
    "review.findings.0.id": {"review.recommendations.0.findings": None},
    "review.decision_date": {
        "review.type": "safeguarding-adult-review",
        "review.decision_date": "2018-05-01",
        "review.delay_reason": None,
    },
    "ongoing.note": {"ongoing.concluded": None},
}
"""Fields that say something only beside another value of another field."""
NEEDS_PDFS = {"config.pdf.paper", "config.pdf.large_print", "briefing.formats"}
NO_EFFECT = {
    "config.pdf.time_limit": "it stops a PDF that takes too long, and changes none that is made in time",
    **{
        f"{kind}.identification_check.{name}": "a sign-off is a warning, whatever it says"
        for kind in ("review", "briefing")
        for name in ("checked_by", "date", "content")
    },
    "config.retention.*.at_least_days": "a rule of retention is a warning, whatever it says",
}
"""The exceptions, each with its reason. A test sees that they are still true."""
STOPS = {
    "briefing.training.duration": "the minutes have to add up",
    "briefing.training.activities.0.minutes": "the minutes have to add up",
    "config.site.finding_headings.improvement": "findings under the other heading are no findings, and links to them break",
    "config.checks.*.severity": "an error stops",
}
"""Fields for which another value stops the build, each with its reason."""


def annotated(model: type[BaseModel], at: Path) -> Iterator[tuple[Path, Any]]:
    """Every field of a model with its type, those of inner models among them, by its place in the written values."""
    for name, field in model.model_fields.items():
        here = (*at, field.alias or name)
        inner, steps = inner_model(field.annotation)
        if inner is None:  # a group of fields is the fields in it
            yield here, field.annotation
        if inner is not None:
            yield from annotated(inner, (*here, *steps))


def inner_model(annotation: Any) -> tuple[type[BaseModel] | None, Path]:
    """The model within a type, and the steps that lead to its first one: ``(0,)`` in a list, ``("*",)`` in a map."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, ()
    origin, words = typing.get_origin(annotation), typing.get_args(annotation)
    step: Path = (0,) if origin is tuple else ("*",) if origin is dict else ()
    for word in words[1:] if origin is dict else words:
        found, steps = inner_model(word)
        if found:
            return found, (*step, *steps)
    return None, ()


def all_fields() -> dict[str, tuple[Path, Any]]:
    """Every field by its name, ``review.findings.0.why``, with its place in ``WRITTEN`` and its type."""
    models = {**RECORDS, "config": Config, **{name: model for name, (_, model, _) in LISTS.items()}}
    found = {}
    for kind, model in models.items():
        for path, annotation in annotated(model, ()):
            found[".".join(map(str, (kind, *path)))] = ((kind, *path), annotation)
    return found


FIELDS = all_fields()


def written() -> dict[str, Any]:
    """A value for every field of every model."""
    values: dict[str, Any] = {}
    for kind, own in RECORDS_WRITTEN.items():
        common = {
            name: [item.format(kind) for item in value] if isinstance(value, list) else value.format(kind)
            for name, value in RECORD.items()
        }
        values[kind] = {"title": f"All of a {kind}", **common, **copy.deepcopy(own)}
    values |= {name: copy.deepcopy(value) for name, (_, _, value) in LISTS.items()}
    values["config"] = copy.deepcopy(CONFIG_WRITTEN)
    return values


def value_of(values: Any, path: Path) -> Any:
    """The value at ``path``; of a list of models, the first item that has the field."""
    for number, step in enumerate(path):
        if step == 0 and number + 1 < len(path):
            name = path[number + 1]
            return value_of(next(item for item in values if name in item), path[number + 1 :])
        values = values[next(iter(values)) if step == "*" else step]
    return values


def set_value(values: Any, path: Path, new: Any) -> None:
    for number, step in enumerate(path[:-1]):
        if step == 0:
            name = path[number + 1]
            values = next(item for item in values if name in item)
        else:
            values = values[next(iter(values)) if step == "*" else step]
    if new is None:
        values.pop(path[-1])
    else:
        values[path[-1]] = new


def another(value: Any, annotation: Any) -> Any:
    """Another value of the same type."""
    choices = literals(annotation)
    if choices:
        return next(choice for choice in choices if choice != value)
    if isinstance(value, list):
        return value[1:] if len(value) > 1 else [another(value[0], str)]
    if isinstance(value, dict):
        return {}
    if value in ("true", "false"):
        return "false" if value == "true" else "true"
    if re.fullmatch(r"\d+", value):
        return str(int(value) + 1)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return (date.fromisoformat(value) + timedelta(days=40)).isoformat()
    if re.fullmatch(r"[a-z/0-9#-]+|https?://\S+", value):
        return f"{value}-x"
    return f"{value} And zanzibarine."


def literals(annotation: Any) -> tuple[str, ...]:
    if typing.get_origin(annotation) is Literal:
        return typing.get_args(annotation)
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return next((found for word in typing.get_args(annotation) if (found := literals(word))), ())
    return ()


def write_all(project: Project, values: dict[str, Any]) -> None:
    folders = {"review": "content/reviews", "theme": "content/themes", "role": "content/roles"}
    folders |= {"page": "content/pages", "briefing": "briefings"}

    def text(value: Any) -> str:
        return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, default_style='"')

    for kind, folder in folders.items():
        project.write(f"{folder}/all.yaml", text(values[kind]))
    for name, (file, _, _) in LISTS.items():
        project.write(file, text([values[name]]))
    project.write("site_config.yaml", text(values["config"]))


SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><title>{}</title></svg>'


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, dict[str, Any]]:
    """The folder of a project that all tests here build in turn, and what its builds gave, by the values that differ."""
    return tmp_path_factory.mktemp("everything") / "project", {}


@pytest.fixture
def seen(shared: tuple[Any, dict[str, Any]], capture: Callable[[], tuple[str, str]]) -> Seen:
    """Gives the outputs and Problems of a build with changed values.

    The service worker is left out: it has the keys of pages, which tell of values that no page shows.
    """
    root, known = shared
    project = Project(root, capture)
    if not known:
        write_surroundings(project)

    def seen(changes: dict[str, Any], pdf: bool) -> tuple[dict[str, bytes], list[tuple[str, str]]]:
        key = f"{sorted(changes.items())} {pdf}"
        if key not in known:
            values = written()
            for name, value in changes.items():
                set_value(values, FIELDS[name][0], value)
            write_all(project, values)
            result = project.build(pdf=pdf)
            outputs = project.outputs() if result.code == 0 else {}
            problems = sorted((problem["code"], problem["message"]) for problem in result.problems)
            known[key] = {name: data for name, data in outputs.items() if name != "sw.js"}, problems
        return known[key]

    return seen


def write_surroundings(project: Project) -> None:
    """What the values refer to."""
    for path, text in FILES.items():
        project.write(path, text)
    for kind, source in (("reviews", REVIEW), ("themes", FILES["content/themes/escalation.md"])):
        project.write(f"content/{kind}/other.md", source.replace("number: 17\n", ""))
    project.write("content/roles/other.md", FILES["content/roles/health-visitors.md"].replace("Health v", "V"))
    page = FILES["content/pages/accessibility.md"].replace("navigation: footer", "navigation: main\norder: 1")
    project.write("content/pages/other.md", page)
    findings = "## What the system makes hard\n\n- Notes are kept apart. {#apart}\n\n  - All staff: write it once.\n"
    project.write("content/reviews/in-markdown.md", REVIEW.replace("number: 17\n", "") + findings)
    project.write("briefings/other.md", FILES["briefings/escalation.md"])
    for name in ("one", "two"):
        project.write(f"content/files/{name}.csv", name)
        project.write(f"content/files/{name}.svg", SVG.format(name))


def has_effect(seen: Seen, field: str) -> bool:
    """Whether another value of a field gives another output or a Problem."""
    path, annotation = FIELDS[field]
    around = FIELD_IN.get(field, {})
    pdf = field in NEEDS_PDFS
    new = INSTEAD.get(field, another(value_of(written(), path), annotation))
    before = seen(around, pdf)
    assert before[0], f"the project without a change is not published: {before[1]}"
    after = seen({**around, field: new}, pdf)
    assert after[0] or field in STOPS, f"the changed value is not published: {after[1]}"
    return after != before


@pytest.mark.parametrize("field", FIELDS)
def test_no_field_is_inert(seen, field):
    assert has_effect(seen, field) != (field in NO_EFFECT), NO_EFFECT.get(field, "nothing changes with it")
