"""The base types (pg_type's names: int4, timestamptz) of expressions in a tree as it was written.

Enough is known here to tell which form of a function is called; what isn't clear is None.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from optimizer.model.schema import Schema
from optimizer.queries.tree import find_table

INTEGERS = ("int2", "int4", "int8")
NUMBERS = (*INTEGERS, "numeric", "float4", "float8")
"""The narrowest first."""

MOMENTS = ("date", "timestamp", "timestamptz")
TRUNCATIONS = frozenset({"date_trunc", "date_bin", "time_bucket"})
"""The functions that cut a moment, their second argument, down to where a span of time begins."""

CASTS = {
    exp.DType.SMALLINT: "int2",
    exp.DType.INT: "int4",
    exp.DType.BIGINT: "int8",
    exp.DType.DECIMAL: "numeric",
    exp.DType.FLOAT: "float4",
    exp.DType.DOUBLE: "float8",
    exp.DType.BOOLEAN: "bool",
    exp.DType.UUID: "uuid",
    exp.DType.DATE: "date",
    exp.DType.TIMESTAMP: "timestamp",
    exp.DType.TIMESTAMPTZ: "timestamptz",
    exp.DType.INTERVAL: "interval",
    exp.DType.TEXT: "text",
    exp.DType.VARCHAR: "varchar",
}
"""What casts lead to."""

_NODES: dict[type[exp.Expr], str] = {
    exp.Interval: "interval",
    exp.CurrentTimestamp: "timestamptz",
    exp.CurrentDate: "date",
    exp.Localtimestamp: "timestamp",
    exp.Extract: "numeric",
    exp.Count: "int8",
}
_CALLS = {
    "clock_timestamp": "timestamptz",
    "statement_timestamp": "timestamptz",
    "transaction_timestamp": "timestamptz",
    "to_timestamp": "timestamptz",
    "make_timestamptz": "timestamptz",
    "make_timestamp": "timestamp",
    "make_date": "date",
    "make_interval": "interval",
    "age": "interval",
    "date": "date",
}
_FIRST = (exp.Min, exp.Max, exp.Filter, exp.Window, exp.Nullif, exp.Neg, exp.Lag, exp.Lead, exp.FirstValue)
_ANY = (exp.Coalesce, exp.Greatest, exp.Least)
_OPERATORS = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)


def base_type(tree: exp.Expr, schema: Schema) -> str | None:
    """The type of an expression where it stands; None for a parameter and a text without a cast."""
    tree = tree.unnest().unalias()
    if type(tree) in _NODES:
        return _NODES[type(tree)]
    if isinstance(tree, _FIRST):
        return base_type(tree.this, schema)
    if isinstance(tree, _ANY):
        return _known(schema, tree.this, *tree.expressions)
    if isinstance(tree, _OPERATORS):
        return _computed(tree, schema)
    match tree:
        case exp.Cast():
            return None if tree.to.args.get("nested") else CASTS.get(tree.to.this)
        case exp.Column():
            return _of_column(tree, schema)
        case exp.Literal():
            return None if tree.is_string else number_type(tree)
        case exp.AtTimeZone():
            return _zoned(base_type(tree.this, schema))
        case exp.Case():
            return _known(schema, *(one.args["true"] for one in tree.args["ifs"]), tree.args.get("default"))
        case exp.Anonymous():
            return _of_call(tree, schema)
        case exp.Query():
            return _of_output(tree, None, schema)
    return None


def number_type(tree: exp.Literal) -> str:
    """The type of a number that is written out."""
    if not tree.name.isdigit():
        return "numeric"
    return next(
        (kind for kind, bits in (("int4", 31), ("int8", 63)) if int(tree.name) < 1 << bits), "numeric"
    )


def wider(one: str | None, other: str | None) -> str | None:
    """The type of what an operator makes of two numbers; None where one isn't known to be a number."""
    if one not in NUMBERS or other not in NUMBERS:
        return None
    if one == other:
        return one
    widest = max(one, other, key=NUMBERS.index)
    return "float8" if widest == "float4" else widest


def truncated(tree: exp.Expr) -> exp.Expr | None:
    """The moment that a call of one of TRUNCATIONS cuts down; None for any other tree."""
    is_call = isinstance(tree, exp.Anonymous) and tree.name.lower() in TRUNCATIONS
    return tree.expressions[1] if is_call and len(tree.expressions) > 1 else None


def _known(schema: Schema, *trees: exp.Expr | None) -> str | None:
    found = (base_type(tree, schema) for tree in trees if tree is not None)
    return next((kind for kind in found if kind is not None), None)


def _zoned(kind: str | None) -> str | None:
    return {"timestamp": "timestamptz", "timestamptz": "timestamp", "date": "timestamp"}.get(kind or "")


