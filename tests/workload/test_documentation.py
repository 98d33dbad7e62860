"""The examples in docs/workload-file.md are read as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from optimizer.workload.document import parse
from optimizer.workload.read import read
from optimizer.workload.sections import QuerySection, WorkloadSection

TEXT = (Path(__file__).parents[2] / "docs" / "workload-file.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
FIRST = EXAMPLES[0]


def test_the_first_example_is_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "articles.yaml"
    path.write_text(FIRST, encoding="utf-8")
    workload = read(path)
    assert [query.name for query in workload.queries] == ["latest_of_author"]
    assert workload.name == "articles"


@pytest.mark.parametrize("example", EXAMPLES[1:], ids=lambda text: text.split(":")[0])
def test_each_example_is_a_part_of_a_file(example: str, tmp_path: Path) -> None:
    added = parse(example, "example").data
    kept = re.split(r"\n(?=\w)", FIRST)
    path = tmp_path / "part.yaml"
    for name in ("countries.parquet", "dba-proposal.sql"):
        (tmp_path / name).write_text("CREATE INDEX ON articles (author_id);", encoding="utf-8")
    path.write_text(
        "\n".join([*(part for part in kept if part.split(":")[0] not in added), example]), "utf-8"
    )
    workload = read(path)
    assert next(iter(added)) in WorkloadSection.field_of_key()
    assert workload.queries


@pytest.mark.parametrize("section", [WorkloadSection, QuerySection])
def test_every_key_is_described(section: type[WorkloadSection | QuerySection]) -> None:
    missing = [key for key in section.field_of_key() if f"`{key}`" not in TEXT]
    assert missing == []
