"""The content model: what boards may write, in both formats, and what becomes of it."""

import base64
import json
import re

import pytest
import yaml

from tests.conftest import CONFIG, FILES, REVIEW

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
REVIEW_FILE = "content/reviews/17-escalation.md"
MARKER = "zanzibarine"

RECORD_FIELDS = {
    "title": "Everything",
    "status": "published",
    "published": "2018-05-04 09:30",
    "updated": "2019-01-02",
    "review_by": "2030-01-01",
    "expires": "2040-01-01",
    "summary": "A *short* summary.",
    "aliases": ["/old/everything/", "learning/everything.html"],
    "language": "cy",
    "tags": ["one", "two words"],
    "change_note": "A line on what changed.",
    "change": "correction",
    "short_address": "short",
    "version": "7",
}
CHECK = {"checked_by": ["Board manager", "Legal adviser"], "date": "2018-05-01", "content": "0123456789abcdef"}
FINDING = {
    "id": "first-finding",
    "kind": "improvement",
    "statement": "The *first* finding.",
    "why": "One reason.\n\nAnother reason.",
    "question": "Do we know?",
    "themes": ["escalation"],
    "agencies": ["police"],
    "roles": ["health-visitors"],
    "what_to_do": {"everyone": ["Raise it."], "health-visitors": ["Record it.", "Say so."]},
    "see": [
        "[The procedure](https://example.org/procedure)",
        {"title": "Training", "url": "https://example.org/training"},
    ],
    "seen_before": ["17-escalation#no-access"],
}
ALL_FIELDS = {
    "content/reviews/all": {
        **RECORD_FIELDS,
        "number": "18",
        "type": "rapid-review",
        "question": "What did we learn?",
        "period": "Winter 2017",
        "age_band": "5-9",
        "themes": ["escalation"],
        "agencies": ["health", "police"],
        "roles": ["health-visitors"],
        "methodology": "We talked.",
        "family_contribution": "The family told us.",
        "anonymisation_note": "Details were changed.",
        "publication_mode": "full",
        "publication_reason": "To protect the family.",
        "decision_date": "2017-01-01",
        "delay_reason": "A trial.",
        "concluded": "2018-04-01",
        "available_until": "2035-01-01",
        "findings": [FINDING, {"id": "second", "kind": "system", "statement": "Two."}],
        "recommendations": [
            {
                "number": "1",
                "text": "Do better.",
                "addressed_to": ["health"],
                "findings": ["first-finding"],
                "response": "rejected",
                "not_implemented_reason": "It was done already.",
                "measure_of_success": "Fewer repeats.",
                "actions": [
                    {
                        "what": "Write it down",
                        "owner": "Health visitors",
                        "due": "2019-01-01",
                        "status": "in-progress",
                        "status_date": "2018-12-01",
                        "evidence": "Minutes.",
                        "impact": "Some.",
                    }
                ],
            }
        ],
        "documents": [
            {"title": "Checklist", "file": "checklist.csv", "kind": "Tool", "date": "2018-01-01"},
            {"title": "Elsewhere", "url": "https://example.org/report"},
        ],
        "related": ["17-escalation"],
        "addenda": [{"date": "2019-02-03", "text": "To be read with it."}],
        "sexual_offence": "true",
        "identification_check": CHECK,
        "body": "## The story\n\nIt [happened](theme:escalation).",
    },
    "content/themes/all": {**RECORD_FIELDS, "statement": "What good looks like.", "body": "More."},
    "content/roles/all": {**RECORD_FIELDS, "agencies": ["health"], "body": "More."},
    "content/pages/all": {**RECORD_FIELDS, "navigation": "main", "order": "3", "body": "## Part\n\nMore."},
    "briefings/all": {
        **RECORD_FIELDS,
        "audience": ["health-visitors"],
        "about": ["17-escalation", "17-escalation#no-access", "theme:escalation"],
        "key_messages": ["One", "Two", "Three", "Four", "Five"],
        "questions": ["Do we?"],
        "next_steps": ["Talk."],
        "version": "2",
        "identification_check": CHECK,
        "contact": "The board's office",
        "reuse": "Copy it freely.",
        "formats": ["a4", "large-print", "booklet", "training-pack"],
        "training": {
            "duration": "20",
            "aims": ["Know when."],
            "ground_rules": ["Be kind."],
            "activities": [
                {
                    "title": "Talk",
                    "minutes": "20",
                    "purpose": "To hear.",
                    "resources": ["Pens"],
                    "instructions": "1. Sit.",
                }
            ],
            "handouts": [{"title": "A sheet", "text": "To copy."}],
            "facilitator_notes": "Breathe.",
        },
        "body": "## Background\n\nWhy.",
    },
}


