"""What the moves look at: the workload's statements, read once, and the schema's parents and children."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sqlglot import exp

from optimizer.model.names import TableName
from optimizer.model.query import Query
from optimizer.model.schema import Column, ForeignKey, Schema, Table
from optimizer.model.workload import Workload
from optimizer.queries.extract import facts
from optimizer.queries.facts import Block, Facts, Source, Write
from optimizer.queries.names import Names
from optimizer.queries.reading import readings
from optimizer.queries.tree import flattened, qualified


@dataclass(frozen=True)
class Relation:
    """A child's foreign key to its parent."""

    child: Table
    key: ForeignKey
    parent: Table

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the foreign key."""
        return tuple(self.child.by_name[name] for name in self.key.columns)

    @property
    def is_one_to_one(self) -> bool:
        """True where a parent has one child at most."""
        return self.child.is_unique(frozenset(self.key.columns))

    @property
    def keys_between(self) -> int:
        """How many foreign keys the child has to this parent."""
        return sum(key.target == self.parent.name for key in self.child.foreign_keys)


@dataclass(frozen=True)
class Statement:
    """A statement of a query: its facts, and the names in the queries that it holds.

    Aliases are unique over the statement, and the same in both.
    """

    query: Query
    facts: Facts
    names: tuple[Names, ...]

    @cached_property
    def sources(self) -> dict[str, Source]:
        """All sources of all blocks, by their alias."""
        return {source.alias: source for block in self.facts.blocks for source in block.sources}

    @cached_property
    def block_of(self) -> dict[str, Block]:
        """The block that each source stands in."""
        return {source.alias: block for block in self.facts.blocks for source in block.sources}

    @cached_property
    def outer(self) -> frozenset[str]:
        """The sources that an outer join leaves without a row where there is none."""
        return frozenset(
            alias
            for names in self.names
            for scope in names.scopes
            for name, (alias, _) in names.tables(scope).items()
            if name in outer_joined(scope.expression)
        )


@dataclass(frozen=True)
class Evidence:
    """What speaks for or against a structure on any engine: statements, schema, and what may be given up."""

    workload: Workload
    schema: Schema
    statements: tuple[Statement, ...]

    @cached_property
    def relations(self) -> tuple[Relation, ...]:
        """Every foreign key between tables of the schema, in DDL order."""
        known = self.schema.by_name
        return tuple(
            Relation(table, key, known[key.target])
            for table in self.schema.tables
            for key in table.foreign_keys
            if key.target in known
        )

    def writes(self) -> Iterator[tuple[Query, Write]]:
        """Every write of the workload."""
        for statement in self.statements:
            for write in statement.facts.writes:
                yield statement.query, write

    def referring(self, table: TableName) -> tuple[Relation, ...]:
        """The foreign keys that refer to a table."""
        return tuple(relation for relation in self.relations if relation.parent.name == table)

    def is_relaxed(self, table: Table, constraint: str) -> bool:
        """True where the user gives the constraint up."""
        return bool({constraint, f"{table.name}.{constraint}"} & set(self.workload.relax))


def statements_of(workload: Workload, schema: Schema, engine: str) -> tuple[Statement, ...]:
    """The statements that an engine runs; those that can't be read, or have a text of their own, are none."""
    found = (
        _statement(query, source.text, schema)
        for query in workload.queries
        if engine not in query.overrides
        for source in query.statements
    )
    return tuple(one for one in found if one is not None)


def outer_joined(tree: exp.Expr) -> frozenset[str]:
    """The names of the sources that a query's outer joins may leave without a row."""
    joins = tree.args.get("joins") or ()
    return frozenset(join.this.alias_or_name for join in joins if join.side in {"LEFT", "FULL"})


def _statement(query: Query, sql: str, schema: Schema) -> Statement | None:
    known = facts(sql, schema)
    if not known.complete:
        return None
    taken: set[str] = set()
    found, _ = readings(sql, schema)
    names = tuple(Names(flattened(qualified(one.query, schema)), schema, taken) for one in found)
    return Statement(query, known, names)
