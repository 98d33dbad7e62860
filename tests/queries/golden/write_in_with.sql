WITH gone AS (
  DELETE FROM orders WHERE created_at < :before RETURNING id
)
INSERT INTO audit.log (id, kind, at)
SELECT id, :kind, now() FROM gone;

-- from orders orders (id, created_at)
--   where orders.created_at range :before
-- delete orders: id, user_id, status, total, created_at, paid_at
-- insert audit.log: id, kind, at
-- :before high orders.created_at as orders
-- :kind inserted audit.log.kind
