"""The documentation holds: examples are read, commands exist, links lead somewhere, nothing is left out."""

from __future__ import annotations

import inspect
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

from generators.entry import KINDS
from optimizer import equivalence
from optimizer.cli import app
from optimizer.dataset.making import cache
from optimizer.engines.providers import home
from optimizer.engines.providers.mongo import container as mongo_container
from optimizer.engines.providers.postgres import container
from optimizer.engines.providers.timescale import container as timescale_container
from optimizer.environment import environment
from optimizer.errors import OptimizerError
from optimizer.report.result_json import as_values, load
from optimizer.search import score
from optimizer.workload import sections
from optimizer.workload.document import parse
from optimizer.workload.read import read
from tests.report.made_up import STRUCTURED

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")))
REFERENCE = sorted((ROOT / "results" / "reference").glob("**/result.json"))
COMMANDS = typer.main.get_command(app)
HARMLESS = ("engines", "--help")
"""Commands that are run; of all others the options are read."""

BY_NAME = {"designs", "rows", "settings", "phases", "engines", "queries", "rewritten"}
"""Fields that may be a mapping whose keys are names of the run's own."""


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _blocks(*languages: str) -> list[tuple[str, str]]:
    """The fenced blocks of all pages: the page's name and the block."""
    fence = re.compile(rf"^```(?:{'|'.join(languages)})\n(.*?)^```", re.DOTALL | re.MULTILINE)
    return [(page.name, found) for page in PAGES for found in fence.findall(page.read_text(encoding="utf-8"))]


def _whole_workloads() -> list[tuple[str, str]]:
    needed = {"schema", "volumes", "queries"}
    return [(page, text) for page, text in _blocks("yaml") if needed <= parse(text, page).data.keys()]


def _commands() -> list[list[str]]:
    """Every line that starts with a program, its variables taken off."""
    lines = (line for _, text in _blocks("sh", "console") for line in text.splitlines())
    words = (shlex.split(line.removeprefix("$ "), comments=True) for line in lines)
    return [[w for n, w in enumerate(one) if "=" not in w or n] for one in words if one]


def _optimize() -> list[list[str]]:
    return [words[1:] for words in _commands() if words[0] == "optimize"]


