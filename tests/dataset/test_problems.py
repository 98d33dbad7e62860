"""Every mistake in volumes and data, with its exact message."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.errors import WorkloadError
from optimizer.model.schema import Table
from tests.dataset.made_up import planned, table

USERS = table("users", "id int8! = identity", "email text!", "age int4!", keys=["id"])
ORDERS = table(
    "orders",
    "id int8! = identity",
    "user_id int8!",
    "status text!",
    keys=["id"],
    references=["user_id -> users(id)"],
    checks=["(status = ANY (ARRAY['new'::text, 'paid'::text]))"],
)
BOTH = [USERS, ORDERS]
ROWS = {"users": 10, "orders": 20}


def problems(tables: list[Table], volumes: dict[str, Any], data: dict[str, Any] | None = None) -> list[str]:
    with pytest.raises(WorkloadError) as raised:
        planned(tables, volumes, data=data)
    assert raised.value.exit_status == 2
    return [str(problem) for problem in raised.value.problems]


def test_tables_without_a_volume_get_a_line_to_paste() -> None:
    assert problems(BOTH, {}) == [
        "volumes: the table users has no volume; write for example `users: 10_000`",
        "volumes: the table orders has no volume; write for example `orders: {per: users, mean: 3}`",
    ]


def test_a_volume_for_a_table_that_is_not_there() -> None:
    assert problems(BOTH, {**ROWS, "user": 3, "zebras": 3}) == [
        "made-up.yaml:3:3: volumes: there is no table user in the schema; did you mean users?",
        "made-up.yaml:4:3: volumes: there is no table zebras in the schema; there are: orders, users",
    ]


def test_a_parent_that_is_not_there_is_told_once() -> None:
    assert problems(BOTH, {"users": 10, "orders": ("usrs", 3)}) == [
        "made-up.yaml:2:3: volumes: orders is counted per usrs, which is no table of the schema;"
        " did you mean users?"
    ]


def test_parents_in_a_circle() -> None:
    assert problems(BOTH, {"users": ("orders", 2), "orders": ("users", 3)}) == [
        "made-up.yaml:1:3: volumes: users is counted per orders, which is counted per users in turn;"
        " write a number of rows for one of them",
        "made-up.yaml:2:3: volumes: orders is counted per users, which is counted per orders in turn;"
        " write a number of rows for one of them",
    ]


def test_a_parent_that_is_not_referred_to() -> None:
    assert problems(BOTH, {"users": ("orders", 2), "orders": 5}) == [
        "made-up.yaml:1:3: volumes: users is counted per orders, but does not refer to it;"
        " write a number of rows"
    ]


def test_data_for_what_is_not_there() -> None:
    data = {"users.emial": {"faker": "email"}, "order.status": {"constant": "x"}}
    assert problems(BOTH, ROWS, data) == [
        "made-up.yaml:101:3: data: users has no column emial; did you mean email?",
        "made-up.yaml:102:3: data: there is no table order; did you mean orders?",
    ]


def test_a_description_that_is_refused_stands_where_it_is_written() -> None:
    data = {"users.email": {"faker": "emial"}, "users.age": {"uniform": [9]}}
    found = problems(BOTH, ROWS, data)
    assert found[0] == (
        "made-up.yaml:101:3: data: users.email: faker: Faker has no provider 'emial'; did you mean 'email'?"
    )
    assert found[1].startswith("made-up.yaml:102:3: data: users.age: uniform: ")
    assert len(found) == 2


def test_nulls_where_none_can_be() -> None:
    data = {"users.email": {"nulls": 0.3}, "users.age": {"nulls": 3}}
    assert problems(BOTH, ROWS, data) == [
        "made-up.yaml:101:3: data: users.email is NOT NULL, so there can't be nulls: 0.3",
        "made-up.yaml:102:3: data: users.age: nulls must be a share between 0 and 1;"
        " write for example `nulls: 0.3`",
    ]


@pytest.mark.parametrize(
    ("extra", "key", "most"),
    [
        (table("t", "a bool!", keys=["a"]), "a", 2),
        (table("t", "a int4!", keys=["a"], checks=["((a >= 1) AND (a <= 5))"]), "a", 5),
        (table("t", "a int8!", keys=["a"], references=["a -> users(id)"]), "a", 10),
        (
            table("t", "a int8!", "b bool!", keys=["a, b"], references=["a -> users(id)"]),
            "a, b",
            20,
        ),
        (
            table("t", "a int8!", "b int8!", keys=["a, b"], references=["a -> users(id)", "b -> orders(id)"]),
            "a, b",
            200,
        ),
    ],
)
def test_unique_over_fewer_values_than_rows(extra: Table, key: str, most: int) -> None:
    assert problems([*BOTH, extra], {**ROWS, "t": 1000}) == [
        f"made-up.yaml:3:3: t is to have 1000 rows, but its unique key ({key}) allows {most};"
        f" write {most} rows or fewer"
    ]
    planned([*BOTH, extra], {**ROWS, "t": most})


def test_unique_texts_that_are_too_short() -> None:
    assert problems([table("t", "a varchar(1)!", keys=["a"])], {"t": 1000}) == [
        "made-up.yaml:1:3: t is to have 1000 rows, but its unique key (a) allows 36; write 36 rows or fewer"
    ]


def test_checks_that_leave_nothing() -> None:
    extra = table("t", "n int4!", checks=["(n > 5)", "(n < 3)"])
    assert problems([extra], {"t": 5}) == ["made-up.yaml:1:3: t.n: its checks and partitions leave no value"]


def test_a_parent_without_rows() -> None:
    assert problems(BOTH, {"users": 0, "orders": 5}) == [
        "made-up.yaml:2:3: orders.user_id refers to users, which has no rows"
    ]


def test_a_type_that_nothing_is_known_of() -> None:
    found = problems([table("t", "shape geometry!")], {"t": 5})
    assert found == [
        "made-up.yaml:1:3: t.shape can't be filled: nothing is known about values of type 'geometry';"
        " say under `data` what it holds (`t.shape: {...}`), or give the table a file of rows"
    ]


def test_keys_that_take_their_values_from_each_other() -> None:
    one = table("one", "id int8!", keys=["id"], references=["id -> two(id)"])
    two = table("two", "id int8!", keys=["id"], references=["id -> one(id)"])
    assert problems([one, two], {"one": 3, "two": 3}) == [
        "foreign keys take their values from each other in a circle: one.id -> two.id -> one.id"
    ]
