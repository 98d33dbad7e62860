WITH open AS (SELECT * FROM orders WHERE status = 'open')
SELECT u.email, open.total
FROM open JOIN users u ON u.id = open.user_id
WHERE open.total > :least;

-- from orders orders (user_id, status, total); users u (id, email)
--   where orders.total range :least
--   where orders.status = [status = 'open']
--   join u.id = orders.user_id
-- :least low orders.total as orders
