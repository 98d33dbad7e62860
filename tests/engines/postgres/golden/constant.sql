-- A constant with other values: as a key, and as a predicate
SELECT o.id FROM orders o WHERE o.user_id = :user AND o.status = 'pending';

-- candidates
CREATE INDEX orders_user_id_partial_9ccc0b_idx ON orders (user_id) WHERE status = 'pending'; -- rows by user_id, only rows where status = 'pending'
CREATE INDEX orders_user_id_idx ON orders (user_id); -- the front of (user_id, status): rows by user_id, status
CREATE INDEX orders_user_id_status_idx ON orders (user_id, status); -- rows by user_id, status
CREATE INDEX orders_user_id_including_id_status_partial_03e86e_idx ON orders (user_id) INCLUDE (id, status) WHERE status = 'pending'; -- rows by user_id, only rows where status = 'pending', without fetching rows
