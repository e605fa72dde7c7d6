"""The vocabulary of the made-up corpus: plain words of our own, combined by ``bench.corpus``.

No text from elsewhere, no person, place or case. ``{…}`` in a pattern names a list below.
"""

from __future__ import annotations

THEMES = {
    "information-sharing": "Sharing information",
    "voice-of-the-child": "The voice of the child",
    "missed-appointments": "Missed appointments",
    "working-with-families": "Working with families",
    "neglect": "Neglect over time",
    "domestic-abuse": "Domestic abuse",
    "online-harm": "Harm online",
    "transitions": "Moving between services",
    "escalation": "Raising a concern again",
    "disability": "Disability and access",
    "before-birth": "Before a baby is born",
    "safer-homes": "Safer homes",
}

ROLES = {
    "health-visitors": "Health visitors",
    "school-staff": "School staff",
    "social-workers": "Social workers",
    "police-officers": "Police officers",
    "midwives": "Midwives",
    "housing-officers": "Housing officers",
    "youth-workers": "Youth workers",
    "team-managers": "Team managers",
}

AGENCIES = {
    "partnership": "Sampleton Safeguarding Partnership",
    "social-care": "Social care",
    "police": "Police",
    "schools": "Schools and colleges",
    "health-visiting": "Health visiting",
    "maternity": "Maternity services",
    "hospitals": "Hospitals and clinics",
    "housing": "Housing services",
    "youth-services": "Youth services",
    "early-help": "Early help service",
}

TYPES = {
    "multi-agency-case-file-review": "Multi-agency case file review",
    "single-agency-audit": "Single agency audit",
    "learning-review": "Learning review",
    "thematic-review": "Thematic review",
}

AGES = {"0-1": "0 to 1", "1-4": "1 to 4", "5-9": "5 to 9", "10-15": "10 to 15", "16-17": "16 to 17"}

SEASONS = ("Spring", "Summer", "Autumn", "Winter")

LISTS: dict[str, tuple[str, ...]] = {
    "people": (
        "staff",
        "practitioners",
        "workers in the team",
        "the visiting nurse",
        "the duty worker",
        "managers",
        "the school",
        "the clinic",
        "colleagues in housing",
        "the evening team",
        "the lead worker",
        "the people who knew the family",
    ),
    "family": (
        "the child",
        "the young person",
        "the mother",
        "the father",
        "the family",
        "the carers",
        "the grandparents",
    ),
    "record": (
        "the plan",
        "the case record",
        "the referral",
        "the note of the visit",
        "the chronology",
        "the record of the meeting",
        "the assessment",
        "the handover note",
        "the list of contacts",
        "the letter to the family",
    ),
    "thing": (
        "the risk at home",
        "the missed appointments",
        "the change of address",
        "the worries of the neighbour",
        "the needs of the younger children",
        "the reason for the visit",
        "the earlier concern",
        "who lived in the home",
        "the wishes of the child",
        "the date of the next step",
        "the advice that was given",
        "the support that had ended",
    ),
    "when": (
        "within two working days",
        "before the next visit",
        "at each meeting",
        "on the same day",
        "before the case is closed",
        "when a new worker takes over",
        "at the end of each week",
        "whenever the family moves",
        "after each missed visit",
    ),
    "cause": (
        "the forms did not ask for it",
        "each team used a system of its own",
        "the guidance could be read in two ways",
        "the meeting had no one to chair it",
        "two posts were empty for most of the period",
        "everyone thought that someone else had done it",
        "the change came during the holidays",
        "the worry was shared only by telephone",
        "the service had moved to another building",
    ),
    "effect": (
        "the picture stayed in pieces",
        "help came later than it should have",
        "the family told their story many times",
        "a small problem grew for months",
        "the next worker had to begin again",
        "nobody saw how often this had happened",
        "the plan went on without being tested",
        "the child was seen less and less",
    ),
    "good": (
        "kept asking until there was a clear answer",
        "wrote the plan in the family's own words",
        "rang each other on the same day",
        "saw the child alone and in a place that felt safe",
        "agreed who would visit and when",
        "explained each decision to the family",
        "checked the record with the family before the meeting",
        "stood in for each other without a gap",
    ),
    "verb": (
        "read",
        "check",
        "share",
        "update",
        "talk through",
        "question",
        "sign",
        "compare",
        "keep",
    ),
    "ask": (
        "ask who else lives in the home",
        "ask what daily life is like",
        "ask what has changed since the last visit",
        "tell the lead worker what you have seen",
        "write down what the child said",
        "arrange to see the child alone",
        "agree one person who keeps in touch",
        "offer a time and place that suit the family",
        "raise it with your manager if nothing changes",
        "call the family instead of sending another letter",
        "use a professional interpreter",
        "say plainly what worries you",
    ),
    "subject": (
        "Missed visits",
        "Shared records",
        "Quiet children",
        "Late referrals",
        "Changing workers",
        "Hidden adults",
        "Crowded homes",
        "Short notice moves",
        "Closed cases",
        "Repeated worries",
        "Lost letters",
        "Long waits",
        "First visits",
        "Weekend cover",
        "Joint plans",
        "Unread notes",
        "New babies",
        "Older siblings",
        "School moves",
        "Early signs",
    ),
    "place": (
        "the north of the area",
        "the coastal towns",
        "two towns",
        "three schools",
        "one clinic",
        "the villages",
        "the hospital wards",
        "the youth centres",
    ),
}

STATEMENTS = {
    "improvement": (
        "{Record} did not show {thing}, so {people} could not act on it.",
        "{People} did not pass on {thing} {when}.",
        "{Thing} was known to {people} but did not reach those who planned the support.",
        "{People} relied on {record} and did not ask {family} about {thing}.",
    ),
    "good-practice": (
        "{People} {good}, and {family} noticed the difference.",
        "{People} {good} {when}.",
        "{Record} was clear about {thing}, and {people} used it well.",
    ),
    "system": (
        "It was hard to find {thing} because {cause}.",
        "Nobody was asked to check {record} {when}, and {cause}.",
    ),
}

WHYS = (
    "This happened because {cause}.",
    "We were told that {cause}, so {effect}.",
    "It meant that {effect}.",
    "{Record} left out {thing}, and {effect}.",
)

STEPS = (
    "{verb} {record} {when}.",
    "{ask} {when}.",
    "{ask}.",
)

QUESTIONS = ("How do we know about {thing} {when}?", "Who would tell us about {thing}?", "Does {record} show {thing}?")

SUMMARIES = (
    "This review looked at how {people} worked with {family}. It found that {cause}.",
    "We read the files and met {people}. {Record} mattered most.",
)

NEXT = (
    "The partnership has asked each service to answer. We will look at {record} again and publish what has changed.",
    "Use these findings in supervision. Begin with {thing}, and then ask {family} what would help.",
)
