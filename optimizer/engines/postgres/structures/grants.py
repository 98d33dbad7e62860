"""Who may read what a structure makes out of tables."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.engines.postgres.structures.triggers import full_name
from optimizer.model.names import TableName
from optimizer.queries.quoting import quote_literal


def readable_like(made: TableName, tables: Sequence[TableName]) -> str:
    """A statement that lets those read `made` who may read all of these tables.

    They are known to the server alone: they may have come by ALTER DEFAULT PRIVILEGES.
    """
    texts = ", ".join(quote_literal(full_name(table)) for table in tables)
    return (
        "DO $$\n"
        "DECLARE reader name;\n"
        "BEGIN\n"
        "  FOR reader IN\n"
        "    SELECT coalesce(r.rolname, 'public')\n"
        f"    FROM unnest(ARRAY[{texts}]::regclass[]) t\n"
        "    JOIN pg_class c ON c.oid = t, aclexplode(c.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee\n"
        "    WHERE a.privilege_type = 'SELECT' AND a.grantee <> c.relowner\n"
        f"    GROUP BY r.rolname HAVING count(DISTINCT c.oid) = {len(tables)} ORDER BY 1\n"
        "  LOOP\n"
        f"    EXECUTE format('GRANT SELECT ON %s TO %s', {quote_literal(full_name(made))},\n"
        "      CASE WHEN reader = 'public' THEN 'public' ELSE quote_ident(reader) END);\n"
        "  END LOOP;\n"
        "END $$"
    )
