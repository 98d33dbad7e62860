"""Groups and their totals kept in a table of their own: what is asked for often is added up once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain

from optimizer.design.moves.offer import LeftOut, Offer, Use, left_out
from optimizer.design.tables.evidence import TableEvidence
from optimizer.design.tables.group_counts import count_groups
from optimizer.design.tables.grouped_reads import GroupedRead, grouped_reads
from optimizer.model.names import TableName
from optimizer.model.schema import Schema, Table, TableKind
from optimizer.model.tables import SummaryTable
from optimizer.queries.facts import WriteKind
from optimizer.queries.grains import Grain, finest, in_order, read_grain
from optimizer.queries.grouped import Grouped

LEAST_ROWS = 3
"""Rows of a group on average: with fewer of them a summary is nearly as large as its table."""

LONGEST_NAME = 50
"""Bytes of a summary's name, which its key's name is longer than."""

_KEYS = frozenset(
    {"int2", "int4", "int8", "numeric", "bool", "text", "varchar", "bpchar", "uuid", "enum"}
    | {"date", "timestamp", "timestamptz", "time"}
)
"""Types of which equal values are the same to the last bit."""


@dataclass(frozen=True)
class _Wanted:
    """The groups that a SELECT needs, and what it needs of them."""

    query_use: Use
    asked: Grouped
    grains: frozenset[Grain]


def summary_tables(evidence: TableEvidence) -> Iterator[Offer | LeftOut]:
    """A summary for each set of groups that some SELECT needs, with the totals of all that it can answer."""
    wanted: dict[TableName, list[_Wanted]] = {}
    for reads in grouped_reads(evidence):
        refused = []
        for read in reads:
            one = _wanted(read, evidence)
            if isinstance(one, LeftOut):
                refused.append(one)
            else:
                wanted.setdefault(read.table.name, []).append(one)
        if len(refused) == len(reads):
            yield from refused[:1]  # of the largest table
    for name, asked in wanted.items():
        for grains in dict.fromkeys(one.grains for one in asked):
            yield _offer(evidence, evidence.schema.by_name[name], grains, asked)


def _wanted(read: GroupedRead, evidence: TableEvidence) -> _Wanted | LeftOut:
    gain = Use(read.query, "asked for by")
    if isinstance(read.asked, str):
        return left_out(f"summary of {read.table.name}", read.asked, [gain])
    grains = finest({use.grain for use in read.asked.uses})
    reason = _obstacle(read.asked, grains) or _size(evidence, read.table, grains)
    if reason:
        return left_out(f"summary of {read.table.name} by {_words(grains, read.table)}", reason, [gain])
    return _Wanted(gain, read.asked, grains)


def _obstacle(asked: Grouped, grains: frozenset[Grain]) -> str:
    table = asked.table
    if table.kind is TableKind.PARTITIONED:
        return "it is partitioned, and what is written to a partition itself passes triggers by"
    if table.row_security:
        return f"row-level security decides which rows of {table.name} count"
    if not grains:
        return "all of its rows are one group, which every write would wait for"
    for column in (table.by_name[grain.column] for grain in in_order(grains, table)):
        kind = column.type
        loose = kind.base == "numeric" and kind.scale is None
        if kind.array or kind.base not in _KEYS or loose or column.collation not in (None, "C", "POSIX"):
            return f"equal values of {column.name} may look different"
        if column.name not in asked.present:
            return f"{column.name} may be null, and a null is no part of a key"
    return ""


def _size(evidence: TableEvidence, table: Table, grains: frozenset[Grain]) -> str:
    groups, rows = count_groups(evidence.dataset, table, grains), evidence.dataset.table(table.name).rows
    if groups is None:
        return "how many groups there are isn't known before the rows are loaded"
    if groups * LEAST_ROWS > rows:
        return f"{rows:,} rows make {groups:,} groups{_hint(grains, table)}"
    return ""


def _hint(grains: frozenset[Grain], table: Table) -> str:
    """What would help where whole times are asked for."""
    for column in (table.by_name[grain.column] for grain in in_order(grains, table) if not grain.unit):
        if column.type.base == "timestamp":
            return f": ranges of {column.name} that begin with a day would need fewer"
        if column.type.base == "timestamptz":
            return f": where a day of {column.name} begins depends on the session, without AT TIME ZONE"
    return ""


def _offer(
    evidence: TableEvidence, table: Table, grains: frozenset[Grain], asked: Sequence[_Wanted]
) -> Offer:
    served = [one for one in asked if _serves(grains, one)]
    structure = _structure(evidence.schema, table, grains, [one.asked for one in served])
    rows, groups = evidence.dataset.table(table.name).rows, count_groups(evidence.dataset, table, grains)
    return Offer(
        structure,
        tuple(one.query_use for one in served),
        tuple(_costs(evidence, structure)),
        note=f"{rows:,} rows in {groups:,} groups; writes of one group wait for each other",
    )


def _serves(grains: frozenset[Grain], one: _Wanted) -> bool:
    """True where groups by these grains tell all that is asked, and have all its rows."""
    every = all(any(grain.serves(other) for grain in grains) for other in one.grains)
    return every and all(grain.column in one.asked.present for grain in grains)


def _structure(
    schema: Schema, table: Table, grains: frozenset[Grain], asked: Sequence[Grouped]
) -> SummaryTable:
    ordered = sorted(in_order(grains, table), key=lambda grain: grain.unit is not None)  # ranges go last
    taken = set(table.by_name)
    groups = [(grain.name if grain.unit is None else _free(grain.name, taken), grain) for grain in ordered]
    taken |= {name for name, _ in groups}
    every = chain.from_iterable(one.totals for grouped in asked for one in grouped.aggregates)
    totals = [(_free(f"{of}_{function}", taken), function, of) for function, of in dict.fromkeys(every)]
    return SummaryTable(
        table.name,
        _table_name(schema, table, [name for name, _ in groups]),
        tuple((name, grain.expression) for name, grain in groups),
        tuple(totals),
        _free("row_count", taken),
    )


def _free(wanted: str, taken: set[str]) -> str:
    while wanted in taken:
        wanted += "_"
    return wanted


def _table_name(schema: Schema, table: Table, groups: Sequence[str]) -> TableName:
    """A name that no relation of the schema has; the groups' names give way to a hash where it gets long."""
    words = "_".join(groups)
    if len(f"{table.name.name}_by_{words}".encode()) > LONGEST_NAME:
        words = sha256(words.encode()).hexdigest()[:6]
    wanted = TableName(table.name.schema, f"{table.name.name}_by_{words}")
    while wanted in schema.relations:
        wanted = TableName(wanted.schema, wanted.name + "_")
    return wanted


def _words(grains: frozenset[Grain], table: Table) -> str:
    return ", ".join(grain.expression for grain in in_order(grains, table)) or "nothing"


def _costs(evidence: TableEvidence, structure: SummaryTable) -> Iterator[Use]:
    held = {read_grain(expression).column for _, expression in structure.groups}
    held |= {column for _, _, column in structure.totals}
    for query, write in evidence.writes():
        if write.table == structure.table:
            changes = write.kind is not WriteKind.UPDATE or held & set(write.columns)
            yield Use(query, "kept up by" if changes else "looked at after")
