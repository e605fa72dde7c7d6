"""What surrounds the reviews, the same for every project: the organisation, urgent help, pages, glossary.

Also the small helpers that write YAML and files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

TITLE = "Learning from reviews"
DESCRIPTION = "What we learn when we look back at our work with children and families, and what you can do about it."
BANNER = "This is made-up content for a benchmark. Sampleton does not exist."
BASE_URL = "https://learning.example.org/"
ORGANISATION = {
    "name": "Sampleton Safeguarding Partnership",
    "short_name": "SSP",
    "url": "https://www.example.org",
    "email": "learning@example.org",
    "telephone": "01632 960000",
}
HELP = {
    "text": "If someone is in danger now, call 999. If you are worried about a child, call us and speak to a person.",
    "contacts": [
        {"label": "Emergency services", "telephone": "999"},
        {"label": "Sampleton Safeguarding Partnership, day and night", "telephone": "01632 960001"},
        {"label": "Helpline for adults worried about a child", "telephone": "01632 960002"},
    ],
}


class Page(NamedTuple):
    """An ordinary page; ``navigation`` is ``main`` or ``footer``."""

    slug: str
    title: str
    navigation: str
    summary: str
    body: str


PAGES = (
    Page(
        "framework",
        "Our learning framework",
        "main",
        "How services in Sampleton learn together.",
        "Local services look at their work together. They ask what happened, why, and what would help.\n\n"
        "## What we do\n\n- We read the files of each service side by side.\n"
        "- We talk with the people who did the work.\n"
        "- We publish what we find, and say what will change.\n\n"
        "## What we do not do\n\nWe do not look for someone to blame.\n",
    ),
    Page(
        "how-reviews-work",
        "How reviews work",
        "footer",
        "The steps of a review, from the first question to the last action.",
        "1. A service puts a question.\n2. Each service reads its own records.\n3. Staff meet and talk.\n"
        "4. The partnership agrees the findings.\n5. Each service says what it will do.\n",
    ),
    Page(
        "accessibility",
        "Accessibility statement",
        "footer",
        "How to use this site in the way that suits you.",
        "You can enlarge the text, use the keyboard alone, and print any page.\n\n## Tell us\n\n"
        "Write to us when something is hard to use.\n",
    ),
    Page(
        "privacy",
        "Privacy",
        "footer",
        "What this site knows about you: nothing.",
        "This site sets no cookies and counts no visits.\n\n## Links\n\nOther sites have rules of their own.\n",
    ),
)

GLOSSARY = {
    "Chronology": "A list of what happened, in the order of time.",
    "Core group": "The people who carry out a plan for a child, and meet often to see whether it works.",
    "Early help": "Support for a family as soon as a need shows.",
    "Lead worker": "The one person who keeps in touch with the family for all services.",
    "Referral": "A message that asks another service to act.",
    "Supervision": "A regular talk between a worker and a manager about the work.",
}

THEME_SUMMARY = "What reviews have found about this, and what good work looks like."
THEME_BODY = "Good work on this begins with a clear question. It ends when someone has checked that life is better."
ROLE_SUMMARY = "What reviews ask of people in this role."
ROLE_BODY = "You may be the first to notice a change. Say what you see, and agree the next step with others."


def front_matter(fields: Mapping[str, Any], body: str) -> str:
    """A Markdown file with YAML front matter."""
    return f"---\n{yaml(fields)}---\n{body}"


def yaml(fields: Mapping[str, Any]) -> str:
    """A map as YAML, one field a line; lists and maps in the JSON form, which YAML shares."""
    return "".join(f"{key}: {_value(value)}\n" for key, value in fields.items())


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str | list | dict | bool | int) else str(value)


def write(path: Path, text: str) -> None:
    """Write a text file and the folders that it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
