"""Which sources of a block live in one document, so that no `$lookup` joins them.

A unit is a collection's document with the sources that are found in it: the rows embedded in it, and the
parents of which it holds all that the block reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from sqlglot import exp

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.compile.block import Block, Source
from optimizer.engines.mongo.compile.scope import Field, at, document_fields, optional
from optimizer.model.schema import ForeignKey, Table

Links = tuple[exp.Expr, ...]
"""The conditions that join two sources along a foreign key."""


@dataclass(frozen=True)
class Part:
    """Rows embedded in a unit's document, at `path`: in an array that is to be unwound (`many`), or one.

    `keys` are the columns of a left-joined row's key to its parent that are read, with where the parent has
    them: they are null where there is no row, so they are set into fields of their own (`key_field`).
    """

    source: Source
    table: Table
    path: str
    many: bool
    keys: tuple[tuple[str, str], ...] = ()

    def key_field(self, column: str) -> str:
        """The field that a column of `keys` is set into."""
        return f"{self.path}_{column}"


@dataclass(frozen=True)
class Copied:
    """A parent whose columns are read from a copy, or from the foreign key itself: it isn't looked up.

    `fields` are seen from the document that `of` (the child's alias) is in; `guard` are the columns of the
    child's key that must not be null for the parent to be there.
    """

    source: Source
    of: str
    fields: dict[str, Field]
    guard: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unit:
    """The sources in one document of a collection (or in one row of a derived table, `query`).

    `owner` is the source whose rows the documents are; None where only embedded rows are read.
    """

    collection: str
    owner: Source | None = None
    parts: tuple[Part, ...] = ()
    copied: tuple[Copied, ...] = ()
    links: frozenset[int] = field(default_factory=frozenset)

    @property
    def aliases(self) -> tuple[str, ...]:
        own = (self.owner.alias,) if self.owner else ()
        return (*own, *(p.source.alias for p in self.parts), *(c.source.alias for c in self.copied))

    @property
    def query(self) -> exp.Query | None:
        """The derived table's query, if the unit is one."""
        return self.owner.query if self.owner else None

    @property
    def left(self) -> bool:
        """True where rows stay without this unit."""
        source = self.owner or self.parts[0].source
        return source.left

    def inner(self) -> Unit:
        """The unit as it is within a `$lookup`, which keeps rows without it by itself."""
        if self.owner is not None:
            return self
        parts = tuple(replace(p, source=replace(p.source, left=False, on=())) for p in self.parts)
        return replace(self, parts=parts)

    def tables(self) -> Iterator[tuple[str, Table]]:
        """Alias and table of what has rows of its own in here."""
        if self.owner is not None and self.owner.table is not None:
            yield self.owner.alias, self.owner.table
        yield from ((part.source.alias, part.table) for part in self.parts)

    def fields(self, layout: Layout, prefix: str = "") -> dict[str, dict[str, Field]]:
        """The columns of its sources by alias, arrays unwound, where the document is at `prefix`."""
        found = {alias: document_fields(layout, table.name, prefix) for alias, table in self.tables()}
        for part in self.parts:
            if part.source.left:
                fields = optional(found[part.source.alias])
                keys = {n: replace(fields[n], path=at(prefix, part.key_field(n))) for n, _ in part.keys}
                found[part.source.alias] = {**fields, **keys}
        for copied in self.copied:
            base = {n: replace(f, path=at(prefix, f.path)) for n, f in copied.fields.items()}
            found[copied.source.alias] = optional(base) if copied.source.left else base
        return found


def units_of(block: Block, layout: Layout) -> tuple[Unit, ...]:
    """The block's sources put together by document, in the order of FROM."""
    absorbed = _copied(block, layout)
    embedded = _embedded(block, layout, absorbed)
    units: list[Unit] = []
    for source in block.sources:
        if source.alias in absorbed or source.alias in embedded:
            continue
        units.append(_unit(source, block, layout))
    for alias, (parent, links) in embedded.items():
        _put(units, alias, parent, links, block, layout)
    for copied, links in absorbed.values():
        number = next(n for n, unit in enumerate(units) if copied.of in unit.aliases)
        unit = units[number]
        joined = unit.links | {id(link) for link in links}
        units[number] = replace(unit, copied=(*unit.copied, copied), links=joined)
    return tuple(units)


def followed(
    conditions: Iterable[exp.Expr], child: Source, parent: Source
) -> tuple[ForeignKey, tuple[exp.Expr, ...]] | None:
    """The child's foreign key that conditions `child.key = parent.key` follow, with those conditions."""
    if child.table is None or parent.table is None or child.alias == parent.alias:
        return None
    pairs = dict(_equalities(conditions, child.alias, parent.alias))
    for key in child.table.foreign_keys:
        met = [pairs.get(pair) for pair in zip(key.columns, key.referenced, strict=True)]
        if key.target == parent.table.name and all(condition is not None for condition in met):
            return key, tuple(condition for condition in met if condition is not None)
    return None


def _equalities(
    conditions: Iterable[exp.Expr], child: str, parent: str
) -> Iterator[tuple[tuple[str, str], exp.Expr]]:
    for condition in conditions:
        if isinstance(condition, exp.EQ):
            pair = [side.unnest() for side in (condition.this, condition.expression)]
            for own, other in (pair, pair[::-1]):
                plain = isinstance(own, exp.Column) and isinstance(other, exp.Column)
                if plain and (own.table, other.table) == (child, parent):
                    yield (own.name, other.name), condition


def _unit(source: Source, block: Block, layout: Layout) -> Unit:
    if source.table is None:
        return Unit("", owner=source)
    home = layout.home(source.table.name)
    if home.embedded:
        return Unit(home.collection, parts=(_part(source, layout),))
    return Unit(home.collection, owner=source)


def _part(source: Source, layout: Layout) -> Part:
    if source.table is None:
        raise TypeError(source.alias)
    home = layout.home(source.table.name)
    return Part(source, source.table, home.path, home.many)


def _put(units: list[Unit], alias: str, parent: str, links: Links, block: Block, layout: Layout) -> None:
    number = next(n for n, unit in enumerate(units) if parent in unit.aliases)
    unit = units[number]
    part = _part(block.by_alias[alias], layout)
    if part.source.left:
        read = sorted(block.columns(alias, without=links))
        places = ((name, layout.place(part.table.name, name)) for name in read)
        part = replace(part, keys=tuple((name, place.field) for name, place in places if place.of_parent))
    units[number] = replace(unit, parts=(*unit.parts, part), links=unit.links | {id(link) for link in links})


def _embedded(
    block: Block, layout: Layout, absorbed: dict[str, tuple[Copied, Links]]
) -> dict[str, tuple[str, Links]]:
    """The embedded sources that are joined to the very document they are in: alias to parent and conditions.

    An array is unwound once: the second source of the same array is looked up.
    """
    found: dict[str, tuple[str, Links]] = {}
    used: set[tuple[str, str]] = set()
    for child in block.sources:
        embed = layout.embed_of(child.table.name) if child.table else None
        if embed is None or child.alias in absorbed:
            continue
        for parent in block.sources:
            met = followed(child.on if child.left else block.conditions, child, parent)
            taken = (parent.alias, embed.field)
            if met is None or met[0].name != embed.key or taken in used:
                continue
            if parent.left and not child.left:
                continue
            if child.alias not in found and parent.alias not in absorbed:
                found[child.alias] = (parent.alias, met[1])
                used.add(taken)
    return found


def _copied(block: Block, layout: Layout) -> dict[str, tuple[Copied, Links]]:
    """The parents that needn't be looked up, by alias, each with the conditions that join it."""
    found: dict[str, tuple[Copied, Links]] = {}
    for parent in block.sources:
        if parent.table is None or layout.embed_of(parent.table.name) is not None:
            continue
        for child in block.sources:
            met = followed(parent.on if parent.left else block.conditions, child, parent)
            if met is None or child.table is None or parent.alias in found or child.alias in found:
                continue
            key, links = met
            if (parent.left and len(links) < len(parent.on)) or (child.left and not parent.left):
                continue
            fields = _at_hand(block, layout, child.table, parent, links, key)
            if fields is not None:
                guard = tuple(name for name in key.columns if not child.table.by_name[name].not_null)
                found[parent.alias] = (Copied(parent, child.alias, fields, guard), links)
    return found


def _at_hand(
    block: Block, layout: Layout, child: Table, parent: Source, links: Links, key: ForeignKey
) -> dict[str, Field] | None:
    """The parent's columns as the child's document has them; None where the block reads others too."""
    if parent.table is None:
        return None
    own = [child.by_name[name] for name in key.columns]
    found = {
        name: Field(layout.path(child.name, column.name), column.type, not column.not_null)
        for name, column in zip(key.referenced, own, strict=True)
    }
    always = all(column.not_null for column in own)
    for copy in layout.copies_in(child.name):
        for name in copy.columns if copy.key == key.name else ():
            column = parent.table.by_name[name]
            found.setdefault(
                name, Field(f"{copy.field}.{name}", column.type, not (column.not_null and always))
            )
    return found if block.columns(parent.alias, without=links) <= found.keys() else None
