"""Which of PostgreSQL's extensions an index needs. Pure."""

from __future__ import annotations

from optimizer.model.index import Index
from optimizer.model.schema import Table

_OF_OPCLASS = {"gin_trgm_ops": "pg_trgm", "gist_trgm_ops": "pg_trgm"}
_OF_METHOD = {"gin": "btree_gin", "gist": "btree_gist"}
_NOT_SCALAR = frozenset(
    {
        *("jsonb", "tsvector", "point", "box", "circle", "polygon", "tsquery"),
        *("int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange"),
        *("int4multirange", "int8multirange", "nummultirange", "tsmultirange", "tstzmultirange"),
        *("datemultirange", "geometry", "geography", "ltree", "hstore"),
    }
)


def extensions_for(index: Index, table: Table | None = None) -> tuple[str, ...]:
    """The extensions that must be there before the index can be created, each once.

    `table` tells the types of its columns: a scalar column in a GIN or GiST index needs btree_gin or
    btree_gist, which the index alone doesn't say.
    """
    by_class = [_OF_OPCLASS[name] for k in index.keys if (name := _unqualified(k.opclass)) in _OF_OPCLASS]
    columns = [table.by_name.get(k.column) for k in index.keys if k.column and not k.opclass] if table else []
    scalars = [c for c in columns if c and not c.type.array and c.type.base not in _NOT_SCALAR]
    by_type = [_OF_METHOD[index.method]] if scalars and index.method in _OF_METHOD else []
    return tuple(dict.fromkeys((*by_class, *by_type)))


def _unqualified(opclass: str | None) -> str:
    return (opclass or "").rpartition(".")[2]
