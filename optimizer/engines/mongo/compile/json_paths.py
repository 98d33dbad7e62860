"""Paths into JSON: `data -> 'a' -> 0 ->> 'b'`, `data #>> '{a,0,b}'`."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from optimizer.engines.mongo.compile.constants.casts import array_items

Step = str | int | exp.Expr
"""A key, a place in an array, or the expression of either."""

ARROWS = (exp.JSONExtract, exp.JSONExtractScalar)
HASHES = (exp.JSONBExtract, exp.JSONBExtractScalar)
TEXTS = (exp.JSONExtractScalar, exp.JSONBExtractScalar)


@dataclass(frozen=True)
class JsonPath:
    """The steps from a source expression; `as_text` where the last arrow is `->>` or `#>>`."""

    source: exp.Expr
    steps: tuple[Step, ...]
    as_text: bool = False

    @property
    def dotted(self) -> str | None:
        """The path below the source as the match language has it; None where it can't be said so."""
        parts = [str(step) for step in self.steps if isinstance(step, str | int)]
        plain = len(parts) == len(self.steps) and not any(
            isinstance(step, int) and step < 0 for step in self.steps
        )
        return ".".join(parts) if plain and all(map(is_plain_key, parts)) else None


def is_plain_key(key: str) -> bool:
    """True for a key that can stand in a dotted path."""
    return bool(key) and "." not in key and not key.startswith("$") and "\0" not in key


def json_path(node: exp.Expr) -> JsonPath | None:
    """The path that an expression follows, parentheses taken off; None where it is no arrow."""
    node = node.unnest()
    if not isinstance(node, (*ARROWS, *HASHES)):
        return None
    steps = _arrow(node.expression) if isinstance(node, ARROWS) else _hash(node.expression)
    inner = json_path(node.this)
    if inner is not None and not inner.as_text:
        return JsonPath(inner.source, (*inner.steps, *steps), isinstance(node, TEXTS))
    return JsonPath(node.this.unnest(), steps, isinstance(node, TEXTS))


def _arrow(right: exp.Expr) -> tuple[Step, ...]:
    right = right.unnest()
    if isinstance(right, exp.JSONPath):
        parts = [part for part in right.expressions if not isinstance(part, exp.JSONPathRoot)]
        return tuple(_step(part) for part in parts)
    if isinstance(right, exp.Literal):
        return (right.name if right.args.get("is_string") else int(right.name),)
    return (right,)


def _step(part: exp.Expr) -> Step:
    return int(part.this) if isinstance(part, exp.JSONPathSubscript) else str(part.this)


def _hash(right: exp.Expr) -> tuple[Step, ...]:
    if isinstance(right, exp.Literal):
        items = [str(item) for item in array_items(right.name)]
        return tuple(int(item) if item.lstrip("-").isdigit() else item for item in items)
    return (right,)
