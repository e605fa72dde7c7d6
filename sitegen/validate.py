"""Plain text, lists and maps become a typed model, or Problems with their places.

The only module that reads pydantic's errors. It knows no file and no field of its own.
"""

from __future__ import annotations

import copy
import difflib
import types
import typing
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from sitegen.parse import DataPath, Plain
from sitegen.problems import Place, Problem, error, quoted

Locate = Callable[[DataPath, bool], Place]
"""Gives the place of a value, or of its key when the second argument is true."""
ModelT = TypeVar("ModelT", bound=BaseModel)


def validate(model: type[ModelT], data: dict[str, Plain], locate: Locate) -> tuple[ModelT | None, list[Problem]]:
    """The record, or everything that is wrong with it. ``data`` is without empty fields."""
    try:
        return model.model_validate(data), []
    except ValidationError as failure:
        return None, [_problem(model, dict(fault), locate) for fault in failure.errors(include_url=False)]


def what_can_be_read(model: type[ModelT], data: dict[str, Plain]) -> ModelT | None:
    """A record of those of the values that are sound, for checking what they refer to; None when little is.

    Faulty values are left out, missing ones get stand-ins. It must never be published.
    """
    data = copy.deepcopy(data)
    for attempt in range(len(_STAND_INS)):
        try:
            return model.model_validate(data)
        except ValidationError as failure:
            for fault in failure.errors(include_url=False):
                _mend(model, data, dict(fault), attempt)
    return None


_STAND_INS: tuple[Plain, ...] = ("-", "-", "1", "2000-01-01", "x", ["x"], {})


def _mend(model: type[BaseModel], data: dict[str, Plain], fault: dict[str, Any], attempt: int) -> None:
    path = _data_path(fault["loc"])
    if "field" in fault.get("ctx", {}):
        path = (*path, fault["ctx"]["field"])
    around: list[Plain] = [data]
    for step in path[:-1]:
        inner = around[-1]
        known = step in inner if isinstance(inner, dict) else isinstance(inner, list) and isinstance(step, int)
        if not known:
            break
        around.append(inner[step])
    if fault["type"] == "missing" and len(around) == len(path) and isinstance(around[-1], dict):
        words = typing.get_args(_annotation(model, path))
        literal = next((word for word in words if isinstance(word, str)), None)
        around[-1][str(path[-1])] = literal or _STAND_INS[attempt]
        return
    for depth in range(len(around) - 1, -1, -1):  # an item of a list takes the list with it: places count its items
        if isinstance(around[depth], dict) and depth < len(path):
            around[depth].pop(path[depth], None)
            return


def _annotation(model: type[BaseModel], path: DataPath) -> Any:
    """The declared type of the field at ``path``, or None."""
    inner = _model_at(model, path[:-1])
    field = inner.model_fields.get(str(path[-1])) if inner else None
    return field.annotation if field else None


def _problem(model: type[BaseModel], fault: dict[str, Any], locate: Locate) -> Problem:
    kind, path, context = str(fault["type"]), _data_path(fault["loc"]), fault.get("ctx", {})
    in_key = fault["loc"][-1:] == ("[key]",)
    if "/" in kind:  # a fault of field_types or models: its code, words and hint are its own
        inner: DataPath = (*path, context["field"]) if "field" in context else path
        return error(kind, locate(inner, in_key), fault["msg"], context.get("hint", ""))
    name = str(path[-1]) if path else ""
    if kind == "extra_forbidden":
        known = fields_at(model, path[:-1])
        near = difflib.get_close_matches(name, known, 1, 0.5)
        hint = f"Did you mean '{near[0]}'?" if near else f"Fields here: {', '.join(known)}."
        return error("content/unknown-field", locate(path, True), f"There is no field {quoted(name)}.", hint)
    if kind == "missing":
        message = f"The field '{name}' is missing or empty."
        return error("content/missing-field", locate(path, True), message, f"Add '{name}: …'.")
    if kind == "literal_error":
        allowed = [word.strip("' ") for word in context["expected"].replace(" or ", ",").split(",") if word.strip("' ")]
        given = fault["input"] if isinstance(fault["input"], str) else ""
        near = difflib.get_close_matches(given.casefold(), allowed, 1, 0.5)
        hint = f"Did you mean '{near[0]}'? " if near else ""
        message = f"{quoted(given)} is not one of the words that can stand here."
        if not isinstance(fault["input"], str):
            kind_given = "list" if isinstance(fault["input"], list) else "group of fields"
            message = f"One word is expected here, and this is a {kind_given}."
        return error("content/unknown-word", locate(path, in_key), message, f"{hint}Allowed: {', '.join(allowed)}.")
    if kind in ("too_short", "too_long"):
        message = f"'{name}' has too {'few' if kind == 'too_short' else 'many'} items."
        limits = {
            "too_short": f"at least {context.get('min_length')}",
            "too_long": f"at most {context.get('max_length')}",
        }
        return error("content/wrong-count", locate(path, False), message, f"Give {limits[kind]}.")
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        message = "A group of fields is expected here."
        hint = "Write each field on a line of its own, 'name: value', indented below this one."
        return error("content/not-fields", locate(path, False), message, hint)
    return error("content/wrong-value", locate(path, False), f"This value can't be used: {fault['msg']}.", "")


def _data_path(loc: tuple[str | int, ...]) -> DataPath:
    return tuple(step for step in loc if step != "[key]")


def fields_at(model: Any, path: DataPath) -> list[str]:
    """The names of the fields at ``path`` within ``model``."""
    found = _model_at(model, path)
    return [field.alias or name for name, field in found.model_fields.items()] if found else []


def _model_at(model: Any, path: DataPath) -> type[BaseModel] | None:
    """The model of the group of fields at ``path`` within ``model``."""
    for step in path:
        if isinstance(model, type) and issubclass(model, BaseModel):
            model = next((f.annotation for n, f in model.model_fields.items() if step in (n, f.alias)), model)
        while not (isinstance(model, type) and issubclass(model, BaseModel)):
            inner = [a for a in typing.get_args(model) if a not in (Ellipsis, types.NoneType)]
            if not inner:
                return None
            model = inner[-1] if typing.get_origin(model) is dict else inner[0]
    return model if isinstance(model, type) and issubclass(model, BaseModel) else None
