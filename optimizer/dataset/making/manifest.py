"""The file that says that a dataset's folder is complete; it is written last."""

from __future__ import annotations

import json
from pathlib import Path

from optimizer.dataset.dataset import Dataset

NAME = "manifest.json"


def write(folder: Path, dataset: Dataset) -> None:
    """Says that all files are there, with their sizes in bytes."""
    content = {
        "digest": dataset.digest,
        "tables": {str(table.name): table.rows for table in dataset.tables},
        "files": {file.name: file.stat().st_size for table in dataset.tables for file in table.files},
    }
    part = folder / f"{NAME}.part"
    part.write_text(json.dumps(content, indent=1), encoding="utf-8")
    part.replace(folder / NAME)


def is_complete(folder: Path, dataset: Dataset) -> bool:
    """True where the manifest is there, and every file as long as it says."""
    try:
        content = json.loads((folder / NAME).read_text(encoding="utf-8"))
        sizes = {file.name: file.stat().st_size for table in dataset.tables for file in table.files}
    except (OSError, json.JSONDecodeError):
        return False
    return isinstance(content, dict) and content.get("digest") == dataset.digest and content["files"] == sizes
