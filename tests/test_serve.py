"""The preview: a real process, a real browser, and a person who saves files."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import inspect
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error

from tests.conftest import CONFIG, FILES, PROJECT, REVIEW, Project, own_templates, tree

REVIEW_FILE = "content/reviews/17-escalation.md"
PATIENCE = 30
"""Seconds that a machine may take for what is there at once on a quiet one."""


class Server:
    """``build.py serve`` as a process in a group of its own."""

    def __init__(self, project: Project, *words: str) -> None:
        self.project = project
        self._log = project.root.parent / "serve.log"
        command = [
            sys.executable,
            str(PROJECT / "build.py"),
            "--root",
            str(project.root),
            "serve",
            "--port",
            "0",
            "--no-pdf",
        ]
        with self._log.open("w") as log:
            self.process = subprocess.Popen([*command, *words], stdout=log, stderr=log, start_new_session=True)
        self.address = until(lambda: re.search(r"http://127\.0\.0\.1:\d+/", self.said), lambda: self.said)[0]
        self.port = int(self.address.rstrip("/").rpartition(":")[2])
        until(lambda: re.search(r"in \d+\.\d\d s", self.said), lambda: self.said)

    @property
    def said(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def get(self, path: str, method: str = "GET", host: str | None = None) -> tuple[int, dict[str, str], str]:
        """Status, headers and text of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, headers={} if host is None else {"Host": host})
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode()
        finally:
            connection.close()

    def stop(self, number: int = signal.SIGINT) -> int:
        """Ask the process to end. Returns its exit code."""
        ask(self.process, number)
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def ask(process: subprocess.Popen[bytes], number: int) -> None:
    """Ctrl+C reaches every process of a terminal; whoever else ends a process tells that one alone."""
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)


def until(found: Callable[[], Any], what: Callable[[], str] = str) -> Any:
    """What ``found`` returns, as soon as that is something. ``what`` tells what there was instead."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        value = found()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {PATIENCE} seconds: {inspect.getsource(found).strip()}\n{what()}")


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    started: list[Server] = []

    def start(project: Project, *words: str) -> Server:
        started.append(Server(project, *words))
        return started[-1]

    yield start
    for server in started:
        server.kill()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a project with a draft and an embargo, for tests that change nothing."""
    project = Project(tmp_path_factory.mktemp("serve") / "project", lambda: ("", ""))
    for path, text in FILES.items():
        project.write(path, text)
    project.write("content/reviews/draft.md", REVIEW.replace("status: published\n", "").replace("17", "18"))
    project.write("content/themes/later.md", "---\ntitle: Later\nstatus: published\npublished: 2099-01-01\n---\n")
    project.write("output/index.html", "what was published")
    running = Server(project)
    yield running
    running.kill()


@pytest.fixture
def tab(chromium: Any) -> Iterator[Any]:
    """A page of the browser."""
    context = chromium.new_context()
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    yield page
    with contextlib.suppress(Error):
        page.goto("about:blank")  # a context that is closed while its page loads again sometimes never closes
    context.close()


def test_pages_are_shown_with_their_styles(server, tab):
    tab.goto(server.address + "reviews/17-escalation/")
    assert tab.locator("h1").inner_text() == "Do we all know when to escalate?"
    assert tab.evaluate("getComputedStyle(document.querySelector('.skip')).position") == "absolute"


def test_drafts_and_embargoes_are_shown_and_marked(server, tab):
    tab.goto(server.address + "reviews/")
    tab.locator("main a[href='/reviews/draft/']").first.click()
    assert "Draft, not published" in tab.locator("main .notice").inner_text()
    assert tab.locator("meta[name=robots]").get_attribute("content") == "noindex, nofollow"
    tab.goto(server.address + "themes/later/")
    assert "Not published yet" in tab.locator("main .notice").inner_text()
    tab.goto(server.address + "reviews/17-escalation/")
    assert tab.locator("main .notice").count() == 0


