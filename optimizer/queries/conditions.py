"""WHERE and ON, cut into predicates and join edges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from optimizer.queries.facts import JoinEdge, Operator, Predicate, Term
from optimizer.queries.names import Names, unqualified_text
from optimizer.queries.shapes import Sides, distance_below, is_constant, operator_of, row_members, sides


@dataclass(slots=True)
class Conditions:
    """What was found so far; `pushed` are predicates on derived tables that hold for the sources inside."""

    predicates: list[Predicate] = field(default_factory=list)
    joins: list[JoinEdge] = field(default_factory=list)
    pushed: list[Predicate] = field(default_factory=list)


class ConditionReader:
    """Reads the conditions of one scope."""

    def __init__(self, names: Names, scope: Scope) -> None:
        self.names = names
        self.scope = scope
        self.own = {alias for alias, _ in names.tables(scope).values()}
        self.found = Conditions()

    def read(self, condition: exp.Expr | None, *, optional: bool = False) -> None:
        """Take in a condition's conjuncts; `optional` where they stand in the ON of an outer join."""
        for conjunct in conjuncts(condition):
            self._read_conjunct(conjunct, optional)

    def nearest(self, tree: exp.Expr) -> None:
        """Take in a distance that is ordered by."""
        if isinstance(tree, exp.Distance):
            self._read_comparison(tree, optional=False)

    def _read_conjunct(self, node: exp.Expr, optional: bool) -> None:
        match node:
            case exp.Or():
                self._read_alternatives(node, optional)
            case exp.Not():
                self._read_negation(node, optional)
            case exp.Escape():
                self._read_conjunct(node.this, optional)
            case exp.Is():
                self._read_is(node, optional)
            case exp.Exists():
                pass
            case exp.Column() | exp.Func():
                self._read_flag(node, node, optional)
            case _:
                self._read_comparison(node, optional)

    def _read_alternatives(self, node: exp.Or, optional: bool) -> None:
        whole = self.names.term(node, self.scope)
        if whole and whole.alias in self.own and is_constant(node):
            text = unqualified_text(node)
            self.found.predicates.append(Predicate(whole, Operator.OTHER, text, (), optional))
        for branch in node.flatten():
            self.read(branch, optional=True)

    def _read_negation(self, node: exp.Not, optional: bool) -> None:
        inner = node.this.unnest()
        if isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Null):
            twice = bool(inner.args.get("negate"))
            self._add(inner.this, Operator.IS_NULL if twice else Operator.IS_NOT_NULL, node, optional)
        elif isinstance(inner, exp.Column):
            self._read_flag(inner, node, optional)
        elif not isinstance(inner, exp.Exists):
            written = sides(inner.this if isinstance(inner, exp.Escape) else inner)
            self._add(written.left if written else inner, Operator.OTHER, node, optional)

    def _read_is(self, node: exp.Is, optional: bool) -> None:
        negated = bool(node.args.get("negate"))
        if isinstance(node.expression, exp.Null):
            operator = Operator.IS_NOT_NULL if negated else Operator.IS_NULL
        else:
            boolean = isinstance(node.expression, exp.Boolean) and not negated
            operator = Operator.EQUAL if boolean else Operator.OTHER
        self._add(node.this, operator, node, optional)

    def _read_flag(self, tree: exp.Expr, node: exp.Expr, optional: bool) -> None:
        written = sides(tree)
        if written:
            self._read_comparison(tree, optional)
        else:
            operator = Operator.EQUAL if isinstance(tree, exp.Column) else Operator.OTHER
            self._add(tree, operator, node, optional)

    def _read_comparison(self, node: exp.Expr, optional: bool) -> None:
        self._read_distance(node, optional)
        written = sides(node)
        if written is None:
            self._add(node, Operator.OTHER, node, optional)
            return
        members = row_members(written.left)
        if members:
            self._read_row(node, written, members, optional)
        else:
            self._compare(node, written, optional)

    def _read_distance(self, node: exp.Expr, optional: bool) -> None:
        """`p <-> point(:x, :y) < :r`, beside what the comparison is in itself."""
        distance = distance_below(node)
        if distance is None:
            return
        for side, other in ((distance.this, distance.expression), (distance.expression, distance.this)):
            if not other.find(exp.Column):
                self._add(side, Operator.WITHIN, None, optional, node)

    def _read_row(
        self, node: exp.Expr, written: Sides, members: tuple[exp.Expr, ...], optional: bool
    ) -> None:
        """`(a, b) < (:x, :y)`: a comparison a member, the whole of it in none of them."""
        rows = [row_members(right) for right in written.right]
        for place, member in enumerate(members):
            others = tuple(row[place] for row in rows if len(row) == len(members))
            pair = replace(written, left=member.unnest(), right=others or written.right)
            self._compare(node, pair, optional, partial=False)

    def _compare(self, node: exp.Expr, written: Sides, optional: bool, *, partial: bool = True) -> None:
        left = self._own_term(written.left)
        inside = self._pushed_term(written.left)
        rights = [self.names.term(side, self.scope) for side in written.right]
        if isinstance(node, exp.EQ) and not written.many and self._join(written, rights[0]):
            return
        subquery = [side for side in written.right if isinstance(side, exp.Query | exp.Subquery)]
        if left and written.many and subquery:
            self._semi_join(left, subquery[0], written)
            return
        if left:
            self._add(written.left, operator_of(node, written), node if partial else None, optional, node)
        elif inside:
            names = tuple(dict.fromkeys(p.name for p in placeholders(node)))
            self.found.pushed.append(Predicate(inside, operator_of(node, written), None, names, optional))
        elif len(rights) == 1 and self._is_own(rights[0]):
            flipped = Operator.OTHER if written.many else operator_of(node, written)
            turned = Operator.OTHER if flipped in (Operator.LIKE, Operator.PREFIX) else flipped
            self._add(written.right[0], turned, node if partial else None, optional, node)

    def _join(self, written: Sides, right: Term | None) -> bool:
        left = self.names.term(written.left, self.scope)
        if left is None or right is None or left.alias == right.alias:
            return False
        self.found.joins.append(JoinEdge(left, right))
        return True

    def _semi_join(self, left: Term, subquery: exp.Expr, written: Sides) -> None:
        """`x IN (SELECT y ...)`: an edge to the subquery's own source."""
        query = subquery.unnest()
        inner = next((scope for scope in self.names.scopes if scope.expression is query), None)
        chosen = query.selects[0].unalias() if isinstance(query, exp.Query) and query.selects else None
        right = self.names.term(chosen, inner) if inner and chosen and not written.everything else None
        if right:
            self.found.joins.append(JoinEdge(left, right))
        else:
            self.found.predicates.append(Predicate(left, Operator.IN))

    def _add(
        self,
        tree: exp.Expr,
        operator: Operator,
        whole: exp.Expr | None,
        optional: bool,
        node: exp.Expr | None = None,
    ) -> None:
        """A predicate about `tree`; `whole` is what a partial index could say, `node` what it compares."""
        term = self._own_term(tree)
        if term is None:
            return
        text = self._partial_text(whole)
        compared = node if node is not None else whole
        used = tuple(dict.fromkeys(p.name for p in placeholders(compared))) if compared is not None else ()
        self.found.predicates.append(Predicate(term, operator, text, used, optional))

    def _partial_text(self, whole: exp.Expr | None) -> str | None:
        if whole is None or not is_constant(whole):
            return None
        owners = {self.names.owner(column, self.scope) for column in whole.find_all(exp.Column)}
        return unqualified_text(whole) if len(owners) == 1 and None not in owners else None

    def _pushed_term(self, tree: exp.Expr) -> Term | None:
        return self.names.pushed(tree, self.scope) if isinstance(tree, exp.Column) else None

    def _own_term(self, tree: exp.Expr) -> Term | None:
        term = self.names.term(tree, self.scope)
        return term if self._is_own(term) else None

    def _is_own(self, term: Term | None) -> bool:
        return term is not None and term.alias in self.own


def conjuncts(condition: exp.Expr | None) -> Iterator[exp.Expr]:
    """The parts of a condition that must all hold, parentheses taken off."""
    if condition is None:
        return
    inner = condition.unnest()
    if isinstance(inner, exp.And):
        for part in inner.flatten():
            yield from conjuncts(part)
    else:
        yield inner


def placeholders(tree: exp.Expr) -> Iterable[exp.Placeholder]:
    """The parameters of an expression, those of its subqueries left out."""
    return (
        node
        for node in tree.walk(bfs=False, prune=lambda n: isinstance(n, exp.Query) and n is not tree)
        if isinstance(node, exp.Placeholder)
    )
