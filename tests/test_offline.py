"""Times without a signal, in a real browser: what is kept, what replaces it, and how it is taken away."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.conftest import FILES, NOW, PROJECT, copy_example, launch_words, tree
from tests.server import Listener

KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
REVIEW = "reviews/17-escalation/"
"""Both sites have it, and its title begins with "When to escalate"."""
ROLE = "roles/midwives/"
LEAFLET = "reviews/old-leaflet/"
FORM = "files/access-to-home-checklist.pdf"
SMALL = {
    **FILES,
    "content/roles/midwives.md": "---\ntitle: Midwives\nstatus: published\n---\n",
    "content/reviews/old-leaflet.md": (
        "---\ntitle: The old leaflet\ntype: learning-review\nstatus: published\npublished: 2019-05-01\n"
        "change_note: It was wrong.\nthemes: [escalation]\nroles: [midwives]\n---\n\n"
        "## What worked well\n\n- Everyone had one. {#one}\n"
    ),
}
YEAR = "public, max-age=31536000"
PATIENCE = b"PATIENCE = 4000"
"""How the service worker says how many milliseconds it waits for an answer where there is a copy."""


class Host(Listener):
    """A careless web server: it lets browsers keep everything for a year unless ``caching`` says otherwise.

    ``folders`` are what it serves by path, ``gone`` the paths that are answered with 410. Pages wait for ``may_answer``,
    and their second half for ``may_finish``; ``broken`` has it answer 503. ``ranges`` are the paths of which a part was
    asked for. Its service worker waits long for an answer before it takes the copy, so that a busy machine changes
    nothing, unless ``impatient``, as the real one is.
    """

    def __init__(self) -> None:
        self.folders: dict[str, Path] = {}
        self.gone: set[str] = set()
        self.caching = YEAR
        self.may_answer = threading.Event()
        self.may_finish = threading.Event()
        self.may_answer.set()
        self.may_finish.set()
        self.broken = False
        self.impatient = False
        self.ranges: list[str] = []
        super().__init__(_Handler, self)


class _Handler(BaseHTTPRequestHandler):
    site: Host
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.site.note(path)
        if self.headers.get("Range"):
            self.site.ranges.append(path)
        base = max((base for base in self.site.folders if path.startswith(base)), key=len, default=None)
        status, data, kind = 404, b"<!doctype html><title>Not found</title>", "text/html"
        if base is not None:
            file = self.site.folders[base] / path.removeprefix(base)
            if path.endswith("/"):
                file /= "index.html"
            if file.is_file():
                status, data = 200, file.read_bytes()
                if file.name == "sw.js" and not self.site.impatient:
                    data = data.replace(PATIENCE, b"PATIENCE = 600000")
                kind = KINDS.get(file.suffix, "application/octet-stream")
                if path in self.site.gone:
                    status = 410
                elif kind == "text/html":
                    self.site.may_answer.wait()
        if self.site.broken:
            status = 503
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Cache-Control", self.site.caching)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        half = len(data) // 2
        self.wfile.write(data[:half])
        if kind == "text/html":
            self.site.may_finish.wait()
        self.wfile.write(data[half:])

    def log_message(self, *words: object) -> None:
        """Requests are not news."""


def change(root: Path, file: str, pattern: str, new: str) -> None:
    path = root / file
    text, count = re.subn(pattern, lambda _: new, path.read_text(encoding="utf-8"), count=1)
    assert count, f"{pattern} is not in {file}"
    path.write_text(text, encoding="utf-8")


def withdraw(root: Path) -> None:
    change(root, "content/reviews/old-leaflet.md", "status: published", "status: withdrawn")


def restyle(root: Path) -> None:
    shutil.copytree(PROJECT / "templates", root / "templates")
    with (root / "templates" / "assets" / "site.css").open("a", encoding="utf-8") as style:
        style.write("\nmain { outline: 0 }\n")


EDITIONS: dict[str, Callable[[Path], None]] = {
    "first": lambda root: None,
    "review": lambda root: change(root, f"content/{REVIEW[:-1]}.md", "title: When to escalate.*", "title: A new title"),
    "role": lambda root: change(root, f"content/{ROLE[:-1]}.md", "title: .*", "title: Midwives and maternity staff"),
    "withdrawn": withdraw,
    "missing": lambda root: (root / "content/reviews/old-leaflet.md").unlink(),
    "style": restyle,
    "off": lambda root: change(root, "site_config.yaml", "\nsite:\n", "\nsite:\n  offline: false\n"),
}
"""What a board changes in its first edition before it publishes the next."""


class Editions:
    """The published folders of sites, each built when it is first wanted, and once. Tests leave them as they are."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._built: set[str] = set()

    def example(self, edition: str) -> Path:
        """The example site, at the root of its server."""
        return self._edition("example", "/", edition)

    def small(self, edition: str, path: str = "/learning/") -> Path:
        """A site with a few pages below ``path``, built in no time."""
        return self._edition("small", path, edition)

    def _edition(self, kind: str, path: str, edition: str) -> Path:
        name = f"{kind}{path.strip('/')}-{edition}"
        root = self._root / name
        if name not in self._built:
            if edition == "first":
                write_site(root, kind, path)
            else:  # with the cache of the first, so that only what changes is rendered
                shutil.copytree(self._edition(kind, path, "first").parent, root)
            EDITIONS[edition](root)
            words = ["--root", str(root), "build", "--no-pdf", "--jobs", "1", "--now", "2026-12-01T12:00:00Z"]
            done = subprocess.run(
                [sys.executable, str(PROJECT / "build.py"), *words], capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr
            self._built.add(name)
        return root / "output"


def write_site(root: Path, kind: str, path: str) -> None:
    if kind == "example":
        copy_example(root)
    for file, text in SMALL.items() if kind == "small" else ():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text, encoding="utf-8")
    (root / "content/files").mkdir(exist_ok=True)
    shutil.copy(PROJECT / "content" / FORM, root / "content" / FORM)
    change(root, "site_config.yaml", "base_url: .*", f"base_url: https://learning.example.org{path}")


