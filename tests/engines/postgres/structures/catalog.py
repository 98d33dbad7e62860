"""All that a database's catalogs say of its tables, in lines that can be compared."""

from __future__ import annotations

import psycopg

_MINE = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
_QUERIES = (
    f"""SELECT format('%s %s.%s by %s, options %s, security %s %s, bounds %s, partitioned %s, owner %s, %s',
            c.relkind, n.nspname, c.relname, a.amname, c.reloptions, c.relrowsecurity,
            c.relforcerowsecurity, pg_get_expr(c.relpartbound, c.oid),
            CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END, pg_get_userbyid(c.relowner),
            coalesce(c.relacl, acldefault('r', c.relowner)))
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am a ON a.oid = c.relam
        WHERE {_MINE} AND c.relkind IN ('r', 'p', 'm', 'v', 'S')""",
    f"""SELECT format('column %s of %s.%s: %s, place %s, not null %s, default %s, generated %s, identity %s, '
            'collation %s, storage %s, compression %s',
            a.attname, n.nspname, c.relname, format_type(a.atttypid, a.atttypmod),
            row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum), a.attnotnull,
            pg_get_expr(d.adbin, d.adrelid), a.attgenerated, a.attidentity, l.collname, a.attstorage,
            a.attcompression)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        LEFT JOIN pg_collation l ON l.oid = a.attcollation
        WHERE {_MINE} AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'm', 'v')""",
    f"""SELECT format('constraint %s of %s.%s: %s, valid %s', o.conname, n.nspname, c.relname,
            pg_get_constraintdef(o.oid), o.convalidated)
        FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {_MINE}""",
    f"""SELECT format('index %s, valid %s', pg_get_indexdef(i.indexrelid), i.indisvalid)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {_MINE}""",
    f"""SELECT format('trigger %s, enabled %s', pg_get_triggerdef(g.oid), g.tgenabled)
        FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {_MINE} AND NOT g.tgisinternal""",
    f"""SELECT pg_get_functiondef(p.oid)
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {_MINE}""",
    "SELECT format('policy %s', p) FROM pg_policies p",
    f"""SELECT format('view %s: %s', c.relname, pg_get_viewdef(c.oid))
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {_MINE} AND c.relkind IN ('v', 'm')""",
    "SELECT format('comment %s %s', objsubid, description) FROM pg_description WHERE objoid > 16384",
)


def catalog(conninfo: str) -> frozenset[str]:
    """The lines of a database; oids and places of dropped columns don't show."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        return frozenset(str(line) for query in _QUERIES for (line,) in connection.execute(query.encode()))
