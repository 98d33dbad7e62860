-- Rows that are changed are fetched: nothing covering
UPDATE orders SET status = 'lost' WHERE user_id = :user AND created_at < :before;

-- candidates
CREATE INDEX orders_created_at_brin_df7193_idx ON orders USING brin (created_at) WITH (pages_per_range = 32); -- created_at grows as rows are added
CREATE INDEX orders_created_at_brin_idx ON orders USING brin (created_at); -- created_at grows as rows are added
CREATE INDEX orders_user_id_created_at_idx ON orders (user_id, created_at); -- rows by user_id in a range of created_at
CREATE INDEX orders_user_id_idx ON orders (user_id); -- the front of (user_id, created_at): rows by user_id in a range of created_at
