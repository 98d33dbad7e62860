"""What "the same answer" means.

Rows are compared column by column in the order of the select list. With a total ORDER BY lists are
compared; rows that ORDER BY leaves tied are compared as multisets within their tie, and so are all rows
where there is no ORDER BY. A LIMIT that cuts through a tie makes an answer not comparable, which is neither
a pass nor a failure. Null equals null and nothing else. Integers and decimals are compared exactly, floats
to 1e-9 relative; an average or a quotient to 6 digits after the point or 1e-9 relative, whichever is wider.
Timestamps are compared in UTC to the millisecond, UUIDs as canonical text, text by code point, JSON by
structure with unordered keys, arrays in order. The same class of error is an equal answer; an error against
an answer never is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from itertools import groupby
from typing import Any
from uuid import UUID

from optimizer.model.answer import TIMED_OUT, UNAVAILABLE, Answer

RELATIVE = 1e-9
QUOTIENT = 0.5e-6


class Verdict(Enum):
    """The outcome of one comparison."""

    SAME = "same"
    DIFFERENT = "different"
    NOT_COMPARABLE = "not comparable"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A verdict, and for people what differs or why it can't be compared."""

    verdict: Verdict
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """How the reference's rows are ordered.

    `ties` numbers the tie that each row belongs to (0, 0, 1, 2, 2 ...), None where there is no ORDER BY.
    `cut` is True where LIMIT ended within a tie. `computed` are the positions of averages and quotients.
    """

    ties: tuple[int, ...] | None = None
    cut: bool = False
    computed: frozenset[int] = frozenset()


def compare(reference: Answer, other: Answer, order: Order) -> Comparison:
    """Whether `other` is the answer that `reference` is."""
    if TIMED_OUT in (reference.error, other.error):
        return Comparison(Verdict.NOT_COMPARABLE, "an answer didn't come in time")
    if UNAVAILABLE in (reference.error, other.error):
        return Comparison(Verdict.NOT_COMPARABLE, "a design can't run it at all: it lacks the index for it")
    if reference.error or other.error:
        if reference.error == other.error:
            return Comparison(Verdict.SAME)
        return _different(reference.error or "an answer", other.error or "an answer")
    if order.cut:
        return Comparison(
            Verdict.NOT_COMPARABLE, "LIMIT cuts through rows that ORDER BY leaves tied: add a tie-breaker"
        )
    if len(reference.rows) != len(other.rows):
        return _different(f"{len(reference.rows)} rows", f"{len(other.rows)} rows")
    ties = order.ties if order.ties is not None else (0,) * len(reference.rows)
    return _compare_ties(_normal(reference.rows), _normal(other.rows), ties, order.computed)


def _compare_ties(
    reference: list[tuple[Any, ...]],
    other: list[tuple[Any, ...]],
    ties: Sequence[int],
    computed: frozenset[int],
) -> Comparison:
    start = 0
    for _, group in groupby(ties):
        end = start + sum(1 for _ in group)
        pairs = zip(
            sorted(reference[start:end], key=_sort_key), sorted(other[start:end], key=_sort_key), strict=True
        )
        for left, right in pairs:
            if not _equal_rows(left, right, computed):
                return _different(str(left), str(right))
        start = end
    return Comparison(Verdict.SAME)


def _equal_rows(left: tuple[Any, ...], right: tuple[Any, ...], computed: frozenset[int]) -> bool:
    return len(left) == len(right) and all(
        _equal(a, b, n in computed) for n, (a, b) in enumerate(zip(left, right, strict=True))
    )


def _equal(left: Any, right: Any, computed: bool) -> bool:
    if left is None or right is None:
        return left is right
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(
            _equal(a, b, computed) for a, b in zip(left, right, strict=True)
        )
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_equal(left[k], right[k], computed) for k in left)
    if computed and isinstance(left, Decimal | float) and isinstance(right, Decimal | float):
        return _close(float(left), float(right), QUOTIENT)
    if isinstance(left, float) or isinstance(right, float):
        return (
            isinstance(left, Decimal | float)
            and isinstance(right, Decimal | float)
            and (_close(float(left), float(right), 0.0))
        )
    return type(left) is type(right) and bool(left == right)


def _close(left: float, right: float, absolute: float) -> bool:
    return abs(left - right) <= max(absolute, RELATIVE * max(abs(left), abs(right)))


def _normal(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [tuple(normalise(value) for value in row) for row in rows]


def normalise(value: Any) -> Any:
    """A value of any engine in the form that is compared; numbers become Decimal, floats stay."""
    match value:
        case bool() | None | str() | float() | Decimal():
            return value
        case int():
            return Decimal(value)
        case datetime():
            moment = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
            return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        case timedelta():
            return Decimal(round(value / timedelta(milliseconds=1)))
        case UUID():
            return str(value)
        case list() | tuple():
            return [normalise(item) for item in value]
        case dict():
            return {key: normalise(item) for key, item in value.items()}
    return value


def _sort_key(row: tuple[Any, ...]) -> tuple[tuple[str, Any], ...]:
    """Any total order will do, as long as values that may be equal fall together: floats are rounded."""
    return tuple(_value_key(value) for value in row)


def _value_key(value: Any) -> tuple[str, Any]:
    if value is None:
        return ("", 0)
    if isinstance(value, Decimal | float) and not isinstance(value, bool):
        return ("number", float(f"{float(value):.6g}"))
    if isinstance(value, dict):
        return ("json", str(sorted((k, _value_key(v)) for k, v in value.items())))
    if isinstance(value, list):
        return ("list", str([_value_key(v) for v in value]))
    return (type(value).__name__, value)


def _different(reference: str, other: str) -> Comparison:
    return Comparison(Verdict.DIFFERENT, f"expected {_short(reference)}, got {_short(other)}")


def _short(text: str) -> str:
    return text if len(text) <= 300 else text[:297] + "..."
