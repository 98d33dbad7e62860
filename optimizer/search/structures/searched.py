"""The index search of one structure, from loading to the designs that it proposes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from optimizer.engines.base import Database, Server, Session
from optimizer.engines.engine import Engine
from optimizer.model.design import Design
from optimizer.model.index import Index
from optimizer.model.names import TableName
from optimizer.model.query import Query
from optimizer.model.structure import Structure
from optimizer.queries.writes import is_write
from optimizer.search.choice.choose import Choice
from optimizer.search.index_search import IndexSearch, IndexSpace
from optimizer.search.inputs import Inputs
from optimizer.search.plans.mapping import Switchboard
from optimizer.search.plans.memo import Memo
from optimizer.search.structures.bare_writes import BareWrites
from optimizer.search.structures.loading import LeftOut, Loaded, load_structure
from optimizer.search.structures.standing import Pair, Standing
from optimizer.search.trials import record_trials
from optimizer.watch import Clock, Watcher

SHORTLIST_WITHIN = 1.03
"""The simplest design whose value lies within 3 % of the best one's goes to the finals beside it."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a search did, in numbers that can be added up over structures."""

    trials: int = 0
    designs: int = 0
    candidates: int = 0
    explains: int = 0
    distinct_plans: int = 0
    build_seconds: float = 0.0
    verified: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Searched:
    """What the search of a structure found.

    `best` and `simplest` are designs of it; `values` has each query's part of the score's value under the
    best one. `trials` are rows of trials.parquet. `pair` is what the queries cost beside the standing layout.
    `spelled` has the candidates as they are proposed, and each as the server spells it. `complete` is False
    where the time was over before the search was, and nothing is proved.
    """

    structures: frozenset[Structure]
    best: Design
    simplest: Design
    values: Mapping[str, float]
    exact: bool
    stopped_by: str
    counts: Counts
    left_out: LeftOut
    statistics: Any
    trials: pl.DataFrame
    pair: Pair | None = None
    spelled: Mapping[Index, Index] = field(default_factory=dict)
    complete: bool = True


