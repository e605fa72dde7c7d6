"""Links in Markdown: anchors, paths of this site, and forms that would lead nowhere once published.

References to records are resolved in ``connect``; whether addresses elsewhere answer is not asked at build time.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

from sitegen import addresses, markdown_html
from sitegen.checks.addresses import BUILT_IN
from sitegen.connect import Site
from sitegen.links import SCHEMES, Link, split_reference
from sitegen.parse import place_at
from sitegen.problems import Place, Problem, error, quoted
from sitegen.records import Entry
from sitegen.written_links import file_named, holds_link

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ELSEWHERE = ("http://", "https://", "mailto:", "tel:")
_PICTURE_ELSEWHERE = re.compile(r"//|data:|&#", re.IGNORECASE)
_PICTURE_SO_FAR = re.compile(r"!\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(\s*<?$|<img\s[^<>]*$", re.IGNORECASE)
_MARKDOWN_FIELDS = ("body", "statement", "summary")


def check_links(site: Site) -> Iterator[Problem]:
    """Every link of every file that isn't a plain reference to a record."""
    checker = _Checker(site)
    for entries in site.library.entries.values():
        for entry in entries.values():
            yield from checker.file(entry, entry)
    for special in (site.library.glossary, site.library.external, site.library.ongoing):
        yield from checker.file(special, None)


def _is_picture(text: str, offset: int) -> bool:
    """Whether the target at ``offset`` is that of a picture, in Markdown or in HTML."""
    line = text[text.rfind("\n", 0, offset) + 1 : offset]
    return bool(_PICTURE_SO_FAR.search(line))


