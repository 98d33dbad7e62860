"""The rows of a plan: references resolve, keys hold, checks hold, counts are exact."""

from __future__ import annotations

import re
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.dataset.making.rows import Rows
from optimizer.model.schema import Table
from tests.dataset.made_up import frames, name, planned, rows_of, table

TENANTS = table("tenants", "id uuid!", keys=["id"])
USERS = table(
    "users",
    "tenant_id uuid!",
    "id int8! = identity",
    "email text!",
    "boss_id int8",
    keys=["tenant_id, id", "id", "tenant_id, email"],
    references=["tenant_id -> tenants(id)", "tenant_id, boss_id -> users(tenant_id, id)"],
)
PROJECTS = table(
    "projects",
    "id int8!",
    "tenant_id uuid!",
    "owner_id int8!",
    keys=["id", "tenant_id, id"],
    references=["tenant_id -> tenants(id)", "tenant_id, owner_id -> users(tenant_id, id)"],
)
MEMBERS = table(
    "members",
    "tenant_id uuid!",
    "project_id int8!",
    "user_id int8!",
    keys=["tenant_id, project_id, user_id"],
    references=[
        "tenant_id, project_id -> projects(tenant_id, id)",
        "tenant_id, user_id -> users(tenant_id, id)",
    ],
)
SAAS = [TENANTS, USERS, PROJECTS, MEMBERS]
SAAS_ROWS = {"tenants": 20, "users": ("tenants", 30), "projects": 100, "members": ("projects", 3, "zipf")}


def dangling(child: Table, rows: dict[str, pl.DataFrame]) -> int:
    """Rows of the child whose keys, where no column is null, find no parent."""
    found = 0
    for key in child.foreign_keys:
        parents = rows[key.target.name].select(key.referenced)
        used = rows[child.name.name].select(key.columns).drop_nulls()
        found += used.join(parents, left_on=key.columns, right_on=key.referenced, how="anti").height
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_composite_references_agree_on_the_columns_that_they_share(seed: int) -> None:
    rows = rows_of(SAAS, SAAS_ROWS, seed=seed)
    assert [dangling(t, rows) for t in SAAS] == [0, 0, 0, 0]
    assert rows["members"].select("project_id", "user_id").is_unique().all()
    assert rows["users"]["boss_id"].null_count() < 200


def test_each_parent_has_exactly_its_children() -> None:
    rows = rows_of(SAAS, SAAS_ROWS)
    assert rows["users"]["tenant_id"].value_counts()["count"].unique().to_list() == [30]
    assert rows["members"].height == 300


@given(
    parents=st.integers(1, 60),
    mean=st.floats(0.1, 8),
    skew=st.sampled_from(["none", "zipf"]),
    seed=st.integers(0),
)
@settings(max_examples=25, deadline=None)
def test_counts_are_exact_for_any_volume(parents: int, mean: float, skew: str, seed: int) -> None:
    tables = [table("p", "id int8!", keys=["id"]), table("c", "p_id int8!", references=["p_id -> p(id)"])]
    rows = rows_of(tables, {"p": parents, "c": ("p", mean, skew)}, seed=seed)
    assert rows["c"].height == round(parents * mean)
    assert dangling(tables[1], rows) == 0


def test_a_row_of_a_tenant_refers_to_rows_of_the_same_tenant() -> None:
    owners = table(
        "owners", "id uuid!", "tenant_id uuid!", keys=["id"], references=["tenant_id -> tenants(id)"]
    )
    tasks = table(
        "tasks",
        "tenant_id uuid!",
        "owner_id uuid!",
        "reviewer_id uuid",
        references=["tenant_id -> tenants(id)", "owner_id -> owners(id)", "reviewer_id -> owners(id)"],
    )
    rows = rows_of([TENANTS, owners, tasks], {"tenants": 9, "owners": ("tenants", 7), "tasks": ("owners", 5)})
    for column in ("owner_id", "reviewer_id"):
        joined = rows["tasks"].join(rows["owners"], left_on=column, right_on="id")
        assert joined.height > 250
        assert (joined["tenant_id"] == joined["tenant_id_right"]).all()


