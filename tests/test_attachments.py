"""Files to download: which kinds are published, what is found in them, and how servers send them."""

from __future__ import annotations

import io
import os
import re
import zipfile
from typing import Any

import pikepdf

from sitegen import file_kinds
from sitegen.file_remarks import FileRemark
from sitegen.inspect_office import inspect_packed
from tests.conftest import PROJECT, Project

REVIEW_FILE = "content/reviews/17-escalation.md"
DOCX = (PROJECT / "content/files/family-week-planner.docx").read_bytes()
PDF = (PROJECT / "content/files/access-to-home-checklist.pdf").read_bytes()
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
PERSON = "Zqjaneqz Example"


def name_files(project: Project, files: dict[str, bytes]) -> None:
    """Write the files, and name each as a document of the review, a line each from line 4 on."""
    rows = []
    for number, (name, data) in enumerate(files.items()):
        project.write(f"content/files/{name}", data)
        rows.append(f"  - {{title: Document {number}, file: '{name}'}}\n")
    project.change(REVIEW_FILE, "number: 17\n", f"number: 17\ndocuments:\n{''.join(rows)}")


def told(project: Project, files: dict[str, bytes]) -> dict[str, tuple[str, str, str]]:
    """By name of the file, the code, severity and words of what a build says of it where the review names it."""
    name_files(project, files)
    lines = (project.root / REVIEW_FILE).read_text(encoding="utf-8").split("\n")
    found: dict[str, tuple[str, str, str]] = {}
    for problem in project.build().problems:
        assert problem["path"] == REVIEW_FILE, problem
        assert problem["hint"]
        (name,) = [name for name in files if f"'{name}'" in lines[problem["line"] - 1]]
        assert lines[problem["line"] - 1][problem["column"] - 1 :].lstrip("'").startswith(name)
        assert PERSON not in problem["message"]
        assert name not in found, "one thing is told once"
        found[name] = (problem["code"], problem["severity"], problem["message"])
    return found


