"""Regular expressions of checks, read far enough to write texts that match them."""

from __future__ import annotations

import string
from dataclasses import dataclass
from itertools import product

_REPEATED = 8
"""How often at most something stands that may stand any number of times."""

_MOST_WAYS = 24
_WORD = string.ascii_lowercase + string.digits + "_"
_ESCAPES = {"d": string.digits, "w": _WORD, "s": " "}
_NAMED = {
    "alpha": string.ascii_letters,
    "alnum": string.ascii_letters + string.digits,
    "digit": string.digits,
    "lower": string.ascii_lowercase,
    "upper": string.ascii_uppercase,
    "xdigit": string.digits + "abcdef",
    "space": " ",
}
_PRINTED = string.ascii_letters + string.digits + "-_ ."


def python_form(expression: str) -> str:
    """PostgreSQL's expression as Python takes it: named classes (`[:digit:]`) spelt out."""
    for name, letters in _NAMED.items():
        expression = expression.replace(f"[:{name}:]", letters)
    return expression


@dataclass(frozen=True, slots=True)
class Atom:
    """`least` to `most` characters of the alphabet."""

    alphabet: str
    least: int = 1
    most: int = 1


Way = tuple[Atom, ...]


class Unreadable(ValueError):
    """The expression has something in it that can't be written from."""


def ways(expression: str) -> tuple[Way, ...]:
    """The ways to write a text that matches, without those beyond the first few; Unreadable for others."""
    reader = _Reader(expression)
    found = reader.alternatives()
    if reader.at != len(expression):
        raise Unreadable(expression)
    return found


@dataclass
class _Reader:
    text: str
    at: int = 0

    def alternatives(self) -> tuple[Way, ...]:
        found = list(self._sequence())
        while self._take("|"):
            found += self._sequence()
        return tuple(found[:_MOST_WAYS])

    def _sequence(self) -> tuple[Way, ...]:
        parts: list[tuple[Way, ...]] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            if not (self._take("^") or self._take("$")):
                parts.append(self._repeated(self._one()))
        joined = (tuple(atom for way in choice for atom in way) for choice in product(*parts))
        return tuple(way for way, _ in zip(joined, range(_MOST_WAYS), strict=False))

    def _one(self) -> tuple[Way, ...]:
        if self._take("("):
            if self._take("?") and not self._take(":"):
                raise Unreadable(self.text)
            found = self.alternatives()
            self._expect(")")
            return found
        return ((Atom(self._alphabet()),),)

    def _alphabet(self) -> str:
        if self._take("["):
            return self._class()
        if self._take("."):
            return string.ascii_lowercase
        if self._take("\\"):
            return self._escape()
        self.at += 1
        return self.text[self.at - 1]

    def _escape(self) -> str:
        letter = self._next()
        if letter.isalnum() and letter not in _ESCAPES:
            raise Unreadable(self.text)
        return _ESCAPES.get(letter, letter)

    def _class(self) -> str:
        negated, found = self._take("^"), ""
        while not (found and self._take("]")):
            found += self._member()
        if negated:
            found = "".join(c for c in _PRINTED if c not in found)
        if not found:
            raise Unreadable(self.text)
        return "".join(dict.fromkeys(found))

    def _member(self) -> str:
        if self._take("\\"):
            return self._escape()
        first = self._next()
        if self.text[self.at : self.at + 1] == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", ""):
            last = self.text[self.at + 1]
            self.at += 2
            return "".join(chr(code) for code in range(ord(first), ord(last) + 1))
        return first

    def _repeated(self, found: tuple[Way, ...]) -> tuple[Way, ...]:
        least, most = self._counts()
        if (least, most) == (1, 1):
            return found
        if len(found) == 1 and len(found[0]) == 1 and found[0][0].least == found[0][0].most == 1:
            return ((Atom(found[0][0].alphabet, least, most),),)
        times = max(least, min(1, most))
        return tuple(way * times for way in found)

    def _counts(self) -> tuple[int, int]:
        for sign, counts in (("*", (0, _REPEATED)), ("+", (1, _REPEATED)), ("?", (0, 1))):
            if self._take(sign):
                return counts
        if not self._take("{"):
            return 1, 1
        low, comma, high = self.text[self.at : self.text.find("}", self.at)].partition(",")
        self.at = self.text.find("}", self.at) + 1
        if not low.isdigit() or not (high.isdigit() or not high):
            raise Unreadable(self.text)
        return int(low), int(high) if high else (int(low) + _REPEATED if comma else int(low))

    def _take(self, wanted: str) -> bool:
        found = self.text.startswith(wanted, self.at)
        self.at += len(wanted) * found
        return found

    def _expect(self, wanted: str) -> None:
        if not self._take(wanted):
            raise Unreadable(self.text)

    def _next(self) -> str:
        if self.at >= len(self.text):
            raise Unreadable(self.text)
        self.at += 1
        return self.text[self.at - 1]
