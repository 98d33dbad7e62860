SELECT id
FROM users
WHERE lower(email) = :email AND char_length(name) > 3 AND date_trunc('day', "createdAt") = :day
  AND upper(country) = upper(:country);

-- from users users (id, email, name, country, createdAt)
--   where users(LOWER(email)) = :email
--   where users(CHAR_LENGTH(name)) range [CHAR_LENGTH(name) > 3]
--   where users(DATE_TRUNC('day', "createdAt")) = :day
--   where users(UPPER(country)) = :country
-- :email compared users.email as users through LOWER(email)
-- :day compared users.createdAt as users through DATE_TRUNC('day', "createdAt")
-- :country compared users.country as users through UPPER(country)