def as_yaml(fields):
    return yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, default_style='"')


def as_markdown(fields):
    body = fields.get("body", "")
    return f"---\n{as_yaml({k: v for k, v in fields.items() if k != 'body'})}---\n\n{body}\n"


@pytest.mark.parametrize("stem", ALL_FIELDS)
def test_every_field_is_read_from_both_formats_and_gives_the_same_site(project, stem):
    project.write("content/files/checklist.csv", "x")
    results = {}
    for ending, text in ((".md", as_markdown(ALL_FIELDS[stem])), (".yaml", as_yaml(ALL_FIELDS[stem]))):
        result = project.write(stem + ending, text).build()
        assert set(result.codes) <= {"publish/no-effect"}, ending
        results[ending] = project.outputs()
        project.delete(stem + ending)
    assert results[".md"] == results[".yaml"]


def test_the_fields_of_a_review_are_shown(project):
    project.write("content/files/checklist.csv", "x")
    project.write("content/reviews/all.yaml", as_yaml(ALL_FIELDS["content/reviews/all"])).build()
    page = project.page("reviews/all/")
    for words in (
        "What did we learn?",
        "Winter 2017",
        "5 to 9",
        "Rapid review",
        "Police",
        "We talked.",
        "The family told us.",
        "Details were changed.",
        "A trial.",
        "<em>first</em> finding",
        "Another reason.",
        "Do we know?",
        "Raise it.",
        "https://example.org/training",
        "Do better.",
        "It was done already.",
        "Fewer repeats.",
        "Write it down",
        "Checklist",
        "/files/checklist.csv",
        "https://example.org/report",
        "When to escalate",
        "To be read with it.",
        "The story",
        'lang="cy"',
        "4 May 2018",
    ):
        assert words in page, words
    assert project.outputs()["files/checklist.csv"] == b"x"
    assert "To protect the family." not in page  # it is published in full
    project.change(
        "content/reviews/all.yaml", '"publication_mode": "full"', '"publication_mode": "improvements-only"'
    ).build()
    assert "To protect the family." in project.page("reviews/all/")


def test_findings_in_markdown_and_findings_in_fields_give_the_same_site(project):
    project.build()
    written = project.outputs()
    front, body = REVIEW.split("---\n\n")
    assert body
    fields = {
        "findings": [
            {
                "id": "no-access",
                "kind": "improvement",
                "statement": "Concerns about a home that staff could not enter were not passed on.",
                "why": "No one was sure who should raise them.",
                "what_to_do": {
                    "everyone": ["raise it with your manager on the same day."],
                    "health-visitors": ["record each visit where you were refused entry."],
                },
            },
            {
                "id": "shared-information",
                "kind": "good-practice",
                "statement": "Each agency had the same, current information.",
            },
        ]
    }
    assert project.write(REVIEW_FILE, f"{front}{yaml.safe_dump(fields)}---\n").build().problems == []
    assert project.outputs() == written


