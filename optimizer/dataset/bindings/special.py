"""The labelled bindings that answers are compared with: hot, cold, missing, null, first and last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from optimizer.dataset.bindings.drawer import Drawer
from optimizer.dataset.bindings.new import missing
from optimizer.dataset.bindings.values import is_token, scalar, tokens
from optimizer.model.names import TableName
from optimizer.model.query import Binding
from optimizer.queries.rules import Rule, column_of

_COMPARED = ("compared", "element", "upserted", "key", "search", "lexeme")
_LOOKED_UP = ("compared", "element", "key", "search", "lexeme", "pattern", "prefix", "substring")
_NOWHERE = "qzxjkvw"


@dataclass(frozen=True)
class _Extreme:
    """The place of the row that is wanted in a table's pool, and the tokens of it that are."""

    place: int
    tokens: Mapping[str, Any]


def special_bindings(drawer: Drawer) -> Iterator[Binding]:
    """Those that the query's parameters allow, one of each label."""
    yield from _extremes(drawer, "hot")
    yield from _extremes(drawer, "cold")
    random = drawer.random("special")
    usual = drawer.bindings(drawer.draw_frames(1, random), 1, random)[0]
    yield from _missing(drawer, usual)
    yield from _null(drawer, usual)
    yield from _range_ends(drawer, usual)


def _extremes(drawer: Drawer, label: str) -> Iterator[Binding]:
    """The rows whose compared values are the most (or the least) frequent ones of the sample."""
    if not any(rule.kind in _COMPARED for rule in drawer.rules):
        return
    filled = [table for table in drawer.rows.roots() if drawer.rows.pool(table).height]
    found = {table: _extreme(drawer, table, label) for table in filled}
    places = {table: np.array([extreme.place], dtype=np.int64) for table, extreme in found.items()}
    binding = drawer.bindings(drawer.frames_at(places), 1, drawer.random(label), label)[0]
    words = {name: token for extreme in found.values() for name, token in extreme.tokens.items()}
    listed = {rule.name: [words[rule.name]] for rule in drawer.rules if rule.use.many and rule.name in words}
    yield _changed(binding, {**words, **listed}, label)


def _extreme(drawer: Drawer, table: TableName, label: str) -> _Extreme:
    rules = [rule for rule in drawer.rules if rule.use.table == table and rule.kind in _COMPARED]
    rows = drawer.rows.pool(table).to_dicts()
    best = max if label == "hot" else min
    whole = [rule for rule in rules if not _is_token(drawer, rule)]
    keys = [tuple(repr(_compared(drawer, rule, row)) for rule in whole) for row in rows]
    counts = Counter(keys)
    place = best(range(len(keys)), key=lambda n: counts[keys[n]])
    chosen: dict[str, Any] = {}
    for rule in (rule for rule in rules if rule not in whole):
        column = column_of(rule.use, drawer.schema)
        held = [tokens(rule, column, row) if column else [] for row in rows]
        occurring = Counter(token for row in held for token in row)
        if not whole and not chosen and occurring:
            wanted = best(sorted(occurring), key=occurring.__getitem__)
            place = next(n for n, row in enumerate(held) if wanted in row)
        if held[place]:
            chosen[rule.name] = best(held[place], key=occurring.__getitem__)
    return _Extreme(place, chosen)


def _is_token(drawer: Drawer, rule: Rule) -> bool:
    column = column_of(rule.use, drawer.schema)
    return column is not None and is_token(rule, column)


def _compared(drawer: Drawer, rule: Rule, row: dict[str, Any]) -> Any:
    column = column_of(rule.use, drawer.schema)
    return scalar(rule.use, column, row) if column else None


def _missing(drawer: Drawer, usual: Binding) -> Iterator[Binding]:
    before = dict(usual.values)
    found = {
        rule.name: value
        for rule in drawer.rules
        if rule.kind in _LOOKED_UP and (value := _absent(drawer, rule, before[rule.name])) is not None
    }
    if found:
        yield _changed(usual, found, "missing")


def _absent(drawer: Drawer, rule: Rule, before: Any) -> Any:
    column = column_of(rule.use, drawer.schema)
    if column is None or rule.use.table is None:
        return None
    if rule.kind in ("pattern", "prefix", "substring"):
        return f"%{_NOWHERE}%" if rule.kind == "pattern" else _NOWHERE
    if rule.use.path or rule.use.expression or rule.kind != "compared":
        return _nowhere_like(before)
    value = missing(drawer.dataset, rule.use.table, column, f"{drawer.query.name} {drawer.seed}")
    return [value] if value is not None and rule.use.many else value


def _nowhere_like(before: Any) -> Any:
    if isinstance(before, list):
        return [_NOWHERE] if before and isinstance(before[0], str) else None
    return _NOWHERE if isinstance(before, str) else None


def _null(drawer: Drawer, usual: Binding) -> Iterator[Binding]:
    nullable = [
        rule.name
        for rule in drawer.rules
        if rule.kind in ("compared", "element") and (column := column_of(rule.use, drawer.schema))
        if not column.not_null
    ]
    if nullable:
        yield _changed(usual, dict.fromkeys(nullable), "null")


def _range_ends(drawer: Drawer, usual: Binding) -> Iterator[Binding]:
    ranged = [rule for rule in drawer.rules if rule.kind in ("low", "high")]
    if ranged:
        first = {rule.name: drawer.span(rule).first()[rule.kind == "high"] for rule in ranged}
        last = {rule.name: drawer.span(rule).last()[rule.kind == "high"] for rule in ranged}
        yield _changed(usual, first, "first")
        yield _changed(usual, last, "last")


def _changed(usual: Binding, values: Mapping[str, Any], label: str) -> Binding:
    changed = tuple((name, values.get(name, value)) for name, value in usual.values)
    return replace(usual, values=changed, label=label)
