-- Keyset pagination: the range is the order
SELECT o.notes FROM orders o WHERE o.created_at < :last ORDER BY o.created_at DESC, o.id DESC LIMIT 10;

-- candidates
CREATE INDEX orders_created_at_desc_id_desc_idx ON orders (created_at DESC, id DESC); -- rows in order of created_at DESC, id DESC
CREATE INDEX orders_created_at_brin_df7193_idx ON orders USING brin (created_at) WITH (pages_per_range = 32); -- created_at grows as rows are added
CREATE INDEX orders_created_at_brin_idx ON orders USING brin (created_at); -- created_at grows as rows are added
CREATE INDEX orders_created_at_idx ON orders (created_at); -- the front of (created_at, id): rows in order of created_at DESC, id DESC

-- left out
-- a covering index for created_at, id on orders: notes may be too wide to include
