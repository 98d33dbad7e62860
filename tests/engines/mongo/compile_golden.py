"""Golden pairs of the compiler: SQL and designs in, programs out; one file a topic.

    == what it shows
    design: reference, items in orders
    with: {"id": 1}
    SELECT ...
    --> reference
    find orders ...

`with` lines are the bindings that the pair is also executed with, beside a PostgreSQL. To write all programs
anew, for reading: `PYTHONPATH=. python -m tests.engines.mongo.compile_golden`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.select import compile_select
from optimizer.engines.mongo.program import Aggregate, Find, Leaf, Statement
from optimizer.model.denormalisation import Computed, ExtendedReference
from optimizer.model.documents import Embed, Subset
from optimizer.model.names import TableName
from optimizer.model.structure import Structure
from optimizer.queries.tree import unqualified
from tests.engines.mongo.compile_schema import SCHEMA

FOLDER = Path(__file__).parent / "golden"


def _name(table: str) -> TableName:
    return TableName("public", table)


DESIGNS: dict[str, tuple[Structure, ...]] = {
    "reference": (),
    "items in orders": (Embed(_name("items"), _name("orders"), "items_order_id_fkey", "items"),),
    "profile in user": (
        Embed(_name("profiles"), _name("users"), "profiles_user_id_fkey", "profile", many=False),
    ),
    "reviews in products": (
        Embed(_name("reviews"), _name("products"), "reviews_product_id_fkey", "reviews"),
    ),
    "copies": (
        ExtendedReference(
            _name("items"), _name("products"), "items_product_id_fkey", "product", ("sku", "name")
        ),
        ExtendedReference(
            _name("orders"), _name("users"), "orders_seller_id_fkey", "seller", ("name", "age")
        ),
        ExtendedReference(_name("reviews"), _name("users"), "reviews_user_id_fkey", "author", ("name",)),
        ExtendedReference(
            _name("product_labels"), _name("labels"), "product_labels_label_id_fkey", "label", ("name",)
        ),
    ),
    "counters": (
        Computed(_name("products"), _name("reviews"), "reviews_product_id_fkey", "review_count", "count"),
        Computed(
            _name("products"), _name("reviews"), "reviews_product_id_fkey", "rating_sum", "sum", "rating"
        ),
        Computed(
            _name("products"), _name("reviews"), "reviews_product_id_fkey", "helpful_sum", "sum", "helpful"
        ),
        Computed(
            _name("products"),
            _name("reviews"),
            "reviews_product_id_fkey",
            "helpful_count",
            "count",
            "helpful",
        ),
        Computed(_name("orders"), _name("items"), "items_order_id_fkey", "items_total", "sum", "price"),
    ),
    "latest reviews": (
        Subset(
            _name("products"),
            _name("reviews"),
            "reviews_product_id_fkey",
            "latest",
            (("created_at", True), ("id", True)),
            3,
            ("id", "rating", "created_at", "user_id"),
        ),
    ),
}


@dataclass(frozen=True)
class Pair:
    """One golden pair: a statement, the designs it is shown on, and what it is executed with."""

    file: str
    title: str
    designs: tuple[str, ...]
    bindings: tuple[Mapping[str, Any], ...]
    sql: str
    expected: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.file}: {self.title}"


def layout(design: str) -> Layout:
    """The layout of a design's name."""
    return Layout(SCHEMA, frozenset(DESIGNS[design]))


def pairs() -> list[Pair]:
    """All pairs of all files."""
    return [pair for path in sorted(FOLDER.glob("*.txt")) for pair in _read(path)]


def compiled(pair: Pair, design: str) -> Statement | NotCompiled:
    """The pair's statement on a design."""
    try:
        return compile_select(unqualified(pair.sql), layout(design))
    except NotCompiled as error:
        return error


def rendered(made: Statement | NotCompiled) -> str:
    """A statement as people read it, a stage a line."""
    if isinstance(made, NotCompiled):
        return f"not compiled: {made.why}"
    (operation,) = made.operations
    lines = []
    if isinstance(operation, Find):
        lines += [f"find {operation.collection} {text(operation.filter)}"]
        lines += [f"  project {text(operation.projection)}"] if operation.projection else []
        lines += [f"  sort {text(dict(operation.sort))}"] if operation.sort else []
        lines += [f"  skip {text(operation.skip)}"] if operation.skip != 0 else []
        lines += [f"  limit {text(operation.limit)}"] if operation.limit != 0 else []
    elif isinstance(operation, Aggregate):
        lines += [f"aggregate {operation.collection}"]
        lines += [line for stage in operation.pipeline for line in _stage(stage, "  ")]
    lines += [
        "answer " + ", ".join(o.name if o.name == o.path else f"{o.name}: {o.path}" for o in made.outputs)
    ]
    lines += [f"empty {text(list(made.empty))}"] if made.empty is not None else []
    return "\n".join(lines)


def _stage(stage: Mapping[str, Any], indent: str) -> list[str]:
    ((name, body),) = stage.items()
    if isinstance(body, Mapping) and body.get("pipeline"):
        head = {key: value for key, value in body.items() if key != "pipeline"}
        inner = [line for one in body["pipeline"] for line in _stage(one, indent + "    ")]
        return [f"{indent}{name} {text(head)}", *inner]
    return [f"{indent}{name} {text(body)}"]


def text(value: Any) -> str:
    """A value as it would be written in mongosh, leaves by their SQL."""
    if isinstance(value, Leaf):
        return (
            value.text
            if value.form == "value" and value.text.startswith(":")
            else f"<{value.form} {value.text}>"
        )
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)}: {text(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(text(part) for part in value) + "]"
    if value is None or isinstance(value, str | bool | int | float):
        return json.dumps(value, ensure_ascii=False)
    return f"<{value}>"


def _key(key: str) -> str:
    return key if re.fullmatch(r"[\w$]+", key) else json.dumps(key)


def _read(path: Path) -> list[Pair]:
    parts = re.split(r"^== ", path.read_text(), flags=re.M)[1:]
    return [_pair(path.stem, part) for part in parts]


def _pair(file: str, part: str) -> Pair:
    head, *answers = re.split(r"^--> ", part, flags=re.M)
    title, *lines = head.strip().splitlines()
    fields = [line.partition(": ") for line in lines if re.match(r"(design|with): ", line)]
    sql = "\n".join(line for line in lines if not re.match(r"(design|with): ", line))
    designs = next((value for name, _, value in fields if name == "design"), "reference")
    bindings = tuple(json.loads(value) for name, _, value in fields if name == "with")
    expected = {}
    for answer in answers:
        name, _, program = answer.partition("\n")
        expected[name.strip()] = program.strip()
    return Pair(file, title, tuple(designs.split(", ")), bindings or ({},), sql.strip(), expected)


def _written(pair: Pair) -> str:
    lines = [f"== {pair.title}"]
    lines += [f"design: {', '.join(pair.designs)}"] if pair.designs != ("reference",) else []
    lines += [f"with: {json.dumps(dict(b), ensure_ascii=False)}" for b in pair.bindings if b]
    lines += [pair.sql]
    for design in pair.designs:
        lines += [f"--> {design}", rendered(compiled(pair, design))]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the programs of all files anew."""
    for path in sorted(FOLDER.glob("*.txt")):
        path.write_text("\n".join(_written(pair) for pair in _read(path)))


if __name__ == "__main__":
    main()
