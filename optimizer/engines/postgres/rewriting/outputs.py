"""The names that PostgreSQL gives to what a SELECT puts out without AS.

They are written out before a tree is changed, since sqlglot would make up names of its own (`_col_0`), and
taken away again where PostgreSQL would give the same ones (parse_target.c, FigureColname).
"""

from __future__ import annotations

import re

from sqlglot import exp

from optimizer.queries.tree import identifier, to_sql

UNNAMED = "?column?"

_CALL = re.compile(r"([A-Za-z_][A-Za-z0-9_.]*)\(")
_NAMED: dict[type[exp.Expr], str] = {
    exp.Array: "array",
    exp.AtTimeZone: "timezone",
    exp.Boolean: "bool",
    exp.CurrentDate: "current_date",
    exp.CurrentTimestamp: "now",
    exp.Exists: "exists",
    exp.Interval: "interval",
}
_TYPES = {"int": "int4", "integer": "int4", "bigint": "int8", "smallint": "int2", "decimal": "numeric"}
_TYPES |= {"boolean": "bool", "real": "float4", "double precision": "float8", "char": "bpchar"}
_TRIMS = {"LEADING": "ltrim", "TRAILING": "rtrim"}


def name_outputs(query: exp.Query) -> None:
    """Give every output its name."""
    for select in list(query.find_all(exp.Select)):
        select.set("expressions", [_named(chosen) for chosen in select.expressions])


def _named(chosen: exp.Expr) -> exp.Expr:
    if isinstance(chosen, exp.Alias | exp.Aliases | exp.Column | exp.Star):
        return chosen
    name = chosen.alias if isinstance(chosen, exp.Subquery) else ""
    if name:
        chosen.set("alias", None)
    name = name or output_name(chosen)
    return exp.Alias(this=chosen, alias=identifier(name))


def unname_outputs(query: exp.Query) -> None:
    """Take away every AS that says what PostgreSQL would say."""
    for select in query.find_all(exp.Select):
        for chosen in list(select.expressions):
            if isinstance(chosen, exp.Alias) and chosen.alias == output_name(chosen.this):
                chosen.replace(chosen.this)


def is_order_ambiguous(query: exp.Query) -> bool:
    """True where a SELECT is ordered by a name that two of its outputs have (sqlglot puts the names of
    outputs for their expressions)."""
    for select in query.find_all(exp.Select):
        order = select.args.get("order")
        names = [chosen.alias_or_name for chosen in select.expressions]
        terms = order.expressions if order is not None else ()
        if any(
            isinstance(t.this, exp.Column) and not t.this.table and names.count(t.this.name) > 1
            for t in terms
        ):
            return True
    return False


def output_name(tree: exp.Expr) -> str:
    """The name of an output without AS."""
    return _name(tree)[0]


def _name(tree: exp.Expr) -> tuple[str, bool]:
    """The name, and False where it is only a type's or CASE's: a better one inside comes before it."""
    match tree:
        case exp.Column():
            return tree.name, True
        case exp.Dot():
            return tree.expression.name, True
        case exp.Paren() | exp.Collate() | exp.Bracket() | exp.Window() | exp.Filter() | exp.WithinGroup():
            return _name(tree.this)
        case exp.Cast():
            inner, strong = _name(tree.this)
            return (inner, True) if strong else (_type_name(tree.to), False)
        case exp.Case():
            last = tree.args.get("default")
            inner, strong = _name(last) if last is not None else ("", False)
            return (inner, True) if strong else ("case", False)
        case exp.Subquery():
            query = tree.this
            first = query.selects[0] if isinstance(query, exp.Query) and query.selects else None
            return (first.alias, True) if isinstance(first, exp.Alias) else _name(first or exp.null())
        case exp.Trim():
            return _TRIMS.get(str(tree.args.get("position") or "").upper(), "btrim"), True
        case exp.Boolean():
            return "bool", False
    if type(tree) in _NAMED:
        return _NAMED[type(tree)], True
    call = _CALL.match(to_sql(tree)) if isinstance(tree, exp.Func) else None
    return (call[1].rpartition(".")[2].lower(), True) if call else (UNNAMED, False)


def _type_name(kind: exp.DataType) -> str:
    words = re.sub(r"\(.*?\)|\[.*?\]", "", to_sql(kind)).strip().lower()
    return _TYPES.get(words, words.rpartition(".")[2])
