"""LIKE, ILIKE, lower(column), and full-text search."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from bson.regex import Regex
from sqlglot import exp

from optimizer.engines.mongo.compile import patterns
from optimizer.engines.mongo.compile.comparands import NOTHING, chosen, is_constant
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.filters import Filter, all_of
from optimizer.engines.mongo.compile.match.comparisons import NOWHERE
from optimizer.engines.mongo.compile.match.operands import Place, place_of
from optimizer.engines.mongo.compile.translator import Translator
from optimizer.engines.mongo.compile.types import TEXT, TEXTS

_WORD = re.compile(r"\w+")


def like(node: exp.Expr, e: Translator, wanted: bool) -> Filter | None:
    """LIKE and ILIKE of a field, or LIKE of its lower case, with a constant pattern; None for any other."""
    escape = "\\"
    if isinstance(node, exp.Escape):
        escape, node = node.expression.name, node.this
    wanted = wanted is not bool(node.args.get("negate"))
    subject = node.this.unnest()
    lowered = isinstance(subject, exp.Lower)
    place = place_of(subject.this if lowered else subject, e.scope)
    if (
        place is None
        or place.type is None
        or place.type.base not in TEXTS
        or not is_constant(node.expression)
    ):
        return None
    if place.type.base == "bpchar" or (lowered and isinstance(node, exp.ILike)):
        return None
    return _matching(place, node.expression, _reader(node, escape, lowered), wanted)


def _reader(node: exp.Expr, escape: str, lowered: bool) -> Callable[[str], list[Any]]:
    if lowered:
        return lambda pattern: patterns.lowered_like(pattern, escape)
    if isinstance(node, exp.ILike):
        return lambda pattern: patterns.ilike(pattern, escape)
    return lambda pattern: [patterns.like(pattern, escape)]


def in_case(node: exp.Expr, e: Translator, wanted: bool) -> Filter | None:
    """`lower(field) = constant`: the texts that are so in lower case; None where it isn't that."""
    subject = node.this.unnest()
    if not isinstance(subject, exp.Lower | exp.Upper) or not is_constant(node.expression):
        return None
    place = place_of(subject.this, e.scope)
    if place is None or place.type is None or place.type.base not in ("text", "varchar") or place.json:
        return None
    read = patterns.lowered if isinstance(subject, exp.Lower) else patterns.raised
    return _matching(place, node.expression, read, wanted)


def _matching(place: Place, constant: exp.Expr, read: Callable[[str], list[Any]], wanted: bool) -> Filter:
    """What the field is one of, or none of."""
    if wanted:
        found = {place.path: chosen(constant, lambda text: _found(text, read), TEXT, "pattern")}
        return all_of([found, place.scalar]) if place.json else found
    missed = {place.path: chosen(constant, lambda text: _not_found(text, read, place), TEXT, "not pattern")}
    return all_of([missed, place.reached]) if place.json else missed


def _found(text: Any, read: Callable[[str], list[Any]]) -> Any:
    if text is None:
        return NOTHING
    values = read(text)
    return values[0] if len(values) == 1 else {"$in": values}


def _not_found(text: Any, read: Callable[[str], list[Any]], place: Place) -> Filter:
    if text is None:
        return dict(NOWHERE)
    values = read(text)
    nulls = [None] if place.nullable else []
    if len(values) == 1 and isinstance(values[0], Regex):
        return {"$not": values[0], **({"$ne": None} if nulls else {})}
    return {"$nin": [*values, *nulls]}


def prefix(node: exp.StartsWith, e: Translator, wanted: bool) -> Filter | None:
    """`field ^@ constant`."""
    place = place_of(node.this, e.scope)
    if place is None or not is_constant(node.expression):
        return None
    return _matching(place, node.expression, lambda text: [Regex(r"\A" + re.escape(text), "s")], wanted)


def search(node: exp.MatchAgainst, e: Translator, wanted: bool) -> Filter:
    """`to_tsvector(...) @@ plainto_tsquery(:q)`: `$text`, which has to be in the first stage."""
    query = node.this.unnest()
    if not any(part.name.lower().endswith("tsquery") for part in query.find_all(exp.Anonymous)):
        query = node.expressions[0].unnest()
    reader = _SEARCHES.get(query.name.lower()) if isinstance(query, exp.Anonymous) else None
    if reader is None or not wanted or not is_constant(query.expressions[-1]):
        raise NotCompiled(node, "a full-text search is a to_tsquery of a constant, and not negated")
    config = query.expressions[0].name if len(query.expressions) > 1 else "english"
    language = {"$language": "none"} if config == "simple" else {}
    words = chosen(query.expressions[-1], lambda text: "" if text is None else reader(text), TEXT, "search")
    return {"$text": {"$search": words, **language}}


def _all_words(text: str) -> str:
    """Each word in quotes: without them one of the words would do."""
    return " ".join(f'"{word}"' for word in _WORD.findall(text))


def _phrase(text: str) -> str:
    return f'"{" ".join(_WORD.findall(text))}"'


def _lexemes(text: str) -> str:
    """`a & b`, `a | b`, `!a`: where there is an OR, any of the words will do."""
    if "|" in text:
        return " ".join(_WORD.findall(text))
    words = re.findall(r"(!?)\s*(\w+)", text)
    return " ".join(f"-{word}" if negated else f'"{word}"' for negated, word in words)


def _web(text: str) -> str:
    """Quoted phrases and `-word` mean the same there; bare words are quoted."""
    parts = re.findall(r'"[^"]*"|-?\w+', text)
    return " ".join(part if part[0] in '"-' else f'"{part}"' for part in parts)


_SEARCHES: dict[str, Callable[[str], str]] = {
    "plainto_tsquery": _all_words,
    "phraseto_tsquery": _phrase,
    "to_tsquery": _lexemes,
    "websearch_to_tsquery": _web,
}
