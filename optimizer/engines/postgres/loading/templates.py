"""Loaded databases that others are copied from: files are copied sooner than rows are read and keys built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import psycopg

from optimizer.dataset.dataset import Dataset
from optimizer.engines.postgres import scratch
from optimizer.model.names import TableName

LEAST_ROWS = 20_000
"""Fewer rows are loaded as soon as a database is copied."""

_OWN_SETTINGS = """
    SELECT 1 FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = %s
    """
"""What ALTER DATABASE ... SET has said isn't copied."""

Rows: TypeAlias = tuple[tuple[TableName, int], ...]


@dataclass(frozen=True, slots=True)
class _Template:
    name: str
    rows: Rows


class Templates:
    """The templates of one server, each as a dataset was loaded into it: no candidate was built there, and
    nobody has written since.
    """

    def __init__(self, admin: psycopg.Connection[Any], claim: str) -> None:
        self._admin = admin
        self._claim = claim
        self._kept: dict[tuple[str, str], _Template] = {}

    def get(self, dataset: Dataset, ddl: str) -> _Template | None:
        return self._kept.get((dataset.digest, ddl))

    def keep(self, dataset: Dataset, ddl: str, database: str, rows: Rows) -> None:
        name = scratch.new_name(self._claim, "template")
        scratch.copy(self._admin, database, name, scratch.mark(self._claim))
        self._kept[dataset.digest, ddl] = _Template(name, rows)

    def replace(self, database: str, template: _Template) -> None:
        scratch.drop(self._admin, database)
        scratch.copy(self._admin, template.name, database, scratch.mark(self._claim))

    def can_be_copied(self, database: str) -> bool:
        return self._admin.execute(_OWN_SETTINGS, [database]).fetchone() is None

    def drop(self) -> None:
        """Remove all of them."""
        for template in self._kept.values():
            scratch.drop(self._admin, template.name)
        self._kept.clear()


@dataclass(frozen=True, slots=True)
class Origin:
    """What a database of a server can be copied from: those with the same `ddl`, the user's own."""

    templates: Templates
    ddl: str

    def has(self, dataset: Dataset) -> bool:
        """Whether a copy can be had."""
        return self.templates.get(dataset, self.ddl) is not None

    def wants(self, dataset: Dataset, database: str) -> bool:
        """Whether a copy of this database would be as good as another load, and sooner there."""
        missing = dataset.rows >= LEAST_ROWS and not self.has(dataset)
        return missing and self.templates.can_be_copied(database)

    def keep(self, dataset: Dataset, database: str, rows: Rows) -> None:
        """Copy a database that has just been loaded; nobody may be connected to it."""
        self.templates.keep(dataset, self.ddl, database, rows)

    def replace(self, dataset: Dataset, database: str) -> Rows:
        """Make the database, to which nobody is connected, a copy; the rows of each table in it."""
        template = self.templates.get(dataset, self.ddl)
        if template is None:
            raise KeyError(dataset.digest)
        self.templates.replace(database, template)
        return template.rows
