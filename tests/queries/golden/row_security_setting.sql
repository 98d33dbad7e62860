SELECT id FROM orders WHERE user_id = current_setting('app.user')::bigint;

-- from orders orders (id, user_id)
--   where orders.user_id =
