"""The report of each year: which reviews and actions belong to it, the lists that laws ask for, on page, paper and as a
table."""

from __future__ import annotations

import csv
import io
import re
import subprocess
from html import unescape
from typing import Any

import pytest

from tests.conftest import Example, Project, own_templates
from tests.server import Server

PARTS = {
    "learned": "What was learned",
    "done": "What was done",
    "to-do": "What is still to do",
    "not-done": "What is not being done, and why",
    "ongoing": "Reviews that are still under way",
}


def review(project: Project, slug: str, actions: str = "", kind: str = "learning-review", **fields: str) -> Project:
    """A published review with one finding of each kind and one accepted recommendation, under which ``actions`` stand."""
    given = {"title": f"Review {slug}", "type": kind, "status": "published", **fields}
    front = "".join(f"{name}: {value}\n" for name, value in given.items())
    front += (
        "recommendations:\n  - number: 1\n    text: Do better\n    addressed_to: [health]\n    response: accepted\n"
    )
    front += f"    actions:\n{actions}" if actions else ""
    findings = (
        f"## What worked well\n\n- Good in {slug}. {{#good}}\n\n## What needs to improve\n\n- Bad in {slug}. {{#bad}}\n"
    )
    return project.write(f"content/reviews/{slug}.md", f"---\n{front}---\n\n{findings}")


def action(what: str, status: str, day: str = "", **fields: str) -> str:
    given = {"owner": "Health services", "status": status, **({"status_date": day} if day else {}), **fields}
    return f"      - what: {what}\n" + "".join(f"        {name}: {value}\n" for name, value in given.items())


@pytest.fixture
def board(project: Project) -> Project:
    """A project without any review or briefing."""
    return project.delete("content/reviews/17-escalation.md").delete("briefings/escalation.md")


def built(project: Project, **more: Any) -> Project:
    result = project.build(**more)
    assert result.code == 0, result.out
    return project


