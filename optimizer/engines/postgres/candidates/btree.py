"""B-trees on the columns that a statement compares, sorts and groups by.

The rules, each with what it leaves out because something else is never worse:
- Where a range and another order compete: [equal, range] and [equal, order, range].
- For each join column, the index of an inner side: [join column, equal, range].
- Constants move into the predicate of a partial index, all of them together. The full index is proposed
  beside it where every constant can be a key that another value may be asked of: no boolean, no IS NULL,
  no `<>`, no list beside an order.
- A covering version includes the other columns that the block mentions. With constants it is the partial
  one that is covering: it serves no less of its statement than the full one, and is smaller. A statement
  that changes the rows has to fetch them in any case, and gets none.
- A whole table in an order, no LIMIT given, is read through a covering index only: fetching every row in
  another order than the table's costs more than sorting.
- Where a key is compared as a whole, nothing is proposed; where a join completes a key, its covering
  version, unless the block reads a handful of rows.
- Of the prefixes of an index, those that its own statement can use: the parameters, the first of them, and
  the index without the key that only breaks ties. Others are proposed where a statement asks for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from optimizer.design.indexes.access import Access
from optimizer.design.indexes.key_lists import GROUPS, ORDER, KeyList, key_lists
from optimizer.design.indexes.keys import is_wide, key, why_no_btree_key
from optimizer.design.indexes.proposal import MAX_INCLUDED, LeftOut, Proposal
from optimizer.model.index import Index
from optimizer.queries.facts import Operator, Term

MAX_COLUMNS = 32
"""PostgreSQL's INDEX_MAX_KEYS."""


def btrees(access: Access) -> Iterator[Proposal | LeftOut]:
    """All B-trees that the access asks for."""
    yield from _unfit(access)
    fit = _fit(access)
    if fit.found_by_key():
        return
    if fit.constants_are_keys():
        for keys in key_lists(fit):
            yield from _full(fit, keys)
    if fit.where is not None:
        for keys in key_lists(fit.without_constants()) or (_constant_key(fit),):
            yield from _partial(fit, keys)
    yield from _branches(fit)


def _full(access: Access, keys: KeyList) -> Iterator[Proposal | LeftOut]:
    index = Index(access.table.name, keys.keys)
    bare = Proposal(index, (access.query,), keys.reason, len(keys.equal), _useful_lengths(access, keys))
    by_key = access.table.is_unique(frozenset(item.column for item in keys.equal if item.column))
    if access.where is None and not (by_key and access.few):
        yield from _bare_and_covering(access, keys, bare)
    else:
        yield from _within_limits(bare)


def _bare_and_covering(access: Access, keys: KeyList, bare: Proposal) -> Iterator[Proposal | LeftOut]:
    covering = tuple(_covering(access, bare))
    if not (_reads_all(access, keys) and any(isinstance(item, Proposal) for item in covering)):
        yield from _within_limits(bare)
    yield from covering


def _reads_all(access: Access, keys: KeyList) -> bool:
    return not keys.equal and keys.verb in {ORDER, GROUPS} and not (access.limited and keys.verb == ORDER)


def _useful_lengths(access: Access, keys: KeyList) -> tuple[int, ...]:
    """How many keys the useful prefixes have."""
    lengths = {1, keys.parameters} if keys.parameters else set()
    if keys.verb == ORDER and len(keys.tail) > 1 and len(keys.equal) == keys.parameters:
        last = keys.tail[-1].column
        lengths |= {len(keys.keys) - 1} if last and access.table.is_unique(frozenset({last})) else set()
    return tuple(sorted(length for length in lengths if length < len(keys.keys)))


def _partial(access: Access, keys: KeyList) -> Iterator[Proposal | LeftOut]:
    index = Index(access.table.name, keys.keys, where=access.where)
    because = f"{keys.reason}, only rows where {access.where}"
    bare = Proposal(index, (access.query,), because, len(keys.equal))
    yield from _bare_and_covering(access, keys, bare)


def _constant_key(access: Access) -> KeyList:
    """Where the constants are all there is, any narrow key will do: equal values take the least room."""
    return KeyList((key(access.constants[0].term),))


def _branches(access: Access) -> Iterator[Proposal]:
    """Each branch of an OR by itself, to be combined by a bitmap."""
    wanted = {Operator.EQUAL, Operator.IN, Operator.IS_NULL, Operator.RANGE, Operator.PREFIX}
    for predicate in access.predicates:
        if predicate.optional and predicate.operator in wanted:
            keys = KeyList((key(predicate.term),))
            index = Index(access.table.name, keys.keys)
            yield Proposal(index, (access.query,), f"a branch of OR: {keys.reason}", 1)


def _covering(access: Access, bare: Proposal) -> Iterator[Proposal | LeftOut]:
    present = {item.column for item in bare.index.keys}
    rest = tuple(name for name in access.columns if name not in present and name in access.table.by_name)
    if not rest or access.changed:
        return
    index = replace(bare.index, include=rest)
    subject = f"a covering index for {', '.join(k.expression for k in index.keys)} on {index.table}"
    wide = [name for name in rest if is_wide(access.table.by_name[name])]
    if wide:
        yield LeftOut(subject, f"{', '.join(wide)} may be too wide to include", bare.queries, index)
    elif len(rest) > MAX_INCLUDED:
        yield LeftOut(subject, f"it would include {len(rest)} columns", bare.queries, index)
    else:
        covering = replace(bare, index=index, because=f"{bare.because}, without fetching rows")
        yield from _within_limits(covering)


def _within_limits(proposal: Proposal) -> Iterator[Proposal | LeftOut]:
    size = len(proposal.index.keys) + len(proposal.index.include)
    if size <= MAX_COLUMNS:
        yield proposal
        return
    subject = f"an index of {size} columns on {proposal.index.table}"
    yield LeftOut(subject, f"PostgreSQL takes {MAX_COLUMNS}", proposal.queries, proposal.index)


def _ordered_terms(access: Access) -> Iterator[Term]:
    """Every term that a B-tree would take as a key."""
    others = {Operator.EQUAL, Operator.IN, Operator.IS_NULL, Operator.RANGE, Operator.PREFIX}
    yield from (p.term for p in access.predicates if p.operator in others)
    yield from access.joins
    yield from access.correlated
    yield from access.groups
    yield from (item.term for item in access.order)


def _unfit(access: Access) -> Iterator[LeftOut]:
    for term in dict.fromkeys(_ordered_terms(access)):
        if reason := why_no_btree_key(term, access.table):
            subject = f"a B-tree on {term.expression} of {access.table.name}"
            yield LeftOut(subject, reason, (access.query,))


def _fit(access: Access) -> Access:
    """The access without the terms that can't be keys; an order ends before such a term."""
    bad = {term for term in _ordered_terms(access) if why_no_btree_key(term, access.table)}
    order_end = next((at for at, item in enumerate(access.order) if item.term in bad), len(access.order))
    return replace(
        access,
        predicates=tuple(p for p in access.predicates if p.term not in bad),
        joins=tuple(term for term in access.joins if term not in bad),
        correlated=tuple(term for term in access.correlated if term not in bad),
        groups=() if bad.intersection(access.groups) else access.groups,
        order=access.order[:order_end],
    )
