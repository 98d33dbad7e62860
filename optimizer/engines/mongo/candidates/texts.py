"""Text indexes: one for each collection at most, for all that is searched in it.

MongoDB weighs a field where PostgreSQL weighs a word: setweight's A, B, C and D are 10, 4, 2 and 1, as the
default weights of ts_rank are to each other. `$text` fails without an index, so a field that every search of
the collection compares for equality could go first in it, but no other statement's search could then be run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from optimizer.dataset.constraints.literals import bare
from optimizer.design.indexes.proposal import LeftOut, Proposal
from optimizer.engines.mongo.candidates.tables import Collections
from optimizer.engines.mongo.indexes import TEXT, path_key
from optimizer.engines.mongo.sql_trees import tree_of
from optimizer.model.index import Index
from optimizer.model.names import TableName
from optimizer.model.schema import Column, Table
from optimizer.queries.facts import Facts, Operator

WEIGHTS = {"A": 10, "B": 4, "C": 2, "D": 1}
LANGUAGES = frozenset(
    {
        *("danish", "dutch", "english", "finnish", "french", "german", "hungarian", "italian"),
        *("norwegian", "portuguese", "romanian", "russian", "spanish", "swedish", "turkish"),
    }
)
"""The languages of MongoDB's text indexes that PostgreSQL has under the same name."""

_OVERRIDE = "language"
_NO_OVERRIDE = "language_of_text"
_TEXTS = frozenset({"text", "varchar", "bpchar", "enum"})


@dataclass
class Searched:
    """What is searched in a collection: the weight of each path, the languages, and by which queries."""

    weights: dict[str, int] = field(default_factory=dict)
    languages: dict[str, None] = field(default_factory=dict)
    queries: dict[str, None] = field(default_factory=dict)


def texts(known: Mapping[str, tuple[Facts, ...]], collections: Collections) -> Iterator[Proposal | LeftOut]:
    """The text index of each collection that is searched."""
    found: dict[TableName, Searched] = {}
    for query, statements in known.items():
        for table, expression in _searches(statements, collections):
            weights, language = read(expression, table)
            searched = found.setdefault(collections.owner(table.name), Searched())
            for name, weight in weights.items():
                path = collections.layout.path(table.name, name)
                searched.weights[path] = max(weight, searched.weights.get(path, 0))
            searched.languages[language] = None
            searched.queries[query] = None
    for owner, searched in found.items():
        yield from _proposal(owner, searched, collections)


def text_index(
    owner: TableName, weights: Mapping[str, int], language: str, collections: Collections
) -> Index:
    """A text index on these paths; a field called `language` isn't taken for the language of its document."""
    options: dict[str, object] = {"default_language": language}
    if any(weight != 1 for weight in weights.values()):
        options["weights"] = dict(sorted(weights.items()))
    if _has_language(owner, collections):
        options["language_override"] = _NO_OVERRIDE
    keys = tuple(path_key(path, kind=TEXT) for path in sorted(weights))
    return Index(owner, keys, TEXT, options=tuple((k, json.dumps(v)) for k, v in sorted(options.items())))


def read(expression: str, table: Table) -> tuple[dict[str, int], str]:
    """The weight of each text column within a tsvector's expression, and the language of the index."""
    tree = tree_of(expression)
    if tree is None:
        return {}, "none"
    column = table.by_name.get(tree.name) if isinstance(tree, exp.Column) else None
    if column is not None and column.type.base == "tsvector":
        return read(column.default, table) if column.default else ({}, "none")
    weights: dict[str, int] = {}
    for node in tree.find_all(exp.Column):
        if (known := table.by_name.get(node.name)) is not None and _is_text(known):
            weights[known.name] = max(_weight(node), weights.get(known.name, 0))
    return weights, _language(tree)


def _searches(statements: Iterable[Facts], collections: Collections) -> Iterator[tuple[Table, str]]:
    schema = collections.layout.schema
    for facts in statements:
        for block in facts.blocks:
            tables = {source.alias: schema.by_name.get(source.table) for source in block.sources}
            for predicate in block.predicates:
                table = tables.get(predicate.term.alias)
                if predicate.operator is Operator.MATCH and table is not None:
                    yield table, predicate.term.expression


def _proposal(owner: TableName, searched: Searched, collections: Collections) -> Iterator[Proposal | LeftOut]:
    subject, queries = f"a text index on {owner}", tuple(searched.queries)
    if collections.layout.time_series_of(owner) is not None:
        yield LeftOut(subject, "a time series has no text index", queries)
    elif not searched.weights:
        yield LeftOut(subject, "it isn't known which fields the searched text is made of", queries)
    else:
        if len(searched.languages) > 1:
            names = ", ".join(searched.languages)
            yield LeftOut(f"{subject} for each of {names}", "a collection has one text index", queries)
        language = next(iter(searched.languages))
        index = text_index(owner, searched.weights, language, collections)
        yield Proposal(index, queries, f"words in {', '.join(sorted(searched.weights))}")


def _is_text(column: Column) -> bool:
    return column.type.base in _TEXTS


def _weight(node: exp.Expr) -> int:
    """The weight of the nearest setweight around a column."""
    parent = node.parent
    while parent is not None:
        if isinstance(parent, exp.Anonymous) and parent.name.lower() == "setweight":
            last = bare(parent.expressions[-1])
            return WEIGHTS.get(last.name.upper(), 1)
        parent = parent.parent
    return 1


def _language(tree: exp.Expr) -> str:
    """The language of the first to_tsvector; `none` (no stemming, no stop words) for any that isn't known."""
    for node in tree.walk():
        if isinstance(node, exp.Literal) and node.is_string and node.name.split(".")[-1] in LANGUAGES:
            return node.name.split(".")[-1]
    return "none"


def _has_language(owner: TableName, collections: Collections) -> bool:
    known = collections.schema.by_name[owner].by_name
    return any(path.split(".")[-1] == _OVERRIDE for path in known)
