"""The keys of compound indexes: equality, sort, range.

The order of keys is MongoDB's own rule for them (the manual's "The ESR (Equality, Sort, Range) Rule"), and
its alternatives: range before sort where few documents are in the range, and no sort at all. What differs
from a B-tree of PostgreSQL:
- a list (`$in`) before the sort keys keeps the order: the planner merges a scan for each value of it;
- an index that begins with sort keys that nothing is asked of is read from end to end, each document fetched
  before any condition is looked at: further keys are of no use to it;
- a page of a parent's children is sorted within the `$lookup`, so its side of the join goes before the order;
- `lower(x) = ...` is looked for among all values of x: a key, but the last one, like a range.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from optimizer.design.indexes.access import Access
from optimizer.design.indexes.key_lists import ORDER, RANGE, KeyList, key_lists
from optimizer.engines.mongo.indexes import path_key
from optimizer.model.index import IndexKey
from optimizer.queries.facts import Operator, Term


def esr_lists(access: Access) -> tuple[KeyList, ...]:
    """The lists of keys by ESR: what is one of several values goes before the order, or after it.

    After it only where the values are parameters: there may be more of them than scans can be merged.
    """
    lists: list[KeyList] = []
    several = tuple(term for term in access.equal if term not in access.single)
    constant = {predicate.term for predicate in access.constants}
    for item in (*key_lists(access), *_first_of_each(access)):
        if not all(key.column for key in item.keys) or _breaks_ties(access, item):
            continue
        if access.order and several and item.verb != ORDER and set(several) <= constant:
            continue
        if item.verb == ORDER and several:
            lists.append(_before_order(item, several))
        if item.verb != ORDER or not several or not set(several) <= constant:
            lists.append(item)
    return tuple(dict.fromkeys(_on_paths(_useful(access, item)) for item in lists))


def _useful(access: Access, item: KeyList) -> KeyList:
    """The list without what comes after an order that the index is read for from end to end."""
    if not is_read_whole(access, item):
        return item
    ordered = {term.term.expression for term in access.order}
    return replace(item, tail=tuple(key for key in item.tail if key.column in ordered))


def is_read_whole(access: Access, item: KeyList) -> bool:
    """True where the keys begin with an order, and no condition is about its first member."""
    asked = {predicate.term.column for predicate in access.certain}
    return not item.equal and item.verb == ORDER and item.tail[0].column not in asked


def _first_of_each(access: Access) -> tuple[KeyList, ...]:
    """A page of some parent's children: the side of the join, then the order, as for a correlated query.

    Where the children are found by a parameter of their own, they are what the statement begins with.
    """
    own = any(p.operator is Operator.EQUAL and p.parameters for p in access.certain)
    if own or not (access.limited and access.order and access.joins):
        return ()
    return key_lists(replace(access, joins=(), correlated=access.joins))


def _breaks_ties(access: Access, item: KeyList) -> bool:
    """True where the range is that of a later member of the order: a page's start, found by the first."""
    later = {term.term.expression for term in access.order[1:]}
    return item.verb == RANGE and item.tail[0].column in later


def _before_order(item: KeyList, several: tuple[Term, ...]) -> KeyList:
    names = {term.column for term in several}
    tail = tuple(key for key in item.tail if key.column not in names)
    early = tuple(IndexKey(term.expression, term.column) for term in several)
    return replace(item, equal=(*item.equal, *early), tail=tail)


def _on_paths(keys: KeyList) -> KeyList:
    def paths(items: Iterable[IndexKey]) -> tuple[IndexKey, ...]:
        return tuple(path_key(str(item.column), descending=item.descending) for item in items)

    return replace(keys, equal=paths(keys.equal), tail=paths(keys.tail))