def test_an_address_that_does_not_exist_has_status_404_and_the_page_of_the_site(server):
    status, headers, text = server.get("/no/such/page/")
    assert status == 404
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert "Page not found" in text


def test_an_address_without_its_last_slash_leads_to_the_one_with_it(server):
    status, headers, _ = server.get("/reviews/17-escalation")
    assert (status, headers["location"]) == (302, "/reviews/17-escalation/")


@pytest.mark.parametrize(
    "path",
    [
        "/../../site_config.yaml",
        "/%2e%2e/%2e%2e/site_config.yaml",
        "/..%2f..%2f..%2f..%2fsite_config.yaml",
        "//etc/passwd",
        "/reviews/../../../last-build.json",
    ],
)
def test_nothing_outside_the_site_is_served(server, path):
    status, _, text = server.get(path)
    assert status in (302, 404)
    assert "organisation:" not in text
    assert "root:" not in text


def test_files_have_their_media_types_and_are_not_kept(server):
    style = re.search(r'href="(/assets/site\.\w+\.css)"', server.get("/")[2])[1]
    for path, kind in (
        ("/", "text/html"),
        (style, "text/css"),
        ("/feed.xml", "xml"),
        ("/feed.json", "json"),
    ):
        status, headers, _ = server.get(path)
        assert status == 200
        assert kind in headers["content-type"]
        assert headers["cache-control"] == "no-store"
    status, headers, text = server.get("/", method="HEAD")
    assert (status, text) == (200, "")
    assert int(headers["content-length"]) > 1000


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", ""]
)
def test_a_request_in_another_name_is_refused(server, host):
    status, _, text = server.get("/reviews/draft/", host=host)
    assert status == 403
    assert "escalate" not in text


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1", "[::1]:80"])
def test_a_request_in_a_name_of_this_machine_is_answered(server, host):
    assert server.get("/", host=host)[0] == 200


def test_it_answers_on_the_loopback_interface_only(server):
    sockets = Path("/proc/net/tcp").read_text().splitlines()[1:] + Path("/proc/net/tcp6").read_text().splitlines()[1:]
    listening = [line.split()[1] for line in sockets if line.split()[3] == "0A"]
    assert [place for place in listening if place.endswith(f":{server.port:04X}")] == [f"0100007F:{server.port:04X}"]


def test_the_output_folder_is_not_touched(server):
    assert tree(server.project.root / "output") == {"index.html": b"what was published"}
    assert "what was published" not in server.get("/")[2]


@pytest.mark.parametrize("words", [(), ("--poll",)])
def test_a_save_changes_the_page_that_is_open(project, serve, tab, words):
    server = serve(project, *words)
    tab.goto(server.address + "reviews/17-escalation/")
    tab.evaluate("window.before = true")
    project.change(REVIEW_FILE, "Do we all know when to escalate?", "Would we escalate today?")
    tab.get_by_role("heading", name="Would we escalate today?").wait_for()
    assert tab.evaluate("window.before") is None
    project.delete("briefings/escalation.md")
    (project.root / REVIEW_FILE).replace(project.root / "content/reviews/renamed.md")
    until(lambda: server.get("/reviews/17-escalation/")[0] == 404)
    assert server.get("/reviews/renamed/")[0] == 200


def test_a_save_in_the_way_of_editors_is_noticed(project, serve, tab):
    server = serve(project)
    tab.goto(server.address + "reviews/17-escalation/")
    text = (project.root / REVIEW_FILE).read_text()
    project.write(
        "content/reviews/.17-escalation.md.swp", text.replace("Do we all know when to escalate?", "Another question?")
    )
    (project.root / "content/reviews/.17-escalation.md.swp").replace(project.root / REVIEW_FILE)
    tab.get_by_role("heading", name="Another question?").wait_for()


