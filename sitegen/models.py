"""The content model: every record, its fields and their meaning.

Field names are a promise to the boards that keep years of content: add to them, never rename. Records are frozen. A
rule about one record alone is checked here; what needs other records is checked in ``connect`` and ``checks``. The text
below a field is its description in the JSON Schemas that editors use.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sitegen.field_types import (
    Anchor,
    Day,
    FileName,
    FindingReference,
    Fingerprint,
    Instant,
    Items,
    Language,
    Line,
    Lines,
    Links,
    OldPath,
    Points,
    Prose,
    Reference,
    Slug,
    Slugs,
    Summary,
    WebAddress,
    Whole,
    Yes,
    fault,
)

ReviewType = Literal[
    "multi-agency-case-file-review",
    "single-agency-audit",
    "learning-review",
    "rapid-review",
    "local-child-safeguarding-practice-review",
    "serious-case-review",
    "safeguarding-adult-review",
    "domestic-abuse-related-death-review",
    "single-unified-safeguarding-review",
    "thematic-review",
]
AgeBand = Literal["unborn", "0-1", "1-4", "5-9", "10-15", "16-17", "18-64", "65-plus"]
FindingKind = Literal["improvement", "good-practice", "system"]
Status = Literal["draft", "published", "withdrawn"]
ActionStatus = Literal["not-started", "in-progress", "complete", "not-implemented", "no-update"]
Response = Literal["accepted", "partly-accepted", "rejected", "awaited"]
PublicationMode = Literal["full", "improvements-only", "briefing-only", "catalogue"]
Format = Literal["a4", "large-print", "booklet", "training-pack"]


class Strict(BaseModel):
    """Frozen, and an unknown field is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Record(Strict):
    """The fields that every record has."""

    title: Line
    """What it is about, in a few words."""
    status: Status = "draft"
    """Only 'published' records are published."""
    published: Instant | None = None
    """The day, or day and time, from which it is shown; in the future it is an embargo."""
    updated: Instant | None = None
    """The day of the last change that readers should know of."""
    review_by: Day | None = None
    """The day by which someone looks at it again; afterwards the page says that it is overdue."""
    expires: Instant | None = None
    """From this day on it is no longer shown."""
    summary: Summary | None = None
    """What a reader learns, in at most 150 words."""
    aliases: Annotated[tuple[OldPath, ...], Items] = ()
    """Old addresses on this site that lead here."""
    short_address: OldPath | None = None
    """A short address that leads here, for printing: ``r/17``."""
    version: Whole | None = None
    """Raised by one with each change that readers should notice; without it the date of the last change tells."""
    replaced_by: Slug | None = None
    """The record of the same kind that has replaced this one."""
    language: Language | None = None
    """The language code when it isn't the site's, for example cy."""
    tags: Lines = ()
    """Free words for the search only."""
    change_note: Line | None = None
    """One line for the list of updates: what changed, or why it was withdrawn."""
    change: Literal["update", "correction"] = "update"
    """Whether ``updated`` tells of an update or of the correction of a mistake."""

    @property
    def other_addresses(self) -> tuple[str, ...]:
        """Every address that leads here besides its own."""
        short = (self.short_address,) if self.short_address and self.short_address not in self.aliases else ()
        return (*self.aliases, *short)


def at(field: str, code: str, message: str, hint: str) -> Exception:
    """A fault of a whole record that is best shown at ``field``."""
    failure = fault(code, message, hint)
    assert failure.context is not None
    failure.context["field"] = field
    return failure