def changed(source: bytes, parts: dict[str, str | bytes]) -> bytes:
    """A packed file with parts added or put in the place of others."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, data in parts.items():
            new.writestr(name, data)
    return out.getvalue()


def packed(parts: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in parts.items():
            new.writestr(name, data)
    return out.getvalue()


def part(name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(DOCX)) as file:
        return file.read(name).decode()


def core(person: str) -> str:
    return part("docProps/core.xml").replace("<dc:creator></dc:creator>", f"<dc:creator>{person}</dc:creator>")


def document(inner: str) -> str:
    text = part("word/document.xml")
    assert "</w:body>" in text
    return text.replace("</w:body>", f"{inner}</w:body>")


def workbook(parts: dict[str, str | bytes]) -> bytes:
    return packed({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>", **parts})


def slides(parts: dict[str, str | bytes]) -> bytes:
    return packed({"[Content_Types].xml": "<Types/>", "ppt/presentation.xml": "<p/>", **parts})


def open_document(kind: str, parts: dict[str, str | bytes]) -> bytes:
    media_type = f"application/vnd.oasis.opendocument.{kind}"
    return packed({"mimetype": media_type, "content.xml": "<office:document-content/>", **parts})


def pdf(change: Any = None, **save: Any) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(PDF)) as file:
        if change:
            change(file)
        file.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, **save)
    return out.getvalue()


def action(kind: str, **more: Any) -> pikepdf.Dictionary:
    return pikepdf.Dictionary(S=pikepdf.Name(f"/{kind}"), **more)


def annotated(kind: str, **more: Any) -> Any:
    def change(file: pikepdf.Pdf) -> None:
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name(f"/{kind}"), Rect=[0, 0, 9, 9], Contents=PERSON, **more
        )
        file.pages[0].Annots = file.make_indirect(pikepdf.Array([file.make_indirect(note)]))

    return change


def set_root(name: str, value: Any) -> Any:
    def change(file: pikepdf.Pdf) -> None:
        file.Root[name] = value

    return change


def with_file(file: pikepdf.Pdf) -> None:
    file.attachments["list.xlsx"] = b"x"


def with_author(file: pikepdf.Pdf) -> None:
    file.docinfo["/Author"] = PERSON


NOT_PUBLISHED = (
    "a.html a.HTML a.xhtml a.htm a.svgz a.js a.mjs a.wasm a.exe a.sh a.bat a.py a.docm a.XLSM a.pptm a.dotm a.dotx "
    "a.xltm a.xlsb a.zip a.HEIC a.tiff a.xml a.mov a.php a.swf a.unknown noending a.pdf.html"
).split()


def test_kinds_that_are_not_on_the_list_are_not_published_and_the_hint_says_what_to_do(project):
    found = told(project, dict.fromkeys(NOT_PUBLISHED, b"x"))
    assert {name: answer[:2] for name, answer in found.items()} == dict.fromkeys(
        NOT_PUBLISHED, ("security/file-kind", "error")
    )
    assert not (project.root / "output").exists()
    hints = {problem["message"].split("'")[1]: problem["hint"] for problem in project.build().problems}
    assert "Unpack" in hints["a.zip"]
    assert "JPEG" in hints["a.HEIC"]
    assert ".docx" in hints["a.docm"]
    assert "MP4" in hints["a.mov"]
    assert "content/pages" in hints["a.HTML"]


def test_names_that_mislead_are_not_published(project):
    names = ["a.php.pdf", "a.Html.csv", "a.pdf.", "b /a.csv", "gpj.\u202ecsv"]
    name_files(project, dict.fromkeys(names, b"x"))
    problems = sorted(project.build().problems, key=lambda problem: problem["line"])
    assert [problem["code"] for problem in problems] == ["security/file-kind"] * 2 + ["content/file-name"] * 3


def test_files_that_no_published_record_names_are_no_matter(project):
    for name in NOT_PUBLISHED:
        project.write(f"content/files/{name}", b"MZ")
    project.write("content/pages/x.md", "---\ntitle: X\n---\n\n[x](file:a.exe) [y](file:a.html)\n")
    assert project.build().problems == []
    assert not any(name.startswith("files/") for name in project.outputs())


DISGUISED = {
    "page.pdf": b"<!DOCTYPE html><script>alert(1)</script>",
    "page.png": b"  <html><body>x",
    "drawing.jpg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "page.txt": b"\xef\xbb\xbf\n<HTML><script>",
    "page.csv": b"<!-- x --><script>alert(1)</script>",
    "page.vtt": b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>",
    "program.pdf": b"MZ\x90\0\x03",
    "program.txt": b"\x7fELF\x02\x01\x01\0\0",
    "program.csv": b"MZ\x90\0\x03\0\0\0",
    "packed.pdf": packed({"a": "b"}),
    "packed.docx": packed({"a.exe": "b"}),
    "packed.odt": packed({"mimetype": "application/zip", "content.xml": ""}),
    "old.docx": OLE,
    "phone.jpg": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    "film.mp3": b"\0\0\0\x18ftypisom\0\0\0\0isomiso2",
}


def test_bytes_of_another_kind_than_the_name_says_are_not_published(project):
    found = told(project, DISGUISED)
    assert {name: answer[:2] for name, answer in found.items()} == dict.fromkeys(
        DISGUISED, ("security/file-content", "error")
    )
    assert "web page" in found["page.pdf"][2]
    assert "HEIC" in found["phone.jpg"][2]


RELATION = '<Relationships><Relationship Id="r" Type="http://x/{}" Target="{}" TargetMode="External"/></Relationships>'
ACTIVE = {
    "a.docx": changed(DOCX, {"word/vbaProject.bin": b"x"}),
    "b.docx": changed(
        DOCX, {"word/_rels/settings.xml.rels": RELATION.format("attachedTemplate", "https://a.example/t.dotm")}
    ),
    "c.docx": changed(DOCX, {"word/embeddings/oleObject1.bin": b"x"}),
    "d.docx": changed(DOCX, {"word/activeX/activeX1.xml": b"x"}),
    "e.docx": changed(DOCX, {"word/vbaProject.bin": b"x" * 999})[:-40],
    "a.xlsx": workbook({"xl/macrosheets/sheet1.xml": "<x/>"}),
    "a.pptx": slides({"ppt/VBAProject.bin": "x"}),
    "a.odt": open_document("text", {"Basic/Standard/Module1.xml": "<x/>"}),
    "b.ods": open_document("spreadsheet", {"Scripts/python/a.py": "x"}),
    "a.xls": OLE + "_VBA_PROJECT".encode("utf-16-le"),
    "a.rtf": rb"{\rtf1 {\object\objemb{\*\objdata 0105}}}",
    "a.pdf": pdf(set_root("/OpenAction", action("JavaScript", JS="app.alert(1)"))),
    "b.pdf": pdf(set_root("/OpenAction", action("Launch", F="cmd.exe"))),
    "c.pdf": pdf(with_file),
    "d.pdf": pdf(annotated("Link", A=action("JavaScript", JS="app.alert(1)"))),
    "e.pdf": pdf(set_root("/AA", pikepdf.Dictionary(WC=action("JavaScript", JS="1")))),
    "f.pdf": b"%PDF-1.7\n1 0 obj << /OpenAction << /S /JavaScript /JS (x) >> >>",
}


def test_documents_that_hold_programs_or_other_files_are_not_published(project):
    found = told(project, ACTIVE)
    assert {name: answer[:2] for name, answer in found.items()} == dict.fromkeys(
        ACTIVE, ("security/file-macros", "error")
    )


CARRYING = {
    "author.docx": (changed(DOCX, {"docProps/core.xml": core(PERSON)}), "an author"),
    "comments.docx": (changed(DOCX, {"word/comments.xml": f'<w:comments><w:comment w:author="{PERSON}"/></w:comments>'}), "comments"),
    "changes.docx": (changed(DOCX, {"word/document.xml": document('<w:p><w:ins w:id="1"><w:r/></w:ins></w:p>')}), "tracked changes"),
    "hidden.docx": (changed(DOCX, {"word/document.xml": document("<w:p><w:rPr><w:vanish/></w:rPr></w:p>")}), "hidden text"),
    "path.docx": (changed(DOCX, {"word/_rels/settings.xml.rels": RELATION.format("attachedTemplate", "file:///C:/Users/jane/x.dotx")}), "path"),
    "sheets.xlsx": (workbook({"xl/workbook.xml": '<workbook><sheets><sheet name="x" state="veryHidden"/></sheets></workbook>'}), "hidden sheets"),
    "rows.xlsx": (workbook({"xl/worksheets/sheet1.xml": '<row r="2" hidden="1"/>'}), "hidden rows"),
    "pivot.xlsx": (workbook({"xl/pivotCache/pivotCacheRecords1.xml": "<x/>"}), "pivot"),
    "comments.xlsx": (workbook({"xl/comments1.xml": "<comments><commentList><comment/></commentList></comments>"}), "comments"),
    "notes.pptx": (slides({"ppt/notesSlides/notesSlide1.xml": f"<a:t>{PERSON}</a:t>"}), "notes for the speaker"),
    "hidden.pptx": (slides({"ppt/slides/slide1.xml": '<p:sld show="0"/>'}), "hidden slides"),
    "author.odt": (open_document("text", {"meta.xml": f"<meta:initial-creator>{PERSON}</meta:initial-creator>"}), "an author"),
    "changes.odt": (open_document("text", {"content.xml": "<text:tracked-changes><text:changed-region/>"}), "tracked changes"),
    "hidden.ods": (open_document("spreadsheet", {"content.xml": '<style:table-properties table:display="false"/>'}), "hidden sheets"),
    "old.doc": (OLE, "old kind"),
    "author.rtf": (rb"{\rtf1 {\info{\author " + PERSON.encode() + rb"}} x}", "an author"),
    "author.pdf": (pdf(with_author), "an author"),
    "comments.pdf": (pdf(annotated("Text")), "comments"),
    "marked.pdf": (pdf(annotated("Highlight")), "comments"),
    "artist.mp3": (b"ID3\x03\0\0\0\0\0\x1bTPE1\0\0\0\x11\0\0\0" + PERSON.encode() + b"\xff\xfb\x90\0", "an artist"),
    "place.m4a": (b"\0\0\0\x10ftypM4A \0\0\0\0\0\0\0\x24moov\0\0\0\x1cudta\0\0\0\x14\xa9xyz\0\x08\0\0+51.5-0/", "place"),
    "artist.ogg": (b"OggS" + b"\0" * 60 + b"ARTIST=" + PERSON.encode() + b"\0", "an artist"),
}  # fmt: skip


def test_files_that_carry_more_than_their_text_are_warnings_that_name_nobody_and_return_at_each_build(project):
    found = told(project, {name: data for name, (data, _) in CARRYING.items()})
    assert {name: answer[:2] for name, answer in found.items()} == dict.fromkeys(
        CARRYING, ("anonymity/file-metadata", "warning")
    )
    for name, (_, words) in CARRYING.items():
        assert words in found[name][2], name
    again = project.build()
    assert len(again.problems) == len(CARRYING)
    project.change("content/themes/escalation.md", "keep raising", "keep on raising")
    assert project.build().problems == again.problems
    assert not any(name.startswith("files/") for name in project.rendered())


def test_the_organisation_may_be_the_author_and_a_site_may_turn_the_warning_into_an_error(project):
    owner = "Exampleshire Safeguarding Partnership"
    files = {"a.docx": changed(DOCX, {"docProps/core.xml": core(owner)})}
    assert told(project, files) == {}
    project.write("content/files/a.docx", changed(DOCX, {"docProps/core.xml": core(PERSON)}))
    assert project.build().only("anonymity/file-metadata")["severity"] == "warning"
    with open(project.root / "site_config.yaml", "a", encoding="utf-8") as config:
        config.write("checks:\n  anonymity/file-metadata: error\n")
    assert project.build().code == 1


def bomb() -> bytes:
    return packed({"[Content_Types].xml": "<Types/>", **{f"word/{n}.xml": b"\0" * 50_000_000 for n in range(7)}})


BAD = {
    "cut.docx": (DOCX[:9000], "content/unreadable-file"),
    "empty.xlsx": (b"", "content/unreadable-file"),
    "locked.docx": (OLE + "EncryptedPackage".encode("utf-16-le"), "security/file-content"),
    "locked.pdf": (pdf(encryption=pikepdf.Encryption(owner="o", user="u")), "security/file-content"),
    "cut.pdf": (PDF[:400], "content/unreadable-pdf"),
    "bomb.docx": (bomb(), "security/file-content"),
    "unnamed.odt": (open_document("text", {}).replace(b"mimetype", b"\0imetype"), "content/unreadable-file"),
    "altered.docx": (DOCX.replace(b"PK\x01\x02", b"PK\x09\x09"), "content/unreadable-file"),
}


def test_files_that_are_damaged_locked_or_without_end_are_told_and_do_not_stop_the_program(project):
    found = told(project, {name: data for name, (data, _) in BAD.items()})
    assert {name: answer[0] for name, answer in found.items()} == {name: code for name, (_, code) in BAD.items()}


def test_no_altered_byte_of_a_document_ends_the_program():
    for ending, data in (("odt", GOOD["a.odt"]), ("xlsx", GOOD["a.xlsx"])):
        for at in range(len(data)):
            for changed_data in (data[:at], data[:at] + bytes((data[at] ^ 0x91,)) + data[at + 1 :]):
                assert all(isinstance(one, FileRemark) for one in inspect_packed(ending, changed_data, ()))


def test_a_file_larger_than_hosts_take_is_told_before_it_is_read_through(project):
    name_files(project, {"film.mp4": b"\0\0\0\x18ftypisom\0\0\0\0isomiso2"})
    os.truncate(project.root / "content/files/film.mp4", 100_000_001)
    assert project.build().only("content/too-large")["path"] == REVIEW_FILE


GOOD = {
    "a.docx": DOCX,
    "a.PDF": PDF,
    "a.csv": "Name,Ŵ\r\n".encode("utf-16"),
    "b.csv": "Größe,1\r\n".encode("cp1252"),
    "MZ.txt": b"MZ is how this begins, and #! would be well too.\n",
    "a.vtt": b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n",
    "a.ics": b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
    "a.xlsx": workbook({}),
    "a.pptx": slides({"ppt/notesSlides/notesSlide1.xml": "<a:t>1</a:t>"}),
    "a.odt": open_document("text", {}),
    "a.rtf": rb"{\rtf1 Hello}",
    "a.mp3": b"\xff\xfb\x90\0" + b"\0" * 400,
    "v1.2 final.docx": DOCX,
}


def test_documents_tables_captions_and_sound_are_published_byte_for_byte(project):
    assert told(project, GOOD) == {}
    published = project.outputs()
    assert {name: published[f"files/{name}"] for name in GOOD} == GOOD


def test_links_in_the_text_the_logo_and_drafts_in_a_preview_are_places_too(project):
    project.write("content/files/a.exe", b"MZ").write("content/files/logo.html", b"x")
    project.change(REVIEW_FILE, "No one was", "[See](file:a.exe). No one was")
    project.change("site_config.yaml", "  email:", "  logo: logo.html\n  email:")
    found = {problem["path"]: problem for problem in project.build().problems}
    assert set(found) == {REVIEW_FILE, "site_config.yaml"}
    assert {problem["code"] for problem in found.values()} == {"security/file-kind"}
    assert found["site_config.yaml"]["line"] == 3
    text = (project.root / REVIEW_FILE).read_text(encoding="utf-8").split("\n")
    assert text[found[REVIEW_FILE]["line"] - 1][found[REVIEW_FILE]["column"] - 1 :].startswith("file:a.exe")


def test_servers_know_every_kind_that_may_be_published(project):
    name_files(project, {"a.docx": DOCX, "a.vtt": b"WEBVTT\n"})
    assert project.build().code == 0
    nginx, apache, static = (project.page(file) for file in ("deploy/nginx.conf", "deploy/apache.conf", "_headers"))
    for ending, kind in file_kinds.FILE_KINDS.items():
        assert re.search(rf"(?m)^ +{re.escape(kind.media_type)} [^;]*\b{ending}\b[^;]*;", nginx), ending
        assert re.search(rf"(?m)^ +AddType {re.escape(kind.media_type)} .*\.{ending}\b", apache), ending
    rules = static.split("\n")
    at = rules.index("/files/*.vtt")
    assert rules[at + 1] == "  Content-Type: text/vtt; charset=utf-8"
    at = rules.index("/files/*.docx")
    assert rules[at + 1].endswith(file_kinds.FILE_KINDS["docx"].media_type)
    assert rules[at + 2] == "  Content-Disposition: attachment"
