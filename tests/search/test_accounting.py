"""How many designs follow from what was measured: never more than do, and the best one always."""

import pytest

from optimizer.search.choice import accounting
from optimizer.search.choice.accounting import designs_accounted
from optimizer.search.choice.measured_choice import choose_measured, unmeasured
from optimizer.search.choice.problem import Problem
from tests.search.made_up import problem
from tests.search.test_measured_choice import Laboratory


def measured(seed: int) -> tuple[Problem, int]:
    """A problem in which only what the choice needed was measured, and the set chosen.

    Where nothing is there plans are slow: such were stopped, unless the chosen set has them too.
    """
    truth = problem(seed, (5, 4), reads=5)
    laboratory, unknown = Laboratory(truth), Laboratory(truth).problem()
    mask = choose_measured(laboratory.problem, laboratory.refine).choice.mask
    laboratory.measured -= plans(unknown, 0) - plans(unknown, mask)
    return laboratory.problem(), mask


def plans(of: Problem, mask: int) -> set[tuple[int, int, str | None]]:
    return {(need.query, need.binding, need.fingerprint) for need in unmeasured(of, mask)}


def by_force(of: Problem) -> int:
    return sum(not unmeasured(of, mask) for mask in range(1 << of.n))


@pytest.mark.parametrize("seed", range(5))
def test_small_groups_are_counted_whole(seed: int) -> None:
    of, best = measured(seed)
    assert designs_accounted(of, best) == by_force(of)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("enumerated", [0, 1, 3])
def test_of_large_groups_the_best_set_is_counted_at_least(
    seed: int, enumerated: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it has more members than are counted with and without."""
    monkeypatch.setattr(accounting, "ENUMERATED", enumerated)
    of, best = measured(seed)
    assert 1 <= designs_accounted(of, best) <= by_force(of)
