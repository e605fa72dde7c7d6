"""Every problem has its file, its line and its column, wherever the value was written."""

import pytest

from tests.conftest import REVIEW

REVIEW_FILE = "content/reviews/17-escalation.md"
STATEMENT = "- Concerns about a home that staff could not enter were not passed on. "


def place(problem):
    return problem["path"], problem["line"], problem["column"]


BRACES = {
    "an unknown word": ("{#no-access colour=red}", "content/finding-braces", "colour=red"),
    "a singular word": ("{#no-access theme=escalation}", "content/finding-braces", "theme=escalation"),
    "a second id": ("{#no-access #again}", "content/finding-braces", "#again"),
    "a list given twice": ("{#no-access themes=escalation themes=x}", "content/finding-braces", "themes=x"),
    "a space in a list": ("{#no-access themes=escalation, other}", "content/finding-braces", "other"),
    "an id that can't be one": ("{#No_Access}", "content/not-an-id", "#No_Access"),
    "an id of the page": ("{#main}", "content/reserved-id", "#main"),
    "a theme": ("{#no-access themes=escalation,escalaton}", "reference/unknown-theme", "escalaton"),
    "a theme that can't be one": ("{#no-access themes=escalation,A_b}", "content/not-a-slug", "A_b"),
    "an agency": ("{#no-access agencies=helth}", "reference/unknown-agency", "helth"),
    "a role": ("{#no-access roles=health-visitors,midwifes}", "reference/unknown-role", "midwifes"),
    "an earlier review": ("{#no-access seen_before=16-x#y}", "reference/unknown-review", "16-x#y"),
    "an earlier finding": (
        "{#no-access seen_before=17-escalation#shared-information,17-escalation#nope}",
        "reference/unknown-finding",
        "17-escalation#nope",
    ),
}


@pytest.mark.parametrize(("braces", "code", "at"), BRACES.values(), ids=BRACES)
def test_a_fault_in_the_braces_of_a_finding_is_shown_at_its_word(project, braces, code, at):
    problem = project.change(REVIEW_FILE, "{#no-access}", braces).check().only(code)
    column = len(STATEMENT) + braces.rindex(at) + 1
    assert place(problem) == (REVIEW_FILE, 15, column)


def test_braces_may_go_over_two_lines(project):
    project.change(REVIEW_FILE, "{#no-access}", "{#no-access\n  theme=escalation}")
    problem = project.check().only("content/finding-braces")
    assert place(problem) == (REVIEW_FILE, 16, 3)
    assert "'themes=…'" in problem["hint"]


def test_a_role_that_is_misspelt_in_a_line_of_what_to_do_is_shown_at_its_name(project):
    project.change(REVIEW_FILE, "Health visitors: record", "Everyone, Helth visitors: record")
    problem = project.check().only("reference/unknown-role")
    assert place(problem) == (REVIEW_FILE, 20, 15)
    assert "'Health visitors'" in problem["hint"]


def test_a_colon_after_other_words_addresses_no_role(project):
    project.change(REVIEW_FILE, "Everyone: raise", "Remember: raise")
    assert project.build().problems == []
    assert "Remember: raise" in project.page("reviews/17-escalation/")


BODY = {
    "text that belongs to no finding": (
        "## What worked well\n",
        "## What worked well\n\nSome words.\n",
        "content/finding-text",
        24,
        1,
    ),
    "a smaller heading": ("## What worked well\n", "## What worked well\n\n### More\n", "content/finding-text", 24, 1),
    "a list in a list": (
        "raise it with your manager",
        "raise it\n    - with your manager",
        "content/finding-depth",
        20,
        5,
    ),
    "a finding without an id": (" {#shared-information}", "", "content/finding-without-id", 24, 3),
    "an id given twice": ("{#shared-information}", "{#no-access}", "content/repeated-id", 24, 51),
    "an empty statement": ("- Each agency had the same, current information. {#sh", "- {#sh", "content/empty", 24, 3),
    "an id that a heading has": (
        "## What needs",
        "## No access\n\nText.\n\n## What needs",
        "content/repeated-id",
        19,
        73,
    ),
    "a link": ("No one was", "[No one](review:nope) was", "reference/unknown-review", 17, 12),
}


@pytest.mark.parametrize(("old", "new", "code", "line", "column"), BODY.values(), ids=BODY)
def test_a_fault_in_the_markdown_of_a_review_has_the_line_of_the_file(project, old, new, code, line, column):
    assert place(project.change(REVIEW_FILE, old, new).check().only(code)) == (REVIEW_FILE, line, column)


def test_findings_in_both_places_are_an_error_at_the_field(project):
    project.change(REVIEW_FILE, "number: 17", "number: 17\nfindings:\n  - {id: a, kind: system, statement: x}")
    assert place(project.check().only("content/findings-twice")) == (REVIEW_FILE, 4, 1)


