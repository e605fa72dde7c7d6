"""Rule 22: what YAML does to people who write ordinary sentences, told with its place and a way out."""

import pytest

from tests.conftest import CONFIG, REVIEW

PAGE = "content/pages/x.md"
REVIEW_FILE = "content/reviews/17-escalation.md"


def in_front_matter(fields):
    return f"---\n{fields}\n---\n\nText.\n"


def faults(result):
    return [(p["code"], p["line"], p["column"]) for p in result.problems]


SYNTAX = {
    "a colon": ("title: Review 17: when", "content/colon-in-value", 2, 17),
    "a colon after an accent": ("title: Café 17: when", "content/colon-in-value", 2, 15),
    "a field that is indented": ("title: X\n  status: draft", "content/colon-in-value", 3, 9),
    "a field that is not indented enough": ("  title: X\nstatus: draft", "content/yaml", 3, 1),
    "a repeated key": ("title: A\ntitle: B", "content/repeated-field", 3, 1),
    "a tab as an indent": ("title: A\n\tstatus: draft", "content/tab", 3, 1),
    "a tab in a list": ("title: A\ntags:\n\t- a", "content/tab", 4, 1),
    "an at sign": ("title: @home", "content/quotes", 2, 8),
    "a backtick": ("title: `code` first", "content/quotes", 2, 8),
    "a per cent sign": ("title: %a", "content/quotes", 2, 8),
    "an asterisk": ("title: *bold*", "content/yaml-alias", 2, 8),
    "an asterisk before a word": ("title: *note to all", "content/yaml-alias", 2, 8),
    "an ampersand": ("title: & more", "content/yaml-alias", 2, 8),
    "an ampersand before a word": ("title: &Care plans", "content/yaml-alias", 2, 8),
    "an exclamation mark": ("title: ! now", "content/yaml-tag", 2, 8),
    "an exclamation mark before a word": ("title: !now", "content/yaml-tag", 2, 8),
    "a program": ("title: !!python/object/apply:os.system [ls]", "content/yaml-tag", 2, 8),
    "a greater-than sign": ("title: > 18 years", "content/quotes", 2, 8),
    "a hyphen": ("title: - a", "content/quotes", 2, 8),
    "a closing bracket": ("title: ] a", "content/quotes", 2, 8),
    "an open single quote": ("title: 'open\nstatus: draft", "content/quotes", 2, 8),
    "an open double quote": ('title: "open', "content/quotes", 2, 8),
    "an apostrophe in single quotes": ("title: 'it's'", "content/quotes", 2, 12),
    "text after quotes": ('title: "When" to escalate', "content/quotes", 2, 15),
    "text after brackets": ("title: [Draft] Review 17", "content/quotes", 2, 16),
    "an open bracket": ("tags: [a, b\ntitle: X", "content/yaml", 2, 7),
    "an open bracket over two lines": ("tags: [a,\n  b\ntitle: X", "content/yaml", 2, 7),
    "a path in double quotes": (r'title: "\dir"', "content/quotes", 2, 9),
    "half an emoji": (r'title: "\ud83d"', "content/quotes", 2, 11),
    "a written control character": (r'title: "a\x01b"', "content/control-character", 2, 8),
    "a control character": ("title: é\x01x", "content/control-character", 2, 9),
    "a number sign": ("title: Review #17", "content/hash-in-value", 2, 15),
    "a line without a colon": ("title: X\nstatus draft", "content/yaml", 3, 1),
    "a list for a name": ("title: X\n? [a]\n: b", "content/yaml-key", 3, 3),
    "an unexpected list item": ("title: X\n- a", "content/yaml", 3, 1),
    "no fields": ("just text", "content/not-fields", 2, 1),
    "a field without a space": ("title:X", "content/not-fields", 2, 1),
}


@pytest.mark.parametrize(("fields", "code", "line", "column"), SYNTAX.values(), ids=SYNTAX)
def test_yaml_that_means_something_else_is_reported_at_its_character(project, fields, code, line, column):
    result = project.write(PAGE, in_front_matter(fields)).check()
    assert result.code == 1
    assert (code, line, column) in faults(result)
    assert {p["code"] for p in result.problems} <= {code, "content/missing-field"}


def test_a_colon_in_an_unquoted_title_says_how_to_quote_it(project):
    project.write(PAGE, in_front_matter("title: Review 17: when to escalate"))
    problem = project.check().only("content/colon-in-value")
    assert "colon" in problem["message"]
    assert 'title: "Review 17: when to escalate"' in problem["hint"]


@pytest.mark.parametrize(
    "path",
    [
        "content/reviews/18.yaml",
        "content/agencies.yaml",
        "content/glossary.yaml",
        "content/external.yaml",
        "site_config.yaml",
    ],
)
def test_a_colon_in_a_yaml_file_is_counted_from_its_first_line(project, path):
    problem = project.write(path, "# A remark\ntitle: One: two\n").check().only("content/colon-in-value")
    assert (problem["path"], problem["line"], problem["column"]) == (path, 2, 11)


