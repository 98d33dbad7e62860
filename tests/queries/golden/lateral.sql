SELECT u.id, last.total
FROM users u
CROSS JOIN LATERAL (SELECT o.total FROM orders o WHERE o.user_id = u.id ORDER BY o.created_at DESC LIMIT 3) last
WHERE u.email = :email;

-- from users u (id, email)
--   where u.email = :email
--   join o.user_id = u.id
-- from orders o (user_id, total, created_at) limited
--   join o.user_id = u.id
--   order o.created_at desc
-- :email compared users.email as u
