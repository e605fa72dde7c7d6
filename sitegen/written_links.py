"""Which links of a record its pages really hold.

Links in comments, in code and in fields that no page shows look like others in the text of a file, and lead nobody
anywhere. So the question is asked of the HTML that the fields become, and only of texts that it matters for.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

from sitegen import addresses, markdown_html
from sitegen.config import Config, SiteSettings, UrgentHelp
from sitegen.links import may_hold_links, split_reference, with_addresses
from sitegen.models import (
    Action,
    Activity,
    Addendum,
    Briefing,
    External,
    ExternalList,
    Finding,
    Glossary,
    Handout,
    Ongoing,
    OngoingList,
    Page,
    Recommendation,
    Record,
    Review,
    Role,
    Strict,
    Term,
    Theme,
    Training,
)

_BLOCKS: Mapping[type[Strict], str] = {
    Review: "summary methodology family_contribution anonymisation_note publication_reason delay_reason body "
    "change_note",
    Finding: "why",
    Recommendation: "text not_implemented_reason measure_of_success",
    Action: "evidence impact",
    Addendum: "text",
    Theme: "statement summary body change_note",
    Role: "summary body change_note",
    Page: "summary body change_note",
    Briefing: "summary contact reuse body change_note",
    Training: "facilitator_notes",
    Activity: "purpose instructions",
    Handout: "text",
    Term: "meaning",
    External: "summary",
    UrgentHelp: "text",
}
"""The fields that pages show as Markdown of any length."""
_LINES: Mapping[type[Strict], str] = {
    Review: "question period",
    Finding: "statement question what_to_do see",
    Action: "what owner",
    Briefing: "key_messages questions next_steps",
    Training: "aims ground_rules",
    Activity: "resources",
    Ongoing: "note",
    SiteSettings: "banner description",
}
"""The fields that pages show as a line of Markdown, in which there are links and no pictures."""
_INNER: Mapping[type[Strict], str] = {
    Review: "findings recommendations addenda",
    Recommendation: "actions",
    Briefing: "training",
    Training: "activities handouts",
    Config: "site urgent_help",
    Glossary: "terms",
    ExternalList: "items",
    OngoingList: "items",
}
"""The fields that hold more of such fields."""
_NUMBERED = "https://link.invalid/"
_ADDRESS = re.compile(r'\s(?:href|src)="([^"]*)"')
_WEB = ("http", "https")


FILE_SIGNS = (b"file:", b"files")
"""The texts of a record lead to an attachment only if one of them is in its file."""


class Text(NamedTuple):
    """A text that a page shows, as ``markdown``; ``line`` when it is one line, which holds no pictures."""

    markdown: str
    line: bool


def texts_of(record: Strict) -> Iterator[Text]:
    """Every Markdown text of a record, of a list's item or of the configuration that a page shows."""
    model = type(record)
    for names, line in ((_BLOCKS, False), (_LINES, True)):
        for name in names.get(model, "").split():
            if value := getattr(record, name):
                yield from (Text(text, line) for text in _strings(value))
    for name in _INNER.get(model, "").split():
        inner = getattr(record, name)
        for one in (inner,) if isinstance(inner, Strict) else inner or ():
            yield from texts_of(one)


def _as_seen(record: Strict) -> Strict:
    """The record without the texts that its pages have no place for."""
    unseen: dict[str, Any] = {}
    if isinstance(record, Record) and record.change_note and not (record.published or record.updated):
        unseen["change_note"] = None  # it is told with a date
    if isinstance(record, Theme) and record.statement and record.body:
        unseen["summary"] = None  # lists show the one, its page the other
    return record.model_copy(update=unseen) if unseen else record


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    else:
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _strings(one)


@lru_cache(maxsize=1024)
def links_of(text: Text) -> frozenset[str]:
    """The targets of links and pictures in the HTML of a text, as they were written."""
    targets: list[str] = []

    def numbered(target: str) -> str:
        targets.append(target)
        return f"{_NUMBERED}{len(targets) - 1}"

    made = (markdown_html.inline if text.line else markdown_html.block)(with_addresses(text.markdown, numbered))
    found = (html.unescape(address) for address in _ADDRESS.findall(made))
    return frozenset(targets[int(one.removeprefix(_NUMBERED))] if one.startswith(_NUMBERED) else one for one in found)


def holds_link(record: Strict, target: str) -> bool:
    """Whether a page that shows the record has a link to ``target``, which is written in its file like that.

    ``record`` may also be one of the lists, or the configuration.
    """
    if any(sign in target for sign in "'\"\\&"):  # YAML may have it in another way, so that nothing can be ruled out
        return True
    return any(target in text.markdown and target in links_of(text) for text in texts_of(record))


def files_named(record: Strict, config: Config) -> Iterator[str]:
    """The names of attachments that a page leads to when it shows a record; not all of them need exist."""
    for text in texts_of(_as_seen(record)):
        if _may_name_files(text.markdown) and may_hold_links(text.markdown):
            yield from _files(links_of(text), config)
    yield from _files(_plain_addresses(record), config)
    if isinstance(record, Review):
        yield from (document.file for document in record.documents if document.file)


def files_in_notice(record: Record, config: Config) -> Iterator[str]:
    """The names of attachments that the notice in a withdrawn record's place leads to."""
    if record.change_note:
        yield from _files(links_of(Text(record.change_note, False)), config)


def _plain_addresses(record: Strict) -> Iterator[str]:
    """Addresses in fields that hold nothing else."""
    if isinstance(record, Review):
        yield from (document.url for document in record.documents if document.url)
    elif isinstance(record, External):
        yield record.url
    elif isinstance(record, Config):
        given = (record.organisation.url, *(contact.url for contact in record.urgent_help.contacts))
        yield from (url for url in given if url)


def _may_name_files(text: str) -> bool:
    return "file:" in text or "files/" in text


def _files(targets: Iterable[str], config: Config) -> Iterator[str]:
    return (name for target in targets if (name := file_named(target, config)) is not None)


def file_named(target: str, config: Config) -> str | None:
    """The name of the attachment that a link leads to, if it leads to one: ``file:x``, ``/files/x``, or in full."""
    reference = split_reference(target)
    if reference:
        return reference[1] if reference[0] == "file" else None
    path = own_path(target, config)
    if path is None or not path.startswith(addresses.FILES):
        return None
    return unquote(path[len(addresses.FILES) :].partition("#")[0].partition("?")[0])


def own_path(target: str, config: Config) -> str | None:
    """The path on this site that ``/path`` or a full address of this site leads to, else None."""
    if target.startswith("/") and not target.startswith("//"):
        return target[1:]
    scheme, _, rest = target.partition("://")
    host, _, path = rest.partition("/")
    if scheme.lower() not in _WEB or host.casefold() != config.origin.partition("://")[2].casefold():
        return None
    return f"/{path}"[len(config.base_path) :] if f"/{path}".startswith(config.base_path) else None
