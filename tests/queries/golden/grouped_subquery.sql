SELECT s.user_id, s.n
FROM (SELECT user_id, count(*) AS n FROM orders GROUP BY user_id) s
WHERE s.user_id = :user_id AND s.n > :n;

-- from orders orders (user_id)
--   where orders.user_id = :user_id
--   group orders.user_id
-- :user_id compared orders.user_id as orders
-- :n unknown
