-- ---------------------------------------------------------------------------
-- Structures, chosen by measurement
-- ---------------------------------------------------------------------------

-- My Plant.Readings as a hypertable by 3 days of At; 2 hashes of host_id; columns after 2 days by host_id in order of At desc
-- twice as fast
SELECT create_hypertable('"My Plant"."Readings"', by_range('At', INTERVAL '3 days'), create_default_indexes => false);
SELECT add_dimension('"My Plant"."Readings"', by_hash('host_id', 2));
ALTER TABLE "My Plant"."Readings" SET (
  timescaledb.compress,
  timescaledb.compress_segmentby = 'host_id',
  timescaledb.compress_orderby = '"At" DESC'
);
SELECT add_compression_policy('"My Plant"."Readings"', compress_after => INTERVAL '2 days');

-- events as a hypertable by 1 week of at
SELECT create_hypertable('public.events', by_range('at', INTERVAL '1 week'), create_default_indexes => false);

-- My Plant.Quarters, a continuous aggregate by 15 minutes of My Plant.Readings.At, with newer rows added, at most 3600 s old
-- bring it up to date by: DO $$ DECLARE until "My Plant"."Readings"."At"%TYPE; BEGIN
--   SELECT max("At") - INTERVAL '15 minutes' INTO until FROM "My Plant"."Readings";
--   CALL refresh_continuous_aggregate('"My Plant"."Quarters"', NULL, until);
-- END $$;
CREATE MATERIALIZED VIEW "My Plant"."Quarters"
WITH (timescaledb.continuous, timescaledb.materialized_only = false, timescaledb.create_group_indexes = false) AS
SELECT
  r.host_id AS host_id,
  TIME_BUCKET('15 minutes', r."At") AS "At_15_minutes",
  SUM(r.price) AS price_sum,
  AVG(r.pieces) AS pieces_avg
FROM "My Plant"."Readings" AS r
GROUP BY
  r.host_id,
  TIME_BUCKET('15 minutes', r."At")
WITH NO DATA;
SELECT add_continuous_aggregate_policy('"My Plant"."Quarters"', start_offset => NULL, end_offset => INTERVAL '15 minutes', schedule_interval => INTERVAL '1 hour');

-- My Plant.Hours, a continuous aggregate by 1 hour of My Plant.Readings.At, as of its last refresh, at most 3600 s old
-- bring it up to date by: CALL refresh_continuous_aggregate('"My Plant"."Hours"', NULL, NULL);
CREATE MATERIALIZED VIEW "My Plant"."Hours"
WITH (timescaledb.continuous, timescaledb.materialized_only = true, timescaledb.create_group_indexes = false) AS
SELECT
  r.host_id AS host_id,
  TIME_BUCKET('1 hour', r."At") AS "At_1_hour",
  COUNT(*) AS row_count,
  SUM(r.pieces) AS pieces_sum,
  AVG(r.load) AS load_avg,
  MAX(r.price) AS price_max,
  MIN(r.note) AS note_min,
  COUNT(DISTINCT r.note) AS note_count
FROM "My Plant"."Readings" AS r
GROUP BY
  r.host_id,
  TIME_BUCKET('1 hour', r."At")
WITH NO DATA;
SELECT add_continuous_aggregate_policy('"My Plant"."Hours"', start_offset => NULL, end_offset => NULL, schedule_interval => INTERVAL '1 hour');

-- ---------------------------------------------------------------------------
-- Secondary indexes, chosen by measurement
-- ---------------------------------------------------------------------------


-- for lookups
CREATE INDEX by_host ON "My Plant"."Readings" (host_id, "At" DESC);

-- Rows that are older than the workload keeps them
SELECT add_retention_policy('"My Plant"."Readings"', drop_after => INTERVAL '30 days');
SELECT add_retention_policy('public.events', drop_after => INTERVAL '0.5 seconds');
