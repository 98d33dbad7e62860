"""date_bin and time_bucket: the beginning of the bucket that a moment lies in.

`$dateTrunc` counts its bins of months from January 2000, as time_bucket does. Moments are kept to the
millisecond, and so are buckets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.comparands import leaf
from optimizer.engines.mongo.compile.constants.arithmetic import moment
from optimizer.engines.mongo.compile.constants.evaluation import evaluator
from optimizer.engines.mongo.compile.constants.functions import checked_width, is_utc
from optimizer.engines.mongo.compile.constants.given import Evaluate, is_fixed
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.functions.moments import later, truncated
from optimizer.engines.mongo.compile.translator import Builder, Translator
from optimizer.engines.mongo.compile.types import INT8, TIMESTAMP
from optimizer.queries.base_types import INTEGERS
from optimizer.queries.intervals import DAY_MS, Interval
from optimizer.queries.time_buckets import FIRST, Bucket, NoBucket, read_bucket, width_of

_EPOCH = datetime(1970, 1, 1)
_UNITS = (("second", 1000), ("minute", 60_000), ("hour", 3_600_000), ("day", DAY_MS))
_MONTHS = {1: "month", 3: "quarter", 12: "year"}
_WALL_CLOCK = "%Y-%m-%dT%H:%M:%S.%L"


def _bucket(node: exp.Anonymous, e: Translator) -> Any:
    def type_of(tree: exp.Expr) -> str | None:
        known = e.type(tree)
        return None if known is None or known.array else known.base

    try:
        bucket = read_bucket(node, type_of)
    except NoBucket as error:
        raise NotCompiled(node, str(error)) from error
    if bucket.kind in INTEGERS:
        return _whole(bucket, e)
    begun = _Moments(node, e).begun(bucket, e.value(bucket.value, TIMESTAMP))
    return truncated(begun, "day") if bucket.kind == "date" and bucket.offset is not None else begun


def _bin(node: exp.Anonymous, e: Translator) -> Any:
    if len(node.expressions) != 3:
        raise NotCompiled(node, "date_bin has a stride, a source and an origin")
    stride, source, origin = node.expressions
    try:
        width = width_of(stride)
    except ValueError as error:
        raise NotCompiled(node, str(error)) from error
    if width is not None and (width.months or width.ms <= 0):
        raise NotCompiled(node, "date_bin has bins of a fixed length that is longer than nothing")
    bucket = Bucket(stride, source, "timestamp", width, origin=origin)
    return _Moments(node, e, has_months=False).begun(bucket, e.value(source, TIMESTAMP))


def _whole(bucket: Bucket, e: Translator) -> Any:
    """The number less what it is past a bucket's beginning; `$mod` of a negative number is negative."""
    value, width = e.value(bucket.value), e.value(bucket.width, INT8)
    moved = value if bucket.offset is None else {"$subtract": [value, e.value(bucket.offset, INT8)]}
    past = {"$mod": [{"$add": [{"$mod": [moved, width]}, width]}, width]}
    return {"$subtract": [value, past]}


