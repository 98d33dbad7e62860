"""Plans one table: a link for each reference, a recipe for each written column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from generators.constant import Constant, Sequence
from generators.errors import SpecError
from generators.generator import Generator
from generators.names import span
from generators.times import DAY_MS
from optimizer.dataset.constraints import checks, partitions
from optimizer.dataset.constraints.bounds import bounds
from optimizer.dataset.constraints.capacity import options
from optimizer.dataset.constraints.distinct import Digits
from optimizer.dataset.constraints.keys import condition, unique_keys
from optimizer.dataset.constraints.limits import Limits, Ordering
from optimizer.dataset.constraints.types import INTEGERS, TIMES
from optimizer.dataset.planning.choosers import TreePart
from optimizer.dataset.planning.files import FileRows
from optimizer.dataset.planning.linking import Surroundings, link
from optimizer.dataset.planning.links import TREE, Shape, links, tree
from optimizer.dataset.planning.orderings import last, orderings, steps
from optimizer.dataset.planning.recipes import (
    After,
    ColumnPlan,
    Drawn,
    FirstOf,
    Link,
    Numbered,
    Recipe,
    Referenced,
    Repeated,
    TablePlan,
)
from optimizer.dataset.planning.uniqueness import Around, Unique, decide
from optimizer.dataset.planning.values import Wish, chosen, generator, null_share, with_nulls
from optimizer.errors import Position, Problem
from optimizer.model.names import TableName
from optimizer.model.schema import Column, Table
from optimizer.model.workload import ColumnData, Volume

_TREE_PARTS = {
    "lft": "lft",
    "rgt": "rgt",
    "rght": "rgt",
    "depth": "depth",
    "level": "depth",
}


@dataclass(frozen=True)
class Given:
    """What a table is planned from: its volume, the rows of all tables, the user's descriptions."""

    around: Surroundings
    rows: Mapping[TableName, int]
    volume: Volume | None
    described: Mapping[str, ColumnData]
    overridden: frozenset[str]


def file_plan(table: Table, file: FileRows) -> TablePlan:
    """The plan of a table whose rows are the user's own; identities that the file lacks are numbered."""
    present = {name for name, _ in file.columns}
    columns = tuple(
        ColumnPlan(c.name, c.type, Drawn(Sequence()) if c.identity and c.name not in present else None)
        for c in table.columns
        if not c.generated
    )
    return TablePlan(table.name, file.rows, columns, (), file)


def table_plan(table: Table, given: Given) -> tuple[TablePlan, tuple[Problem, ...]]:
    """The plan, and everything that stands against it."""
    planner = _Planner(table, given)
    columns = [planner.column(c) for c in table.columns if not c.generated]
    plan = TablePlan(table.name, planner.rows, tuple(columns), planner.links())
    return plan, tuple(planner.problems)


