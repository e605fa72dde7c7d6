"""What web servers and the service worker are told: the policy, what moved, what is gone, and what to keep.

Old addresses come from authors. Here they become text that a server's configuration can hold: every byte that isn't
plainly harmless is written as its number, so that no address can end a line or begin a directive.
"""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, unquote_to_bytes

from sitegen import addresses
from sitegen.connect import Site
from sitegen.file_kinds import FILE_KINDS
from sitegen.records import Entry
from sitegen.views.common import View

_PLAIN = frozenset(string.ascii_letters + string.digits + "/_-")
"""Letters that mean themselves in regular expressions and in configurations."""
_PLAIN_NAME = re.compile(rb"[A-Za-z0-9/_.~=&+-]*")
_FIRST_KEPT = (
    addresses.OFFLINE,
    addresses.HOME,
    addresses.ROLES,
    addresses.EVERYONE,
    addresses.THEMES,
    addresses.UPDATES,
    addresses.GLOSSARY,
    addresses.SEARCH,
)
_TYPES_KEPT = (".css", ".js", ".svg")
"""Of the assets, those without which a page can't be shown; not the picture for other sites."""
_NOT_SENT = (addresses.NOT_FOUND, addresses.STATIC_HEADERS, addresses.STATIC_REDIRECTS)
"""Files that servers answer for with 404."""
_OWN_TYPES = {
    "html": "text/html",
    "htm": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "mjs": "text/javascript",
    "json": "application/json",
    "webmanifest": "application/manifest+json",
    "wasm": "application/wasm",
    "xml": "application/xml",
}
"""Media types of what the site itself is made of, by ending; those of files to download are in ``file_kinds``."""
_DIGITS = 10
"""Letters of a key that tell one version of a page from another."""


class Moved(NamedTuple):
    """An old address: its decoded ``path`` below the base, the ``query`` after its question mark, and its new path."""

    path: bytes
    query: str
    target: str


class Area(NamedTuple):
    """An address, ``path``, and all below it that no area within it has: withdrawn (``gone``) or published."""

    path: str
    gone: bool


