"""Tables in chunks of time, made and loaded: the same rows, keys that hold, old chunks by columns."""

from __future__ import annotations

import pytest
from psycopg import errors

from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.model.hypertables import Columnstore
from optimizer.search.finals.row_difference import difference
from tests.engines.postgres.structures.scene import Scene, run
from tests.engines.timescale.scene import (
    DAY,
    HOUR,
    STORE,
    Readings,
    chunks,
    dropping,
    hypertable,
)

DAYS = 8
"""On which there are readings; each cuts a chunk of its own."""

BY_ORDER = Columnstore((), (("host_id", False), ("At", True)), 6 * HOUR)
CASES = {
    "days": (hypertable(), DAYS, 0),
    "all in one": (hypertable(365 * 2 * DAY), 1, 0),
    "space": (hypertable(space=("host_id", 2)), 2 * DAYS, 0),
    "columns": (hypertable(store=STORE), DAYS, 5),
    "columns in order": (hypertable(7 * DAY, store=BY_ORDER), 4, 3),
    "columns and space": (hypertable(2 * DAY, ("host_id", 2), STORE), 10, 6),
}
WRITES = (
    """INSERT INTO "My Plant"."Readings" VALUES
       ('2024-02-28 00:00:00.001+00', 1, 5, 5, 5.55, 'late'),
       ('2024-03-15 12:00+00', 2, NULL, NULL, NULL, NULL),
       ('2024-04-09 12:00+00', 3, 1, 1, 1, 'new'), ('2021-01-01 00:00+00', 4, 1, 1, 1, 'old')""",
    """UPDATE "My Plant"."Readings" SET load = load + 1, note = 'changed'
       WHERE "At" BETWEEN '2024-02-28 06:00+00' AND '2024-02-28 09:00+00'""",
    """UPDATE "My Plant"."Readings" SET pieces = 9 WHERE host_id = 3 AND load > 4""",
    """DELETE FROM "My Plant"."Readings" WHERE "At" >= '2024-02-29' AND "At" < '2024-02-29 03:00+00'""",
    """DELETE FROM "My Plant"."Readings" WHERE note IS NULL AND pieces = 2""",
    """INSERT INTO "My Plant"."Readings" SELECT "At" + INTERVAL '1 second', host_id, load
       FROM "My Plant"."Readings" WHERE "At" < '2024-02-28' ON CONFLICT DO NOTHING""",
    """INSERT INTO "My Plant"."Readings" SELECT "At", host_id, 99 FROM "My Plant"."Readings" WHERE pieces = 3
       ON CONFLICT (host_id, "At") DO UPDATE SET load = excluded.load""",
    "DELETE FROM hosts WHERE id = 5",
)
MOVING = """UPDATE "My Plant"."Readings" SET host_id = 1 WHERE host_id = 2"""
REFUSED = (
    (
        errors.UniqueViolation,
        """INSERT INTO "My Plant"."Readings" SELECT * FROM "My Plant"."Readings" ORDER BY "At" LIMIT 1""",
    ),
    (
        errors.UniqueViolation,
        """INSERT INTO "My Plant"."Readings"
           SELECT * FROM "My Plant"."Readings" ORDER BY "At" DESC LIMIT 1""",
    ),
    (errors.ForeignKeyViolation, """INSERT INTO "My Plant"."Readings" VALUES ('2024-02-28', 77)"""),
    (errors.CheckViolation, """INSERT INTO "My Plant"."Readings" VALUES ('2024-02-28', 6, 1, -100)"""),
    (errors.NotNullViolation, """INSERT INTO "My Plant"."Readings" VALUES (NULL, 6)"""),
)


def test_what_is_refused_is_refused_in_plain_tables(beside: Scene) -> None:
    """The writes that follow are fair."""
    plain = beside.made()
    _check_refusals(plain)
    with pytest.raises(errors.UniqueViolation):
        run(plain, MOVING)


@pytest.mark.parametrize("case", CASES)
def test_it_is_made_and_written(small: Readings, beside: Scene, case: str) -> None:
    structure, count, stored = CASES[case]
    with dropping(small.made(structure)) as made, dropping(beside.made()) as plain:
        physical = small.layout(structure).physical
        assert made.schema.tables == physical.tables
        assert (made.schema.given, made.schema.unique_indexes) == ((), physical.unique_indexes)
        found = chunks(made)
        assert (len(found), sum(by_columns for _, by_columns in found)) == (count, stored)
        assert [by_columns for _, by_columns in found] == [True] * stored + [False] * (count - stored)
        assert made.fingerprint_rows() == plain.fingerprint_rows()
        assert _differences(made, plain) == []
        _check_refusals(made)
        with pytest.raises(errors.CheckViolation if structure.space else errors.UniqueViolation):
            run(made, MOVING)
        for write in WRITES:
            run(made, write)
            run(plain, write)
            assert _differences(made, plain) == [], write
        _check_refusals(made)
        made.sweep()
        assert made.fingerprint_rows() == plain.fingerprint_rows()


def _check_refusals(database: PostgresDatabase) -> None:
    for kind, write in REFUSED:
        with pytest.raises(kind):
            run(database, write)


def _differences(made: PostgresDatabase, plain: PostgresDatabase) -> list[str]:
    """The tables that differ, read whole and counted by a condition on time."""
    return [
        text
        for table in plain.schema.tables
        if (text := difference(plain.rows(table.name), made.rows(table.name), table))
    ]
