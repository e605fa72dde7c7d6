"""Every address of the site: which path a record, a list or a PDF has.

These are promises to whoever linked to them. A path has no leading slash and no base path: ``reviews/17-escalation/``;
the file is that path, with ``index.html`` after a slash.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

FOLDERS: Final = {
    "review": "reviews/",
    "theme": "themes/",
    "role": "roles/",
    "briefing": "briefings/",
    "page": "",
    "year": "years/",
}
HOME: Final = ""
REVIEWS: Final = "reviews/"
THEMES: Final = "themes/"
ROLES: Final = "roles/"
EVERYONE: Final = "roles/everyone/"
GOOD_PRACTICE: Final = "good-practice/"
BRIEFINGS: Final = "briefings/"
ACTIONS: Final = "actions/"
YEARS: Final = "years/"
UPDATES: Final = "updates/"
SEARCH: Final = "search/"
GLOSSARY: Final = "glossary/"
EXTERNAL: Final = "external/"
DATA: Final = "data/"
OFFLINE: Final = "offline/"
NOT_FOUND: Final = "404.html"
ATOM_FEED: Final = "feed.xml"
JSON_FEED: Final = "feed.json"
SITEMAP: Final = "sitemap.xml"
ROBOTS: Final = "robots.txt"
REVIEWS_JSON: Final = "data/reviews.json"
REVIEWS_SCHEMA: Final = "data/reviews.schema.json"
FINDINGS_CSV: Final = "data/findings.csv"
ACTIONS_CSV: Final = "data/actions.csv"
SERVICE_WORKER: Final = "sw.js"
ASSETS: Final = "assets/"
FILES: Final = "files/"
PAGEFIND: Final = "pagefind/"
DEPLOY: Final = "deploy/"
NGINX: Final = "deploy/nginx.conf"
APACHE: Final = "deploy/apache.conf"
STATIC_HEADERS: Final = "_headers"
STATIC_REDIRECTS: Final = "_redirects"

_PDF_NAMES = {"review": "-briefing", "theme": "-digest", "role": "-sheet", "year": "-report", "briefing": ""}

VERSION_ANCHOR: Final = "part-version"
"""Where a page says which version is current; the codes on paper lead there."""


def of_record(kind: str, slug: str) -> str:
    """The path of a record's page."""
    return f"{FOLDERS[kind]}{slug}/"


def of_pdf(kind: str, slug: str, form: str = "a4") -> str:
    """The path of a PDF that lies beside a record's page; its name says what it is once it is downloaded."""
    ending = "" if form == "a4" else f"-{form}"
    return f"{of_record(kind, slug)}{slug}{_PDF_NAMES[kind]}{ending}.pdf"


def of_training(slug: str) -> str:
    """The path of the page that says what a briefing's training pack says."""
    return f"{of_record('briefing', slug)}training-pack/"


def of_year_csv(name: str) -> str:
    """The path of the table that lies beside a year's report."""
    return f"{of_record('year', name)}{name}-report.csv"


def of_feeds(path: str) -> tuple[str, str]:
    """The paths of the Atom and the JSON feed of a theme's or role's page."""
    return f"{path}{ATOM_FEED}", f"{path}{JSON_FEED}"


def of_share(kind: str, slug: str) -> str:
    """The path of the page with texts for telling others of a record."""
    return f"{of_record(kind, slug)}share/"


def of_actions(name: str, value: str) -> str:
    """The path of the actions of one state, agency or year: ``actions/state/complete/``."""
    return f"{ACTIONS}{name}/{value}/"


def of_letter(identifier: str) -> str:
    """The path of one letter of a long A to Z."""
    return f"{SEARCH}{identifier}/"


def of_sheet(path: str, number: int) -> str:
    """The path of the ``number``-th page of a list at ``path``; the first is the list itself."""
    return path if number == 1 else f"{path}page/{number}/"


def file_of(path: str) -> str:
    """The output file of a path."""
    return f"{path}index.html" if not path or path.endswith("/") else path


def file_of_alias(alias: str) -> str:
    """The output file that answers an old address, which may name a file of its own: ``learning/review-17.html``."""
    return alias if alias.endswith((".html", ".htm")) else f"{alias}/index.html"


def of_attachment(name: str) -> str:
    """The path of a file to download, as it stands in a link: with its odd characters encoded."""
    return f"{FILES}{quote(name)}"


def path_of(file: str) -> str:
    """The path that an output file answers: the inverse of :func:`file_of`."""
    return file.removesuffix("index.html") if file == "index.html" or file.endswith("/index.html") else file
