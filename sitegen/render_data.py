"""Files that need no template: JSON and CSV from views, style sheets made smaller. Pure functions."""

from __future__ import annotations

import csv
import io
from typing import Any

import orjson

from sitegen import markdown_html

JSON_FEED_VERSION = "https://jsonfeed.org/version/1.1"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def render_style(sheet: bytes) -> bytes:
    """A style sheet without its comments and spare space."""
    import rcssmin

    return bytes(rcssmin.cssmin(sheet))


def render_json(form: str, context: dict[str, Any], shared: dict[str, Any]) -> bytes:
    """``form`` is ``feed`` (JSON Feed 1.1), ``schema``, or ``reviews`` (a list of them, one to a line)."""
    if form == "schema":
        return orjson.dumps(context, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    if form == "feed":
        return orjson.dumps(_json_feed(context, shared), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return ('{"reviews": [\n' + ",\n".join(context["reviews"]) + "\n]}\n").encode()


def render_csv(context: dict[str, Any]) -> bytes:
    """``header`` and ``rows`` as CSV (RFC 4180) with a byte order mark, which spreadsheets need to see UTF-8.

    The columns that ``markdown`` names, the ones with free text, become plain text for readers who don't know Markdown;
    where a spreadsheet would run one as a formula, it is put behind an apostrophe.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(context["header"])
    marked = [number for number, name in enumerate(context["header"]) if name in context["markdown"]]
    for row in context["rows"]:
        cells = list(row)
        for number in marked:
            if cells[number]:
                cells[number] = _plain_cell(cells[number])
        writer.writerow(cells)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _plain_cell(markdown: str) -> str:
    text = "\n".join(markdown_html.plain(line) for line in markdown.split("\n") if line.strip())
    return f"'{text}" if text.startswith(_FORMULA) else text


def _json_feed(feed: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    site = shared
    items = []
    for entry in feed["entries"]:
        summary = markdown_html.plain(entry["summary"] or "") or None
        lead = markdown_html.plain(entry["question"] or "") or summary or entry["title"]
        change = entry["change"]
        note = markdown_html.plain(change["note"] or "") if change else ""
        parts = [f"{change['what']} {change['date']}{': ' if note else '.'}{note}"] if change else []
        parts += [lead, summary] if summary and summary != lead else [lead]
        item = {
            "id": entry["url"],
            "url": entry["url"],
            "title": entry["title"],
            "content_text": "\n\n".join(parts),
            "summary": summary,
            "date_published": entry["published"],
            "date_modified": entry["updated"],
            "tags": entry["themes"] or None,
        }
        items.append({key: value for key, value in item.items() if value is not None})
    head = {
        "version": JSON_FEED_VERSION,
        "title": f"{feed['title']} – {site['title']}" if feed["title"] else site["title"],
        "home_page_url": feed["url"],
        "feed_url": feed["json_feed"],
        "description": site["description"],
        "language": site["language"],
        "authors": [{"name": site["organisation"]["name"]}],
        "items": items,
    }
    return {key: value for key, value in head.items() if value is not None}
