"""The second half of a query that was cut in two, which reads what was computed beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from optimizer.model.schema import Column, Table
from optimizer.queries.adding import Unfit, added, column_name
from optimizer.queries.aggregates import nodes
from optimizer.queries.grains import Grain, Use
from optimizer.queries.tree import identifier, to_sql
from optimizer.queries.value_types import value_type

VIEW = "v"
"""The name by which the second half knows what was computed."""


class Precomputed:
    """`items` are what is computed beforehand, as they stand in its SELECT, `terms` those that it is grouped
    by; `names` tells their columns. `rest` is rewritten in place."""

    def __init__(
        self, rest: exp.Select, tables: Mapping[str, Table], grains: Mapping[str, Sequence[Grain]]
    ) -> None:
        self._rest = rest
        self._tables = tables
        self._by_text: dict[str, str] = {}
        self.items: list[exp.Expr] = []
        self.names: dict[tuple[str, Grain], str] = {}
        for alias, own in grains.items():
            for grain in own:
                name = self._free(grain.name, f"{alias}_{grain.name}")
                self.names[alias, grain] = name
                self.items.append(
                    exp.alias_(
                        grain.over(exp.column(identifier(grain.column), table=identifier(alias))),
                        identifier(name),
                    )
                )
        self.terms = [item.unalias().copy() for item in self.items]
        self._conditions: list[exp.Expr] = []

    def answer(self, uses: Mapping[str, Sequence[Use]], *, exact: bool) -> None:
        """Put the view's columns in the place of what they hold.

        `exact` says that a row of the view is a row of the answer; else its rows are added up.
        """
        scalar = not self._rest.args.get("group")
        for alias, own in uses.items():
            for use in own:
                grain = self._best(alias, use)
                use.answered(grain, _column(self.names[alias, grain]))
        for node in list(nodes(self._rest)):
            node.replace(self._column_of(node) if exact else self._added(node, scalar))
        if exact:
            self._rest.set("group", None)
            having = self._rest.args.get("having")
            self._rest.set("having", None)
            self._conditions = [having.this] if having is not None else []

    def read(self, varying: Sequence[exp.Expr]) -> None:
        """Read the view alone, under the conditions that were left to be asked."""
        conditions = [one.copy() for one in (*varying, *self._conditions)]
        self._rest.set("from_", exp.From(this=exp.to_table(VIEW)))
        self._rest.set("joins", None)
        self._rest.set("where", exp.Where(this=exp.and_(*conditions)) if conditions else None)

    def only_key(self) -> tuple[str, ...]:
        """The key of a view of one row: a constant."""
        name = self._free("one", "one_")
        self.items.insert(0, exp.alias_(exp.Literal.number(1), identifier(name)))
        return (name,)

    def columns(self) -> tuple[Column, ...]:
        """What the view gives; Unfit where a type isn't clear."""
        return tuple(self._typed(item) for item in self.items)

    def _typed(self, item: exp.Expr) -> Column:
        kind = value_type(item.unalias(), self._tables)
        if kind is None:
            raise Unfit(f"the type of {to_sql(item.unalias())} isn't known")
        return Column(item.alias, kind)

    def _best(self, alias: str, use: Use) -> Grain:
        if (alias, use.grain) in self.names:
            return use.grain
        return next(grain for own, grain in self.names if own == alias and grain.serves(use.grain))

    def _added(self, node: exp.Expr, scalar: bool) -> exp.Expr:
        """An aggregate of several rows of the view."""
        found = added(node, self._tables, self._column_of)
        counts = isinstance(node.this if isinstance(node, exp.Filter) else node, exp.Count)
        if scalar and counts:
            return exp.Coalesce(this=found, expressions=[exp.Literal.number(0)])
        return exp.paren(found) if isinstance(found, exp.Div) else found

    def _column_of(self, node: exp.Expr) -> exp.Column:
        """The view's column for an aggregate, made where there is none yet."""
        text = to_sql(node)
        if text not in self._by_text:
            name = self._free(column_name(node))
            self._by_text[text] = name
            self.items.append(exp.alias_(node.copy(), identifier(name)))
        return _column(self._by_text[text])

    def _free(self, *wanted: str) -> str:
        taken = {item.alias for item in self.items}
        name = next((one for one in wanted if one not in taken), wanted[-1])
        while name in taken:
            name += "_"
        return name


def _column(name: str) -> exp.Column:
    return exp.column(identifier(name), table=exp.to_identifier(VIEW))