@dataclass(frozen=True)
class StructureSearch:
    """Searches structures of one engine, one at a time; each database is dropped when it was searched (the
    server drops what a failure leaves).

    `at_first` is called with a session to the tables as they are, before these are searched; it may raise.
    """

    engine: Engine
    server: Server
    inputs: Inputs
    memo: Memo
    watch: Watcher
    clock: Clock
    at_first: Callable[[Session], None] | None = None

    def search(
        self,
        structures: frozenset[Structure],
        queries: Sequence[Query] | None = None,
        only: frozenset[TableName] | None = None,
        standing: Standing | None = None,
    ) -> Searched:
        """The best index set of a structure for these queries (all of the workload's where None), with only
        those stores loaded that they need.

        Where there is a standing layout, its indexes are built too, and the queries are measured here and
        there.
        """
        loaded, found = self._searched(structures, queries, only, standing)
        loaded.database.drop()
        return found

    def stand(self) -> tuple[Searched, Standing]:
        """The search of the baseline's layout, whose best design then stands, to be measured beside."""
        loaded, found = self._searched(frozenset(), None, None, None)
        loaded.database.show(found.best.indexes)
        return found, Standing(loaded.database, loaded.database.session(), found.best.indexes)

    def _searched(
        self,
        structures: frozenset[Structure],
        queries: Sequence[Query] | None,
        only: frozenset[TableName] | None,
        standing: Standing | None,
    ) -> tuple[Loaded, Searched]:
        asked = tuple(self.inputs.workload.queries if queries is None else queries)
        self.memo.names = self.names(structures)
        bare = self._bare_writes(asked)
        if not structures:
            self.clock.enter("load")
        self.watch.phase("load")
        loaded = load_structure(
            self.engine,
            self.server,
            self.inputs,
            structures,
            self.watch,
            self._measure_bare(bare),
            only,
            None if queries is None else frozenset(query.name for query in queries),
            standing.indexes if standing else frozenset(),
        )
        self.clock.loaded()
        self.clock.enter("search")
        self.watch.phase("search")
        found = self._search(loaded, asked, bare, standing)
        return loaded, found

    def names(self, structures: frozenset[Structure]) -> dict[str, str]:
        """The names of the queries in the memo: with the structures that they can notice."""
        return {query.name: self._name(query, structures) for query in self.inputs.workload.queries}

    def _name(self, query: Query, structures: frozenset[Structure]) -> str:
        touched = self.engine.touched(query, self.inputs.schema, structures)
        noticed = sorted(s.label for s in structures if touched is None or s.tables & touched)
        return " + ".join([query.name, *noticed])

    def _bare_writes(self, queries: Sequence[Query]) -> BareWrites | None:
        if self.engine.hides_from_writes:
            return None
        writes = [query for query in queries if is_write(query, self.inputs.schema)]
        longest = self.clock.statement_ms(max(query.target.ms for query in queries))
        return BareWrites(writes, self.inputs.searched, self.memo, self.inputs.workload.seed, longest)

    def _measure_bare(self, bare: BareWrites | None) -> Callable[[Database], None]:
        def measure(database: Database) -> None:
            if bare is not None:
                self.watch.step("writes without indexes")
                with closing(database.session()) as session:
                    bare.measure(session)

        return measure

    def _search(
        self,
        loaded: Loaded,
        queries: Sequence[Query],
        bare: BareWrites | None,
        standing: Standing | None,
    ) -> Searched:
        with closing(loaded.database.session()) as session:
            for query in queries:
                session.prepare(query)
            if self.at_first is not None and not loaded.structures:
                self.at_first(session)
            board = Switchboard(loaded.database, session, list(loaded.built))
            space = self._space(loaded, queries)
            if bare is not None:
                bare.share_out(session, space.written)
            search = IndexSearch(board, space, self.memo, session.floor_ms(), self.watch, self.clock)
            search.map_plans()
            search.weigh_writes()
            choice = search.choose()
            found = self._found(search, choice, loaded)
            if standing is None:
                return found
            loaded.database.show(found.best.indexes | (standing.indexes & loaded.built.keys()))
            return replace(found, pair=self._pair(standing, session, queries))

    def _pair(self, standing: Standing, session: Session, queries: Sequence[Query]) -> Pair | None:
        """The queries side by side; writes only where a hidden index doesn't slow them down."""
        told = [
            query
            for query in queries
            if self.engine.hides_from_writes or not is_write(query, self.inputs.schema)
        ]
        if not told:
            return None
        longest = self.clock.statement_ms(max(query.target.ms for query in queries))
        self.watch.step("beside the baseline's tables")
        return standing.pair(session, told, self.inputs.searched, longest, self.inputs.workload.seed)

    def _space(self, loaded: Loaded, queries: Sequence[Query]) -> IndexSpace:
        schema, workload = self.inputs.schema, self.inputs.workload
        return IndexSpace(
            queries=queries,
            bindings=self.inputs.searched,
            touched={q.name: self.engine.touched(q, schema, loaded.structures) for q in queries},
            written={
                query.name: frozenset(index for index in loaded.built if index.table in tables)
                for query in queries
                if (tables := self.engine.maintained(query, schema, loaded.structures))
            },
            bytes={index: one.bytes for index, one in loaded.built.items()},
            base_bytes=loaded.load.bytes,
            limits=workload.limits,
            seed=workload.seed,
        )

    def _found(self, search: IndexSearch, first: Choice, loaded: Loaded) -> Searched:
        given = self.engine.given(self.inputs.schema).indexes
        mask = search.board.mask(index for index in given if index in search.space.bytes)
        labels = tuple(sorted(structure.label for structure in loaded.structures))
        trials = record_trials(
            search,
            first,
            mask,
            self.inputs.folder,
            self.inputs.workload.budget.trials,
            self.engine.name,
            labels,
            self.inputs.dataset.rows,
        )
        choice = trials.choice
        problem = search.problem(hopeful=False)
        names = [query.name for query in search.space.queries]
        return Searched(
            structures=loaded.structures,
            best=Design(search.board.indexes(choice.mask), loaded.structures),
            simplest=Design(search.board.indexes(_simplest(choice)), loaded.structures),
            values={n: q.cost(choice.mask) for n, q in zip(names, problem.queries, strict=True)},
            exact=choice.exact,
            stopped_by=trials.stopped_by,
            counts=Counts(
                trials.count,
                trials.designs,
                len(loaded.built),
                search.board.explains,
                search.distinct_plans,
                loaded.build_seconds,
                search.verified,
            ),
            left_out=loaded.left_out,
            statistics=loaded.statistics,
            trials=trials.rows,
            spelled=loaded.spelled,
            complete=choice.exact or self.clock.searching,
        )


def _simplest(choice: Choice) -> int:
    """The set with the fewest indexes of those that are hardly worse than the best."""
    near = [mask for mask, value in choice.contenders if value <= choice.value * SHORTLIST_WITHIN]
    return min(near, key=lambda mask: mask.bit_count(), default=choice.mask)
