SELECT count(*)
FROM orders
WHERE created_at >= :day::timestamptz AND created_at < :day::timestamptz + INTERVAL '1 day';

-- from orders orders (created_at)
--   where orders.created_at range :day
-- :day low orders.created_at as orders
-- :day high orders.created_at as orders
