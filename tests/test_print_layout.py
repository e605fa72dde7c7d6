"""How paper looks where a program can tell: sizes of letters, what lies over what, where pages begin and end.

Words and their boxes are poppler's. The rest is looked at by people.
"""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import FILES, Example, Project, own_templates
from tests.pdf_reading import HEADING, Node, Text, read_pdf

LINE = 1.2
"""The height of a word's box over the size of its letters, in the print font."""
MARGIN = 60
"""Points at the top and foot of a page in which its title and number stand."""
LONG = "what was seen, what was not seen, who might have asked about it sooner, and why nobody did in the end"
ROLES = {f"role-{number}": f"Role number {number} of people" for number in range(5)} | {
    "long": "Safeguarding and wellbeing coordinators in further and higher education"
}


class Word(NamedTuple):
    """A word of a page and its box, in points from the top left."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def size(self) -> float:
        return (self.bottom - self.top) / LINE


class Sheet(NamedTuple):
    """One page: its height and words."""

    height: float
    words: list[Word]


@cache
def sheets(file: Path) -> list[Sheet]:
    told = subprocess.run(["pdftotext", "-bbox", str(file), "-"], capture_output=True, text=True, check=True).stdout
    found = []
    for part in told.split("<page ")[1:]:
        words = re.findall(r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>', part)
        height = float(re.search(r'height="(.*?)"', part)[1])
        found.append(Sheet(height, [Word(word[4], *map(float, word[:4])) for word in words]))
    return found


def of_form(example: Example, ending: str, but: tuple[str, ...] = ()) -> list[Path]:
    """The PDFs whose name ends so."""
    files = [file for file in example.pdfs if file.endswith(ending) and not file.startswith(but)]
    assert files
    return [example.output / file for file in files]


RUN_TOGETHER = re.compile(r"((19|20)\d\d){2,}")
"""Years that poppler reads as one word: there is no space between them."""


def overlaps(file: Path) -> list[str]:
    """Words that lie on other words, or touch them where there should be a space."""
    found = []
    for number, sheet in enumerate(sheets(file), 1):
        found += [f"page {number}: {word.text!r}" for word in sheet.words if RUN_TOGETHER.fullmatch(word.text)]
        words = sorted(sheet.words, key=lambda word: word.top)
        for place, one in enumerate(words):
            for other in words[place + 1 :]:
                if other.top > one.bottom:
                    break
                low = min(one.bottom - one.top, other.bottom - other.top)
                across = min(one.right, other.right) - max(one.left, other.left)
                down = min(one.bottom, other.bottom) - max(one.top, other.top)
                if across > -0.05 * low and down > low / 4:
                    found.append(f"page {number}: {one.text!r} and {other.text!r}")
    return found


def lonely_headings(file: Path) -> list[str]:
    """Headings that are parted from what they head by the end of a page."""
    leaves = list(_leaves(read_pdf(file).tree))
    return [heading.text for (heading, inside), (after, _) in pairwise(leaves) if inside and after.page != heading.page]


def _leaves(node: Node, heading: bool = False) -> list[tuple[Text, bool]]:
    """Each text in reading order, and whether it is a heading's."""
    found = []
    for kid in node.kids:
        if isinstance(kid, Text):
            found += [(kid, heading)] if kid.text.strip() else []
        elif isinstance(kid, Node):
            found += _leaves(kid, heading or bool(HEADING.fullmatch(kid.kind)))
    return found


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of a project with what is hard to lay out."""
    root = tmp_path_factory.mktemp("hard")
    project = Project(root / "project", lambda: ("", ""))
    for path, text in FILES.items():
        project.write(path, text)
    fill(project)
    assert project.build(pdf=True).code == 0
    return project.root / "output"


def fill(project: Project) -> None:
    """Forty findings with reasons, six of good practice, two of the system; roles with long names; one year after another."""
    for slug, title in ROLES.items():
        project.write(f"content/roles/{slug}.md", f"---\ntitle: {title}\nstatus: published\n---\n")
    titles = list(ROLES.values())

    def findings(count: int, name: str, to_do: bool) -> str:
        return "".join(
            f"- {name} {number}: {LONG}. {{#{name.lower()}-{number} themes=escalation}}\n\n  Because of {LONG}. {LONG}.\n\n"
            + "".join(
                f"  - {title}: do {number}. Think of {LONG}.\n"
                for title in titles
                if (to_do and number % 9 == 0) or title == titles[0]
            )
            + "\n"
            for number in range(count)
        )

    head = (
        "---\ntitle: {}\ntype: learning-review\nstatus: published\npublished: {}-05-04\nthemes: [escalation]\n---\n\n"
    )
    project.write(
        "content/reviews/many.md",
        head.format("Many", 2026) + f"## What needs to improve\n\n{findings(40, 'Fault', True)}"
        f"## What worked well\n\n{findings(6, 'Good', True)}## What the system makes hard\n\n{findings(2, 'System', False)}",
    )
    last = "{#fault-39 themes=escalation"
    project.change("content/reviews/many.md", last, f"{last} seen_before=17-escalation#no-access")
    project.change("content/reviews/17-escalation.md", "{#no-access}", "{#no-access themes=escalation}")
    project.write(
        "content/reviews/one.md", head.format("One finding", 2021) + "## What worked well\n\n- It worked. {#one}\n"
    )


# Letters


def test_large_print_has_no_letter_under_18_points_and_no_italics(example_site):
    for file in of_form(example_site, "-large-print.pdf"):
        small = {word.text for sheet in sheets(file) for word in sheet.words if word.size < 17.9}
        assert not small, (file.name, small)
        fonts = subprocess.run(["pdffonts", str(file)], capture_output=True, text=True, check=True).stdout
        assert "Italic" not in fonts, file.name


def test_the_text_of_a_sheet_is_of_12_points_and_small_letters_are_few_and_readable(example_site):
    for file in of_form(example_site, ("-briefing.pdf", "-digest.pdf", "-sheet.pdf")):
        letters: Counter[bool] = Counter()
        for sheet in sheets(file):
            for word in sheet.words:
                assert word.size > 8.9, (file.name, word)
                letters[word.size > 11.9] += len(word.text)
        assert letters[True] > 0.45 * letters.total(), (file.name, letters)


def test_lines_are_no_longer_than_readers_can_follow(example_site):
    for file in of_form(example_site, "-briefing.pdf"):
        lines: Counter[tuple[int, int]] = Counter()
        for number, sheet in enumerate(sheets(file)):
            for word in sheet.words:
                if 11.9 < word.size < 12.1 and word.left > 140:
                    lines[number, round(word.top)] += len(word.text) + 1
        full = [letters for letters in lines.values() if letters > 55]
        assert sum(full) / len(full) <= 71, (file.name, lines)
        assert max(full) <= 95, (file.name, lines)


# Pages


def test_no_heading_stands_alone_at_the_foot_of_a_page(example_site, hard):
    files = [*of_form(example_site, ".pdf", ("files/",)), *hard.rglob("*.pdf")]
    assert {file.name: found for file in files if (found := lonely_headings(file))} == {}


def test_a_heading_that_stands_alone_is_found(project):
    own_templates(project)
    style = project.root / "templates/print/print.css"
    text = style.read_text(encoding="utf-8").replace("break-after: avoid", "").replace("break-before: avoid", "")
    style.write_text(f"{text}\nh3 {{ break-after: page }}\n", encoding="utf-8")
    assert project.build(pdf=True).code == 0
    assert lonely_headings(project.root / "output/reviews/17-escalation/17-escalation-briefing.pdf")


def test_no_words_lie_on_or_touch_others(example_site, hard):
    files = [*of_form(example_site, ".pdf", ("files/",)), *hard.rglob("*.pdf")]
    assert {file.name: found for file in files if (found := overlaps(file))} == {}


@pytest.mark.parametrize(
    ("file", "was", "fault"),
    [
        ("print.css", ".side { position: absolute; left: 0;", ".side { position: absolute; left: 30mm;"),
        ("print.css", ".rows-3 { min-height: 4.2rem }", ""),
        ("_parts.html", "{% set wide, letters = 1760, 64 if large else 37 %}", "{% set wide, letters = 280, 37 %}"),
    ],
    ids=["a label over text", "a label over the next", "years that touch"],
)
def test_words_that_lie_on_or_touch_others_are_found(project, file, was, fault):
    own_templates(project)
    named = "GPs and practice nurses with others"
    project.write("content/roles/gps.md", f"---\ntitle: {named}\nstatus: published\n---\n")
    project.change(
        "content/reviews/17-escalation.md",
        "  - Health visitors:",
        f"  - {named}: call on the day.\n  - Health visitors:",
    ).change("content/reviews/17-escalation.md", "{#no-access}", "{#no-access themes=escalation}")
    later = FILES["content/reviews/17-escalation.md"].replace("number: 17", "number: 18").replace("2017", "2020")
    project.write("content/reviews/18-later.md", later.replace("{#no-access}", "{#no-access themes=escalation}"))
    project.change(f"templates/print/{file}", was, fault)
    assert project.build(pdf=True).code == 0
    assert [found for pdf in (project.root / "output").rglob("*.pdf") for found in overlaps(pdf)]


def test_titles_of_any_length_keep_off_what_is_below_them(project):
    words = "Safeguarding WWW and midwives’ co-ordinators, in MMMM at Llanfairpwllgwyngyllgogerychwyrndrobwll wards of all".split()
    titles = [f"{words[at % 5]} {' '.join(words[at % 7 :][: at // 2])} {at}" for at in range(2, 24)]
    for at, title in enumerate(titles):
        project.write(f"content/roles/r-{at}.md", f"---\ntitle: {title}\nstatus: published\n---\n")
    told = "".join(f"  - {title}: call.\n" for title in titles)
    project.change("content/reviews/17-escalation.md", "  - Health visitors:", f"{told}  - Health visitors:")
    acts = "".join(f"    - {{title: '{title}', minutes: 7, instructions: Read.}}\n" for title in titles)
    aims = f"training:\n  aims: ['{titles[-1]}']\n  activities:\n{acts}"
    project.change(
        "briefings/escalation.md", "version: 1\n", f"version: 1\nformats: [a4, booklet, training-pack]\n{aims}"
    )
    segments = "".join(f"## {title}\n\nShort.\n\n" for title in titles)
    project.change("briefings/escalation.md", "## Background\n", f"{segments}## Background\n")
    assert project.build(pdf=True).code == 0
    files = list((project.root / "output").rglob("*.pdf"))
    assert {"escalation-training-pack.pdf", "17-escalation-briefing.pdf"} <= {file.name for file in files}
    assert {file.name: found for file in files if (found := overlaps(file))} == {}


def test_no_last_page_is_nearly_empty(example_site, hard):
    endings = ("-briefing.pdf", "-digest.pdf", "-sheet.pdf")
    briefings = [file for file in of_form(example_site, ".pdf", ("files/", "years/")) if file.parent.name == file.stem]
    for file in [
        *of_form(example_site, endings),
        *briefings,
        *(f for f in hard.rglob("*.pdf") if f.name.endswith(endings)),
    ]:
        last = sheets(file)[-1]
        inside = [word.bottom for word in last.words if MARGIN < word.top < last.height - MARGIN]
        assert max(inside) > 0.3 * last.height, file.name


def test_a_review_of_usual_length_is_one_sheet(example_site):
    pages = [len(sheets(file)) for file in of_form(example_site, "-briefing.pdf")]
    assert sum(count <= 2 for count in pages) >= 0.75 * len(pages), sorted(pages)
    assert max(pages) <= 4


def test_a_sheet_has_at_most_two_pages_and_a_digest_four(hard, project):
    project.write("site_config.yaml", f"{FILES['site_config.yaml']}pdf: {{paper: letter}}\n")
    fill(project)
    assert project.build(pdf=True).code == 0
    for output in (hard, project.root / "output"):
        sheet = output / "roles/role-0/role-0-sheet.pdf"
        assert len(sheets(sheet)) == 2
        text = " ".join(word.text for page in sheets(sheet) for word in page.words)
        assert re.search(r"\d+ more are on the page", text)
        assert len(re.findall(r"Do \d+\.", text)) >= 15
        assert len(sheets(output / "themes/escalation/escalation-digest.pdf")) in (3, 4)


# What stands where


def headings_and_words(file: Path) -> str:
    return " ".join(" ".join(text.text for text, _ in _leaves(read_pdf(file).tree)).split())


def test_in_a_digest_no_kind_of_finding_pushes_another_out(hard):
    text = headings_and_words(hard / "themes/escalation/escalation-digest.pdf")
    kinds = [len(set(re.findall(rf"{name} (\d+):", text))) for name in ("Fault", "Good", "System")]
    assert kinds[1:] == [6, 2]
    assert kinds[0] >= 6


def test_what_recurs_comes_into_a_digest_first_and_says_so(hard):
    text = headings_and_words(hard / "themes/escalation/escalation-digest.pdf")
    assert "Fault 39:" in text
    assert "Recurring: also seen in 2017" in text
    assert "Recurring: also seen in 2026" in text


def test_the_table_below_a_chart_has_the_numbers_of_the_findings(hard):
    table = read_pdf(hard / "themes/escalation/escalation-digest.pdf").tree.find("Table")[0]
    rows = [[cell.text.strip() for cell in row.find("TH", "TD")] for row in table.find("TR")]
    assert rows[0][0] == "Year"
    assert ["2026", "40", "6", "2"] in rows
    assert ["2021", "0", "1", "0"] in rows


def test_what_is_pulled_in_stands_with_the_segment_that_is_named_after_it(project):
    project.change(
        "briefings/escalation.md",
        "Why this matters.",
        "Why.\n\n## Findings\n\nOurs.\n\n## What worked well\n\nTheirs.\n\n## What to do\n\nNow.\n\n## Last words\n\nBye.\n",
    )
    assert project.build(pdf=True).code == 0
    text = headings_and_words(project.root / "output/briefings/escalation/escalation.pdf")
    wanted = [
        "Key messages", "raise it with your manager", "Background", "Findings", "Ours.", "Concerns about a home",
        "What worked well", "Theirs.", "Each agency had", "What to do", "Now.", "Last words", "Urgent help",
    ]  # fmt: skip
    places = [text.casefold().rindex(words.casefold()) for words in wanted]
    assert places == sorted(places), text
    assert text.count("Concerns about a home") == 1


def test_without_segments_what_is_pulled_in_has_headings_of_its_own(project):
    assert project.build(pdf=True).code == 0
    text = headings_and_words(project.root / "output/briefings/escalation/escalation.pdf")
    wanted = ["In your role", "Background", "Findings behind this briefing", "Good practice behind this briefing"]
    places = [text.index(words) for words in wanted]
    assert places == sorted(places), text


def test_a_document_that_was_replaced_says_so_at_its_top(project):
    project.write(
        "content/reviews/18-new.md",
        FILES["content/reviews/17-escalation.md"].replace("When to escalate", "Escalating now").replace("17", "18"),
    )
    project.change("content/reviews/17-escalation.md", "status: published", "status: published\nreplaced_by: 18-new")
    assert project.build(pdf=True).code == 0
    text = headings_and_words(project.root / "output/reviews/17-escalation/17-escalation-briefing.pdf")
    assert text.index("This has been replaced by") < text.index("Do we all know when to escalate?")
    assert "Escalating now" in text


def test_a_booklet_says_on_its_first_page_that_the_a4_version_is_the_accessible_one(example_site):
    for file in of_form(example_site, "-booklet.pdf"):
        words = headings_and_words(file)
        assert words.index("The accessible version is the A4 one") < words.index("Key messages"), file.name
        assert "learning.example.org" in words


def test_a_line_that_just_fits_is_not_broken_after_its_first_word(project):
    """The engine did so where an inline element followed that did not fit."""
    project.write("site_config.yaml", f"{FILES['site_config.yaml']}pdf: {{paper: letter}}\n")
    step = "Join your visit to a colleague's when one conversation would do for both."
    project.change("content/reviews/17-escalation.md", "record each visit where you were refused entry.", step)
    assert project.build(pdf=True).code == 0
    words = sheets(project.root / "output/roles/health-visitors/health-visitors-sheet.pdf")[0].words
    first = next(place for place, word in enumerate(words) if word.text == "Join")
    assert words[first].top == words[first + 1].top