class Board:
    """A site that is published again and again while people read it."""

    def __init__(self, host: Host, path: str, edition: Callable[[str], Path]) -> None:
        self.host = host
        self.path = path
        self.address = host.origin + path
        self._edition = edition
        self.publish("first")

    def publish(self, edition: str) -> None:
        self.folder = self._edition(edition)
        self.host.folders[self.path] = self.folder


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> Editions:
    return Editions(tmp_path_factory.mktemp("editions"))


@pytest.fixture(scope="module")
def listening() -> Iterator[Host]:
    with Host() as made:
        yield made


@pytest.fixture
def host(listening: Host) -> Iterator[Host]:
    """The server, with nothing to serve yet. All tests share it: what browsers keep, they keep by context."""
    yield listening
    listening.may_answer.set()
    listening.may_finish.set()
    listening.broken = listening.impatient = False
    listening.caching = YEAR
    for filled in (listening.folders, listening.gone, listening.asked, listening.ranges):
        filled.clear()


@pytest.fixture
def board(host: Host, editions: Editions) -> Board:
    """A small site below a path."""
    return Board(host, "/learning/", editions.small)


@pytest.fixture
def example(host: Host, editions: Editions) -> Board:
    """The example site, at the root."""
    return Board(host, "/", editions.example)


@pytest.fixture(scope="module")
def whole_chromium(playwright: Any) -> Iterator[Any]:
    """The browser that readers have."""
    browser = playwright.chromium.launch(**launch_words(whole=True))
    yield browser
    browser.close()


@pytest.fixture
def browser(whole_chromium: Any) -> Iterator[Any]:
    """A browser of someone who was never here."""
    context = whole_chromium.new_context()
    yield context
    context.close()


def visit(context: Any, board: Board, path: str = "") -> Any:
    """A tab on a page of the site, with the service worker at work."""
    page = context.new_page()
    page.goto(board.address + path)
    page.wait_for_function("navigator.serviceWorker.controller?.state === 'activated'")
    return page


def kept(page: Any) -> dict[str, list[str]]:
    """What is kept in this browser: name of the cache, then addresses."""
    found = page.evaluate(
        "async () => Object.fromEntries(await Promise.all((await caches.keys()).map(async name =>"
        " [name, (await (await caches.open(name)).keys()).map(r => r.url)])))"
    )
    return dict(found)


def pages_kept(page: Any, path: str) -> list[str]:
    return [urlsplit(url).path.removeprefix(path) for url in kept(page).get(f"kept {path} pages", [])]


