"""Compound indexes on what a statement compares and sorts by.

Which keys, and in which order, says `esr`; what covers a statement, `covering`. Constants move into a partial
filter, all that it can say together. Beside it the full index is proposed where every constant can be a key
that another value may be asked of: no boolean, no null. Two arrays can't be in one index. A search for words
is answered by the text index and by nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from optimizer.design.indexes.access import Access
from optimizer.design.indexes.key_lists import GROUPS, ORDER, KeyList
from optimizer.design.indexes.proposal import LeftOut, Proposal
from optimizer.engines.mongo.candidates.covering import covering, covers
from optimizer.engines.mongo.candidates.esr import esr_lists
from optimizer.engines.mongo.candidates.tables import Collections
from optimizer.engines.mongo.indexes import path_key
from optimizer.engines.mongo.partial_filters import parsed, text_of
from optimizer.engines.mongo.partial_sql import combined
from optimizer.model.index import Index, IndexKey
from optimizer.queries.facts import Operator, Predicate, Term

MAX_KEYS = 32
"""MongoDB's limit of fields in a compound index."""

_BRANCHES = frozenset(
    {Operator.EQUAL, Operator.IN, Operator.IS_NULL, Operator.RANGE, Operator.PREFIX, Operator.CONTAINS}
)
_NO_KEYS = frozenset({"point", "tsvector"})


def btrees(access: Access, collections: Collections) -> Iterator[Proposal | LeftOut]:
    """All plain compound indexes that the access asks for, those that cover it with `include`."""
    if any(predicate.operator is Operator.MATCH for predicate in access.certain):
        return
    yield from _unfit(access)
    fit = _fit(access)
    if fit.found_by_key():
        return
    make = partial(_proposals, fit, collections)
    if _constants_are_keys(fit):
        for keys in esr_lists(fit):
            yield from make(keys, None)
    if (where := _where(fit)) is not None:
        for keys in esr_lists(fit.without_constants()) or (_constant_key(fit),):
            yield from make(keys, where)
    yield from _branches(fit)


def _fit(access: Access) -> Access:
    """The access without what can't be a key; groups stay where nothing else finds rows."""
    predicates = tuple(_as_key(p, access) for p in access.predicates if _is_key(p.term, access))
    order = access.order if all(_is_key(item.term, access) for item in access.order) else ()
    fit = replace(access, predicates=predicates, order=order, groups=())
    alone = not (fit.certain or fit.order or fit.joins or fit.correlated)
    groups = access.groups if alone and all(_is_key(term, access) for term in access.groups) else ()
    return replace(fit, groups=groups)


def _is_key(term: Term, access: Access) -> bool:
    column = access.table.by_name.get(term.column or "")
    return term.column is not None and (column is None or column.type.base not in _NO_KEYS)


def _as_key(predicate: Predicate, access: Access) -> Predicate:
    """What holds one element of an array is an equality on the array's field; LIKE reads the keys."""
    column = access.table.by_name.get(predicate.term.column or "")
    if column is not None and column.type.array and predicate.parameters:
        if predicate.operator in {Operator.CONTAINS, Operator.OTHER}:
            return replace(predicate, operator=Operator.EQUAL, text=None)
        if predicate.operator is Operator.OVERLAPS:
            return replace(predicate, operator=Operator.IN, text=None)
    if predicate.operator is Operator.LIKE and access.equal:
        return replace(predicate, operator=Operator.PREFIX)
    return predicate


def _unfit(access: Access) -> Iterator[LeftOut]:
    wanted = _BRANCHES | {Operator.LIKE}
    for predicate in access.certain:
        if predicate.operator not in wanted:
            continue
        subject = f"an index on {predicate.term.expression} of {access.table.name}"
        if predicate.term.column is None:
            yield LeftOut(subject, "MongoDB has no index on an expression", (access.query,))
        elif predicate.operator is Operator.LIKE and not access.equal:
            reason = "text within a text: there is no index by trigrams, and all keys would be read"
            yield LeftOut(subject, reason, (access.query,))


def _constants_are_keys(access: Access) -> bool:
    """True where every constant is a key that another value may be asked of; a list beside an order too."""
    fixed = replace(access, order=(), groups=())
    return fixed.constants_are_keys()


def _constant_key(access: Access) -> KeyList:
    """Where the constants are all there is, any narrow key will do."""
    return KeyList((path_key(str(access.constants[0].term.column)),))


def _where(access: Access) -> str | None:
    """All constant predicates as one filter."""
    texts = sorted({predicate.text for predicate in access.constants if predicate.text})
    found = combined([parsed(text) for text in texts])
    return text_of(found) if found else None


def _proposals(
    access: Access, collections: Collections, keys: KeyList, where: str | None
) -> Iterator[Proposal | LeftOut]:
    held = _of_one_array(keys, access, collections)
    if not held.keys or (access.table.is_unique(_columns(held.equal)) and where is None):
        return
    because = held.reason + ("" if where is None else f", only documents with {where}")
    index = Index(access.table.name, held.keys[:MAX_KEYS], where=where)
    lengths = _useful_lengths(access, held) if where is None else ()
    bare = Proposal(index, (access.query,), because, len(held.equal), lengths)
    if not _reads_all(access, held) or covers(bare, access, collections):
        yield bare
    yield from covering(access, collections, bare, held)


def _of_one_array(keys: KeyList, access: Access, collections: Collections) -> KeyList:
    """The keys without those of a second array."""
    owner = access.table.name
    arrays = [collections.array(owner, key.expression) for key in keys.keys]
    first = next((array for array in arrays if array is not None), None)

    def kept(items: tuple[IndexKey, ...]) -> tuple[IndexKey, ...]:
        return tuple(k for k in items if collections.array(owner, k.expression) in (None, first))

    return replace(keys, equal=kept(keys.equal), tail=kept(keys.tail))


def _columns(keys: Iterable[IndexKey]) -> frozenset[str]:
    return frozenset(key.expression for key in keys)


def _reads_all(access: Access, keys: KeyList) -> bool:
    """True for a whole collection in an order: sorting costs less than fetching all documents by an index."""
    return not keys.equal and keys.verb in {ORDER, GROUPS} and not (access.limited and keys.verb == ORDER)


def _useful_lengths(access: Access, keys: KeyList) -> tuple[int, ...]:
    """How many keys the useful prefixes have: the parameters, the first of them, all but what breaks ties."""
    lengths = {1, keys.parameters} if keys.parameters else set()
    if keys.verb == ORDER and len(keys.tail) > 1 and len(keys.equal) == keys.parameters:
        lengths |= {len(keys.keys) - 1} if access.table.is_unique(_columns(keys.tail[-1:])) else set()
    return tuple(sorted(length for length in lengths if length < len(keys.keys)))


def _branches(access: Access) -> Iterator[Proposal]:
    """Each branch of an OR by itself: `$or` reads an index for each of its branches, or none at all."""
    for predicate in access.predicates:
        if predicate.optional and predicate.operator in _BRANCHES:
            index = Index(access.table.name, (path_key(str(predicate.term.column)),))
            because = f"a branch of OR: rows by {predicate.term.expression}"
            yield Proposal(index, (access.query,), because, 1)
