"""What the security policy must know of a page: hashes of inline scripts and styles, and what it can't allow.

Content can hold neither, so they come from templates. Reads finished pages; most have nothing of the kind.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from html.parser import HTMLParser

_ELEMENTS = re.compile(rb"<(script|style)\b([^>]*)>(.*?)</\1\s*>", re.DOTALL | re.IGNORECASE)
_ELSEWHERE = re.compile(rb"\ssrc\s*=", re.IGNORECASE)
_DATA = re.compile(rb"type\s*=\s*[\"']?application/(?:ld\+)?json", re.IGNORECASE)
_PERHAPS = (re.compile(rb"style="), re.compile(rb" on[a-z]+="), re.compile(rb"\non[a-z]+="))
"""Each begins with letters that are quick to look for; few pages need a closer look."""


def inline_hashes(page: bytes) -> dict[str, list[str]]:
    """By ``script`` and ``style``, the hashes that a policy names; empty for a page without any."""
    found: dict[str, set[str]] = {}
    if b"<s" not in page:
        return {}
    for match in _ELEMENTS.finditer(page):
        kind = match[1].lower().decode()
        if kind == "script" and (_ELSEWHERE.search(match[2]) or _DATA.search(match[2])):
            continue
        digest = b64encode(hashlib.sha256(match[3]).digest()).decode()
        found.setdefault(kind, set()).add(f"sha256-{digest}")
    return {kind: sorted(values) for kind, values in sorted(found.items())}


def refused_attribute(page: bytes) -> str | None:
    """The first attribute that holds a style or a script, which no hash in the policy allows, as ``<p style>``."""
    if not any(sign.search(page) for sign in _PERHAPS):
        return None
    finder = _Attributes()
    finder.feed(page.decode())
    return finder.found


class _Attributes(HTMLParser):
    found: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, _ in attrs:
            if self.found is None and (name == "style" or name.startswith("on")):
                self.found = f"<{tag} {name}>"
