"""The files of a finished run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from optimizer.deliver.header import header
from optimizer.model.result import RunResult
from optimizer.report.folder import RunFolder
from optimizer.report.markdown import to_markdown
from optimizer.report.result_json import to_json

DDL = "schema."
"""How the name of the file with the winning DDL begins."""

_COMMENTS = {".sql": "--", ".js": "//"}


def write_files(result: RunResult, folder: RunFolder, files: Mapping[str, str]) -> None:
    """Write result.json, report.md and what each engine delivers (`files`, by ENGINE/NAME); the winning DDL
    gets its head."""
    for name, content in files.items():
        engine, _, file = name.partition("/")
        is_ddl = file.startswith(DDL)
        head = header(result, result.engines[engine], _COMMENTS[Path(file).suffix]) if is_ddl else ""
        folder.write(name, head + content)
    folder.write("report.md", to_markdown(result))
    folder.write("result.json", to_json(result))
