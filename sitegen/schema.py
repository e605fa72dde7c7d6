"""JSON Schemas of the content model, for editors that complete and check fields while one types.

Made from the models: a field's description is the text below it in the source. Dates, numbers and yes or no are what a
YAML editor takes them for, so they are described as such.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from sitegen import config, models
from sitegen.config import Config
from sitegen.models import Agencies, ExternalList, Glossary, OngoingList

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def write_schemas(folder: Path) -> list[Path]:
    """Write one ``<kind>.schema.json`` for each kind of file. Returns their paths; raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, schema in schemas().items():
        path = folder / f"{name}.schema.json"
        path.write_text(json.dumps(schema, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        paths.append(path)
    return paths


def schemas() -> dict[str, dict[str, Any]]:
    """For each kind of file its JSON Schema."""
    found: dict[str, dict[str, Any]] = {}
    for kind, model in models.RECORDS.items():
        found[kind] = _schema(model)
    found["site-config"] = _schema(Config)
    lists = (("glossary", Glossary, "terms"), ("external", ExternalList, "items"), ("ongoing", OngoingList, "items"))
    for name, whole, field in lists:
        found[name] = _only_field(_schema(whole), field)
    found["agencies"] = _only_field(_schema(Agencies), "names")
    return found


def _only_field(schema: dict[str, Any], field: str) -> dict[str, Any]:
    """The schema of a file that is the value of one field: a bare list or map."""
    inner = dict(schema["properties"][field])
    inner["title"] = schema["title"]
    kept = {key: schema[key] for key in ("$schema", "$defs") if key in schema}
    return {**kept, **inner}


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema(by_alias=True)
    descriptions = {**_descriptions(Path(models.__file__)), **_descriptions(Path(config.__file__))}
    bases = {cls.__name__: cls for module in (models, config) for cls in vars(module).values() if isinstance(cls, type)}
    for name, part in {model.__name__: schema, **schema.get("$defs", {})}.items():
        part.pop("title", None)
        lineage = bases[name].__mro__ if name in bases else ()
        for field, value in part.get("properties", {}).items():
            value.pop("title", None)
            words = (descriptions.get((cls.__name__, field.replace("-", "_"))) for cls in lineage)
            text = next((word for word in words if word), None)
            if text:
                value["description"] = text
    return {"$schema": _DRAFT, "title": model.__name__, **_forgiving(schema)}


def _forgiving(part: Any) -> Any:
    """The schema with all that we take for text: ``2015`` and ``NO`` are other things to an editor, and text to us."""
    if isinstance(part, list):
        return [_forgiving(item) for item in part]
    if not isinstance(part, dict):
        return part
    if part.get("type") == "string" and not {"enum", "const", "format"} & part.keys():
        return {**part, "type": ["string", "number", "boolean"]}
    return {key: _forgiving(value) for key, value in part.items()}


def _descriptions(source: Path) -> dict[tuple[str, str], str]:
    """(class, field) → the string that stands below the field."""
    found = {}
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.ClassDef):
            continue
        for field, text in zip(node.body, node.body[1:], strict=False):
            if (
                isinstance(field, ast.AnnAssign)
                and isinstance(field.target, ast.Name)
                and isinstance(text, ast.Expr)
                and isinstance(text.value, ast.Constant)
                and isinstance(text.value.value, str)
            ):
                found[node.name, field.target.id] = text.value.value
    return found
