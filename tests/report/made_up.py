"""A small result made by hand, with everything in it that a result can have."""

from __future__ import annotations

from dataclasses import replace

from optimizer.model.design import Design
from optimizer.model.index import Index, IndexKey
from optimizer.model.measurement import Latency
from optimizer.model.names import TableName
from optimizer.model.query import Query, SourceText, Target
from optimizer.model.result import (
    ConcurrentResult,
    DesignResult,
    Effect,
    EngineResult,
    EquivalenceResult,
    IndexResult,
    Mismatch,
    Packed,
    QueryResult,
    RunResult,
    SearchResult,
    StructureResult,
    Unstable,
)
from optimizer.model.tables import MaterializedView, Partition

ORDERS = TableName("public", "orders")
BY_USER = Index(ORDERS, (IndexKey("user_id", "user_id"),), name="orders_user_id_idx")
DEFINITION = "CREATE INDEX orders_user_id_idx ON orders (user_id)"


def latency(ms: float, censored: int = 0) -> Latency:
    return Latency(ms, ms * 2, ms * 3, ms * 1.5, 99.0, ms * 3, (ms, ms * 4), 200, censored)


def _query(name: str, share: float, percentile: float = 99.0) -> Query:
    return Query(name, share, Target(50.0, percentile), (SourceText("SELECT 1", "shop.yaml"),))


HISTORY = QueryResult(
    _query("order_history", 0.4),
    is_write=False,
    latencies={
        "baseline": latency(410.123456, censored=3),
        "given": latency(20.0),
        "dba": None,
        "winner": latency(1.9),
    },
    plans={"baseline": "(Seq Scan orders)", "winner": "(Index Scan orders orders_user_id_idx)"},
    meets={"baseline": False, "given": None, "dba": False, "winner": True},
    errors={"dba": "division by zero"},
)
PLACE = QueryResult(
    _query("place_order", 0.6, 99.5),
    is_write=True,
    latencies={label: latency(1.0) for label in ("baseline", "given", "dba", "winner")},
    plans={},
    meets={"winner": None},
)
WINNING = IndexResult(
    BY_USER,
    DEFINITION,
    3 << 20,
    because=(Effect("order_history", 410.0, 1.9),),
    costs=(Effect("place_order", 1.0, 1.04),),
)
BASELINE = DesignResult(Design(), (), 90 << 20, 420.0, 0.4, 164.3)
WINNER = DesignResult(
    Design(frozenset({BY_USER})),
    (WINNING,),
    93 << 20,
    1.4,
    0.0,
    1.36,
    concurrent=(
        ConcurrentResult(4, None, 812.25, {"order_history": latency(3.0)}, ("place_order",)),
        ConcurrentResult(4, 200.0, 200.0, {"order_history": latency(4.0), "place_order": None}),
    ),
)
GIVEN = replace(BASELINE, indexes=(IndexResult(BY_USER, DEFINITION),), breaks=("storage",))
ENGINE = EngineResult(
    engine="postgres",
    server="PostgreSQL 18.6",
    provider="embedded",
    settings=(("fsync", "on"),),
    indicative=False,
    driver_floor_ms=0.05,
    rows={"orders": 1000, "audit.log": 5},
    load_rows=1005,
    load_bytes=90 << 20,
    load_seconds=1.23456,
    designs={"baseline": BASELINE, "given": GIVEN, "dba": BASELINE, "winner": WINNER},
    queries=(HISTORY, PLACE),
    search=SearchResult(
        42, 4096, True, 1, 12, 61, 29, 24, 11.0, 33.0, "exhausted", (("lower(a | b)", "too wide"),), (120, 2)
    ),
    equivalence=EquivalenceResult(
        480, (Mismatch("dba", "order_history (hot): expected 1, got 2"),), ("page: tie",)
    ),
    unstable=(Unstable("order_history", 1.9, 88.0, 3, 1),),
    rounds=16,
    tied_with=("a design of the search with 3 indexes",),
    pruned=("CREATE INDEX x ON orders (total)",),
    notes=("a note [of] the server",),
)
RESULT = RunResult(
    workload="shop",
    run="20261121T233000Z",
    seed=42,
    scale=1.0,
    environment={"cpu": "a CPU", "cores": 2, "memory_bytes": 1, "os": "Linux", "python": "3.11"},
    engines={"postgres": ENGINE},
    seconds=120.5,
    phases={"load": 1.5},
)

PARTITION = Partition(ORDERS, "hash", "user_id", modulus=8)
VIEW = MaterializedView(ORDERS, TableName("public", "totals"), "SELECT 1", ("day",), 3600.0)
STRUCTURED = replace(
    RESULT,
    engines={
        "postgres": replace(
            ENGINE,
            designs={
                **ENGINE.designs,
                "winner": replace(
                    WINNER,
                    design=Design(frozenset({BY_USER}), frozenset({PARTITION, VIEW})),
                    structures=(
                        StructureResult(
                            PARTITION,
                            because=(Effect("order_history", 20.0, 1.9),),
                            packed=Packed(40 << 20, 4 << 20),
                        ),
                        StructureResult(VIEW, refresh_seconds=0.25),
                    ),
                ),
            },
            relaxed=("orders_pkey",),
            rewritten={"order_history": ("SELECT 2",)},
        )
    },
)
"""The same with structures in the winner."""
