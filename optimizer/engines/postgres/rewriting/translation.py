"""A statement with time_bucket in it, as PostgreSQL without the extension takes it.

Only the calls are written otherwise, so that all else stays as it stands in the file, and a place in the
one text can be found in the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from optimizer.engines.postgres.rewriting.outputs import output_name
from optimizer.model.query import ParameterSpec
from optimizer.model.schema import Schema
from optimizer.queries.base_types import base_type
from optimizer.queries.identity import SameSchema
from optimizer.queries.intervals import Interval, parse
from optimizer.queries.parameters import UnreadableSql, tokens
from optimizer.queries.plain_buckets import plain
from optimizer.queries.time_buckets import NAME, NoBucket, Widths, is_bucket, read_bucket
from optimizer.queries.tree import DIALECT, unqualified

_ENDS = frozenset(
    {
        TokenType.COMMA,
        TokenType.SEMICOLON,
        TokenType.FROM,
        TokenType.WHERE,
        TokenType.GROUP_BY,
        TokenType.HAVING,
        TokenType.WINDOW,
        TokenType.UNION,
        TokenType.EXCEPT,
        TokenType.INTERSECT,
        TokenType.ORDER_BY,
        TokenType.LIMIT,
        TokenType.OFFSET,
        TokenType.FETCH,
        TokenType.FOR,
        TokenType.INTO,
    }
)
"""What comes after an output of a SELECT or a RETURNING."""

_LISTS = (TokenType.SELECT, TokenType.RETURNING)


class Untranslated(ValueError):
    """A call that PostgreSQL has nothing for; `offset` is its place in the statement."""

    def __init__(self, message: str, offset: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.offset = offset
        self.hint = hint


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """`text` stands for what is from `start` to `end` in the statement as it was written."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Translation:
    """`text` is the statement with its changes, which are in order and apart."""

    text: str
    changes: tuple[Change, ...] = ()

    def original(self, offset: int) -> int:
        """The place in the statement as it was written; of something new, where it is put."""
        moved = 0
        for change in self.changes:
            start = change.start + moved
            if offset < start:
                break
            if offset < start + len(change.text):
                return change.start
            moved += len(change.text) - (change.end - change.start)
        return offset - moved


def translated(sql: str, schema: Schema, params: Mapping[str, ParameterSpec] | None = None) -> Translation:
    """The statement without calls of time_bucket; Untranslated where one can't be written otherwise.

    Where it has none, the text is the same object. `params` are those of the query.
    """
    if NAME not in sql.lower():
        return Translation(sql)
    return _translated(sql, SameSchema(schema), tuple(_widths(params or {})))


def _widths(params: Mapping[str, ParameterSpec]) -> Iterator[tuple[str, Interval]]:
    """The parameters that are one interval without months."""
    for name, spec in params.items():
        if spec.kind == "value" and isinstance(spec.argument, str):
            try:
                width = parse(spec.argument)
            except ValueError:
                continue
            if not width.months and width.ms > 0:
                yield name, width


@lru_cache(maxsize=1024)
def _translated(sql: str, key: SameSchema, widths: tuple[tuple[str, Interval], ...]) -> Translation:
    words = tokens(sql)
    places = [place for place in range(len(words) - 1) if _is_call(sql, words, place)]
    if not places:
        return Translation(sql)
    changes = _changes(_Calls(sql, words, places), key.schema, widths)
    parts, at = [], 0
    for change in changes:
        parts += [sql[at : change.start], change.text]
        at = change.end
    return Translation("".join((*parts, sql[at:])), changes)


def _is_call(sql: str, words: Sequence[Token], place: int) -> bool:
    word, after = words[place], words[place + 1]
    return sql[word.start : word.end + 1].lower() == NAME and after.token_type is TokenType.L_PAREN