class Finding(Strict):
    """What a review found: something to improve, something that worked, or what the system makes hard."""

    id: Anchor
    """Short, stable and unique in its review: it is the anchor that others link to."""
    kind: FindingKind
    """improvement, good-practice or system."""
    statement: Prose
    """What was found, in one paragraph."""
    why: Prose | None = None
    """Why it happened."""
    question: Line | None = None
    """A question for a team to ask itself."""
    themes: Slugs = ()
    """Themes of this finding; without any, those of its review."""
    agencies: Slugs = ()
    """Agencies concerned; without any, those of its review."""
    roles: Slugs = ()
    """Roles concerned; those that what_to_do names are added."""
    what_to_do: dict[Slug, Lines] = {}
    """For each role, or 'everyone', what to do: one line each, beginning with a verb."""
    see: Links = ()
    """Links to procedures and training."""
    seen_before: Annotated[tuple[FindingReference, ...], Items] = ()
    """Earlier findings that say the same: review#finding."""


class Action(Strict):
    """One thing that someone undertook to do about a recommendation."""

    what: Line
    """What will be done."""
    owner: Line
    """The role or agency that does it, never a person's name."""
    due: Day | None = None
    """The day by which it is to be done."""
    status: ActionStatus
    """How far it is."""
    status_date: Day | None = None
    """The day on which that was so."""
    evidence: Prose | None = None
    """How we know; for 'not-implemented', why not."""
    impact: Prose | None = None
    """What difference it made."""


class Recommendation(Strict):
    """What a review asks of agencies, with their answer."""

    number: Whole
    """Its number in the review."""
    text: Prose
    """What is recommended."""
    addressed_to: Slugs = ()
    """The agencies it is addressed to."""
    findings: Annotated[tuple[Anchor, ...], Items] = ()
    """The ids of the findings it rests on."""
    response: Response | None = None
    """What the agencies answered."""
    not_implemented_reason: Prose | None = None
    """Why it was rejected or won't be done."""
    measure_of_success: Prose | None = None
    """How anyone would notice that it worked."""
    actions: Annotated[tuple[Action, ...], Items] = ()
    """What is being done."""

    @model_validator(mode="after")
    def _rejection_has_a_reason(self) -> Recommendation:
        if self.response == "rejected" and not self.not_implemented_reason:
            hint = "Add the field not_implemented_reason with the reason in a sentence or two."
            raise at("response", "content/no-reason", "A rejected recommendation needs its reason.", hint)
        return self


class RelatedDocument(Strict):
    """A file or page that belongs to a review."""

    title: Line
    """What it is."""
    file: FileName | None = None
    """Its name in content/files."""
    url: WebAddress | None = None
    """Its address elsewhere."""
    kind: Line | None = None
    """What sort of document, for example 'Full report'."""
    date: Day | None = None
    """Its own date."""

    @model_validator(mode="after")
    def _one_target(self) -> RelatedDocument:
        if (self.file is None) == (self.url is None):
            hint = "Give one of them: 'file' for a file in content/files, 'url' for a page elsewhere."
            raise fault("content/document-target", "A document needs either 'file' or 'url'.", hint)
        return self


class Addendum(Strict):
    """Something that must be read with a review that was already published."""

    date: Day
    """The day it was added."""
    text: Prose
    """What it says."""


class IdentificationCheck(Strict):
    """The sign-off that nobody can be identified."""

    checked_by: Lines
    """Two different roles or sets of initials."""
    date: Day
    """The day of the check."""
    content: Fingerprint
    """The fingerprint of what was checked."""

    @model_validator(mode="after")
    def _two_people(self) -> IdentificationCheck:
        if len({name.casefold() for name in self.checked_by}) < 2:
            hint = "Name two different roles or sets of initials, for example [Board manager, Legal adviser]."
            raise at("checked_by", "content/one-checker", "The identification check needs two different people.", hint)
        return self


