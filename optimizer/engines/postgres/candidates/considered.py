"""All candidates for a workload, and all that was considered and left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from optimizer.design.indexes.access import Access, accesses
from optimizer.design.indexes.pool import Pool, settle
from optimizer.design.indexes.proposal import LeftOut, Proposal
from optimizer.design.indexes.redundant import key_indexes, why_redundant
from optimizer.design.indexes.sharing import aligned, merged, shortened
from optimizer.engines.postgres.candidates.brins import brins
from optimizer.engines.postgres.candidates.btree import btrees
from optimizer.engines.postgres.candidates.foreign_keys import foreign_key_indexes
from optimizer.engines.postgres.candidates.hashes import hashes
from optimizer.engines.postgres.candidates.inverted import inverted
from optimizer.engines.postgres.candidates.spatial import spatial
from optimizer.engines.postgres.ddl import name_all
from optimizer.model.design import Candidate
from optimizer.model.index import Index
from optimizer.model.names import TableName
from optimizer.model.schema import Schema
from optimizer.model.workload import SessionSettings, Workload
from optimizer.queries.extract import facts
from optimizer.queries.facts import Facts
from optimizer.queries.row_security import compared_columns

_NO_SESSION = SessionSettings()
RULES = (btrees, hashes, brins, inverted, spatial)
"""What each access is shown to."""


@dataclass(frozen=True, slots=True)
class Considered:
    """The candidates, by table in the schema's order, and what isn't one, with the reasons."""

    candidates: tuple[Candidate, ...]
    left_out: tuple[LeftOut, ...]


def candidates(workload: Workload, schema: Schema) -> tuple[Candidate, ...]:
    """The indexes worth measuring, each with the queries it is for; the user's own are always among them."""
    return considered(workload, schema).candidates


def considered(workload: Workload, schema: Schema) -> Considered:
    """The candidates for the workload's queries, and what was left out."""
    known = {
        query.name: tuple(facts(source.text, schema) for source in query.statements)
        for query in workload.queries
    }
    return consider(known, schema, workload.session)


def consider(
    known: Mapping[str, tuple[Facts, ...]], schema: Schema, session: SessionSettings = _NO_SESSION
) -> Considered:
    """The candidates for queries of which these facts are known, by name, one Facts per statement."""
    left_out = list(_gaps(known))
    proposed = (*_proposed(known, schema, session), *foreign_key_indexes(schema, known))
    pool = settle(_fit(proposed, schema, left_out), _given(known, schema))
    for more in (aligned, merged, shortened):
        for proposal in _fit(tuple(more(pool)), schema, left_out):
            pool.add(proposal)
    return Considered(_named(pool, schema), _united(left_out))


def _proposed(
    known: Mapping[str, tuple[Facts, ...]], schema: Schema, session: SessionSettings
) -> Iterator[Proposal | LeftOut]:
    implied = partial(compared_columns, schema=schema, session=session)
    for name, statements in known.items():
        for statement in statements:
            for access in accesses(name, statement, schema, implied):
                yield from _by_rules(access)


def _by_rules(access: Access) -> Iterator[Proposal | LeftOut]:
    for rule in RULES:
        yield from rule(access)


def _fit(
    results: Iterable[Proposal | LeftOut], schema: Schema, left_out: list[LeftOut]
) -> tuple[Proposal, ...]:
    """The proposals that no key makes superfluous; the others go to `left_out`."""
    fit = []
    for result in results:
        if isinstance(result, LeftOut):
            left_out.append(result)
        elif reason := why_redundant(result.index, key_indexes(schema, result.index.table)):
            left_out.append(LeftOut(_subject(result.index), reason, result.queries, result.index))
        else:
            fit.append(result)
    return tuple(fit)


def _united(left_out: Iterable[LeftOut]) -> tuple[LeftOut, ...]:
    """Each reason once, for all of its queries."""
    found: dict[tuple[str, str], LeftOut] = {}
    for item in left_out:
        known = found.setdefault((item.subject, item.reason), item)
        queries = tuple(dict.fromkeys((*known.queries, *item.queries)))
        found[item.subject, item.reason] = replace(known, queries=queries)
    return tuple(found.values())


def _gaps(known: Mapping[str, tuple[Facts, ...]]) -> Iterator[LeftOut]:
    for name, statements in known.items():
        for statement in statements:
            if not statement.complete:
                yield LeftOut("a statement", f"not understood: {statement.gap}", (name,))


def _given(known: Mapping[str, tuple[Facts, ...]], schema: Schema) -> Iterator[Proposal]:
    for index in schema.given:
        queries = tuple(name for name, facts in known.items() if index.table in _tables(facts))
        yield Proposal(index, queries, "an index of the schema", len(index.keys))


def _tables(statements: tuple[Facts, ...]) -> set[TableName]:
    read = {source.table for facts in statements for block in facts.blocks for source in block.sources}
    return read | {write.table for facts in statements for write in facts.writes}


def _named(pool: Pool, schema: Schema) -> tuple[Candidate, ...]:
    members = [proposal for table in schema.tables for proposal in pool.of(table.name)]
    names = name_all((member.index for member in members), _taken(schema))
    return tuple(
        Candidate(replace(member.index, name=names[member.index]), member.queries, member.because)
        for member in members
    )


def _taken(schema: Schema) -> frozenset[str]:
    """Names that relations and keys of the schema have: an index can't have them again."""
    relations = {name.name for name in (*schema.views, *schema.materialized_views)}
    relations |= {table.name.name for table in schema.tables}
    keys = {key.name for table in schema.tables for key in table.keys}
    return frozenset(relations | keys | {index.name for index in schema.unique_indexes})


def _subject(index: Index) -> str:
    keys = ", ".join(key.expression for key in index.keys)
    return f"{index.method} ({keys}) on {index.table}"
