"""The example site in a browser: every page in several ways of looking at it, then what people do with keys and fingers.

Style sheets and scripts tell elements apart by their kind, so colours, targets and scripts are judged on pages that have
an element of each kind between them (``with_every_kind``). What depends on the words of a page is judged on all: its
layout at each width, and the rules of axe that ask how its elements fit together.

The ways of looking are set on the page that is open: that takes a third of the time that loading it again would, and
axe needs its time.
"""

from __future__ import annotations

import asyncio
import io
import itertools
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

from sitegen import addresses
from tests.conftest import Example, launch_words
from tests.page_shapes import named_in, with_every_kind
from tests.server import Server

ASK_AXE = """(rules) => axe.run({ exclude: rules.leftOut ? [[rules.leftOut]] : [] }, rules)
  .then((found) => [found.violations, found.incomplete])"""
MARK_KNOWN = """() => {
  // The same elements in the same place have the same colours: all but the first are left out where colours are asked.
  const said = (node) => (node.nodeType === Node.TEXT_NODE ? node.data.trim() && "text" : "");
  const own = /^(id|href|src|alt|title|datetime|for|name|value|aria-label|aria-labelledby|aria-describedby|aria-controls|popovertarget|data-copy|d|x|y|width|height|transform|points)$/;
  const kind = (e) => [e.localName, ...[...e.attributes].filter((a) => !own.test(a.name) || a.value.startsWith("part-")).map((a) => `${a.name}=${a.value}`)].join(" ");
  const whole = (e) => `${kind(e)}(${[...e.childNodes].map((node) => (node.nodeType === Node.ELEMENT_NODE ? whole(node) : said(node))).join()})`;
  const known = new Set();
  const mark = (e, above) => [...e.children].forEach((child, place) => {
    const found = `${above} > ${place < 4 ? place : 4 + (place % 2)} ${!child.nextElementSibling} ${whole(child)}`;
    if (known.has(found)) child.setAttribute("data-known", "");
    else { known.add(found); mark(child, `${above} > ${kind(child)}`); }
  });
  mark(document.body, "");
}"""
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
COLOURS_ALONE = {**RULES, "runOnly": {"type": "rule", "values": [CONTRAST, LINKS_IN_TEXT]}, "leftOut": "[data-known]"}
"""These take most of the time."""
BUT_COLOURS = {**RULES, "rules": {**RULES["rules"], CONTRAST: {"enabled": False}, LINKS_IN_TEXT: {"enabled": False}}}
OF_WIDTH = ("target-size", "scrollable-region-focusable")
WIDTH_ALONE = {**RULES, "runOnly": {"type": "rule", "values": [*OF_WIDTH]}}
STRUCTURE = {**RULES, "rules": {rule: {"enabled": False} for rule in (CONTRAST, LINKS_IN_TEXT, *OF_WIDTH)}}
"""What depends on the elements of a page and not on how they look; it takes a tenth of the time."""
TABS = 2
"""Pages looked at side by side: each has a process of its own in the browser."""


@dataclass(frozen=True)
class Mode:
    """A way of looking at a page: 320 px is also what 1280 px are at a zoom of 400 %.

    Each rule is asked where its answer may be another. Dark and forced colours change nothing but colours; 320 px
    shows and hides what 390 px do, and only makes it narrower.
    """

    width: int
    height: int
    rules: tuple[dict[str, Any], ...] = (BUT_COLOURS, COLOURS_ALONE)
    dark: bool = False
    forced: bool = False
    opened: bool = False


MODES = {
    "desktop": Mode(1280, 1024),
    "dark": Mode(1280, 1024, (COLOURS_ALONE,), dark=True),
    "forced colours": Mode(1280, 1024, (COLOURS_ALONE,), forced=True),
    "320 px": Mode(320, 256, (WIDTH_ALONE,)),
    "390 px, all opened": Mode(390, 844, opened=True),
}
OF_OTHERS = {name: MODES[name] for name in ("desktop", "320 px", "390 px, all opened")}
"""How pages are looked at of which no element is of a new kind: their words at each width."""


