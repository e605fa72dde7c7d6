"""``site_config.yaml``: the organisation, the site, urgent help, and how strict the checks are.

Typed like any record. Knows no content.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, tzinfo
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from sitegen import body_findings
from sitegen.field_types import FileName, Items, Language, Line, Lines, Prose, WebAddress, Whole, Yes, fault
from sitegen.markdown_faults import Written, markdown_problems
from sitegen.models import ReviewType, Strict
from sitegen.moment import zone_named
from sitegen.parse import Document, decode, parse_yaml, without_empty
from sitegen.problems import NEVER_OFF, Place, Problem, Severity, error, quoted
from sitegen.validate import validate

CONFIG_FILE = "site_config.yaml"

_NOT_IN_A_BASE = re.compile(r"[^A-Za-z0-9._~/%-]")
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


def _time_zone(value: Any) -> str:
    text = str(value).strip()
    if zone_named(text) is None:
        raise fault(
            "content/not-a-time-zone", f"There is no time zone {quoted(text)}.", "Write a name such as Europe/London."
        )
    return text


def _bare(address: str) -> str:
    parts = urlsplit(address)
    if parts.query or parts.fragment:
        raise fault("content/not-an-address", "The base_url has a '?' or a '#'.", "Leave them out.")
    odd = _NOT_IN_A_BASE.search(parts.path)
    if odd:
        message = f"The base_url has {quoted(odd[0])} in its path, which some web servers read in ways of their own."
        hint = "Use letters, digits, hyphens and slashes; write anything else as a percent sign and its number."
        raise fault("content/not-an-address", message, hint)
    return address


def _colour(value: Any) -> str:
    text = str(value).strip()
    if not _COLOUR.fullmatch(text):
        hint = 'Write a hash and six digits in quotes, for example "#17495a".'
        raise fault("content/not-a-colour", f"{quoted(text)} is not a colour.", hint)
    return text.lower()


TimeZone = Annotated[str, BeforeValidator(_time_zone)]
BaseUrl = Annotated[WebAddress, AfterValidator(_bare)]
Colour = Annotated[str, BeforeValidator(_colour)]


class Organisation(Strict):
    """Who publishes the site."""

    name: Line
    """Its full name."""
    short_name: Line | None = None
    """Its initials or short name."""
    url: WebAddress | None = None
    """Its own website."""
    logo: FileName | None = None
    """A picture in content/files."""
    email: Line | None = None
    """Where readers can write to."""
    telephone: Line | None = None
    """Where readers can ring."""


class FindingHeadings(Strict):
    """The words that open sections of findings in Markdown, in the site's language."""

    improvement: Line = body_findings.HEADINGS["improvement"]
    """Heading of what needs to improve."""
    good_practice: Annotated[Line, Field(alias="good-practice")] = body_findings.HEADINGS["good-practice"]
    """Heading of what worked well."""
    system: Line = body_findings.HEADINGS["system"]
    """Heading of what the system makes hard."""
    everyone: Line = body_findings.EVERYONE
    """The word that stands before what everyone is to do."""


class SiteSettings(Strict):
    """The website."""

    title: Line
    """The name of the site."""
    base_url: BaseUrl
    """Its address, which may have a path."""
    language: Language = "en-GB"
    """Language code."""
    time_zone: TimeZone = "Europe/London"
    """The time zone of dates and times without one."""
    description: Line | None = None
    """What it is, in a sentence or two."""
    banner: Line | None = None
    """A line above every page."""
    offline: Yes = True
    """Whether browsers keep pages for times without a signal."""
    finding_headings: FindingHeadings = FindingHeadings()
    """The headings of findings in Markdown, when they aren't the English ones."""


class HelpContact(Strict):
    """One way to get help."""

    label: Line
    """Who answers."""
    telephone: Line | None = None
    """The number."""
    url: WebAddress | None = None
    """The address."""

    @model_validator(mode="after")
    def _reachable(self) -> HelpContact:
        if not self.telephone and not self.url:
            raise fault("content/missing-field", "A contact needs a 'telephone' or a 'url'.", "Add one of them.")
        return self


class UrgentHelp(Strict):
    """Shown on every page and PDF that describes harm."""

    text: Prose
    """What to do now, in a sentence or two."""
    contacts: Annotated[tuple[HelpContact, ...], Items] = ()
    """Whom to ring."""


class Brand(Strict):
    """The organisation's colours."""

    colour: Colour = "#1d4b5f"
    """Headings, links and the header."""
    accent: Colour = "#7a3b12"
    """A second colour, used little."""


class CheckSetting(Strict):
    """How one check behaves."""

    severity: Literal["error", "warning", "off"] | None = None
    """How it is reported."""
    allow: Lines = ()
    """What it doesn't report. Kept, and not acted on yet: a warning says so."""


class RetentionRule(Strict):
    """How long a type of review stays available."""

    at_least_days: Whole | None = None
    """Days from publication."""