def part(project: Project, year: str, name: str, group: str) -> str:
    """What the page of a year says in one part about one group, as plain text."""
    page = project.page(f"years/{year}")
    rest = page.split(f'id="part-{name}-{group}"')[1].split("</h3>")[1]
    return plain(re.split(r"<h[23]|</article>", rest)[0])


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def table(project: Project, year: str) -> list[dict[str, str]]:
    text = (project.root / "output" / "years" / year / f"{year}-report.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def reports(project: Project) -> list[str]:
    return sorted(folder.name for folder in (project.root / "output" / "years").iterdir() if folder.is_dir())


# Which year


def test_a_review_belongs_to_the_year_in_which_it_was_concluded_or_else_published(board):
    review(board, "last-day", published="2025-03-31")
    review(board, "first-day", published="2025-04-01")
    review(board, "late", published="2025-06-01", concluded="2025-02-01")
    built(board)
    assert reports(board) == ["2024-25", "2025-26"]
    assert [r["review"] for r in table(board, "2024-25") if r["item"] == "finding"][::2] == ["late", "last-day"]
    assert {r["review"] for r in table(board, "2025-26")} == {"first-day"}
    assert "concluded 1 February 2025" in part(board, "2024-25", "learned", "other")
    assert "published 1 April 2025" in part(board, "2025-26", "learned", "other")


def test_a_time_of_publication_counts_as_the_day_that_it_is_there(board):
    review(board, "late-evening", published="2025-03-31T23:30:00Z")  # half past midnight in London
    assert reports(built(board)) == ["2025-26"]


def test_years_begin_in_the_month_that_the_board_says(board):
    board.write(
        "site_config.yaml", board.root.joinpath("site_config.yaml").read_text() + "year_report:\n  first_month: 1\n"
    )
    review(board, "early", published="2025-01-01")
    review(board, "late", published="2025-12-31")
    built(board)
    assert reports(board) == ["2025"]
    assert "1 January 2025 to 31 December 2025" in plain(board.page("years/2025"))


def test_a_year_is_in_the_list_with_its_period_and_a_link_to_its_table(board):
    review(board, "one", published="2025-05-01")
    page = built(board).page("years")
    assert 'href="/years/2025-26/"' in page
    assert 'href="/years/2025-26/2025-26-report.csv"' in page
    assert "1 April 2025 to 31 March 2026" in plain(page)
    assert "1 review with 2 findings, and 0 actions completed" in plain(page)


def test_without_anything_dated_there_is_no_report_and_the_list_says_so(board):
    review(board, "undated")
    built(board)
    assert reports(board) == []
    assert "There is no report yet" in board.page("years")


def test_nothing_that_is_not_published_is_in_any_report(board):
    review(board, "shown", published="2025-05-01")
    review(board, "draft", published="2025-05-01", status="draft", title="Secret draft")
    review(board, "later", published="2027-05-01", concluded="2025-05-01", title="Secret embargo")
    review(board, "gone", published="2025-05-01", status="withdrawn", title="Secret withdrawal")
    built(board)
    assert {r["review"] for r in table(board, "2025-26")} == {"shown"}
    assert not any(b"Secret" in data for data in board.outputs().values())


# Whether it has ended


def test_a_year_that_has_not_ended_says_so_until_it_has(board):
    words = "This year has not ended; the report will change."
    review(board, "one", published="2026-05-01")
    assert words in built(board, now="2027-03-31T22:59:59Z").page("years/2026-27")
    assert words in board.page("years")
    assert words not in built(board, now="2027-03-31T23:00:00Z").page("years/2026-27")  # midnight in London
    assert words not in board.page("years")


def test_a_report_does_not_change_with_the_clock_and_tells_the_newest_date_that_it_shows(board):
    actions = action("Train", "complete", "2025-09-02")
    review(board, "one", actions, published="2025-05-01")
    first = built(board, now="2026-05-01T12:00:00Z").outputs()
    second = built(board, now="2026-06-01T12:00:00Z").outputs()
    assert {file: data for file, data in first.items() if file.startswith("years/")} == {
        file: data for file, data in second.items() if file.startswith("years/")
    }
    assert "2 September 2025" in plain(board.page("years/2025-26").split('id="part-version"')[1].split("</main>")[0])


def test_an_edit_of_one_review_renders_the_report_of_its_year_only(board):
    review(board, "one", published="2025-05-01")
    review(board, "two", published="2023-05-01")
    built(board).change("content/reviews/one.md", "Good in", "Very good in")
    rendered = {file for file in built(board).rendered() if file.startswith("years/")}
    assert rendered == {"years/2025-26/index.html", "years/2025-26/2025-26-report.csv"}


# What was learned


def test_adults_children_and_other_learning_are_listed_apart(board):
    kinds = {
        "safeguarding-adult-review": "adults",
        "local-child-safeguarding-practice-review": "children",
        "rapid-review": "children",
        "serious-case-review": "children",
        "single-agency-audit": "other",
        "domestic-abuse-related-death-review": "other",
    }
    for number, kind in enumerate(kinds):
        review(board, f"r{number}", kind=kind, published="2025-05-01")
    built(board)
    for number, group in enumerate(kinds.values()):
        for other in ("adults", "children", "other"):
            assert (f"Good in r{number}." in part(board, "2025-26", "learned", other)) == (other == group)
    assert {r["review"]: r["about"] for r in table(board, "2025-26")} == {
        f"r{number}": group for number, group in enumerate(kinds.values())
    }


def test_each_finding_is_listed_with_its_kind_and_marked_when_it_recurs(board):
    review(board, "old", published="2020-05-01")
    review(board, "new", published="2025-05-01").change("content/reviews/new.md", "#bad", "#bad seen_before=old#bad")
    text = part(built(board), "2025-26", "learned", "other")
    assert "To improve Bad in new. Recurring: also seen in 2020" in text
    assert "Worked well Good in new." in text
    assert "1 of the 2 findings had been found before" in plain(board.page("years/2025-26"))
    assert [r["also_found_in"] for r in table(board, "2025-26") if r["kind"] == "improvement"] == ["2020"]


def test_what_a_review_says_in_another_language_is_marked(board):
    done = action("Hyfforddi staff", "complete", "2025-09-02", impact="Gwell.")
    review(board, "one", done, published="2025-05-01", language="cy")
    review(board, "two", published="2025-05-01")
    page = built(board).page("years/2025-26")
    for words in ("Good in one", "Hyfforddi staff", "Gwell."):
        assert re.search(rf'<(p|div)[^>]* lang="cy">(<a [^>]*>|<p>)?{words}', page), words
    assert not re.search(r'<p[^>]* lang="cy">(<a [^>]*>)?Good in two', page)


def test_the_numbers_of_the_year_are_those_of_its_lists(board):
    actions = action("Train", "complete", "2025-09-02") + action("Write", "in-progress", "2025-10-02")
    review(board, "a", actions, kind="safeguarding-adult-review", published="2025-05-01")
    review(board, "b", kind="rapid-review", published="2025-06-01")
    page = built(board).page("years/2025-26")
    rows = {}
    for caption, body in re.findall(r"<caption>(.*?)</caption>.*?<tbody>(.*?)</tbody>", page, re.S)[:4]:
        for row in re.findall(r"<tr.*?</tr>", body, re.S):
            name, *counts = (plain(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S))
            rows[caption, name] = [int(count) for count in counts]
    assert rows["Reviews by type", "Rapid review"] == [0, 1, 0, 1]
    assert rows["Findings by kind", "Worked well"] == [1, 1, 0, 2]
    assert rows["Findings by kind", "All"] == [2, 2, 0, 4]
    assert rows["Recommendations by response", "Accepted"] == [1, 1, 0, 2]
    assert rows["Actions by state", "Complete"] == [1, 0, 0, 1]
    assert rows["Actions by state", "All"] == [2, 0, 0, 2]


# What was done, and what is still to do


def test_an_action_is_in_the_report_of_the_year_in_which_it_was_completed(board):
    done = action("Train all staff", "complete", "2026-04-02", impact="Staff ask sooner.", evidence="An audit.")
    review(board, "one", done, kind="rapid-review", published="2024-05-01")
    review(board, "two", published="2025-05-01")
    built(board)
    text = part(board, "2026-27", "done", "children")
    assert "Health services Train all staff Completed 2 April 2026" in text
    assert "What changed: Staff ask sooner. How we know: An audit." in text
    assert "Recommendation 1 of Review one" in text
    assert part(board, "2024-25", "done", "children") == "None recorded."
    [row] = [r for r in table(board, "2026-27") if r["list"] == "done"]
    assert (row["date"], row["impact"], row["about"]) == ("2026-04-02", "Staff ask sooner.", "children")
    assert row["url"].endswith("/reviews/one/#part-recommendation-1")


def test_an_action_without_a_date_is_listed_with_its_review_so_that_none_is_lost(board):
    review(board, "one", action("Train", "complete"), published="2025-05-01")
    assert "Train Completed, date not recorded" in part(built(board), "2025-26", "done", "other")


def test_what_is_open_is_listed_with_its_state_and_a_recommendation_without_an_action_too(board):
    actions = action("Train", "in-progress", "2026-05-02", due="2026-12-01") + action("Write", "no-update")
    review(board, "one", actions, published="2025-05-01")
    review(board, "two", published="2025-05-01")
    text = part(built(board), "2025-26", "to-do", "other")
    assert "Train In progress, as at 2 May 2026, due 1 December 2026" in text
    assert "Write No update recorded, date not recorded" in text
    assert "Do better No action recorded" in text
    assert [r["state"] for r in table(board, "2025-26") if r["list"] == "to-do"].count("No action recorded") == 1


# What is not being done


def test_what_is_not_being_done_is_listed_with_its_reason_in_the_year_of_the_decision(board):
    dropped = action("Buy a system", "not-implemented", "2025-09-02", evidence="It cost too much.")
    review(board, "one", dropped, published="2024-05-01")
    review(board, "two", published="2025-05-01").change(
        "content/reviews/two.md", "accepted\n", "rejected\n    not_implemented_reason: The law does not allow it.\n"
    )
    text = part(built(board), "2025-26", "not-done", "other")
    assert "Do better Not accepted Health services Reason: The law does not allow it." in text
    assert "Buy a system Not implemented, as at 2 September 2025 Health services Reason: It cost too much." in text
    assert part(board, "2024-25", "not-done", "other") == "None recorded."
    reasons = [r["reason"] for r in table(board, "2025-26") if r["list"] == "not-implemented"]
    assert reasons == ["The law does not allow it.", "It cost too much."]


def test_a_part_that_is_not_accepted_takes_its_reason_from_the_action_that_was_given_up(board):
    dropped = action("Buy a system", "not-implemented", "2025-09-02", evidence="It cost too much.")
    review(board, "one", dropped, published="2025-05-01").change(
        "content/reviews/one.md", ": accepted", ": partly-accepted"
    )
    text = part(built(board), "2025-26", "not-done", "other")
    assert "Do better Partly accepted Health services Reason: It cost too much." in text


def test_an_action_that_is_given_up_without_a_reason_is_a_problem_and_shown_as_such(board):
    review(board, "one", action("Buy a system", "not-implemented", "2025-09-02"), published="2025-05-01")
    result = board.build()
    problem = result.only("content/no-reason")
    line = (board.root / problem["path"]).read_text().splitlines()[problem["line"] - 1]
    assert (problem["severity"], line.strip()) == ("warning", "status: not-implemented")
    assert "evidence" in problem["hint"]
    assert "Reason: None recorded." in part(board, "2025-26", "not-done", "other")


def test_the_reason_of_the_recommendation_is_reason_enough_for_its_action(board):
    review(board, "one", action("Buy a system", "not-implemented", "2025-09-02"), published="2025-05-01")
    board.change("content/reviews/one.md", "accepted\n", "accepted\n    not_implemented_reason: It cost too much.\n")
    assert "content/no-reason" not in board.build().codes


# Reviews under way


def ongoing(project: Project, *items: str) -> Project:
    return project.write("content/ongoing.yaml", "".join(f"- {{{item}}}\n" for item in items))


def test_a_review_is_under_way_in_each_year_at_whose_end_it_was_not_concluded(board):
    ongoing(board, "type: safeguarding-adult-review, began: 2023-07-13, concluded: 2025-09-17, note: Almost there.")
    built(board)
    assert reports(board) == ["2023-24", "2024-25", "2025-26"], "also years in which nothing else happened"
    for year in ("2023-24", "2024-25"):
        text = part(board, year, "ongoing", "adults")
        assert "Safeguarding adult review Begun in July 2023. Almost there." in text
    text = part(board, "2025-26", "ongoing", "adults")
    assert "Safeguarding adult review: concluded in this year" in text
    assert part(board, "2025-26", "ongoing", "children") == "None recorded."
    [row] = table(board, "2024-25")
    assert (row["list"], row["about"], row["date"], row["review"]) == ("ongoing", "adults", "2023-07", "")


def test_of_a_review_under_way_readers_never_see_the_day(board):
    ongoing(board, "type: rapid-review, began: 2025-07-13, concluded: 2026-02-17")
    for file, data in built(board).outputs().items():
        if file.startswith("years/") and file.endswith((".html", ".csv")):
            assert not re.search(r"2025-07-13|13 July|2026-02-17|17 February", data.decode("utf-8-sig")), file


def test_a_review_that_has_not_begun_is_in_no_report(board):
    review(board, "one", published="2025-05-01")
    ongoing(board, "type: rapid-review, began: 2031-07-13")
    assert reports(built(board)) == ["2025-26"]


def test_a_review_that_ends_before_it_begins_is_a_problem_at_its_place(board):
    ongoing(board, "type: rapid-review, began: 2025-07-13, concluded: 2025-07-12")
    problem = board.build().only("content/wrong-value")
    assert (problem["path"], problem["line"], problem["severity"]) == ("content/ongoing.yaml", 1, "error")


# What the law asks


def test_the_duties_lead_to_the_lists_that_answer_them_and_say_how_much_is_there(board):
    review(
        board,
        "one",
        action("Train", "complete", "2025-09-02"),
        kind="safeguarding-adult-review",
        published="2025-05-01",
    )
    page = built(board).page("years/2025-26")
    text = plain(page.split('id="part-law"')[1].split("</article>")[0])
    assert "Care Act 2014, schedule 2, paragraph 4" in text
    assert "Children Act 2004, section 16G" in text
    assert "What was learned: Adults 1 review listed" in text
    assert "What was done: Adults 1 action listed" in text
    assert "What was done: Children None recorded" in text
    assert "Not in this report" in text
    assert "is for the board and the safeguarding partners to say" in text
    anchors = set(re.findall(r'href="#(part-[^"]+)"', page))
    assert len(anchors) > 10
    assert anchors <= set(re.findall(r'id="([^"]+)"', page))


def test_lists_without_anything_say_that_nothing_is_recorded(board):
    review(board, "one", kind="rapid-review", published="2025-05-01")
    built(board)
    for name in PARTS:
        assert part(board, "2025-26", name, "adults") == "None recorded."


# The table


def test_the_table_is_explained_where_open_data_is_and_runs_no_formula(board):
    review(board, "one", action("'=2+5'", "complete", "2025-09-02"), title='"=cmd()"', published="2025-05-01")
    page = built(board).page("data")
    [row] = [r for r in table(board, "2025-26") if r["list"] == "done"]
    assert (row["text"], row["review_title"]) == ("'=2+5", "'=cmd()")
    described = page.split("Year report 2025-26", 1)[1]
    assert re.findall(r"<dt><code>(\w+)</code>", described) == list(row)
    assert 'href="/years/2025-26/2025-26-report.csv"' in described


# Paper


@pytest.fixture
def printed(board: Project) -> Project:
    """A year with something in each list, to be built with PDFs."""
    actions = action("Train all staff", "complete", "2025-09-02") + action("Write it down", "in-progress", "2025-10-02")
    actions += action("Buy a system", "not-implemented", "2025-10-02", evidence="It cost too much.")
    review(board, "one", actions, kind="safeguarding-adult-review", published="2025-05-01", question="What is next?")
    review(board, "two", published="2025-06-01")
    return ongoing(board, "type: rapid-review, began: 2025-08-13, note: Under way.")


def text_of(project: Project, year: str) -> str:
    file = project.root / "output" / "years" / year / f"{year}-report.pdf"
    done = subprocess.run(["pdftotext", "-raw", file, "-"], capture_output=True, text=True, check=True)
    return " ".join(done.stdout.split())


def test_the_pdf_tells_every_list_of_the_page_and_the_page_leads_to_it(printed):
    built(printed, pdf=True)
    text = text_of(printed, "2025-26")
    for words in (
        *PARTS.values(),
        "Good in one.",
        "Train all staff",
        "Write it down",
        "It cost too much.",
        "Under way.",
    ):
        assert words in text, words
    assert "Version of 2 October 2025" in text
    link = re.search(r'<a class="file" href="([^"]+)" type="application/pdf">(.*?)</a>', printed.page("years/2025-26"))
    assert link
    assert link[1] == "/years/2025-26/2025-26-report.pdf"
    assert re.fullmatch(r"Year report \(PDF, \d+ KB, \d pages\)", plain(link[2]))


def test_lists_that_would_fill_hundreds_of_sheets_are_left_to_the_table(printed):
    own_templates(printed).change("templates/years/parts.html", "MOST_LISTED = 300", "MOST_LISTED = 0")
    built(printed, pdf=True)
    text = text_of(printed, "2025-26")
    assert "4 findings: too many to list here." in text
    assert "Good in one." not in text
    assert "What is next?" in text
    assert "1 item: too many to list here." in text
    assert "Train all staff" not in text
    assert "It cost too much." in text, "what is not being done is always told in full"
    page = plain(printed.page("years/2025-26"))
    assert "4 findings: too many to list here." in page
    assert "Good in one." not in page
    assert "It cost too much." in page


# In a browser


def test_tables_of_a_report_keep_words_whole_and_their_heads_named_on_the_narrowest_screen(
    example_site: Example, chromium: Any
):
    with Server(example_site.output) as server:
        page = chromium.new_page(viewport={"width": 320, "height": 900})
        page.goto(server.address + "years/2025-26/")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert page.locator("main table").count() == page.locator("main table > caption").count() == 6
        assert page.locator("main th:not([scope])").count() == 0
        broken = page.locator(".numbers th").evaluate_all(
            """cells => cells.filter(cell => {
                cell.style.overflowWrap = "normal"; cell.style.hyphens = "manual";
                return cell.scrollWidth > cell.clientWidth + 1;
            }).map(cell => cell.textContent)"""
        )
        assert broken == []
        page.close()


def test_the_example_has_a_report_for_each_of_its_years(example_site: Example):
    days = [
        *(
            record.get("concluded") or record["published"]
            for record in example_site.published("review").values()
            if record.get("published")
        ),
    ]
    years = {f"{y}-{(y + 1) % 100:02}" for day in days for y in [int(day[:4]) - (day[5:7] < "04")]}
    assert years
    for year in years:
        assert f"years/{year}/{year}-report.pdf" in example_site.outputs
        assert f"years/{year}/{year}-report.csv" in example_site.outputs
        assert f"years/{year}/index.html" in example_site.outputs
