SELECT id
FROM places
WHERE position <-> point(:x, :y) < :radius AND (3 >= point(1, 2) <-> position OR name <-> :name <= 0.5)
  AND position <-> point(:x, :y) > 1 AND position <-> position < 2
ORDER BY position <-> point(:x, :y), id;

-- from places places (id, name, position)
--   where places.position <-> < :x :y :radius
--   where places.position <-> < optional
--   where places(POINT(1, 2) <-> position) range [3 >= POINT(1, 2) <-> position] optional
--   where places.name <-> < :name optional
--   where places(position <-> position) range [position <-> position < 2]
--   where places.position <-> :x :y
-- :x element places.position as places at x
-- :y element places.position as places at y
-- :radius unknown
-- :name element places.name as places
