"""Feeds, the site map and open data, read by programs of others and held against the rules of their formats."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import feedparser
import jsonschema
import lxml.html
import pytest
from lxml import etree

from sitegen import addresses
from tests.conftest import CONFIG, FILES, REVIEW, Example, Project

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
LONGEST = 20
"""Entries in the feed of a theme or role: the newest."""
SCHEMA = Path(__file__).with_name("sitemap.xsd")
WITHDRAWN = "bruising-pathway-audit"
REVIEW_FILE = "content/reviews/17-escalation.md"


@pytest.fixture(scope="module")
def outputs(example_site: Example) -> dict[str, bytes]:
    return example_site.outputs


@pytest.fixture(scope="module")
def folders(example_site: Example) -> list[str]:
    """The folders that have feeds: the site's own, one for each theme, each role and everyone."""
    return [
        "",
        *(f"themes/{slug}/" for slug in example_site.published("theme")),
        *(f"roles/{slug}/" for slug in example_site.published("role")),
        "roles/everyone/",
    ]


def atoms(outputs: dict[str, bytes]) -> Iterator[tuple[str, etree._Element]]:
    for file, data in sorted(outputs.items()):
        if file.endswith("feed.xml"):
            yield file, etree.fromstring(data)


def jsons(outputs: dict[str, bytes]) -> Iterator[tuple[str, dict[str, Any]]]:
    for file, data in sorted(outputs.items()):
        if file.endswith("feed.json"):
            yield file, json.loads(data)


def slugs_of(entries: list[Any]) -> set[tuple[str, str]]:
    """Kind and slug of what a feed tells of."""
    found = set()
    for entry in entries:
        folder, slug = urlsplit(entry["link"]).path.strip("/").split("/")
        found.add((folder.removesuffix("s"), slug))
    return found


# Atom


def test_there_is_a_feed_for_the_site_each_theme_each_role_and_everyone(outputs, folders):
    assert len(folders) > 20
    for name in ("feed.xml", "feed.json"):
        assert {file for file in outputs if file.endswith(name)} == {f"{folder}{name}" for folder in folders}


def test_feedparser_reads_every_atom_feed_without_complaint(outputs, folders):
    for folder in folders:
        feed = feedparser.parse(outputs[f"{folder}feed.xml"])
        assert not feed.bozo, (folder, feed.get("bozo_exception"))
        assert feed.version == "atom10"
        assert feed.feed.title
        assert feed.feed.author == "Exampleshire Safeguarding Partnership"
        assert feed.feed.updated_parsed
        for entry in feed.entries:
            assert entry.title
            assert entry.published_parsed
            assert entry.updated_parsed


def test_what_the_feed_of_the_site_tells_agrees_with_the_content(example_site, outputs):
    entries = feedparser.parse(outputs["feed.xml"]).entries
    wanted = {(kind, slug) for kind in ("review", "briefing") for slug in example_site.published(kind)}
    assert slugs_of(entries) == {*wanted, ("review", WITHDRAWN)}
    for entry in entries:
        ((kind, slug),) = slugs_of([entry])
        record = example_site.records(kind)[slug]
        changed = record.get("updated") or record["published"]
        assert datetime.fromisoformat(entry.updated).date() == date.fromisoformat(changed[:10]), slug
        if slug != WITHDRAWN:
            assert datetime.fromisoformat(entry.published).date() == date.fromisoformat(record["published"][:10])
            assert typed(entry.title) == typed(record.get("question") or record["title"])


def heard_of(example: Example) -> dict[str, dict[str, Any]]:
    """The reviews that readers know of: what is published, and what was and is withdrawn."""
    return {**example.published("review"), WITHDRAWN: example.records("review")[WITHDRAWN]}


def typed(markdown: str) -> str:
    """Words as they are typed: without Markdown's stars, with a typewriter's apostrophes."""
    return " ".join(markdown.replace("*", "").replace("’", "'").split())


def test_the_feed_of_a_theme_tells_of_the_reviews_with_findings_on_it(example_site, outputs):
    for theme in example_site.published("theme"):
        wanted = {
            ("review", slug)
            for slug, review in heard_of(example_site).items()
            if any(theme in finding.get("themes", review.get("themes", [])) for finding in review["findings"])
            or (slug == WITHDRAWN and theme in review["themes"])
        }
        wanted |= {
            ("briefing", slug)
            for slug, briefing in example_site.published("briefing").items()
            if f"theme:{theme}" in briefing["about"]
        }
        found = slugs_of(feedparser.parse(outputs[f"themes/{theme}/feed.xml"]).entries)
        assert found == wanted, theme