class Review(Record):
    """A review with its findings, recommendations and actions."""

    number: Whole | None = None
    """The board's own running number."""
    type: ReviewType
    """What sort of review; retention and publication rules depend on it."""
    question: Line | None = None
    """The question that it puts to the reader; it leads the page."""
    period: Line | None = None
    """The season or year looked at, never the exact dates of a person."""
    age_band: AgeBand | None = None
    """Never an exact age."""
    themes: Slugs = ()
    """The themes it is about."""
    agencies: Slugs = ()
    """The agencies it is about."""
    roles: Slugs = ()
    """The roles it speaks to."""
    methodology: Prose | None = None
    """How the review was done."""
    family_contribution: Prose | None = None
    """What the family or the person contributed."""
    anonymisation_note: Prose | None = None
    """How identities were protected."""
    publication_mode: PublicationMode = "full"
    """How much of the review is published, in every page, PDF, feed, data file and search result. 'improvements-only':
    what needs to improve, what the system makes hard, recommendations and actions; no good practice, narrative (body),
    methodology, family_contribution, period or documents. 'briefing-only': title, number, type, dates, reason and the
    briefings about it. 'catalogue': title, number, type, dates, summary, documents and the briefings about it."""
    publication_reason: Prose | None = None
    """Why it isn't published in full; 'improvements-only' and 'briefing-only' need it."""
    decision_date: Day | None = None
    """The day on which the review was decided. Some types published more than six months later need a delay_reason."""
    delay_reason: Prose | None = None
    """Why it took longer than it should."""
    concluded: Day | None = None
    """The day on which it was finished; without it, year reports take the day of publication."""
    available_until: Day | None = None
    """The day until which it stays available. Kept, and not acted on yet: a warning says so."""
    findings: Annotated[tuple[Finding, ...], Items] = ()
    """What was found: here, or as lists in the Markdown text. A review without any needs recommendations, documents or
    a publication_mode other than full."""
    recommendations: Annotated[tuple[Recommendation, ...], Items] = ()
    """What the review recommends."""
    documents: Annotated[tuple[RelatedDocument, ...], Items] = ()
    """Related files."""
    related: Slugs = ()
    """Other reviews to read with this one."""
    addenda: Annotated[tuple[Addendum, ...], Items] = ()
    """What must be read with it; shown at the top."""
    sexual_offence: Yes = False
    """True for reviews of sexual offences. Kept, and not acted on yet: a warning says so."""
    identification_check: IdentificationCheck | None = None
    """The sign-off that nobody can be identified. Kept, and not acted on yet: a warning says so."""
    body: Prose | None = None
    """The narrative, in Markdown."""

    @property
    def is_signpost(self) -> bool:
        """Whether its page only says that the review exists and where to read more."""
        return self.publication_mode in ("briefing-only", "catalogue")

    @model_validator(mode="after")
    def _findings_are_somewhere(self) -> Review:
        if not (self.findings or self.recommendations or self.documents or self.publication_mode != "full"):
            hint = (
                "Write findings, or give the review's 'recommendations' or 'documents', or a 'publication_mode' that "
                "publishes no findings."
            )
            raise at("findings", "content/no-findings", "This review has no findings.", hint)
        return self

    @model_validator(mode="after")
    def _reduced_publication_has_a_reason(self) -> Review:
        if self.publication_mode in ("improvements-only", "briefing-only") and not self.publication_reason:
            message = f"A review published as '{self.publication_mode}' needs the reason."
            raise at("publication_mode", "content/no-reason", message, "Add the field publication_reason.")
        return self


class Theme(Record):
    """A theme from the controlled list."""

    statement: Prose | None = None
    """What good looks like."""
    body: Prose | None = None
    """More about the theme, in Markdown."""


class Role(Record):
    """A job role or a group of them."""

    agencies: Slugs = ()
    """The agencies in which people have this role."""
    body: Prose | None = None
    """More for this role, in Markdown."""


class Page(Record):
    """An ordinary page."""

    navigation: Literal["main", "footer"] | None = None
    """Whether the main menu or the footer links to it."""
    order: Whole | None = None
    """Its place in that menu; smaller comes first."""
    body: Prose | None = None
    """The page, in Markdown."""


