"""Whether a printed copy is the current one: versions, short addresses, codes to scan, and what replaced a record."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from tests.conftest import Project

REVIEW = "content/reviews/17-escalation.md"
REVIEW_PDF = "reviews/17-escalation/17-escalation-briefing.pdf"


def about_version(page: str) -> str:
    """What a page says of its version, as plain text."""
    section = re.search(r'<section[^>]*aria-labelledby="part-version">.*?</section>', page, re.DOTALL)
    assert section, "the page says nothing of its version"
    return " ".join(re.sub(r"<[^>]+>", " ", section[0]).split()).replace(" .", ".").replace(" ,", ",")


def picture(file: Path, folder: Path, page: int = 1) -> Image.Image:
    """One page of a PDF as it is printed."""
    name = folder / "page"
    words = ["pdftoppm", "-r", "100", "-gray", "-png", "-singlefile", "-f", str(page), str(file), str(name)]
    subprocess.run(words, check=True)
    return Image.open(f"{name}.png")


def test_a_page_says_which_version_is_current_and_what_has_changed(project):
    project.change(
        REVIEW, "published: 2017-03-01", "published: 2017-03-01\nupdated: 2018-05-04\nchange_note: It is clearer"
    )
    assert project.build().code == 0
    told = about_version(project.page("reviews/17-escalation/"))
    assert "The current version is that of 4 May 2018." in told
    assert "What changed: It is clearer" in told
    assert "No date of review set." in told
    told = about_version(project.page("briefings/escalation/"))
    assert "version 1, of 1 April 2017" in told


def test_a_page_that_gathers_findings_is_as_new_as_the_newest_review_in_it(project):
    project.change(REVIEW, "published: 2017-03-01", "published: 2017-03-01\nupdated: 2018-05-04")
    assert project.build().code == 0
    for path in ("themes/escalation/", "roles/health-visitors/", "roles/everyone/"):
        assert "4 May 2018" in about_version(project.page(path)), path


@pytest.mark.parametrize("short", ["r/17", "17"])
def test_a_short_address_leads_to_its_record_and_is_what_is_printed(project, short):
    project.change(REVIEW, "number: 17", f"number: 17\nshort_address: {short}")
    assert project.build(pdf=True).problems == []
    assert 'url=/reviews/17-escalation/"' in project.page(f"{short}/")
    text = subprocess.run(
        ["pdftotext", str(project.root / "output" / REVIEW_PDF), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert f"learning.example.org/{short}" in text


def test_two_records_cannot_have_one_short_address(project):
    project.change(REVIEW, "number: 17", "number: 17\nshort_address: glossary")
    problem = project.build().only("content/same-address")
    assert (problem["path"], problem["line"]) == (REVIEW, 4)
    assert "short_address" in problem["hint"]


def test_the_code_on_paper_opens_the_page_where_it_says_which_version_is_current(project, tmp_path):
    assert project.build(pdf=True).code == 0
    for file in (REVIEW_PDF, "themes/escalation/escalation-digest.pdf", "briefings/escalation/escalation.pdf"):
        codes = zxingcpp.read_barcodes(picture(project.root / "output" / file, tmp_path))
        page = f"https://learning.example.org/{file.rpartition('/')[0]}/"
        assert [code.text for code in codes] == [f"{page}#part-version"], file
        assert 'id="part-version"' in project.page(file.rpartition("/")[0])


def test_the_page_and_the_paper_of_a_replaced_record_name_what_replaced_it(project):
    other = (
        (project.root / REVIEW)
        .read_text()
        .replace("number: 17", "number: 18")
        .replace("When to escalate", "What to escalate now")
    )
    project.write("content/reviews/18-newer.md", other)
    project.change(REVIEW, "number: 17", "number: 17\nreplaced_by: 18-newer")
    assert project.build(pdf=True).problems == []
    page = project.page("reviews/17-escalation/")
    assert re.search(r'replaced by\s*<a href="/reviews/18-newer/">What to escalate now</a>', page)
    assert "No. Use What to escalate now instead." in about_version(page)
    text = subprocess.run(
        ["pdftotext", str(project.root / "output" / REVIEW_PDF), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "replaced by What to escalate now" in " ".join(text.split())


def test_the_note_of_a_withdrawn_record_names_what_replaced_it(project):
    other = (
        (project.root / REVIEW)
        .read_text()
        .replace("number: 17", "number: 18")
        .replace("When to escalate", "What to escalate now")
    )
    project.write("content/reviews/18-newer.md", other).delete("briefings/escalation.md")
    project.change(REVIEW, "status: published", "status: withdrawn\nchange_note: It was wrong\nreplaced_by: 18-newer")
    assert project.build().code == 0
    assert '<a href="/reviews/18-newer/">What to escalate now</a>' in project.page("reviews/17-escalation/")


@pytest.mark.parametrize(
    ("name", "code"),
    [("18-newer", "reference/unknown-review"), ("17-escalation", "content/replaced-by-itself")],
)
def test_what_replaced_a_record_must_exist_and_be_another(project: Project, name: str, code: str) -> None:
    problem = project.change(REVIEW, "number: 17", f"number: 17\nreplaced_by: {name}").build().only(code)
    assert (problem["path"], problem["line"], problem["severity"]) == (REVIEW, 4, "error")


def test_what_replaced_a_record_is_not_named_before_it_is_published(project):
    draft = (project.root / REVIEW).read_text().replace("status: published", "status: draft")
    project.write("content/reviews/18-newer.md", draft.replace("When to", "Secret ways to"))
    project.change(REVIEW, "number: 17", "number: 17\nreplaced_by: 18-newer")
    result = project.build()
    assert result.only("reference/not-published")["severity"] == "warning"
    assert not [file for file, data in project.outputs().items() if b"Secret" in data]
