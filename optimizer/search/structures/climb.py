"""From single structures to the best combination of them.

The baseline's layout is searched first, for all queries. Then each proposed structure is loaded beside it,
alone, and only the stores of the queries that it can change: what they cost with it and without it, measured
side by side, says what it gains. Those come first whose queries cost most, for no more than that can be
gained; where that is next to nothing, nothing is loaded. Those that gain are combined, the best first: where
two are about different queries their gains add up; where they share queries, the combination is loaded and
measured too. Structures that gain nothing alone, but are about the same query, get one try together.

Where there are many rows structures are tried on a sample of them: they are many, and loading is what takes
long. The baseline's layout is searched with all rows first, the combination at the end; the finals decide.
What a query costs with all rows says what can be gained there: it is the queries that read many of them that
structures help, and on the sample they cost next to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from optimizer.model.names import TableName
from optimizer.model.query import Query
from optimizer.model.structure import Structure, StructureCandidate
from optimizer.search.structures.affected import affected, noticing
from optimizer.search.structures.combination import Combination
from optimizer.search.structures.gains import Move, costs_with_all_rows, move_of
from optimizer.search.structures.searched import Searched, StructureSearch
from optimizer.search.structures.standing import Standing

PARTS = (0.4, 0.8, 0.9)
"""The parts of the search's time by which the baseline's layout is searched, by which structures are tried
one by one, and by which they are tried together; what is left is the combination's."""

SAMPLED = 0.15
"""The part that the search of the baseline's layout takes more where structures are tried on a sample: it is
searched there too."""

LEAST_GAIN = 0.01
"""A structure has to take off so much of the value that the search can decide on."""


