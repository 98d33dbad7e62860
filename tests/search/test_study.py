from pathlib import Path

import pytest

from optimizer.search.journal import NAME
from optimizer.search.study import Study

INDEXES = ("orders_user", "orders_status", "users_email", "items_order")


def open_(folder: Path, seed: int = 1, indexes: tuple[str, ...] = INDEXES) -> Study:
    return Study(folder, "shop", indexes, seed)


def value(mask: int) -> float:
    """Best at 0b0101."""
    return float((mask ^ 0b0101).bit_count())


def run(study: Study, trials: int) -> list[int]:
    masks = []
    for _ in range(trials):
        proposal = study.propose()
        study.record(proposal, value(proposal.mask), {})
        masks.append(proposal.mask)
    return masks


def test_proposes_what_was_queued_first_and_in_order(tmp_path: Path) -> None:
    study = open_(tmp_path)
    assert study.enqueue(0, "baseline")
    assert study.enqueue(0b1111, "everything")
    assert not study.enqueue(0, "given")
    assert study.waiting == 2
    assert run(study, 2) == [0, 0b1111]
    assert study.waiting == 0
    assert not study.enqueue(0, "given")
    run(study, 1)
    assert [row.label for row in study.rows()] == ["baseline", "everything", "sampled"]


def test_tries_every_design_once(tmp_path: Path) -> None:
    study = open_(tmp_path)
    assert sorted(run(study, 16)) == list(range(16))
    assert study.exhausted
    best = study.best()
    assert best is not None
    assert (best.mask, best.value) == (0b0101, 0.0)


def test_where_all_were_tried_one_comes_again(tmp_path: Path) -> None:
    study = open_(tmp_path, indexes=("orders_user",))
    run(study, 2)
    assert study.propose().mask in (0, 1)


def test_a_design_beyond_its_limits_never_is_the_best(tmp_path: Path) -> None:
    study = open_(tmp_path)
    for mask, over in ((0b0101, 1.0), (0b0100, -1.0)):
        study.enqueue(mask, "exact")
        study.record(study.propose(), value(mask), {"storage": over}, "too large" if over > 0 else "")
    best = study.best()
    assert best is not None
    assert best.mask == 0b0100
    assert [(row.state, row.reason) for row in study.rows()] == [
        ("infeasible", "too large"),
        ("complete", ""),
    ]


def test_what_is_no_number_is_refused(tmp_path: Path) -> None:
    study = open_(tmp_path)
    proposal = study.propose()
    with pytest.raises(ValueError, match="must be a number"):
        study.record(proposal, float("nan"), {})
    study.record(proposal, float("inf"), {})
    with pytest.raises(KeyError):
        study.record(proposal, 1.0, {})
    assert open_(tmp_path).rows()[0].value == float("inf")


def test_goes_on_where_a_killed_run_was(tmp_path: Path) -> None:
    killed = open_(tmp_path)
    done = run(killed, 3)
    begun = killed.propose()
    queued = next(mask for mask in range(16) if mask not in [*done, begun.mask])
    assert killed.enqueue(queued, "exact")
    with (tmp_path / NAME).open("ab") as journal:
        journal.write(b'{"op_code":')
    (tmp_path / f"{NAME}.lock").symlink_to(tmp_path / NAME)

    study = open_(tmp_path)
    assert [row.mask for row in study.rows()] == [*done, begun.mask]
    assert study.rows()[-1].state == "interrupted"
    assert study.waiting == 1
    rest = run(study, 13)
    assert rest[0] == queued
    assert sorted(done + rest) == list(range(16))


def test_studies_of_other_candidates_are_not_mixed(tmp_path: Path) -> None:
    open_(tmp_path)
    with pytest.raises(ValueError, match="other candidates"):
        open_(tmp_path, indexes=("orders_user",))
    with pytest.raises(ValueError, match="one name"):
        open_(tmp_path, indexes=("orders_user", "orders_user"))


def test_the_same_seed_proposes_the_same(tmp_path: Path) -> None:
    masks = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        masks.append(run(open_(tmp_path / name, seed=7), 10))
    assert masks[0] == masks[1]


def test_a_relative_folder_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run").mkdir()
    monkeypatch.chdir(tmp_path)
    run(open_(Path("run")), 2)
    assert len(open_(tmp_path / "run").rows()) == 2