@dataclass
class Seen:
    """What one page was like: for each mode what axe and the layout's rules say; what it asked for and logged."""

    chosen: bool = True
    """Whether all is asked in each mode; else only the layout at each width, and the structure once."""
    violations: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    incomplete: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    layout: dict[str, list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    plain_text: list[str] = field(default_factory=list)


async def _set(page: Page, mode: Mode, before: Mode | None = None) -> None:
    if before is None or (before.width, before.height) != (mode.width, mode.height):
        await page.set_viewport_size({"width": mode.width, "height": mode.height})
    if before is None or (before.dark, before.forced) != (mode.dark, mode.forced):
        await page.emulate_media(
            color_scheme="dark" if mode.dark else "light", forced_colors="active" if mode.forced else "none"
        )
    if mode.opened:
        await page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")


async def _look(page: Page, seen: Seen, name: str, mode: Mode, before: Mode) -> None:
    await _set(page, mode, before)
    seen.layout[name] = await page.evaluate(LAYOUT)
    if seen.chosen or name == "desktop":
        answers = [await page.evaluate(ASK_AXE, rules) for rules in (mode.rules if seen.chosen else (STRUCTURE,))]
        seen.violations[name], seen.incomplete[name] = (
            list(itertools.chain(*found)) for found in zip(*answers, strict=True)
        )


LINES = """() => {
  // What can do nothing without scripts: copying, and searching while one types.
  const helpers = [...document.querySelectorAll("main button[data-copy], #part-search")];
  const shown = helpers.map((element) => [element, element.hidden]);
  for (const element of helpers) element.hidden = true;
  const lines = document.querySelector("main").innerText.split("\\n").map((line) => line.trim()).filter(Boolean);
  for (const [element, hidden] of shown) element.hidden = hidden;
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
    if seen.chosen:
        seen.text = await page.evaluate(LINES)
        await page.evaluate(MARK_KNOWN)
    before = MODES["desktop"]
    for name, mode in (MODES if seen.chosen else OF_OTHERS).items():
        await _look(page, seen, name, mode, before)
        before = mode
    for name, listener in listeners.items():
        page.remove_listener(name, listener)


async def _tab(browser: Browser, address: str, paths: list[str], chosen: set[str], found: dict[str, Seen]) -> None:
    """Take paths from a list that tabs share until there is none left."""
    context = await browser.new_context(service_workers="block")  # the worker has tests of its own
    await context.add_init_script(AXE)
    plain = await browser.new_context(java_script_enabled=False)
    page, page_without = await context.new_page(), await plain.new_page()
    while paths:
        path = paths.pop()
        seen = found[path] = Seen(path in chosen)
        await _visit(page, address + path, seen)
        if seen.chosen:
            await page_without.goto(address + path)
            seen.plain_text = await page_without.evaluate(LINES)
    for one in (page, page_without):
        await one.goto("about:blank")
        await one.context.close()


async def _sweep(address: str, paths: list[str], chosen: set[str]) -> dict[str, Seen]:
    found: dict[str, Seen] = {}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**launch_words(still=True))
        await asyncio.gather(*(_tab(browser, address, paths, chosen, found) for _ in range(TABS)))
        await browser.close()
    return found


def pages_of(site: Example) -> dict[str, bytes]:
    """Every page with the frame of the site, by path; what stands at an old address leads on at once."""
    return {
        addresses.path_of(file): data
        for file, data in sorted(site.outputs.items())
        if file.endswith((".html", ".htm")) and b'http-equiv="refresh"' not in data
    }


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
            pages = pages_of(example_site)
            found.update(
                asyncio.run(
                    _sweep(server.address, sorted(pages), with_every_kind(pages, named_in(example_site.outputs)))
                )
            )
        except BaseException as fault:  # it belongs to the test, not to the thread
            faults.append(fault)

    thread = threading.Thread(target=run)  # the other tests' Playwright has a loop in this one
    thread.start()
    thread.join()
    if faults:
        raise faults[0]
    assert len(found) > 100
    return found


@pytest.fixture(scope="module")
def one_still_page(chromium: Any) -> Iterator[Any]:
    """One page on which nothing moves, for tests that load one after the other and leave nothing behind."""
    context = chromium.new_context(service_workers="block", reduced_motion="reduce")
    context.set_default_timeout(10_000)
    page = context.new_page()
    yield page
    page.goto("about:blank")
    context.close()


@pytest.fixture
def still_page(one_still_page: Any) -> Any:
    """That page, in light colours."""
    one_still_page.emulate_media(color_scheme="light", forced_colors="none")
    return one_still_page


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
    assert all(page.violations.keys() == (MODES.keys() if page.chosen else {"desktop"}) for page in seen.values())
    assert sum(page.chosen for page in seen.values()) > 20
    assert listed({path: told(page.violations) for path, page in seen.items()}) == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<h1', '<h1 class="pale"'),
        ("</h1>", "</h1><p role=note>Note</p>"),
        ("</h1>", "</h1><section><dl><dt>Word</dt><dd>Meaning</dd></dl></section>"),
        ("</h1>", "</h1><button data-shout>Shout</button>"),
        ("</h1>", "</h1><button aria-pressed=true>Press</button>"),
        ("</h1>", '</h1><p id="part-new">New</p>'),
        ("</h1>", "</h1><details open><summary>More</summary>Text</details>"),
        ("</h1>", '</h1><div lang="cy">Dŵr</div>'),
    ],
)  # fmt: skip
def test_a_page_with_an_element_of_a_new_kind_is_one_of_those_of_which_all_is_asked(example_site, old, new):
    pages = pages_of(example_site)
    named = {*named_in(example_site.outputs), "pale", "part-new"}
    plain = next(path for path in sorted(pages) if path not in with_every_kind(pages, named))
    assert old.encode() in pages[plain]
    assert plain in with_every_kind({**pages, plain: pages[plain].replace(old.encode(), new.encode(), 1)}, named)


def test_axe_would_find_a_fault(server, still_page):
    page = still_page
    page.goto(server.address)
    page.evaluate(
        """() => document.querySelector("main").insertAdjacentHTML("beforeend", `
        <p id="pale">Pale words</p><img src="/x.png"><h6>Skips</h6><button id="one"></button>`)"""
    )
    page.evaluate("document.getElementById('pale').style.color = '#aaa'")
    page.evaluate(AXE)
    page.evaluate(MARK_KNOWN)
    faults = {"image-alt", "heading-order", "button-name"}
    for rules, wanted in ((COLOURS_ALONE, {CONTRAST}), (BUT_COLOURS, faults), (STRUCTURE, faults)):
        found = page.evaluate(ASK_AXE, rules)[0]
        assert wanted <= {rule["id"] for rule in found}


@pytest.mark.parametrize("pale", ["li", "li:first-child", "li:last-child", "li:nth-child(even)", "li.odd-one"])
def test_axe_would_find_words_without_contrast_in_any_item_of_a_list(server, still_page, pale):
    page = still_page
    page.goto(f"{server.address}reviews/")
    page.evaluate(
        """(pale) => {
          const list = [...document.querySelectorAll("main ul, main ol")].find((list) => list.children.length > 6);
          [...list.children].at(-2).classList.add("odd-one");
          list.classList.add("planted");
          document.styleSheets[0].insertRule(`.planted > ${pale}, .planted > ${pale} * { color: #ccc !important }`, document.styleSheets[0].cssRules.length);
        }""",
        pale,
    )
    page.evaluate(AXE)
    page.evaluate(MARK_KNOWN)
    assert page.locator("[data-known]").count() > 20
    assert CONTRAST in {rule["id"] for rule in page.evaluate(ASK_AXE, COLOURS_ALONE)[0]}


def test_style_sheets_tell_items_apart_only_as_the_marks_of_known_elements_do(example_site):
    sheets = [data.decode() for file, data in example_site.outputs.items() if file.endswith(".css")]
    used = {found for sheet in sheets for found in re.findall(r":nth-[a-z-]*\([^)]*\)|:[a-z]+-of-type", sheet)}
    assert used <= {f":nth-child({places})" for places in ("n", "2", "3", "4", "even", "odd", "2n", "2n+1")}


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


def test_with_narrow_fonts_too_nothing_is_too_wide_cut_off_overlapping_or_too_small(
    example_site, server, still_chromium_with_narrow_fonts
):
    paths = with_every_kind(pages_of(example_site), named_in(example_site.outputs))
    assert len(paths) > 20
    context = still_chromium_with_narrow_fonts.new_context(service_workers="block")
    context.add_init_script(AXE)
    page = context.new_page()
    wrong: dict[str, list[str]] = {path: [] for path in paths}
    for path in paths:
        page.goto(server.address + path)
        for name in ("desktop", "320 px", "390 px, all opened"):
            mode = MODES[name]
            page.set_viewport_size({"width": mode.width, "height": mode.height})
            if mode.opened:
                page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
            wrong[path] += [f"{name}: {fault}" for fault in page.evaluate(LAYOUT)]
            wrong[path] += told({name: page.evaluate(ASK_AXE, WIDTH_ALONE)[0]})
    page.goto("about:blank")
    context.close()
    assert listed(wrong) == ""


def test_no_page_asks_anything_of_another_host(seen, server):
    assert sum(len(page.asked) for page in seen.values()) > 2 * len(seen)
    assert {
        url for page in seen.values() for url in page.asked if not url.startswith((server.origin, "data:"))
    } == set()


def test_no_page_logs_an_error_a_warning_or_a_breach_of_its_policy(seen):
    assert listed({path: page.logged for path, page in seen.items()}) == ""


def test_without_scripts_pages_say_what_they_say_with_them(seen):
    missing = {
        path: [line for line in page.text if line not in page.plain_text] for path, page in seen.items() if page.chosen
    }
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


# Keys, fingers and browsers without scripts

REVIEW = "reviews/17-escalation/"
KINDS_OF_PAGES = [
    "",
    "reviews/",
    REVIEW,
    f"{REVIEW}share/",
    "themes/",
    "themes/escalation/",
    "roles/",
    "roles/health-visitors/",
    "good-practice/",
    "briefings/",
    "briefings/escalation-and-access/",
    "actions/",
    "actions/state/complete/",
    "updates/",
    "search/",
    "glossary/",
    "external/",
    "data/",
    "accessibility/",
    "offline/",
    "404.html",
]
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def open_page(chromium: Any, server: Server) -> Iterator[Callable[..., Any]]:
    """Opens a page of the site in a context of its own, made with the words of Playwright's ``new_context``."""
    pages = []

    def go(path: str, **words: Any) -> Any:
        context = chromium.new_context(**{"service_workers": "block", "viewport": PHONE, **words})
        context.set_default_timeout(10_000)
        page = context.new_page()
        pages.append(page)
        page.goto(server.address + path)
        return page

    yield go
    for page in pages:
        page.goto("about:blank")
        page.context.close()


FOCUSED = "document.activeElement"


def tab_to(page: Any, wanted: str, most: int = 200) -> None:
    """Press Tab until an element that a selector describes has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", wanted):
            return
    raise AssertionError(f"no Tab leads to {wanted}")


def has_focus(page: Any, selector: str) -> bool:
    return bool(page.evaluate("(selector) => document.activeElement.matches(selector)", selector))


def test_the_first_tab_shows_the_skip_link_which_leads_into_the_page(open_page):
    page = open_page("")
    page.keyboard.press("Tab")
    assert has_focus(page, "a.skip")
    page.wait_for_function("document.activeElement.getBoundingClientRect().top >= 0")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


@pytest.mark.parametrize("scripts", [True, False])
def test_the_menu_of_a_phone_opens_and_closes_by_keys(open_page, scripts):
    page = open_page(REVIEW, java_script_enabled=scripts)
    menu = page.get_by_role("navigation", name="Main")
    assert not menu.is_visible()
    tab_to(page, ".menu-button")
    page.keyboard.press("Enter")
    assert menu.is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('nav.menu').contains(document.activeElement)")
    page.keyboard.press("Escape")
    assert not menu.is_visible()
    assert has_focus(page, ".menu-button")
    page.keyboard.press("Space")
    tab_to(page, "nav.menu a[href='/roles/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/roles/")


def test_a_wide_screen_has_the_menu_open(open_page):
    page = open_page("", viewport={"width": 1280, "height": 900})
    assert page.get_by_role("navigation", name="Main").is_visible()
    assert not page.locator(".menu-button").is_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_role_is_picked_by_keys(open_page, scripts):
    page = open_page(REVIEW, java_script_enabled=scripts)
    panel = page.locator(".picker details + .panel").first
    assert not panel.is_visible()
    tab_to(page, ".picker summary")
    page.keyboard.press("Enter")
    assert panel.is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('.picker details + .panel').contains(document.activeElement)")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    assert not panel.is_visible()


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_term_is_explained_by_keys(open_page, scripts, key):
    page = open_page(REVIEW, java_script_enabled=scripts)
    meaning = page.locator(".word").first
    assert not meaning.is_visible()
    tab_to(page, "main button.term")
    page.keyboard.press(key)
    assert meaning.is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('.word').contains(document.activeElement)")
    page.keyboard.press("Escape")
    assert not meaning.is_visible()
    assert has_focus(page, "main button.term")


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("width", [320, 390])
def test_a_term_is_explained_by_a_tap_and_closed_by_another(open_page, scripts, width):
    page = open_page(REVIEW, java_script_enabled=scripts, has_touch=True, viewport={"width": width, "height": 640})
    terms = [term for term in page.locator("main button.term").all() if term.is_visible()]
    assert len(terms) > 1
    for term in terms:
        meaning = page.locator(f"#{term.get_attribute('popovertarget')}")
        term.tap()
        assert meaning.is_visible()
        box = meaning.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 640
        meaning.get_by_role("button", name="Close").tap()
        assert not meaning.is_visible()


def test_an_explained_term_has_no_fault_that_axe_can_find(open_page):
    page = open_page(REVIEW)
    page.locator("main button.term").first.click()
    page.evaluate(AXE)
    found = page.evaluate("(rules) => axe.run(document.querySelector('.word'), rules)", RULES)
    assert told({"open": found["violations"]}) == []


@pytest.mark.parametrize("scripts", [True, False])
def test_actions_are_filtered_by_links(open_page, scripts):
    page = open_page("actions/", java_script_enabled=scripts)
    tab_to(page, ".filters summary")
    page.keyboard.press("Enter")
    tab_to(page, ".filters a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/actions/state/*/")
    chosen = page.locator(".filters a[aria-current]")
    assert chosen.is_visible()
    for recommendation in page.locator("main .rec").all():
        assert chosen.inner_text() in " ".join(recommendation.locator(".state").all_inner_texts())


def test_a_finding_s_link_is_copied_by_keys_and_the_page_says_so(open_page, server):
    page = open_page(REVIEW, permissions=["clipboard-read", "clipboard-write"])
    tab_to(page, ".finding button[data-copy]")
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text("Copied", exact=True).wait_for()
    finding = page.locator(".finding").first.get_attribute("id")
    assert page.evaluate("navigator.clipboard.readText()") == f"{Example.ADDRESS}{REVIEW}#{finding}"
    assert has_focus(page, ".finding button[data-copy]")


def test_texts_to_share_are_copied_whole(open_page):
    page = open_page(f"{REVIEW}share/", permissions=["clipboard-read", "clipboard-write"])
    for area in page.locator("textarea").all():
        button = page.locator(f"button[data-copy='#{area.get_attribute('id')}']")
        button.click()
        same = "async (text) => (await navigator.clipboard.readText()).replaceAll('\\r\\n', '\\n') === text"
        page.wait_for_function(same, arg=area.input_value())
        assert f"{Example.ADDRESS}{REVIEW}" in area.input_value()


def test_without_scripts_no_copy_button_shows_and_texts_can_still_be_taken(open_page):
    page = open_page(REVIEW, java_script_enabled=False)
    assert page.locator("button[data-copy]").count() > 2
    assert [button for button in page.locator("button[data-copy]").all() if button.is_visible()] == []
    page = open_page(f"{REVIEW}share/", java_script_enabled=False)
    assert [button for button in page.locator("button[data-copy]").all() if button.is_visible()] == []
    for area in page.locator("textarea").all():
        assert area.is_editable() is False
        assert area.is_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_a_to_z_lists_every_page(open_page, seen, scripts):
    page = open_page("search/", java_script_enabled=scripts)
    links = set(page.locator("#part-index a").evaluate_all("(links) => links.map(a => a.getAttribute('href'))"))
    records = {
        f"/{path}"
        for path in seen
        if re.fullmatch(r"(reviews|themes|roles|briefings)/[\w-]+/", path) and path != "roles/everyone/"
    }
    withdrawn = "/reviews/bruising-pathway-audit/"
    assert withdrawn in records
    assert records - links == {withdrawn}
    page.locator("nav.letters a").last.click()
    assert page.url.rpartition("#")[2].startswith("part-letter-")


@pytest.mark.parametrize("path", KINDS_OF_PAGES)
def test_tab_goes_through_a_page_in_its_order_and_the_focus_is_never_hidden(still_page, server, path):
    page = still_page
    for viewport in ({"width": 1280, "height": 900}, PHONE):
        page.set_viewport_size(viewport)
        page.goto(server.address + path)
        page.evaluate(WATCH)
        before = ""
        for _ in range(400):
            page.keyboard.press("Tab")
            found = page.evaluate("watch()")
            if found is None:
                break
            assert found["wrong"] == "", (path, viewport, found)
            before = found["name"]
        else:
            raise AssertionError(f"Tab never leaves {path}: {before}")
        assert page.evaluate("missed()") == []


WATCH = """() => {
  const visited = [];
  const can = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")].filter(
    (e) => e.checkVisibility({ checkVisibilityCSS: true }) && !e.disabled && e.tabIndex >= 0);
  window.missed = () => can.filter((e) => !visited.includes(e)).map((e) => e.outerHTML.slice(0, 120));
  const frame = () => new Promise(requestAnimationFrame);
  window.watch = async () => {
    const e = document.activeElement;
    if (e === document.body || visited.includes(e)) return null;
    const wrong = [];
    const last = visited.at(-1);
    if (last && !(last.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING)) wrong.push("comes before the one before it");
    visited.push(e);
    const style = getComputedStyle(e);
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) wrong.push("has no outline");
    const seen = () => [...e.getClientRects()].some((b) => {
      const left = Math.max(b.left, 0), right = Math.min(b.right, innerWidth);
      const top = Math.max(b.top, 0), bottom = Math.min(b.bottom, innerHeight);
      if (right <= left || bottom <= top) return false;
      const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
      return there && e.contains(there);
    });
    for (let frames = 0; frames < 10 && !seen(); frames++) await frame(); // it is scrolled to when next drawn
    if (!seen()) wrong.push("is out of view or under something");
    return { wrong: wrong.join(", "), name: e.outerHTML.slice(0, 160) };
  };
}"""


@pytest.mark.parametrize("colours", ["light", "dark", "forced"])
def test_focus_changes_the_picture_clearly_in_all_colours(still_page, server, colours):
    page = still_page
    page.set_viewport_size({"width": 1280, "height": 1600})
    forced = colours == "forced"
    page.emulate_media(color_scheme="light" if forced else colours, forced_colors="active" if forced else "none")
    kinds: set[str] = set()
    for path in (REVIEW, "", f"{REVIEW}share/", "actions/"):
        page.goto(server.address + path)
        for _ in range(60):
            page.keyboard.press("Tab")
            name = page.evaluate(
                "(() => { const e = document.activeElement; const part = e.closest('header, .picker, .side, .finding, .help, footer, main');"
                " return `${e.localName}.${e.className} in ${part?.localName}.${part?.className}`; })()"
            )
            if name in kinds or name.startswith("body"):
                continue
            kinds.add(name)
            box = page.evaluate(
                "(({x, y, width, height}) => ({x, y, width, height}))(document.activeElement.getClientRects()[0])"
            )
            clip = {
                "x": max(box["x"] - 8, 0),
                "y": max(box["y"] - 8, 0),
                "width": box["width"] + 16,
                "height": box["height"] + 16,
            }
            focused = picture(page.screenshot(clip=clip))
            page.evaluate("(window.left = document.activeElement).blur()")
            blurred = picture(page.screenshot(clip=clip))
            page.evaluate("window.left.focus()")
            pairs = Counter(zip(focused, blurred, strict=True))
            changed = sum(count for (a, b), count in pairs.items() if contrast(a, b) >= 3)
            assert changed >= 2 * (box["width"] + box["height"]), (path, name, changed)
    assert len(kinds) > 15


def picture(data: bytes) -> list[tuple[int, int, int]]:
    return list(Image.open(io.BytesIO(data)).convert("RGB").get_flattened_data())


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """The contrast of two colours of a picture, from 1 to 21."""
    if one == other:
        return 1
    low, high = sorted(
        sum(weight * linear(part / 255) for weight, part in zip((0.2126, 0.7152, 0.0722), colour, strict=True))
        for colour in (one, other)
    )
    return (high + 0.05) / (low + 0.05)


def linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def test_the_first_screen_of_a_phone_shows_the_first_thing_to_do(open_page, example_site):
    page = open_page("")
    low = {}
    for slug, review in example_site.published("review").items():
        page.goto(f"{page.url.split('/reviews/')[0].rstrip('/')}/reviews/{slug}/")
        first = page.locator(".do > .todo > li").first
        if first.count() and not review.get("addenda"):  # what must be read with it stands above everything
            box = first.bounding_box()
            if box["y"] + min(box["height"], 27) > PHONE["height"]:
                low[slug] = box
    assert low == {}


def test_with_reduced_motion_nothing_moves(open_page):
    page = open_page(REVIEW, reduced_motion="reduce")
    moving = """[...document.querySelectorAll("*")].filter((e) => {
        const s = getComputedStyle(e);
        return (parseFloat(s.transitionDuration) > 0.01 && s.transitionProperty !== "none") || s.animationName !== "none" || s.scrollBehavior === "smooth";
    }).map((e) => e.outerHTML.slice(0, 80))"""
    assert page.evaluate(moving) == []


def test_on_paper_every_role_and_every_word_is_told_and_what_is_for_screens_is_left_out(open_page):
    page = open_page(REVIEW)
    page.emulate_media(media="print")
    assert all(panel.is_visible() for panel in page.locator(".picker .panel").all())
    for left_out in (".skip", ".menu", ".menu-button", "button[data-copy]", "nav.toc"):
        assert not any(element.is_visible() for element in page.locator(left_out).all()), left_out
    assert page.locator("#part-help").is_visible()


def test_an_old_address_leads_on_at_once(open_page, server):
    page = open_page("professionals/learning-from-reviews/review-17/")
    page.wait_for_url(server.address + REVIEW)
