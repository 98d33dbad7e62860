"""The layouts of the candidates' golden pairs: over the sample schema, and over the example workloads'."""

from __future__ import annotations

from pathlib import Path

from optimizer.model.denormalisation import Computed, ExtendedReference
from optimizer.model.documents import Embed, Subset, TimeSeries
from optimizer.model.names import TableName
from optimizer.model.query import Query, SourceText, Target
from optimizer.model.schema import Column, ColumnType, Schema, Table
from optimizer.model.structure import Structure
from optimizer.model.workload import SessionSettings, Workload
from tests.engines.postgres.candidate_schema import SAMPLE, table

TENANT = SessionSettings("app", (("app.tenant", {"column": "tenants.id"}),))
NO_LAYOUT: frozenset[Structure] = frozenset()


def name(text: str) -> TableName:
    """A table of `public`."""
    return TableName("public", text)


ITEMS = Embed(name("order_items"), name("orders"), "order_items_order_id_fkey", "items")
BUYER = ExtendedReference(name("orders"), name("users"), "orders_user_id_fkey", "user", ("email", "name"))
COUNTED = Computed(name("users"), name("orders"), "orders_user_id_fkey", "orders", "count")
LATEST = Subset(
    name("users"),
    name("orders"),
    "orders_user_id_fkey",
    "latest",
    (("created_at", True), ("id", False)),
    5,
    ("id", "status"),
)
LOGGED = TimeSeries(name("log"), "at", ("device",))
PROFILE = Embed(name("profiles"), name("users"), "profiles_user_id_fkey", "profile", many=False)

LAYOUTS: dict[str, frozenset[Structure]] = {
    "reference": NO_LAYOUT,
    "items in orders": frozenset({ITEMS}),
    "buyer copied to orders": frozenset({BUYER}),
    "orders counted in users": frozenset({COUNTED, LATEST}),
    "log as a time series": frozenset({LOGGED}),
    "profile in users": frozenset({PROFILE}),
}

_ARTICLES = table(
    "articles",
    "id uuid !, language varchar(5) !, title text !, body text, author_id uuid !, search tsvector",
    parents=(("author_id", "users"),),
)
_SEARCH = (
    "setweight(to_tsvector('german'::regconfig, title), 'A'::\"char\") || "
    "setweight(to_tsvector('german'::regconfig, COALESCE(body, ''::text)), 'C'::\"char\")"
)


def _with_search(made: Table) -> Table:
    generated = Column("search", ColumnType("tsvector", "tsvector"), default=_SEARCH, generated=True)
    columns = tuple(generated if column.name == "search" else column for column in made.columns)
    return Table(made.name, columns, made.keys, made.foreign_keys)


MORE = Schema(
    (
        *SAMPLE.tables,
        _with_search(_ARTICLES),
        Table(name("log"), table("log", "device int4 !, at timestamptz ! =now(), value float8").columns),
        table(
            "profiles",
            "id uuid !, user_id uuid !, city varchar(50), nick varchar(20)",
            unique=("user_id", "nick"),
            parents=(("user_id", "users"),),
        ),
    )
)


def workload(*statements: str, retention: tuple[tuple[str, float], ...] = ()) -> Workload:
    """A workload of these statements: `q`, or `q1`, `q2` ... where there are several."""
    names = ["q"] if len(statements) == 1 else [f"q{number}" for number in range(1, len(statements) + 1)]
    queries = tuple(
        Query(one, 1 / len(names), Target(), (SourceText(text, "test.yaml"),))
        for one, text in zip(names, statements, strict=True)
    )
    empty = SourceText("", "test.sql")
    return Workload("test", Path("test.yaml"), empty, queries, (), "", session=TENANT, retention=retention)
