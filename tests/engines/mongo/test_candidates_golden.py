"""Golden pairs: a statement and a layout in, the indexes worth measuring on MongoDB out, a file each.

A file holds a title, the layout's name, the statements (each ended by a semicolon), `-- candidates` and their
createIndex statements, and, where something was left out, `-- left out` and what, with its reason.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pymongo import IndexModel
from pymongo.database import Database

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.blueprint import blueprint
from optimizer.engines.mongo.candidates import considered
from optimizer.engines.mongo.indexes import create_index, key_of, options_of
from optimizer.model.design import Candidate, Design
from optimizer.model.structure import Structure
from tests.engines.mongo.candidate_layouts import LAYOUTS, MORE, workload

GOLDEN = sorted((Path(__file__).parent / "golden_candidates").glob("*.txt"))
COMMON = ("hashed indexes", "(user_id) on profiles")
UNASKED = re.compile(r"that goes is looked for")


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden(path: Path) -> None:
    text = path.read_text()
    assert render(text) == text


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_they_can_be_built_together(path: Path, mongo_database: Database[dict[str, Any]]) -> None:
    found, _, structures = candidates_of(path.read_text())
    indexes = [one.index for one in found]
    for collection in blueprint(MORE, Design(structures=structures)).collections:
        mongo_database.create_collection(collection.name, **collection.options)
        own = [index for index in indexes if str(index.table) == collection.name]
        models = [IndexModel(key_of(index), **options_of(index)) for index in (*collection.unique, *own)]
        built = mongo_database[collection.name].create_indexes(models) if models else []
        assert len(set(built)) == len(models)


def candidates_of(
    text: str,
) -> tuple[tuple[Candidate, ...], tuple[tuple[str, str], ...], frozenset[Structure]]:
    """What is considered for a golden file's statements on its layout, and the layout's structures."""
    layout, *statements = text.partition("\n-- candidates\n")[0].split("\n")[1:]
    sql = [part.strip() for part in "\n".join(statements).split(";") if part.strip()]
    kept = re.findall(r"keeps (\w+) for (\d+) s", layout)
    retention = tuple((table, float(seconds)) for table, seconds in kept)
    structures = LAYOUTS[layout.removeprefix("-- layout: ").partition(";")[0]]
    return *considered(workload(*sql, retention=retention), MORE, Layout(MORE, structures)), structures


def render(text: str) -> str:
    """The whole golden file, made anew from its title, layout and statements."""
    found, missing, _ = candidates_of(text)
    lines = [
        f"{create_index(one.index)}; // {one.because}"
        for one in found
        if one.queries or not UNASKED.search(one.because)
    ]
    left_out = [f"// {subject}: {reason}" for subject, reason in missing if subject not in COMMON]
    head = text.partition("\n-- candidates\n")[0].rstrip()
    parts = [head, "", "-- candidates", *lines, *(["", "-- left out", *left_out] if left_out else [])]
    return "\n".join(parts) + "\n"


def test_there_are_golden_files() -> None:
    assert len(GOLDEN) >= 20
