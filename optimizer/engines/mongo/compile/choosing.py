"""Which unit of a block comes first: where its rows are found by the fewest keys. Rules, no statistics."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

from optimizer.engines.mongo.compile.block import Block, columns_of
from optimizer.engines.mongo.compile.ordering import Term
from optimizer.engines.mongo.compile.units import Unit
from optimizer.queries.shapes import sides

UNIQUE, EQUAL, LISTED, TEXT, RANGE, LITERAL, LIKE, ORDERED = 1000, 100, 70, 60, 30, 20, 5, 15
"""How much a condition is taken to narrow: a key, a value, a list, words, a range, a constant, a pattern."""


def first_unit(block: Block, units: Sequence[Unit], terms: Sequence[Term], limited: bool) -> Unit:
    """The unit to start from: the one that its conditions narrow most; of equal ones the first of FROM.

    One that rows stay without can't be it, nor a derived table that reads columns of others (LATERAL).
    """
    return _best(block, units, terms, limited)[0]


def first_units(block: Block, units: Sequence[Unit]) -> list[Unit]:
    """All units that are as good to start from, where no order matters, in the order of FROM."""
    return _best(block, units, (), limited=False)


def _best(block: Block, units: Sequence[Unit], terms: Sequence[Term], limited: bool) -> list[Unit]:
    possible = [unit for unit in units if not unit.left and not _reads_others(unit, block)]
    scores = [_score(block, unit, terms, limited) for unit in possible]
    return [unit for unit, score in zip(possible, scores, strict=True) if score == max(scores)]


def _reads_others(unit: Unit, block: Block) -> bool:
    return unit.query is not None and bool(block.aliases(unit.query) - set(unit.aliases))


def _score(block: Block, unit: Unit, terms: Sequence[Term], limited: bool) -> int:
    own = set(unit.aliases)
    conditions = [c for c in block.conditions if block.aliases(c) and block.aliases(c) <= own]
    score = sum(_weight(c, own) for c in conditions)
    score += UNIQUE * sum(_has_key(unit, alias, conditions) for alias in own)
    ordered = bool(terms) and limited and all(block.aliases(term.tree) <= own for term in terms)
    return score + ORDERED * ordered


def _weight(condition: exp.Expr, own: set[str]) -> int:
    written = sides(condition)
    if isinstance(condition, exp.EQ) and written is not None and not written.everything:
        if written.many:
            return LISTED
        column = next((s for s in (written.left, written.right[0]) if isinstance(s, exp.Column)), None)
        fixed = not condition.find(exp.Placeholder, exp.Anonymous, exp.Cast) and not _reaches_out(
            condition, own
        )
        plain = column is not None and sum(c.table in own for c in columns_of(condition)) == 1
        return LITERAL if fixed else EQUAL if plain else LIKE
    match condition:
        case exp.In():
            return LITERAL if not condition.find(exp.Placeholder) else LISTED
        case exp.MatchAgainst() | exp.ArrayContainsAll() | exp.JSONBContainsTopKey():
            return TEXT
        case exp.LT() | exp.LTE() | exp.GT() | exp.GTE() | exp.Between():
            return RANGE
    return LIKE


def _has_key(unit: Unit, alias: str, conditions: Sequence[exp.Expr]) -> bool:
    tables = dict(unit.tables())
    if alias not in tables:
        return False
    names = frozenset(name for c in conditions for name in bound(c, alias, unit.aliases))
    return tables[alias].is_unique(names)


def bound(condition: exp.Expr, alias: str, own: Iterable[str]) -> list[str]:
    """The column of `alias` that an equality binds to a value from outside of the sources `own`."""
    written = sides(condition)
    if not isinstance(condition, exp.EQ) or written is None or written.many:
        return []
    pair = (written.left, written.right[0])
    for one, other in (pair, pair[::-1]):
        if isinstance(one, exp.Column) and one.table == alias:
            return [] if any(column.table in own for column in columns_of(other)) else [one.name]
    return []


def _reaches_out(condition: exp.Expr, own: set[str]) -> bool:
    return any(column.table not in own for column in columns_of(condition))
