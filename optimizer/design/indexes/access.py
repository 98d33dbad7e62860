"""What one query block asks of one table: everything that the rules look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import takewhile

from optimizer.design.indexes.joins import leading_joins
from optimizer.model.schema import Schema, Table
from optimizer.queries.facts import Block, Facts, Operator, OrderTerm, Predicate, Source, Term, WriteKind

_LISTS = frozenset({Operator.IN})
_RANGES = frozenset({Operator.RANGE, Operator.PREFIX})


@dataclass(frozen=True)
class Access:
    """A source of a block, seen by itself; all terms are its own, each list without repetitions.

    `order` are the leading terms of ORDER BY that are its own. `changed` is True where the statement
    updates or deletes the rows that it finds, `few` where the block reads a handful of rows at most.
    `joins` are the sides of joins that lead here within the block (`joined`: which has other sources),
    `correlated` those towards another block. `implied` terms
    are compared for equality unseen: by row-level security, or since what they join is.
    """

    query: str
    table: Table
    columns: tuple[str, ...]
    predicates: tuple[Predicate, ...] = ()
    joins: tuple[Term, ...] = ()
    correlated: tuple[Term, ...] = ()
    joined: bool = False
    order: tuple[OrderTerm, ...] = ()
    groups: tuple[Term, ...] = ()
    limited: bool = False
    changed: bool = False
    few: bool = False
    implied: tuple[Term, ...] = ()

    @property
    def certain(self) -> tuple[Predicate, ...]:
        """The predicates that hold for every row that is found."""
        return tuple(predicate for predicate in self.predicates if not predicate.optional)

    @property
    def equal(self) -> tuple[Term, ...]:
        """Terms compared for equality: `=` before IN, parameters before constants."""
        known = [p for p in self.certain if p.operator in {Operator.EQUAL, Operator.IS_NULL}]
        lists = [p for p in self.certain if p.operator in _LISTS]
        ordered = sorted(known, key=_is_constant) + sorted(lists, key=_is_constant)
        return distinct((*self.implied, *(predicate.term for predicate in ordered)))

    @property
    def single(self) -> tuple[Term, ...]:
        """Terms that have one value only, so that they take no part in an order."""
        fixed = (p.term for p in self.certain if p.operator in {Operator.EQUAL, Operator.IS_NULL})
        return distinct((*self.implied, *fixed))

    @property
    def ranges(self) -> tuple[Term, ...]:
        """Terms compared with a range, or a fixed beginning."""
        return distinct(p.term for p in self.certain if p.operator in _RANGES)

    @property
    def constants(self) -> tuple[Predicate, ...]:
        """The predicates that can stand in a partial index, those left out that say nothing."""
        return tuple(p for p in self.certain if p.text is not None and not self._is_trivial(p))

    @property
    def where(self) -> str | None:
        """All constant predicates together, in one spelling whatever their order."""
        texts = sorted({p.text for p in self.constants if p.text})
        if not texts:
            return None
        return texts[0] if len(texts) == 1 else " AND ".join(_bracketed(text) for text in texts)

    def without_constants(self) -> Access:
        """The rest of the access, once a partial index has taken the constants."""
        return replace(self, predicates=tuple(p for p in self.predicates if p not in self.constants))

    def constants_are_keys(self) -> bool:
        """True where a full index has something that the partial one hasn't: every constant is a key.

        A boolean or IS NULL has no other value to ask for, and a list orders nothing: those are left to
        the partial index, which is smaller and serves this statement as well.
        """
        keys = {*self.equal, *self.ranges}
        return not any(
            predicate.term not in keys
            or self._is_two_valued(predicate)
            or (predicate.operator is Operator.IN and (self.order or self.groups))
            for predicate in self.constants
        )

    def found_by_key(self, *more: Term) -> bool:
        """True where a whole key is compared for equality, with `more` terms compared as well."""
        return self.table.is_unique(frozenset(term.column for term in (*self.equal, *more) if term.column))

    def _is_two_valued(self, predicate: Predicate) -> bool:
        column = self.table.by_name.get(predicate.term.column or "")
        if predicate.operator in {Operator.IS_NULL, Operator.IS_NOT_NULL}:
            return True
        return column is not None and column.type.base == "bool" and not column.type.array

    def _is_trivial(self, predicate: Predicate) -> bool:
        column = self.table.by_name.get(predicate.term.column or "")
        return predicate.operator is Operator.IS_NOT_NULL and column is not None and column.not_null


def accesses(
    query: str, facts: Facts, schema: Schema, implied: Callable[[Table], tuple[str, ...]]
) -> Iterator[Access]:
    """Every source of every block; `implied` tells the columns that row-level security compares."""
    changed = {write.table for write in facts.writes if write.kind is not WriteKind.INSERT}
    for block in facts.blocks:
        found = tuple(_of_block(query, block, schema, implied))
        few = (block.limited and not block.groups) or any(access.found_by_key() for access in found)
        for access in found:
            yield replace(access, changed=access.table.name in changed, few=few)


def _of_block(
    query: str, block: Block, schema: Schema, implied: Callable[[Table], tuple[str, ...]]
) -> Iterator[Access]:
    for source in block.sources:
        if (table := schema.by_name.get(source.table)) is not None:
            compared = tuple(Term(source.alias, name, name) for name in implied(table))
            access = _access(query, block, source, table)
            yield replace(access, implied=distinct((*compared, *access.implied)))


def distinct(terms: Iterable[Term]) -> tuple[Term, ...]:
    """The terms, each expression once, in the order of their first occurrence."""
    found: dict[str, Term] = {}
    for term in terms:
        found.setdefault(term.expression, term)
    return tuple(found.values())


def _access(query: str, block: Block, source: Source, table: Table) -> Access:
    alias = source.alias
    within = {other.alias for other in block.sources}
    sides = [pair for edge in block.joins for pair in ((edge.left, edge.right), (edge.right, edge.left))]
    own = [(mine, other) for mine, other in sides if mine.alias == alias]
    outside = (mine for mine, other in own if other.alias not in within)
    pinned = {p.term for p in block.predicates if p.operator is Operator.EQUAL and not p.optional}
    return Access(
        query=query,
        table=table,
        columns=source.columns,
        predicates=tuple(p for p in block.predicates if p.term.alias == alias),
        joins=distinct(mine for mine, _ in leading_joins(block, alias)),
        correlated=distinct(outside),
        joined=len(block.sources) > 1,
        order=tuple(takewhile(lambda item: item.term.alias == alias, block.order)),
        groups=distinct(term for term in block.groups if term.alias == alias),
        limited=block.limited,
        implied=distinct(mine for mine, other in own if other in pinned),
    )


def _is_constant(predicate: Predicate) -> bool:
    return predicate.text is not None


def _bracketed(text: str) -> str:
    return f"({text})" if " OR " in text.upper() else text
