"""Where each parameter's values come from: one rule a parameter, from `params` or from the query's facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from optimizer.model.names import TableName
from optimizer.model.query import ParameterSpec, Query
from optimizer.model.schema import Column, Schema
from optimizer.queries import parameters
from optimizer.queries.extract import facts
from optimizer.queries.facts import ParameterUse

_TEXTUAL = ("key", "pattern", "prefix", "substring", "search", "lexeme")
_ENDS = ("low", "high")
ROW_ROLES = frozenset({"compared", "inserted", "upserted", "element", *_TEXTUAL, *_ENDS})
_PREFERENCE = ("delta", "inserted", "upserted", "compared", "element", *_TEXTUAL, *_ENDS)


@dataclass(frozen=True, slots=True)
class Rule:
    """How a parameter gets its values.

    `kind` is a role of ParameterUse, or `new`, `now`, `value`, `generator` (with `argument` as the file has
    it). `use` says which column it is about, where there is one; `unknown` means that nothing is known.
    """

    name: str
    kind: str
    use: ParameterUse
    argument: Any = None

    @property
    def needs_row(self) -> bool:
        """True where the value is taken from a row of the data."""
        return self.kind in ROW_ROLES and self.use.table is not None


def rules(query: Query, schema: Schema) -> tuple[Rule, ...]:
    """One rule a parameter, in the order of their first occurrence in the query."""
    texts = [statement.text for statement in query.statements]
    uses = [use for text in texts for use in facts(text, schema).parameters]
    return tuple(
        _rule(name, query.params.get(name), [use for use in uses if use.name == name], schema)
        for name in parameters.names(*texts)
    )


def column_of(use: ParameterUse, schema: Schema) -> Column | None:
    """The column that a use is about."""
    table = schema.by_name.get(use.table) if use.table else None
    return table.by_name.get(use.column) if table and use.column else None


def _rule(name: str, spec: ParameterSpec | None, uses: Sequence[ParameterUse], schema: Schema) -> Rule:
    best = _best(name, uses, schema)
    if spec is None:
        return Rule(name, _kind(best, uses, schema), best)
    if spec.kind in ("new", "column"):
        named = _named(name, str(spec.argument), best, schema)
        kind = "new" if spec.kind == "new" else "compared"
        return Rule(name, kind if named.table else "unknown", named, spec.argument)
    return Rule(name, spec.kind, best, spec.argument)


def _best(name: str, uses: Sequence[ParameterUse], schema: Schema) -> ParameterUse:
    fresh = [use for use in uses if use.role == "inserted" and _is_fresh(use, schema)]
    ranked = sorted(
        (use for use in uses if use.role in _PREFERENCE), key=lambda use: _PREFERENCE.index(use.role)
    )
    return next(iter((*fresh, *ranked, *uses)), ParameterUse(name, "unknown"))


def _kind(best: ParameterUse, uses: Sequence[ParameterUse], schema: Schema) -> str:
    if best.role == "inserted" and _is_fresh(best, schema):
        return "new"
    ends = {use.role for use in uses if use.column == best.column and use.role in ("low", "high")}
    return "compared" if best.role in ends and len(ends) == 2 else best.role


def _is_fresh(use: ParameterUse, schema: Schema) -> bool:
    """True where a key of this column alone asks for a value that no row has; a foreign key must have one."""
    table = schema.by_name.get(use.table) if use.table else None
    if table is None or use.column is None:
        return False
    refers = any(use.column in key.columns for key in table.foreign_keys)
    return table.is_unique(frozenset({use.column})) and not refers


def _named(name: str, argument: str, best: ParameterUse, schema: Schema) -> ParameterUse:
    table_text, _, column = argument.rpartition(".")
    table = schema.find(table_text)
    if table is None or column not in table.by_name:
        return ParameterUse(name, "unknown")
    return ParameterUse(name, "compared", table.name, column, many=best.many)


def tables(found: Sequence[Rule]) -> tuple[TableName, ...]:
    """The tables whose rows the rules need."""
    return tuple(dict.fromkeys(r.use.table for r in found if r.needs_row and r.use.table is not None))
