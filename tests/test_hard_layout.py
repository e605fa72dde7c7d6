"""Content that no designer drew: very long, very many, in other scripts, or nothing at all. The layout holds."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lxml.html
import pytest

from sitegen import addresses
from tests.conftest import CONFIG, FILES, NOW, Project, own_templates
from tests.page_shapes import parts_of
from tests.server import Server

LAYOUT = Path(__file__).with_name("layout.js").read_text(encoding="utf-8")
WIDTHS = (320, 390, 1280)
LARGER = "(larger) => { document.documentElement.style.fontSize = `${18 * larger}px`; }"
KINDS = ("improvement", "good-practice", "system")
LONG_TITLE = ("Éàn unusually long title, with ŵ and 中文, that nobody cut, " * 6)[:300].strip()
LONG_WORD = "Safeguarding" * 16 + "ŵŷŵŷŵŷŵŷ"
ARABIC = "هل نعرف جميعا متى نرفع القلق إلى من هو أعلى منا؟"
HEBREW = "האם כולנו יודעים מתי להעביר את הדאגה הלאה?"
EMOJI = "Is this 👩‍👩‍👧‍👦 safe? 🚨🧸🏠 1️⃣ 🏴󠁧󠁢󠁷󠁬󠁳󠁿"
HOSTILE = {"long title": LONG_TITLE, "long word": LONG_WORD, "right to left": ARABIC, "emoji": EMOJI}


def record(**fields: Any) -> str:
    """A record as YAML: JSON is a part of it."""
    return "\n".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()) + "\n"


def quoted(text: str) -> str:
    """A text as YAML takes it within a line."""
    return json.dumps(text, ensure_ascii=False)


def finding(number: int, text: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"f-{number}",
        "kind": KINDS[number % 3],
        "statement": text,
        "why": f"{text} {text}",
        "question": text,
        "what_to_do": {"everyone": [text], "health-visitors": [text, text]},
        **more,
    }


def write_with(project: Project, text: str) -> None:
    """Everything that has a text says this one."""
    project.write(
        "site_config.yaml",
        CONFIG.replace("Learning from reviews", quoted(text)[1:-1])
        .replace("Exampleshire Safeguarding Partnership", quoted(text)[1:-1])
        .replace("urgent_help:", f"  description: {quoted(text)}\n  banner: {quoted(text)}\nurgent_help:")
        .replace("label: Emergency services", f"label: {quoted(text)}"),
    )
    project.write("content/agencies.yaml", record(health=text, police=text + " 2"))
    for kind in ("theme", "role", "page"):
        slug = {"theme": "escalation", "role": "health-visitors", "page": "accessibility"}[kind]
        (project.root / f"content/{kind}s/{slug}.md").unlink()
        more = {"navigation": "main"} if kind == "page" else {"statement": text} if kind == "theme" else {}
        project.write(
            f"content/{kind}s/{slug}.yaml",
            record(
                title=f"{text} {kind}"[-300:], status="published", summary=text, body=f"## {text}\n\n{text}\n", **more
            ),
        )
    project.write(
        "content/glossary.yaml",
        f"- {{term: {quoted(text)}, meaning: {quoted(text)}}}\n- {{term: Board, meaning: A board.}}\n",
    )
    project.write(
        "content/external.yaml",
        f"- {{title: {quoted(text)}, publisher: {quoted(text)}, url: 'https://example.com/', summary: {quoted(text)}, themes: [escalation]}}\n",
    )
    actions = [
        {"what": text, "owner": text, "due": "2020-01-01", "status": status, "evidence": text, "impact": text}
        for status in ("complete", "in-progress", "not-started", "not-implemented", "no-update")
    ]
    review = {
        "type": "learning-review",
        "status": "published",
        "question": text,
        "summary": f"{text}\n\n{text} Board",
        "period": text,
        "themes": ["escalation"],
        "agencies": ["health", "police"],
        "roles": ["health-visitors"],
        "methodology": text,
        "addenda": [{"date": "2020-02-02", "text": text}],
        "change_note": text,
        "updated": "2020-01-01",
        "documents": [{"title": text, "url": "https://example.com/"}],
        "findings": [finding(number, f"{text} {number}") for number in range(6)],
        "recommendations": [
            {"number": 1, "text": text, "addressed_to": ["health"], "response": "accepted", "actions": actions},
            {"number": 2, "text": text, "response": "rejected", "not_implemented_reason": text},
        ],
        "body": f"## {text}\n\n{text}\n\n| {text} | b |\n|---|---|\n| {text} | c |\n\n    {text}\n",
    }
    (project.root / "content/reviews/17-escalation.md").unlink()
    for slug, year in (("17-escalation", 2017), ("18-again", 2018)):
        seen = {"seen_before": ["17-escalation#f-0"]} if year == 2018 else {}
        findings = [{**review["findings"][0], **seen}, *review["findings"][1:]]
        own = {"title": f"{year} {text}"[:300], "number": year - 2000, "published": f"{year}-03-01"}
        project.write(f"content/reviews/{slug}.yaml", record(**{**review, **own, "findings": findings}))
    (project.root / "briefings/escalation.md").unlink()
    project.write(
        "briefings/escalation.yaml",
        record(
            title=text,
            status="published",
            published="2017-04-01",
            version=1,
            audience=["health-visitors"],
            about=["17-escalation"],
            key_messages=[text, text],
            questions=[text],
            body=f"## {text}\n\n{text}\n",
        ),
    )


@pytest.fixture(scope="module")
def looked_at() -> set[str]:
    """Digests of the parts of pages whose layout has been looked at."""
    return set()


@pytest.fixture
def laid_out(
    still_chromium: Any, still_chromium_with_narrow_fonts: Any, looked_at: set[str]
) -> Iterator[Callable[..., list[str]]]:
    """Looks at pages of a built project at three widths, everything opened, with wide fonts and at the least width with
    narrow ones. Returns what is wrong, one line each.

    Looks at the paths that are given, or at all pages that have something in ``main`` or around it that none had before.
    ``larger`` is how many times as large as usual letters are.
    """
    pages = {
        name: browser.new_context(service_workers="block", reduced_motion="reduce").new_page()
        for name, browser in (("wide", still_chromium), ("narrow", still_chromium_with_narrow_fonts))
    }

    def unknown(output: Path) -> Iterator[str]:
        for file in sorted(output.rglob("*.html")):
            parts = set(parts_of(file.read_bytes()))
            if not parts <= looked_at:
                yield addresses.path_of(str(file.relative_to(output)))
            looked_at.update(parts)

    def look(project: Project, paths: list[str] | None = None, larger: float = 1) -> list[str]:
        output = project.root / "output"
        wrong = []
        with Server(output) as server:
            for path, (fonts, page) in itertools.product(paths or list(unknown(output)), pages.items()):
                page.goto(server.address + path)
                page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
                if larger != 1:
                    page.evaluate(LARGER, larger)
                for width in WIDTHS if fonts == "wide" or larger != 1 else WIDTHS[:1]:
                    page.set_viewport_size({"width": width, "height": 844})
                    found = page.evaluate(LAYOUT)
                    wrong += [f"/{path} at {width} px with {fonts} fonts: {fault}" for fault in found]
            for page in pages.values():
                page.goto("about:blank")
        return wrong

    yield look
    for page in pages.values():
        page.context.close()


def built(project: Project) -> Project:
    result = project.build()
    assert result.code == 0, result.out
    return project


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_any_text_anywhere_keeps_to_its_place(project, laid_out, text):
    write_with(project, text)
    assert laid_out(built(project)) == []


def test_words_of_the_glossary_keep_to_the_screen_however_long_they_are(project, chromium):
    write_with(project, LONG_WORD)
    built(project)
    context = chromium.new_context(viewport={"width": 320, "height": 568})
    page = context.new_page()
    with Server(project.root / "output") as server:
        page.goto(server.address + "reviews/17-escalation/")
        terms = [term for term in page.locator("main button.term").all() if term.is_visible()]
        assert terms
        for term in terms:
            term.click()
            box = page.locator(f"#{term.get_attribute('popovertarget')}").bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 320
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= 568
            assert page.evaluate("document.documentElement.scrollWidth") == 320
            page.keyboard.press("Escape")
        page.goto("about:blank")
    context.close()


@pytest.mark.parametrize("text", [ARABIC, HEBREW], ids=["Arabic", "Hebrew"])
def test_a_question_that_is_read_from_the_right_stands_so(project, chromium, text):
    write_with(project, text)
    built(project)
    context = chromium.new_context()
    page = context.new_page()
    with Server(project.root / "output") as server:
        page.goto(server.address + "reviews/17-escalation/")
        assert page.evaluate("getComputedStyle(document.querySelector('h1')).direction") == "rtl"
        page.goto("about:blank")
    context.close()


def test_two_hundred_findings_in_a_review_are_all_there(project, laid_out):
    findings = [finding(number, f"Finding number {number}.") for number in range(200)]
    project.write(
        "content/reviews/many.yaml",
        record(
            title="Many",
            type="learning-review",
            status="published",
            published="2020-01-01",
            themes=["escalation"],
            findings=findings,
        ),
    )
    assert laid_out(built(project), ["reviews/many/", "themes/escalation/", "roles/health-visitors/", ""]) == []
    page = lxml.html.document_fromstring(project.page("reviews/many"))
    assert len(page.xpath("//article[starts-with(@id, 'f-')]")) == 200
    assert len({link for link in page.xpath("//@href") if link.startswith(("#f-", "/reviews/many/#f-"))}) >= 200


def test_a_theme_and_a_role_without_findings_say_so(project, laid_out):
    project.write("content/themes/new.md", "---\ntitle: A new theme\nstatus: published\n---\n")
    project.write("content/roles/new.md", "---\ntitle: A new role\nstatus: published\n---\n")
    assert laid_out(built(project), ["themes/", "themes/new/", "roles/", "roles/new/", "themes/new/", ""]) == []
    for path, words in {
        "themes/new": "No finding has been published on this theme yet.",
        "roles/new": "No review has anything for this role yet.",
    }.items():
        assert words in lxml.html.document_fromstring(project.page(path)).xpath("string(//main)")


def test_without_any_recommendation_the_page_of_actions_says_so(project, laid_out):
    assert laid_out(built(project)) == []
    assert "No recommendation has been published yet." in project.page("actions")
    assert not lxml.html.document_fromstring(project.page("reviews/17-escalation")).xpath(
        "//*[@id='part-recommendations']"
    )


@pytest.mark.parametrize("left_out", ["content/themes", "content/roles", "briefings", "content/reviews", "everything"])
def test_a_site_may_lack_any_kind_of_content(project, laid_out, left_out):
    for path in FILES:
        gone = left_out == "everything" or path.startswith(left_out)
        if gone and path not in ("site_config.yaml", "content/agencies.yaml"):
            project.delete(path)
    if left_out != "everything":
        for path, words in (
            ("content/reviews/17-escalation.md", ("themes: [escalation]\n", "roles: [health-visitors]\n")),
            ("briefings/escalation.md", ("audience: [health-visitors]\n", "about: [17-escalation]\n")),
        ):
            for word in words:
                named = word.partition(" ")[0].rstrip(":")
                if (project.root / path).exists() and left_out.endswith(
                    {"audience": "roles", "about": "reviews"}.get(named, named)
                ):
                    project.change(path, word, "about: [theme:escalation]\n" if named == "about" else "")
        if left_out == "content/roles":
            project.change(
                "content/reviews/17-escalation.md",
                "  - Health visitors: record each visit where you were refused entry.\n",
                "",
            )
    assert laid_out(built(project)) == []


def test_a_logo_that_is_missing_is_a_problem_and_none_at_all_is_not(project, laid_out):
    project.write("site_config.yaml", CONFIG.replace("  email:", "  logo: no-such-logo.svg\n  email:"))
    result = project.build()
    assert result.code == 1
    (problem,) = [found for found in result.problems if "no-such-logo.svg" in found["message"] + found.get("hint", "")]
    assert problem["severity"] == "error"
    project.write("site_config.yaml", CONFIG)
    assert laid_out(built(project), ["", "reviews/17-escalation/"]) == []
    assert not lxml.html.document_fromstring(project.page("")).xpath("//header//img")


@pytest.mark.parametrize("shape", ["0 0 2000 10", "0 0 10 2000"], ids=["wide", "tall"])
def test_a_logo_of_any_shape_keeps_to_its_place(project, laid_out, shape):
    logo = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{shape}"><rect width="2000" height="2000"/></svg>'
    project.write("content/files/logo.svg", logo)
    project.write("site_config.yaml", CONFIG.replace("  email:", "  logo: logo.svg\n  email:"))
    assert laid_out(built(project), ["", "reviews/17-escalation/"]) == []


def write_years(project: Project, years: dict[int, tuple[int, int, int]]) -> Project:
    """A theme with findings of these years: how many to improve, of good practice and of the system. Some have none."""
    project.delete("content/reviews/17-escalation.md").change(
        "briefings/escalation.md", "[17-escalation]", "[theme:escalation]"
    )
    for year, counts in ((year, counts) for year, counts in years.items() if any(counts)):
        kinds = [kind for kind, count in zip(KINDS, counts, strict=True) for _ in range(count)]
        findings = [{"id": f"f-{at}", "kind": kind, "statement": f"Seen {at}."} for at, kind in enumerate(kinds)]
        own = {"title": f"Review of {year}", "type": "learning-review", "status": "published", "themes": ["escalation"]}
        project.write(f"content/reviews/y-{year}.yaml", record(**own, published=f"{year}-03-01", findings=findings))
    return project


CHARTS = {
    "one year": {2020: (3, 1, 0)},
    "four years": {2020: (1, 0, 0), 2023: (2, 2, 2)},
    "fourteen years": {year: (year % 3, year % 2, year % 4) for year in range(2010, 2024)},
    "twenty years of few findings": {year: (year % 3, year % 2, year % 4) for year in range(2004, 2024)},
    "twenty years of many": {year: (year % 7, 9, 11 * (year % 2)) for year in range(2004, 2024)},
    "forty years": {year: (year % 5, 1, 0) for year in range(1984, 2024)},
}


@pytest.mark.parametrize("years", CHARTS.values(), ids=CHARTS)
def test_the_labels_of_a_chart_keep_apart_however_many_years_there_are(project, laid_out, years):
    built(write_years(project, years))
    theme = ["themes/escalation/"]
    assert laid_out(project, theme) + laid_out(project, theme, larger=2) == []
    drawn = lxml.html.document_fromstring(project.page("themes/escalation")).xpath("//svg[@role='img']")[0]
    assert drawn.xpath("count(.//use)") in (0, sum(map(sum, years.values())))
    for shown in "abc":  # on any screen the last year and the most findings are told
        labels = drawn.xpath(f".//text[contains(@class, '{shown}')]/text()")
        assert {str(max(years)), str(max(map(sum, years.values())))} <= set(labels)


def test_labels_of_a_chart_that_touch_are_found(project, laid_out):
    own_templates(project).change("templates/assets/site.css", ".chart .a, .chart .b { display: none; }", "")
    project.change("templates/assets/site.css", ".chart text { display: none;", ".chart text { display: block;")
    found = laid_out(built(write_years(project, CHARTS["forty years"])), ["themes/escalation/"])
    assert any("of a drawing touch" in line for line in found)


# Five thousand reviews: what 300 more add to each sort of page tells what 5,000 would

REVIEWS, A_YEAR = 5_000, 200
STEP = 300
"""Reviews with which the lists are full already: at least two sheets of each."""
HEAVY = 200_000
"""Bytes that no page may weigh."""
STATES = ("complete", "in-progress", "not-started", "not-implemented", "no-update")


def write_reviews(project: Project, numbers: range) -> None:
    for number in numbers:
        themes = {f"t-{number % 3}": 0, f"t-{number % 2}": 0}
        to_do = {"everyone": [f"Ask about it as in case {number}."], f"r-{number % 3}": ["Write it down."]}
        text = record(
            title=f"What the {'abcdefghijklmnopqrstuvwxyz'[number % 26]} team of review {number} saw",
            number=number + 1000,
            type="learning-review",
            status="published",
            published=f"{2000 + number // A_YEAR}-05-01",
            question=f"Would we see it in case {number}?",
            themes=list(themes),
            agencies=["health"],
            roles=[f"r-{number % 3}"],
            findings=[
                {
                    "id": "a",
                    "kind": "improvement",
                    "statement": f"Something was missed in case {number}.",
                    "what_to_do": to_do,
                },
                {"id": "b", "kind": "good-practice", "statement": f"Somebody noticed in case {number}."},
            ],
            recommendations=[
                {
                    "number": 1,
                    "text": f"Do this after case {number}.",
                    "actions": [{"what": "Do it", "owner": "A team", "status": STATES[number % 5]}],
                }
            ],
        )
        project.write(f"content/reviews/n-{number}.yaml", text)


def heaviest(project: Project) -> dict[str, int]:
    """The weight of the heaviest page of each sort, in bytes: only numbers tell its pages apart, and sheets of a list."""
    output, found = project.root / "output", {}
    for file in output.rglob("*.html"):
        sort = re.sub(r"\d+", "N", re.sub(r"/page/\d+", "", str(file.relative_to(output))))
        found[sort] = max(found.get(sort, 0), file.stat().st_size)
    return found


def at_last(before: int, after: int) -> float:
    """The weight of a page with ``REVIEWS`` reviews, from its weights with ``STEP`` and with twice as many."""
    return after + (after - before) * (REVIEWS - 2 * STEP) / STEP


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, dict[str, float]]:
    """A project with many reviews, and what pages of each sort would weigh with ``REVIEWS``."""
    project = Project(tmp_path_factory.mktemp("large"), lambda: ("", ""))
    for path, text in FILES.items():
        project.write(path, text)
    for number in range(3):
        project.write(f"content/themes/t-{number}.yaml", record(title=f"Theme {number}", status="published"))
        project.write(f"content/roles/r-{number}.yaml", record(title=f"Role {number}", status="published"))
    weights = []
    for step in (0, 1):
        write_reviews(project, range(step * STEP, (step + 1) * STEP))
        done = project.process("build", "--now", NOW, "--no-pdf")
        assert done.returncode == 0, done.stdout + done.stderr
        weights.append(heaviest(project))
    before, after = weights
    assert before.keys() == after.keys(), "of each sort of page there was one already"
    return project, {sort: at_last(before[sort], after[sort]) for sort in after}


def test_no_page_of_five_thousand_reviews_is_heavy(large):
    assert len(large[1]) > 30
    assert {sort: weight for sort, weight in large[1].items() if weight > HEAVY} == {}


def test_a_page_that_has_a_line_for_each_review_would_be_found_heavy():
    line = len(b'<li><a href="/reviews/n-1/">Review 1</a></li>')
    assert at_last(10_000 + STEP * line, 10_000 + 2 * STEP * line) == 10_000 + REVIEWS * line > HEAVY


def test_lists_of_many_reviews_are_paged_and_keep_to_their_place(large, laid_out):
    project = large[0]
    lists = ["reviews/", "themes/t-1/", "roles/r-1/", "roles/everyone/", "good-practice/", "actions/", "updates/"]
    lists += ["search/w/", "actions/state/complete/", "actions/year/2001/"]
    for path in lists:
        assert (project.root / "output" / path / "page/2/index.html").is_file(), path
    pages = [
        "",
        "themes/",
        "roles/",
        "search/",
        "reviews/page/12/",
        "reviews/n-1/",
        "years/2001-02/",
        "actions/agency/health/",
        *lists,
    ]
    assert laid_out(project, pages) == []
