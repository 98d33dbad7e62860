"""Twenty-odd mistakes that a compiler makes, each as a change of a program that is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bson.regex import Regex

from optimizer.engines.mongo.program import Aggregate, Find, Operation, Program, Require, Statement, Update
from tests.engines.mongo.rewriting import Fault, nodes, operations, pipelines


def swapped(before: str, after: str) -> Fault:
    """One operator of the match language in place of another; in expressions it stays."""

    def change(node: Any) -> Any:
        if not isinstance(node, dict) or before not in node:
            return node
        if node[before] is None or isinstance(node[before], list):
            return node
        return {after if key == before else key: value for key, value in node.items()}

    return nodes(change)


def renamed(before: str, after: str) -> Fault:
    """One operator in place of another, everywhere."""

    def change(node: Any) -> Any:
        if not isinstance(node, dict):
            return node
        return {after if key == before else key: value for key, value in node.items()}

    return nodes(change)


def _drop_last_condition(operation: Operation) -> Operation:
    if isinstance(operation, Find) and operation.filter:
        return replace(operation, filter=dict(list(operation.filter.items())[:-1]))
    if isinstance(operation, Aggregate) and "$match" in operation.pipeline[0]:
        first, *rest = operation.pipeline
        return replace(operation, pipeline=[{"$match": dict(list(first["$match"].items())[:-1])}, *rest])
    return operation


def _without_guard(node: Any) -> Any:
    if isinstance(node, dict) and isinstance(node.get("$nin"), list):
        return {**node, "$nin": [value for value in node["$nin"] if value is not None]}
    return node


def _sorts(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Fault:
    """A change of every sort, also of those of finds."""
    in_pipelines = nodes(
        lambda n: {"$sort": change(n["$sort"])} if isinstance(n, dict) and set(n) == {"$sort"} else n
    )
    in_finds = operations(
        lambda o: (
            replace(o, sort=tuple(change(dict(o.sort)).items())) if isinstance(o, Find) and o.sort else o
        )
    )
    return lambda program: in_finds(in_pipelines(program))


def _without_last(sort: dict[str, Any]) -> dict[str, Any]:
    return dict(list(sort.items())[:-1]) if len(sort) > 1 else sort


def _counts(stage: str, of_find: str) -> Fault:
    """One more in every `$limit` or `$skip`, also in those of finds."""
    in_stages = nodes(
        lambda n: {stage: n[stage] + 1} if isinstance(n, dict) and isinstance(n.get(stage), int) else n
    )

    def in_find(operation: Operation) -> Operation:
        count = getattr(operation, of_find) if isinstance(operation, Find) else 0
        return replace(operation, **{of_find: count + 1}) if count else operation

    return lambda program: operations(in_find)(in_stages(program))


def _unwound(node: Any) -> Any:
    """A plain `$unwind` that keeps documents without an element."""
    if isinstance(node, dict) and isinstance(node.get("$unwind"), str):
        return {"$unwind": {"path": node["$unwind"], "preserveNullAndEmptyArrays": True}}
    return node


def _dropping(node: Any) -> Any:
    """An `$unwind` that drops documents without an element."""
    if isinstance(node, dict) and isinstance(node.get("$unwind"), dict):
        return {"$unwind": node["$unwind"]["path"]}
    return node


def _zero_for_null(node: Any) -> Any:
    """What is null where nothing was counted, without the question."""
    match node:
        case {"$cond": [{"$gt": [_, 0]}, expression, None]}:
            return expression
    return node


def _every_row(node: Any) -> Any:
    match node:
        case {"$sum": {"$cond": [_, 1, 0]}}:
            return {"$sum": 1}
    return node


def _sunday(node: Any) -> Any:
    return {**node, "startOfWeek": "sunday"} if isinstance(node, dict) and "startOfWeek" in node else node


def _fraction(node: Any) -> Any:
    match node:
        case {"$toInt": {"$divide": _} as quotient} | {"$trunc": {"$divide": _} as quotient}:
            return quotient
    return node


def _half_even(node: Any) -> Any:
    match node:
        case {"$trunc": [{"$add": [number, _]}, places]}:
            return {"$round": [number, places]}
    return node


def _anywhere(node: Any) -> Any:
    """A pattern that may be found anywhere."""
    if isinstance(node, Regex):
        return Regex(node.pattern.removeprefix(r"\A").removesuffix(r"\z"), node.flags)
    return node


def _case_minded(node: Any) -> Any:
    if isinstance(node, Regex):
        return Regex(node.pattern.lower(), 0)
    if isinstance(node, dict) and "i" in str(node.get("$options", "")):
        return {**node, "$options": node["$options"].replace("i", "")}
    return node


def _any_element(stages: list[Any]) -> list[Any]:
    """The stages without the `$match` behind an `$unwind`: another element of the array may be the one."""
    pairs = zip([{}, *stages], stages, strict=False)
    return [stage for before, stage in pairs if not ("$unwind" in before and "$match" in stage)]


def _turned(node: Any) -> Any:
    """Rows that have something where those that have nothing are asked for."""
    if isinstance(node, dict) and set(node) == {"$match"}:
        return {"$match": {k: {"$ne": []} if v == [] else v for k, v in node["$match"].items()}}
    return node


def _shorter_list(node: Any) -> Any:
    if isinstance(node, dict) and isinstance(node.get("$in"), list) and len(node["$in"]) > 1:
        return {**node, "$in": node["$in"][:-1]}
    return node


def _all_looked_up(node: Any) -> Any:
    """A `$lookup` without the first filter of its pipeline."""
    match node:
        case {"$lookup": {"pipeline": [{"$match": _}, *rest], **others}}:
            return {"$lookup": {**others, "pipeline": rest}}
    return node


def _other_branch(node: Any) -> Any:
    match node:
        case {"$cond": [condition, yes, no]} if yes is not None and no is not None and yes not in (1, 0):
            return {"$cond": [condition, no, yes]}
    return node


def _unguarded(operation: Operation) -> Operation | None:
    if isinstance(operation, Update):
        return replace(operation, expect="", unless=())
    return None if isinstance(operation, Require) else operation


def _one_error(operation: Operation) -> Operation:
    """An update that tells one error alone where nothing matched."""
    return replace(operation, unless=()) if isinstance(operation, Update) else operation


def _into_any(operation: Operation) -> Operation:
    """An update that finds its document without looking at the keys within."""
    if not isinstance(operation, Update) or not operation.unless:
        return operation
    return replace(operation, filter={key: operation.filter[key] for key in list(operation.filter)[:1]})


def _sent_once(program: Program) -> Program:
    """Only the first update of a statement is sent: what stands in other documents isn't kept up."""

    def of_statement(statement: Statement) -> Statement:
        updates = [one for one in statement.operations if isinstance(one, Update)]
        kept = [one for one in statement.operations if one not in updates[1:]]
        return replace(statement, operations=tuple(kept))

    return replace(program, statements=tuple(of_statement(one) for one in program.statements))


