"""Terms of a query as keys of an index."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.design.indexes.immutable import why_not_immutable
from optimizer.model.index import IndexKey
from optimizer.model.schema import Column, Table
from optimizer.queries.facts import OrderTerm, Term
from optimizer.queries.quoting import quote_identifier

_NO_BTREE = frozenset({"json", "jsonb", "xml", "point", "box", "circle", "polygon", "line", "lseg", "path"})
_BYTE_COLLATIONS = frozenset({"C", "POSIX", "ucs_basic", "pg_c_utf8"})


def key(term: Term, *, opclass: str | None = None) -> IndexKey:
    """The term as an ascending key."""
    if term.column is not None:
        return IndexKey(quote_identifier(term.column), term.column, opclass=opclass)
    return IndexKey(_without_brackets(term.expression), opclass=opclass)


def order_key(item: OrderTerm) -> IndexKey:
    """The term as a key in its direction; the default place of nulls goes unsaid."""
    plain = key(item.term)
    nulls = None if item.nulls_first is item.descending else item.nulls_first
    return IndexKey(plain.expression, plain.column, item.descending, nulls)


def prefix_key(term: Term, table: Table) -> IndexKey:
    """The term as a key for LIKE 'x%': a collation by bytes needs nothing, any other a pattern class."""
    column = table.by_name.get(term.column or "")
    if column is None or column.collation in {None, *_BYTE_COLLATIONS}:
        return key(term)
    return key(term, opclass="text_pattern_ops")


def distinct_keys(keys: Iterable[IndexKey]) -> tuple[IndexKey, ...]:
    """The keys, each expression once, as it comes first."""
    found: dict[str, IndexKey] = {}
    for item in keys:
        found.setdefault(item.expression, item)
    return tuple(found.values())


def why_no_key(term: Term, table: Table) -> str | None:
    """Why the term can't be a key of any index, None where nothing speaks against it."""
    return None if term.column is not None else why_not_immutable(term.expression, table)


def why_no_btree_key(term: Term, table: Table) -> str | None:
    """Why the term can't be a key of a B-tree, None where nothing speaks against it."""
    column = table.by_name.get(term.column or "")
    if column is not None and not column.type.array and column.type.base in _NO_BTREE:
        return f"{column.type.sql} isn't ordered: no B-tree on it"
    return why_no_key(term, table)


def is_wide(column: Column) -> bool:
    """True for a column whose values may be too long to be copied into a B-tree's leaves (over 255)."""
    if column.type.array or column.type.base in {"json", "jsonb", "bytea", "xml", "tsvector", "text"}:
        return True
    return column.type.base in {"varchar", "bpchar"} and (column.type.length or 256) > 255


def _without_brackets(expression: str) -> str:
    text = expression.strip()
    while text.startswith("(") and _closes_at_the_end(text):
        text = text[1:-1].strip()
    return text


def _closes_at_the_end(text: str) -> bool:
    depth, quoted = 0, False
    for at, character in enumerate(text):
        quoted ^= character == "'"
        if not quoted:
            depth += (character == "(") - (character == ")")
        if depth == 0:
            return at == len(text) - 1
    return False
