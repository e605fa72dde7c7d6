"""The configurations for web servers, used by the real ones: Debian's nginx and Apache, at a root and under a path."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import brotli
import pytest

from tests.conftest import CONFIG, PROJECT, copy_example, tree
from tests.web_servers import Host, serving

PAGE = "reviews/17-escalation/"
GONE = "reviews/bruising-pathway-audit/"
ODD = (
    "old/site.php?id=17&lang=en-GB",
    "?page_id=99",
    "lists/all.html",
    "caf%C3%A9/r.17+more~x",
    "quote%22%3B%20return%20200%20%22x",
    "brace%7D%20%24host%20${x".replace("${x", "%24%7Bx%7D"),
    "line%0Abreak%5C",
    "reviews/bruising-pathway-audit/old-appendix",
)
"""Old addresses that a careless configuration would trip over, or obey."""


def example_at(root: Path, address: str, compress: bool) -> Path:
    """The example below ``root`` built for an address; one of its reviews has the odd old addresses."""
    config = root / "site_config.yaml"
    text = (PROJECT / "site_config.yaml").read_text(encoding="utf-8")
    text = re.sub(r"base_url: .*", f"base_url: {address}", text)
    text = re.sub(r"\nserving:\n(?:  .*\n)*", "\n", text)
    config.write_text(f"{text}\nserving:\n  compress: {'true' if compress else 'false'}\n", encoding="utf-8")
    review = Path("content/reviews/12-strong-partnership.md")
    record = (PROJECT / review).read_text(encoding="utf-8")
    assert "\naliases:" not in record
    (root / review).write_text(record.replace("\ntitle:", f"\naliases: {json.dumps(ODD)}\ntitle:", 1), encoding="utf-8")
    words = ["--root", str(root), "build", "--no-pdf", "--now", "2026-12-01T12:00:00Z"]
    done = subprocess.run(
        [sys.executable, str(PROJECT / "build.py"), *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return root / "output"


SETUPS = [
    ("nginx", "/", True),
    ("apache", "/", False),
    ("nginx", "/learning/reviews/", False),
    ("apache", "/learning/reviews/", True),
]


@pytest.fixture(scope="module")
def example_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, for one setup after the other: what two have in common is made once."""
    return copy_example(tmp_path_factory.mktemp("serving") / "project")


@pytest.fixture(scope="module", params=SETUPS, ids=lambda s: f"{s[0]}{s[1]}{'compressed' if s[2] else ''}")
def host(request: pytest.FixtureRequest, example_root: Path) -> Iterator[Host]:
    """The example site on a real server."""
    server, base, compress = request.param
    output = example_at(example_root, f"http://127.0.0.1{base}", compress)
    with serving(server, base, output, compress=compress, htaccess=base != "/") as served:
        yield served


def asset(host: Host, ending: str) -> str:
    return next(file for file in tree(host.output) if re.fullmatch(rf"assets/site\.[0-9a-f]+\.{ending}", file))


@pytest.mark.parametrize("path", ["$host/", "a b/", "caf\u00e9/", 'x"/', "a;b/"])
def test_an_address_that_a_server_would_misread_is_a_problem(project, path):
    project.write("site_config.yaml", CONFIG.replace("learning.example.org/", f"learning.example.org/{path}"))
    problem = project.build().problems[0]
    assert (problem["code"], problem["path"]) == ("content/not-an-address", "site_config.yaml")


def test_every_answer_carries_the_security_headers(host):
    for path in ("", PAGE, "data/reviews.json", "nothing/here", GONE, asset(host, "css"), "sw.js", "old/site.php"):
        headers = host.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; "), path
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-inline" not in policy
        assert "upgrade-insecure-requests" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "strict-transport-security" not in headers, "this site isn't served over https"


def test_pages_are_asked_for_again_and_fingerprinted_files_never(host):
    for path in ("", PAGE, "sw.js", "feed.xml", "data/findings.csv", "files/family-week-planner.docx"):
        answer = host.get(path)
        assert answer.status == 200, path
        assert answer.headers["cache-control"] == "no-cache", path
    immutable = [f for f in tree(host.output) if f.startswith("assets/") or re.search(r"\.pf_\w+$", f)]
    for path in {asset(host, "css"), asset(host, "css"), immutable[0], immutable[-1]}:
        assert host.get(path).headers["cache-control"] == "public, max-age=31536000, immutable", path
    for path in ("assets/site.0123456789.css", "pagefind/index/nothing.pf_index"):
        answer = host.get(path)
        assert answer.status == 404
        assert answer.headers["cache-control"] == "no-cache", "what is missing now may be there later"


