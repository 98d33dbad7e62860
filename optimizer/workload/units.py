"""The units of the file: durations, sizes, rates and targets, as text into numbers. Pure."""

from __future__ import annotations

import re
from typing import Any

from optimizer.model.query import Target
from optimizer.workload.mistake import Mistake

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_BYTES = {"B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40}
_PER_SECOND = {"s": 1.0, "m": 1 / 60, "min": 1 / 60, "h": 1 / 3600}

_NUMBER = r"\d+(?:\.\d+)?"
_PART = re.compile(rf"({_NUMBER})\s*(ms|min|s|m|h|d|w)")
_DURATION = re.compile(rf"(?:{_NUMBER}\s*(?:ms|min|s|m|h|d|w)\s*)+\Z")
_SIZE = re.compile(rf"({_NUMBER})\s*(B|[kKMGT]i?B)\Z")
_RATE = re.compile(rf"({_NUMBER})\s*/\s*(s|min|m|h)\Z")
_TARGET = re.compile(rf"({_NUMBER})\s*(ms|s)(?:\s*@\s*[pP]({_NUMBER}))?\Z")


def duration(value: Any) -> float:
    """Seconds of `90s`, `10m`, `1h30m`, `30d`."""
    hint = "write it as 90s, 10m, 1h30m or 30d"
    text = _text(value, "a duration", hint)
    if not _DURATION.match(text):
        raise Mistake(f"{text!r} is no duration", hint)
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
    return _positive(seconds, text, hint)


def size(value: Any) -> int:
    """Bytes of `512MB`, `4GB`; a GB is 1024 MB, as PostgreSQL counts."""
    hint = "write it as 512MB or 4GB"
    text = _text(value, "a size", hint)
    match = _SIZE.match(text)
    if not match:
        raise Mistake(f"{text!r} is no size", hint)
    unit = match[2].upper().replace("I", "")
    return int(_positive(float(match[1]) * _BYTES[unit], text, hint))


def rate(value: Any) -> float:
    """Executions per second of `200/s`, `600/min`."""
    hint = "write it as 200/s"
    text = _text(value, "a rate", hint)
    match = _RATE.match(text)
    if not match:
        raise Mistake(f"{text!r} is no rate", hint)
    return _positive(float(match[1]) * _PER_SECOND[match[2]], text, hint)


def target(value: Any) -> Target:
    """The target of `100ms`, `50ms @ p99`, `1s @ p99.9`; p95 where no percentile is given."""
    hint = "write it as 100ms, or 50ms @ p99"
    text = _text(value, "a target", hint)
    match = _TARGET.match(text)
    if not match:
        raise Mistake(f"{text!r} is no target", hint)
    percentile = float(match[3] or 95)
    if not 0 < percentile < 100:
        raise Mistake(f"p{match[3]} is no percentile", "write one between p0 and p100, such as p99.9")
    return Target(_positive(float(match[1]) * _SECONDS[match[2]] * 1000, text, hint), percentile)


def spell_duration(seconds: float) -> str:
    """The shortest text that `duration` reads as these seconds."""
    for unit in ("d", "h", "m", "s"):
        if seconds % _SECONDS[unit] == 0:
            return f"{int(seconds / _SECONDS[unit])}{unit}"
    return f"{seconds}s"


def spell_size(size_bytes: int) -> str:
    """The shortest text that `size` reads as these bytes."""
    for unit in ("TB", "GB", "MB", "KB"):
        if size_bytes % _BYTES[unit] == 0:
            return f"{size_bytes // _BYTES[unit]}{unit}"
    return f"{size_bytes}B"


def _text(value: Any, what: str, hint: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str):
        raise Mistake(f"{value!r} has no unit" if isinstance(value, int | float) else f"must be {what}", hint)
    return value.strip()


def _positive(number: float, text: str, hint: str) -> float:
    if number <= 0:
        raise Mistake(f"{text!r} is not more than zero", hint)
    return number
