"""Candidates by number, plan trees from a real server, and plans that are checked and measured there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.model.index import Index, IndexKey
from optimizer.model.measurement import Execution, Status
from optimizer.model.names import TableName
from optimizer.queries.writes import touched_tables
from optimizer.search.masks import spread
from optimizer.search.plans.mapping import Switchboard
from optimizer.search.plans.memo import Memo, PlanKey
from optimizer.search.plans.plan_meter import EFFORT, FAILED_MS, LONGEST_MS, PlanMeter, by_query
from optimizer.search.plans.query_plans import QueryPlans
from tests.conftest import CreateDatabase, WriteDataset
from tests.queries.schemas import SHOP
from tests.queries_by_hand import bind, query
from tests.search.made_up_board import A, B, C, Shelf, made_up_board

DDL = "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL, note text NOT NULL);"
T = TableName("public", "t")
BY_A, BY_B, BY_BOTH = (
    Index(T, tuple(IndexKey(name, name) for name in names)) for names in (("a",), ("b",), ("a", "b"))
)
READ = query("read", "SELECT note FROM t WHERE a = :a AND b = :b")
BINDINGS = (bind(a=7, b=7), bind(a=-1, b=5))
ALL = 0b111


@pytest.fixture
def board(create: CreateDatabase, dataset: WriteDataset) -> Iterator[Switchboard]:
    database: PostgresDatabase = create(DDL)
    ids = range(20_000)
    columns = {
        "id": list(ids),
        "a": [-1 if i % 2 else i % 400 for i in ids],
        "b": [i % 300 for i in ids],
        "note": ["x" * 50 for _ in ids],
    }
    database.load(dataset({"t": pl.DataFrame(columns)}), lambda what, part: None)
    candidates = [BY_A, BY_B, BY_BOTH]
    database.build(candidates, lambda what, part: None)
    session = database.session()
    yield Switchboard(database, session, candidates)
    session.close()


@pytest.fixture
def plans(board: Switchboard) -> QueryPlans:
    made = QueryPlans(board, READ, BINDINGS, ALL)
    made.grow()
    return made


def test_the_trees_know_every_design(board: Switchboard, plans: QueryPlans) -> None:
    asked = board.explains
    assert asked <= 2 * len(spread(ALL))
    assert [plans.learn(mask) for mask in spread(ALL)] == [0] * 8
    for tree, binding in zip(plans.trees, BINDINGS, strict=True):
        for mask in spread(ALL):
            told, real = tree.lookup(mask), board.plan(READ, binding, mask)
            assert told is not None
            assert (told.fingerprint, told.used) == (real.fingerprint, real.used)
            assert not told.used & ~mask
    everything = plans.trees[0].lookup(ALL)
    assert everything is not None
    assert everything.used == 0b100


def test_a_plan_is_measured_once_under_the_fewest_indexes(
    board: Switchboard, plans: QueryPlans, tmp_path: Path
) -> None:
    memo = Memo(tmp_path / "memo")
    meter = PlanMeter(board, memo, {"read": BINDINGS}, {"read": plans}, floor_ms=0.01, seed=1)
    plan = plans.trees[0].lookup(ALL)
    assert plan is not None
    unknown = meter.latency("read", 0, plan.fingerprint)
    assert (unknown.samples, unknown.exact) == ((0.01,), False)
    meter.measure(READ, ALL, [(0, plan.fingerprint)])
    assert board.shown == plan.used
    assert meter.latency("read", 0, plan.fingerprint).exact
    assert len(memo.plan(PlanKey("read", 0, plan.fingerprint))) >= EFFORT.least
    assert meter.measured == {("read", plan.fingerprint)}
    memo.close()


@pytest.mark.parametrize(
    ("executions", "samples", "exact"),
    [
        ((Execution(1.0), Execution(9.0), Execution(2.0)), (2.0,), True),
        ((Execution(40.0, Status.TIMED_OUT),), (40.0,), False),
        ((Execution(LONGEST_MS, Status.TIMED_OUT),), (LONGEST_MS,), True),
        ((Execution(0.1, Status.FAILED, "no"),), (FAILED_MS,), True),
    ],
    ids=["measured", "stopped", "given up", "failed"],
)
def test_what_is_known_of_a_plan(
    tmp_path: Path, executions: tuple[Execution, ...], samples: tuple[float, ...], exact: bool
) -> None:
    memo, board = Memo(tmp_path / "memo"), made_up_board(lambda name, shown: Execution(1.0))
    memo.keep_plan(PlanKey("read", 0, "p"), executions)
    found = PlanMeter(board, memo, {}, {}, floor_ms=0.01, seed=1).latency("read", 0, "p")
    assert (found.samples, found.exact) == (samples, exact)
    memo.close()


def test_sets_of_candidates() -> None:
    board = made_up_board(lambda name, shown: Execution(1.0))
    assert board.everything == 0b111
    assert board.mask([C, A]) == 0b101
    assert board.indexes(0b110) == {B, C}
    assert board.on_tables([A.table]) == 0b111
    assert board.on_tables([TableName("audit", "t")]) == 0
    with pytest.raises(KeyError):
        board.mask([BY_BOTH])


def test_the_database_is_switched_only_where_something_changes() -> None:
    board = made_up_board(lambda name, shown: Execution(1.0))
    for mask in (0b001, 0b001, 0b110, 0b110, 0b001):
        board.show(mask)
    assert isinstance(board.database, Shelf)
    assert board.database.history == [{"a"}, {"b", "c"}, {"a"}]


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT 1 FROM orders o JOIN users u ON u.id = o.user_id", {"orders", "users"}),
        ("WITH x AS (SELECT id FROM places) SELECT * FROM x", {"places"}),
        ("UPDATE bookings SET room = 1", {"bookings"}),
        ("DELETE FROM orders WHERE id = :id", {"orders", "order_items"}),
        ("INSERT INTO bookings (id) SELECT id FROM places", {"bookings", "places"}),
    ],
)
def test_the_tables_whose_indexes_matter(sql: str, names: set[str]) -> None:
    found = touched_tables(query("q", sql), SHOP)
    assert found is not None
    assert names <= {table.name for table in found}


def test_what_can_not_be_read_may_depend_on_any_table() -> None:
    assert touched_tables(query("q", "SELECT id FROM users", "REFRESH MATERIALIZED VIEW x"), SHOP) is None


def test_plans_to_measure_are_sorted_by_query() -> None:
    wanted: list[tuple[str, int, str | None]] = [("b", 1, "p"), ("a", 2, None), ("b", 0, "q")]
    assert by_query(wanted) == {"a": [(2, None)], "b": [(0, "q"), (1, "p")]}
