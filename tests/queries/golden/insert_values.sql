INSERT INTO orders (id, user_id, status, total, created_at)
VALUES (:id, :user_id, 'pending', :total, now())
RETURNING id;

-- insert orders: id, user_id, status, total, created_at, paid_at
-- :id inserted orders.id
-- :user_id inserted orders.user_id
-- :total inserted orders.total
