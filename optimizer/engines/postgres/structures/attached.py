"""What hangs on a table in a database, as the statements that bring it back to a table of the same name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from optimizer.model.names import TableName
from optimizer.queries.quoting import quote_identifier

_OID = """
    SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relname = %s AND c.relkind IN ('r', 'p')
    """

_KEYS = """
    SELECT o.conname, format('ALTER TABLE %s ADD CONSTRAINT %I %s', o.conrelid::regclass, o.conname,
           pg_get_constraintdef(o.oid))
    FROM pg_constraint o
    WHERE o.conrelid = %(table)s::oid AND o.contype IN ('p', 'u') AND o.conparentid = 0 ORDER BY o.oid
    """

_INDEXES = """
    SELECT c.relname, pg_get_indexdef(i.indexrelid)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = %(table)s AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = i.indexrelid)
    ORDER BY i.indexrelid
    """

_FOREIGN_KEYS = """
    SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', o.conrelid::regclass, o.conname,
                  pg_get_constraintdef(o.oid)),
           CASE WHEN o.conrelid <> %(table)s THEN
             format('ALTER TABLE %s DROP CONSTRAINT %I', o.conrelid::regclass, o.conname) END
    FROM pg_constraint o
    WHERE %(table)s IN (o.conrelid, o.confrelid) AND o.contype = 'f' AND o.conparentid = 0 ORDER BY o.oid
    """

_TRIGGERS = """
    SELECT pg_get_triggerdef(g.oid) FROM pg_trigger g
    WHERE g.tgrelid = %(table)s AND NOT g.tgisinternal AND g.tgparentid = 0 ORDER BY g.oid
    """

_SWITCHES = """
    SELECT format('ALTER TABLE %s %s TRIGGER %I', g.tgrelid::regclass,
                  CASE g.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA'
                  ELSE 'ENABLE ALWAYS' END, g.tgname)
    FROM pg_trigger g
    WHERE g.tgrelid = %(table)s AND NOT g.tgisinternal AND g.tgparentid = 0 AND g.tgenabled <> 'O'
    UNION ALL
    SELECT format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', c.oid::regclass)
    FROM pg_class c WHERE c.oid = %(table)s AND c.relrowsecurity
    UNION ALL
    SELECT format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', c.oid::regclass)
    FROM pg_class c WHERE c.oid = %(table)s AND c.relforcerowsecurity
    UNION ALL
    SELECT format('ALTER TABLE %s REPLICA IDENTITY %s', c.oid::regclass,
                  CASE c.relreplident WHEN 'f' THEN 'FULL' ELSE 'NOTHING' END)
    FROM pg_class c WHERE c.oid = %(table)s AND c.relreplident IN ('f', 'n')
    """

_POLICIES = """
    SELECT format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', p.polname, p.polrelid::regclass,
             CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
             CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
               WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
             CASE WHEN p.polroles = '{0}' THEN 'PUBLIC'
               ELSE (SELECT string_agg(format('%I', pg_get_userbyid(r)), ', ') FROM unnest(p.polroles) r) END)
           || coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
           || coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')
    FROM pg_policy p WHERE p.polrelid = %(table)s ORDER BY p.oid
    """

_STATISTICS = """
    SELECT pg_get_statisticsobjdef(s.oid) FROM pg_statistic_ext s WHERE s.stxrelid = %(table)s ORDER BY s.oid
    """

_IDENTITIES = """
    SELECT s.seqrelid::regclass::text, c.relname,
           format('ALTER TABLE %s ALTER COLUMN %I ADD GENERATED %s AS IDENTITY (SEQUENCE NAME %s START %s '
                  'INCREMENT %s MINVALUE %s MAXVALUE %s CACHE %s%s)', a.attrelid::regclass, a.attname,
                  CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, s.seqrelid::regclass,
                  s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache,
                  CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END),
           c.oid
    FROM pg_attribute a
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid
      AND d.refobjsubid = a.attnum AND d.classid = 'pg_class'::regclass AND d.deptype = 'i'
    JOIN pg_sequence s ON s.seqrelid = d.objid
    JOIN pg_class c ON c.oid = s.seqrelid
    WHERE a.attrelid = %(table)s AND a.attidentity <> '' ORDER BY a.attnum
    """

_SEQUENCES = """
    SELECT format('ALTER SEQUENCE %s OWNED BY %s.%I', d.objid::regclass, a.attrelid::regclass, a.attname)
    FROM pg_depend d
    JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S'
    JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.refobjid = %(table)s AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a' ORDER BY d.objid
    """

_GRANTS = """
    SELECT format('GRANT %s ON %s TO %s%s', string_agg(g.privilege, ', ' ORDER BY g.place), g.target, g.who,
                  CASE WHEN g.grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM (SELECT x.privilege_type || coalesce(' (' || quote_ident(a.attname) || ')', '') AS privilege,
                 (CASE WHEN c.relkind = 'S' THEN 'SEQUENCE ' ELSE '' END) || c.oid::regclass AS target,
                 CASE WHEN x.grantee = 0 THEN 'PUBLIC'
                   ELSE quote_ident(pg_get_userbyid(x.grantee)) END AS who,
                 x.is_grantable AND x.grantee <> c.relowner AS grantable, x.grantee,
                 row_number() OVER () AS place
          FROM pg_class c
          CROSS JOIN LATERAL (
            SELECT NULL::name AS attname, c.relacl AS acl WHERE c.relacl IS NOT NULL
            UNION ALL
            SELECT b.attname, b.attacl FROM pg_attribute b WHERE b.attrelid = c.oid AND b.attacl IS NOT NULL
          ) a
          CROSS JOIN LATERAL aclexplode(a.acl) x
          WHERE c.oid = %(table)s) g
    GROUP BY g.target, g.who, g.grantable, g.grantee ORDER BY min(g.place)
    """

_OWNER = """
    SELECT pg_get_userbyid(c.relowner), c.relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)
    FROM pg_class c WHERE c.oid = %(table)s
    """

_COMMENTS = """
    SELECT format('COMMENT ON %s IS %L', d.target, d.description) FROM (
      SELECT 'TABLE ' || c.oid::regclass AS target, e.description
      FROM pg_class c JOIN pg_description e ON e.objoid = c.oid AND e.objsubid = 0 AND c.oid = %(table)s
        AND e.classoid = 'pg_class'::regclass
      UNION ALL
      SELECT format('CONSTRAINT %I ON %s', o.conname, o.conrelid::regclass), e.description
      FROM pg_constraint o JOIN pg_description e ON e.objoid = o.oid AND o.conrelid = %(table)s
        AND o.contype <> 'c' AND e.classoid = 'pg_constraint'::regclass
      UNION ALL
      SELECT 'INDEX ' || i.indexrelid::regclass, e.description
      FROM pg_index i JOIN pg_description e ON e.objoid = i.indexrelid AND i.indrelid = %(table)s
        AND e.classoid = 'pg_class'::regclass
      UNION ALL
      SELECT format('TRIGGER %I ON %s', g.tgname, g.tgrelid::regclass), e.description
      FROM pg_trigger g JOIN pg_description e ON e.objoid = g.oid AND g.tgrelid = %(table)s
        AND e.classoid = 'pg_trigger'::regclass
      UNION ALL
      SELECT format('POLICY %I ON %s', p.polname, p.polrelid::regclass), e.description
      FROM pg_policy p JOIN pg_description e ON e.objoid = p.oid AND p.polrelid = %(table)s
        AND e.classoid = 'pg_policy'::regclass) d
    """

_VIEWS = """
    WITH RECURSIVE depending(oid) AS (
      SELECT r.ev_class FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
      WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
        AND d.refobjid = %(table)s AND r.ev_class <> %(table)s
      UNION
      SELECT r.ev_class FROM depending v
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
        AND d.refobjid = v.oid
      JOIN pg_rewrite r ON r.oid = d.objid AND r.ev_class <> v.oid)
    SELECT c.oid, CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END, c.oid::regclass::text,
           format('CREATE %s %s%s AS %s', CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END,
                  c.oid::regclass, coalesce(' WITH (' || array_to_string(c.reloptions, ', ') || ')', ''),
                  rtrim(pg_get_viewdef(c.oid), ';'))
    FROM depending v JOIN pg_class c ON c.oid = v.oid ORDER BY c.oid
    """


@dataclass(frozen=True, slots=True)
class Identity:
    """An identity column's sequence: its name in SQL, without its schema, and what makes it again."""

    sequence: str
    name: str
    make: str
    grants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """A view that reads the table: what takes it away, and what makes it again."""

    drop: str
    make: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attached:
    """Statements in the order in which they run. `keys` and `indexes` have names; `detach` drops the foreign
    keys of other tables; `owner` is None where the table is the user's who asks."""

    keys: tuple[tuple[str, str], ...]
    indexes: tuple[tuple[str, str], ...]
    foreign_keys: tuple[str, ...]
    detach: tuple[str, ...]
    identities: tuple[Identity, ...]
    sequences: tuple[str, ...]
    rest: tuple[str, ...]
    views: tuple[View, ...]
    owner: str | None


