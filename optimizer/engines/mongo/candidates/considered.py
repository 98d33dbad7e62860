"""All candidates for a workload on the documents of a layout, and all that was considered and left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from optimizer.design.documents.layout import Layout
from optimizer.design.indexes.access import Access, accesses
from optimizer.design.indexes.pool import Pool, settle
from optimizer.design.indexes.proposal import LeftOut, Proposal
from optimizer.design.indexes.redundant import why_redundant
from optimizer.design.indexes.sharing import aligned, merged, shortened
from optimizer.engines.mongo.candidates.blocks import BlockReader
from optimizer.engines.mongo.candidates.btree import btrees
from optimizer.engines.mongo.candidates.counters import counter_indexes
from optimizer.engines.mongo.candidates.foreign_keys import foreign_key_indexes
from optimizer.engines.mongo.candidates.given import given
from optimizer.engines.mongo.candidates.limits import within_limit
from optimizer.engines.mongo.candidates.retention import expiring, with_expiry
from optimizer.engines.mongo.candidates.spheres import spheres
from optimizer.engines.mongo.candidates.tables import Collections
from optimizer.engines.mongo.candidates.texts import texts
from optimizer.engines.mongo.candidates.wildcards import wildcards
from optimizer.engines.mongo.indexes import TEXT, name_all, path_key
from optimizer.model.design import Candidate
from optimizer.model.index import Index
from optimizer.model.names import TableName
from optimizer.model.schema import Schema
from optimizer.model.workload import Workload
from optimizer.queries.extract import facts
from optimizer.queries.facts import Facts
from optimizer.queries.row_security import compared_columns

GIVEN = "an index of the schema"
_RULES = (btrees, wildcards, spheres)
_HASHED = (
    "hashed indexes",
    "they answer equality only, which an ordered index on the same field does as fast: they are for sharding",
)
_Known = Mapping[str, tuple[Facts, ...]]
_LeftOut = tuple[tuple[str, str], ...]


def considered(workload: Workload, schema: Schema, layout: Layout) -> tuple[tuple[Candidate, ...], _LeftOut]:
    """The indexes worth measuring, by collection in the schema's order, and what was left out and why.

    The user's own are among them, as far as MongoDB can have them.
    """
    known = {q.name: tuple(facts(s.text, schema) for s in q.statements) for q in workload.queries}
    collections = Collections(layout)
    left_out: list[LeftOut] = list(_gaps(known))
    own, missing = given(schema, layout)
    pool = _pool(workload, known, collections, own, left_out)
    every = tuple(_with_queries(one, known, collections) for one in _flat(pool))
    kept, beyond = within_limit(every, collections.keys, {q.name: q.share for q in workload.queries})
    reasons = [(one.subject, one.reason) for one in (*left_out, *beyond)]
    return _named(kept, collections), tuple(dict.fromkeys((*missing, *reasons, _HASHED)))


def needed(candidates: Iterable[Candidate]) -> tuple[Index, ...]:
    """Those without which a statement can't run at all: `$text` fails without its collection's text index.

    A collection has one at most, the user's own where there is one.
    """
    return tuple(one.index for one in candidates if one.index.method == TEXT)


def _pool(
    workload: Workload,
    known: _Known,
    collections: Collections,
    own: tuple[Index, ...],
    left_out: list[LeftOut],
) -> Pool:
    expiring_ones = tuple(expiring(workload, collections))
    expiries = {
        (one.index.table, one.index.keys[0].expression): one.index
        for one in expiring_ones
        if isinstance(one, Proposal)
    }
    proposed = (
        *expiring_ones,
        *_proposed(workload, known, collections),
        *texts(known, collections),
        *counter_indexes(collections, known),
        *foreign_key_indexes(collections, known),
    )
    fit = [with_expiry(one, expiries) for one in _fit(proposed, collections, left_out)]
    pool = settle(_one_text(fit, own), (with_expiry(one, expiries) for one in _given(own)))
    for more in (aligned, merged, shortened):
        for proposal in _fit(tuple(more(pool)), collections, left_out):
            pool.add(with_expiry(proposal, expiries))
    return pool


def _proposed(workload: Workload, known: _Known, collections: Collections) -> Iterator[Proposal | LeftOut]:
    schema = collections.layout.schema
    secured = {t.name: compared_columns(t, schema, workload.session) for t in schema.tables}
    reader = BlockReader(collections, secured)
    for name, statements in known.items():
        for statement in statements:
            on_documents = reader.facts(statement)
            for access in accesses(name, on_documents, collections.schema, lambda _: ()):
                yield from _by_rules(access, collections)


def _by_rules(access: Access, collections: Collections) -> Iterator[Proposal | LeftOut]:
    for rule in _RULES:
        yield from rule(access, collections)


def _fit(
    results: Iterable[Proposal | LeftOut], collections: Collections, left_out: list[LeftOut]
) -> tuple[Proposal, ...]:
    """The proposals that no key makes superfluous; the others go to `left_out`."""
    fit = []
    for result in results:
        if isinstance(result, LeftOut):
            left_out.append(result)
        elif reason := why_redundant(result.index, collections.keys[result.index.table]):
            keys = ", ".join(key.expression for key in result.index.keys)
            left_out.append(
                LeftOut(f"({keys}) on {result.index.table}", reason, result.queries, result.index)
            )
        else:
            fit.append(result)
    return tuple(fit)


def _one_text(proposals: Iterable[Proposal], own: tuple[Index, ...]) -> list[Proposal]:
    """The proposals without other text indexes where the user's own is one: a collection has one only."""
    taken = {index.table for index in own if index.method == TEXT}
    return [
        one
        for one in proposals
        if one.index.method != TEXT or one.index.table not in taken or one.index in own
    ]


