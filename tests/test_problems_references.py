"""Rule 24: links and references lead somewhere, or a problem says where they were meant to lead."""

import pytest

from tests.conftest import REVIEW

PAGE = "content/pages/x.md"
HEAD = "---\ntitle: X\nstatus: published\n---\n\n"
REVIEW_FILE = "content/reviews/17-escalation.md"

BROKEN = {
    "review:17-escalaton": ("reference/unknown-review", "'17-escalation'"),
    "review:17-escalation/": ("reference/unknown-review", "'17-escalation'"),
    "review:": ("reference/unknown-review", "content/reviews"),
    "review:17-escalation#no-acess": ("reference/unknown-anchor", "'#no-access'"),
    "theme:escalaton": ("reference/unknown-theme", "'escalation'"),
    "role:health-visitor": ("reference/unknown-role", "'health-visitors'"),
    "briefing:escalaton": ("reference/unknown-briefing", "'escalation'"),
    "page:accessiblity": ("reference/unknown-page", "'accessibility'"),
    "page:accessibility#who-are-we": ("reference/unknown-anchor", "who-we-are"),
    "file:nope.pdf": ("reference/unknown-file", "content/files"),
    "#nope": ("reference/unknown-anchor", "own-heading"),
    "/reviws/": ("reference/unknown-address", "'/reviews/'"),
    "/reviews/17-escalation/#nope": ("reference/unknown-anchor", "no-access"),
    "/files/nope.pdf": ("reference/unknown-address", "Add it to content/files"),
    "/files/": ("reference/unknown-address", ""),
    "/assets/": ("reference/unknown-address", ""),
    "x.html": ("reference/relative-link", "review:17-escalation"),
    "../x/": ("reference/relative-link", "https://"),
    "?page=2": ("reference/relative-link", "https://"),
    "checklist.txt": ("reference/relative-link", "(file:checklist.txt)"),
    "./checklist.txt": ("reference/relative-link", "(file:checklist.txt)"),
    "//example.org/x": ("reference/relative-link", "https://"),
    "www.example.org": ("reference/relative-link", "https://"),
    "javascript:alert(1)": ("reference/unknown-scheme", "https://"),
    "JavaScript:alert(1)": ("reference/unknown-scheme", "https://"),
    "data:text/html,x": ("reference/unknown-scheme", "https://"),
    "vbscript:x": ("reference/unknown-scheme", "https://"),
    "reviews:17-escalation": ("reference/unknown-scheme", "'review:'"),
    "Review:17-escalation": ("reference/unknown-scheme", "'review:'"),
    "ftp://example.org/": ("reference/unknown-scheme", "https://"),
}


@pytest.mark.parametrize("target", BROKEN)
def test_a_link_that_leads_nowhere_is_an_error_at_its_target(project, target):
    project.write("content/files/checklist.txt", "x")
    code, hint = BROKEN[target]
    problem = project.write(PAGE, f"{HEAD}## Own heading\n\nSee [this one]({target}) now.\n").check().only(code)
    assert (problem["path"], problem["line"], problem["column"]) == (PAGE, 8, 16)
    assert problem["severity"] == "error"
    assert hint in problem["hint"]


GOOD = {
    "review:17-escalation": "/reviews/17-escalation/",
    "review:17-escalation#no-access": "/reviews/17-escalation/#no-access",
    "review:17-escalation#": "/reviews/17-escalation/",
    "theme:escalation": "/themes/escalation/",
    "role:health-visitors": "/roles/health-visitors/",
    "briefing:escalation": "/briefings/escalation/",
    "briefing:escalation#background": "/briefings/escalation/#background",
    "page:accessibility": "/accessibility/",
    "page:accessibility#who-we-are": "/accessibility/#who-we-are",
    "page:x": "/x/",
    "file:checklist.txt": "/files/checklist.txt",
    "#own-heading": "#own-heading",
    "/": "/",
    "/reviews/": "/reviews/",
    "/reviews": "/reviews",
    "/reviews/?a=b#c": "/reviews/?a=b#c",
    "/reviews/17-escalation/#no-access": "/reviews/17-escalation/#no-access",
    "/old/": "/old/",
    "/files/checklist.txt": "/files/checklist.txt",
    "/feed.xml": "/feed.xml",
    "https://example.org/": "https://example.org/",
    "HTTPS://example.org/": "HTTPS://example.org/",
    "mailto:learning@example.org": "mailto:learning@example.org",
    "tel:999": "tel:999",
}


