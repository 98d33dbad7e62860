"""A structure in a database of its own: loaded, with all its candidate indexes built."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

from optimizer.engines.base import Database, Server
from optimizer.engines.engine import Engine
from optimizer.engines.values import BuiltIndex, LoadReport
from optimizer.model.design import Candidate, Design
from optimizer.model.index import Index
from optimizer.model.names import TableName
from optimizer.model.structure import Structure
from optimizer.search.inputs import Inputs
from optimizer.watch import Watcher

LeftOut = tuple[tuple[str, str], ...]
"""What was thought of and isn't a candidate, each with its reason."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A structure's database; `built` are the candidates that could be built.

    `spelled` has the candidates as they are proposed, and each as the server spells it.
    """

    structures: frozenset[Structure]
    database: Database
    load: LoadReport
    built: Mapping[Index, BuiltIndex]
    spelled: Mapping[Index, Index]
    left_out: LeftOut
    build_seconds: float
    statistics: Any


def load_structure(
    engine: Engine,
    server: Server,
    inputs: Inputs,
    structures: frozenset[Structure],
    watch: Watcher,
    before_indexes: Callable[[Database], None] = lambda database: None,
    only: frozenset[TableName] | None = None,
    queries: frozenset[str] | None = None,
    kept: frozenset[Index] = frozenset(),
) -> Loaded:
    """Create, load and index a structure; `only` those tables' stores, where not all are needed, and only
    the candidates that these `queries` propose, and those among `kept`.

    `before_indexes` is called with the loaded database that has no candidate yet.
    """
    design = Design(structures=structures)
    database = server.create(inputs.workload, "search", inputs.schema, design)
    every, left_out = engine.candidates(inputs.workload, inputs.schema, structures)
    proposed = [candidate for candidate in every if only is None or candidate.index.table in only]
    spelled, refused = spelt(engine, database, proposed)
    candidates = [
        one
        for one in merged(proposed, spelled)
        if queries is None or one.index in kept or not queries.isdisjoint(one.queries)
    ]
    load = database.load(inputs.dataset, watch.step, only, anew=False)
    before_indexes(database)
    started = monotonic()
    watch.phase("indexes")
    indexes = sorted((candidate.index for candidate in candidates), key=lambda index: index.name)
    built = database.build(indexes, watch.step)
    return Loaded(
        structures,
        database,
        load,
        {one.index: one for one in built if not one.error},
        spelled,
        (*left_out, *refused, *((engine.render(one.index), one.error) for one in built if one.error)),
        monotonic() - started,
        database.statistics(),
    )


def spelt(
    engine: Engine, empty: Database, proposed: Sequence[Candidate]
) -> tuple[Mapping[Index, Index], LeftOut]:
    """Each candidate's index as the server spells it; refused ones are left out with its words."""
    answers = empty.canonical([candidate.index for candidate in proposed])
    spelled = {index: answer for index, answer in answers.items() if not isinstance(answer, str)}
    refused = [(engine.render(index), answer) for index, answer in answers.items() if isinstance(answer, str)]
    return spelled, tuple(refused)


def merged(proposed: Sequence[Candidate], spelled: Mapping[Index, Index]) -> tuple[Candidate, ...]:
    """The candidates that weren't refused, as the server spells them: each once, for all of its queries."""
    kept: dict[Index, Candidate] = {}
    for candidate in proposed:
        if (index := spelled.get(candidate.index)) is not None:
            known = kept.get(index)
            queries = (*(known.queries if known else ()), *candidate.queries)
            kept[index] = replace(known or candidate, index=index, queries=tuple(dict.fromkeys(queries)))
    return tuple(kept.values())