@dataclass
class Climb:
    """The search over all structures; `left_out` are those that weren't tried or combined, and why; `lost`
    those that were tried and gained nothing.

    `trial` searches the sample, where there is one.
    """

    search: StructureSearch
    proposals: Sequence[StructureCandidate]
    trial: StructureSearch | None = None
    moves: list[Move] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    every: list[Searched] = field(default_factory=list)
    lost: frozenset[Structure] = frozenset()
    _standing: Standing | None = None
    _costs: Mapping[str, float] = field(default_factory=dict)  # by query, with all rows, without structures

    def climb(self) -> tuple[Searched, Combination | None]:
        """The search of the baseline's layout, and the best combination (None: no structure gains)."""
        clock = self.search.clock
        if not self.proposals:
            return self._keep(self.search.search(frozenset())), None
        until_base, until_moves, until_combined = PARTS
        clock.search_part = until_base
        base = self._keep(self.search.search(frozenset())) if self.trial else None
        clock.search_part = until_base + (SAMPLED if self.trial else 0.0)
        tried, self._standing = self._trial.stand()
        base = base or tried
        self._costs = costs_with_all_rows(base, tried, self._times)
        self._keep(tried)
        with closing(self._standing):
            clock.search_part = until_moves
            self._try_all(tried)
            clock.search_part = until_combined
            chosen = self._combined(tried)
        clock.search_part = 1.0
        if not chosen:
            return base, None
        gaining = [move.found for move in self.moves if move.structures <= chosen]
        searched = None
        if clock.searching:
            self.search.watch.step("the best combination")
            searched = self._keep(self.search.search(chosen))
        return base, Combination(chosen, (base, *gaining), searched)

    @property
    def _trial(self) -> StructureSearch:
        return self.trial or self.search

    @property
    def _times(self) -> float:
        """How many times the rows are those that structures are tried on."""
        return self.search.inputs.dataset.rows / self.trial.inputs.dataset.rows if self.trial else 1.0

    @property
    def _value(self) -> float:
        """The score's value with all rows, without structures."""
        return sum(self._costs.values())

    @property
    def _least(self) -> float:
        """What a structure has to gain."""
        return LEAST_GAIN * self._value

    def _try_all(self, base: Searched) -> None:
        families: dict[str, list[StructureCandidate]] = {}
        for candidate in self.proposals:
            families.setdefault(candidate.structure.family, []).append(candidate)
        for family in sorted(families.values(), key=lambda family: -self._most(family)):
            self._try_family(family, base)
        for structures in self._companions():
            if self.search.clock.searching:
                self._try(structures, base)

    def _try_family(self, family: Sequence[StructureCandidate], base: Searched) -> None:
        structures = frozenset(candidate.structure for candidate in family)
        most = self._most(family)
        if most < self._least:
            reason = f"not tried: its statements are {most:.2g} of the score's {self._value:.4g}"
        elif self.search.clock.searching:
            self._try(structures, base)
            return
        elif self.search.clock.stopped:
            reason = "not tried: the user stopped the search"
        else:
            reason = "not tried: the time was over"
        self.left_out.append((_words(structures), reason))

    def _most(self, family: Sequence[StructureCandidate]) -> float:
        """What the family can gain at most: all that its queries cost now."""
        names = {name for candidate in family for name in candidate.queries}
        known = [cost for name, cost in self._costs.items() if name in names]
        return sum(known) if known else self._value

    def _companions(self) -> list[frozenset[Structure]]:
        """Structures that gained nothing alone, by a query that all of them are for."""
        gaining = {structure for move in self.moves for structure in move.structures}
        by_query: dict[str, set[Structure]] = {}
        for candidate in self.proposals:
            if candidate.structure in self.lost - gaining:
                for name in candidate.queries:
                    by_query.setdefault(name, set()).add(candidate.structure)
        found = [frozenset(structures) for structures in by_query.values()]
        several = [s for s in found if len({structure.family for structure in s}) > 1]
        return [s for s in dict.fromkeys(several) if not self.search.engine.conflict(s)]

    def _try(self, structures: frozenset[Structure], base: Searched) -> None:
        reason = self._why_not(structures)
        if reason:
            self.left_out.append((_words(structures), reason))
            return
        queries = self._noticing(structures)
        found = self._keep(self._measure(structures, queries))
        move = move_of(structures, queries, base, found, self._costs)
        self.search.watch.note(
            f"{_words(structures)}: {len(queries)} statements, "
            f"their part of the score {move.before:.4g} before, {move.after:.4g} with it"
        )
        if move.sure and move.gain > self._least:
            self.moves.append(move)
        else:
            self.lost |= structures
            self.left_out.append((_words(structures), self._why_lost(move)))

    def _why_lost(self, move: Move) -> str:
        where = f", on a sample of {self._trial.inputs.dataset.rows:,} rows" if self.trial else ""
        figures = f"{move.before:.4g} of the score without it, {move.after:.4g} with it{where}"
        told = "gains nothing that could be measured"
        if move.sure:
            told = (
                f"gains less than {LEAST_GAIN * 100:g} % of the whole" if move.gain > 0 else "gains nothing"
            )
        if not self.search.clock.searching:
            told += " in the time that was left"
        return f"{told}: {figures}"

    def _combined(self, base: Searched) -> frozenset[Structure]:
        """The structures that gain together, taken in the order of their gains."""
        chosen: frozenset[Structure] = frozenset()
        about: set[str] = set()
        value = self._value
        for move in sorted(self.moves, key=lambda move: -move.gain):
            own = {query.name for query in self._noticing(move.structures)}
            tried = chosen | move.structures
            with_it = self._with(move, tried, value, base, shared=bool(about & own))
            if isinstance(with_it, str):
                self.left_out.append((_words(move.structures), with_it))
            else:
                chosen, about, value = tried, about | own, with_it
        return chosen

    def _with(
        self, move: Move, tried: frozenset[Structure], value: float, base: Searched, *, shared: bool
    ) -> float | str:
        """The value of all queries where a move is taken too, `tried` being all structures then; why it isn't
        taken. What shares queries with the others has to be measured with them."""
        if reason := self.search.engine.conflict(tried) or self._why_not(tried):
            return reason
        if not shared:
            return value - move.gain
        if not self.search.clock.searching:
            return "gains alone; there was no time to try it with the others"
        queries = self._noticing(tried)
        found = self._keep(self._measure(tried, queries))
        together = self._value - move_of(tried, queries, base, found, self._costs).gain
        return (
            together
            if value - together > self._least
            else "gains alone, and next to nothing beside the others"
        )

    def _measure(self, structures: frozenset[Structure], queries: Sequence[Query]) -> Searched:
        stores: set[TableName] | None = set()
        for query in queries:
            touched = self._touched(query, structures)
            stores = None if stores is None or touched is None else stores | touched
        only = None if stores is None else frozenset(stores)
        return self._trial.search(structures, queries, only, self._standing)

    def _why_not(self, structures: frozenset[Structure]) -> str:
        """Why these structures can't be tried; empty where they can."""
        inputs = self.search.inputs
        problems = self.search.engine.problems(inputs.workload, inputs.schema, structures)
        if problems:
            return problems[0].message
        return "" if self._affected(structures) else "no statement can notice it"

    def _affected(self, structures: frozenset[Structure]) -> list[Query]:
        inputs = self.search.inputs
        return affected(self.search.engine, inputs.workload.queries, inputs.schema, structures)

    def _noticing(self, structures: frozenset[Structure]) -> list[Query]:
        inputs = self.search.inputs
        return noticing(self.search.engine, inputs.workload.queries, inputs.schema, structures)

    def _touched(self, query: Query, structures: frozenset[Structure]) -> frozenset[TableName] | None:
        return self.search.engine.touched(query, self.search.inputs.schema, structures)

    def _keep(self, searched: Searched) -> Searched:
        self.every.append(searched)
        return searched


def _words(structures: frozenset[Structure]) -> str:
    return "; ".join(sorted(structure.definition for structure in structures))
