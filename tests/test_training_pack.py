"""Training packs: a session's plan, handouts and blank forms, as a page and as a PDF with the same words."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import lxml.html
import pikepdf
import pytest
from PIL import Image

from tests.conftest import Example, Project

BRIEFING = "briefings/escalation.md"
PAGE = "briefings/escalation/training-pack/"
SESSION = """\
formats: [a4, training-pack]
training:
  duration: 65
  aims: [Say what a closed door may mean]
  ground_rules: [Use the invented example only]
  activities:
    - title: Four visits
      minutes: 20
      purpose: To see a pattern
      resources: [Four cards, A table]
      instructions: Read the *first* card.
    - title: The next step
      minutes: 45
      instructions: Draw the steps.
  handouts:
    - title: Sentences to begin with
      text: |
        ## Say

        I am still worried.
  facilitator_notes: Keep to time.
"""
WANTED = ("exploitation-and-consent", "was-not-brought", "escalation-and-access")
MM = 72 / 25.4


def with_session(project: Project, session: str = SESSION) -> Project:
    return project.change(BRIEFING, "version: 1\n", f"version: 1\n{session}")


def pack_page(project: Project) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(project.page(PAGE))


def text(element: lxml.html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


# Whether a session can be held as it is written


def test_minutes_that_do_not_add_up_are_told_at_the_duration_with_both_numbers(project):
    with_session(project).change(BRIEFING, "minutes: 45", "minutes: 30")
    result = project.check()
    problem = result.only("content/timings")
    assert result.code == 1
    assert problem["severity"] == "error"
    line = (project.root / BRIEFING).read_text().splitlines()[problem["line"] - 1]
    assert (problem["path"], line.strip()) == (BRIEFING, "duration: 65")
    assert "65" in problem["message"]
    assert "50" in problem["message"]


def test_minutes_that_add_up_are_no_problem(project):
    assert with_session(project).check().problems == []


def test_without_a_duration_the_sum_is_the_duration(project):
    with_session(project).change(BRIEFING, "  duration: 65\n", "")
    assert project.build().problems == []
    assert "A session of 1 hour 5 minutes" in text(pack_page(project))


@pytest.mark.parametrize("session", ["formats: [training-pack]\n", "formats: [training-pack]\ntraining: {aims: [A]}\n"])
def test_a_pack_without_a_session_is_told_at_the_formats(session, project):
    problem = with_session(project, session).check().only("content/no-training")
    line = (project.root / BRIEFING).read_text().splitlines()[problem["line"] - 1]
    assert (problem["severity"], line) == ("error", "formats: [training-pack]")


def test_a_briefing_that_is_not_published_yet_is_told_of_its_minutes_and_a_withdrawn_one_is_not(project):
    with_session(project).change(BRIEFING, "minutes: 45", "minutes: 30")
    project.change(BRIEFING, "published: 2017-04-01", "published: 2030-04-01")
    assert "content/timings" in project.check().codes
    project.change(BRIEFING, "status: published", "status: withdrawn")
    assert "content/timings" not in project.check().codes


# The page


def test_the_page_has_every_part_in_the_order_of_the_pack(project):
    assert with_session(project).build().problems == []
    main = pack_page(project).find(".//main")
    assert [text(one) for one in main.iter("h1")] == ["Escalation in seven minutes"]
    pack = main.find_class("pack")[0]
    assert [text(one) for one in pack.iter("h2")] == [
        "In this pack",
        "Session plan",
        "Keeping people safe",
        "Facilitator’s notes",
        "Activities, step by step",
        "Handout 1: Key messages",
        "Handout 2: What to do in your role",
        "Handout 3: What reviews found",
        "Handout 4: Sentences to begin with",
        "Action plan",
        "Reflective log",
        "Sign-in sheet",
        "Before and after",
        "Certificate of attendance",
        "Questions to talk about",
    ]
    said = text(pack)
    for words in (
        "Say what a closed door may mean",
        "Use the invented example only",
        "Keep to time.",
        "Read the first card.",
        "I am still worried.",
        "Raise it the same day",
        "Record each visit where you were refused entry.",
        "Concerns about a home that staff could not enter were not passed on.",
        "Each agency had the same, current information.",
        "A filled-in sheet is personal data",
    ):
        assert words in said, words


def test_the_contents_lead_to_each_section_and_to_the_numbers_to_call(project):
    assert with_session(project).build().code == 0
    page = pack_page(project)
    links = [link.get("href")[1:] for link in page.find_class("contents")[0].iter("a")]
    pack = page.find_class("pack")[0]
    assert links == [*[one.get("id") for one in pack.iter("h2")][1:], "part-help"]
    assert "999" in text(page.get_element_by_id("part-help"))


def test_the_plan_tells_the_times_from_the_start(project):
    assert with_session(project).build().code == 0
    rows = [[text(cell) for cell in row] for row in pack_page(project).find_class("times")[0].iter("tr")]
    assert rows == [
        ["From the start", "Activity", "Purpose", "You need"],
        ["0:00 to 0:20", "Four visits20 minutes", "To see a pattern", "Four cardsA table"],
        ["0:20 to 1:05", "The next step45 minutes", "", ""],
        ["1:05", "End1 hour 5 minutes in all", "", ""],
    ]


def test_without_the_format_there_is_no_page(project):
    with_session(project).change(BRIEFING, "formats: [a4, training-pack]", "formats: [a4]")
    assert project.build().code == 0
    assert not any("training-pack" in file for file in project.outputs())


def test_what_a_review_that_is_not_published_found_is_not_in_the_pack(project):
    with_session(project).change("content/reviews/17-escalation.md", "status: published", "status: draft")
    assert project.build().code == 0
    assert "could not enter" not in project.page(PAGE)


def test_headings_and_footnotes_of_several_handouts_do_not_meet(project):
    more = "    - title: Another\n      text: |\n        ## Say\n\n        Or so.[^1]\n\n        [^1]: Note.\n"
    with_session(project).change(BRIEFING, "  facilitator_notes", f"{more}  facilitator_notes")
    assert project.build().code == 0
    page = pack_page(project)
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    inner = {link[1:] for link in page.find_class("pack")[0].xpath(".//a/@href") if link.startswith("#")}
    assert inner <= set(ids)


def test_the_pages_ask_nobody_for_anything(example_site: Example):
    for slug in WANTED:
        page = lxml.html.document_fromstring(example_site.outputs[f"briefings/{slug}/training-pack/index.html"])
        assert not page.find(".//main").xpath(".//form | .//input | .//textarea | .//select")


# The PDF


@pytest.fixture(params=WANTED)
def pack(request: pytest.FixtureRequest, example_site: Example) -> Path:
    return example_site.output / f"briefings/{request.param}/{request.param}-training-pack.pdf"


def pages(pdf: Path) -> list[list[str]]:
    """The lines of each page."""
    done = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, check=True)
    return [
        [" ".join(line.split()) for line in page.splitlines() if line.strip()]
        for page in done.stdout.decode().split("\f")[:-1]
    ]


def titles(example_site: Example, pdf: Path) -> list[str]:
    page = lxml.html.document_fromstring(example_site.outputs[f"briefings/{pdf.parent.name}/training-pack/index.html"])
    return [text(link) for link in page.find_class("contents")[0].iter("a")]


def test_the_contents_tell_the_pages_on_which_sections_begin(example_site: Example, pack):
    sheets = pages(pack)
    for title in titles(example_site, pack)[:-1]:
        told = [line for line in sheets[0] if re.fullmatch(rf"{re.escape(title)} \d+", line)]
        begins = [number for number, lines in enumerate(sheets, 1) if title in lines]
        assert len(told) == 1, (title, told)
        assert begins == [int(told[0].rpartition(" ")[2])], (title, told)


def test_a_handout_can_be_copied_alone(example_site: Example, pack):
    sheets = pages(pack)
    every = titles(example_site, pack)
    for title in [title for title in every if title.startswith("Handout")]:
        lines = next(lines for lines in sheets if title in lines)
        assert lines.index(title) == 1, "it begins its page, after the running title"
        assert not [other for other in every if other != title and other in lines]
        foot = " ".join(lines[-4:])
        version = example_site.published("briefing")[pack.parent.name]["version"]
        assert f"Version {version}," in foot
        assert f"/briefings/{pack.parent.name}/training-pack" in foot
        assert "Urgent help: 999" in foot
        assert "01632 960001" in foot.replace("\u00a0", " ")


def test_no_page_is_nearly_empty(pack, tmp_path):
    subprocess.run(["pdftoppm", "-r", "20", "-gray", "-png", str(pack), str(tmp_path / "page")], check=True)
    for picture in sorted(tmp_path.glob("page-*.png")):
        with Image.open(picture) as page:
            body = page.crop((0, 0, page.width, round(page.height * 0.9)))
            reach = body.point(lambda grey: 255 if grey < 200 else 0).getbbox()
        assert reach is not None
        assert reach[3] > page.height * 0.3, picture.name


def test_the_plan_is_on_one_page(pack):
    sheets = [lines for lines in pages(pack) if "Session plan" in lines]
    assert len(sheets) == 1
    assert any(line.startswith("0:00 to") for line in sheets[0])
    assert any(re.match(r"\d:\d\d End", line) for line in sheets[0])


def test_each_field_has_a_name_of_its_own_and_says_what_it_is_for(pack):
    with pikepdf.open(pack) as pdf:
        fields = [note for page in pdf.pages for note in page.get("/Annots", []) if note.Subtype == "/Widget"]
        names = [str(field.T) for field in fields]
        assert len(names) == len(set(names)) > 30
        for field in fields:
            assert str(field.TU)
            assert str(field.TU) != str(field.T)


def test_lines_to_write_on_are_nine_millimetres_apart(pack):
    with pikepdf.open(pack) as pdf:
        fields = [note for page in pdf.pages for note in page.get("/Annots", []) if note.Subtype == "/Widget"]
        heights = {
            round(abs(float(field.Rect[3]) - float(field.Rect[1])) / MM, 1) for field in fields if field.FT == "/Tx"
        }
    assert heights <= {9.0, 27.0, 36.0}


def test_the_sign_in_sheet_is_for_paper_only(pack):
    number = next(number for number, lines in enumerate(pages(pack)[1:], 1) if "Sign-in sheet" in lines)
    with pikepdf.open(pack) as pdf:
        assert not [note for note in pdf.pages[number].get("/Annots", []) if note.Subtype == "/Widget"]


def test_the_certificate_says_what_was_attended_and_claims_no_more(example_site: Example, pack):
    briefing = example_site.published("briefing")[pack.parent.name]
    sheet = " ".join(next(lines for lines in pages(pack)[1:] if "Certificate of attendance" in lines))
    assert briefing["title"] in sheet
    assert f"version {briefing['version']} of " in sheet
    assert "It is not a qualification." in sheet
    assert not re.search(r"accredit|CPD|approved", sheet, re.IGNORECASE)


def test_hard_content_makes_a_good_pack_on_letter_paper(project):
    long = " ".join(["Ask what has changed, and who else would need to know."] * 60)
    activities = "".join(f"    - {{title: Part {number}, minutes: 5, instructions: Talk.}}\n" for number in range(24))
    activities += f"    - title: {'Unpronounceable' * 12}\n      minutes: 5\n      instructions: {long}\n"
    with_session(project, f"formats: [training-pack]\ntraining:\n  activities:\n{activities}")
    project.write("site_config.yaml", (project.root / "site_config.yaml").read_text() + "pdf: {paper: letter}\n")
    result = project.build(pdf=True)
    assert result.problems == []
    file = project.root / "output/briefings/escalation/escalation-training-pack.pdf"
    with pikepdf.open(file) as pdf:
        assert {tuple(round(float(side)) for side in page.MediaBox[2:]) for page in pdf.pages} == {(612, 792)}
    assert project.page(PAGE).count("escalation-training-pack.pdf") == 1
