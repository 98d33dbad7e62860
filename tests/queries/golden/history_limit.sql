SELECT o.id, o.total
FROM orders o
WHERE o.user_id = :user_id
ORDER BY o.created_at DESC
LIMIT 20;

-- from orders o (id, user_id, total, created_at) limited
--   where o.user_id = :user_id
--   order o.created_at desc
-- :user_id compared orders.user_id as o
