"""What all totals have in common: names, keys, and the frame of the function that keeps them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

from optimizer.engines.postgres.structures.naming import object_name
from optimizer.engines.postgres.structures.triggers import disagreement, full_name, listed, paired
from optimizer.model.denormalisation import Computed
from optimizer.model.names import TableName
from optimizer.model.schema import Column, ColumnType, ForeignKey, Schema, Table
from optimizer.queries.quoting import quote_identifier, quote_table

BIGINT = ColumnType("bigint", "int8")


@dataclass(frozen=True)
class Kept(ABC):
    """A total. In SQL `p` is the parent, `c` the child, `d` what a statement did to one parent."""

    structure: Computed
    schema: Schema

    @property
    def parent(self) -> Table:
        return self.schema.by_name[self.structure.table]

    @property
    def child(self) -> Table:
        return self.schema.by_name[self.structure.child]

    @property
    def key(self) -> ForeignKey:
        return self.child.foreign_key(self.structure.key)

    @property
    def word(self) -> str:
        """What the names of functions and triggers have in common."""
        parent = self.parent.name
        schema = () if parent.schema == self.child.name.schema else (parent.schema,)
        return object_name(*schema, parent.name, self.structure.field)

    @property
    def keeper(self) -> TableName:
        return TableName(self.parent.name.schema, object_name("keep", self.word))

    @property
    def rekeyer(self) -> TableName:
        return TableName(self.parent.name.schema, object_name("rekey", self.word))

    @property
    @abstractmethod
    def columns(self) -> tuple[Column, ...]:
        """The parent's new columns."""

    @property
    @abstractmethod
    def aggregates(self) -> tuple[str, ...]:
        """What the columns hold, as aggregates over rows of the child."""

    @property
    def declared(self) -> str:
        return "  changes refcursor;\n  d record;"

    @property
    @abstractmethod
    def cleared(self) -> str:
        """The assignments of a parent without children, and the condition that it isn't so already."""

    @property
    @abstractmethod
    def applied(self) -> str:
        """The statements that bring one parent up to date."""

    @abstractmethod
    def source(self, rows: str, sign: str) -> str:
        """The rows of `added` or `removed` with the columns that `summed` is over."""

    @property
    @abstractmethod
    def summed(self) -> tuple[str, str]:
        """What a statement did to a parent, over the columns of `source`; and whether that is anything."""

    @cached_property
    def keys(self) -> list[str]:
        return [f"key_{n}" for n, _ in enumerate(self.key.columns, start=1)]

    @property
    def field(self) -> str:
        return quote_identifier(self.structure.field)

    @property
    def value(self) -> str:
        return quote_identifier(self.structure.column or "")

    @property
    def base(self) -> str:
        """The internal name of the type that is totalled."""
        return self.child.by_name[self.structure.column or ""].type.base

    @property
    def of_parent(self) -> str:
        return " AND ".join(
            f"p.{quote_identifier(column)} = d.{key}"
            for column, key in zip(self.key.referenced, self.keys, strict=True)
        )

    def keyed(self, rows: str) -> str:
        """The child's key under the names that it has in `d`."""
        pairs = zip(self.key.columns, self.keys, strict=True)
        return ", ".join(f"{rows}.{quote_identifier(column)} AS {key}" for column, key in pairs)

    @property
    def body(self) -> str:
        """The function that the child's triggers call."""
        branches = {
            "INSERT": self.source("added", ""),
            "DELETE": self.source("removed", "-"),
            "UPDATE": f"{self.source('removed', '-')}\n      UNION ALL {self.source('added', '')}",
        }
        locked = {"INSERT": self.locked("added"), "DELETE": self.locked("removed"), "UPDATE": ""}
        opened = "".join(
            f"  {'IF' if event == 'INSERT' else 'ELSIF'} TG_OP = '{event}' THEN\n"
            f"{locked[event]}{self.opened(rows)}"
            for event, rows in branches.items()
        )
        return (
            f"{opened}  ELSE\n    UPDATE {full_name(self.parent.name)} p SET {self.cleared};\n"
            "    RETURN NULL;\n  END IF;\n"
            "  LOOP\n    FETCH changes INTO d;\n    EXIT WHEN NOT FOUND;\n"
            f"{self.applied}\n  END LOOP;\n  CLOSE changes;\n  RETURN NULL;"
        )

    def locked(self, rows: str) -> str:
        """Locks of all parents of a child with several keys to one table: totals by each of them would lock
        two parents in either order (of two who follow each other)."""
        keys = [key for key in self.child.foreign_keys if key.target == self.parent.name]
        same = [key for key in keys if key.referenced == self.key.referenced]
        if len(same) < 2:
            return ""
        named = listed(self.key.referenced, "p.")
        touched = " UNION ALL ".join(f"SELECT {listed(key.columns, f'{rows}.')} FROM {rows}" for key in same)
        return (
            f"    PERFORM FROM {full_name(self.parent.name)} p WHERE ({named}) IN (\n      {touched})\n"
            f"    ORDER BY {named} FOR NO KEY UPDATE;\n"
        )

    def opened(self, rows: str) -> str:
        changes, anything = self.summed
        keys = ", ".join(self.keys)
        known = " AND ".join(f"{key} IS NOT NULL" for key in self.keys)
        return (
            f"    OPEN changes FOR SELECT {keys}, {changes} FROM (\n      {rows}) changed\n"
            f"    WHERE {known} GROUP BY {keys} HAVING {anything} ORDER BY {keys};\n"
        )

    def updated(self, assignments: str) -> str:
        return f"UPDATE {full_name(self.parent.name)} p SET {assignments} WHERE {self.of_parent};"

    @property
    def told_anew(self) -> str:
        """The statement that reads a total of one parent from the rows."""
        return self.updated(
            f"{self.field} =\n        (SELECT {self.aggregates[0]} FROM {full_name(self.child.name)} c "
            f"WHERE {paired(self.key.columns, self.key.referenced, 'c', 'p')})\n       "
        )

    @property
    def is_rekeyed(self) -> str:
        old, new = (listed(self.key.referenced, f"{row}.") for row in ("OLD", "NEW"))
        return f"({old}) IS DISTINCT FROM ({new})"

    @property
    def taken_over(self) -> str:
        """The function that a parent's change of key calls."""
        return (
            f"  SELECT {self.recomputed} INTO {listed([column.name for column in self.columns], 'NEW.')}\n"
            f"  FROM {full_name(self.child.name)} c "
            f"WHERE {paired(self.key.columns, self.key.referenced, 'c', 'NEW')};\n  RETURN NEW;"
        )

    @property
    def recomputed(self) -> str:
        return ", ".join(self.aggregates)

    @property
    def fill(self) -> str:
        names = [column.name for column in self.columns]
        held = ", ".join(f"{quote_identifier(name)} = d.value_{n}" for n, name in enumerate(names))
        return (
            f"UPDATE {quote_table(self.parent.name)} p SET {held} FROM ({self._groups}) d "
            f"WHERE {self.of_parent}"
        )

    @property
    def disagreements(self) -> str:
        pairs = [
            (f"p.{quote_identifier(c.name)}", f"coalesce(d.value_{n}, 0)" if c.not_null else f"d.value_{n}")
            for n, c in enumerate(self.columns)
        ]
        mine, theirs = (", ".join(side) for side in zip(*pairs, strict=True))
        row = listed(self.key.referenced, "p.")
        return (
            f"SELECT {disagreement(self.parent.name, row, mine, theirs)} "
            f"FROM {quote_table(self.parent.name)} p LEFT JOIN ({self._groups}) d "
            f"ON {self.of_parent} WHERE ({mine}) IS DISTINCT FROM ({theirs})"
        )

    @property
    def _groups(self) -> str:
        values = ", ".join(f"{one} AS value_{n}" for n, one in enumerate(self.aggregates))
        return (
            f"SELECT {self.keyed('c')}, {values} FROM {quote_table(self.child.name)} c "
            f"GROUP BY {listed(self.key.columns, 'c.')}"
        )
