SELECT id
FROM orders
WHERE user_id = :user_id AND (created_at, id) < (:created_at, :id)
ORDER BY created_at DESC, id DESC
LIMIT :size OFFSET :skip;

-- from orders orders (id, user_id, created_at) limited
--   where orders.user_id = :user_id
--   where orders.created_at range :created_at :id
--   where orders.id range :created_at :id
--   order orders.created_at desc, orders.id desc
-- :user_id compared orders.user_id as orders
-- :created_at compared orders.created_at as orders
-- :id compared orders.id as orders
-- :size limit
-- :skip offset
