"""A parent's columns copied into its children, kept by triggers.

A child's trigger reads the parent's row and locks it FOR KEY SHARE, which the foreign key does anyway: an
update of the parent's other columns isn't waited for. An update of the copied ones locks the row FOR UPDATE,
as if the key changed: it waits for the transactions that have written children, new ones wait for it, and
the children that it then finds are all there are. (With FOR SHARE, two transactions that write a child each
and then the parent would block each other.) That holds in READ COMMITTED and SERIALIZABLE; in REPEATABLE READ
an update of the parent doesn't find children that were committed after its snapshot.

Triggers that come before a row is written have names that sort last: other triggers may change the row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

from optimizer.engines.postgres.structures.columns import added, taken_away, with_columns
from optimizer.engines.postgres.structures.naming import object_name
from optimizer.engines.postgres.structures.own_triggers import fired_by_updates
from optimizer.engines.postgres.structures.realisation import Realisation, Spread
from optimizer.engines.postgres.structures.triggers import (
    disagreement,
    dropped,
    full_name,
    function,
    listed,
    paired,
    trigger,
)
from optimizer.model.denormalisation import ExtendedReference
from optimizer.model.names import TableName
from optimizer.model.schema import Column, ForeignKey, Schema, Table
from optimizer.queries.quoting import quote_identifier, quote_table

LAST = "zz"
"""What the names of triggers begin with that have to come last."""


def copied_column(structure: ExtendedReference, column: str) -> str:
    """The name of a parent's column in the child."""
    return object_name(structure.field, column)


def copied_columns(structure: ExtendedReference) -> dict[str, str]:
    """The child's columns that hold the parent's, by those."""
    return {name: copied_column(structure, name) for name in structure.columns}


def copies(structure: ExtendedReference, schema: Schema) -> Realisation:
    """See Realisation."""
    made = _Copies(structure, schema)
    columns = tuple(_column(structure, made.parent.by_name[name]) for name in structure.columns)
    return Realisation(
        schema=with_columns(schema, structure.table, columns),
        obstacle=partial(fired_by_updates, structure.table, "a copy"),
        define=(
            *(added(structure.table, column) for column in columns),
            *made.on_children(),
            *made.on_parents(),
        ),
        fill=(made.filling(),),
        refilled=frozenset({structure.table}),
        disagreements=(made.disagreeing(),),
        undo=made.undoing(),
        triggered={structure.parent: frozenset({structure.table})},
        spread=(Spread(structure.parent, frozenset(structure.columns), structure.table, made.key),),
    )


