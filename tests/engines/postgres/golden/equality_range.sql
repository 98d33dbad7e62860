-- Equality, then one range
SELECT o.notes FROM orders o WHERE o.status = :status AND o.created_at >= :from AND o.created_at < :to;

-- candidates
CREATE INDEX orders_created_at_brin_df7193_idx ON orders USING brin (created_at) WITH (pages_per_range = 32); -- created_at grows as rows are added
CREATE INDEX orders_created_at_brin_idx ON orders USING brin (created_at); -- created_at grows as rows are added
CREATE INDEX orders_status_created_at_idx ON orders (status, created_at); -- rows by status in a range of created_at
CREATE INDEX orders_status_idx ON orders (status); -- the front of (status, created_at): rows by status in a range of created_at

-- left out
-- a covering index for status, created_at on orders: notes may be too wide to include
