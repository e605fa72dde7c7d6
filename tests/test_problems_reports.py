"""How problems are told: all at once, in order, in three forms; and what they let through."""

import json
import re

import pytest

from sitegen import problems
from tests.conftest import CONFIG

PAGE = "content/pages/x.md"
HEAD = "---\ntitle: X\nstatus: published\n---\n\n"
REVIEW_FILE = "content/reviews/17-escalation.md"
KEYS = ["code", "severity", "path", "line", "column", "message", "hint"]


def with_faults_everywhere(project):
    project.write("content/pages/b.md", "---\ntitle: A: b\nsummary: @c\n---\n")
    project.write("content/pages/a.md", f"{HEAD}[x](theme:nope) and [y](role:nope)\n\n[z](nope)\n")
    project.write("content/pages/C.md", HEAD)
    project.write("content/agencies.yaml", "health: [a]\npolice: Police\n")
    project.write("content/glossary.yaml", "- term: A\n")
    project.change(REVIEW_FILE, "{#no-access}", "{#no-access themes=nope}")
    project.write("briefings/z.yaml", "title: Z\nversion: one\nabout: []\nkey_messages: [a, b, c, d, e, f]\n")
    return project


def test_one_run_tells_every_fault_of_every_file_in_order(project):
    result = with_faults_everywhere(project).check()
    found = [(p["path"], p["line"], p["column"], p["code"]) for p in result.problems]
    assert found == [
        ("briefings/z.yaml", 2, 10, "content/not-a-number"),
        ("briefings/z.yaml", 3, 8, "content/wrong-count"),
        ("briefings/z.yaml", 4, 15, "content/wrong-count"),
        ("content/agencies.yaml", 1, 9, "content/not-text"),
        ("content/glossary.yaml", 1, 3, "content/missing-field"),
        ("content/pages/C.md", 0, 0, "content/file-name"),
        ("content/pages/a.md", 6, 5, "reference/unknown-theme"),
        ("content/pages/a.md", 6, 25, "reference/unknown-role"),
        ("content/pages/a.md", 8, 5, "reference/relative-link"),
        ("content/pages/b.md", 2, 9, "content/colon-in-value"),
        ("content/pages/b.md", 3, 10, "content/quotes"),
        (REVIEW_FILE, 15, 91, "reference/unknown-theme"),
    ]
    assert found == sorted(found)


def test_every_problem_has_a_known_code_a_sentence_and_a_remedy(project):
    for problem in with_faults_everywhere(project).check().problems:
        assert problem["code"] in problems.CODES
        assert problem["message"].endswith(".")
        assert problem["hint"]
        assert not re.search(
            r"(?i)\b(yaml error|exception|traceback|invalid|null|none|str|dict|NoneType)\b", problem["message"]
        )


def test_an_error_leaves_what_was_published_as_it_was(project):
    assert project.build().code == 0
    before = project.outputs()
    result = project.write(PAGE, f"{HEAD}[x](theme:nope)\n").change(REVIEW_FILE, "Do we all", "Do we both").build()
    assert result.code == 1
    assert project.outputs() == before


def test_an_error_on_a_first_build_publishes_nothing(project):
    assert project.write(PAGE, "---\ntitle: A: b\n---\n").build().code == 1
    assert not (project.root / "output").exists()


def test_a_warning_is_told_and_published(project):
    result = project.change(REVIEW_FILE, "published: 2017-03-01\n", "").build()
    assert (result.code, result.codes) == (0, ["content/no-date"])
    assert "When to escalate" in project.page("reviews/17-escalation/")


def test_a_warning_is_told_again_when_nothing_has_changed(project):
    project.change(REVIEW_FILE, "published: 2017-03-01\n", "")
    assert project.build().problems == project.build().problems != []


def test_strict_lets_warnings_stop_publishing(project):
    project.build()
    before = project.outputs()
    result = project.change(REVIEW_FILE, "published: 2017-03-01\n", "").build("--strict")
    assert (result.code, result.only("content/no-date")["severity"]) == (1, "error")
    assert project.outputs() == before
    assert project.build().code == 0


@pytest.mark.parametrize("setting", ["content/no-date: off", "content/no-date: {severity: off}"])
@pytest.mark.parametrize("strict", [(), ("--strict",)])
def test_a_check_can_be_turned_off(project, setting, strict):
    project.write("site_config.yaml", f"{CONFIG}checks:\n  {setting}\n")
    result = project.change(REVIEW_FILE, "published: 2017-03-01\n", "").check(*strict)
    assert (result.code, result.problems) == (0, [])


def test_a_warning_can_be_made_an_error(project):
    project.write("site_config.yaml", f"{CONFIG}checks: {{content/no-date: error}}\n")
    result = project.change(REVIEW_FILE, "published: 2017-03-01\n", "").build()
    assert (result.code, result.only("content/no-date")["severity"]) == (1, "error")


@pytest.mark.parametrize("severity", ["off", "warning"])
def test_an_error_cannot_be_turned_down(project, severity):
    project.write("site_config.yaml", f"{CONFIG}checks: {{reference/unknown-theme: {severity}}}\n")
    result = project.write(PAGE, f"{HEAD}[x](theme:nope)\n").check()
    assert (result.code, result.only("reference/unknown-theme")["severity"]) == (1, "error")


