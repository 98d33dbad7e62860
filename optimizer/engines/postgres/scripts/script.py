"""A DDL text cut into its statements, as psql would cut it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot.tokenizer_core import Token, TokenType

from optimizer.errors import Problem, WorkloadError
from optimizer.model.query import SourceText
from optimizer.queries.parameters import UnreadableSql, tokens

_META = re.compile(r"^\\(?P<command>[^\s]+)[^\n]*", re.MULTILINE)
_HARMLESS_META = frozenset({"restrict", "unrestrict", "echo", "encoding", "set", "pset", "timing", "q"})
_COPY_DATA = re.compile(
    r"^COPY\s[^;]*?\sFROM\s+stdin\b[^;\n]*;\n(?P<rows>.*?)(?:^\\\.[^\n]*$|\Z)", re.I | re.M | re.S
)
_UNCLOSED = "a string, a quoted name or a comment of this statement isn't closed"
_LONGEST_BODY = 200  # semicolons looked at before a statement counts as unclosed
_TRANSACTION = frozenset({"BEGIN", "COMMIT", "END", "START"})
_LEADING_WORDS = 4
_REFUSED = (
    ("CREATE", "DATABASE"),
    ("ALTER", "DATABASE"),
    ("DROP", "DATABASE"),
    ("CREATE", "TABLESPACE"),
    ("ALTER", "TABLESPACE"),
    ("DROP", "TABLESPACE"),
    ("ALTER", "SYSTEM"),
    ("CREATE", "SUBSCRIPTION"),
    ("COPY",),
    ("ROLLBACK",),
    ("SAVEPOINT",),
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement without its semicolon; `offset` is that of its first character in the whole text.

    `words` are its first words in upper case, `names` the identifiers before its first parenthesis.
    """

    text: str
    offset: int
    words: tuple[str, ...]
    names: frozenset[str]

    def starts(self, *words: str) -> bool:
        """True where the statement begins with these words."""
        return self.words[: len(words)] == words


def statements(source: SourceText) -> tuple[Statement, ...]:
    """The statements to run, in order; BEGIN and COMMIT are left out.

    WorkloadError for what can't be a part of a schema: psql's own commands, rows (COPY), statements that
    reach beyond the database, and text that can't be cut into words.
    """
    problems: list[Problem] = []
    text = _without_meta(_without_rows(source, problems), source, problems)
    found = []
    for statement in _cut(text, source):
        if any(statement.starts(*words) for words in _REFUSED):
            problems.append(_refusal(statement, source))
        elif statement.words[0] not in _TRANSACTION:
            found.append(statement)
    if problems:
        raise WorkloadError(*problems)
    return tuple(found)


def _refusal(statement: Statement, source: SourceText) -> Problem:
    what = " ".join(statement.words[: 1 if statement.words[0] == "COPY" else 2])
    return Problem(
        f"{what} can't be a part of a schema",
        source.position(statement.offset),
        "take it out; the schema is applied to an empty database of its own",
    )


def _without_rows(source: SourceText, problems: list[Problem]) -> str:
    def refuse(match: re.Match[str]) -> str:
        place = source.position(match.start())
        problems.append(
            Problem("the schema holds rows (COPY ... FROM stdin)", place, "dump with pg_dump --schema-only")
        )
        return _blank(match)

    return _COPY_DATA.sub(refuse, source.text)


def _without_meta(text: str, source: SourceText, problems: list[Problem]) -> str:
    def judge(match: re.Match[str]) -> str:
        command = match["command"]
        if command not in _HARMLESS_META:
            place = source.position(match.start())
            problems.append(Problem(f"psql's own command \\{command} isn't SQL", place, "take it out"))
        return _blank(match)

    return _META.sub(judge, text)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def _cut(text: str, source: SourceText) -> Iterator[Statement]:
    try:
        words = tokens(text)
    except UnreadableSql as error:
        place = source.position(_first_unreadable(text))
        raise WorkloadError(Problem(_UNCLOSED, place, "close it")) from error
    current: list[Token] = []
    depth = 0
    for before, word in zip((None, *words), words, strict=False):
        depth = _depth(depth, before, word)
        if word.token_type != TokenType.SEMICOLON or depth:
            current.append(word)
        elif current:
            yield _statement(text, current)
            current = []
    if current:
        yield _statement(text, current)


def _depth(depth: int, before: Token | None, word: Token) -> int:
    """How many parentheses, BEGIN ATOMIC and CASE are open after `word`; their semicolons don't end it."""
    kind = word.token_type
    if kind == TokenType.L_PAREN:
        return depth + 1
    if kind == TokenType.R_PAREN:
        return max(0, depth - 1)
    if word.text.upper() == "ATOMIC" and before is not None and before.token_type == TokenType.BEGIN:
        return depth + 1
    if depth and kind == TokenType.CASE:
        return depth + 1
    if depth and kind == TokenType.END:
        return depth - 1
    return depth


def _statement(text: str, words: list[Token]) -> Statement:
    start, end = words[0].start, words[-1].end + 1
    opening = next((i for i, w in enumerate(words) if w.token_type == TokenType.L_PAREN), len(words))
    leading = [text[word.start : word.end + 1] for word in words[:opening]]
    return Statement(
        text=text[start:end],
        offset=start,
        words=tuple(word.upper() for word in leading[:_LEADING_WORDS]),
        names=frozenset(_unquoted(word) for word in leading),
    )


def _unquoted(word: str) -> str:
    if word.startswith('"'):
        return word[1:-1].replace('""', '"')
    return word.lower()


def _first_unreadable(text: str) -> int:
    """The offset of the first statement that can't be cut into words."""
    good, misses = 0, 0
    for semicolon in (match.end() for match in re.finditer(";", text)):
        if _readable(text[good:semicolon]):
            good, misses = semicolon, 0
        elif (misses := misses + 1) > _LONGEST_BODY:
            break
    rest = text[good:]
    return good + len(rest) - len(rest.lstrip())


def _readable(text: str) -> bool:
    try:
        tokens(text)
    except UnreadableSql:
        return False
    return True
