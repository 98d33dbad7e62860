SELECT o.id
FROM orders o
WHERE o.status = 'open'
ORDER BY o.id
LIMIT 10
FOR UPDATE OF o SKIP LOCKED;

-- from orders o (id, status) limited
--   where o.status = [status = 'open']
--   order o.id
