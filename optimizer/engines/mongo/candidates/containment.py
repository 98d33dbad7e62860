"""JSON containment as equalities: `data @> '{"a": {"b": 1}}'` asks for `data.a.b` to be 1."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from optimizer.dataset.constraints.literals import bare
from optimizer.engines.mongo.sql_trees import tree_of
from optimizer.model.schema import Schema
from optimizer.queries.facts import Block, Facts, Operator, Predicate, Source, Term


def contained(facts: Facts, schema: Schema) -> Facts:
    """The facts with each containment of known keys as an equality for each of them.

    Constants that stand beside parameters aren't in the facts: those fields are left out.
    """
    blocks = tuple(_block(block, facts, schema) for block in facts.blocks)
    return replace(facts, blocks=blocks)


def _block(block: Block, facts: Facts, schema: Schema) -> Block:
    predicates = (part for predicate in block.predicates for part in _parts(predicate, block, facts, schema))
    return replace(block, predicates=tuple(dict.fromkeys(predicates)))


def _parts(predicate: Predicate, block: Block, facts: Facts, schema: Schema) -> Iterator[Predicate]:
    term = predicate.term
    sources = {source.alias: source for source in block.sources}
    if predicate.operator is not Operator.CONTAINS or not _is_json(term, sources.get(term.alias), schema):
        yield predicate
        return
    paths = (*_of_parameters(term, facts), *_of_text(predicate.text))
    if not paths:
        yield predicate
    for path in paths:
        text = term.expression + "".join(f" -> '{key}'" for key in path)
        yield replace(
            predicate, term=Term(term.alias, text), operator=Operator.EQUAL, text=None, parameters=("@",)
        )


def _is_json(term: Term, source: Source | None, schema: Schema) -> bool:
    table = schema.by_name.get(source.table) if source else None
    column = table.by_name.get(term.column or "") if table else None
    return column is not None and column.type.base == "jsonb" and not column.type.array


def _of_parameters(term: Term, facts: Facts) -> Iterator[tuple[str, ...]]:
    for use in facts.parameters:
        if use.role == "element" and use.path and (use.alias, use.column) == (term.alias, term.column):
            yield use.path


def _of_text(text: str | None) -> Iterator[tuple[str, ...]]:
    node = tree_of(text) if text else None
    constant = bare(node.expression) if isinstance(node, exp.ArrayContainsAll) else None
    if not isinstance(constant, exp.Literal):
        return
    try:
        yield from _keys(json.loads(constant.name))
    except json.JSONDecodeError:
        return


def _keys(document: object) -> Iterator[tuple[str, ...]]:
    """The keys of all values that aren't objects; an array holds its elements under its own key."""
    if not isinstance(document, dict):
        return
    for key, value in document.items():
        if isinstance(value, dict) and value:
            yield from ((str(key), *below) for below in _keys(value))
        else:
            yield (str(key),)