def test_a_reference_by_name_is_followed_without_a_declared_key() -> None:
    tables = [table("users", "id int8!", keys=["id"]), table("visits", "user_id int8!")]
    rows = rows_of(tables, {"users": 5, "visits": ("users", 4)})
    assert sorted(rows["visits"]["user_id"].to_list()) == sorted(4 * list(range(1, 6)))


def test_one_to_one_references_are_all_different() -> None:
    tables = [
        table("users", "id uuid!", keys=["id"]),
        table("profiles", "user_id uuid!", keys=["user_id"], references=["user_id -> users(id)"]),
    ]
    rows = rows_of(tables, {"users": 50, "profiles": 40})
    assert rows["profiles"]["user_id"].n_unique() == 40
    assert dangling(tables[1], rows) == 0


@pytest.mark.parametrize(
    ("columns", "key", "reference"),
    [
        (("a int8!", "line_number int4!"), "a, line_number", ["a -> p(id)"]),
        (("a int8!", "day date!"), "a, day", ["a -> p(id)"]),
        (("a int8!", "b int8!"), "a, b", ["a -> p(id)", "b -> q(id)"]),
        (("a int8!", "b int8!", "c bool!"), "a, b, c", ["a -> p(id)", "b -> q(id)"]),
        (("a int8!", "name text!"), "a, name", ["a -> p(id)"]),
        (("aggregate_id uuid!", "version int4!"), "aggregate_id, version", []),
        (("id int8!", "created_at timestamptz!"), "id, created_at", []),
        (("code varchar(3)!",), "code", []),
        (("at timestamp!",), "at", []),
    ],
)
@pytest.mark.parametrize("rows", [1, 180])
def test_unique_keys_hold(columns: tuple[str, ...], key: str, reference: list[str], rows: int) -> None:
    tables = [
        table("p", "id int8!", keys=["id"]),
        table("q", "id int8!", keys=["id"]),
        table("t", *columns, keys=[key], references=reference),
    ]
    made = rows_of(tables, {"p": 20, "q": 30, "t": rows})
    assert made["t"].select(key.split(", ")).is_unique().all()
    assert made["t"].null_count().sum_horizontal().item() == 0
    assert dangling(tables[2], made) == 0


def test_numbers_count_from_one_within_each_parent() -> None:
    tables = [
        table("orders", "id int8!", keys=["id"]),
        table(
            "lines",
            "order_id int8!",
            "line int4!",
            keys=["order_id, line"],
            references=["order_id -> orders(id)"],
        ),
    ]
    lines = rows_of(tables, {"orders": 40, "lines": ("orders", 3.5, "zipf")})["lines"]
    spans = lines.group_by("order_id").agg(pl.min("line"), pl.max("line").alias("most"), pl.len())
    assert (spans["line"] == 1).all()
    assert (spans["most"] == spans["len"]).all()


@pytest.mark.parametrize(
    ("column", "where", "value"),
    [("is_default bool!", "is_default", True), ("ended_at timestamptz", "(ended_at IS NULL)", None)],
)
def test_a_partial_key_holds_for_the_one_value_that_it_is_about(
    column: str, where: str, value: bool | None
) -> None:
    tables = [
        table("users", "id int8!", keys=["id"]),
        table("t", "id int8!", "user_id int8!", column, keys=["id", f"user_id WHERE {where}"]),
    ]
    rows = rows_of(tables, {"users": 30, "t": ("users", 3)})["t"]
    told = rows.filter(pl.col(column.split()[0]).eq_missing(pl.lit(value)))
    assert told["user_id"].is_unique().all()
    assert told.height == 30