def test_a_page_that_is_the_same_is_not_sent_again(host):
    for coding in ("identity", "gzip", "br"):
        first = host.get(PAGE, accept_encoding=coding)
        again = host.get(PAGE, accept_encoding=coding, if_none_match=first.headers["etag"])
        assert (again.status, again.body) == (304, b""), coding
        assert again.headers["cache-control"] == "no-cache"


def test_files_come_with_their_types(host):
    feed = "application/atom+xml" + ("; charset=utf-8" if host.server == "nginx" else "")  # it says so itself as well
    kinds = {
        "": "text/html; charset=utf-8",
        "feed.xml": feed,
        "themes/escalation/feed.xml": feed,
        "feed.json": "application/feed+json",
        "data/findings.csv": "text/csv; charset=utf-8",
        "data/reviews.json": "application/json",
        "sitemap.xml": "application/xml; charset=utf-8",
        "robots.txt": "text/plain; charset=utf-8",
        "sw.js": "text/javascript; charset=utf-8",
        asset(host, "css"): "text/css; charset=utf-8",
        "files/access-to-home-checklist.pdf": "application/pdf",
        "files/family-week-planner.docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    }
    for path, kind in kinds.items():
        for coding in ("identity", "gzip", "br"):
            found = host.get(path, accept_encoding=coding).kind
            assert found == kind, (path, coding)


def test_a_pdf_may_be_shown_by_the_browsers_own_reader(host):
    headers = host.get("files/access-to-home-checklist.pdf").headers
    assert headers["content-security-policy"] == "frame-ancestors 'none'"
    assert headers["x-content-type-options"] == "nosniff"


def test_what_is_sent_is_compressed_when_the_reader_can_read_it(host):
    for path in (PAGE, asset(host, "css"), "sw.js", "data/reviews.json", "feed.xml", "nothing/here", GONE):
        plain = host.get(path, accept_encoding="identity")
        assert "content-encoding" not in plain.headers
        if plain.status >= 400 and not host.compress:
            continue  # nginx compresses 404 on the way and not 410, Apache neither
        assert plain.headers["vary"] == "Accept-Encoding", path
        small = host.get(path, accept_encoding="gzip")
        assert small.headers["content-encoding"] == "gzip", path
        assert small.headers["vary"] == "Accept-Encoding", path
        assert gzip.decompress(small.body) == plain.body
        assert small.status == plain.status
        assert small.kind == plain.kind
        if host.compress:
            smaller = host.get(path, accept_encoding="gzip, br")
            assert smaller.headers["content-encoding"] == "br", path
            assert brotli.decompress(smaller.body) == plain.body
            assert (smaller.status, smaller.kind) == (plain.status, plain.kind)
    for path in ("files/access-to-home-checklist.pdf", "files/family-week-planner.docx"):
        assert "content-encoding" not in host.get(path, accept_encoding="gzip, br").headers


def test_an_address_without_a_page_is_answered_by_ours_with_404(host):
    page = (host.output / "404.html").read_bytes()
    for path in (
        "nothing",
        "nothing/",
        "reviews/nothing/",
        "assets/",
        "404.html",
        "_headers",
        "_redirects",
        "deploy/",
        "deploy/nginx.conf",
        "deploy/apache.conf",
    ):
        answer = host.get(path)
        assert (answer.status, answer.body) == (404, page), path


def test_files_to_download_are_sent_as_what_they_are_and_documents_for_saving(host):
    wanted = {
        "files/family-week-planner.docx": (
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "attachment",
        ),
        "files/access-to-home-checklist.pdf": ("application/pdf", None),
        "files/case-file-questions.csv": ("text/csv; charset=utf-8", None),
    }
    for path, (kind, disposition) in wanted.items():
        answer = host.get(path)
        assert (answer.status, answer.body) == (200, (host.output / path).read_bytes()), path
        assert (answer.kind, answer.headers.get("content-disposition")) == (kind, disposition), path
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_withdrawn_record_is_gone_and_says_so(host):
    page = (host.output / GONE / "index.html").read_bytes()
    for path in (
        GONE,
        f"{GONE}index.html",
        f"{GONE}bruising-pathway-audit-briefing.pdf",
        f"{GONE}share/",
        f"{GONE}?from=mail",
    ):
        answer = host.get(path)
        assert (answer.status, answer.body) == (410, page), path
        assert answer.kind == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "no-cache"
    assert host.get(GONE.rstrip("/")).leads_to == host.base + GONE


def test_a_folder_without_its_slash_is_found(host):
    answer = host.get(PAGE.rstrip("/"))
    assert (answer.status, answer.leads_to) == (301, host.base + PAGE)
    if host.server == "nginx":
        assert answer.headers["location"].startswith("/"), "whatever stands before it knows its own name"


def test_old_addresses_lead_to_the_new_ones_for_good(host):
    target = f"{host.base}reviews/12-strong-partnership/"
    for path in (
        "old/site.php?id=17&lang=en-GB",
        "?page_id=99",
        "lists/all.html",
        "caf%C3%A9/r.17+more~x",
        "caf%c3%a9/r%2e17+more~x/",
        "quote%22%3B%20return%20200%20%22x",
        "brace%7D%20%24host%20%24%7Bx%7D/index.html",
        "line%0Abreak%5C",
        "reviews/bruising-pathway-audit/old-appendix",
    ):
        answer = host.get(path)
        assert (answer.status, answer.leads_to) == (301, target), path
        assert "?" not in answer.headers["location"]
    for path in ("professionals/learning-from-reviews/review-17", "professionals/learning-from-reviews/review-17/"):
        assert host.get(path).leads_to == host.base + PAGE
    for path in ("old/site.php?id=18&lang=en-GB", "old/site.php", "lists/all.html/more", "lists/allXhtml"):
        assert host.get(path).status == 404, path
    assert host.get("?page_id=98").status == 200


def test_outside_its_path_the_server_is_left_as_it_was(host):
    if host.base != "/":
        answer = host.get("/elsewhere", absolute=True)
        assert answer.status == 404
        assert "content-security-policy" not in answer.headers


def test_a_browser_reports_nothing(host, chromium):
    context = chromium.new_context()
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda failure: said.append(str(failure)))
    page.add_init_script(
        "addEventListener('securitypolicyviolation', e => console.error('policy', e.violatedDirective, e.blockedURI))"
    )
    try:
        for path in (
            "",
            PAGE,
            "reviews/",
            "themes/escalation/",
            "roles/health-visitors/",
            "actions/",
            "search/?q=home",
        ):
            page.goto(host.origin + host.base + path)
        page.locator("#part-count", has_text="found").wait_for()
        with page.expect_response("**/pagefind/fragment/**"):
            page.locator("#part-query").fill("escalate")
        page.locator("#part-results mark", has_text="escalat").first.wait_for()
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.reload()
        page.locator("#part-count", has_text="found").wait_for()
        page.goto(f"{host.origin}{host.base}professionals/learning-from-reviews/review-17?from=mail")
        assert page.url == host.origin + host.base + PAGE
        page.goto("about:blank")
    finally:
        context.close()
    assert said == []


