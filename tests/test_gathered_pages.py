"""Pages that are gathered from many records: related reviews, actions by filter, good practice, A to Z, updates."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

FINDING = "- {statement} {{#{id}{more}}}\n\n  - Everyone: {do}\n"


def review(
    project: Any, slug: str, day: str, kind: str = "What needs to improve", more: str = "", **fields: str
) -> Any:
    """A published review with one finding, ``slug``-found, with ``more`` in its braces."""
    lines = {"title": f"Review {slug}", "type": "learning-review", "status": "published", "published": day, **fields}
    finding = FINDING.format(statement=f"Found in {slug}.", id=f"{slug}-found", more=more, do=f"do {slug}.")
    front = "".join(f"{name}: {value}\n" for name, value in lines.items())
    return project.write(f"content/reviews/{slug}.md", f"---\n{front}---\n\n## {kind}\n\n{finding}")


@pytest.fixture
def many(project):
    """Themes and reviews that share some of them."""
    for theme in ("neglect", "consent", "common"):
        project.write(f"content/themes/{theme}.md", f"---\ntitle: {theme.title()}\nstatus: published\n---\n")
    project.delete("content/reviews/17-escalation.md").delete("briefings/escalation.md")
    for number in range(6):
        review(project, f"other-{number}", f"2020-01-0{number + 1}", themes="[common]")
    review(project, "first", "2015-05-01", themes="[neglect, common]")
    review(project, "second", "2016-05-01", themes="[neglect, common]", roles="[health-visitors]")
    review(project, "third", "2017-05-01", themes="[consent, common]", roles="[health-visitors]")
    return project


def section(page: str, title: str) -> str:
    """From a heading to the next of its level or higher, as plain text with single spaces."""
    rest = re.split(rf"<h2[^>]*>{title}</h2>", page)[1]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", re.split(r"<h[12][ >]|</aside|</main", rest)[0])).split())


def related(project: Any, slug: str) -> list[str]:
    text = project.page(f"reviews/{slug}").split("Related reviews</h2>")[1].split("</section>")[0]
    return re.findall(r'href="/reviews/([^/"]+)/"', text)


# Related reviews


def test_a_review_with_a_rarer_shared_theme_is_nearer(many):
    result = many.build()
    assert result.code == 0, result.out
    assert related(many, "first")[0] == "second"
    assert len(related(many, "first")) == 5, "no more than five, the newest of equals first"
    assert related(many, "first")[1:] == [f"other-{n}" for n in (5, 4, 3, 2)]


def test_a_review_that_found_the_same_comes_before_those_with_shared_themes(many):
    review(many, "third", "2017-05-01", themes="[consent]", more=" seen_before=first#first-found")
    many.build()
    assert related(many, "first")[0] == "third"
    assert related(many, "third")[0] == "first"


def test_reviews_that_a_record_names_come_first_and_once(many):
    review(many, "first", "2015-05-01", themes="[neglect, common]", related="[other-0]")
    many.build()
    assert related(many, "first")[:2] == ["other-0", "second"]
    assert related(many, "first").count("other-0") == 1


def test_drafts_are_related_to_nothing(many):
    review(many, "second", "2016-05-01", themes="[neglect, common]", status="draft")
    many.build()
    assert "second" not in related(many, "first")


def test_each_related_review_says_why(many):
    review(many, "third", "2017-05-01", themes="[consent]", more=" seen_before=first#first-found")
    many.build()
    text = section(many.page("reviews/first"), "Related reviews")
    assert "The same was found" in text
    assert "Also about Neglect and Common" in text


def test_a_review_like_no_other_has_no_list(project):
    project.build()
    assert "Related reviews" not in project.page("reviews/17-escalation")


def test_what_recurs_says_in_which_years_it_was_seen_too(many):
    review(many, "second", "2016-05-01", themes="[neglect]", more=" seen_before=first#first-found")
    review(many, "third", "2017-05-01", themes="[neglect]", more=" seen_before=first#first-found,second#second-found")
    many.build()
    page = " ".join(many.page("reviews/third").split())
    assert "2015" in page
    assert "2016" in page
    assert "2015 and 2016" in page, "the years in a sentence"


# Actions


RECOMMENDATIONS = """
recommendations:
  - number: 1
    text: Agree a pathway.
    addressed_to: [health]
    response: accepted
    actions:
      - {what: Write it., owner: Health services, status: complete}
      - {what: Teach it., owner: Health services, status: no-update}
  - number: 2
    text: Buy a helicopter.
    addressed_to: [police]
    response: rejected
    not_implemented_reason: It can't land there.
  - number: 3
    text: Ask families.
    response: awaited
