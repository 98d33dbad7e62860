"""A DDL text as words with their places, and changes to it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from optimizer.engines.postgres.scripts.script import Statement
from optimizer.queries.parameters import tokens

_PIECE = re.compile(r"\S+")
_PLAIN = re.compile(r"[^\W\d][\w$]*\Z")


@dataclass(frozen=True, slots=True)
class Word:
    """A word, string or sign as it stands in the text; `end` is the offset after it."""

    text: str
    start: int
    end: int

    @property
    def upper(self) -> str:
        """For keywords and signs."""
        return self.text.upper()

    @property
    def name(self) -> str:
        """What it names, were it an identifier; empty where it can't be one."""
        if self.text.startswith('"'):
            return self.text[1:-1].replace('""', '"')
        return self.text.lower() if _PLAIN.match(self.text) else ""


@dataclass(frozen=True, slots=True)
class Edit:
    """The text from `start` to `end` gives way to another."""

    start: int
    end: int
    text: str


def words_of(statement: Statement) -> tuple[Word, ...]:
    """The words of a statement, offsets being those in the whole text; keywords are single words."""
    found = []
    for token in tokens(statement.text):
        raw = statement.text[token.start : token.end + 1]
        several = "".join(raw.split()).isalpha()
        for piece in _PIECE.finditer(raw) if several else [None]:
            begin, end = piece.span() if piece else (0, len(raw))
            at = statement.offset + token.start
            found.append(Word(raw[begin:end], at + begin, at + end))
    return tuple(found)


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text with all changes; they don't overlap. Of several at one place the first stands first."""
    parts, at = [], 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join((*parts, text[at:]))


def starts(words: Sequence[Word], at: int, *keywords: str) -> bool:
    """True where these keywords stand at a place."""
    return [word.upper for word in words[at : at + len(keywords)]] == list(keywords)


def first_parenthesis(words: Sequence[Word]) -> int:
    """The place of the first parenthesis that opens; StopIteration where none does."""
    return next(place for place, word in enumerate(words) if word.text == "(")


def outside(words: Sequence[Word]) -> Iterator[int]:
    """The places outside of all parentheses."""
    depth = 0
    for place, word in enumerate(words):
        depth += (word.text == "(") - (word.text == ")")
        if depth == 0:
            yield place


def closing(words: Sequence[Word], opening: int) -> int:
    """The place of the parenthesis that closes the one at `opening`; IndexError where none does."""
    depth = 0
    for place in range(opening, len(words)):
        depth += (words[place].text == "(") - (words[place].text == ")")
        if depth == 0:
            return place
    raise IndexError(opening)


def parted(words: Sequence[Word]) -> Iterator[tuple[Word, ...]]:
    """What stands between the commas outside of all parentheses and brackets."""
    part: list[Word] = []
    depth = 0
    for word in words:
        depth += (word.text in "([") - (word.text in ")]")
        if word.text == "," and depth == 0:
            yield tuple(part)
            part = []
        else:
            part.append(word)
    if part:
        yield tuple(part)
