"""A design whose structures don't hold under concurrent writes loses, with the reason."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.engines.base import Database
from optimizer.model.design import Design
from optimizer.model.names import TableName
from optimizer.model.tables import MaterializedView
from optimizer.search.finals.agreement import agree_inside
from optimizer.search.finals.champion import find_champion
from tests.search.final import COPY, Final, execute, final

__all__ = ["final"]

WITHOUT_TRIGGER = "DROP TRIGGER authors_to_posts_author ON authors"
IN_ANY_ORDER = """
CREATE FUNCTION authors_in_any_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF random() < 0.5 THEN
    UPDATE public.authors SET posts = posts + 1 WHERE id = 1;
    PERFORM pg_sleep(0.02);
    UPDATE public.authors SET posts = posts + 1 WHERE id = 2;
  ELSE
    UPDATE public.authors SET posts = posts + 1 WHERE id = 2;
    PERFORM pg_sleep(0.02);
    UPDATE public.authors SET posts = posts + 1 WHERE id = 1;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER authors_in_any_order AFTER INSERT ON posts
FOR EACH ROW EXECUTE FUNCTION authors_in_any_order();
"""


def test_structures_that_hold_have_no_faults(final: Final) -> None:
    finalist = final.built("right", COPY)
    assert final.faults(finalist) == ()
    rows = finalist.database.rows(TableName("public", "posts"))
    assert rows.height > 400, "the writes were committed"


def test_what_is_not_kept_is_told(final: Final) -> None:
    found = final.faults(final.built("wrong", COPY, fault=WITHOUT_TRIGGER))
    assert found[0].startswith(COPY.definition)
    assert "instead of" in found[0]


def test_deadlocks_are_told(final: Final) -> None:
    found = final.faults(final.built("slow", COPY, fault=IN_ANY_ORDER))
    assert any("concurrent writes ended in a deadlock" in line for line in found)


@pytest.mark.parametrize(("staleness_s", "late"), [(0.0, True), (3600.0, False)])
def test_a_refresh_that_takes_too_long_is_told(final: Final, staleness_s: float, late: bool) -> None:
    sql = "SELECT author_id, count(*) AS posts FROM posts GROUP BY author_id"
    view = MaterializedView(
        TableName("public", "posts"), TableName("public", "by_author"), sql, ("author_id",), staleness_s
    )
    found = final.faults(final.built("stale", view))
    assert [line.partition(": ")[2].partition(" takes")[0] for line in found] == (
        ["a refresh of by_author"] if late else []
    )


def test_without_structures_nothing_is_run(final: Final) -> None:
    finalist = final.built("plain")
    assert final.faults(finalist) == ()
    assert finalist.database.rows(TableName("public", "posts")).height == 400


def test_the_next_design_wins_where_the_best_one_has_faults(
    final: Final, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = final.stage.server.create

    def faulty(*arguments: Any) -> Database:
        database = made(*arguments)
        if database.schema.by_name[COPY.table].by_name.get("author_name"):
            execute(database, WITHOUT_TRIGGER)
        return database

    monkeypatch.setattr(final.stage.server, "create", faulty)
    baseline = final.built("baseline")
    shortlist = [Design(structures=frozenset({COPY})), Design()]
    champion = find_champion(final.stage, [baseline], shortlist, final.inputs.sets, 1)
    assert champion.design == Design()


def test_the_rows_of_the_winner_are_looked_at_once_more(final: Final) -> None:
    broken = final.built("other", COPY)
    execute(broken.database, "ALTER TABLE posts DISABLE TRIGGER USER; UPDATE posts SET author_name = 'wrong'")
    result = agree_inside([final.built("fine", COPY), final.built("plain"), broken])
    assert (result.compared, result.wrong) == (2, {"other"})
