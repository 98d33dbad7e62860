"""How often the trees are right."""

from __future__ import annotations

import pytest

from bench.right_plans import RightPlans


def test_a_design_counts_as_right_only_with_all_its_plans() -> None:
    found = RightPlans(3, (3, 2, 0, 3))

    assert (found.right, found.all) == (8, 12)
    assert found.whole == pytest.approx(0.5)
    assert str(found) == "66.7 % of the plans, all plans on 50 % of 4 designs"
