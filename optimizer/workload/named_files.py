"""The files that a workload names: the DDL, contenders' SQL and the user's own rows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from optimizer.errors import Position, Problem
from optimizer.model.query import SourceText
from optimizer.workload.document import Document, Key

_INLINE = re.compile(r"\n|;|\bcreate\s", re.IGNORECASE)
_ROWS = (".parquet", ".csv")


@dataclass(frozen=True)
class NamedFiles:
    """`texts` by the key path of the name, `digests` by path, and what couldn't be read."""

    texts: dict[tuple[Key, ...], SourceText]
    digests: tuple[str, ...]
    problems: tuple[Problem, ...]


def read_named(document: Document, folder: Path) -> NamedFiles:
    """Read and digest all files that the document names, relative to `folder`."""
    texts: dict[tuple[Key, ...], SourceText] = {}
    digests: list[str] = []
    problems: list[Problem] = []
    for path, name in _names(document.data):
        file, where = folder / name, document.position(path)
        missing = _missing(file, name, where)
        if missing:
            problems.append(missing)
        elif path[0] == "volumes":
            digests.append(_digest(file))
            problems.extend(_unknown_kind(file, where))
        else:
            text = _text(file, where)
            digests.append(_digest(file))
            if isinstance(text, Problem):
                problems.append(text)
            else:
                texts[path] = text
    if is_inline(document.data.get("schema")):
        texts[("schema",)] = document.source(("schema",))
    return NamedFiles(texts, tuple(digests), tuple(problems))


def is_inline(schema: Any) -> bool:
    """True where the value of `schema` is DDL itself, no file's name."""
    return isinstance(schema, str) and bool(_INLINE.search(schema))


def _names(data: dict[Any, Any]) -> Iterator[tuple[tuple[Key, ...], str]]:
    schema, designs, volumes = data.get("schema"), data.get("designs"), data.get("volumes")
    if isinstance(schema, str) and not is_inline(schema):
        yield ("schema",), schema
    for name, file in designs.items() if isinstance(designs, dict) else ():
        if isinstance(file, str):
            yield ("designs", name), file
    for table, volume in volumes.items() if isinstance(volumes, dict) else ():
        if isinstance(volume, dict) and isinstance(volume.get("file"), str):
            yield ("volumes", table, "file"), volume["file"]


def _missing(file: Path, name: str, where: Position) -> Problem | None:
    if file.is_file():
        return None
    if file.is_dir():
        return Problem(f"{name!r} is a folder", where, "write a file's name")
    beside = [other.name for other in file.parent.iterdir()] if file.parent.is_dir() else []
    near = get_close_matches(file.name, beside, 1, 0.6)
    hint = f"did you mean {near[0]!r}?" if near else "paths start at the folder of the workload file"
    return Problem(f"there is no file {name!r}", where, hint)


def _unknown_kind(file: Path, where: Position) -> Iterator[Problem]:
    if file.suffix.lower() not in _ROWS:
        yield Problem(f"{file.name!r} is neither Parquet nor CSV", where, "name it .parquet or .csv")


def _text(file: Path, where: Position) -> SourceText | Problem:
    text = decode(file.read_bytes(), str(file))
    if isinstance(text, str) and not text.strip():
        return Problem(f"the file {file.name!r} is empty", where, "write SQL statements into it")
    return SourceText(text, str(file)) if isinstance(text, str) else text


def decode(content: bytes, file: str) -> str | Problem:
    """The text of UTF-8 bytes, line ends as `\\n`; a problem at the first byte that isn't UTF-8."""
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        position = Position(file, before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        return Problem(f"byte 0x{content[error.start]:02x} is not UTF-8", position, "save the file as UTF-8")


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
