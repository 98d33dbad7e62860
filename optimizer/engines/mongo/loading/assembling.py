"""The documents of a collection, as a layout has them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl
import pyarrow as pa

from optimizer.design.documents.layout import ID, META, Layout
from optimizer.engines.mongo.loading.columns import values
from optimizer.engines.mongo.loading.elements import Field, Values, arrays, documents, subdocuments
from optimizer.engines.mongo.loading.matching import AT, Children, children_of, parents_of
from optimizer.engines.mongo.loading.segments import Bytes
from optimizer.engines.mongo.loading.sources import Sources, relation
from optimizer.engines.mongo.values import is_stored
from optimizer.model.denormalisation import Computed, ExtendedReference
from optimizer.model.documents import Embed, Subset
from optimizer.model.names import TableName
from optimizer.model.schema import Column, ColumnType, Table

_WHOLE = ColumnType("bigint", "int8")
_REAL = ColumnType("double precision", "float8")
_EXACT = ColumnType("numeric", "numeric")


def assembled(layout: Layout, table: TableName, sources: Sources) -> Bytes:
    """A document for each of the rows, in their order: its own columns, then what the structures add."""
    rows = sources.rows
    return documents([*_own(layout, table, rows), *kept(layout, table, sources)], rows.height)


def kept(layout: Layout, table: TableName, sources: Sources) -> Iterator[Field]:
    """The fields that structures put into the table's documents."""
    for embed in layout.embedded_in(table):
        yield Field(embed.field, _embedded(layout, embed, sources))
    for copy in layout.copies_in(table):
        yield Field(copy.field, copied(layout, copy, sources))
    for computed_ in layout.computed_in(table):
        yield Field(computed_.field, computed(layout, computed_, sources))
    for subset_ in layout.subsets_in(table):
        yield Field(subset_.field, subset(layout, subset_, sources))


def copied(layout: Layout, copy: ExtendedReference, sources: Sources) -> Values:
    """The copies of parents' columns, each different parent's made once."""
    key, parent = layout.key(copy.table, copy.key), layout.schema.by_name[copy.parent]
    needed = list(dict.fromkeys([*key.referenced, *copy.columns]))
    wanted = sources.rows.lazy().select(*key.columns).unique().drop_nulls()
    types = sources.copied[copy.parent].select(*key.referenced).collect_schema().dtypes()
    same = [pl.col(name).cast(dtype) for name, dtype in zip(key.columns, types, strict=True)]
    parents = (
        sources.copied[copy.parent]
        .select(*needed)
        .join(wanted, left_on=list(key.referenced), right_on=same, how="semi")
        .collect(engine="streaming")
    )
    found = parents_of(sources.rows, parents, key)
    made = documents(_plain(parent, copy.columns, parents), parents.height)
    return _taken(made, found)


def computed(layout: Layout, structure: Computed, sources: Sources) -> Values:
    """The counts or the sums, by parent."""
    key, child = layout.key(structure.child, structure.key), layout.schema.by_name[structure.child]
    found = children_of(sources.rows, sources.children[relation(structure)], key, child)
    if structure.column is None:
        return values(pl.Series(found.counts), _WHOLE)
    there = pl.col(structure.column).count()
    type_ = _WHOLE
    made = there
    if structure.function == "sum":
        type_ = _sum_type(child.by_name[structure.column].type)
        made = pl.when(there > 0).then(_wide(structure.column, type_).sum())
    by_parent = found.rows.group_by(AT).agg(made.alias("\0made"))
    places = pl.DataFrame({AT: pl.Series(np.arange(sources.rows.height), dtype=by_parent.schema[AT])})
    series = places.join(by_parent, on=AT, how="left", maintain_order="left")["\0made"].alias("")
    return values(series.fill_null(0) if structure.function == "count" else series, type_)


def subset(layout: Layout, structure: Subset, sources: Sources) -> Values:
    """Each parent's first few children."""
    key, child = layout.key(structure.child, structure.key), layout.schema.by_name[structure.child]
    every = children_of(sources.rows, sources.children[relation(structure)], key, child, structure.order)
    first = every.first(structure.limit)
    made = documents(_plain(child, structure.columns, first.rows), first.rows.height)
    return arrays(subdocuments(made), first.counts)


def _embedded(layout: Layout, embed: Embed, sources: Sources) -> Values:
    """All children of each parent by their primary key, or the one that there may be."""
    key, child = layout.key(embed.table, embed.key), layout.schema.by_name[embed.table]
    order = [(name, False) for name in (child.primary_key.columns if child.primary_key else ())]
    found = children_of(sources.rows, sources.children[relation(embed)], key, child, order)
    names = [c.name for c in child.columns if is_stored(c) and c.name not in key.columns]
    made = documents(_plain(child, names, found.rows), found.rows.height)
    return arrays(subdocuments(made), found.counts) if embed.many else _only(made, found)


def _only(made: Bytes, found: Children) -> Values:
    if found.counts.max(initial=0) > 1:
        raise ValueError("a row has several children where one subdocument has to hold them")
    there = found.counts == 1
    return _taken(made, pl.Series(np.where(there, np.cumsum(there) - 1, 0)).set(pl.Series(~there), None))


def _taken(made: Bytes, positions: pl.Series) -> Values:
    """The document at each position; null where there is none."""
    valid = positions.is_not_null().to_numpy()
    spare = pa.array([b""], pa.large_binary())
    whole = pa.concat_arrays([made, spare])
    at = positions.cast(pl.Int64).fill_null(len(made)).to_numpy()
    return subdocuments(whole.take(pa.array(at)), None if bool(valid.all()) else valid)


def _own(layout: Layout, table: TableName, rows: pl.DataFrame) -> list[Field]:
    """The table's own columns: `_id` first, where the server would move it to."""
    stored = [column for column in layout.schema.by_name[table].columns if is_stored(column)]
    series = layout.time_series_of(table)
    meta = [column for column in stored if series is not None and column.name in series.meta]
    fields = [
        _field(column, rows, layout.place(table, column.name).field)
        for column in stored
        if column not in meta
    ]
    if meta:
        made = documents([_field(column, rows, column.name) for column in meta], rows.height)
        fields.append(Field(META, subdocuments(made)))
    return sorted(fields, key=lambda field: field.name != ID)


def _plain(table: Table, names: Iterable[str], rows: pl.DataFrame) -> list[Field]:
    return [_field(table.by_name[name], rows, name) for name in names]


def _field(column: Column, rows: pl.DataFrame, name: str) -> Field:
    return Field(name, values(rows[column.name], column.type))


def _wide(column: str, type_: ColumnType) -> pl.Expr:
    """The column in the type of its sum: a sum of Int32 would be one too."""
    wide = {"int8": pl.Int64(), "float8": pl.Float64()}.get(type_.base)
    return pl.col(column) if wide is None else pl.col(column).cast(wide)


def _sum_type(type_: ColumnType) -> ColumnType:
    """Whole numbers are summed as int64, floats as double, decimals as decimals."""
    if type_.base in ("float4", "float8"):
        return _REAL
    return _EXACT if type_.base == "numeric" else _WHOLE
