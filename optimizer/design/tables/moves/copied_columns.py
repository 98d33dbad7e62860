"""A parent's columns copied into its children, where triggers can keep them and they prove a join."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from optimizer.design.moves.extended_reference import extended_references
from optimizer.design.moves.offer import LeftOut, Offer, left_out
from optimizer.design.tables.evidence import TableEvidence
from optimizer.model.denormalisation import ExtendedReference
from optimizer.model.schema import Column, ForeignKey, Table, TableKind

_SPELLED = {
    "varchar": "character varying",
    "bpchar": "character",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "bool": "boolean",
    "timestamptz": "timestamp",
    "timetz": "time",
}
"""How format_type begins with the types whose names it doesn't use."""


def copied_columns(evidence: TableEvidence) -> Iterator[Offer | LeftOut]:
    """What the shared move offers, but for parents and keys that leave a copy unproved or unkept."""
    for item in extended_references(evidence):
        if isinstance(item, LeftOut) or not isinstance(item.structure, ExtendedReference):
            yield item
            continue
        structure = item.structure
        child, parent = evidence.schema.by_name[structure.table], evidence.schema.by_name[structure.parent]
        reason = _obstacle(child, parent, child.foreign_key(structure.key), structure.columns)
        if reason:
            subject = f"{', '.join(structure.columns)} of {parent.name} copied to {child.name}"
            yield left_out(subject, reason, item.gains)
        else:
            yield replace(item, structure=_beside(child, structure))


def _obstacle(child: Table, parent: Table, key: ForeignKey, columns: tuple[str, ...]) -> str:
    """Why the columns can't be copied; empty where they can."""
    if parent.row_security:
        return f"row-level security hides rows of {parent.name}, and a copy would show them"
    if key.deferrable:
        return f"{key.name} is deferrable: a child may come before its parent, and has nothing to copy"
    if not key.validated:
        return f"{key.name} isn't valid for all rows: a child may have no parent"
    if parent.kind is TableKind.PARTITIONED:
        return f"{parent.name} is partitioned: a row that moves to another partition fires no UPDATE trigger"
    made = [name for name in columns if parent.by_name[name].generated]
    made += [name for name in key.columns if child.by_name[name].generated]
    if made:
        return f"{', '.join(made)} is generated, which triggers before a write don't see"
    domains = [name for name in columns if _is_domain(parent.by_name[name])]
    if domains:
        return (
            f"the type of {', '.join(domains)} is a domain, which may forbid the null of a row without parent"
        )
    return ""


def _is_domain(column: Column) -> bool:
    """True where the type's own name isn't that of the type below it."""
    kind = column.type
    if kind.labels:
        return False
    name = kind.sql.rpartition(".")[2].strip('"')
    return not name.startswith((_SPELLED.get(kind.base, kind.base), kind.base))


def _beside(child: Table, structure: ExtendedReference) -> ExtendedReference:
    """The structure, its field named so that the child has no column of the copies' names."""
    field = structure.field
    while any(f"{field}_{name}" in child.by_name for name in structure.columns):
        field += "_"
    return replace(structure, field=field)
