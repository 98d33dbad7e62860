"""TimescaleDB's time_bucket: what a call asks for, and what it gives.

TimescaleDB 2.23 (ts_timestamp_bucket and its neighbours in time_bucket.c), as it answered:
- buckets begin at 2000-01-03 00:00, a Monday, or at an origin; those of months at January 2000, or at the
  month of an origin, whose day and time don't count; both in UTC for a timestamptz, whatever the session;
- a bucket reaches back before its origin, so a moment is never before its bucket's beginning;
- an offset moves the buckets, and a time zone makes them of the wall clock's time there;
- a date stays a date, and its buckets are of whole days;
- a width has either months, or days and time, and is longer than nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlglot import exp

from optimizer.queries.base_types import INTEGERS, MOMENTS
from optimizer.queries.dialect import QueryDialect
from optimizer.queries.intervals import DAY_MS, Interval, parse
from optimizer.queries.shapes import TEXT_TYPES

NAME = "time_bucket"
FIRST = datetime(2000, 1, 3)
"""Where buckets begin that have no months, in UTC without a zone: a Monday."""

_NAMED = {
    "bucket_width": "width",
    "ts": "value",
    "timezone": "zone",
    "origin": "origin",
    "offset": "offset",
}
TypeOf = Callable[[exp.Expr], str | None]
"""The base type of an expression where it stands; None where it isn't clear."""

Widths = Sequence[tuple[str, Interval]]
"""Names of parameters, and the one width that each has."""


