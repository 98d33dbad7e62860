"""RETURNING, as a find of the row."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.expressions import selected, type_of
from optimizer.engines.mongo.compile.scope import Scope, document_fields
from optimizer.engines.mongo.compile.writing.draft import Draft
from optimizer.engines.mongo.compile.writing.rows import key_filter
from optimizer.engines.mongo.program import Aggregate, Find, Output
from optimizer.model.schema import Table


def returning(tree: exp.Expr, table: Table, row: Mapping[str, exp.Expr], draft: Draft) -> None:
    """Find the row by its key, and give what is asked for; it goes after the write, or before a DELETE."""
    key = row_key(table)
    if not key or draft.layout.embed_of(table.name) is not None:
        raise NotCompiled(tree, "RETURNING is known of a row with a key and a document of its own")
    where = key_filter(draft, table.name, {name: row[name] for name in key})
    collection = draft.layout.home(table.name).collection
    scope = Scope({table.name.name: document_fields(draft.layout, table.name)})
    chosen = _chosen(tree, table)
    outputs = tuple(
        Output(node.alias_or_name, f"r{number}", type_of(node.unalias(), scope))
        for number, node in enumerate(chosen)
    )
    if all(isinstance(node.unalias(), exp.Column) for node in chosen):
        paths = [scope.field(_bare(node.unalias())).path for node in chosen]
        projection = {**({} if "_id" in paths else {"_id": 0}), **dict.fromkeys(paths, 1)}
        draft.add(Find(collection, where, projection))
        outputs = tuple(
            Output(output.name, path, output.type) for output, path in zip(outputs, paths, strict=True)
        )
    else:
        fields = {
            f"r{number}": selected(_unqualified(node.unalias()), scope) for number, node in enumerate(chosen)
        }
        draft.add(Aggregate(collection, [{"$match": where}, {"$project": {"_id": 0, **fields}}]))
    draft.outputs = outputs


def row_key(table: Table) -> tuple[str, ...]:
    """The columns of the table's primary key."""
    return table.primary_key.columns if table.primary_key is not None else ()


def _chosen(tree: exp.Expr, table: Table) -> list[exp.Expr]:
    found: list[exp.Expr] = []
    for node in tree.args["returning"].expressions:
        if isinstance(node, exp.Star) or (isinstance(node, exp.Column) and isinstance(node.this, exp.Star)):
            found += [exp.column(column.name) for column in table.columns]
        else:
            found.append(_unqualified(node))
    return found


def _bare(node: exp.Expr) -> exp.Column:
    return exp.column(node.name)


def _unqualified(node: exp.Expr) -> exp.Expr:
    """The expression with its columns' tables taken off: there is but one."""
    return node.transform(lambda part: exp.column(part.name) if isinstance(part, exp.Column) else part)