def test_a_review_without_findings_names_the_heading_to_write(project):
    text = REVIEW[: REVIEW.index("## What needs")].replace("question: Do", "qestion: Do")
    result = project.write(REVIEW_FILE, text + "## What went wrong\n\n- A thing.\n").check()
    assert "'## What needs to improve'" in result.only("content/no-findings")["hint"]
    assert result.only("content/unknown-field")


def test_a_heading_in_a_block_of_code_opens_no_section(project):
    text = "\n## How\n\n```\n## What the system makes hard\n\n- x\n```\n\nAlso ```code``` in a line.\n\n"
    text += "## What needs to improve\n"
    project.change(REVIEW_FILE, "\n## What needs to improve\n", text)
    result = project.build()
    assert result.problems == []
    assert "## What the system makes hard" in project.page("reviews/17-escalation/")


YAML_PLACES = {
    "content/reviews/18.yaml": {
        "text": "title: X\ntype: rapid-review\nthemes:\n  - escalation\n  - escalaton\nfindings:\n"
        "  - id: a\n    kind: system\n    statement: See [it](review:nope)\n    agencies: [health, helth]\n"
        "    what_to_do:\n      everyone: [x]\n      nobody: [y]\n    seen_before: ['17-escalation#nope']\n"
        "recommendations:\n  - number: 1\n    text: x\n    addressed_to: [police, polise]\n    findings: [a, b]\n"
        "  - {number: 1, text: y}\n"
        "documents:\n  - {title: D, file: nope.pdf}\nrelated: [17-escalaton]\n",
        "problems": [
            ("reference/unknown-theme", 5, 5),
            ("reference/unknown-review", 9, 25),
            ("reference/unknown-agency", 10, 24),
            ("reference/unknown-role", 13, 15),
            ("reference/unknown-finding", 14, 19),
            ("reference/unknown-agency", 18, 28),
            ("reference/unknown-finding", 19, 19),
            ("content/repeated-number", 20, 14),
            ("reference/unknown-file", 22, 22),
            ("reference/unknown-review", 23, 11),
        ],
    },
    "content/agencies.yaml": {
        "text": "health: Health\npolice: [a]\nNO: Norway\nsocial care: Care\nempty:\npolice: Police\n",
        "problems": [
            ("content/not-text", 2, 9),
            ("content/not-a-slug", 3, 1),
            ("content/not-a-slug", 4, 1),
            ("content/empty", 5, 7),
            ("content/repeated-field", 6, 1),
        ],
    },
    "content/glossary.yaml": {
        "text": "- term: SCR\n  meaning: x\n- term: SCR\n  meening: y\n- x\n-\n"
        "- term: [a]\n  meaning: see it\n  aliases: b\n",
        "problems": [
            ("content/missing-field", 3, 3),
            ("content/unknown-field", 4, 3),
            ("content/not-fields", 5, 3),
            ("content/not-fields", 6, 2),
            ("content/not-text", 7, 9),
            ("content/not-a-list", 9, 12),
        ],
    },
    "content/external.yaml": {
        "text": "- title: A\n  publisher: B\n  url: https://example.org/\n  themes: [escalation, escalaton]\n"
        "  summary: see [x](theme:nope)\n",
        "problems": [("reference/unknown-theme", 4, 24), ("reference/unknown-theme", 5, 20)],
    },
}


@pytest.mark.parametrize("path", YAML_PLACES)
def test_faults_in_yaml_files_are_shown_at_the_value_or_its_name(project, path):
    found = project.write(path, YAML_PLACES[path]["text"]).check().problems
    assert [(p["code"], p["line"], p["column"]) for p in found if p["path"] == path] == YAML_PLACES[path]["problems"]


def test_a_word_that_the_glossary_explains_twice_is_an_error(project):
    project.write(
        "content/glossary.yaml", "- {term: SCR, meaning: x}\n- {term: LSCB, meaning: y}\n- {term: Scr, meaning: z}\n"
    )
    problem = project.check().only("content/repeated-term")
    assert place(problem) == ("content/glossary.yaml", 3, 10)
    assert "line 1" in problem["message"]


def test_an_agency_without_a_name_is_reported_once_and_not_at_each_review(project):
    project.write("content/agencies.yaml", "health:\npolice: Police\n")
    assert project.check().codes == ["content/empty"]


