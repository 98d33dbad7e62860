"""An offset into a statement is told as the line and the column where it stands in the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.errors import Position
from optimizer.model.query import SourceText
from optimizer.workload.document import parse
from optimizer.workload.read import read

TEXTS = Path(__file__).parent / "good" / "texts.yaml"


def _statements() -> dict[str, tuple[SourceText, ...]]:
    return {query.name: query.statements for query in read(TEXTS).queries}


@pytest.mark.parametrize("name", [query.name for query in read(TEXTS).queries])
def test_every_character_has_its_place(name: str) -> None:
    lines = TEXTS.read_text(encoding="utf-8").split("\n")
    for statement in _statements()[name]:
        places = [
            (char, statement.position(i)) for i, char in enumerate(statement.text) if not char.isspace()
        ]
        assert "".join(lines[p.line - 1][p.column - 1] for _, p in places) == "".join(c for c, _ in places)


def test_places() -> None:
    statements = _statements()
    plain, two_lines, literal = (statements[n][0] for n in ("plain", "plain_in_two_lines", "literal"))
    assert plain.position(plain.text.index(":author")) == Position(str(TEXTS), 9, 46)
    assert two_lines.position(two_lines.text.index(":id")) == Position(str(TEXTS), 13, 21)
    assert literal.position(literal.text.index(":id")) == Position(str(TEXTS), 25, 19)


def test_inline_schema() -> None:
    ddl = read(TEXTS).ddl
    assert ddl.position(ddl.text.index("author")) == Position(str(TEXTS), 4, 5)


@pytest.mark.parametrize(
    "value",
    [
        ">\n    SELECT 'a\n    b'",
        ">\n    SELECT 1 -- one\n    FROM notes",
        "\"SELECT 'a\\tb',\n  1\"",
    ],
)
def test_where_folding_changes_words_yaml_is_right(value: str) -> None:
    document = parse(f"sql: {value}\n", "w.yaml")
    source = document.source(("sql",))
    assert source.text == document.data["sql"]
    assert source.position(0).line == (2 if value[0] == ">" else 1)


def test_windows_line_ends_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "texts.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + TEXTS.read_bytes().replace(b"\n", b"\r\n"))
    texts = {query.name: query.statements for query in read(path).queries}
    assert [t.text for t in texts["literal"]] == [t.text for t in _statements()["literal"]]
    assert texts["literal"][0].position(10).line == _statements()["literal"][0].position(10).line
