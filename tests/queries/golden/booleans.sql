SELECT id FROM users WHERE is_active AND country = :country
UNION ALL
SELECT id FROM users WHERE NOT is_active
UNION ALL
SELECT id FROM users WHERE is_active = TRUE AND is_active IS TRUE;

-- from users users (id, is_active)
--   where users.is_active = [is_active = TRUE]
--   where users.is_active = [is_active IS TRUE]
-- from users users_2 (id, is_active)
--   where users_2.is_active = [NOT is_active]
-- from users users_3 (id, country, is_active)
--   where users_3.is_active = [is_active]
--   where users_3.country = :country
-- :country compared users.country as users_3
