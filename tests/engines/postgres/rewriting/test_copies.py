"""Joins that copied columns answer, as text; that the answers stay is tested beside the structure."""

from __future__ import annotations

import pytest

from optimizer.engines.postgres.rewriting.rewrite import rewritten
from optimizer.model.denormalisation import ExtendedReference
from optimizer.model.names import TableName
from optimizer.model.schema import Column, ColumnType, ForeignKey, Key, Schema, Table

INT, BIG = ColumnType("integer", "int4"), ColumnType("bigint", "int8")
TEXT = ColumnType("text", "text")


def _name(name: str) -> TableName:
    return TableName("public", name)


def _table(name: str, columns: str, *keys: ForeignKey, row_security: bool = False) -> Table:
    """Columns as words: `+` for NOT NULL, `#` for a number, `##` for a larger one."""
    made = tuple(
        Column(word.strip("+#"), BIG if "##" in word else INT if "#" in word else TEXT, "+" in word)
        for word in columns.split()
    )
    primary = Key(f"{name}_pkey", ("id",), primary=True)
    return Table(_name(name), made, (primary,), keys, row_security=row_security)


def _key(name: str, column: str, parent: str) -> ForeignKey:
    return ForeignKey(name, (column,), _name(parent), ("id",))


SCHEMA = Schema(
    (
        _table("authors", "id+# name+ city bio"),
        _table(
            "posts",
            "id+# author_id# editor_id+# title",
            _key("by_author", "author_id", "authors"),
            _key("by_editor", "editor_id", "authors"),
        ),
        _table("tags", "id+# post_id+## word", _key("by_post", "post_id", "posts")),
        _table("staff", "id+# boss_id# name", _key("by_boss", "boss_id", "staff")),
        _table("secrets", "id+# text", row_security=True),
        _table("notes", "id+# secret_id+#", _key("by_secret", "secret_id", "secrets")),
    )
)


def _copy(table: str, parent: str, key: str, field: str, *columns: str) -> ExtendedReference:
    return ExtendedReference(_name(table), _name(parent), key, field, columns)


AUTHOR = _copy("posts", "authors", "by_author", "author", "name", "city")
EDITOR = _copy("posts", "authors", "by_editor", "editor", "name")
BOSS = _copy("staff", "staff", "by_boss", "boss", "name")
POST = _copy("tags", "posts", "by_post", "post", "title", "author_id")
SECRET = _copy("notes", "secrets", "by_secret", "secret", "text")

