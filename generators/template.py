"""Texts by a template: `ORD-{n:09d}`, `{first_name} {last_name}`."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import polars as pl

from generators.errors import SpecError
from generators.generator import Generator
from generators.permutation import permutation
from generators.stream import Stream

_FIELD = re.compile(r"\{(\w+)(?::0?(\d*)d?)?\}")
_BRACES = re.compile(r"[{}]")


@dataclass(frozen=True, slots=True)
class Template(Generator):
    """Literal text with fields: `{n}` is a number of the row's own, `{n:09d}` the same with zeros in front.

    Numbers are 1 .. `rows`, in no visible order, and go on above it for rows beyond. `domain` takes them from
    low .. high instead. Other fields are drawn from the generator of that name in `fields`.
    """

    text: str
    rows: int
    fields: tuple[tuple[str, Generator], ...] = ()
    domain: tuple[int, int] | None = None

    def draw(self, stream: Stream, first: int, rows: int) -> pl.Series:
        low, high = self.domain or (1, max(self.rows, 1))
        indices = np.arange(first, first + rows, dtype=np.int64)
        number = pl.Series(low + permutation(high - low + 1, stream.key)(indices)).cast(pl.String)
        drawn = {
            name: inner.draw(stream.child(name), first, rows).cast(pl.String) for name, inner in self.fields
        }
        parts: list[pl.Expr | pl.Series] = [pl.lit(pl.Series([""]).new_from_index(0, rows))]
        for literal, name, width in pieces(self.text):
            parts.append(pl.lit(literal))
            if name:
                parts.append(number.str.zfill(width) if name == "n" else drawn[name])
        return pl.select(pl.concat_str(parts)).to_series()


def pieces(text: str) -> tuple[tuple[str, str, int], ...]:
    """The template as (literal before, name of the field, width); the last one has no field.

    SpecError where a brace belongs to no field.
    """
    found, at = [], 0
    for match in _FIELD.finditer(text):
        found.append((text[at : match.start()], match[1], int(match[2] or 0)))
        at = match.end()
    found.append((text[at:], "", 0))
    if any(_BRACES.search(literal) for literal, _, _ in found):
        raise SpecError(f"the template {text!r} can't be read", (), "write a field as {n}, {n:06d} or {name}")
    return tuple(found)


def names(text: str) -> tuple[str, ...]:
    """The names of the template's fields, `n` apart, each once."""
    return tuple(dict.fromkeys(name for _, name, _ in pieces(text) if name and name != "n"))
