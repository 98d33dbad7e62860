"""Values of Faker providers: a pool is drawn once, and sampled."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

import faker
import numpy as np
import polars as pl
from faker.config import AVAILABLE_LOCALES
from faker.providers import BaseProvider
from faker.providers.date_time import Provider as Clock

from generators.errors import SpecError
from generators.generator import Block, Blockwise
from generators.python_values import Value, series_of
from generators.zipf import bounded_offset, cumulative, search

POOL = 3_000
"""Values in a pool; a column of one provider has no more different ones."""

_CLOCK = frozenset(
    name for name in set(dir(Clock)) - set(dir(BaseProvider)) if callable(getattr(Clock, name))
)


@dataclass(frozen=True, slots=True)
class FakerPool(Blockwise):
    """Values of a Faker provider; with `zipf` a few of them are frequent.

    Texts longer than `length` are left out where shorter ones are to be had, else cut. A provider that
    looks at today's date is refused (SpecError): its values would change from day to day.
    """

    provider: str
    arguments: tuple[tuple[str, Value], ...] = ()
    locale: str = "en_US"
    length: int | None = None
    skew: str = "none"
    size: int = POOL

    def pool(self, seed: int) -> pl.Series:
        """The values to draw from; frequent ones several times."""
        return _pool(self, seed)

    def values(self, block: Block) -> pl.Series:
        pool = self.pool(block.stream.seed)
        if self.skew == "zipf":
            pool = pool.unique(maintain_order=True)
            table = cumulative(len(pool), 1.0, bounded_offset(len(pool)))
            return pool.gather(pl.Series(search(table, block.rng.random(block.rows))))
        return pool.gather(pl.Series(block.rng.integers(0, len(pool), block.rows)))

    def example(self) -> Value:
        """One value; SpecError with what is wrong where there is none."""
        return _called(self, _provider(self, 0))


@lru_cache(maxsize=256)
def _pool(wanted: FakerPool, seed: int) -> pl.Series:
    provider = _provider(wanted, seed)
    pool = series_of([_called(wanted, provider) for _ in range(wanted.size)])
    if wanted.length is None or pool.dtype != pl.String:
        return pool
    short = pool.filter(pool.str.len_chars() <= wanted.length)
    return short if len(short) else pool.str.slice(0, wanted.length)


def _called(wanted: FakerPool, provider: Callable[..., Any]) -> Value:
    try:
        value = provider(**{key: _thawed(argument) for key, argument in wanted.arguments})
    except (TypeError, ValueError, AttributeError, KeyError, IndexError, ImportError) as error:
        if isinstance(error, SpecError):
            raise
        raise SpecError(f"Faker's {wanted.provider} failed: {error}", ("faker",)) from error
    return value.item() if isinstance(value, np.generic) else value


def _provider(wanted: FakerPool, seed: int) -> Callable[..., Any]:
    source = _source(wanted.locale)
    names = [name for name in dir(source) if not name.startswith(("_", "seed"))]
    if wanted.provider not in names or not callable(getattr(source, wanted.provider)):
        hint = near(wanted.provider, names)
        raise SpecError(f"Faker has no provider {wanted.provider!r}", ("faker",), hint)
    source.seed_instance(seed)
    for name in _CLOCK - {"timezone", "pytimezone", "century"}:
        setattr(source, name, _refuse)
    provider: Callable[..., Any] = getattr(source, wanted.provider)
    return provider


def _source(locale: str) -> faker.Generator:
    """A new source of its own; words aren't weighted, which is many times faster."""
    wanted = locale.replace("-", "_")
    if wanted not in AVAILABLE_LOCALES:
        raise SpecError(f"Faker has no locale {locale!r}", ("locale",), near(wanted, AVAILABLE_LOCALES))
    return faker.Factory.create(wanted, use_weighting=False)


def _refuse(*_: object, **__: object) -> NoReturn:
    raise SpecError("this provider depends on today's date", ("faker",), "use `between: [start, end]`")


def near(word: str, known: Any) -> str | None:
    """`did you mean ...?` where one of the known words is like this one."""
    close = difflib.get_close_matches(str(word), [str(k) for k in known], n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else None


def _thawed(value: Value) -> Value:
    return list(value) if isinstance(value, tuple) else value
