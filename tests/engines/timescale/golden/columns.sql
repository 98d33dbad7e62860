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

-- My Plant.Readings as a hypertable by 90 seconds of At; columns after 90 seconds by nothing in order of host_id, At desc
-- twice as fast
SELECT create_hypertable('"My Plant"."Readings"', by_range('At', INTERVAL '90 seconds'), create_default_indexes => false);
ALTER TABLE "My Plant"."Readings" SET (
  timescaledb.enable_columnstore,
  timescaledb.orderby = 'host_id, "At" DESC'
);
CALL add_columnstore_policy('"My Plant"."Readings"', after => INTERVAL '90 seconds');

-- ---------------------------------------------------------------------------
-- Secondary indexes, chosen by measurement
-- ---------------------------------------------------------------------------


-- for lookups
CREATE INDEX by_host ON "My Plant"."Readings" (host_id, "At" DESC);

-- Rows that are older than the workload keeps them
SELECT add_retention_policy('"My Plant"."Readings"', drop_after => INTERVAL '30 days');
