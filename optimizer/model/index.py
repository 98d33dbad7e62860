"""An index of a design."""

from __future__ import annotations

from dataclasses import dataclass, field

from optimizer.model.names import TableName


@dataclass(frozen=True, slots=True)
class IndexKey:
    """One key of an index: a plain column (`column` set), or an SQL expression.

    `expression` is SQL text: the quoted column, or the expression without its outer parentheses.
    `nulls_first` None means the default of the direction (last ascending, first descending).
    """

    expression: str
    column: str | None = None
    descending: bool = False
    nulls_first: bool | None = None
    opclass: str | None = None
    collation: str | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """An index, by what it is: two indexes are equal where all but their names are.

    `include` holds plain column names, `where` an SQL predicate, `options`
    storage parameters (`pages_per_range`: `32`). `name` is the name it has, or is to have.
    """

    table: TableName
    keys: tuple[IndexKey, ...]
    method: str = "btree"
    include: tuple[str, ...] = ()
    where: str | None = None
    unique: bool = False
    options: tuple[tuple[str, str], ...] = ()
    name: str = field(default="", compare=False)