@dataclass(frozen=True, eq=False)
class _Calls:
    """The words of a statement, and the places among them at which the names of calls stand."""

    sql: str
    words: Sequence[Token]
    places: list[int]

    def refused(self, message: str, place: int | None = None, hint: str | None = None) -> Untranslated:
        """The error for the call at a place, or for the first one."""
        return Untranslated(message, self.words[self.places[0] if place is None else place].start, hint)

    def start(self, place: int) -> int:
        """Where a call begins in the text."""
        return self.words[place].start

    def end(self, place: int) -> int:
        """Where a call ends in the text: after its last parenthesis."""
        return self.words[self._closing(place)].end + 1

    def end_of_output(self, place: int) -> int:
        """Where the output ends that a call is in."""
        depth, at = self._depth(place), self._closing(place)
        while at + 1 < len(self.words):
            kind = self.words[at + 1].token_type
            if depth == 0 and (kind in _ENDS or kind is TokenType.R_PAREN):
                break
            depth += (kind is TokenType.L_PAREN) - (kind is TokenType.R_PAREN)
            at += 1
        return self.words[at].end + 1

    def _closing(self, place: int) -> int:
        depth, at = 1, place + 1
        while depth and at + 1 < len(self.words):
            at += 1
            kind = self.words[at].token_type
            depth += (kind is TokenType.L_PAREN) - (kind is TokenType.R_PAREN)
        return at

    def _depth(self, place: int) -> int:
        """How many parentheses of its output a call is in: those open since SELECT or RETURNING."""
        depth, closed = 0, 0
        for word in reversed(self.words[:place]):
            if word.token_type is TokenType.R_PAREN:
                closed += 1
            elif word.token_type is TokenType.L_PAREN:
                depth, closed = (depth, closed - 1) if closed else (depth + 1, 0)
            elif word.token_type in _LISTS and not closed:
                break
        return depth


def _changes(calls: _Calls, schema: Schema, widths: Widths) -> tuple[Change, ...]:
    try:
        tree = unqualified(calls.sql)
    except UnreadableSql as error:
        raise calls.refused("a statement that can't be read can't have time_bucket") from error
    found = sorted(filter(is_bucket, tree.find_all(exp.Anonymous)), key=lambda call: call.meta["start"])
    if len(found) != len(calls.places) or any(isinstance(call.parent, exp.Dot) for call in found):
        raise calls.refused("time_bucket is called without a schema and without quotes")
    placed = list(zip(found, calls.places, strict=True))
    named = [Change(end, end, f" AS {NAME}") for end in _unnamed(tree, placed, calls)]
    outer = [place for call, place in placed if not _is_within(call)]
    texts, types = {}, partial(base_type, schema=schema)
    for call, place in reversed(placed):  # those within another one first
        try:
            new = plain(read_bucket(call, types, widths))
        except NoBucket as error:
            raise calls.refused(str(error), place, error.hint) from error
        call.replace(new)
        texts[place] = new.sql(DIALECT, normalize_functions=False)
    written = [Change(calls.start(place), calls.end(place), texts[place]) for place in outer]
    return tuple(sorted((*written, *named)))


def _is_within(call: exp.Expr) -> bool:
    around = call.find_ancestor(exp.Anonymous)
    while around is not None and not is_bucket(around):
        around = around.find_ancestor(exp.Anonymous)
    return around is not None


def _unnamed(tree: exp.Expr, placed: Sequence[tuple[exp.Expr, int]], calls: _Calls) -> Iterator[int]:
    """The ends of outputs that PostgreSQL names after a call."""
    ids = {id(call): place for call, place in placed}
    for listed in tree.find_all(exp.Select, exp.Returning):
        for chosen in listed.expressions:
            if isinstance(chosen, exp.Alias | exp.Subquery) or output_name(chosen) != NAME:
                continue
            inside = (ids[id(call)] for call in chosen.find_all(exp.Anonymous) if id(call) in ids)
            place = next(inside, None)
            if place is not None:
                yield calls.end_of_output(place)
