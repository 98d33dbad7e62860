"""How a unit's documents are reached: a filter that an index can answer, arrays unwound, what is left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.compile.block import columns_of
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.expressions import condition, is_true
from optimizer.engines.mongo.compile.filters import all_of
from optimizer.engines.mongo.compile.scope import Field, Scope, row_fields
from optimizer.engines.mongo.compile.units import Copied, Part, Unit
from optimizer.engines.mongo.program import Leaf

Stage = dict[str, Any]


@dataclass(frozen=True)
class Link:
    """The equality that `$lookup` makes itself: `local` in the outer documents, `foreign` in the others.

    `condition` is the SQL that it stands for.
    """

    local: str
    foreign: str
    condition: exp.Expr


@dataclass(frozen=True)
class Opened:
    """A unit's documents: `head` filters them, `rest` unwinds arrays and filters what is in them."""

    head: list[Stage] = field(default_factory=list)
    rest: list[Stage] = field(default_factory=list)


def both(conditions: Iterable[exp.Expr], scope: Scope) -> dict[str, Any]:
    """The filter that is true where all conditions are; empty where there is none."""
    parts = [part.copy() for part in conditions]
    return condition(exp.and_(*parts, copy=False), scope) if parts else {}


def match(conditions: Iterable[exp.Expr], scope: Scope) -> list[Stage]:
    """The `$match` of conditions, if there is anything to match."""
    found = both(conditions, scope)
    return [{"$match": found}] if found else []


def open_unit(unit: Unit, conditions: Sequence[exp.Expr], scope: Scope, layout: Layout) -> Opened:
    """The stages that give a unit's rows, where conditions are about its sources (and outer variables)."""
    arrays = [part for part in unit.parts if part.many]
    first = [c for c in conditions if not is_about_elements(c, unit, scope)]
    first += [guard for copied in unit.copied if not copied.source.left for guard in _guards(copied)]
    filters = [met := both(first, scope), *_presence(unit, met)]
    filters += [_prefilter(part, conditions, layout) for part in arrays if not part.source.left]
    rest = [stage for part in unit.parts for stage in _unwound(part, unit, scope, layout)]
    rest += match([c for c in conditions if is_about_elements(c, unit, scope)], scope)
    whole = all_of(filters)
    return Opened([{"$match": whole}] if whole else [], rest)


def not_null(alias: str, column: str) -> exp.Expr:
    """The condition that a column has a value."""
    return exp.Not(this=exp.Is(this=exp.column(column, table=alias), expression=exp.Null()))


def _guards(copied: Copied) -> list[exp.Expr]:
    return [not_null(copied.of, column) for column in copied.guard]


def is_about_elements(tree: exp.Expr, unit: Unit, scope: Scope) -> bool:
    """True for a condition on what is within an array of the unit's documents."""
    inside = tuple(f"{part.path}." for part in unit.parts if part.many)
    keys = {part.key_field(name) for part in unit.parts for name, _ in part.keys}
    paths = [where.path for column in columns_of(tree) if (where := scope.find(column)) is not None]
    return any(path.startswith(inside) or path in keys for path in paths)


