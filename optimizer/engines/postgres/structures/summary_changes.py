"""The body of the function that keeps a summary: what each event of its table changes in it."""

from __future__ import annotations

from textwrap import indent

from optimizer.engines.postgres.structures.summary_texts import EXTREMES, SummaryTexts, plain_total
from optimizer.engines.postgres.structures.triggers import full_name


def body(texts: SummaryTexts) -> str:
    """All events in one function, told apart by TG_OP. Extremes that have gone and groups without rows are
    looked for only where a statement has taken rows away."""
    removed = [_removed_groups(texts), *_recomputed(texts)]
    return indent(
        "\n".join(
            [
                "IF TG_OP = 'TRUNCATE' THEN",
                f"  TRUNCATE {texts.name};",
                "  RETURN NULL;",
                "ELSIF TG_OP = 'INSERT' THEN",
                indent(_put_in(texts, _inserted(texts)), "  "),
                "  RETURN NULL;",
                "ELSIF TG_OP = 'DELETE' THEN",
                indent(_put_in(texts, _deleted(texts)), "  "),
                "ELSE",
                indent(_put_in(texts, _updated(texts)), "  "),
                "END IF;",
                "IF NOT FOUND THEN",
                "  RETURN NULL;",
                "END IF;",
                *removed,
                "RETURN NULL;",
            ]
        ),
        "  ",
    )


def _put_in(texts: SummaryTexts, changes: str) -> str:
    """Changes by group, in the order of the key, added to what the summary has."""
    return (
        f"INSERT INTO {texts.name} AS kept ({texts.columns})\n{changes}\nORDER BY {texts.keys}\n"
        f"ON CONFLICT ({texts.keys}) DO UPDATE SET\n{indent(_taken_in(texts), '  ')};"
    )


def _taken_in(texts: SummaryTexts) -> str:
    lines = []
    for name, function, _ in texts.totals:
        if function in EXTREMES:
            lines.append(f"{name} = {EXTREMES[function][0]}(kept.{name}, EXCLUDED.{name})")
        else:
            lines.append(f"{name} = kept.{name} + EXCLUDED.{name}")
    return ",\n".join(lines)


def _inserted(texts: SummaryTexts) -> str:
    return texts.added_up(texts.rows_of("added", *texts.values), plain_total)


def _deleted(texts: SummaryTexts) -> str:
    def total(function: str, column: str | None) -> str:
        return "NULL" if function in EXTREMES else f"-{plain_total(function, column)}"

    return texts.added_up(texts.rows_of("removed", *texts.values), total)


def _updated(texts: SummaryTexts) -> str:
    """The difference; groups for which there is none are left alone."""
    mark = _free_name(texts)

    def total(function: str, column: str | None) -> str:
        added = plain_total(function, column, mark)
        return added if function in EXTREMES else f"{added} - {plain_total(function, column, f'NOT {mark}')}"

    both = (
        f"{texts.rows_of('added', *texts.values, f'true AS {mark}')}\n"
        f"  UNION ALL {texts.rows_of('removed', *texts.values, f'false AS {mark}')}"
    )
    before = ", ".join(plain_total(function, column, f"NOT {mark}") for _, function, column in texts.totals)
    after = ", ".join(plain_total(function, column, mark) for _, function, column in texts.totals)
    return f"{texts.added_up(both, total)}\nHAVING ROW({before})\n  IS DISTINCT FROM ROW({after})"


def _removed_groups(texts: SummaryTexts) -> str:
    rows, _, _ = texts.totals[0]
    return (
        f"DELETE FROM {texts.name} kept\nUSING (\n  SELECT DISTINCT {texts.keys}\n"
        f"  FROM ({texts.rows_of('removed')}) one) gone\n"
        f"WHERE {texts.same_group('kept', 'gone')} AND kept.{rows} = 0;"
    )


def _recomputed(texts: SummaryTexts) -> list[str]:
    """Extremes that were among the rows that have gone, and sums that were not a number, from the table."""
    fields = [*texts.extremes, *((name, "sum", of) for name, of in texts.decimal_sums)]
    if not fields:
        return []
    gone = [f"{function}({of}) AS {name}" for name, function, of in texts.extremes]
    tests = [f"kept.{name} {EXTREMES[function][1]} gone.{name}" for name, function, _ in texts.extremes]
    tests += [f"kept.{name} = 'NaN'" for name, _ in texts.decimal_sums]
    columns = tuple(dict.fromkeys(of for _, _, of in fields if of not in texts.expressions))
    lost = tuple(dict.fromkeys(of for _, _, of in texts.extremes if of not in texts.expressions))
    return [
        f"UPDATE {texts.name} kept SET ({', '.join(name for name, _, _ in fields)}) = (\n"
        f"  SELECT {', '.join(plain_total(function, of) for _, function, of in fields)}\n"
        f"  FROM ({texts.rows_of(full_name(texts.base.name), *columns)}) one\n"
        f"  WHERE {texts.same_group('one', 'kept')})\n"
        f"FROM (\n  SELECT {', '.join((texts.keys, *gone))}\n"
        f"  FROM ({texts.rows_of('removed', *lost)}) one\n  GROUP BY {texts.keys}) gone\n"
        f"WHERE {texts.same_group('kept', 'gone')}\n  AND ({' OR '.join(tests)});"
    ]


def _free_name(texts: SummaryTexts) -> str:
    taken = {*texts.groups, *texts.values}
    name = "is_new"
    while name in taken:
        name += "_"
    return name
