"""The columns that hold what a server made up because statements write it there."""

from __future__ import annotations

import pytest

from optimizer.model.schema import Schema
from optimizer.queries.made_up import made_up_writes, not_compared
from tests.queries.schemas import table
from tests.queries_by_hand import query

SCHEMA = Schema(
    (
        table("t", "id int8!; a timestamptz; b text; c text; d text = upper(c)"),
        table("u", "id int8!; t_id int8; at timestamptz; day text = lower(at::text)"),
    )
)
SELECTED = """WITH x AS (INSERT INTO t (id, b) VALUES (nextval('s'), :b) RETURNING id)
INSERT INTO u (id, t_id) SELECT :u, x.id FROM x"""
LOOKED_UP = """WITH x AS (INSERT INTO t (id, b) VALUES (nextval('s'), :b) RETURNING id)
INSERT INTO u (id, t_id) VALUES (:u, (SELECT id FROM x))"""
NESTED = "INSERT INTO u (id, at) SELECT s.id, s.w FROM (SELECT id, now() AS w FROM t) s"
COUNTED = """WITH RECURSIVE r AS (SELECT 1 AS n, now() AS w UNION ALL SELECT n + 1, w FROM r WHERE n < 3)
INSERT INTO u (id, at) SELECT n, w FROM r"""
MERGED = """MERGE INTO t USING u ON t.id = u.id WHEN MATCHED THEN UPDATE SET a = now()
WHEN NOT MATCHED THEN INSERT (id, b) VALUES (u.id, uuidv7()::text)"""


def found(*statements: str) -> set[str]:
    written = made_up_writes([query("q", *statements)], SCHEMA)
    return {f"{table}.{column}" for table, columns in written.items() for column in columns}


@pytest.mark.parametrize(
    ("statement", "columns"),
    [
        ("UPDATE t SET a = now() WHERE id = :id", {"t.a"}),
        ("UPDATE t SET a = now() - interval '1 day', b = :b", {"t.a"}),
        ("UPDATE t SET (a, b) = (current_timestamp, :b)", {"t.a"}),
        ("UPDATE t SET b = gen_random_uuid()::text", {"t.b"}),
        ("UPDATE t SET c = x.c FROM (SELECT md5(random()::text) AS c) x", {"t.c", "t.d"}),
        ("INSERT INTO t (id, a, b) VALUES (:i, :a, :b), (:j, clock_timestamp(), :c)", {"t.a"}),
        ("INSERT INTO t (id, a) VALUES (:i, :a) ON CONFLICT (id) DO UPDATE SET a = now()", {"t.a"}),
        ("INSERT INTO u (id, at) SELECT id, a FROM t UNION ALL SELECT id, now() FROM t", {"u.at", "u.day"}),
        (NESTED, {"u.at", "u.day"}),
        (COUNTED, {"u.at", "u.day"}),
        (MERGED, {"t.a", "t.b"}),
        (SELECTED, {"t.id", "u.t_id"}),
        (LOOKED_UP, {"t.id", "u.t_id"}),
    ],
)
def test_what_is_written(statement: str, columns: set[str]) -> None:
    assert found(statement) == columns


def test_what_is_written_on_from_there() -> None:
    copying = "INSERT INTO u (id, at) SELECT id, a FROM t WHERE id = :id"
    assert found(copying) == set()
    assert found(copying, "UPDATE t SET a = now()") == {"t.a", "u.at", "u.day"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE t SET b = 'now()' WHERE id = :id",
        "UPDATE t SET b = :b WHERE a < now()",
        "UPDATE t SET b = :b WHERE id = :id RETURNING now()",
        "INSERT INTO t (id, a, b) SELECT * FROM unnest(:ids, :as, :bs)",
        "DELETE FROM t WHERE a < now()",
        "SELECT now(), random() FROM t",
        "REFRESH MATERIALIZED VIEW v",
    ],
)
def test_what_is_not(statement: str) -> None:
    assert found(statement) == set()


def test_the_reason_names_the_query() -> None:
    writes = made_up_writes([query("touch", "UPDATE t SET a = now()")], SCHEMA)
    assert not_compared(writes) == ("t.a after the writes: the server makes its values up (by touch)",)
