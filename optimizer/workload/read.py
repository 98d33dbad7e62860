"""Read a workload file: all its mistakes in one go, or the model."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from optimizer.errors import Position, Problem, WorkloadError
from optimizer.model.workload import Workload
from optimizer.workload import messages
from optimizer.workload.assemble import Options, assemble
from optimizer.workload.document import Document, parse
from optimizer.workload.mistake import did_you_mean
from optimizer.workload.named_files import NamedFiles, decode, read_named
from optimizer.workload.sections import WorkloadSection
from optimizer.workload.specs import spec_problems
from optimizer.workload.values import ENGINES


def read(
    path: Path,
    *,
    scale: float | None = None,
    seed: int | None = None,
    engines: Sequence[str] | None = None,
    seconds: float | None = None,
    trials: int | None = None,
) -> Workload:
    """The workload of a file; keywords are the command line's and win over the file.

    WorkloadError with every mistake that can be told without a schema: of the YAML, of keys, types and
    units, of files that aren't there, and of the keywords. The user's generator functions, which are beside
    the file, can be imported from then on, here and in the processes that are started here.
    """
    options = Options(scale, seed, tuple(engines) if engines else None, seconds, trials)
    content = _content(path)
    document = parse(_decoded(content, path), str(path))
    files = read_named(document, path.parent)
    section, found = _validate(document)
    problems = [*_of_options(options), *document.problems, *found, *files.problems]
    problems += [*_same_names(document), *_cut_off(document), *spec_problems(document)]
    if problems or section is None:
        raise WorkloadError(*problems)
    if _names_functions(document.data):
        _find_functions(path.absolute().parent)
    return assemble(path, section, document, files, options, _digest(content, files))


def _names_functions(value: object) -> bool:
    """True where a `generator` is named anywhere in the file."""
    if isinstance(value, Mapping):
        return "generator" in value or any(map(_names_functions, value.values()))
    return isinstance(value, list) and any(map(_names_functions, value))


def _find_functions(beside: Path) -> None:
    if str(beside) not in sys.path:
        sys.path.append(str(beside))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise WorkloadError(Problem(f"there is no file {str(path)!r}", hint=_near(path))) from error
    except IsADirectoryError as error:
        raise WorkloadError(Problem(f"{str(path)!r} is a folder", hint="name a file in it")) from error
    except OSError as error:
        raise WorkloadError(Problem(f"{str(path)!r} can't be read: {error.strerror}")) from error


def _near(path: Path) -> str:
    beside = sorted(path.parent.glob("*.y*ml")) if path.parent.is_dir() else []
    return did_you_mean(path.name, [file.name for file in beside], "workload files in that folder:")


def _decoded(content: bytes, path: Path) -> str:
    text = decode(content, str(path))
    if isinstance(text, Problem):
        raise WorkloadError(text)
    return text


def _validate(document: Document) -> tuple[WorkloadSection | None, tuple[Problem, ...]]:
    try:
        return WorkloadSection.model_validate(document.data), ()
    except ValidationError as error:
        return None, tuple(messages.problems(error, document, WorkloadSection))


def _same_names(document: Document) -> Iterator[Problem]:
    """Queries that have the name of an earlier one."""
    queries = document.data.get("queries")
    first: dict[str, Position] = {}
    for number, query in enumerate(queries if isinstance(queries, list) else ()):
        name = query.get("name") if isinstance(query, dict) else None
        if not isinstance(name, str):
            continue
        position = document.position(("queries", number, "name"))
        if name in first:
            message = f"the query name {name!r} is there twice (first in line {first[name].line})"
            yield Problem(message, position, "give each query a name of its own")
        first.setdefault(name, position)


def _cut_off(document: Document) -> Iterator[Problem]:
    """Statements that YAML shortened to what stands before ` #`."""
    queries = document.data.get("queries")
    for number, query in enumerate(queries if isinstance(queries, list) else ()):
        sql = query.get("sql") if isinstance(query, dict) else None
        path = ("queries", number, "sql")
        for place in [(*path, i) for i in range(len(sql))] if isinstance(sql, list) else [path]:
            if document.is_cut_off(place):
                hint = "write the statement as a block after `|`"
                yield Problem("the statement is cut off at ' #'", document.position(place), hint)


def _of_options(options: Options) -> Iterator[Problem]:
    for engine in options.engines or ():
        if engine not in ENGINES:
            hint = did_you_mean(engine, ENGINES, "write one of")
            yield Problem(f"unknown engine {engine!r} on the command line", hint=hint)
    if options.seed is not None and options.seed < 0:
        yield Problem(f"the seed on the command line must not be negative, it is {options.seed}")
    for name in ("scale", "seconds", "trials"):
        value = getattr(options, name)
        if value is not None and not 0 < value < float("inf"):
            yield Problem(f"{name} on the command line must be more than zero, it is {value:g}")


def _digest(content: bytes, files: NamedFiles) -> str:
    """SHA-256 over the digests of the workload file and of the files that it names, in its order."""
    digests = [hashlib.sha256(content).hexdigest(), *files.digests]
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()
