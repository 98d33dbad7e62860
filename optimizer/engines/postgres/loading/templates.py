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
    nobody has written since.
    """

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._kept: dict[tuple[str, str], _Template] = {}

    def get(self, dataset: Dataset, ddl: str) -> _Template | None:
        return self._kept.get((dataset.digest, ddl))

    def keep(self, dataset: Dataset, ddl: str, database: str, rows: Rows) -> None:
        name = self._databases.new_name("template")
        self._databases.copy(database, name)
        self._kept[dataset.digest, ddl] = _Template(name, rows)

    def replace(self, database: str, template: _Template) -> None:
        self._databases.drop(database)
        self._databases.copy(template.name, database)

    def conninfo(self, database: str) -> str:
        return self._databases.conninfo(database)

    def can_be_copied(self, database: str) -> bool:
        return self._databases.can_be_copied(database)

    def drop(self) -> None:
        """Remove all of them."""
        for template in self._kept.values():
            self._databases.drop(template.name)
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

    def conninfo(self, database: str) -> str:
        """Where the database is: a copy may be elsewhere than what it has taken the place of."""
        return self.templates.conninfo(database)

    def replace(self, dataset: Dataset, database: str) -> Rows:
        """Make the database, to which nobody is connected, a copy; the rows of each table in it."""
        template = self.templates.get(dataset, self.ddl)
        if template is None:
            raise KeyError(dataset.digest)
        self.templates.replace(database, template)
        return template.rows