FORMS = {
    "stars and tabs": "*\tOne thing. {#one}\n\n\tWhy it was.\n\n\t*\tEveryone: do it.\n",
    "numbers": "1. One thing. {#one}\n\n   Why it was.\n\n   1) Everyone: do it.\n",
    "no empty lines": "- One thing. {#one}\n  - Everyone: do it.\n\n  Why it was.\n",
    "long lines broken": "- One\n  thing.\n  {#one}\n\n  Why it\n  was.\n\n  - Everyone: do\n    it.\n",
    "lazy lines": "- One\nthing. {#one}\n\n  Why it was.\n\n  - Everyone:\n  do it.\n",
    "no role": "- One thing. {#one}\n\n  Why it was.\n\n  - do it.\n",
    "the role's name in other capitals": "- One thing. {#one}\n\n  Why it was.\n\n  - EVERYONE:  do it.\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_a_finding_may_be_written_in_the_ways_that_people_write_lists(project, form):
    head = REVIEW[: REVIEW.index("## What needs")]
    assert project.write(REVIEW_FILE, f"{head}## What needs to improve\n\n{FORMS[form]}").build().problems == []
    (finding,) = json.loads(project.page("data/reviews.json"))["reviews"][0]["findings"]
    assert (finding["id"], finding["statement"].split()) == ("one", ["One", "thing."])
    assert finding["why"].split() == ["Why", "it", "was."]
    assert finding["what_to_do"] == {"everyone": ["do it."]}


def test_braces_give_a_finding_its_themes_agencies_roles_and_history(project):
    project.write("content/themes/other.md", "---\ntitle: Other\nstatus: published\n---\n")
    project.write("content/reviews/16-earlier.md", REVIEW.replace("17", "16").replace("themes: [escalation]", ""))
    braces = (
        "{#no-access themes=other,escalation agencies=police roles=health-visitors seen_before=16-earlier#no-access}"
    )
    assert project.change(REVIEW_FILE, "{#no-access}", braces).build().problems == []
    finding = json.loads(project.page("data/reviews.json"))["reviews"][0]["findings"][0]
    assert (finding["themes"], finding["agencies"]) == (["other", "escalation"], ["police"])
    assert (finding["roles"], finding["seen_before"]) == (["health-visitors"], ["16-earlier#no-access"])


def test_findings_have_headings_in_the_language_of_the_site(project):
    words = "  finding_headings:\n    improvement: Beth sydd angen gwella\n"
    words += "    good-practice: Beth weithiodd yn dda\n    everyone: Pawb\n"
    project.change("site_config.yaml", "site:\n", f"site:\n  language: cy\n{words}")
    project.change(REVIEW_FILE, "## What needs to improve", "## Beth sydd angen GWELLA")
    project.change(REVIEW_FILE, "## What worked well", "## Beth weithiodd yn dda ##")
    project.change(REVIEW_FILE, "Everyone: raise", "Pawb: raise")
    assert project.build().problems == []
    first, second = json.loads(project.page("data/reviews.json"))["reviews"][0]["findings"]
    assert (first["kind"], second["kind"]) == ("improvement", "good-practice")
    assert list(first["what_to_do"]) == ["everyone", "health-visitors"]


def with_status(kind_fields, status):
    """A record whose every text holds the marker; also its slug."""
    text = re.sub(r"status: published\n(published: [^\n]+\n)?", f"{status}\n", kind_fields)
    return re.sub(r"title: ", f"title: {MARKER} ", text, count=1)


HIDDEN = {
    "draft": "status: draft",
    "no status": "",
    "embargoed": "status: published\npublished: 2026-06-02",
    "expired": "status: published\npublished: 2020-01-01\nexpires: 2026-06-01",
    "withdrawn": "status: withdrawn\nchange_note: No longer right.",
}
COPIES = {
    "content/reviews/17-escalation.md": "content/reviews/{}.md",
    "content/themes/escalation.md": "content/themes/{}.md",
    "content/roles/health-visitors.md": "content/roles/{}.md",
    "content/pages/accessibility.md": "content/pages/{}.md",
    "briefings/escalation.md": "briefings/{}.md",
}


def hide_copies(project, status):
    for source, target in COPIES.items():
        text = with_status(FILES[source], status)
        text = text.replace(
            "number: 17", f"number: 18\nsummary: {MARKER}\ndocuments: [{{title: {MARKER}, file: secret.pdf}}]"
        )
        text = text.replace("current information", f"current {MARKER} information").replace("Text.", f"{MARKER}.")
        text = text.replace("Raise it and", f"{MARKER} [it](file:other.pdf) and").replace("Why this", f"{MARKER} this")
        project.write(target.format(f"{MARKER}-slug"), text)
    project.write("content/files/secret.pdf", MARKER).write("content/files/other.pdf", MARKER)


@pytest.mark.parametrize("state", [state for state in HIDDEN if state != "withdrawn"])
def test_a_record_that_is_not_published_is_in_no_output_at_all(project, state):
    project.build()
    before = project.outputs()
    hide_copies(project, HIDDEN[state])
    result = project.build()
    assert result.code == 0
    after = project.outputs()
    assert [name for name, data in after.items() if MARKER.encode() in data.lower() or MARKER in name] == []
    assert after == before


def test_a_withdrawn_record_leaves_a_page_that_says_so_and_nothing_else(project):
    project.build()
    before = project.outputs()
    hide_copies(project, HIDDEN["withdrawn"])
    assert project.build().code == 0
    after = project.outputs()
    notices = {f"{folder}{MARKER}-slug/index.html" for folder in ("reviews/", "themes/", "roles/", "briefings/", "")}
    assert after.keys() - before.keys() == notices
    for name, data in after.items():
        if name in notices:
            assert b"has been withdrawn" in data
            assert b"No longer right." in data
            assert b"noindex" in data
            assert b"current zanzibarine" not in data
        elif name in ("deploy/nginx.conf", "deploy/apache.conf"):
            assert f"{MARKER}-slug/".encode() in data, "servers are told which addresses are gone"
        elif name != "updates/index.html":
            assert MARKER.encode() not in data, name


def test_what_a_published_record_says_of_unpublished_ones_is_in_no_output(project):
    hide_copies(project, "status: draft")
    slug = f"{MARKER}-slug"
    project.change(REVIEW_FILE, "themes: [escalation]", f"themes: [escalation, {slug}]\nrelated: [{slug}]")
    project.change(REVIEW_FILE, "roles: [health-visitors]", f"roles: [health-visitors, {slug}]")
    project.change(
        REVIEW_FILE, "{#no-access}", f"{{#no-access themes={slug} roles={slug} seen_before={slug}#no-access}}"
    )
    result = project.build()
    assert set(result.codes) == {"reference/not-published"}
    assert [name for name, data in project.outputs().items() if MARKER.encode() in data] == []


WHEN = {
    "a day in its first minute": ("2026-06-01", "2026-05-31T23:00:00Z", True),
    "a day a second before": ("2026-06-01", "2026-05-31T22:59:59Z", False),
    "a time in summer": ("2026-06-01 09:30", "2026-06-01T08:30:00Z", True),
    "a time in summer, a second before": ("2026-06-01 09:30", "2026-06-01T08:29:59Z", False),
    "a time in winter": ("2026-01-15T09:30", "2026-01-15T09:30:00Z", True),
    "a time with seconds": ("2026-06-01 09:30:15", "2026-06-01T08:30:14Z", False),
    "a time in UTC": ("2026-06-01T09:30Z", "2026-06-01T08:30:00Z", False),
    "a time in UTC, reached": ("2026-06-01T09:30Z", "2026-06-01T09:30:00Z", True),
    "a time elsewhere": ("2026-06-01 09:30+05:30", "2026-06-01T04:00:00Z", True),
    "a time elsewhere without its colon": ("2026-06-01 09:30-0500", "2026-06-01T14:29:59Z", False),
}


@pytest.mark.parametrize(("published", "now", "shown"), WHEN.values(), ids=WHEN)
def test_an_embargo_ends_at_its_moment_in_the_site_s_time_zone(project, published, now, shown):
    project.write("content/pages/x.md", f"---\ntitle: X\nstatus: published\npublished: {published}\n---\n")
    assert project.build(now=now).problems == []
    assert (project.root / "output/x/index.html").exists() == shown


@pytest.mark.parametrize(("now", "shown"), [("2026-05-31T22:59:59Z", True), ("2026-05-31T23:00:00Z", False)])
def test_a_record_expires_at_the_beginning_of_its_day(project, now, shown):
    project.write("content/pages/x.md", "---\ntitle: X\nstatus: published\nexpires: 2026-06-01\n---\n")
    project.build(now=now)
    assert (project.root / "output/x/index.html").exists() == shown


@pytest.mark.parametrize("field", ["published", "updated", "expires"])
@pytest.mark.parametrize(
    ("value", "code"),
    [("2026-03-29 01:30", "content/impossible-time"), ("2026-10-25 01:30", "content/ambiguous-time")],
)
def test_a_time_that_the_clocks_skip_or_repeat_is_an_error(project, field, value, code):
    project.write("content/pages/x.md", f"---\ntitle: X\n{field}: {value}\n---\n")
    problem = project.check().only(code)
    assert (problem["line"], problem["column"]) == (3, len(field) + 3)


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-29 00:59",
        "2026-03-29 02:00",
        "2026-10-25 00:59",
        "2026-10-25 02:00",
        "2026-10-25 01:30Z",
        "2026-03-29 01:30Z",
    ],
)
def test_times_beside_the_change_of_clocks_pass(project, value):
    assert project.write("content/pages/x.md", f"---\ntitle: X\npublished: {value}\n---\n").check().problems == []


