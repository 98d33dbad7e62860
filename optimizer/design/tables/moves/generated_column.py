"""An expression that statements filter, sort or search by, computed once, as a column of its table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from optimizer.design.moves.evidence import Statement
from optimizer.design.moves.offer import LeftOut, Offer, Use, left_out
from optimizer.design.tables.castable import why_not_castable
from optimizer.design.tables.evidence import TableEvidence
from optimizer.design.tables.generation import Generated, Ungenerated, generated
from optimizer.design.tables.reads import is_rewritable
from optimizer.model.names import TableName
from optimizer.model.schema import Table
from optimizer.model.tables import GeneratedColumn
from optimizer.queries.expressions import Shape, read_expression, shape
from optimizer.queries.facts import Operator, Term, WriteKind
from optimizer.queries.parameters import UnreadableSql
from optimizer.queries.time_buckets import is_bucket

LONGEST_NAME = 55
"""Bytes; PostgreSQL has 63, of which a number may need some."""

_TSVECTOR_NOTE = "rows with more than 1 MB of words are refused"


@dataclass
class _Wanted:
    """An expression over one table, and what asks for it."""

    table: Table
    tree: exp.Expr
    text: str
    gains: list[Use] = field(default_factory=list)


def generated_columns(evidence: TableEvidence) -> Iterator[Offer | LeftOut]:
    """A column for each expression that reads look rows up by, where PostgreSQL can generate it."""
    taken = {table.name: set(table.by_name) for table in evidence.schema.tables}
    for wanted in _wanted(evidence):
        try:
            known = generated(wanted.tree, wanted.table)
        except Ungenerated as error:
            yield _left_out(wanted, str(error))
            continue
        reason = _uncastable(evidence, wanted, known)
        if reason:
            yield _left_out(wanted, reason)
            continue
        field_ = _free(_name(wanted.tree, known), taken[wanted.table.name])
        structure = GeneratedColumn(wanted.table.name, field_, known.type, wanted.text, known.collation)
        yield Offer(structure, tuple(wanted.gains), _costs(evidence, wanted.table.name), _note(known))


def _wanted(evidence: TableEvidence) -> list[_Wanted]:
    found: dict[tuple[TableName, Shape], _Wanted] = {}
    for statement in evidence.statements:
        if is_rewritable(statement):
            for term, how in _terms(statement):
                table = evidence.schema.by_name.get(statement.sources[term.alias].table)
                tree = _read(term)
                if table is not None and tree is not None and not is_bucket(tree):
                    one = found.setdefault((table.name, shape(tree)), _Wanted(table, tree, term.expression))
                    one.gains.append(Use(statement.query, how))
    return list(found.values())


def _terms(statement: Statement) -> Iterator[tuple[Term, str]]:
    """The expressions that are more than a column, with what the statement does by them."""
    for block in statement.facts.blocks:
        terms = [(p.term, "looked up by") for p in block.predicates if p.operator is not Operator.OTHER]
        terms += [(term, "joined by") for edge in block.joins for term in (edge.left, edge.right)]
        terms += [(item.term, "sorted by") for item in block.order]
        yield from ((term, how) for term, how in terms if term.column is None)


def _read(term: Term) -> exp.Expr | None:
    try:
        tree = read_expression(term.expression).unnest()
    except UnreadableSql:
        return None
    return tree if tree.find(exp.Column) else None


def _uncastable(evidence: TableEvidence, wanted: _Wanted, known: Generated) -> str:
    rows = evidence.dataset.table(wanted.table.name)
    reasons = (why_not_castable(tree, kind, wanted.table, rows) for tree, kind in known.casts)
    return next(filter(None, reasons), "")


def _left_out(wanted: _Wanted, reason: str) -> LeftOut:
    return left_out(f"a column generated as {wanted.text} in {wanted.table.name}", reason, wanted.gains)


def _costs(evidence: TableEvidence, table: TableName) -> tuple[Use, ...]:
    """Every row version that is written holds the value once more."""
    return tuple(
        Use(query, "written with wider rows by")
        for query, write in evidence.writes()
        if write.table == table and write.kind is not WriteKind.DELETE
    )


def _note(known: Generated) -> str:
    kinds = ", ".join(dict.fromkeys(kind.sql for _, kind in known.casts))
    notes = [
        *([_TSVECTOR_NOTE] if known.type.base == "tsvector" else []),
        *([f"rows in which a text is no {kinds} are refused"] if kinds else []),
    ]
    return "; ".join(notes)


def _name(tree: exp.Expr, known: Generated) -> str:
    """A readable name: `search`, `email_lower`, `data_email`."""
    name = "search" if known.type.base == "tsvector" else "_".join(_words(tree))
    ascii_ = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return ascii_[:LONGEST_NAME].rstrip("_") or "generated"


def _words(tree: exp.Expr) -> list[str]:
    tree = tree.unnest()
    match tree:
        case exp.Lower() | exp.Upper():
            return [*_words(tree.this), tree.key]
        case exp.JSONExtract() | exp.JSONExtractScalar() if isinstance(tree.expression, exp.JSONPath):
            return [*_words(tree.this), *(str(part.this) for part in tree.expression.expressions[1:])]
        case exp.JSONBExtract() | exp.JSONBExtractScalar():
            return [*_words(tree.this), tree.expression.name]
        case exp.Cast():
            return _words(tree.this)
        case exp.Coalesce():
            return [*_words(tree.this), "or_else"]
    return list(dict.fromkeys(column.name for column in tree.find_all(exp.Column, bfs=False)))


def _free(name: str, taken: set[str]) -> str:
    """The name, or the first with a number that no column has, which is taken from then on."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    taken.add(free)
    return free
