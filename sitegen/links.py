"""Links written in Markdown: found in the text of a file, and turned into addresses.

Works on text alone: it knows the forms of a link, not what exists.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

_TARGETS = ("target", "angled", "defined", "given")
SCHEMES = ("review", "theme", "role", "briefing", "page", "file")

_LINK = re.compile(
    r"(?=[`~\]\[< ])(?:"  # most characters begin none of these
    r"^[ ]*(?P<fence>`{3,}+|~{3,}+)[^\n]*+\n(?:[^\n]*+\n)*?[ ]*(?P=fence)"
    r"|(?<!`)(?P<ticks>`++)(?:[^\n]|\n(?![ \t]*\n)){1,1000}?(?<!`)(?P=ticks)(?!`)"
    r"|(?<!\\)\]\(\s*+(?:<(?P<angled>[^<>\n]+)|(?P<target>[^\s)<>]+))"
    r"|^[ ]{0,3}\[[^\]\n^][^\]\n]*\]:[ \t]*<?(?P<defined>[^\s>]+)"
    r"|<(?i:a|img)\s[^<>]*?\b(?i:href|src)\s*=\s*[\"']?(?P<given>[^\s\"'<>]+))",
    re.MULTILINE,
)
"""A block of code, a span of code (never beyond its paragraph), an inline link, a link definition, an HTML link."""


class Link(NamedTuple):
    """A link's ``target`` as written, and its ``offset`` in the text, in characters from 0."""

    target: str
    offset: int


def may_hold_links(text: str) -> bool:
    """False for most texts, in a fraction of the time that looking for links takes."""
    return "](" in text or "]:" in text or "<" in text


def links_in(text: str) -> Iterator[Link]:
    """Every inline link, image, link definition and HTML link outside code."""
    if not may_hold_links(text):
        return
    for match in _LINK.finditer(text):
        for group in _TARGETS:
            if match[group]:
                yield Link(match[group], match.start(group))


def with_addresses(text: str, address: Callable[[str], str | None]) -> str:
    """The text with each link's target replaced by what ``address`` gives for it, or left as it is (None)."""
    if not may_hold_links(text):
        return text

    def replace(match: re.Match[str]) -> str:
        target = next((match[group] for group in _TARGETS if match[group]), None)
        return match[0] if target is None else match[0][: -len(target)] + (address(target) or target)

    return _LINK.sub(replace, text)


def split_reference(target: str) -> tuple[str, str, str] | None:
    """``("review", "17-escalation", "no-access")`` for a reference to a record, None for anything else."""
    scheme, colon, rest = target.partition(":")
    if not colon or scheme not in SCHEMES:
        return None
    name, _, anchor = rest.partition("#")
    return scheme, name, anchor
