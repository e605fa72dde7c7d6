"""What web servers and the service worker are told: the policy, what moved, what is gone, and what to keep.

Old addresses come from authors. Here they become text that a server's configuration can hold: every byte that isn't
plainly harmless is written as its number, so that no address can end a line or begin a directive.
"""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, unquote_to_bytes

from sitegen import addresses
from sitegen.connect import Site
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
_DIGITS = 10
"""Letters of a key that tell one version of a page from another."""


class Moved(NamedTuple):
    """An old address: its decoded ``path`` below the base, the ``query`` after its question mark, and its new path."""

    path: bytes
    query: str
    target: str


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


def headers(https: bool) -> View:
    """The other headers that every answer carries."""
    always = {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",  # which page someone read is nobody else's business
        "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    return {**always, "Strict-Transport-Security": "max-age=31536000"} if https else always


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


def server_view(site: Site, hashes: Mapping[str, Iterable[str]], compress: bool) -> View:
    """All that the configurations of web servers need, written as each of them reads it."""
    config = site.config
    https = config.origin.startswith("https:")
    base = unquote_to_bytes(config.base_path)
    moved = _moved(site)
    gone = [_path(entry) for entry in site.withdrawn]
    return {
        "compress": compress,
        "path": config.base_path,
        "base": _in_quotes(base.decode("utf-8", "replace")),
        "base_pattern": pattern(base),
        "target": _target(config.base_path),
        "policy": policy(https, hashes),
        "headers": headers(https),
        "gone": [{"path": path, "pattern": pattern(path.encode())} for path in gone],
        "nginx_moved": _nginx_moved(base, config.base_path, moved),
        "apache_moved": [
            {"pattern": _variants(one), "query": pattern(one.query.encode()), "target": _target(config.base_path, one)}
            for one in moved
        ],
        "static_moved": [
            {"from": f"{config.base_path}{path}", "to": f"{config.base_path}{target}"}
            for path, target in _static_moved(site)
        ],
    }


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


def _nginx_moved(base: bytes, base_path: str, moved: Iterable[Moved]) -> list[View]:
    """For each location of nginx the redirects in it; a location must not come twice."""
    places: dict[str, list[View]] = {}
    for one in moved:
        path = base + one.path
        if one.query:
            names = [path, path + b"/"] if one.path else [base]
        else:
            folder = path.removesuffix(b"/index.html")
            names = [path] if folder == path and _is_file(path) else [folder, folder + b"/", folder + b"/index.html"]
        for name in names:
            location = f'= "{name.decode()}"' if _PLAIN_NAME.fullmatch(name) else f'~ "^{pattern(name)}$"'
            view = {"query": one.query, "target": _target(base_path, one)}
            places.setdefault(location, []).append(view)
    return [
        # A redirect without a query answers always, so those with one are asked before it.
        {"location": location, "redirects": sorted(views, key=lambda view: not view["query"])}
        for location, views in places.items()
    ]


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
