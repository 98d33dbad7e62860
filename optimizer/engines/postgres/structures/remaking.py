"""A table that has rows, made anew: its rows move over, and all that hangs on it comes back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from optimizer.engines.postgres.structures.attached import Attached, Identity
from optimizer.engines.postgres.structures.naming import object_name
from optimizer.engines.postgres.structures.triggers import full_name, listed
from optimizer.model.names import TableName
from optimizer.queries.quoting import quote_identifier, quote_literal


def set_aside(table: TableName) -> TableName:
    """The name that the old table has while the new one is made."""
    return TableName(table.schema, object_name(table.name, "before"))


def made_anew(
    table: TableName,
    kept: Attached,
    *,
    create: Iterable[str],
    columns: Sequence[str],
    indexes: Iterable[str],
    rest: Iterable[str] = (),
    parts: Iterable[TableName] = (),
) -> tuple[str, ...]:
    """The statements, to be run in one transaction. The table is locked meanwhile: its rows are copied once.

    `create` makes the new table and its `parts`, the old one being set aside; `columns` are those to copy,
    `indexes` bring its keys and indexes back, and `rest` what else isn't a part of `kept`.
    """
    name, old = full_name(table), set_aside(table)
    copied = listed(columns)
    return (
        f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE",
        *(view.drop for view in reversed(kept.views)),
        *kept.detach,
        f"ALTER TABLE {name} RENAME TO {quote_identifier(old.name)}",
        *(_renamed(identity) for identity in kept.identities),
        *create,
        f"INSERT INTO {name} ({copied}) SELECT {copied} FROM {full_name(old)}",
        *(text for identity in kept.identities for text in _carried_on(table, identity)),
        *kept.sequences,
        f"DROP TABLE {full_name(old)}",
        *indexes,
        *kept.foreign_keys,
        *rest,
        *_owned((table, *parts), kept.owner),
        *kept.rest,
        *(text for view in kept.views for text in view.make),
    )


def _renamed(identity: Identity) -> str:
    before = quote_identifier(object_name(identity.name, "before"))
    return f"ALTER SEQUENCE {identity.sequence} RENAME TO {before}"


def _carried_on(table: TableName, identity: Identity) -> tuple[str, ...]:
    """The sequence goes on where the old one is."""
    old = full_name(TableName(table.schema, object_name(identity.name, "before")))
    go_on = f"SELECT setval({quote_literal(identity.sequence)}, last_value, is_called) FROM {old}"
    return identity.make, go_on, *identity.grants


def _owned(tables: Iterable[TableName], owner: str | None) -> Iterator[str]:
    if owner is not None:
        for table in tables:
            yield f"ALTER TABLE {full_name(table)} OWNER TO {quote_identifier(owner)}"
