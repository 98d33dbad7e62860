"""When one index makes another superfluous."""

from __future__ import annotations

from dataclasses import replace

from optimizer.model.index import Index, IndexKey


def covers(a: Index, b: Index) -> bool:
    """True where whatever B-tree `b` can be read for, B-tree `a` can as well.

    `b`'s keys are a prefix of `a`'s in the same directions, or all of them turned round (a B-tree is read
    backwards as well as forwards); the predicates are the same text; `b`'s included columns are in `a`. A
    unique `b` is integrity, and only its equal covers it.
    """
    if a == b:
        return True
    if b.unique or (a.method, b.method) != ("btree", "btree") or (a.table, a.where) != (b.table, b.where):
        return False
    return _starts_with(a.keys, b.keys) and set(b.include) <= _columns(a)


def same_reading(a: Index, b: Index) -> bool:
    """True where either of two indexes can stand for the other."""
    return covers(a, b) and covers(b, a)


def reversed_key(key: IndexKey) -> IndexKey:
    """The key as a backward scan reads it."""
    nulls = None if key.nulls_first is None else not key.nulls_first
    return replace(key, descending=not key.descending, nulls_first=nulls)


def plain_key(key: IndexKey) -> IndexKey:
    """The key with `nulls_first` told only where it differs from the direction's default."""
    return replace(key, nulls_first=None) if key.nulls_first is key.descending else key


def _starts_with(long: tuple[IndexKey, ...], short: tuple[IndexKey, ...]) -> bool:
    head = tuple(plain_key(key) for key in long[: len(short)])
    same = tuple(plain_key(key) for key in short)
    return head in (same, tuple(plain_key(reversed_key(key)) for key in same))


def _columns(index: Index) -> set[str]:
    return {key.column for key in index.keys if key.column} | set(index.include)
