-- Equality, then the order in its direction
SELECT o.id, o.total, o.created_at FROM orders o WHERE o.user_id = :user ORDER BY o.created_at DESC LIMIT 20;

-- candidates
CREATE INDEX orders_user_id_created_at_desc_idx ON orders (user_id, created_at DESC); -- rows by user_id in order of created_at DESC
CREATE INDEX orders_user_id_idx ON orders (user_id); -- the front of (user_id, created_at): rows by user_id in order of created_at DESC
CREATE INDEX orders_user_id_created_at_desc_including_id_total_5675b5_idx ON orders (user_id, created_at DESC) INCLUDE (id, total); -- rows by user_id in order of created_at DESC, without fetching rows
