"""A table that is only ever appended to as a time series: its rows are packed by series and time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from optimizer.design.moves.evidence import Evidence
from optimizer.design.moves.offer import LeftOut, Offer, Use, left_out
from optimizer.design.moves.sources import POINTS
from optimizer.model.documents import TimeSeries
from optimizer.model.schema import Table
from optimizer.queries.facts import Block, Operator, WriteKind

_TIMES = frozenset({"timestamp", "timestamptz"})


def time_series(evidence: Evidence) -> Iterator[Offer | LeftOut]:
    """A time series for each table that is appended to or read by spans of time, and never changed."""
    for table in evidence.schema.tables:
        by_time = _by_time(evidence, table)
        if not by_time or not _is_log(evidence, table):
            continue
        time = max(by_time, key=lambda name: sum(use.query.share for use in by_time[name]))
        gains = tuple(by_time[time])
        reason = _obstacle(evidence, table)
        if reason:
            yield left_out(f"{table.name} as a time series", reason, gains)
        else:
            structure = TimeSeries(table.name, time, _meta(evidence, table, time))
            yield Offer(structure, gains, note="the server keeps no NOT NULL in a time series")


def _by_time(evidence: Evidence, table: Table) -> dict[str, list[Use]]:
    """The queries that ask for a range or an order of each time column."""
    found: dict[str, list[Use]] = {}
    for statement in evidence.statements:
        for block in statement.facts.blocks:
            for name in _time_columns(block, table):
                found.setdefault(name, []).append(Use(statement.query, f"read by {name} in"))
    return found


def _time_columns(block: Block, table: Table) -> Iterator[str]:
    own = {source.alias for source in block.sources if source.table == table.name}
    terms = [p.term for p in block.predicates if p.operator is Operator.RANGE]
    terms += [item.term for item in block.order]
    for term in dict.fromkeys(terms):
        column = table.by_name.get(term.column or "")
        if term.alias in own and column and column.not_null and column.type.base in _TIMES:
            yield column.name


def _is_log(evidence: Evidence, table: Table) -> bool:
    """True where rows are only added, or none are and some query asks for a span of time."""
    writes = [write for _, write in evidence.writes() if write.table == table.name]
    return bool(writes or _spans(evidence, table)) and all(w.kind is WriteKind.INSERT for w in writes)


def _spans(evidence: Evidence, table: Table) -> bool:
    blocks = (block for statement in evidence.statements for block in statement.facts.blocks)
    return any(list(_time_columns(replace(block, order=()), table)) for block in blocks)


def _obstacle(evidence: Evidence, table: Table) -> str:
    """What a time series can't keep: it has no unique index and no validator, and is in no transaction."""
    for relation in evidence.referring(table.name):
        return f"{relation.child.name} refers to it, and its keys can't be kept"
    lost = [key.name for key in table.keys] + [check.name for check in table.checks]
    for query, write in evidence.writes():
        if write.table == table.name and len(query.statements) > 1:
            return f"{query.name} writes it in a transaction, and a time series can't be in one"
        if write.table == table.name:  # its parent is looked for in a transaction
            lost += [key.name for key in table.foreign_keys if key.name not in lost]
    kept = [name for name in lost if not evidence.is_relaxed(table, name)]
    return f"it can't keep {', '.join(kept)}: name them under `relax` to give them up" if kept else ""


def _meta(evidence: Evidence, table: Table, time: str) -> tuple[str, ...]:
    """The columns that name a series: those that are compared for equality, and those of foreign keys."""
    named = {column for key in table.foreign_keys for column in key.columns}
    for statement in evidence.statements:
        for block in statement.facts.blocks:
            own = {source.alias for source in block.sources if source.table == table.name}
            certain = [p for p in block.predicates if p.term.alias in own and not p.optional]
            named |= {p.term.column for p in certain if p.term.column and p.operator in POINTS}
    unique = {column for key in table.keys for column in key.columns if len(key.columns) == 1}
    return tuple(c.name for c in table.columns if c.name in named - unique - {time})
