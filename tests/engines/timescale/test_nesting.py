"""Which continuous aggregates are laid on top of which others."""

from __future__ import annotations

import pytest

from optimizer.engines.timescale.structures.nesting import nested
from optimizer.queries.tree import to_sql
from tests.engines.timescale.scene import HOUR, Readings

HEAD = "SELECT time_bucket('{}', {}.\"At\") AS bucket, {}"
TAIL = 'FROM "My Plant"."Readings" {}'


def _sql(width: str, items: str, more: str = "", alias: str = "r") -> str:
    """A SELECT by buckets and what `items` has before its first aggregate, which are its groups."""
    groups = [str(place + 1) for place in range(items.split("(")[0].count(",") + 1)]
    head, tail = HEAD.format(width, alias, items), TAIL.format(alias)
    return f"{head} {tail} {more} GROUP BY {', '.join(groups)}"


FINE = _sql("1 hour", "r.host_id, COUNT(*)")


def _sources(
    of: Readings, *texts: str, stalenesses: tuple[float, ...] = (HOUR / 2, HOUR)
) -> list[str | None]:
    """What each is laid on top of."""
    kept = [
        of.aggregate(text, f"Kept {n}", staleness_s=staleness)
        for n, (text, staleness) in enumerate(zip(texts, stalenesses, strict=True))
    ]
    made = nested(kept, of.schema)
    sources = [made[one].source for one in kept]
    return [None if source is None else source.name.name for source in sources]


@pytest.mark.parametrize(
    "coarse",
    [
        _sql("1 day", "r.host_id, COUNT(*)"),
        _sql("3 hours", "COUNT(*)"),
        _sql("1 day", "x.host_id, AVG(x.pieces)", alias="x"),
    ],
)
def test_buckets_that_nest(small: Readings, coarse: str) -> None:
    assert _sources(small, FINE, coarse) == [None, "Kept 0"]


@pytest.mark.parametrize(
    ("fine", "coarse", "stalenesses"),
    [
        (FINE, _sql("90 minutes", "r.host_id, COUNT(*)"), (HOUR / 2, HOUR)),
        (_sql("1 hour", "COUNT(*)"), _sql("1 day", "r.host_id, COUNT(*)"), (HOUR / 2, HOUR)),
        (FINE, _sql("1 day", "r.host_id, COUNT(*)", "WHERE r.load > 1"), (HOUR / 2, HOUR)),
        (FINE, _sql("1 day", "r.host_id, COUNT(DISTINCT r.note)"), (HOUR / 2, HOUR)),
        (FINE, _sql("1 day", "r.host_id, COUNT(*)"), (HOUR, HOUR)),
    ],
    ids=["they don't nest", "another group", "other rows", "no parts", "too old already"],
)
def test_what_reads_the_rows_itself(
    small: Readings, fine: str, coarse: str, stalenesses: tuple[float, float]
) -> None:
    assert _sources(small, fine, coarse, stalenesses=stalenesses) == [None, None]


def test_the_longest_buckets_lie_beneath(small: Readings) -> None:
    texts = [_sql(width, "COUNT(*)") for width in ("1 hour", "6 hours", "1 day")]
    assert _sources(small, *texts, stalenesses=(1.0, 10.0, 100.0)) == [None, "Kept 0", "Kept 1"]


def test_parts_are_kept_once_and_all_the_way_down(small: Readings) -> None:
    texts = [
        _sql("1 hour", "COUNT(*)"),
        _sql("6 hours", "COUNT(*)"),
        _sql("1 day", "AVG(r.load), AVG(r.load)"),
    ]
    kept = [small.aggregate(text, f"Kept {n}", staleness_s=10.0**n) for n, text in enumerate(texts)]
    made = nested(kept, small.schema)
    assert made[kept[0]].sql.count("SUM(r.load)") == made[kept[1]].sql.count("SUM(r.load)") == 1
    assert "SUM(v.load_sum)" in to_sql(made[kept[1]].query)


def test_parts_are_of_the_table_as_it_is_called_there(small: Readings) -> None:
    kept = [small.aggregate(FINE, "Fine", staleness_s=1.0)]
    kept.append(small.aggregate(_sql("1 day", "x.host_id, AVG(x.load)", alias="x"), "Coarse"))
    assert "SUM(r.load) AS load_sum" in nested(kept, small.schema)[kept[0]].sql
