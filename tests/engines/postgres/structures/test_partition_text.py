"""The user's own text, changed so that a table is partitioned: as people would write it, or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.engines.postgres.structures.partitioning.editing import edit, obstacle
from optimizer.model.names import TableName
from optimizer.model.query import SourceText
from optimizer.model.schema import Key, Schema
from optimizer.model.tables import HASH, LIST, RANGE, Partition
from tests.queries.schemas import table

LOG = TableName("public", "log")
MONTHS = Partition(LOG, RANGE, "at", ("2025-01-01", "2025-02-01", "2025-03-01"), "month")
SCHEMA = Schema((table("log", "id int8!; kind varchar!; at timestamptz!"),))
KEYLESS = Schema((replace(SCHEMA.tables[0], keys=()),))
UNIQUE = Schema(
    (replace(SCHEMA.tables[0], keys=(Key("log_pkey", ("id",), primary=True), Key("log_kind", ("kind",)))),)
)

DELIVERED = [
    (
        SCHEMA,
        MONTHS,
        """CREATE TABLE log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- a number
  kind varchar(120) NOT NULL CHECK (kind <> ''),
  at timestamptz NOT NULL -- when, in UTC
); -- all that happens

COMMENT ON TABLE log IS 'all';
""",
        """CREATE TABLE log (
  id bigint GENERATED ALWAYS AS IDENTITY, -- a number
  kind varchar(120) NOT NULL CHECK (kind <> ''),
  at timestamptz NOT NULL, -- when, in UTC
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at); -- all that happens

-- log partitioned by month of at
-- The last ones are made ahead. Rows that no other takes go to the default one, which should stay empty.
-- serves audit: 120 ms before, 9 ms now
CREATE TABLE log_2025_01 PARTITION OF log
  FOR VALUES FROM ('2025-01-01 00:00:00+00') TO ('2025-02-01 00:00:00+00');
CREATE TABLE log_2025_02 PARTITION OF log
  FOR VALUES FROM ('2025-02-01 00:00:00+00') TO ('2025-03-01 00:00:00+00');
CREATE TABLE log_default PARTITION OF log DEFAULT;

COMMENT ON TABLE log IS 'all';
""",
    ),
    (
        UNIQUE,
        Partition(LOG, HASH, "at", modulus=2),
        """SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.log (
    id bigint NOT NULL,
    kind character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL
);
ALTER TABLE public.log OWNER TO app;
ALTER TABLE ONLY public.log ALTER COLUMN id SET DEFAULT nextval('public.log_id_seq'::regclass);
ALTER TABLE ONLY public.log
    ADD CONSTRAINT log_pkey PRIMARY KEY (id);
CREATE UNIQUE INDEX CONCURRENTLY log_kind ON ONLY public.log USING btree (kind);
""",
        """SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.log (
    id bigint NOT NULL,
    kind character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL
) PARTITION BY HASH (at);

-- log partitioned by hash into 2 of at
-- serves audit: 120 ms before, 9 ms now
CREATE TABLE public.log_p0 PARTITION OF public.log FOR VALUES WITH (modulus 2, remainder 0);
CREATE TABLE public.log_p1 PARTITION OF public.log FOR VALUES WITH (modulus 2, remainder 1);

ALTER TABLE public.log OWNER TO app;
ALTER TABLE public.log_p0 OWNER TO app;
ALTER TABLE public.log_p1 OWNER TO app;
ALTER TABLE public.log ALTER COLUMN id SET DEFAULT nextval('public.log_id_seq'::regclass);
ALTER TABLE public.log
    ADD CONSTRAINT log_pkey PRIMARY KEY (id, at);
CREATE UNIQUE INDEX log_kind ON public.log USING btree (kind, at);
""",
    ),
    (
        UNIQUE,
        Partition(LOG, LIST, "at", ("it's",)),
        "CREATE TABLE log (id int8, kind text CONSTRAINT log_kind UNIQUE, at text, PRIMARY KEY (id));",
        """CREATE TABLE log (id int8, kind text, at text, PRIMARY KEY (id, at), """
        """CONSTRAINT log_kind UNIQUE (kind, at)) PARTITION BY LIST (at);

-- log partitioned by list of at
-- Rows with another value go to the default one.
-- serves audit: 120 ms before, 9 ms now
CREATE TABLE log_it_s PARTITION OF log FOR VALUES IN ('it''s');
CREATE TABLE log_default PARTITION OF log DEFAULT;
""",
    ),
    (
        UNIQUE,
        Partition(LOG, HASH, "at", modulus=1),
        'CREATE TABLE IF NOT EXISTS "log" (id int8 PRIMARY\n KEY, kind text, at text, UNIQUE (kind))',
        """CREATE TABLE IF NOT EXISTS "log" (id int8, kind text, at text, """
        """CONSTRAINT log_kind UNIQUE (kind, at), PRIMARY KEY (id, at)) PARTITION BY HASH (at)

