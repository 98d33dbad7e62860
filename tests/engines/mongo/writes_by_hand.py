"""A schema with all that a write has to keep, designs of it, and writes to be tried in this order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from optimizer.model.denormalisation import Computed, ExtendedReference
from optimizer.model.documents import Embed, Subset
from optimizer.model.names import TableName
from optimizer.model.structure import Structure

DDL = """
CREATE TABLE owners (
  id int PRIMARY KEY, name text NOT NULL, email text UNIQUE, score numeric(8,2) NOT NULL DEFAULT 1.5
);
CREATE TABLE boxes (
  id int PRIMARY KEY, name text NOT NULL, owner_id int REFERENCES owners(id) ON DELETE SET NULL,
  width int NOT NULL DEFAULT 2, height int, area int GENERATED ALWAYS AS (width * height) STORED,
  tags text[] NOT NULL DEFAULT '{}', data jsonb
);
CREATE TABLE things (
  id int PRIMARY KEY, box_id int NOT NULL REFERENCES boxes(id) ON DELETE CASCADE, size int,
  price numeric(8,2), maker_id int REFERENCES owners(id), label text,
  at timestamptz NOT NULL DEFAULT '2024-01-01 00:00Z'
);
CREATE TABLE covers (
  box_id int PRIMARY KEY REFERENCES boxes(id), color text NOT NULL, layers int NOT NULL DEFAULT 1
);
CREATE TABLE notes (
  number serial PRIMARY KEY, box_id int REFERENCES boxes(id), body text NOT NULL, UNIQUE (box_id, body)
);
"""

_T = {name: TableName("public", name) for name in ("owners", "boxes", "things", "covers", "notes")}
_THINGS, _OWNER, _MAKER = "things_box_id_fkey", "boxes_owner_id_fkey", "things_maker_id_fkey"

DESIGNS: dict[str, frozenset[Structure]] = {
    "reference": frozenset(),
    "embedded": frozenset(
        {
            Embed(_T["things"], _T["boxes"], _THINGS, "things"),
            Embed(_T["covers"], _T["boxes"], "covers_box_id_fkey", "cover", many=False),
        }
    ),
    "copies": frozenset(
        {
            ExtendedReference(_T["boxes"], _T["owners"], _OWNER, "owner", ("name", "score")),
            ExtendedReference(_T["things"], _T["boxes"], _THINGS, "box", ("name", "height")),
        }
    ),
    "totals": frozenset(
        {
            Computed(_T["boxes"], _T["things"], _THINGS, "things", "count"),
            Computed(_T["boxes"], _T["things"], _THINGS, "sized", "count", "size"),
            Computed(_T["boxes"], _T["things"], _THINGS, "price", "sum", "price"),
            Computed(_T["boxes"], _T["things"], _THINGS, "size", "sum", "size"),
        }
    ),
    "subset": frozenset(
        {
            Subset(
                _T["boxes"],
                _T["things"],
                _THINGS,
                "newest",
                (("at", True), ("id", False)),
                2,
                ("id", "size", "at"),
            )
        }
    ),
}


class Step:
    """Statements of one transaction with their parameters, the error that PostgreSQL gives, and the gaps."""

    def __init__(self, *sql: str, error: str = "", gaps: tuple[str, ...] = (), **values: Any) -> None:
        self.sql = sql
        self.error = error
        self.gaps = gaps
        self.values: Mapping[str, Any] = values

    def __repr__(self) -> str:
        return f"{self.sql} {dict(self.values)}"


_THING = "INSERT INTO things (id, box_id, size, price, at) VALUES (:id, :box, :size, :price, :at)"
_COVER = "INSERT INTO covers (box_id, color) VALUES (:b, :c) ON CONFLICT (box_id)"
_D = [datetime(2024, 1, day, 12, tzinfo=UTC) for day in range(1, 20)]


def _thing(id: int, box: int, size: int | None, price: str | None, day: int, error: str = "") -> Step:
    return Step(
        _THING,
        error=error,
        id=id,
        box=box,
        size=size,
        price=None if price is None else Decimal(price),
        at=_D[day],
    )


_ALL = tuple(DESIGNS)

STEPS: tuple[Step, ...] = (
    Step("INSERT INTO owners VALUES (1, 'ann', 'a@x', 2.555), (2, 'bob', NULL, DEFAULT), (3, 'cy', NULL, 0)"),
    Step("INSERT INTO owners (id, name, email) VALUES (4, 'dup', 'a@x')", error="duplicate key"),
    Step(
        "INSERT INTO owners (id, name) VALUES (:id, :name) RETURNING id, score, name || '!' AS loud",
        id=5,
        name="$e",
    ),
    Step("INSERT INTO boxes (id, name, owner_id, height) VALUES (1, 'one', 1, 3), (2, 'two', NULL, NULL)"),
    Step(
        "INSERT INTO boxes (id, name, owner_id) VALUES (3, 'three', :owner)", owner=99, error="missing parent"
    ),
    Step("INSERT INTO boxes (id, name, owner_id) VALUES (3, 'three', :owner)", owner=None),
    Step(
        "INSERT INTO boxes (id, name, tags, data) VALUES (4, 'four', ARRAY['a', :t], :data) RETURNING *",
        t="b",
        data='{"a": {"b": 1}}',
    ),
    Step("INSERT INTO boxes (id, name) VALUES (1, 'again')", error="duplicate key"),
    _thing(1, 1, 5, "1.25", 1),
    _thing(2, 1, None, "2.50", 3),
    _thing(3, 1, -7, None, 2),
    _thing(4, 2, None, None, 2),
    _thing(5, 9, 1, "1", 1, error="missing parent"),
    _thing(1, 1, 1, "1", 1, error="duplicate key"),
    _thing(1, 2, 1, "1", 1, error="duplicate key"),
    _thing(1, 9, 1, "1", 1, error="duplicate key"),
    Step(
        "INSERT INTO boxes (id, name, owner_id) VALUES (:b, 'five', 2)",
        "INSERT INTO things (id, box_id, size, maker_id) VALUES (:t, :b, 4, 1)",
        "INSERT INTO covers (box_id, color) VALUES (:b, 'red')",
        b=5,
        t=6,
    ),
    Step("INSERT INTO things (id, box_id, maker_id) VALUES (:id, 5, 77)", id=7, error="missing parent"),
    Step("INSERT INTO covers (box_id, color) VALUES (:b, 'blue')", b=5, error="duplicate key"),
    Step("INSERT INTO covers (box_id, color) VALUES (:b, 'blue')", b=55, error="missing parent"),
    Step("INSERT INTO notes (box_id, body) VALUES (1, 'n1'), (NULL, 'n2')"),
    Step("INSERT INTO notes (box_id, body) VALUES (1, 'n1')", error="duplicate key"),
    Step(
        "INSERT INTO notes (box_id, body) VALUES (:b, :t) ON CONFLICT (box_id, body) DO NOTHING", b=1, t="n1"
    ),
    Step("INSERT INTO notes (box_id, body) VALUES (:b, :t) ON CONFLICT DO NOTHING", b=1, t="n3", gaps=_ALL),
    Step(f"{_THING} ON CONFLICT (id) DO NOTHING", id=1, box=2, size=9, price=None, at=_D[9]),
    Step(f"{_THING} ON CONFLICT (id) DO NOTHING", id=1, box=99, size=9, price=None, at=_D[9]),
    Step(
        f"{_THING} ON CONFLICT (id) DO NOTHING",
        id=8,
        box=99,
        size=9,
        price=None,
        at=_D[9],
        error="missing parent",
    ),
    Step(f"{_THING} ON CONFLICT (id) DO NOTHING", id=8, box=2, size=9, price=Decimal(3), at=_D[9]),
    Step(
        f"{_THING} ON CONFLICT (id) DO UPDATE SET size = EXCLUDED.size, at = EXCLUDED.at",
        id=8,
        box=1,
        size=2,
        price=Decimal(7),
        at=_D[0],
    ),
    Step(
        f"{_THING} ON CONFLICT (id) DO UPDATE SET size = things.size + 1, price = NULL",
        id=8,
        box=1,
        size=2,
        price=Decimal(7),
        at=_D[0],
    ),
    Step(
        f"{_THING} ON CONFLICT (id) DO UPDATE SET size = things.size + 1",
        id=9,
        box=1,
        size=2,
        price=Decimal(7),
        at=_D[5],
    ),
    Step(
        f"{_COVER} DO UPDATE SET color = EXCLUDED.color, layers = covers.layers + 1",
        b=5,
        c="green",
    ),
    Step(
        f"{_COVER} DO UPDATE SET color = EXCLUDED.color, layers = covers.layers + 1",
        b=1,
        c="$x",
    ),
    Step(
        f"{_COVER} DO UPDATE SET color = EXCLUDED.color WHERE covers.layers > 1",
        b=1,
        c="no",
    ),
    Step(f"{_COVER} DO NOTHING", b=1, c="no"),
    Step(
        "INSERT INTO owners (id, name) VALUES (1, :n) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name",
        n="anna",
    ),
    Step(
        "INSERT INTO boxes (id, name, height) VALUES (:id, :n, 4) ON CONFLICT (id)"
        " DO UPDATE SET height = EXCLUDED.height, name = boxes.name || EXCLUDED.name",
        id=1,
        n="x",
    ),
    Step(
        "UPDATE owners SET name = :n, score = score + :d WHERE id = :id", n="annie", d=Decimal("0.25"), id=1
    ),
    Step("UPDATE owners SET score = score * 1.1 WHERE id = 1"),
    Step("UPDATE owners SET name = 'x' WHERE id = 1 AND name = 'nobody'"),
    Step("UPDATE owners SET score = score / 3, name = upper(name) WHERE id = 1"),
    Step("UPDATE owners SET email = 'a@x' WHERE id = 2", error="duplicate key"),
    Step("UPDATE owners SET score = 7 WHERE name LIKE '%b' RETURNING id", gaps=_ALL),
    Step("UPDATE boxes SET width = width + 1, height = height * 2 WHERE id = 1 RETURNING id, area"),
    Step("UPDATE boxes SET width = width * 2 WHERE height IS NOT NULL"),
    Step("UPDATE boxes SET width = 3 WHERE id = 77 RETURNING id"),
    Step("UPDATE boxes SET owner_id = 99 WHERE id = 77"),
    Step("UPDATE boxes SET owner_id = 99 WHERE id = 1", error="missing parent"),
    Step("UPDATE boxes SET owner_id = :o WHERE id = 2", o=3),
    Step("UPDATE boxes SET owner_id = :o WHERE id = 2", o=None),
    Step("UPDATE boxes SET owner_id = 1, name = 'zwei' WHERE id = 2"),
    Step(
        "UPDATE boxes SET tags = array_append(tags, :t), data = jsonb_set(data, '{a,b}', '2') WHERE id = 4",
        t="$c",
    ),
    Step("UPDATE boxes SET data = data || :more::jsonb WHERE id = 4", more='{"z": [1, null]}'),
    Step("UPDATE boxes SET tags = DEFAULT, height = NULL WHERE id = 4"),
    Step("UPDATE boxes SET id = 9 WHERE id = 4", gaps=_ALL),
    Step("UPDATE things SET size = :s WHERE id = :id", s=10, id=3),
    Step("UPDATE things SET size = NULL, price = price + 1 WHERE id = :id", id=1),
    Step("UPDATE things SET size = NULL WHERE id = 3 AND box_id = 1"),
    Step("UPDATE things SET at = :at WHERE id = 3", at=_D[15]),
    Step("UPDATE things SET label = 'l' WHERE box_id = 1 AND price > 1"),
    Step("UPDATE things SET label = label || size WHERE box_id = 1"),
    Step("UPDATE things SET label = 'all' WHERE size IS NULL"),
    Step("UPDATE things SET maker_id = 2 WHERE id = 3"),
    Step("UPDATE things SET maker_id = 98 WHERE id = 3", error="missing parent"),
    Step("UPDATE things SET maker_id = 98 WHERE id = 333"),
    Step("UPDATE things SET maker_id = 98 WHERE box_id = 1 AND id = 333"),
    Step("UPDATE covers SET layers = layers + 2, color = color || '!' WHERE box_id = 5"),
    Step("UPDATE covers SET layers = 9 WHERE color LIKE 'green%'"),
    Step("UPDATE covers SET layers = 9 WHERE box_id = 2"),
    Step("DELETE FROM things WHERE id = :id", id=9),
    Step("DELETE FROM things WHERE id = :id", id=99),
    Step("DELETE FROM things WHERE id = 2 AND size > 3"),
    Step("DELETE FROM things WHERE id = 2 AND box_id = 1"),
    Step("DELETE FROM things WHERE id = 8"),
    Step("DELETE FROM owners WHERE id = 1", error="missing parent"),
    Step("DELETE FROM things WHERE id = 6"),
    Step("DELETE FROM owners WHERE id = 1"),
    Step("DELETE FROM owners WHERE id = 5 RETURNING id, name"),
    Step("DELETE FROM owners WHERE name = 'cy'", gaps=_ALL),
    Step("DELETE FROM boxes WHERE id = 5", error="missing parent"),
    Step("DELETE FROM covers WHERE box_id = 5"),
    Step("DELETE FROM covers WHERE layers > 100"),
    Step("DELETE FROM boxes WHERE id = 5"),
    Step("DELETE FROM boxes WHERE id = 1", error="missing parent"),
    Step("DELETE FROM notes WHERE box_id = 1"),
    Step("DELETE FROM covers WHERE box_id = 1"),
    Step("DELETE FROM boxes WHERE id = 1"),
    Step("SELECT name FROM boxes WHERE id = 2", "UPDATE boxes SET name = 'last' WHERE id = 2"),
)

NOT_COMPILED = (
    "INSERT INTO boxes (id, name) SELECT id, name FROM owners",
    "UPDATE boxes SET name = o.name FROM owners o WHERE o.id = boxes.owner_id",
    "DELETE FROM boxes USING owners o WHERE o.id = boxes.owner_id",
    "UPDATE boxes SET name = (SELECT max(name) FROM owners) WHERE id = 1",
    "WITH x AS (SELECT 1) DELETE FROM boxes",
    "INSERT INTO nothing VALUES (1)",
    "UPDATE boxes SET tags[1] = 'x' WHERE id = 1",
)
