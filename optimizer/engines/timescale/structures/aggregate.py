"""Time buckets that are kept, and brought up to date where rows have changed: a continuous aggregate."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from sqlglot import exp

from optimizer.engines.postgres.structures.grants import readable_like
from optimizer.engines.postgres.structures.materialized import view_columns
from optimizer.engines.postgres.structures.realisation import Realisation
from optimizer.engines.postgres.structures.triggers import full_name
from optimizer.engines.timescale.dialect import interval
from optimizer.engines.timescale.structures.hypertable import cut, key_edit, key_remarks, made, up_to_newest
from optimizer.engines.timescale.structures.nesting import Nested
from optimizer.engines.timescale.structures.obstacles import obstacle
from optimizer.model.hypertables import ContinuousAggregate
from optimizer.model.schema import Schema, Table, TableKind
from optimizer.queries.dialect import QueryDialect
from optimizer.queries.quoting import quote_literal, quote_table
from optimizer.queries.tree import unqualified


def aggregate(structure: ContinuousAggregate, schema: Schema, nested: Nested | None = None) -> Realisation:
    """See Realisation. The view's rows are a table of the schema, so that indexes can be found for it; the
    table that it reads becomes a hypertable where no structure has made it one. `nested` says how it is made
    beside others; None: by its own SQL.
    """
    before, schema = schema, cut(schema, structure)
    is_cut = before.by_name[structure.table].kind is TableKind.HYPERTABLE
    name = quote_table(structure.name)
    kept = "false" if structure.real_time else "true"
    options = [
        "timescaledb.continuous",
        f"timescaledb.materialized_only = {kept}",
        "timescaledb.create_group_indexes = false",
    ]
    query = unqualified(structure.sql) if nested is None else nested.query
    source = None if nested is None else nested.source
    columns = view_columns(structure.sql if nested is None else nested.sql, structure.key, schema)
    table = Table(structure.name, columns)
    return Realisation(
        schema=replace(schema, tables=(*schema.tables, table), views=(*schema.views, structure.name)),
        define=(
            *(() if is_cut else (made(structure.table, structure.column, structure.chunk_s),)),
            f"CREATE MATERIALIZED VIEW {name}\nWITH ({', '.join(options)}) AS\n{_sql(query)}\nWITH NO DATA",
        ),
        readable=(readable_like(structure.name, (structure.table,)),),
        edit=key_edit(structure, before),
        remarks=(
            *key_remarks(structure, before),
            *(() if source is None else (_made_of(structure, source),)),
        ),
        policies=(_policy(structure, source),),
        settle=(_refresh(structure),),
        for_new_rows=True,
        refresh=(_refresh(structure),),
        obstacle=partial(obstacle, structure, before),
        undo=(f"DROP MATERIALIZED VIEW {name}",),
    )


def _sql(query: exp.Expr) -> str:
    return query.sql(QueryDialect(), pretty=True)


def _refresh(structure: ContinuousAggregate) -> str:
    """What its policy would have done by now, had the newest row come this moment."""
    name = quote_literal(full_name(structure.name))
    if not structure.real_time:
        return f"CALL refresh_continuous_aggregate({name}, NULL, NULL)"
    refresh = f"CALL refresh_continuous_aggregate({name}, NULL, until)"
    return up_to_newest(structure, _newest(structure), refresh)


def _policy(structure: ContinuousAggregate, source: ContinuousAggregate | None) -> str:
    """Where rows are added when it is read, the bucket that still grows isn't kept. What it is made of may
    be old already."""
    every = _interval_s(structure, source)
    end = _newest(structure) if structure.real_time else "NULL"
    return (
        f"SELECT add_continuous_aggregate_policy({quote_literal(full_name(structure.name))}, "
        f"start_offset => NULL, end_offset => {end}, "
        f"schedule_interval => {interval(every)})"
    )


def _newest(structure: ContinuousAggregate) -> str:
    """The time that isn't kept of what is added when it is read: a bucket, which may grow."""
    return f"INTERVAL {quote_literal(structure.bucket.width)}"


def _interval_s(structure: ContinuousAggregate, source: ContinuousAggregate | None) -> float:
    """The seconds between two refreshes: both together are never older than was promised."""
    return structure.staleness_s - (0.0 if source is None else source.staleness_s)


def _made_of(structure: ContinuousAggregate, source: ContinuousAggregate) -> str:
    return (
        f"made of {source.name}, which may be {source.staleness_s:g} s old (refresh that first): "
        f"so it is refreshed every {_interval_s(structure, source):g} s"
    )
