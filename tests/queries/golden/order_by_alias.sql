SELECT id, lower(name) AS sort_name FROM users ORDER BY sort_name, id LIMIT 10;

-- from users users (id, name) limited
--   order users(LOWER(name)), users.id
