"""Which columns a B-tree for an access has as keys, and in which order.

Columns compared for equality come first, then one range, or the order: "Relational Database Index Design
and the Optimizers" (Lahdenmäki and Leach, 2005, chapter 5). Constants come after parameters: without them
the index still serves. A list of values (IN) breaks an order, so it comes after the order.
"""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.design.indexes.access import Access
from optimizer.design.indexes.keys import distinct_keys, key, order_key, prefix_key
from optimizer.model.index import IndexKey
from optimizer.queries.facts import Operator, Term

_Tail = tuple[tuple[IndexKey, ...], str]
ORDER, GROUPS, RANGE = "in order of", "grouped by", "in a range of"


@dataclass(frozen=True, slots=True)
class KeyList:
    """Keys compared for equality, then those read in order (`verb` says what for).

    The first `parameters` of them are compared with parameters or other tables, not with constants.
    """

    equal: tuple[IndexKey, ...]
    tail: tuple[IndexKey, ...] = ()
    verb: str = ""
    parameters: int = 0

    @property
    def keys(self) -> tuple[IndexKey, ...]:
        return self.equal + self.tail

    @property
    def reason(self) -> str:
        """What the keys are for, in a few words."""
        equal = ", ".join(item.expression for item in self.equal)
        tail = ", ".join(item.expression + " DESC" * item.descending for item in self.tail)
        return " ".join(part for part in (f"rows by {equal}" if equal else "rows", self.verb, tail) if part)


def key_lists(access: Access) -> tuple[KeyList, ...]:
    """The keys for the table as the driving side, then for each join column as the inner side.

    As the inner side of a join within its block it gets no order: PostgreSQL's nested loop has the order
    of its outer side. Nor does the driving side of a join that returns all rows have one, if it finds them
    by nothing else. There is no list where no key is left.
    """
    tails, ranges = _tails(access), _range_tails(access)
    lists = [_key_list(access, None, *tail) for tail in (tails if _drives(access) else ranges)]
    for term in access.correlated:
        lists.append(_key_list(access, term, *tails[0]))
    for term in access.joins:
        lists.append(_key_list(access, term, *ranges[0]))
    return tuple(dict.fromkeys(item for item in lists if item.keys))


def _drives(access: Access) -> bool:
    return bool(not access.joined or access.limited or access.groups or access.equal)


def _key_list(access: Access, lead: Term | None, tail: tuple[IndexKey, ...], verb: str) -> KeyList:
    if lead is not None and lead.column and access.table.is_unique(frozenset({lead.column})):
        return KeyList((key(lead),), parameters=1)
    sorts = verb in {ORDER, GROUPS}
    terms = access.single if sorts else access.equal
    joined = (key(lead), *_optional_equal(access)) if lead else ()
    equal = distinct_keys((*joined, *(key(term) for term in terms)))
    after = tail + tuple(key(term) for term in access.equal) if sorts else tail
    compared = {item.expression for item in equal}
    rest = distinct_keys(item for item in after if item.expression not in compared)
    constant = {predicate.term.expression for predicate in access.constants}
    parameters = sum(item.expression not in constant for item in equal)
    return KeyList(equal, rest, verb if rest else "", parameters)


def _tails(access: Access) -> list[_Tail]:
    """What may follow the equalities, the most useful first; one empty tail where there is nothing."""
    order, ranges = _order(access), _ranges(access)
    groups = tuple(key(term) for term in _groups(access))
    tails: list[_Tail] = []
    if order:
        tails.append((order + ranges, ORDER))
    if groups and set(groups) != set(order):
        tails.append((groups + ranges, GROUPS))
    first = {tail[0].expression for tail, _ in tails}
    tails += [((item,), RANGE) for item in ranges if item.expression not in first]
    lists_remain = len(access.equal) > len(access.single)
    return tails if tails and not (lists_remain and not ranges) else [*tails, ((), "")]


def _range_tails(access: Access) -> list[_Tail]:
    return [((item,), RANGE) for item in _ranges(access)] or [((), "")]


def _order(access: Access) -> tuple[IndexKey, ...]:
    """ORDER BY without what has one value, and ended where a key has told all rows apart."""
    single = {term.expression for term in access.single}
    columns: set[str] = {term.column for term in access.single if term.column}
    keys: list[IndexKey] = []
    for item in access.order:
        if access.table.is_unique(frozenset(columns)):
            break
        if item.term.expression not in single:
            keys.append(order_key(item))
            columns |= {item.term.column} if item.term.column else set()
    return tuple(keys)


def _ranges(access: Access) -> tuple[IndexKey, ...]:
    prefixes = {p.term.expression for p in access.certain if p.operator is Operator.PREFIX}
    return tuple(
        prefix_key(term, access.table) if term.expression in prefixes else key(term) for term in access.ranges
    )


def _groups(access: Access) -> tuple[Term, ...]:
    """GROUP BY without what has one value; a key among them stands for all the table's columns."""
    single = {term.expression for term in access.single}
    terms = tuple(term for term in access.groups if term.expression not in single)
    named = {term.column for term in terms if term.column}
    keys = (k for k in access.table.keys if k.columns and not k.where and named.issuperset(k.columns))
    if (found := next(keys, None)) is not None:
        return tuple(term for term in terms if term.column in found.columns)
    return terms


def _optional_equal(access: Access) -> tuple[IndexKey, ...]:
    """Equalities in the ON of an outer join: certain for the inner side, where this table is one."""
    found = (p for p in access.predicates if p.optional and p.operator is Operator.EQUAL)
    return distinct_keys(key(p.term) for p in found)
