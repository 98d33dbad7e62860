"""The sides of a comparison that the match language can name: a field, and a constant to compare it with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.comparands import is_constant
from optimizer.engines.mongo.compile.filters import Filter, all_of, no_arrays
from optimizer.engines.mongo.compile.json_paths import Step, json_path
from optimizer.engines.mongo.compile.scope import Scope
from optimizer.engines.mongo.compile.translator import Translator
from optimizer.engines.mongo.compile.types import JSONB, JSONS, NUMBERS, TEXT, TEXTS, common, is_a, named
from optimizer.model.schema import ColumnType


@dataclass(frozen=True)
class Place:
    """A dotted path that a filter can speak of.

    `json`: the value is a JSON one; `type` is then the type that it is read as, text for `->>`. `above` are
    the paths on the way, where an array would be looked into; `lists` those where there has to be one.
    """

    path: str
    type: ColumnType | None
    nullable: bool
    json: bool = False
    above: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()

    @property
    def reached(self) -> Filter:
        """The documents in which the path leads where SQL's does."""
        return all_of([no_arrays(self.above), *({path: {"$type": "array"}} for path in self.lists)])

    @property
    def scalar(self) -> Filter:
        """`reached`, and what is there isn't an array."""
        return all_of(
            [no_arrays([*self.above, self.path]), *({path: {"$type": "array"}} for path in self.lists)]
        )

    @property
    def is_array(self) -> bool:
        return self.type is not None and self.type.array


def place_of(node: exp.Expr, scope: Scope) -> Place | None:
    """The field that an expression is; None for one that computes something, or a variable."""
    node = node.unnest()
    if isinstance(node, exp.Column):
        field = scope.field(node)
        if field.is_variable:
            return None
        return Place(field.path, field.type, field.nullable, json=is_a(field.type, JSONS))
    if isinstance(node, exp.Cast):
        return _cast(node, scope)
    return _member(node, scope)


def _cast(node: exp.Cast, scope: Scope) -> Place | None:
    """A cast that leaves the stored value what it is: within texts, or of a JSON value to what it is."""
    inner, to = place_of(node.this, scope), named(node.args["to"])
    if inner is None or to is None or to.array or inner.is_array:
        return None
    if inner.json and json_path(node.this) is not None:
        return replace(inner, type=to) if to.base in (*NUMBERS, *TEXTS, "bool", "uuid") else None
    alike = any(
        is_a(inner.type, bases) and to.base in bases for bases in (TEXTS, ("timestamp", "timestamptz"))
    )
    same = inner.type is not None and inner.type.base == to.base and to.scale is None
    return inner if same or (alike and to.length is None) else None


def _member(node: exp.Expr, scope: Scope) -> Place | None:
    path = json_path(node)
    if path is None or path.dotted is None:
        return None
    source = place_of(path.source, scope)
    if source is None or not source.json:
        return None
    whole = f"{source.path}.{path.dotted}"
    above, lists = _on_the_way(source.path, path.steps)
    return Place(whole, TEXT if path.as_text else JSONB, True, json=True, above=above, lists=lists)


def _on_the_way(path: str, steps: tuple[Step, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The paths where there must be no array, and those where there must be one: before a number."""
    above, lists = [], []
    for step in steps:
        if isinstance(step, int):
            lists.append(path)
        elif not str(step).isdigit():
            above.append(path)
        path = f"{path}.{step}"
    return tuple(above), tuple(lists)


@dataclass(frozen=True)
class Pair:
    """A field and the constant it is compared with; `node` has the field on its left."""

    place: Place
    constant: exp.Expr
    node: Any

    def compared(self, e: Translator) -> ColumnType | None:
        """The type that the comparison is made in."""
        own = e.type(self.constant)
        return own if self.place.type is None else common((self.place.type, own))


def pair_of(node: exp.Binary, scope: Scope) -> Pair | None:
    """The comparison as a field's with a constant; None where it isn't one."""
    if not is_constant(node.expression):
        return None
    place = place_of(node.this, scope)
    return None if place is None else Pair(place, node.expression, node)
