"""Searching: what the index holds, and what somebody who asks it in a browser finds, filters, sorts and follows."""

from __future__ import annotations

import gzip
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from bench.corpus import corpus
from sitegen.search_words import Text, index_words
from tests.conftest import FILES, NOW, PROJECT, Project, tree
from tests.server import Server

BASE = "/learning/"
OTHER_REVIEW = """\
---
title: Weekend cover
type: rapid-review
status: published
published: 2019-05-01
summary: How services talked to each other on Saturdays.
themes: [handover]
agencies: [police]
roles: [youth-workers]
tags: [moonlighting]
documents:
  - {title: Full report, file: full report.pdf}
---

## What needs to improve

- The lantern was left with nobody. {#lantern-left themes=escalation}

  - Everyone: carry the lantern to the next worker.

## What worked well

- A worker lit the lantern each evening. {#lantern-lit}

## What the system makes hard

- There is one lantern for four teams. {#one-lantern}

## What happened

### A night in April

The ferry had stopped.
"""
HIDDEN = {
    "content/reviews/hidden-draft.md": "status: draft\npublished: 2017-03-01",
    "content/reviews/hidden-embargo.md": "status: published\npublished: 2027-03-01",
    "content/reviews/hidden-withdrawn.md": "status: withdrawn\npublished: 2017-03-01\nupdated: 2018-01-01",
    "content/reviews/hidden-expired.md": "status: published\npublished: 2017-03-01\nexpires: 2018-01-01",
}
SECRET = "zanzibar"


def pdf_of(*pages: str) -> bytes:
    """A PDF with a line of text on each page."""
    document = pikepdf.new()
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    for text in pages:
        page = document.add_blank_page(page_size=(400, 400))
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = document.make_stream(f"BT /F1 12 Tf 20 300 Td ({text}) Tj ET".encode())
    written = io.BytesIO()
    document.save(written, deterministic_id=True)
    return written.getvalue()


def write(root: Path) -> None:
    """A small site below a path, with something of each sort to find, and things that nobody may find."""
    files: dict[str, str | bytes] = {
        **FILES,
        "site_config.yaml": FILES["site_config.yaml"].replace("example.org/\n", f"example.org{BASE}\n", 1),
        "content/reviews/19-weekend.md": OTHER_REVIEW,
        "content/themes/handover.md": "---\ntitle: Handover\nstatus: published\n---\n\nPass it on.\n",
        "content/roles/youth-workers.md": "---\ntitle: Youth workers\nstatus: published\n---\n",
        "content/glossary.yaml": "- {term: Threshold, meaning: The point at which a service must act.}\n",
        "content/external.yaml": (
            "- {title: A national look, publisher: The panel, url: 'https://example.org/n', summary: About kayaks.}\n"
        ),
        "content/files/full report.pdf": pdf_of("The first page.", "Nothing here.", "A walrus was mentioned."),
    }
    for path, head in HIDDEN.items():
        body = f"## What needs to improve\n\n- The {SECRET} lantern. {{#secret}}\n"
        files[path] = f"---\ntitle: {SECRET}\ntype: rapid-review\n{head}\nchange_note: Gone.\n---\n\n{body}"
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())