class Activity(Strict):
    """One part of a training session."""

    title: Line
    """What the group does."""
    minutes: Whole
    """How long it takes."""
    purpose: Prose | None = None
    """What it is for."""
    resources: Points = ()
    """What is needed."""
    instructions: Prose
    """What the trainer does, step by step."""


class Handout(Strict):
    """A sheet of a training pack that can be copied alone."""

    title: Line
    """What it is called."""
    text: Prose
    """What it says, in Markdown."""


class Training(Strict):
    """A session run from a briefing."""

    duration: Whole | None = None
    """Minutes in all."""
    aims: Points = ()
    """What people take away."""
    ground_rules: Points = ()
    """How the group keeps itself safe."""
    activities: Annotated[tuple[Activity, ...], Items] = ()
    """The parts of the session, in order."""
    handouts: Annotated[tuple[Handout, ...], Items] = ()
    """Sheets to copy for the group."""
    facilitator_notes: Prose | None = None
    """For the trainer only."""


class Briefing(Record):
    """An authored briefing, for reading, printing and training."""

    audience: Slugs = ()
    """The roles it is written for."""
    about: Annotated[tuple[Reference, ...], Items, Field(min_length=1)]
    """What it rests on: a review, review#finding or theme:slug."""
    key_messages: Annotated[Points, Field(min_length=1, max_length=5)]
    """One to five lines to remember."""
    questions: Points = ()
    """Questions for a team or for supervision."""
    next_steps: Points = ()
    """What to do next."""
    version: Whole
    """Raised by one with each change that readers should notice."""
    identification_check: IdentificationCheck | None = None
    """The sign-off that nobody can be identified. Kept, and not acted on yet: a warning says so."""
    contact: Line | None = None
    """Whom to ask."""
    reuse: Line | None = None
    """What others may do with it."""
    formats: Annotated[tuple[Format, ...], Items, Field(min_length=1)] = ("a4", "large-print")
    """The PDFs to make."""
    training: Training | None = None
    """A session to run with it."""
    body: Prose | None = None
    """The briefing's segments, in Markdown: one heading of level 2 for each."""


class Term(Strict):
    """One entry of the glossary."""

    term: Line
    """The word or abbreviation."""
    meaning: Prose
    """What it means, in plain English."""
    aliases: Lines = ()
    """Other ways to write it."""


class External(Strict):
    """National reviews and other bodies' material."""

    title: Line
    """What it is called."""
    publisher: Line
    """Who published it."""
    url: WebAddress
    """Where it is."""
    date: Day | None = None
    """When it was published."""
    summary: Prose | None = None
    """What a reader learns from it."""
    themes: Slugs = ()
    """The themes it belongs to."""


class Ongoing(Strict):
    """A review that is under way, or was."""

    type: ReviewType
    """What sort of review."""
    began: Day
    """The day on which it was decided; readers see the month."""
    concluded: Day | None = None
    """The day on which it ended."""
    note: Line | None = None
    """How far it is, in words that can't identify anyone."""

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> Ongoing:
        if self.concluded and self.concluded < self.began:
            raise at(
                "concluded", "content/wrong-value", "This review ends before it began.", "Correct one of the dates."
            )
        return self


class Agencies(Strict):
    """Map of agency id to its name."""

    names: dict[Slug, Line]
    """id: name."""


class Glossary(Strict):
    """The list of terms."""

    terms: Annotated[tuple[Term, ...], Items]
    """The terms."""


class ExternalList(Strict):
    """The list of other bodies' material."""

    items: Annotated[tuple[External, ...], Items]
    """The items."""


class OngoingList(Strict):
    """The list of reviews that are under way."""

    items: Annotated[tuple[Ongoing, ...], Items]
    """The items."""


RECORDS: dict[str, type[Record]] = {"review": Review, "theme": Theme, "role": Role, "page": Page, "briefing": Briefing}
"""The kinds of record that have a file each."""
