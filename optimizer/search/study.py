"""Optuna's study: every whole design that was tried is a trial, kept in the run's journal.

A trial has one boolean per candidate index. Designs that are already known to be worth a trial are enqueued;
where the exact step couldn't prove its answer, the TPE sampler proposes more.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.trial import FrozenTrial, Trial, TrialState

from optimizer.search.journal import open_journal
from optimizer.search.masks import mask_of

SAMPLED = "sampled"
REPEATS = 5
"""After so many designs in a row that were tried before, one that wasn't is drawn near the best."""

_DRAWS = 200
_CANDIDATES = "candidates"
_LABEL = "label"
_REASON = "reason"
_STATUS = "status"
_DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A design to try: the trial's number, why it is tried, and the set of candidates."""

    number: int
    label: str
    mask: int


@dataclass(frozen=True, slots=True)
class TrialRow:
    """A trial as it is reported; `value` is None where it has none, `reason` says why it can't win.

    `state` is `complete`, `infeasible` (it breaks a hard limit) or `interrupted` (a killed run had begun it).
    """

    number: int
    label: str
    state: str
    value: float | None
    mask: int
    reason: str
    seconds: float | None


class Study:
    """A journal in the run's folder; opening it again goes on with what it holds.

    `names` are those of the candidates, in the order of their numbers. A design that was tried isn't
    proposed again while there are others. ValueError where two candidates have one name, or the journal's
    study `name` is of other candidates.
    """

    def __init__(self, folder: Path, name: str, names: Sequence[str], seed: int) -> None:
        if len(set(names)) < len(names):
            raise ValueError("two candidates have one name")
        self._names = tuple(names)
        self._seed = seed
        self._open: dict[int, Trial] = {}
        with _quiet():
            storage = open_journal(folder)
            self._study = optuna.create_study(storage=storage, study_name=name, load_if_exists=True)
            self._claim(name)
            self._fail_stale()
            self._study.sampler = optuna.samplers.TPESampler(
                multivariate=True, group=True, seed=seed + len(self._trials())
            )
        self._tried = {row.mask for row in self.rows() if row.state != "interrupted"}
        self._queue = {self._mask(_fixed(trial)): _label(trial) for trial in self._trials(TrialState.WAITING)}

    def enqueue(self, mask: int, label: str) -> bool:
        """Have this design tried next; False where it was tried before, or waits already."""
        if mask in self._tried or mask in self._queue:
            return False
        params = {name: bool(mask >> n & 1) for n, name in enumerate(self._names)}
        with _quiet():
            self._study.enqueue_trial(params, user_attrs={_LABEL: label})
        self._queue[mask] = label
        return True

    @property
    def waiting(self) -> int:
        """How many enqueued designs are still to be tried."""
        return len(self._queue)

    @property
    def exhausted(self) -> bool:
        """Whether every subset of the candidates was tried."""
        return len(self._tried) == 1 << len(self._names)

    def propose(self) -> Proposal:
        """The next design: an enqueued one, else one of the sampler's; a tried one only if all were tried."""
        with _quiet():
            for attempt in range(REPEATS + 1):
                if attempt == REPEATS and not self._queue:
                    self._enqueue_untried()
                trial = self._study.ask(self._distributions())
                mask = self._mask(trial.params)
                if mask not in self._tried or self.exhausted:
                    break
                trial.set_user_attr(_STATUS, _DUPLICATE)
                self._study.tell(trial, state=TrialState.FAIL)
            self._queue.pop(mask, None)
            self._tried.add(mask)
            self._open[trial.number] = trial
            return Proposal(trial.number, trial.user_attrs.get(_LABEL, SAMPLED), mask)

    def record(self, proposal: Proposal, value: float, broken: Mapping[str, float], reason: str = "") -> None:
        """The trial's score; `broken` has what each hard limit is exceeded by (at most 0: kept).

        A score that is only a lower bound is told as one, with a limit that it breaks: the sampler learns
        from it. ValueError where the score is no number, KeyError where the proposal isn't open.
        """
        if value != value:
            raise ValueError("a trial's score must be a number")
        trial = self._open.pop(proposal.number)
        with _quiet():
            for limit, excess in broken.items():
                trial.set_constraint(limit, excess)
            if reason:
                trial.set_user_attr(_REASON, reason)
            self._study.tell(trial, value)

    def rows(self) -> tuple[TrialRow, ...]:
        """All trials that ended, in order, without those that only proposed a design again."""
        ended = self._trials(TrialState.COMPLETE, TrialState.FAIL)
        return tuple(self._row(trial) for trial in ended if _state(trial) != _DUPLICATE)

    def best(self) -> TrialRow | None:
        """The row with the lowest value that keeps all limits; None where there is none yet."""
        complete = [(row.value, row.number, row) for row in self.rows() if row.state == "complete"]
        return min(complete, default=(None, 0, None))[2]

    def _claim(self, name: str) -> None:
        known = self._study.user_attrs.get(_CANDIDATES)
        if known is None:
            self._study.set_user_attr(_CANDIDATES, list(self._names))
        elif known != list(self._names):
            raise ValueError(f"the study {name} is of other candidates")

    def _fail_stale(self) -> None:
        """End what a killed run had begun: the sampler would keep away from it for ever."""
        for trial in self._trials(TrialState.RUNNING):
            self._study.tell(trial.number, state=TrialState.FAIL)

    def _enqueue_untried(self) -> None:
        """Queue a design that wasn't tried, as near to the best one as chance finds it."""
        n, best = len(self._names), self.best()
        draw = random.Random(f"{self._seed}/{len(self._tried)}")
        for turn in range(_DRAWS):
            flips = draw.sample(range(n), min(n, 1 + turn * n // _DRAWS))
            if self.enqueue((best.mask if best else 0) ^ mask_of(flips), SAMPLED):
                return
        next((mask for mask in range(1 << n) if self.enqueue(mask, SAMPLED)), None)

    def _trials(self, *states: TrialState) -> list[FrozenTrial]:
        return self._study.get_trials(deepcopy=False, states=states or None)

    def _distributions(self) -> dict[str, BaseDistribution]:
        return {name: CategoricalDistribution([False, True]) for name in self._names}

    def _mask(self, params: Mapping[str, object]) -> int:
        return mask_of(n for n, name in enumerate(self._names) if params.get(name))

    def _row(self, trial: FrozenTrial) -> TrialRow:
        return TrialRow(
            number=trial.number,
            label=_label(trial),
            state=_state(trial),
            value=trial.value if trial.state is TrialState.COMPLETE else None,
            mask=self._mask(trial.params or _fixed(trial)),
            reason=trial.user_attrs.get(_REASON, ""),
            seconds=trial.duration.total_seconds() if trial.duration else None,
        )


def _label(trial: FrozenTrial) -> str:
    return str(trial.user_attrs.get(_LABEL, SAMPLED))


def _fixed(trial: FrozenTrial) -> Mapping[str, object]:
    """The parameters that an enqueued trial waits with."""
    params: Mapping[str, object] = trial.system_attrs.get("fixed_params", {})
    return params


def _state(trial: FrozenTrial) -> str:
    if trial.state is TrialState.FAIL:
        return str(trial.user_attrs.get(_STATUS, "interrupted"))
    broken = any(excess > 0 for excess in (trial.constraints or {}).values())
    return "infeasible" if broken else trial.state.name.lower()


@contextmanager
def _quiet() -> Iterator[None]:
    """Optuna's own log lines, and its word that `group` is experimental, are none of the user's concern."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*group.*", category=ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(before)
