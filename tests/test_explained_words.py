"""Terms of the glossary: marked where a page first uses them, with their meaning at the end of the page."""

from __future__ import annotations

import re
from typing import Any

from tests.conftest import own_templates

GLOSSARY = """\
- term: Front door
  meaning: Where worries about children are first *looked* at.
  aliases: [MASH]
- term: MASH team
  meaning: The people of the front door.
"""
BUTTON = re.compile(r'<button type="button" class="term" popovertarget="([^"]+)">([^<]+)</button>')
REVIEW = "content/reviews/17-escalation.md"


def marked(project: Any, text: str, glossary: str = GLOSSARY) -> list[str]:
    """The words that are marked on the review's page when its text says ``text``."""
    source = (project.root / REVIEW).read_text(encoding="utf-8").split("\n## More")[0]
    project.write(REVIEW, f"{source}\n## More\n\n{text}\n").write("content/glossary.yaml", glossary)
    result = project.build()
    assert result.code == 0, result.out
    return [word for _, word in BUTTON.findall(project.page("reviews/17-escalation"))]


def test_a_term_is_marked_at_its_first_use_only(project):
    assert marked(project, "Ring the front door. Then ring the front door again.") == ["front door"]
    page = project.page("reviews/17-escalation")
    assert "Ring the <button" in page
    assert "</button>. Then ring the front door again." in page


def test_its_meaning_stands_at_the_end_of_the_page_and_leads_to_the_glossary(project):
    marked(project, "Ring the front door.")
    page = project.page("reviews/17-escalation")
    target = BUTTON.search(page)[1]
    meaning = re.search(rf'<div class="word" id="{target}" popover>(.*?)</div>\s*<p>', page, re.DOTALL)[1]
    assert "Front door" in meaning
    assert "first <em>looked</em> at" in meaning
    assert 'href="/glossary/#term-front-door"' in page
    assert 'id="term-front-door"' in project.page("glossary")
    assert page.index(target) < page.index("</main>")


def test_another_name_of_a_term_is_explained_as_well_but_the_term_only_once(project):
    assert marked(project, "Ring MASH, the front door.") == ["MASH"]
    assert "Front door (MASH)" in " ".join(project.page("reviews/17-escalation").split())


def test_the_longer_of_two_terms_is_meant(project):
    assert marked(project, "The MASH team decides.") == ["MASH team"]


def test_parts_of_words_and_other_ways_of_writing_are_no_terms(project):
    assert marked(project, "Mash the potatoes. SMASH. MASH-like. MASHED.") == []


def test_headings_links_and_code_are_left_alone(project):
    text = "### Front door\n\nSee [the front door](/glossary/) and `front door`.\n\nAt the front door."
    assert marked(project, text) == ["front door"]
    assert 'At the <button type="button" class="term"' in project.page("reviews/17-escalation")


def test_signs_of_html_in_a_term_are_found_and_stay_text(project):
    glossary = '- term: "R&D <b>"\n  meaning: Research.\n- term: a.b*\n  meaning: Odd.\n'
    page_words = marked(project, "We do R&amp;D &lt;b&gt; here, and a.b\\* there, not acbb.", glossary)
    assert page_words == ["R&amp;D &lt;b&gt;", "a.b*"]
    assert "<b> here" not in project.page("reviews/17-escalation")


def test_a_term_that_is_first_in_a_fold_is_marked_there_and_where_everyone_reads_it(project):
    project.change(REVIEW, "record each visit", "tell the front door of each visit")
    assert marked(project, "Ring the front door. Ring the front door.") == ["front door", "front door"]
    page = project.page("reviews/17-escalation")
    assert len({target for target, _ in BUTTON.findall(page)}) == 1
    assert page.count('class="word"') == 1


def test_a_term_of_one_letter_is_in_the_glossary_only(project):
    assert marked(project, "Plan A and plan B.", "- term: A\n  meaning: First.\n") == []
    assert 'id="term-a"' in project.page("glossary")


def test_pages_without_a_term_have_no_list_of_words(project):
    marked(project, "Nothing to explain.")
    assert 'class="words"' not in project.page("reviews/17-escalation")


def test_the_glossary_itself_and_an_empty_one_mark_nothing(project):
    marked(project, "Ring the front door.")
    assert not BUTTON.search(project.page("glossary"))
    project.delete("content/glossary.yaml")
    assert project.build().code == 0
    assert not BUTTON.search(project.page("reviews/17-escalation"))


def test_terms_with_one_spelling_in_an_address_have_anchors_of_their_own(project):
    glossary = "- term: Core group\n  meaning: One.\n- term: core-group\n  meaning: Two.\n"
    marked(project, "Text.", glossary)
    page = project.page("glossary")
    assert 'id="term-core-group"' in page
    assert 'id="term-core-group-2"' in page


def test_a_change_of_the_glossary_reaches_pages_that_were_built_before(project):
    marked(project, "Ring the front door.")
    assert marked(project, "Ring the front door.", "- term: Ring\n  meaning: Call.\n") == ["Ring"]


def test_a_project_with_its_own_templates_may_do_without(project):
    own_templates(project).delete("templates/layout/words.html")
    assert marked(project, "Ring the front door.") == []
