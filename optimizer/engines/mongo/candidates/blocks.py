"""Access facts about tables, turned into facts about the documents of a layout.

A source whose rows live in another source's document becomes part of it: rows embedded in their parent, and
a parent of which only copied columns are read. Columns become paths; a JSON field is a path too. What is no
path has no column any more. A constant predicate's text becomes a partial filter, where there is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.candidates.containment import contained
from optimizer.engines.mongo.candidates.expressions import field_below, is_lower_case, is_negated
from optimizer.engines.mongo.candidates.tables import Collections
from optimizer.engines.mongo.partial_filters import text_of
from optimizer.engines.mongo.partial_sql import translated
from optimizer.model.names import TableName
from optimizer.queries.facts import (
    Block,
    Facts,
    JoinEdge,
    Operator,
    OrderTerm,
    Predicate,
    Source,
    Term,
    Write,
    WriteKind,
)


@dataclass(frozen=True, slots=True)
class Held:
    """How a source is seen from the documents that hold it: the alias it becomes, and its columns' paths."""

    alias: str
    table: TableName
    owner: TableName
    paths: Mapping[str, str]


class BlockReader:
    """Turns the blocks of one statement; `secured` tells the columns that row-level security compares."""

    def __init__(self, collections: Collections, secured: Mapping[TableName, tuple[str, ...]]) -> None:
        self.collections = collections
        self.layout: Layout = collections.layout
        self.secured = secured

    def facts(self, facts: Facts) -> Facts:
        """The statement's blocks and writes, on documents."""
        held: dict[str, Held] = {}
        for block in facts.blocks:
            held |= {source.alias: self._held(source, block) for source in block.sources}
        plain = contained(facts, self.layout.schema)
        blocks = tuple(self._block(block, held) for block in plain.blocks)
        return replace(facts, blocks=blocks, writes=tuple(map(self._write, facts.writes)))

    def _held(self, source: Source, block: Block) -> Held:
        table = source.table
        if table not in self.layout.schema.by_name:
            return Held(source.alias, table, table, {})
        columns = [column.name for column in self.layout.schema.by_name[table].columns]
        paths = {name: self.layout.path(table, name) for name in columns}
        owner = self.collections.owner(table)
        holder = self._parent(source, block)
        if holder is not None:
            return Held(holder.alias, table, owner, paths)
        copied = self._copied(source, block)
        return copied if copied is not None else Held(source.alias, table, owner, paths)

    def _parent(self, source: Source, block: Block) -> Source | None:
        """The source that an embedded row is joined to by its key: the same document."""
        embed = self.layout.embed_of(source.table)
        if embed is None:
            return None
        key = self.layout.key(source.table, embed.key)
        pairs = set(zip(key.columns, key.referenced, strict=True))
        parents = (other for other in block.sources if other.table == embed.parent)
        return next((p for p in parents if pairs <= _joined(block, source.alias, p.alias)), None)

    def _copied(self, source: Source, block: Block) -> Held | None:
        """The source that holds copies of all that is read of this one, where it is joined by the key."""
        for copy in self.layout.copies_of(source.table):
            key = self.layout.key(copy.table, copy.key)
            own = dict(zip(key.referenced, key.columns, strict=True))
            if not set(source.columns) <= {*copy.columns, *own}:
                continue
            pairs = {(mine, other) for other, mine in own.items()}
            for child in block.sources:
                if child.table == copy.table and pairs <= _joined(block, child.alias, source.alias):
                    paths = {name: f"{copy.field}.{name}" for name in copy.columns}
                    paths |= {name: self.layout.path(copy.table, mine) for name, mine in own.items()}
                    return Held(child.alias, source.table, copy.table, paths)
        return None

    def _block(self, block: Block, held: Mapping[str, Held]) -> Block:
        edges = [_edge(edge, held) for edge in block.joins]
        order = [_ordered(item, held) for item in block.order]
        secured = [p for source in block.sources for p in self._secured(source)]
        return replace(
            block,
            sources=tuple(_sources(block.sources, held)),
            predicates=tuple(p for one in (*secured, *block.predicates) for p in self._predicates(one, held)),
            joins=tuple(dict.fromkeys(edge for edge in edges if edge is not None)),
            order=tuple(takewhile(lambda item: self._orders(item, held), order)),
            groups=tuple(dict.fromkeys(_term(term, held) for term in block.groups)),
        )

    def _secured(self, source: Source) -> Iterable[Predicate]:
        for column in self.secured.get(source.table, ()):
            yield Predicate(Term(source.alias, column, column), Operator.EQUAL, None, ("@session",))

    def _predicates(self, predicate: Predicate, held: Mapping[str, Held]) -> Iterable[Predicate]:
        """The predicate on documents; the lower case of a field is looked for among the field's values."""
        home = held.get(predicate.term.alias)
        if home is None:
            return
        lowered = is_lower_case(predicate.term.expression)
        term = _term(predicate.term, held, through_lower=True)
        operator = Operator.PREFIX if lowered and term.column is not None else predicate.operator
        if predicate.operator is Operator.IS_NOT_NULL or is_negated(predicate.text):
            operator = Operator.OTHER
        yield replace(predicate, term=term, operator=operator, text=self._text(predicate, home, operator))

    def _text(self, predicate: Predicate, home: Held, operator: Operator) -> str | None:
        """The predicate as a partial filter; None where the planner couldn't see that a query implies it."""
        table = self.layout.schema.by_name.get(home.table)
        if predicate.text is None or table is None or operator is not predicate.operator:
            return None
        if self.layout.home(home.table).many or home.owner != self.collections.owner(home.table):
            return None
        found = translated(predicate.text, self.layout, table)
        return None if found is None else text_of(found)

    def _orders(self, item: OrderTerm, held: Mapping[str, Held]) -> bool:
        """True where an index can give the order: of a path that leads through no array."""
        owner = next((one.owner for one in held.values() if one.alias == item.term.alias), None)
        path = item.term.column
        return path is not None and owner is not None and self.collections.array(owner, path) is None

    def _write(self, write: Write) -> Write:
        owner = self.collections.owner(write.table)
        if write.table not in self.layout.schema.by_name:
            return write
        kind = write.kind if owner == write.table else WriteKind.UPDATE
        return Write(kind, owner, tuple(self.layout.path(write.table, name) for name in write.columns))


