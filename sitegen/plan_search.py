"""Plan the search index: what can be found, as one value, and the key of the index that is made from it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

import orjson

from sitegen.views.common import View, Viewer
from sitegen.views.search import file_records, search_records

PAGES_IN_A_RECORD = 8
"""Pages of a long PDF that are found as one, so that a result never fetches a whole book."""


class SearchPlan(NamedTuple):
    """The recipe of the index: ``records`` of pages, ``files`` (attachment → record without its pages' text)."""

    records: list[View]
    files: list[tuple[str, View]]
    language: str
    """Of the words: ``en``."""
    code: str

    def with_texts(self, texts: Mapping[str, list[str]]) -> tuple[str, list[View]]:
        """The key of the index and all its records, when the text of each page of the attachments is known."""
        found = list(self.records)
        for name, record in self.files:
            pages = texts.get(name, [])
            for start in range(0, len(pages), PAGES_IN_A_RECORD):
                sections = [
                    {"id": f"page={number}", "title": f"Page {number}", "plain": text}
                    for number, text in enumerate(pages[start : start + PAGES_IN_A_RECORD], start + 1)
                    if text
                ]
                if sections:
                    found.append({**record, "sections": sections})
        digest = hashlib.sha256(f"{self.code}\0search\0{self.language}\0".encode())
        digest.update(orjson.dumps(found, option=orjson.OPT_SORT_KEYS))
        return digest.hexdigest(), found


def plan_search(viewer: Viewer, code: str, external_in_a_sheet: int) -> SearchPlan:
    """What the search finds on this site."""
    language = viewer.site.config.site.language.partition("-")[0].lower()
    return SearchPlan(search_records(viewer, external_in_a_sheet), file_records(viewer), language, code)
