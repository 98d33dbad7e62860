"""Counts, sums, minima and maxima of a parent's children, kept in the parent by triggers of the child.

The triggers run once a statement and go through its parents in the order of their keys, so that two
statements wait for each other instead of locking each other out. Counts and sums change by differences, under
the lock that the update takes. A minimum that goes can only be told anew from the rows: every write locks its
parent first, so that what another transaction is about to commit is seen.

A parent that changes its key takes over the children that there are under the new one: those that come by
ON UPDATE CASCADE are counted when they come.
"""

from __future__ import annotations

from functools import partial

from optimizer.engines.postgres.structures.columns import added, taken_away, with_columns
from optimizer.engines.postgres.structures.counting.count import Count
from optimizer.engines.postgres.structures.counting.extreme import Extreme
from optimizer.engines.postgres.structures.counting.kept import Kept
from optimizer.engines.postgres.structures.counting.sum import Sum
from optimizer.engines.postgres.structures.own_triggers import fired_by_updates
from optimizer.engines.postgres.structures.realisation import Realisation
from optimizer.engines.postgres.structures.triggers import (
    EVENTS,
    dropped,
    function,
    statement_trigger,
    trigger,
)
from optimizer.model.denormalisation import Computed
from optimizer.model.schema import Schema

_KINDS: dict[str, type[Kept]] = {"count": Count, "sum": Sum, "min": Extreme, "max": Extreme}


def totals(structure: Computed, schema: Schema) -> Realisation:
    """See Realisation."""
    kept = _KINDS[structure.function](structure, schema)
    parent, child = kept.parent.name, kept.child.name
    triggers = {event: f"{event.lower()}_{kept.word}" for event in EVENTS}
    by_key = f"key_{kept.word}"
    return Realisation(
        schema=with_columns(schema, parent, kept.columns),
        obstacle=partial(fired_by_updates, parent, "a total"),
        define=(
            *(added(parent, c, "NOT NULL DEFAULT 0" if c.not_null else "") for c in kept.columns),
            function(kept.keeper, kept.body, kept.declared),
            *(statement_trigger(triggers[event], event, child, kept.keeper) for event in EVENTS),
            function(kept.rekeyer, kept.taken_over, stable=parent == child),
            trigger(by_key, "BEFORE UPDATE", parent, kept.rekeyer, kept.is_rekeyed),
        ),
        fill=(kept.fill,),
        refilled=frozenset({parent}),
        disagreements=(kept.disagreements,),
        undo=(
            *dropped([by_key], parent, kept.rekeyer),
            *dropped(triggers.values(), child, kept.keeper),
            *(taken_away(parent, column.name) for column in kept.columns),
        ),
        triggered={child: frozenset({parent})},
    )
