-- ---------------------------------------------------------------------------
-- Structures, chosen by measurement
-- ---------------------------------------------------------------------------

-- My Plant.Kept, a continuous aggregate by 1 hour of My Plant.Readings.At, as of its last refresh, at most 3600 s old
-- twice as fast
-- bring it up to date by: CALL refresh_continuous_aggregate('"My Plant"."Kept"', NULL, NULL);
SELECT create_hypertable('"My Plant"."Readings"', by_range('At', INTERVAL '1 day'), create_default_indexes => false);
CREATE MATERIALIZED VIEW "My Plant"."Kept"
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
SELECT add_continuous_aggregate_policy('"My Plant"."Kept"', start_offset => NULL, end_offset => NULL, schedule_interval => INTERVAL '1 hour');

-- ---------------------------------------------------------------------------
-- Secondary indexes, chosen by measurement
-- ---------------------------------------------------------------------------


-- for lookups
CREATE INDEX by_host ON "My Plant"."Readings" (host_id, "At" DESC);

-- Rows that are older than the workload keeps them
SELECT add_retention_policy('"My Plant"."Readings"', drop_after => INTERVAL '30 days');
