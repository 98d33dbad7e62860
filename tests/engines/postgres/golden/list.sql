-- A list of values comes after the order that it would break
SELECT o.notes FROM orders o WHERE o.user_id = :user AND o.status = ANY(:statuses) ORDER BY o.created_at LIMIT 5;

-- candidates
CREATE INDEX orders_user_id_created_at_status_idx ON orders (user_id, created_at, status); -- rows by user_id in order of created_at, status
CREATE INDEX orders_user_id_idx ON orders (user_id); -- the front of (user_id, created_at, status): rows by user_id in order of created_at, status
CREATE INDEX orders_user_id_status_idx ON orders (user_id, status); -- rows by user_id, status

-- left out
-- a covering index for user_id, created_at, status on orders: notes may be too wide to include
-- a covering index for user_id, status on orders: notes may be too wide to include
