SELECT time_bucket('1 hour', r."At") AS hour, r.host_id, COUNT(*) AS n, SUM(r.pieces) AS pieces,
  AVG(r.load) AS mean, MAX(r.price) AS dearest, MIN(r.note) AS note, COUNT(DISTINCT r.note) AS notes
  FROM "My Plant"."Readings" r GROUP BY 1, 2;
-- is sent as
SELECT v."At_1_hour" AS hour, v.host_id, v.row_count AS n, v.pieces_sum AS pieces, v.load_avg AS mean, v.price_max AS dearest, v.note_min AS note, v.note_count AS notes FROM "My Plant"."Kept 0" AS v;

SELECT time_bucket('1 day', r."At") AS day, COUNT(*) AS n, COUNT(r.load) AS loads,
  MAX(r."At") AS last FROM "My Plant"."Readings" r WHERE r.load > 0.5 OR r.load IS NULL GROUP BY 1;
-- is sent as
SELECT v."At_1_day" AS day, v.row_count AS n, v.load_count AS loads, v."At_max" AS last FROM "My Plant"."Kept 1" AS v;

SELECT time_bucket('15 minutes', r."At") AS quarter, SUM(r.price) AS price,
  AVG(r.pieces) AS pieces FROM "My Plant"."Readings" r WHERE r.host_id = :host
    AND r."At" >= time_bucket('15 minutes', :start::timestamptz)
    AND r."At" < time_bucket('15 minutes', :start::timestamptz) + INTERVAL '48 hours'
  GROUP BY 1 ORDER BY quarter;
-- is sent as
SELECT v."At_15_minutes" AS quarter, v.price_sum AS price, v.pieces_avg AS pieces FROM "My Plant"."Kept 2" AS v WHERE v.host_id = :host AND v."At_15_minutes" >= TIME_BUCKET('15 minutes', CAST(:start AS TIMESTAMPTZ)) AND v."At_15_minutes" < TIME_BUCKET('15 minutes', CAST(:start AS TIMESTAMPTZ)) + INTERVAL '48 HOURS' ORDER BY quarter;

SELECT time_bucket('1 day', r."At") AS day, time_bucket('1 hour', r."At") AS hour,
  COUNT(*) AS n, SUM(r.pieces) AS pieces FROM "My Plant"."Readings" r GROUP BY 1, 2 HAVING COUNT(*) > 1 ORDER BY 2 DESC LIMIT 20;
-- is sent as
SELECT time_bucket('1 day', r."At") AS day, time_bucket('1 hour', r."At") AS hour,
  COUNT(*) AS n, SUM(r.pieces) AS pieces FROM "My Plant"."Readings" r GROUP BY 1, 2 HAVING COUNT(*) > 1 ORDER BY 2 DESC LIMIT 20;
