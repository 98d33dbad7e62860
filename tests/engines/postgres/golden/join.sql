-- A join, driven from either side
SELECT i.quantity, o.created_at FROM orders o JOIN order_items i ON i.order_id = o.id WHERE o.user_id = :user AND i.product_id = :product;

-- candidates
CREATE INDEX orders_user_id_idx ON orders (user_id); -- rows by user_id
CREATE INDEX orders_user_id_including_id_created_at_934f54_idx ON orders (user_id) INCLUDE (id, created_at); -- rows by user_id, without fetching rows
CREATE INDEX orders_id_including_user_id_created_at_9e8e86_idx ON orders (id) INCLUDE (user_id, created_at); -- rows by id, without fetching rows
CREATE INDEX order_items_product_id_idx ON order_items (product_id); -- rows by product_id
CREATE INDEX order_items_order_id_idx ON order_items (order_id); -- the front of (order_id, product_id): rows by order_id, product_id
CREATE INDEX order_items_order_id_product_id_idx ON order_items (order_id, product_id); -- rows by order_id, product_id
CREATE INDEX order_items_product_id_including_order_id_quantity_44a0f2_idx ON order_items (product_id) INCLUDE (order_id, quantity); -- rows by product_id, without fetching rows
CREATE INDEX order_items_order_id_product_id_including_quantity_438985_idx ON order_items (order_id, product_id) INCLUDE (quantity); -- rows by order_id, product_id, without fetching rows

-- left out
-- btree (id) on orders: orders_pkey covers it
