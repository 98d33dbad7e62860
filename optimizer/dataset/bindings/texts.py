"""Words and pieces of texts, for searches and patterns."""

from __future__ import annotations

import re

import numpy as np

_WORD = re.compile(r"[^\W\d_]{3,}")
_STOP_WORDS = frozenset(
    {"and", "are", "but", "can", "for", "from", "had", "has", "have", "her", "him", "his", "how", "its"}
    | {"not", "off", "our", "out", "she", "than", "that", "the", "their", "them", "then", "there", "these"}
    | {"they", "this", "those", "was", "were", "what", "when", "where", "which", "who", "why", "will"}
    | {"with", "you", "your"}
)
_TWO_WORDS = 0.3
_PIECE = 4
_BEGINNING = 3


def words(text: str) -> list[str]:
    """The words of a text that a search knows, each once, in alphabetical order."""
    return sorted({word for word in _WORD.findall(text.lower()) if word not in _STOP_WORDS})


def search_words(text: str, rng: np.random.Generator, *, single: bool = False) -> str:
    """One word of a text, at times two: common words and rare ones as they occur; empty where it has none."""
    known = words(text)
    if not known:
        return ""
    many = 2 if not single and len(known) > 1 and rng.random() < _TWO_WORDS else 1
    return " ".join(known[place] for place in rng.choice(len(known), size=many, replace=False))


def piece(text: str, rng: np.random.Generator) -> str:
    """A few letters from the middle of one of a text's words."""
    found = _WORD.findall(text) or [text]
    word = str(found[int(rng.integers(len(found)))])
    start = int(rng.integers(max(1, len(word) - _PIECE + 1)))
    return _plain(word[start : start + _PIECE])


def beginning(text: str) -> str:
    """The first letters of a text."""
    return _plain(text[:_BEGINNING])


def _plain(text: str) -> str:
    """Without what LIKE reads as wildcards."""
    return re.sub(r"[%_\\]", "", text)