class _Moments:
    """Buckets of moments for one call, `node`; `has_months` is False where months are refused."""

    def __init__(self, node: exp.Anonymous, e: Translator, has_months: bool = True) -> None:
        self._node = node
        self._e = e
        self._has_months = has_months

    def begun(self, bucket: Bucket, value: Any) -> Any:
        """The beginning of the value's bucket."""
        if bucket.zone is not None:
            return self._zoned(bucket, bucket.zone, value)
        if bucket.offset is not None:
            evaluate = self._constant(bucket.offset, "the offset")
            moved = self.begun(replace(bucket, offset=None), later(value, bucket.offset, evaluate, -1))
            return later(moved, bucket.offset, evaluate, 1)
        if bucket.fixed_width is None:
            return self._either(bucket, value)
        origin = self._origin(bucket)
        if bucket.fixed_width.months:
            return _of_months(value, bucket.fixed_width.months, origin)
        return self._fixed(value, bucket.fixed_width, origin or FIRST)

    def _zoned(self, bucket: Bucket, zone: exp.Expr, value: Any) -> Any:
        if not isinstance(zone, exp.Literal):
            raise NotCompiled(self._node, "the time zone has to be a literal")
        if is_utc(zone.name):
            return self.begun(replace(bucket, zone=None), value)
        if bucket.origin is not None:
            raise NotCompiled(self._node, "an origin in a time zone isn't known")
        wall = {"$dateToString": {"date": value, "format": _WALL_CLOCK, "timezone": zone.name}}
        begun = self.begun(replace(bucket, zone=None), {"$dateFromString": {"dateString": wall}})
        text = {"$dateToString": {"date": begun, "format": _WALL_CLOCK}}
        return {"$dateFromString": {"dateString": text, "timezone": zone.name}}

    def _constant(self, node: exp.Expr, what: str) -> Evaluate:
        evaluate = evaluator(node)
        if evaluate is None:
            raise NotCompiled(self._node, f"{what} has to be a constant")
        return evaluate

    def _origin(self, bucket: Bucket) -> datetime | None:
        if bucket.origin is None:
            return None
        if not is_fixed(bucket.origin):
            raise NotCompiled(self._node, "the origin has to be a literal")
        return moment(self._constant(bucket.origin, "the origin")({}))

    def _fixed(self, value: Any, width: Interval, origin: datetime) -> Any:
        ms = int(width.ms)
        if ms != width.ms:
            raise NotCompiled(self._node, "buckets are of whole milliseconds, as moments are kept")
        for unit, length in _UNITS:
            if ms == length and (origin - _EPOCH) % timedelta(milliseconds=length) == timedelta(0):
                return truncated(value, unit)
        if ms == 7 * DAY_MS and origin.weekday() == 0 and origin.time() == datetime.min.time():
            return truncated(value, "week")
        return _past(value, ms, _early(origin, ms))

    def _either(self, bucket: Bucket, value: Any) -> Any:
        """For a width that each execution tells."""
        evaluate = self._constant(bucket.width, "the width")
        origin = self._origin(bucket)
        has_months, whole_days = self._has_months, bucket.kind == "date"

        def of_width(form: str, of: Callable[[Interval], Any]) -> Any:
            def part(values: Any) -> Any:
                width = evaluate(values)
                return None if width is None else of(checked_width(width, has_months, whole_days))

            return leaf(bucket.width, part, form)

        months = of_width("months", lambda width: width.months)
        ms = of_width("milliseconds", lambda width: int(width.ms) or 1)
        early = of_width("origin", lambda width: _early(origin or FIRST, int(width.ms) or 1))
        fixed = _past(value, ms, early)
        if not has_months:
            return fixed
        bins = of_width("bin", lambda width: width.months or 1)
        return {"$cond": [{"$gt": [months, 0]}, _of_months(value, bins, origin), fixed]}


def _of_months(value: Any, months: Any, origin: datetime | None) -> Any:
    """Of an origin, the year and the month count."""
    if origin is None or months == 1:
        unit = _MONTHS.get(months) if isinstance(months, int) else None
        return (
            truncated(value, unit)
            if unit
            else {"$dateTrunc": {"date": value, "unit": "month", "binSize": months}}
        )
    number = {"$add": [{"$multiply": [{"$year": value}, 12]}, {"$month": value}]}
    since = {"$subtract": [number, origin.year * 12 + origin.month]}
    past = {"$mod": [{"$add": [{"$mod": [since, months]}, months]}, months]}
    return {"$dateSubtract": {"startDate": truncated(value, "month"), "unit": "month", "amount": past}}


def _past(value: Any, ms: Any, early: Any) -> Any:
    return {"$subtract": [value, {"$mod": [{"$subtract": [value, early]}, ms]}]}


def _early(origin: datetime, ms: int) -> datetime:
    """The same buckets' origin before all moments that there are: `$mod` of a negative number is negative."""
    step = timedelta(milliseconds=ms)
    return origin - (origin - datetime(1, 1, 1)) // step * step


NODES: dict[type[exp.Expr], Builder] = {}

CALLS: dict[str, Builder] = {"date_bin": _bin, "time_bucket": _bucket}
