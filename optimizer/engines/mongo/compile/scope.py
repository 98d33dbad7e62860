"""What the names of a query block mean: where each column's value is in the documents of a pipeline.

What isn't a plain column there any more (an aggregate after `$group`, a subquery's result) is put into the
tree as a column of a source of its own, so that nothing but columns has to be looked up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.values import is_stored
from optimizer.model.names import TableName
from optimizer.model.schema import ColumnType


@dataclass(frozen=True, slots=True)
class Field:
    """Where a value is: a dotted path (`_id`, `product.name`), or a variable of a `$lookup` (`$$v_user_id`).

    `type` is None for a computed value of no known type. `nullable`: it may be null or missing here; an
    outer join makes everything nullable.
    """

    path: str
    type: ColumnType | None
    nullable: bool = True

    @property
    def is_variable(self) -> bool:
        """True for a value of an outer document: it can be compared with in `$expr` alone."""
        return self.path.startswith("$$")

    @property
    def reference(self) -> str:
        """The aggregation expression of the value: `$product.name`, `$$v_user_id`."""
        return self.path if self.is_variable else f"${self.path}"

    def optional(self) -> Field:
        """The same behind an outer join."""
        return replace(self, nullable=True)


Fields = Mapping[str, Field]
"""The columns of one source, by name."""


@dataclass(frozen=True)
class Scope:
    """The sources of a query block by their alias, at one point of a pipeline; a change is a new scope."""

    sources: Mapping[str, Fields] = field(default_factory=dict)

    def field(self, column: exp.Column) -> Field:
        """Where a column's value is; NotCompiled where it can't be reached."""
        found = self.find(column)
        if found is None:
            raise NotCompiled(column, "this column isn't within reach here")
        return found

    def find(self, column: exp.Column) -> Field | None:
        """Where a column's value is, if it is within reach.

        A column without a table (as in UPDATE) is that of the only source that has it.
        """
        if column.table:
            return self.sources.get(column.table, {}).get(column.name)
        owners = [fields[column.name] for fields in self.sources.values() if column.name in fields]
        return owners[0] if len(owners) == 1 else None

    def with_source(self, alias: str, fields: Fields) -> Scope:
        """This scope with a source added, or replaced."""
        return Scope({**self.sources, alias: fields})

    def merged(self, other: Scope) -> Scope:
        """Both scopes' sources; the other's where both have one."""
        return Scope({**self.sources, **other.sources})

    def with_value(self, column: exp.Column) -> Scope:
        """The same where a column is known to have a value, if it is within reach."""
        fields = self.sources.get(column.table, {})
        if column.name not in fields:
            return self
        known = replace(fields[column.name], nullable=False)
        return self.with_source(column.table, {**fields, column.name: known})


def optional(fields: Fields) -> dict[str, Field]:
    """The columns of a source behind an outer join."""
    return {name: where.optional() for name, where in fields.items()}


def at(prefix: str, path: str) -> str:
    """A path below a prefix; the path itself where the prefix is empty."""
    return f"{prefix}.{path}" if prefix else path


def document_fields(layout: Layout, table: TableName, prefix: str = "") -> dict[str, Field]:
    """The columns of a table, seen from the document of the collection that its rows live in.

    An embedded array's columns are at the paths that `$unwind` gives them. `prefix` is where that document
    is, if it isn't the pipeline's own. Columns that aren't stored (tsvector) are left out.
    """
    known = layout.schema.by_name[table]
    return {
        c.name: Field(at(prefix, layout.path(table, c.name)), c.type, not c.not_null)
        for c in filter(is_stored, known.columns)
    }


def row_fields(layout: Layout, table: TableName, prefix: str = "") -> dict[str, Field]:
    """The columns that are within a row's own (sub)document, seen from there, or from `prefix` above it.

    The foreign key of an embedded row isn't among them: it is its parent's.
    """
    known = layout.schema.by_name[table]
    places = {c.name: layout.place(table, c.name) for c in filter(is_stored, known.columns)}
    return {
        c.name: Field(at(prefix, places[c.name].field), c.type, not c.not_null)
        for c in known.columns
        if c.name in places and not places[c.name].of_parent
    }
