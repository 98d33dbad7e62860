-- Grouping within an equality
SELECT o.status, sum(o.total) FROM orders o WHERE o.user_id = :user GROUP BY o.status;

-- candidates
CREATE INDEX orders_user_id_status_idx ON orders (user_id, status); -- rows by user_id grouped by status
CREATE INDEX orders_user_id_idx ON orders (user_id); -- the front of (user_id, status): rows by user_id grouped by status
CREATE INDEX orders_user_id_status_including_total_467827_idx ON orders (user_id, status) INCLUDE (total); -- rows by user_id grouped by status, without fetching rows
