-- A range and another order compete
SELECT o.notes FROM orders o WHERE o.user_id = :user AND o.total > :total ORDER BY o.created_at LIMIT 10;

-- candidates
CREATE INDEX orders_user_id_created_at_total_idx ON orders (user_id, created_at, total); -- rows by user_id in order of created_at, total
CREATE INDEX orders_user_id_total_idx ON orders (user_id, total); -- rows by user_id in a range of total
CREATE INDEX orders_user_id_idx ON orders (user_id); -- the front of (user_id, created_at, total): rows by user_id in order of created_at, total

-- left out
-- a covering index for user_id, created_at, total on orders: notes may be too wide to include
-- a covering index for user_id, total on orders: notes may be too wide to include
