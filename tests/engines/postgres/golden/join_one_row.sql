-- A join that starts at one row
SELECT i.quantity, p.name FROM order_items i JOIN products p ON p.id = i.product_id JOIN orders o ON o.id = i.order_id WHERE o.id = :id;

-- candidates
CREATE INDEX order_items_order_id_idx ON order_items (order_id); -- rows by order_id
CREATE INDEX order_items_order_id_including_product_id_quantity_aca93b_idx ON order_items (order_id) INCLUDE (product_id, quantity); -- rows by order_id, without fetching rows

-- left out
-- btree (id) on products: products_pkey covers it
