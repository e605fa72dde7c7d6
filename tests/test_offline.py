"""Times without a signal, in a real browser: what is kept, what replaces it, and how it is taken away."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.conftest import NOW, PROJECT, copy_example, tree

KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
ROLE = "roles/midwives/"
REVIEW = "reviews/17-escalation/"
UNREAD = "reviews/16-voice-of-disabled-children/"
LEAFLET = "reviews/old-leaflet/"
"""A review that no other record names."""
YEAR = "public, max-age=31536000"


class Host:
    """A careless web server: it lets browsers keep everything for a year unless ``caching`` says otherwise.

    ``folders`` are sites by their base path, ``gone`` paths that are answered with 410. ``held`` makes it slow,
    ``broken`` has it answer 503. ``asked`` and ``ranges`` are the paths that were asked for, whole and in part.
    """

    def __init__(self) -> None:
        self.folders: dict[str, Path] = {}
        self.gone: set[str] = set()
        self.caching = YEAR
        self.held = 0.0
        self.broken = False
        self.asked: list[str] = []
        self.ranges: list[str] = []
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"host": self}))
        self.http.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    host: Host
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.host.asked.append(path)
        if self.headers.get("Range"):
            self.host.ranges.append(path)
        base = max((base for base in self.host.folders if path.startswith(base)), key=len, default=None)
        status, data, kind = 404, b"<!doctype html><title>Not found</title>", "text/html"
        if base is not None:
            file = self.host.folders[base] / path.removeprefix(base)
            if path.endswith("/"):
                file /= "index.html"
            if file.is_file():
                status, data = 200, file.read_bytes()
                kind = KINDS.get(file.suffix, "application/octet-stream")
                if path in self.host.gone:
                    status = 410
                elif kind == "text/html":
                    time.sleep(self.host.held)
        if self.host.broken:
            status = 503
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Cache-Control", self.host.caching)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:  # a browser may leave before the answer ends
            return

    def log_message(self, *words: object) -> None:
        """Requests are not news."""


class Board:
    """A site that is built again and again while people read it."""

    def __init__(self, root: Path, host: Host, base: str = "/") -> None:
        self.root = copy_example(root)
        self.host = host
        self.base = base
        self.address = host.origin + base
        self.change("site_config.yaml", r"base_url: .*", f"base_url: {self.address}")
        leaflet = (
            "---\ntitle: The old leaflet\ntype: learning-review\nstatus: published\npublished: 2019-05-01\n"
            "change_note: It was wrong.\nthemes: [escalation]\nroles: [midwives]\n---\n\n"
            "## What worked well\n\n- Everyone had one. {#one}\n"
        )
        (self.root / f"content/{LEAFLET.rstrip('/')}.md").write_text(leaflet, encoding="utf-8")

    def change(self, file: str, pattern: str, new: str) -> Board:
        path = self.root / file
        text, count = re.subn(pattern, lambda _: new, path.read_text(encoding="utf-8"), count=1)
        assert count, f"{pattern} is not in {file}"
        path.write_text(text, encoding="utf-8")
        return self

    def publish(self, now: str = "2026-12-01T12:00:00Z") -> Board:
        words = ["--root", str(self.root), "build", "--no-pdf", "--now", now]
        done = subprocess.run(
            [sys.executable, str(PROJECT / "build.py"), *words], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        self.host.folders[self.base] = self.root / "output"
        return self


@pytest.fixture
def host() -> Iterator[Host]:
    made = Host()
    yield made
    made.http.shutdown()
    made.http.server_close()


@pytest.fixture
def board(tmp_path: Path, host: Host) -> Board:
    return Board(tmp_path / "board", host).publish()


@pytest.fixture
def browser(chromium: Any) -> Iterator[Any]:
    """A browser of someone who was never here; ``page`` is its first tab."""
    context = chromium.new_context()
    yield context
    for page in context.pages:
        page.goto("about:blank")
    context.close()


def visit(context: Any, board: Board, path: str = "") -> Any:
    """A tab on a page of the site, with the service worker at work."""
    page = context.new_page()
    page.goto(board.address + path)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("Boolean(navigator.serviceWorker.controller)")
    return page


def kept(page: Any) -> dict[str, str]:
    """What is kept in this browser: name of the cache, then addresses."""
    found = page.evaluate(
        "async () => Object.fromEntries(await Promise.all((await caches.keys()).map(async name =>"
        " [name, (await (await caches.open(name)).keys()).map(r => r.url)])))"
    )
    return dict(found)


def pages_kept(page: Any, base: str = "/") -> list[str]:
    return [urlsplit(url).path.removeprefix(base) for url in kept(page).get(f"kept {base} pages", [])]


def settle(page: Any, what: Callable[[], bool]) -> None:
    for _ in range(200):
        if what():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it did not come to that")


def updated(page: Any) -> None:
    """Have the browser look for a new service worker, as it does at each visit, and wait until it rules."""
    page.evaluate(
        """async () => {
            const one = await navigator.serviceWorker.getRegistration();
            const changed = new Promise(done => navigator.serviceWorker.addEventListener("controllerchange", done));
            await one.update();
            if (one.installing || one.waiting) await changed;
            while (one.active.state !== "activated") await new Promise(done => setTimeout(done, 20));
        }"""
    )


def text(page: Any) -> str:
    return str(page.locator("main").inner_text())


def test_role_and_theme_pages_are_there_without_a_signal_after_a_first_visit(board, browser):
    page = visit(browser, board)
    browser.set_offline(True)
    for path in (ROLE, "roles/", "roles/everyone/", "themes/escalation/", "glossary/", "search/", "updates/", ""):
        page.goto(board.address + path)
        assert page.locator("h1").inner_text() not in ("", "Without a signal"), path
        assert page.evaluate("[...document.styleSheets].every(sheet => sheet.cssRules.length)"), path
    page.goto(f"{board.address}{ROLE}?from=mail#main")
    assert "Midwives" in page.title()


def test_a_review_that_was_read_is_there_and_another_is_not(board, browser):
    page = visit(browser, board, REVIEW)
    browser.set_offline(True)
    page.reload()
    assert page.locator("h1").inner_text() != "Without a signal"
    status = page.locator("#part-signal")
    status.locator("p").wait_for()
    today = page.evaluate("new Date().toLocaleDateString('en-GB', {day: 'numeric', month: 'long', year: 'numeric'})")
    assert re.fullmatch(rf"No signal\. This copy was kept on {today} at \d\d:\d\d\.", status.inner_text())
    assert page.evaluate("document.activeElement === document.body"), "a notice takes no focus"
    page.goto(board.address + UNREAD)
    assert page.locator("h1").inner_text() == "Without a signal"
    links = page.locator("#part-kept a")
    links.first.wait_for()
    titles = links.all_inner_texts()
    assert titles[0].startswith("Adult social care workers")
    assert titles == sorted(titles, key=str.casefold)
    assert not [title for title in titles if title.startswith("Without a signal")]
    links.filter(has_text="Midwives").click()
    assert "Midwives" in page.title()


def test_the_first_page_that_was_read_is_kept_as_well(board, browser):
    page = visit(browser, board, REVIEW)
    assert REVIEW in pages_kept(page)


def test_what_was_searched_for_can_be_searched_for_again_without_a_signal(board, browser):
    page = visit(browser, board)
    page.goto(f"{board.address}search/?q=home")
    results = page.locator("#part-results > li")
    results.first.wait_for()
    page.wait_for_load_state("networkidle")
    online = results.all_inner_texts()
    browser.set_offline(True)
    page.goto("about:blank")
    page.goto(f"{board.address}search/?q=home")
    results.first.wait_for()
    page.wait_for_load_state("networkidle")
    assert results.all_inner_texts() == online


def test_with_a_signal_nothing_is_said(board, browser):
    page = visit(browser, board, REVIEW)
    page.reload()
    page.wait_for_timeout(300)
    assert page.locator("#part-signal").inner_text() == ""


@pytest.mark.parametrize("caching", [YEAR, "no-cache"])
def test_a_new_build_replaces_the_old_one_without_a_forced_refresh(board, browser, caching):
    board.host.caching = caching
    page = visit(browser, board, REVIEW)
    page.reload()
    other = browser.new_page()
    other.goto(board.address)
    board.change(
        f"content/{REVIEW.rstrip('/')}.md", "title: When to escalate a concern", "title: A new title"
    ).publish()
    page.reload()
    assert "A new title" in page.title()
    other.goto(f"{board.address}reviews/")
    other.locator(f"main a[href='/{REVIEW}']").first.click(no_wait_after=True)  # the next line waits
    other.wait_for_url(f"**/{REVIEW}")
    assert "A new title" in other.title()
    updated(page)
    browser.set_offline(True)
    page.goto(board.address + REVIEW)
    assert "A new title" in page.title()


def test_an_open_page_says_that_it_has_been_replaced(board, browser):
    page = visit(browser, board, ROLE)
    untouched = visit(browser, board, "glossary/")
    board.change(f"content/{ROLE.rstrip('/')}.md", r"title: .*", "title: Midwives and maternity staff").publish()
    updated(page)
    button = page.locator("#part-signal button")
    button.wait_for()
    assert page.locator("#part-signal").inner_text().startswith("This page has changed.")
    assert "maternity" not in page.title()
    assert page.evaluate("document.activeElement === document.body")
    assert untouched.locator("#part-signal").inner_text() == ""
    button.click()
    page.wait_for_function("document.title.includes('maternity')")


def test_a_second_tab_that_loads_a_page_anew_tells_the_first(board, browser):
    first = visit(browser, board, REVIEW)
    first.reload()
    board.change(
        f"content/{REVIEW.rstrip('/')}.md", "title: When to escalate a concern", "title: A new title"
    ).publish()
    second = browser.new_page()
    second.goto(board.address + REVIEW)
    first.locator("#part-signal button").wait_for()
    second.wait_for_timeout(200)
    assert second.locator("#part-signal").inner_text() == ""


@pytest.mark.parametrize("answer", ["gone", "missing", "notice"])
def test_a_page_that_was_withdrawn_is_not_kept(board, browser, answer):
    page = visit(browser, board, LEAFLET)
    assert LEAFLET in pages_kept(page)
    page.goto(board.address)
    file = board.root / f"content/{LEAFLET.rstrip('/')}.md"
    if answer == "missing":
        file.unlink()
    else:
        board.change(f"content/{LEAFLET.rstrip('/')}.md", "status: published", "status: withdrawn")
    if answer == "gone":
        board.host.gone.add(f"/{LEAFLET}")
    board.publish()
    updated(page)
    if answer == "notice":
        browser.set_offline(True)
        page.goto(board.address + LEAFLET)
        assert "withdrawn" in page.locator("h1").inner_text()
    else:
        assert LEAFLET not in pages_kept(page)


def test_a_visit_finds_at_once_that_a_page_is_gone(board, browser):
    page = visit(browser, board, REVIEW)
    page.goto(board.address)
    board.host.gone.add(f"/{REVIEW}")
    answer = page.goto(board.address + REVIEW)
    assert answer.status == 410
    settle(page, lambda: REVIEW not in pages_kept(page))


def test_a_slow_answer_gives_way_to_the_kept_copy(board, browser):
    page = visit(browser, board, ROLE)
    board.host.held = 6
    page.goto(board.address + ROLE, wait_until="domcontentloaded")
    status = page.locator("#part-signal p")
    status.wait_for()
    assert status.inner_text().startswith("The connection is slow. This copy was kept on ")


def test_a_server_in_trouble_gives_way_to_the_kept_copy(board, browser):
    page = visit(browser, board, ROLE)
    board.host.broken = True
    answer = page.goto(board.address + ROLE)
    assert answer.status == 200
    status = page.locator("#part-signal p")
    status.wait_for()
    assert status.inner_text().startswith("The site can’t be reached. This copy was kept on ")
    board.host.broken = False
    page.reload()
    assert page.locator("#part-signal p").count() == 0


def test_pdfs_and_parts_of_files_go_past_the_worker(board, browser):
    page = visit(browser, board)
    before = kept(page)
    file = f"{board.base}files/access-to-home-checklist.pdf"
    page.evaluate(f"fetch('{file}', {{headers: {{Range: 'bytes=0-9'}}}}).then(answer => answer.arrayBuffer())")
    page.evaluate(f"fetch('{file}').then(answer => answer.arrayBuffer())")
    assert board.host.ranges == [file]
    page.wait_for_timeout(200)
    assert kept(page) == before


def test_whoever_shares_a_device_can_remove_what_it_keeps(board, browser):
    page = visit(browser, board, REVIEW)
    page.goto(f"{board.address}offline/")
    page.get_by_role("link", name="When to escalate a concern").wait_for()
    page.get_by_role("button", name="Remove all kept pages").click()
    page.get_by_text("All kept pages were removed from this device.").wait_for()
    assert not page.locator("#part-kept").is_visible()
    assert kept(page) == {}


def test_only_pages_that_changed_are_fetched_again(board, browser):
    page = visit(browser, board, "about/")
    board.host.asked.clear()
    board.change(f"content/{ROLE.rstrip('/')}.md", r"title: .*", "title: Midwives and maternity staff").publish()
    updated(page)
    assert f"/{ROLE}" in board.host.asked
    assert "/themes/escalation/" not in board.host.asked
    assert "/glossary/" not in board.host.asked


def test_old_assets_go_with_the_version_that_used_them(board, browser):
    shutil.copytree(PROJECT / "templates", board.root / "templates")
    page = visit(browser, board)
    before = {url for url in kept(page)["kept / assets"] if "/site." in url and url.endswith(".css")}
    style = board.root / "templates" / "assets" / "site.css"
    style.write_text(style.read_text(encoding="utf-8") + "\nmain { outline: 0 }\n", encoding="utf-8")
    board.publish()
    updated(page)
    after = {url for url in kept(page)["kept / assets"] if "/site." in url and url.endswith(".css")}
    assert len(before) == len(after) == 1
    assert before != after
    browser.set_offline(True)
    page.goto(board.address + ROLE)
    assert page.evaluate("[...document.styleSheets].some(s => /site\\./.test(s.href) && s.cssRules.length > 5)")


def test_no_more_than_sixty_pages_are_kept_besides_those_that_everyone_keeps(board, browser):
    page = visit(browser, board)
    everyone = set(pages_kept(page))
    folder = board.root / "output" / "about"
    for number in range(63):
        copy = board.root / "output" / f"extra-{number}"
        shutil.copytree(folder, copy)
        page.goto(f"{board.address}extra-{number}/")
    settle(page, lambda: len(set(pages_kept(page)) - everyone) == 60)
    assert "extra-0/" not in pages_kept(page)
    assert "extra-62/" in pages_kept(page)


def test_turned_off_it_takes_itself_away_and_leaves_other_sites_alone(tmp_path, host, browser):
    board = Board(tmp_path / "board", host, "/learning/").publish()
    other = Board(tmp_path / "other", host, "/learning-too/").publish()
    page = visit(browser, board, ROLE)
    neighbour = visit(browser, other, ROLE)
    page.evaluate("caches.open('somebody else').then(c => c.put('/x', new Response('1')))")
    assert {name.rsplit(" ", 1)[0] for name in kept(page) if name.startswith("kept")} >= {
        "kept /learning/",
        "kept /learning-too/",
    }
    board.change("site_config.yaml", "\nsite:\n", "\nsite:\n  offline: false\n").publish()
    page.goto(board.address + ROLE)
    settle(page, lambda: not [name for name in kept(page) if name.startswith("kept /learning/ ")])
    scopes = "navigator.serviceWorker.getRegistrations().then(all => all.map(one => one.scope))"
    settle(page, lambda: page.evaluate(scopes) == [other.address])
    assert "somebody else" in kept(page)
    assert ROLE in pages_kept(neighbour, "/learning-too/")
    browser.set_offline(True)
    neighbour.goto(f"{other.address}roles/")
    assert neighbour.locator("h1").inner_text() != ""


def test_turned_off_the_worker_itself_goes_even_where_no_page_is_opened(board, browser):
    page = visit(browser, board, ROLE)
    board.change("site_config.yaml", "\nsite:\n", "\nsite:\n  offline: false\n").publish()
    page.evaluate("navigator.serviceWorker.getRegistration().then(one => one.update())")
    settle(page, lambda: not page.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)"))
    assert not [name for name in kept(page) if name.startswith("kept")]


def test_below_a_path_only_that_path_is_kept(tmp_path, host, browser):
    board = Board(tmp_path / "board", host, "/learning/").publish()
    page = visit(browser, board, REVIEW)
    assert REVIEW in pages_kept(page, "/learning/")
    assert ROLE in pages_kept(page, "/learning/")
    assert page.evaluate("navigator.serviceWorker.getRegistration().then(one => one.scope)") == board.address
    browser.set_offline(True)
    page.goto(board.address + UNREAD)
    assert page.locator("h1").inner_text() == "Without a signal"


def worker(project: Any) -> str:
    return str(project.page("sw.js"))


def test_the_list_changes_only_with_a_page_that_is_kept(project):
    assert project.build().code == 0
    before = worker(project)
    project.change("content/pages/accessibility.md", "Text.", "Other text.")
    assert project.build().code == 0
    assert worker(project) == before
    project.change("content/roles/health-visitors.md", "title: Health visitors", "title: Health visiting teams")
    assert project.build().code == 0
    assert worker(project) != before


def test_a_withdrawal_makes_browsers_look_again(project):
    project.write(
        "content/pages/old.md", "---\ntitle: Old page\nstatus: published\nchange_note: It was wrong.\n---\n\nText.\n"
    )
    assert project.build().code == 0
    before = worker(project)
    project.change("content/pages/old.md", "status: published", "status: withdrawn")
    assert project.build().code == 0
    assert worker(project) != before


def test_nothing_unpublished_is_named_to_browsers(project):
    project.write("content/themes/secret.md", "---\ntitle: Secret\nstatus: draft\n---\n\nText.\n")
    assert project.build(now=NOW).code == 0
    for file in ("sw.js", "_headers", "_redirects", "deploy/nginx.conf", "deploy/apache.conf"):
        assert "secret" not in project.page(file)


def test_the_worker_is_small(project):
    assert project.build().code == 0
    lines = [line for line in worker(project).split("\n") if not line.startswith("const PAGES")]
    assert len("\n".join(lines).encode()) <= 6_500
    script = next(data for file, data in project.outputs().items() if re.search(r"/offline\.\w+\.js$", file))
    assert len(script) <= 3_500
    assert json.loads(re.findall(r"const PAGES = (.*);", worker(project))[0])[0][0] == "offline/"
    assert tree(project.root / "output").keys() >= {"offline/index.html"}


def test_the_preview_keeps_nothing_and_takes_away_what_was_kept(tmp_path, host, browser):
    board = Board(tmp_path / "board", host)
    command = [sys.executable, str(PROJECT / "build.py"), "--root", str(board.root), "serve", "--port", "0", "--no-pdf"]
    for file in (board.root / "content").rglob("*.md"):
        if "\nstatus: draft" in file.read_text(encoding="utf-8"):
            file.unlink()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout
            lines = iter(process.stdout.readline, "")
            address = next(found[0] for line in lines if (found := re.search(r"http://127\.0\.0\.1:\d+/", line)))
            next(line for line in lines if "outputs rendered" in line)
            page = browser.new_page()
            page.goto(address)
            page.evaluate("caches.open('kept / pages')")
            page.wait_for_timeout(300)
            page.reload()
            settle(page, lambda: not kept(page))
            assert page.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)") == 0
            assert "Keeping pages is turned off" in page.request.get(f"{address}sw.js").text()
        finally:
            process.terminate()
