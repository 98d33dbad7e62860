"""A YAML text as SourceText: offsets into the value become places in the file.

YAML folds lines of plain, quoted and `>` texts into one. Where nothing but white space between SQL words
changes by it, the text is kept in its lines, so that every offset has its exact place; elsewhere only the
place of the text's beginning is exact.
"""

from __future__ import annotations

import re

import yaml

from optimizer.model.query import SourceText
from optimizer.queries.parameters import UnreadableSql, tokens

LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


def source_text(node: yaml.ScalarNode, lines: tuple[str, ...], file: str) -> SourceText:
    """The text of a scalar node of a file of these lines."""
    if node.style in ("|", ">"):
        return _block(node, lines, file)
    return _flow(node, lines, file)


def _block(node: yaml.ScalarNode, lines: tuple[str, ...], file: str) -> SourceText:
    first, end = node.start_mark.line + 1, node.end_mark
    raw = (*lines[first : end.line], lines[end.line][: end.column])
    indent = _block_indent(node.value, raw)
    text = node.value
    if node.style == ">":
        text = _if_same_words("\n".join(line[indent:] for line in raw), node.value)
    return SourceText(text, file, first + 1, indent + 1, indent)


def _block_indent(value: str, raw: tuple[str, ...]) -> int:
    """Columns that YAML took off: the first written line's, less what is left of them in the value."""
    written = next((line for line in raw if line.strip()), "")
    kept = next((line for line in value.splitlines() if line.strip()), "")
    return _leading(written) - _leading(kept)


def _flow(node: yaml.ScalarNode, lines: tuple[str, ...], file: str) -> SourceText:
    start, end = node.start_mark, node.end_mark
    quote = 1 if node.style else 0
    line, column = start.line + 1, start.column + 1 + quote
    if start.line == end.line:
        return SourceText(node.value, file, line, column)
    raw = [lines[start.line][start.column + quote :], *lines[start.line + 1 : end.line]]
    raw.append(lines[end.line][: end.column - quote])
    indent = min((_leading(part) for part in raw[1:] if part.strip()), default=0)
    laid_out = "\n".join([raw[0], *(part[indent:] for part in raw[1:])])
    return SourceText(_if_same_words(laid_out, node.value), file, line, column, indent)


def _if_same_words(laid_out: str, value: str) -> str:
    try:
        same = [word.text for word in tokens(laid_out)] == [word.text for word in tokens(value)]
    except UnreadableSql:
        return value
    return laid_out if same else value


def _leading(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
