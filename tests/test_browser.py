"""The example site in a browser: every page in five ways of looking at it, then what people do with keys and fingers.

Every page is loaded once with scripts and once without. The ways of looking are set on the page that is open: that
takes a third of the time that loading it again would, and axe needs its time.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.async_api import Browser, Page, async_playwright

from sitegen import addresses
from tests.conftest import CHROMIUM_WORDS, Example, chromium_program
from tests.server import Server

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
LAYOUT = Path(__file__).with_name("layout.js").read_text(encoding="utf-8")
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"],
    },
    "rules": {"target-size": {"enabled": True}},  # targets of 24 px: off unless asked for
    "resultTypes": ["violations", "incomplete"],
}
CONTRAST, LINKS_IN_TEXT = "color-contrast", "link-in-text-block"
COLOURS_ALONE = {**RULES, "runOnly": {"type": "rule", "values": [CONTRAST, LINKS_IN_TEXT]}}
ALL_BUT_CONTRAST = {**RULES, "rules": {**RULES["rules"], CONTRAST: {"enabled": False}}}
TABS = 2
"""Pages looked at side by side: each has a process of its own in the browser."""


@dataclass(frozen=True)
class Mode:
    """A way of looking at a page: 320 px is also what 1280 px are at a zoom of 400 %.

    Each rule is asked where its answer may be another. Dark and forced colours change nothing but colours; 320 px
    change no colour.
    """

    width: int
    height: int
    rules: dict[str, Any] = field(default_factory=lambda: RULES)
    dark: bool = False
    forced: bool = False
    opened: bool = False


MODES = {
    "desktop": Mode(1280, 1024),
    "dark": Mode(1280, 1024, COLOURS_ALONE, dark=True),
    "forced colours": Mode(1280, 1024, COLOURS_ALONE, forced=True),
    "320 px": Mode(320, 256, ALL_BUT_CONTRAST),
    "390 px, all opened": Mode(390, 844, opened=True),
}


@dataclass
class Seen:
    """What one page was like: for each mode what axe and the layout's rules say; what it asked for and logged."""

    violations: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    incomplete: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    layout: dict[str, list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    plain_text: list[str] = field(default_factory=list)


async def _set(page: Page, mode: Mode) -> None:
    await page.set_viewport_size({"width": mode.width, "height": mode.height})
    await page.emulate_media(
        color_scheme="dark" if mode.dark else "light", forced_colors="active" if mode.forced else "none"
    )
    if mode.opened:
        await page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")


async def _look(page: Page, seen: Seen, mode: str, rules: dict[str, Any]) -> None:
    seen.layout[mode] = await page.evaluate(LAYOUT)
    found = await page.evaluate("(rules) => axe.run(document, rules)", rules)
    seen.violations[mode], seen.incomplete[mode] = found["violations"], found["incomplete"]


LINES = """() => {
  const buttons = [...document.querySelectorAll("main button[data-copy]")];
  const shown = buttons.map((button) => [button, button.hidden]);
  for (const button of buttons) button.hidden = true; // they can do nothing without scripts
  const lines = document.querySelector("main").innerText.split("\\n").map((line) => line.trim()).filter(Boolean);
  for (const [button, hidden] of shown) button.hidden = hidden;
  return lines;
}"""
WORKER_IS_BLOCKED = "Service Worker registration blocked by Playwright"


async def _visit(page: Page, address: str, seen: Seen) -> None:
    def log(message: Any) -> None:
        if message.type in ("error", "warning") and message.text != WORKER_IS_BLOCKED:
            seen.logged.append(message.text)

    def fail(error: Any) -> None:
        seen.logged.append(str(error))

    def ask(request: Any) -> None:
        seen.asked.append(request.url)

    listeners = {"console": log, "pageerror": fail, "request": ask}
    for name, listener in listeners.items():
        page.on(name, listener)
    await _set(page, MODES["desktop"])
    await page.goto(address)
    seen.text = await page.evaluate(LINES)
    await page.evaluate(AXE)
    for name, mode in MODES.items():
        await _set(page, mode)
        await _look(page, seen, name, mode.rules)
    for name, listener in listeners.items():
        page.remove_listener(name, listener)


async def _tab(browser: Browser, address: str, paths: list[str], found: dict[str, Seen]) -> None:
    """Take paths from a list that tabs share until there is none left."""
    context = await browser.new_context(service_workers="block")  # the worker has tests of its own
    plain = await browser.new_context(java_script_enabled=False)
    page, page_without = await context.new_page(), await plain.new_page()
    while paths:
        path = paths.pop()
        seen = found[path] = Seen()
        await _visit(page, address + path, seen)
        await page_without.goto(address + path)
        seen.plain_text = await page_without.evaluate(LINES)
    for one in (page, page_without):
        await one.goto("about:blank")
        await one.context.close()


async def _sweep(address: str, paths: list[str]) -> dict[str, Seen]:
    found: dict[str, Seen] = {}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_program(), args=CHROMIUM_WORDS)
        await asyncio.gather(*(_tab(browser, address, paths, found) for _ in range(TABS)))
        await browser.close()
    return found


