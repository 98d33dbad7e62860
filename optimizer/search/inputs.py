"""What the rooms before have made ready for one engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from optimizer.dataset.dataset import Dataset
from optimizer.model.design import Design
from optimizer.model.query import Binding
from optimizer.model.schema import Schema
from optimizer.model.workload import Workload
from optimizer.search.finals.bindings import Sets


@dataclass(frozen=True, slots=True)
class Inputs:
    """A checked workload with its schema, rows and values.

    `searched` are the bindings for the search, `sets` those for the finals; `folder` is the run's.

    `sample` is the same with fewer rows, to try structures on; None: there are few enough.
    """

    workload: Workload
    schema: Schema
    dataset: Dataset
    contenders: Sequence[tuple[str, Design]]
    searched: Mapping[str, Sequence[Binding]]
    sets: Sets
    folder: Path
    sample: Inputs | None = None
