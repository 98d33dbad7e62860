-- ---------------------------------------------------------------------------
-- Structures, chosen by measurement
-- ---------------------------------------------------------------------------

-- My Plant.Readings as a hypertable by 90 seconds of At; columns after 90 seconds by nothing in order of host_id, At desc
-- twice as fast
SELECT create_hypertable('"My Plant"."Readings"', by_range('At', INTERVAL '90 seconds'), create_default_indexes => false);
ALTER TABLE "My Plant"."Readings" SET (
  timescaledb.compress,
  timescaledb.compress_orderby = 'host_id, "At" DESC'
);
SELECT add_compression_policy('"My Plant"."Readings"', compress_after => INTERVAL '90 seconds');

-- ---------------------------------------------------------------------------
-- Secondary indexes, chosen by measurement
-- ---------------------------------------------------------------------------


-- for lookups
CREATE INDEX by_host ON "My Plant"."Readings" (host_id, "At" DESC);

-- Rows that are older than the workload keeps them
SELECT add_retention_policy('"My Plant"."Readings"', drop_after => INTERVAL '30 days');
