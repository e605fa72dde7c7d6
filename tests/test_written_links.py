"""A file is published when a page leads to it, and only then: whatever else its record's text may say of it.

Every field of every model holds a link to a file of its own. What the built pages really link to is read from their
HTML, so there is no list here of which fields that should be.
"""

from __future__ import annotations

import copy
import html
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

import pytest
import yaml
from pydantic import BaseModel, ValidationError

from sitegen.config import Config
from sitegen.models import RECORDS
from tests.conftest import FILES, Project, tree
from tests.published_bytes import Published
from tests.test_no_inert_field import LISTS, written

FOLDERS = {"review": "content/reviews", "theme": "content/themes", "role": "content/roles", "page": "content/pages"}
ADDRESS = "https://learning.example.org/files/"
NOT_LINKED = {
    ("config", "site", "finding_headings"),
    ("config", "site", "base_url"),
    ("config", "organisation", "logo"),
}
"""Words that decide what Markdown means, the address of all, and a picture that every page has."""
VARIANTS: dict[str, dict[str, Any]] = {
    "whole": {},
    "undated": {"published": None, "updated": None},
    "nosummary": {"summary": None},
    "nostatement": {"statement": None},
    "nobody": {"body": None},
    "draft": {"status": "draft"},
    "embargoed": {"published": "2030-01-01", "updated": None, "review_by": None},
    "expired": {"expires": "2020-01-01"},
    "withdrawn": {"status": "withdrawn"},
    "improvementsonly": {"publication_mode": "improvements-only"},
    "briefingonly": {"publication_mode": "briefing-only"},
    "catalogue": {"publication_mode": "catalogue"},
    "withdrawncatalogue": {"publication_mode": "catalogue", "status": "withdrawn"},
}
"""What each variant of a record changes; only kinds that have the fields have it."""

HIDDEN = ("draft", "embargoed", "expired")
PLAIN_WORDS = set(
    "title tags.0 documents.0.title documents.0.kind documents.1.title training.activities.0.title "
    "training.handouts.0.title term aliases.0 publisher organisation.name organisation.email organisation.telephone "
    "site.title urgent_help.contacts.0.label urgent_help.contacts.0.telephone".split()
)
"""Fields that are shown letter by letter, or searched, and aren't Markdown: a file's name there is plain words."""


class Built(NamedTuple):
    """The site that all tests look at: its files, what is found in them, and the names of all files that fields name."""

    output: dict[str, bytes]
    published: Published
    named: dict[str, str]
    """By the field's place, such as ``review-whole.findings.0.why``."""


