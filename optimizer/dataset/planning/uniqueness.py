"""Decides how the rows of a table keep its unique keys.

A key holds by one of four means: a column of its own unique values; parents none of which comes twice; a
number counted within the rows of one parent; or distinct combinations of finitely many values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from optimizer.dataset.constraints.capacity import Option, capacity, options
from optimizer.dataset.constraints.limits import Limits
from optimizer.dataset.constraints.types import INTEGERS, TEXTS, TIMES
from optimizer.dataset.planning.linking import Draft, Linking
from optimizer.model.names import TableName
from optimizer.model.schema import Column, Key, Schema, Table

_NUMBERS = (
    "version",
    "sequence",
    "seq",
    "number",
    "position",
    "ordinal",
    "line",
    "revision",
    "index",
    "step",
    "rank",
)
ROWS_PER_GROUP = 10
"""Rows that share a value where a key counts within a column that refers to no table."""


@dataclass
class Unique:
    """What was decided.

    `columns` get unique values; `links` parents that differ; `numbered` maps a column to the link that it
    counts in; `grouped` maps a column to a new link without a table; `combined` are keys of combinations,
    each a tuple of links and columns. `impossible` are keys with the most rows that they allow.
    """

    columns: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    numbered: dict[str, str] = field(default_factory=dict)
    grouped: dict[str, str] = field(default_factory=dict)
    combined: list[tuple[str, ...]] = field(default_factory=list)
    impossible: list[tuple[tuple[str, ...], int]] = field(default_factory=list)


@dataclass(frozen=True)
class Around:
    """What the decision is made from; `described` are columns whose generator the user gives."""

    table: Table
    schema: Schema
    rows: int
    parents: Mapping[TableName, int]
    linking: Linking
    limits: Mapping[str, Limits]
    described: frozenset[str]

    def capacity(self, column: str) -> int | None:
        """How many different values a plain column can take; None: no end."""
        return capacity(self.table.by_name[column], self.limits.get(column, Limits()))

    def options(self, column: str) -> tuple[Option, ...] | None:
        """All values of a plain column, where they can be listed."""
        return options(self.table.by_name[column], self.limits.get(column, Limits()))


def decide(keys: tuple[Key, ...], around: Around) -> Unique:
    """The means for all keys; partial ones (`where`) are kept as far as they can be."""
    unique = Unique()
    done: list[frozenset[str]] = []
    for key in sorted(keys, key=lambda k: (bool(k.where), len(k.columns), not k.primary)):
        if key.columns and not any(known <= frozenset(key.columns) for known in done):
            _Decision(around, unique, key).decide()
            done.append(frozenset(key.columns))
    return unique


@dataclass
class _Decision:
    around: Around
    unique: Unique
    key: Key

    def decide(self) -> None:
        """Adds the means for one key."""
        links, plain = self._links(), self._plain()
        if self.unique.columns.intersection(plain) or self.unique.links.intersection(links):
            return
        if self._by_identity(plain) or self._by_number(links, plain) or self._by_value(plain):
            return
        if len(links) == 1 and len(plain) == 1 and self._counts(plain[0]):
            self.unique.numbered[plain[0]] = links[0]
        else:
            self._by_combination(links, plain)

    def _links(self) -> list[str]:
        """Links whose parents the key's columns tell apart."""
        found: dict[str, list[str]] = {}
        for column in self.key.columns:
            if column in self.around.linking.columns:
                name, referenced = self.around.linking.columns[column]
                found.setdefault(name, []).append(referenced)
        drafts = self.around.linking.drafts
        schema = self.around.schema
        return [n for n, cs in found.items() if schema.by_name[drafts[n].target].is_unique(frozenset(cs))]

    def _plain(self) -> list[str]:
        return [column for column in self.key.columns if column not in self.around.linking.columns]

    def _column(self, name: str) -> Column:
        return self.around.table.by_name[name]

    def _by_identity(self, plain: list[str]) -> bool:
        found = [name for name in plain if self._column(name).identity or name in ("id", "uuid")]
        self.unique.columns.update(found[:1])
        if found:
            self._fits(self.around.capacity(found[0]))
        return bool(found)

    def _by_number(self, links: list[str], plain: list[str]) -> bool:
        """`(order, line_number)`: counted in the order; `(aggregate_id, version)`: in a group of rows."""
        numbers = [n for n in plain if self._is_number(n)]
        rest = [name for name in plain if name not in numbers]
        if len(numbers) != 1 or len(rest) + len(links) != 1:
            return False
        if rest:
            group = f"{rest[0]} (group)"
            self.unique.grouped[rest[0]] = group
            self.unique.numbered[numbers[0]] = group
        else:
            self.unique.numbered[numbers[0]] = links[0]
        return True

    def _is_number(self, name: str) -> bool:
        named = any(word in _NUMBERS for word in name.lower().split("_"))
        return named and self._counts(name) and self._column(name).type.base in INTEGERS

    def _counts(self, name: str) -> bool:
        kind, limits = self._column(name).type, self.around.limits.get(name, Limits())
        described = name in self.around.described or limits.choices is not None or limits.high is not None
        return not described and not kind.array and (kind.base in INTEGERS or kind.base in TIMES)

    def _by_value(self, plain: list[str]) -> bool:
        """One column with unique values, if one can have so many and is no mere label."""
        roomy = [n for n in plain if self._roomy(n)]
        if len(self.key.columns) > 1:
            roomy = [n for n in roomy if self._column(n).type.base not in TIMES]
        self.unique.columns.update(roomy[-1:])
        return bool(roomy)

    def _roomy(self, name: str) -> bool:
        limits = self.around.limits.get(name, Limits())
        if limits.choices is not None or self._column(name).type.labels:
            return False
        if name in self.around.described and len(self.key.columns) > 1:
            return self._column(name).type.base in TEXTS
        room = self.around.capacity(name)
        return room is None or room >= self.around.rows

    def _by_combination(self, links: list[str], plain: list[str]) -> None:
        if self.key.where or not (links or plain) or self._lone_and_nullable(links, plain):
            return
        most = 1
        for name in links:
            most *= self.around.parents[self._draft(name).target]
        for name in plain:
            room = self.around.capacity(name)
            if room is None:
                return
            most *= room
        if self._fits(most) and all(self.around.options(name) is not None for name in plain):
            self._combine(links, plain)

    def _lone_and_nullable(self, links: list[str], plain: list[str]) -> bool:
        """A reference that may be null: rows beyond the parents go without one."""
        if len(links) != 1 or plain or not self._draft(links[0]).may_lack:
            return False
        self.unique.links.add(links[0])
        return True

    def _combine(self, links: list[str], plain: list[str]) -> None:
        if len(links) == 1 and not plain:
            self.unique.links.add(links[0])
        elif len(plain) == 1 and not links:
            self.unique.columns.add(plain[0])
        else:
            self.unique.combined.append((*links, *plain))

    def _fits(self, most: int | None) -> bool:
        fits = most is None or most >= self.around.rows
        if not fits and most is not None:
            self.unique.impossible.append((self.key.columns, most))
        return fits

    def _draft(self, name: str) -> Draft:
        return self.around.linking.drafts[name]
