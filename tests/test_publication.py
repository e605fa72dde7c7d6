"""How much of a review is published: what its mode withholds is nowhere in the output, and what it publishes is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from sitegen.models import Action, Addendum, Finding, Recommendation, Record, RelatedDocument, Review
from tests.conftest import CONFIG, FILES, Project, tree
from tests.published_bytes import Published

MODES = ("full", "improvements-only", "briefing-only", "catalogue")
NO_WORDS = set(
    "status type number published updated review_by expires language version replaced_by change concluded age_band "
    "decision_date available_until publication_mode sexual_offence identification_check related themes roles".split()
)
"""Fields of a review that hold no words of its own."""
KEPT = {
    "briefing-only": {"title", "aliases", "short_address", "publication_reason"},
    "catalogue": {"title", "aliases", "short_address", "publication_reason", "summary", "documents"},
}
NOT_IMPROVEMENTS = {"period", "methodology", "family_contribution", "body", "documents"}


def marker(mode: str, name: str) -> str:
    return f"zq{mode[:4].replace('-', '')}{name.replace('_', '')}zq"


def review(mode: str) -> dict[str, Any]:
    """A published review with a marker word in each of its fields."""

    def word(name: str) -> str:
        return marker(mode, name)

    def finding(kind: str) -> dict[str, Any]:
        name = kind.replace("-", "")
        return {
            "id": word(f"{name}id"),
            "kind": kind,
            "agencies": [f"{mode}-{kind}"],
            **{field: f"About {word(name + field)}." for field in ("statement", "why", "question")},
            "what_to_do": {
                "everyone": [f"Do {word(name + 'everyone')}."],
                "health-visitors": [f"Do {word(name + 'role')}."],
            },
            "see": [f"[{word(name + 'see')}](file:{word(name + 'file')}.csv)"],
        }

    return {
        **{
            name: f"About {word(name)}."
            for name in (
                "title question period summary methodology family_contribution anonymisation_note delay_reason "
                "change_note publication_reason"
            ).split()
        },
        "status": "published",
        "published": "2018-05-04",
        "updated": "2019-05-04",
        "concluded": "2018-04-01",
        "publication_mode": mode,
        "type": "rapid-review",
        "aliases": [word("aliases")],
        "short_address": word("short_address"),
        "tags": [word("tags")],
        "agencies": [f"{mode}-own"],
        "themes": ["escalation"],
        "roles": ["health-visitors"],
        "related": ["17-escalation"],
        "addenda": [{"date": "2019-01-01", "text": f"About {word('addenda')}."}],
        "findings": [finding("improvement"), finding("good-practice"), finding("system")],
        "recommendations": [
            {
                "number": 1,
                "addressed_to": [f"{mode}-addressed"],
                "findings": [word("improvementid"), word("goodpracticeid")],
                "response": "rejected",
                **{
                    name: f"About {word('recommendation' + name)}."
                    for name in ("text", "not_implemented_reason", "measure_of_success")
                },
                "actions": [
                    {
                        "status": "complete",
                        "status_date": "2018-12-01",
                        "due": "2018-11-01",
                        **{
                            name: f"About {word('recommendationaction' + name)}."
                            for name in ("what", "owner", "evidence", "impact")
                        },
                    }
                ],
            }
        ],
        "documents": [
            {"title": word("documents"), "file": f"{word('documentsfile')}.csv", "kind": word("documentskind")},
            {"title": "Elsewhere", "url": f"https://example.org/{word('documentsurl')}"},
        ],
        "body": f"## A part {word('bodyheading')}\n\nIt was {word('body')}. [Minutes](file:{word('bodyfile')}.csv)\n",
    }


def write(root: Path, modes: tuple[str, ...] = MODES) -> None:
    agencies = {"health": "Health services"}
    files: dict[str, str] = {**FILES, "site_config.yaml": f"{CONFIG}serving: {{compress: true}}\n"}
    for mode in modes:
        for part in ("own", "addressed", "improvement", "good-practice", "system"):
            agencies[f"{mode}-{part}"] = marker(mode, f"agency{part.replace('-', '')}")
        files[f"content/reviews/{mode}-one.yaml"] = yaml.safe_dump(review(mode), sort_keys=False)
        for name in ("documentsfile", "bodyfile", "improvementfile", "goodpracticefile", "systemfile"):
            files[f"content/files/{marker(mode, name)}.csv"] = f"word\n{marker(mode, name + 'content')}\n"
        files[f"briefings/on-{mode}.md"] = (
            f"---\ntitle: Learning from {mode}\nstatus: published\npublished: 2018-06-01\nversion: 1\n"
            f"about: [{mode}-one, '{mode}-one#{marker(mode, 'improvementid')}']\nformats: [a4, training-pack]\n"
            f"key_messages: [Raise it]\ntraining: {{activities: [{{title: Talk, minutes: 5, instructions: Talk.}}]}}\n---\n"
        )
    files["content/agencies.yaml"] = yaml.safe_dump(agencies)
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def words_in(value: Any) -> set[str]:
    return {word.split("zq")[0] for word in str(value).split("zq")[1::2]}


def group(name: str) -> str:
    """The field of the review that a marker's name stands for."""
    for whole in ("documents", "body", "recommendation"):
        if name.startswith(whole):
            return whole
    return name


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Published]:
    root = tmp_path_factory.mktemp("publication")
    write(root)
    project = Project(root, lambda: ("", ""))
    done = project.process("build", "--now", "2026-06-01T12:00:00Z", "--jobs", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    return project, Published(root / "output")


def markers(mode: str) -> set[str]:
    """The names of all markers of a review, its attachments and its agencies among them."""
    short = mode[:4].replace("-", "")
    named = words_in(review(mode))
    assert named
    names = {name.removeprefix(short) for name in named}
    names |= {f"{name}content" for name in names if name.endswith("file")}
    return names | {f"agency{part}" for part in ("own", "addressed", "improvement", "goodpractice", "system")}


def is_published(mode: str, name: str) -> bool:
    """What the content model says."""
    if mode == "full":
        return name != "publicationreason"  # it is published in full, so there is nothing to explain
    if mode == "improvements-only":
        withheld = {field.replace("_", "") for field in NOT_IMPROVEMENTS}
        return group(name) not in withheld and "goodpractice" not in name
    return group(name) in {field.replace("_", "") for field in KEPT[mode]}


@pytest.mark.parametrize("mode", MODES)
def test_exactly_what_the_mode_publishes_is_in_the_output(site, mode):
    names = markers(mode)
    assert len(names) > 50
    published = site[1]
    found = {name: published.where(f"zq{mode[:4].replace('-', '')}{name}zq") for name in names}
    leaks = {name: places[:3] for name, places in found.items() if places and not is_published(mode, name)}
    assert leaks == {}
    assert {name for name, places in found.items() if not places and is_published(mode, name)} == set()


def test_every_field_that_a_review_has_is_among_the_markers():
    written = review("full")
    assert set(Review.model_fields) - NO_WORDS == set(written) - NO_WORDS
    for model, value in (
        (Finding, written["findings"][0]),
        (Recommendation, written["recommendations"][0]),
        (Action, written["recommendations"][0]["actions"][0]),
        (RelatedDocument, {**written["documents"][0], **written["documents"][1]}),
        (Addendum, written["addenda"][0]),
    ):
        assert set(model.model_fields) - set(value) <= {"themes", "roles", "seen_before", "date"}, model
    assert set(Record.model_fields) < set(Review.model_fields)


def test_editing_what_is_withheld_changes_no_byte(project):
    write(project.root, MODES[1:])
    assert project.build().code == 0
    before = project.outputs()
    for mode in MODES[1:]:
        path = f"content/reviews/{mode}-one.yaml"
        changed = review(mode)
        for name in changed.keys() - NO_WORDS:
            if name in ("findings", "recommendations"):
                continue
            withheld = name in NOT_IMPROVEMENTS if mode == "improvements-only" else name not in KEPT[mode]
            if withheld:
                changed[name] = [] if isinstance(changed[name], list) else "Something else."
        changed["findings"][1] |= {"statement": "Something else.", "see": [], "agencies": []}
        if mode != "improvements-only":
            changed["findings"][0] |= {"statement": "Something else.", "what_to_do": {}, "seen_before": []}
            changed |= {"recommendations": [], "age_band": "5-9", "themes": [], "roles": [], "related": []}
        project.write(path, yaml.safe_dump(changed))
    assert project.build().code == 0
    assert project.outputs() == before
    project.change(
        "content/reviews/briefing-only-one.yaml", "publication_mode: briefing-only", "publication_mode: full"
    )
    project.build()
    assert project.outputs() != before


def test_the_pages_say_what_is_published_and_lead_on(site):
    project, _ = site
    pages = {mode: project.page(f"reviews/{mode}-one/") for mode in MODES}
    assert "part-publication" not in pages["full"]
    for mode, words in (
        ("improvements-only", "Only what needs to improve is published"),
        ("briefing-only", "Only a briefing is published"),
        ("catalogue", "This review is listed, and its findings are not published here"),
    ):
        assert words in pages[mode]
        assert f'href="/briefings/on-{mode}/"' in pages[mode]
    output = tree(project.root / "output")
    for mode in ("briefing-only", "catalogue"):
        assert [file for file in output if f"reviews/{mode}-one/" in file and file.endswith(".html")] == [
            f"reviews/{mode}-one/index.html"
        ]
        assert not [file for file in output if f"reviews/{mode}-one/" in file and file.endswith(".pdf")]
        assert "/share/" not in pages[mode]
    assert "reviews/improvements-only-one/improvements-only-one-briefing.pdf" in output
    assert "briefings/on-briefing-only/on-briefing-only-training-pack.pdf" in output
    assert "<h2" in pages["briefing-only"]
    for mode in MODES:  # no heading without a word below it
        assert "</h2>\n</section>" not in pages[mode]
        assert "</h2>\n<ul>\n</ul>" not in pages[mode]


def test_a_preview_withholds_the_same(project):
    write(project.root, ("briefing-only",))
    project.change("content/reviews/briefing-only-one.yaml", "status: published", "status: draft")
    from datetime import UTC, datetime

    from sitegen.pipeline import Options, build

    options = Options(
        project.root,
        project.root / "seen",
        project.root / ".cache",
        datetime(2026, 6, 1, tzinfo=UTC),
        False,
        preview=True,
    )
    report = build(options, lambda _: None, lambda *_: None)
    assert report.published, report.problems
    published = Published(project.root / "seen")
    assert published.where(marker("briefing-only", "title"))
    assert published.where(marker("briefing-only", "methodology")) == []
