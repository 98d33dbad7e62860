"""What holds of the candidates of a whole workload: limits, the user's own indexes, what is needed."""

from __future__ import annotations

from optimizer.design.documents.layout import Layout
from optimizer.design.indexes.proposal import Proposal
from optimizer.engines.mongo.candidates import considered, given, needed
from optimizer.engines.mongo.candidates.limits import MAX_INDEXES, within_limit
from optimizer.engines.mongo.candidates.retention import time_column
from optimizer.engines.mongo.candidates.tables import Collections
from optimizer.engines.mongo.indexes import create_index, key_of, path_index
from optimizer.model.index import Index, IndexKey
from optimizer.model.schema import Column, ColumnType, Key, Schema, Table
from optimizer.model.structure import Structure
from tests.engines.mongo.candidate_layouts import ITEMS, LOGGED, MORE, PROFILE, name, workload

SEARCH = "SELECT p.id FROM products p WHERE to_tsvector('english', p.name) @@ plainto_tsquery('english', :q)"


def own(*indexes: Index) -> Schema:
    """The schema with these indexes in its DDL."""
    return Schema(MORE.tables, indexes)


def index(table: str, *keys: str, method: str = "btree", where: str | None = None) -> Index:
    """An index of the user's, its keys plain columns or expressions in parentheses."""
    made = tuple(IndexKey(key[1:-1]) if key.startswith("(") else IndexKey(key, key) for key in keys)
    return Index(name(table), made, method, where=where, name=f"{table}_own_{len(keys)}_{method}")


def statements(schema: Schema, *structures: Structure) -> list[str]:
    """The given indexes on a layout, as statements without the database's name."""
    indexes, _ = given(schema, Layout(schema, frozenset(structures)))
    return [create_index(one).removeprefix("db.") for one in indexes]


def test_beyond_64_indexes_the_rarest_go() -> None:
    proposals = [Proposal(path_index(name("orders"), f"f{n}"), (f"q{n}",), "") for n in range(70)]
    shares = {f"q{n}": float(n) for n in range(70)}
    keys = {name("orders"): (path_index(name("orders"), "_id"), path_index(name("orders"), "n"))}
    kept, left_out = within_limit(proposals, keys, shares)
    assert [one.index for one in kept] == [one.index for one in proposals[8:]]
    assert len(kept) == MAX_INDEXES - 2
    assert {one.queries for one in left_out} == {(f"q{n}",) for n in range(8)}


def test_given_indexes_become_documents_indexes() -> None:
    schema = own(
        index("orders", "user_id", "created_at"),
        index("orders", "status", where="paid_at IS NULL AND status = ANY (ARRAY['a'::text, 'b'::text])"),
        index("order_items", "product_id", method="hash"),
        index("users", "(lower((name)::text))"),
        index("products", "tags", method="gin"),
        index("products", "data", method="gin"),
        index("places", "position", method="gist"),
        index("events", "at", method="brin"),
    )
    assert [text.partition(", {name")[0] for text in statements(schema)] == [
        "orders.createIndex({user_id: 1, created_at: 1}",
        "orders.createIndex({status: 1}",
        "order_items.createIndex({product_id: 1}",
        "users.createIndex({name: 1}",
        "products.createIndex({tags: 1}",
        'products.createIndex({"data.$**": 1}',
        'places.createIndex({position: "2dsphere"}',
        "events.createIndex({at: 1}",
    ]
    assert 'partialFilterExpression: {paid_at: null, status: {$in: ["a", "b"]}}' in statements(schema)[1]
    embedded = statements(schema, ITEMS)
    assert embedded[2].startswith('orders.createIndex({"items.product_id": 1}')


def test_given_indexes_that_can_not_be_had_are_told() -> None:
    schema = own(
        index("orders", "(date_trunc('day'::text, created_at))"),
        index("orders", "status", where="status <> 'a'"),
        index("users", "email"),
        index("products", "name", method="gin"),
        index("products", "tags", "data", method="gin"),
        index("bookings", "during", method="gist"),
        index("profiles", "city", where="city = 'x'"),
        index("log", "(to_tsvector('english'::regconfig, device))", method="gin"),
    )
    layout = Layout(schema, frozenset({LOGGED, PROFILE}))
    found, reasons = given(schema, layout)
    assert [key_of(one) for one in found] == [[("profile.city", 1)]]
    assert [reason for _, reason in reasons] == [
        "MongoDB has no index on an expression (date_trunc('day'::text, created_at))",
        "no partial filter says status <> 'a'",
        "users_email_key covers it",
        "MongoDB has no index for such searches in varchar(200)",
        "no index like gin on tags, data",
        "MongoDB has no index for such searches in tsrange",
        "it isn't known which columns its text is made of",
    ]


def test_the_users_own_text_index_is_the_only_one() -> None:
    mine = index("products", "(to_tsvector('german'::regconfig, (description)::text))", method="gin")
    schema = own(mine)
    found, _ = considered(workload(SEARCH), schema, Layout(schema))
    assert [key_of(one) for one in needed(found)] == [[("description", "text")]]
    found, _ = considered(workload(SEARCH), MORE, Layout(MORE))
    assert [key_of(one) for one in needed(found)] == [[("name", "text")]]


def test_candidates_of_two_languages_are_one_index() -> None:
    other = (
        "SELECT p.id FROM products p WHERE to_tsvector('german', p.description) @@ to_tsquery('german', :q)"
    )
    found, missing = considered(workload(SEARCH, other), MORE, Layout(MORE))
    (one,) = needed(found)
    assert [path for path, _ in key_of(one)] == ["description", "name"]
    assert (
        "a text index on products for each of english, german",
        "a collection has one text index",
    ) in missing


def test_one_index_on_a_field_expires_for_all() -> None:
    asked = workload("SELECT e.id FROM events e WHERE e.at > :t ORDER BY e.at", retention=(("events", 60.0),))
    found, _ = considered(asked, own(index("events", "at")), Layout(own(index("events", "at"))))
    plain = [one.index for one in found if key_of(one.index) == [("at", 1)]]
    assert [dict(one.options) for one in plain] == [{"expireAfterSeconds": "60"}]


def test_a_key_of_some_rows_finds_no_row() -> None:
    number = ColumnType("integer", "int4")
    columns = tuple(Column(one, number, not_null=one != "a") for one in ("id", "a", "n"))
    keys = (
        Key("t_pkey", ("id",), primary=True),
        Key("t_a_key", ("a",)),
        Key("t_n_key", ("n",), where="(id >= 5)"),
    )
    layout = Layout(Schema((Table(name("t"), columns, keys),)))
    known = Collections(layout).schema.by_name[name("t")]
    assert [known.is_unique(frozenset({path})) for path in ("_id", "a", "n")] == [True, True, False]


def test_the_time_of_a_row() -> None:
    columns = {table.name.name: time_column(table) for table in MORE.tables}
    assert {table: column.name for table, column in columns.items() if column is not None} == {
        "orders": "created_at",
        "tasks": "due_on",
        "events": "at",
        "log": "at",
    }
