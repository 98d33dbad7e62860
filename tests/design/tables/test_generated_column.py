"""The expressions that become columns, of which type, under which name, and those that don't."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from optimizer.design.moves.offer import Offer
from optimizer.design.tables.moves.generated_column import generated_columns
from optimizer.model.schema import ColumnType, Schema
from optimizer.model.tables import GeneratedColumn
from tests.conftest import WriteDataset
from tests.design.tables.storage_moves import offered
from tests.queries.schemas import table

_PEOPLE = table(
    "people",
    "id int8!; name text!; email varchar; note text; data jsonb; raw json; age int4; height float8;"
    "paid numeric; at timestamptz; day date; tags text[]; active bool; name_lower int4;"
    "made text = lower(name); code uuid; pad bpchar; german text; Odd text",
    schema="app",
)
_COLLATED = {"german": "de-x-icu", "note": "C"}
_SPELLED = {"height": ColumnType("double precision", "float8")}
PEOPLE = replace(
    _PEOPLE,
    columns=tuple(
        replace(one, collation=_COLLATED.get(one.name), type=_SPELLED.get(one.name, one.type))
        for one in _PEOPLE.columns
    ),
)
SCHEMA = Schema((PEOPLE, table("orders", "id int8!; email text")))
ROWS = pl.DataFrame(
    {
        "id": [1, 2, 3, 4],
        "note": ["1", " 22 ", None, "-3"],
        "name": ["x", "y", "", "12"],
        "data": [
            '{"n": 5, "x": 1, "price": "2.5e3", "ok": true, "a": {"b": 1}}',
            '{"n": " -7 ", "x": "one", "price": null, "ok": "no"}',
            None,
            "[]",
        ],
    }
)


def offers(dataset: WriteDataset, **queries: str) -> tuple[list[Offer], dict[str, str]]:
    return offered(generated_columns, SCHEMA, dataset, {"app.people": ROWS}, queries)


def one(dataset: WriteDataset, condition: str) -> GeneratedColumn:
    found, left = offers(dataset, query=f"SELECT id FROM app.people WHERE {condition}")
    assert not left
    [offer] = found
    assert isinstance(offer.structure, GeneratedColumn)
    return offer.structure


@pytest.mark.parametrize(
    ("condition", "field", "type_", "collation"),
    [
        ("lower(name) = :x", "name_lower_2", "text", None),
        ("upper(email) LIKE :x || '%'", "email_upper", "text", None),
        ('lower("Odd") = :x', "odd_lower", "text", None),
        ("lower(german) < :x", "german_lower", "text", "de-x-icu"),
        ("lower(name || note) = :x", "name_note_lower", "text", "C"),
        ("data ->> 'n' = :x", "data_n", "text", None),
        ("raw ->> 'First Name' = :x", "raw_first_name", "text", None),
        ("data -> 'a' ->> 'b' = :x", "data_a_b", "text", None),
        ("data #>> '{a,b}' = :x", "data_a_b", "text", None),
        ("lower(data ->> 'n') = :x", "data_n_lower", "text", None),
        ("data -> 'a' @> :x", "data_a", "jsonb", None),
        ("(data ->> 'n')::int > :x", "data_n", "integer", None),
        ("CAST(data ->> 'n' AS BIGINT) > :x", "data_n", "bigint", None),
        ("(data ->> 'price')::numeric > :x", "data_price", "numeric", None),
        ("(data ->> 'price')::float8 > :x", "data_price", "double precision", None),
        ("(data ->> 'ok')::bool = :x", "data_ok", "boolean", None),
        ("(data -> 'a' ->> 'b')::smallint = :x", "data_a_b", "smallint", None),
        ("note::int = :x", "note", "integer", None),
        ("age::text LIKE :x", "age", "text", None),
        ("coalesce(email, '') = :x", "email_or_else", "character varying", None),
        ("coalesce(age, 0) > :x", "age_or_else", "integer", None),
        ("coalesce(paid, -0.5) > :x", "paid_or_else", "numeric", None),
        ("coalesce(height, 0) > :x", "height_or_else", "double precision", None),
        ("coalesce(active, false) = :x", "active_or_else", "boolean", None),
        ("coalesce(name, note) = :x", "name_or_else", "text", "C"),
        (
            "to_tsvector('english', name || ' ' || coalesce(note, '')) @@ to_tsquery(:x)",
            "search",
            "tsvector",
            None,
        ),
        (
            "setweight(to_tsvector('simple', name), 'A') || to_tsvector('simple', coalesce(note, ''))"
            " @@ to_tsquery(:x)",
            "search",
            "tsvector",
            None,
        ),
    ],
)
def test_what_postgres_makes_of_an_expression(
    dataset: WriteDataset, condition: str, field: str, type_: str, collation: str | None
) -> None:
    found = one(dataset, condition)
    expected = f"{field}_2" if field in PEOPLE.by_name else field
    assert (found.field, found.type.sql, found.collation) == (expected, type_, collation)


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("to_tsvector(name) @@ to_tsquery(:x)", "to_tsvector must name its configuration"),
        ("to_tsvector(email, name) @@ to_tsquery(:x)", "whether to_tsvector is immutable"),
        ("lower(made) = :x", "made is generated itself"),
        ("at::date = :x", "a cast to date isn't known to be immutable"),
        ("(data ->> 'n')::timestamptz > :x", "isn't known to be immutable"),
        ("(data ->> 'n')::numeric(4, 1) > :x", "a cast to decimal(4, 1) isn't known"),
        ("at::text = :x", "a cast of timestamp with time zone isn't known"),
        ("(data ->> 'x')::int = :x", "data ->> 'x' isn't an integer in every row (`one`)"),
        ("name::int = :x", "name isn't an integer in every row (`x`)"),
        ("(raw ->> 'n')::int = :x", "can't be told here"),
        ("(lower(note))::int = :x", "can't be told here"),
        ("name || age = :x", "|| of text and integer isn't immutable"),
        ("lower(german || note) = :x", "its texts have several collations (C, de-x-icu)"),
        ("coalesce(age, 0.5) > :x", "COALESCE of integer and 0.5"),
        ("coalesce(day, '2020-01-01') > :x", "COALESCE of date"),
        ("coalesce(pad, '') = :x", "COALESCE of bpchar"),
        ("raw -> 'a' = :x", "json isn't compared"),
        ("lower(tags[1]) = :x", "isn't known here"),
        ("array_length(tags, 1) = :x", "array_length"),
        ("age + 1 = :x", "isn't known here"),
        ("date_trunc('day', at) = :x", "whether date_trunc is immutable"),
        ("concat(name, email) = :x", "whether concat is immutable"),
        ('lower(name) COLLATE "C" = :x', "isn't known here"),
    ],
)
def test_what_is_left_out(dataset: WriteDataset, condition: str, reason: str) -> None:
    found, left = offers(dataset, query=f"SELECT id FROM app.people WHERE {condition}")
    assert not found
    assert reason in "; ".join(left.values())
    assert all(subject.startswith("a column generated as") for subject in left)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM app.people WHERE name = lower(:x)",
        "SELECT lower(name) FROM app.people",
        "SELECT id FROM app.people WHERE lower(name) <> :x",
        "SELECT id FROM app.people WHERE lower(name) = :x FOR UPDATE",
        "UPDATE app.people SET age = 1 WHERE lower(name) = :x",
        "DELETE FROM app.people WHERE lower(name) = :x",
        "SELECT p.id FROM app.people p, orders o WHERE lower(p.name || o.email) = :x",
        "SELECT id FROM app.people WHERE lower(name || :y) = :x",
    ],
)
def test_what_asks_for_nothing(dataset: WriteDataset, sql: str) -> None:
    assert offers(dataset, query=sql) == ([], {})


def test_spellings_of_one_expression_are_one_column(dataset: WriteDataset) -> None:
    [offer], _ = offers(
        dataset,
        a="SELECT id FROM app.people WHERE (data ->> 'n')::int = :x",
        b="SELECT p.id FROM app.people p ORDER BY CAST(p.data->>'n' AS INTEGER), p.id LIMIT 3",
        c="INSERT INTO app.people (id) VALUES (:i)",
        d="UPDATE app.people SET age = 3 WHERE id = :i",
        e="DELETE FROM app.people WHERE id = :i",
    )
    assert offer.because == (
        "looked up by a; sorted by b; written with wider rows by c, d;"
        " rows in which a text is no integer are refused"
    )


def test_a_join_by_expressions_asks_on_both_sides(dataset: WriteDataset) -> None:
    found, _ = offers(
        dataset, a="SELECT p.id FROM app.people p JOIN orders o ON lower(o.email) = lower(p.email)"
    )
    assert {str(offer.structure.table) for offer in found} == {"app.people", "orders"}


def test_names_are_free(dataset: WriteDataset) -> None:
    found, _ = offers(
        dataset,
        a="SELECT id FROM app.people WHERE data ->> 'n' = :x",
        b="SELECT id FROM app.people WHERE (data ->> 'n')::int = :x",
        c="SELECT id FROM app.people WHERE data ->> '" + "lóng" * 30 + "' = :x",
    )
    names = [offer.structure.field for offer in found if isinstance(offer.structure, GeneratedColumn)]
    assert names[:2] == ["data_n", "data_n_2"]
    assert len(names[2].encode()) <= 63
