"""The structures of tables worth measuring for a workload."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from optimizer.dataset.dataset import Dataset
from optimizer.design.moves.offer import LeftOut, Offer
from optimizer.design.moves.ranking import ranked
from optimizer.design.tables.evidence import TableEvidence, evidence
from optimizer.design.tables.moves.column_order import column_orders
from optimizer.design.tables.moves.computed import totals_in_parents
from optimizer.design.tables.moves.copied_columns import copied_columns
from optimizer.design.tables.moves.fillfactor import fillfactors
from optimizer.design.tables.moves.generated_column import generated_columns
from optimizer.design.tables.moves.materialized_view import materialized_views
from optimizer.design.tables.moves.partition import partitioned
from optimizer.design.tables.moves.summary_table import summary_tables
from optimizer.design.tables.moves.toast import toasts
from optimizer.model.schema import Schema
from optimizer.model.structure import StructureCandidate
from optimizer.model.workload import Workload

MOVES: tuple[Callable[[TableEvidence], Iterator[Offer | LeftOut]], ...] = (
    copied_columns,
    totals_in_parents,
    partitioned,
    generated_columns,
    fillfactors,
    column_orders,
    toasts,
    summary_tables,
    materialized_views,
)


def proposals(
    workload: Workload, schema: Schema, dataset: Dataset
) -> tuple[tuple[StructureCandidate, ...], tuple[tuple[str, str], ...]]:
    """The structures in the order in which they are tried, and what was left out: what it is, and why."""
    known = evidence(workload, schema, dataset)
    return ranked(item for move in MOVES for item in move(known))