GONE = {
    # the parent stands behind its child
    "SELECT p.title, a.name FROM posts p JOIN authors a ON a.id = p.author_id": (
        "SELECT p.title, p.author_name AS name FROM public.posts AS p WHERE NOT p.author_id IS NULL"
    ),
    "SELECT p.title, a.name FROM posts p LEFT JOIN authors a ON a.id = p.author_id": (
        "SELECT p.title, p.author_name AS name FROM public.posts AS p"
    ),
    "SELECT a.name, a.city FROM posts p"
    " JOIN authors a ON a.id = p.author_id AND a.city LIKE :city ORDER BY a.name": (
        "SELECT p.author_name AS name, p.author_city AS city FROM public.posts AS p"
        " WHERE p.author_city LIKE :city ORDER BY p.author_name"
    ),
    "SELECT p.id FROM posts p JOIN authors a ON a.id = p.author_id WHERE a.city IS NOT NULL": (
        "SELECT p.id FROM public.posts AS p WHERE p.author_city IS NOT NULL"
    ),
    # a null isn't equal to any of no values: the condition doesn't tell that there is a parent
    "SELECT p.id FROM posts p JOIN authors a ON a.id = p.author_id WHERE a.city <> ALL(:cities)": (
        "SELECT p.id FROM public.posts AS p WHERE p.author_city <> ALL(:cities) AND NOT p.author_id IS NULL"
    ),
    "SELECT p.id FROM posts p WHERE EXISTS (SELECT 1 FROM authors a"
    " WHERE a.id = p.author_id AND a.city <> ALL(:cities))": (
        "SELECT p.id FROM public.posts AS p WHERE NOT p.author_id IS NULL AND p.author_city <> ALL(:cities)"
    ),
    # before it: the child takes its place
    "SELECT p.title, a.name FROM authors a JOIN posts p ON p.author_id = a.id WHERE a.id = :id": (
        "SELECT p.title, p.author_name AS name FROM public.posts AS p WHERE p.author_id = :id"
    ),
    "SELECT a.name, t.word FROM tags t JOIN authors a ON a.city = t.word"
    " JOIN posts p ON p.author_id = a.id": (
        "SELECT p.author_name AS name, t.word FROM public.tags AS t"
        " JOIN public.posts AS p ON p.author_city = t.word"
    ),
    "SELECT a.name, t.word FROM authors a LEFT JOIN tags t ON t.word = a.city"
    " JOIN posts p ON p.author_id = a.id AND p.title > t.word": (
        "SELECT p.author_name AS name, t.word FROM public.posts AS p"
        " LEFT JOIN public.tags AS t ON t.word = p.author_city"
        " WHERE p.title > t.word AND NOT p.author_id IS NULL"
    ),
    # commas, and conditions that come to stand beside what they join
    "SELECT a.name, t.word FROM authors a, posts p, tags t"
    " WHERE p.author_id = a.id AND t.post_id = p.id AND (a.city = :city OR t.id = 1)": (
        "SELECT p.author_name AS name, t.word FROM public.posts AS p"
        " JOIN public.tags AS t ON t.post_id = p.id AND (p.author_city = :city OR t.id = 1)"
        " WHERE NOT p.author_id IS NULL"
    ),
    "SELECT a.name FROM authors a JOIN posts p ON p.author_id = a.id, tags t LIMIT 5": (
        "SELECT p.author_name AS name FROM public.posts AS p CROSS JOIN public.tags AS t"
        " WHERE NOT p.author_id IS NULL LIMIT 5"
    ),
    # an outer-joined child
    "SELECT t.word, a.name FROM tags t LEFT JOIN posts p ON p.id = t.post_id LEFT"
    " JOIN authors a ON a.id = p.author_id": (
        "SELECT t.word, p.author_name AS name FROM public.tags AS t"
        " LEFT JOIN public.posts AS p ON p.id = t.post_id"
    ),
    "SELECT t.word, a.name FROM tags t LEFT JOIN posts p ON p.id = t.post_id"
    " JOIN authors a ON a.id = p.author_id": (
        "SELECT t.word, p.author_name AS name FROM public.tags AS t"
        " LEFT JOIN public.posts AS p ON p.id = t.post_id WHERE NOT p.author_id IS NULL"
    ),
    # groups
    "SELECT a.name, count(*) FROM posts p"
    " JOIN authors a ON a.id = p.author_id GROUP BY a.id ORDER BY count(*), a.city": (
        "SELECT p.author_name AS name, COUNT(*) FROM public.posts AS p WHERE NOT p.author_id IS NULL"
        " GROUP BY p.author_id, p.author_name, p.author_city ORDER BY count, p.author_city"
    ),
    "SELECT lower(a.name) AS l, count(*) FROM posts p"
    " JOIN authors a ON a.id = p.author_id GROUP BY lower(a.name)": (
        "SELECT LOWER(p.author_name) AS l, COUNT(*) FROM public.posts AS p WHERE NOT p.author_id IS NULL"
        " GROUP BY LOWER(p.author_name)"
    ),
    # subqueries
    "SELECT x.name FROM (SELECT a.name FROM posts p JOIN authors a ON a.id = p.author_id) x": (
        "SELECT x.name FROM (SELECT p.author_name AS name FROM public.posts AS p"
        " WHERE NOT p.author_id IS NULL) AS x"
    ),
    "WITH a AS (SELECT p.id, a.name FROM posts p JOIN authors a ON a.id = p.author_id) SELECT * FROM a": (
        "WITH a AS (SELECT p.id, p.author_name AS name FROM public.posts AS p"
        " WHERE NOT p.author_id IS NULL) SELECT a.id, a.name FROM a AS a"
    ),
    "SELECT t.id FROM tags t WHERE EXISTS (SELECT 1 FROM posts p"
    " JOIN authors a ON a.id = p.author_id WHERE a.name = t.word)": (
        "SELECT t.id FROM public.tags AS t WHERE EXISTS(SELECT 1 FROM public.posts AS p"
        " WHERE p.author_name = t.word)"
    ),
    "SELECT p.id FROM posts p JOIN authors a ON a.id = p.author_id"
    " WHERE EXISTS (SELECT 1 FROM tags t WHERE t.word = a.city)": (
        "SELECT p.id FROM public.posts AS p WHERE EXISTS(SELECT 1 FROM public.tags AS t"
        " WHERE t.word = p.author_city) AND NOT p.author_id IS NULL"
    ),
    "SELECT p.id, (SELECT a.name FROM authors a WHERE a.id = p.author_id) FROM posts p": (
        "SELECT p.id, p.author_name AS name FROM public.posts AS p"
    ),
    "SELECT p.id FROM posts p WHERE EXISTS (SELECT * FROM authors a"
    " WHERE a.id = p.author_id AND a.city = :city)": (
        "SELECT p.id FROM public.posts AS p WHERE p.author_city = :city"
    ),
    "SELECT p.id FROM posts p WHERE NOT EXISTS"
    " (SELECT 1 FROM authors a WHERE p.author_id = a.id AND a.city = :city)": (
        "SELECT p.id FROM public.posts AS p WHERE NOT (p.author_city = :city) IS TRUE"
    ),
    "SELECT p.id FROM posts p WHERE p.author_id IN (SELECT id FROM authors WHERE city IS NULL)": (
        "SELECT p.id FROM public.posts AS p WHERE NOT p.author_id IS NULL AND p.author_city IS NULL"
    ),
}


