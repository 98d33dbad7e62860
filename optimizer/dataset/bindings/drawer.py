"""What the bindings of one query are drawn from: its rules, the rows they need, and the values in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from generators.times import NOW
from optimizer.dataset.bindings import paths, settings
from optimizer.dataset.bindings.batches import Frames, value_rows, without_duplicates
from optimizer.dataset.bindings.new import Fresh
from optimizer.dataset.bindings.rows import Need, Places, Rows, agreed, draw_places, links
from optimizer.dataset.bindings.sampling import rng
from optimizer.dataset.bindings.settings import Setting
from optimizer.dataset.bindings.spans import Span, ordered
from optimizer.dataset.bindings.specs import generated
from optimizer.dataset.bindings.values import columns_needed, from_row, scalar
from optimizer.dataset.dataset import Dataset
from optimizer.model.names import TableName
from optimizer.model.query import Binding, Query
from optimizer.model.schema import Column, Schema
from optimizer.model.workload import Workload
from optimizer.queries.extract import facts
from optimizer.queries.facts import Facts
from optimizer.queries.rules import Rule, column_of, rules

LIMIT = 20
OFFSETS = (0, 0, 0, 20, 40, 100)
"""Where pages begin: the first is asked for most often."""

_LIST_LENGTHS = (2, 3, 5, 8)
_LARGEST_DELTA = 3
_RADIUS = 0.05  # of the coordinates' span

Dicts = Mapping[TableName, list[dict[str, Any]]]


@dataclass(frozen=True)
class Drawer:
    """A query with its data; equal arguments give equal bindings."""

    query: Query
    schema: Schema
    dataset: Dataset
    workload: Workload
    seed: int

    @cached_property
    def facts(self) -> tuple[Facts, ...]:
        """The facts of each statement."""
        return tuple(facts(statement.text, self.schema) for statement in self.query.statements)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """One rule a parameter."""
        return rules(self.query, self.schema)

    @cached_property
    def settings(self) -> tuple[Setting, ...]:
        """The session's settings."""
        return settings.read_settings(self.workload.session, self.schema)

    @cached_property
    def needed(self) -> dict[TableName, Need]:
        """What is needed of each table, those of parameters first."""
        columns: dict[TableName, list[str]] = {}
        filled: dict[TableName, list[str]] = {}
        for rule in self.rules:
            if rule.use.table is not None and (rule.needs_row or rule.kind in ("new", "delta", "radius")):
                found = columns_needed(rule, self.schema)
                columns.setdefault(rule.use.table, []).extend(found)
                if rule.needs_row and rule.kind != "inserted":
                    filled.setdefault(rule.use.table, []).extend(found)
        for setting in self.settings:
            start = settings.anchor(setting, columns, self.facts, self.schema)
            for table in dict.fromkeys((*([start] if start else []), *columns)):
                path = setting.path(self.schema, table)
                if path is not None:
                    columns.setdefault(table, []).extend(path.first_columns)
        return {table: Need(tuple(found), tuple(filled.get(table, ()))) for table, found in columns.items()}

    @cached_property
    def rows(self) -> Rows:
        """The rows that bindings are made from."""
        return Rows(self.needed, links(self.facts, self.needed, self.schema), self.dataset, self.seed)

    @cached_property
    def batch(self) -> Mapping[str, int]:
        """The row of VALUES that a parameter is of, where there are several."""
        return value_rows(self.query)

    def draw_frames(self, count: int, random: np.random.Generator) -> Sequence[Frames]:
        """`count` rows of every needed table, row n of each for binding n; once for each row of VALUES."""
        pools: dict[TableName, pl.Series | int] = {}
        for table in self.rows.roots():
            path = self.settings[0].path(self.schema, table) if self.settings else None
            pool = self.rows.pool(table)
            pools[table] = paths.ends(pool, path, self.dataset) if path is not None else pool.height
        places = [draw_places(pools, count, random)]
        for number in range(1, self._batch_rows):
            others = self.random(f"row {number} of VALUES")
            places.append(draw_places(pools, count, others, agreed(pools, places[0])))
        drawn = [self.rows.take(one) for one in places]
        return without_duplicates(drawn, self.rules, self.batch, self.schema, self.dataset, self.seed)

    def frames_at(self, places: Mapping[TableName, Places]) -> Sequence[Frames]:
        """The rows at these places of the roots' pools, for all rows of VALUES."""
        return [self.rows.take(places)]

    def bindings(
        self, frames: Sequence[Frames], count: int, random: np.random.Generator, label: str = "drawn"
    ) -> tuple[Binding, ...]:
        """`count` bindings, of the frames' rows in their order."""
        dicts = [{table: frame.to_dicts() for table, frame in one.items()} for one in frames]
        chosen = self._settings(frames[0], count)
        made = {rule.name: self._generated(rule, count) for rule in self.rules if rule.kind == "generator"}
        return tuple(
            Binding(
                tuple(
                    (rule.name, made[rule.name][n] if rule.name in made else value)
                    for rule, value in self._values(dicts, n, random)
                ),
                tuple((name, settings.text(values[n])) for name, values in chosen),
                label,
            )
            for n in range(count)
        )

    def span(self, rule: Rule) -> Span:
        """The values that a parameter's range lies within, and the ends that the query has of it."""
        return self._spans[rule.use.table, rule.use.column, rule.use.path, rule.use.expression]

    @cached_property
    def _spans(self) -> dict[tuple[object, ...], Span]:
        spans: dict[tuple[object, ...], Span] = {}
        for rule in self.rules:
            column = column_of(rule.use, self.schema)
            use, table = rule.use, rule.use.table
            if rule.kind in ("low", "high") and column is not None and table is not None:
                same = [r.kind for r in self.rules if (r.use.column, r.use.path) == (use.column, use.path)]
                values = [scalar(use, column, row) for row in self.rows.pool(table).to_dicts()]
                key = (table, use.column, use.path, use.expression)
                spans[key] = Span(ordered(values), "low" in same, "high" in same)
        return spans

    def _values(
        self, dicts: Sequence[Dicts], n: int, random: np.random.Generator
    ) -> Iterable[tuple[Rule, Any]]:
        ends: dict[int, tuple[Any, Any]] = {}
        for rule in self.rules:
            own = dicts[min(self.batch.get(rule.name, 0), len(dicts) - 1)]
            rows = own.get(rule.use.table) if rule.use.table else None
            row = rows[n] if rows else {}
            if rule.kind in ("low", "high"):
                span = self.span(rule)
                if id(span) not in ends:
                    column = column_of(rule.use, self.schema)
                    start = scalar(rule.use, column, row) if column else None
                    ends[id(span)] = span.ends(start, random)
                yield rule, ends[id(span)][rule.kind == "high"]
            else:
                yield rule, self._value(rule, row, rows or [], n, random)

    def _value(
        self,
        rule: Rule,
        row: Mapping[str, Any],
        rows: list[dict[str, Any]],
        n: int,
        random: np.random.Generator,
    ) -> Any:
        column = column_of(rule.use, self.schema)
        match rule.kind:
            case "now":
                return _now(column)
            case "value":
                return rule.argument
            case "generator":
                return None  # `bindings` has its values
            case "limit":
                return LIMIT
            case "offset":
                return OFFSETS[int(random.integers(len(OFFSETS)))]
        if column is None or rule.use.table is None:
            return None
        if rule.kind == "delta":
            return int(random.integers(1, _LARGEST_DELTA + 1))
        if rule.kind == "radius":
            return self._radius(rule.use.table, column)
        if rule.kind == "new" or (rule.kind == "upserted" and n % 2 and self._stands_alone(rule)):
            like = row.get(column.name)
            return self.fresh.value(self.dataset, rule.use.table, column, self._place(rule, n), like)
        value = from_row(rule, column, row, random)
        return self._listed(rule, column, value, rows, random) if rule.use.many else value

    @cached_property
    def fresh(self) -> Fresh:
        """New values that no other query of the workload makes."""
        names = [query.name for query in self.workload.queries]
        lane = names.index(self.query.name) if self.query.name in names else 0
        return Fresh(lane, max(1, len(names)), f"{self.query.name} {self.seed}")

    @cached_property
    def _batch_rows(self) -> int:
        return 1 + max(self.batch.values(), default=0)

    def _place(self, rule: Rule, n: int) -> int:
        """The number of a new value: the rows of VALUES have different ones."""
        return n * self._batch_rows + self.batch[rule.name] if rule.name in self.batch else n

    def _listed(
        self, rule: Rule, column: Column, value: Any, rows: list[dict[str, Any]], random: np.random.Generator
    ) -> list[Any]:
        """A list of different values, the row's own first."""
        length = _LIST_LENGTHS[int(random.integers(len(_LIST_LENGTHS)))]
        others = (
            [rows[int(place)] for place in random.integers(0, len(rows), size=length - 1)] if rows else []
        )
        values = [value, *(from_row(rule, column, row, random) for row in others)]
        present = [value for value in values if value is not None]
        return [value for place, value in enumerate(present) if value not in present[:place]]

    def _radius(self, table: TableName, column: Column) -> float:
        points = self.rows.pool(table)[column.name].drop_nulls().to_list()
        values = [float(part) for point in points for part in point.strip("()").split(",")]
        return (max(values) - min(values)) * _RADIUS if values else 1.0

    def _stands_alone(self, rule: Rule) -> bool:
        table = self.schema.by_name[rule.use.table] if rule.use.table else None
        column = rule.use.column or ""
        refers = table is not None and any(column in key.columns for key in table.foreign_keys)
        return table is not None and table.is_unique(frozenset({column})) and not refers

    def _settings(self, frames: Frames, count: int) -> list[tuple[str, list[Any]]]:
        return [(setting.name, self._setting_values(setting, frames, count)) for setting in self.settings]

    def _setting_values(self, setting: Setting, frames: Frames, count: int) -> list[Any]:
        if "value" in setting.mapping:
            return [setting.mapping["value"]] * count
        for table, frame in frames.items():
            path = setting.path(self.schema, table)
            if path is not None and set(path.first_columns) <= set(frame.columns):
                return paths.ends(frame, path, self.dataset).to_list()
        position = self.workload.session.position
        return generated(setting.mapping, setting.name, None, count, self.seed, position)

    def _generated(self, rule: Rule, count: int) -> list[Any]:
        spec = self.query.params[rule.name]
        column = column_of(rule.use, self.schema)
        return generated(rule.argument, rule.name, column, count, self.seed, spec.position, rule.use)

    def random(self, purpose: str) -> np.random.Generator:
        """Random numbers for one purpose."""
        return rng(purpose, self.query.name, self.seed)


def _now(column: Column | None) -> Any:
    """The run's fixed present, in the column's type."""
    if column is not None and column.type.base == "date":
        return NOW.date()
    return NOW.replace(tzinfo=None) if column is not None and column.type.base == "timestamp" else NOW
