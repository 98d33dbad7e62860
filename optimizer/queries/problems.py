"""What can be told of a query without a server: texts that are no statement, parameters without values."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from optimizer.errors import Position, Problem
from optimizer.model.query import ParameterSpec, Query, SourceText
from optimizer.model.schema import Schema
from optimizer.queries import parameters
from optimizer.queries.evaluation import can_evaluate
from optimizer.queries.parameters import UnreadableSql, tokens
from optimizer.queries.rules import Rule, rules

_EVALUATED = frozenset({"compared", "element", "low", "high", "pattern", "prefix", "substring"})


def problems(query: Query, schema: Schema) -> tuple[Problem, ...]:
    """All mistakes of the query, in no particular order; none where it can be run and given parameters."""
    unreadable = tuple(problem for text in query.statements for problem in _of_text(text, query.name))
    return unreadable or (*_unused(query), *_misnamed(query, schema), *_unknown(query, schema))


def _of_text(text: SourceText, name: str) -> Iterator[Problem]:
    try:
        words = tokens(text.text)
    except UnreadableSql as error:
        yield Problem(f"query {name}: {error}", text.position(0), "close what was opened")
        return
    ends = [word for word in words if word.text == ";"]
    if not words or len(words) == len(ends):
        yield Problem(
            f"query {name}: there is no statement", text.position(0), "write one, or leave the query out"
        )
    elif ends and ends[0] is not words[-1]:
        hint = "write `sql` as a list with one statement an entry: they run as one transaction"
        yield Problem(f"query {name}: several statements in one text", text.position(ends[0].start), hint)


def _unused(query: Query) -> Iterator[Problem]:
    used = parameters.names(*(text.text for text in query.statements))
    for name, spec in query.params.items():
        if name not in used:
            near = get_close_matches(name, used, n=1)
            hint = f"did you mean {near[0]}?" if near else "leave it out"
            yield Problem(f"query {query.name}: no statement uses :{name}", _place(spec, query), hint)


def _misnamed(query: Query, schema: Schema) -> Iterator[Problem]:
    for name, spec in query.params.items():
        if spec.kind not in ("new", "column"):
            continue
        table_text, _, column = str(spec.argument).rpartition(".")
        table = schema.find(table_text)
        if table is None or column not in table.by_name:
            known = [f"{t.name}.{c.name}" for t in schema.tables for c in t.columns]
            near = get_close_matches(str(spec.argument), known, n=1)
            hint = f"did you mean {near[0]}?" if near else "write table.column"
            message = f"query {query.name}: :{name} is to come from {spec.argument}, which is no column"
            yield Problem(message, _place(spec, query), hint)


def _unknown(query: Query, schema: Schema) -> Iterator[Problem]:
    for rule in rules(query, schema):
        if rule.name not in query.params and not _is_known(rule):
            hint = (
                f"write under `params`, for example `{rule.name}: {{column: table.column}}`, "
                f"`{rule.name}: {{value: 10}}` or a generator as under `data`"
            )
            message = f"query {query.name}: no column tells what the values of :{rule.name} are"
            yield Problem(message, _first_place(query, rule.name), hint)


def _is_known(rule: Rule) -> bool:
    if rule.kind == "unknown":
        return False
    text = rule.use.expression
    return text is None or rule.kind not in _EVALUATED or can_evaluate(text)


def _place(spec: ParameterSpec, query: Query) -> Position | None:
    return spec.position or query.position


def _first_place(query: Query, name: str) -> Position | None:
    for text in query.statements:
        for occurrence in parameters.occurrences(text.text):
            if occurrence.name == name:
                return text.position(occurrence.start)
    return query.position
