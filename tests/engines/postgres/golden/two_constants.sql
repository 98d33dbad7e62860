-- Two constants together
SELECT o.id FROM orders o WHERE o.status <> 'cancelled' AND o.paid_at IS NULL AND o.user_id = :user;

-- candidates
CREATE INDEX orders_user_id_partial_5e71b3_idx ON orders (user_id) WHERE paid_at IS NULL AND status <> 'cancelled'; -- rows by user_id, only rows where paid_at IS NULL AND status <> 'cancelled'
CREATE INDEX orders_user_id_including_id_status_paid_at_partial_16feff_idx ON orders (user_id) INCLUDE (id, status, paid_at) WHERE paid_at IS NULL AND status <> 'cancelled'; -- rows by user_id, only rows where paid_at IS NULL AND status <> 'cancelled', without fetching rows
