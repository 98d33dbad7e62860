"""The logical schema, as PostgreSQL tells it after it has taken the DDL."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property

from optimizer.model.index import Index
from optimizer.model.names import TableName


@dataclass(frozen=True, slots=True)
class ColumnType:
    """A column's type.

    `sql` is PostgreSQL's own spelling (format_type: `character varying(255)`, `app.email`, `integer[]`).
    `base` is pg_type.typname of the built-in type at the bottom, domains and arrays taken off: varchar,
    text, bpchar, int2, int4, int8, float4, float8, numeric, bool, uuid, timestamp, timestamptz, date,
    time, interval, json, jsonb, bytea, tsvector, point, int4range ...; `enum` for an enum type.
    """

    sql: str
    base: str
    array: bool = False
    length: int | None = None  # characters, of varchar and bpchar
    precision: int | None = None  # digits, of numeric
    scale: int | None = None  # digits after the point, of numeric
    labels: tuple[str, ...] = ()  # of an enum, in its order


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `default` is PostgreSQL's text of the expression, `collation` None for the default one."""

    name: str
    type: ColumnType
    not_null: bool = False
    default: str | None = None
    generated: bool = False  # GENERATED ALWAYS AS (...): never written
    identity: bool = False  # GENERATED ... AS IDENTITY, or a default of nextval()
    collation: str | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A primary key, or unique columns (by constraint or by unique index).

    `columns` is empty where the key is over expressions; `where` is the predicate of a partial key.
    """

    name: str
    columns: tuple[str, ...]
    primary: bool = False
    where: str | None = None


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`columns` of the table refer to `referenced` columns of table `target`, in the same order.

    `deferrable`: it may be violated for a while; not `validated`: for good (NOT VALID, NOT ENFORCED).
    """

    name: str
    columns: tuple[str, ...]
    target: TableName
    referenced: tuple[str, ...]
    on_delete: str = "NO ACTION"
    on_update: str = "NO ACTION"
    deferrable: bool = False
    validated: bool = True


@dataclass(frozen=True, slots=True)
class Check:
    """A check: `expression` is a boolean SQL expression over the table's columns, as PostgreSQL prints it.

    Checks of domains are listed at every column of that domain, VALUE replaced by the column's name.
    """

    name: str
    expression: str
    columns: tuple[str, ...]


class TableKind(Enum):
    """What stands behind a table's name."""

    PLAIN = "plain"
    PARTITIONED = "partitioned"
    HYPERTABLE = "hypertable"


@dataclass(frozen=True)
class Table:
    """A table that holds rows; partitions aren't tables of their own here, their parent is.

    `position` is its place in DDL order; `partition_bounds` are PostgreSQL's own texts
    (`FOR VALUES FROM (...) TO (...)`), empty for a plain table.
    """

    name: TableName
    columns: tuple[Column, ...]
    keys: tuple[Key, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    kind: TableKind = TableKind.PLAIN
    partition_key: tuple[str, ...] = ()
    partition_bounds: tuple[str, ...] = ()
    row_security: bool = False

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @property
    def primary_key(self) -> Key | None:
        return next((key for key in self.keys if key.primary), None)

    def foreign_key(self, name: str) -> ForeignKey:
        """The foreign key of that name; KeyError where the table has none."""
        for key in self.foreign_keys:
            if key.name == name:
                return key
        raise KeyError(f"{self.name}: {name}")

    def is_unique(self, columns: frozenset[str]) -> bool:
        """True where rows can't share values of these columns: a full (not partial) key lies within them."""
        return any(key.columns and not key.where and columns.issuperset(key.columns) for key in self.keys)


@dataclass(frozen=True)
class Schema:
    """All tables in DDL order, and the secondary indexes of the user's own DDL (`given`).

    `given` holds no index that backs a constraint, and no unique one: those are integrity, and belong to
    every design. Materialized views and views are names only: they are filled from tables.
    """

    tables: tuple[Table, ...]
    given: tuple[Index, ...] = ()
    unique_indexes: tuple[Index, ...] = ()  # everything unique: keys, constraints, CREATE UNIQUE INDEX
    views: tuple[TableName, ...] = ()
    materialized_views: tuple[TableName, ...] = ()
    extensions: tuple[str, ...] = ()

    @cached_property
    def by_name(self) -> dict[TableName, Table]:
        return {table.name: table for table in self.tables}

    @cached_property
    def relations(self) -> frozenset[TableName]:
        """The names that are taken, as far as they are known: of tables, views and indexes."""
        indexes = (TableName(i.table.schema, i.name) for i in (*self.given, *self.unique_indexes))
        tables = (table.name for table in self.tables)
        return frozenset((*tables, *self.views, *self.materialized_views, *indexes))

    def with_changed(self, table: Table) -> Schema:
        """The schema in which this is the table of its name."""
        return replace(self, tables=tuple(table if one.name == table.name else one for one in self.tables))

    def find(self, text: str) -> Table | None:
        """The table that `text` (`orders`, `public.orders`, `audit.log`) names in a workload file."""
        schema, _, name = text.rpartition(".")
        matches = [t for t in self.tables if t.name.name == name and (not schema or t.name.schema == schema)]
        public = [t for t in matches if t.name.schema == "public"]
        return matches[0] if len(matches) == 1 else (public[0] if public else None)
