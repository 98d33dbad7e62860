"""Words in the order of their frequency, as natural text has them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from faker.providers.lorem.en_US import Provider as English

from generators.permutation import permutation

SIZE = 6_000
"""Words in the vocabulary."""

_FREQUENT = (
    *("the", "of", "and", "to", "in", "a", "is", "for", "that", "it", "with", "as", "on", "be", "this", "by"),
    *("are", "or", "an", "from", "at", "was", "but", "not", "have", "you", "all", "can", "if", "we", "your"),
    *("which", "their", "has", "more", "will", "also", "about", "when", "our", "they", "so", "its", "there"),
)


@lru_cache(maxsize=1)
def vocabulary() -> tuple[str, ...]:
    """SIZE different words: first English function words, then Faker's words, then compounds of them.

    Compounds (riverstone, lighthouse) are words of their own for a stemmer, so they stay rare.
    """
    known = sorted({word.lower() for word in English.word_list if len(word) > 2 and word.isalpha()})
    shuffled = [known[i] for i in permutation(len(known), 11)(np.arange(len(known)))]
    ordered = dict.fromkeys([*_FREQUENT, *shuffled])
    return (*ordered, *_compounds(ordered, SIZE - len(ordered)))


def content_words() -> tuple[str, ...]:
    """The vocabulary without function words."""
    return vocabulary()[len(_FREQUENT) :]


def _compounds(taken: dict[str, None], count: int) -> list[str]:
    short = [word for word in taken if 3 <= len(word) <= 5 and word not in _FREQUENT]
    pairs = permutation(len(short) ** 2, 12)(np.arange(min(2 * count, len(short) ** 2)))
    joined = (short[pair // len(short)] + short[pair % len(short)] for pair in pairs)
    return [word for word in dict.fromkeys(joined) if word not in taken][:count]
