"""Reads pgbench's log of transactions. Pure.

A line is: client, transaction, latency in microseconds, script, seconds, microseconds (the documentation of
pgbench, "Per-Transaction Logging").
"""

from __future__ import annotations


def latencies_us(log: str) -> list[float]:
    """The latencies of the log's transactions; ValueError for a line of another form."""
    return [_latency(line) for line in log.splitlines() if line]


def _latency(line: str) -> float:
    fields = line.split()
    if len(fields) < 6:
        raise ValueError(f"not a line of pgbench's log: {line!r}")
    return float(fields[2])
