CREATE EXTENSION IF NOT EXISTS timescaledb;


CREATE SCHEMA "My Plant";
CREATE TABLE hosts (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE "My Plant"."Readings" (
  "At" timestamptz NOT NULL,
  host_id int NOT NULL REFERENCES hosts ON DELETE CASCADE,
  load float8,
  pieces int CHECK (pieces > -100),
  price numeric(8, 2),
  note text,
  CONSTRAINT "Readings key" PRIMARY KEY (host_id, "At")
);
CREATE UNIQUE INDEX once ON "My Plant"."Readings" ("At" DESC, pieces, host_id) WHERE pieces >= 0;
CREATE TABLE events (at timestamp NOT NULL, kind text, n int);


-- ---------------------------------------------------------------------------
-- Structures, chosen by measurement
-- ---------------------------------------------------------------------------

-- My Plant.Readings as a hypertable by 1 day of At; 4 hashes of host_id
-- twice as fast
SELECT create_hypertable('"My Plant"."Readings"', by_range('At', INTERVAL '1 day'), create_default_indexes => false);
SELECT add_dimension('"My Plant"."Readings"', by_hash('host_id', 4));

-- ---------------------------------------------------------------------------
-- Secondary indexes, chosen by measurement
-- ---------------------------------------------------------------------------


-- for lookups
CREATE INDEX by_host ON "My Plant"."Readings" (host_id, "At" DESC);

-- Rows that are older than the workload keeps them
SELECT add_retention_policy('"My Plant"."Readings"', drop_after => INTERVAL '30 days');
