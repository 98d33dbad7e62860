SELECT id
FROM users
WHERE (:email::text IS NULL OR email = :email) AND (country = 'FR' OR country = 'ES');

-- from users users (id, email, country)
--   where users.email = :email optional
--   where users(country = 'FR' OR country = 'ES') ! [country = 'FR' OR country = 'ES']
--   where users.country = [country = 'FR'] optional
--   where users.country = [country = 'ES'] optional
-- :email compared users.email as users
