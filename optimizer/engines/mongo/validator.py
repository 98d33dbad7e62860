"""The validator of a collection: what PostgreSQL's types, NOT NULL and CHECK keep, as `$jsonSchema`. Pure.

Embedded rows are validated inside their parent. What a JSON schema has no words for goes to `$expr`; what
neither has is a note.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from optimizer.design.documents.layout import ID, Layout
from optimizer.engines.mongo.locks import Locks, lock_field
from optimizer.engines.mongo.sql_trees import tree_of
from optimizer.engines.mongo.validator_checks import rule_of_check, tightened
from optimizer.engines.mongo.validator_expressions import Translator
from optimizer.engines.mongo.validator_types import WHOLE, Rule, nullable, rule_of, why_not_exact
from optimizer.engines.mongo.values import is_stored
from optimizer.model.denormalisation import Computed, ExtendedReference
from optimizer.model.documents import Embed, Subset
from optimizer.model.schema import Check, Column, Table

_LOCK: Rule = {"bsonType": WHOLE, "description": "incremented to lock the document in a transaction"}
_SUMS = {"int2": WHOLE, "int4": WHOLE, "int8": [*WHOLE, "decimal"], "numeric": ["decimal"]}


@dataclass
class Made:
    """What a validator's rules don't say: expressions of the document, and notes of what isn't kept."""

    expressions: list[Any] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def validator(layout: Layout, table: Table, locks: Locks) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """The options of `create` that validate a collection's documents, and what they don't keep."""
    made = Made()
    properties: dict[str, Rule] = {} if layout.id_column(table.name) else {ID: {}}
    if locks.held_in(layout, table):
        properties[lock_field(layout, table.name)] = _LOCK
    rows = _rows(
        layout, table, made, lambda name: f"${layout.path(table.name, name)}", made.expressions.append
    )
    schema = _object(
        {**properties, **rows["properties"], **_kept(layout, table, made)}, rows, optional={*properties}
    )
    condition: dict[str, Any] = {"$jsonSchema": schema}
    if made.expressions:
        several = len(made.expressions) > 1
        condition["$expr"] = {"$and": made.expressions} if several else made.expressions[0]
    options = {"validator": condition, "validationLevel": "strict", "validationAction": "error"}
    return options, tuple(made.notes)


def _object(properties: Mapping[str, Rule], rows: Rule, optional: set[str]) -> Rule:
    more = {name: rule for name, rule in rows.items() if name != "properties"}
    required = [name for name in properties if name not in optional]
    return {
        "bsonType": "object",
        "required": required,
        "additionalProperties": False,
        "properties": dict(properties),
        **more,
    }


def _rows(
    layout: Layout, table: Table, made: Made, reference: Callable[[str], str], add: Callable[[Any], None]
) -> Rule:
    """The rules of a table's own columns in its (sub)document: `properties`, and `allOf` for whole rows."""
    stored = {c.name: c for c in table.columns if is_stored(c)}
    own = {name: c for name, c in stored.items() if not layout.place(table.name, name).of_parent}
    rules = {name: [rule_of(column)] for name, column in own.items()}
    named: dict[str, list[str]] = {}
    whole: list[Rule] = []
    translator = Translator(stored, reference)
    for check in table.checks:
        found = _check(check, own)
        if found is None:
            expression = _expression(check, translator)
            if expression is None:
                made.notes.append(f"{table.name}: CHECK {check.name} isn't kept: {check.expression}")
            else:
                add(expression)
        elif set(found) == {"properties"}:
            for name, rule in found["properties"].items():
                rules[name].append(rule)
                named.setdefault(name, []).append(check.name)
        else:
            whole.append(_renamed(found, layout, table))
    made.notes += [f"{table.name}.{n}: {why}" for n, c in own.items() if (why := why_not_exact(c))]
    properties = {
        layout.place(table.name, name).field: {**_joined(parts), **_described(named.get(name, ()))}
        for name, parts in rules.items()
    }
    return {"properties": properties, **({"allOf": whole} if whole else {})}


def _check(check: Check, columns: Mapping[str, Column]) -> Rule | None:
    tree = tree_of(check.expression)
    return None if tree is None else rule_of_check(tree, columns)


def _expression(check: Check, translator: Translator) -> Any:
    tree = tree_of(check.expression)
    return None if tree is None else translator.not_false(tree)


def _joined(parts: list[Rule]) -> Rule:
    """The rules of one column as one: an enumeration says all that the type does, but for null."""
    first, *checks = parts
    listed = len(checks) == 1 and set(checks[0]) == {"enum"}
    if listed and "bsonType" in first and set(first) <= {"bsonType", "maxLength"}:
        takes_null = "null" in first["bsonType"]
        return {"enum": [value for value in checks[0]["enum"] if value is not None or takes_null]}
    for check in checks:
        first = tightened(first, check)
    return first


def _described(names: Iterable[str]) -> Rule:
    text = ", ".join(names)
    return {"description": f"CHECK {text}"} if text else {}


def _renamed(rule: Rule, layout: Layout, table: Table) -> Rule:
    """A rule about columns as one about fields: a row's key may be `_id`."""
    if "properties" in rule:
        renamed = {layout.place(table.name, n).field: r for n, r in rule["properties"].items()}
        return {"properties": renamed}
    return {word: [_renamed(part, layout, table) for part in parts] for word, parts in rule.items()}


def _kept(layout: Layout, table: Table, made: Made) -> dict[str, Rule]:
    """What a document holds beside its own row."""
    found: dict[str, Rule] = {}
    for embed in layout.embedded_in(table.name):
        found[embed.field] = _embedded(layout, embed, made)
    for copy in layout.copies_in(table.name):
        found[copy.field] = _copy(layout, copy)
    for computed in layout.computed_in(table.name):
        found[computed.field] = _computed(layout, computed)
    for subset in layout.subsets_in(table.name):
        found[subset.field] = _subset(layout, subset)
    return found


def _embedded(layout: Layout, embed: Embed, made: Made) -> Rule:
    child = layout.schema.by_name[embed.table]

    def reference(name: str) -> str:
        place = layout.place(embed.table, name)
        if place.of_parent:
            return f"${place.field}"
        return f"$$row.{place.field}" if embed.many else f"${embed.field}.{place.field}"

    def add(expression: Any) -> None:
        if embed.many:
            rows = {"$map": {"input": f"${embed.field}", "as": "row", "in": expression}}
            made.expressions.append({"$allElementsTrue": [rows]})
        else:
            made.expressions.append({"$or": [{"$eq": [f"${embed.field}", None]}, expression]})

    rows = _rows(layout, child, made, reference, add)
    inner = _object(rows["properties"], rows, optional=set())
    return {"bsonType": "array", "items": inner} if embed.many else nullable(inner)


def _copy(layout: Layout, copy: ExtendedReference) -> Rule:
    parent = layout.schema.by_name[copy.parent].by_name
    return nullable(_object({name: rule_of(parent[name]) for name in copy.columns}, {}, optional=set()))


def _subset(layout: Layout, subset: Subset) -> Rule:
    child = layout.schema.by_name[subset.child].by_name
    inner = _object({name: rule_of(child[name]) for name in subset.columns}, {}, optional=set())
    return {"bsonType": "array", "maxItems": subset.limit, "items": inner}


def _computed(layout: Layout, computed: Computed) -> Rule:
    if computed.function == "count":
        return {"bsonType": WHOLE, "minimum": 0}
    column = layout.schema.by_name[computed.child].by_name.get(computed.column or "")
    kinds = _SUMS.get(column.type.base if column else "", ["double"])
    return {"bsonType": [*kinds, "null"]}
