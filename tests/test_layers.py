"""The layers of the engine: a module imports only modules that stand above it here, at its top or anywhere within."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SITEGEN = Path(__file__).resolve().parent.parent / "sitegen"

LAYERS = """
    __init__  preview.__init__
    terminal  problems  machine  moment  locks  addresses  links  markdown_html
    notes  yaml_faults  parse  validate  body_findings  markdown_faults  fields
    field_types  models  config
    file_kinds  sources  records  editions  written_links  references  years  connect  file_places
    checks.__init__  checks.addresses  checks.brand  checks.content  checks.files  checks.links  checks.pictures  checks.protection  checks.training
    views.__init__  views.labels  views.common  views.records  views.related  views.lists  views.data  views.year_records  views.year_sums  views.years  views.year_rows  views.training  views.search  views.serving
    artifacts  templates  plan  plan_site  plan_search  plan_serving
    store  publish  bytecode  label_rows  explain  render_html  render_data  render_picture  render_inline  render_compressed  time_limit  print_remarks  print_letters  print_clipping  print_pictures  svg_faults  picture_parts  clean_pictures  clean_drawings  file_remarks  inspect_media  inspect_office  inspect_pdf  render_file  pdf_elements  pdf_structure  pdf_stream  pdf_forms  pdf_imposition  pdf_tags  render_pdf  render_batch  search_words  render_search  preload_pdf  workers  runs  attachments  print_places  render_documents  render
    history
    pipeline
    dev_server  schema
    cli
""".split()


def modules() -> dict[str, Path]:
    return {".".join(file.relative_to(SITEGEN).with_suffix("").parts): file for file in sorted(SITEGEN.rglob("*.py"))}


def imports(tree: ast.AST) -> Iterator[str]:
    """The full names of what a module imports, also within functions; not what only a type checker sees."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports name their module in full"
            yield from (f"{node.module}.{name.name}" for name in node.names)
        else:
            yield from imports(node)


def imported(file: Path) -> Iterator[str]:
    """The modules of ours that a file imports, as they are called in LAYERS."""
    for name in imports(ast.parse(file.read_text(encoding="utf-8"))):
        parts = name.split(".")
        if parts[0] == "sitegen":
            inner = ".".join(parts[1:])
            candidates = (inner, inner.rpartition(".")[0], f"{inner}.__init__", f"{inner.rpartition('.')[0]}.__init__")
            yield next((known for known in candidates if known in modules()), "__init__")


def test_every_module_has_its_place_in_the_layers():
    assert sorted(LAYERS) == sorted(modules())


@pytest.mark.parametrize("name", sorted(modules()))
def test_a_module_imports_only_those_above_it(name):
    place = LAYERS.index(name)
    for other in imported(modules()[name]):
        assert other in LAYERS[:place], f"{name} imports {other}, which stands below it"


def test_the_engine_imports_nothing_of_tests_benchmarks_or_set_up():
    for file in [*modules().values(), SITEGEN.parent / "build.py"]:
        roots = {name.partition(".")[0] for name in imports(ast.parse(file.read_text(encoding="utf-8")))}
        assert not roots & {"tests", "bench", "setup", "build"}, file


def test_no_module_is_a_drawer_for_anything():
    drawers = {"utils", "util", "helpers", "helper", "misc", "common_utils", "tools"}
    assert not drawers & {part for name in modules() for part in name.split(".")}


def test_libraries_that_only_some_builds_need_are_loaded_by_one_module_each():
    doors = {
        "weasyprint": {"render_pdf", "pdf_elements", "pdf_forms", "pdf_stream", "pdf_structure", "pdf_tags"},
        "pydyf": {"pdf_forms", "pdf_imposition", "pdf_stream", "pdf_tags"},
        "fontpkg": {"label_rows", "render_pdf", "render_picture"},
        "watchdog": "dev_server",
        "rich": "cli",
    }
    doors |= {"jinja2": {"render_html", "bytecode"}, "yaml": {"parse", "yaml_faults"}, "nh3": "markdown_html"}
    doors |= {"markdown": "markdown_html", "cbor2": {"search_words", "render_search"}, "pypdfium2": "render_search"}
    doors |= {"pagefind_bin": "search_words"}
    for name, file in modules().items():
        for library in {found.partition(".")[0] for found in imports(ast.parse(file.read_text(encoding="utf-8")))}:
            if library in doors:
                allowed = doors[library] if isinstance(doors[library], set) else {doors[library]}
                assert name in allowed, f"{name} imports {library}; {', '.join(sorted(allowed))} does that"