SERVERS = ("deploy/nginx.conf", "deploy/apache.conf", "_headers")


def test_what_a_page_fetches_is_fetched_by_https(project):
    assert project.build().code == 0
    for file in SERVERS:
        assert "upgrade-insecure-requests" in project.page(file)
        assert "Strict-Transport-Security" not in project.page(file), "it holds for the whole host, not for this path"


@pytest.mark.parametrize("seconds", [31536000, 0])
def test_browsers_are_told_to_use_nothing_but_https_when_the_site_says_so(project, seconds):
    project.write("site_config.yaml", f"{CONFIG}serving:\n  strict_transport_security: {seconds}\n")
    assert project.build().code == 0
    for file in SERVERS:
        assert re.search(rf"Strict-Transport-Security\W+max-age={seconds}\b", project.page(file))
        assert "includeSubDomains" not in project.page(file)


@pytest.mark.parametrize("value", ["31536000", "0"])
def test_a_site_without_https_can_not_say_so(project, value):
    text = CONFIG.replace("https://learning", "http://learning")
    project.write("site_config.yaml", f"{text}serving:\n  strict_transport_security: {value}\n")
    problem = project.check().only("content/wrong-value")
    assert (problem["path"], problem["line"], problem["column"]) == ("site_config.yaml", 13, 30)
    assert "http://" in problem["message"]


