"""WITH RECURSIVE along a table's key to itself, as `$graphLookup`.

It finds each row once; SQL finds a row once for each way to it, of which there is one where a side of the
step is a key. What it finds for a row has to fit into a document (16 MB).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from sqlglot import exp

from optimizer.engines.mongo.compile.block import Block, Context, Source, read_block
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.merging import single
from optimizer.engines.mongo.compile.opening import both, is_match_language, match
from optimizer.engines.mongo.compile.ordering import fresh
from optimizer.engines.mongo.compile.rows import Rows
from optimizer.engines.mongo.compile.scope import Field, Scope, document_fields
from optimizer.engines.mongo.compile.types import INT4

_PLAIN_ONLY = ("group", "having", "limit", "offset", "distinct", "order", "with_")


@dataclass(frozen=True)
class _Step:
    """How a row leads to the next: `ours` of the rows found so far is `theirs` of those that follow."""

    ours: str
    theirs: str
    restriction: Mapping[str, Any]
    deepest: int | None


def recursive_rows(union: exp.Union, name: str, context: Context) -> Rows:
    """The rows of a recursive common table expression, the first ones included."""
    first, later = union.this.unnest(), union.expression.unnest()
    if not isinstance(first, exp.Select) or not isinstance(later, exp.Select):
        raise NotCompiled(union, "a recursive query of other parts than two SELECTs")
    if any(part.args.get(clause) for part in (first, later) for clause in _PLAIN_ONLY):
        raise NotCompiled(union, "a recursive query that groups, sorts or cuts")
    start = read_block(first, context)
    if union.args.get("distinct") and not single(start):
        raise NotCompiled(union, "a recursive UNION that starts with several rows: say UNION ALL")
    source = _only(start, union)
    fields = document_fields(context.layout, source.table.name) if source.table else {}
    if source.table is None or context.layout.home(source.table.name).embedded:
        raise NotCompiled(union, "a recursive query over what isn't a collection")
    step = _step(read_block(later, context), source, first, name, fields, union)
    scope = Scope({source.alias: fields})
    columns, counted = _columns(first, later, fields, name, union)
    stages = [*match(start.conditions, scope), *_stages(str(source.table.name), step, columns, counted)]
    return Rows(str(source.table.name), tuple(stages), tuple(columns.items()))


def _only(block: Block, union: exp.Expr) -> Source:
    if len(block.sources) != 1:
        raise NotCompiled(union, "a recursive query that starts with a join")
    return block.sources[0]


def _step(
    block: Block, start: Source, first: exp.Select, name: str, fields: Mapping[str, Field], union: exp.Expr
) -> _Step:
    """What joins the rows found so far (under the name of the expression) with those that follow."""
    found = next((s for s in block.sources if s.query is not None), None)
    table = start.table
    next_ = next((s for s in block.sources if s.table is table), None)
    if table is None or found is None or next_ is None or len(block.sources) != 2 or found.left or next_.left:
        raise NotCompiled(union, f"a recursive query that joins more than {name} with its own table")
    chosen = {s.alias_or_name: s.unalias() for s in first.selects}
    link: tuple[str, str] | None = None
    deepest: int | None = None
    rest: list[exp.Expr] = []
    for condition in block.conditions:
        pair = _link(condition, found.alias, next_.alias, chosen)
        depth = _limit(condition, found.alias, chosen)
        if pair is not None and link is None:
            link = pair
        elif depth is not None:
            deepest = depth
        elif block.aliases(condition) == {next_.alias}:
            rest.append(condition)
        else:
            raise NotCompiled(condition, "this condition of a recursive query")
    restriction = both(rest, Scope({next_.alias: fields}))
    if link is None or not is_match_language(restriction):
        raise NotCompiled(union, "a recursive query without an equality to follow")
    if fields[link[0]].nullable and fields[link[1]].nullable:
        raise NotCompiled(union, "a recursive query over two columns that may both be null")
    if not any(table.is_unique(frozenset({name})) for name in link):
        raise NotCompiled(
            union, "a recursive query over columns that are no key: rows are found in many ways"
        )
    return _Step(fields[link[0]].path, fields[link[1]].path, restriction, deepest)


def _link(
    condition: exp.Expr, found: str, next_: str, chosen: Mapping[str, exp.Expr]
) -> tuple[str, str] | None:
    if not isinstance(condition, exp.EQ):
        return None
    pair = (condition.this.unnest(), condition.expression.unnest())
    for ours, theirs in (pair, pair[::-1]):
        if not isinstance(ours, exp.Column) or not isinstance(theirs, exp.Column):
            continue
        own = chosen.get(ours.name)
        if ours.table == found and theirs.table == next_ and isinstance(own, exp.Column):
            return own.name, theirs.name
    return None


def _limit(condition: exp.Expr, found: str, chosen: Mapping[str, exp.Expr]) -> int | None:
    """How deep `t.depth < 5` lets the search go, counted from the first step, which is 0."""
    if not isinstance(condition, exp.LT | exp.LTE) or not isinstance(condition.this, exp.Column):
        return None
    begin, end = chosen.get(condition.this.name), condition.expression
    if condition.this.table != found or not _is_number(begin) or not _is_number(end):
        return None
    return int(end.name) - int(begin.name) - isinstance(condition, exp.LT)


def _is_number(tree: exp.Expr | None) -> TypeGuard[exp.Literal]:
    return isinstance(tree, exp.Literal) and not tree.is_string


def _columns(
    first: exp.Select, later: exp.Select, fields: Mapping[str, Field], name: str, union: exp.Expr
) -> tuple[dict[str, Field], tuple[str, int] | None]:
    """Where the columns are, and the one that counts the steps with its first value."""
    made: dict[str, Field] = {}
    counted: tuple[str, int] | None = None
    taken = {"_id", *(f.path for f in fields.values())}
    for one, other in zip(first.selects, later.selects, strict=True):
        begin, follow = one.unalias(), other.unalias()
        same = isinstance(begin, exp.Column) and isinstance(follow, exp.Column) and begin.name == follow.name
        if same and begin.name in fields:
            made[one.alias_or_name] = fields[begin.name]
        elif counted is None and _is_number(begin) and _counts(follow, one.alias_or_name):
            counted = (fresh(one.alias_or_name, taken), int(begin.name))
            made[one.alias_or_name] = Field(counted[0], INT4, nullable=False)
        else:
            raise NotCompiled(other, f"a column of {name} that isn't its table's, nor counts the steps")
    return made, counted


def _counts(tree: exp.Expr, column: str) -> bool:
    """True for `t.depth + 1`."""
    one = (
        isinstance(tree, exp.Add) and isinstance(tree.expression, exp.Literal) and tree.expression.name == "1"
    )
    return one and isinstance(tree.this, exp.Column) and tree.this.name == column


def _stages(
    collection: str, step: _Step, columns: Mapping[str, Field], counted: tuple[str, int] | None
) -> Sequence[dict[str, Any]]:
    body: dict[str, Any] = {
        "from": collection,
        "startWith": f"${step.ours}",
        "connectFromField": step.ours,
        "connectToField": step.theirs,
        "as": "found",
    }
    if step.deepest is not None:
        body["maxDepth"] = step.deepest
    if counted is not None:
        body["depthField"] = counted[0]
    if step.restriction:
        body["restrictSearchWithMatch"] = dict(step.restriction)
    paths = [found.path for found in columns.values() if counted is None or found.path != counted[0]]
    own: dict[str, Any] = {path: f"${path}" for path in paths}
    others: dict[str, Any] = {path: f"$$one.{path}" for path in paths}
    if counted is not None:
        own[counted[0]] = {"$literal": counted[1]}
        others[counted[0]] = {"$add": [f"$$one.{counted[0]}", counted[1] + 1]}
    every = {"$concatArrays": [[own], {"$map": {"input": "$found", "as": "one", "in": others}}]}
    return (
        {"$graphLookup": body},
        {"$project": {"row": every}},
        {"$unwind": "$row"},
        {"$replaceWith": "$row"},
    )
