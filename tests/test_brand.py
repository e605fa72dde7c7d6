"""The board's colours and name: contrast, assets whose names tell their version, the picture for sharing."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from sitegen.checks.brand import GROUNDS
from tests.conftest import CONFIG, PROJECT, own_templates


@pytest.mark.parametrize("colour", ["#88aabb", "#fff", "#777777"])
def test_a_brand_colour_that_cannot_be_read_stops_the_build_at_its_line(project, colour):
    project.write("site_config.yaml", f'{CONFIG}brand:\n  colour: "{colour}"\n')
    problem = project.build().only("accessibility/contrast")
    assert problem["severity"] == "error"
    assert (problem["path"], problem["line"]) == ("site_config.yaml", CONFIG.count("\n") + 2)
    assert not (project.root / "output").exists()


def test_a_brand_colour_that_some_find_hard_to_read_is_a_warning(project):
    project.write("site_config.yaml", f'{CONFIG}brand:\n  colour: "#666666"\n')
    result = project.build()
    assert result.code == 0
    assert result.only("accessibility/contrast")["severity"] == "warning"


def test_an_accent_needs_the_contrast_of_a_mark(project):
    project.write("site_config.yaml", f'{CONFIG}brand:\n  accent: "#ddbb99"\n')
    assert project.build().only("accessibility/contrast")["severity"] == "error"
    project.write("site_config.yaml", f'{CONFIG}brand:\n  accent: "#8a6d3b"\n')
    assert project.build().problems == []


def test_contrast_is_taken_on_the_grounds_of_the_style_sheet():
    sheet = (PROJECT / "templates/assets/site.css").read_text(encoding="utf-8")
    light = sheet[: sheet.index("prefers-color-scheme: dark")]
    for name, ground in zip(("paper", "wash"), GROUNDS, strict=True):
        assert re.search(rf"--{name}: {ground};", light), f"--{name} is no longer {ground}"


def assets(project) -> set[str]:
    return {file.removeprefix("assets/") for file in project.outputs() if file.startswith("assets/")}


def test_an_asset_has_another_name_when_its_content_is_another(project):
    own_templates(project).write("templates/assets/extra.css", "h1 { color: red }")
    project.build()
    before = assets(project)
    project.write("templates/assets/extra.css", "h1 { color: blue }")
    project.build()
    gone, new = before - assets(project), assets(project) - before
    assert {name.split(".")[0] for name in gone} == {name.split(".")[0] for name in new} == {"brand", "extra", "icon"}
    assert "site" not in {name.split(".")[0] for name in new}, "a plain copy keeps its name while it is the same"


def test_an_asset_that_is_a_template_has_another_name_when_the_brand_is_another(project):
    project.build()
    before = assets(project)
    project.write("site_config.yaml", f'{CONFIG}brand:\n  colour: "#223344"\n')
    project.build()
    new = {name.split(".")[0] for name in assets(project) - before}
    assert {"brand", "icon", "share"} <= new
    assert "site" not in new, "a plain copy keeps its name"


def test_every_page_names_assets_that_are_there(project):
    project.build()
    known = assets(project)
    for file, data in project.outputs().items():
        if file.endswith(".html"):
            named = set(re.findall(r'/assets/([^"]+)"', data.decode()))
            assert named <= known, file
            assert named, file


def test_a_style_sheet_that_names_a_file_beside_it_is_told_how(project):
    own_templates(project).write("templates/assets/extra.css", "body {\n  background: url(paper.png);\n}\n")
    project.write("templates/assets/paper.png", b"x")
    problem = project.build().only("content/template")
    assert (problem["path"], problem["line"], problem["column"]) == ("templates/assets/extra.css", 2, 19)
    assert "extra.css.j2" in problem["hint"]
    assert 'site.asset["paper.png"]' in problem["hint"]
    project.delete("templates/assets/extra.css")
    project.write("templates/assets/extra.css.j2", 'body { background: url({{ site.asset["paper.png"] }}) }')
    assert project.build().code == 0
    sheet = next(name for name in assets(project) if name.startswith("extra."))
    picture = re.search(r"url\(/assets/([^)]+)\)", project.page(f"assets/{sheet}"))[1]
    assert picture in assets(project)


def picture_of(project) -> Image.Image:
    name = next(name for name in assets(project) if name.startswith("share."))
    return Image.open(io.BytesIO((project.root / "output/assets" / name).read_bytes())).convert("RGB")


def test_pages_that_are_shared_have_a_picture_in_the_brand_s_colour_and_readable_ink(project):
    for colour, ink in (("#17495a", (255, 255, 255)), ("#4a3b00", (255, 255, 255))):
        project.write("site_config.yaml", f'{CONFIG}brand:\n  colour: "{colour}"\n')
        project.build()
        picture = picture_of(project)
        assert picture.size == (1200, 630)
        assert "#{:02x}{:02x}{:02x}".format(*picture.getpixel((5, 5))) == colour
        assert ink in {pixel for _, pixel in picture.getcolors(100_000)}


@pytest.mark.parametrize("title", ["W" * 300, "Learning " * 40, "التعلم من المراجعات", "🙂 x"])
def test_a_picture_holds_any_name(project, title):
    project.write("site_config.yaml", CONFIG.replace("Learning from reviews", title))
    assert project.build().code == 0
    edge = picture_of(project).crop((1150, 0, 1200, 630)).getcolors()
    assert len(edge) == 1, "letters run to the edge"
