"""Children that totals in their parent answer for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from sqlglot import exp

from optimizer.engines.postgres.rewriting.totalling.derived import read_derived
from optimizer.engines.postgres.rewriting.totalling.family import family
from optimizer.engines.postgres.rewriting.totalling.grouped import read_grouped
from optimizer.engines.postgres.rewriting.totalling.subqueries import read_subqueries
from optimizer.engines.postgres.rewriting.totalling.whole import read_whole
from optimizer.model.denormalisation import Computed
from optimizer.model.schema import Schema


def read_totals(query: exp.Query, structures: Sequence[Computed], schema: Schema) -> bool:
    """Read the totals instead of the children, wherever they answer all that is asked of them.

    A total is over all children of a parent: nothing but the key may be compared. Where row-level security
    hides children, it is over others than the statement's. Children without a parent are in none, which is
    why the key has to hold at every moment.
    """
    changed = False
    ordered = sorted(structures, key=lambda structure: (structure.family, structure.label))
    for _, group in groupby(ordered, key=lambda structure: structure.family):
        kept = family(list(group), schema)
        certain = kept.key.validated and not kept.key.deferrable
        if certain and not kept.child.row_security:
            for read in (read_subqueries, read_derived, read_grouped, read_whole):
                changed = read(query, kept, schema) or changed
    return changed
