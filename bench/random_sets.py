"""Random sets of candidates, as bit masks. Pure."""

from __future__ import annotations

from random import Random


def random_set(draw: Random, candidates: int) -> int:
    """Each candidate with the same chance, which is drawn anew for every set: small and large sets alike."""
    chance = draw.random()
    return sum(1 << number for number in range(candidates) if draw.random() < chance)


def random_set_of(draw: Random, candidates: int, size: int) -> int:
    """A set of exactly `size` candidates."""
    return sum(1 << number for number in draw.sample(range(candidates), size))