def test_links_of_every_form_that_leads_somewhere_are_published(project):
    project.write("content/files/checklist.txt", "x")
    lines = "\n\n".join(f"[link {n}]({target})" for n, target in enumerate(GOOD))
    head = HEAD.replace("title: X", "title: X\naliases: [/old/]")
    project.write(PAGE, f"{head}## Own heading\n\n{lines}\n")
    assert project.build().problems == []
    page = project.page("x/")
    for number, address in enumerate(GOOD.values()):
        assert f'<a href="{address}">link {number}</a>' in page


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("![A cat](review:nope)", 10),
        ("[x]( <review:nope> 'Title')", 7),
        ("[x][one]\n\n[one]: review:nope", 8),
        ('<a href="review:nope">x</a>', 10),
        ("<IMG alt='' src=review:nope>", 17),
        ("- a\n\n    [x](review:nope)", 9),
        ("one ` tick\n\n[x](review:nope)\n\nanother ` tick", 5),
        ("``a ` b`` [x](review:nope)", 15),
    ],
)
def test_a_link_of_any_form_is_seen(project, text, column):
    problem = project.write(PAGE, f"{HEAD}{text}\n").check().only("reference/unknown-review")
    assert problem["column"] == column


@pytest.mark.parametrize(
    "text",
    [
        "`[x](review:nope)`",
        "``a ` [x](review:nope)``",
        "`one [x](review:nope)\ntwo`",
        "```\n[x](review:nope)\n\n[y](nope)\n```",
        "~~~ text\n[x](review:nope)\n~~~",
        "[x\\](review:nope)",
        "x[^1]\n\n[^1]: relative",
    ],
)
def test_what_stands_in_code_is_no_link(project, text):
    assert project.write(PAGE, f"{HEAD}{text}\n").check().problems == []


def test_code_is_shown_as_it_was_written(project):
    project.write(PAGE, f"{HEAD}Write `[x](review:17-escalation)`.\n\n~~~\n[y](theme:escalation)\n~~~\n")
    assert project.build().problems == []
    assert "[x](review:17-escalation)" in project.page("x/")
    assert "[y](theme:escalation)" in project.page("x/")


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("## A *very* `big` **step**", "a-very-big-step"),
        ("## Café – naïve, señor?", "cafe-naive-senor"),
        ("## Same\n\n## Same", "same_1"),
        ("## See [this](theme:escalation)", "see-this"),
        ("## Closed ##", "closed"),
        ("### Deep", "deep"),
        ("## Own {#chosen}", "chosen"),
        ("Underlined\n----------", "underlined"),
    ],
)
def test_a_heading_has_the_anchor_that_readers_expect(project, heading, anchor):
    project.write(PAGE, f"{HEAD}{heading}\n\n[x](#{anchor})\n")
    assert project.build().problems == []
    assert f'id="{anchor}"' in project.page("x/")


STATES = {
    "draft": ("status: draft", "is a draft"),
    "embargoed": ("status: published\npublished: 2030-01-01", "is not published yet"),
    "expired": ("status: published\npublished: 2010-01-01\nexpires: 2020-01-01", "has expired"),
    "withdrawn": ("status: withdrawn", "has been withdrawn"),
}


def with_state(state, kind="reviews"):
    lines = STATES[state][0]
    if kind != "reviews":
        return f"---\ntitle: Z\n{lines}\n---\n"
    return REVIEW.replace("number: 17\n", "").replace("status: published\npublished: 2017-03-01", lines)


@pytest.mark.parametrize("state", STATES)
def test_a_link_to_a_record_that_is_not_published_is_an_error_and_a_warning_if_it_was_withdrawn(project, state):
    project.write("content/reviews/z.md", with_state(state))
    result = project.write(PAGE, f"{HEAD}[x](review:z)\n").check()
    code, severity = ("withdrawn", "warning") if state == "withdrawn" else ("not-published", "error")
    problem = result.only(f"reference/{code}")
    assert (problem["line"], problem["column"], problem["severity"]) == (6, 5, severity)
    assert STATES[state][1] in problem["message"]
    assert result.code == (0 if severity == "warning" else 1)


