-- An expression that depends on the session's time zone
SELECT o.id FROM orders o WHERE date_trunc('day', o.paid_at) = :day;

-- candidates

-- left out
-- a B-tree on DATE_TRUNC('day', paid_at) of orders: it depends on the session's time zone (paid_at is timestamptz)
