"""What a move hands over: a structure that may pay, or one that was considered and isn't offered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from optimizer.model.query import Query
from optimizer.model.structure import Structure


@dataclass(frozen=True, slots=True)
class Use:
    """What a query does with a structure, in words that go before its name (`read with orders in`)."""

    query: Query
    how: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A structure, the queries that gain by it, and those that pay for it; `note` is for people."""

    structure: Structure
    gains: tuple[Use, ...]
    costs: tuple[Use, ...] = ()
    note: str = ""

    @property
    def queries(self) -> tuple[str, ...]:
        """The names of the queries that gain, each once."""
        return tuple(dict.fromkeys(use.query.name for use in self.gains))

    @property
    def worth(self) -> float:
        """The share of the mix that gains, less the share that pays: an order of work, no estimate."""
        return share(self.gains) - share(self.costs)

    @property
    def target_ms(self) -> float:
        """The tightest target of the queries that gain."""
        return min(use.query.target.ms for use in self.gains)

    @property
    def because(self) -> str:
        """The reason for people: who gains, who pays, and the note."""
        parts = (*_told(self.gains), *_told(self.costs), self.note)
        return "; ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was considered and isn't offered, with the queries that would have gained."""

    subject: str
    reason: str
    queries: tuple[str, ...] = ()


def left_out(subject: str, reason: str, gains: Iterable[Use]) -> LeftOut:
    """What isn't offered to the queries that would gain."""
    return LeftOut(subject, reason, tuple(dict.fromkeys(use.query.name for use in gains)))


def share(uses: Iterable[Use]) -> float:
    """The share of the mix that these queries have together, each counted once."""
    return sum({use.query.name: use.query.share for use in uses}.values())


def _told(uses: Iterable[Use]) -> Iterator[str]:
    named: dict[str, list[str]] = {}
    for use in uses:
        named.setdefault(use.how, []).append(use.query.name)
    for how, names in named.items():
        yield f"{how} {', '.join(dict.fromkeys(names))}"
