"""Decides for a table which rows its rows belong to: one draft of a link per reference.

Columns that two references share get their values from the first; the second then picks among rows that
agree with them. So do references whose parents hold a column of the same name that refers to the same
table (`tenant_id`): rows of one tenant belong to parents of that tenant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from optimizer.model.names import TableName
from optimizer.model.schema import ForeignKey, Schema, Table

DEFAULT_NULLS = 0.1


@dataclass
class Draft:
    """A link in the making.

    `key` is the reference, `matches` pairs of columns (own, the parent's) that have to agree. `counted`
    is True for the parent that the table's rows are counted by.
    """

    key: ForeignKey
    nulls: float = 0.0
    matches: tuple[tuple[str, str], ...] = ()
    may_lack: bool = False
    strict: bool = False
    counted: bool = False

    @property
    def name(self) -> str:
        """The name of the link, and of its stream."""
        return self.key.name

    @property
    def target(self) -> TableName:
        """The parent's table."""
        return self.key.target


@dataclass
class Linking:
    """The drafts of a table in the order in which they depend on each other.

    `columns` says for each column of a reference the draft and the column of the parent that it repeats.
    """

    drafts: dict[str, Draft] = field(default_factory=dict)
    columns: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Surroundings:
    """What the table stands among: tables made `before` it, its counted parent, nulls that the user gave."""

    schema: Schema
    keys: Mapping[TableName, tuple[ForeignKey, ...]]
    before: frozenset[TableName]
    counted_by: TableName | None
    nulls: Mapping[str, float]


def link(table: Table, around: Surroundings) -> Linking:
    """The drafts for all references of the table."""
    linking = Linking()
    keys = around.keys[table.name]
    leader = _leader(table, keys, around)
    ranked = sorted(keys, key=lambda k: _rank(table, k, leader, around))
    for key in ranked:
        fresh = [column for column in key.columns if column not in linking.columns]
        if fresh:
            _add(table, key, fresh, leader, linking, around)
    return linking


def _leader(table: Table, keys: tuple[ForeignKey, ...], around: Surroundings) -> ForeignKey | None:
    """The reference that the rows are counted by: one that can't be null, of the fewest columns."""
    found = [key for key in keys if key.target == around.counted_by]
    return min(found, key=lambda k: (_nullable(table, k.columns), len(k.columns)), default=None)


def _rank(
    table: Table, key: ForeignKey, leader: ForeignKey | None, around: Surroundings
) -> tuple[bool | int, ...]:
    scoped = bool(_shared(table, key, around))
    return (
        key != leader,
        key.target == table.name,
        _nullable(table, key.columns),
        -len(key.columns),
        not scoped,
    )


def _nullable(table: Table, columns: tuple[str, ...]) -> bool:
    return any(not table.by_name[column].not_null for column in columns)


def _add(
    table: Table,
    key: ForeignKey,
    fresh: list[str],
    leader: ForeignKey | None,
    linking: Linking,
    around: Surroundings,
) -> None:
    pairs = dict(zip(key.columns, key.referenced, strict=True))
    can_lack = all(not table.by_name[column].not_null for column in fresh)
    given = next((around.nulls[c] for c in fresh if c in around.nulls), DEFAULT_NULLS)
    draft = Draft(key, nulls=given if can_lack and key != leader else 0.0, counted=key == leader)
    hard = [(own, theirs) for own, theirs in pairs.items() if own not in fresh]
    shared = _shared(table, key, around)
    draft.matches = tuple(hard) or tuple((c, c) for c in shared if c in linking.columns)
    draft.strict, draft.may_lack = bool(hard), can_lack
    linking.drafts[draft.name] = draft
    linking.columns |= {column: (draft.name, pairs[column]) for column in fresh}
    if not draft.nulls:
        inherited = [c for c in shared if c not in linking.columns and _fits(table, key, c, around)]
        linking.columns |= {column: (draft.name, column) for column in inherited}


def _fits(table: Table, key: ForeignKey, column: str, around: Surroundings) -> bool:
    parent = around.schema.by_name[key.target]
    return parent.by_name[column].not_null or not table.by_name[column].not_null


def _shared(table: Table, key: ForeignKey, around: Surroundings) -> tuple[str, ...]:
    """Columns that the parent has under the same name, referring to the same rows of a third table."""
    if key.target not in around.before:
        return ()
    own = _single(around.keys[table.name])
    theirs = _single(around.keys[key.target])
    return tuple(c for c in own if c not in key.columns and c in theirs and own[c] == theirs[c])


def _single(keys: tuple[ForeignKey, ...]) -> dict[str, tuple[TableName, str]]:
    return {k.columns[0]: (k.target, k.referenced[0]) for k in keys if len(k.columns) == 1}
