"""What a withdrawal takes with it and what it leaves, on the real nginx and Apache: below it, above it, beside it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.conftest import CONFIG, FILES, NOW, PROJECT, REVIEW
from tests.published_bytes import Published
from tests.web_servers import Host, serving


def page(title: str, status: str = "published", fields: str = "", text: str = "Text.") -> str:
    return f"---\ntitle: {title}\nstatus: {status}\n{fields}---\n\n{text}\n"


PAGES = {
    "area": page("Area", "withdrawn", "aliases: [former/area, old-area, area/index.html?id=1]\n"),
    "area/team": page("Team", fields="aliases: [area/people, area/caf%C3%A9, area/the%20list.pdf, 'area?id=7']\n"),
    "area/team/lead": page("Lead"),
    "area/team/lead/then": page("Then", "withdrawn"),
    "area/team/lead/then/now": page("Now"),
    "area/deep/down/here": page("Here", fields="short_address: area/h\naliases: ['area/old.php?id=3']\n"),
    "area/later": page("Later", "draft"),
    "area-two": page("Area two"),
    "areas": page("Areas", text="[Form](file:form.pdf)\n\n[Both](file:both.pdf)"),
    "area/gone": page("Gone", "withdrawn", text="[List](file:old-list.pdf)\n\n[Both](file:both.pdf)"),
    "files": page("Files", "withdrawn"),
    "actions/state": page("States", "withdrawn"),
    "reviews/18-held-back/extra": page("Extra"),
    "up": page("Up"),
    "up/down": page("Down", "withdrawn"),
    "moved-from": page("Moved from", fields="aliases: ['404.html?id=1', '_headers?x', 'deploy/old', 'assets/a%20b']\n"),
}
ACTIONS = """
recommendations:
  - number: 1
    text: Write to them.
    actions: [{what: Write, owner: Board, status: complete}]
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The built sites by base path."""
    root = tmp_path_factory.mktemp("withdrawn")
    held = REVIEW.replace(
        "status: published", "status: withdrawn\ndocuments: [{title: Annex, file: sub/Änderung 1.pdf}]"
    )
    files = {
        **FILES,
        **{f"content/pages/{name}.md": text for name, text in PAGES.items()},
        "content/reviews/17-escalation.md": REVIEW.replace("\n---\n\n", f"{ACTIONS}---\n\n", 1),
        "content/reviews/18-held-back.md": held.replace("number: 17", "number: 18"),
        "content/themes/closed.md": page("Closed", "withdrawn"),
    }
    pdf = (PROJECT / "content/files/access-to-home-checklist.pdf").read_bytes()
    built = {}
    for base, compress in (("/", False), ("/learning/", True)):
        folder = root / (base.strip("/") or "root")
        config = CONFIG.replace("https://learning.example.org/", f"http://127.0.0.1{base}")
        for path, text in {
            **files,
            "site_config.yaml": f"{config}serving: {{compress: {str(compress).lower()}}}\n",
        }.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        for name in ("form.pdf", "both.pdf", "old-list.pdf", "sub/Änderung 1.pdf"):
            (folder / "content/files" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "content/files" / name).write_bytes(pdf)
        words = ["--root", str(folder), "build", "--no-pdf", "--now", NOW]
        command = [sys.executable, str(PROJECT / "build.py"), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        built[base] = folder / "output"
    return built


@pytest.fixture(scope="module", params=[(s, b) for s in ("nginx", "apache") for b in ("/", "/learning/")], ids=" ".join)
def host(request: pytest.FixtureRequest, site: dict[str, Path]) -> Iterator[Host]:
    server, base = request.param
    with serving(server, base, site[base], compress=base != "/", htaccess=base != "/") as served:
        yield served


def test_what_is_published_below_a_withdrawn_page_is_there(host):
    for path in (
        "area/team/",
        "area/team/index.html",
        "area/team/lead/",
        "area/team/lead/then/now/",
        "area/deep/down/here/",
        "area-two/",
        "areas/",
        "actions/",
        "actions/state/complete/",
        "reviews/18-held-back/extra/",
        "files/form.pdf",
        "files/both.pdf",
        "up/",
    ):
        for coding in ("identity", "gzip", "br"):
            answer = host.get(path, accept_encoding=coding)
            assert answer.status == 200, (path, coding)
        file = host.output / (path if not path.endswith("/") else f"{path}index.html")
        assert host.get(path).body == file.read_bytes(), path
    assert host.get("files/form.pdf").headers["content-security-policy"] == "frame-ancestors 'none'"
    assert host.get("area/team").leads_to == f"{host.base}area/team/"


def test_what_was_withdrawn_and_had_no_other_is_gone_and_says_so(host):
    for path, notice in {
        "area/": "area/",
        "area/index.html": "area/",
        "area/?from=mail": "area/",
        "area/annual-report.pdf": "area/",
        "area/feed.xml": "area/",
        "area/nothing/": "area/",
        "area/nothing": "area/",
        "area/later/": "area/",
        "area/old.php": "area/",
        "area/gone/": "area/gone/",
        "area/gone/more/": "area/gone/",
        "files/old-list.pdf": "files/",
        "files/sub/%C3%84nderung%201.pdf": "files/",
        "files/never-there.pdf": "files/",
        "area/team/lead/then/": "area/team/lead/then/",
        "area/team/lead/then/x.pdf": "area/team/lead/then/",
        "reviews/18-held-back/": "reviews/18-held-back/",
        "reviews/18-held-back/18-held-back-briefing.pdf": "reviews/18-held-back/",
        "reviews/18-held-back/share/": "reviews/18-held-back/",
        "themes/closed/feed.xml": "themes/closed/",
        "themes/closed/page/2/": "themes/closed/",
        "actions/state/": "actions/state/",
        "files/": "files/",
        "up/down/": "up/down/",
    }.items():
        answer = host.get(path)
        assert (answer.status, answer.body) == (410, (host.output / notice / "index.html").read_bytes()), path
        assert answer.kind == "text/html; charset=utf-8", path
        assert answer.headers["content-security-policy"].startswith("default-src 'none'"), path
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert answer.headers["cache-control"] == "no-cache", path


def test_old_and_short_addresses_below_a_withdrawn_page_lead_on(host):
    for path, target in {
        "area/people": "area/team/",
        "area/people/": "area/team/",
        "area/caf%C3%A9/": "area/team/",
        "area/the%20list.pdf": "area/team/",
        "area?id=7": "area/team/",
        "area/?id=7": "area/team/",
        "area/h": "area/deep/down/here/",
        "area/old.php?id=3": "area/deep/down/here/",
        "former/area/": "area/",
        "old-area": "area/",
        "deploy/old": "moved-from/",
        "assets/a%20b": "moved-from/",
    }.items():
        answer = host.get(path)
        assert (answer.status, answer.leads_to) == (301, host.base + target), path


def test_below_a_published_page_a_missing_one_is_just_missing(host):
    for path in (
        "area/team/nothing/",
        "area/team/x.pdf",
        "area-two/x",
        "up/x.pdf",
        "nothing/area/",
        "area/team/lead/x",
    ):
        answer = host.get(path)
        assert (answer.status, answer.body) == (404, (host.output / "404.html").read_bytes()), path


def test_lists_know_the_published_ones_alone(site):
    output = site["/"]
    sitemap = (output / "sitemap.xml").read_text(encoding="utf-8")
    worker = (output / "sw.js").read_text(encoding="utf-8")
    for path, there in {"area/team/": True, "area/deep/down/here/": True, "area/": False, "area/gone/": False}.items():
        assert (f"<loc>http://127.0.0.1/{path}</loc>" in sitemap) == there, path
    assert '"themes/closed/"' not in worker
    moved = [line.split(" ") for line in (output / "_redirects").read_text(encoding="utf-8").splitlines()[1:]]
    assert ["/area/people", "/area/team/", "301"] in moved
    assert [unquote(old) for old, _, _ in moved if old.startswith("/area/team")] == []


def test_files_that_only_withdrawn_records_led_to_are_named_nowhere(site):
    for base, output in site.items():
        named = (output / "files").rglob("*.pdf")
        assert sorted(file.name for file in named) == ["both.pdf", "form.pdf"], base
        published = Published(output)
        assert published.where("both.pdf"), base
        assert published.where("old-list") == [], base
        assert published.where("Änderung 1") == [], base


def test_a_long_list_of_pages_below_a_withdrawn_one_is_no_trouble(project):
    for number in range(100):
        project.write(f"content/pages/section/a-page-with-a-long-name-of-its-own-{number}.md", page(f"Page {number}"))
    project.write("content/pages/section.md", page("Section", "withdrawn"))
    project.write("site_config.yaml", CONFIG.replace("https://learning.example.org", "http://127.0.0.1"))
    assert project.build().code == 0
    for server in ("nginx", "apache"):
        with serving(server, "/", project.root / "output") as host:
            assert host.get("section/a-page-with-a-long-name-of-its-own-99/").status == 200
            assert host.get("section/a-page-with-a-long-name-of-its-own-100/").status == 410
            assert host.get("section/").status == 410


@pytest.mark.parametrize("name", ["assets", "assets/x", "deploy/x", "pagefind/x/y"])
def test_a_page_among_the_site_s_own_files_is_a_problem(project, name):
    project.write(f"content/pages/{name}.md", page("X"))
    assert project.check().only("content/same-address")["path"] == f"content/pages/{name}.md"