def test_a_change_of_a_template_or_style_is_noticed(project, serve, tab):
    import shutil

    shutil.copytree(PROJECT / "templates", project.root / "templates")
    server = serve(project)
    tab.goto(server.address)
    project.change("templates/layout/base.html", "Skip to content", "Jump to content")
    tab.get_by_text("Jump to content").wait_for(state="attached")
    project.write("templates/assets/site.css", "h1 { color: rgb(1, 2, 3) }")

    def coloured() -> bool:
        with contextlib.suppress(Error):  # the page is just being loaded again
            return bool(tab.locator("h1").evaluate("h1 => getComputedStyle(h1).color === 'rgb(1, 2, 3)'"))
        return False

    until(coloured)


def test_a_mistake_is_shown_over_the_last_good_page_and_goes_when_it_is_mended(project, serve, tab):
    server = serve(project)
    tab.goto(server.address + "reviews/17-escalation/")
    assert tab.locator("#preview-problems").count() == 0
    project.change(REVIEW_FILE, "themes: [escalation]", "themes: [escalatoin]")
    panel = tab.locator("#preview-problems")
    panel.wait_for()
    assert f"{REVIEW_FILE}:8:10" in panel.inner_text()
    assert "1 error" in panel.inner_text()
    assert tab.locator("h1").inner_text() == "Do we all know when to escalate?"
    assert f"{REVIEW_FILE}:8:10" in server.said
    project.change(REVIEW_FILE, "themes: [escalatoin]", "themes: [escalation]")
    panel.wait_for(state="detached")


def test_a_mistake_from_the_start_is_shown_and_mended(project, serve, tab):
    project.change(REVIEW_FILE, "type: multi", "type: multy")
    server = serve(project)
    tab.goto(server.address)
    panel = tab.locator("#preview-problems")
    panel.wait_for()
    assert "multi-agency-case-file-review" in panel.inner_text()
    project.change(REVIEW_FILE, "type: multy", "type: multi")
    tab.get_by_role("heading", level=1, name="Learning from reviews").wait_for()


def test_answers_carry_the_policy_and_the_headers_of_the_published_site(server):
    written = (server.project.root / ".cache/preview/site/deploy/nginx.conf").read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy "(default-src[^"]+)"', written)[1]
    assert policy.endswith("; upgrade-insecure-requests")
    for path in ("", "reviews/17-escalation/", "nothing-here/", "feed.xml", "__preview/reload.js"):
        headers = server.get("/" + path)[1]
        assert headers["content-security-policy"] == policy.removesuffix("; upgrade-insecure-requests"), path
        for name, value in re.findall(r'add_header (?!Content-Security|Cache)(\S+) "([^"]+)"', written):
            assert headers[name.lower()] == value, path
        assert "strict-transport-security" not in headers


