"""The shapes of conditions: which operator a tree's node is, and its two sides."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlglot import exp

from optimizer.queries.facts import Operator

OPERATORS: dict[type[exp.Expr], Operator] = {
    exp.EQ: Operator.EQUAL,
    exp.LT: Operator.RANGE,
    exp.LTE: Operator.RANGE,
    exp.GT: Operator.RANGE,
    exp.GTE: Operator.RANGE,
    exp.Between: Operator.RANGE,
    exp.In: Operator.IN,
    exp.Like: Operator.LIKE,
    exp.ILike: Operator.LIKE,
    exp.RegexpLike: Operator.LIKE,
    exp.RegexpILike: Operator.LIKE,
    exp.SimilarTo: Operator.LIKE,
    exp.StartsWith: Operator.PREFIX,
    exp.MatchAgainst: Operator.MATCH,
    exp.ArrayContainsAll: Operator.CONTAINS,
    exp.ArrayContainedBy: Operator.CONTAINS,
    exp.JSONBPathExists: Operator.CONTAINS,
    exp.JSONBContainsTopKey: Operator.HAS_KEY,
    exp.JSONBContainsAnyTopKeys: Operator.HAS_KEY,
    exp.JSONBContainsAllTopKeys: Operator.HAS_KEY,
    exp.ArrayOverlaps: Operator.OVERLAPS,
    exp.Distance: Operator.NEAREST,
    exp.NEQ: Operator.OTHER,
    exp.NullSafeEQ: Operator.OTHER,
    exp.NullSafeNEQ: Operator.OTHER,
    exp.Mod: Operator.LIKE,
}

COMPARISONS = tuple(OPERATORS)

MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
}

TEXT_TYPES = frozenset({"text", "varchar", "bpchar", "citext"})

_FIXED_PATTERN = re.compile(r"[^%_\\]")
_FIXED_EXPRESSION = re.compile(r"\^[\w @-]")
_VOLATILE_NODES = (
    exp.CurrentDate,
    exp.CurrentTime,
    exp.CurrentTimestamp,
    exp.CurrentUser,
    exp.Localtime,
    exp.Localtimestamp,
    exp.Rand,
    exp.SessionUser,
)
_VOLATILE_CALLS = """
    age clock_timestamp current_database current_schema current_setting gen_random_uuid nextval random
    statement_timestamp timeofday transaction_timestamp txid_current uuid_generate_v4 uuidv4 uuidv7
    """


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides of a condition, the parentheses and ANY taken off the right one.

    `many` is True where the right side is a list (IN, ANY), `everything` where it is ALL.
    """

    left: exp.Expr
    right: tuple[exp.Expr, ...]
    many: bool = False
    everything: bool = False


def sides(node: exp.Expr) -> Sides | None:
    """The sides of a comparison as it is written; None for any other node."""
    match node:
        case exp.Between():
            return Sides(node.this.unnest(), (node.args["low"], node.args["high"]))
        case exp.In():
            query = node.args.get("query") or node.args.get("unnest")
            return Sides(node.this.unnest(), (query,) if query else tuple(node.expressions), many=True)
        case exp.MatchAgainst():
            return Sides(node.expressions[0].unnest(), (node.this,))
        case _ if isinstance(node, COMPARISONS):
            return _binary_sides(node)
    return None


def _binary_sides(node: exp.Expr) -> Sides:
    right = node.expression
    if isinstance(right, exp.Any):
        return Sides(node.this.unnest(), (right.this.unnest(),), many=True)
    if isinstance(right, exp.Anonymous) and right.name.upper() in {"ALL", "SOME"}:
        some = right.name.upper() == "SOME"
        return Sides(node.this.unnest(), tuple(right.expressions), many=True, everything=not some)
    if isinstance(right, exp.All):
        return Sides(node.this.unnest(), (right.this.unnest(),), many=True, everything=True)
    return Sides(node.this.unnest(), (right.unnest(),))


def row_members(tree: exp.Expr) -> tuple[exp.Expr, ...]:
    """The members of a row (`(a, b)` or `ROW(a, b)`); empty for anything else."""
    if isinstance(tree, exp.Tuple) or (isinstance(tree, exp.Anonymous) and tree.name.upper() == "ROW"):
        return tuple(tree.expressions)
    return ()


def distance_below(node: exp.Expr) -> exp.Distance | None:
    """The distance that a comparison bounds from above; None where it bounds none."""
    if not isinstance(node, exp.LT | exp.LTE | exp.GT | exp.GTE):
        return None
    lower = node.this if isinstance(node, exp.LT | exp.LTE) else node.expression
    inner = lower.unnest()
    return inner if isinstance(inner, exp.Distance) else None


def operator_of(node: exp.Expr, written: Sides) -> Operator:
    """The operator of a comparison whose left side is the one that an index may hold."""
    kind = type(node)
    if written.everything or node.args.get("negate"):
        return Operator.OTHER
    if kind is exp.EQ and written.many:
        return Operator.IN
    if kind in (exp.Like, exp.SimilarTo) and not written.many:
        return _like(written.right[0])
    if kind is exp.RegexpLike and _is_text(written.right[0], _FIXED_EXPRESSION):
        return Operator.PREFIX
    return OPERATORS[kind]


def _like(pattern: exp.Expr) -> Operator:
    if isinstance(pattern, exp.DPipe):
        leftmost = pattern.this
        while isinstance(leftmost, exp.DPipe):
            leftmost = leftmost.this
        return (
            Operator.LIKE
            if isinstance(leftmost, exp.Literal) and leftmost.name[:1] in "%_"
            else Operator.PREFIX
        )
    return Operator.PREFIX if _is_text(pattern, _FIXED_PATTERN) else Operator.LIKE


def _is_text(tree: exp.Expr, beginning: re.Pattern[str]) -> bool:
    return isinstance(tree, exp.Literal) and tree.is_string and bool(beginning.match(tree.name))


def is_constant(tree: exp.Expr) -> bool:
    """True where an expression holds no parameter, no subquery and nothing that changes between calls."""
    return is_fixed(tree) and not tree.find(exp.Query, exp.AggFunc, exp.Window)


def is_fixed(tree: exp.Expr) -> bool:
    """True where an expression's value depends on rows alone: it holds no parameter, and nothing that changes
    between calls."""
    if tree.find(exp.Placeholder, exp.Parameter, *_VOLATILE_NODES):
        return False
    return not any(call.name.lower() in _VOLATILE_CALLS.split() for call in tree.find_all(exp.Anonymous))
