"""Partitionings are proposed for what statements ask for, and what stands in the way is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from optimizer.dataset.dataset import Dataset, TableRows
from optimizer.design.moves.offer import LeftOut, Offer
from optimizer.design.tables.evidence import evidence
from optimizer.design.tables.moves.partition import partitioned
from optimizer.design.tables.moves.partitioning.steps import fitting, starts
from optimizer.model.names import TableName
from optimizer.model.schema import Check, Column, ColumnType, Key, Schema, Table, TableKind
from optimizer.model.tables import HASH, LIST, RANGE, Partition
from optimizer.model.workload import SessionSettings
from tests.design.documents.made_up import workload
from tests.queries.schemas import table

EVENTS = TableName("public", "events")
CHECKED = Check("events_kind_check", "kind = ANY (ARRAY['a'::text, 'b'::text])", ("kind",))


def _events(primary: Sequence[str], unique: Sequence[Sequence[str]] = ()) -> Table:
    made = table(
        "events",
        "id int8!; user_id int8!; kind text!; at timestamptz!; seen date; number int4!",
        primary=primary,
        unique=unique,
        parents=[("user_id", "users")],
    )
    columns = (replace(made.columns[0], identity=True), *made.columns[1:])
    return replace(made, columns=columns, checks=(CHECKED,))


USERS = table("users", "id int8!; name text")
WHOLE = Schema((USERS, _events(["id", "at", "user_id", "kind"])))
ALONE = Schema((USERS, _events(["id"])))

SPAN = "SELECT e.id FROM events e WHERE e.at >= :from AND e.at < :to"
OWN = "SELECT e.id FROM events e WHERE e.user_id = :user_id ORDER BY e.at"
LATEST = "SELECT e.id FROM events e ORDER BY e.at DESC LIMIT 5"
KIND = "SELECT e.id FROM events e WHERE e.kind = 'a'"


@pytest.fixture
def rows(tmp_path: Path) -> Dataset:
    """Two years of events; the figures of the whole stand in for more rows than there are."""
    first = datetime(2024, 1, 1, tzinfo=UTC)
    frame = pl.DataFrame(
        {
            "id": range(400),
            "user_id": range(400),
            "kind": ["a", "b"] * 200,
            "at": [first + timedelta(hours=44 * n) for n in range(400)],
            "seen": [first.date()] * 400,
            "number": [n % 3 for n in range(400)],
        }
    )
    file = tmp_path / "events.parquet"
    frame.write_parquet(file)
    return Dataset("test", (TableRows(EVENTS, 400_000, tuple(frame.columns), (file,)),))


def _found(
    rows: Dataset,
    queries: Mapping[str, str | Sequence[str]],
    schema: Schema = WHOLE,
    relax: Sequence[str] = (),
    session: SessionSettings | None = None,
) -> tuple[dict[str, Offer], dict[str, str]]:
    made = workload(queries, relax=relax, session=session or SessionSettings())
    found = list(partitioned(evidence(made, schema, rows)))
    return (
        {one.structure.label: one for one in found if isinstance(one, Offer)},
        {one.subject: one.reason for one in found if isinstance(one, LeftOut)},
    )


def test_months_for_two_years(rows: Dataset) -> None:
    offers, left = _found(rows, {"span": SPAN, "own": OWN, "latest": LATEST})
    offer = offers["partition events by month of at"]
    assert isinstance(offer.structure, Partition)
    assert offer.structure.method == RANGE
    assert offer.structure.bounds[0] == "2024-01-01"
    assert offer.structure.bounds[-1] == "2026-05-01"  # the last row is of January 2026, and three ahead
    assert offer.because == "one part is read by span; all parts are searched by own"
    assert not left


def test_the_step_follows_what_is_asked_for(rows: Dataset) -> None:
    quarter = "SELECT count(*) FROM events e WHERE date_trunc('quarter', e.at) = :quarter"
    assert list(_found(rows, {"q": quarter})[0]) == ["partition events by quarter of at"]
    days = "SELECT e.id FROM events e WHERE e.at >= :d AND e.at < CAST(:d AS date) + INTERVAL '40 days'"
    assert list(_found(rows, {"q": days})[0]) == ["partition events by month of at"]


def test_what_stands_beside_a_query_asks_for_no_span(rows: Dataset) -> None:
    offers, _ = _found(rows, {"span": [SPAN, "SET LOCAL work_mem = '1MB'"]})
    assert list(offers) == ["partition events by month of at"]


def test_by_hash_where_nearly_all_name_the_owner(rows: Dataset) -> None:
    joined = "SELECT e.id FROM events e JOIN users u ON u.id = e.user_id WHERE u.id = :id"
    offers, _ = _found(rows, {"own": OWN, "joined": joined})
    structure = offers["partition events by hash into 8 of user_id"].structure
    assert structure == Partition(EVENTS, HASH, "user_id", modulus=8)
    assert not _found(rows, {"own": OWN, "all": "SELECT count(*) FROM events e"})[0]


def test_row_level_security_names_the_owner(rows: Dataset) -> None:
    secured = Schema((USERS, replace(WHOLE.tables[1], row_security=True)))
    session = SessionSettings("app", (("app.user", {"column": "users.id"}),))
    offers, _ = _found(rows, {"all": "SELECT count(*) FROM events e"}, secured, session=session)
    assert list(offers) == ["partition events by hash into 8 of user_id"]


def test_by_the_values_of_a_check_or_of_the_rows(rows: Dataset) -> None:
    offers, _ = _found(rows, {"kind": KIND})
    assert offers["partition events by list of kind"].structure == Partition(EVENTS, LIST, "kind", ("a", "b"))
    keyless = Schema((USERS, replace(WHOLE.tables[1], keys=())))
    offers, _ = _found(rows, {"n": "SELECT e.id FROM events e WHERE e.number IN (1, 2)"}, keyless)
    assert offers["partition events by list of number"].structure == Partition(
        EVENTS, LIST, "number", ("0", "1", "2")
    )


def test_nothing_that_no_statement_gains_by(rows: Dataset) -> None:
    assert _found(rows, {"one": "SELECT e.kind FROM events e WHERE e.id = :id"}) == ({}, {})


def test_a_key_is_given_up_by_name_alone(rows: Dataset) -> None:
    _, left = _found(rows, {"span": SPAN}, ALONE)
    assert left == {
        "events partitioned by spans of at": "its key events_pkey would have to hold at too, and nothing "
        "would keep id unique: name events_pkey under `relax` to accept that"
    }
    offers, left = _found(rows, {"span": SPAN}, ALONE, relax=["events_pkey"])
    assert "given up under `relax`" in offers["partition events by month of at"].because
    assert not left


INSERT = "INSERT INTO events (user_id, kind, at, number) VALUES (1, 'a', :at, 1)"
FORBIDDEN = [
    ("add has ON CONFLICT with its key", ALONE, {"add": f"{INSERT} ON CONFLICT (id) DO NOTHING"}),
    (
        "add has ON CONFLICT with its key",
        ALONE,
        {"add": f"{INSERT} ON CONFLICT ON CONSTRAINT events_pkey DO NOTHING"},
    ),
    (
        "group groups by its key and selects more than that",
        ALONE,
        {"group": "SELECT e.id, e.kind, count(*) FROM events e JOIN users u ON true GROUP BY e.id"},
    ),
    (
        "nothing would keep number unique",
        Schema((USERS, _events(["id"], unique=[["number"]]))),
        {},
    ),
    (
        "notes refers to it by id, which wouldn't be unique any more without at",
        Schema(
            (*ALONE.tables, table("notes", "event_id int8!", primary=[], parents=[("event_id", "events")]))
        ),
        {},
    ),
    (
        "its unique index one is over an expression",
        Schema((USERS, replace(ALONE.tables[1], keys=(Key("one", ()),)))),
        {},
    ),
    (
        "its unique index one is partial, and couldn't hold at too",
        Schema((USERS, replace(ALONE.tables[1], keys=(Key("one", ("id",), where="id > 1"),)))),
        {},
    ),
    (
        "its key events_pkey with at would be the same as events_0_key",
        Schema((USERS, _events(["id"], unique=[["id", "at"]]))),
        {},
    ),
    ("only says ONLY, or asks", WHOLE, {"only": "SELECT e.id FROM ONLY events e WHERE e.id = 1"}),
    ("only says ONLY, or asks", WHOLE, {"only": "UPDATE events SET number = 1 WHERE ctid = :place"}),
    ("it is partitioned already", Schema((replace(ALONE.tables[1], kind=TableKind.PARTITIONED),)), {}),
    (
        "move updates at, and a row that moves to another partition fails for whoever waits for it",
        WHOLE,
        {"move": "UPDATE events SET at = :at WHERE id = :id AND at > :then"},
    ),
]


@pytest.mark.parametrize(("reason", "schema", "more"), FORBIDDEN, ids=[one[0][:40] for one in FORBIDDEN])
def test_what_integrity_forbids_is_said(
    rows: Dataset, reason: str, schema: Schema, more: Mapping[str, str]
) -> None:
    offers, left = _found(rows, {"span": SPAN, **more}, schema, relax=["events_pkey"])
    assert not [one for one in offers.values() if one.structure.label.endswith(" of at")]
    assert reason in left["events partitioned by spans of at"]


def test_conflicts_with_another_key_do_not_matter(rows: Dataset) -> None:
    schema = Schema((USERS, _events(["id"], unique=[["number", "at"]])))
    queries = {"span": SPAN, "add": f"{INSERT} ON CONFLICT (number, at) DO NOTHING"}
    offers, _ = _found(rows, queries, schema, relax=["events_pkey"])
    assert "partition events by month of at" in offers


def test_a_primary_key_cannot_hold_what_may_be_null(rows: Dataset) -> None:
    _, left = _found(
        rows, {"s": "SELECT e.id FROM events e WHERE e.seen < :day"}, ALONE, relax=["events_pkey"]
    )
    assert "may be null" in left["events partitioned by spans of seen"]


def test_small_tables_are_left_alone(rows: Dataset) -> None:
    few = Dataset("test", tuple(replace(one, rows=900) for one in rows.tables))
    _, left = _found(few, {"span": SPAN})
    assert left == {"events partitioned by spans of at": "its 900 rows are too few for partitions"}


def test_few_owners_are_not_spread(rows: Dataset, tmp_path: Path) -> None:
    frame = pl.read_parquet(rows.tables[0].files[0]).with_columns(pl.lit(7, pl.Int64).alias("user_id"))
    frame.write_parquet(tmp_path / "few.parquet")
    few = Dataset("test", (replace(rows.tables[0], files=(tmp_path / "few.parquet",)),))
    _, left = _found(few, {"own": OWN})
    reason = "1 different values can't be spread evenly over 8 partitions"
    assert left["events partitioned by hash of user_id"] == reason


def test_retention_is_told(rows: Dataset) -> None:
    made = replace(workload({"span": SPAN}), retention=(("events", 86_400.0 * 90),))
    (offer,) = partitioned(evidence(made, WHOLE, rows))
    assert isinstance(offer, Offer)
    assert offer.note == "rows older than 90 days go with their partition"


@pytest.mark.parametrize(
    ("days", "rows", "wanted", "step"),
    [
        (30, 100_000, None, "day"),
        (365, 1_000_000, None, "month"),
        (365, 1_000_000, 7.0, "week"),
        (365, 1_000_000, 1.0, "week"),
        (365, 1_000_000, 92.0, "quarter"),
        (365, 5_000, None, "quarter"),
        (365 * 30, 1_000_000, None, "year"),
        (1, 1_000_000, None, None),
        (365 * 100, 1_000_000, None, None),
    ],
)
def test_steps_that_fit(days: int, rows: int, wanted: float | None, step: str | None) -> None:
    first = date(1995, 3, 5)
    assert fitting(first, first + timedelta(days=days - 1), rows, 1_000, wanted) == step


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("day", ["2025-02-27", "2025-02-28", "2025-03-01", "2025-03-02", "2025-03-03", "2025-03-04"]),
        ("week", ["2025-02-24", "2025-03-03", "2025-03-10", "2025-03-17", "2025-03-24"]),
        ("month", ["2025-02-01", "2025-03-01", "2025-04-01", "2025-05-01", "2025-06-01"]),
        ("quarter", ["2025-01-01", "2025-04-01", "2025-07-01", "2025-10-01", "2026-01-01"]),
        ("year", ["2025-01-01", "2026-01-01", "2027-01-01", "2028-01-01", "2029-01-01"]),
    ],
)
def test_partitions_begin_where_people_expect_it(step: str, expected: list[str]) -> None:
    last = date(2025, 2, 28)
    assert [day.isoformat() for day in starts(date(2025, 2, 27), last, step)] == expected


def test_an_enum_says_its_values(rows: Dataset) -> None:
    mood = Column("kind", ColumnType("mood", "enum", labels=("a", "b", "z")), not_null=True)
    columns = tuple(mood if one.name == "kind" else one for one in WHOLE.tables[1].columns)
    schema = Schema((USERS, replace(WHOLE.tables[1], columns=columns, checks=())))
    offers, _ = _found(rows, {"kind": KIND}, schema)
    structure = offers["partition events by list of kind"].structure
    assert structure == Partition(EVENTS, LIST, "kind", ("a", "b", "z"))
