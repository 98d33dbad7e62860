SELECT id FROM orders WHERE created_at > now() - :age::interval AND created_at > current_date - 7;

-- from orders orders (id, created_at)
--   where orders.created_at range :age
--   where orders.created_at range
-- :age unknown
