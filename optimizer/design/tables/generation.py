"""What PostgreSQL makes of an expression in GENERATED ALWAYS AS: its type, its collation, what it refuses.

The types are those that PostgreSQL's parser gives (parse_type.c, parse_coerce.c), for the forms that are
known to be immutable by pg_proc: `text || text` is, `text || anynonarray` isn't; the input functions of
numbers, booleans and UUIDs are, those of dates and times aren't.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from optimizer.model.schema import ColumnType, Table
from optimizer.queries.base_types import CASTS
from optimizer.queries.value_types import named_type

TEXTS = frozenset({"text", "varchar", "bpchar"})
_TEXT = named_type("text")
_TSVECTOR = ColumnType("tsvector", "tsvector")
_FROM_TEXT = frozenset({"int2", "int4", "int8", "numeric", "float8", "bool", "uuid", "text"})
"""The types that a text becomes whatever the session's settings are."""

_CASTS = {to: named_type(base) for to, base in CASTS.items() if base in _FROM_TEXT}
"""Those types, by sqlglot's."""

_TO_TEXT = frozenset({"int2", "int4", "int8", "numeric", "uuid", *TEXTS})
"""The types whose values have one text whatever the session's settings are."""

_COALESCED = {
    **{kind.base: kind for kind in _CASTS.values()},
    "varchar": ColumnType("character varying", "varchar"),
}
"""What COALESCE makes of a type: lengths and precisions are lost beside a constant, which has none."""

_WITH_INTEGERS = frozenset({"int4", "int8", "numeric", "float8"})
_WITH_DECIMALS = frozenset({"numeric", "float8"})
"""The types that COALESCE with an integer, or a number with a point, leaves as they are."""


class Ungenerated(ValueError):
    """PostgreSQL refuses the expression, or nothing is known of it; the text is the reason."""


@dataclass(frozen=True, slots=True)
class Generated:
    """The type of an expression, and the names of the collations that its texts have besides the default.

    `casts` are the texts within that must read as a value of a type, each row's.
    """

    type: ColumnType
    collations: frozenset[str] = frozenset()
    casts: tuple[tuple[exp.Expr, ColumnType], ...] = ()

    @property
    def collation(self) -> str | None:
        """The collation of the column; None for the default one, and where the type has none."""
        return next(iter(self.collations), None) if self.type.base in TEXTS else None


def generated(tree: exp.Expr, table: Table) -> Generated:
    """What a column of the table is that an expression generates; Ungenerated where it can't be one."""
    found = _read(tree, table)
    if len(found.collations) > 1:
        raise Ungenerated(f"its texts have several collations ({', '.join(sorted(found.collations))})")
    if found.type.base == "json":
        raise Ungenerated("json isn't compared: no index serves it")
    return found


def _read(tree: exp.Expr, table: Table) -> Generated:
    match tree:
        case exp.Paren():
            return _read(tree.this, table)
        case exp.Column():
            return _column(tree, table)
        case exp.Literal(is_string=True):
            return Generated(_TEXT)
        case exp.Lower() | exp.Upper():
            return _text(tree.this, table, tree.key)
        case exp.DPipe():
            return _joined(tree, table)
        case exp.Coalesce():
            return _coalesced(tree, table)
        case exp.JSONExtract() | exp.JSONExtractScalar() | exp.JSONBExtract() | exp.JSONBExtractScalar():
            return _extracted(tree, table)
        case exp.Cast() if type(tree) is exp.Cast:
            return _cast(tree, table)
        case exp.Anonymous():
            return _called(tree, table)
    raise Ungenerated(f"whether {_word(tree)} is immutable, and of which type, isn't known here")


def _column(tree: exp.Column, table: Table) -> Generated:
    column = table.by_name.get(tree.name)
    if column is None or column.type.array:
        raise Ungenerated(f"{tree.name} is no single value")
    if column.generated:
        raise Ungenerated(f"{tree.name} is generated itself: PostgreSQL generates nothing from it")
    return Generated(column.type, frozenset([column.collation] if column.collation else []))


def _text(tree: exp.Expr, table: Table, function: str) -> Generated:
    inner = _read(tree, table)
    if inner.type.base not in TEXTS:
        raise Ungenerated(f"{function} of {inner.type.sql} isn't known here")
    return replace(inner, type=_TEXT)


