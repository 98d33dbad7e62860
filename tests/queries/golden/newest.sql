SELECT max(created_at) FROM orders WHERE user_id = :user_id;

-- from orders orders (user_id, created_at) limited
--   where orders.user_id = :user_id
--   order orders.created_at desc nulls last
-- :user_id compared orders.user_id as orders
