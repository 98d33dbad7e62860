"""The kinds that are made of other generators, and points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from generators import readings as read
from generators.array import Array
from generators.constant import Constant
from generators.entry import Entry, is_generator
from generators.errors import SpecError
from generators.generator import Generator
from generators.json_document import Json
from generators.point import Points
from generators.ranges import Ranges
from generators.shape import ColumnShape


def json(entry: Entry) -> Generator:
    if not isinstance(entry.given, Mapping) or not entry.given:
        raise SpecError(f"{entry.given!r} is not a mapping of keys", ("json",), "write {key: generator, ...}")
    return _document(entry.given, entry, "json")


def _document(given: Mapping[str, Any], entry: Entry, *path: str) -> Json:
    return Json(tuple((str(key), _member(value, entry, *path, str(key))) for key, value in given.items()))


def _member(value: Any, entry: Entry, *path: str) -> Generator:
    """A generator where the mapping is one, a document where it isn't, else the value itself."""
    if isinstance(value, Mapping) and value:
        if not is_generator(value):
            return _document(value, entry, *path)
        try:
            return entry.nested(value, ColumnShape(path[-1], rows=entry.shape.rows))
        except SpecError as error:
            raise error.under(*path) from error
    return Constant(read.hashable(value) if isinstance(value, list) else value)


def point(entry: Entry) -> Generator:
    given = read.fields(entry.given, frozenset({"lat", "lon"}), frozenset({"lat", "lon"}), "point")
    return Points(read.span(given["lat"], "point", "lat"), read.span(given["lon"], "point", "lon"))


def array(entry: Entry) -> Generator:
    if not isinstance(entry.given, Mapping):
        raise SpecError(f"{entry.given!r} is not a mapping", ("array",), "write {of: ..., min: 0, max: 5}")
    sizes = [entry.given.get("min", 0), entry.given.get("max", max(5, entry.given.get("min", 0)))]
    least, most = read.counts(sizes, 0, "array")
    element = replace(entry.shape, array=False, unique=False, not_null=True)
    inner = entry.given.get("of", {k: v for k, v in entry.given.items() if k not in ("min", "max")})
    return Array(entry.nested(inner, element), least, most)


def range(entry: Entry) -> Generator:
    keys = frozenset({"start", "length"})
    given = read.fields(entry.given, keys, keys, "range")
    start = {"int4range": "int4", "int8range": "int8", "numrange": "numeric", "daterange": "date"}
    base = start.get(entry.shape.base, "timestamptz" if entry.shape.base == "tstzrange" else "timestamp")
    first = entry.nested(given["start"], ColumnShape(entry.shape.name, base, not_null=True))
    return Ranges(first, entry.nested(given["length"], ColumnShape(entry.shape.name, "int4", not_null=True)))