class NoBucket(ValueError):
    """Why a call can't be answered: `hint` says what to write instead."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, eq=False)
class Bucket:
    """A call of time_bucket: `kind` is the value's base type; `fixed_width` is None where the width isn't
    the same for every execution."""

    width: exp.Expr
    value: exp.Expr
    kind: str
    fixed_width: Interval | None = None
    zone: exp.Expr | None = None
    origin: exp.Expr | None = None
    offset: exp.Expr | None = None


def is_bucket(tree: exp.Expr) -> bool:
    """True for a call of time_bucket."""
    return isinstance(tree, exp.Anonymous) and tree.name.lower() == NAME


def width_of(tree: exp.Expr) -> Interval | None:
    """A width that is written out: '5 minutes', INTERVAL '1' DAY; None for any other.

    ValueError where the text can't be read.
    """
    tree = tree.unnest()
    if isinstance(tree, exp.Cast) and tree.to.is_type("interval"):
        tree = tree.this.unnest()
    if isinstance(tree, exp.Interval) and isinstance(tree.this, exp.Literal):
        unit = tree.args.get("unit")
        return parse(tree.this.name, unit.name if unit is not None else "")
    return parse(tree.name) if isinstance(tree, exp.Literal) and tree.is_string else None


def read_bucket(call: exp.Anonymous, type_of: TypeOf, widths: Widths = ()) -> Bucket:
    """What a call asks for, where it stands in its statement; NoBucket where that can't be had.

    `widths` are those of parameters that have one value only.
    """
    given = _arguments(call, type_of)
    kind = type_of(given["value"])
    if kind is None:
        text = _text(given["value"])
        raise NoBucket(f"the type of {text} isn't clear", f"write it, as in ({text})::timestamptz")
    further = (given.get(name) for name in ("zone", "origin", "offset"))
    bucket = Bucket(given["width"], given["value"], kind, None, *further)
    if kind in INTEGERS:
        return _checked_whole(bucket, type_of)
    if kind not in MOMENTS:
        raise NoBucket(f"{kind} has no time_bucket", "dates, timestamps and integers have")
    _check_origin(bucket, type_of)
    return replace(bucket, fixed_width=_checked_width(bucket, type_of, dict(widths)))


def begun(width: Interval, at: datetime, origin: datetime = FIRST) -> datetime:
    """The beginning of the bucket that a moment lies in, all without a zone; `width` has either months or
    milliseconds."""
    if width.months:
        past = (at.year * 12 + at.month - origin.year * 12 - origin.month) % width.months
        return Interval(-past).after(datetime(at.year, at.month, 1))
    return at - (at - origin) % timedelta(milliseconds=float(width.ms))


def _arguments(call: exp.Anonymous, type_of: TypeOf) -> dict[str, exp.Expr]:
    found: dict[str, exp.Expr] = {}
    placed = [one for one in call.expressions if not isinstance(one, exp.Kwarg)]
    for one in call.expressions:
        if isinstance(one, exp.Kwarg):
            name = _NAMED.get(one.this.name.lower())
            if name is None:
                raise NoBucket(f"time_bucket has no argument {one.this.name}")
            found[name] = one.expression
    names = ["width", "value"]
    if len(placed) > 2:
        names += _further(placed[1], placed[2], type_of)
    found |= dict(zip(names, placed, strict=False))
    if len(placed) > len(names) or not {"width", "value"} <= found.keys():
        raise NoBucket(f"time_bucket isn't called with {len(call.expressions)} arguments like these")
    if "zone" in found:  # then a null stands for an argument that isn't given
        nulls = [name for name in ("origin", "offset") if isinstance(found.get(name), exp.Null)]
        found = {name: tree for name, tree in found.items() if name not in nulls}
    return found


def _further(value: exp.Expr, third: exp.Expr, type_of: TypeOf) -> list[str]:
    """What the third argument is, by its type, and those that may come after it."""
    kind, own = type_of(third), type_of(value)
    if own in INTEGERS or kind == "interval":
        return ["offset"]
    if kind in MOMENTS:
        return ["origin"]
    text = isinstance(third, exp.Literal) and third.is_string
    if own == "timestamptz" and (kind in TEXT_TYPES or text):
        return ["zone", "origin", "offset"]
    hint = "write its type: ::interval for an offset, ::timestamptz, ::timestamp or ::date for an origin"
    raise NoBucket(f"whether {_text(third)} is an origin or an offset isn't clear", hint)


def _checked_whole(bucket: Bucket, type_of: TypeOf) -> Bucket:
    width = bucket.width.unnest()
    if bucket.zone is not None or bucket.origin is not None:
        raise NoBucket("buckets of integers have an offset, and no origin or time zone")
    if isinstance(width, exp.Neg) or (isinstance(width, exp.Literal) and width.name == "0"):
        raise NoBucket("the width must be greater than 0")
    digits = isinstance(width, exp.Literal) and width.name.isdigit()
    if digits or isinstance(width, exp.Placeholder) or type_of(width) in INTEGERS:
        return bucket
    raise NoBucket(f"the width of a bucket of integers is an integer, not {_text(width)}")


def _checked_width(bucket: Bucket, type_of: TypeOf, widths: Mapping[str, Interval]) -> Interval | None:
    text, tree = _text(bucket.width), bucket.width.unnest()
    try:
        width = width_of(tree)
    except ValueError as error:
        raise NoBucket(f"the width {text} isn't understood", "write it as in '5 minutes'") from error
    parameter = tree.this if isinstance(tree, exp.Cast) else tree
    if isinstance(parameter, exp.Placeholder) and not (width := widths.get(parameter.name, Interval())).ms:
        return None
    if width is None:
        if type_of(tree) == "interval":
            return None
        raise NoBucket(f"the width {text} isn't known to be an interval", f"write ({text})::interval")
    if width.months and width.ms:
        raise NoBucket(f"the width {text} has months beside days or time", "use one of them")
    if width.months <= 0 and width.ms <= 0:
        raise NoBucket(f"the width {text} isn't longer than nothing")
    if bucket.kind == "date" and width.ms % DAY_MS:
        raise NoBucket(f"the width {text} isn't made of whole days, which dates need")
    return width


def _check_origin(bucket: Bucket, type_of: TypeOf) -> None:
    if bucket.zone is not None and bucket.kind != "timestamptz":
        raise NoBucket(f"a {bucket.kind} has no time zone", "write ::timestamptz")
    if bucket.zone is not None:
        for one in (bucket.origin, bucket.offset):
            if one is not None and one.find(exp.Placeholder, exp.Column):
                raise NoBucket("an origin or offset beside a time zone has to be a constant")
    if bucket.origin is None:
        return
    origin = bucket.origin.unnest()
    kind = type_of(origin)
    is_text = isinstance(origin, exp.Literal) and origin.is_string
    if kind != bucket.kind and not is_text and not (kind == "date" and bucket.kind == "timestamp"):
        raise NoBucket(
            f"the origin {_text(origin)} isn't known to be a {bucket.kind}", f"write ::{bucket.kind}"
        )


def _text(tree: exp.Expr) -> str:
    return tree.sql(QueryDialect(), normalize_functions=False)
