"""Pseudo-random bijections of row numbers: unique values without memory, shuffles without sorting."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from generators.generator import Ints

_Words = npt.NDArray[np.uint64]
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Permutation:
    """A bijection of 0 .. size-1, and of each further run of `size` numbers onto itself.

    Rounds of add, multiply by an odd number and xor-shift are bijections of the next power of two; a
    number that falls outside is sent round again until it is inside (cycle walking: Black and Rogaway,
    "Ciphers with Arbitrary Finite Domains", 2002).
    """

    size: int
    key: int

    def __post_init__(self) -> None:
        if not 1 <= self.size <= 1 << 62:
            raise ValueError(f"a permutation of {self.size} numbers")

    def __call__(self, indices: Ints) -> Ints:
        """Where the numbers (any from 0 on) go."""
        return self._walk(indices, _forward)

    def inverse(self, images: Ints) -> Ints:
        """Where the images come from."""
        return self._walk(images, _backward)

    def _walk(self, numbers: Ints, step: _Step) -> Ints:
        run, inside = np.divmod(numbers, self.size)
        bits = max(1, (self.size - 1).bit_length())
        rounds = _rounds(self.key, bits)
        at = step(inside.astype(np.uint64), rounds, bits)
        outside = np.flatnonzero(at >= self.size)
        while outside.size:
            at[outside] = step(at[outside], rounds, bits)
            outside = outside[at[outside] >= self.size]
        images: Ints = at.astype(np.int64) + run * self.size
        return images


def permutation(size: int, seed: int) -> Permutation:
    """The bijection of 0 .. size-1 that belongs to `seed` (any integer)."""
    return Permutation(size, seed)


@dataclass(frozen=True, slots=True)
class _Round:
    add: int
    multiply: int
    undo: int


class _Step:
    """One application of all rounds, in one direction."""

    def __init__(self, backward: bool) -> None:
        self.backward = backward

    def __call__(self, at: _Words, rounds: tuple[_Round, ...], bits: int) -> _Words:
        mask, shift = np.uint64((1 << bits) - 1), np.uint64((bits + 1) // 2)
        if self.backward:
            for r in reversed(rounds):
                at = ((at ^ (at >> shift)) * np.uint64(r.undo) - np.uint64(r.add)) & mask
            return at
        for r in rounds:
            at = ((at + np.uint64(r.add)) * np.uint64(r.multiply)) & mask
            at ^= at >> shift
        return at


_forward, _backward = _Step(backward=False), _Step(backward=True)


@lru_cache(maxsize=1024)
def _rounds(key: int, bits: int) -> tuple[_Round, ...]:
    digest = hashlib.blake2b(f"{key}/{bits}".encode(), digest_size=16 * _ROUNDS).digest()
    modulus = 1 << bits
    words = [int.from_bytes(digest[at : at + 8], "little") % modulus for at in range(0, len(digest), 8)]
    pairs = zip(words[::2], (word | 1 for word in words[1::2]), strict=True)
    return tuple(_Round(add, odd, pow(odd, -1, modulus)) for add, odd in pairs)
