SELECT u.id
FROM users u
WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id AND o.status = :status)
  AND u.id IN (SELECT r.user_id FROM reviews r WHERE r.rating = :rating)
  AND NOT EXISTS (SELECT 1 FROM reviews x WHERE x.user_id = u.id AND x.rating < 2);

-- from users u (id)
--   join u.id = r.user_id
--   join x.user_id = u.id
--   join o.user_id = u.id
-- from reviews x (user_id, rating)
--   where x.rating range [rating < 2]
--   join x.user_id = u.id
-- from reviews r (user_id, rating)
--   where r.rating = :rating
--   join u.id = r.user_id
-- from orders o (user_id, status)
--   where o.status = :status
--   join o.user_id = u.id
-- :status compared orders.status as o
-- :rating compared reviews.rating as r