def _given(own: tuple[Index, ...]) -> Iterator[Proposal]:
    """The user's own, for no query yet: those that they serve join them, and nothing is made to fit them."""
    return (Proposal(index, (), GIVEN) for index in own)


def _with_queries(proposal: Proposal, known: _Known, collections: Collections) -> Proposal:
    """One of the user's own that serves no query is for all those that touch its collection."""
    if proposal.because != GIVEN or proposal.queries:
        return proposal
    table = proposal.index.table
    return replace(proposal, queries=tuple(n for n, s in known.items() if table in _owners(s, collections)))


def _owners(statements: tuple[Facts, ...], collections: Collections) -> set[TableName]:
    read = {source.table for facts in statements for block in facts.blocks for source in block.sources}
    tables = read | {write.table for facts in statements for write in facts.writes}
    return {collections.owner(table) for table in tables}


def _gaps(known: _Known) -> Iterator[LeftOut]:
    for name, statements in known.items():
        for statement in statements:
            if not statement.complete:
                yield LeftOut(f"{name}: a statement", f"not understood: {statement.gap}", (name,))


def _flat(pool: Pool) -> tuple[Proposal, ...]:
    """Each index once, what it includes as keys at the end."""
    found: dict[Index, Proposal] = {}
    for proposal in pool:
        index = proposal.index
        keys = (*index.keys, *map(path_key, index.include))
        flat = replace(index, keys=keys, include=())
        known = found.setdefault(flat, replace(proposal, index=flat))
        queries = tuple(dict.fromkeys((*known.queries, *proposal.queries)))
        found[flat] = replace(known, queries=queries)
    return tuple(found.values())


def _named(kept: tuple[Proposal, ...], collections: Collections) -> tuple[Candidate, ...]:
    tables = [table.name for table in collections.layout.collections]
    members = sorted(kept, key=lambda proposal: tables.index(proposal.index.table))
    taken = {index.name for indexes in collections.keys.values() for index in indexes}
    names = name_all((member.index for member in members), taken)
    return tuple(
        Candidate(replace(one.index, name=names[one.index]), one.queries, one.because) for one in members
    )
