"""Views of single records: a review, a theme, a role, a briefing, an ordinary page; and the cards that lists show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sitegen import addresses
from sitegen.connect import ConnectedFinding, Site
from sitegen.models import (
    Action,
    Briefing,
    External,
    Page,
    Recommendation,
    RelatedDocument,
    Review,
    Role,
    Theme,
)
from sitegen.records import Entry
from sitegen.views import labels
from sitegen.views.common import View, Viewer

MOST_IN_A_MESSAGE = 5
_KINDS_IN_ORDER = list(labels.FINDING_SECTIONS)


def what_to_do(viewer: Viewer, found: ConnectedFinding) -> list[View]:
    """What to do, for everyone first, then role by role: ``{role: link or None, lines}``."""
    lines = to_do_lines(viewer, found)
    groups: list[View] = [{"role": None, "lines": lines["everyone"]}] if "everyone" in lines else []
    return groups + [{"role": role, "lines": lines[slug]} for slug in lines if (role := viewer.link("role", slug))]


def to_do_lines(viewer: Viewer, found: ConnectedFinding) -> dict[str, list[str]]:
    """What a finding says is to be done, by role.

    Written after a colon in Markdown, lines begin small; shown alone they begin with a capital.
    """
    known = viewer.lines.get(found.reference)
    if known is None:
        known = viewer.lines[found.reference] = {
            slug: [line[:1].upper() + line[1:] for line in viewer.texts(lines)]
            for slug, lines in found.finding.what_to_do.items()
        }
    return known


def finding_card(viewer: Viewer, found: ConnectedFinding) -> View:
    """A finding in a list: what was found, its kind, and where it comes from."""
    reference = found.reference
    card = viewer.findings.get(reference)
    if card is None:
        card = viewer.findings[reference] = {
            "statement": viewer.text(found.finding.statement),
            "kind": found.finding.kind,
            "kind_name": labels.FINDING_KINDS[found.finding.kind],
            "url": viewer.finding_url(found),
            "review": viewer.source(found.review),
            "seen_in": _years(viewer, reference),
        }
    return card


def _years(viewer: Viewer, reference: str) -> list[str]:
    """The other years in which the same was found, oldest first."""
    site = viewer.site
    others = (*site.seen_before.get(reference, ()), *site.seen_again.get(reference, ()))
    return sorted({year for other in others if (year := viewer.source(other.review)["year"])})


def finding_view(viewer: Viewer, found: ConnectedFinding) -> View:
    """A finding in full."""
    finding, site, reference = found.finding, viewer.site, found.reference
    return {
        "id": finding.id,
        "kind": finding.kind,
        "kind_name": labels.FINDING_KINDS[finding.kind],
        "statement": viewer.text(finding.statement),
        "why": viewer.text(finding.why),
        "question": viewer.text(finding.question),
        "what_to_do": what_to_do(viewer, found),
        "see": viewer.texts(finding.see),
        "url": viewer.finding_url(found),
        "seen_in": _years(viewer, reference),
        "themes": viewer.links("theme", found.themes),
        "roles": viewer.links("role", found.roles),
        "agencies": viewer.agencies(found.agencies),
        "seen_before": [_other(viewer, other) for other in site.seen_before.get(reference, ())],
        "seen_again": [_other(viewer, other) for other in site.seen_again.get(reference, ())],
        "briefings": [
            {"title": b.record.title, "url": viewer.url(addresses.of_record("briefing", b.slug))}
            for b in site.briefings_on.get(reference, ())
        ],
    }


def _other(viewer: Viewer, found: ConnectedFinding) -> View:
    return {"statement": viewer.text(found.finding.statement), "url": viewer.finding_url(found), **_of(viewer, found)}


def _of(viewer: Viewer, found: ConnectedFinding) -> View:
    source = viewer.source(found.review)
    return {"title": source["title"], "year": source["year"], "number": source["number"]}


def review_card(viewer: Viewer, entry: Entry[Review]) -> View:
    """A review in a list."""
    record = entry.record
    return {
        **viewer.source(entry),
        "question": viewer.text(record.question),
        "summary": viewer.text(record.summary),
        "themes": viewer.links("theme", record.themes),
        "findings": len(record.findings),
        "to_do": _first_to_do(viewer, entry),
    }


def _first_to_do(viewer: Viewer, entry: Entry[Review]) -> str | None:
    """One line of what to do, for everyone if there is one, else with the role that it is for."""
    for_roles: str | None = None
    for finding in entry.record.findings:
        lines = to_do_lines(viewer, viewer.site.findings[f"{entry.slug}#{finding.id}"])
        if lines.get("everyone"):
            return lines["everyone"][0]
        for slug, own in lines.items():
            role = viewer.link("role", slug)
            if role and own and for_roles is None:
                for_roles = f"{role['title']}: {own[0][:1].lower()}{own[0][1:]}"
    return for_roles


def action_view(viewer: Viewer, action: Action) -> View:
    """An action with its state in words."""
    return {
        "what": viewer.text(action.what),
        "owner": viewer.text(action.owner),
        "due": viewer.day(action.due),
        "status": action.status,
        "status_name": labels.ACTION_STATES[action.status],
        "status_date": viewer.day(action.status_date),
        "evidence": viewer.text(action.evidence),
        "impact": viewer.text(action.impact),
    }


def recommendation_view(viewer: Viewer, entry: Entry[Review], recommendation: Recommendation) -> View:
    """A recommendation with the findings it rests on and its actions."""
    url = viewer.url(addresses.of_record("review", entry.slug))
    texts = {finding.id: finding.statement for finding in entry.record.findings}
    return {
        "number": recommendation.number,
        "url": f"{url}#part-recommendation-{recommendation.number}",
        "text": viewer.text(recommendation.text),
        "addressed_to": viewer.agencies(recommendation.addressed_to),
        "findings": [
            {"statement": viewer.text(texts[anchor]), "url": f"{url}#{anchor}"}
            for anchor in recommendation.findings
            if anchor in texts
        ],
        "response": recommendation.response,
        "response_name": labels.RESPONSES[recommendation.response] if recommendation.response else None,
        "not_implemented_reason": viewer.text(recommendation.not_implemented_reason),
        "measure_of_success": viewer.text(recommendation.measure_of_success),
        "actions": [action_view(viewer, action) for action in recommendation.actions],
    }


def document_view(viewer: Viewer, document: RelatedDocument) -> View:
    """A related file, or a page elsewhere (``bytes`` is then None)."""
    target = (
        viewer.file(document.file)
        if document.file
        else {"url": document.url, "kind": None, "bytes": None, "pages": None}
    )
    return {
        "title": document.title,
        "url": target["url"],
        "file_kind": target["kind"],
        "bytes": target["bytes"],
        "kind": document.kind,
        "date": viewer.day(document.date),
    }


def review_view(viewer: Viewer, entry: Entry[Review]) -> View:
    """A review in full, its findings by kind and numbered in that order, and everything that points to it."""
    record, site = entry.record, viewer.site
    ordered = sorted(record.findings, key=lambda finding: _KINDS_IN_ORDER.index(finding.kind))
    findings = [
        {**finding_view(viewer, site.findings[f"{entry.slug}#{finding.id}"]), "number": number}
        for number, finding in enumerate(ordered, 1)
    ]
    actions = [action for recommendation in record.recommendations for action in recommendation.actions]
    sections = [
        {
            "kind": kind,
            "title": title,
            "kind_name": labels.FINDING_KINDS[kind],
            "findings": [view for view in findings if view["kind"] == kind],
        }
        for kind, title in labels.FINDING_SECTIONS.items()
    ]
    return {
        **viewer.source(entry),
        "slug": entry.slug,
        "type": record.type,
        "question": viewer.text(record.question),
        "summary": viewer.text(record.summary),
        "period": viewer.text(record.period),
        "age_band": labels.AGE_BANDS[record.age_band] if record.age_band else None,
        "themes": viewer.links("theme", record.themes),
        "roles": viewer.links("role", record.roles),
        "agencies": viewer.agencies(record.agencies),
        "addenda": [{"date": viewer.day(a.date), "text": viewer.text(a.text)} for a in record.addenda],
        "publication_mode": record.publication_mode,
        "publication_words": labels.PUBLICATION_MODES.get(record.publication_mode),
        "publication_reason": viewer.text(record.publication_reason),
        "delay_reason": viewer.text(record.delay_reason),
        "methodology": viewer.text(record.methodology),
        "family_contribution": viewer.text(record.family_contribution),
        "anonymisation_note": viewer.text(record.anonymisation_note),
        "body": viewer.text(record.body),
        "what_to_do": gathered(findings),
        "questions": [view["question"] for view in findings if view["question"]],
        "sections": [section for section in sections if section["findings"]],
        "found_in": _found_in(record),
        "recommendations": [recommendation_view(viewer, entry, r) for r in record.recommendations],
        "progress": {"complete": sum(action.status == "complete" for action in actions), "total": len(actions)},
        "documents": [document_view(viewer, document) for document in record.documents],
        "briefings": [briefing_card(viewer, b) for b in site.briefings_on.get(entry.slug, ())],
        "pdfs": viewer.pdfs("review", entry.slug),
    }


def _found_in(record: Review) -> str:
    """Where the findings are of a review that sets out none of them here."""
    places = [
        *(["its recommendations"] if record.recommendations else []),
        *(["its related files"] if record.documents else []),
    ]
    if not places:
        return "No finding of this review is published."
    return f"The findings of this review are not set out here one by one. Please see {labels.listed(places)}."


def gathered(findings: Iterable[View]) -> list[View]:
    """What to do over several findings, by role, everyone first: ``{role, items: [{line, url}]}``."""
    groups: dict[str, View] = {}
    for finding in findings:
        for group in finding["what_to_do"]:
            role = group["role"]
            whole = groups.setdefault(role["url"] if role else "", {"role": role, "items": []})
            whole["items"] += [{"line": line, "url": finding["url"]} for line in group["lines"]]
    return sorted(groups.values(), key=lambda g: (g["role"] is not None, g["role"]["title"] if g["role"] else ""))


def theme_card(viewer: Viewer, entry: Entry[Theme]) -> View:
    """A theme in a list, with the number of its findings."""
    return {
        "title": entry.record.title,
        "url": viewer.url(addresses.of_record("theme", entry.slug)),
        "statement": viewer.text(entry.record.statement),
        "summary": viewer.text(entry.record.summary),
        "findings": len(viewer.site.by_theme.get(entry.slug, ())),
    }


def theme_view(viewer: Viewer, entry: Entry[Theme]) -> View:
    """A theme without its findings, which come in sheets."""
    record, site = entry.record, viewer.site
    everything = site.by_theme.get(entry.slug, ())
    return {
        "title": record.title,
        "slug": entry.slug,
        "statement": viewer.text(record.statement),
        "summary": viewer.text(record.summary),
        "body": viewer.text(record.body),
        "total": len(everything),
        "reviews": len({found.review.slug for found in everything}),
        "recurring": sum(1 for found in everything if found.reference in site.seen_before),
        "chart": findings_by_year(viewer, everything),
        "briefings": [briefing_card(viewer, b) for b in site.briefings_on.get(f"theme:{entry.slug}", ())],
        "external": [external_view(viewer, item) for item in site.external if entry.slug in item.themes],
        "pdfs": viewer.pdfs("theme", entry.slug),
    }


def findings_by_year(viewer: Viewer, findings: Iterable[ConnectedFinding]) -> View | None:
    """How many findings of each kind each year had, oldest year first and without gaps; None when none is dated."""
    counts: dict[int, Counter[str]] = {}
    for found in findings:
        year = viewer.source(found.review)["year"]
        if year:
            counts.setdefault(int(year), Counter())[found.finding.kind] += 1
    if not counts:
        return None
    years: list[View] = [
        {
            "year": str(year),
            **{kind.replace("-", "_"): counts.get(year, Counter())[kind] for kind in _KINDS_IN_ORDER},
            "total": counts.get(year, Counter()).total(),
        }
        for year in range(min(counts), max(counts) + 1)
    ]
    return {"years": years, "max": max(count.total() for count in counts.values())}


def role_view(viewer: Viewer, entry: Entry[Role]) -> View:
    """A role without its findings, which come in sheets."""
    record, site = entry.record, viewer.site
    return {
        **to_do_totals(viewer, entry.slug, site.by_role.get(entry.slug, ())),
        "title": record.title,
        "summary": viewer.text(record.summary),
        "body": viewer.text(record.body),
        "agencies": viewer.agencies(record.agencies),
        "briefings": [briefing_card(viewer, b) for b in site.briefings if entry.slug in b.record.audience],
        "pdfs": viewer.pdfs("role", entry.slug),
    }


def everyone_view(viewer: Viewer, findings: Sequence[ConnectedFinding]) -> View:
    """What everyone is to do, as if everyone were a role."""
    totals = to_do_totals(viewer, "everyone", findings)
    nothing: View = {"summary": None, "body": None, "agencies": [], "briefings": []}
    return {**totals, **nothing, "title": "Everyone", "pdfs": viewer.pdfs("role", "everyone")}


def findings_for_everyone(site: Site) -> list[ConnectedFinding]:
    """The findings that say what everyone is to do, newest review first."""
    return [found for found in site.findings.values() if "everyone" in found.finding.what_to_do]


def to_do_totals(viewer: Viewer, role: str, findings: Sequence[ConnectedFinding]) -> View:
    """How much there is to do for a role, over all its sheets."""
    return {
        "slug": role,
        "total": sum(len(found.finding.what_to_do.get(role, ())) for found in findings),
        "findings_total": len(findings),
        "reviews": len({found.review.slug for found in findings}),
        "everyone_url": viewer.url(addresses.EVERYONE),
    }


def role_card(viewer: Viewer, entry: Entry[Role]) -> View:
    """A role in a list, with the number of findings that speak to it."""
    return {
        "title": entry.record.title,
        "url": viewer.url(addresses.of_record("role", entry.slug)),
        "summary": viewer.text(entry.record.summary),
        "findings": len(viewer.site.by_role.get(entry.slug, ())),
    }


def to_do_card(viewer: Viewer, found: ConnectedFinding, role: str) -> View:
    """A finding as a role's page shows it: the role's own lines, then those for everyone."""
    lines = to_do_lines(viewer, found)
    return {
        **finding_card(viewer, found),
        "lines": lines.get(role, []),
        "everyone": lines.get("everyone", []) if role != "everyone" else [],
    }


def briefing_card(viewer: Viewer, entry: Entry[Briefing]) -> View:
    """A briefing in a list."""
    record = entry.record
    return {
        "title": record.title,
        "url": viewer.url(addresses.of_record("briefing", entry.slug)),
        "summary": viewer.text(record.summary),
        "published": viewer.day(record.published),
        "version": record.version,
        "audience": viewer.links("role", record.audience),
        "training": record.training.duration if record.training else None,
        "pdfs": viewer.pdfs("briefing", entry.slug),
    }


def findings_about(viewer: Viewer, entry: Entry[Briefing]) -> list[ConnectedFinding]:
    """The findings that a briefing rests on, each once: a review stands for all of its findings."""
    site = viewer.site
    result: dict[str, ConnectedFinding] = {}
    for reference in entry.record.about:
        if reference.startswith("theme:"):
            continue
        slug, _, anchor = reference.partition("#")
        review = site.published("review", slug)
        for finding in review.record.findings if review else ():
            if not anchor or finding.id == anchor:
                key = f"{slug}#{finding.id}"
                result[key] = site.findings[key]
    return list(result.values())


def share_view(viewer: Viewer, entry: Entry[Any]) -> View:
    """What an e-mail and an item of a team meeting need to tell of a record."""
    record = entry.record
    if isinstance(record, Review):
        findings = [viewer.site.findings[f"{entry.slug}#{finding.id}"] for finding in record.findings]
        question = viewer.text(record.question)
        questions = viewer.texts(finding.question for finding in record.findings if finding.question)
        messages = viewer.texts(finding.statement for finding in record.findings[:MOST_IN_A_MESSAGE])
    else:
        findings, question = findings_about(viewer, entry), None
        questions, messages = viewer.texts(record.questions), viewer.texts(record.key_messages)
    lines = dict.fromkeys(line for one in findings for line in to_do_lines(viewer, one).get("everyone", ()))
    return {
        "title": record.title,
        "kind_name": labels.RECORD_KINDS[entry.kind],
        "url": viewer.url(addresses.of_record(entry.kind, entry.slug)),
        "canonical": viewer.canonical(addresses.of_record(entry.kind, entry.slug)),
        "question": question,
        "summary": viewer.text(record.summary),
        "messages": messages,
        "to_do": list(lines)[:MOST_IN_A_MESSAGE],
        "questions": questions[:MOST_IN_A_MESSAGE],
    }


def briefing_view(viewer: Viewer, entry: Entry[Briefing]) -> View:
    """A briefing with the findings and good practice pulled in from their reviews."""
    record, site = entry.record, viewer.site
    findings = [
        {**finding_view(viewer, found), "review": viewer.source(found.review)}
        for found in findings_about(viewer, entry)
    ]
    slugs = dict.fromkeys(r.partition("#")[0] for r in record.about if not r.startswith("theme:"))
    themes = [r.removeprefix("theme:") for r in record.about if r.startswith("theme:")]
    return {
        "title": record.title,
        "slug": entry.slug,
        "summary": viewer.text(record.summary),
        "version": record.version,
        "published": viewer.day(record.published),
        "audience": viewer.links("role", record.audience),
        "key_messages": viewer.texts(record.key_messages),
        "questions": viewer.texts(record.questions),
        "next_steps": viewer.texts(record.next_steps),
        "contact": viewer.text(record.contact),
        "reuse": viewer.text(record.reuse),
        "body": viewer.text(record.body),
        "findings": [view for view in findings if view["kind"] != "good-practice"],
        "good_practice": [view for view in findings if view["kind"] == "good-practice"],
        "what_to_do": gathered(findings),
        "reviews": [viewer.source(review) for slug in slugs if (review := site.published("review", slug))],
        "themes": viewer.links("theme", themes),
        "training": _training_view(viewer, entry),
        "pdfs": viewer.pdfs("briefing", entry.slug),
    }


def _training_view(viewer: Viewer, entry: Entry[Briefing]) -> View | None:
    """A briefing's session; ``pack`` is the address of its training pack's page, when there is one."""
    training = entry.record.training
    if training is None:
        return None
    has_pack = "training-pack" in viewer.site.forms("briefing", entry.slug)
    return {
        "duration": training.duration,
        "aims": viewer.texts(training.aims),
        "ground_rules": viewer.texts(training.ground_rules),
        "activities": [
            {
                "title": activity.title,
                "minutes": activity.minutes,
                "purpose": viewer.text(activity.purpose),
                "resources": viewer.texts(activity.resources),
                "instructions": viewer.text(activity.instructions),
            }
            for activity in training.activities
        ],
        "handouts": [{"title": one.title, "text": viewer.text(one.text)} for one in training.handouts],
        "facilitator_notes": viewer.text(training.facilitator_notes),
        "pack": viewer.url(addresses.of_training(entry.slug)) if has_pack else None,
    }


def page_view(viewer: Viewer, entry: Entry[Page]) -> View:
    """An ordinary page."""
    return {
        "title": entry.record.title,
        "summary": viewer.text(entry.record.summary),
        "body": viewer.text(entry.record.body),
    }


def external_view(viewer: Viewer, item: External) -> View:
    """A national review or another body's material."""
    return {
        "title": item.title,
        "publisher": item.publisher,
        "url": item.url,
        "date": viewer.day(item.date),
        "summary": viewer.text(item.summary),
        "themes": viewer.links("theme", item.themes),
    }
