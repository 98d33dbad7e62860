SELECT id
FROM orders
WHERE status <> 'cancelled' AND paid_at IS NULL AND total > 100 AND user_id IN (1, 2)
ORDER BY paid_at NULLS FIRST, total DESC NULLS LAST;

-- from orders orders (id, user_id, status, total, paid_at)
--   where orders.status ! [status <> 'cancelled']
--   where orders.paid_at is null [paid_at IS NULL]
--   where orders.total range [total > 100]
--   where orders.user_id in [user_id IN (1, 2)]
--   order orders.paid_at nulls first, orders.total desc nulls last
