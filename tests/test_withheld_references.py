"""What is said of references to what a review withholds, and of reviews of which too little is published to be of use."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
import yaml

from tests.conftest import Project
from tests.pdf_reading import poppler_text
from tests.published_bytes import Published

PATH = "content/reviews/18-part.yaml"
PART: dict[str, Any] = {
    "title": "A part of it",
    "type": "rapid-review",
    "status": "published",
    "published": "2018-05-04",
    "publication_mode": "improvements-only",
    "publication_reason": "To protect the family.",
    "findings": [
        {"id": "improve", "kind": "improvement", "statement": "Calls were not returned."},
        {"id": "zqwithheldzq", "kind": "good-practice", "statement": "The school zqkeptzq in touch."},
    ],
    "body": "## A story zqstoryzq\n\nWords.\n",
}


def write_review(project: Project, **fields: Any) -> None:
    """The review with these fields; None takes one away."""
    review = {name: value for name, value in {**PART, **fields}.items() if value is not None}
    project.write(PATH, yaml.safe_dump(review, sort_keys=False))


def write_page(project: Project, text: str) -> None:
    project.write("content/pages/news.md", f"---\ntitle: News\nstatus: published\n---\n\nSee {text}.\n")


@pytest.mark.parametrize(
    ("target", "column"),
    [
        ("review:18-part#zqwithheldzq", 15),
        ("/reviews/18-part/#zqwithheldzq", 15),
        ("review:18-part#a-story-zqstoryzq", 15),
    ],
)
def test_a_link_into_what_is_withheld_is_an_error_and_either_remedy_works(project, target, column):
    write_review(project)
    write_page(project, f"[the one]({target})")
    told = project.check().only("reference/not-published")
    assert (told["severity"], told["path"], told["line"], told["column"]) == (
        "error",
        "content/pages/news.md",
        6,
        column,
    )
    assert "'18-part' is published as 'improvements-only'" in told["message"]
    assert told["hint"] == "Take '#…' off the link so that it leads to the review's page, or take the link out."
    write_page(project, f"[the one]({target.partition('#')[0]})")
    assert "reference/not-published" not in project.check().codes
    write_page(project, "nothing")
    assert "reference/not-published" not in project.check().codes
    write_page(project, "[the one](review:18-part#improve)")
    assert "reference/not-published" not in project.check().codes


def test_a_link_within_a_review_to_its_own_withheld_part_is_an_error_only_where_readers_would_see_it(project):
    findings = [{**PART["findings"][0], "why": "As [here](#zqwithheldzq)."}, PART["findings"][1]]
    write_review(project, findings=findings)
    told = project.check().only("reference/not-published")
    assert (told["severity"], told["path"]) == ("error", PATH)
    write_review(project, body="See [what worked](#zqwithheldzq).")
    assert "reference/not-published" not in project.check().codes


def test_fields_that_name_something_withheld_are_warned_of_and_nothing_of_it_is_published(project):
    write_review(
        project, recommendations=[{"number": 1, "text": "Write it down.", "findings": ["improve", "zqwithheldzq"]}]
    )
    later = {
        "title": "Later",
        "type": "rapid-review",
        "status": "published",
        "published": "2020-01-01",
        "related": ["18-part", "21-draft"],
        "findings": [
            {
                "id": "again",
                "kind": "improvement",
                "statement": "Calls were late.",
                "seen_before": ["18-part#improve", "18-part#zqwithheldzq"],
            }
        ],
    }
    project.write("content/reviews/20-later.yaml", yaml.safe_dump(later, sort_keys=False))
    project.write("content/reviews/21-draft.yaml", yaml.safe_dump({**PART, "title": "zqdraftzq", "status": "draft"}))
    project.change("briefings/escalation.md", "[17-escalation]", "[17-escalation, 18-part#zqwithheldzq]")
    done = project.build()
    assert done.code == 0
    told = {
        (problem["path"], project.root.joinpath(problem["path"]).read_text().splitlines()[problem["line"] - 1].strip())
        for problem in done.problems
        if problem["code"] == "reference/not-published" and problem["severity"] == "warning"
    }
    assert told == {
        (PATH, "- zqwithheldzq"),
        ("content/reviews/20-later.yaml", "- 21-draft"),
        ("content/reviews/20-later.yaml", "- 18-part#zqwithheldzq"),
        ("briefings/escalation.md", "about: [17-escalation, 18-part#zqwithheldzq]"),
    }
    published = Published(project.root / "output")
    for word in ("zqwithheldzq", "zqkeptzq", "zqstoryzq", "zqdraftzq"):
        assert published.where(word) == [], word
    later_page = project.page("reviews/20-later/")
    assert 'href="/reviews/18-part/"' in later_page
    assert 'href="/reviews/18-part/#improve"' in later_page
    assert "/briefings/escalation/" in project.page("reviews/18-part/")  # it is about the review all the same
    project.change("briefings/escalation.md", ", 18-part#zqwithheldzq", "")
    project.change("content/reviews/20-later.yaml", "  - 18-part#zqwithheldzq\n", "")
    project.change("content/reviews/20-later.yaml", "- 21-draft\n", "")
    project.change(PATH, "  - zqwithheldzq\n", "")
    assert "reference/not-published" not in project.check().codes


def test_a_briefing_only_review_without_a_briefing_is_warned_of_until_there_is_one(project):
    write_review(project, publication_mode="briefing-only")
    told = project.check().only("publish/no-briefing")
    assert (told["severity"], told["path"], told["line"]) == ("warning", PATH, 5)
    assert "'about: [18-part]'" in told["hint"]
    about = "briefings/escalation.md"
    project.change(about, "about: [17-escalation]", "about: [18-part]")
    assert "publish/no-briefing" not in project.check().codes
    project.change(about, "status: published", "status: draft")
    assert "publish/no-briefing" in project.check().codes
    project.delete(about)
    for mode in ("full", "improvements-only", "catalogue"):
        write_review(project, publication_mode=mode)
        assert "publish/no-briefing" not in project.check().codes, mode
    write_review(project, publication_mode="briefing-only", status="draft")
    assert "publish/no-briefing" not in project.check().codes


def test_a_catalogue_entry_that_says_nothing_is_warned_of_until_it_does(project):
    write_review(project, publication_mode="catalogue")
    told = project.check().only("publish/empty-entry")
    assert (told["severity"], told["path"], told["line"]) == ("warning", PATH, 5)
    assert told["hint"] == "Add a 'summary' or 'documents'."
    for remedy in (
        {"summary": "Calls that nobody returned."},
        {"documents": [{"title": "The report", "url": "https://example.org/report"}]},
    ):
        write_review(project, publication_mode="catalogue", **remedy)
        assert "publish/empty-entry" not in project.check().codes, remedy


def test_an_addition_that_is_not_shown_is_warned_of_until_it_is_taken_away_or_shown(project):
    added = [{"date": "2019-01-01", "text": "The zqaddedzq name has changed."}]
    for mode in ("briefing-only", "catalogue"):
        write_review(project, publication_mode=mode, addenda=added)
        told = project.check().only("publish/addition-withheld")
        assert (told["severity"], told["path"]) == ("warning", PATH)
        line = (project.root / PATH).read_text().splitlines()[told["line"] - 1]
        assert line in ("addenda:", "- date: '2019-01-01'")
        write_review(project, publication_mode=mode)
        assert "publish/addition-withheld" not in project.check().codes, mode
    write_review(project, addenda=added)
    assert "publish/addition-withheld" not in project.build().codes
    assert "zqaddedzq" in project.page("reviews/18-part/")


RECOMMENDED = [{"number": 1, "text": "Return each call.", "response": "accepted"}]
DOCUMENTS = [{"title": "The report", "url": "https://example.org/report"}]
WHERE = "The findings of this review are not set out here one by one. Please see {}."


def test_a_review_without_findings_says_where_they_are_on_its_page_and_on_paper(project):
    cases = {
        "recommended": ({"recommendations": RECOMMENDED}, "its recommendations"),
        "filed": ({"documents": DOCUMENTS}, "its related files"),
        "both": ({"recommendations": RECOMMENDED, "documents": DOCUMENTS}, "its recommendations and its related files"),
    }
    for name, (fields, _) in cases.items():
        review = {
            **PART,
            "publication_mode": "full",
            "publication_reason": None,
            "findings": [],
            "body": None,
            **fields,
        }
        text = yaml.safe_dump({key: value for key, value in review.items() if value is not None})
        project.write(f"content/reviews/{name}.yaml", text)
    assert project.build(pdf=True).code == 0
    for name, (fields, words) in cases.items():
        page = project.page(f"reviews/{name}/")
        assert WHERE.format(words) in page
        assert empty_headings(page) == []
        paper = " ".join(" ".join(poppler_text(project.root / f"output/reviews/{name}/{name}-briefing.pdf")[0]).split())
        assert WHERE.format(words) in paper
        if "recommendations" in fields:
            assert "Return each call" in paper
        if "documents" in fields:
            assert 'href="https://example.org/report"' in page
            assert "The report" in paper


class _Headings(HTMLParser):
    """The headings in the main part of a page, each with the words from there to the next of its level or above.

    A heading within counts as words.
    """

    def __init__(self) -> None:
        super().__init__()
        self.main = False
        self.inside = False
        self.found: list[tuple[int, list[str], list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.main = self.main or tag == "main"
        if self.main and re.fullmatch("h[1-6]", tag):
            finding = dict(attrs).get("class") == "said"  # what was found is all that need be said of it
            self.found.append((int(tag[1]), [], ["found"] if finding else []))
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        self.main = self.main and tag != "main"
        self.inside = self.inside and not re.fullmatch("h[1-6]", tag)

    def handle_data(self, data: str) -> None:
        words = data.strip()
        if not (self.main and words and self.found):
            return
        level = 7
        if self.inside:
            self.found[-1][1].append(words)
            level = self.found[-1][0]
        for above, _, below in reversed(self.found):
            if above < level:
                below.append(words)
                level = above


def empty_headings(page: str) -> list[str]:
    """Headings without a word, or without a word below them."""
    parser = _Headings()
    parser.feed(page)
    assert parser.found
    return [" ".join(title) for _, title, below in parser.found if not (title and below)]


def test_a_heading_without_a_word_below_it_is_seen():
    page = "<main><h1>All</h1><h2>First</h2><section></section><h2>Second</h2><h3>Inner</h3><p>Text.</p>{}</main>Foot."
    assert empty_headings(page.format("")) == ["First"]
    assert empty_headings(page.format("<h3> </h3><p>Text.</p>")) == ["First", ""]
    assert empty_headings(page.format("<h2>Last</h2>")) == ["First", "Last"]


def test_a_review_of_each_mode_reads_well_however_little_is_in_it(project):
    good = [PART["findings"][1]]
    cases: dict[str, dict[str, Any]] = {
        "full": {"publication_mode": "full", "publication_reason": None},
        "full-filed": {"publication_mode": "full", "findings": [], "documents": DOCUMENTS},
        "improvements-only": {},
        "improvements-only-none": {"findings": good},
        "improvements-only-recommended": {"findings": good, "recommendations": RECOMMENDED},
        "briefing-only": {"publication_mode": "briefing-only"},
        "briefing-only-briefed": {"publication_mode": "briefing-only"},
        "catalogue": {"publication_mode": "catalogue", "publication_reason": None},
        "catalogue-told": {"publication_mode": "catalogue", "publication_reason": None, "summary": "Calls."},
        "catalogue-filed": {"publication_mode": "catalogue", "documents": DOCUMENTS, "summary": "Calls."},
    }
    for name, fields in cases.items():
        review = {key: value for key, value in {**PART, **fields}.items() if value is not None}
        project.write(f"content/reviews/{name}.yaml", yaml.safe_dump(review))
    project.change("briefings/escalation.md", "[17-escalation]", "[17-escalation, briefing-only-briefed]")
    assert project.build().code == 0
    for name in cases:
        page = project.page(f"reviews/{name}/")
        assert empty_headings(page) == [], name
        assert '<ul class="lines">\n</ul>' not in page, name
        assert "None" not in page, name
    assert "No finding of this review is published." in project.page("reviews/improvements-only-none/")
    assert WHERE.format("its recommendations") in project.page("reviews/improvements-only-recommended/")
    assert "A briefing about it is not published yet." in project.page("reviews/briefing-only/")
    briefed = project.page("reviews/briefing-only-briefed/")
    assert "What can be learned from it is in this briefing." in briefed
    assert 'href="/briefings/escalation/"' in briefed
    assert "Only its title and its kind are published." in project.page("reviews/catalogue/")
    assert "Only a summary of it is published." in project.page("reviews/catalogue-told/")
    assert "What it found is in the document below." in project.page("reviews/catalogue-filed/")
