"""What runs on MongoDB for a query: operations with leaves where a binding's values go. Pure.

Everything in here is BSON as pymongo takes it (dicts, lists, numbers, strings, datetime, UUID ...), decimals
being `decimal.Decimal` (the session turns them into Decimal128), with `Leaf` objects where a value depends
on the binding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from optimizer.model.schema import ColumnType

NOW = "@now"
FETCHED = "fetched:"

Values = Mapping[str, Any]
"""A binding's values by parameter name, its session settings under `@name`, under NOW the moment (UTC,
without a zone) at which it is executed, and what a Fetch or a Draw gave under FETCHED and its name."""


@dataclass(frozen=True)
class Leaf:
    """A value that is computed from the binding before anything is sent.

    `evaluate` gives a BSON-able value of the right type (see values.py), as an application would send it;
    `text` is the SQL that it stands for, for golden files and messages: two leaves are equal where their
    texts and forms are. `form` says what it becomes (`value`, `regex`, `list`, `document` ...).
    """

    text: str
    evaluate: Callable[[Values], Any] = field(compare=False, repr=False)
    form: str = "value"


@dataclass(frozen=True)
class Find:
    """`find`: `sort` is a list of pairs; None where there is none. `limit` 0 means no limit."""

    collection: str
    filter: Mapping[str, Any]
    projection: Mapping[str, Any] | None = None
    sort: Sequence[tuple[str, int]] = ()
    skip: Any = 0
    limit: Any = 0


@dataclass(frozen=True)
class Aggregate:
    """`aggregate`."""

    collection: str
    pipeline: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Insert:
    """`insert` of these documents (each a template)."""

    collection: str
    documents: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Update:
    """`update`: `update` is an update document, or a pipeline (a list).

    `expect` is the error (a class of optimizer.model.answer.Answer) with which the query ends where no
    document matched; empty: none has to. `unless` are guards that are asked only then: the first that doesn't
    hold ends it with its own error instead.
    """

    collection: str
    filter: Mapping[str, Any]
    update: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    many: bool = True
    upsert: bool = False
    array_filters: Sequence[Mapping[str, Any]] = ()
    expect: str = ""
    unless: Sequence[Require] = ()


@dataclass(frozen=True)
class Delete:
    """`delete` of all documents that match."""

    collection: str
    filter: Mapping[str, Any]
    many: bool = True


@dataclass(frozen=True)
class Require:
    """A guard: the find must give a document (with `absent`: none), else the query ends with `error`.

    It keeps what the server doesn't: a foreign key's parent, the absence of children. `error` is a class of
    optimizer.model.answer.Answer. `when` is a leaf: the guard is passed over where it evaluates to None
    (a null foreign key), or always applies where it is None itself. `lock` is a field of the document that is
    written (see optimizer.engines.mongo.locks), where it isn't empty; never with `absent`.
    """

    find: Find
    error: str
    absent: bool = False
    when: Leaf | None = None
    lock: str = ""


@dataclass(frozen=True)
class Fetch:
    """A find whose first document's values later operations use: leaf texts `fetched:NAME.path` read them.

    `fields` maps a value's name to its dotted path in the document; where nothing is found all are None, and
    with `stops` the statement ends there having done nothing (an UPDATE or DELETE of no row). `lock` as
    Require has it; only of a find by a filter.
    """

    find: Find
    fields: Mapping[str, str]
    stops: bool = False
    lock: str = ""


@dataclass(frozen=True)
class Draw:
    """The next number of a sequence, kept in COUNTERS (see commands) under `sequence`; later leaves read
    `fetched:NAME`.

    Drawn outside the transaction, as PostgreSQL's sequences are: a rolled-back statement leaves a gap.
    """

    sequence: str
    name: str


Operation = Find | Aggregate | Insert | Update | Delete | Require | Fetch | Draw


@dataclass(frozen=True, slots=True)
class Output:
    """A column of the answer: its SQL name, where it is in a result's document, its type if that is known."""

    name: str
    path: str
    type: ColumnType | None = None


@dataclass(frozen=True)
class Statement:
    """One SQL statement as operations in order.

    The answer is that of the last Find or Aggregate, its columns as `outputs` say. `empty` is the row that
    stands for an answer without rows (an aggregate without GROUP BY over nothing: (0, None)); None: no row.
    """

    operations: tuple[Operation, ...]
    outputs: tuple[Output, ...] = ()
    empty: tuple[Any, ...] | None = None


@dataclass(frozen=True)
class Program:
    """A query as it runs on a design.

    `transaction`: it writes more than one document, or guards a write by a find, so that it needs one; one
    write of a single document, whatever it expects, doesn't. `collections` are all that it touches, guards
    included.
    """

    statements: tuple[Statement, ...]
    is_write: bool
    transaction: bool
    collections: frozenset[str] = frozenset()