CONFIG_FAULTS = {
    "a misspelt field": ("  title: Learning", "  titel: Learning", "content/unknown-field", 5, 3),
    "a missing field": (
        "    - label: Emergency services\n      telephone",
        "    - telephone",
        "content/missing-field",
        10,
        7,
    ),
    "no way to reach": ('      telephone: "999"\n', "", "content/missing-field", 10, 7),
    "no address": ("https://learning.example.org/", "learning.example.org", "content/not-an-address", 6, 13),
    "a question in the address": ("org/\n", "org/?a=b\n", "content/not-an-address", 6, 13),
    "no time zone": ("site:\n", "site:\n  time_zone: Europe/Londen\n", "content/not-a-time-zone", 5, 14),
    "a file for a time zone": ("site:\n", "site:\n  time_zone: ../../etc/passwd\n", "content/not-a-time-zone", 5, 14),
    "no language": ("site:\n", "site:\n  language: English please\n", "content/not-a-language", 5, 13),
    "a heading by its wrong name": (
        "site:\n",
        "site:\n  finding_headings:\n    good_practice: X\n",
        "content/unknown-field",
        6,
        5,
    ),
    "a logo that isn't there": ("site:\n", "  logo: nope.svg\nsite:\n", "reference/unknown-file", 4, 9),
    "a link that leads nowhere": ("call 999.", "call 999 or see [x](page:nope).", "reference/unknown-page", 8, 58),
    "a word for a colour": ("site:\n", "brand: {colour: red}\nsite:\n", "content/not-a-colour", 4, 17),
    "a severity": ("site:\n", "checks: {content/no-date: of}\nsite:\n", "content/unknown-word", 4, 27),
    "a check": ("site:\n", "checks:\n  content/no-dat: off\nsite:\n", "content/unknown-check", 5, 3),
    "a type of review": ("site:\n", "retention:\n  rapid-reviw: {}\nsite:\n", "content/unknown-word", 5, 3),
    "text for fields": ("site:\n", "pdf: a4\nsite:\n", "content/not-fields", 4, 6),
}


@pytest.mark.parametrize(("old", "new", "code", "line", "column"), CONFIG_FAULTS.values(), ids=CONFIG_FAULTS)
def test_faults_in_the_configuration_have_their_place(project, old, new, code, line, column):
    found = project.change("site_config.yaml", old, new).check().problems
    assert ("site_config.yaml", code, line, column) in [(p["path"], p["code"], p["line"], p["column"]) for p in found]


def test_a_suggestion_is_a_name_that_exists(project):
    project.change("site_config.yaml", "site:\n", "site:\n  finding_headings:\n    good_practice: X\n")
    assert project.check().only("content/unknown-field")["hint"] == "Did you mean 'good-practice'?"


def test_an_empty_configuration_says_what_it_needs(project):
    assert project.write("site_config.yaml", "").check().codes == ["content/missing-field"] * 3


def test_places_count_characters_after_a_byte_order_mark_and_windows_line_ends(project):
    text = REVIEW.replace("{#no-access}", "{#no-access themes=escalaton}").replace("Concerns", "Çoncerns")
    project.write(REVIEW_FILE, b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert place(project.check().only("reference/unknown-theme")) == (REVIEW_FILE, 15, len(STATEMENT) + 20)


ADDRESSES = {
    "a file in both formats": ({"content/reviews/17-escalation.yaml": "title: X\n"}, "content/duplicate-record", 0, 0),
    "a page in the place of a list": ({"content/pages/reviews.md": ""}, "content/same-address", 0, 0),
    "a page in the place of a record": ({"content/pages/themes/escalation.md": ""}, "content/same-address", 0, 0),
    "a role in the place of everyone": ({"content/roles/everyone.md": ""}, "content/same-address", 0, 0),
    "an old address of a record": (
        {"content/pages/x.md": "aliases: [/accessibility]\n"},
        "content/same-address",
        4,
        11,
    ),
    "an old address in capitals": (
        {"content/pages/x.md": "aliases: [/a/, /Themes/Escalation/]\n"},
        "content/same-address",
        4,
        16,
    ),
    "an old address given twice": ({"content/pages/x.md": "aliases: [/old/, /OLD]\n"}, "content/same-address", 4, 18),
    "an old address of its own": ({"content/pages/x.md": "aliases: [/x/]\n"}, "content/same-address", 4, 11),
    "an old address that is a feed": ({"content/pages/x.md": "aliases: [feed.xml]\n"}, "content/same-address", 4, 11),
    "an old file that is a list": (
        {"content/pages/x.md": "aliases: [/reviews/index.html]\n"},
        "content/same-address",
        4,
        11,
    ),
    "an old file that is a folder": (
        {"content/pages/x.md": "aliases: [/old/a.html/b, /old/a.html]\n"},
        "content/same-address",
        4,
        26,
    ),
}


@pytest.mark.parametrize(("files", "code", "line", "column"), ADDRESSES.values(), ids=ADDRESSES)
def test_two_records_with_one_address_are_an_error(project, files, code, line, column):
    for path, fields in files.items():
        front = f"---\ntitle: X\nstatus: published\n{fields}---\n"
        project.write(path, front if path.endswith(".md") else fields)
    problem = project.check().only(code)
    assert place(problem) == (next(iter(files)), line, column)
    assert problem["severity"] == "error"


def test_drafts_do_not_take_an_address(project):
    project.write("content/pages/reviews.md", "---\ntitle: X\n---\n")
    assert project.check().problems == []
