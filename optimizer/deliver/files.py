"""The files of a finished run."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.deliver.header import header
from optimizer.model.result import RunResult
from optimizer.report.folder import RunFolder
from optimizer.report.markdown import to_markdown
from optimizer.report.result_json import to_json


def write_files(result: RunResult, folder: RunFolder, scripts: Mapping[str, str]) -> None:
    """Write result.json, report.md and each engine's winning DDL (`scripts`, by engine)."""
    for name, script in scripts.items():
        folder.write(f"{name}/schema.sql", header(result, result.engines[name]) + script)
    folder.write("report.md", to_markdown(result))
    folder.write("result.json", to_json(result))
