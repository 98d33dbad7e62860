SELECT "createdAt" FROM "users" WHERE "createdAt" > :from;

-- from users users (createdAt)
--   where users.createdAt range :from
-- :from low users.createdAt as users
