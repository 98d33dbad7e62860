INSERT INTO orders (user_id, total)
VALUES ((SELECT id FROM users WHERE email = :email), :total);

-- from users users (id, email)
--   where users.email = :email
-- insert orders: id, user_id, status, total, created_at, paid_at
-- :email compared users.email as users
-- :total inserted orders.total
