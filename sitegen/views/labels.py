"""The words that stand for the codes of the content model."""

REVIEW_TYPES = {
    "multi-agency-case-file-review": "Multi-agency case file review",
    "single-agency-audit": "Single-agency audit",
    "learning-review": "Learning review",
    "rapid-review": "Rapid review",
    "local-child-safeguarding-practice-review": "Local child safeguarding practice review",
    "serious-case-review": "Serious case review",
    "safeguarding-adult-review": "Safeguarding adult review",
    "domestic-abuse-related-death-review": "Domestic abuse related death review",
    "single-unified-safeguarding-review": "Single unified safeguarding review",
    "thematic-review": "Thematic review",
}
FINDING_KINDS = {"improvement": "To improve", "good-practice": "Worked well", "system": "Made hard by the system"}
FINDING_SECTIONS = {
    "improvement": "What needs to improve",
    "good-practice": "What worked well",
    "system": "What the system makes hard",
}
ACTION_STATES = {
    "complete": "Complete",
    "in-progress": "In progress",
    "not-started": "Not started",
    "not-implemented": "Not implemented",
    "no-update": "No update recorded",
}
NOT_ACCEPTED = "Not accepted"
"""The state of a recommendation that was rejected, so that there is nothing to do."""
NO_ACTION = "No action recorded"
CHANGES = {"update": "Updated", "correction": "Corrected"}
RESPONSES = {
    "accepted": "Accepted",
    "partly-accepted": "Partly accepted",
    "rejected": "Rejected",
    "awaited": "Response awaited",
}
AGE_BANDS = {
    "unborn": "Before birth",
    "0-1": "0 to 1",
    "1-4": "1 to 4",
    "5-9": "5 to 9",
    "10-15": "10 to 15",
    "16-17": "16 to 17",
    "18-64": "18 to 64",
    "65-plus": "65 and over",
}
PUBLICATION_MODES = {
    "improvements-only": "Only what needs to improve is published",
    "briefing-only": "Only a briefing is published",
    "catalogue": "This review is listed, and its findings are not published here",
}
RECORD_KINDS = {"review": "Review", "theme": "Theme", "role": "Role", "page": "Page", "briefing": "Briefing"}
SCHEMA_TYPES = {
    "home": "WebSite",
    "review": "Report",
    "briefing": "LearningResource",
    "page": "WebPage",
    "glossary": "DefinedTermSet",
    "search": "SearchResultsPage",
    "notice": "WebPage",
    "share": "WebPage",
    "training": "LearningResource",
    "year": "Report",
}
"""The types of schema.org that pages are; lists, themes and roles are collections."""
STATES = {"draft": "Draft", "embargoed": "Not published yet"}
DOCUMENTS = {
    "review": "Review briefing",
    "theme": "Theme digest",
    "role": "Role sheet",
    "briefing": "Briefing",
    "year": "Year report",
}
"""What the PDF of a record is called."""
DOCUMENT_FORMS = {"a4": "", "large-print": "Large print", "booklet": "Booklet", "training-pack": "Training pack"}
"""What is added to that name in other forms; a training pack is a document of its own."""
MONTHS = "January February March April May June July August September October November December".split()


def written_day(day: str) -> str:
    """``2017-03-01`` → ``1 March 2017``."""
    year, month, number = day[:10].split("-")
    return f"{int(number)} {MONTHS[int(month) - 1]} {int(year)}"


def listed(names: list[str]) -> str:
    """``neglect``, ``neglect and escalation``, ``neglect, escalation and consent``."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