def _joined(block: Block, child: str, parent: str) -> set[tuple[str | None, str | None]]:
    """The pairs of columns by which the block joins two of its sources."""
    sides = [pair for edge in block.joins for pair in ((edge.left, edge.right), (edge.right, edge.left))]
    return {(a.column, b.column) for a, b in sides if (a.alias, b.alias) == (child, parent)}


def _sources(sources: Iterable[Source], held: Mapping[str, Held]) -> Iterable[Source]:
    found: dict[str, Source] = {}
    for source in sources:
        home = held[source.alias]
        paths = tuple(home.paths[name] for name in source.columns if name in home.paths)
        known = found.get(home.alias)
        columns = tuple(dict.fromkeys((*(known.columns if known else ()), *paths)))
        found[home.alias] = Source(home.alias, home.owner, columns)
    return found.values()


def _edge(edge: JoinEdge, held: Mapping[str, Held]) -> JoinEdge | None:
    left, right = _term(edge.left, held), _term(edge.right, held)
    return None if left.alias == right.alias or not (left.column and right.column) else JoinEdge(left, right)


def _ordered(item: OrderTerm, held: Mapping[str, Held]) -> OrderTerm:
    """The place of nulls goes: an index has them first, and what it costs to turn them is the statement's."""
    return replace(item, term=_term(item.term, held), nulls_first=item.descending)


def _term(term: Term, held: Mapping[str, Held], *, through_lower: bool = False) -> Term:
    home = held.get(term.alias)
    if home is None:
        return replace(term, column=None)
    if term.column is not None:
        path = home.paths.get(term.column)
        return Term(home.alias, path or term.expression, path)
    column, below = field_below(term.expression, through_lower=through_lower)
    path = home.paths.get(column) if column else None
    found = ".".join((path, *below)) if path else None
    return Term(home.alias, found or term.expression, found)
