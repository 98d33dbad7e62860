INSERT INTO order_items (order_id, product_id, quantity, price)
SELECT :order_id, p.id, 1, p.price
FROM products p
WHERE p.id = ANY(:product_ids);

-- from products p (id, price)
--   where p.id in :product_ids
-- insert order_items: order_id, product_id, quantity, price
-- :order_id inserted order_items.order_id
-- :product_ids compared products.id as p many