def test_a_check_that_does_not_exist_is_a_problem_with_the_nearest(project):
    project.write("site_config.yaml", f"{CONFIG}checks:\n  content/no-dat: off\n")
    problem = project.check().only("content/unknown-check")
    assert (problem["line"], problem["column"], problem["hint"]) == (13, 3, "Did you mean 'content/no-date'?")


@pytest.mark.parametrize("command", ["build", "check"])
def test_json_is_a_list_of_problems_and_nothing_else_on_standard_output(project, command):
    result = getattr(with_faults_everywhere(project), command)()
    listed = json.loads(result.out)
    assert len(listed) == 12
    assert all(list(problem) == KEYS for problem in listed)
    assert result.err == ""


def test_json_of_a_good_build_is_an_empty_list(project):
    assert json.loads(project.build().out) == []


def text_of(project, *words):
    result = project.run("check", "--now", "2026-06-01", "--jobs", "1", "--no-pdf", *words)
    return result.out


def test_text_shows_the_line_and_a_caret_under_the_character(project):
    out = text_of(project.write(PAGE, f"{HEAD}Über [x](theme:escalaton) now.\n"))
    assert out.split("\n")[:5] == [
        f"{PAGE}:6:10: error reference/unknown-theme: There is no theme 'escalaton'.",
        "  6 | Über [x](theme:escalaton) now.",
        "    |          ^",
        "  Did you mean 'escalation'?",
        "",
    ]
    assert out.rstrip().endswith("1 error.")


def test_text_of_a_whole_file_shows_no_line(project):
    lines = text_of(project.write("content/pages/Big.md", HEAD)).split("\n")
    assert lines[0].startswith("content/pages/Big.md: error content/file-name: ")
    assert lines[1].startswith("  Rename it")


def under_the_caret(out):
    """The character of the shown line that the caret points at."""
    shown, caret = out.split("\n")[1:3]
    return shown[caret.index("^") :]


@pytest.mark.parametrize("before", ["word " * 400, "", "word " * 10, "漢字" * 8 + " "])
@pytest.mark.parametrize("after", [" word" * 400, "", " word" * 10])
def test_a_long_line_is_shown_around_its_fault(project, before, after):
    out = text_of(project.write(PAGE, f"{HEAD}{before}[x](theme:nope){after}\n"))
    assert under_the_caret(out).startswith("theme:nope")
    assert len(out.split("\n")[1]) < 125


def test_a_tab_before_the_fault_does_not_move_the_caret(project):
    out = text_of(project.write(PAGE, f"{HEAD}\tone\ttwo [x](theme:nope)\n".replace("\tone", "one\t")))
    assert under_the_caret(out).startswith("theme:nope")


def test_a_fault_after_odd_line_ends_shows_its_own_line(project):
    project.write(PAGE, f"{HEAD}One\u2028two.\n\nThree\x85four.\n\n[x](theme:nope)\n")
    assert under_the_caret(text_of(project)).startswith("theme:nope")


def test_colours_are_for_terminals_only(project):
    assert "\x1b" not in text_of(with_faults_everywhere(project))


def test_annotations_name_file_line_and_column_and_escape_what_would_end_them(project):
    project.write("content/pages/50%,a:b.md", HEAD)
    project.write(PAGE, f"{HEAD}[x](page:50%25)\n")
    out = text_of(project, "--format", "github")
    rows = [line for line in out.split("\n") if line.startswith("::")]
    assert rows[0].startswith("::error file=content/pages/50%25%2Ca%3Ab.md,line=1,col=1,title=content/file-name::")
    assert rows[1].startswith(
        f"::error file={PAGE},line=6,col=5,title=reference/unknown-page::There is no page '50%2525'."
    )
    assert len(rows) == 2


def test_a_warning_is_a_warning_annotation(project):
    project.change(REVIEW_FILE, "published: 2017-03-01\n", "")
    assert text_of(project, "--format", "github").startswith(f"::warning file={REVIEW_FILE},line=2,col=1,")


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_every_form_of_a_problem_stays_on_its_lines_whatever_a_file_is_called(project, form):
    project.write("content/pages/a\nb.md", HEAD)
    out = text_of(project, "--format", form)
    if form == "json":
        assert len(json.loads(out)) == 1
    elif form == "github":
        assert sum(line.startswith("::") for line in out.split("\n")) == 1
        assert "%0A" in out


def test_a_fault_in_one_field_hides_no_wrong_reference_in_another(project):
    project.change(
        "content/reviews/17-escalation.md",
        "themes: [escalation]\n",
        "themes: [escalaton]\nsummery: x\nperiod: [a]\nrecommendations:\n  - text: No number\n    addressed_to: [helth]\n",
    )
    project.change("content/reviews/17-escalation.md", "title: When to escalate\n", "")
    project.change("content/reviews/17-escalation.md", "{#no-access}", "{#No_ACCESS themes=unknown}")
    codes = project.check().codes
    assert sorted(codes) == [
        "content/missing-field",
        "content/missing-field",
        "content/not-an-id",
        "content/not-text",
        "content/unknown-field",
        "reference/unknown-agency",
        "reference/unknown-theme",
        "reference/unknown-theme",
    ]