def test_nested_sets_are_sound() -> None:
    tree = table(
        "categories",
        "id int4!",
        "parent_id int4",
        "lft int4!",
        "rgt int4!",
        "depth int4!",
        keys=["id"],
        references=["parent_id -> categories(id)"],
    )
    rows = rows_of([tree], {"categories": 90})["categories"]
    assert sorted(rows["lft"].to_list() + rows["rgt"].to_list()) == list(range(1, 181))
    joined = rows.join(rows, left_on="parent_id", right_on="id", suffix="_parent")
    inside = (joined["lft"] > joined["lft_parent"]) & (joined["rgt"] < joined["rgt_parent"])
    assert inside.all()
    assert (joined["depth"] == joined["depth_parent"] + 1).all()
    assert 0 < rows["parent_id"].null_count() < 20


def test_tables_that_refer_to_each_other() -> None:
    tables = [
        table("users", "id int8!", "team_id int8", keys=["id"], references=["team_id -> teams(id)"]),
        table("teams", "id int8!", "lead_id int8!", keys=["id"], references=["lead_id -> users(id)"]),
    ]
    made = planned(tables, {"users": 50, "teams": 5})
    assert [t.name.name for t in made.tables] == ["users", "teams"]
    rows = frames(made)
    assert [dangling(t, rows) for t in tables] == [0, 0]
    assert rows["users"]["team_id"].n_unique() > 3


def test_moments_come_in_their_natural_order() -> None:
    orders = table(
        "orders",
        "id int8!",
        "created_at timestamptz!",
        "updated_at timestamptz!",
        "shipped_at timestamptz",
        "delivered_at timestamptz",
        "valid_from date!",
        "valid_to date!",
        keys=["id"],
        checks=["(valid_to > valid_from)"],
    )
    rows = rows_of([orders], {"orders": 3000})["orders"]
    for earlier, later in (
        ("created_at", "updated_at"),
        ("created_at", "shipped_at"),
        ("shipped_at", "delivered_at"),
    ):
        both = rows.drop_nulls([earlier, later])
        assert both.height > 1500
        assert (both[earlier] <= both[later]).all()
    assert rows.filter(pl.col("shipped_at").is_null())["delivered_at"].null_count() > 100
    assert (rows["valid_from"] < rows["valid_to"]).all()


@pytest.mark.parametrize(
    ("column", "check", "holds"),
    [
        ("c varchar(9)!", "((c)::text = ANY (ARRAY['x'::text, 'y'::text]))", pl.col("c").is_in(["x", "y"])),
        ("c numeric(6,2)!", "(c > (0)::numeric)", pl.col("c") > 0),
        (
            "c numeric(6,2)!",
            "((c >= (500)::numeric) AND (c < (501)::numeric))",
            pl.col("c").is_between(500, 501),
        ),
        ("c int2!", "((c >= 1) AND (c <= 5))", pl.col("c").is_between(1, 5)),
        ("c int4!", "(c <> 0)", pl.col("c") != 0),
        ("c int4!", "(c < 0)", pl.col("c") < 0),
        ("age int4!", "(age >= 85)", pl.col("age") >= 85),
        (
            "c float8!",
            "((c > (0)::double precision) AND (c <= (1)::double precision))",
            pl.col("c").is_between(0, 1),
        ),
        ("c text!", "(char_length(c) = 2)", pl.col("c").str.len_chars() == 2),
        ("c text!", "(length(c) >= 400)", pl.col("c").str.len_chars() >= 400),
        ("c date!", "(c >= '2030-01-01'::date)", pl.col("c").dt.year() >= 2030),
        ("email text!", "(email ~* '^[a-z0-9._%+-]+@[a-z0-9.-]+$'::text)", pl.col("email").str.contains("@")),
    ],
)
def test_checks_hold(column: str, check: str, holds: pl.Expr) -> None:
    rows = rows_of([table("t", column, checks=[check])], {"t": 2000})["t"]
    assert rows.select(holds.all()).item()
    assert rows.null_count().sum_horizontal().item() == 0


