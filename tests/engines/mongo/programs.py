"""Hand-written programs for tests of what runs them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.engines.mongo.program import Leaf, Operation, Output, Program, Statement
from optimizer.engines.mongo.session import MongoSession
from optimizer.model.index import Index
from optimizer.model.measurement import Status
from optimizer.model.query import Binding, Query, Target


def param(name: str) -> Leaf:
    """The parameter's value as it is."""
    return Leaf(f":{name}", lambda values: values[name])


def fetched(name: str) -> Leaf:
    """What an earlier Fetch or Draw gave under that name."""
    return Leaf(f"fetched:{name}", lambda values: values[f"fetched:{name}"])


def query(name: str = "q") -> Query:
    return Query(name, 1.0, Target(), ())


def bind(**values: Any) -> Binding:
    return Binding(tuple(values.items()))


def read(*operations: Operation, outputs: tuple[Output, ...] = (), empty: Any = None) -> Program:
    return Program((Statement(operations, outputs, empty),), is_write=False, transaction=False)


def write(*operations: Operation, transaction: bool = False, outputs: tuple[Output, ...] = ()) -> Program:
    return Program((Statement(operations, outputs),), is_write=True, transaction=transaction)


def session(
    uri: str, name: str, programs: Mapping[str, Program], indexes: Mapping[str, Index] | None = None
) -> MongoSession:
    """A session for which a query's name stands for its program."""
    return MongoSession(uri, name, lambda one: programs[one.name], dict(indexes or {}).get)


def execute(one: MongoSession, binding: Binding, name: str = "q") -> None:
    """Run the query of that name, and commit what it writes."""
    assert one.time(query(name), binding, keep=True).status is Status.OK
