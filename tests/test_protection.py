"""Fields that promise protection and have no rule behind them yet: each build says so."""

import pytest

from tests.conftest import REVIEW

REVIEW_FILE = "content/reviews/17-escalation.md"
BRIEFING_FILE = "briefings/escalation.md"
SIGN_OFF = (
    "identification_check: {checked_by: [Board manager, Legal adviser], date: 2018-05-01, content: 0123456789abcdef}"
)
FIELDS = {
    "sexual_offence: true": REVIEW_FILE,
    "available_until: 2035-01-01": REVIEW_FILE,
    SIGN_OFF: REVIEW_FILE,
    f"{SIGN_OFF} ": BRIEFING_FILE,
    "retention: {rapid-review: {at_least_days: 365}}": "site_config.yaml",
    "checks: {content/no-date: {allow: [17-escalation]}}": "site_config.yaml",
}


def with_line(project, file, line):
    text = (project.root / file).read_text(encoding="utf-8")
    return project.write(
        file, text.replace("title:", f"{line.strip()}\ntitle:", 1) if "---" in text else f"{line}\n{text}"
    )


@pytest.mark.parametrize(("line", "file"), FIELDS.items())
def test_a_value_that_nothing_is_done_with_is_a_warning_at_its_line_in_every_build(project, line, file):
    with_line(project, file, line)
    for _ in range(2):  # the second build has nothing to do
        result = project.build()
        assert result.code == 0
        problem = result.only("publish/no-effect")
        assert (problem["severity"], problem["path"]) == ("warning", file)
        written = (project.root / file).read_text(encoding="utf-8").split("\n")[problem["line"] - 1]
        assert written.strip() == line.strip()
        assert "nothing is done with it yet" in problem["message"]
        assert "Two people have to" in problem["hint"]


def test_the_warning_is_there_for_drafts_too_and_not_for_what_was_withdrawn(project):
    text = REVIEW.replace("title:", "sexual_offence: true\ntitle:")
    project.write("content/reviews/draft.md", text.replace("published\n", "draft\n", 1).replace("number: 17\n", ""))
    gone = text.replace("status: published", "status: withdrawn\nchange_note: Out of date.").replace("number: 17\n", "")
    project.write("content/reviews/gone.md", gone)
    assert [problem["path"] for problem in project.build().problems] == ["content/reviews/draft.md"]


def test_values_that_promise_nothing_are_no_warning(project):
    with_line(project, REVIEW_FILE, "sexual_offence: false")
    with_line(project, "site_config.yaml", "retention: {}\nchecks: {content/no-date: {allow: []}}")
    assert project.build().problems == []


def test_the_warning_can_be_made_an_error_and_cannot_be_turned_off(project):
    with_line(project, REVIEW_FILE, "sexual_offence: true")
    with_line(project, "site_config.yaml", "checks: {publish/no-effect: error}")
    assert project.build().only("publish/no-effect")["severity"] == "error"
    project.change("site_config.yaml", "no-effect: error", "no-effect: 'off'")
    result = project.build()
    assert result.code == 1
    assert (result.only("content/check-stays-on")["line"], result.only("content/check-stays-on")["column"]) == (1, 29)
    assert result.only("publish/no-effect")["severity"] == "warning"
    project.change("site_config.yaml", "no-effect: 'off'", "no-effect: warning")
    assert project.build().code == 0


LATE = {
    "six months to the day": ("2017-03-15", "2017-09-15", "", False),
    "a day more": ("2017-03-15", "2017-09-16", "", True),
    "over the end of a year": ("2016-11-30", "2017-06-01", "", True),
    "with its reason": ("2016-01-01", "2017-06-01", "delay_reason: A trial.\n", False),
}


@pytest.mark.parametrize(("decided", "published", "reason", "late"), LATE.values(), ids=LATE)
@pytest.mark.parametrize("kind", ["local-child-safeguarding-practice-review", "safeguarding-adult-review"])
def test_a_statutory_review_published_after_six_months_needs_the_reason(
    project, kind, decided, published, reason, late
):
    project.change(REVIEW_FILE, "published: 2017-03-01", f"published: {published}\ndecision_date: {decided}\n{reason}")
    project.change(REVIEW_FILE, "multi-agency-case-file-review", kind)
    result = project.check()
    assert result.codes == (["lifecycle/late"] if late else [])
    if late:
        assert (result.problems[0]["line"], result.problems[0]["severity"]) == (7, "warning")


def test_other_types_of_review_have_no_limit_of_six_months(project):
    project.change(REVIEW_FILE, "published: 2017-03-01", "published: 2017-03-01\ndecision_date: 2001-01-01")
    assert project.check().problems == []


def test_the_version_of_an_ordinary_page_is_on_it(project):
    project.change(
        "content/pages/accessibility.md", "navigation: footer", "navigation: footer\nversion: 7\nupdated: 2026-01-02"
    )
    assert project.build().problems == []
    assert "<b>version 7</b>" in project.page("accessibility")
