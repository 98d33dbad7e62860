"""PostgreSQL's types, resolved to what stands at their bottom. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot.tokenizer_core import TokenType

from optimizer.model.schema import Check, ColumnType
from optimizer.queries.parameters import tokens
from optimizer.queries.quoting import quote_identifier

_VARHDRSZ = 4  # the header that a type modifier of varchar, bpchar and numeric counts in


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A row of pg_type; `checks` are those of a domain (name, expression over VALUE)."""

    name: str
    kind: str
    category: str
    domain_of: int
    modifier: int
    element: int
    not_null: bool
    labels: tuple[str, ...]
    checks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ResolvedType:
    """A column's type, whether a domain forbids nulls, and the domains' checks (over VALUE)."""

    type: ColumnType
    not_null: bool
    checks: tuple[tuple[str, str], ...]


def resolve(types: Mapping[int, TypeRow], oid: int, modifier: int, spelling: str) -> ResolvedType:
    """Take domains and arrays off; `spelling` is format_type's."""
    row, array, not_null = types[oid], False, False
    checks: list[tuple[str, str]] = []
    while row.kind == "d" or (row.category == "A" and row.element):
        if row.kind == "d":
            if not array:
                not_null |= row.not_null
                checks += row.checks
            modifier = row.modifier if row.modifier != -1 else modifier
            row = types[row.domain_of]
        else:
            array, row = True, types[row.element]
    base = "enum" if row.kind == "e" else row.name
    length, precision, scale = _modifier(base, modifier)
    column_type = ColumnType(spelling, base, array, length, precision, scale, row.labels)
    return ResolvedType(column_type, not_null, tuple(checks))


def _modifier(base: str, modifier: int) -> tuple[int | None, int | None, int | None]:
    """Length, precision and scale as PostgreSQL packs them (numerictypmodin, anychar_typmodin)."""
    packed = modifier - _VARHDRSZ
    if packed < 0:
        return None, None, None
    if base in {"varchar", "bpchar"}:
        return packed, None, None
    if base == "numeric":
        return None, packed >> 16 & 0xFFFF, ((packed & 0x7FF) ^ 1024) - 1024
    return None, None, None


def column_check(name: str, expression: str, column: str) -> Check:
    """A domain's check as one of the column's."""
    parts, at = [], 0
    for word in tokens(expression):
        if word.text.upper() == "VALUE" and word.token_type not in {TokenType.STRING, TokenType.IDENTIFIER}:
            parts += [expression[at : word.start], quote_identifier(column)]
            at = word.end + 1
    return Check(name, "".join((*parts, expression[at:])), (column,))