def within_a_minute(page: Any, promise: str, given: Any = None) -> None:
    """Wait for a promise: JavaScript that gives one, of what is ``given``. ``evaluate`` by itself would wait for ever."""
    page.evaluate(
        f"""given => Promise.race([
            ({promise})(given),
            new Promise((done, failed) => setTimeout(failed, 60000, new Error("it did not come to that"))),
        ])""",
        given,
    )


def wait_until(page: Any, answer: str, given: Any = None) -> None:
    """Wait until what is promised is true; ``wait_for_function`` takes a promise for true whatever it holds."""
    check = f"async given => {{ while (!(await ({answer}))) await new Promise(done => setTimeout(done, 20)); }}"
    within_a_minute(page, check, given)


def wait_until_kept(page: Any, *urls: str) -> None:
    wait_until(page, "Promise.all(given.map(url => caches.match(url))).then(all => all.every(Boolean))", list(urls))


def updated(page: Any) -> None:
    """Have the browser look for a new service worker, as it does at each visit, and wait until that has renewed all."""
    within_a_minute(
        page,
        """async () => {
            const one = await navigator.serviceWorker.getRegistration();
            await one.update();
            const next = one.installing || one.waiting;
            await new Promise((done, failed) => {
                const look = () => {
                    if (next.state === "redundant") failed(new Error("the new worker was given up"));
                    if (next.state === "installed") done();
                };
                next.addEventListener("statechange", look);
                look();
            });
        }""",
    )


def taken_over(page: Any, board: Board) -> None:
    """Leave the site with its only tab, and wait until the new worker has taken over."""
    page.goto(f"{board.host.origin}/elsewhere/")
    over = (
        "navigator.serviceWorker.getRegistration(given).then(one => !one.waiting && one.active.state === 'activated')"
    )
    wait_until(page, over, board.address)


def told_all(page: Any) -> None:
    """Wait until the page has all that the workers had to tell it: an answer comes after what was said before."""
    within_a_minute(
        page,
        """async () => {
            const {active, waiting} = await navigator.serviceWorker.getRegistration();
            for (const worker of [active, waiting]) if (worker) await new Promise(done => {
                navigator.serviceWorker.addEventListener("message", ({data}) => "copy" in data && done());
                worker.postMessage("copy?");
            });
        }""",
    )


def status(page: Any) -> Any:
    return page.locator("#part-signal")


def test_role_and_theme_pages_are_there_without_a_signal_after_a_first_visit(example, browser):
    example.host.caching = "no-store"  # nothing is there but what the worker keeps
    page = visit(browser, example)
    browser.set_offline(True)
    for path in (ROLE, "roles/", "roles/everyone/", "themes/escalation/", "glossary/", "search/", "updates/", ""):
        page.goto(example.address + path)
        assert page.locator("h1").inner_text() not in ("", "Without a signal"), path
        assert page.evaluate("[...document.styleSheets].every(sheet => sheet.cssRules.length)"), path
    page.goto(f"{example.address}{ROLE}?from=mail#main")
    assert "Midwives" in page.title()


def test_a_review_that_was_read_is_there_and_another_is_not(example, browser):
    page = visit(browser, example, REVIEW)
    browser.set_offline(True)
    page.reload()
    assert page.locator("h1").inner_text() != "Without a signal"
    status(page).locator("p").wait_for()
    today = page.evaluate("new Date().toLocaleDateString('en-GB', {day: 'numeric', month: 'long', year: 'numeric'})")
    said = status(page).inner_text()
    assert re.fullmatch(rf"No signal\. This copy was kept on {today} at \d\d:\d\d\.", said)
    assert page.evaluate("document.activeElement === document.body"), "a notice takes no focus"
    page.goto(f"{example.address}reviews/16-voice-of-disabled-children/")
    assert page.locator("h1").inner_text() == "Without a signal"
    links = page.locator("#part-kept a")
    links.first.wait_for()
    titles = links.all_inner_texts()
    assert titles[0].startswith("Adult social care workers")
    assert titles == sorted(titles, key=str.casefold)
    assert not [title for title in titles if title.startswith("Without a signal")]
    links.filter(has_text="Midwives").click()
    page.wait_for_url(f"**/{ROLE}")
    assert "Midwives" in page.title()


