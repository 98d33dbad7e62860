-- define
CREATE MATERIALIZED VIEW sales_of_city AS
SELECT
  DATE_TRUNC('day', o.at) AS at_day,
  u.city AS city,
  COUNT(*) AS row_count
FROM public.orders AS o
JOIN public.users AS u
  ON u.id = o.user_id
WHERE
  o.status <> 'cancelled' AND u.city IS NOT NULL
GROUP BY
  DATE_TRUNC('day', o.at),
  u.city;
CREATE UNIQUE INDEX sales_of_city_key ON sales_of_city (at_day, city);

-- refresh
REFRESH MATERIALIZED VIEW CONCURRENTLY sales_of_city;

-- undo
DROP MATERIALIZED VIEW sales_of_city;
