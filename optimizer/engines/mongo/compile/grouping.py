"""GROUP BY and aggregates: one `$group`, and a `$set` for what it can't say itself.

Facts of `$group`: `$sum` of nothing is 0, `$avg`, `$min` and `$max` pass over null and missing values and are
null over nothing; a compound `_id` tells missing from null, a single one doesn't.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.accumulators import Accumulated, Accumulator
from optimizer.engines.mongo.compile.block import columns_of
from optimizer.engines.mongo.compile.expressions import nullable, type_of, value
from optimizer.engines.mongo.compile.flow import Flow
from optimizer.engines.mongo.compile.opening import Stage
from optimizer.engines.mongo.compile.ordering import fresh
from optimizer.engines.mongo.compile.scope import Field


def aggregates_of(trees: Iterable[exp.Expr]) -> tuple[exp.Expr, ...]:
    """The aggregates in expressions, each with its FILTER; those of subqueries and windows left out."""
    found: dict[exp.Expr, None] = {}
    for tree in trees:
        for node in tree.walk(
            bfs=False, prune=lambda n: isinstance(n, exp.Query | exp.Window) or _is_aggregate(n)
        ):
            if _is_aggregate(node):
                found[node] = None
    return tuple(found)


def _is_aggregate(node: exp.Expr) -> bool:
    if isinstance(node, exp.Filter):
        return True
    return isinstance(node, exp.AggFunc) and not isinstance(node.parent, exp.Window)


class Grouping:
    """The `$group` of a flow: `keys` are the expressions of GROUP BY, empty for an aggregate over all."""

    def __init__(self, flow: Flow, keys: Sequence[exp.Expr], names: dict[exp.Expr, str]) -> None:
        self.flow = flow
        self.keys = tuple(dict.fromkeys(keys))
        self.names = names
        self.before = flow.scope
        self.after: dict[str, Field] = {}
        self.made = Accumulated()

    def stages(self, trees: Sequence[exp.Expr], aggregates: Sequence[exp.Expr]) -> list[Stage]:
        """The stages; `made.known` says what stands for keys and aggregates afterwards."""
        own = [key for key in self.keys if key not in self._dependent()]
        identity = self._identity(own)
        for key in self._dependent_columns(trees):
            self._first(key)
        for node in sorted(aggregates, key=lambda one: not isinstance(one, exp.Count)):
            self._aggregate(node)
        group: Stage = {"$group": {"_id": identity, **self.made.accumulators}}
        values = self._lone_set()
        if identity is None and values is not None:
            return _set_size(*values)
        return [group, *([{"$set": self.made.finished}] if self.made.finished else [])]

    def _lone_set(self) -> tuple[str, Any] | None:
        """The only accumulator, where that is a set of values of which the number is wanted."""
        if len(self.made.accumulators) != 1:
            return None
        ((name, made),) = self.made.accumulators.items()
        wanted = self.made.finished.get(name) == {"$size": f"${name}"}
        return (name, made["$addToSet"]) if wanted else None

    def first_stages(self, trees: Sequence[exp.Expr]) -> list[Stage]:
        """The stages that keep, of rows in order, the first of each key: its values of these expressions."""
        identity = self._identity(self.keys)
        for tree in trees:
            if tree not in self.made.known:
                self._first(tree)
        return [{"$group": {"_id": identity, **self.made.accumulators}}]

    def _dependent(self) -> set[exp.Expr]:
        """The keys that others decide: columns of a source whose primary key is among the keys."""
        found: set[exp.Expr] = set()
        for alias, key in self._keyed():
            for tree in self.keys:
                if isinstance(tree, exp.Column) and tree.table == alias and tree.name not in key:
                    found.add(tree)
        return found

    def _keyed(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The sources whose rows the keys tell apart, each with its primary key."""
        for source in self.flow.block.sources:
            key = source.table.primary_key if source.table else None
            if key and all(exp.column(name, table=source.alias) in self.keys for name in key.columns):
                yield source.alias, key.columns

    def _dependent_columns(self, trees: Sequence[exp.Expr]) -> list[exp.Column]:
        keyed = dict(self._keyed())
        found: dict[exp.Column, None] = {}
        for tree in trees:
            for column in _outside_aggregates(tree):
                if column in self.made.known or column.table not in self.flow.block.by_alias:
                    continue
                if column.table in keyed:
                    found[column] = None
        return list(found)

    def _identity(self, own: Sequence[exp.Expr]) -> Any:
        if not own:
            return None
        if len(own) == 1:
            self._know(own[0], "_id", own[0])
            return value(own[0], self.before)
        parts = {}
        for number, key in enumerate(own, 1):
            wanted = self.names.get(key) or (key.name if isinstance(key, exp.Column) else f"key{number}")
            name = fresh(wanted, self.made.taken)
            parts[name] = self._present(key)
            self._know(key, f"_id.{name}", key)
        return parts

    def _present(self, key: exp.Expr) -> Any:
        """A key's expression, a missing value being null: a column that a join may not have found."""
        made = value(key, self.before)
        derived = {s.alias for s in self.flow.block.sources if s.table is None}
        unsure = any(c.table in self.flow.loose | derived for c in columns_of(key))
        missing = unsure if isinstance(key, exp.Column) else nullable(key, self.before)
        return {"$ifNull": [made, None]} if missing else made

    def _first(self, tree: exp.Expr) -> None:
        name = fresh(self.names.get(tree) or tree.name or "first", self.made.taken)
        self.made.accumulators[name] = {"$first": value(tree, self.before)}
        self._know(tree, name, tree)

    def _know(self, tree: exp.Expr, path: str, of: exp.Expr) -> None:
        known = Field(path, type_of(of, self.before), nullable(of, self.before))
        self.made.known[tree] = self._column(path, known)

    def _column(self, name: str, known: Field) -> exp.Column:
        self.after[name] = known
        return exp.column(name, table="#")

    def _aggregate(self, node: exp.Expr) -> None:
        call, met = (node.this, node.expression.this) if isinstance(node, exp.Filter) else (node, None)
        name = fresh(self.names.get(node) or call.key, self.made.taken)
        made = Accumulator(self.made, self.before, name, met)
        known = made.take(call)
        self.made.known[node] = self._column(name, known)


def _set_size(name: str, values: Any) -> list[Stage]:
    """The number of different values of all rows: grouped, so that no set has to fit into a document."""
    return [
        {"$group": {"_id": values}},
        {"$group": {"_id": None, name: {"$sum": {"$cond": [{"$gt": ["$_id", None]}, 1, 0]}}}},
    ]


def _outside_aggregates(tree: exp.Expr) -> Iterator[exp.Column]:
    for node in tree.walk(bfs=False, prune=lambda n: _is_aggregate(n) or isinstance(n, exp.Query)):
        if isinstance(node, exp.Column):
            yield node