def test_what_was_searched_for_can_be_searched_for_again_without_a_signal(example, browser):
    page = visit(browser, example)
    search = f"{example.address}search/?q=home"
    page.goto(search)
    found = page.locator("#part-count", has_text=re.compile(r"found\.$"))
    found.wait_for()
    online = page.locator("#part-results > li").all_inner_texts()
    assert len(online) > 3
    parts = {path for path in example.host.asked if path.startswith("/pagefind/")}
    wait_until_kept(page, *(example.host.origin + path for path in parts))
    browser.set_offline(True)
    page.goto("about:blank")
    page.goto(search)
    found.wait_for()
    assert page.locator("#part-results > li").all_inner_texts() == online


def test_the_first_page_that_was_read_is_kept_as_well(board, browser):
    page = visit(browser, board, REVIEW)
    assert REVIEW in pages_kept(page, board.path)


def test_with_a_signal_nothing_is_said(board, browser):
    page = visit(browser, board, REVIEW)
    other = visit(browser, board, REVIEW)
    kept_on = "caches.match(location.href).then(copy => copy.headers.get('x-kept-on'))"
    before = page.evaluate(kept_on)
    page.reload()
    wait_until(page, f"{kept_on}.then(now => now !== given)", before)
    for tab in (page, other):
        told_all(tab)
        assert status(tab).inner_text() == ""


@pytest.mark.parametrize("caching", [YEAR, "no-cache"])
def test_a_new_build_replaces_the_old_one_without_a_forced_refresh(example, browser, caching):
    example.host.caching = caching
    page = visit(browser, example, REVIEW)
    page.reload()
    other = browser.new_page()
    other.goto(example.address)
    example.publish("review")
    page.reload()
    assert "A new title" in page.title()
    other.goto(f"{example.address}reviews/")
    other.locator(f"main a[href='/{REVIEW}']").first.click()
    other.wait_for_url(f"**/{REVIEW}")
    assert "A new title" in other.title()
    updated(page)
    browser.set_offline(True)
    page.goto(example.address + REVIEW)
    assert "A new title" in page.title()


def test_a_new_worker_takes_over_when_the_last_page_of_the_old_one_is_left_and_not_before(board, browser):
    page = visit(browser, board, ROLE)
    other = visit(browser, board, "glossary/")
    page.evaluate("window.ruler = navigator.serviceWorker.controller")
    board.publish("role")
    updated(page)
    for _ in range(3):
        other.goto(board.address + ROLE)
        assert "maternity" in other.title()
    assert page.evaluate("navigator.serviceWorker.controller === ruler && ruler.state === 'activated'")
    other.close()
    taken_over(page, board)
    page.goto(board.address + ROLE)
    assert page.evaluate(
        "navigator.serviceWorker.getRegistration().then(one => one.active === navigator.serviceWorker.controller)"
    )
    browser.set_offline(True)
    page.reload()
    assert "maternity" in page.title()


def test_an_open_page_says_that_it_has_been_replaced(board, browser):
    page = visit(browser, board, ROLE)
    untouched = visit(browser, board, "glossary/")
    board.publish("role")
    updated(page)
    button = status(page).locator("button")
    button.wait_for()
    assert status(page).inner_text().startswith("This page has changed.")
    assert "maternity" not in page.title()
    assert page.evaluate("document.activeElement === document.body")
    told_all(untouched)
    assert status(untouched).inner_text() == ""
    button.click()
    page.wait_for_function("document.title.includes('maternity')")


def test_a_second_tab_that_loads_a_page_anew_tells_the_first(board, browser):
    first = visit(browser, board, REVIEW)
    first.reload()
    board.publish("review")
    second = browser.new_page()
    board.host.may_finish.clear()
    second.goto(board.address + REVIEW, wait_until="commit")  # it is open before the worker has all of it
    board.host.may_finish.set()
    status(first).locator("button").wait_for()
    told_all(second)
    assert status(second).inner_text() == ""


@pytest.mark.parametrize("answer", ["gone", "missing", "notice"])
def test_a_page_that_was_withdrawn_is_not_kept(board, browser, answer):
    page = visit(browser, board, LEAFLET)
    assert LEAFLET in pages_kept(page, board.path)
    page.goto(board.address)
    if answer == "gone":
        board.host.gone.add(board.path + LEAFLET)
    board.publish("missing" if answer == "missing" else "withdrawn")
    updated(page)
    if answer == "notice":
        browser.set_offline(True)
        page.goto(board.address + LEAFLET)
        assert "withdrawn" in page.locator("h1").inner_text()
    else:
        assert LEAFLET not in pages_kept(page, board.path)


