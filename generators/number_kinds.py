"""The kinds that give numbers and times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generators import readings as read
from generators.entry import Entry, flag, not_on_unique, not_unique, too_few
from generators.errors import SpecError
from generators.generator import Generator
from generators.numbers import DistinctInts, Lognormal, Normal, Uniform, UniformInts
from generators.shape import MOMENTS
from generators.times import (
    SKEWS,
    Dates,
    DistinctDates,
    DistinctMoments,
    Intervals,
    Moments,
    Times,
    milliseconds,
)
from generators.zipf import Zipf


def between(entry: Entry) -> Generator:
    base = entry.shape.base
    low, high = read.pair(entry.given, "between")
    if base in ("time", "timetz"):
        return Times(read.time(low, "between", 0), read.time(high, "between", 1))
    if base == "interval":
        return Intervals(*read.counts([read.seconds(low, "between", 0), read.seconds(high, "between", 1)], 0))
    if isinstance(low, (int, float)) and base not in (*MOMENTS, "date"):
        return _numbers_between(entry, "between")
    return _moments(entry, low, high)


def _moments(entry: Entry, low: Any, high: Any) -> Generator:
    base, shape = entry.shape.base, entry.shape
    start, end = read.moment(low, "between", 0), read.moment(high, "between", 1)
    first, last = milliseconds(start), milliseconds(end)
    if last <= first:
        raise SpecError(f"{high} is not after {low}", ("between", 1))
    if shape.unique and base == "date":
        if (end.date() - start.date()).days < shape.rows:
            raise too_few((end.date() - start.date()).days, shape.rows, "between")
        return DistinctDates(start.date(), end.date())
    if shape.unique:
        return DistinctMoments(first, last, base == "timestamptz")
    skew = read.one_of(entry.options.get("skew", "none"), SKEWS, "skew")
    ordered = max(1, shape.rows) if flag(entry, "ordered") else 0
    moments = Moments(first, last, skew, base == "timestamptz", ordered)
    only_days = base == "any" and not hasattr(low, "hour")
    return Dates(moments) if base == "date" or only_days else moments


def uniform(entry: Entry) -> Generator:
    return _numbers_between(entry, "uniform")


def _numbers_between(entry: Entry, key: str) -> Generator:
    low, high = read.span(entry.given, key)
    for place, limit in enumerate((low, high)):
        if not entry.shape.least <= limit <= entry.shape.greatest:
            raise SpecError(f"{limit:g} is beyond what the column can hold", (key, place))
    both = isinstance(low, int) and isinstance(high, int)
    if entry.shape.unique:
        if not both:
            raise not_unique(key)
        if high - low + 1 < entry.shape.rows:
            raise too_few(int(high - low + 1), entry.shape.rows, key)
        return DistinctInts(int(low), int(high))
    if entry.is_whole or (both and entry.shape.base == "any" and "round" not in entry.options):
        return UniformInts(int(low), int(high))
    return Uniform(low, high, entry.digits)


def lognormal(entry: Entry) -> Generator:
    known = frozenset({"median", "sigma", "min", "max"})
    given = read.fields(entry.given, known, frozenset({"median"}), "lognormal")
    median = read.number(given["median"], "lognormal", "median")
    sigma = read.number(given.get("sigma", 1.0), "lognormal", "sigma")
    if median <= 0 or sigma < 0:
        raise SpecError("a lognormal distribution needs median > 0 and sigma >= 0", ("lognormal",))
    low, high = _cut_off(given, "lognormal", 0.0)
    return not_on_unique(Lognormal(median, sigma, low, high, entry.digits), entry, "lognormal")


def normal(entry: Entry) -> Generator:
    known = frozenset({"mean", "sd", "min", "max"})
    given = read.fields(entry.given, known, frozenset({"mean", "sd"}), "normal")
    mean, deviation = (read.number(given[key], "normal", key) for key in ("mean", "sd"))
    low, high = _cut_off(given, "normal", float("-inf"))
    return not_on_unique(Normal(mean, deviation, low, high, entry.digits), entry, "normal")


def _cut_off(given: Mapping[str, Any], kind: str, least: float) -> tuple[float, float]:
    low = read.number(given.get("min", least), kind, "min")
    high = read.number(given.get("max", float("inf")), kind, "max")
    if high < low:
        raise SpecError(f"{high:g} is below {low:g}", (kind, "max"))
    return low, high


def zipf(entry: Entry) -> Generator:
    known = frozenset({"min", "max", "exponent"})
    if isinstance(entry.given, list):
        low, high = read.counts(entry.given, -(1 << 62), "zipf")
        return not_on_unique(Zipf(low, high), entry, "zipf")
    given = read.fields(entry.given, known, frozenset({"max"}), "zipf")
    low, high = (read.whole(given.get(key, 1), -(1 << 62), "zipf", key) for key in ("min", "max"))
    if high < low:
        raise SpecError(f"{high} is below {low}", ("zipf", "max"))
    return not_on_unique(
        Zipf(low, high, read.number(given.get("exponent", 1.0), "zipf", "exponent")), entry, "zipf"
    )
