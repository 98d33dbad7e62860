"""ORDER BY, LIMIT and OFFSET, in SQL's order of nulls.

MongoDB sorts nulls first ascending and last descending, SQL the other way round. A column that may be null
is sorted behind a flag; or, where a LIMIT lets an index end the sort early, rows with and without a value
are read one after the other (`$unionWith` gives its own rows first, then the other pipeline's).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.expressions import constant, nullable, type_of, value
from optimizer.engines.mongo.compile.filters import all_of
from optimizer.engines.mongo.compile.opening import Stage
from optimizer.engines.mongo.compile.orders import in_order
from optimizer.engines.mongo.compile.scope import Scope


@dataclass(frozen=True)
class Term:
    """One term of ORDER BY; `nulls_first` as it takes effect."""

    tree: exp.Expr
    descending: bool
    nulls_first: bool


@dataclass(frozen=True)
class SortKey:
    """A term at a point of a pipeline: its path, or the expression that has to be set into it first.

    `misplaced`: MongoDB would put its nulls at the wrong end. `stands_in`: the expression isn't the term's
    value, but something in the same order.
    """

    tree: exp.Expr
    path: str
    descending: bool
    misplaced: bool
    expression: Any = None
    stands_in: bool = False


@dataclass(frozen=True)
class Limits:
    """LIMIT and OFFSET as numbers or leaves; None where they aren't there."""

    limit: Any = None
    offset: Any = None
    reach: Any = None  # the sum of both

    def stages(self) -> list[Stage]:
        """`$skip` and `$limit`."""
        skip: list[Stage] = [{"$skip": self.offset}] if self.offset is not None else []
        return [*skip, *([{"$limit": self.limit}] if self.limit is not None else [])]


def terms_of(select: exp.Query) -> tuple[Term, ...]:
    """The terms of ORDER BY, names of output columns replaced by what they stand for."""
    order = select.args.get("order")
    named = {chosen.alias_or_name: chosen.unalias() for chosen in select.selects}
    found = []
    for term in map(term_of, order.expressions if order else ()):
        tree = term.tree
        known = named.get(tree.name) if isinstance(tree, exp.Column) and not tree.table else None
        found.append(term if known is None else replace(term, tree=known))
    return tuple(found)


def term_of(node: exp.Expr) -> Term:
    """A term of ORDER BY as it is written."""
    return Term(node.this.unnest(), bool(node.args.get("desc")), bool(node.args.get("nulls_first")))


def limits_of(select: exp.Query) -> Limits:
    """LIMIT (or FETCH) and OFFSET."""
    limit, offset = select.args.get("limit"), select.args.get("offset")
    count = None
    if isinstance(limit, exp.Fetch):
        count = limit.args.get("count") or exp.Literal.number(1)
        if (limit.args.get("limit_options") or exp.Expression()).args.get("with_ties"):
            raise NotCompiled(limit, "WITH TIES isn't translated")
    elif limit is not None:
        count = limit.expression
    if count is not None and isinstance(count.unnest(), exp.Null):
        count = None
    skipped = offset.expression if offset is not None else None
    both = exp.Add(this=count.copy(), expression=skipped.copy()) if count and skipped else count
    return Limits(_number(count), _number(skipped), _number(both))


def _number(tree: exp.Expr | None) -> Any:
    if tree is None:
        return None
    if isinstance(tree, exp.Literal) and not tree.is_string:
        return int(tree.name)
    if isinstance(tree, exp.Add) and all(
        isinstance(side, exp.Literal) for side in (tree.this, tree.expression)
    ):
        return int(tree.this.name) + int(tree.expression.name)
    leaf = constant(tree)
    if leaf is None:
        raise NotCompiled(tree, "LIMIT and OFFSET have to be numbers or parameters")
    return leaf


def sort_keys(
    terms: Sequence[Term], scope: Scope, taken: set[str], names: Mapping[exp.Expr, str] | None = None
) -> tuple[SortKey, ...]:
    """The terms as sort keys of the documents that `scope` describes; constants and repetitions are left out.

    `taken` are the names in use at the top of the documents: those of computed keys are added, which are
    chosen by `names` where it has one.
    """
    keys: dict[exp.Expr, SortKey] = {}
    for term in terms:
        if term.tree in keys or constant(term.tree) is not None:
            continue
        misplaced = nullable(term.tree, scope) and term.descending == term.nulls_first
        found = scope.find(term.tree) if isinstance(term.tree, exp.Column) else None
        if found is not None and found.path in {key.path for key in keys.values()}:
            continue  # two columns in one place: a key and what refers to it
        if found is not None and found.is_variable:
            continue  # the same for all of these documents
        written = value(term.tree, scope)
        made = in_order(term.tree, written, type_of(term.tree, scope), nullable(term.tree, scope))
        stands_in = made is not written
        if found is not None and not stands_in:
            keys[term.tree] = SortKey(term.tree, found.path, term.descending, misplaced)
        else:
            plain = (names or {}).get(term.tree, "by")
            path = fresh(f"by_{term.tree.name.lstrip('_')}" if stands_in else plain, taken)
            keys[term.tree] = SortKey(term.tree, path, term.descending, misplaced, made, stands_in)
    return tuple(keys.values())


def sorted_by(keys: Sequence[SortKey], taken: set[str]) -> list[Stage]:
    """The stages that sort, with what has to be computed for it."""
    computed = {key.path: key.expression for key in keys if key.expression is not None}
    by: dict[str, int] = {}
    flags: dict[str, Any] = {}
    for key in keys:
        if key.misplaced:
            name = fresh("null_" + key.path.replace(".", "_"), taken)
            flags[name] = {"$gt": [f"${key.path}", None]}
            by[name] = 1 if key.descending else -1
        by[key.path] = -1 if key.descending else 1
    sets = [{"$set": part} for part in (computed, flags) if part]
    return [*sets, {"$sort": by}] if by else []


def can_split(keys: Sequence[SortKey]) -> bool:
    """True where reading nulls apart from the rest does without a flag: only the first key needs one."""
    return (
        bool(keys)
        and keys[0].misplaced
        and keys[0].expression is None
        and not any(key.misplaced or key.expression is not None for key in keys[1:])
    )


def split(collection: str, head: Sequence[Stage], keys: Sequence[SortKey], reach: Any) -> list[Stage]:
    """Rows that have a value in the first key and those that haven't, each by an index, one after the other.

    `head` is the filter in front; `reach` how many rows are wanted, None where later stages drop some.
    """
    first, rest = keys[0], keys[1:]
    given = [stage["$match"] for stage in head]
    there = {"$match": all_of([*given, {first.path: {"$ne": None}}])}
    missing = {"$match": all_of([*given, {first.path: None}])}
    cut: list[Stage] = [{"$limit": reach}] if reach is not None else []
    with_value: list[Stage] = [there, *sorted_by([_placed(first), *rest], set()), *cut]
    without: list[Stage] = [missing, *sorted_by(rest, set()), *cut]
    parts = [without, with_value] if first.descending else [with_value, without]
    return [*parts[0], {"$unionWith": {"coll": collection, "pipeline": parts[1]}}]


def _placed(key: SortKey) -> SortKey:
    return replace(key, misplaced=False)


def fresh(name: str, taken: set[str]) -> str:
    """A field's name that isn't in use, and then is."""
    plain = name.replace(".", "_").lstrip("$") or "field"
    candidate, number = plain, 1
    while candidate in taken:
        number += 1
        candidate = f"{plain}_{number}"
    taken.add(candidate)
    return candidate