@pytest.mark.parametrize("sql", GONE)
def test_the_parent_goes(sql: str) -> None:
    assert rewritten(sql, SCHEMA, frozenset({AUTHOR})) == GONE[sql]


STAYS = {
    "SELECT p.id, a.name, a.bio FROM posts p JOIN authors a ON a.id = p.author_id"
    " WHERE a.city = :city ORDER BY a.name, p.id LIMIT 5": (
        "SELECT p.id, p.author_name AS name, a.bio FROM public.posts AS p"
        " JOIN public.authors AS a ON a.id = p.author_id"
        " WHERE p.author_city = :city ORDER BY p.author_name, p.id LIMIT 5"
    ),
    "SELECT a.bio, a.name AS n FROM posts p LEFT JOIN authors a ON a.id = p.author_id ORDER BY n": (
        "SELECT a.bio, p.author_name AS n FROM public.posts AS p"
        " LEFT JOIN public.authors AS a ON a.id = p.author_id ORDER BY n"
    ),
    "SELECT a.name, max(a.bio) AS b FROM posts p"
    " JOIN authors a ON a.id = p.author_id WHERE a.city = :city GROUP BY a.name": (
        "SELECT a.name, MAX(a.bio) AS b FROM public.posts AS p"
        " JOIN public.authors AS a ON a.id = p.author_id WHERE p.author_city = :city GROUP BY a.name"
    ),
    "SELECT a.bio FROM authors a LEFT JOIN tags t ON t.word = a.city JOIN posts p ON p.author_id = a.id"
    " WHERE a.city = :city": (
        "SELECT a.bio FROM public.authors AS a LEFT JOIN public.tags AS t ON t.word = a.city"
        " JOIN public.posts AS p ON p.author_id = a.id WHERE p.author_city = :city"
    ),
}


@pytest.mark.parametrize("sql", STAYS)
def test_what_is_filtered_and_ordered_by_is_the_childs(sql: str) -> None:
    assert rewritten(sql, SCHEMA, frozenset({AUTHOR})) == STAYS[sql]


def test_two_parents_of_one_table() -> None:
    sql = (
        "SELECT a.name, e.name AS e FROM posts p JOIN authors a ON a.id = p.author_id"
        " JOIN authors e ON e.id = p.editor_id"
    )
    assert rewritten(sql, SCHEMA, frozenset({AUTHOR, EDITOR})) == (
        "SELECT p.author_name AS name, p.editor_name AS e FROM public.posts AS p"
        " WHERE NOT p.author_id IS NULL"
    )
    assert rewritten(sql, SCHEMA, frozenset({EDITOR})) == (
        "SELECT a.name, p.editor_name AS e FROM public.posts AS p"
        " JOIN public.authors AS a ON a.id = p.author_id"
    )


def test_a_table_that_refers_to_itself() -> None:
    sql = (
        "SELECT s.name, b.name AS b, c.name AS c FROM staff s"
        " LEFT JOIN staff b ON b.id = s.boss_id LEFT JOIN staff c ON c.id = b.boss_id"
    )
    assert rewritten(sql, SCHEMA, frozenset({BOSS})) == (
        "SELECT s.name, b.name AS b, b.boss_name AS c FROM public.staff AS s"
        " LEFT JOIN public.staff AS b ON b.id = s.boss_id"
    )


