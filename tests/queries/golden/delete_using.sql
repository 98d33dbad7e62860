DELETE FROM order_items i USING orders o WHERE o.id = i.order_id AND o.created_at < :before;

-- from order_items i (order_id); orders o (id, created_at)
--   where o.created_at range :before
--   join o.id = i.order_id
-- delete order_items: order_id, product_id, quantity, price
-- :before high orders.created_at as o