def paths_of(site: Example) -> list[str]:
    """Every page with the frame of the site; what stands at an old address leads on at once."""
    return sorted(
        addresses.path_of(file)
        for file, data in site.outputs.items()
        if file.endswith((".html", ".htm")) and b'http-equiv="refresh"' not in data
    )


@pytest.fixture(scope="module")
def server(example_site: Example) -> Iterator[Server]:
    with Server(example_site.output) as running:
        yield running


@pytest.fixture(scope="module")
def seen(example_site: Example, server: Server) -> dict[str, Seen]:
    """Every page of the example site, looked at in every mode."""
    found: dict[str, Seen] = {}
    faults: list[BaseException] = []

    def run() -> None:
        try:
            found.update(asyncio.run(_sweep(server.address, paths_of(example_site))))
        except BaseException as fault:  # it belongs to the test, not to the thread
            faults.append(fault)

    thread = threading.Thread(target=run)  # the other tests' Playwright has a loop in this one
    thread.start()
    thread.join()
    if faults:
        raise faults[0]
    assert len(found) > 100
    return found


def told(found: dict[str, list[dict[str, Any]]]) -> list[str]:
    """What axe found, with where: mode, rule, selector, HTML and why."""
    return [
        f"{mode}: {rule['id']}: {' '.join(map(str, node['target']))}\n    {node['html'][:200]}\n    {node['failureSummary']}"
        for mode, rules in found.items()
        for rule in rules
        for node in rule["nodes"]
    ]


def listed(complaints: dict[str, list[str]]) -> str:
    """Complaints by page, as a message; empty when there are none."""
    return "\n".join(f"/{path}\n  " + "\n  ".join(lines[:12]) for path, lines in sorted(complaints.items()) if lines)


# Every page


def test_axe_finds_nothing_against_wcag_2_2_or_best_practice_in_any_mode(seen):
    assert all(page.violations.keys() == set(MODES) for page in seen.values())
    assert listed({path: told(page.violations) for path, page in seen.items()}) == ""


def test_axe_would_find_a_fault(server, chromium):
    page = chromium.new_page()
    page.goto(server.address)
    page.evaluate(
        """() => document.querySelector("main").insertAdjacentHTML("beforeend", `
        <p id="pale">Pale words</p><img src="/x.png"><h6>Skips</h6><button id="one"></button>`)"""
    )
    page.evaluate("document.getElementById('pale').style.color = '#aaa'")
    page.evaluate(AXE)
    found = page.evaluate("(rules) => axe.run(document, rules)", RULES)["violations"]
    assert {"color-contrast", "image-alt", "heading-order", "button-name"} <= {rule["id"] for rule in found}
    page.goto("about:blank")
    page.close()


UNDECIDED = {
    (CONTRAST, "svg text"): "axe can't see behind a drawing; the layout's rules measure what stands in charts",
}
"""What axe leaves to people: rule and where, with the reason why it is right."""


def test_what_axe_leaves_undecided_is_known_and_right(seen):
    unknown = {}
    for path, page in seen.items():
        known = {
            mode: [
                {**rule, "nodes": [n for n in rule["nodes"] if (rule["id"], kind(n)) not in UNDECIDED]}
                for rule in rules
            ]
            for mode, rules in page.incomplete.items()
        }
        unknown[path] = told(known)
    assert listed(unknown) == ""


def kind(node: dict[str, Any]) -> str:
    return "svg text" if node["html"].startswith("<text") else "other"


def test_nothing_is_too_wide_cut_off_overlapping_or_empty_in_any_mode(seen):
    wrong = {
        path: [f"{mode}: {fault}" for mode, faults in page.layout.items() for fault in faults]
        for path, page in seen.items()
    }
    assert listed(wrong) == ""


def test_no_page_asks_anything_of_another_host(seen, server):
    assert sum(len(page.asked) for page in seen.values()) > 2 * len(seen)
    assert {
        url for page in seen.values() for url in page.asked if not url.startswith((server.origin, "data:"))
    } == set()


def test_no_page_logs_an_error_a_warning_or_a_breach_of_its_policy(seen):
    assert listed({path: page.logged for path, page in seen.items()}) == ""


def test_without_scripts_every_page_says_what_it_says_with_them(seen):
    missing = {path: [line for line in page.text if line not in page.plain_text] for path, page in seen.items()}
    assert listed(missing) == ""


def test_a_zoom_of_400_per_cent_asks_for_no_second_direction_of_scrolling(server, chromium):
    context = chromium.new_context(viewport={"width": 320, "height": 256}, device_scale_factor=4)
    page = context.new_page()
    for path in ("", "reviews/17-escalation/", "themes/escalation/", "roles/health-visitors/", "actions/", "search/"):
        page.goto(server.address + path)
        assert page.evaluate(LAYOUT) == [], path
        fixed = "[...document.querySelectorAll('body *')].filter(e => ['fixed', 'sticky'].includes(getComputedStyle(e).position) && e.checkVisibility() && e.offsetHeight > innerHeight / 3).map(e => e.outerHTML.slice(0, 80))"
        assert page.evaluate(fixed) == [], path
    page.goto("about:blank")
    context.close()