def test_dates_at_the_ends_of_the_calendar_build(project):
    project.write(
        "content/reviews/old.md",
        REVIEW.replace("number: 17", "number: 1").replace(
            "2017-03-01", "1800-01-01 00:00+14:00\nupdated: 2200-12-31 23:59-12:00"
        ),
    )
    project.write(
        "content/reviews/none.md", REVIEW.replace("number: 17", "number: 2").replace("published: 2017-03-01\n", "")
    )
    assert project.build().codes == ["content/no-date"]


def test_a_date_for_review_that_has_passed_is_a_warning_and_a_banner(project):
    project.change(REVIEW_FILE, "number: 17", "number: 17\nreview_by: 2026-05-31")
    problem = project.build(now="2026-05-31T22:59:00Z").problems
    assert problem == []
    warning = project.build(now="2026-05-31T23:00:00Z").only("lifecycle/overdue")
    assert (warning["severity"], warning["line"], warning["column"]) == ("warning", 4, 12)


def slugs(project):
    return [review["slug"] for review in json.loads(project.page("data/reviews.json"))["reviews"]]


def test_reviews_are_newest_first_by_date_then_number_then_name(project):
    project.delete("briefings/escalation.md").delete(REVIEW_FILE)
    for slug, published, number in (
        ("a", "2020-01-01", 3),
        ("b", "2020-01-01", 12),
        ("c", "2021-01-01", 1),
        ("d", "2020-01-01 00:00", 4),
        ("e", "2020-01-01 23:30", 2),
        ("f", "2019-12-31T23:30Z", 99),
        ("g", "", 50),
        ("h", "2020-01-01", ""),
    ):
        text = REVIEW.replace("2017-03-01", published).replace("number: 17", f"number: {number}")
        project.write(f"content/reviews/{slug}.md", text)
    assert project.build().codes == ["content/no-date"]
    assert slugs(project) == ["c", "e", "b", "d", "a", "h", "f", "g"]
    page = project.page("reviews/")
    order = [page.index(f'href="/reviews/{slug}/"') for slug in slugs(project)]
    assert order == sorted(order)