@dataclass
class _Planner:
    table: Table
    given: Given
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rows = self.given.rows[self.table.name]
        read = checks.read(self.table)
        self.limits = self._limits(read.limits)
        self.linking = link(self.table, self.given.around)
        self.unique = self._unique()
        self.digits = self._digits()
        taken = set(self.linking.columns) | self.unique.columns | set(self.unique.numbered)
        taken |= (
            set(self.unique.grouped) | self.given.overridden | set(self.digits) | set(self._tree_columns())
        )
        free = frozenset(c.name for c in self.table.columns if not c.generated) - taken
        self.orderings = orderings(self.table, read.orderings, free)
        self.first = self._first_of()
        self._check_parents()

    def _free(self) -> frozenset[str]:
        """Columns that no reference, key or description decides."""
        decided = (self.linking.columns, self.unique.columns, self.unique.numbered, self.unique.grouped)
        taken = frozenset[str]().union(*decided, self.digits, self._tree_columns(), self.given.overridden)
        return frozenset(c.name for c in self.table.columns if not c.generated) - taken

    def links(self) -> tuple[Link, ...]:
        """All links of the table."""
        skew = self.given.volume.skew if self.given.volume else "none"
        sizes = {n: d for n, d in self.digits.items() if n in self.linking.drafts}
        return links(
            self.linking, self.unique, Shape(self.table.name, self.rows, skew, self.given.rows, sizes)
        )

    def column(self, column: Column) -> ColumnPlan:
        """The column with its recipe."""
        return ColumnPlan(column.name, column.type, self._recipe(column))

    def _recipe(self, column: Column) -> Recipe:
        name = column.name
        if name in self.linking.columns:
            return Referenced(*self.linking.columns[name])
        if name in self.unique.numbered:
            return Numbered(self.unique.numbered[name], self._first_number(column))
        if name in self.unique.grouped:
            return Repeated(self.unique.grouped[name], self._generator(self._wish(column, unique=True)))
        if name in self.first:
            return FirstOf(*self.first[name], self._others(column, self.first[name][1]))
        if name in self._tree_columns():
            return Drawn(self._tree_columns()[name])
        if name in self.orderings:
            return self._after(self.orderings[name], column)
        return Drawn(self._generator(self._wish(column, unique=name in self.unique.columns)))

    def _after(self, ordering: Ordering, column: Column) -> Recipe:
        added = with_nulls(steps(ordering, self.table), null_share(self._wish(column)))
        return After(ordering.smaller, added, last(ordering, self.table, self._limits_of(column)))

    def _generator(self, wish: Wish) -> Generator:
        try:
            return generator(wish)
        except SpecError as error:
            entry = self.given.described.get(wish.column.name)
            self.problems.append(self._refused(wish.column, entry, error))
            return Constant(None)

    def _wish(self, column: Column, *, unique: bool = False) -> Wish:
        entry = self.given.described.get(column.name)
        return Wish(
            column=column,
            rows=self.rows,
            table=self.table.name.name,
            limits=self._limits_of(column),
            unique=unique,
            spec=entry.spec if entry else None,
            digits=self.digits.get(column.name),
        )

    def _limits_of(self, column: Column) -> Limits:
        return self.limits.get(column.name, Limits())

    def _refused(self, column: Column, entry: ColumnData | None, error: SpecError) -> Problem:
        where = f"{self.table.name}.{column.name}"
        if entry is not None:
            path = "".join(f"{key}: " for key in error.path)
            return Problem(f"data: {where}: {path}{error.message}", entry.position, error.hint)
        hint = f"say under `data` what it holds (`{where}: {{...}}`), or give the table a file of rows"
        return Problem(f"{where} can't be filled: {error.message}", self._position(), hint)

    def _position(self) -> Position | None:
        return self.given.volume.position if self.given.volume else None

    def _limits(self, found: Mapping[str, Limits]) -> dict[str, Limits]:
        """The limits of checks, partitions and of the user's choices; those that leave nothing are told."""
        limits = dict(found)
        for name, more in partitions.limits(self.table).items():
            limits[name] = limits.get(name, Limits()).with_(more)
        for name, entry in self.given.described.items():
            more = chosen(self.table.by_name[name], entry.spec)
            limits[name] = limits.get(name, Limits()).with_(more)
        for name, limit in limits.items():
            if limit.empty:
                message = f"{self.table.name}.{name}: its checks and partitions leave no value"
                self.problems.append(Problem(message, self._position()))
                limits[name] = Limits()
        return limits

    def _unique(self) -> Unique:
        around = Around(
            self.table,
            self.given.around.schema,
            self.rows,
            self.given.rows,
            self.linking,
            self.limits,
            self.given.overridden,
        )
        unique = decide(unique_keys(self.table, self.given.around.schema), around)
        for columns, most in unique.impossible:
            names = ", ".join(columns)
            message = (
                f"{self.table.name} is to have {self.rows} rows, but its unique key ({names}) allows {most}"
            )
            self.problems.append(Problem(message, self._position(), f"write {most} rows or fewer"))
        return unique

    def _digits(self) -> dict[str, Digits]:
        """The part of each link and column in keys that hold by distinct combinations."""
        digits: dict[str, Digits] = {}
        for names in self.unique.combined:
            sizes = tuple(self._size(name) for name in names)
            if not all(name in self.linking.drafts for name in names) or len(names) > 2:
                digits |= {n: Digits(sizes, at, ", ".join(names)) for at, n in enumerate(names)}
        return digits

    def _size(self, name: str) -> int:
        if name in self.linking.drafts:
            return self.given.rows[self.linking.drafts[name].target]
        return len(options(self.table.by_name[name], self.limits.get(name, Limits())) or ())

    def _tree_columns(self) -> dict[str, Generator]:
        """Columns that tell a row's place in the tree which the table's reference to itself makes."""
        own = [d for d in self.linking.drafts.values() if d.target == self.table.name and not d.matches]
        if not own or self.rows == 0:
            return {}
        shape = tree(own[0], self.rows)
        return {
            column.name: TreePart(shape, _TREE_PARTS[column.name], TREE)
            for column in self.table.columns
            if column.name in _TREE_PARTS and column.type.base in INTEGERS
            if column.name not in self.given.overridden
        }

    def _first_of(self) -> dict[str, tuple[str, str | bool | None]]:
        """Columns whose one value comes once for each parent: `UNIQUE (user_id) WHERE is_default`."""
        found: dict[str, tuple[str, str | bool | None]] = {}
        for key in unique_keys(self.table, self.given.around.schema):
            links = {self.linking.columns[c][0] for c in key.columns if c in self.linking.columns}
            about = condition(key, self.table)
            whole = all(column in self.linking.columns for column in key.columns)
            if about and whole and len(links) == 1 and about[0] not in self.given.overridden:
                found[about[0]] = (links.pop(), about[1])
        return found

    def _others(self, column: Column, value: str | bool | None) -> Generator:
        """What rows hold that aren't the first of their parent."""
        if isinstance(value, bool):
            return Constant(not value)
        wish = self._wish(replace(column, not_null=True))
        excluded = () if value is None else (value,)
        return self._generator(replace(wish, limits=wish.limits.with_(Limits(excluded=excluded))))

    def _first_number(self, column: Column) -> int:
        low = bounds(self._limits_of(column), column.type).low
        if column.type.base not in TIMES:
            return 1 if low is None else int(low)
        per_unit = DAY_MS if column.type.base == "date" else 1000
        if low is None:
            return span()[0] // per_unit
        return int(low) if column.type.base == "date" else -(-int(low) // 1000)

    def _check_parents(self) -> None:
        for draft in self.linking.drafts.values():
            if self.rows and not self.given.rows[draft.target] and not draft.may_lack:
                columns = ", ".join(draft.key.columns)
                message = f"{self.table.name}.{columns} refers to {draft.target}, which has no rows"
                self.problems.append(Problem(message, self._position()))
        volume = self.given.volume
        if volume and volume.per and not any(d.counted for d in self.linking.drafts.values()):
            message = f"volumes: {self.table.name} is counted per {volume.per}, but does not refer to it"
            self.problems.append(Problem(message, volume.position, "write a number of rows"))
