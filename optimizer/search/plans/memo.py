"""Everything measured in the search, kept in a file as soon as it exists, so that nothing is measured twice.

One JSON line a measurement. A line that a killed run left half-written is dropped when the file is opened.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from optimizer.model.measurement import Execution, Status


@dataclass(frozen=True, slots=True)
class PlanKey:
    """What a measurement is of: a query, one of its bindings, and the plan's fingerprint."""

    query: str
    binding: int
    fingerprint: str


class Memo:
    """Measurements by what they are of; `path` is appended to, and read when opened.

    `again` counts the measurements that were taken over from the file. `names` has the names under which
    queries stand in the file where those aren't their own: a query that another structure changes is
    another thing to measure, one that it doesn't touch is the same.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.names: Mapping[str, str] = {}
        self._plans: dict[PlanKey, tuple[Execution, ...]] = {}
        self._bindings: dict[tuple[str, str], dict[int, tuple[Execution, ...]]] = {}
        self._costs: dict[tuple[str, str], float] = {}
        self._compared: set[tuple[str, str]] = set()
        for line in _lines(path):
            self._read(line)
        self.again = len(self._plans) + len(self._costs)
        self._file = path.open("a", encoding="utf-8")

    def plan(self, key: PlanKey) -> tuple[Execution, ...]:
        """The executions of a plan; empty where it wasn't measured."""
        return self._plans.get(self._named(key), ())

    def bindings(self, query: str, fingerprint: str) -> list[tuple[Execution, ...]]:
        """The executions of a plan by binding, for those that were measured."""
        return list(self._bindings.get((self._name(query), fingerprint), {}).values())

    def keep_plan(self, key: PlanKey, executions: Sequence[Execution]) -> None:
        """Record a plan's executions; they replace earlier ones (a longer timeout, say)."""
        known = self._named(key)
        self._know(known, tuple(executions))
        self._write(
            {
                "query": known.query,
                "binding": key.binding,
                "plan": key.fingerprint,
                "ms": [round(e.ms, 5) for e in executions],
                "status": [e.status.value for e in executions],
            }
        )

    def cost(self, query: str, index: str) -> float | None:
        """What an index adds to a write, in milliseconds; None where it wasn't measured.

        Where it was measured without the structures that the write notices, that counts here too.
        """
        known = self._costs.get((self._name(query), index))
        return self._costs.get((query, index)) if known is None else known

    def keep_cost(self, query: str, index: str, ms: float) -> None:
        """Record what an index adds to a write."""
        self._costs[self._name(query), index] = ms
        self._write({"query": self._name(query), "index": index, "adds_ms": ms})

    def compared(self, query: str, plans: str) -> bool:
        """Whether these plans of a query (by a digest of them) were measured side by side."""
        return (self._name(query), plans) in self._compared

    def keep_compared(self, query: str, plans: str) -> None:
        """Record that these plans were measured side by side; their executions are kept by themselves."""
        self._compared.add((self._name(query), plans))
        self._write({"query": self._name(query), "side_by_side": plans})

    @property
    def measured(self) -> int:
        """How many different plans (query and fingerprint) have a measurement."""
        return len({(key.query, key.fingerprint) for key in self._plans})

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _name(self, query: str) -> str:
        return self.names.get(query, query)

    def _named(self, key: PlanKey) -> PlanKey:
        return replace(key, query=self._name(key.query))

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()

    def _read(self, line: dict[str, Any]) -> None:
        if "adds_ms" in line:
            self._costs[line["query"], line["index"]] = line["adds_ms"]
            return
        if "side_by_side" in line:
            self._compared.add((line["query"], line["side_by_side"]))
            return
        key = PlanKey(line["query"], line["binding"], line["plan"])
        pairs = zip(line["ms"], line["status"], strict=True)
        self._know(key, tuple(Execution(ms, Status(status)) for ms, status in pairs))

    def _know(self, key: PlanKey, executions: tuple[Execution, ...]) -> None:
        self._plans[key] = executions
        self._bindings.setdefault((key.query, key.fingerprint), {})[key.binding] = executions


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        return
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        path.write_bytes(whole)
    for line in whole.splitlines():
        yield json.loads(line)