def test_every_syntax_fault_of_a_file_is_reported_at_once(project):
    project.write(PAGE, in_front_matter("title: A: b\nsummary: @x\ntags: [a\nlanguage: 'en"))
    assert faults(project.check()) == [
        ("content/colon-in-value", 2, 9),
        ("content/quotes", 3, 10),
        ("content/yaml", 4, 7),
        ("content/quotes", 5, 11),
    ]


@pytest.mark.parametrize(
    "fields",
    [
        "title: it's all right – “quoted”, 100% & more",
        "title: 'Review #17'",
        'title: "Review #17: *when* & @whom"',
        "title: Review#17",
        "title: X # a remark with a space",
        "# title: Y\n#status: draft\ntitle: X",
        "title: X\nsummary: |\n  Review #17: a *b* & @c\n  - d: e",
        "title: X\nsummary: >\n  Review #17\n  goes on #18",
        "title: A long title\n  that goes on",
        "title: X\nsummary:\ntags: []\naliases:\n",
        "title: NO",
        "title: 012",
        "title: 1:30",
        "title: null and void",
        "title: X\ntags: [NO, yes, 012, 1:30, 1e3, 2024-13-40, ~x]",
        "title: X\nstatus:\tdraft",
        "title: X\ntags:\n- a\n- b",
        '"title": X',
        "{title: X, tags: [a]}",
    ],
)
def test_values_that_look_odd_and_are_right_pass(project, fields):
    assert project.write(PAGE, in_front_matter(fields)).check().problems == []


@pytest.mark.parametrize(
    ("title", "shown"),
    [("NO", "NO"), ("012", "012"), ("1:30", "1:30"), ("off", "off"), ("1e3", "1e3"), ("0x1F", "0x1F")],
)
def test_a_title_stays_the_text_that_was_written(project, title, shown):
    project.write(PAGE, in_front_matter(f"title: {title}\nstatus: published"))
    assert project.build().problems == []
    assert f"{shown}</h1>" in project.page("x/")


VALUES = {
    "a number with a zero in front": ("number: 17", "number: 012", "content/not-a-number", "Write 12."),
    "a time as a number": ("number: 17", "number: 1:30", "content/not-a-number", "17"),
    "a roman number": ("number: 17", "number: XVII", "content/not-a-number", "digits"),
    "a superscript": ("number: 17", "number: ²", "content/not-a-number", "digits"),
    "a day that isn't": ("2017-03-01", "2024-13-40", "content/not-a-date", "month"),
    "the 30th of February": ("2017-03-01", "2026-02-30", "content/not-a-date", "month"),
    "a British date": ("2017-03-01", "01/03/2017", "content/not-a-date", "year-month-day"),
    "a year alone": ("2017-03-01", "2017", "content/not-a-date", "year-month-day"),
    "a year that nobody means": ("2017-03-01", "0017-03-01", "content/not-a-date", "four digits"),
    "an hour that isn't": ("2017-03-01", "2017-03-01 25:00", "content/not-a-date", "09:30"),
    "one word for a list": ("[escalation]", "escalation", "content/not-a-list", "[escalation]"),
    "a title for a slug": (
        "[escalation]",
        "[Escalation and challenge]",
        "content/not-a-slug",
        "escalation-and-challenge",
    ),
    "NO for an agency": ("[health]", "[NO]", "content/not-a-slug", "no"),
    "a type that is misspelt": (
        "multi-agency-case-file-review",
        "rapid-reviw",
        "content/unknown-word",
        "'rapid-review'",
    ),
    "a list for a word": ("status: published", "status: [published]", "content/unknown-word", "published"),
    "a status in capitals": ("status: published", "status: Published", "content/unknown-word", "'published'"),
    "a list for a text": (
        "question: Do we all know when to escalate?",
        "question: [a]",
        "content/not-text",
        "one value",
    ),
    "fields for a text": (
        "question: Do we all know when to escalate?",
        "question: {a: b}",
        "content/not-text",
        "one value",
    ),
    "a misspelt field": ("question: Do", "qestion: Do", "content/unknown-field", "'question'"),
    "a singular field": ("themes: [esc", "theme: [esc", "content/unknown-field", "'themes'"),
    "a field of nothing like it": ("question: Do", "zzz: Do", "content/unknown-field", "question"),
    "an unknown theme": ("[escalation]", "[escalaton]", "reference/unknown-theme", "'escalation'"),
    "an unknown agency": ("[health]", "[helth]", "reference/unknown-agency", "'health'"),
    "an unknown role": ("[health-visitors]", "[health-visitor]", "reference/unknown-role", "'health-visitors'"),
}


