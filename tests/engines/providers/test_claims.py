from __future__ import annotations

import subprocess
import sys

from optimizer.engines.providers.claims import PATTERN, forget_dead, is_dead, make_claim
from optimizer.engines.providers.home import Home
from tests.engines.providers.owner import ROOT

DIES = """
import os, signal
from optimizer.engines.providers.claims import make_claim
from optimizer.engines.providers.home import open_home
print(make_claim(open_home()).id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def killed_claim() -> str:
    done = subprocess.run(
        [sys.executable, "-c", DIES], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    return done.stdout.strip()


def test_a_claim_lives_until_it_is_released(home: Home) -> None:
    claim = make_claim(home)
    assert PATTERN.fullmatch(claim.id)
    assert not is_dead(home, claim.id)
    claim.release()
    claim.release()
    assert is_dead(home, claim.id)
    assert list(home.claims.iterdir()) == []


def test_a_claim_dies_with_its_process(home: Home) -> None:
    claim_id = killed_claim()
    assert (home.claims / claim_id).exists()
    assert is_dead(home, claim_id)


def test_only_dead_claims_are_forgotten(home: Home) -> None:
    alive, dead = make_claim(home), killed_claim()
    forget_dead(home)
    assert [path.name for path in home.claims.iterdir()] == [alive.id]
    assert is_dead(home, dead)
    alive.release()


def test_claims_of_other_homes_are_left_alone(home: Home) -> None:
    other = "000000" if home.id != "000000" else "111111"
    assert not is_dead(home, f"{other}-12345678")
    assert not is_dead(home, f"{home.id}-../../x")
    assert not is_dead(home, "my_database")
