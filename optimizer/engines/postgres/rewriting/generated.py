"""An expression that a generated column holds."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from optimizer.model.schema import Schema
from optimizer.model.tables import GeneratedColumn
from optimizer.queries.expressions import Shape, read_expression, shape
from optimizer.queries.names import Names
from optimizer.queries.tree import identifier

_STRICT = (
    *(exp.Lower, exp.Upper, exp.DPipe, exp.Cast, exp.Paren),
    *(exp.JSONExtract, exp.JSONExtractScalar, exp.JSONBExtract, exp.JSONBExtractScalar),
)
_STRICT_CALLS = frozenset({"to_tsvector", "setweight"})
"""What gives null where one of its operands is null (pg_proc.proisstrict)."""

_WITHIN_ROWS = frozenset({"where", "joins", "from_", "laterals"})
"""The clauses of a grouped SELECT that are about its rows, not its groups."""


def read_generated(query: exp.Query, structure: GeneratedColumn, schema: Schema) -> bool:
    """Read the column wherever the expression stands, it being the same for each row.

    Where an outer join leaves no row, the column is null: so must be what the expression makes of nulls.
    """
    pattern = read_expression(structure.expression).unnest()
    uses = list(_uses(query, structure, pattern, schema))
    for use in uses:
        source = next(use.find_all(exp.Column)).args["table"]
        while isinstance(use.parent, exp.Paren):
            use = use.parent
        use.replace(exp.column(identifier(structure.field), table=source.copy()))
    return bool(uses)


def _uses(
    query: exp.Query, structure: GeneratedColumn, pattern: exp.Expr, schema: Schema
) -> Iterator[exp.Expr]:
    names = Names(query, schema, set())
    wanted, is_null = shape(pattern), _is_null_without_row(pattern)
    for scope in names.scopes:
        for node in scope.find_all(type(pattern)):
            if shape(node) == wanted:
                holder = _holder(names, scope, node, structure)
                if holder is None or not _may_stand(node, holder, wanted):
                    continue
                if is_null or _has_a_row(next(node.find_all(exp.Column)).table, holder):
                    yield node


def _holder(names: Names, scope: Scope, node: exp.Expr, structure: GeneratedColumn) -> exp.Expr | None:
    """The SELECT whose source of the structure's table all columns of the expression belong to."""
    columns = list(node.find_all(exp.Column))
    owners = {names.owner(column, scope) for column in columns}
    written = {column.table for column in columns}
    owner = owners.pop() if len(owners) == 1 else None
    if owner is None or owner[1].name != structure.table or len(written) != 1 or "" in written:
        return None
    holder = names.holder(scope, written.pop())
    return holder.expression if holder else None


def _may_stand(node: exp.Expr, holder: exp.Expr, wanted: Shape) -> bool:
    """Whether a column may stand in the expression's place: beside groups only where it is one of them.

    `SELECT lower(name) ... GROUP BY name` has no other way to be said.
    """
    group = holder.args.get("group")
    if group is None:
        return True
    clause, inside = _place(node, holder)
    if clause in _WITHIN_ROWS or inside:
        return True
    several = any(group.args.get(part) for part in ("rollup", "cube", "grouping_sets", "totals", "all"))
    return not several and any(shape(term) == wanted for term in group.expressions)


def _place(node: exp.Expr, holder: exp.Expr) -> tuple[str, bool]:
    """The clause of the SELECT that a node stands in, and whether it does so within an aggregate."""
    inside = False
    while node.parent is not None and node.parent is not holder:
        node = node.parent
        inside = inside or (isinstance(node, exp.AggFunc) and not isinstance(node.parent, exp.Window))
    return node.arg_key or "", inside


def _is_null_without_row(tree: exp.Expr) -> bool:
    """True where the expression is certainly null when all of its columns are."""
    if isinstance(tree, exp.Column):
        return True
    if isinstance(tree, exp.Coalesce):
        return all(_is_null_without_row(part) for part in (tree.this, *tree.expressions))
    if isinstance(tree, exp.Anonymous) and tree.name.lower() in _STRICT_CALLS:
        return any(_is_null_without_row(part) for part in tree.expressions)
    if isinstance(tree, _STRICT):
        return any(_is_null_without_row(part) for part in (tree.this, tree.expression) if part)
    return False


def _has_a_row(source: str, holder: exp.Expr) -> bool:
    """True where no outer join can leave the source without a row."""
    first = holder.args.get("from_")
    joins = holder.args.get("joins") or ()
    certain = [first.this] if first else []
    certain += [join.this for join in joins if not join.side]
    names = {one.alias_or_name for one in certain if not one.args.get("joins")}
    return source in names and all(join.side in ("", "LEFT") for join in joins)
