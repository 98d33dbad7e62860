"""The contract of an engine's servers: what every column of this house offers to the rooms above.

What can be chosen on an engine is the contract of engine.py.

The words: a *server* is a running PostgreSQL (or MongoDB ...), however it was had. A *database* is one
structure on it, loaded with the dataset. Candidate indexes are *built* in it once, and a design is switched
on by *showing* exactly its indexes. A *session* is one client's connection to a database: it runs queries,
times them and asks for their plans.

Whoever implements these classes promises what the docstrings say.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import polars as pl

from optimizer.dataset.dataset import Dataset
from optimizer.engines.values import BuiltIndex, LoadReport, Progress, ServerIdentity
from optimizer.errors import Problem
from optimizer.model.answer import Answer
from optimizer.model.design import Design
from optimizer.model.index import Index
from optimizer.model.measurement import Execution
from optimizer.model.names import TableName
from optimizer.model.plan import Plan
from optimizer.model.query import Binding, Query, SourceText
from optimizer.model.schema import Schema
from optimizer.model.structure import Structure
from optimizer.model.workload import Workload


class Session(ABC):
    """One client's connection to a database. Not to be shared between threads."""

    @abstractmethod
    def prepare(self, query: Query) -> None:
        """Get `query` past every warm-up that the engine or its driver has (parsing, preparing)."""

    @abstractmethod
    def time(self, query: Query, binding: Binding, *, keep: bool = False, timeout_ms: float = 0) -> Execution:
        """Run `query` once, all its rows fetched, and time it.

        The clock runs from the first statement's sending to the last row's arrival; session settings and
        the roll-back of a write aren't timed, a commit is. Writes are rolled back unless `keep`.
        A timeout (0: none) or an error is an Execution with that status, never an exception; a lost server
        is MeasurementLost.
        """

    @abstractmethod
    def answer(self, query: Query, binding: Binding, timeout_ms: float = 0) -> Answer:
        """Run `query` once, rolled back, and give its rows in the engine's own Python types.

        One that is stopped after `timeout_ms` (0: never) is an Answer with the error `TIMED_OUT`.
        """

    @abstractmethod
    def plan(self, query: Query, binding: Binding) -> Plan:
        """The plan that `query` gets with what is shown now; nothing is executed."""

    @abstractmethod
    def floor_ms(self) -> float:
        """The median time of an empty statement: what the driver and the protocol cost."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection; closing twice is fine."""


class Database(ABC):
    """One structure, switchable. `schema` is what the server says of it; `notes` are lines to print."""

    name: str
    schema: Schema
    notes: tuple[str, ...] = ()

    @abstractmethod
    def check_queries(self, queries: Sequence[Query]) -> tuple[Problem, ...]:
        """What the server finds wrong with the statements, without running them."""

    @abstractmethod
    def check_sample(self, frames: Mapping[TableName, pl.DataFrame]) -> tuple[Problem, ...]:
        """What the server says to a few rows per table, foreign keys off; nothing stays."""

    @abstractmethod
    def canonical(self, indexes: Iterable[Index]) -> dict[Index, Index | str]:
        """Each index as the server spells it, or its error; the tables should be empty."""

    @abstractmethod
    def load(
        self,
        dataset: Dataset,
        progress: Progress,
        only: frozenset[TableName] | None = None,
        anew: bool = True,
    ) -> LoadReport:
        """Fill the tables, then build keys and constraints, then vacuum and analyze.

        `only`: other tables' stores needn't be filled, their rows will not be asked for. Unless `anew`,
        structures may be brought into a copy of a database that was loaded without them.
        """

    @abstractmethod
    def build(self, indexes: Sequence[Index], progress: Progress) -> tuple[BuiltIndex, ...]:
        """Build the indexes and analyze; one answer per index, in order. All of them are shown afterwards.

        An index that the server refuses is a BuiltIndex with its error.
        """

    @abstractmethod
    def show(self, indexes: Iterable[Index]) -> None:
        """Make exactly these of the built indexes visible to the planner and to writes.

        Takes effect for the next statement of every session. Unique ones of the schema are always shown.
        """

    @abstractmethod
    def sweep(self) -> None:
        """Clear away what rolled-back writes left behind (VACUUM); shows all built indexes."""

    @abstractmethod
    def bytes(self) -> int:
        """Bytes of all tables and keys, without the built (secondary) indexes."""

    @abstractmethod
    def statistics(self) -> Any:
        """The planner's statistics, as a JSON-able value that `restore_statistics` takes."""

    @abstractmethod
    def restore_statistics(self, statistics: Any) -> None:
        """Set the planner's statistics to those of another database of the same structure."""

    @abstractmethod
    def resample_statistics(self) -> None:
        """Take another random sample for the planner's statistics (ANALYZE)."""

    @abstractmethod
    def fingerprint_rows(
        self, left_out: Mapping[TableName, Collection[str]] = MappingProxyType({})
    ) -> dict[TableName, str]:
        """A digest of each logical table's rows that doesn't depend on their order.

        Columns that the server fills where a statement gives no value (now(), random UUIDs) are left out, and
        so are those of `left_out`, by table.
        """

    @abstractmethod
    def rows(self, table: TableName) -> pl.DataFrame:
        """All rows of a logical table, read back out of the design, in no promised order.

        Every column of the schema, generated ones too, in the types of optimizer.dataset.dataset.TableRows;
        JSON as text.
        """

    def disagreements(self) -> tuple[str, ...]:
        """A line for each row that a structure doesn't keep right: a copy, a total, a row of a summary.

        Materialized answers aren't looked at: they may be stale. Nothing may be written meanwhile.
        """
        return ()

    def refresh(self) -> Mapping[Structure, float]:
        """Bring every materialized answer up to date, as the design's users would: the seconds each took.

        All built indexes are shown meanwhile, for they are written too; what was shown before is shown again.
        """
        return {}

    def packed(self) -> Mapping[Structure, tuple[int, int]]:
        """What structures store by columns: its bytes as rows and keys before that, and as columns."""
        return {}

    def samples(self) -> dict[str, str]:
        """What the database itself adds to the delivered files, by file name (a document of each kind)."""
        return {}

    @abstractmethod
    def session(self) -> Session:
        """A new connection, with the workload's role."""

    @abstractmethod
    def remove(self, indexes: Iterable[Index]) -> None:
        """Drop these built indexes for good."""

    @abstractmethod
    def opener(self) -> Callable[[], Session]:
        """A picklable callable that opens a session to this database, from any process."""

    @abstractmethod
    def drop(self) -> None:
        """Remove the database; its sessions are cut off."""


class Server(ABC):
    """A running server of an engine. A context manager: leaving it leaves nothing behind."""

    identity: ServerIdentity

    @abstractmethod
    def create(self, workload: Workload, label: str, schema: Schema, design: Design) -> Database:
        """A fresh, empty database made by the design's DDL (Engine.ddl); `label` becomes part of its name.

        Its secondary indexes are built by `Database.build`, after the load.
        """

    @abstractmethod
    def close(self) -> None:
        """Drop all databases that this object created, and stop what it started."""

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class ReferenceServer(Server):
    """A server of the engine that reads the user's DDL, and whose answers are the reference."""

    @abstractmethod
    def read(self, workload: Workload, label: str, ddl: SourceText) -> Database:
        """A fresh, empty database with the user's own DDL applied; WorkloadError for what is refused."""

    @abstractmethod
    def design_of(self, workload: Workload, baseline: SourceText, contender: SourceText) -> Design:
        """The design that a contender's own text makes of the baseline; WorkloadError for its mistakes."""