def _of_call(call: exp.Anonymous, schema: Schema) -> str | None:
    name, moment = call.name.lower(), truncated(call)
    if moment is not None:
        kind = base_type(moment, schema)
        return "timestamptz" if kind == "date" and name != "time_bucket" else kind
    return _CALLS.get(name)


def _computed(tree: exp.Expr, schema: Schema) -> str | None:
    """Of a sum or difference with a moment, or of numbers: the wider of both."""
    left, right = base_type(tree.this, schema), base_type(tree.expression, schema)
    if left in MOMENTS and right in MOMENTS:
        return "int4" if left == right == "date" else "interval"
    moment, other = (left, right) if left in MOMENTS else (right, left)
    if moment in MOMENTS:
        return moment if moment != "date" or other in INTEGERS else _from_date(other)
    if "interval" in (left, right):
        return "interval"
    return wider(left, right)


def _from_date(other: str | None) -> str | None:
    return "timestamp" if other == "interval" else None


def _of_column(column: exp.Column, schema: Schema) -> str | None:
    """The type in the nearest statement around it whose sources have a column of that name."""
    scope = column.find_ancestor(exp.Select, exp.Update, exp.Delete, exp.Insert, exp.Merge)
    while scope is not None:
        for source in _sources(scope):
            if column.table in ("", source.alias_or_name):
                found = _of_source(source, column.name, schema)
                if found is not None:
                    return found
        scope = scope.find_ancestor(exp.Select, exp.Update, exp.Delete, exp.Insert, exp.Merge)
    return None


def _sources(scope: exp.Expr) -> Iterator[exp.Expr]:
    target = scope.this
    if not isinstance(scope, exp.Select) and isinstance(target, exp.Expr):
        yield target.this if isinstance(target, exp.Schema) else target
    first = scope.args.get("from_") or scope.args.get("using")
    for node in first if isinstance(first, list) else [first]:
        if isinstance(node, exp.Expr):
            source = node.this if isinstance(node, exp.From) else node
            yield source
            yield from (join.this for join in source.args.get("joins") or ())
    yield from (join.this for join in scope.args.get("joins") or ())


def _of_source(source: exp.Expr, name: str, schema: Schema) -> str | None:
    if isinstance(source, exp.Lateral):
        source = source.this
    if isinstance(source, exp.Subquery):
        return _of_output(source.this, name, schema, source)
    if isinstance(source, exp.Unnest | exp.Values):
        return _of_rows(source, name, schema)
    if isinstance(source.this, exp.ExplodingGenerateSeries):
        named = name in (source.alias, *source.alias_column_names)
        return base_type(source.this.args["start"], schema) if named else None
    if not isinstance(source, exp.Table):
        return None
    for common in _common(source) if not source.db else ():
        if common.alias == source.name:
            return _of_output(common.this, name, schema, common)
    table = find_table(source, schema)
    column = table.by_name.get(name) if table else None
    return column.type.base if column and not column.type.array else None


def _of_rows(source: exp.Unnest | exp.Values, name: str, schema: Schema) -> str | None:
    """The type of a column of unnest() or VALUES, by the names that its alias gives."""
    names = source.alias_column_names
    first = source.expressions[0] if isinstance(source, exp.Values) else source
    if name not in names or names.index(name) >= len(first.expressions):
        return None
    tree = first.expressions[names.index(name)]
    if isinstance(source, exp.Values):
        return base_type(tree, schema)
    element = tree.to.expressions if isinstance(tree, exp.Cast) and tree.to.args.get("nested") else None
    return CASTS.get(element[0].this) if element else None


def _common(source: exp.Expr) -> Iterator[exp.CTE]:
    """The common table expressions that a source sees, nearest first; a recursive one doesn't see itself."""
    around = source.find_ancestor(exp.Query, exp.DML)
    while around is not None:
        with_ = around.args.get("with_")
        yield from (one for one in (with_.expressions if with_ else ()) if not _is_within(source, one))
        around = around.find_ancestor(exp.Query, exp.DML)


def _is_within(node: exp.Expr, other: exp.Expr) -> bool:
    parent: exp.Expr | None = node
    while parent is not None and parent is not other:
        parent = parent.parent
    return parent is other


def _of_output(
    query: exp.Expr, name: str | None, schema: Schema, named: exp.Expr | None = None
) -> str | None:
    """The type of a query's output of that name, or of its only one; `*` stands for its sources' columns."""
    while isinstance(query, exp.SetOperation):
        query = query.this
    query = query.unnest()
    if not isinstance(query, exp.Select):
        return None
    names = named.alias_column_names if named is not None else []
    for place, chosen in enumerate(query.expressions):
        own = names[place] if place < len(names) else chosen.alias_or_name or chosen.name.lower()
        if name is None or own == name:
            return base_type(chosen, schema)
        if chosen.is_star:
            found = (_of_source(source, name, schema) for source in _sources(query))
            if (kind := next(filter(None, found), None)) is not None:
                return kind
    return None
