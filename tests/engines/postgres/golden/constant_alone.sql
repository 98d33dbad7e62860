-- Nothing but a constant
SELECT count(*) FROM orders o WHERE o.paid_at IS NULL;

-- candidates
CREATE INDEX orders_paid_at_partial_75f62b_idx ON orders (paid_at) WHERE paid_at IS NULL; -- rows by paid_at, only rows where paid_at IS NULL