def policy(https: bool, hashes: Mapping[str, Iterable[str]]) -> str:
    """The content security policy. ``hashes`` has those of inline ``script`` and ``style`` in the pages, if any."""

    def own(kind: str, *more: str) -> str:
        return " ".join(["'self'", *more, *(f"'{value}'" for value in sorted(hashes.get(kind, ())))])

    parts = [
        "default-src 'none'",
        "script-src " + own("script", "'wasm-unsafe-eval'"),
        f"style-src {own('style')}",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    return "; ".join([*parts, "upgrade-insecure-requests"] if https else parts)


DRAWING_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'"
"""For a drawing that is opened by itself: it may have styles, and run nothing."""


def headers(https_seconds: int | None) -> View:
    """The other headers that every answer carries.

    ``https_seconds`` is for how long browsers use nothing but https. That holds for all that is on the host, not just
    for the path of this site, so it is left out (None) unless the configuration asks for it.
    """
    always = {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",  # which page someone read is nobody else's business
        "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    return always if https_seconds is None else {**always, "Strict-Transport-Security": f"max-age={https_seconds}"}


def worker_view(site: Site, keys: Mapping[str, str]) -> View:
    """What the service worker keeps: pages with a digest of what they are made from, and assets.

    ``keys`` are those of all outputs, by file.
    """
    paths = [*_FIRST_KEPT, *(addresses.of_record(e.kind, e.slug) for e in (*site.roles, *site.themes))]
    known = [(path, keys.get(addresses.file_of(path))) for path in paths]
    gone = "\n".join(_path(entry) for entry in site.withdrawn)
    return {
        "pages": [[path, key[:_DIGITS]] for path, key in known if key],
        "assets": sorted(f for f in keys if f.startswith(addresses.ASSETS) and f.endswith(_TYPES_KEPT)),
        "gone": _digest(gone),
    }


def server_view(site: Site, files: Iterable[str], hashes: Mapping[str, Iterable[str]]) -> View:
    """All that the configurations of web servers need, written as each of them reads it.

    ``files`` are all outputs: what lies below a withdrawn record's address and is published answers as it always does.
    """
    config = site.config
    https = config.origin.startswith("https:")
    base = unquote_to_bytes(config.base_path)
    moved = _moved(site)
    areas = _areas(site, files)
    places = _nginx_places(base, config.base_path, moved, areas)
    return {
        "compress": config.serving.compress,
        "path": config.base_path,
        "base": _in_quotes(base.decode("utf-8", "replace")),
        "base_pattern": pattern(base),
        "target": _target(config.base_path),
        "policy": policy(https, hashes),
        "drawing_policy": DRAWING_POLICY,
        "media_types": _media_types(),
        "text_endings": sorted(e for e, kind in FILE_KINDS.items() if kind.family == "text"),
        "saved": sorted(ending for ending, kind in FILE_KINDS.items() if kind.saved),
        "file_types": _file_types(site),
        "headers": headers(config.serving.strict_transport_security),
        "areas": [_area_view(area, places) for area in areas],
        "nginx_places": [place for place in places if not place["within"]],
        "apache_moved": [
            {"pattern": _variants(one), "query": pattern(one.query.encode()), "target": _target(config.base_path, one)}
            for one in moved
        ],
        "static_moved": [
            {"from": f"{config.base_path}{path}", "to": f"{config.base_path}{target}"}
            for path, target in _static_moved(site)
        ],
    }


def _areas(site: Site, files: Iterable[str]) -> list[Area]:
    """The withdrawn records, and the pages below them that are published; of two areas the inner one decides."""
    notices = {addresses.file_of(_path(entry)): _path(entry) for entry in site.withdrawn}
    moved = {addresses.file_of_alias(alias) for _, alias in _aliases(site)}
    pages = {addresses.path_of(file) for file in files if file.endswith("/index.html") and file not in moved}
    gone = set(notices.values())
    found = [Area(path, True) for path in gone]
    for path in pages - gone:
        above = next((folder for folder in _folders_above(path) if folder in pages or folder in gone), None)
        if above in gone:
            found.append(Area(path, False))
    return sorted(found, key=lambda area: (-area.path.count("/"), area.path))


def _folders_above(path: str) -> Iterator[str]:
    """The addresses above ``path``, the nearest first; without the home page."""
    parts = path.strip("/").split("/")
    for count in range(len(parts) - 1, 0, -1):
        yield "/".join(parts[:count]) + "/"


def _area_view(area: Area, places: Iterable[View]) -> View:
    return {
        "path": area.path,
        "gone": area.gone,
        "pattern": pattern(area.path.rstrip("/").encode()),
        "places": [place for place in places if place["within"] == area.path],
    }


def _media_types() -> dict[str, list[str]]:
    """The endings of each media type, of the site's own files and of all that may lie beside them."""
    found: dict[str, list[str]] = {}
    for ending, media_type in (*_OWN_TYPES.items(), *((e, kind.media_type) for e, kind in FILE_KINDS.items())):
        found.setdefault(media_type, []).append(ending)
    return found


def _file_types(site: Site) -> list[View]:
    """For the endings of the files that this site publishes: how they are served, for hosts that know types by path."""
    endings = sorted({name.rpartition(".")[2] for name in site.attachments})
    kinds = [(ending, FILE_KINDS[ending.lower()]) for ending in endings if ending.lower() in FILE_KINDS]
    return [
        {
            "ending": ending,
            "media_type": f"{kind.media_type}; charset=utf-8" if kind.family == "text" else kind.media_type,
            "saved": kind.saved,
        }
        for ending, kind in kinds
    ]


def pattern(text: bytes) -> str:
    """A regular expression (of PCRE) for just this text, in letters that no configuration gives a meaning."""
    return "".join(chr(byte) if chr(byte) in _PLAIN else f"\\x{byte:02x}" for byte in text)


def _path(entry: Entry[Any]) -> str:
    return addresses.of_record(entry.kind, entry.slug)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS] if text else ""


def _in_quotes(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _target(base_path: str, moved: Moved | None = None) -> str:
    """An address to be sent to, encoded: no letter in it means anything to a server."""
    return quote(base_path, safe="/%") + (moved.target if moved else "")


def _moved(site: Site) -> list[Moved]:
    """Every old address once; of two that mean the same the first."""
    found: dict[tuple[bytes, str], Moved] = {}
    for target, alias in _aliases(site):
        path, _, query = alias.partition("?")
        one = Moved(unquote_to_bytes(path).strip(b"/"), query, target)
        found.setdefault((one.path, one.query), one)
    return list(found.values())


def _aliases(site: Site) -> Iterable[tuple[str, str]]:
    for group in (site.reviews, site.themes, site.roles, site.briefings, site.pages, site.withdrawn):
        for entry in group:
            for alias in entry.record.other_addresses:
                yield _path(entry), alias


def _is_file(path: bytes) -> bool:
    return path.endswith((b".html", b".htm"))


def _variants(moved: Moved) -> str:
    """A pattern of all the ways in which people ask for an old address, below the base."""
    if moved.query or not moved.path:
        return f"{pattern(moved.path)}/?"
    folder = moved.path.removesuffix(b"/index.html")
    if folder == moved.path and _is_file(folder):
        return pattern(moved.path)
    return rf"{pattern(folder)}(/(index\x2ehtml)?)?"


def _nginx_places(base: bytes, base_path: str, moved: Iterable[Moved], areas: Sequence[Area]) -> list[View]:
    """The locations of nginx for single addresses, each of them once: the redirects, and what was withdrawn.

    A location ``within`` a withdrawn area stands inside that of the area, which would hide it otherwise.
    """
    places: dict[bytes, list[View]] = {}
    for one in moved:
        for name in _names(base, one):
            places.setdefault(name, []).append({"query": one.query, "target": _target(base_path, one)})
    gone = {base + area.path.encode(): area.path for area in areas if area.gone}
    # These locations are there already; the last are those from which notices are sent.
    taken = {base + file.encode() for file in _NOT_SENT} | {name + b"index.html" for name in gone}
    views = []
    for name in dict.fromkeys((*places, *gone)):
        if name in taken:
            continue
        area = next((area for area in areas if name.startswith(base + area.path.encode())), None)
        above = area.path if area and area.gone else ""
        exact = _PLAIN_NAME.fullmatch(name)
        views.append(
            {
                "location": f'= "{name.decode()}"' if exact else f'~ "^{pattern(name)}$"',
                "within": "" if exact else above,
                # A redirect without a query answers always, so those with one are asked before it.
                "redirects": sorted(places.get(name, ()), key=lambda view: not view["query"]),
                "gone": gone.get(name, ""),
                "above": above,
            }
        )
    return views


def _names(base: bytes, moved: Moved) -> list[bytes]:
    """The paths, decoded, at which people ask for an old address."""
    path = base + moved.path
    if moved.query:
        return [path, path + b"/"] if moved.path else [base]
    folder = path.removesuffix(b"/index.html")
    return [path] if folder == path and _is_file(path) else [folder, folder + b"/", folder + b"/index.html"]


def _static_moved(site: Site) -> list[tuple[str, str]]:
    """Old addresses for hosts that know neither queries nor patterns, as they were written."""
    found: dict[str, str] = {}
    for target, alias in _aliases(site):
        if "?" in alias:
            continue
        names = [alias] if alias.endswith((".html", ".htm")) else [alias, f"{alias}/"]
        for name in names:
            found.setdefault(name, target)
    return list(found.items())