def test_the_feed_of_a_role_tells_of_the_reviews_that_its_page_lists(example_site, outputs):
    for role in (*example_site.published("role"), "everyone"):
        page = lxml.html.document_fromstring(outputs[f"roles/{role}/index.html"].decode())
        listed = {
            ("review", match[1])
            for link in page.xpath("//main//a/@href")
            if (match := re.fullmatch(r"/reviews/([\w-]+)/#[\w-]+", link))
        }
        briefings = {
            ("briefing", slug)
            for slug, briefing in example_site.published("briefing").items()
            if role in briefing.get("audience", [])
        }
        found = slugs_of(feedparser.parse(outputs[f"roles/{role}/feed.xml"]).entries)
        withdrawn = (
            {("review", WITHDRAWN)} if role in example_site.records("review")[WITHDRAWN].get("roles", []) else set()
        )
        wanted = listed | briefings | withdrawn
        assert found <= wanted, role
        assert len(found) == min(len(wanted), LONGEST), role


def test_every_atom_feed_keeps_the_rules_of_rfc_4287(outputs):
    titles = set()
    for file, feed in atoms(outputs):
        assert feed.tag == f"{ATOM}feed"
        titles.add(feed.findtext(f"{ATOM}title"))
        (own,) = feed.findall(f"{ATOM}link[@rel='self']")
        assert own.get("href") == Example.ADDRESS + file
        (page,) = feed.findall(f"{ATOM}link[@rel='alternate']")
        assert page.get("href") == Example.ADDRESS + file.removesuffix("feed.xml")
        assert feed.findtext(f"{ATOM}author/{ATOM}name")
        entries = feed.findall(f"{ATOM}entry")
        ids = [element.findtext(f"{ATOM}id") for element in (feed, *entries)]
        assert len(ids) == len(set(ids))
        for element in (feed, *entries):
            assert urlsplit(element.findtext(f"{ATOM}id")).scheme == "https"
            for name in ("id", "title", "updated"):
                assert len(element.findall(f"{ATOM}{name}")) == 1, (file, name)
            for name in ("updated", "published"):
                for moment in element.findall(f"{ATOM}{name}"):
                    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", moment.text)
            for text in element.iterfind(f"{ATOM}summary"):
                assert text.get("type") in ("text", "html")
            for category in element.iterfind(f"{ATOM}category"):
                assert category.get("term")
        for entry in entries:
            assert entry.findall(f"{ATOM}link[@rel='alternate']")
            assert entry.findtext(f"{ATOM}published") <= entry.findtext(f"{ATOM}updated")
        updated = [datetime.fromisoformat(entry.findtext(f"{ATOM}updated")) for entry in entries]
        assert updated == sorted(updated, reverse=True)
        if updated:
            assert datetime.fromisoformat(feed.findtext(f"{ATOM}updated")) == updated[0]
    assert len(titles) == len(list(atoms(outputs)))


def test_html_in_feeds_needs_nothing_from_the_page_that_it_is_read_in(outputs):
    seen = 0
    for file, feed in atoms(outputs):
        for text in feed.iter(f"{ATOM}summary"):
            fragment = lxml.html.fragment_fromstring(text.text, create_parent="div")
            assert not fragment.xpath("//script | //style | //@style | //@id"), file
            for element, _, link, _ in fragment.iterlinks():
                assert urlsplit(link).scheme, (file, element.tag, link)
            seen += 1
    assert seen > 20


# JSON Feed


