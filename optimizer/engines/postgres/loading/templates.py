"""Loaded databases that others are copied from: files are copied sooner than rows are read and keys built."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from optimizer.dataset.dataset import Dataset
from optimizer.engines.postgres.databases import Databases
from optimizer.model.names import TableName

LEAST_ROWS = 20_000
"""Fewer rows are loaded as soon as a database is copied."""

Rows: TypeAlias = tuple[tuple[TableName, int], ...]

Key: TypeAlias = tuple[str, str]
"""A dataset's digest, and the user's own DDL."""


@dataclass(frozen=True, slots=True)
class Filled:
    """Each table's rows, and the seconds that loading them took."""

    rows: Rows
    seconds: float


@dataclass(frozen=True, slots=True)
class _Template:
    name: str
    filled: Filled


class Templates:
    """The templates of one server, each as a dataset was loaded into it: no candidate was built there, and
    nobody has written since. Of each there may be a spare copy, which the next one who wants a copy gets.
    """

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._kept: dict[Key, _Template] = {}
        self._spare: dict[Key, str] = {}
        self._aside: list[str] = []

    def copies(self, ddl: str) -> Copies:
        """What a database that the user's own `ddl` has made may become a copy of."""
        return Copies(self, ddl)

    def has(self, key: Key) -> bool:
        """Whether a copy can be had."""
        return key in self._kept

    def can_be_copied(self, database: str) -> bool:
        """Whether a copy of this database would be as good as another load."""
        return self._databases.can_be_copied(database)

    def keep(self, key: Key, database: str, filled: Filled) -> None:
        """Copy a database that has just been loaded; nobody may be connected to it."""
        name = self._databases.new_name("template")
        self._databases.copy(database, name)
        self._kept[key] = _Template(name, filled)

    def replace(self, key: Key, database: str) -> tuple[str, Filled]:
        """Make the database, to which nobody is connected, a copy: where it is now, and how it was filled.

        KeyError where there is no template.
        """
        template = self._kept[key]
        if key in self._spare:
            self._aside.append(self._databases.new_name("aside"))
            self._databases.rename(database, self._aside[-1])
            self._databases.rename(self._spare.pop(key), database)
        else:
            self._databases.drop(database)
            self._databases.copy(template.name, database)
        return self._databases.conninfo(database), template.filled

    def stock(self, key: Key) -> None:
        """Make the spare copy, and remove what the last `replace` put aside."""
        while self._aside:
            self._databases.drop(self._aside.pop())
        if key not in self._spare:
            name = self._databases.new_name("spare")
            self._databases.copy(self._kept[key].name, name)
            self._spare[key] = name

    def drop(self) -> None:
        """Remove all of them."""
        for name in (*self._aside, *self._spare.values(), *(one.name for one in self._kept.values())):
            self._databases.drop(name)
        self._aside.clear()
        self._spare.clear()
        self._kept.clear()


class Copies:
    """What one database can be a copy of: a template that the same DDL, the user's own, has made."""

    def __init__(self, templates: Templates, ddl: str) -> None:
        self._templates = templates
        self._ddl = ddl
        self._taken: Key | None = None

    def has(self, dataset: Dataset) -> bool:
        """Whether a copy can be had."""
        return self._templates.has((dataset.digest, self._ddl))

    def wants(self, dataset: Dataset, database: str) -> bool:
        """Whether a copy of this database would be as good as another load, and sooner there."""
        missing = dataset.rows >= LEAST_ROWS and not self.has(dataset)
        return missing and self._templates.can_be_copied(database)

    def keep(self, dataset: Dataset, database: str, filled: Filled) -> None:
        """See Templates.keep."""
        self._templates.keep((dataset.digest, self._ddl), database, filled)

    def replace(self, dataset: Dataset, database: str) -> tuple[str, Filled]:
        """See Templates.replace."""
        self._taken = (dataset.digest, self._ddl)
        return self._templates.replace(self._taken, database)

    @contextmanager
    def restocked(self) -> Iterator[None]:
        """After a copy the spare for the next one is made beside other work, which isn't measured; it is
        there at the end."""
        if self._taken is None:
            yield
            return
        pool = ThreadPoolExecutor(1, "copy")
        stocked = pool.submit(self._templates.stock, self._taken)
        try:
            yield
            stocked.result()
        finally:
            pool.shutdown()