def _presence(unit: Unit, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """An embedded row that there may be has to be there for an inner join, if no filter says so already."""
    parts = [part for part in unit.parts if not part.many and not part.source.left]
    return [{part.path: {"$ne": None}} for part in parts if not _requires(found, f"{part.path}.")]


def _requires(found: Mapping[str, Any], prefix: str) -> bool:
    """True where a filter compares a field below the prefix with a constant that isn't null."""
    fixed = (str, int, float)
    return any(
        isinstance(value, fixed)
        or (isinstance(value, Mapping) and bool(value.keys() & {"$gt", "$gte", "$lt", "$lte"}))
        for key, value in found.items()
        if key.startswith(prefix)
    )


def _prefilter(part: Part, conditions: Sequence[exp.Expr], layout: Layout) -> dict[str, Any]:
    """What the document must have for any of its elements to match: an index on the array answers it.

    One equality is written with a dotted path; more has to hold for one element (`$elemMatch`).
    """
    fields = row_fields(layout, part.table.name)
    own = [c for c in conditions if _is_about(c, part.source.alias, fields)]
    found = both(own, Scope({part.source.alias: fields}))
    if not found or not is_match_language(found):
        return {}
    if len(found) == 1:
        path, value = next(iter(found.items()))
        if not path.startswith("$") and _is_one_value(value):
            return {f"{part.path}.{path}": value}
    return {part.path: {"$elemMatch": found}}


def _is_one_value(value: Any) -> bool:
    """True for an equality, which a dotted path finds in any element; `$ne` there is about all of them."""
    if isinstance(value, Mapping):
        return set(value) == {"$in"}
    return not isinstance(value, Leaf) or value.form == "value"


def _is_about(tree: exp.Expr, alias: str, fields: Mapping[str, Field]) -> bool:
    columns = list(columns_of(tree))
    return bool(columns) and all(c.table == alias and c.name in fields for c in columns)


def is_match_language(found: Any) -> bool:
    """True for a filter without expressions and text search, which `$elemMatch` doesn't take."""
    if isinstance(found, Mapping):
        return not found.keys() & {"$expr", "$text"} and all(is_match_language(v) for v in found.values())
    if isinstance(found, list):
        return all(is_match_language(part) for part in found)
    return True


def _unwound(part: Part, unit: Unit, scope: Scope, layout: Layout) -> list[Stage]:
    """The stages that make rows of an embedded array, or leave what a left join's ON doesn't let through."""
    own = [c for c in part.source.on if id(c) not in unit.links] if part.source.left else []
    stages: list[Stage] = []
    if own:
        stages.append({"$set": {part.path: _filtered(part, own, scope, layout)}})
    if part.many:
        kept = {"path": f"${part.path}", "preserveNullAndEmptyArrays": True}
        stages.append({"$unwind": kept if part.source.left else f"${part.path}"})
    there = {"$gt": [f"${part.path}", None]}
    keys = {part.key_field(name): {"$cond": [there, f"${of}", None]} for name, of in part.keys}
    return [*stages, {"$set": keys}] if keys else stages


def _filtered(part: Part, own: Sequence[exp.Expr], scope: Scope, layout: Layout) -> dict[str, Any]:
    alias = part.source.alias
    if not part.many:
        return {"$cond": [is_true(exp.and_(*own), scope), f"${part.path}", None]}
    element = row_fields(layout, part.table.name, "$$element")
    met = is_true(exp.and_(*own), scope.with_source(alias, element))
    return {"$filter": {"input": f"${part.path}", "as": "element", "cond": met}}


def link_of(
    unit: Unit, conditions: Sequence[exp.Expr], outer: Scope, fields: Mapping[str, Mapping[str, Field]]
) -> Link | None:
    """The best equality for `$lookup` to make itself: one with a key, then one with an inner column that
    isn't nullable, then any."""
    found = [link for c in conditions if (link := _as_link(c, outer, fields)) is not None]
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _as_link(
    tree: exp.Expr, outer: Scope, fields: Mapping[str, Mapping[str, Field]]
) -> tuple[tuple[bool, bool], Link] | None:
    if not isinstance(tree, exp.EQ):
        return None
    pair = (tree.this.unnest(), tree.expression.unnest())
    for own, other in (pair, pair[::-1]):
        if not (isinstance(own, exp.Column) and isinstance(other, exp.Column)) or other.table in fields:
            continue
        inner, local = fields.get(own.table, {}).get(own.name), outer.find(other)
        if inner is None or local is None or local.is_variable or _is_array(inner) or _is_array(local):
            continue
        return (inner.path != "_id", inner.nullable), Link(local.path, inner.path, tree)
    return None


def _is_array(found: Field) -> bool:
    return found.type is not None and found.type.array


def outer_variables(
    trees: Iterable[exp.Expr], own: Iterable[str], outer: Scope
) -> tuple[dict[str, str], Scope]:
    """What a `$lookup` has to hand to its pipeline (`let`), and the scope of these variables.

    Variables of pipelines around are within reach as they are.
    """
    let: dict[str, str] = {}
    scope = Scope()
    for tree in trees:
        for column in columns_of(tree):
            found = None if column.table in own else outer.find(column)
            if found is None:
                continue
            if not found.is_variable:
                name = _variable(column)
                let[name] = found.reference
                found = Field(f"$${name}", found.type, found.nullable)
            scope = scope.with_source(
                column.table, {**scope.sources.get(column.table, {}), column.name: found}
            )
    return let, scope


def _variable(column: exp.Column) -> str:
    """The name of a variable: it has to begin with a small letter, and to hold no signs."""
    text = f"{column.table}_{column.name}".lower()
    name = "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in text).lstrip("_0123456789")
    if not name:
        raise NotCompiled(column, "no variable can be named after it")
    return name