@pytest.mark.parametrize(("old", "new", "code", "hint"), VALUES.values(), ids=VALUES)
def test_a_value_that_cannot_be_used_is_reported_with_the_way_out(project, old, new, code, hint):
    problem = project.change(REVIEW_FILE, old, new).check().only(code)
    line = next(n for n, text in enumerate(REVIEW.replace(old, new).split("\n"), 1) if new in text)
    assert (problem["path"], problem["line"]) == (REVIEW_FILE, line)
    assert hint in problem["hint"]
    assert problem["severity"] == "error"


def test_an_empty_title_is_missing_and_other_empty_fields_are_as_if_left_out(project):
    project.write(PAGE, in_front_matter("title:\nsummary:\npublished:"))
    problem = project.check().only("content/missing-field")
    assert (problem["line"], problem["column"], problem["hint"]) == (2, 1, "Add 'title: …'.")


def test_all_values_of_a_record_are_judged_at_once(project):
    project.write(
        "content/reviews/18.yaml",
        "title: X\ntype: rapid-reviw\nstatus: publishd\nnumber: 012\npublished: 2024-13-40\nexpires: x\n"
        f"summary: {'word ' * 151}\nthemes: escalation\nlanguage: welsh please\nsexual_offence: maybe\ncolour: red\n"
        "aliases: ['../x', /ok/]\nidentification_check: {checked_by: [A, a], date: 2026-01-01, content: abcdef0123}\n"
        "documents: [{title: X}]\nrecommendations: [{number: 1, text: x, response: rejected}]\n"
        "findings:\n  - id: part-1\n    kind: improvment\n    statement: {}\n"
        "    what_to_do: {Bad Role: [a], everyone: one}\n",
    )
    assert faults(project.check()) == [
        ("content/unknown-word", 2, 7),
        ("content/unknown-word", 3, 9),
        ("content/not-a-number", 4, 9),
        ("content/not-a-date", 5, 12),
        ("content/not-a-date", 6, 10),
        ("content/long-summary", 7, 10),
        ("content/not-a-list", 8, 9),
        ("content/not-a-language", 9, 11),
        ("content/not-yes-or-no", 10, 17),
        ("content/unknown-field", 11, 1),
        ("content/not-a-path", 12, 11),
        ("content/one-checker", 13, 36),
        ("content/document-target", 14, 13),
        ("content/no-reason", 15, 50),
        ("content/reserved-id", 17, 9),
        ("content/unknown-word", 18, 11),
        ("content/not-text", 19, 16),
        ("content/not-a-slug", 20, 18),
        ("content/not-a-list", 20, 43),
    ]


def test_long_values_are_shortened_in_messages(project):
    project.write(PAGE, in_front_matter(f"title: X\nlanguage: {'word ' * 2000}"))
    problem = project.check().only("content/not-a-language")
    assert len(problem["message"]) < 150


def test_a_summary_of_150_words_passes(project):
    assert project.write(PAGE, in_front_matter(f"title: X\nsummary: {'word ' * 150}")).check().problems == []


def test_front_matter_that_is_missing_unclosed_or_not_first_is_told_apart(project):
    project.write("content/pages/a.md", "Text only.\n")
    project.write("content/pages/b.md", "---\ntitle: X\n\nText.\n")
    project.write("content/pages/c.md", "\n---\ntitle: X\n---\n")
    project.write("content/pages/d.md", "---\ntitle: X\nbody: one\n---\n\nTwo.\n")
    project.write("content/pages/e.md", "")
    problems = {p["path"][-4]: (p["code"], p["line"], p["column"], p["hint"]) for p in project.check().problems}
    assert problems["a"][:3] == ("content/no-front-matter", 1, 1)
    assert problems["b"][:3] == ("content/unclosed-front-matter", 1, 1)
    assert "empty lines" in problems["c"][3]
    assert problems["d"][:3] == ("content/two-bodies", 3, 1)
    assert problems["e"][:3] == ("content/no-front-matter", 1, 1)


def test_an_unquoted_colour_is_not_silently_the_default(project):
    problem = (
        project.write("site_config.yaml", CONFIG + "brand:\n  colour: #17495a\n").check().only("content/hash-in-value")
    )
    assert (problem["line"], problem["column"]) == (13, 11)
    assert "double quotes" in problem["hint"]


def test_an_invisible_line_separator_is_a_space_and_moves_no_place(project):
    project.write(PAGE, in_front_matter("title: one\u2028two\u2029three\x85four\nfoo: x"))
    assert faults(project.check()) == [("content/unknown-field", 3, 1)]


def test_two_documents_in_one_yaml_file_are_a_problem(project):
    result = project.write("content/glossary.yaml", "- term: A\n  meaning: b\n---\n- term: C\n  meaning: d\n").check()
    problem = result.only("content/yaml")
    assert problem["line"] == 3
    assert "three hyphens" in problem["message"]
