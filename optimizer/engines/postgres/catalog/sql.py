"""What is asked of PostgreSQL's catalogs.

`ours` leaves out what belongs to the system or to an extension, `mine` TimescaleDB's chunks, too: they are
the store of a table that is there under its own name.
"""

from __future__ import annotations

from psycopg import sql

_OURS = sql.SQL(
    """n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT EXISTS (
         SELECT FROM pg_depend d
         WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')"""
)
_MINE = sql.SQL("n.nspname !~ '^_timescaledb_' AND {ours}").format(ours=_OURS)

TABLES = sql.SQL(
    """
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.relrowsecurity,
           CASE WHEN c.relkind = 'p' THEN
             ARRAY(SELECT coalesce(quote_ident(a.attname), pg_get_partkeydef(c.oid))
                   FROM pg_partitioned_table p, unnest(p.partattrs::int2[]) WITH ORDINALITY k(attnum, place)
                   LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum AND k.attnum > 0
                   WHERE p.partrelid = c.oid ORDER BY k.place)
           ELSE '{{}}' END,
           CASE WHEN c.relkind = 'p' THEN
             ARRAY(SELECT pg_get_expr(child.relpartbound, child.oid)
                   FROM pg_partition_tree(c.oid) t JOIN pg_class child ON child.oid = t.relid
                   WHERE t.level > 0 ORDER BY child.oid)
           ELSE '{{}}' END,
           NOT c.relispartition AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition AND c.relpersistence <> 't' AND {mine}
    ORDER BY c.oid
    """
).format(mine=_MINE)

COLUMNS = """
    SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), a.atttypid, a.atttypmod,
           a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attgenerated <> '', a.attidentity <> '',
           CASE WHEN a.attcollation <> t.typcollation THEN l.collname END
    FROM pg_attribute a
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN pg_collation l ON l.oid = a.attcollation
    WHERE a.attrelid = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attrelid, a.attnum
    """

TYPES = """
    SELECT t.oid, t.typname, t.typtype, t.typcategory, t.typbasetype, t.typtypmod, t.typelem, t.typnotnull,
           ARRAY(SELECT e.enumlabel FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder)
    FROM pg_type t
    """

DOMAIN_CHECKS = """
    SELECT contypid, conname, pg_get_expr(conbin, 0, true)
    FROM pg_constraint WHERE contype = 'c' AND contypid <> 0 ORDER BY oid
    """

CONSTRAINTS = """
    SELECT o.conrelid, o.conname, o.contype,
           ARRAY(SELECT a.attname FROM unnest(o.conkey) WITH ORDINALITY k(attnum, place)
                 JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.attnum ORDER BY k.place),
           n.nspname, f.relname,
           ARRAY(SELECT a.attname FROM unnest(o.confkey) WITH ORDINALITY k(attnum, place)
                 JOIN pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.attnum ORDER BY k.place),
           o.confdeltype, o.confupdtype, pg_get_expr(o.conbin, o.conrelid, true), o.condeferrable,
           o.convalidated
    FROM pg_constraint o
    LEFT JOIN pg_class f ON f.oid = o.confrelid
    LEFT JOIN pg_namespace n ON n.oid = f.relnamespace
    WHERE o.conrelid = ANY(%s) AND o.conparentid = 0 AND o.contype IN ('p', 'u', 'f', 'c')
    ORDER BY o.oid
    """

INDEXES = """
    SELECT i.indexrelid, n.nspname, t.relname, c.relname, m.amname, i.indisunique,
           EXISTS (SELECT FROM pg_constraint o
                   WHERE o.conindid = i.indexrelid AND o.contype IN ('p', 'u', 'x')),
           i.indisexclusion,
           pg_get_expr(i.indpred, i.indrelid, true), c.reloptions, i.indnkeyatts,
           (SELECT jsonb_agg(jsonb_build_array(
                   pg_get_indexdef(i.indexrelid, k.place::int, true), a.attname, i.indoption[k.place - 1],
                   CASE WHEN NOT p.opcdefault THEN p.opcname END,
                   CASE WHEN l.oid <> coalesce(a.attcollation, 100) THEN l.collname END) ORDER BY k.place)
            FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, place)
            LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum > 0
            LEFT JOIN pg_opclass p ON p.oid = i.indclass[k.place - 1]
            LEFT JOIN pg_collation l ON l.oid = i.indcollation[k.place - 1])
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace
    JOIN pg_am m ON m.oid = c.relam
    WHERE i.indrelid = ANY(%s)
    ORDER BY i.indexrelid
    """

VIEWS = sql.SQL(
    """
    SELECT n.nspname, c.relname, c.relkind
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('v', 'm') AND {mine}
    ORDER BY c.oid
    """
).format(mine=_MINE)

EXTENSIONS = "SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY oid"

STORED = sql.SQL(
    """
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.relispartition
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND {mine}
    ORDER BY c.oid
    """
).format(mine=_MINE)