def _joined(tree: exp.DPipe, table: Table) -> Generated:
    sides = [_read(side, table) for side in (tree.this, tree.expression)]
    bases = {side.type.base for side in sides}
    if not (bases <= TEXTS or bases == {"tsvector"}):
        both = " and ".join(side.type.sql for side in sides)
        raise Ungenerated(f"|| of {both} isn't immutable")
    return _united(_TEXT if bases <= TEXTS else _TSVECTOR, sides)


def _coalesced(tree: exp.Coalesce, table: Table) -> Generated:
    first = _read(tree.this, table)
    others = [_alternative(other, first.type, table) for other in tree.expressions]
    kind = _COALESCED.get(first.type.base)
    if kind is None or not first.type.sql.startswith(kind.sql):
        raise Ungenerated(f"COALESCE of {first.type.sql} isn't known here")
    return _united(kind, [first, *others])


def _alternative(tree: exp.Expr, kind: ColumnType, table: Table) -> Generated:
    """What COALESCE gives in place of a value of this type, and leaves the type as it is."""
    tree = tree.unnest()
    if isinstance(tree, exp.Neg) and isinstance(tree.this, exp.Literal):
        tree = tree.this
    if isinstance(tree, exp.Literal):
        fits = _WITH_INTEGERS if tree.is_int else _WITH_DECIMALS
        small = not tree.is_int or abs(int(tree.this)) < 2**31
        if small and kind.base in (TEXTS if tree.is_string else fits):
            return Generated(kind)
    elif isinstance(tree, exp.Boolean) and kind.base == "bool":
        return Generated(kind)
    elif not isinstance(tree, exp.Boolean):
        other = _read(tree, table)
        if other.type == kind:
            return other
    raise Ungenerated(f"COALESCE of {kind.sql} and {tree.sql('postgres')} isn't known here")


def _extracted(tree: exp.Expr, table: Table) -> Generated:
    inner = _read(tree.this, table)
    if inner.type.base not in {"json", "jsonb"}:
        raise Ungenerated(f"-> of {inner.type.sql} isn't known here")
    if not isinstance(tree.expression, exp.JSONPath | exp.Literal):
        raise Ungenerated("the key isn't a constant")
    as_text = isinstance(tree, exp.JSONExtractScalar | exp.JSONBExtractScalar)
    return Generated(_TEXT if as_text else inner.type)


def _cast(tree: exp.Cast, table: Table) -> Generated:
    inner = _read(tree.this, table)
    kind = None if tree.to.expressions else _CASTS.get(tree.to.this)
    if kind is None or tree.args.get("format"):
        raise Ungenerated(f"a cast to {tree.to.sql('postgres').lower()} isn't known to be immutable")
    if kind.base == "text" and inner.type.base in _TO_TEXT:
        return replace(inner, type=_TEXT)
    if inner.type.base not in TEXTS:
        raise Ungenerated(f"a cast of {inner.type.sql} isn't known here")
    return Generated(kind, casts=(*inner.casts, (tree.this.unnest(), kind)))


def _called(tree: exp.Anonymous, table: Table) -> Generated:
    name, arguments = tree.name.lower(), tree.expressions
    if name == "to_tsvector" and len(arguments) == 1:
        raise Ungenerated("to_tsvector must name its configuration, as in to_tsvector('english', ...)")
    if name == "to_tsvector" and len(arguments) == 2 and _is_configuration(arguments[0]):
        inner = _read(arguments[1], table)
        if inner.type.base in TEXTS or inner.type.base in {"json", "jsonb"}:
            return Generated(_TSVECTOR, casts=inner.casts)
    if name == "setweight" and len(arguments) == 2 and isinstance(arguments[1], exp.Literal):
        inner = _read(arguments[0], table)
        if inner.type.base == "tsvector":
            return inner
    raise Ungenerated(f"whether {_word(tree)} is immutable, and of which type, isn't known here")


def _is_configuration(tree: exp.Expr) -> bool:
    plain = tree.this if type(tree) is exp.Cast and str(tree.to.this).upper() == "REGCONFIG" else tree
    return isinstance(plain, exp.Literal) and bool(plain.is_string)


def _united(kind: ColumnType, parts: Sequence[Generated]) -> Generated:
    collations = frozenset[str]().union(*(part.collations for part in parts))
    return Generated(kind, collations, tuple(cast for part in parts for cast in part.casts))


def _word(tree: exp.Expr) -> str:
    """The function or operator at the top of an expression, for people."""
    if isinstance(tree, exp.Anonymous):
        return str(tree.name).lower()
    if isinstance(tree, exp.Func):
        return str(tree.sql_name()).lower()
    return f"`{tree.sql('postgres')}`"
