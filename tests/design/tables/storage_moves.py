"""What a move offers for statements over some tables and their rows: no server is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import polars as pl

from optimizer.design.moves.offer import LeftOut, Offer
from optimizer.design.tables.evidence import TableEvidence, evidence
from optimizer.model.schema import Schema
from tests.conftest import WriteDataset
from tests.design.documents.made_up import workload

Move = Callable[[TableEvidence], Iterator[Offer | LeftOut]]


def offered(
    move: Move,
    schema: Schema,
    dataset: WriteDataset,
    rows: Mapping[str, pl.DataFrame],
    queries: Mapping[str, str],
    **weights: float,
) -> tuple[list[Offer], dict[str, str]]:
    """What the move offers, and what it left out, with its reason; tables that aren't given have no rows."""
    empty = {one.name.name: pl.DataFrame({"id": []}) for one in schema.tables}
    known = evidence(workload(queries, weights=weights), schema, dataset({**empty, **rows}))
    found = list(move(known))
    return (
        [item for item in found if isinstance(item, Offer)],
        {item.subject: item.reason for item in found if isinstance(item, LeftOut)},
    )
