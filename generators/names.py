"""A generator for a column that nothing is said about: by its name, else by its type."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

from generators.array import Array
from generators.characters import Characters
from generators.choices import Choices
from generators.constant import Constant
from generators.distinct import distinct
from generators.errors import SpecError
from generators.faker_pool import FakerPool
from generators.generator import Generator
from generators.json_document import Json
from generators.network import Ips, Macs
from generators.nullable import Nullable
from generators.number_names import boolean, number
from generators.numbers import Uniform, UniformInts
from generators.octets import Octets
from generators.point import Points
from generators.ranges import Ranges
from generators.shape import MOMENTS, NUMBERS, RANGES, TEXTS, ColumnShape, Fitted
from generators.text import Text
from generators.text_names import code, prose, text_by_name
from generators.times import (
    DAY_MS,
    NOW,
    Dates,
    DistinctDates,
    DistinctMoments,
    Intervals,
    Moments,
    Times,
    milliseconds,
)
from generators.uuids import Uuids

NULLS = 0.1
"""The share of nulls in a column that may be null."""

YEARS_BACK = 2
_FREQUENT = re.compile(
    r"delivered|completed|active|paid|published|shipped|closed|done|approved|success|enabled"
)
_ORDERED = re.compile(
    r"creat|insert|occur|record|ingest|happen|logged|received|^ts$|^time(stamp)?$|event_time"
)
_CHANGED = re.compile(r"updat|modif|changed|last_|synced")
_RARE = re.compile(r"delet|archiv|cancel|revok|refund|banned|removed")
_BIRTH = re.compile(r"birth|(^|_)dob$")
_FUTURE = re.compile(r"expir|due|until|deadline|valid_to|ends?_|_ends?$|next_")


def infer(shape: ColumnShape, locale: str = "en_US") -> Generator:
    """A generator that fits the column; SpecError where its type is one that nothing is known about."""
    if shape.array:
        element = replace(shape, array=False, unique=False, not_null=True)
        return _with_nulls(Array(infer(element, locale)), shape)
    return _with_nulls(Fitted(_values(shape, locale), shape), shape)


def null_share(shape: ColumnShape) -> float:
    """The share of nulls: a tenth where they are allowed, most of deleted_at, none of created_at."""
    if shape.not_null:
        return 0.0
    if shape.base in MOMENTS or shape.base == "date":
        if _RARE.search(shape.name.lower()):
            return 0.95
        return 0.0 if _appended(shape) or _CHANGED.search(shape.name.lower()) else NULLS
    return NULLS


def _with_nulls(inner: Generator, shape: ColumnShape) -> Generator:
    share = null_share(shape)
    return Nullable(inner, share) if share else inner


def _values(shape: ColumnShape, locale: str) -> Generator:
    if shape.labels:
        return labelled(shape)
    if shape.base in TEXTS:
        return text_by_name(shape, locale) or (code(shape) if shape.unique else prose(shape))
    if shape.base in NUMBERS:
        return number(shape)
    if shape.base in MOMENTS:
        return _moments(shape)
    return _by_type(shape)


def labelled(shape: ColumnShape) -> Generator:
    """One of the labels; those that name a settled state much more often than the others."""
    if shape.unique:
        return distinct(shape.labels, shape.rows)
    return Choices(shape.labels, tuple(10.0 if _FREQUENT.fullmatch(label) else 2.0 for label in shape.labels))


def _by_type(shape: ColumnShape) -> Generator:
    if shape.base == "bool":
        return distinct((True, False), shape.rows) if shape.unique else boolean(shape)
    if shape.base == "date":
        return _dates(shape)
    if shape.base in RANGES:
        return ranges(shape.base)
    known = _TYPES.get(shape.base)
    if known is None:
        hint = f"say what it holds: `data: {{{shape.table or 'table'}.{shape.name}: ...}}`"
        raise SpecError(f"nothing is known about values of type {shape.base!r}", (), hint)
    if shape.unique and shape.base not in ("uuid", "inet", "cidr"):
        raise SpecError(f"unique values of type {shape.base!r} can't be inferred", (), "use `generator:`")
    return known


def _moments(shape: ColumnShape) -> Generator:
    """Two years up to NOW; in the order of the rows where the name tells of rows appended."""
    name, utc = shape.name.lower(), shape.base == "timestamptz"
    start, end = span()
    if shape.unique:
        return DistinctMoments(start, end, utc)
    if _FUTURE.search(name):
        return Moments(end - 90 * DAY_MS, end + 365 * DAY_MS, "none", utc)
    if _appended(shape):
        return Moments(start, end, "recent", utc, ordered=max(1, shape.rows))
    if _CHANGED.search(name):
        return Moments(start, end, "recent", utc, ordered=max(1, shape.rows), lag=7 * DAY_MS)
    return Moments(start, end, "recent", utc)


def _appended(shape: ColumnShape) -> bool:
    return _ORDERED.search(shape.name.lower()) is not None


def _dates(shape: ColumnShape) -> Generator:
    start, end = span()
    if shape.unique:
        last = NOW.date()
        days = max(shape.rows, (last - dt.date(last.year - YEARS_BACK, 1, 1)).days)
        return DistinctDates(last - dt.timedelta(days), last)
    if _BIRTH.search(shape.name.lower()):
        return Dates(Moments(milliseconds(dt.date(1940, 1, 1)), milliseconds(dt.date(2008, 1, 1))))
    return Dates(Moments(start, end, "recent"))


def span() -> tuple[int, int]:
    """The two years before NOW, in milliseconds since 1970."""
    return milliseconds(NOW.replace(year=NOW.year - YEARS_BACK)), milliseconds(NOW)


def ranges(base: str) -> Generator:
    """Ranges of the type `base`: of two years' moments or days, of numbers to 10,000."""
    start, end = span()
    if base == "daterange":
        return Ranges(Dates(Moments(start, end)), UniformInts(1, 14))
    if base in ("tsrange", "tstzrange"):
        return Ranges(Moments(start, end, "none", base == "tstzrange"), UniformInts(900, 86_400))
    if base == "numrange":
        return Ranges(Uniform(0, 10_000, 2), UniformInts(1, 100))
    return Ranges(UniformInts(0, 10_000), UniformInts(1, 100))


def _document() -> Generator:
    return Json(
        (
            ("source", Choices(("web", "mobile", "api", "import"), (50.0, 30.0, 15.0, 5.0))),
            ("version", UniformInts(1, 5)),
            ("city", FakerPool("city", skew="zipf")),
            ("amount", Uniform(1, 500, 2)),
            ("tags", Array(Choices(("new", "sale", "gift", "bulk", "vip", "test")), 0, 3)),
        )
    )


_TYPES: dict[str, Generator] = {
    "uuid": Uuids(),
    "json": _document(),
    "jsonb": _document(),
    "bytea": Octets(),
    "time": Times(),
    "timetz": Times(),
    "interval": Intervals(60, 7 * 86_400),
    "inet": Ips(),
    "cidr": Ips(),
    "macaddr": Macs(),
    "point": Points(),
    "money": Uniform(1, 500, 2),
    "tsvector": Text(5, 30),
    "xml": Constant("<a/>"),
    "hstore": Constant('"source"=>"web"'),
    "ltree": Choices(("a", "a.b", "a.b.c", "a.d", "e", "e.f", "e.f.g")),
    "bit": Characters(1, "01"),
    "varbit": Characters(8, "01"),
    "oid": UniformInts(1, 100_000),
}
