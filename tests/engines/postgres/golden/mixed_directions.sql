-- Directions that differ, nulls out of their usual place
SELECT o.notes FROM orders o ORDER BY o.paid_at DESC NULLS LAST, o.total LIMIT 10;

-- candidates
CREATE INDEX orders_paid_at_desc_total_ffe004_idx ON orders (paid_at DESC NULLS LAST, total); -- rows in order of paid_at DESC, total

-- left out
-- a covering index for paid_at, total on orders: notes may be too wide to include
