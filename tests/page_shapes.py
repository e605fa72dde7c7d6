"""What tells pages apart for style sheets and scripts, so that tests look at one of each kind and not at all of them."""

from __future__ import annotations

import hashlib
import re

import lxml.html
from lxml import etree

STATES = ("disabled", "hidden", "open", "readonly", "lang", "dir", "type")


def named_in(outputs: dict[str, bytes]) -> set[str]:
    """All words of a site's own style sheets and scripts: no other class or id makes a difference to them."""
    own = (data.decode() for file, data in outputs.items() if re.search(r"^assets/.*\.(css|js)$", file))
    return set(re.findall(r"[\w-]+", " ".join(own)))


def kinds_of(page: bytes, named: set[str]) -> set[tuple[str, ...]]:
    """By what style sheets and scripts may tell a page's elements apart.

    The name, role and ``named`` classes of an element and of the one around it; its state, its data for scripts, and its
    id where that is ``named``.
    """
    found = set()
    for element in lxml.html.document_fromstring(page).body.iter(etree.Element):
        around = element.getparent()
        kind = [
            f"{one.tag}.{' '.join(word for word in one.get('class', '').split() if word in named)}.{one.get('role')}"
            for one in (element, around)
            if one is not None
        ]
        more = sorted(name for name in element.attrib if name.startswith(("aria-", "data-")) or name in STATES)
        own_id = element.get("id", "")
        found.add((*kind, *more, own_id if own_id in named else ""))
    return found


def with_every_kind(pages: dict[str, bytes], named: set[str]) -> set[str]:
    """A few pages, by path, that have an element of each kind between them."""
    kinds = {path: kinds_of(data, named) for path, data in pages.items()}
    missing, chosen = set().union(*kinds.values()), set()
    while missing:
        best = max(sorted(pages), key=lambda path: len(kinds[path] & missing))
        chosen.add(best)
        missing -= kinds[best]
    return chosen


def parts_of(page: bytes) -> tuple[str, str]:
    """Digests of what a page has in ``main`` and of all around it, with the names of its style sheets."""
    root = lxml.html.document_fromstring(page)
    sheets = " ".join(root.xpath("//link[@rel='stylesheet']/@href")).encode()
    inner = b""
    for main in root.iter("main"):
        inner += etree.tostring(main)
        main.clear()
    parts = (inner, etree.tostring(root.body))
    return hashlib.sha256(sheets + parts[0]).hexdigest(), hashlib.sha256(sheets + parts[1]).hexdigest()