def test_themes_findings_briefings_and_repeats_point_at_each_other(project):
    project.write(
        "content/reviews/16-earlier.md", REVIEW.replace("17", "16").replace("published: 2016", "published: 2015")
    )
    project.change(REVIEW_FILE, "{#no-access}", "{#no-access seen_before=16-earlier#no-access}")
    project.change("briefings/escalation.md", "about: [17-escalation]", "about: [17-escalation, theme:escalation]")
    assert project.build().problems == []
    assert 'href="/reviews/17-escalation/#no-access"' in project.page("themes/escalation/")
    assert 'href="/themes/escalation/"' in project.page("reviews/17-escalation/")
    assert 'href="/briefings/escalation/"' in project.page("reviews/17-escalation/")
    assert 'href="/briefings/escalation/"' in project.page("themes/escalation/")
    assert 'href="/reviews/17-escalation/' in project.page("briefings/escalation/")
    assert 'href="/themes/escalation/"' in project.page("briefings/escalation/")
    assert 'href="/reviews/16-earlier/#no-access"' in project.page("reviews/17-escalation/")
    assert 'href="/reviews/17-escalation/#no-access"' in project.page("reviews/16-earlier/")
    assert 'href="/reviews/17-escalation/#no-access"' in project.page("roles/health-visitors/")


