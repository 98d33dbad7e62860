"""A subquery that looks up the parent of a child around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from optimizer.engines.postgres.rewriting.interchange import stand_ins
from optimizer.engines.postgres.rewriting.selects import Joined, Select, conditions_of, selects
from optimizer.engines.postgres.rewriting.terms import column, is_column, is_present, is_value
from optimizer.engines.postgres.structures.copies import copied_columns
from optimizer.model.denormalisation import ExtendedReference
from optimizer.model.schema import Schema
from optimizer.queries.grouped import never_null

_PLAIN = frozenset({"expressions", "from_", "where", "kind", "operation_modifiers"})
"""What a subquery may have; `SELECT DISTINCT`, LIMIT, GROUP BY and the like aren't among it."""


def read_nested(query: exp.Query, structure: ExtendedReference, schema: Schema) -> bool:
    """Read the copies instead of `(SELECT p.x FROM p WHERE p.id = c.p_id)`, `EXISTS (...)` and `c.p_id IN
    (SELECT p.id ...)`."""
    changed = False
    for select in selects(query, schema):
        for child in select.tables.values() if select.is_plain else ():
            if child.table.name == structure.table:
                for node in list(select.tree.find_all(exp.Subquery, exp.Exists, exp.In)):
                    inside = node.parent_select is select.tree and not select.is_hidden(child.alias, node)
                    if inside and _replace(_Nested(select, structure, child), node):
                        changed = True
    return changed


@dataclass(frozen=True, eq=False)
class _Nested:
    """A child whose parent a subquery may look up."""

    select: Select
    structure: ExtendedReference
    child: Joined

    @property
    def known(self) -> Mapping[str, str]:
        return stand_ins(self.structure, self.select.schema, outer=False)

    @property
    def key(self) -> dict[str, str]:
        """The child's column of the foreign key, by the parent's."""
        key = self.child.table.foreign_key(self.structure.key)
        return dict(zip(key.referenced, key.columns, strict=True))


@dataclass(frozen=True, eq=False)
class _LookUp:
    """A subquery's one source, and its conditions but for those that join it to the child."""

    parent: Joined
    chosen: exp.Expr  # its first column
    links: tuple[exp.Expr, ...]
    rest: tuple[exp.Expr, ...]


def _replace(nested: _Nested, node: exp.Expr) -> bool:
    match node:
        case exp.Subquery() if is_value(node):
            return _replace_value(nested, node)
        case exp.Exists() if isinstance(node.this, exp.Select):
            found = _look_up(nested, node.this)
            return found is not None and bool(found.links) and _replace_test(nested, node, found)
        case exp.In():
            return _replace_list(nested, node)
    return False


def _replace_value(nested: _Nested, node: exp.Subquery) -> bool:
    """A scalar subquery gives null where there is no parent, and so does the copy."""
    found = _look_up(nested, node.this) if isinstance(node.this, exp.Select) else None
    copy = found.chosen.unalias() if found else None
    if found is None or found.rest or not found.links or not isinstance(copy, exp.Column):
        return False
    name = nested.known.get(copy.name) if copy.table == found.parent.alias else None
    if name is None or copy.name in nested.key:
        return False
    node.replace(column(nested.child.alias, name))
    return True


def _replace_list(nested: _Nested, node: exp.In) -> bool:
    """`c.p_id IN (SELECT p.id FROM p WHERE ...)`, where nothing but true counts."""
    holder = node.args.get("query")
    query = holder.unnest() if holder is not None else None
    found = _look_up(nested, query) if isinstance(query, exp.Select) else None
    if found is None or found.links or len(nested.key) != 1 or not nested.select.is_certain(node):
        return False
    [(theirs, mine)] = nested.key.items()
    left, right = node.this.unnest(), found.chosen.unalias()
    if not is_column(left, nested.child.alias, mine) or not is_column(right, found.parent.alias, theirs):
        return False
    return _replace_test(nested, node, found)


def _replace_test(nested: _Nested, node: exp.Expr, found: _LookUp) -> bool:
    """The test holds where there is a key and the rest holds for the copies."""
    uses = [use for condition in found.rest for use in condition.find_all(exp.Column)]
    own = [use for use in uses if use.table == found.parent.alias]
    if any(use.name not in nested.known for use in own) or any(not use.table for use in uses):
        return False
    for use in own:
        use.replace(column(nested.child.alias, nested.known[use.name]))
    rest = [condition.copy() for condition in found.rest]
    present = _present(nested, rest)
    certain = nested.select.is_certain(node)
    if len(present) == 1 and not rest and isinstance(node.parent, exp.Not):
        node.parent.replace(present[0].this)
    elif not present and not rest:
        node.replace(exp.true())
    else:
        test = exp.and_(*present, *rest, copy=False)
        if rest and not certain:
            test = exp.Is(this=exp.paren(test, copy=False), expression=exp.true())
        alone = certain and isinstance(test, exp.And)
        node.replace(test if alone or not isinstance(test, exp.Connector) else exp.paren(test, copy=False))
    return True


def _present(nested: _Nested, rest: list[exp.Expr]) -> list[exp.Expr]:
    """What says that the child has a parent, unless the other conditions do."""
    table, alias = nested.child.table, nested.child.alias
    if not set(copied_columns(nested.structure).values()).isdisjoint(never_null(rest, alias)):
        return []
    return [
        is_present(column(alias, name))
        for name in nested.key.values()
        if nested.child.left or not table.by_name[name].not_null
    ]


def _look_up(nested: _Nested, query: exp.Select) -> _LookUp | None:
    """The subquery, where it reads one row of the parent's table at most."""
    inner = Select(query, nested.select.schema)
    if {part for part, value in query.args.items() if value} - _PLAIN or query.find(exp.AggFunc, exp.Window):
        return None
    [parent] = inner.tables.values() if len(inner.tables) == 1 else [None]
    if parent is None or parent.table.name != nested.structure.parent or parent.table.row_security:
        return None
    conditions = conditions_of(query)
    if parent.alias == nested.child.alias or any(one.find(exp.Query) for one in conditions):
        return None
    key = nested.child.table.foreign_key(nested.structure.key)
    links = inner.linking(nested.child, key, parent, conditions) or ()
    rest = tuple(one for one in conditions if not any(one is link for link in links))
    return _LookUp(parent, query.expressions[0], links, rest)