@pytest.mark.parametrize("unique", [False, True])
@pytest.mark.parametrize(
    "expression",
    [
        "^[A-Z]{3}-[0-9]{4}$",
        "^#[0-9A-Fa-f]{6}$",
        "^\\+?[1-9]\\d{6,14}$",
        "^(INV|CRN)[[:digit:]]{5,}(-[a-z]+)?$",
        "^[^ ]{9}$",
        "^v\\d+[.]\\d+$",
        "^[a-z0-9]+(?:-[a-z0-9]+)*$",
    ],
)
def test_texts_match_the_expression_of_a_check(expression: str, unique: bool) -> None:
    expression = expression.replace("\\", "\\")
    check = f"((code)::text ~ '{expression}'::text)"
    keys = ["code"] if unique else []
    rows = rows_of([table("t", "code varchar(24)!", checks=[check], keys=keys)], {"t": 2000})["t"]
    assert all(re.search(expression.replace("[[:digit:]]", "[0-9]"), text) for text in rows["code"])
    assert rows.filter(pl.col("code").str.len_chars() > 24).is_empty()
    assert rows["code"].n_unique() == 2000 if unique else rows["code"].n_unique() > 100


def test_rows_fall_into_the_partitions_that_are_there() -> None:
    months = (
        "FOR VALUES FROM ('2025-03-01') TO ('2025-04-01')",
        "FOR VALUES FROM ('2025-04-01') TO ('2025-05-01')",
    )
    events = table("events", "id int8!", "at timestamp!", partition=("at", months))
    rows = rows_of([events], {"events": 5000})["events"]
    assert rows["at"].dt.month().unique().sort().to_list() == [3, 4]
    assert rows["at"].dt.year().unique().to_list() == [2025]


def test_a_default_is_what_most_rows_have() -> None:
    users = table("users", "role text! = 'member'::text", "active bool! = true", "state text! = 'b'::text",
                  checks=["(state = ANY (ARRAY['a'::text, 'b'::text, 'c'::text]))"])  # fmt: skip
    rows = rows_of([users], {"users": 4000})["users"]
    assert 2000 < (rows["role"] == "member").sum() < 3400
    assert rows["active"].sum() > 3200
    assert 2000 < (rows["state"] == "b").sum() < 2800


def test_columns_of_the_user_are_as_described() -> None:
    tables = [
        table("users", "id int8!", keys=["id"]),
        table("orders", "user_id int8", "status text!", references=["user_id -> users(id)"]),
    ]
    data = {"orders.user_id": {"nulls": 0.5}, "orders.status": {"choices": {"x": 9, "y": 1}}}
    rows = rows_of(tables, {"users": 10, "orders": 4000}, data=data)["orders"]
    assert 1800 < rows["user_id"].null_count() < 2200
    assert 3400 < (rows["status"] == "x").sum() < 3800


@given(st.lists(st.integers(0, 40_000), min_size=1, max_size=4, unique=True))
@settings(max_examples=8, deadline=None)
def test_rows_are_the_same_however_they_are_cut(cuts: list[int]) -> None:
    tables = [
        *SAAS,
        table(
            "notes",
            "id uuid!",
            "member_id int8!",
            "n int4!",
            "created_at timestamptz!",
            "updated_at timestamptz!",
            "role text! = 'x'::text",
            keys=["id", "member_id, n"],
            references=["member_id -> users(id)"],
        ),
    ]
    made = planned(tables, {**SAAS_ROWS, "notes": 40_000})
    whole = Rows(made).frame(name("notes"), 0, 40_000)
    ends = [0, *sorted(cuts), 40_000]
    cut = Rows(made)
    parts = [cut.frame(name("notes"), a, b - a) for a, b in pairwise(ends) if b > a]
    assert pl.concat(parts).equals(whole)