def test_attachments_are_published_only_when_a_published_record_names_them(project):
    for name in ("named.csv", "linked.csv", "pictured.png", "unnamed.csv", "drafted.csv"):
        project.write(f"content/files/{name}", PICTURE if name.endswith("png") else "a,b\r\n")
    project.change(REVIEW_FILE, "number: 17", "number: 17\ndocuments: [{title: D, file: named.csv}]")
    project.change(REVIEW_FILE, "No one was", "[See](file:linked.csv) ![a cat](file:pictured.png). No one was")
    project.write("content/pages/x.md", "---\ntitle: X\n---\n\n[x](file:drafted.csv)\n")
    assert project.build().problems == []
    published = {name for name in project.outputs() if name.startswith("files/")}
    assert published == {"files/named.csv", "files/linked.csv", "files/pictured.png"}


def test_a_title_of_300_letters_and_200_findings_build(project):
    title = "Ünusual " * 37 + "end"
    findings = "".join(f"- Finding number {n}. {{#f-{n}}}\n\n  - Everyone: do {n}.\n\n" for n in range(200))
    head = REVIEW[: REVIEW.index("## What needs")].replace("When to escalate", title)
    assert project.write(REVIEW_FILE, f"{head}## What needs to improve\n\n{findings}").build().problems == []
    assert title.strip() in project.page("reviews/17-escalation/")
    assert "f-199" in project.page("reviews/17-escalation/")
    assert project.page("data/findings.csv").count("\n") == 201


LISTS = [
    "",
    "reviews/",
    "themes/",
    "roles/",
    "good-practice/",
    "briefings/",
    "actions/",
    "updates/",
    "search/",
    "glossary/",
    "404.html",
]


def test_a_site_of_nothing_but_its_configuration_builds_and_every_list_says_something(project):
    for path in FILES:
        if path != "site_config.yaml":
            project.delete(path)
    assert project.build().problems == []
    for path in LISTS:
        page = project.page(path)
        main = re.search(r"<main.*?</main>", page, re.DOTALL)
        assert main, path
        assert len(re.sub(r"<[^>]+>|\s+", " ", main[0]).split()) > 3, path
    for path in ("feed.xml", "feed.json", "sitemap.xml", "data/reviews.json", "data/findings.csv", "data/actions.csv"):
        assert project.page(path)


@pytest.mark.parametrize(
    "base", ["https://example.org/learning/", "https://example.org/learning", "https://example.org/a/b/"]
)
def test_under_a_path_every_link_of_every_page_begins_with_it(project, base):
    project.write("site_config.yaml", CONFIG.replace("https://learning.example.org/", base))
    project.write("content/files/x.rtf", r"{\rtf1 x}").write("content/files/x.png", PICTURE)
    links = (
        "[a](/reviews/) [b](review:17-escalation#no-access) [c](file:x.rtf) ![d](file:x.png) <a href='/themes/'>e</a>"
    )
    project.write("content/pages/x.md", f"---\ntitle: X\nstatus: published\naliases: [/old/]\n---\n\n{links}\n")
    assert project.build().problems == []
    path = "/" + base.split("/", 3)[3].strip("/") + "/"
    for name, data in project.outputs().items():
        if name.endswith(".html"):
            for link in re.findall(r'\s(?:href|src|action|content)="(?:\d+; ?url=)?(/[^"]*)"', data.decode()):
                assert link.startswith(path), (name, link)
        elif name.endswith((".xml", ".json", ".csv", ".txt")):
            assert "https://example.org/" in data.decode() or name.startswith(("data/actions", "assets/", "pagefind/"))
            assert not re.search(rf"https://example\.org/(?!{path.strip('/')})", data.decode()), name


