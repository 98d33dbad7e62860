SELECT id FROM orders WHERE user_id = (SELECT user_id FROM orders WHERE id = :id);

-- from orders orders (id, user_id)
--   where orders.user_id =
-- from orders orders_2 (id, user_id)
--   where orders_2.id = :id
-- :id compared orders.id as orders_2
