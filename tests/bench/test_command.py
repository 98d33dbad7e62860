"""A command of the optimizer, watched from outside."""

from __future__ import annotations

import pytest

from bench.command import run_command
from optimizer.errors import OptimizerError


def test_a_command_that_fails_is_no_time_but_an_error_with_its_last_words() -> None:
    with pytest.raises(OptimizerError, match=r"scale"):
        run_command("run", "shop", -1.0)