def _first_write_alone(program: Program) -> Program:
    """An insert or delete without the updates that go with it: counters and subsets aren't kept up."""

    def of_statement(statement: Statement) -> Statement:
        if all(isinstance(one, Update | Find | Aggregate) for one in statement.operations):
            return statement
        kept = [one for one in statement.operations if not isinstance(one, Update)]
        return replace(statement, operations=tuple(kept)) if kept else statement

    return replace(program, statements=tuple(of_statement(one) for one in program.statements))


def _without_empty_row(program: Program) -> Program:
    return replace(program, statements=tuple(replace(one, empty=None) for one in program.statements))


FAULTS: Mapping[str, Fault] = {
    "a condition is dropped": operations(_drop_last_condition),
    "> lets the equal in": swapped("$gt", "$gte"),
    "<= leaves the equal out": swapped("$lte", "$lt"),
    "<> and NOT IN let nulls in": nodes(_without_guard),
    "OR is AND": renamed("$or", "$and"),
    "IN loses its last value": nodes(_shorter_list),
    "nulls are at the wrong end": _sorts(lambda sort: {k: v for k, v in sort.items() if "null_" not in k}),
    "descending is ascending": _sorts(lambda sort: {key: abs(way) for key, way in sort.items()}),
    "the last sort key is dropped": _sorts(_without_last),
    "LIMIT is one more": _counts("$limit", "limit"),
    "OFFSET is one more": _counts("$skip", "skip"),
    "an outer join drops rows": nodes(_dropping),
    "an inner join keeps rows": nodes(_unwound),
    "a joined row's condition is dropped": nodes(_all_looked_up),
    "SUM of nothing is 0": nodes(_zero_for_null),
    "an aggregate over nothing has no row": _without_empty_row,
    "COUNT of a column counts nulls": nodes(_every_row),
    "COUNT(DISTINCT) counts doubles": renamed("$addToSet", "$push"),
    "COUNT(DISTINCT) counts nulls": nodes(lambda node: None if node == "$$REMOVE" else node),
    "MAX is MIN": renamed("$max", "$min"),
    "weeks begin on Sunday": nodes(_sunday),
    "integers divide into fractions": nodes(_fraction),
    "halves are rounded to even": nodes(_half_even),
    "LIKE finds its pattern anywhere": nodes(_anywhere),
    "ILIKE minds the case": nodes(_case_minded),
    "CASE takes the other branch": nodes(_other_branch),
    "another element of an array matches": pipelines(_any_element),
    "NOT EXISTS is EXISTS": nodes(_turned),
    "copies aren't rewritten": _sent_once,
    "counters aren't kept up": _first_write_alone,
    "a missing parent isn't noticed": operations(_unguarded),
    "a row of the same key isn't told": operations(_one_error),
    "a row of the same key goes in": operations(_into_any),
}