@pytest.mark.parametrize("state", ["draft", "embargoed", "expired"])
def test_a_path_to_a_record_that_is_not_published_is_an_error(project, state):
    project.write("content/reviews/z.md", with_state(state))
    assert project.write(PAGE, f"{HEAD}[x](/reviews/z/)\n").check().only("reference/unknown-address")


def test_drafts_may_link_to_drafts(project):
    project.write("content/reviews/z.md", with_state("draft"))
    assert project.write(PAGE, "---\ntitle: X\n---\n\n[x](review:z)\n").check().problems == []


@pytest.mark.parametrize("state", STATES)
def test_a_field_that_names_a_record_that_is_not_published_is_a_warning_and_left_out(project, state):
    project.write("content/themes/z.md", with_state(state, "themes"))
    project.change(REVIEW_FILE, "themes: [escalation]", "themes: [escalation, z]")
    result = project.build()
    problem = result.only("reference/not-published")
    assert (problem["path"], problem["line"], problem["column"]) == (REVIEW_FILE, 8, 22)
    assert (problem["severity"], result.code) == ("warning", 0)
    assert STATES[state][1] in problem["message"]
    assert ("appears by itself" in problem["hint"]) == (state in ("draft", "embargoed"))
    assert "/themes/z/" not in project.page("reviews/17-escalation/")
    assert "/themes/escalation/" in project.page("reviews/17-escalation/")


def test_every_field_that_names_a_record_warns(project):
    project.write("content/reviews/z.md", with_state("draft"))
    project.write("content/themes/t.md", with_state("draft", "themes"))
    project.write("content/roles/r.md", with_state("draft", "roles").replace("title: Z", "title: Doers"))
    project.change(REVIEW_FILE, "number: 17", "number: 17\nrelated: [z]")
    project.change(REVIEW_FILE, "[health-visitors]", "[health-visitors, r]")
    project.change(REVIEW_FILE, "{#no-access}", "{#no-access themes=t roles=r seen_before=z#no-access}")
    project.change(REVIEW_FILE, "Health visitors: record", "Doers: record")
    project.change(
        "briefings/escalation.md", "about: [17-escalation]", "about: [17-escalation, z, z#no-access, theme:t]"
    )
    project.change("briefings/escalation.md", "audience: [health-visitors]", "audience: [r]")
    external = "- {title: A, publisher: B, url: 'https://example.org/', themes: [t]}\n"
    result = project.write("content/external.yaml", external).build()
    assert [(p["path"], p["line"]) for p in result.problems] == [
        ("briefings/escalation.md", 6),
        *[("briefings/escalation.md", 7)] * 3,
        ("content/external.yaml", 1),
        (REVIEW_FILE, 4),
        (REVIEW_FILE, 11),
        *[(REVIEW_FILE, 16)] * 3,
        (REVIEW_FILE, 21),
    ]
    assert set(result.codes) == {"reference/not-published"}
    assert result.code == 0


def test_a_record_with_a_fault_of_its_own_is_not_also_reported_as_missing(project):
    project.change("content/themes/escalation.md", "title: Escalation", "titel: Escalation")
    project.change(REVIEW_FILE, "number: 17", "number: 012")
    assert set(project.check().codes) == {"content/missing-field", "content/unknown-field", "content/not-a-number"}


def test_links_in_every_field_of_yaml_are_checked(project):
    fields = (
        "statement: see [x](theme:nope)\nsummary: |\n  Two.\n\n  See [y](role:nope).\nchange_note: '[z](page:nope)'\n"
    )
    project.write("content/themes/y.yaml", f"title: Y\n{fields}")
    found = [(p["code"], p["line"], p["column"]) for p in project.check().problems]
    assert found == [
        ("reference/unknown-theme", 2, 20),
        ("reference/unknown-role", 6, 11),
        ("reference/unknown-page", 7, 19),
    ]


def test_an_old_address_leads_to_the_new_page(project):
    project.write(PAGE, HEAD.replace("title: X", "title: X\naliases: [/learning/review-17.html, /old/]") + "Text.\n")
    assert project.build().problems == []
    for path in ("learning/review-17.html", "old/"):
        assert "/x/" in project.page(path)
