"""A YAML document that remembers where each of its values stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from optimizer.errors import Position, Problem, WorkloadError
from optimizer.model.query import SourceText
from optimizer.workload import yaml_mistakes
from optimizer.workload.loader import Loader
from optimizer.workload.scalar_text import LINE_BREAK, source_text

Key = str | int
Path = Sequence[Key]
"""Keys and list indexes (from 0) from the root down to a value."""


@dataclass(frozen=True, eq=False)
class Document:
    """A mapping read from a file: `data` in plain Python values, `problems` what was wrong with its keys."""

    file: str
    data: dict[Any, Any]
    root: yaml.MappingNode
    lines: tuple[str, ...]
    problems: tuple[Problem, ...] = ()

    def position(self, path: Path) -> Position:
        """Where the value stands; where the path leads out of the document, its nearest part."""
        return _position(self.file, self._walk(path)[1])

    def key_position(self, path: Path) -> Position:
        """Where the key of the value stands; of a list's item, the item."""
        return _position(self.file, self._walk(path)[0])

    def source(self, path: Path) -> SourceText:
        """The text value with its place in the file."""
        node = self._walk(path)[1]
        if not isinstance(node, yaml.ScalarNode):
            raise TypeError(f"no text at {list(path)}")
        return source_text(node, self.lines, self.file)

    def is_cut_off(self, path: Path) -> bool:
        """True where a plain text ends at ` #>` or ` #-`: an SQL operator that YAML took for a comment."""
        node = self._walk(path)[1]
        if not isinstance(node, yaml.ScalarNode) or node.style:
            return False
        rest = self.lines[node.end_mark.line][node.end_mark.column :]
        return rest.lstrip().startswith(("#>", "#-"))

    def _walk(self, path: Path) -> tuple[yaml.Node, yaml.Node]:
        key: yaml.Node = self.root
        value: yaml.Node = self.root
        for part in path:
            found = _child(value, part)
            if found is None:
                break
            key, value = found
        return key, value


def parse(text: str, file: str) -> Document:
    """The document of a YAML text; WorkloadError where it isn't one, or is no mapping."""
    try:
        loader = Loader(text)
        node = loader.get_single_node()
        if node is None:
            raise WorkloadError(Problem("the file is empty", Position(file, 1, 1), _FIRST_KEYS))
        if not isinstance(node, yaml.MappingNode):
            raise WorkloadError(Problem("the file is no mapping", _position(file, node), _FIRST_KEYS))
        reading = _Reading(loader, file, [], {}, set())
        data = reading.value(node)
    except yaml.MarkedYAMLError as error:
        raise WorkloadError(yaml_mistakes.marked(error, file)) from error
    except yaml.reader.ReaderError as error:
        raise WorkloadError(yaml_mistakes.unreadable(error, text, file)) from error
    except RecursionError as error:
        raise WorkloadError(Problem("nested too deeply", Position(file, 1, 1), _FIRST_KEYS)) from error
    return Document(file, data, node, tuple(LINE_BREAK.split(text)), tuple(reading.problems))


_FIRST_KEYS = "start it with schema:, volumes: and queries:"


@dataclass(frozen=True, slots=True)
class _Reading:
    """Nodes into values; each node once, however many aliases it has."""

    loader: Loader
    file: str
    problems: list[Problem]
    done: dict[int, Any]
    open: set[int]

    def value(self, node: yaml.Node) -> Any:
        if id(node) not in self.done:
            if id(node) in self.open:
                raise yaml.constructor.ConstructorError(None, None, "an alias to itself", node.start_mark)
            self.open.add(id(node))
            self.done[id(node)] = self._read(node)
            self.open.discard(id(node))
        return self.done[id(node)]

    def _read(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.MappingNode) and node.tag.endswith(",2002:map"):
            return self._mapping(node)
        if isinstance(node, yaml.SequenceNode) and node.tag.endswith(",2002:seq"):
            return [self.value(item) for item in node.value]
        try:
            return self.loader.construct_object(node, deep=True)
        except (ValueError, ArithmeticError, LookupError, AttributeError) as error:
            text = f"{node.value!r} is no {node.tag.rpartition(':')[2]} ({error})"
            raise yaml.constructor.ConstructorError(None, None, text, node.start_mark) from error

    def _mapping(self, node: yaml.MappingNode) -> dict[Any, Any]:
        self._report_duplicates(node)
        self.loader.flatten_mapping(node)
        return {self._key(key): self.value(value) for key, value in node.value}

    def _report_duplicates(self, node: yaml.MappingNode) -> None:
        first: dict[Any, yaml.Node] = {}
        for key, _ in node.value:
            name = self._key(key)
            if name in first and key.tag != "tag:yaml.org,2002:merge":
                line = first[name].start_mark.line + 1
                message = f"the key {str(name)!r} is there twice (first in line {line})"
                self.problems.append(Problem(message, _position(self.file, key), "keep one of them"))
            first.setdefault(name, key)

    def _key(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return node.value if node.tag.endswith(":merge") else self.value(node)
        raise yaml.constructor.ConstructorError(None, None, "a key must be a plain word", node.start_mark)


def _child(node: yaml.Node, part: Key) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in reversed(node.value):
            if key.value == str(part):
                return key, value
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None


def _position(file: str, node: yaml.Node) -> Position:
    return Position(file, node.start_mark.line + 1, node.start_mark.column + 1)
