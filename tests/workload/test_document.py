"""YAML with positions: keys, values, aliases, merges."""

from __future__ import annotations

import pytest

from optimizer.errors import Position, WorkloadError
from optimizer.workload.document import parse


def test_positions_of_keys_and_values() -> None:
    document = parse("a:\n  - b: 1\n    c: [x, yy]\n", "w.yaml")
    assert document.data == {"a": [{"b": 1, "c": ["x", "yy"]}]}
    assert document.position(("a", 0, "c", 1)) == Position("w.yaml", 3, 12)
    assert document.key_position(("a", 0, "c")) == Position("w.yaml", 3, 5)
    assert document.position(("a", 0, "none", "at all")) == Position("w.yaml", 2, 5)


def test_words_and_numbers_are_those_of_yaml_1_2() -> None:
    text = "[no, on, yes, 010, 12:30, 1_000, 5e4, -2.5, true, null, 1.5.2]"
    values = parse(f"a: {text}", "w.yaml").data["a"]
    assert values == ["no", "on", "yes", "010", "12:30", 1000, 50000.0, -2.5, True, None, "1.5.2"]


def test_anchors_and_merges() -> None:
    document = parse("base: &base {a: 1, b: 2}\nmine:\n  <<: *base\n  b: 3\n", "w.yaml")
    assert document.data["mine"] == {"a": 1, "b": 3}
    assert document.problems == ()
    assert document.position(("mine", "b")).line == 4


def test_an_alias_is_read_once() -> None:
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 30))
    document = parse(f"l0: &l0 [x]\n{levels}\n", "w.yaml")
    assert document.data["l29"][0] is document.data["l29"][8]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &a [*a]", "an alias to itself"),
        ("a: !!int ''", "'' is no int"),
        ("a: !!bool maybe", "'maybe' is no bool"),
        ("a: !secret x", "could not determine a constructor"),
        ("a: 2025-13-45", "month must be in 1..12"),
        ("? [a]\n: 1", "a key must be a plain word"),
        ("a: 1\n---\nb: 2", "expected a single document"),
        ("a: " + "[" * 5000, "nested too deeply"),
        ("a: b: c", "mapping values are not allowed here"),
    ],
)
def test_what_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(WorkloadError, match=message) as caught:
        parse(text, "w.yaml")
    assert caught.value.problems[0].position is not None
