"""Bindings: parameter values for a query, from the data that was really generated.

A binding takes one row of each table, so that its parameters fit each other, and takes rows as they come, so
that hot keys are asked for as often as they occur.
"""

from __future__ import annotations

from optimizer.dataset.bindings.drawer import Drawer
from optimizer.dataset.bindings.special import special_bindings
from optimizer.dataset.dataset import Dataset
from optimizer.model.query import Binding, Query
from optimizer.model.schema import Schema
from optimizer.model.workload import Workload


def draw(
    query: Query, schema: Schema, dataset: Dataset, workload: Workload, count: int, seed: int
) -> tuple[Binding, ...]:
    """`count` bindings, the same ones for the same arguments; frequent values come as often as they occur.

    A query without parameters, in a session without settings, has one.
    """
    drawer = Drawer(query, schema, dataset, workload, seed)
    if not drawer.rules and not drawer.settings:
        return (Binding(()),)
    random = drawer.random("drawn")
    return drawer.bindings(drawer.draw_frames(count, random), count, random)


def special(
    query: Query, schema: Schema, dataset: Dataset, workload: Workload, seed: int
) -> tuple[Binding, ...]:
    """The labelled bindings that answers are compared with: hot, cold, missing, null, first and last.

    Only those that the query's parameters allow; none for a query without parameters.
    """
    drawer = Drawer(query, schema, dataset, workload, seed)
    return tuple(special_bindings(drawer)) if drawer.rules else ()