def test_the_configuration_takes_every_field(project):
    project.write("content/files/logo.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")
    fields = {
        "organisation": {
            "name": "Exampleshire",
            "short_name": "EX",
            "url": "https://example.org/",
            "logo": "logo.svg",
            "email": "a@example.org",
            "telephone": "01632 960000",
        },
        "site": {
            "title": "Learning",
            "base_url": "https://example.org/",
            "language": "en-GB",
            "time_zone": "Europe/London",
            "description": "What we learned.",
            "banner": "This is [new](page:accessibility).",
        },
        "urgent_help": {
            "text": "Call 999.",
            "contacts": [{"label": "Police", "telephone": "999"}, {"label": "Web", "url": "https://example.org/help"}],
        },
        "brand": {"colour": "#17495A", "accent": "#852"},
        "checks": {"content/no-date": "off", "content/repeated-number": {"severity": "error", "allow": ["17"]}},
        "retention": {"rapid-review": {"at_least_days": "365"}},
        "pdf": {"paper": "a4"},
    }
    result = project.write("site_config.yaml", as_yaml(fields)).build()
    assert result.codes == ["publish/no-effect"] * 2
    page = project.page("")
    for words in (
        "Exampleshire",
        "What we learned.",
        'href="/accessibility/"',
        "01632 960000",
        "https://example.org/help",
    ):
        assert words in page, words
    assert "files/logo.svg" in project.outputs()


def test_lists_take_every_field(project):
    project.write(
        "content/glossary.yaml",
        as_yaml([{"term": "SCR", "meaning": "A *review*.", "aliases": ["SCRs"]}, {"term": "A", "meaning": "b"}]),
    )
    project.write(
        "content/external.yaml",
        as_yaml(
            [
                {
                    "title": "National",
                    "publisher": "A body",
                    "url": "https://example.org/n",
                    "date": "2020-01-01",
                    "summary": "Short.",
                    "themes": ["escalation"],
                }
            ]
        ),
    )
    assert project.build().problems == []
    assert "A <em>review</em>." in project.page("glossary/")
    assert "https://example.org/n" in project.page("external/")
    assert "https://example.org/n" in project.page("themes/escalation/")


@pytest.mark.parametrize("path", ["content/agencies.yaml", "content/glossary.yaml", "content/external.yaml"])
def test_an_empty_list_is_a_list(project, path):
    project.change(REVIEW_FILE, "agencies: [health]\n", "")
    assert project.write(path, "# nothing yet\n").check().problems == []


def test_pages_may_lie_in_folders(project):
    project.write("content/pages/about/us.md", "---\ntitle: About us\nstatus: published\n---\n\nWe.\n")
    project.write("content/pages/x.md", "---\ntitle: X\nstatus: published\n---\n\n[us](page:about/us)\n")
    assert project.build().problems == []
    assert "About us" in project.page("about/us/")
    assert 'href="/about/us/"' in project.page("x/")


def test_readmes_and_what_editors_leave_behind_are_no_content(project):
    for path in (
        "content/README.md",
        "content/reviews/README.md",
        "content/reviews/.17.swp",
        "content/reviews/x.md~",
        "content/.DS_Store",
        "content/reviews/~$x.docx",
        "content/files/README.txt",
        "content/reviews/#x.md#",
    ):
        project.write(path, "anything: at: all")
    assert project.check().problems == []


def test_a_number_given_twice_is_a_warning(project):
    project.write("content/reviews/18-b.md", REVIEW)
    problem = project.check().only("content/repeated-number")
    assert (problem["path"], problem["line"], problem["column"]) == ("content/reviews/18-b.md", 3, 9)
