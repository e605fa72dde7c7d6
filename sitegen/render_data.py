"""Data files: JSON and CSV from views. A pure function; knows no template.

Both are for programs and spreadsheets of people who do not know Markdown, so text is plain text.
"""

from __future__ import annotations

import csv
import io
from typing import Any

import orjson

from sitegen import markdown_html

JSON_FEED_VERSION = "https://jsonfeed.org/version/1.1"
_PLAIN_TEXT_FIELDS = {
    "question", "summary", "statement", "why", "text", "what", "owner", "not_implemented_reason", "measure_of_success",
    "evidence", "impact", "description",
}  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render_json(form: str, context: dict[str, Any], shared: dict[str, Any]) -> bytes:
    """``form`` is ``feed`` (JSON Feed 1.1) or ``plain`` (the context itself, with its Markdown as plain text)."""
    value = _json_feed(context, shared) if form == "feed" else _without_markdown(context)
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def render_csv(context: dict[str, Any]) -> bytes:
    """``header`` and ``rows`` as CSV (RFC 4180) with a byte order mark, which spreadsheets need to see UTF-8.

    A cell that a spreadsheet would run as a formula is put behind an apostrophe.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(context["header"])
    writer.writerows([_cell(value) for value in row] for row in context["rows"])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _cell(value: Any) -> Any:
    if not isinstance(value, str):
        return "" if value is None else value
    text = "\n".join(markdown_html.plain(line) for line in value.split("\n") if line.strip())
    return f"'{text}" if text.startswith(_FORMULA) else text


def _without_markdown(value: Any, field: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _without_markdown(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_markdown(item, field) for item in value]
    if isinstance(value, str) and (field in _PLAIN_TEXT_FIELDS or field in ("everyone",)):
        return markdown_html.plain(value)
    return value


def _json_feed(feed: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    site = shared
    items = []
    for entry in feed["entries"]:
        summary = markdown_html.plain(entry["summary"] or "") or None
        lead = markdown_html.plain(entry["question"] or "") or summary or entry["title"]
        item = {
            "id": entry["url"],
            "url": entry["url"],
            "title": entry["title"],
            "content_text": f"{lead}\n\n{summary}" if summary and summary != lead else lead,
            "summary": summary,
            "date_published": entry["published"],
            "date_modified": entry["updated"],
            "tags": entry["themes"] or None,
        }
        items.append({key: value for key, value in item.items() if value is not None})
    head = {
        "version": JSON_FEED_VERSION,
        "title": site["title"],
        "home_page_url": feed["url"],
        "feed_url": f"{site['base_url']}feed.json",
        "description": site["description"],
        "language": site["language"],
        "authors": [{"name": site["organisation"]["name"]}],
        "items": items,
    }
    return {key: value for key, value in head.items() if value is not None}
