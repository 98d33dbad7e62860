"""Named parameters (`:name`) in SQL text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_ENDS_A_VALUE = frozenset(
    {TokenType.NUMBER, TokenType.R_BRACKET, TokenType.R_PAREN, TokenType.VAR, TokenType.IDENTIFIER}
)


class _Tokenizer(Postgres.Tokenizer):
    """PostgreSQL's words, those after CALL and EXECUTE too, which sqlglot leaves as one."""

    COMMANDS: ClassVar = set()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One occurrence of `:name`: `start` is the offset of the colon, `end` the one after the name."""

    name: str
    start: int
    end: int


class UnreadableSql(ValueError):
    """The text can't even be cut into words: an unclosed string, quote or comment."""


@lru_cache(maxsize=1024)
def tokens(sql: str) -> tuple[Token, ...]:
    """PostgreSQL's words of the text, with offsets (`start`, and `end` of the last character)."""
    try:
        return tuple(Postgres().tokenize(sql))
    except TokenError as error:
        raise UnreadableSql(str(error).splitlines()[0]) from error


@lru_cache(maxsize=1024)
def _all_words(sql: str) -> tuple[Token, ...]:
    try:
        return tuple(_Tokenizer(dialect=Postgres()).tokenize(sql))
    except TokenError as error:
        raise UnreadableSql(str(error).splitlines()[0]) from error


def occurrences(sql: str) -> Iterator[Parameter]:
    """Each `:name` of the text, in order; casts (`::`), strings and comments aren't parameters.

    A colon directly after a value inside brackets (`a[1:n]`) is an array slice.
    """
    words = _all_words(sql)
    depth = 0
    for before, colon, name in zip((None, *words), words, (*words[1:], None), strict=False):
        depth += (colon.token_type == TokenType.L_BRACKET) - (colon.token_type == TokenType.R_BRACKET)
        if colon.token_type != TokenType.COLON or name is None or name.start != colon.end + 1:
            continue
        if depth and before is not None and before.token_type in _ENDS_A_VALUE:
            continue
        text = sql[name.start : name.end + 1]
        if _NAME.match(text):
            yield Parameter(text, colon.start, name.end + 1)


def names(*statements: str) -> tuple[str, ...]:
    """The parameters of the statements, each once, in the order of their first occurrence."""
    return tuple(dict.fromkeys(p.name for sql in statements for p in occurrences(sql)))


def replace(sql: str, placeholder: Callable[[str], str]) -> str:
    """The text with every `:name` replaced by `placeholder(name)`."""
    parts, at = [], 0
    for parameter in occurrences(sql):
        parts += [sql[at : parameter.start], placeholder(parameter.name)]
        at = parameter.end
    return "".join((*parts, sql[at:]))