def leaves(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The place of each text in plain data."""
    if isinstance(value, str):
        yield at
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, (*at, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from leaves(inner, (*at, number))


def with_text(value: Any, at: tuple[str | int, ...], text: str) -> Any:
    """A copy of plain data with another text in one place."""
    changed = copy.deepcopy(value)
    inner = changed
    for step in at[:-1]:
        inner = inner[step]
    inner[at[-1]] = text
    return changed


def linked(model: type[BaseModel], value: dict[str, Any], label: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The data with a link to a file of its own in each text that its model takes one in, and the files by place."""
    named = {}
    for at in leaves(value):
        if (label, *at)[:3] in NOT_LINKED:
            continue
        place = ".".join(map(str, (label, *at)))
        name = f"zq{re.sub('[^a-z0-9]', '', place.lower())}zq.csv"
        ways = (f"About [it](file:{name}).", f"[It](file:{name})", f"{ADDRESS}{name}")
        for text in (name,) if at[-1] == "file" else ways:
            candidate = with_text(value, at, text)
            try:
                model.model_validate(candidate)
            except ValidationError:
                continue
            value, named[place] = candidate, name
            break
    return value, named


def everything() -> tuple[dict[str, Any], dict[str, str]]:
    """Plain data by path of its file, and the files that it names by the place of the field."""
    values = written()
    values["config"]["organisation"]["logo"] = "logo.svg"
    values["review"]["recommendations"][0]["response"] = "rejected"  # then the reason is shown
    contents: dict[str, Any] = {}
    named: dict[str, str] = {}
    for kind, model in RECORDS.items():
        for variant, changes in VARIANTS.items():
            if not changes.keys() <= model.model_fields.keys():
                continue
            value = {name: one for name, one in {**values[kind], **changes}.items() if one is not None}
            for name in ("replaced_by", "related"):
                value.pop(name, None)
            value |= {"aliases": [f"old/{kind}-{variant}"], "short_address": f"s/{kind}-{variant}"}
            if kind == "briefing":
                value["about"] = ["17-escalation", "review-briefingonly"]
            value, files = linked(model, value, f"{kind}-{variant}")
            contents[f"{FOLDERS.get(kind, 'briefings')}/{kind}-{variant}.yaml"] = value
            named |= files
    for name, (path, model, _) in LISTS.items():
        value, files = linked(model, values[name], name)
        value.pop("concluded", None)
        contents[path], named = [value], {**named, **files}
    contents["site_config.yaml"], files = linked(Config, values["config"], "config")
    return contents, {**named, **files}


def led_to(output: Mapping[str, bytes]) -> set[str]:
    """The files to download that any page has a link to, or shows."""
    addresses = (
        html.unescape(found)
        for path, data in output.items()
        if path.endswith(".html")
        for found in re.findall(r'\b(?:href|src)="([^"]*)"', data.decode())
    )
    names = (re.fullmatch(rf"(?:{re.escape(ADDRESS)}|/files/)([^#?]+)", address) for address in addresses)
    return {unquote(found[1]) for found in names if found}


def downloads(output: Mapping[str, bytes]) -> set[str]:
    return {path.removeprefix("files/") for path in output if path.startswith("files/")}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Built:
    root = tmp_path_factory.mktemp("written-links")
    project = Project(root, lambda: ("", ""))
    contents, named = everything()
    for path, text in FILES.items():
        project.write(path, text)
    for kind in ("theme", "role"):
        project.write(f"content/{kind}s/other.md", "---\ntitle: Other\nstatus: published\n---\n")
    for path, value in contents.items():
        project.write(path, yaml.safe_dump(value, allow_unicode=True, sort_keys=False))
    for name in named.values():
        project.write(f"content/files/{name}", f"word\n{inside(name)}\n")
    for name in FORMS:
        project.write(f"content/files/zqform{name}zq.csv", f"word\nzqinsideform{name}zq\n")
    project.write("content/files/logo.svg", '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>')
    project.write("content/pages/forms.md", page_of_forms())
    done = project.process("build", "--no-pdf", "--now", "2026-06-01T12:00:00Z", "--jobs", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    output = tree(root / "output")
    return Built(output, Published(output), named)


def inside(name: str) -> str:
    """The word within a file, other than the one in its name."""
    return f"zqinside{name.removeprefix('zq').removesuffix('.csv')}"


FORMS: dict[str, str] = {
    "link": "[A link](file:{})",
    "titled": '[A link](file:{} "Its title")',
    "angled": "[A link](<file:{}>)",
    "defined": "[A link][one]\n\n[one]: file:{}",
    "html": '<a href="/files/{}">A link</a>',
    "infull": f"[A link]({ADDRESS}{{}})",
    "comment": "Text. <!-- [A link](file:{}) -->",
    "longcomment": "<!--\n\n[A link](file:{})\n\n-->",
    "code": "Write `[A link](file:{})`.",
    "doublecode": "Write ``[A link](file:{}) ` so``.",
    "fence": "```\n[A link](file:{})\n```",
    "tildes": "~~~\n[A link](file:{})\n~~~",
    "indented": "Text.\n\n    [A link](file:{})",
    "escaped": r"Text \[A link](file:{}).",
    "unused": "Text.\n\n[nobody]: file:{}",
    "bare": "Text file:{} text.",
}
"""Ways to write the name of a file in Markdown."""
LEADING = {"link", "titled", "angled", "defined", "html", "infull"}
SHOWN_AS_WRITTEN = {"code", "doublecode", "fence", "tildes", "indented", "escaped", "bare"}
"""Forms that the page shows letter by letter, the file's name too."""


def page_of_forms() -> str:
    parts = [form.format(f"zqform{name}zq.csv") for name, form in FORMS.items()]
    return "---\ntitle: Forms\nstatus: published\n# [A note](file:zqformyamlzq.csv)\n---\n\n" + "\n\nText.\n\n".join(
        parts
    )


def test_files_are_published_just_where_a_page_leads_to_them(site):
    there = led_to(site.output)
    assert downloads(site.output) == there
    assert len(there) > 100
    assert len(set(site.named.values()) - there) > 100


def test_the_comparison_sees_a_file_too_many_and_a_link_too_many(site):
    extra = {**site.output, "files/zqextrazq.csv": b"word\n"}
    assert downloads(extra) - led_to(extra) == {"zqextrazq.csv"}
    name = site.named["page-whole.body"]
    fewer = {path: data for path, data in site.output.items() if path != f"files/{name}"}
    assert led_to(fewer) - downloads(fewer) == {name}


def test_fields_that_readers_see_publish_their_files_and_others_do_not(site):
    there = downloads(site.output)
    for place in (
        "review-whole.body",
        "review-whole.findings.0.statement",
        "review-whole.findings.0.why",
        "review-whole.findings.0.what_to_do.everyone.0",
        "review-whole.findings.0.see.0",
        "review-whole.recommendations.0.text",
        "review-whole.recommendations.0.actions.0.evidence",
        "review-whole.documents.0.file",
        "review-whole.documents.1.url",
        "review-whole.addenda.0.text",
        "review-whole.change_note",
        "review-improvementsonly.findings.0.why",
        "review-improvementsonly.publication_reason",
        "review-briefingonly.publication_reason",
        "review-catalogue.summary",
        "review-catalogue.documents.0.file",
        "review-withdrawn.change_note",
        "page-withdrawn.change_note",
        "theme-whole.statement",
        "theme-nostatement.summary",
        "role-whole.body",
        "briefing-whole.key_messages.0",
        "briefing-whole.training.handouts.0.text",
        "briefing-whole.training.facilitator_notes",
        "term.meaning",
        "external.summary",
        "ongoing.note",
        "config.urgent_help.text",
        "config.site.banner",
    ):
        assert site.named[place] in there, place
    for place in (
        "review-whole.tags.0",
        "review-whole.publication_reason",
        "review-improvementsonly.body",
        "review-improvementsonly.documents.0.file",
        "review-briefingonly.summary",
        "review-briefingonly.findings.0.why",
        "review-briefingonly.documents.0.file",
        "review-catalogue.body",
        "review-catalogue.recommendations.0.text",
        "review-withdrawn.body",
        "review-withdrawn.documents.0.file",
        "page-withdrawn.body",
        "page-undated.change_note",
    ):
        assert site.named[place] not in there, place
    for place, name in site.named.items():
        if place.split(".")[0].partition("-")[2] in HIDDEN:
            assert name not in there, place


def test_no_byte_of_a_file_that_no_page_leads_to_is_published(site):
    there = downloads(site.output)
    told = {}
    for place, name in site.named.items():
        found = site.published.where(inside(name))
        assert bool(found) == (name in there), (place, found)
        if name not in there and (of_name := site.published.where(name.removesuffix(".csv"))):
            told[place] = of_name
    assert {place.split(".", 1)[1] for place in told} == PLAIN_WORDS, told
    assert {place for place in told if place.split(".")[0].partition("-")[2] in HIDDEN} == set()


def test_forms_that_are_no_links_publish_nothing(site):
    there = downloads(site.output)
    assert {name for name in FORMS if f"zqform{name}zq.csv" in there} == LEADING
    for name in FORMS:
        found = site.published.where(f"zqinsideform{name}zq")
        assert bool(found) == (name in LEADING), (name, found)
        of_name = site.published.where(f"zqform{name}zq")
        assert bool(of_name) == (name in LEADING | SHOWN_AS_WRITTEN), (name, of_name)
