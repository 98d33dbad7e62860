SELECT id
FROM orders
WHERE user_id = ANY(:users) AND status IN (:one, :two) AND id <> ALL(:hidden) AND id NOT IN (:not_this);

-- from orders orders (id, user_id, status)
--   where orders.user_id in :users
--   where orders.status in :one :two
--   where orders.id ! :hidden
--   where orders.id ! :not_this
-- :users compared orders.user_id as orders many
-- :one compared orders.status as orders
-- :two compared orders.status as orders
-- :hidden compared orders.id as orders many
-- :not_this compared orders.id as orders