-- log partitioned by hash into 1 of at
-- serves audit: 120 ms before, 9 ms now
CREATE TABLE log_p0 PARTITION OF "log" FOR VALUES WITH (modulus 1, remainder 0);
""",
    ),
]


@pytest.mark.parametrize(("schema", "structure", "text", "expected"), DELIVERED, ids=range(len(DELIVERED)))
def test_the_delivered_text(schema: Schema, structure: Partition, text: str, expected: str) -> None:
    source = SourceText(text, "schema.sql")
    assert edit(structure, schema, source, ["serves audit: 120 ms before, 9 ms now"]).text == expected
    assert obstacle(structure, schema, source) == ""


PLAIN = "CREATE TABLE log (id int8 PRIMARY KEY, kind text, at timestamptz NOT NULL);"
REFUSED = [
    ("CREATE TABLE other (id int8);", "no CREATE TABLE makes it in the schema's text"),
    ("CREATE TABLE log AS SELECT 1 AS id;", "no CREATE TABLE makes it in the schema's text"),
    ("DO $$ BEGIN CREATE TABLE log (id int8); END $$;", "no CREATE TABLE makes it in the schema's text"),
    (PLAIN + PLAIN, "several statements make it in the schema's text"),
    ("CREATE UNLOGGED TABLE log (id int8 PRIMARY KEY, at timestamptz);", "it is UNLOGGED"),
    ("CREATE TABLE log (LIKE other, at timestamptz);", "LIKE can't be kept"),
    ("CREATE TABLE log (id int8 PRIMARY KEY, at timestamptz) INHERITS (other);", "INHERITS ( follows"),
    ("CREATE TABLE log (id int8 PRIMARY KEY, at timestamptz) WITH (fillfactor = 70);", "WITH ( follows"),
    ("CREATE TABLE log (id int8 PRIMARY KEY, at date) PARTITION BY RANGE (at);", "PARTITION BY follows"),
    ("CREATE TABLE log (id int8 PRIMARY KEY);", "its column at isn't among those of CREATE TABLE"),
    ("CREATE TABLE log (id int8, at date, EXCLUDE USING gist (at WITH =));", "EXCLUDE can't be kept"),
    ("CREATE TABLE log (id int8, at date CHECK (id > 1) NO INHERIT);", "NO INHERIT can't be kept"),
    ("CREATE TABLE log (id int8 PRIMARY KEY DEFERRABLE, at date);", "DEFERRABLE behind a key"),
    ("CREATE TABLE log (id int8, at date);", "its key log_pkey isn't found in the schema's text"),
    (PLAIN + "ALTER TABLE log RENAME COLUMN kind TO sort;", "ALTER TABLE ... RENAME COLUMN can't be kept"),
    (PLAIN + "ALTER TABLE log SET (fillfactor = 50);", "ALTER TABLE ... SET ( can't be kept"),
    (PLAIN + "ALTER TABLE log CLUSTER ON log_pkey;", "ALTER TABLE ... CLUSTER ON can't be kept"),
    (PLAIN + "ALTER TABLE log ADD CONSTRAINT k UNIQUE USING INDEX i;", "USING INDEX can't be kept"),
    (PLAIN + "ALTER TABLE log ALTER COLUMN at TYPE date;", "its column at gets another type"),
    (PLAIN + "CLUSTER log USING log_pkey;", "CLUSTER can't be kept"),
    (
        PLAIN + "CREATE TRIGGER x AFTER UPDATE ON log REFERENCING OLD TABLE AS o FOR EACH ROW"
        " EXECUTE FUNCTION f();",
        "a row trigger with REFERENCING can't be kept",
    ),
    (
        "CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN new.at := now(); END $$ LANGUAGE plpgsql;"
        + PLAIN
        + "CREATE TRIGGER x BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION f();",
        "a trigger sets at, after a row's partition was chosen",
    ),
    (PLAIN + "CREATE VIEW v AS SELECT id, kind FROM log GROUP BY id;", "may lean on its key"),
    (
        PLAIN + "CREATE FUNCTION f() RETURNS int AS $$ INSERT INTO log VALUES (1) ON CONFLICT DO NOTHING $$;",
        "may lean on its key",
    ),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_what_cannot_be_changed_safely_is_refused(text: str, reason: str) -> None:
    assert reason in obstacle(MONTHS, SCHEMA, SourceText(text, "schema.sql"))


def test_a_name_without_schema_that_two_tables_have_is_refused() -> None:
    both = Schema((*SCHEMA.tables, table("log", "id int8!; at date", schema="audit")))
    assert "several tables are named log" in obstacle(MONTHS, both, SourceText(PLAIN, "schema.sql"))
    qualified = SourceText(PLAIN.replace("log", "public.log"), "schema.sql")
    assert "CREATE TABLE public.log_default" in edit(MONTHS, both, qualified, ()).text


def test_a_view_does_not_matter_where_it_needs_no_key_that_grows() -> None:
    other = f"{PLAIN} CREATE VIEW v AS SELECT kind, count(id) FROM log GROUP BY kind;"
    assert obstacle(MONTHS, SCHEMA, SourceText(other, "schema.sql")) == ""
    text = "CREATE TABLE log (id int8, at timestamptz); CREATE VIEW v AS SELECT id FROM log GROUP BY id;"
    assert obstacle(MONTHS, KEYLESS, SourceText(text, "schema.sql")) == ""


def test_names_that_are_taken_are_not_used() -> None:
    taken = Schema((*KEYLESS.tables, table("log_2025_01", "id int8!")))
    text = edit(
        MONTHS, taken, SourceText("CREATE TABLE log (id int8, at timestamptz);", "schema.sql"), ()
    ).text
    assert "CREATE TABLE log_part_2025_01 PARTITION OF log" in text
    assert "CREATE TABLE log_part_default" in text