def test_every_json_feed_keeps_the_rules_of_version_1_1_and_tells_what_atom_tells(outputs):
    for file, feed in jsons(outputs):
        assert feed["version"] == "https://jsonfeed.org/version/1.1"
        assert isinstance(feed["title"], str)
        assert feed["feed_url"] == Example.ADDRESS + file
        assert feed["home_page_url"] == Example.ADDRESS + file.removesuffix("feed.json")
        assert all(author.get("name") for author in feed["authors"])
        assert re.fullmatch(r"[a-z]{2}(-[A-Z]{2})?", feed["language"])
        ids = [item["id"] for item in feed["items"]]
        assert len(ids) == len(set(ids))
        assert all(isinstance(name, str) for name in ids)
        for item in feed["items"]:
            assert item.get("content_text") or item.get("content_html")  # the specification asks for one of them
            assert item["url"].startswith(Example.ADDRESS)
            for name in ("date_published", "date_modified"):
                assert datetime.fromisoformat(item[name]).tzinfo
            assert all(isinstance(tag, str) for tag in item.get("tags", []))
            assert None not in item.values()
        atom = etree.fromstring(outputs[file.replace(".json", ".xml")])
        assert ids == [entry.findtext(f"{ATOM}id") for entry in atom.iter(f"{ATOM}entry")]
        assert feed["title"] == atom.findtext(f"{ATOM}title")


def test_each_page_of_a_theme_or_role_names_its_own_feeds_after_the_site_s(outputs, folders):
    for folder in folders:
        page = lxml.html.document_fromstring(outputs[f"{folder}index.html"].decode())
        found = page.xpath("//head/link[@rel='alternate']/@href")
        own = [f"/{folder}feed.xml", f"/{folder}feed.json"]
        assert found == (["/feed.xml", "/feed.json", *own] if folder else own)


# Changes


@pytest.fixture
def changed(project: Project) -> Project:
    """A project with an update, a correction and a withdrawal, each with its note."""
    correct = "updated: 2019-01-01\nchange: correction\nchange_note: A *date* was wrong.\nthemes: ["
    project.write(
        "content/reviews/18-corrected.md", REVIEW.replace("number: 17", "number: 18").replace("themes: [", correct)
    )
    update = "updated: 2019-02-01\nchange_note: A step was added.\nthemes: ["
    project.write(
        "content/reviews/19-updated.md", REVIEW.replace("number: 17", "number: 19").replace("themes: [", update)
    )
    secret = REVIEW.replace("number: 17", "number: 20").replace("When to escalate", "A title that must go")
    secret = secret.replace("Do we all know", "A question that must go").replace("Concerns", "A finding that must go")
    gone = (
        "updated: 2019-03-01\nchange_note: It can no longer be relied on.\nsummary: A summary that must go.\nthemes: ["
    )
    project.write(
        "content/reviews/20-gone.md",
        secret.replace("status: published", "status: withdrawn").replace("themes: [", gone),
    )
    assert project.build().code == 0
    return project


def entry_of(project: Project, slug: str) -> Any:
    feed = feedparser.parse((project.root / "output/feed.xml").read_bytes())
    (found,) = [entry for entry in feed.entries if entry.link.endswith(f"/reviews/{slug}/")]
    return found


def item_of(project: Project, slug: str) -> dict[str, Any]:
    (found,) = [i for i in json.loads(project.page("feed.json"))["items"] if i["url"].endswith(f"/reviews/{slug}/")]
    return dict(found)


@pytest.mark.parametrize(
    ("slug", "day", "what", "note"),
    [
        ("18-corrected", "2019-01-01", "Corrected", "was wrong"),
        ("19-updated", "2019-02-01", "Updated", "A step was added"),
        ("20-gone", "2019-03-01", "Withdrawn", "no longer be relied on"),
    ],
)
def test_a_change_is_told_with_its_kind_day_and_note(changed, slug, day, what, note):
    entry, item = entry_of(changed, slug), item_of(changed, slug)
    for told in (entry.summary, item["content_text"]):
        assert what in told
        assert note in told
    for moment in (entry.updated, item["date_modified"]):
        assert moment[:10] == day


def test_a_withdrawn_review_is_told_by_nothing_but_that(changed):
    for file, data in changed.outputs().items():
        assert b"that must go" not in data, file
    assert entry_of(changed, "20-gone").title == "A review was withdrawn"
    assert item_of(changed, "20-gone")["title"] == "A review was withdrawn"


def test_a_site_without_records_has_whole_feeds(project):
    for file in FILES:
        project.delete(file)
    assert project.write("site_config.yaml", CONFIG).build().code == 0
    feed = feedparser.parse((project.root / "output/feed.xml").read_bytes())
    assert not feed.bozo
    assert feed.entries == []
    assert feed.feed.updated
    assert json.loads(project.page("feed.json"))["items"] == []
    schema().assertValid(etree.parse(project.root / "output/sitemap.xml"))


