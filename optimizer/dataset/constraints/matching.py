"""Texts that match the regular expressions of checks."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from generators.generator import Block, Blockwise, Generator, Ints
from generators.permutation import permutation
from generators.stream import Stream
from optimizer.dataset.constraints.expressions import Atom, Unreadable, Way, python_form, ways

_SAMPLE = 500


@dataclass(frozen=True, slots=True)
class Matching(Blockwise):
    """Texts written in one of the ways, all as likely; `distinct`: no two alike, as far as the ways reach."""

    ways: tuple[Way, ...]
    distinct: bool = False

    def values(self, block: Block) -> pl.Series:
        if self.distinct:
            return _distinct(max(self.ways, key=_reach), block)
        drawn = [_random(way, block.rng, block.rows) for way in self.ways]
        picked = pl.Series(block.rng.integers(0, len(self.ways), block.rows))
        result = drawn[0]
        for number, texts in enumerate(drawn):
            result = result.zip_with(picked != number, texts)
        return result


def matching(
    inferred: Generator, patterns: tuple[tuple[str, bool], ...], length: int | None, *, unique: bool
) -> Generator:
    """The inferred generator where its values match, else texts written from a pattern if that can be.

    `patterns` pairs expressions with whether letters' case counts; `length` is the most characters.
    """
    patterns = tuple((python_form(text), case) for text, case in patterns)
    try:
        tests = [re.compile(text, 0 if case else re.IGNORECASE) for text, case in patterns]
    except re.error:
        return inferred
    if _all_match(inferred, tests):
        return inferred
    for text, _ in patterns:
        try:
            written = Matching(tuple(_shortened(way, length) for way in ways(text)), unique)
        except Unreadable:
            continue
        if written.ways and _all_match(written, tests):
            return written
    return inferred


def _all_match(generator: Generator, tests: list[re.Pattern[str]]) -> bool:
    sample = generator.draw(Stream(0, "sample", ""), 0, _SAMPLE).drop_nulls().cast(pl.String)
    return all(test.search(text) for text in sample for test in tests)


def _shortened(way: Way, length: int | None) -> Way:
    """The way with fewer repetitions, so that all texts fit the length if they can."""
    atoms = list(way)
    for place in reversed(range(len(atoms))):
        excess = sum(atom.most for atom in atoms) - (length if length is not None else 1 << 30)
        if excess > 0:
            atom = atoms[place]
            atoms[place] = replace(atom, most=max(atom.least, atom.most - excess))
    return tuple(atoms)


def _reach(way: Way) -> float:
    return sum(atom.most * float(np.log(len(atom.alphabet))) for atom in way)


def _random(way: Way, rng: np.random.Generator, rows: int) -> pl.Series:
    parts = [
        _letters(atom, rng.integers(0, len(atom.alphabet), (atom.most, rows))) for atom in way if atom.most
    ]
    lengths = [rng.integers(a.least, a.most, rows, endpoint=True) for a in way if a.most]
    cut = [part.str.slice(0, pl.Series(length)) for part, length in zip(parts, lengths, strict=True)]
    return _joined(cut, rows)


def _distinct(way: Way, block: Block) -> pl.Series:
    """The letters are the digits of a shuffled row number, in the alphabets' mixed radix."""
    size = 1
    for atom in way:
        size *= len(atom.alphabet) ** atom.most
    numbers = permutation(min(size, 1 << 62), block.stream.key)(block.indices)
    parts = []
    for atom in reversed(way):
        digits = []
        for _ in range(atom.most):
            numbers, digit = np.divmod(numbers, len(atom.alphabet))
            digits.append(digit)
        if digits:
            parts.append(_letters(atom, np.stack(digits)))
    return _joined(parts[::-1], block.rows)


def _letters(atom: Atom, digits: Ints) -> pl.Series:
    """One text a row, of the letters with these numbers; `digits` has a row of numbers for each letter."""
    alphabet = pl.Series(list(atom.alphabet))
    return _joined([alphabet.gather(pl.Series(numbers)) for numbers in digits], digits.shape[1])


def _joined(parts: list[pl.Series], rows: int) -> pl.Series:
    empty = pl.Series([""]).new_from_index(0, rows)
    return pl.select(pl.concat_str([pl.lit(part) for part in [empty, *parts]])).to_series()