@pytest.mark.parametrize(("page", "text"), _whole_workloads())
def test_a_whole_workload_is_read_without_problems(page: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "example.yaml"
    path.write_text(text, encoding="utf-8")
    assert read(path).queries, page


def test_there_are_whole_workloads_for_a_first_user_and_for_the_generators() -> None:
    assert {page for page, _ in _whole_workloads()} >= {"README.md", "workload-file.md", "generators.md"}


@pytest.mark.parametrize("arguments", _optimize(), ids=" ".join)
def test_a_command_of_the_documentation_exists(arguments: list[str]) -> None:
    if arguments[0] in HARMLESS:
        program = "from optimizer.cli import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments], capture_output=True, text=True, cwd=ROOT, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "postgres" in done.stdout or "Usage" in done.stdout
        return
    assert isinstance(COMMANDS, typer.core.TyperGroup)
    named = arguments[0] in COMMANDS.commands
    command = COMMANDS.commands[arguments[0] if named else "run"]
    context = command.make_context("optimize", arguments[named:])
    assert context.params["workload"].suffix == ".yaml"


def test_commands_of_make_are_targets() -> None:
    targets = set(re.findall(r"^([a-z]+):", _text("Makefile"), re.MULTILINE))
    asked = {words[1] for words in _commands() if words[0] == "make"}
    prose = {name for page in PAGES for name in re.findall(r"`make ([a-z]+)`", page.read_text("utf-8"))}
    assert {"optimize", "test"} <= asked
    assert (asked | prose) - targets == set()


def test_every_option_of_the_command_line_is_real() -> None:
    assert isinstance(COMMANDS, typer.core.TyperGroup)
    known = {
        option
        for command in COMMANDS.commands.values()
        for parameter in command.params
        for option in parameter.opts
    }
    named = {option for page in PAGES for option in re.findall(r"`(--[a-z-]+)", page.read_text("utf-8"))}
    assert named - known == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_documents_resolve(page: Path) -> None:
    broken = [link for link in _links(page.read_text(encoding="utf-8")) if not _resolves(page, link)]
    assert broken == []


def _links(text: str) -> Iterator[str]:
    return (link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not link.startswith("https://"))


def _resolves(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    return target.is_file() and (not anchor or anchor in _anchors(target.read_text(encoding="utf-8")))


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_document_is_reached_from_the_readme() -> None:
    linked = {link.partition("#")[0] for link in _links(_text("README.md"))}
    assert {f"docs/{page.name}" for page in PAGES if page.parent.name == "docs"} - linked == set()


def _sections() -> list[type[sections.Section]]:
    found = [kind for _, kind in inspect.getmembers(sections, inspect.isclass)]
    return [kind for kind in found if issubclass(kind, sections.Section) and kind is not sections.Section]


@pytest.mark.parametrize("section", _sections())
def test_every_key_of_the_workload_is_mentioned(section: type[sections.Section]) -> None:
    text = _text("docs/workload-file.md")
    without_a_key = {"rows"} if section is sections.VolumeSection else set()
    missing = [
        key for key in section.field_of_key() if key not in without_a_key and not _is_mentioned(key, text)
    ]
    assert missing == []


def _is_mentioned(key: str, text: str) -> bool:
    return bool(re.search(rf"`{key}`|^ *{key}:|[{{ ]{key}: ", text, re.MULTILINE))


@pytest.mark.parametrize("page", ["docs/workload-file.md", "docs/generators.md"])
def test_every_generator_is_described(page: str) -> None:
    text = _text(page)
    short = page.endswith("workload-file.md")
    kinds = set(KINDS) - ({"constant"} if short else set())
    assert [kind for kind in sorted(kinds) if f"`{{{kind}: " not in text] == []


def test_every_option_of_a_generator_is_described() -> None:
    rows = {
        kind: line
        for line in _text("docs/generators.md").splitlines()
        if line.startswith("| `{") and (kind := line.removeprefix("| `{").partition(":")[0]) in KINDS
    }
    missing = [
        (kind, option) for kind, line in rows.items() for option in KINDS[kind] if f"`{option}" not in line
    ]
    assert missing == []


def _names(values: Any) -> Iterator[str]:
    """The names of all fields, those under a name of the run's own left out."""
    if isinstance(values, list):
        for value in values:
            yield from _names(value)
    elif isinstance(values, Mapping):
        for key, value in values.items():
            yield key
            yield from _fields_below(key, value)


def _fields_below(key: str, value: Any) -> Iterator[str]:
    by_name = key in BY_NAME and isinstance(value, Mapping)
    for inner in value.values() if by_name else (value,):
        yield from _names(inner)


def _undescribed(values: Mapping[str, Any]) -> set[str]:
    text = _text("docs/results.md")
    designs = {name for engine in values["engines"].values() for name in engine["designs"]}
    return {name for name in _names(values) if f"`{name}`" not in text} - designs - set(values["engines"])


def test_every_field_of_a_result_is_described() -> None:
    values = as_values(STRUCTURED)
    values["environment"] = environment()
    assert _undescribed(values) == set()


@pytest.mark.parametrize("path", REFERENCE, ids=lambda path: path.parent.name)
def test_every_field_of_the_reference_result_is_described(path: Path) -> None:
    values = load(path.read_text(encoding="utf-8"))
    text = _text("docs/results.md")
    assert _undescribed(values) == set()
    assert [phase for phase in values["phases"] if f"`{phase}`" not in text] == []


def test_the_figures_of_the_readme_are_those_of_the_reference_run() -> None:
    report = _text("results/reference/shop/report.md")
    script = _text("results/reference/shop/postgres/schema.sql")
    rows = re.findall(r"^\| \w+ \| [\d.]+% \|.*$", _text("README.md"), re.MULTILINE)
    indexes = [part for page, text in _blocks("sql") if page == "README.md" for part in text.split("\n\n")]
    assert rows
    assert [row for row in rows if row not in report] == []
    assert indexes
    assert [index for index in indexes if index.strip() not in script] == []


def test_the_figures_of_the_comparison_are_those_of_its_run() -> None:
    _, _, section = _text("docs/comparing.md").partition("## A result\n")
    section, _, _ = section.partition("\n## ")
    report = _text("results/reference/shop-compared/report.md")
    rows = [line for line in section.splitlines() if line.startswith("|")]
    assert len(rows) > 5
    assert [row for row in rows if row not in report] == []
    assert re.findall(r"[\d.]+ to [\d.]+", section) == re.findall(r"over the mix \((.*?)\)", report)[:1]


def test_every_exit_status_is_described() -> None:
    rows = dict(re.findall(r"^\| (\d+) \| (.+) \|$", _text("docs/results.md"), re.MULTILINE))
    known = {OptimizerError.exit_status, *(kind.exit_status for kind in OptimizerError.__subclasses__())}
    assert set(rows) == {str(status) for status in {0, *known}}


@pytest.mark.parametrize(
    "variable",
    [
        home.VARIABLE,
        cache.VARIABLE,
        container.IMAGE_VARIABLE,
        timescale_container.IMAGE_VARIABLE,
        mongo_container.IMAGE_VARIABLE,
    ],
    ids=lambda name: name,
)
def test_every_environment_variable_is_described(variable: str) -> None:
    assert f"| `{variable}` |" in _text("docs/engines-and-providers.md")


@pytest.mark.parametrize(("page", "module"), [("docs/score.md", score), ("docs/equivalence.md", equivalence)])
def test_a_definition_is_the_code_s_own(page: str, module: Any) -> None:
    definition = inspect.getdoc(module)
    assert definition
    assert definition in _text(page)


def test_the_example_of_the_score_is_right() -> None:
    figures = (score.QueryFigures(0.9, 100, 20, 8), score.QueryFigures(0.1, 100, 400, 250))
    value = score.score(figures, 512 << 20).value
    assert f"= {value:g}." in _text("docs/score.md")


def test_the_function_of_the_user_s_own_gives_its_values() -> None:
    ((page, text),) = _blocks("python")
    names: dict[str, Any] = {}
    exec(compile(text, page, "exec"), names)
    values = names["price"](np.random.default_rng(1), 10, 0)
    assert len(values) == 10
    assert list(values) == list(names["price"](np.random.default_rng(1), 10, 0))
