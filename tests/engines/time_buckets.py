"""What TimescaleDB answers for time_bucket, over hostile moments: `time_buckets.txt`.

Each form of the file stands over its answers, one for each row of ROWS, in their order.
"""

from __future__ import annotations

from pathlib import Path

DDL = """
CREATE TABLE moments (
  id int PRIMARY KEY, at timestamptz, ts timestamp, d date, n int, l bigint, s smallint
);
"""

TIMES: tuple[str | None, ...] = (
    "1900-03-01 00:00:00",
    "1969-12-31 23:59:59.999999",
    "1999-12-26 23:59:59.999",
    "1999-12-27 00:00:00",
    "1999-12-31 22:30:00.5",
    "1999-12-31 23:59:59.999999",
    "2000-01-01 00:00:00",
    "2000-01-02 23:59:59.999",
    "2000-01-03 00:00:00",
    "2000-01-03 00:00:00.000001",
    "2000-02-29 12:00:00",
    "2023-12-31 23:30:00",
    "2024-02-29 23:59:59.999",
    "2024-03-31 00:59:59",
    "2024-03-31 01:00:00",
    "2024-03-31 22:30:00",
    "2024-10-26 22:30:00",
    "2024-10-27 00:30:00",
    "2024-10-27 01:30:00",
    "2025-01-31 12:34:56.789123",
    "2099-12-31 23:59:59.999999",
    None,
)
"""In UTC; as a timestamp and as a date they are what is written."""

NUMBERS = (-2_000_000_000, -25, -11, -10, -9, -3, -1, 0, 1, 3, 7, 9, 10, 11, 25, 100, 999, 1000, 12_345, 0, 0)

ROWS = tuple(
    (
        place,
        time and f"{time}+00",
        time,
        time and time[:10],
        number,
        None if number is None else number * 1_000_003,
        None if number is None else number % 30_000,
    )
    for place, (time, number) in enumerate(zip(TIMES, (*NUMBERS, None), strict=True))
)
"""Values in PostgreSQL's text form, one for each column of the table."""


def insert() -> str:
    """The rows as a statement."""
    rows = (", ".join("NULL" if value is None else f"'{value}'" for value in row) for row in ROWS)
    return "INSERT INTO moments VALUES " + ", ".join(f"({row})" for row in rows)


def answers() -> dict[str, tuple[str | None, ...]]:
    """The answers to each form, as text in UTC."""
    found: dict[str, list[str | None]] = {}
    form = ""
    for line in Path(__file__).with_suffix(".txt").read_text("utf-8").splitlines():
        if line.startswith("time_bucket("):
            form = line
            found[form] = []
        elif line and not line.startswith("#"):
            found[form].append(None if line == "  NULL" else line.strip())
    return {form: tuple(values) for form, values in found.items()}
