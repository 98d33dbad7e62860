"""The candidates of the example workloads, each in a golden file, and all built at once on a server."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pymongo import IndexModel
from pymongo.database import Database

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.blueprint import blueprint
from optimizer.engines.mongo.candidates import considered, given
from optimizer.engines.mongo.candidates.limits import MAX_INDEXES
from optimizer.engines.mongo.indexes import create_index, key_of, options_of
from optimizer.engines.postgres.server import PostgresServer
from optimizer.model.design import Candidate, Design
from optimizer.model.schema import Schema
from optimizer.model.structure import Structure
from optimizer.model.workload import Workload
from optimizer.workload.read import read
from tests.engines.mongo.candidate_layouts import ITEMS, NO_LAYOUT

ROOT = Path(__file__).parents[3]
GOLDEN = Path(__file__).parent / "golden_workloads"
CASES: tuple[tuple[str, str, frozenset[Structure]], ...] = (
    ("shop", "reference", NO_LAYOUT),
    ("shop", "items in orders", frozenset({ITEMS})),
    ("saas", "reference", NO_LAYOUT),
    ("events", "reference", NO_LAYOUT),
)


@pytest.mark.parametrize(("name", "title", "structures"), CASES, ids=[f"{n} {t}" for n, t, _ in CASES])
def test_workload(
    postgres: PostgresServer,
    mongo_database: Database[dict[str, Any]],
    name: str,
    title: str,
    structures: frozenset[Structure],
) -> None:
    workload = read(ROOT / "workloads" / f"{name}.yaml")
    schema = postgres.read(workload, "golden", workload.ddl).schema
    layout = Layout(schema, structures)
    found, missing = considered(workload, schema, layout)
    expected = (GOLDEN / f"{name}_{title.replace(' ', '_')}.txt").read_text()
    assert render(f"{name}: {title}", found, missing) == expected
    check(workload, schema, layout, found)
    build(mongo_database, schema, structures, found)


def render(title: str, found: tuple[Candidate, ...], missing: tuple[tuple[str, str], ...]) -> str:
    """The golden file: each candidate with its queries, then what was left out."""
    lines = [f"// {title}", ""]
    for one in found:
        lines += [
            f"// {', '.join(one.queries) or 'no statement'}: {one.because}",
            f"{create_index(one.index)};",
        ]
    lines += ["", *(f"// left out: {subject}: {reason}" for subject, reason in missing)]
    return "\n".join(lines) + "\n"


def check(workload: Workload, schema: Schema, layout: Layout, found: tuple[Candidate, ...]) -> None:
    """What holds of candidates anywhere."""
    indexes = [one.index for one in found]
    assert set(given(schema, layout)[0]) <= set(indexes)
    assert len({index.name for index in indexes}) == len(indexes)
    assert {name for one in found for name in one.queries} <= {query.name for query in workload.queries}
    assert all(not index.include for index in indexes)


def build(
    mongo: Database[dict[str, Any]],
    schema: Schema,
    structures: frozenset[Structure],
    found: tuple[Candidate, ...],
) -> None:
    """Every collection with its unique indexes and all candidates on it."""
    for collection in blueprint(schema, Design(structures=structures)).collections:
        mongo.create_collection(collection.name, **collection.options)
        own = [one.index for one in found if str(one.index.table) == collection.name]
        models = [IndexModel(key_of(index), **options_of(index)) for index in (*collection.unique, *own)]
        if models:
            mongo[collection.name].create_indexes(models)
        names = Counter(mongo[collection.name].index_information())
        assert set(names) == {"_id_", *(options_of(index)["name"] for index in (*collection.unique, *own))}
        assert len(names) <= MAX_INDEXES
