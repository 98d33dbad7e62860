"""Picks parents that share values with their rows: the same tenant, the same order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from generators.generator import Floats, Ints
from optimizer.dataset.making.groups import COUNT, START, Groups
from optimizer.dataset.planning.recipes import Within

_MIXER = 0x9E3779B1  # 2^32 over the golden ratio: spreads consecutive numbers


@dataclass(frozen=True)
class Picked:
    """Row numbers of parents, null for none; `lacking` names values for which no parent could be had."""

    parents: pl.Series
    lacking: str | None = None


def pick_within(
    groups: Groups,
    own: pl.DataFrame,
    choice: Within,
    lots: Floats,
    ordinals: pl.Series | None,
    total: int,
) -> Picked:
    """A parent for each row of `own`, whose columns are named as the parent's.

    `lots` are two rows of numbers in [0, 1); `ordinals` number the rows that must have different parents;
    `total` are all rows of the parent's table.
    """
    found = groups.find(own)
    counts = found[COUNT].fill_null(0).to_numpy()
    starts = found[START].fill_null(0).to_numpy()
    places = _places(starts, counts, lots[0], ordinals)
    present = np.ones(own.height, dtype=bool)
    for column in own:
        present &= column.is_not_null().to_numpy()
    lacking = present & (counts == 0 if ordinals is None else counts <= ordinals.to_numpy())
    parents = np.full(own.height, -1, dtype=np.int64)
    hit = present & ~lacking
    parents[hit] = groups.members.gather(places[hit]).to_numpy()
    named = None
    if not choice.may_lack and lacking.any():
        if choice.strict or ordinals is not None:
            named = ", ".join(str(value) for value in own.row(int(np.argmax(lacking))))
        parents[lacking] = (lots[0][lacking] * total).astype(np.int64)
    parents[lots[1] < choice.nulls] = -1
    series = pl.Series(parents)
    return Picked(series.set(series < 0, None), named)


def _places(starts: Ints, counts: Ints, lots: Floats, ordinals: pl.Series | None) -> Ints:
    """Places in the members: earlier ones of a group more often, or each once in turn."""
    sizes = np.maximum(counts, 1)
    if ordinals is None:
        return starts + (lots * lots * sizes).astype(np.int64)
    turned: Ints = starts + (starts * _MIXER + ordinals.to_numpy()) % sizes
    return turned
