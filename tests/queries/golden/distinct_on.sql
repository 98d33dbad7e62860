SELECT DISTINCT ON (user_id) user_id, total
FROM orders
ORDER BY user_id, created_at DESC;

-- from orders orders (user_id, total, created_at)
--   group orders.user_id
--   order orders.user_id, orders.created_at desc
