"""Facts as lines that a person reads, for the golden files."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.queries.facts import Block, Facts, Operator, OrderTerm, ParameterUse, Predicate, Term


def rendered(facts: Facts) -> str:
    """One line a fact."""
    return "\n".join(_lines(facts))


def _lines(facts: Facts) -> Iterator[str]:
    if facts.gap:
        yield f"gap: {facts.gap}" if facts.complete else f"unread: {facts.gap}"
    for block in facts.blocks:
        yield from _block(block)
    for write in facts.writes:
        yield f"{write.kind.value} {write.table}: {', '.join(write.columns)}"
    for use in facts.parameters:
        yield _use(use)


def _block(block: Block) -> Iterator[str]:
    sources = "; ".join(f"{s.table} {s.alias} ({', '.join(s.columns)})" for s in block.sources)
    yield f"from {sources}{' limited' if block.limited else ''}"
    for predicate in block.predicates:
        yield f"  where {_predicate(predicate)}"
    for edge in block.joins:
        yield f"  join {_term(edge.left)} = {_term(edge.right)}"
    if block.groups:
        yield f"  group {', '.join(_term(term) for term in block.groups)}"
    if block.order:
        yield f"  order {', '.join(_order(term) for term in block.order)}"


def _predicate(predicate: Predicate) -> str:
    kind = "!" if predicate.operator is Operator.OTHER else predicate.operator.value
    used = " ".join(f":{name}" for name in predicate.parameters)
    text = f" [{predicate.text}]" if predicate.text else ""
    parts = (_term(predicate.term), kind, used)
    return " ".join(p for p in parts if p) + text + (" optional" if predicate.optional else "")


def _term(term: Term) -> str:
    shown = f"{term.alias}.{term.column}" if term.column else f"{term.alias}({term.expression})"
    plain = term.column is None or term.expression.strip('"') == term.column
    return shown if plain else f"{shown}?{term.expression}"


def _order(order: OrderTerm) -> str:
    nulls = (
        "" if order.nulls_first == order.descending else f" nulls {'first' if order.nulls_first else 'last'}"
    )
    return f"{_term(order.term)}{' desc' if order.descending else ''}{nulls}"


def _use(use: ParameterUse) -> str:
    column = f" {use.table}.{use.column}" if use.table else ""
    alias = f" as {use.alias}" if use.alias else ""
    path = f" at {'/'.join(use.path)}" if use.path else ""
    through = f" through {use.expression}" if use.expression else ""
    return f":{use.name} {use.role}{column}{alias}{path}{' many' if use.many else ''}{through}"
