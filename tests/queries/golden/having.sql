SELECT user_id FROM orders GROUP BY user_id HAVING sum(total) > :least;

-- from orders orders (user_id, total)
--   group orders.user_id
-- :least unknown
