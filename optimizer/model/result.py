"""The result of a run. A field that wasn't measured is None, never a guess."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from optimizer.model.design import Design
from optimizer.model.index import Index
from optimizer.model.measurement import Latency
from optimizer.model.query import Query
from optimizer.model.structure import Structure

BASELINE, GIVEN, WINNER = "baseline", "given", "winner"
INDEXES_ONLY = "indexes-only"
"""The best design without structures, measured beside a winner that has some."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What an index or a structure does to a query: its mean latency without it and with it, over the same
    parameter values, in the middle one of the rounds, in milliseconds.

    `sure` is True where the paired rounds tell the two apart; `stopped` where executions without it were
    stopped before they ended, so that `without_ms` is a lower bound; `joint` where it was measured with
    other indexes taken away too, for it shows only together with them; `impossible` where the query fails
    without it, so that `without_ms` says nothing. `over_target_ms` is the latency at the target's percentile
    without it, where its means tell nothing, and the query meets its target only with it.
    """

    query: str
    without_ms: float
    with_ms: float
    sure: bool = True
    stopped: bool = False
    joint: bool = False
    impossible: bool = False
    over_target_ms: float | None = None

    @property
    def gains(self) -> bool:
        """Whether the query is faster with it, surely or not."""
        return self.with_ms < self.without_ms

    @property
    def keeps_target(self) -> bool:
        """Whether the query meets its target only with it, though the means tell nothing."""
        return self.over_target_ms is not None


@dataclass(frozen=True, slots=True)
class IndexResult:
    """An index of a final design; `because` and `costs` are measured for the winner's only."""

    index: Index
    definition: str
    bytes: int | None = None
    because: tuple[Effect, ...] = ()
    costs: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Packed:
    """Bytes on disk of what is stored by columns: as rows and keys before that, and as columns.

    Other indexes aren't in it: only rows have them.
    """

    by_rows: int
    by_columns: int


@dataclass(frozen=True, slots=True)
class StructureResult:
    """A structure of a final design; `because` and `costs` are measured for the winner's only, against the
    design that lacks it alone.

    `refresh_seconds` is what bringing a materialized answer up to date takes, `packed` what storing old rows
    by columns does to their size.
    """

    structure: Structure
    because: tuple[Effect, ...] = ()
    costs: tuple[Effect, ...] = ()
    refresh_seconds: float | None = None
    packed: Packed | None = None


@dataclass(frozen=True, slots=True)
class ConcurrentResult:
    """The mix under concurrent clients: finished queries per second, latencies by query."""

    clients: int
    rate_per_s: float | None
    per_second: float
    latencies: Mapping[str, Latency | None]
    exhausted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DesignResult:
    """A design of the finals. `bytes` are those of tables, keys and indexes."""

    design: Design
    indexes: tuple[IndexResult, ...]
    bytes: int
    score: float
    missed_share: float
    latency_ms: float
    concurrent: tuple[ConcurrentResult, ...] = ()
    breaks: tuple[str, ...] = ()
    structures: tuple[StructureResult, ...] = ()


@dataclass(frozen=True, slots=True)
class QueryResult:
    """A query in the finals: its latency, its plan and whether it met the target, by design.

    `meets` is None where the sample can't tell.
    """

    query: Query
    is_write: bool
    latencies: Mapping[str, Latency | None]
    plans: Mapping[str, str]
    meets: Mapping[str, bool | None]
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unstable:
    """A query whose plan changed with another ANALYZE sample: medians under both, in milliseconds."""

    query: str
    usual_ms: float
    other_ms: float
    samples: int
    changed: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """How the winner was found. `designs` counts those whose score follows from measured plans."""

    trials: int
    designs: int
    exact: bool
    structures: int
    candidates: int
    explains: int
    distinct_plans: int
    measured_plans: int
    build_seconds: float
    seconds: float
    stopped_by: str
    left_out: tuple[tuple[str, str], ...] = ()
    verified: tuple[int, int] = (0, 0)  # plans checked against the server, and those that were wrong
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A different answer, or different rows after the same writes: on which design, and for people what."""

    design: str
    text: str

    def __str__(self) -> str:
        return f"{self.design}, {self.text}"


@dataclass(frozen=True, slots=True)
class EquivalenceResult:
    """Answers compared with those of the reference; `not_comparable` holds a line for people each."""

    compared: int = 0
    mismatched: tuple[Mismatch, ...] = ()
    not_comparable: tuple[str, ...] = ()

    @property
    def wrong(self) -> frozenset[str]:
        """The labels of the designs with a mismatch."""
        return frozenset(mismatch.design for mismatch in self.mismatched)

    def __add__(self, other: EquivalenceResult) -> EquivalenceResult:
        return EquivalenceResult(
            self.compared + other.compared,
            tuple(dict.fromkeys((*self.mismatched, *other.mismatched))),
            tuple(dict.fromkeys((*self.not_comparable, *other.not_comparable))),
        )


@dataclass(frozen=True, slots=True)
class EngineResult:
    """All of one engine; `designs` has baseline, given, every contender, the best design without
    structures where the winner has some, and the winner.

    `rewritten` has the statements of the queries that are sent in other words: for the winner's structures,
    or for functions that the engine lacks.
    """

    engine: str
    server: str
    provider: str
    settings: tuple[tuple[str, str], ...]
    indicative: bool
    driver_floor_ms: float
    rows: Mapping[str, int]
    load_rows: int
    load_bytes: int
    load_seconds: float
    designs: Mapping[str, DesignResult]
    queries: tuple[QueryResult, ...]
    search: SearchResult
    equivalence: EquivalenceResult
    unstable: tuple[Unstable, ...] = ()
    rounds: int = 0
    tied_with: tuple[str, ...] = ()
    pruned: tuple[str, ...] = ()
    relaxed: tuple[str, ...] = ()
    rewritten: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def winner(self) -> DesignResult:
        return self.designs[WINNER]


@dataclass(frozen=True, slots=True)
class ComparedQuery:
    """A statement on each engine's best design, by engine; `better` is the engine on which it is measurably
    faster than on all others that aren't indicative, None where that can't be told."""

    query: Query
    is_write: bool
    latencies: Mapping[str, Latency | None]
    meets: Mapping[str, bool | None]
    better: str | None


@dataclass(frozen=True, slots=True)
class ComparedEngine:
    """What one engine's best design costs and gives up; `gives_up` holds a line for people each."""

    engine: str
    server: str
    score: float
    missed_share: float
    latency_ms: float
    bytes: int
    load_seconds: float
    driver_floor_ms: float
    write_ms: float | None
    per_second: float | None
    gives_up: tuple[str, ...] = ()
    indicative: bool = False


@dataclass(frozen=True, slots=True)
class ComparisonResult:
    """The best design of each engine, the reference first, each of the others in the same rounds as it.

    `winner` is None where none is crowned; `reason` says why, or by how much it won. `beside` is the engine
    in whose rounds the reference's figures were measured.
    """

    winner: str | None
    reason: str
    engines: tuple[ComparedEngine, ...]
    queries: tuple[ComparedQuery, ...]
    rounds: int
    beside: str = ""
    mismatched: tuple[Mismatch, ...] = ()
    not_comparable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunResult:
    """The whole run; `failed` says of each engine that isn't among `engines` why it couldn't be finished."""

    workload: str
    run: str
    seed: int
    scale: float
    environment: Mapping[str, Any]
    engines: Mapping[str, EngineResult]
    seconds: float
    phases: Mapping[str, float] = field(default_factory=dict)
    comparison: ComparisonResult | None = None
    failed: Mapping[str, str] = field(default_factory=dict)