class PdfSettings(Strict):
    """The printed page."""

    paper: Literal["a4", "letter"] = "a4"
    """Paper size."""
    large_print: Yes = False
    """Whether reviews, themes, roles and years have PDFs in large print too; briefings say so in ``formats``."""
    time_limit: Annotated[Whole, Field(ge=1)] = 60
    """Seconds that a single PDF may take."""


class YearReportSettings(Strict):
    """The reports of what was learned and done in a year."""

    first_month: Annotated[Whole, Field(ge=1, le=12)] = 4
    """The month in which a year begins: 4 for financial years (2025-26), 1 for calendar years (2025)."""


class ServingSettings(Strict):
    """What is made for web servers."""

    compress: Yes = False
    """Whether files are also published compressed, as .br and .gz."""
    strict_transport_security: Whole | None = None
    """For how many seconds browsers use nothing but https, for everything on this host; they aren't told without it."""


def _check_settings(value: Any) -> Any:
    """``code: severity`` is short for ``code: {severity: …}``."""
    if isinstance(value, dict):
        return {code: {"severity": item} if isinstance(item, str) else item for code, item in value.items()}
    return value


class Config(Strict):
    """The whole of ``site_config.yaml``."""

    organisation: Organisation
    """Who publishes the site."""
    site: SiteSettings
    """The website."""
    urgent_help: UrgentHelp
    """Help for people in danger or in distress."""
    brand: Brand = Brand()
    """The organisation's colours."""
    checks: Annotated[dict[str, CheckSetting], BeforeValidator(_check_settings)] = Field(default_factory=dict)
    """For each code of a check, its severity and what it allows."""
    retention: dict[ReviewType, RetentionRule] = Field(default_factory=dict)
    """For each type of review, how long it stays. Kept, and not acted on yet: a warning says so."""
    pdf: PdfSettings = PdfSettings()
    """The printed page."""
    year_report: YearReportSettings = YearReportSettings()
    """The reports of what was learned and done in a year."""
    serving: ServingSettings = ServingSettings()
    """What is made for web servers."""

    @property
    def zone(self) -> tzinfo:
        """The site's time zone."""
        return zone_named(self.site.time_zone) or UTC

    @property
    def origin(self) -> str:
        """Scheme and host of the site, without a path: ``https://learning.example.org``."""
        parts = urlsplit(self.site.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def base_path(self) -> str:
        """The path under which the site lies, with a slash at both ends: ``/`` or ``/learning/``."""
        return f"/{urlsplit(self.site.base_url).path.strip('/')}/".replace("//", "/")

    @property
    def finding_headings(self) -> dict[str, str]:
        """For each kind of finding, its heading in Markdown."""
        words = self.site.finding_headings
        return {"improvement": words.improvement, "good-practice": words.good_practice, "system": words.system}


NO_CONFIG = error(
    "content/no-config",
    Place(CONFIG_FILE),
    "There is no site_config.yaml in this folder, so there is nothing to build.",
    "Run the command in the project's folder, or name that folder with --root.",
)

STAND_IN = Config.model_validate(
    {
        "organisation": {"name": "-"},
        "site": {"title": "-", "base_url": "https://site.invalid/"},
        "urgent_help": {"text": "-"},
    }
)
"""For reading content while the real configuration has faults, so that an author sees those of the content too."""


def load_config(data: bytes | None) -> tuple[Config | None, Document | None, list[Problem]]:
    """The configuration from the bytes of its file (None when there is no file)."""
    if data is None:
        return None, None, [NO_CONFIG]
    text, problems = decode(CONFIG_FILE, data)
    if text is None:
        return None, None, problems
    document, found = parse_yaml(CONFIG_FILE, text)
    problems += found
    if document is None:
        return None, None, problems
    fields = without_empty(document.data)
    problems += markdown_problems(Written(CONFIG_FILE, text), fields, document.locate)
    config, found = validate(Config, fields, document.locate)
    if config is not None and config.serving.strict_transport_security is not None and config.origin[:6] != "https:":
        place = document.locate(("serving", "strict_transport_security"))
        message = "The base_url begins with http://, and browsers ignore this over http."
        hint = "Take it out, or begin the base_url with https:// once the server answers there."
        found = [*found, error("content/wrong-value", place, message, hint)]
    return config, document, problems + found


def with_severities(problems: Iterable[Problem], config: Config | None, strict: bool = False) -> list[Problem]:
    """The problems as the site's settings report them. ``strict`` turns each warning into an error.

    A check can be turned down only where it began as a warning: what can't be built stays an error.
    """
    settings = config.checks if config else {}
    result = []
    for problem in problems:
        setting = settings.get(problem.code)
        severity: Severity | Literal["off"] = problem.severity
        if setting and setting.severity and problem.severity == "warning" and _may(problem.code, setting.severity):
            severity = setting.severity
        if severity == "off":
            continue
        result.append(problem._replace(severity="error" if strict else severity))
    return result


def _may(code: str, severity: str) -> bool:
    return severity != "off" or code not in NEVER_OFF
