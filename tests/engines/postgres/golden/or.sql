-- Each branch of an OR by itself
SELECT o.notes FROM orders o WHERE o.user_id = :user OR o.total = :total;

-- candidates
CREATE INDEX orders_user_id_idx ON orders (user_id); -- a branch of OR: rows by user_id
CREATE INDEX orders_total_idx ON orders (total); -- a branch of OR: rows by total