def build(root: Path, *words: str) -> None:
    command = [
        sys.executable,
        str(PROJECT / "build.py"),
        "--root",
        str(root),
        "build",
        "--now",
        NOW,
        "--no-pdf",
        *words,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of the small site."""
    root = tmp_path_factory.mktemp("search") / "site"
    write(root)
    build(root)
    return root / "output"


@pytest.fixture(scope="module")
def server(site: Path) -> Iterator[Server]:
    with Server(site, BASE) as running:
        yield running


class Asked:
    """The search page in a browser, asked something through its address."""

    def __init__(self, page: Any, server: Server) -> None:
        self.page = page
        self.server = server
        self.faults: list[str] = []
        page.on("pageerror", self._fail)
        page.on("console", self._log)

    def _fail(self, fault: Any) -> None:
        self.faults.append(str(fault))

    def _log(self, said: Any) -> None:
        if said.type == "error":
            self.faults.append(said.text)

    def leave(self) -> None:
        """Listen to the page no more."""
        self.page.remove_listener("pageerror", self._fail)
        self.page.remove_listener("console", self._log)

    def ask(self, query: str = "") -> Asked:
        self.page.goto(f"{self.server.address}search/{query}")
        return self.settled()

    def settled(self) -> Asked:
        self.page.wait_for_selector("#part-count:not(:empty)")  # it tells the number when all else is shown
        return self

    @property
    def links(self) -> list[str]:
        """Where the results lead, without the base path."""
        found = self.page.locator("#part-results h2 a")
        return [found.nth(n).get_attribute("href").removeprefix(BASE) for n in range(found.count())]

    @property
    def told(self) -> str:
        return str(self.page.inner_text("#part-count"))


@pytest.fixture(scope="module")
def tab(chromium: Any) -> Iterator[Any]:
    """One page for the tests that ask something; each loads it anew."""
    context = chromium.new_context(service_workers="block")
    yield context.new_page()
    context.close()


@pytest.fixture
def asked(tab: Any, server: Server) -> Iterator[Asked]:
    made = Asked(tab, server)
    yield made
    tab.goto("about:blank")
    made.leave()
    assert made.faults == []


def decoded(site: Path) -> dict[str, str]:
    """Every packed file of the index as text."""
    files = {path: data for path, data in tree(site / "pagefind").items() if ".pf_" in path}
    return {path: gzip.decompress(data).decode("utf-8", "replace") for path, data in files.items()}


def test_a_word_of_a_finding_leads_to_the_finding(asked: Asked):
    asked.ask("?q=refused")
    assert asked.links == ["reviews/17-escalation/#no-access"]
    assert asked.told == "1 page found."
    first = asked.page.locator("#part-results li")
    assert first.locator(".kind").inner_text() == "To improve"
    assert first.locator("mark").all_inner_texts() == ["refused"]
    assert "From When to escalate, 2017" in first.inner_text()
    asked.page.click("#part-results h2 a")
    asked.page.wait_for_url(f"{asked.server.address}reviews/17-escalation/#no-access")
    assert asked.page.locator("#no-access").is_visible()


def test_forms_of_a_word_are_found_alike(asked: Asked):
    assert "reviews/17-escalation/#no-access" in asked.ask("?q=refusing").links


def test_each_sort_of_page_is_found(asked: Asked):
    for query, link in {
        "ferry": "reviews/19-weekend/#a-night-in-april",
        "saturdays": "reviews/19-weekend/",
        "moonlighting": "reviews/19-weekend/",
        "threshold": "glossary/#term-threshold",
        "kayaks": "external/",
        "seven": "briefings/escalation/",
        "keep raising": "themes/escalation/",
        "visitors": "roles/health-visitors/",
        "accessibility": "accessibility/",
        "walrus": "files/full%20report.pdf#page=3",
    }.items():
        assert link in asked.ask(f"?q={query}").links, query


def test_what_is_not_published_is_in_no_file_of_the_index(site: Path):
    texts = decoded(site)
    assert any("lantern" in text for text in texts.values())
    assert [path for path, text in texts.items() if SECRET in text.casefold() or "hidden-" in text] == []


@pytest.mark.parametrize(
    ("query", "links"),
    [
        ("&kind=good-practice", ["reviews/19-weekend/#lantern-lit"]),
        ("&kind=system", ["reviews/19-weekend/#one-lantern"]),
        ("&theme=escalation", ["reviews/19-weekend/#lantern-left"]),
        ("&theme=handover", ["reviews/19-weekend/#lantern-lit", "reviews/19-weekend/#one-lantern"]),
        ("&role=everyone", ["reviews/19-weekend/#lantern-left"]),
        ("&role=health-visitors", []),
        ("&agency=police&kind=improvement", ["reviews/19-weekend/#lantern-left"]),
        ("&agency=health", []),
        ("&type=multi-agency-case-file-review", []),
        ("&year=2017", []),
        ("&record=briefing", []),
    ],
)
def test_each_filter_leaves_only_what_fits(asked: Asked, query: str, links: list[str]):
    everything = asked.ask("?q=lantern").links
    assert len(everything) == 3
    assert sorted(asked.ask(f"?q=lantern{query}").links) == links


def test_a_filter_without_a_word_lists_what_it_leaves(asked: Asked):
    assert asked.ask("?kind=good-practice").links == [
        "reviews/19-weekend/#lantern-lit",
        "reviews/17-escalation/#shared-information",
    ]


def test_choosing_a_filter_counts_pages_and_goes_into_the_address(asked: Asked):
    asked.ask("?q=lantern")
    asked.page.click("#part-choices summary")
    asked.page.wait_for_selector("#part-filter-kind option:has-text('Worked well (1)')", state="attached")
    asked.page.select_option("#part-filter-kind", "good-practice")
    asked.page.wait_for_url("**/search/?q=lantern&kind=good-practice")
    asked.page.wait_for_selector("#part-results li:only-child")
    assert asked.links == ["reviews/19-weekend/#lantern-lit"]
    asked.page.click("#part-clear")
    asked.page.wait_for_url("**/search/?q=lantern")
    asked.page.wait_for_selector("#part-results li:nth-child(3)")


def test_results_are_sorted_by_date_on_request(asked: Asked):
    assert asked.ask("?record=review&sort=newest").links == ["reviews/19-weekend/", "reviews/17-escalation/"]
    assert asked.ask("?record=review&sort=oldest").links == ["reviews/17-escalation/", "reviews/19-weekend/"]


def test_nothing_asked_shows_the_a_to_z_and_nothing_found_says_so(asked: Asked):
    before = len(asked.server.asked)
    asked.page.goto(f"{asked.server.address}search/")
    asked.page.wait_for_selector("#part-search:not([hidden])")
    assert asked.page.locator("#part-index").is_visible()
    assert asked.server.asked[before:]
    assert not any("pagefind" in path for path in asked.server.asked[before:]), "the index is fetched when it is wanted"
    asked.ask("?q=xylophone")
    assert asked.told.startswith("Nothing found for “xylophone”.")
    assert asked.page.locator("#part-index").is_visible()
    asked.ask("?q=lantern")
    assert not asked.page.locator("#part-index").is_visible()


def test_text_of_the_content_never_becomes_html(chromium: Any, tmp_path: Path):
    root = tmp_path / "site"
    write(root)
    review = root / "content/reviews/19-weekend.md"
    odd = "\\<img onerror=alert(1)\\> &lt;b&gt;bold&lt;/b&gt; ___PAGEFIND_ANCHOR___h2:0:x otter"
    review.write_text(OTHER_REVIEW.replace("one lantern for", f"one {odd} for").replace("title: W", "title: <i>W"))
    build(root)
    with Server(root / "output", BASE) as server:
        page = chromium.new_page()
        asked = Asked(page, server).ask("?q=otter")
        assert asked.links == ["reviews/19-weekend/#one-lantern"]
        assert page.locator("#part-results img, #part-results b, #part-results i").count() == 0
        assert "<img onerror=alert(1)> <b>bold</b>" in page.inner_text("#part-results")
        assert asked.faults == []
        page.close()


def test_it_is_used_by_keys_alone(asked: Asked):
    page = asked.page
    page.goto(f"{asked.server.address}search/")
    page.focus("#part-query")
    page.keyboard.type("lantern")
    asked.settled()
    page.wait_for_selector("#part-results li:nth-child(3)")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Search"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#part-choices[open]")
    page.keyboard.press("Tab")
    assert page.locator(":focus").get_attribute("id") == "part-filter-kind"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("#part-results li:only-child")
    page.locator("#part-choices summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator(":focus").get_attribute("href") == f"{BASE}reviews/19-weekend/#lantern-lit"
    page.keyboard.press("Enter")
    page.wait_for_url("**/reviews/19-weekend/#lantern-lit")


def test_the_box_of_another_page_leads_here_with_its_words(asked: Asked):
    page = asked.page
    page.goto(f"{asked.server.address}search/")
    page.fill("#part-query", "lantern")
    with page.expect_navigation():
        page.evaluate("document.getElementById('part-query').form.submit()")
    asked.settled()
    assert page.url.endswith("/search/?q=lantern")
    assert len(asked.links) == 3


def test_more_results_are_added_below(chromium: Any, tmp_path: Path):
    root = tmp_path / "site"
    write(root)
    for number in range(25):
        text = OTHER_REVIEW.replace("Weekend cover", f"Weekend {number}")
        (root / f"content/reviews/more-{number:02}.md").write_text(text)
    build(root)
    with Server(root / "output", BASE) as server:
        page = chromium.new_page()
        asked = Asked(page, server).ask("?q=ferry")
        assert asked.told == "26 pages found."
        assert len(asked.links) == 10
        page.click("#part-more")
        page.wait_for_selector("#part-results li:nth-child(20)")
        assert page.evaluate(
            "document.activeElement.closest('li') === document.querySelectorAll('#part-results li')[10]"
        )
        page.click("#part-more")
        page.wait_for_selector("#part-results li:nth-child(26)")
        assert not page.locator("#part-more").is_visible()
        assert len(set(asked.links)) == 26
        page.close()


def test_an_index_that_cannot_be_reached_is_told_in_words(chromium: Any, server: Server):
    page = chromium.new_page()
    page.route("**/pagefind/**", lambda route: route.abort())
    page.goto(f"{server.address}search/?q=lantern")
    page.wait_for_selector("#part-count:not(:empty)")
    assert "can’t be reached" in page.inner_text("#part-count")
    assert page.locator("#part-index").is_visible()
    page.unroute("**/pagefind/**")
    page.fill("#part-query", "lanterns")
    page.wait_for_selector("#part-results li")
    page.close()


def test_without_javascript_there_is_the_a_to_z(chromium: Any, server: Server):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.address}search/?q=lantern")
    text = page.inner_text("main")
    assert "Searching needs JavaScript" in text
    assert "Weekend cover" in text
    assert not page.locator("#part-search").is_visible()
    context.close()


def test_only_files_that_are_used_are_published(site: Path):
    names = sorted(re.sub(r"_[0-9a-f]{7,}", "_*", path) for path in tree(site / "pagefind"))
    assert sorted(set(names)) == [
        "filter/en_*.pf_filter",
        "fragment/en_*.pf_fragment",
        "index/en_*.pf_index",
        "pagefind-entry.json",
        "pagefind.en_*.pf_meta",
        "pagefind.js",
        "wasm.en.pagefind",
    ]


def test_the_same_content_gives_the_same_bytes_in_any_folder_with_any_number_of_workers(site: Path, tmp_path: Path):
    expected = tree(site / "pagefind")
    for number, jobs in enumerate(("1", "2", "4")):
        root = tmp_path / f"{number}" / "elsewhere"
        write(root)
        build(root, "--jobs", jobs)
        assert tree(root / "output" / "pagefind") == expected


def test_the_same_words_are_packed_into_the_same_bytes_each_time():
    odd = ["Café naïve façade résumé e\u0301t", "WKWebView page.Find a-b c/d — 12½ 🎉 don't", "Ünïcode ünicode unicode"]
    texts = [
        Text(
            f"{r.title} {r.summary} {r.narrative} {' '.join(f'{f.statement} {f.why}' for f in r.findings)} {odd[n % 3]}",
            r.title,
            odd[-n % 3],
        )
        for n, r in enumerate(corpus(500))
    ]
    texts = [Text(*(" ".join(part.split()) for part in text)) for text in texts]
    first = index_words(texts, "en")
    assert len(first.chunks) > 1
    for _ in range(5):
        assert index_words(texts, "en") == first


def test_building_again_makes_nothing_and_an_edit_keeps_the_other_fragments(project: Project):
    assert project.build().code == 0
    before = project.outputs()
    assert project.build("--output", str(project.root / "output")).code == 0
    project.build()
    assert not any(file.startswith("pagefind/") for file in project.rendered())
    project.change("content/reviews/17-escalation.md", "refused entry", "turned away")
    assert project.build().code == 0
    after = project.outputs()
    old, new = ({f for f in files if f.startswith("pagefind/fragment/")} for files in (before, after))
    assert len(old - new) == len(new - old) == 1
    assert project.rendered() >= new - old
    assert not project.rendered() & (old & new)


def test_a_damaged_or_lost_index_in_the_store_is_made_again(project: Project):
    assert project.build().code == 0
    before = project.outputs()
    store = project.root / ".cache" / "store"
    entry = next(
        file
        for file in store.rglob("*")
        if file.is_file() and b"pagefind/pagefind.js" in file.read_bytes()[:300000] and file.name != "index.json"
    )
    for damage in ("cut", "gone"):
        if damage == "cut":
            entry.write_bytes(entry.read_bytes()[:5000])
        else:
            entry.unlink()
        shutil.rmtree(project.root / "output")
        assert project.build().code == 0
        assert project.outputs() == before


def test_a_lost_file_of_the_published_index_comes_back(project: Project):
    assert project.build().code == 0
    before = project.outputs()
    next((project.root / "output" / "pagefind" / "fragment").iterdir()).unlink()
    assert project.build().code == 0
    assert project.outputs() == before


@pytest.mark.parametrize("data", [b"%PDF-1.4 and then nothing", b"", pdf_of("A walrus.")[:400]])
def test_a_pdf_that_cannot_be_read_is_a_warning_and_stays_a_file_to_download(project: Project, data: bytes):
    project.write("content/files/report.pdf", data)
    documents = "documents: [{title: Report, file: report.pdf}]\n---\n\n## What needs"
    project.change("content/reviews/17-escalation.md", "---\n\n## What needs", documents)
    for _ in range(2):
        result = project.build()
        assert result.code == 0
        problem = result.only("content/unreadable-pdf")
        assert (problem["severity"], problem["path"]) == ("warning", "content/reviews/17-escalation.md")
    assert project.outputs()["files/report.pdf"] == data
    project.change("content/agencies.yaml", "Police", "The police")
    assert project.build().only("content/unreadable-pdf")


def test_a_review_tells_of_its_pdf(project: Project):
    assert project.build(pdf=True).code == 0
    fragments = [
        json.loads(text.removeprefix("pagefind_dcd"))
        for path, text in decoded(project.root / "output").items()
        if "fragment/" in path
    ]
    review = next(value for value in fragments if value["url"] == "/reviews/17-escalation/")
    url, pages, size = review["meta"]["pdf"]
    assert url == "/reviews/17-escalation/17-escalation-briefing.pdf"
    assert (pages >= 1, size) == (True, len(project.outputs()[url[1:]]))


def test_a_check_makes_the_index_and_publishes_nothing(project: Project):
    assert project.check().code == 0
    assert not (project.root / "output").exists()


def test_a_site_without_records_has_a_search_page_without_a_script(project: Project):
    shutil.rmtree(project.root / "content")
    shutil.rmtree(project.root / "briefings")
    assert project.build().code == 0
    page = project.page("search/")
    assert "Nothing has been published yet." in page
    assert "search." not in re.findall(r'<script[^>]+src="([^"]+)"', page)[-1:]


def test_a_pagefind_that_does_not_start_is_advice_and_not_a_traceback(
    project: Project, monkeypatch: pytest.MonkeyPatch
):
    import pagefind_bin

    for program in ("/nowhere/pagefind", shutil.which("true")):
        monkeypatch.setattr(pagefind_bin, "get_executable", lambda program=program: Path(program))
        result = project.build()
        assert result.code not in (0, 1)
        assert "pip install" in result.err
        assert "Traceback" not in result.err