@dataclass(frozen=True)
class _Copies:
    """The statements of one structure."""

    structure: ExtendedReference
    schema: Schema

    @cached_property
    def child(self) -> Table:
        return self.schema.by_name[self.structure.table]

    @cached_property
    def parent(self) -> Table:
        return self.schema.by_name[self.structure.parent]

    @cached_property
    def key(self) -> ForeignKey:
        return self.child.foreign_key(self.structure.key)

    @cached_property
    def names(self) -> list[str]:
        """The child's columns that hold the copies."""
        return list(copied_columns(self.structure).values())

    @cached_property
    def copying(self) -> TableName:
        """The function of the children's triggers."""
        return TableName(
            self.child.name.schema, object_name(self.child.name.name, "copy", self.structure.field)
        )

    @cached_property
    def spreading(self) -> TableName:
        """The function of the parents' triggers."""
        words = (self.parent.name.name, "to", self.child.name.name, self.structure.field)
        return TableName(self.parent.name.schema, object_name(*words))

    @cached_property
    def child_triggers(self) -> tuple[str, str, str]:
        """When a row comes, when it gets another parent, and when its parent comes later than itself."""
        child, field = self.child.name.name, self.structure.field
        return (
            object_name(LAST, child, "copy", field),
            object_name(LAST, child, "recopy", field),
            object_name(child, "late", field),
        )

    @cached_property
    def parent_triggers(self) -> tuple[str, str]:
        """Before and after the copied columns change."""
        return object_name(LAST, self.spreading.name), self.spreading.name

    def on_children(self) -> tuple[str, ...]:
        """The function and the triggers that read the parent."""
        key, names = self.key.columns, self.names
        comes, moves, late = self.child_triggers
        another = f"({listed(key, 'NEW.')}) IS DISTINCT FROM ({listed(key, 'OLD.')})"
        by_hand = f"pg_trigger_depth() = 0 AND {_images('NEW', names, 'OLD', names)}"
        orphaned = " AND ".join(
            [
                *(f"NEW.{quote_identifier(name)} IS NOT NULL" for name in key),
                *(f"NEW.{quote_identifier(name)} IS NULL" for name in self._telling),
            ]
        )
        late_on = f"AFTER INSERT OR UPDATE OF {listed(key)}"
        table, calls = self.child.name, self.copying
        return (
            function(calls, self._copy()),
            trigger(comes, "BEFORE INSERT", table, calls),
            trigger(moves, "BEFORE UPDATE", table, calls, f"{another} OR {by_hand}"),
            trigger(late, late_on, table, calls, orphaned),
        )

    def on_parents(self) -> tuple[str, ...]:
        """The function and the triggers that write the children."""
        columns = self.structure.columns
        changed = _images("OLD", columns, "NEW", columns)
        before, after = self.parent_triggers
        table, calls = self.parent.name, self.spreading
        return (
            function(calls, self._spread()),
            trigger(before, "BEFORE UPDATE", table, calls, changed),
            trigger(after, "AFTER UPDATE", table, calls, changed),
        )

    @property
    def _telling(self) -> list[str]:
        """The copies that are null only where no parent was found; all of them where none is NOT NULL."""
        certain = [
            copied_column(self.structure, name)
            for name in self.structure.columns
            if self.parent.by_name[name].not_null
        ]
        return certain[:1] or self.names

    def _copy(self) -> str:
        """After the row is written: the same statement may have brought the parent later."""
        key, columns = self.key, self.structure.columns
        own = (self.child.primary_key or key).columns
        mine = paired(own, own, "c", "NEW")
        return (
            "  IF TG_WHEN = 'AFTER' THEN\n"
            f"    UPDATE {full_name(self.child.name)} c SET {self._assigned('p.')}\n"
            f"    FROM {full_name(self.parent.name)} p\n"
            f"    WHERE {paired(key.referenced, key.columns, 'p', 'NEW')} AND {mine}\n"
            f"      AND {_images('c', self.names, 'p', columns)};\n"
            "    RETURN NULL;\n"
            "  END IF;\n"
            f"  SELECT {listed(columns, 'p.')} INTO {listed(self.names, 'NEW.')}\n"
            f"  FROM {full_name(self.parent.name)} p\n"
            f"  WHERE {paired(key.referenced, key.columns, 'p', 'NEW')} FOR KEY SHARE;\n"
            "  RETURN NEW;"
        )

    def _spread(self) -> str:
        key = self.key
        return (
            "  IF TG_WHEN = 'BEFORE' THEN\n"
            f"    PERFORM FROM {full_name(self.parent.name)} p\n"
            f"    WHERE {paired(key.referenced, key.referenced, 'p', 'OLD')} FOR UPDATE;\n"
            "    RETURN NEW;\n"
            "  END IF;\n"
            f"  UPDATE {full_name(self.child.name)} c SET {self._assigned('NEW.')}\n"
            f"  WHERE {paired(key.columns, key.referenced, 'c', 'NEW')};\n"
            "  RETURN NULL;"
        )

    def _assigned(self, prefix: str) -> str:
        values = (f"{prefix}{quote_identifier(column)}" for column in self.structure.columns)
        return ", ".join(
            f"{quote_identifier(name)} = {value}" for name, value in zip(self.names, values, strict=True)
        )

    def filling(self) -> str:
        """All copies at once."""
        return (
            f"UPDATE {quote_table(self.child.name)} c SET {self._assigned('p.')} "
            f"FROM {quote_table(self.parent.name)} p "
            f"WHERE {paired(self.key.columns, self.key.referenced, 'c', 'p')}"
        )

    def disagreeing(self) -> str:
        """The children whose copies aren't their parents' values, to the digit."""
        mine, theirs = listed(self.names, "c."), listed(self.structure.columns, "p.")
        key = self.child.primary_key
        row = listed(key.columns, "c.") if key else "c.ctid"
        return (
            f"SELECT {disagreement(self.child.name, row, mine, theirs)} "
            f"FROM {quote_table(self.child.name)} c LEFT JOIN {quote_table(self.parent.name)} p "
            f"ON {paired(self.key.columns, self.key.referenced, 'c', 'p')} "
            f"WHERE ROW({mine})::text IS DISTINCT FROM ROW({theirs})::text"
        )

    def undoing(self) -> tuple[str, ...]:
        """What takes triggers, functions and columns away."""
        return (
            *dropped(self.parent_triggers, self.parent.name, self.spreading),
            *dropped(self.child_triggers, self.child.name, self.copying),
            *(taken_away(self.child.name, name) for name in self.names),
        )


def _column(structure: ExtendedReference, column: Column) -> Column:
    name = copied_column(structure, column.name)
    return replace(column, name=name, not_null=False, default=None, generated=False, identity=False)


def _images(one: str, names: Sequence[str], other: str, theirs: Sequence[str]) -> str:
    """True where values differ in any way: 1.0 and 1.00 do, and types without equality can be compared."""
    return f"ROW({listed(names, one + '.')})::record *<> ROW({listed(theirs, other + '.')})::record"
