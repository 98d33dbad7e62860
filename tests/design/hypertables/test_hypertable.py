"""Hypertables are proposed for what is read and written by time, and what stands in the way is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.design.hypertables.moves.hypertable import hypertables
from optimizer.design.hypertables.moves.space import spaces
from optimizer.model.hypertables import Hypertable
from optimizer.model.query import ParameterSpec
from optimizer.model.schema import Key, Schema, Table, TableKind
from tests.design.hypertables.made_up import (
    ADD,
    ALL,
    LATEST,
    PLAIN,
    READINGS,
    SCHEMA,
    SENSORS,
    SPAN,
    WEEK,
    Queries,
    known,
    offered,
    rows,
)
from tests.queries.schemas import table

HOUR = 3_600
NEW = {name: ParameterSpec("new", f"readings.{name}") for name in ("at", "l", "d")}


def _lengths(folder: Path, queries: Queries, **more: object) -> list[float]:
    found, _ = offered(hypertables, known(rows(folder), queries, **more))
    return [one.structure.chunk_s / HOUR for one in found if isinstance(one.structure, Hypertable)]


def _reason(
    folder: Path, schema: Schema, queries: Queries, relax: tuple[str, ...] = (), **more: object
) -> str:
    found, left = offered(hypertables, known(rows(folder), queries, schema, relax=relax, **more))
    assert found == []
    return left["readings as a hypertable by at"]


def _with(changed: Table, *more: Table) -> Schema:
    return Schema((SENSORS, changed, *more))


def test_who_gains_and_who_pays_is_told(tmp_path: Path) -> None:
    queries = {"span": SPAN, "latest": LATEST, "all": ALL, "add": ADD}
    found, left = offered(hypertables, known(rows(tmp_path), queries, params=NEW))
    assert found[0].structure == Hypertable(READINGS, "at", 4 * HOUR)
    assert found[0].because == (
        "some chunks are read by span; read in order of time by latest; appended to by add; "
        "all chunks are searched by all; about 180 chunks of 5,556 rows"
    )
    assert left == {}


def test_the_chunks_follow_what_is_asked_for(tmp_path: Path) -> None:
    assert _lengths(tmp_path, {"span": SPAN})[0] == 4
    assert _lengths(tmp_path, {"week": WEEK})[0] == 168
    assert _lengths(tmp_path, {"span": SPAN, "week": WEEK}, weights={"week": 3.0})[0] == 168
    assert _lengths(tmp_path, {"span": SPAN, "week": WEEK}, weights={"span": 3.0})[0] == 4
    assert _lengths(tmp_path, {"latest": LATEST})[0] == 336


def test_spans_are_read_where_they_stand(tmp_path: Path) -> None:
    bucket = "SELECT r.value FROM readings r WHERE time_bucket('1 day', r.at) = :day"
    assert _lengths(tmp_path, {"bucket": bucket})[0] == 24
    before = "SELECT r.value FROM readings r WHERE r.at BETWEEN :a::timestamptz - '2 days'::interval AND :a"
    assert _lengths(tmp_path, {"before": before})[0] == 48
    other = SPAN.replace("r.at", "r.local", 1).replace("readings r WHERE", "readings r WHERE r.at > :b AND")
    assert _lengths(tmp_path, {"other": other.replace("r.at < :a +", "r.local < :a +")})[0] == 336


def test_the_newest_chunk_fits_into_the_memory(tmp_path: Path) -> None:
    assert max(_lengths(tmp_path, {"week": WEEK}, memory_bytes=1 << 30)) == 336
    assert max(_lengths(tmp_path, {"week": WEEK}, memory_bytes=24 << 20)) == 48
    assert _lengths(tmp_path, {"week": WEEK}, memory_bytes=1 << 20) == [4]


def test_hypertables_share_the_memory(tmp_path: Path) -> None:
    alone = _lengths(tmp_path, {"week": WEEK}, memory_bytes=128 << 20)
    twin = replace(PLAIN, name=replace(READINGS, name="others"))
    dataset = rows(tmp_path)
    dataset = replace(dataset, tables=(*dataset.tables, replace(dataset.tables[0], name=twin.name)))
    queries = {"week": WEEK, "twin": WEEK.replace("readings", "others")}
    given = known(dataset, queries, Schema((*SCHEMA.tables, twin)), memory_bytes=128 << 20)
    found, _ = offered(hypertables, given)
    both = [one.structure.chunk_s / HOUR for one in found if isinstance(one.structure, Hypertable)]
    assert max(both) < max(alone)


def test_wider_rows_make_shorter_chunks(tmp_path: Path) -> None:
    keyed = replace(PLAIN, keys=(Key("a", ("sensor_id", "at")), Key("b", ("kind", "value", "at"))))
    narrow = _lengths(tmp_path, {"week": WEEK}, memory_bytes=24 << 20)
    wide = _lengths(tmp_path, {"week": WEEK}, schema=_with(keyed), memory_bytes=24 << 20)
    assert max(wide) < max(narrow)


def test_what_is_appended_alone_is_a_hypertable(tmp_path: Path) -> None:
    found, _ = offered(hypertables, known(rows(tmp_path), {"add": ADD}, params=NEW))
    assert found[0].queries == ("add",)
    drawn = {**NEW, **{name: ParameterSpec("column", f"readings.{name}") for name in ("at", "l", "d")}}
    assert offered(hypertables, known(rows(tmp_path), {"add": ADD}, params=drawn)) == ([], {})


def test_nothing_where_no_time_is_asked_for(tmp_path: Path) -> None:
    assert offered(hypertables, known(rows(tmp_path), {"all": ALL})) == ([], {})
    nullable = _with(replace(PLAIN, columns=(replace(PLAIN.columns[0], not_null=False), *PLAIN.columns[1:])))
    assert offered(hypertables, known(rows(tmp_path), {"span": SPAN}, nullable)) == ([], {})


def test_chunks_of_dates_are_whole_days(tmp_path: Path) -> None:
    day = "SELECT r.value FROM readings r WHERE r.day = :day"
    lengths = _lengths(tmp_path, {"day": day})
    assert lengths
    assert all(hours % 24 == 0 for hours in lengths)


REASONS = [
    (
        _with(replace(PLAIN, keys=(Key("k", ("kind", "at")), Key("own", ("sensor_id",))))),
        {},
        "its key own would have to hold at too, and nothing would keep sensor_id unique: name own under",
    ),
    (_with(replace(PLAIN, keys=(Key("text", ()),))), {}, "its unique index text is over an expression"),
    (
        _with(
            replace(PLAIN, keys=(Key("own", ("sensor_id", "at")),)),
            table("notes", "at timestamptz!", primary=[], parents=[("at", "readings")]),
        ),
        {},
        "notes refers to it",
    ),
    (_with(replace(PLAIN, kind=TableKind.PARTITIONED)), {}, "it is partitioned already"),
    (
        _with(replace(PLAIN, columns=(replace(PLAIN.columns[0], generated=True), *PLAIN.columns[1:]))),
        {},
        "at is a generated column",
    ),
    (
        SCHEMA,
        {"late": "UPDATE readings SET at = :b WHERE sensor_id = 1"},
        "late updates at, and a row can't move to another chunk",
    ),
    (SCHEMA, {"own": "SELECT r.value FROM ONLY readings r WHERE r.at > :b"}, "own says ONLY"),
]


@pytest.mark.parametrize(("schema", "queries", "reason"), REASONS)
def test_what_stands_in_the_way(tmp_path: Path, schema: Schema, queries: Queries, reason: str) -> None:
    assert _reason(tmp_path, schema, {"span": SPAN, **queries}).startswith(reason)


def test_a_key_is_given_up_by_name(tmp_path: Path) -> None:
    schema = _with(replace(PLAIN, keys=(Key("only", ("sensor_id",)),)))
    found, left = offered(hypertables, known(rows(tmp_path), {"span": SPAN}, schema, relax=("only",)))
    assert {one.structure.table for one in found} == {READINGS}
    assert left == {}


def test_a_key_that_a_statement_needs_is_kept(tmp_path: Path) -> None:
    schema = _with(replace(PLAIN, keys=(Key("only", ("sensor_id",)),)))
    queries = {"span": SPAN, "keep": f"{ADD} ON CONFLICT (sensor_id) DO NOTHING"}
    reason = _reason(tmp_path, schema, queries, ("only",), params=NEW)
    assert reason == "keep has ON CONFLICT with its key"


def test_few_rows_are_not_cut(tmp_path: Path) -> None:
    _, left = offered(hypertables, known(rows(tmp_path, 49_999), {"span": SPAN}))
    assert left == {"readings as a hypertable by at": "its 49,999 rows are too few for chunks"}
    _, left = offered(hypertables, known(rows(tmp_path, days=0.05), {"span": SPAN}))
    assert left["readings as a hypertable by at"] == "no step gives two chunks or more of 5,000 rows"


def test_retention_is_told(tmp_path: Path) -> None:
    given = known(rows(tmp_path), {"span": SPAN})
    kept = replace(given, workload=replace(given.workload, retention=(("readings", 86_400.0 * 90),)))
    assert "rows older than 90 days go with their chunk" in offered(hypertables, kept)[0][0].because


OWN = "SELECT r.value FROM readings r WHERE r.sensor_id = :s AND r.at > :a"
OWN_TOO = "SELECT MAX(r.value) FROM readings r WHERE r.sensor_id = :s AND r.at > :a"


def test_space_is_for_many_values_that_most_reads_name(tmp_path: Path) -> None:
    queries = {"own": OWN, "too": OWN_TOO, "span": SPAN}
    [offer], _ = offered(spaces, known(rows(tmp_path, sensors=500), queries))
    assert isinstance(offer.structure, Hypertable)
    assert offer.structure.space == ("sensor_id", 4)
    assert offered(spaces, known(rows(tmp_path, sensors=300), queries))[0] == []
    fewer = {"own": OWN, "too": OWN_TOO, "span": SPAN, "week": WEEK, "latest": LATEST}
    assert offered(spaces, known(rows(tmp_path, sensors=500), fewer))[0] == []
    assert offered(spaces, known(rows(tmp_path, sensors=500), {"own": OWN}))[0] == []
    keyed = _with(replace(PLAIN, keys=(Key("k", ("kind", "at")),)))
    assert offered(spaces, known(rows(tmp_path, sensors=500), queries, keyed))[0] == []


def test_no_space_by_a_column_that_is_updated(tmp_path: Path) -> None:
    moving = "UPDATE readings SET sensor_id = :s WHERE sensor_id = 1 AND at = :a"
    queries = {"own": OWN, "too": OWN_TOO, "move": moving}
    found, left = offered(spaces, known(rows(tmp_path, sensors=500), queries))
    assert found == []
    assert list(left.values()) == ["move updates sensor_id, and a row can't move to another chunk"]
