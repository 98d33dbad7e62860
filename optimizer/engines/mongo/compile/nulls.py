"""Which expressions can be null."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from optimizer.engines.mongo.compile.scope import Scope

_ANY_PART = (
    exp.Paren,
    exp.Alias,
    exp.Cast,
    exp.Neg,
    exp.Not,
    exp.And,
    exp.Or,
    exp.Add,
    exp.Sub,
    exp.Mul,
    exp.Div,
    exp.Mod,
    exp.Pow,
    exp.DPipe,
    exp.EQ,
    exp.NEQ,
    exp.LT,
    exp.LTE,
    exp.GT,
    exp.GTE,
    exp.Like,
    exp.ILike,
    exp.Between,
    exp.In,
    exp.Lower,
    exp.Upper,
    exp.Length,
    exp.Trim,
    exp.Left,
    exp.Right,
    exp.Substring,
    exp.StrPosition,
    exp.Abs,
    exp.Floor,
    exp.Ceil,
    exp.Round,
    exp.Extract,
    exp.AtTimeZone,
    exp.Distance,
    exp.Tuple,
)
_NEVER = (
    exp.Literal,
    exp.Boolean,
    exp.Interval,
    exp.Concat,
    exp.Array,
    exp.Is,
    exp.NullSafeEQ,
    exp.NullSafeNEQ,
    exp.Exists,
    exp.Count,
    exp.CurrentTimestamp,
    exp.CurrentDate,
    exp.Localtimestamp,
    exp.RowNumber,
    exp.Rank,
    exp.DenseRank,
)
_STRICT_CALLS = frozenset(
    {
        "btrim",
        "cardinality",
        "ceiling",
        "char_length",
        "character_length",
        "date",
        "date_bin",
        "date_part",
        "date_trunc",
        "ltrim",
        "mod",
        "octet_length",
        "point",
        "power",
        "replace",
        "rtrim",
        "strpos",
        "substr",
        "time_bucket",
        "to_json",
        "to_jsonb",
        "trunc",
    }
)
_NEVER_CALLS = frozenset(
    {
        "clock_timestamp",
        "gen_random_uuid",
        "json_build_array",
        "json_build_object",
        "jsonb_build_array",
        "jsonb_build_object",
        "nextval",
        "statement_timestamp",
        "transaction_timestamp",
        "uuid_generate_v4",
    }
)


def nullable(node: exp.Expr, scope: Scope) -> bool:
    """True where the value may be null (or missing) for some row or binding."""
    special = _SPECIAL.get(type(node))
    if special is not None:
        return special(node, scope)
    if isinstance(node, _NEVER):
        return False
    if isinstance(node, exp.Anonymous) and node.name.lower() in _NEVER_CALLS:
        return False
    if isinstance(node, _ANY_PART):
        return any(nullable(part, scope) for part in _parts(node))
    if isinstance(node, exp.Anonymous) and node.name.lower() in _STRICT_CALLS:
        return any(nullable(part, scope) for part in node.expressions)
    return True


def _parts(node: exp.Expr) -> list[exp.Expr]:
    return [part for part in node.iter_expressions() if not isinstance(part, exp.DataType | exp.Var)]


def _column(node: exp.Expr, scope: Scope) -> bool:
    return scope.field(node).nullable if isinstance(node, exp.Column) else True


def _coalesce(node: exp.Expr, scope: Scope) -> bool:
    return all(nullable(part, scope) for part in (node.this, *node.expressions))


def _case(node: exp.Expr, scope: Scope) -> bool:
    default = node.args.get("default")
    results = [branch.args["true"] for branch in node.args["ifs"]]
    return default is None or any(nullable(part, scope) for part in (*results, default))


def _window(node: exp.Expr, scope: Scope) -> bool:
    return nullable(node.this, scope)


_SPECIAL: dict[type[exp.Expr], Callable[[exp.Expr, Scope], bool]] = {
    exp.Column: _column,
    exp.Coalesce: _coalesce,
    exp.Greatest: _coalesce,
    exp.Least: _coalesce,
    exp.Case: _case,
    exp.Window: _window,
    exp.Filter: _window,
}
