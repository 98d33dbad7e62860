"""What loading does on hypertables: triggers stay quiet, old chunks get smaller, statistics reach chunks."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from optimizer.dataset.dataset import Dataset
from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.model.measurement import Status
from tests.engines.postgres.structures.scene import run
from tests.engines.timescale.scene import (
    READINGS,
    STORE,
    Readings,
    chunks,
    dropping,
    hypertable,
    reading_rows,
    values,
)
from tests.queries_by_hand import bind, query

TRIGGERS = """
CREATE TABLE seen (of text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO seen VALUES (TG_NAME); RETURN NEW; END $$;
CREATE TRIGGER "Before it" BEFORE INSERT ON "My Plant"."Readings" FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER "all" AFTER INSERT ON "My Plant"."Readings" FOR EACH STATEMENT EXECUTE FUNCTION note();
CREATE TRIGGER changed AFTER UPDATE ON "My Plant"."Readings" FOR EACH ROW WHEN (NEW.load > 9)
  EXECUTE FUNCTION note();
CREATE TRIGGER elsewhere AFTER INSERT ON hosts FOR EACH ROW EXECUTE FUNCTION note();
"""
INSERT = """INSERT INTO "My Plant"."Readings" VALUES ('{}', 1, 5), ('{}', 2, 5)"""


def test_triggers_are_there_after_the_load_and_have_not_fired(small: Readings) -> None:
    with dropping(replace(small, ddl=small.ddl + TRIGGERS).made(hypertable(store=STORE))) as made:
        seen = "SELECT of FROM seen ORDER BY 1"
        assert values(made, seen) == []
        for day in ("2024-02-28", "2024-03-31", "2025-01-01"):
            run(made, "DELETE FROM seen", INSERT.format(f"{day} 00:00:01+00", f"{day} 00:00:02+00"))
            assert values(made, seen) == ["Before it", "Before it", "all"]
        run(made, "DELETE FROM seen", 'UPDATE "My Plant"."Readings" SET load = pieces')
        rows = values(made, 'SELECT count(*) FROM "My Plant"."Readings" WHERE pieces > 9')
        assert values(made, seen) == []
        assert rows == [0]
        run(made, 'UPDATE "My Plant"."Readings" SET load = 10 WHERE host_id = 1')
        rows = values(made, 'SELECT count(*) FROM "My Plant"."Readings" WHERE host_id = 1')
        assert values(made, "SELECT count(*) FROM seen WHERE of = 'changed'") == rows
        run(made, "INSERT INTO hosts VALUES (77, 'x')")
        assert values(made, "SELECT count(*) FROM seen WHERE of = 'elsewhere'") == [1]


def test_no_statement_runs_by_a_plan_that_is_out_of_date(small: Readings) -> None:
    """A chunk that was all columns gets rows of its own, by another connection."""
    counted = query("counted", 'SELECT count(*) FROM "My Plant"."Readings"')
    with dropping(small.made(hypertable(store=STORE))) as made, closing(made.session()) as session:
        for n in range(4):
            steps = session._prepared(counted).steps
            session._connection.plan_anew(steps)
            result = session._connection.run(steps[0].name, [])
            assert result.get_value(0, 0) == str(671 + 2 * n).encode()
            assert session.answer(counted, bind()).rows == ((671 + 2 * n,),)
            assert session.time(counted, bind()).status is Status.OK
            run(made, INSERT.format(*(f"2024-02-{27 + n % 2} 23:59:{n}{part}+00" for part in (0, 5))))


def _expected(database: PostgresDatabase) -> float:
    """How many readings the planner expects; of columns a thousand for each batch."""
    [document] = values(database, 'EXPLAIN (FORMAT JSON) SELECT * FROM "My Plant"."Readings"')
    scans = document[0]["Plan"]["Plans"]
    return sum(
        600 * scan["Plans"][0]["Plan Rows"] if "Plans" in scan else scan["Plan Rows"] for scan in scans
    )


@pytest.fixture
def many(small: Readings, dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Readings:
    """The readings of ten days, one each half minute."""
    file = tmp_path_factory.mktemp("many") / "readings.parquet"
    times = [datetime(2024, 1, 1) + timedelta(minutes=2 * n) for n in range(5 * 24 * 30)]
    rows = reading_rows(times)
    rows.write_parquet(file)
    tables = tuple(
        replace(one, rows=rows.height, files=(file,)) if one.name == READINGS else one
        for one in dataset.tables
    )
    return replace(small, dataset=Dataset("many", tables))


def test_old_chunks_by_columns_are_smaller_and_have_statistics(many: Readings) -> None:
    rows = many.dataset.tables[1].rows
    found = {}
    for store in (None, STORE):
        with dropping(many.made(hypertable(store=store))) as made:
            found[store] = made.bytes()
            assert [by_columns for _, by_columns in chunks(made)] == [store is not None] * 2 + [False] * 3
            # TimescaleDB's own figure has the key's index, and so has ours
            [own] = values(made, 'SELECT hypertable_size(\'"My Plant"."Readings"\')')
            assert 0.9 < made.bytes() / own < 1.3
            assert abs(_expected(made) / rows - 1) < 0.5
            run(made, *['DELETE FROM "My Plant"."Readings" WHERE "At" >= \'2024-01-05\''])
            made.sweep()
            assert abs(_expected(made) / (rows * 4 / 5) - 1) < 0.5
    assert found[STORE] < 0.8 * found[None]
