"""Loaded databases that others are copied from: files are copied sooner than rows are read and keys built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from optimizer.dataset.dataset import Dataset
from optimizer.engines.postgres.databases import Databases
from optimizer.model.names import TableName

LEAST_ROWS = 20_000
"""Fewer rows are loaded as soon as a database is copied."""

Rows: TypeAlias = tuple[tuple[TableName, int], ...]


@dataclass(frozen=True, slots=True)
class _Template:
    name: str
    rows: Rows


class Templates:
    """The templates of one server, each as a dataset was loaded into it: no candidate was built there, and
    nobody has written since. A database can be a copy of one with the same `ddl`, the user's own.
    """

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._kept: dict[tuple[str, str], _Template] = {}

    def has(self, dataset: Dataset, ddl: str) -> bool:
        """Whether a copy can be had."""
        return (dataset.digest, ddl) in self._kept

    def wants(self, dataset: Dataset, ddl: str, database: str) -> bool:
        """Whether a copy of this database would be as good as another load, and sooner there."""
        missing = dataset.rows >= LEAST_ROWS and not self.has(dataset, ddl)
        return missing and self._databases.can_be_copied(database)

    def keep(self, dataset: Dataset, ddl: str, database: str, rows: Rows) -> None:
        """Copy a database that has just been loaded; nobody may be connected to it."""
        name = self._databases.new_name("template")
        self._databases.copy(database, name)
        self._kept[dataset.digest, ddl] = _Template(name, rows)

    def replace(self, dataset: Dataset, ddl: str, database: str) -> tuple[str, Rows]:
        """Make the database, to which nobody is connected, a copy: where it is now, and each table's rows.

        KeyError where there is no template.
        """
        template = self._kept[dataset.digest, ddl]
        self._databases.drop(database)
        self._databases.copy(template.name, database)
        return self._databases.conninfo(database), template.rows

    def drop(self) -> None:
        """Remove all of them."""
        for template in self._kept.values():
            self._databases.drop(template.name)
        self._kept.clear()
