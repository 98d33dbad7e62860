"""Sets of candidates as bit masks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def single_bits(mask: int) -> Iterator[int]:
    """The mask's bits, each as a mask of its own, lowest first."""
    while mask:
        bit = mask & -mask
        yield bit
        mask ^= bit


def members(mask: int) -> tuple[int, ...]:
    """The numbers of the set's candidates, ascending."""
    return tuple(bit.bit_length() - 1 for bit in single_bits(mask))


def mask_of(numbers: Iterable[int]) -> int:
    """The set of these candidates."""
    mask = 0
    for number in numbers:
        mask |= 1 << number
    return mask


def spread(mask: int) -> list[int]:
    """All subsets of the mask; subset number k takes the mask's j-th lowest bit where k has bit j."""
    subsets = [0]
    for bit in single_bits(mask):
        subsets += [subset | bit for subset in subsets]
    return subsets
