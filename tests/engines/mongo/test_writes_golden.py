"""Writes and the operations that they become: pairs to be read, in golden_writes/, a file a design.

To write them anew, for reading: `PYTHONPATH=. python -m tests.engines.mongo.test_writes_golden`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.query import compile_query
from optimizer.engines.mongo.locks import Locks, locks
from optimizer.engines.mongo.program import (
    Aggregate,
    Delete,
    Draw,
    Fetch,
    Find,
    Insert,
    Leaf,
    Operation,
    Require,
    Update,
)
from optimizer.model.query import Query, SourceText, Target
from optimizer.model.workload import Workload
from tests.engines.mongo.writes_by_hand import DESIGNS, STEPS
from tests.engines.mongo.writes_schema import SCHEMA

FOLDER = Path(__file__).parent / "golden_writes"


@pytest.mark.parametrize("label", DESIGNS)
def test_golden(label: str) -> None:
    assert (FOLDER / f"{label}.txt").read_text() == written(label)


def written(label: str) -> str:
    """All writes of the corpus that a design translates, each with its operations."""
    seen: set[tuple[str, ...]] = set()
    blocks = []
    for step in STEPS:
        if step.sql not in seen:
            seen.add(step.sql)
            blocks.append("\n".join([*step.sql, *_program(step.sql, label)]))
    return "\n\n".join(blocks) + "\n"


def _program(sql: tuple[str, ...], label: str) -> Iterator[str]:
    query = Query("q", 1.0, Target(), tuple(SourceText(text, "writes") for text in sql))
    try:
        program = compile_query(query, Layout(SCHEMA, DESIGNS[label]), locks=_locks())
    except NotCompiled as error:
        yield f"--> no translation: {error.why}"
        return
    yield "--> in a transaction" if program.transaction else "-->"
    for statement in program.statements:
        yield from (f"    {_operation(one)}" for one in statement.operations)


def _operation(one: Operation) -> str:
    match one:
        case Insert():
            return f"insert {one.collection} {_text(list(one.documents))}"
        case Update():
            filters = f" arrayFilters {_text(list(one.array_filters))}" if one.array_filters else ""
            kind = "upsert" if one.upsert else ("update many" if one.many else "update")
            done = f"{kind} {one.collection} {_text(one.filter)} {_text(one.update)}{filters}"
            return "\n        ".join([done, *map(_operation, one.unless), *_expected(one)])
        case Delete():
            return f"delete {'many ' if one.many else ''}{one.collection} {_text(one.filter)}"
        case Require():
            when = f" when {_text(one.when)}" if one.when else ""
            asked = f"{'refuse' if one.absent else 'require'}{_locking(one)} {_found(one.find)}"
            return f"{asked} else {one.error}{when}"
        case Fetch():
            asked = f"fetch{_locking(one)} {_found(one.find)}"
            return f"{asked} as {_text(one.fields)}{' or stop' if one.stops else ''}"
        case Draw():
            return f"draw {one.sequence} as {one.name}"
        case Aggregate():
            return f"aggregate {one.collection} {_text(list(one.pipeline))}"
    return f"find {_found(one)}"


@cache
def _locks() -> Locks:
    """What the corpus, as one workload, has to lock."""
    texts = [text for step in STEPS for text in step.sql]
    query = Query("all", 1.0, Target(), tuple(SourceText(text, "writes") for text in texts))
    path, ddl = Path("writes.yaml"), SourceText("", "writes.sql")
    return locks(Workload("writes", path, ddl, (query,), (), "digest"), SCHEMA)


def _locking(one: Require | Fetch) -> str:
    return " and lock" if one.lock else ""


def _expected(one: Update) -> list[str]:
    return [f"else {one.expect}"] if one.expect else []


def _found(find: Find) -> str:
    order = f" sort {_text(dict(find.sort))}" if find.sort else ""
    return f"{find.collection} {_text(find.filter)}{order}{f' skip {find.skip}' if find.skip else ''}"


def _text(part: Any) -> str:
    if isinstance(part, Leaf):
        return f"<{part.text}{'' if part.form == 'value' else f' as {part.form}'}>"
    if isinstance(part, Mapping):
        return "{" + ", ".join(f"{key}: {_text(item)}" for key, item in part.items()) + "}"
    if isinstance(part, list | tuple):
        return "[" + ", ".join(map(_text, part)) + "]"
    return repr(part)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name in DESIGNS:
        (FOLDER / f"{name}.txt").write_text(written(name))
