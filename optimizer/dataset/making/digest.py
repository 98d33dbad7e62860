"""The content hash of a plan: equal where the same rows would be made."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from importlib.metadata import version
from pathlib import Path
from typing import Any

from generators.user_function import UserFunction
from optimizer.dataset.planning.recipes import DatasetPlan

GENERATORS_VERSION = 1
"""Goes up with every change that makes other rows from the same plan."""

_PLAIN = (str, bytes, bool, int, float, Decimal, datetime, date, time)
_LIBRARIES = ("polars", "numpy", "faker")


def digest(plan: DatasetPlan, rows_per_file: int) -> str:
    """SHA-256 of the plan, the libraries' versions and the user's functions, in hexadecimal."""
    hashed = hashlib.sha256()
    for part in (
        f"{GENERATORS_VERSION} {rows_per_file}",
        *(f"{name} {version(name)}" for name in _LIBRARIES),
        canonical(plan),
        *(f"{function.name} {_source(function)}" for function in functions(plan)),
    ):
        hashed.update(part.encode())
        hashed.update(b"\0")
    return hashed.hexdigest()


def canonical(value: Any) -> str:
    """A text that is the same for equal values in every process, and differs for others.

    Of a path only the name counts: what stands in the file has a digest of its own.
    """
    if isinstance(value, Path):
        return f"path:{value.name}"
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if is_dataclass(value) and not isinstance(value, type):
        inner = ",".join(f"{f.name}={canonical(getattr(value, f.name))}" for f in fields(value) if f.compare)
        return f"{type(value).__module__}.{type(value).__qualname__}({inner})"
    if isinstance(value, Mapping):
        return "{" + ",".join(sorted(f"{canonical(k)}:{canonical(v)}" for k, v in value.items())) + "}"
    if isinstance(value, set | frozenset):
        return "{" + ",".join(sorted(map(canonical, value))) + "}"
    if isinstance(value, tuple | list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if value is None or isinstance(
        value, str | bytes | bool | int | float | Decimal | datetime | date | time
    ):
        return f"{type(value).__name__}:{value!r}"
    return f"{type(value).__name__}:{value}"


def functions(value: Any) -> Iterator[UserFunction]:
    """The user's own generators inside a plan."""
    if isinstance(value, UserFunction):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from functions(getattr(value, field.name))
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from functions(inner)


def _source(function: UserFunction) -> str:
    """The digest of the file that holds the function; its name where it stands in no file."""
    found = importlib.util.find_spec(function.name.partition(":")[0])
    if found is None or found.origin is None or not Path(found.origin).is_file():
        return function.name
    return hashlib.sha256(Path(found.origin).read_bytes()).hexdigest()
