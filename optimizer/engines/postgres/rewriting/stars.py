"""What stands for all columns of a table, where a structure has added some or changed their order.

A star is spelled out, so that a statement gives the columns that it gave; an INSERT without columns gets its
list where their order is another. A row as a value (`to_jsonb(t)`) can't be spelled out: that is an obstacle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlglot import exp

from optimizer.engines.postgres.rewriting.sources import Source, of_statement, visible
from optimizer.model.names import TableName
from optimizer.model.schema import Schema
from optimizer.queries.tree import find_table, identifier


class NotSpelledOut(Exception):
    """A statement whose answer would change with a table's columns; the text says why."""


@dataclass(frozen=True)
class Changes:
    """The tables whose columns aren't the user's own: some were added, or they are in another order."""

    schema: Schema
    physical: Schema

    @cached_property
    def tables(self) -> Mapping[TableName, tuple[str, ...]]:
        """The user's own columns of each table that is changed."""
        return {
            table.name: tuple(table.by_name)
            for table in self.schema.tables
            if list(table.by_name) != list(self.physical.by_name[table.name].by_name)
        }

    def added(self, table: TableName) -> frozenset[str]:
        """The columns that the user doesn't know of."""
        return frozenset(self.physical.by_name[table].by_name) - frozenset(self.tables[table])

    def is_reordered(self, table: TableName) -> bool:
        """True where the user's columns aren't the first ones, in their order."""
        own = self.tables[table]
        return tuple(self.physical.by_name[table].by_name)[: len(own)] != own


@dataclass(frozen=True)
class Spelling:
    """A statement's tree, to be changed in place where that is possible."""

    tree: exp.Expr
    changes: Changes

    def spell_out(self) -> bool:
        """True where something was changed; NotSpelledOut where that isn't possible."""
        self.check_rows()
        self._check_names()
        stars = [self._spell_outputs(node, outputs) for node, outputs in _outputs(self.tree)]
        lists = [self._name_columns(insert) for insert in self.tree.find_all(exp.Insert)]
        return any([*stars, *lists])

    def needs_names(self) -> bool:
        """True where names must be resolved first: columns without their table that are now ambiguous, stars
        over columns that a join has put together."""
        try:
            self._check_names()
        except NotSpelledOut:
            return True
        return False

    def _find(self, node: exp.Table) -> TableName | None:
        table = find_table(node, self.changes.schema)
        return table.name if table and table.name in self.changes.tables else None

    def _changed(self, source: Source) -> TableName | None:
        return self._find(source.table) if source.table is not None else None

    def _spell_outputs(self, node: exp.Expr, outputs: list[exp.Expr]) -> bool:
        sources = of_statement(node)
        found = False
        for output in outputs:
            spelled = self._spelled(output, sources)
            if spelled is not None:
                output.replace(spelled[0])
                at = spelled[0]
                for more in spelled[1:]:
                    _insert_after(at, more)
                    at = more
                found = True
        return found

    def _spelled(self, output: exp.Expr, sources: tuple[Source, ...]) -> list[exp.Expr] | None:
        """The columns that a star stands for; None for what is no star, or no star over a changed table."""
        if isinstance(output, exp.Star):
            meant = [source for source in sources if not source.named_only]
        elif isinstance(output, exp.Column) and isinstance(output.this, exp.Star):
            meant = [source for source in sources if source.alias == output.table][:1]
        else:
            return None
        if not any(self._changed(source) for source in meant):
            return None
        alone = isinstance(output, exp.Star) and len(meant) == 1
        return [one for source in meant for one in self._columns(source, alone)]

    def _columns(self, source: Source, alone: bool) -> list[exp.Expr]:
        table = self._changed(source)
        if table is not None and source.renamed:
            raise NotSpelledOut(f"a star stands for {table} under other names")
        owner = None if alone else identifier(source.alias)
        if table is not None:
            return [exp.column(identifier(name), table=owner and owner.copy()) for name in self._own(table)]
        if not source.alias:
            raise NotSpelledOut(
                "a star stands for a subquery without a name, beside a table with more columns"
            )
        return [exp.Column(this=exp.Star(), table=owner)]

    def _own(self, table: TableName) -> tuple[str, ...]:
        return self.changes.tables[table]

    def _name_columns(self, insert: exp.Insert) -> bool:
        """The columns' list of an INSERT that has none, into a table with another order."""
        target = insert.this
        if insert.args.get("default") or isinstance(target, exp.Schema):
            return False
        table = self._find(target) if isinstance(target, exp.Table) else self._merged(insert)
        if (
            table is None
            or not self.changes.is_reordered(table)
            or (target and not isinstance(target, exp.Table))
        ):
            return False
        width = _width(insert.expression)
        if width is None:
            raise NotSpelledOut(f"inserts into {table} without naming columns, and how many isn't known")
        names = [identifier(name) for name in self._own(table)[:width]]
        if target:
            insert.set("this", exp.Schema(this=target.copy(), expressions=names))
        else:
            insert.set("this", exp.Tuple(expressions=[exp.column(name) for name in names]))
        return True

    def _merged(self, insert: exp.Insert) -> TableName | None:
        merge = insert.find_ancestor(exp.Merge)
        return self._find(merge.this) if merge and isinstance(merge.this, exp.Table) else None

    def check_rows(self) -> None:
        """Rows of a changed table as values, and its row type."""
        for column in self.tree.find_all(exp.Column):
            name = _row_name(column)
            source = next((s for s in visible(column) if s.alias == name), None) if name else None
            if source is not None and (table := self._changed(source)) and not self._is_column(column):
                raise NotSpelledOut(f"whole rows of {table} are values in it")
        for kind in self.tree.find_all(exp.DataType):
            named = kind.args.get("kind")
            words = (
                [part.name for part in named.find_all(exp.Identifier)] if isinstance(named, exp.Expr) else []
            )
            found = self.changes.schema.find(".".join(words)) if words else None
            if found and found.name in self.changes.tables:
                raise NotSpelledOut(f"the row type of {found.name} is used in it")

    def _is_column(self, column: exp.Column) -> bool:
        """True where a name is surely a column's, although a source has it too."""
        if isinstance(column.this, exp.Star):
            return False
        for source in visible(column):
            known = find_table(source.table, self.changes.schema) if source.table is not None else None
            if known and column.name in known.by_name:
                return True
        return False

    def _check_names(self) -> None:
        for column in self.tree.find_all(exp.Column):
            if not column.table and not isinstance(column.this, exp.Star) and not _is_written(column):
                for source in visible(column):
                    table = self._changed(source)
                    if table and column.name in self.changes.added(table):
                        raise NotSpelledOut(f'"{column.name}" would be a column of {table}, too')
        for join in self.tree.find_all(exp.Join):
            merged = join.method == "NATURAL" or bool(join.args.get("using"))
            if merged and any(self._changed(source) for source in visible(join)):
                star = any(isinstance(output, exp.Star) for output in _outputs_of(join.parent))
                if join.method == "NATURAL" or star:
                    raise NotSpelledOut("a join takes columns of the same name together")