# The site map


def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMA))


def test_the_site_map_is_valid_and_every_address_of_it_is_a_page(outputs):
    sitemap = etree.fromstring(outputs["sitemap.xml"])
    schema().assertValid(sitemap)
    found = [loc.text for loc in sitemap.iter(f"{SITEMAP}loc")]
    assert len(found) > 100
    for address in found:
        assert addresses.file_of(address.removeprefix(Example.ADDRESS)) in outputs


@pytest.mark.parametrize(
    "wrong",
    [
        "<url><loc>/reviews/</loc></url>",
        "<url><loc>https://example.org/ŵ/</loc></url>",
        "<url><loc>https://example.org/</loc><lastmod>yesterday</lastmod></url>",
        "<url><loc>https://example.org/</loc><lastmod>2020-01-01T10:00:00</lastmod></url>",
        "<url><lastmod>2020-01-01</lastmod></url>",
        "<url><loc>https://example.org/</loc></url><url><loc>https://example.org/</loc></url>",
    ],
)
def test_the_schema_of_site_maps_finds_faults(wrong):
    text = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{wrong}</urlset>'
    assert not schema().validate(etree.fromstring(text))


def test_the_dates_of_the_site_map_move_only_with_their_record(project):
    def dates() -> dict[str, str | None]:
        sitemap = etree.parse(project.root / "output/sitemap.xml")
        return {
            url.findtext(f"{SITEMAP}loc"): url.findtext(f"{SITEMAP}lastmod") for url in sitemap.iter(f"{SITEMAP}url")
        }

    assert project.build().code == 0
    before = dates()
    project.change(REVIEW_FILE, "themes: [", "updated: 2020-05-06\nthemes: [")
    assert project.build().code == 0
    after = dates()
    review = f"{Example.ADDRESS}reviews/17-escalation/"
    assert (before.pop(review), after.pop(review)) == ("2017-03-01", "2020-05-06")
    assert before == after


# Data


def test_the_data_of_reviews_are_valid_by_the_schema_that_is_published_with_them(outputs):
    rules = json.loads(outputs["data/reviews.schema.json"])
    jsonschema.Draft202012Validator.check_schema(rules)
    validator = jsonschema.Draft202012Validator(rules, format_checker=jsonschema.FormatChecker())
    data = json.loads(outputs["data/reviews.json"])
    assert [error.message for error in validator.iter_errors(data)] == []
    data["reviews"][0]["published"] = "last week"
    del data["reviews"][1]["title"]
    data["reviews"][2]["findings"][0]["kind"] = "odd"
    assert len(list(validator.iter_errors(data))) == 3
    assert rules["$id"] == f"{Example.ADDRESS}data/reviews.schema.json"


def test_everything_in_the_schema_has_its_meaning(outputs):
    def properties(rules: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        for name, value in rules.get("properties", {}).items():
            yield name, value
            yield from properties(value)
            yield from properties(value.get("items", {}))

    found = list(properties(json.loads(outputs["data/reviews.schema.json"])))
    assert len(found) > 30
    assert [name for name, value in found if not value.get("description")] == []


def test_the_data_page_explains_exactly_what_the_files_have(outputs):
    page = lxml.html.document_fromstring(outputs["data/index.html"].decode())
    data = json.loads(outputs["data/reviews.json"])
    columns = {"data/reviews.json": list(data["reviews"][0])}
    for file in ("data/findings.csv", "data/actions.csv"):
        with io.StringIO(outputs[file].decode("utf-8-sig"), newline="") as text:
            columns[file] = next(csv.reader(text))
    for file, wanted in columns.items():
        (link,) = page.xpath(f"//main//a[@href='/{file}']")
        section = next(element for element in link.iterancestors() if element.xpath(".//table | .//dl"))
        rows = section.xpath(".//tbody/tr[th]") or section.xpath(".//dl/div")
        explained = {row.xpath("string(th|dt)").strip(): row.xpath("string(td|dd)").strip() for row in rows}
        assert list(explained) == wanted, file
        assert all(explained.values())
    assert page.xpath("//main//a[@href='/data/reviews.schema.json']")
