"""The delivered schema.js: run by Node on a stand-in for `db`, it asks for what the blueprint says."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from bson import json_util
from bson.binary import UuidRepresentation
from bson.json_util import JSONMode, JSONOptions

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.blueprint import blueprint
from optimizer.engines.mongo.candidates import considered
from optimizer.engines.mongo.commands import COUNTERS
from optimizer.engines.mongo.indexes import key_of, options_of
from optimizer.engines.mongo.script import schema_js
from optimizer.engines.postgres.catalog.schema import read_schema
from optimizer.model.design import Design
from optimizer.model.index import Index
from optimizer.model.query import SourceText
from optimizer.model.structure import Structure
from tests.engines.mongo.candidate_layouts import BUYER, COUNTED, ITEMS, LATEST, LOGGED, MORE, workload

OPTIONS: JSONOptions = JSONOptions(
    json_mode=JSONMode.RELAXED, tz_aware=False, uuid_representation=UuidRepresentation.STANDARD
)
STUB = Path(__file__).parent / "script_stub.js"
HOSTILE = """
CREATE SCHEMA audit;
CREATE TABLE audit."log lines" (id bigserial PRIMARY KEY, "a""b" text, c numeric(3,1),
  CHECK ("a""b" <> E'x\\n//"'));
CREATE TABLE stats (id uuid PRIMARY KEY, "the.day" date, price numeric(30,2), e text UNIQUE, f float8 UNIQUE,
  CHECK (price > 0.5), CHECK (f >= 0.5), CHECK ("the.day" IN ('2020-01-01', '2021-01-01')));
CREATE UNIQUE INDEX one ON stats (lower(e));
"""


def run(script: str) -> list[Any]:
    """The calls that the script makes; the test is skipped where there is no Node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node isn't installed: the script can't be run")
    done = subprocess.run([node, str(STUB)], input=script, capture_output=True, text=True, check=True)
    calls: list[Any] = json_util.loads(done.stdout, json_options=OPTIONS)
    return calls


def wanted(schema: Any, design: Design) -> list[Any]:
    """What the blueprint and the indexes of the design come to."""
    calls: list[Any] = []
    for made in blueprint(schema, design).collections:
        calls.append(["createCollection", made.name, dict(made.options)])
        calls += [_index(index) for index in made.unique]
    return calls


def _index(index: Index) -> list[Any]:
    return ["createIndex", str(index.table), [list(key) for key in key_of(index)], options_of(index)]


def plain(calls: Any) -> Any:
    """Through extended JSON and back, as the script's calls came."""
    return json_util.loads(json_util.dumps(calls, json_options=OPTIONS), json_options=OPTIONS)


@pytest.mark.parametrize(
    "structures", [(), (ITEMS, COUNTED, LATEST, LOGGED), (BUYER,)], ids=["none", "several", "copies"]
)
def test_the_calls_are_those_of_the_blueprint(structures: Sequence[Structure]) -> None:
    chosen = frozenset(structures)
    asked = workload(
        "SELECT o.id FROM orders o WHERE o.user_id = :u AND o.status = 'new' ORDER BY o.created_at DESC",
        "SELECT a.id FROM articles a WHERE a.search @@ plainto_tsquery('german', :q)",
    )
    found, _ = considered(asked, MORE, Layout(MORE, chosen))
    design = Design(frozenset(one.index for one in found), chosen)
    calls = run(schema_js(asked, MORE, design, {}))
    secondary = [_index(one.index) for one in found]
    made = [call for call in calls if call[0] != "insertMany"]
    assert made[: -len(secondary)] == plain(wanted(MORE, design))
    assert sorted(made[-len(secondary) :], key=str) == sorted(plain(secondary), key=str)
    (sequences,) = [call for call in calls if call[0] == "insertMany"]
    assert sequences[1] == COUNTERS
    assert {"_id": "events.id", "value": 0} in sequences[2]


def test_hostile_names_and_values(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(HOSTILE.encode())
        schema = read_schema(connection, SourceText(HOSTILE, "test.sql"))
    calls = run(schema_js(workload("SELECT 1"), schema, Design(), {}))
    assert [call for call in calls if call[0] != "insertMany"] == plain(wanted(schema, Design()))
    assert blueprint(schema, Design()).notes != ()


def test_comments_stand_above_what_they_are_about() -> None:
    found, _ = considered(workload("SELECT 1"), MORE, Layout(MORE, frozenset({ITEMS})))
    index = next(one.index for one in found if str(one.index.table) == "orders")
    design = Design(frozenset({index}), frozenset({ITEMS}))
    comments = {index: ["12 ms, not 30", "two\nlines"], ITEMS: ["one document a page\u2028;"]}
    script = schema_js(workload("SELECT 1"), MORE, design, comments)
    lines = script.splitlines()
    at = next(number for number, line in enumerate(lines) if f'name: "{index.name}"' in line)
    assert lines[at - 3 : at] == ["// 12 ms, not 30", "// two", "// lines"]
    collection = next(number for number, line in enumerate(lines) if 'createCollection("orders"' in line)
    assert lines[collection - 4 : collection] == [
        "// order_items embedded in orders.items as an array",
        "// one document a page",
        "// ;",
        "// Kept: a row of order_items is written once, as an element of items.",
    ]
    assert run(script) != []


def test_locks_are_said_and_taken() -> None:
    deleting = "DELETE FROM users WHERE id = :id"
    asked = workload("INSERT INTO orders (id, user_id) VALUES (:id, :user)", deleting)
    script = schema_js(asked, MORE, Design(), {})
    lines = script.splitlines()
    above = lines[next(n for n, line in enumerate(lines) if 'createCollection("users"' in line) - 1]
    assert above.startswith(
        "// Locked: a statement that writes a row of orders adds 1 to _lock in the document"
    )
    (users,) = [c for c in run(script) if c[:2] == ["createCollection", "users"]]
    assert "_lock" in users[2]["validator"]["$jsonSchema"]["properties"]
    assert "_lock" not in users[2]["validator"]["$jsonSchema"]["required"]
    assert "_lock" not in schema_js(workload(deleting), MORE, Design(), {})


def test_retention_is_said_or_done() -> None:
    asked = workload("SELECT e.id FROM events e", retention=(("events", 60.0), ("log", 3600.0)))
    plainly = schema_js(asked, MORE, Design(), {})
    assert "// Rows of events stay 60 s after their at; no index of this design lets them go" in plainly
    found, _ = considered(asked, MORE, Layout(MORE))
    expiring = frozenset(one.index for one in found if "expireAfterSeconds" in dict(one.index.options))
    assert {str(index.table) for index in expiring} == {"events", "log"}
    assert "// Rows of" not in schema_js(asked, MORE, Design(expiring), {})
    series = Design(structures=frozenset({LOGGED}))
    (log,) = [c for c in run(schema_js(asked, MORE, series, {})) if c[:2] == ["createCollection", "log"]]
    assert log[2]["expireAfterSeconds"] == 3600


def test_an_index_without_a_name_gets_one() -> None:
    found, _ = considered(workload("SELECT 1"), MORE, Layout(MORE))
    bare = frozenset(replace(one.index, name="") for one in found[:3])
    names = [call[3]["name"] for call in run(schema_js(workload("SELECT 1"), MORE, Design(bare), {}))[-3:]]
    assert len(set(names)) == 3
