SELECT id
FROM orders
WHERE total BETWEEN :least AND :most AND created_at >= :from AND :end > created_at;

-- from orders orders (id, total, created_at)
--   where orders.total range :least :most
--   where orders.created_at range :from
--   where orders.created_at range :end
-- :least low orders.total as orders
-- :most high orders.total as orders
-- :from low orders.created_at as orders
-- :end high orders.created_at as orders