def test_a_visit_finds_at_once_that_a_page_is_gone(board, browser):
    page = visit(browser, board, REVIEW)
    page.goto(board.address)
    board.host.gone.add(board.path + REVIEW)
    answer = page.goto(board.address + REVIEW)
    assert answer.status == 410
    wait_until(page, "caches.match(location.href).then(copy => !copy)")


def test_a_slow_answer_gives_way_to_the_kept_copy(board, browser):
    board.host.impatient = True
    assert PATIENCE in (board.folder / "sw.js").read_bytes()
    page = visit(browser, board, ROLE)
    board.host.may_answer.clear()
    page.goto(board.address + ROLE)
    status(page).locator("p").wait_for()
    assert status(page).inner_text().startswith("The connection is slow. This copy was kept on ")


def test_a_server_in_trouble_gives_way_to_the_kept_copy(board, browser):
    page = visit(browser, board, ROLE)
    board.host.broken = True
    answer = page.goto(board.address + ROLE)
    assert answer.status == 200
    status(page).locator("p").wait_for()
    assert status(page).inner_text().startswith("The site can’t be reached. This copy was kept on ")
    board.host.broken = False
    page.reload()
    told_all(page)
    assert status(page).inner_text() == ""


def test_pdfs_and_parts_of_files_go_past_the_worker(board, browser):
    page = visit(browser, board)
    before = kept(page)
    file = board.path + FORM
    page.evaluate(f"fetch('{file}', {{headers: {{Range: 'bytes=0-9'}}}}).then(answer => answer.arrayBuffer())")
    page.evaluate(f"fetch('{file}').then(answer => answer.arrayBuffer())")
    assert board.host.ranges == [file]
    page.goto(board.address + REVIEW)
    wait_until_kept(page, board.address + REVIEW)  # what was asked for earlier would be kept by now
    before[f"kept {board.path} pages"].append(board.address + REVIEW)
    assert kept(page) == before


def test_whoever_shares_a_device_can_remove_what_it_keeps(board, browser):
    page = visit(browser, board, REVIEW)
    page.goto(f"{board.address}offline/")
    page.get_by_role("link", name="When to escalate").wait_for()
    page.get_by_role("button", name="Remove all kept pages").click()
    page.get_by_text("All kept pages were removed from this device.").wait_for()
    assert not page.locator("#part-kept").is_visible()
    assert kept(page) == {}


def test_only_pages_that_changed_are_fetched_again(board, browser):
    page = visit(browser, board, "accessibility/")
    board.host.asked.clear()
    board.publish("role")
    updated(page)
    assert board.path + ROLE in board.host.asked
    assert f"{board.path}roles/health-visitors/" not in board.host.asked
    assert f"{board.path}glossary/" not in board.host.asked


def test_old_assets_go_with_the_version_that_used_them(board, browser):
    def styles() -> set[str]:
        return {url for url in kept(page)[f"kept {board.path} assets"] if "/site." in url and url.endswith(".css")}

    page = visit(browser, board)
    before = styles()
    board.publish("style")
    updated(page)
    assert len(styles()) == 2, "the page that is open has the old one"
    taken_over(page, board)
    after = styles()
    assert len(before) == len(after) == 1
    assert before != after
    browser.set_offline(True)
    page.goto(board.address + ROLE)
    assert page.evaluate("[...document.styleSheets].some(s => /site\\./.test(s.href) && s.cssRules.length > 5)")


def test_no_more_than_sixty_pages_are_kept_besides_those_that_everyone_keeps(board, browser):
    page = visit(browser, board)
    everyone = set(pages_kept(page, board.path))
    for number in range(63):
        board.host.folders[f"{board.path}extra-{number}/"] = board.folder / "updates"
        page.goto(f"{board.address}extra-{number}/", wait_until="commit")
    wait_until_kept(page, f"{board.address}extra-62/")
    wait_until(page, "caches.match(given).then(copy => !copy)", f"{board.address}extra-2/")
    more = set(pages_kept(page, board.path)) - everyone
    assert more == {f"extra-{number}/" for number in range(3, 63)}