"""


@pytest.fixture
def acting(project):
    text = (project.root / "content/reviews/17-escalation.md").read_text(encoding="utf-8")
    project.write(
        "content/reviews/17-escalation.md", text.replace("\n---\n\n## What", f"{RECOMMENDATIONS}---\n\n## What")
    )
    result = project.build()
    assert result.code == 0, result.out
    return project


@pytest.mark.parametrize(
    ("path", "there", "not_there"),
    [
        ("actions/state/complete", ["Agree a pathway"], ["helicopter", "Ask families"]),
        ("actions/state/no-update", ["Agree a pathway"], ["helicopter", "Ask families"]),
        ("actions/state/rejected", ["helicopter", "It can’t land there|It can't land there"], ["Agree a pathway"]),
        ("actions/state/none", ["Ask families"], ["Agree a pathway", "helicopter"]),
        ("actions/agency/health", ["Agree a pathway"], ["helicopter", "Ask families"]),
        ("actions/agency/police", ["helicopter"], ["Agree a pathway"]),
        ("actions/year/2017", ["Agree a pathway", "helicopter", "Ask families"], []),
    ],
)
def test_actions_can_be_looked_at_by_state_agency_and_year(acting, path, there, not_there):
    page = unescape(acting.page(path))
    for words in there:
        assert re.search(words, page), f"{words} is missing"
    for words in not_there:
        assert not re.search(words, page), f"{words} does not belong here"


def test_filters_are_links_with_counts_and_only_those_that_lead_somewhere(acting):
    for path in ("actions", "actions/state/complete"):
        links = re.findall(
            r'<a href="(/actions/(?:state|agency|year)/[^"]+)"[^>]*>(.*?)</li>', acting.page(path), re.DOTALL
        )
        counts = {url: re.search(r"\d+", re.sub(r"<[^>]*>|\b20\d\d\b", " ", text))[0] for url, text in links}
        assert counts == {
            "/actions/state/complete/": "1",
            "/actions/state/no-update/": "1",
            "/actions/state/rejected/": "1",
            "/actions/state/none/": "1",
            "/actions/agency/health/": "1",
            "/actions/agency/police/": "1",
            "/actions/year/2017/": "3",
        }
        for url in counts:
            assert (acting.root / "output" / url.strip("/") / "index.html").is_file()


def test_the_filter_that_is_on_says_so_and_the_whole_list_is_one_step_away(acting):
    page = acting.page("actions/state/complete")
    current = re.findall(r'href="([^"]+)"[^>]*aria-current="(?:page|true)"', page)
    assert "/actions/state/complete/" in current
    assert 'href="/actions/"' in page
    assert "<h1" in page
    assert "Complete" in re.search(r"<h1.*?</h1>", page, re.DOTALL)[0]


def test_no_update_is_told_apart_from_not_done(acting):
    assert "No update recorded" in acting.page("actions")
    assert "Not accepted" in acting.page("actions")


def test_where_nothing_was_recommended_the_page_says_so(project):
    project.build()
    assert "No recommendation has been published yet" in project.page("actions")


# Good practice


def test_good_practice_stands_under_its_themes(many):
    review(many, "good-a", "2019-01-01", "What worked well", themes="[neglect]")
    review(many, "good-b", "2018-01-01", "What worked well", themes="[consent]")
    review(many, "good-c", "2017-01-01", "What worked well")
    many.build()
    page = many.page("good-practice")
    places = [page.index(f"Found in {slug}.") for slug in ("good-b", "good-a", "good-c")]
    assert places == sorted(places), "themes in the order of the alphabet, what has none at the end"
    for title in ("Neglect", "Consent"):
        assert re.search(rf"<h2[^>]*>(?:<a[^>]*>)?{title}", page)


# Share


def test_a_review_has_a_page_with_the_text_of_an_e_mail_and_of_a_meeting_item(project):
    project.build()
    page = unescape(project.page("reviews/17-escalation/share"))
    texts = re.findall(r"<textarea[^>]*readonly[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert len(texts) >= 2
    for text in texts[:2]:
        assert "https://learning.example.org/reviews/17-escalation/" in text
        assert "Do we all know when to escalate?" in text
        assert "<" not in text
    assert any("Raise it with your manager" in text for text in texts)
    assert 'href="/reviews/17-escalation/share/"' in project.page("reviews/17-escalation")


def test_a_briefing_has_such_a_page_too(project):
    project.build()
    page = unescape(project.page("briefings/escalation/share"))
    assert "Raise it the same day" in page
    assert "https://learning.example.org/briefings/escalation/" in page


def test_pages_for_sharing_are_not_for_search_engines(project):
    project.build()
    assert "/share/" not in project.page("sitemap.xml")
    assert 'content="noindex' in project.page("reviews/17-escalation/share")


# Feeds


def test_the_feeds_of_its_theme_and_roles_tell_that_a_review_was_withdrawn(project):
    project.change("content/reviews/17-escalation.md", "status: published", "status: withdrawn\nupdated: 2026-05-01")
    project.delete("briefings/escalation.md")
    project.build()
    for path in ("feed.xml", "themes/escalation/feed.xml", "roles/health-visitors/feed.xml", "roles/everyone/feed.xml"):
        feed = project.page(path)
        assert "A review was withdrawn" in feed, path
        assert "escalate" not in feed, path


# A to Z


def test_a_short_a_to_z_is_one_page(project):
    project.build()
    page = project.page("search")
    assert 'href="/reviews/17-escalation/"' in page
    assert not (project.root / "output/search/w").exists()


def test_a_long_a_to_z_has_pages_for_each_letter(project):
    for number in range(260):
        letter = "abéЖ7"[number % 5]
        review(project, f"r-{number}", "2020-01-01", title=f'"{letter}-{number:03}"')
    assert project.build().code == 0
    first = project.page("search")
    assert "a-000" not in first
    links = re.findall(r'href="(/search/[^"]+/)"', first)
    shown = {}
    for link in links:
        text = project.page(link.strip("/"))
        shown[link] = set(re.findall(r"[abéЖ7]-\d{3}", text))
    assert sum(len(titles) for titles in shown.values()) == 260
    assert shown["/search/e/"] == {f"é-{n:03}" for n in range(260) if n % 5 == 2}
    assert "/search/other/" in shown
    assert "/search/u416/" in shown


# Updates


def test_corrections_are_told_apart_from_updates(project):
    text = (project.root / "content/reviews/17-escalation.md").read_text(encoding="utf-8")
    changed = text.replace(
        "number: 17", "number: 17\nupdated: 2018-01-01\nchange: correction\nchange_note: The year was wrong."
    )
    project.write("content/reviews/17-escalation.md", changed)
    project.build()
    page = project.page("updates")
    assert "Corrected" in page
    assert "The year was wrong." in page
    project.write("content/reviews/17-escalation.md", changed.replace("change: correction\n", ""))
    project.build()
    assert "Corrected" not in project.page("updates")
    assert "Updated" in project.page("updates")


def test_a_change_that_is_neither_is_a_problem(project):
    project.change("content/reviews/17-escalation.md", "number: 17", "number: 17\nchange: corection")
    problem = project.build().problems[0]
    assert problem["line"] == 4
    assert "correction" in problem["hint"] + problem["message"]