def test_a_picture_from_elsewhere_is_blocked_as_on_the_published_site(project, serve, tab):
    asked = []

    class Elsewhere(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, format, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        picture = f"http://127.0.0.1:{other.server_port}/seen.png"
        own_templates(project).change(
            "templates/layout/base.html", "</main>", f'<img id="foreign" src="{picture}" alt="x"></main>'
        )
        server = serve(project)
        refused = []
        tab.on("console", lambda message: refused.append(message.text))
        tab.goto(server.address, wait_until="load")
        assert tab.locator("#foreign").evaluate("picture => picture.naturalWidth") == 0
        assert any(picture in text and "img-src" in text for text in refused)
        project.change(REVIEW_FILE, "Do we all know", "Does everybody know")
        tab.get_by_text("Does everybody know when to escalate?").first.wait_for(state="attached")
        assert asked == []
        with contextlib.suppress(Error):
            tab.goto(picture)  # a request would have been seen
        assert asked[0] == "/seen.png"
        other.shutdown()


def test_a_warning_is_shown_folded(project, serve, tab):
    project.change(REVIEW_FILE, "status: published", "status: published\nreview_by: 2020-01-01")
    server = serve(project)
    tab.goto(server.address)
    panel = tab.locator("#preview-problems")
    assert panel.get_attribute("data-severity") == "warning"
    assert not panel.locator("ol").is_visible()
    panel.locator("summary").click()
    assert "looked at again" in panel.inner_text()


def test_what_problems_quote_is_text(project, serve, tab):
    project.change(REVIEW_FILE, "themes: [escalation]", "themes: ['<img src=x onerror=alert(1)>']")
    tab.goto(serve(project).address)
    tab.locator("#preview-problems").wait_for()
    assert tab.locator("#preview-problems img").count() == 0


def test_a_configuration_that_can_not_be_read_is_told_and_mended(project, serve, tab):
    server = serve(project)
    tab.goto(server.address)
    project.write("site_config.yaml", "organisation: [")
    tab.locator("#preview-problems[data-severity=error]").wait_for()
    project.write("site_config.yaml", CONFIG.replace("Learning from reviews", "Another title"))
    tab.get_by_role("heading", level=1, name="Another title").wait_for()


def test_a_site_under_a_path_is_served_under_it(project, serve, tab):
    project.write("site_config.yaml", CONFIG.replace("learning.example.org/", "example.org/learning/"))
    server = serve(project)
    tab.goto(server.address)
    assert tab.url == server.address + "learning/"
    tab.locator("main a[href='/learning/reviews/17-escalation/']").first.click()
    assert tab.locator("h1").inner_text() == "Do we all know when to escalate?"
    assert tab.evaluate("getComputedStyle(document.querySelector('.skip')).position") == "absolute"


def children(group: int) -> list[str]:
    """The processes of a group that are still there, without those that have ended."""
    done = subprocess.run(["ps", "-eo", "pgid=,stat=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(None, 2) for line in done.stdout.splitlines()]
    return [row[2] for row in rows if int(row[0]) == group and not row[1].startswith("Z")]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_asked_without_a_word_and_leaves_no_process(project, serve, tab, number):
    server = serve(project)
    tab.goto(server.address)  # its page keeps a connection open
    said = server.said
    assert server.stop(number) == 0
    assert server.said == said
    assert until(lambda: not children(server.process.pid))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_asked_during_a_build(project, number):
    for copy in range(30):
        project.write(f"content/reviews/r-{copy}.md", REVIEW.replace("number: 17", f"number: {copy + 100}"))
    log = project.root.parent / "serve.log"
    command = [sys.executable, str(PROJECT / "build.py"), "--root", str(project.root), "serve", "--port", "0"]
    with log.open("w") as file, subprocess.Popen(command, stdout=file, stderr=file, start_new_session=True) as process:
        try:
            until(lambda: len(children(process.pid)) > 1 or "rendered" in log.read_text())  # its workers have started
            ask(process, number)
            assert process.wait(PATIENCE) == 0
            assert "KeyboardInterrupt" not in log.read_text()
            assert until(lambda: not children(process.pid))
        finally:
            for left in children(process.pid)[:1]:
                assert left
                os.killpg(process.pid, signal.SIGKILL)


def test_a_port_in_use_is_said_in_a_sentence(project):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = project.process("serve", "--no-pdf", "--port", str(port))
    assert done.returncode == 2
    assert done.stderr == f"Port {port} is in use; choose another with --port.\n"
    assert done.stdout == ""


@pytest.mark.parametrize("port", ["-1", "65536"])
def test_a_port_that_does_not_exist_is_said_in_a_sentence(project, port):
    done = project.run("serve", "--no-pdf", f"--port={port}")
    assert done.code == 2
    assert done.err == f"There is no port {port}; choose one from 1024 to 65535.\n"


def test_two_previews_of_one_project_do_not_get_in_each_other_s_way(project, serve):
    first, second = serve(project), serve(project)
    assert first.port != second.port
    project.change(REVIEW_FILE, "Do we all know when to escalate?", "Another question?")
    for server in (first, second):
        until(lambda server=server: "Another question?" in server.get("/reviews/17-escalation/")[2])


def test_building_while_the_preview_runs_publishes_no_draft(project, serve):
    project.write("content/reviews/draft.md", REVIEW.replace("status: published\n", "").replace("17", "18"))
    server = serve(project)
    assert project.build().code == 0
    assert not (project.root / "output/reviews/draft").exists()
    assert server.get("/reviews/draft/")[0] == 200