def _outputs(tree: exp.Expr) -> Iterator[tuple[exp.Expr, list[exp.Expr]]]:
    """Every SELECT and RETURNING; what EXISTS selects doesn't matter."""
    for node in list(tree.find_all(exp.Select, exp.Insert, exp.Update, exp.Delete, exp.Merge)):
        if not isinstance(node.parent, exp.Exists):
            yield node, list(_outputs_of(node))


def _outputs_of(node: exp.Expr | None) -> list[exp.Expr]:
    if isinstance(node, exp.Select):
        return list(node.expressions)
    returning = node.args.get("returning") if node is not None else None
    return list(returning.expressions) if returning is not None else []


def _row_name(column: exp.Column) -> str:
    """The source that a node stands for a whole row of; empty where it is an output's star, or a column."""
    if isinstance(column.this, exp.Star):
        return "" if isinstance(column.parent, exp.Select | exp.Returning) else column.table
    return "" if column.table else column.name


def _is_written(column: exp.Column) -> bool:
    """True for the left side of SET."""
    node: exp.Expr = column.parent if isinstance(column.parent, exp.Tuple) else column
    holder = node.parent
    return (
        isinstance(holder, exp.EQ)
        and holder.this is node
        and isinstance(holder.parent, exp.Update | exp.OnConflict)
        and holder.arg_key == "expressions"
    )


def _width(body: exp.Expr | None) -> int | None:
    """How many values a row has that is inserted."""
    if isinstance(body, exp.Values):
        body = body.expressions[0]
    if isinstance(body, exp.Tuple):
        return len(body.expressions)
    if isinstance(body, exp.Query):
        stars = any(output.is_star for output in body.selects)
        return None if stars else len(body.selects)
    return None


def _insert_after(node: exp.Expr, more: exp.Expr) -> None:
    holder = node.parent
    if holder is not None:
        expressions = list(holder.expressions)
        place = next(n for n, one in enumerate(expressions) if one is node)
        holder.set("expressions", [*expressions[: place + 1], more, *expressions[place + 1 :]])