def attached(connection: psycopg.Connection[Any], table: TableName) -> Attached:
    """Read it from the catalogs; names come with their schemas. LookupError where there is no such table."""
    with connection.transaction():
        connection.execute(b"SET LOCAL search_path = pg_catalog")
        return _Reader(connection, _oid(connection, table)).read()


def catalog_rows(connection: psycopg.Connection[Any], query: str, table: int | str) -> list[tuple[Any, ...]]:
    """The rows of a query that has one parameter, `%(table)s`; its other percent signs stand for themselves,
    as in format('%I')."""
    doubled = query.replace("%", "%%").replace("%%(table)s", "%(table)s")
    return connection.execute(doubled.encode(), {"table": table}).fetchall()


def _oid(connection: psycopg.Connection[Any], table: TableName) -> int:
    row = connection.execute(_OID, [table.schema, table.name]).fetchone()
    if row is None:
        raise LookupError(str(table))
    return int(row[0])


@dataclass(frozen=True)
class _Reader:
    connection: psycopg.Connection[Any]
    oid: int

    def read(self) -> Attached:
        foreign = self._rows(_FOREIGN_KEYS)
        owner, mine = self._rows(_OWNER)[0]
        return Attached(
            keys=tuple((name, text) for name, text in self._rows(_KEYS)),
            indexes=tuple((name, text) for name, text in self._rows(_INDEXES)),
            foreign_keys=tuple(add for add, _ in foreign),
            detach=tuple(drop for _, drop in foreign if drop),
            identities=tuple(
                Identity(sequence, name, make, self._of(oid)._texts(_GRANTS))
                for sequence, name, make, oid in self._rows(_IDENTITIES)
            ),
            sequences=self._texts(_SEQUENCES),
            rest=tuple(
                text
                for query in (_STATISTICS, _TRIGGERS, _SWITCHES, _POLICIES, _GRANTS, _COMMENTS)
                for text in self._texts(query)
            ),
            views=tuple(
                self._of(oid)._view(kind, name, make) for oid, kind, name, make in self._rows(_VIEWS)
            ),
            owner=None if mine else owner,
        )

    def _view(self, kind: str, name: str, make: str) -> View:
        indexes = tuple(text for _, text in self._rows(_INDEXES))
        comments = (
            text.replace("COMMENT ON TABLE", f"COMMENT ON {kind}", 1) for text in self._texts(_COMMENTS)
        )
        owner, mine = self._rows(_OWNER)[0]
        given = () if mine else (f"ALTER {kind} {name} OWNER TO {quote_identifier(owner)}",)
        return View(f"DROP {kind} {name}", (make, *indexes, *given, *self._texts(_GRANTS), *comments))

    def _of(self, oid: int) -> _Reader:
        return _Reader(self.connection, oid)

    def _texts(self, query: str) -> tuple[str, ...]:
        return tuple(text for (text,) in self._rows(query))

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return catalog_rows(self.connection, query, self.oid)
