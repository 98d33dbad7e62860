-- A queue: a list of constants in order of age
SELECT o.id, o.created_at FROM orders o WHERE o.status IN ('pending', 'paid') ORDER BY o.created_at LIMIT 50;

-- candidates
CREATE INDEX orders_created_at_partial_db05be_idx ON orders (created_at) WHERE status IN ('pending', 'paid'); -- rows in order of created_at, only rows where status IN ('pending', 'paid')
CREATE INDEX orders_created_at_including_id_status_partial_162202_idx ON orders (created_at) INCLUDE (id, status) WHERE status IN ('pending', 'paid'); -- rows in order of created_at, only rows where status IN ('pending', 'paid'), without fetching rows
