"""GIN indexes: full text, JSONB, arrays, and trigrams for LIKE '%x%'.

For each predicate: the inverted key alone; with the constants as a partial index; and, since many tenants
share one index, behind the columns compared with parameters (btree_gin).
"""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.design.indexes.access import Access
from optimizer.design.indexes.keys import key, why_no_key
from optimizer.design.indexes.proposal import LeftOut, Proposal
from optimizer.engines.postgres.candidates.variants import variants
from optimizer.model.schema import ColumnType, Table
from optimizer.queries.facts import Operator, Predicate, Term


def inverted(access: Access) -> Iterator[Proposal | LeftOut]:
    """All GIN indexes that the access asks for."""
    for predicate in access.predicates:
        classes = opclasses(predicate, access.table)
        if classes and (reason := why_no_key(predicate.term, access.table)):
            yield LeftOut(f"GIN on {predicate.term.expression}", reason, (access.query,))
            continue
        for opclass in classes:
            yield from variants(access, predicate, key(predicate.term, opclass=opclass), "gin")


def opclasses(predicate: Predicate, table: Table) -> tuple[str | None, ...]:
    """The GIN operator classes that answer the predicate, None for the type's default; most often none."""
    kind = _kind(predicate.term, table)
    match predicate.operator:
        case Operator.MATCH:
            return (None,)
        case Operator.CONTAINS if kind == "jsonb":
            return ("jsonb_path_ops", None)
        case Operator.HAS_KEY if kind == "jsonb":
            return (None,)
        case Operator.CONTAINS | Operator.OVERLAPS if kind == "array":
            return (None,)
        case Operator.LIKE if kind == "text":
            return ("gin_trgm_ops",)
    return ()


def _kind(term: Term, table: Table) -> str:
    """`jsonb`, `array`, `text` or something else; an expression shows its type by its last operator."""
    column = table.by_name.get(term.column or "")
    if column is None:
        return _kind_of_expression(term.expression)
    return _kind_of_type(column.type)


def _kind_of_type(type_: ColumnType) -> str:
    if type_.array:
        return "array"
    return "text" if type_.base in {"text", "varchar", "bpchar"} else type_.base


def _kind_of_expression(expression: str) -> str:
    operator = max(("->>", "#>>", "->", "#>"), key=lambda sign: (expression.rfind(sign), len(sign)))
    if operator not in expression:
        return "text"
    return "text" if operator.endswith(">>") else "jsonb"