@pytest.mark.parametrize("value", ["true", "a year", "-1", "1.5"])
def test_a_time_that_is_no_number_of_seconds_is_a_problem(project, value):
    project.write("site_config.yaml", f"{CONFIG}serving:\n  strict_transport_security: {value}\n")
    problems = project.check().problems
    assert [(problem["path"], problem["line"]) for problem in problems] == [("site_config.yaml", 13)]


def test_static_hosts_get_the_same_in_their_form(project):
    project.change(
        "content/reviews/17-escalation.md", "title: When", "aliases: [old/17.html, /old/x?id=3, a/b]\ntitle: When"
    )
    assert project.build().code == 0
    assert project.page("_headers").split("\n")[1] == "/*"
    lines = [line for line in project.page("_redirects").split("\n") if not line.startswith("#")]
    assert lines == [f"{old} /reviews/17-escalation/ 301" for old in ("/old/17.html", "/a/b", "/a/b/")] + [""]


def own_templates(project: Any) -> None:
    shutil.copytree(PROJECT / "templates", project.root / "templates")


def test_the_policy_names_what_a_template_has_inline_by_its_hash(project):
    own_templates(project)
    project.change(
        "templates/pages/glossary.html",
        "{% block main %}",
        '{% block main %}<script>let one = "1";</script><style>p { color: red }</style>'
        '<script type="application/ld+json">{"a": 1}</script>',
    )
    assert project.build().code == 0
    policy = project.page("_headers")
    for kind, inside, others in (
        ("script", b'let one = "1";', "'self' 'wasm-unsafe-eval'"),
        ("style", b"p { color: red }", "'self'"),
    ):
        digest = base64.b64encode(hashlib.sha256(inside).digest()).decode()
        assert f" {kind}-src {others} 'sha256-{digest}';" in policy
    project.change("content/pages/accessibility.md", "Text.", "Other text.")
    assert project.build().code == 0
    assert project.page("_headers") == policy, "pages that were not rendered again count too"


@pytest.mark.parametrize("attribute", ['style="color: red"', 'onclick="go()"'])
def test_a_style_or_script_in_an_attribute_is_a_problem(project, attribute):
    own_templates(project)
    project.change("templates/pages/glossary.html", "{% block main %}", f"{{% block main %}}<p\n{attribute}>x</p>")
    problem = project.build().only("content/template")
    assert problem["path"] == "templates/pages/glossary.html"
    assert attribute.split("=")[0] in problem["message"]


def test_compressed_copies_hold_the_same_and_come_out_the_same(project, tmp_path):
    project.write("site_config.yaml", (project.root / "site_config.yaml").read_text() + "serving:\n  compress: true\n")
    assert project.build().code == 0
    outputs = project.outputs()
    copies = [file for file in outputs if file.endswith((".br", ".gz"))]
    assert "index.html.br" in copies
    assert "sw.js.gz" in copies
    assert not [file for file in copies if file.startswith(("deploy/", "_"))]
    for file in copies:
        unpack = brotli.decompress if file.endswith(".br") else gzip.decompress
        assert unpack(outputs[file]) == outputs[file[:-3]], file
    shutil.rmtree(project.root / ".cache")
    assert project.build("--jobs", "2").code == 0
    assert project.outputs() == outputs


def test_an_edit_compresses_again_only_what_it_changed(project):
    project.write("site_config.yaml", (project.root / "site_config.yaml").read_text() + "serving:\n  compress: true\n")
    assert project.build().code == 0
    project.change("content/pages/accessibility.md", "Text.", "Other text.")
    assert project.build().code == 0
    rendered = project.rendered()
    assert {"accessibility/index.html", "accessibility/index.html.br", "accessibility/index.html.gz"} <= rendered
    assert "reviews/17-escalation/index.html.br" not in rendered
    project.write("site_config.yaml", (project.root / "site_config.yaml").read_text().replace("true", "false"))
    assert project.build().code == 0
    assert not [file for file in project.outputs() if file.endswith((".br", ".gz"))]
