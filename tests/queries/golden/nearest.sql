SELECT id FROM places ORDER BY position <-> point(:x, :y) LIMIT 5;

-- from places places (id, position) limited
--   where places.position <-> :x :y
-- :x element places.position as places at x
-- :y element places.position as places at y