def test_a_parent_that_led_to_another_one() -> None:
    sql = (
        "SELECT t.word, a.name FROM tags t JOIN posts p ON p.id = t.post_id"
        " JOIN authors a ON a.id = p.author_id WHERE p.title = :t"
    )
    assert rewritten(sql, SCHEMA, frozenset({POST})) == (
        "SELECT t.word, a.name FROM public.tags AS t JOIN public.authors AS a ON a.id = t.post_author_id"
        " WHERE t.post_title = :t"
    )


KEPT = [
    "SELECT a.name FROM authors a LEFT JOIN posts p ON p.author_id = a.id",
    "SELECT a.name FROM posts p RIGHT JOIN authors a ON a.id = p.author_id",
    "SELECT a.name FROM posts p FULL JOIN authors a ON a.id = p.author_id",
    "SELECT a.name FROM posts p LEFT JOIN authors a ON a.id = p.author_id AND a.city = 'x'",
    "SELECT a.name FROM posts p JOIN authors a ON a.id >= p.author_id",
    "SELECT a.name FROM posts p JOIN authors a ON a.id = p.author_id OR a.id = 1",
    "SELECT a.name FROM posts p JOIN authors a ON a.id = p.editor_id",
    "SELECT a FROM posts p JOIN authors a ON a.id = p.author_id",
    "SELECT a.bio FROM posts p JOIN authors a ON a.id = p.author_id",
    "SELECT a.name FROM posts p JOIN authors a ON a.id = p.author_id FOR SHARE",
    "SELECT a.name FROM posts p JOIN authors a TABLESAMPLE SYSTEM (10) ON a.id = p.author_id",
    "SELECT a.name FROM posts p JOIN ONLY authors a ON a.id = p.author_id",
    "WITH authors AS (SELECT 1 AS id, 'x' AS name) SELECT a.name FROM posts p"
    " JOIN authors a ON a.id = p.author_id",
    "SELECT p.id FROM posts p JOIN authors a ON a.id = p.author_id"
    " WHERE (SELECT count(*) FROM tags p WHERE p.word = a.name) > 1",
    "SELECT p.id FROM posts p WHERE p.author_id NOT IN (SELECT a.id FROM authors a WHERE a.city = 'x')",
    "SELECT p.id FROM posts p WHERE (p.author_id IN (SELECT a.id FROM authors a WHERE a.city = 'x')) IS NULL",
    "SELECT p.id FROM posts p WHERE EXISTS (SELECT 1 FROM authors a"
    " WHERE a.id = p.author_id AND a.bio = 'x')",
    "SELECT (SELECT count(*) FROM authors a WHERE a.id = p.author_id) FROM posts p",
    "SELECT (SELECT a.name FROM authors a WHERE a.id = p.author_id AND a.city = 'x') FROM posts p",
    "SELECT (SELECT a.name FROM authors a WHERE a.id = p.author_id OFFSET 1) FROM posts p",
    "SELECT p.id FROM posts p WHERE p.title = ANY (SELECT a.name FROM authors a WHERE a.id = p.author_id)",
    "SELECT ARRAY((SELECT a.name FROM authors a WHERE a.id = p.author_id)) FROM posts p",
    "SELECT p.id FROM posts p"
    " WHERE (p.title, 'x') = (SELECT a.name, a.city FROM authors a WHERE a.id = p.author_id)",
]


@pytest.mark.parametrize("sql", KEPT)
def test_what_isnt_proved_stays(sql: str) -> None:
    assert rewritten(sql, SCHEMA, frozenset({AUTHOR})) is None


def test_a_key_of_another_type_doesnt_stand_for_the_parents() -> None:
    """The sum of a bigint is a numeric, that of an integer is a bigint."""
    join = "FROM tags t JOIN posts p ON p.id = t.post_id"
    assert (
        rewritten(f"SELECT sum(p.id) AS s, p.title {join} GROUP BY p.title", SCHEMA, frozenset({POST}))
        is None
    )
    assert rewritten(f"SELECT p.title {join}", SCHEMA, frozenset({POST})) is not None


def test_a_parent_whose_rows_are_hidden_stays() -> None:
    for sql in (
        "SELECT s.text FROM notes n JOIN secrets s ON s.id = n.secret_id",
        "SELECT (SELECT s.text FROM secrets s WHERE s.id = n.secret_id) FROM notes n",
    ):
        assert rewritten(sql, SCHEMA, frozenset({SECRET})) is None
