"""What pydantic found wrong, as messages for people, each at its place in the file."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from optimizer.errors import Problem
from optimizer.workload.document import Document, Key
from optimizer.workload.mistake import Mistake, did_you_mean
from optimizer.workload.sections import Section

_WANTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}
_VERBS = ("must ", "is ", "can't ")
_BOUNDS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than_equal": ("at most", "le"),
}


def problems(error: ValidationError, document: Document, root: type[Section]) -> Iterator[Problem]:
    """One problem per error of validating the document's data by `root`."""
    for details in error.errors(include_url=False):
        yield _problem(details, document, root)


def _problem(details: ErrorDetails, document: Document, root: type[Section]) -> Problem:
    loc, kind = details["loc"], details["type"]
    if kind == "extra_forbidden":
        return _unknown_key(loc, document, root)
    if kind == "missing":
        return _missing(loc, document, root)
    if kind == "invalid_key":
        return Problem(f"the key {loc[-1]} must be a text", document.key_position(loc), "put it in quotes")
    message, hint = _wrong_value(details)
    if loc and loc[-1] == "[key]":
        spoken = f"a key {message}" if message.startswith(_VERBS) else message
        return Problem(spoken, document.key_position(loc[:-1]), hint)
    joint = " " if message.startswith(_VERBS) else ": "
    return Problem(f"{_subject(loc)}{joint}{message}", document.position(loc), hint)


def _unknown_key(loc: tuple[Key, ...], document: Document, root: type[Section]) -> Problem:
    section = _section_at(root, loc[:-1])
    known = [key for key in section.field_of_key() if key != "rows"] if section else []
    hint = did_you_mean(str(loc[-1]), known, "the keys here are")
    return Problem(f"unknown key {str(loc[-1])!r}", document.key_position(loc), hint)


def _missing(loc: tuple[Key, ...], document: Document, root: type[Section]) -> Problem:
    section = _section_at(root, loc[:-1])
    field = section.model_fields[section.field_of_key()[str(loc[-1])]] if section else None
    hint = field.description if field else None
    return Problem(f"{str(loc[-1])!r} is missing", document.key_position(loc), hint)


def _wrong_value(details: ErrorDetails) -> tuple[str, str | None]:
    kind, context = details["type"], details.get("ctx", {})
    mistake = context.get("error")
    if isinstance(mistake, Mistake):
        return mistake.message, mistake.hint
    if kind == "literal_error":
        return f"can't be {spell(details['input'])}", _literal_hint(details["input"], context["expected"])
    if kind in _BOUNDS:
        words, key = _BOUNDS[kind]
        return f"must be {words} {context[key]:g}, not {spell(details['input'])}", None
    if kind == "too_short":
        return "is empty", "write at least one"
    if kind in _WANTED:
        return f"must be {_WANTED[kind]}, not {spell(details['input'])}", _type_hint(kind, details["input"])
    return details["msg"][0].lower() + details["msg"][1:], None


def _literal_hint(value: Any, expected: str) -> str:
    words = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
    return did_you_mean(str(value), words, "write one of" if len(words) > 1 else "write")


def _type_hint(kind: str, value: Any) -> str | None:
    if kind == "string_type" and not isinstance(value, dict | list):
        return "put it in quotes"
    if kind in ("int_from_float", "int_type") and isinstance(value, float) and value.is_integer():
        return f"write {int(value)}"
    if kind in ("int_type", "float_type") and isinstance(value, str):
        return "write it without quotes, units and signs"
    return None


def spell(value: Any) -> str:
    """A value of the file in words short enough for a message."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.date):
        return f"the date {value}"
    text = repr(value)
    short = text if len(text) <= 40 else text[:36] + "...'"
    return f"the text {short}" if isinstance(value, str) else short


def _subject(path: tuple[Key, ...]) -> str:
    names = [part for part in path if isinstance(part, str)]
    if not names:
        return "the file"
    return f"an entry of {names[-1]!r}" if isinstance(path[-1], int) else repr(names[-1])


def _section_at(root: type[Section], loc: tuple[Key, ...]) -> type[Section] | None:
    """The section at that place: a field's own one, or that of the items of a field's list or mapping."""
    section: type[Section] | None = root
    parts = list(loc)
    while parts and section is not None:
        annotation = section.model_fields[section.field_of_key()[str(parts.pop(0))]].annotation
        section = _inner_section(annotation)
        if annotation != section:
            parts = parts[1:]
    return section


def _inner_section(annotation: Any) -> type[Section] | None:
    """The section inside `dict[str, X]`, `list[X]`, `Annotated[X, ...]`; None where there is none."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    for part in get_args(annotation):
        inner = _inner_section(part)
        if inner is not None:
            return inner
    return None
