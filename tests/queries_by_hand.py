"""Queries and bindings written by hand, for tests that need no workload file."""

from __future__ import annotations

from typing import Any

from optimizer.model.query import Binding, Query, SourceText, Target

EASY = Target()


def query(name: str, *statements: str, share: float = 1.0, target: Target = EASY) -> Query:
    """A query of these statements."""
    return Query(name, share, target, tuple(SourceText(text, "test.yaml") for text in statements))


def bind(label: str = "drawn", **values: Any) -> Binding:
    """A binding of these values."""
    return Binding(tuple(values.items()), label=label)
