"""The contract of an engine: how its servers are had, and what can be chosen on it.

Whoever implements this class promises what the docstrings say.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from optimizer.dataset.dataset import Dataset
from optimizer.engines.base import Server
from optimizer.engines.values import Availability, ServerRequest
from optimizer.errors import Problem
from optimizer.model.design import Candidate, Design
from optimizer.model.index import Index
from optimizer.model.names import TableName
from optimizer.model.query import Query
from optimizer.model.schema import Schema
from optimizer.model.structure import Structure, StructureCandidate
from optimizer.model.workload import Workload
from optimizer.queries.writes import maintained_tables, touched_tables


class Engine(ABC):
    """An engine: how its servers are had, and what can be chosen on it.

    `hides_from_writes`: an index that isn't shown costs a write nothing; else the server maintains it.
    `gains_on_fewer`: what a structure gains on a sample of the rows it gains on all; else it is tried on all.
    """

    name: str
    hides_from_writes: bool = True
    gains_on_fewer: bool = True

    @abstractmethod
    def availability(self, request: ServerRequest) -> tuple[Availability, ...]:
        """What each provider says, without starting anything."""

    @abstractmethod
    def start(self, request: ServerRequest) -> Server:
        """A running server, or EngineUnavailable with what to do."""

    def problems(
        self, workload: Workload, schema: Schema, structures: frozenset[Structure] = frozenset()
    ) -> tuple[Problem, ...]:
        """The statements that can't be run on these structures as they are written, each with what to do."""
        return ()

    def given(self, schema: Schema) -> Design:
        """The indexes of the user's own DDL, as far as this engine can have them."""
        return Design(frozenset(schema.given))

    def needed(self, workload: Workload, schema: Schema) -> frozenset[Index]:
        """Indexes without which a statement can't run at all: the baseline has them, and so has `given`."""
        return frozenset()

    def structures(
        self, workload: Workload, schema: Schema, dataset: Dataset
    ) -> tuple[tuple[StructureCandidate, ...], tuple[tuple[str, str], ...]]:
        """The structures worth measuring, most promising first; and what was left out, and why."""
        return (), ()

    def conflict(self, structures: frozenset[Structure]) -> str:
        """Why these structures don't combine; empty where they do."""
        return ""

    def touched(
        self, query: Query, schema: Schema, structures: frozenset[Structure] = frozenset()
    ) -> frozenset[TableName] | None:
        """The tables (those that have a store of their own) whose rows or indexes can change what the query
        takes in a design with these structures; None where that can't be told."""
        return touched_tables(query, schema)

    def notices(self, query: Query, schema: Schema, structures: frozenset[Structure]) -> bool:
        """Whether a query that touches what these structures change is planned, or writes, otherwise.

        False: it runs as before, on rows that may lie a little differently.
        """
        return True

    def maintained(
        self, query: Query, schema: Schema, structures: frozenset[Structure] = frozenset()
    ) -> frozenset[TableName]:
        """The tables (those that have a store of their own) whose indexes the query has to maintain."""
        return maintained_tables(query, schema)

    def relaxed(self, schema: Schema, structures: frozenset[Structure]) -> tuple[str, ...]:
        """The constraints (`table.name`) that these structures give up, since the user allows it."""
        return ()

    def rewritten(
        self, workload: Workload, schema: Schema, structures: frozenset[Structure]
    ) -> Mapping[str, tuple[str, ...]]:
        """The queries that are written otherwise for these structures: their statements, by name.

        They are the text that an application has to send; what the engine compiles anyhow isn't among them.
        """
        return {}

    @abstractmethod
    def candidates(
        self, workload: Workload, schema: Schema, structures: frozenset[Structure] = frozenset()
    ) -> tuple[tuple[Candidate, ...], tuple[tuple[str, str], ...]]:
        """The indexes worth measuring on these structures, each with the queries it is for; and what was
        left out, and why.

        The indexes of the user's own DDL are always among them.
        """

    @abstractmethod
    def render(self, index: Index) -> str:
        """The statement that creates the index, without a semicolon."""

    def gives_up(self, workload: Workload, schema: Schema, design: Design) -> tuple[str, ...]:
        """What a design on this engine doesn't keep by itself, a line for people each (foreign keys, copies
        that statements have to keep up to date); nothing where the server keeps it all."""
        return ()

    script: str = "schema.sql"
    """The name of the file that `ddl` is delivered in."""

    @abstractmethod
    def ddl(
        self,
        workload: Workload,
        schema: Schema,
        design: Design,
        comments: Mapping[Index | Structure, Sequence[str]],
    ) -> str:
        """The design as a script that runs on an empty database.

        `comments` are the reasons that stand above each index and each structure.
        """
