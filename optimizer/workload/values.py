"""The values of the file: what each may be, and what is said of one that isn't.

Each function takes what YAML read and gives the value that the model wants, or raises a Mistake.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field

from optimizer.model.query import ParameterSpec, Target
from optimizer.model.result import BASELINE, GIVEN, INDEXES_ONLY, WINNER
from optimizer.workload import units
from optimizer.workload.mistake import Mistake

EngineName = Literal["postgres", "timescale", "mongo"]
ENGINES: tuple[str, ...] = get_args(EngineName)
MEASURED_DESIGNS = (BASELINE, GIVEN, INDEXES_ONLY, WINNER)
_COLUMN = re.compile(r"[^.\s]+(?:\.[^.\s]+){1,2}\Z")
_SMALLEST_MEMORY = 16 << 20


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _words(pattern: str, allowed: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise Mistake(f"{value!r} can't be a name here", f"use {allowed}")
        return value

    return AfterValidator(check)


def _column(value: str) -> str:
    if not _COLUMN.match(value):
        raise Mistake(f"{value!r} is no table.column", "write it like orders.status, or schema.orders.status")
    return value


def _statements(value: Any) -> Any:
    if not isinstance(value, str | list):
        raise Mistake("must be a statement or a list of statements", "write it after `sql: |`")
    return _as_list(value)


def _not_blank(value: str) -> str:
    if not value.strip():
        raise Mistake("is empty", "write a statement")
    return value


def _volume(value: Any) -> Any:
    if isinstance(value, dict):
        return value
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        hint = "write a whole number such as 50_000, {per: users, mean: 8} or {file: rows.parquet}"
        raise Mistake("must be a number of rows", hint)
    return {"rows": value}


def _described(value: Any) -> Any:
    if not isinstance(value, dict) or not value:
        raise Mistake("must be a mapping", "write it like {value: 1} or {choices: {a: 80, b: 20}}")
    return value


def _memory(value: int) -> int:
    if value < _SMALLEST_MEMORY:
        raise Mistake("is too little memory for a server", "write 16MB or more")
    return value


def _contender(value: str) -> str:
    if value in MEASURED_DESIGNS:
        raise Mistake(f"{value!r} is always measured", "give this design another name")
    return value


def _parameter(value: Any) -> ParameterSpec:
    """A mapping under `params`: new, column, now, value, or else a generator's."""
    if not isinstance(value, dict) or not value:
        raise Mistake("must be a mapping", "write it like {value: 30}, {column: users.id} or {now: true}")
    kind = next((kind for kind in ("new", "column", "now", "value") if kind in value), None)
    if kind is None:
        return ParameterSpec("generator", value)
    if len(value) > 1:
        raise Mistake(f"{kind!r} stands alone", f"leave {kind!r} or the other keys out")
    return ParameterSpec(kind, _argument(kind, value[kind]))


def _argument(kind: str, argument: Any) -> Any:
    if kind in ("new", "column"):
        return _column(argument if isinstance(argument, str) else repr(argument))
    if kind == "now" and argument is not True:
        raise Mistake("'now' can only be true", "write {now: true}, or {value: 2025-06-01}")
    return None if kind == "now" else argument


Duration = Annotated[float, BeforeValidator(units.duration)]
Size = Annotated[int, BeforeValidator(units.size)]
Rate = Annotated[float, BeforeValidator(units.rate)]
Goal = Annotated[Target, BeforeValidator(units.target)]
Memory = Annotated[Size, AfterValidator(_memory)]
Positive = Annotated[float, Field(gt=0)]
WorkloadName = Annotated[str, _words("[a-z0-9-]+", "small letters, digits and -")]
QueryName = Annotated[str, _words("[a-z0-9_-]+", "small letters, digits, _ and -")]
DesignName = Annotated[QueryName, AfterValidator(_contender)]
ColumnName = Annotated[str, AfterValidator(_column)]
Described = Annotated[dict[str, Any], BeforeValidator(_described)]
Parameter = Annotated[ParameterSpec, BeforeValidator(_parameter)]
Engines = Annotated[list[EngineName], BeforeValidator(_as_list), Field(min_length=1)]
Texts = Annotated[list[str], BeforeValidator(_as_list)]
Statement = Annotated[str, AfterValidator(_not_blank)]
Statements = Annotated[list[Statement], BeforeValidator(_statements), Field(min_length=1)]
as_volume = BeforeValidator(_volume)
