"""A corpus of made-up reviews: the same for the same number, whatever the machine.

Each review has about 350 words and six findings: three to improve, two of good practice, one about the system. One in
ten has emphasis or a link in its text; such links are written ``[text](review:<slug>)`` and each project's writer puts
its own form in their place. Writes no file.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from bench import words

SEED = 20260504
KINDS = ("improvement", "improvement", "improvement", "good-practice", "good-practice", "system")
ID_WORDS = ("share", "ask", "record", "together", "trust", "time")
HEADINGS = {
    "improvement": "What needs to improve",
    "good-practice": "What worked well",
    "system": "What the system makes hard",
}
EVERYONE = "Everyone"
NEWEST = date(2026, 4, 30)

Linker = Callable[[str], str]
"""The address of a review in one project's own notation, from its slug."""

_SLOT = re.compile(r"\{(\w+)\}")
_LINK = re.compile(r"\]\(review:([a-z0-9-]+)\)")


class Finding(NamedTuple):
    """One finding; ``steps`` are pairs of a role's title (or ``Everyone``) and what to do."""

    id: str
    kind: str
    statement: str
    why: str
    themes: tuple[str, ...]
    steps: tuple[tuple[str, str], ...]


class Review(NamedTuple):
    """One review, with slugs for its themes, roles and agencies."""

    slug: str
    number: int
    title: str
    type: str
    published: date
    period: str
    age_band: str
    question: str
    summary: str
    themes: tuple[str, ...]
    roles: tuple[str, ...]
    agencies: tuple[str, ...]
    findings: tuple[Finding, ...]
    narrative: str


def corpus(count: int) -> list[Review]:
    """``count`` reviews, the newest first. Review ``n`` depends on ``n`` and ``count`` alone."""
    slugs = [_slug(number, count) for number in range(count, 0, -1)]
    return [_review(number, count, slugs) for number in range(count, 0, -1)]


def markdown_body(review: Review, link: Linker, ids: bool) -> str:
    """The body as Markdown; ``ids`` adds the braces that only our own form knows."""
    lines: list[str] = []
    kind = ""
    for finding in review.findings:
        if finding.kind != kind:
            kind = finding.kind
            lines += [f"## {HEADINGS[kind]}", ""]
        themes = f" themes={','.join(finding.themes)}" if finding.themes else ""
        braces = f" {{#{finding.id}{themes}}}" if ids else ""
        lines += [f"- {finding.statement}{braces}", "", f"    {finding.why}", ""]
        lines += [f"    - {role}: {text}" for role, text in finding.steps]
        lines.append("")
    lines += ["## What happens next", "", review.narrative, ""]
    return with_links("\n".join(lines), link)


def with_links(text: str, link: Linker) -> str:
    """The text with each link to a review in a project's own notation."""
    return _LINK.sub(lambda found: f"]({link(found[1])})", text)


def edited(review: Review, edition: int) -> Review:
    """The review with one word of its first finding changed, to one never used before for each new ``edition``."""
    first = review.findings[0]
    people, _, rest = first.statement.partition(" ")
    changed = first._replace(statement=f"{people} {_in_letters(edition)} {rest}")
    return review._replace(findings=(changed, *review.findings[1:]))


def _in_letters(number: int) -> str:
    """A number as a made-up word, so that each edit has a text of its own."""
    syllables = ("ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru")
    return "".join(syllables[int(digit)] for digit in f"{number:03d}")


def _slug(number: int, count: int) -> str:
    first, second = _subjects(random.Random(SEED + number))
    words_of_title = re.findall(r"[a-z]+", f"{first} {second}".lower())
    return f"{number:0{len(str(count))}d}-{'-'.join(words_of_title)}"


def _subjects(rng: random.Random) -> tuple[str, str]:
    first, second = rng.sample(words.LISTS["subject"], 2)
    return first, second.lower()


def _review(number: int, count: int, slugs: list[str]) -> Review:
    rng = random.Random(SEED + number)
    first, second = _subjects(rng)  # as in the slug: the same generator, asked first
    themes = tuple(rng.sample(list(words.THEMES), rng.choice((1, 2, 2, 3))))
    roles = tuple(rng.sample(list(words.ROLES), rng.choice((3, 4, 5))))
    published = NEWEST - timedelta(days=int((count - number) * 5500 / count))
    season = rng.choice(words.SEASONS)
    findings = []
    for index, kind in enumerate(KINDS):
        people = [EVERYONE, words.ROLES[rng.choice(roles)]][index % 2 :]
        finding = Finding(
            id=f"{ID_WORDS[index]}-{rng.choice(('first', 'again', 'early', 'well'))}",
            kind=kind,
            statement=_fill(rng.choice(words.STATEMENTS[kind]), rng),
            why=_fill(rng.choice(words.WHYS), rng),
            themes=(rng.choice(themes),),
            steps=tuple((role, _fill(rng.choice(words.STEPS), rng)) for role in people),
        )
        findings.append(finding)
    if number % 10 == 3:
        findings[1] = _marked_up(findings[1], rng.choice(slugs), number)
    return Review(
        slug=_slug(number, count),
        number=number,
        title=f"{first} and {second} in {rng.choice(words.LISTS['place'])}",
        type=rng.choice(list(words.TYPES)),
        published=published,
        period=f"{season} {published.year - 1}",
        age_band=rng.choice(list(words.AGES)),
        question=_fill(rng.choice(words.QUESTIONS), rng),
        summary=_fill(rng.choice(words.SUMMARIES), rng),
        themes=themes,
        roles=roles,
        agencies=tuple(rng.sample(list(words.AGENCIES), 4)),
        findings=tuple(findings),
        narrative=_fill(rng.choice(words.NEXT), rng),
    )


def _marked_up(finding: Finding, other: str, number: int) -> Finding:
    """The same finding with emphasis, or with a link to another review."""
    if number % 20 == 3:
        return finding._replace(why=f"{finding.why} This was **not the first time**, and *people had said so*.")
    return finding._replace(why=f"{finding.why} We found much the same in [another review](review:{other}).")


def _fill(pattern: str, rng: random.Random) -> str:
    def choose(slot: re.Match[str]) -> str:
        name = slot[1]
        text = rng.choice(words.LISTS[name.lower()])
        return text[0].upper() + text[1:] if name[0].isupper() else text

    return _SLOT.sub(choose, pattern)