CONSTRAINTS_TO_REBUILD = """
    SELECT n.nspname, t.relname, o.conname, pg_get_constraintdef(o.oid),
           t.relkind = 'r' AND o.contype = 'f' AND o.convalidated
    FROM pg_constraint o
    JOIN pg_class t ON t.oid = o.conrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace
    LEFT JOIN pg_index i ON i.indexrelid = o.conindid AND o.contype <> 'f'
    WHERE o.conrelid = ANY(%s) AND o.contype = ANY(%s) AND o.conparentid = 0
      AND i.indisreplident IS NOT TRUE
    ORDER BY o.oid
    """

INDEXES_TO_REBUILD = """
    SELECT n.nspname, t.relname, c.relname, pg_get_indexdef(i.indexrelid), i.indisunique OR t.relispartition
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE i.indrelid = ANY(%s) AND NOT i.indisreplident
      AND NOT EXISTS (SELECT FROM pg_constraint o
                      WHERE o.conindid = i.indexrelid AND o.contype IN ('p', 'u', 'x'))
      AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = i.indexrelid)
    ORDER BY i.indexrelid
    """

TRIGGERS = """
    SELECT n.nspname, t.relname, g.tgname, g.tgenabled, pg_get_triggerdef(g.oid)
    FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE g.tgrelid = ANY(%s) AND NOT g.tgisinternal AND g.tgparentid = 0 AND g.tgenabled <> 'D'
      AND g.tgname NOT IN ('ts_insert_blocker', 'ts_cagg_invalidation_trigger')
    ORDER BY g.oid
    """
"""TimescaleDB's own, on hypertables, aren't for others to switch."""

IS_TIMESCALE = "SELECT FROM pg_extension WHERE extname = 'timescaledb'"

HYPERTABLES = """
    SELECT hypertable_schema, hypertable_name FROM timescaledb_information.hypertables
    """

FORCED_ROW_SECURITY = """
    SELECT n.nspname, c.relname
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = ANY(%s) AND c.relforcerowsecurity
    ORDER BY c.oid
    """

SEQUENCES = """
    WITH used AS (
      SELECT d.objid AS sequence, d.refobjid AS relation, d.refobjsubid::int2 AS attnum
      FROM pg_depend d
      WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
        AND d.deptype = 'i' AND d.refobjsubid > 0
      UNION
      SELECT d.refobjid, f.adrelid, f.adnum
      FROM pg_depend d JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid
      WHERE d.refclassid = 'pg_class'::regclass)
    SELECT sn.nspname, s.relname, n.nspname, t.relname, a.attname
    FROM used u
    JOIN pg_class s ON s.oid = u.sequence AND s.relkind = 'S'
    JOIN pg_namespace sn ON sn.oid = s.relnamespace
    JOIN pg_class t ON t.oid = u.relation AND NOT t.relispartition
    JOIN pg_namespace n ON n.oid = t.relnamespace
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = u.attnum
    WHERE t.oid = ANY(%s) AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
    ORDER BY s.oid, t.oid
    """

INDEX_MEMBERS = """
    WITH RECURSIVE itself AS (
      SELECT c.oid, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname IN (%s, '_timescaledb_internal') AND c.relname = %s),
    member(oid) AS (
      SELECT oid FROM itself
      UNION ALL
      SELECT h.inhrelid FROM pg_inherits h JOIN member m ON h.inhparent = m.oid),
    of_chunk(oid) AS (
      SELECT x.indexrelid
      FROM itself JOIN pg_index i ON i.indexrelid = itself.oid
      JOIN pg_inherits h ON h.inhparent = i.indrelid
      JOIN pg_class t ON t.oid = h.inhrelid AND NOT t.relispartition
      JOIN pg_index x ON x.indrelid = t.oid AND x.indisunique = i.indisunique
      JOIN pg_class s ON s.oid = x.indexrelid
      WHERE s.relname = t.relname || '_' || itself.relname
         OR substring(pg_get_indexdef(x.indexrelid) FROM ' USING .*$')
          = substring(pg_get_indexdef(i.indexrelid) FROM ' USING .*$'))
    SELECT i.indexrelid, n.nspname, c.relname, i.indrelid, pg_relation_size(i.indexrelid)
    FROM (SELECT oid FROM member UNION SELECT oid FROM of_chunk) m
    JOIN pg_index i ON i.indexrelid = m.oid
    JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    ORDER BY i.indexrelid NOT IN (SELECT oid FROM itself), i.indexrelid
    """
"""The index itself first, then those of partitions and chunks. A continuous aggregate's is TimescaleDB's own
schema; what ties a chunk's to it is its name, where that isn't too long, and what it says: constants in its
condition may be spelled otherwise."""

RELATION_NAMES = "SELECT DISTINCT relname FROM pg_class WHERE relnamespace <> 'pg_catalog'::regnamespace"

BYTES = sql.SQL(
    """
    SELECT coalesce(sum(pg_table_size(c.oid)), 0)::bigint + coalesce(sum((
             SELECT sum(pg_relation_size(i.indexrelid)) FROM pg_index i
             WHERE i.indrelid = c.oid AND i.indexrelid <> ALL(%s)
           )), 0)::bigint
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND {ours}
    """
).format(ours=_OURS)
