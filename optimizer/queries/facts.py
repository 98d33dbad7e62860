"""Access facts: what a statement reads, filters, joins, orders and writes. Values only.

Every expression is SQL text over *unqualified* columns of one table, in sqlglot's PostgreSQL spelling
(`email`, `LOWER(email)`, `event_data ->> 'email'`), so that it can stand in an index definition.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from optimizer.model.names import TableName


class Operator(Enum):
    """What a predicate does with its expression."""

    EQUAL = "="
    IN = "in"  # a list, or = ANY(...)
    RANGE = "range"  # < <= > >= BETWEEN
    PREFIX = "prefix"  # LIKE 'x%'
    LIKE = "like"  # LIKE, ILIKE, ~ with no fixed beginning, or a parameter whose beginning isn't known
    IS_NULL = "is null"
    IS_NOT_NULL = "is not null"
    MATCH = "@@"  # full text
    CONTAINS = "@>"  # JSONB, arrays, ranges; also <@ turned round
    HAS_KEY = "?"  # JSONB ? ?| ?&
    OVERLAPS = "&&"  # arrays, ranges
    NEAREST = "<->"  # ORDER BY distance
    WITHIN = "<-> <"  # a distance to something of no table, below a bound
    OTHER = "other"  # <> and whatever no index answers


@dataclass(frozen=True, slots=True)
class Term:
    """An expression over one source's columns; `column` where it is nothing but a column."""

    alias: str
    expression: str
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Predicate:
    """One conjunct of a WHERE or ON that is about a single source.

    `text` is the whole conjunct, unqualified, only where it is constant (no parameter, nothing volatile):
    such a predicate can stand in a partial index. `parameters` are those it compares with. `optional` is
    True where it is one branch of an OR, or stands in the ON of an outer join.
    """

    term: Term
    operator: Operator
    text: str | None = None
    parameters: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class JoinEdge:
    """`left = right` between two sources, or between a source and an outer query's (correlated)."""

    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """One term of ORDER BY; `nulls_first` as it takes effect (last ascending, first descending)."""

    term: Term
    descending: bool = False
    nulls_first: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A table under the name it has in a query block, and its columns that the block mentions anywhere."""

    alias: str
    table: TableName
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """One SELECT (or the part of an UPDATE or DELETE that finds rows), subqueries being blocks of their own.

    `order` is empty where a term isn't about one source. `groups` are the terms of GROUP BY or DISTINCT.
    """

    sources: tuple[Source, ...]
    predicates: tuple[Predicate, ...] = ()
    joins: tuple[JoinEdge, ...] = ()
    order: tuple[OrderTerm, ...] = ()
    groups: tuple[Term, ...] = ()
    limited: bool = False

    def source(self, alias: str) -> Source:
        """The source of that alias; KeyError where the block has none."""
        for source in self.sources:
            if source.alias == alias:
                return source
        raise KeyError(alias)


class WriteKind(Enum):
    """What a statement does to a table."""

    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Write:
    """A table that is written, and the columns that are (all of them for INSERT and DELETE)."""

    kind: WriteKind
    table: TableName
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ParameterUse:
    """A parameter, and the column that it is compared with or inserted into (None: not known).

    `role` is `compared`, `inserted`, `low`, `high` (ends of a range on the same column), `limit`, `offset`,
    `element` (of an array column, of a range, or of JSON at `path`), `key` (a key of a JSON document),
    `pattern` (LIKE), `prefix` (`:p || '%'`), `substring` (`'%' || :p || '%'`), `search` (full text),
    `lexeme` (full text, one word: to_tsquery), `delta` (added to the column), `upserted` (inserted into a
    column of ON CONFLICT), `radius` (around a point) or `unknown`. `alias` is the source's, `path` the JSON
    keys on the way (`("customer", "email")`; `("x",)` and `("y",)` for the coordinates of a point). `many`
    is True where the value is a list. `expression` is the text that the parameter is compared with, over
    unqualified columns, where that is more than a column.
    """

    name: str
    role: str
    table: TableName | None = None
    column: str | None = None
    alias: str | None = None
    path: tuple[str, ...] = ()
    many: bool = False
    expression: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one statement.

    `complete` is False where sqlglot couldn't read the statement (`gap` says why): it can be run as it is,
    but it proposes nothing and its parameters need `params`. A `gap` beside `complete` names what was read
    but isn't known: views, functions that stand as tables.
    """

    blocks: tuple[Block, ...] = ()
    writes: tuple[Write, ...] = ()
    parameters: tuple[ParameterUse, ...] = ()
    complete: bool = True
    gap: str = ""

    @property
    def is_write(self) -> bool:
        """True for a statement that changes rows (also through a WITH)."""
        return bool(self.writes)
