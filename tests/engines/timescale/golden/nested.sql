-- ---------------------------------------------------------------------------
-- Structures, chosen by measurement
-- ---------------------------------------------------------------------------

-- My Plant.Nested 2, a continuous aggregate by 1 hour of My Plant.Readings.At, as of its last refresh, at most 225 s old
-- twice as fast
-- bring it up to date by: CALL refresh_continuous_aggregate('"My Plant"."Nested 2"', NULL, NULL);
SELECT create_hypertable('"My Plant"."Readings"', by_range('At', INTERVAL '1 day'), create_default_indexes => false);
CREATE MATERIALIZED VIEW "My Plant"."Nested 2"
WITH (timescaledb.continuous, timescaledb.materialized_only = true, timescaledb.create_group_indexes = false) AS
SELECT
  r.host_id AS host_id,
  TIME_BUCKET('1 hour', r."At") AS "At_1_hour",
  MIN(r.load) AS load_min,
  COUNT(*) AS row_count,
  COUNT(r.load) AS load_count,
  SUM(r.load) AS load_sum,
  SUM(r.pieces) AS pieces_sum,
  COUNT(r.pieces) AS pieces_count,
  SUM(r.price) AS price_sum,
  COUNT(r.price) AS price_count,
  MAX(r."At") AS "At_max",
  COUNT(*) FILTER(WHERE
    r.pieces > 4) AS row_count_,
  SUM(r.price) FILTER(WHERE
    r.pieces > 4) AS price_sum_,
  COUNT(r.price) FILTER(WHERE
    r.pieces > 4) AS price_count_
FROM "My Plant"."Readings" AS r
GROUP BY
  r.host_id,
  TIME_BUCKET('1 hour', r."At")
WITH NO DATA;
SELECT add_continuous_aggregate_policy('"My Plant"."Nested 2"', start_offset => NULL, end_offset => NULL, schedule_interval => INTERVAL '225 seconds');

-- My Plant.Nested 1, a continuous aggregate by 1 day of My Plant.Readings.At, as of its last refresh, at most 900 s old
-- made of My Plant.Nested 2, which may be 225 s old (refresh that first): so it is refreshed every 675 s
-- bring it up to date by: CALL refresh_continuous_aggregate('"My Plant"."Nested 1"', NULL, NULL);
CREATE MATERIALIZED VIEW "My Plant"."Nested 1"
WITH (timescaledb.continuous, timescaledb.materialized_only = true, timescaledb.create_group_indexes = false) AS
SELECT
  v.host_id AS host_id,
  TIME_BUCKET('1 day', v."At_1_hour") AS "At_1_day",
  CAST(SUM(v.row_count) AS BIGINT) AS row_count,
  CAST(SUM(v.load_count) AS BIGINT) AS load_count,
  SUM(v.load_sum) / NULLIF(SUM(v.load_count), 0) AS load_avg,
  SUM(v.pieces_sum) / NULLIF(SUM(v.pieces_count), 0) AS pieces_avg,
  CAST(SUM(v.pieces_sum) AS BIGINT) AS pieces_sum,
  SUM(v.price_sum) AS price_sum,
  SUM(v.price_sum) / NULLIF(SUM(v.price_count), 0) AS price_avg,
  MAX(v."At_max") AS "At_max",
  CAST(SUM(v.row_count_) AS BIGINT) AS row_count_,
  SUM(v.price_sum_) / NULLIF(SUM(v.price_count_), 0) AS price_avg_,
  CAST(SUM(v.pieces_count) AS BIGINT) AS pieces_count,
  MIN(v.load_min) AS load_min
FROM "My Plant"."Nested 2" AS v
GROUP BY
  v.host_id,
  TIME_BUCKET('1 day', v."At_1_hour")
WITH NO DATA;
SELECT add_continuous_aggregate_policy('"My Plant"."Nested 1"', start_offset => NULL, end_offset => NULL, schedule_interval => INTERVAL '675 seconds');

-- My Plant.Nested 0, a continuous aggregate by 1 week of My Plant.Readings.At, as of its last refresh, at most 3600 s old
-- made of My Plant.Nested 1, which may be 900 s old (refresh that first): so it is refreshed every 2700 s
-- bring it up to date by: CALL refresh_continuous_aggregate('"My Plant"."Nested 0"', NULL, NULL);
CREATE MATERIALIZED VIEW "My Plant"."Nested 0"
WITH (timescaledb.continuous, timescaledb.materialized_only = true, timescaledb.create_group_indexes = false) AS
SELECT
  TIME_BUCKET('1 week', v."At_1_day") AS "At_1_week",
  SUM(v.pieces_sum) / NULLIF(SUM(v.pieces_count), 0) AS pieces_avg,
  MIN(v.load_min) AS load_min
FROM "My Plant"."Nested 1" AS v
GROUP BY
  TIME_BUCKET('1 week', v."At_1_day")
WITH NO DATA;
SELECT add_continuous_aggregate_policy('"My Plant"."Nested 0"', start_offset => NULL, end_offset => NULL, schedule_interval => INTERVAL '45 minutes');

-- ---------------------------------------------------------------------------
-- Secondary indexes, chosen by measurement
-- ---------------------------------------------------------------------------


-- for lookups
CREATE INDEX by_host ON "My Plant"."Readings" (host_id, "At" DESC);

-- Rows that are older than the workload keeps them
SELECT add_retention_policy('"My Plant"."Readings"', drop_after => INTERVAL '30 days');
