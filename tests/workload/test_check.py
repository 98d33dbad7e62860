"""Names that only a schema can judge."""

from __future__ import annotations

from pathlib import Path

from optimizer.model.names import TableName
from optimizer.model.schema import Check, Column, ColumnType, Key, Schema, Table
from optimizer.workload.check import problems
from optimizer.workload.read import read

UUID = ColumnType("uuid", "uuid")
CHECK = Check("log_check", "true", ())
SCHEMA = Schema(
    (
        Table(
            TableName("public", "tenants"),
            (
                Column("id", UUID),
                Column("created_at", ColumnType("timestamp without time zone", "timestamp")),
            ),
            keys=(Key("tenants_pkey", ("id",), primary=True),),
        ),
        Table(
            TableName("audit", "log"), (Column("tenant_id", UUID),), checks=(Check("log_check", "true", ()),)
        ),
    )
)
FILE = """\
schema: CREATE TABLE tenants (id uuid);
volumes: {tenants: 1}
queries: [{name: a, sql: SELECT 1}]
"""


def _problems(tmp_path: Path, more: str) -> list[str]:
    path = tmp_path / "w.yaml"
    path.write_text(FILE + more, encoding="utf-8")
    found = problems(read(path), SCHEMA)
    return [str(problem).removeprefix(str(path) + ":") for problem in found]


def test_right_names(tmp_path: Path) -> None:
    more = """\
retention: {tenants: 30d}
session: {settings: {a.b: {column: audit.log.tenant_id}, c.d: {value: x}}}
relax: [tenants_pkey, log_check, audit.log.log_check]
"""
    assert _problems(tmp_path, more) == []


def test_wrong_names(tmp_path: Path) -> None:
    more = """\
retention: {tenant: 30d, log: 1d}
session: {settings: {a.b: {column: tenants.idd}, c.d: {column: tennants.id}, e.f: {column: id}}}
relax: [tenants_pk, foo]
"""
    assert _problems(tmp_path, more) == [
        "4:13: no table 'tenant'; did you mean 'tenants'?",
        "4:26: table 'log' has no column of a time; a row has no age without one; take the retention out",
        "5:22: table 'tenants' has no column 'idd'; did you mean 'id'?",
        "5:50: no table 'tennants'; did you mean 'tenants'?",
        "5:78: 'id' is no table.column; write it like tenants.id",
        "6:9: no constraint 'tenants_pk'; did you mean 'tenants_pkey'?",
        "6:21: no constraint 'foo'; the constraints are log_check, tenants_pkey",
    ]
