WITH RECURSIVE line AS (
  SELECT id, referrer_id FROM users WHERE id = :id
  UNION ALL
  SELECT u.id, u.referrer_id FROM users u JOIN line ON u.referrer_id = line.id
)
SELECT id FROM line;

-- from users u (id, referrer_id)
--   where u.referrer_id =
-- from users users (id, referrer_id)
--   where users.id = :id
-- :id compared users.id as users