class _Checker:
    def __init__(self, site: Site) -> None:
        self.site = site
        self._paths: dict[str, Entry[Any] | None] | None = None
        self._anchors: dict[tuple[str, str, int], set[str]] = {}

    def file(self, entry: Entry[Any], own: Entry[Any] | None) -> Iterator[Problem]:
        """The links of an entry's file; anchors alone are those of ``own``."""
        text = entry.text if entry.links else ""
        somewhere = Place(entry.path)
        for link in entry.links:
            if _PICTURE_ELSEWHERE.match(link.target) and _is_picture(text, link.offset):
                continue  # told as a picture from elsewhere
            problem = self._link(link, somewhere, own)
            if problem and holds_link(entry.record, link.target):  # not in a comment, or where no page shows it
                place = place_at(entry.path, text, link.offset)
                yield problem._replace(line=place.line, column=place.column)

    def _link(self, link: Link, place: Place, own: Entry[Any] | None) -> Problem | None:
        target = link.target
        name = file_named(target, self.site.config)
        reference = split_reference(target)
        if name is not None and not reference:
            return None if name in self.site.library_files else self._no_file(target, name, place)
        if target.lower().startswith(_ELSEWHERE):
            return None
        if reference:
            kind, slug, anchor = reference
            entry = self.site.library.entries.get(kind, {}).get(slug)
            if not anchor or entry is None or self.site.states[kind, slug] == "withdrawn":
                return None
            return self._anchor(anchor, entry, place, link, own)
        if target.startswith("#"):
            return self._anchor(target[1:], own, place, link, own) if own else None
        if target.startswith("/") and not target.startswith("//"):
            return self._address(target, place, link, own)
        if target.startswith("//"):
            message = f"{quoted(target)} doesn't say where it leads."
            return error("reference/relative-link", place, message, "For another site begin with https://")
        scheme = _SCHEME.match(target)
        if scheme:
            word = scheme[0][:-1]
            near = difflib.get_close_matches(word.lower(), SCHEMES, 1, 0.5)
            hint = f"Did you mean '{near[0]}:'? " if near else ""
            message = f"'{word}:' is not a kind of link that can be published."
            forms = ", ".join(f"{name}:" for name in SCHEMES)
            return error("reference/unknown-scheme", place, message, f"{hint}Links begin with {forms} or https://")
        name = target.partition("#")[0].removeprefix("./")
        hint = (
            "For a record write its kind and name, such as (review:17-escalation), for another site begin with https://"
        )
        if name in self.site.library_files:
            hint = f"Write (file:{name})."
        return error("reference/relative-link", place, f"{quoted(target)} doesn't say where it leads.", hint)

    def _no_file(self, target: str, name: str, place: Place) -> Problem:
        near = difflib.get_close_matches(name, self.site.library_files, 1, 0.5)
        hint = f"Did you mean (file:{near[0]})?" if near else "Add it to content/files, and write (file:its name)."
        return error("reference/unknown-address", place, f"There is no file at {quoted(target)} on this site.", hint)

    def _address(self, target: str, place: Place, link: Link, own: Entry[Any] | None) -> Problem | None:
        """A link to a path of this site: ``/reviews/17-escalation/#no-access``."""
        path, _, anchor = target.lstrip("/").partition("#")
        path = path.partition("?")[0]
        if path not in self.paths:
            path = f"{path}/"
        if path in self.paths:
            entry = self.paths[path]
            return self._anchor(anchor, entry, place, link, own) if anchor and entry else None
        near = difflib.get_close_matches(path, self.paths, 1, 0.6)
        hint = f"Did you mean '/{near[0]}'?" if near else "Name the record instead, for example (review:17-escalation)."
        return error("reference/unknown-address", place, f"There is no page {quoted(target)} on this site.", hint)

    def _anchor(
        self, anchor: str, entry: Entry[Any], place: Place, link: Link, own: Entry[Any] | None
    ) -> Problem | None:
        """What is wrong with a ``link`` in ``own`` to an anchor of an entry's page."""
        known = self.anchors(entry)
        if anchor in known:
            edition = self.site.editions.get((entry.kind, entry.slug))
            if edition is None or edition.record is entry.record or anchor in self.anchors(edition):
                return None
            linking = self.site.editions.get((own.kind, own.slug)) if own else None
            if own and not (linking and holds_link(linking.record, link.target)):
                return None  # as withheld as what it leads to
            message = (
                f"The review '{entry.slug}' is published as '{entry.record.publication_mode}', without "
                f"{quoted('#' + anchor)}, so this link would lead nowhere."
            )
            hint = "Take '#…' off the link so that it leads to the review's page, or take the link out."
            return error("reference/not-published", place, message, hint)
        near = difflib.get_close_matches(anchor, known, 1, 0.5)
        listed = ", ".join(sorted(known)[:12])
        hint = f"Did you mean '#{near[0]}'?" if near else f"It has {listed}." if listed else "It has no headings."
        message = f"The {entry.kind} '{entry.slug}' has no heading or finding {quoted('#' + anchor)}."
        return error("reference/unknown-anchor", place, message, hint)

    def anchors(self, entry: Entry[Any]) -> set[str]:
        """The ids that an entry's page has from its content."""
        key = entry.kind, entry.slug, id(entry)
        if key not in self._anchors:
            found = {finding.id for finding in getattr(entry.record, "findings", ())}
            for name in _MARKDOWN_FIELDS:
                text = getattr(entry.record, name, None)
                if text:
                    found |= markdown_html.anchors(text)
            self._anchors[key] = found
        return self._anchors[key]

    @property
    def paths(self) -> dict[str, Entry[Any] | None]:
        """Every path that a link can name, with the record whose page it is."""
        if self._paths is None:
            site = self.site
            self._paths = dict.fromkeys(BUILT_IN)
            for (kind, slug), state in site.states.items():
                path = addresses.of_record(kind, slug)
                if state == "withdrawn":
                    self._paths[path] = None
                elif state == "published":
                    entry = site.library.entries[kind][slug]
                    self._paths.update({f"{alias}/": entry for alias in entry.record.other_addresses})
                    for form in site.forms(kind, slug):
                        self._paths[addresses.of_pdf(kind, slug, form)] = None
                    self._paths[path] = entry
        return self._paths
