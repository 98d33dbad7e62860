UPDATE orders o SET status = :status
FROM users u
WHERE u.id = o.user_id AND u.email = :email
RETURNING o.id;

-- from orders o (id, user_id); users u (id, email)
--   where u.email = :email
--   join u.id = o.user_id
-- update orders: status
-- :status inserted orders.status
-- :email compared users.email as u
