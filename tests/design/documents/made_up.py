"""A small schema and workloads for it, made by hand: no server is needed to propose structures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict, Unpack

from optimizer.design.documents.growth import Growth
from optimizer.design.documents.proposals import proposals
from optimizer.model.names import TableName
from optimizer.model.query import Query, SourceText, Target
from optimizer.model.schema import Schema
from optimizer.model.structure import StructureCandidate
from optimizer.model.workload import SessionSettings, Workload
from tests.queries.schemas import table

SCHEMA = Schema(
    (
        table("users", "id int8!; name varchar!; city varchar; bio text; photo bytea; level int4!"),
        table("settings", "user_id int8!; dark bool!", primary=["user_id"], parents=[("user_id", "users")]),
        table(
            "orders",
            "id int8!; user_id int8!; status varchar!; at timestamptz!",
            parents=[("user_id", "users")],
        ),
        table(
            "items",
            "id int8!; order_id int8!; price numeric!; weight float8; stars int4; added timestamptz!",
            parents=[("order_id", "orders")],
        ),
        table("notes", "id int8!; user_id int8; body text!; at timestamptz", parents=[("user_id", "users")]),
        table(
            "replies",
            "id int8!; user_id int8!; answers_id int8; said varchar!",
            parents=[("user_id", "users"), ("answers_id", "replies")],
        ),
        table(
            "moves",
            "id int8!; from_id int8!; to_id int8!; at timestamptz!",
            parents=[("from_id", "users"), ("to_id", "users")],
        ),
        table("readings", "sensor int4!; value float8!; at timestamptz!", primary=[]),
    )
)

SMALL = Growth(30, 4.0, 3_000)

LeftOut = Sequence[tuple[str, str]]
Queries = Mapping[str, str | Sequence[str]]


class More(TypedDict, total=False):
    """What else a workload may say."""

    weights: Mapping[str, float]
    targets: Mapping[str, float]
    relax: Sequence[str]
    session: SessionSettings


class Proposing(More, total=False):
    """What else decides what is proposed."""

    growth: Growth
    schema: Schema


def workload(queries: Queries, **more: Unpack[More]) -> Workload:
    """A workload of these statements; every query weighs 1 and has 100 ms where nothing else is said."""
    weights, targets = more.get("weights", {}), more.get("targets", {})
    weight = {name: weights.get(name, 1.0) for name in queries}
    total = sum(weight.values())
    made = tuple(
        Query(name, weight[name] / total, Target(targets.get(name, 100.0)), _sources(sql))
        for name, sql in queries.items()
    )
    return Workload(
        "made-up",
        Path("made-up.yaml"),
        SourceText("", "made-up.sql"),
        made,
        (),
        "digest",
        relax=tuple(more.get("relax", ())),
        session=more.get("session", SessionSettings()),
    )


def proposed(
    queries: Queries, growth: Growth = SMALL, schema: Schema = SCHEMA, **more: Unpack[More]
) -> tuple[tuple[StructureCandidate, ...], LeftOut]:
    """What is proposed for these statements, every array being of the same growth."""

    def grown(child: TableName, key: str) -> Growth:
        schema.by_name[child].foreign_key(key)
        return growth

    return proposals(workload(queries, **more), schema, grown)


def labels(queries: Queries, **more: Unpack[Proposing]) -> list[str]:
    """The labels of the structures that are proposed, in their order."""
    return [one.structure.label for one in proposed(queries, **more)[0]]


def reasons(queries: Queries, **more: Unpack[Proposing]) -> dict[str, str]:
    """What was left out, with its reason."""
    return dict(proposed(queries, **more)[1])


def _sources(sql: str | Sequence[str]) -> tuple[SourceText, ...]:
    texts = [sql] if isinstance(sql, str) else list(sql)
    return tuple(SourceText(text, "made-up.yaml") for text in texts)
