SELECT o.id, i.quantity, p.name
FROM orders o
JOIN order_items i ON i.order_id = o.id
LEFT JOIN products p ON p.id = i.product_id AND p.stock > 0
WHERE o.user_id = :user_id;

-- from orders o (id, user_id); order_items i (order_id, product_id, quantity); products p (id, name, stock)
--   where p.stock range [stock > 0] optional
--   where o.user_id = :user_id
--   join i.order_id = o.id
--   join p.id = i.product_id
-- :user_id compared orders.user_id as o
