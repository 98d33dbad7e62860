"""PyYAML's errors as problems, with what usually helps. Pure."""

from __future__ import annotations

import yaml

from optimizer.errors import Position, Problem

_HINTS = {
    "cannot start any token": "put the text in quotes, and indent by spaces, not tabs",
    "mapping values are not allowed here": "put a text that holds ': ' in quotes, or write it after |",
    "could not find expected ':'": "write each key as `key: value`",
    "expected <block end>": "indent all keys of one mapping alike",
    "found undefined alias": "put a text that starts with * in quotes",
}


def marked(error: yaml.MarkedYAMLError, file: str) -> Problem:
    """The problem of an error that PyYAML placed."""
    mark = error.problem_mark or error.context_mark
    text = " ".join(part for part in (error.problem, error.context) if part)
    hint = next((hint for words, hint in _HINTS.items() if words in text), None)
    position = Position(file, mark.line + 1, mark.column + 1) if mark else Position(file, 1, 1)
    return Problem(f"not YAML: {text}", position, hint)


def unreadable(error: yaml.reader.ReaderError, text: str, file: str) -> Problem:
    """The problem of a character that YAML doesn't allow."""
    before = text[: error.position]
    position = Position(file, before.count("\n") + 1, error.position - before.rfind("\n"))
    code = f"#x{ord(text[error.position]):04x}"
    return Problem(f"not YAML: the control character {code}", position, "take it out")
