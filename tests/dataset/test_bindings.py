"""Bindings come from the rows: as often as they occur, fitting each other, new where a key asks for it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.dataset.bindings.draw import draw, special
from optimizer.dataset.dataset import Dataset
from optimizer.errors import WorkloadError
from optimizer.model.query import Binding, ParameterSpec, Query
from optimizer.model.workload import SessionSettings
from tests.dataset import made_shop
from tests.dataset.made_shop import HOT_USER, ORDERS, PLACE, frames, query, workload
from tests.queries.schemas import SHOP

SEED = 3
USERS = "SELECT id FROM users WHERE"
PRODUCTS = "SELECT id FROM products WHERE"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return made_shop.write(tmp_path_factory.mktemp("shop"))


def drawn(
    dataset: Dataset, one: Query, count: int = 200, seed: int = SEED, **session: Any
) -> tuple[Binding, ...]:
    return draw(one, SHOP, dataset, workload(one, **session), count, seed)


def labelled(dataset: Dataset, one: Query) -> dict[str, Binding]:
    return {binding.label: binding for binding in special(one, SHOP, dataset, workload(one), SEED)}


def values(bindings: tuple[Binding, ...], name: str) -> list[Any]:
    return [binding.value(name) for binding in bindings]


def test_a_query_without_parameters_has_one(dataset: Dataset) -> None:
    assert drawn(dataset, query("SELECT count(*) FROM orders")) == (Binding(()),)


def test_hot_keys_are_drawn_as_often_as_they_occur(dataset: Dataset) -> None:
    found = values(drawn(dataset, query("SELECT id FROM orders WHERE user_id = :u"), 1_000), "u")
    assert Counter(found).most_common(1)[0][0] == HOT_USER
    assert 0.25 < found.count(HOT_USER) / 1_000 < 0.35


def test_equal_seeds_give_equal_bindings_whatever_the_files(dataset: Dataset, tmp_path: Path) -> None:
    one = query("SELECT id FROM orders WHERE user_id = :u AND created_at BETWEEN :a AND :b")
    other = made_shop.write(tmp_path, rows_per_file=137)
    assert drawn(dataset, one) == drawn(other, one)
    assert drawn(dataset, one) != drawn(dataset, one, seed=SEED + 1)


def test_parameters_of_one_table_come_from_one_row(dataset: Dataset) -> None:
    rows = set(frames()["orders"].select("user_id", "status", "total").rows())
    found = drawn(dataset, query("SELECT id FROM orders WHERE user_id = :u AND status = :s AND total = :t"))
    assert {tuple(value for _, value in binding.values) for binding in found} <= rows


def test_parameters_of_joined_tables_lead_to_rows(dataset: Dataset) -> None:
    countries = dict(frames()["users"].select("id", "country").rows())
    one = query(
        "SELECT o.id FROM orders o JOIN users u ON u.id = o.user_id WHERE u.country = :c AND o.user_id = :u"
    )
    assert all(binding.value("c") == countries[binding.value("u")] for binding in drawn(dataset, one))


def test_a_range_holds_one_to_ten_percent_of_the_rows(dataset: Dataset) -> None:
    times = frames()["orders"]["created_at"]
    for binding in drawn(
        dataset, query("SELECT id FROM orders WHERE created_at >= :from AND created_at < :to")
    ):
        share = times.is_between(binding.value("from"), binding.value("to")).sum() / ORDERS
        assert 0.005 < share < 0.12


def test_a_range_with_one_end_takes_the_latest(dataset: Dataset) -> None:
    times = frames()["orders"]["created_at"]
    for since in values(drawn(dataset, query("SELECT id FROM orders WHERE created_at > :since")), "since"):
        assert 0 < (times > since).sum() / ORDERS < 0.12


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ("lower(email) = :x", {f"user{n}@example.com" for n in range(1, 201)}),
        ('"createdAt"::date = :x', {value.date() for value in frames()["users"]["createdAt"]}),
        ("country = :x", {"FR", "ES", "DE"}),
        ("is_active = :x", {True, False}),
    ],
)
def test_a_value_is_what_the_expression_gives(dataset: Dataset, condition: str, allowed: set[Any]) -> None:
    assert set(values(drawn(dataset, query(f"{USERS} {condition}")), "x")) <= allowed


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ("data ->> 'kind' = :x", {"book", "lamp"}),
        ("data -> 'maker' ->> 'name' = :x", {f"M{n}" for n in range(7)}),
        ("(data ->> 'weight')::int = :x", set(range(100))),
        ("data @> jsonb_build_object('kind', :x)", {"book", "lamp"}),
        ("data ? :x", {"kind", "maker", "weight"}),
        (":x = ANY(tags)", {"new", *(f"tag{n}" for n in range(100))}),
        ("price = :x", {Decimal(n) for n in range(100)}),
    ],
)
def test_parts_of_documents_and_arrays(dataset: Dataset, condition: str, allowed: set[Any]) -> None:
    found = set(values(drawn(dataset, query(f"{PRODUCTS} {condition}")), "x"))
    assert len(found) > 1
    assert found <= allowed


def test_a_document_to_contain_is_one_member(dataset: Dataset) -> None:
    for document in values(drawn(dataset, query("SELECT id FROM products WHERE data @> :d")), "d"):
        assert len(document) == 1
        assert set(document) <= {"kind", "weight"}


def test_lists_hold_different_values(dataset: Dataset) -> None:
    for listed in values(drawn(dataset, query("SELECT id FROM products WHERE id = ANY(:ids)")), "ids"):
        assert len(listed) == len(set(listed)) >= 1
        assert all(1 <= number <= 100 for number in listed)


def test_words_and_patterns_come_from_the_texts(dataset: Dataset) -> None:
    one = query(
        "SELECT id FROM products WHERE search @@ plainto_tsquery(:q) AND name LIKE :p AND name LIKE :h || '%'"
    )
    known = {"red", "blue", "lamp"}
    for binding in drawn(dataset, one):
        assert set(binding.value("q").split()) <= known
        assert binding.value("p").strip("%") in "red blue lamp"
        assert binding.value("h") in ("red", "blu")


def test_range_columns_and_points(dataset: Dataset) -> None:
    (booked,) = drawn(dataset, query("SELECT id FROM bookings WHERE during && tsrange(:a, :b)"), 1)
    assert datetime(2025, 1, 1) <= booked.value("a") < booked.value("b") <= datetime(2025, 1, 29)
    one = query("SELECT id FROM places ORDER BY position <-> point(:x, :y) LIMIT :n OFFSET :m")
    for binding in drawn(dataset, one):
        assert binding.value("y") == pytest.approx(binding.value("x") + 40)
        assert binding.value("n") == 20
        assert binding.value("m") <= 100


def test_inserted_keys_are_new_and_never_twice(dataset: Dataset) -> None:
    insert = "INSERT INTO {} VALUES (:id, {})"
    orders = values(drawn(dataset, query("INSERT INTO orders (id, user_id) VALUES (:id, :u)"), 500), "id")
    assert len(set(orders)) == 500
    assert min(orders) > ORDERS
    reviews = drawn(dataset, query(insert.format("reviews (id, rating)", ":r")), 500)
    assert len(set(values(reviews, "id"))) == 500
    assert not set(values(reviews, "id")) & set(frames()["reviews"]["id"])
    emails = values(drawn(dataset, query("INSERT INTO users (email) VALUES (:e)"), 50), "e")
    assert len(set(emails)) == 50
    assert all(email.endswith("@example.com") for email in emails)


def test_queries_of_one_workload_make_different_keys(dataset: Dataset) -> None:
    one = query("INSERT INTO orders (id, user_id) VALUES (:id, :u)")
    other = Query("other", 1.0, one.target, one.statements)
    both = workload(one, other)
    first = values(draw(one, SHOP, dataset, both, 300, SEED), "id")
    second = values(draw(other, SHOP, dataset, both, 300, SEED), "id")
    assert not set(first) & set(second)


def test_a_composite_key_gets_pairs_that_no_row_has(dataset: Dataset) -> None:
    taken = set(frames()["reviews"].select("product_id", "user_id").rows())
    found = drawn(dataset, query("INSERT INTO reviews (product_id, user_id) VALUES (:p, :u)"), 60)
    pairs = [(binding.value("p"), binding.value("u")) for binding in found]
    assert len(set(pairs)) == 60
    assert not taken & set(pairs)


BATCH = "INSERT INTO orders (id, user_id, status, total, created_at) VALUES {}"


def test_each_row_of_values_takes_a_row_of_its_own(dataset: Dataset) -> None:
    batch = ", ".join(f"(:id{n}, :user{n}, :status{n}, :total{n}, :at)" for n in range(3))
    rows = set(frames()["orders"].select("user_id", "status", "total").rows())
    found = drawn(dataset, query(BATCH.format(batch)))
    batches = [
        [tuple(b.value(f"{c}{n}") for c in ("user", "status", "total")) for n in range(3)] for b in found
    ]
    assert {row for batch in batches for row in batch} <= rows
    assert sum(len(set(batch)) == 3 for batch in batches) > 180
    ids = [binding.value(f"id{n}") for binding in found for n in range(3)]
    assert len(set(ids)) == 600
    assert min(ids) > ORDERS


def test_the_first_row_of_values_is_drawn_as_a_single_one_is(dataset: Dataset) -> None:
    single = drawn(dataset, query(BATCH.format("(DEFAULT, :user0, :status0, :total0, :at)")))
    batch = "(DEFAULT, :user0, :status0, :total0, :at), (DEFAULT, :user1, :status1, :total1, :at)"
    double = drawn(dataset, query(BATCH.format(batch)))
    for name in ("user0", "status0", "total0", "at"):
        assert values(double, name) == values(single, name)
    assert double == drawn(dataset, query(BATCH.format(batch)))


def test_rows_of_values_agree_with_the_settings(dataset: Dataset) -> None:
    session = SessionSettings(settings=(("app.user", {"column": "users.id"}),))
    batch = "(DEFAULT, :user0, 'open', 1, :at), (DEFAULT, :user1, 'open', 1, :at)"
    for binding in drawn(dataset, query(BATCH.format(batch)), settings=session):
        owner = dict(binding.settings)["app.user"]
        assert (str(binding.value("user0")), str(binding.value("user1"))) == (owner, owner)


@pytest.mark.parametrize("other", [":p1", ":p0"])
def test_rows_of_values_share_no_composite_key(dataset: Dataset, other: str) -> None:
    taken = set(frames()["reviews"].select("product_id", "user_id").rows())
    insert = f"INSERT INTO reviews (product_id, user_id) VALUES (:p0, :u0), ({other}, :u1)"
    found = drawn(dataset, query(insert), 60)
    pairs = [(b.value(p), b.value(u)) for b in found for p, u in (("p0", "u0"), (other.strip(":"), "u1"))]
    assert len(set(pairs)) == 120
    assert not taken & set(pairs)


def test_what_the_file_says_wins(dataset: Dataset) -> None:
    one = query(
        "SELECT id FROM orders WHERE user_id = :u AND status = :s AND created_at < :now AND total > :t",
        u=ParameterSpec("column", "users.id"),
        s=ParameterSpec("value", "open"),
        now=ParameterSpec("now", True),
        t=ParameterSpec("generator", {"uniform": [5, 6]}),
    )
    found = drawn(dataset, one)
    assert values(found, "u").count(HOT_USER) < 20
    assert set(values(found, "s")) == {"open"}
    assert set(values(found, "now")) == {datetime(2026, 1, 1, tzinfo=UTC)}
    assert all(5 <= total <= 6 for total in values(found, "t"))


@pytest.mark.parametrize(
    ("sql", "generator", "expected"),
    [
        ("SELECT id FROM products WHERE tags @> ARRAY[:p]", {"choices": ["sale"]}, {"sale"}),
        ("SELECT id FROM products WHERE data ->> 'color' = :p", {"choices": ["blue"]}, {"blue"}),
        ('SELECT id FROM users WHERE extract(year FROM "createdAt") = :p', {"choices": [2024]}, {2024}),
        (
            "SELECT id FROM bookings WHERE during @> :p::timestamp",
            {"choices": ["2025-01-01 10:00"]},
            {datetime(2025, 1, 1, 10)},
        ),
    ],
)
def test_a_generator_gives_what_of_the_column_is_compared(
    dataset: Dataset, sql: str, generator: dict[str, Any], expected: set[Any]
) -> None:
    found = drawn(dataset, query(sql, p=ParameterSpec("generator", generator)), 5)
    assert set(values(found, "p")) == expected


@pytest.mark.parametrize(
    ("generator", "allowed"),
    [
        ({"uniform": [1, 5]}, {1, 2, 3, 4, 5}),
        ({"choices": [1, 2, 3]}, {1, 2, 3}),
        ({"choices": [[4, 5], [6]]}, {4, 5, 6}),
        ({"array": {"of": {"uniform": [7, 9]}, "min": 1, "max": 3}}, {7, 8, 9}),
        ({"value": [7, 8]}, {7, 8}),
        ({"value": 7}, {7}),
    ],
)
@pytest.mark.parametrize("column", ["user_id", "(total / 2)"])
def test_a_generator_for_a_list_gives_lists(
    dataset: Dataset, column: str, generator: dict[str, Any], allowed: set[int]
) -> None:
    one = query(
        f"SELECT id FROM orders WHERE {column} = ANY(:p)",
        p=ParameterSpec("generator", generator),
    )
    found = values(drawn(dataset, one, 50), "p")
    assert all(isinstance(listed, list) and listed for listed in found)
    assert {value for listed in found for value in listed} == allowed


@pytest.mark.parametrize(
    ("condition", "generator", "told"),
    [
        ("user_id = ANY(:p)", {"choices": [["x"], [1]]}, "doesn't give a list of type int8"),
        ("user_id = ANY(:p)", {"value": ["x"]}, "doesn't give a list of type int8"),
        ("user_id = ANY(:p)", {"choices": ["x"]}, "'x' is no value of a column of type int8"),
        (
            "user_id = :p",
            {"generator": "tests.dataset.test_bindings:lists"},
            "doesn't give a value of type int8",
        ),
    ],
)
def test_a_generator_of_other_values_is_a_problem_with_its_place(
    dataset: Dataset, condition: str, generator: dict[str, Any], told: str
) -> None:
    one = query(
        f"SELECT id FROM orders WHERE {condition}",
        p=ParameterSpec("generator", generator, PLACE),
    )
    with pytest.raises(WorkloadError) as caught:
        drawn(dataset, one)
    (line,) = str(caught.value).splitlines()
    assert line.startswith("shop.yaml:4:5: parameter p: ")
    assert told in line


def lists(rng: np.random.Generator, rows: int, first: int) -> list[list[int]]:
    """Lists, where one value is asked for."""
    return [[1, 2]] * rows


def test_a_wrong_generator_is_a_problem_with_its_place(dataset: Dataset) -> None:
    spec = ParameterSpec("generator", {"faker": "emial"}, PLACE)
    with pytest.raises(WorkloadError, match=r"shop.yaml:4:5: parameter e: Faker has no provider 'emial'"):
        drawn(dataset, query("SELECT id FROM users WHERE email = :e", e=spec))


def test_settings_follow_the_rows(dataset: Dataset) -> None:
    owners = dict(frames()["orders"].select("id", "user_id").rows())
    session = SessionSettings(settings=(("app.user", {"column": "users.id"}), ("app.mode", {"value": True})))
    one = query("SELECT id FROM orders WHERE id = :id")
    for binding in drawn(dataset, one, settings=session):
        assert dict(binding.settings) == {"app.user": str(owners[binding.value("id")]), "app.mode": "true"}


def test_settings_of_two_tables_agree(dataset: Dataset) -> None:
    frame = frames()
    of_order = dict(frame["orders"].select("id", "user_id").rows())
    of_review = dict(frame["reviews"].select("id", "user_id").rows())
    session = SessionSettings(settings=(("app.user", {"column": "users.id"}),))
    one = query("SELECT id FROM reviews WHERE id = :r", "SELECT id FROM orders WHERE id = :o")
    found = drawn(dataset, one, settings=session)
    same = [of_order[binding.value("o")] == of_review[binding.value("r")] for binding in found]
    assert sum(same) > 150


def test_settings_of_a_query_without_parameters_follow_its_tables(dataset: Dataset) -> None:
    session = SessionSettings(settings=(("app.user", {"column": "users.id"}),))
    found = drawn(dataset, query("SELECT count(*) FROM orders"), settings=session)
    hot = [binding for binding in found if dict(binding.settings)["app.user"] == str(HOT_USER)]
    assert 30 < len(hot) < 100


def test_special_bindings(dataset: Dataset) -> None:
    found = labelled(dataset, query("SELECT id FROM orders WHERE user_id = :u AND paid_at = :p"))
    assert set(found) == {"hot", "cold", "missing", "null"}
    assert found["null"].value("p") is None
    assert found["null"].value("u") is not None
    assert found["missing"].value("u") > 200


def test_hot_and_cold(dataset: Dataset) -> None:
    counts = Counter(frames()["orders"]["user_id"])
    found = labelled(dataset, query("SELECT id FROM orders WHERE user_id = :u"))
    assert found["hot"].value("u") == HOT_USER
    assert counts[found["cold"].value("u")] == min(counts.values())
    tags = labelled(dataset, query("SELECT id FROM products WHERE :t = ANY(tags)"))
    assert tags["hot"].value("t") == "new"
    assert tags["cold"].value("t").startswith("tag")
    assert tags["missing"].value("t") not in {"new", *(f"tag{n}" for n in range(100))}


def test_first_and_last_of_a_range(dataset: Dataset) -> None:
    times = frames()["orders"]["created_at"]
    found = labelled(dataset, query("SELECT id FROM orders WHERE created_at BETWEEN :a AND :b"))
    assert found["first"].value("a") == times.min()
    assert found["last"].value("b") == times.max()
    assert found["last"].value("a") < times.max()