def test_turned_off_it_takes_itself_away_and_leaves_other_sites_alone(host, board, editions, browser):
    other = Board(host, "/learning-too/", lambda edition: editions.small(edition, "/learning-too/"))
    page = visit(browser, board, ROLE)
    neighbour = visit(browser, other, ROLE)
    page.evaluate("caches.open('somebody else').then(c => c.put('/x', new Response('1')))")
    names = {name.rsplit(" ", 1)[0] for name in kept(page) if name.startswith("kept")}
    assert names == {"kept /learning/", "kept /learning-too/"}
    board.publish("off")
    page.goto(board.address + ROLE)
    wait_until(page, "caches.keys().then(all => !all.some(name => name.startsWith('kept /learning/ ')))")
    scopes = "navigator.serviceWorker.getRegistrations().then(all => all.map(one => one.scope).join() === given)"
    wait_until(page, scopes, other.address)
    assert "somebody else" in kept(page)
    assert ROLE in pages_kept(neighbour, other.path)
    browser.set_offline(True)
    neighbour.goto(f"{other.address}roles/")
    assert neighbour.locator("h1").inner_text() == "In my role"


def test_turned_off_the_worker_itself_goes_even_where_no_page_is_opened(board, browser):
    page = visit(browser, board, ROLE)
    board.publish("off")
    updated(page)
    assert ROLE in pages_kept(page, board.path)
    page.goto(f"{board.host.origin}/elsewhere/")
    wait_until(page, "navigator.serviceWorker.getRegistrations().then(all => !all.length)")
    assert not [name for name in kept(page) if name.startswith("kept")]


def test_turned_off_it_goes_for_those_who_first_see_a_kept_copy_too(board, browser):
    board.host.impatient = True
    page = visit(browser, board, ROLE)
    board.publish("off")
    board.host.may_answer.clear()
    page.goto(board.address + ROLE)
    board.host.may_answer.set()
    updated(page)
    page.goto(board.address + ROLE)
    wait_until(page, "navigator.serviceWorker.getRegistrations().then(all => !all.length)")
    wait_until(page, "caches.keys().then(all => !all.length)")


def test_turned_off_nothing_that_the_open_page_still_asks_for_is_kept(board, browser):
    page = visit(browser, board, ROLE)
    board.publish("off")
    page.goto(board.address + ROLE)
    wait_until(page, "caches.keys().then(all => !all.length)")
    assert page.evaluate("navigator.serviceWorker.controller.state") == "activated"
    icon = page.locator("link[rel=icon]").get_attribute("href")
    for address in (f"{icon}?late", f"{board.path}pagefind/pagefind.js"):
        page.evaluate("address => fetch(address).then(answer => answer.text())", address)
    page.evaluate("async path => { const one = new Image(); one.src = path; await one.decode(); }", f"{icon}?picture")
    assert page.evaluate("caches.keys()") == []


def test_below_a_path_only_that_path_is_kept(board, browser):
    page = visit(browser, board, REVIEW)
    assert REVIEW in pages_kept(page, board.path)
    assert ROLE in pages_kept(page, board.path)
    everything = [url for urls in kept(page).values() for url in urls]
    assert all(url.startswith(board.address) for url in everything)
    assert page.evaluate("navigator.serviceWorker.getRegistration().then(one => one.scope)") == board.address
    browser.set_offline(True)
    page.goto(board.address + LEAFLET)
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
    assert len("\n".join(lines).encode()) <= 6_600
    script = next(data for file, data in project.outputs().items() if re.search(r"/offline\.\w+\.js$", file))
    assert len(script) <= 3_500
    assert json.loads(re.findall(r"const PAGES = (.*);", worker(project))[0])[0][0] == "offline/"
    assert tree(project.root / "output").keys() >= {"offline/index.html"}


def test_the_preview_keeps_nothing_and_takes_away_what_was_kept(tmp_path, browser):
    write_site(tmp_path, "small", "/")
    command = [sys.executable, str(PROJECT / "build.py"), "--root", str(tmp_path), "serve", "--port", "0", "--no-pdf"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout
            lines = iter(process.stdout.readline, "")
            address = next(found[0] for line in lines if (found := re.search(r"http://127\.0\.0\.1:\d+/", line)))
            next(line for line in lines if "outputs rendered" in line)
            page = browser.new_page()
            page.goto(address)
            page.evaluate("caches.open('kept / pages')")
            page.reload()
            wait_until(page, "caches.keys().then(names => !names.length)")
            assert page.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)") == 0
            assert "Keeping pages is turned off" in page.request.get(f"{address}sw.js").text()
        finally:
            process.terminate()
